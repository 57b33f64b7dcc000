// The one write path of the ledger: a batch of postings becomes movements, balances, reservations, a link in the chain
// and settled inbox events in one transaction, set by set. It never loops over rows in SQL and never half-applies (I2, I3).
import { setImmediate as nextTurn } from 'node:timers/promises';
import { holdVersion } from '../catalog/version.ts';
import { type Database, LostRace, type Transaction } from '../database.ts';
import { releaseShipped } from '../fulfilment/release.ts';
import { compareBooks } from '../journals/findings.ts';
import { storeReports } from '../reconcile/stock-report.ts';
import type { Instant } from '../vocabulary/instant.ts';
import { type Quantity, quantityFrom, quantityText } from '../vocabulary/quantity.ts';
import { LANES } from './chain.ts';
import { decide, type Outcome, type Plan, type PlannedLine, type PostingResult, prepare } from './decide.ts';
import type { Delta } from './deltas.ts';
import { emptyPosting, type Held, type Place, type Posting } from './movement.ts';
import { writeObservations } from './observations.ts';
import { openPlaces, type Places } from './places.ts';
import { replaceReservations } from './reservations.ts';
import { lockLane, PlacesNotStored, readView, storePlaces } from './view.ts';
import { asLostRace, encodedAhead, writeLines } from './write-lines.ts';

export interface PostOptions {
  /** The chain to write in, 0 to 15. Concurrent callers should use different lanes, and one lane per item. */
  readonly lane?: number;
}

export interface Ledger {
  /**
   * Posts a batch in one durable transaction and answers per posting, in the same order.
   * Postings are canonical and in base units; at most a few thousand lines a call are sensible, 500 are fast.
   * @throws StockbridgeError `database_unavailable`; on any error nothing of the batch has taken effect.
   */
  post(postings: readonly Posting[], options?: PostOptions): Promise<readonly PostingResult[]>;
}

export function openLedger(database: Database): Ledger {
  const places = openPlaces();
  return {
    async post(postings, options = {}) {
      if (postings.length === 0) return [];
      const attempt = async () => {
        const { results, fresh } = await database.pipelined((client, begun) =>
          postIn(client, begun, places, postings, options.lane ?? 0),
        );
        places.rememberBalances(fresh);
        return results;
      };
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof PlacesNotStored)) throw error;
        await storePlaces(database, error.places);
        return attempt();
      }
    },
  };
}

interface Posted {
  readonly results: readonly PostingResult[];
  /** Virtual places that have a balance row once the transaction is committed. */
  readonly fresh: readonly Delta[];
}

async function postIn(
  client: Transaction,
  begun: Promise<unknown>,
  places: Places,
  given: readonly Posting[],
  lane: number,
): Promise<Posted> {
  const postings = given.some(({ held }) => held?.catalogue !== undefined)
    ? withoutOutdated(given, await holdVersion(client))
    : given;
  const [lockedLane, view, { prepared, columnsOf }] = await Promise.all([
    lockLane(client, lane % LANES),
    readView(client, places, postings),
    // A turn later the questions are on their way: PostgreSQL answers while this process hashes.
    nextTurn().then(() => preparedAhead(postings)),
    begun,
  ]);
  const head = { ...lockedLane, recordedAt: view.readAt };
  const plan = decide(postings, view, prepared);
  const reserved = [
    ...(await replaceReservations(client, postings)),
    ...(await releaseShipped(client, postings, plan.lines)),
    // A count that changes nothing is news too where nothing was known before: zero is then a number that can be told.
    ...plan.counts.filter(({ quantity, ledgerQuantity }) => quantityFrom(quantity) === ledgerQuantity),
  ];
  const storedAt = (key: string, place: Place) =>
    places.isVirtual(place.locationId)
      ? places.hasBalance(key)
        ? 'unlocked'
        : undefined
      : view.balances.get(key);
  const fresh = await writeLines(client, head, { plan, reserved, storedAt, columnsOf }).catch(
    (error: unknown) => {
      if (error instanceof LostRace) places.forgetBalances();
      throw error;
    },
  );
  await writeRare(client, postings, plan, head.recordedAt);
  const results = await storeReports(client, postings, plan.results, head.recordedAt);
  await settleEvents(client, await compareBooks(client, postings), results, head.recordedAt);
  return { results, fresh };
}

