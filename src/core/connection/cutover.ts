// The cut-over: from one instant on a connection's documents move stock. What was there before comes in as opening counts
// and open orders; counts are assertions, so a document that is already in them cannot be booked a second time. The instant is
// never later than a count that it stands on: what happened in between would be in no balance.
import type { OpeningCount } from '../catalog/stock.ts';
import type { Database } from '../database.ts';
import { StockbridgeError } from '../errors.ts';
import type { Ledger } from '../ledger/post.ts';
import { withAdvisoryLock } from '../lock.ts';
import type { SnapshotPage } from '../vocabulary/facts.ts';
import { type Instant, microsOf } from '../vocabulary/instant.ts';
import { readConnections } from './connections.ts';
import { type CountedPlace, countsOfItsLocations, databaseNow } from './counted.ts';
import { Opening } from './opening.ts';
import { stateOf } from './state.ts';

export interface CutoverReport {
  readonly connection: string;
  /** From here on its documents move stock. */
  readonly at: Instant;
  /** Opening counts in the ledger. */
  readonly counts: number;
  /** Of those, how many say that units are on hold. */
  readonly held: number;
  readonly orders: number;
  /** What could not be taken, with why: unbound listings and locations, shortages, what the channel could not say. */
  readonly leftOut: readonly string[];
  /** What a person should know and need not mend: another instant than asked for, places that somebody else counts. */
  readonly notes: readonly string[];
}

export interface CutoverRequest {
  readonly connection: { readonly id: number; readonly name: string };
  /** Not in the future. Default: the oldest instant counted, by itself or by others; without counts now, by the database's clock. */
  readonly at?: Instant;
  /** The channel's own levels and open orders; absent: none are taken. */
  readonly pages?: AsyncIterable<SnapshotPage>;
  /** Counts from a file. */
  readonly counts?: readonly OpeningCount[];
}

/** A request for the connection as it is now. */
interface Asked extends CutoverRequest {
  readonly connection: CutoverRequest['connection'] & { readonly cutoverAt: Instant | undefined };
}

/** Counts of others that are older than this are no reason to take a connection's past; a person says which part of it counts. */
const DEFAULT_REACH_MICROS = 7n * 24n * 3_600_000_000n;

/** Under this key of a connection's state: whether its opening stock is being taken (`begun`) or was (`taken`). */
const OPENING = 'opening';

/**
 * Takes the cut-over of one connection. May be repeated after a failure: nothing takes effect until its last step. A connection
 * that was cut over already, by the configuration file or without stock, may have its opening stock taken once, as counted since.
 * @throws StockbridgeError `argument_invalid` when the opening stock was taken already or is being taken now, an instant lies in the
 * future, or nothing says from when on the documents count.
 */
export async function takeCutover(
  database: Database,
  ledger: Ledger,
  request: CutoverRequest,
): Promise<CutoverReport> {
  const { id, name } = request.connection;
  let report: CutoverReport | undefined;
  // Of two at once, each would take the orders that only the other was told of for abandoned (I6).
  await withAdvisoryLock(database, `cutover ${id}`, async () => {
    // Another one may have ended since the connection was read.
    const cutoverAt = (await readConnections(database.pool)).find((each) => each.id === id)?.cutoverAt;
    report = await take(database, ledger, { ...request, connection: { id, name, cutoverAt } });
  });
  if (!report)
    throw new StockbridgeError(
      'argument_invalid',
      `another cut-over of ${name} is being taken, so nothing was taken now`,
      {
        help: 'Wait until that command has ended, and look at what it says. One that was killed holds up nothing: then give this one again.',
      },
    );
  return report;
}

async function take(database: Database, ledger: Ledger, request: Asked): Promise<CutoverReport> {
  const { connection, at, pages, counts = [] } = request;
  const now = await databaseNow(database.pool);
  refuseFuture(request, now);
  const isLate = connection.cutoverAt !== undefined;
  if (isLate) await requireOpeningOpen(database, request);
  const brings = pages !== undefined || counts.length > 0;
  // Which places a channel counts is known only once it has told them.
  let others = isLate || pages ? undefined : await defaultInstant(database, request, now, counts);

  const opening = new Opening(database, ledger, connection.id, isLate ? now : (at ?? now), now);
  if (brings) await stateOf(database, connection.id).write(OPENING, 'begun');
  for await (const page of pages ?? nothing()) await opening.takePage(page);
  if (pages && !isLate) others = await defaultInstant(database, request, now, [...opening.places, ...counts]);
  await opening.finish();
  // Of a connection that works already, documents release what is closed.
  if (pages && !isLate) await opening.releaseAbandoned();
  if (counts.length > 0) await opening.takeCounts(counts);

  const instant = connection.cutoverAt ?? earliest([at ?? others ?? now, opening.oldest]);
  const notes = [...opening.notes];
  if (!isLate) notes.push(...(await instantNotes(database, request, opening, instant)));
  // The last step: from here on events are interpreted.
  await database.transaction(async (client) => {
    await client.query('update connection set cutover_at = $2 where id = $1 and cutover_at is null', [
      connection.id,
      instant,
    ]);
    if (brings)
      await client.query(
        `update connection_state set value = '"taken"', updated_at = now() where connection_id = $1 and key = $2`,
        [connection.id, OPENING],
      );
  });
  const { held, orders, leftOut } = opening;
  return { connection: connection.name, at: instant, counts: opening.counts, held, orders, leftOut, notes };
}

