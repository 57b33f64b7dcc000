// stockbridge resolve: a person has compared the contents of a conflict, and settles it; or has looked at any other event in
// quarantine, and closes it: nothing more of it is booked.
import { StockbridgeError } from '../core/errors.ts';
import type { Booked } from '../core/inbox/booked.ts';
import { type Closed, closeEvents } from '../core/inbox/close.ts';
import { type LeftAlone, leftAlone } from '../core/inbox/left-alone.ts';
import { actorOf } from './books/session.ts';
import { output } from './output.ts';
import { type GlobalOptions, withDatabase } from './session.ts';

export interface ResolveOptions extends GlobalOptions {
  readonly note: string;
  readonly by?: string;
  /** Any event in quarantine is closed, and not conflicts alone. */
  readonly ignore?: boolean;
}

/** Settles conflicts, or closes whatever is in quarantine; exit code 1 when one of the events named is left as it is. */
export async function resolveEvents(ids: readonly string[], options: ResolveOptions): Promise<number> {
  const out = output(options);
  const note = options.note.trim();
  if (note === '') throw new StockbridgeError('argument_invalid', '--note must say why');
  const wrong = ids.filter((id) => !/^\d{1,18}$/.test(id));
  if (wrong.length > 0)
    throw new StockbridgeError('argument_invalid', `${wrong.join(', ')}: events have numbers`);
  const by = actorOf(options.by);
  const which = options.ignore ? 'all' : 'conflicts';
  return withDatabase(options, async (database) => {
    const resolved = await closeEvents(database, ids, { note, by, which });
    const others = ids.filter((id) => !resolved.some((each) => each.id === id));
    const left = await leftAlone(database.pool, others);
    const unknown = others.filter((id) => !left.some((each) => each.id === id));
    out.result({ resolved, left, unknown }, () =>
      [
        ...resolved.flatMap(options.ignore ? closedText : resolvedText),
        ...left.map(whyLeft),
        ...unknown.map((id) => `There is no event ${id}.`),
      ].join('\n'),
    );
    return others.length === 0 ? 0 : 1;
  });
}

const resolvedText = ({ id, status, conflictsWith }: Closed): string[] => [
  `Event ${id} is settled as ${status}: ${conflictsWith === null ? 'what was booked first' : `event ${conflictsWith}`} stands.`,
];

/** Most parts told of one event. */
const PARTS = 10;

function closedText({ id, booked }: Closed): string[] {
  if (booked.length === 0) return [`Event ${id} is closed: nothing of it is booked.`];
  return [
    `Event ${id} is closed: nothing more of it is booked. This stays:`,
    ...booked.slice(0, PARTS).map((part) => `  ${bookedText(part)}`),
    ...(booked.length > PARTS ? [`  and ${booked.length - PARTS} more`] : []),
  ];
}

const bookedText = ({ what, document, sku, quantity, from, to }: Booked): string =>
  from === null
    ? `${what} of ${quantity} ${sku} at ${to} by ${document}`
    : `${what} of ${quantity} ${sku} from ${from} to ${to} by ${document}`;

function whyLeft({ id, status, code, isClosed }: LeftAlone): string {
  if (isClosed) return `Event ${id} is closed already, as ${status}.`;
  if (status !== 'quarantined') return `Event ${id} is ${status}.`;
  const giveUp = `or, if nothing more of it is to be booked, \`stockbridge resolve ${id} --ignore\``;
  if (code === 'key_conflict')
    return `Event ${id} is short of stock besides: \`stockbridge replay ${id}\` when the stock is there, then settle it, ${giveUp}.`;
  return `Event ${id} is no conflict (${code}): mend its cause and \`stockbridge replay ${id}\`, ${giveUp}.`;
}