/** Of what was held for a name in an older catalogue nothing is posted: its event stays pending, and is read as a whole with the newer. */
const withoutOutdated = (postings: readonly Posting[], version: string): readonly Posting[] =>
  postings.map((posting) =>
    (posting.held?.catalogue ?? version) === version ? posting : emptyPosting(posting.connectionId, null),
  );

function preparedAhead(postings: readonly Posting[]) {
  const prepared = prepare(postings);
  const lines: PlannedLine[] = [];
  for (const movements of prepared) for (const own of movements) lines.push(...own);
  return { prepared, columnsOf: encodedAhead(lines) };
}

/** Lots, counts, conflicts and observations: absent from most batches, one statement each. */
async function writeRare(
  client: Transaction,
  postings: readonly Posting[],
  plan: Plan,
  recordedAt: Instant,
): Promise<void> {
  if (plan.lotDeltas.size > 0) await writeLots(client, plan.lotDeltas);
  if (plan.counts.length > 0) await writeCounts(client, plan, recordedAt);
  if (plan.conflicts.length > 0) await writeConflicts(client, plan);
  if (postings.some((posting) => posting.observations.length > 0)) await writeObservations(client, postings);
}

async function writeLots(client: Transaction, deltas: ReadonlyMap<string, Quantity>): Promise<void> {
  const rows = [...deltas].map(([key, delta]) => [...key.split('|'), quantityText(delta)]).sort();
  await client.query(
    `insert into lot_balance (lot_id, location_id, state, quantity)
     select * from unnest($1::int[], $2::int[], $3::stock_state[], $4::numeric[])
     on conflict (lot_id, location_id, state) do update set quantity = lot_balance.quantity + excluded.quantity`,
    [0, 1, 2, 3].map((column) => rows.map((row) => row[column])),
  );
}

async function writeCounts(client: Transaction, plan: Plan, recordedAt: Instant): Promise<void> {
  const { counts } = plan;
  const columns = [
    counts.map((count) => count.key),
    counts.map((count) => count.connectionId),
    counts.map((count) => count.inboxEventId),
    counts.map((count) => count.document),
    counts.map((count) => count.itemId),
    counts.map((count) => count.place.locationId),
    counts.map((count) => count.place.state),
    counts.map((count) => count.countedAt),
    counts.map((count) => count.quantity),
    counts.map((count) => quantityText(count.ledgerQuantity)),
    counts.map((count) => count.fingerprint),
  ];
  await client
    .query(
      `insert into stock_count (key, connection_id, inbox_event_id, document, item_id, location_id, state, counted_at,
       quantity, ledger_quantity, fingerprint, recorded_at)
     select *, $12::timestamptz from unnest($1::uuid[], $2::smallint[], $3::bigint[], $4::text[], $5::int[], $6::int[],
       $7::stock_state[], $8::timestamptz[], $9::numeric[], $10::numeric[], $11::bytea[])`,
      [...columns, recordedAt],
    )
    .catch((error: unknown) => {
      throw asLostRace(error);
    });
  // The newest of each place; greatest() takes the other one where the place was never counted.
  await client.query(
    `update balance b set counted_at = greatest(b.counted_at, c.counted_at)
     from (select item_id, location_id, state, max(counted_at) as counted_at
       from unnest($1::int[], $2::int[], $3::stock_state[], $4::timestamptz[]) as g(item_id, location_id, state, counted_at)
       group by 1, 2, 3) c
     where b.item_id = c.item_id and b.location_id = c.location_id and b.state = c.state`,
    [columns[4], columns[5], columns[6], columns[7]],
  );
}

