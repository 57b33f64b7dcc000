// Gathers what could explain a difference between a warehouse's report and the ledger: what waits in the inbox, what is
// reserved, what is on its way, what moved near the instant. Reads only.
import { bodyOf, type Store } from '../inbox/store.ts';
import { type Instant, instantOfMicros, microsOf } from '../vocabulary/instant.ts';
import { type Quantity, storedQuantity, sum, ZERO } from '../vocabulary/quantity.ts';
import type { StockState } from '../vocabulary/words.ts';
import type { Evidence, NearMovement } from './cause.ts';
import { ledgerAsOf } from './ledger-as-of.ts';

/** A report's place and instant. */
export interface ReportHead {
  readonly connectionId: number;
  readonly locationId: number;
  readonly inTransitId: number | null;
  readonly asOf: Instant;
  /** Events that are no evidence: the report's own, and those whose facts are being posted with it. */
  readonly ownEventIds: readonly string[];
}

/** Documents often carry a day without a time, so a day either way is near. */
export const NEAR_MS = 24 * 60 * 60 * 1000;

/** Evidence for each item at the report's location, by `itemId|state`. */
export interface EvidenceBook {
  of(itemId: number, state: StockState): Evidence;
}

export async function readEvidence(
  store: Store,
  head: ReportHead,
  itemIds: readonly number[],
  nearMs: number,
): Promise<EvidenceBook> {
  const orders = await readOrders(store, head, itemIds);
  const inTransit = await readInTransit(store, head, itemIds);
  const near = await readNear(store, head, itemIds, nearMs);
  const waiting = await readWaiting(store, head, itemIds);
  return {
    of: (itemId, state) => ({
      orders: orders.get(itemId) ?? [],
      inTransit: inTransit.get(itemId) ?? ZERO,
      near: near.get(`${itemId}|${state}`) ?? [],
      waiting: waiting.get(itemId) ?? [],
    }),
  };
}

async function readOrders(store: Store, head: ReportHead, itemIds: readonly number[]) {
  const { rows } = await store.query<{ item_id: number; document: string; quantity: string }>(
    `select r.item_id, o.document, sum(r.quantity)::text as quantity
     from reservation r join sales_order o on o.id = r.order_id
     where r.location_id = $1 and r.item_id = any($2::int[]) and r.reserved_at <= $3
     group by r.item_id, o.id order by r.item_id, min(r.rank)`,
    [head.locationId, itemIds, head.asOf],
  );
  const orders = new Map<number, { order: string; quantity: Quantity }[]>();
  for (const row of rows) {
    const own = orders.get(row.item_id) ?? [];
    own.push({ order: row.document, quantity: storedQuantity(row.quantity) });
    orders.set(row.item_id, own);
  }
  return orders;
}

async function readInTransit(
  store: Store,
  head: ReportHead,
  itemIds: readonly number[],
): Promise<Map<number, Quantity>> {
  const inTransit = new Map<number, Quantity>();
  if (head.inTransitId === null) return inTransit;
  for (const level of await ledgerAsOf(store, head.inTransitId, head.asOf, itemIds)) {
    if (level.lotId === null)
      inTransit.set(level.itemId, sum(inTransit.get(level.itemId) ?? ZERO, level.quantity));
  }
  return inTransit;
}

// A movement between two states of the location has an effect on each of them.
const NEAR = `
select m.item_id, e.state::text as state, m.document, (extract(epoch from m.occurred_at) * 1000000)::bigint as occurred,
  sum(e.added)::text as added
from movement m cross join lateral (
  values (m.to_location_id, m.to_state, m.quantity), (m.from_location_id, m.from_state, -m.quantity)) as e(location_id, state, added)
where m.item_id = any($2::int[]) and m.occurred_at > $3 and m.occurred_at <= $4 and e.location_id = $1
group by m.key, m.item_id, e.state, m.document, m.occurred_at
order by m.occurred_at, m.key`;

