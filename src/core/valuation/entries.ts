// Cost entries in the database: what a run of the fold says now against what was said before, and the difference added (I5).
import type { Transaction } from '../database.ts';
import type { Instant } from '../vocabulary/instant.ts';
import { instantOfMicros } from '../vocabulary/instant.ts';
import { type Money, storedMoney } from '../vocabulary/money.ts';
import { type Quantity, quantityText, storedQuantity } from '../vocabulary/quantity.ts';
import type { AccountRole, CostKind } from '../vocabulary/words.ts';
import type { CostEntry } from './step.ts';

/** A cost entry with where it came from, ready to be stored. */
export interface EntryToStore extends CostEntry {
  /** The connection whose event the step came from; undefined for what the hub itself said. */
  readonly connectionId: number | undefined;
}

export interface StoredSums {
  /** By the entry's own identity: the sum of all that was said of it. */
  readonly byKey: Map<string, EntryToStore>;
  /** Steps that were valued before: what is said of them now is a correction. */
  readonly steps: Set<string>;
}

const keyOf = (entry: EntryToStore): string =>
  `${entry.step}|${entry.kind}|${entry.debit.role}|${entry.debit.pool ?? ''}|${entry.credit.role}|${entry.credit.pool ?? ''}|${entry.lotId ?? ''}|${entry.locationId}|${entry.about ?? ''}|${entry.reference ?? ''}|${entry.connectionId ?? ''}|${entry.at}`;

interface SumRow {
  readonly step: string;
  readonly at: string;
  readonly kind: CostKind;
  readonly debit: AccountRole;
  readonly debit_pool: number | null;
  readonly credit: AccountRole;
  readonly credit_pool: number | null;
  readonly lot_id: number | null;
  readonly location_id: number | null;
  readonly connection_id: number | null;
  readonly about: string | null;
  readonly reference: string | null;
  readonly amount: string;
  readonly quantity: string;
}

/** What was said so far of the steps of an item that take effect in `[from, before)`; `before` undefined: all that follow. */
export async function storedSums(
  client: Transaction,
  itemId: number,
  from: Instant,
  before: Instant | undefined,
): Promise<StoredSums> {
  const { rows } = await client.query<SumRow>(
    `select step_key || ':' || step_line as step, (extract(epoch from effective_at) * 1000000)::bigint::text as at, kind::text,
            debit::text, debit_pool, credit::text, credit_pool, lot_id, location_id, connection_id,
            about_key || ':' || about_line as about, reference, sum(amount)::text as amount, trim_scale(sum(quantity))::text as quantity
     from cost_entry where item_id = $1 and effective_at >= $2 and ($3::timestamptz is null or effective_at < $3)
     group by step_key, step_line, effective_at, kind, debit, debit_pool, credit, credit_pool, lot_id, location_id, connection_id, about_key, about_line, reference`,
    [itemId, from, before ?? null],
  );
  const byKey = new Map<string, EntryToStore>();
  const steps = new Set<string>();
  for (const row of rows) {
    const entry: EntryToStore = {
      step: row.step,
      at: BigInt(row.at),
      kind: row.kind,
      debit: bucket(row.debit, row.debit_pool),
      credit: bucket(row.credit, row.credit_pool),
      amount: storedMoney(row.amount),
      quantity: storedQuantity(row.quantity),
      lotId: row.lot_id,
      locationId: row.location_id ?? 0,
      reference: row.reference,
      connectionId: row.connection_id ?? undefined,
      ...(row.about === null ? {} : { about: row.about }),
    };
    byKey.set(keyOf(entry), entry);
    steps.add(row.step);
  }
  return { byKey, steps };
}

const bucket = (role: AccountRole, pool: number | null): CostEntry['debit'] =>
  pool === null ? { role } : { role, pool };

/** Entries added up by what they say. */
export function sumsOf(entries: readonly EntryToStore[]): Map<string, EntryToStore> {
  const open = new Map<string, EntryToStore>();
  for (const entry of entries) {
    const key = keyOf(entry);
    const same = open.get(key);
    open.set(
      key,
      same
        ? {
            ...entry,
            amount: (same.amount + entry.amount) as Money,
            quantity: (same.quantity + entry.quantity) as Quantity,
          }
        : entry,
    );
  }
  return open;
}