async function writeConflicts(client: Transaction, plan: Plan): Promise<void> {
  const { conflicts } = plan;
  await client.query(
    `insert into ledger_conflict (key, connection_id, inbox_event_id, document, content, fingerprint)
     select * from unnest($1::uuid[], $2::smallint[], $3::bigint[], $4::text[], $5::jsonb[], $6::bytea[])
     on conflict (key, fingerprint) do nothing`,
    [
      conflicts.map((conflict) => conflict.key),
      conflicts.map((conflict) => conflict.connectionId),
      conflicts.map((conflict) => conflict.inboxEventId),
      conflicts.map((conflict) => conflict.document),
      conflicts.map((conflict) => JSON.stringify(conflict.content)),
      conflicts.map((conflict) => conflict.fingerprint),
    ],
  );
}

/**
 * Marks the events: applied when every fact is in the ledger, else quarantined with what a person must know (I1). A shortage
 * is as old as its batch, because a later posting of the same batch may end it.
 */
async function settleEvents(
  client: Transaction,
  postings: readonly Posting[],
  results: readonly PostingResult[],
  recordedAt: Instant,
): Promise<void> {
  const settled = new Map<string, EventSettlement>();
  for (const [index, posting] of postings.entries()) {
    const result = results[index];
    if (posting.inboxEventId !== null && result)
      settled.set(posting.inboxEventId, settlementOf(result, posting.note, posting.held));
  }
  if (settled.size === 0) return;
  const ids = [...settled.keys()].sort((a, b) => Number(BigInt(a) - BigInt(b)));
  await client.query(
    `update inbox_event e set status = s.status, code = s.code, reason = s.reason, settled_at = case when s.waits_for = '' then clock_timestamp() else $6::timestamptz end,
       waits_for = case when s.waits_for = '' then null else string_to_array(s.waits_for, ',')::int[] end
     from unnest($1::bigint[], $2::inbox_status[], $3::text[], $4::text[], $5::text[]) as s(id, status, code, reason, waits_for)
     where e.id = s.id and e.status in ('pending', 'quarantined')`,
    [
      ids,
      ids.map((id) => settled.get(id)?.status),
      ids.map((id) => settled.get(id)?.code),
      ids.map((id) => settled.get(id)?.reason),
      ids.map((id) => settled.get(id)?.waitsFor.join(',')),
      recordedAt,
    ],
  );
}

export interface EventSettlement {
  readonly status: 'applied' | 'quarantined';
  readonly code: 'key_conflict' | 'stock_short' | Held['code'] | null;
  readonly reason: string | null;
  /** Items a shortage waits for; beside a conflict too, which is then not all that is left to settle. */
  readonly waitsFor: readonly number[];
}

/** How an event stands after posting. A conflict goes before a shortage: it needs a person, a shortage may heal by itself. */
export function settlementOf(result: PostingResult, note: string | null, held?: Held): EventSettlement {
  const outcomes: readonly Outcome[] = [...result.movements, ...result.counts, ...(result.reports ?? [])];
  const reasons = outcomes.flatMap((outcome) => ('reason' in outcome ? [outcome.reason] : []));
  if (reasons.length === 0 && !held) {
    const notes = outcomes.flatMap((outcome) =>
      outcome.outcome === 'duplicate' && outcome.note !== undefined ? [outcome.note] : [],
    );
    const said = [...(note === null ? [] : [note]), ...new Set(notes.slice(0, 5))].join('; ');
    return { status: 'applied', code: null, reason: said || null, waitsFor: [] };
  }
  const conflict = outcomes.some((outcome) => outcome.outcome === 'conflict');
  const waitsFor = new Set(
    outcomes.flatMap((outcome) => (outcome.outcome === 'short' ? [outcome.itemId] : [])),
  );
  return {
    status: 'quarantined',
    // What is unknown has to be posted before a conflict beside it can be settled.
    code: held?.code ?? (conflict ? 'key_conflict' : 'stock_short'),
    reason: [...(held ? [held.reason] : []), ...reasons.slice(0, 5)].join('; '),
    waitsFor: [...waitsFor, ...(held?.waitsFor ?? [])],
  };
}
