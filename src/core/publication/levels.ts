// The levels a channel holds: which are due, what was last told, and what an increase waits with.

import type { LevelId } from '../availability/stock.ts';
import type { Transaction } from '../database.ts';
import type { Store } from '../inbox/store.ts';
import { type Instant, instantOfMicros } from '../vocabulary/instant.ts';

export const levelIdOf = (level: LevelId): LevelId => ({
  listingId: level.listingId,
  externalLocation: level.externalLocation,
});

export interface DueLevel extends LevelId {
  /** The listing's id at the channel. */
  readonly externalId: string;
  readonly published: string | undefined;
  /** Of the newest intent; it grows with each. */
  readonly version: string;
  /** Set while an increase waits: what the channel was read to hold, and when. */
  readonly reading: StoredReading | undefined;
  readonly staleCount: number;
}

export interface StoredReading {
  readonly available: string;
  readonly expected: Readonly<Record<string, string>>;
  readonly asOf: Instant;
}

interface LevelRow {
  listing_id: number;
  external_location: string;
  external_id: string;
  published: string | null;
  version: string;
  reading: { available: string; expected: Record<string, string> } | null;
  read: string | null;
  stale_count: number;
}

const COLUMNS = `v.listing_id, v.external_location, l.external_id, trim_scale(v.published)::text as published, v.version, v.reading,
  (extract(epoch from v.read_at) * 1000000)::bigint as read, v.stale_count`;

const levelOf = (row: LevelRow): DueLevel => ({
  listingId: row.listing_id,
  externalLocation: row.external_location,
  externalId: row.external_id,
  published: row.published ?? undefined,
  version: row.version,
  reading:
    row.reading && row.read !== null
      ? { ...row.reading, asOf: instantOfMicros(BigInt(row.read)) }
      : undefined,
  staleCount: row.stale_count,
});

/** Levels whose time has come, scarce stock first, and increases that wait after all others: a decrease never stands behind them. Levels with an intent still open are left alone: one in flight each. */
export async function dueLevels(store: Store, connectionId: number, limit: number): Promise<DueLevel[]> {
  const { rows } = await store.query<LevelRow>(
    `select ${COLUMNS} from listing_level v join listing l on l.id = v.listing_id and l.pushable
     where v.connection_id = $1 and v.due_at <= clock_timestamp()
       and not exists (select from publication p join publication_batch b on b.key = p.batch_key and b.settled_at is null
         where p.status = 'sending' and p.listing_id = v.listing_id and p.external_location = v.external_location and p.version = v.version)
     order by v.reading is not null, case when v.reading is null then v.published end asc nulls first, v.due_at limit $2`,
    [connectionId, limit],
  );
  return rows.map(levelOf);
}

/** Locks levels against the planner and other senders; answers those that are still due. Stock is read after this. */
export async function lockLevels(client: Transaction, levels: readonly LevelId[]): Promise<DueLevel[]> {
  const { rows } = await client.query<LevelRow>(
    `select ${COLUMNS} from unnest($1::int[], $2::text[]) as w(listing_id, external_location)
     join listing_level v on v.listing_id = w.listing_id and v.external_location = w.external_location and v.due_at is not null
     join listing l on l.id = v.listing_id
     order by v.listing_id, v.external_location for update of v`,
    [levels.map((level) => level.listingId), levels.map((level) => level.externalLocation)],
  );
  return rows.map(levelOf);
}

export type LevelChange = LevelId &
  (
    | { readonly kind: 'told'; readonly available: string }
    | { readonly kind: 'unchanged' }
    | {
        readonly kind: 'waiting';
        readonly reason: string;
        readonly reading: StoredReading;
        readonly againMs: number;
      }
    | { readonly kind: 'stopped'; readonly reason: string }
    | { readonly kind: 'again'; readonly reason: string; readonly againMs: number; readonly stale: boolean }
  );

/**
 * Writes what came of levels: told and unchanged ones are due no more, waiting ones keep their reading, stopped ones need
 * a person, others come again. A `told` level that became due meanwhile stays due: `keepDue` names those.
 */
export async function changeLevels(
  store: Store,
  changes: readonly LevelChange[],
  options: { keepDue: boolean },
): Promise<void> {
  if (changes.length === 0) return;
  await store.query(
    `update listing_level v set
       due_at = case when c.again_ms is not null then clock_timestamp() + make_interval(secs => c.again_ms / 1000.0)
                     when $8 then v.due_at else null end,
       changed_at = case when c.kind in ('told', 'unchanged') and not ($8 and v.due_at is not null) then null else v.changed_at end,
       -- a level that became due meanwhile may have been changed by the channel itself: what it was told need not stand; nor is it
       -- known to where an outcome stayed open or the channel refused
       published = case when c.kind in ('again', 'stopped') then null when c.kind <> 'told' then v.published when $8 and v.due_at is not null then null else c.available::numeric end,
       published_at = case when c.kind = 'told' then clock_timestamp() else v.published_at end,
       waiting = c.reason,
       reading = c.reading, read_at = c.read_at,
       stale_count = case when c.stale then v.stale_count + 1 when c.kind = 'told' then 0 else v.stale_count end
     from unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::text[], $6::jsonb[], $7::timestamptz[], $9::float8[], $10::boolean[])
       as c(listing_id, external_location, kind, available, reason, reading, read_at, again_ms, stale)
     where v.listing_id = c.listing_id and v.external_location = c.external_location`,
    [
      changes.map((change) => change.listingId),
      changes.map((change) => change.externalLocation),
      changes.map((change) => change.kind),
      changes.map((change) => (change.kind === 'told' ? change.available : null)),
      changes.map((change) => ('reason' in change ? change.reason.slice(0, 500) : null)),
      changes.map((change) =>
        change.kind === 'waiting'
          ? JSON.stringify({ available: change.reading.available, expected: change.reading.expected })
          : null,
      ),
      changes.map((change) => (change.kind === 'waiting' ? change.reading.asOf : null)),
      options.keepDue,
      changes.map((change) => ('againMs' in change ? change.againMs : null)),
      changes.map((change) => change.kind === 'again' && change.stale),
    ],
  );
}
