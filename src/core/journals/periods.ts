// Closing the books through a day, and reopening the last closing. A close is refused while anything up to that day is
// unsettled, and then names everything in its way at once, with what to do about it (I10).
import type { Database, Transaction } from '../database.ts';
import { StockbridgeError } from '../errors.ts';
import { type Instant, microsOf } from '../vocabulary/instant.ts';
import { plainTextOf } from '../vocabulary/text.ts';
import { businessDay, type Day } from './calendar.ts';
import { lockJournals, redraft } from './drafts.ts';
import { type Obstacle, obstaclesTo } from './obstacles.ts';
import type { Books } from './rules.ts';
import { closedThrough } from './unbooked.ts';

export type ClosingAnswer =
  | { readonly outcome: 'closed'; readonly id: string; readonly through: Day }
  | { readonly outcome: 'refused'; readonly obstacles: readonly Obstacle[] };

export interface ClosingRequest {
  /** Last day of what is closed. */
  readonly through: Day;
  readonly by: string;
  readonly now: Instant;
  /** What the close certifies; made inside its transaction, so that nothing changes in between. */
  readonly certificate: (client: Transaction) => Promise<unknown>;
}

/** Closes the books through a day, or answers all that stands in the way; then nothing but the drafts has changed. */
export const closePeriod = (
  database: Database,
  books: Books,
  request: ClosingRequest,
): Promise<ClosingAnswer> =>
  database.transaction(async (client) => {
    await lockJournals(client);
    const obstacles = await lookedFor(client, books, request);
    if (obstacles.length > 0) return { outcome: 'refused', obstacles };
    const { rows } = await client.query<{ id: string }>(
      `insert into period_closing (through, closed_at, closed_by, certificate) values ($1, $2, $3, $4) returning id::text`,
      [request.through, request.now, request.by, JSON.stringify((await request.certificate(client)) ?? null)],
    );
    const [row] = rows;
    if (!row) throw new StockbridgeError('invariant_broken', 'the closing was not recorded');
    return { outcome: 'closed', id: row.id, through: request.through };
  });

/** Everything that stands in the way of closing through a day, without closing. */
export const closingObstacles = (
  database: Database,
  books: Books,
  request: Pick<ClosingRequest, 'through' | 'now'>,
): Promise<Obstacle[]> =>
  database.transaction(async (client) => {
    await lockJournals(client);
    return lookedFor(client, books, request);
  });

async function lookedFor(
  client: Transaction,
  books: Books,
  { through, now }: Pick<ClosingRequest, 'through' | 'now'>,
): Promise<Obstacle[]> {
  const drafting = await redraft(client, books, { now });
  return obstaclesTo(client, {
    books,
    through,
    today: businessDay(microsOf(now), books.timeZone),
    closed: await closedThrough(client),
    drafting,
  });
}

export type ReopeningAnswer =
  | { readonly outcome: 'reopened'; readonly through: Day; readonly closedThrough: Day | undefined }
  | { readonly outcome: 'refused'; readonly reason: string };

/** Takes the last closing back, for a reason that is kept with it; the one before it holds again. */
export const reopenLastPeriod = (
  database: Database,
  request: { readonly by: string; readonly reason: string; readonly now: Instant },
): Promise<ReopeningAnswer> =>
  database.transaction(async (client) => {
    await lockJournals(client);
    if (request.reason.trim() === '')
      return { outcome: 'refused', reason: 'say why the period is reopened; it is kept' };
    const { rows } = await client.query<{ through: Day }>(
      `update period_closing set reopened_at = $1, reopened_by = $2, reopened_reason = $3
       where id = (select id from period_closing where reopened_at is null order by through desc limit 1) returning through::text`,
      [request.now, request.by, plainTextOf(request.reason, 4000)],
    );
    const [row] = rows;
    if (!row) return { outcome: 'refused', reason: 'nothing is closed' };
    return { outcome: 'reopened', through: row.through, closedThrough: await closedThrough(client) };
  });
