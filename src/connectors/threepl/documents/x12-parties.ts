// Writes parties, names and addresses as X12 segments. An address is never cut: one that does not fit is refused, because a
// parcel with half an address goes astray.
import { StockbridgeError } from '../../../core/errors.ts';
import type { Address } from './document.ts';

/** Longest element of a name (93), a line of an address (166), a city (19) and a routing (387). */
const NAME = 60;
const STREET = 55;
const CITY = 30;
const STREET_LINES = 4;

/** Breaks text between words into pieces of at most `width`; a longer word is broken where it must. */
export function pieces(text: string, width: number): readonly string[] {
  const result: string[] = [];
  let line = '';
  for (const word of text.trim().split(/\s+/)) {
    let rest = word;
    if (line !== '' && line.length + 1 + rest.length > width) {
      result.push(line);
      line = '';
    }
    while (rest.length > width) {
      result.push(rest.slice(0, width));
      rest = rest.slice(width);
    }
    line = line === '' ? rest : `${line} ${rest}`;
  }
  return line === '' ? result : [...result, line];
}

const unfit = (what: string): StockbridgeError =>
  new StockbridgeError(
    'content_invalid',
    `X12 has no room for the ship-to’s ${what}; shorten it in the shop.`,
  );

function nameSegments(address: Address): string[][] {
  const [first = '', ...rest] = pieces(address.company || address.name, NAME);
  const more = [...rest, ...(address.company ? pieces(address.name, NAME) : [])];
  if (more.length > 2) throw unfit('name');
  return [['N1', 'ST', first], ...(more.length > 0 ? [['N2', ...more]] : [])];
}

function streetSegments(address: Address): string[][] {
  const lines = address.street.flatMap((line) => pieces(line, STREET));
  if (lines.length > STREET_LINES) throw unfit('street');
  return [lines.slice(0, 2), lines.slice(2)].filter((pair) => pair.length > 0).map((pair) => ['N3', ...pair]);
}

/** N4-02 has room for two characters; a longer region stands as text in N4-06, under SP for state or province. */
function placeSegment({ city, region = '', postalCode, country }: Address): string[] {
  if (city.length > CITY) throw unfit('city');
  if (region.length <= 2) return ['N4', city, region, postalCode, country];
  if (region.length > CITY) throw unfit('region');
  return ['N4', city, '', postalCode, country, 'SP', region];
}

function contactSegments({ name, phone, email }: Address): string[][] {
  const ways = [...(phone ? ['TE', phone] : []), ...(email ? ['EM', email] : [])];
  return ways.length === 0 ? [] : [['PER', 'CN', pieces(name, NAME)[0] ?? '', ...ways]];
}

/** N1*ST with everything needed to deliver. @throws StockbridgeError content_invalid when an address does not fit. */
export const shipToSegments = (address: Address): string[][] => [
  ...nameSegments(address),
  ...streetSegments(address),
  placeSegment(address),
  ...contactSegments(address),
];

/** N1 of a party by the code that the receiver gave it (92), its name, or both. */
export function partySegments(role: string, name: string | undefined, code: string | undefined): string[][] {
  const shown = pieces(name ?? '', NAME)[0] ?? '';
  if (code) return [['N1', role, shown, '92', code]];
  return shown === '' ? [] : [['N1', role, shown]];
}