async function readNear(
  store: Store,
  head: ReportHead,
  itemIds: readonly number[],
  nearMs: number,
): Promise<Map<string, NearMovement[]>> {
  const micros = BigInt(nearMs) * 1000n;
  const { rows } = await store.query<{
    item_id: number;
    state: StockState;
    document: string;
    occurred: string;
    added: string;
  }>(NEAR, [
    head.locationId,
    itemIds,
    instantOfMicros(microsOf(head.asOf) - micros),
    instantOfMicros(microsOf(head.asOf) + micros),
  ]);
  const near = new Map<string, NearMovement[]>();
  for (const row of rows) {
    const key = `${row.item_id}|${row.state}`;
    const own = near.get(key) ?? [];
    own.push({
      document: row.document,
      occurredAt: instantOfMicros(BigInt(row.occurred)),
      added: storedQuantity(row.added),
    });
    near.set(key, own);
  }
  return near;
}

/** Most events whose bytes are looked through, and the largest of them: an explanation must stay cheap. */
const MOST_EVENTS = 100;
const MOST_BYTES = 256 * 1024;

interface WaitingRow {
  id: string;
  connection_id: number;
  topic: string;
  status: 'pending' | 'quarantined';
  code: string | null;
  body: Buffer | null;
  waits_for: number[] | null;
}

// Only events of the connection that moves stock there. One of the report's own topic is another report, which moves
// nothing; a copy of an event that is here already moves nothing either. One arm per status: each has an index of its own,
// and nothing here may read the whole inbox.
const arm = (status: 'pending' | 'quarantined'): string => `
  (select e.id, e.connection_id, e.topic, e.status::text as status, e.code, e.waits_for,
    case when octet_length(e.body) <= $4 then e.body end as body
  from inbox_event e cross join place
  where e.status = '${status}' and (place.authority_id is null or e.connection_id = place.authority_id)
    and e.id <> all($2::bigint[]) and e.conflicts_with is null
    and not (e.connection_id = $3 and e.topic = any(place.report_topics))
  order by e.id desc limit ${MOST_EVENTS})`;
const WAITING = `
with place as (
  select l.authority_id, array(select own.topic from inbox_event own where own.id = any($2::bigint[])
    and own.connection_id = $3 and exists (select from stock_report r where r.inbox_event_id = own.id)) as report_topics
  from location l where l.id = $1)
${arm('pending')} union all ${arm('quarantined')}
order by id desc`;

async function readWaiting(
  store: Store,
  head: ReportHead,
  itemIds: readonly number[],
): Promise<Map<number, Evidence['waiting'][number][]>> {
  const waiting = new Map<number, Evidence['waiting'][number][]>();
  const { rows } = await store.query<WaitingRow>(WAITING, [
    head.locationId,
    head.ownEventIds,
    head.connectionId,
    MOST_BYTES,
  ]);
  if (rows.length === 0) return waiting;
  const known = await readNames(store, itemIds);
  for (const row of rows) {
    const names = namesIn(row.body === null ? '' : bodyOf(row.body).toString('latin1'));
    for (const itemId of itemIds) {
      const isNamed =
        row.waits_for?.includes(itemId) ||
        (known.get(itemId) ?? []).some(
          (each) =>
            (each.connectionId === null || each.connectionId === row.connection_id) && names(each.name),
        );
      if (!isNamed) continue;
      const own = waiting.get(itemId) ?? [];
      own.push({ id: row.id, topic: row.topic, status: row.status, code: row.code });
      waiting.set(itemId, own);
    }
  }
  return waiting;
}

async function readNames(store: Store, itemIds: readonly number[]) {
  const { rows } = await store.query<{ item_id: number; name: string; connection_id: number | null }>(
    `select id as item_id, sku as name, null::int as connection_id from item where id = any($1::int[])
     union all select item_id, code, null from barcode where item_id = any($1::int[])
     union all select item_id, external_id, connection_id from listing where item_id = any($1::int[])`,
    [itemIds],
  );
  const names = new Map<number, { name: string; connectionId: number | null }[]>();
  for (const row of rows) {
    const own = names.get(row.item_id) ?? [];
    own.push({ name: Buffer.from(row.name).toString('latin1'), connectionId: row.connection_id });
    names.set(row.item_id, own);
  }
  return names;
}

const BETWEEN_WORDS = /[^\w.-]+/;

/** Whether a name stands in a text by itself: `TEE` is not in `TEE-RED-M`. */
function namesIn(text: string): (name: string) => boolean {
  const words = new Set(text.split(BETWEEN_WORDS));
  return (name) => (BETWEEN_WORDS.test(name) ? text.includes(name) : words.has(name));
}
