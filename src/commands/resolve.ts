// stockbridge resolve: a person has compared the contents of a conflict, and settles it.
import { StockbridgeError } from '../core/errors.ts';
import { type LeftAlone, leftAlone } from '../core/inbox/replay.ts';
import { type Resolved, resolveConflicts } from '../core/inbox/resolve.ts';
import { actorOf } from './books/session.ts';
import { output } from './output.ts';
import { type GlobalOptions, withDatabase } from './session.ts';

export interface ResolveOptions extends GlobalOptions {
  readonly note: string;
  readonly by?: string;
}

/** Settles conflicts; exit code 1 when one of the events named is none. */
export async function resolveEvents(ids: readonly string[], options: ResolveOptions): Promise<number> {
  const out = output(options);
  const note = options.note.trim();
  if (note === '') throw new StockbridgeError('argument_invalid', '--note must say why');
  const wrong = ids.filter((id) => !/^\d{1,18}$/.test(id));
  if (wrong.length > 0)
    throw new StockbridgeError('argument_invalid', `${wrong.join(', ')}: events have numbers`);
  const by = actorOf(options.by);
  return withDatabase(options, async (database) => {
    const resolved = await resolveConflicts(database, ids, `${note} (${by})`);
    const others = ids.filter((id) => !resolved.some((each) => each.id === id));
    const left = await leftAlone(database.pool, others);
    const unknown = others.filter((id) => !left.some((each) => each.id === id));
    out.result({ resolved, left, unknown }, () =>
      [
        ...resolved.map(resolvedText),
        ...left.map(whyLeft),
        ...unknown.map((id) => `There is no event ${id}.`),
      ].join('\n'),
    );
    return others.length === 0 ? 0 : 1;
  });
}

const resolvedText = ({ id, status, conflictsWith }: Resolved): string =>
  `Event ${id} is settled as ${status}: ${conflictsWith === null ? 'what was booked first' : `event ${conflictsWith}`} stands.`;

function whyLeft({ id, status, code }: LeftAlone): string {
  if (status !== 'quarantined') return `Event ${id} is ${status}.`;
  if (code === 'key_conflict')
    return `Event ${id} is short of stock besides: \`stockbridge replay ${id}\` when the stock is there, then settle it.`;
  return `Event ${id} is no conflict (${code}): mend its cause and \`stockbridge replay ${id}\`.`;
}
