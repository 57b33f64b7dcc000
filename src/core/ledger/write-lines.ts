// Writes what a batch came to: its link in the lane's chain, its lines and both ends' balances, in one statement.
import {
  bigints,
  byteas,
  instants,
  ints,
  onceIfSame,
  orNull,
  plainArray,
  smallints,
  texts,
  tids,
  uuids,
} from '../columns.ts';
import { LostRace, type Transaction } from '../database.ts';
import { quantityText, ZERO } from '../vocabulary/quantity.ts';
import { linkHash } from './chain.ts';
import type { Plan, PlannedLine } from './decide.ts';
import type { Delta } from './deltas.ts';
import type { Place } from './movement.ts';
import type { TouchedItem } from './reservations.ts';
import type { LaneHead } from './view.ts';

/** What a batch came to, as far as lines and balances go. */
export interface Written {
  readonly plan: Pick<Plan, 'lines' | 'deltas'>;
  /** Items to be put into the change log though no stock of theirs moved. */
  readonly reserved: readonly TouchedItem[];
  /** Where the balance of a place is stored already; absent: nowhere yet. */
  readonly storedAt: (placeKey: string, place: Place) => StoredAt | undefined;
  readonly columnsOf?: (lines: readonly PlannedLine[]) => LineColumns;
}

/** In a row that this transaction has locked, by the row's place in the table; or in one that nobody has locked yet. */
export type StoredAt = { readonly row: string } | 'unlocked';

/** Stands for the hub itself where a connection is named. */
const HUB = 0;

/** Puts items into the change log without moving stock, so that what may be sold of them is computed again. */
export async function noteItems(
  client: Transaction,
  head: LaneHead,
  itemIds: readonly number[],
): Promise<void> {
  await writeLines(client, head, {
    plan: { lines: [], deltas: new Map() },
    reserved: itemIds.map((itemId) => ({ itemId, connectionId: HUB })),
    storedAt: () => undefined,
  });
}

// One statement writes the link, its lines and both ends' balances, and answers how many stored balances it changed. Real
// places have rows, which this transaction has locked, so that they are still where they were found. Virtual ones are locked
// here for the first time; those not known to have a row are upserted, always with overdraft. Input comes aggregated, and
// sorted where locks are taken. Of a column that says the same in every line only the first is sent.
const WRITE = `
with lane as (update ledger_lane set sequence = $2, hash = $4 where id = $1),
batch as (
  insert into ledger_batch (lane, sequence, previous, hash, lines, items, sources, recorded_at)
  values ($1, $2, $3, $4, cardinality($7::uuid[]), $6, $26, $5) returning id
),
lines as (
  insert into movement (batch_id, position, key, line, type, occurred_at, recorded_at, connection_id, inbox_event_id,
    document, reference, item_id, lot_id, quantity, from_location_id, from_state, to_location_id, to_state,
    unit_cost, currency, corrects, fingerprint)
  select batch.id, l.position, l.key, coalesce(l.line, ($8::smallint[])[1]), coalesce(l.type, ($9::movement_type[])[1]), l.occurred_at,
    $5, coalesce(l.connection_id, ($11::smallint[])[1]), l.inbox_event_id, l.document, l.reference, l.item_id, l.lot_id,
    coalesce(l.quantity, ($17::numeric[])[1]), coalesce(l.from_location_id, ($18::int[])[1]),
    coalesce(l.from_state, ($19::stock_state[])[1]), coalesce(l.to_location_id, ($20::int[])[1]),
    coalesce(l.to_state, ($21::stock_state[])[1]), l.unit_cost, l.currency, l.corrects, l.fingerprint
  from batch, unnest($7::uuid[], $8::smallint[], $9::movement_type[], $10::timestamptz[], $11::smallint[], $12::bigint[],
    $13::text[], $14::text[], $15::int[], $16::int[], $17::numeric[], $18::int[], $19::stock_state[], $20::int[], $21::stock_state[],
    $22::numeric[], $23::text[], $24::uuid[], $25::bytea[]) with ordinality
    as l(key, line, type, occurred_at, connection_id, inbox_event_id, document, reference, item_id, lot_id, quantity,
      from_location_id, from_state, to_location_id, to_state, unit_cost, currency, corrects, fingerprint, position)
),
locked as (
  update balance b set quantity = b.quantity + d.delta
  from unnest($27::tid[], $28::numeric[]) as d(place, delta)
  where b.ctid = d.place
  returning 1
),
unlocked as (
  update balance b set quantity = b.quantity + d.delta
  from unnest($29::int[], $30::int[], $31::stock_state[], $32::numeric[]) as d(item_id, location_id, state, delta)
  where b.item_id = d.item_id and b.location_id = d.location_id and b.state = coalesce(d.state, ($31::stock_state[])[1])
  returning 1
),
upserted as (
  insert into balance (item_id, location_id, state, quantity, overdraft)
  select d.item_id, d.location_id, coalesce(d.state, ($35::stock_state[])[1]), d.delta, true
  from unnest($33::int[], $34::int[], $35::stock_state[], $36::numeric[]) as d(item_id, location_id, state, delta)
  on conflict (item_id, location_id, state) do update set quantity = balance.quantity + excluded.quantity
)
select ((select count(*) from locked) + (select count(*) from unlocked))::int as kept`;

/** The lines as columns, in the order of the statement's parameters. */
type LineColumns = readonly (Buffer | string | null)[];