/** What must be added to the stored sums so that they say what the fold says now. */
export function differences(
  stored: Pick<StoredSums, 'byKey'>,
  entries: readonly EntryToStore[],
): EntryToStore[] {
  const open = sumsOf(entries);
  const added: EntryToStore[] = [];
  for (const [key, entry] of open) {
    const before = stored.byKey.get(key);
    if (!before) {
      if (entry.amount !== 0n || entry.quantity !== 0n) added.push(entry);
    } else if (before.amount !== entry.amount || before.quantity !== entry.quantity)
      added.push({
        ...entry,
        amount: (entry.amount - before.amount) as Money,
        quantity: (entry.quantity - before.quantity) as Quantity,
      });
  }
  for (const [key, before] of stored.byKey) {
    if (open.has(key) || (before.amount === 0n && before.quantity === 0n)) continue;
    added.push({ ...before, amount: -before.amount as Money, quantity: -before.quantity as Quantity });
  }
  return added;
}

/** Stores entries under a run of their own, and answers its id; nothing is stored when there are none. */
export async function addEntries(
  client: Transaction,
  run: {
    readonly itemId: number;
    readonly recomputedFrom: Instant | undefined;
    readonly steps: number;
    readonly causedAt: string | null;
  },
  entries: readonly EntryToStore[],
  known: ReadonlySet<string>,
): Promise<void> {
  if (entries.length === 0) return;
  const half = (id: string): readonly [string, number] => {
    const colon = id.lastIndexOf(':');
    return [id.slice(0, colon), Number(id.slice(colon + 1))];
  };
  await client.query(
    `with run as (
       insert into valuation_run (item_id, recomputed_from, steps, caused_at)
       values ($2, $20, $1, least($21::timestamptz, clock_timestamp())) returning id, recorded_at)
     insert into cost_entry (run_id, item_id, step_key, step_line, effective_at, recorded_at, kind, debit, debit_pool,
                             credit, credit_pool, amount, quantity, lot_id, location_id, connection_id, about_key, about_line, reference, is_correction)
     select r.id, $2, e.step_key, e.step_line, e.at, r.recorded_at, e.kind, e.debit, e.debit_pool, e.credit, e.credit_pool, e.amount,
            e.quantity, e.lot_id, e.location_id, e.connection_id, e.about_key, e.about_line, e.reference, e.is_correction
     from unnest($3::uuid[], $4::smallint[], $5::timestamptz[], $6::cost_kind[], $7::account_role[], $8::int[], $9::account_role[],
                 $10::int[], $11::numeric[], $12::numeric[], $13::int[], $14::int[], $15::smallint[], $16::uuid[], $17::smallint[], $18::text[], $19::bool[])
       as e(step_key, step_line, at, kind, debit, debit_pool, credit, credit_pool, amount, quantity, lot_id, location_id,
            connection_id, about_key, about_line, reference, is_correction),
          run r`,
    [
      run.steps,
      run.itemId,
      entries.map((entry) => half(entry.step)[0]),
      entries.map((entry) => half(entry.step)[1]),
      entries.map((entry) => instantOfMicros(entry.at)),
      entries.map((entry) => entry.kind),
      entries.map((entry) => entry.debit.role),
      entries.map((entry) => entry.debit.pool ?? null),
      entries.map((entry) => entry.credit.role),
      entries.map((entry) => entry.credit.pool ?? null),
      entries.map((entry) => entry.amount.toString()),
      entries.map((entry) => quantityText(entry.quantity)),
      entries.map((entry) => entry.lotId),
      entries.map((entry) => entry.locationId || null),
      entries.map((entry) => entry.connectionId ?? null),
      entries.map((entry) => (entry.about === undefined ? null : half(entry.about)[0])),
      entries.map((entry) => (entry.about === undefined ? null : half(entry.about)[1])),
      entries.map((entry) => entry.reference),
      entries.map((entry) => known.has(entry.step)),
      run.recomputedFrom ?? null,
      run.causedAt,
    ],
  );
}
