// What is too strange to be believed without a person: files cut short, shelves emptied overnight, quantities beyond reason.
// Pure; it only says what is strange, with the figures. Whoever releases the document takes it as it is.
import { type Instant, microsOf } from '../../../core/vocabulary/instant.ts';
import { quantityFrom } from '../../../core/vocabulary/quantity.ts';
import type { ItemId, StockReport, WarehouseDocument } from '../documents/document.ts';
import type { Profile } from '../profile/settings.ts';
import { countingId, numberOf } from './words.ts';

export interface GuardHistory {
  /** When the document came. */
  readonly receivedAt?: Instant;
  /** The last full stock report of the place: how many lines it had, and its instant. */
  readonly lastFull?: { readonly lines: number; readonly asOf: Instant };
  /** Whether the ledger has stock of the item now; undefined when it cannot tell. */
  readonly stocked?: (ids: readonly ItemId[]) => boolean | undefined;
}

export type Guarded = { readonly held: false } | { readonly held: true; readonly reasons: readonly string[] };

const MOST_NAMED = 5;
/** Zones and clocks that disagree date a report no further ahead. */
const A_DAY_MICROS = 86_400_000_000n;

/** Judges a document by the profile's guards; each reason is a sentence with the figures. */
export function guard(document: WarehouseDocument, profile: Profile, history: GuardHistory): Guarded {
  const reasons = [
    ...emptyReason(document, profile),
    ...largeReasons(document, profile),
    ...(document.kind === 'stock' ? stockReasons(document, profile, history) : []),
  ];
  return reasons.length === 0 ? { held: false } : { held: true, reasons };
}

const emptyReason = (document: WarehouseDocument, { guards }: Profile): string[] =>
  document.lines.length === 0 && guards.empty === 'hold'
    ? [`${document.kind} ${document.number} has not a single line`]
    : [];

function largeReasons(document: WarehouseDocument, { guards }: Profile): string[] {
  const most = quantityFrom(guards.largestQuantity);
  const large = quantitiesOf(document).filter(({ value }) => {
    const quantity = readable(value);
    return quantity !== undefined && (quantity > most || quantity < -most);
  });
  if (large.length === 0) return [];
  const named = large.slice(0, MOST_NAMED).map(({ line, value }) => `line ${line}: ${value}`);
  const more = large.length > MOST_NAMED ? ` and ${large.length - MOST_NAMED} more` : '';
  return [`quantities above ${guards.largestQuantity}: ${named.join(', ')}${more}`];
}

function quantitiesOf(document: WarehouseDocument): { line: string; value: string }[] {
  switch (document.kind) {
    case 'shipment':
    case 'despatch':
      return document.lines.map(({ line, shipped }) => ({ line, value: shipped.value }));
    case 'receipt':
      return document.lines.flatMap(({ line, received, exceptions }) =>
        [received, ...exceptions.map((each) => each.quantity)].map(({ value }) => ({ line, value })),
      );
    case 'adjustment':
      return document.lines.map(({ line, quantity }) => ({ line, value: quantity.value }));
    case 'stock':
      return document.lines.flatMap(({ line, quantities }) =>
        quantities.map(({ quantity }) => ({ line, value: quantity.value })),
      );
  }
}

/** What cannot be read is for the document's meaning to refuse. */
function readable(value: string): bigint | undefined {
  try {
    return numberOf(value, '');
  } catch {
    return undefined;
  }
}

function stockReasons(document: StockReport, profile: Profile, history: GuardHistory): string[] {
  const { guards } = profile;
  const { lastFull, receivedAt } = history;
  const reasons: string[] = [];
  const items = Map.groupBy(
    document.lines,
    (line) => countingId(line.ids, profile)?.value ?? JSON.stringify(line.ids),
  );
  // Believed, it would be the newest one for as long, and hold all that are right.
  if (receivedAt !== undefined && microsOf(document.occurredAt) - microsOf(receivedAt) > A_DAY_MICROS) {
    reasons.push(
      `the report is as of ${document.occurredAt}, more than a day after it came at ${receivedAt}`,
    );
  }
  if (lastFull && document.occurredAt < lastFull.asOf) {
    reasons.push(
      `the report is as of ${document.occurredAt}, and one as of ${lastFull.asOf} is here already`,
    );
  }
  if (lastFull && document.extent === 'full' && lastFull.lines > 0) {
    const lost = (lastFull.lines - document.lines.length) / lastFull.lines;
    if (document.lines.length > 0 && lost * 100 >= guards.shrinkPercent && lost > 0) {
      reasons.push(
        `the report has ${document.lines.length} lines, the last one had ${lastFull.lines}: ${percent(lost)} fewer, and ${guards.shrinkPercent}% are too many`,
      );
    }
  }
  const emptied = [...items.values()].filter(
    (lines) => isZero(lines, profile) && history.stocked?.(lines.flatMap((line) => line.ids)) === true,
  );
  if (items.size > 0 && emptied.length / items.size > guards.zeroPercent / 100) {
    reasons.push(
      `${emptied.length} of ${items.size} items are at zero though the ledger has stock of them: ${percent(emptied.length / items.size)}, and more than ${guards.zeroPercent}% are too many`,
    );
  }
  return reasons;
}

const percent = (share: number): string => `${Math.round(share * 100)}%`;

/** An item whose every quantity that is compared is zero; one without any says nothing. */
function isZero(lines: StockReport['lines'], profile: Profile): boolean {
  const values = lines.flatMap((line) =>
    line.quantities
      .filter(({ code }) => Object.hasOwn(profile.meaning.quantities, code))
      .map(({ quantity }) => readable(quantity.value)),
  );
  return values.length > 0 && values.every((value) => value === 0n);
}