const lineColumns = (lines: readonly PlannedLine[]): LineColumns => [
  uuids(lines, (line) => line.key),
  onceIfSame(lines, (line) => line.line, smallints),
  onceIfSame(lines, (line) => line.type, plainArray),
  instants(lines, (line) => line.occurredAt),
  onceIfSame(lines, (line) => line.connectionId, smallints),
  orNull(lines, (line) => line.inboxEventId, bigints),
  texts(lines, (line) => line.document),
  orNull(lines, (line) => line.reference, texts),
  ints(lines, (line) => line.itemId),
  orNull(lines, (line) => line.lotId, ints),
  onceIfSame(lines, (line) => line.quantity, plainArray),
  onceIfSame(lines, (line) => line.from.locationId, ints),
  onceIfSame(lines, (line) => line.from.state, plainArray),
  onceIfSame(lines, (line) => line.to.locationId, ints),
  onceIfSame(lines, (line) => line.to.state, plainArray),
  orNull(lines, (line) => line.unitCost, plainArray),
  orNull(lines, (line) => line.currency, texts),
  orNull(lines, (line) => line.corrects, uuids),
  byteas(lines, (line) => line.fingerprint),
];

/**
 * Encodes lines before it is decided which of them are written: mostly all are, and then nothing is left to encode.
 * @returns what gives the columns of the lines that are written.
 */
export function encodedAhead(
  expected: readonly PlannedLine[],
): (lines: readonly PlannedLine[]) => LineColumns {
  const columns = lineColumns(expected);
  return (lines) =>
    lines.length === expected.length && lines.every((line, index) => line === expected[index])
      ? columns
      : lineColumns(lines);
}

/**
 * @returns what was not known to be stored, and is from the end of the transaction on.
 * @throws LostRace when a stored balance is gone, or another transaction posted the same key after this one looked.
 */
export async function writeLines(
  client: Transaction,
  head: LaneHead,
  { plan, reserved, storedAt, columnsOf = lineColumns }: Written,
): Promise<readonly Delta[]> {
  const touched = distinctItems([...reserved, ...plan.lines]);
  if (touched.length === 0) return [];
  const sequence = head.sequence + 1n;
  const { lines } = plan;
  const hash = linkHash(
    { lane: head.lane, sequence, recordedAt: head.recordedAt, previous: head.hash },
    lines,
  );
  const { locked, unlocked, fresh } = balanceRows(plan, storedAt);
  try {
    const { rows } = await client.query<{ kept: number }>({
      name: 'ledger-write',
      text: WRITE,
      values: [
        head.lane,
        sequence,
        head.hash,
        hash,
        head.recordedAt,
        ints(touched, (each) => each.itemId),
        ...columnsOf(lines),
        smallints(touched, (each) => each.connectionId),
        tids(locked, ({ row }) => row),
        plainArray(locked, ({ delta }) => quantityText(delta.quantity)),
        ...balanceColumns(unlocked),
        ...balanceColumns(fresh),
      ],
    });
    if (rows[0]?.kept !== locked.length + unlocked.length)
      throw new LostRace('a balance that was stored is gone');
    return fresh;
  } catch (error) {
    throw asLostRace(error);
  }
}

/** Each item once per connection that said something about it, in order. */
function distinctItems(touched: readonly TouchedItem[]): TouchedItem[] {
  const distinct = new Map<number, TouchedItem>();
  // A connection's id is a smallint, so both fit into one exact number.
  for (const each of touched) distinct.set(each.itemId * 0x1_0000 + each.connectionId, each);
  return [...distinct.values()].sort((a, b) => a.itemId - b.itemId || a.connectionId - b.connectionId);
}

const balanceColumns = (rows: readonly Delta[]): (Buffer | string)[] => [
  ints(rows, (row) => row.itemId),
  ints(rows, (row) => row.place.locationId),
  onceIfSame(rows, (row) => row.place.state, plainArray),
  plainArray(rows, (row) => quantityText(row.quantity)),
];

/** Another transaction posted the same key after this one looked; the next attempt will see it. */
export const asLostRace = (error: unknown): unknown =>
  isConstraint(error, ['i3_one_effect_per_fact', 'stock_count_pkey'])
    ? new LostRace('overtaken', { cause: error })
    : error;

/** Net changes by where they are stored; those that take row locks sorted, so that all writers take them in one order. */
function balanceRows({ deltas }: Pick<Plan, 'deltas'>, storedAt: Written['storedAt']) {
  const locked: { row: string; delta: Delta }[] = [];
  const unlocked: Delta[] = [];
  const fresh: Delta[] = [];
  for (const [key, delta] of deltas) {
    if (delta.quantity === ZERO) continue;
    const at = storedAt(key, delta.place);
    if (at === undefined) fresh.push(delta);
    else if (at === 'unlocked') unlocked.push(delta);
    else locked.push({ row: at.row, delta });
  }
  return { locked, unlocked: unlocked.sort(inLockOrder), fresh: fresh.sort(inLockOrder) };
}

const inLockOrder = (a: Delta, b: Delta): number =>
  a.itemId - b.itemId || a.place.locationId - b.place.locationId || (a.place.state < b.place.state ? -1 : 1);

const isConstraint = (error: unknown, names: readonly string[]): boolean =>
  error instanceof Error && 'constraint' in error && names.includes(String(error.constraint));