async function* nothing(): AsyncGenerator<SnapshotPage> {}

const earliest = (instants: readonly (Instant | undefined)[]): Instant =>
  instants.filter((each) => each !== undefined).reduce((a, b) => (a <= b ? a : b));

/** What is dated before a future instant would be ignored for good, and nobody has counted it. */
function refuseFuture({ at, counts = [] }: Asked, now: Instant): void {
  if (at !== undefined && at > now)
    throw new StockbridgeError(
      'argument_invalid',
      `${at} has not come yet (it is ${now}): everything until then would be ignored for good. Leave --at out, or wait`,
    );
  const early = counts.find(({ countedAt }) => countedAt !== undefined && countedAt > now);
  if (early)
    throw new StockbridgeError(
      'argument_invalid',
      `line ${early.line}: ${early.sku} at ${early.location} is counted at ${early.countedAt}, which has not come yet (it is ${now})`,
    );
}

/** A connection that works already takes opening stock once, counted since: what is older it has let pass. */
async function requireOpeningOpen(database: Database, request: Asked): Promise<void> {
  const { connection, at, pages, counts = [] } = request;
  const { name, cutoverAt } = connection;
  if (cutoverAt === undefined) return;
  if ((pages === undefined && counts.length === 0) || (await isOpeningTaken(database, connection.id)))
    throw new StockbridgeError(
      'argument_invalid',
      `${name} was cut over at ${cutoverAt}; correct stock with \`stockbridge count\` instead`,
    );
  if (at !== undefined && at !== cutoverAt)
    throw new StockbridgeError(
      'argument_invalid',
      `${name} was cut over at ${cutoverAt}, which cannot move to ${at}; leave --at out`,
    );
  const early = counts.find(({ countedAt }) => countedAt !== undefined && countedAt < cutoverAt);
  if (early)
    throw new StockbridgeError(
      'argument_invalid',
      `line ${early.line}: ${early.sku} at ${early.location} was counted at ${early.countedAt}, before the cut-over at ${cutoverAt}; what happened in between moves no stock, so count it again`,
    );
}

async function isOpeningTaken(database: Database, connectionId: number): Promise<boolean> {
  const state = await stateOf(database, connectionId).read(OPENING);
  if (state !== undefined) return state === 'taken';
  // From before that was noted: every page of opening stock is in the inbox.
  const { rowCount } = await database.pool.query(
    `select from inbox_event where connection_id = $1 and dedupe_key like 'cutover %' limit 1`,
    [connectionId],
  );
  return rowCount !== 0;
}

/** Without `at`, the oldest count of others that its documents are to be added to: of the places that it does not count itself. */
async function defaultInstant(
  database: Database,
  { connection, at }: Asked,
  now: Instant,
  own: readonly CountedPlace[],
): Promise<Instant | undefined> {
  if (at !== undefined) return undefined;
  const counted = await countsOfItsLocations(database.pool, connection.id, own);
  if (!counted) return undefined;
  if (microsOf(now) - microsOf(counted.oldest) > DEFAULT_REACH_MICROS)
    throw new StockbridgeError(
      'argument_invalid',
      `stock at the locations of ${connection.name} was counted between ${counted.oldest} and ${counted.newest}: say with --at from when on its documents move stock. What it did before that instant must be in those counts; \`--at now\` says that all of it is`,
    );
  return earliest([counted.oldest, now]);
}

/** Why the instant is not the one that was asked for, or what lies between the counts and it. */
async function instantNotes(
  database: Database,
  { connection, at }: Asked,
  opening: Opening,
  instant: Instant,
): Promise<string[]> {
  const { name } = connection;
  if (at !== undefined && instant < at)
    return [
      `its stock was counted from ${instant} on, before ${at}: documents of ${name} move stock from the count on`,
    ];
  const counted = await countsOfItsLocations(database.pool, connection.id, opening.places);
  if (counted && counted.oldest < instant)
    return [
      `other stock at the locations of ${name} was counted at ${counted.oldest}: what ${name} did there until ${instant} is in no balance; if it did anything, count it again with \`stockbridge count\``,
    ];
  if (at === undefined && counted?.oldest === instant)
    return [
      `that is when ${opening.places.length > 0 ? 'other stock' : 'the stock'} at its locations was counted; --at names another instant`,
    ];
  return [];
}
