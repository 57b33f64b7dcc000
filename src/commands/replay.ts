// stockbridge replay and resume: what a person has mended goes back to work. Keys see to it that nothing is applied twice.
import { readConnections, resume } from '../core/connection/connections.ts';
import { StockbridgeError } from '../core/errors.ts';
import { type LeftAlone, leftAlone } from '../core/inbox/left-alone.ts';
import { type Reopened, reopenEvents } from '../core/inbox/reopen.ts';
import { replay } from '../core/inbox/replay.ts';
import { output } from './output.ts';
import { type GlobalOptions, withDatabase } from './session.ts';

export interface ReplayOptions extends GlobalOptions {
  readonly connection?: string;
  readonly code?: string;
  readonly all?: boolean;
  readonly release?: boolean;
}

/** Makes quarantined events pending, and closed ones that are named; a running hub takes them up within a second. */
export async function replayEvents(ids: readonly string[], options: ReplayOptions): Promise<number> {
  const out = output(options);
  if (ids.length === 0 && !options.connection && !options.code && !options.all) {
    throw new StockbridgeError(
      'argument_invalid',
      'name events, or choose with --connection, --code or --all',
    );
  }
  if (options.release && ids.length === 0)
    throw new StockbridgeError('argument_invalid', 'name the events to release, one by one');
  return withDatabase(options, async (database) => {
    const connectionId =
      options.connection === undefined ? undefined : await idOf(database.pool, options.connection);
    const chosen = {
      ...(options.release ? { release: true } : {}),
      ...(connectionId === undefined ? {} : { connectionId }),
      ...(options.code === undefined ? {} : { codes: [options.code] }),
    };
    const mended = await replay(database.pool, { ...chosen, ...(ids.length > 0 ? { ids } : {}) });
    const reopened = await reopenEvents(database.pool, ids, chosen);
    const replayed = [...mended, ...reopened.map(({ id }) => id)];
    const left = await leftAlone(
      database.pool,
      ids.filter((id) => !replayed.includes(id)),
    );
    out.result({ replayed, reopened, left }, () =>
      [
        `${replayed.length} events are pending again.`,
        ...reopened.map(reopenedText),
        ...left.map(whyLeft),
      ].join('\n'),
    );
    return 0;
  });
}

const reopenedText = ({ id, closedAt, closedBy, note }: Reopened): string =>
  `Event ${id} was closed by ${closedBy} on ${closedAt.toISOString().slice(0, 10)} (${note}), and is open again.`;

/** Why a named event was not made pending. */
function whyLeft({ id, status, conflictsWith, erasedAt, isClosed, hasCounted }: LeftAlone): string {
  if (status === 'pending') return `Event ${id} is pending already.`;
  if (conflictsWith !== null) return `Event ${id} conflicts with event ${conflictsWith}, which stands.`;
  if (status === 'quarantined') return `Event ${id} is quarantined, but not of what was chosen.`;
  if (hasCounted)
    return `Event ${id} is closed, and the part of it that is booked has counted for its order: enter the rest by hand.`;
  if (isClosed && erasedAt === null) return `Event ${id} is closed, but not of what was chosen.`;
  const erased =
    erasedAt === null ? '' : `, and its bytes were erased on ${erasedAt.toISOString().slice(0, 10)}`;
  return `Event ${id} is ${status} and is not read again${erased}.`;
}

export async function resumeConnection(name: string, options: GlobalOptions): Promise<number> {
  const out = output(options);
  return withDatabase(options, async (database) => {
    const resumed = await resume(database.pool, await idOf(database.pool, name));
    out.result({ connection: name, resumed }, () =>
      resumed ? `${name} works again.` : `${name} was not parked.`,
    );
    return 0;
  });
}

async function idOf(store: Parameters<typeof readConnections>[0], name: string): Promise<number> {
  const rows = await readConnections(store);
  const row = rows.find((each) => each.name === name);
  if (!row)
    throw new StockbridgeError(
      'not_found',
      `there is no connection ${name}; there are ${rows.map((each) => each.name).join(', ') || 'none'}`,
      { help: 'Give one of these names.' },
    );
  return row.id;
}
