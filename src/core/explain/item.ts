// Why a number is what it is: balances, the movements behind them with the events that caused them, reservations, and
// what each channel was told with every term of the sum. Reads only.
import type { AvailabilityTerms } from '../availability/availability.ts';
import type { Store } from '../inbox/store.ts';

export interface ItemExplanation {
  readonly sku: string;
  readonly name: string;
  readonly balances: readonly {
    readonly location: string;
    readonly state: string;
    readonly quantity: string;
  }[];
  readonly movements: readonly ExplainedMovement[];
  readonly reservations: readonly {
    readonly connection: string;
    readonly order: string;
    readonly line: string;
    readonly location: string;
    readonly quantity: string;
    readonly since: Date;
  }[];
  readonly levels: readonly ExplainedLevel[];
}

export interface ExplainedMovement {
  readonly occurredAt: Date;
  readonly recordedAt: Date;
  readonly type: string;
  readonly quantity: string;
  readonly from: string;
  readonly to: string;
  readonly document: string;
  readonly reference: string | null;
  readonly connection: string;
  /** The inbox event whose bytes say so; `stockbridge explain event <id>` shows them. */
  readonly event: string | null;
  readonly topic: string | null;
  /** Balance of the place that is asked about, after this movement, in the order of effect. */
  readonly balance: string | null;
}

export interface ExplainedLevel {
  readonly connection: string;
  readonly listing: string;
  readonly channelLocation: string;
  readonly published: string | null;
  readonly publishedAt: Date | null;
  readonly version: string;
  readonly waiting: string | null;
  readonly lastStatus: string | null;
  readonly terms: AvailabilityTerms | null;
}

/** Explains an item, newest movements first; undefined when there is no such SKU. `location` narrows it to one of ours. */
export async function explainItem(
  store: Store,
  sku: string,
  options: { location?: string; limit?: number } = {},
): Promise<ItemExplanation | undefined> {
  const { rows } = await store.query<{ id: number; sku: string; name: string }>(
    'select id, sku, name from item where sku = $1',
    [sku],
  );
  const [item] = rows;
  if (!item) return undefined;
  const location = options.location ?? null;
  return {
    sku: item.sku,
    name: item.name,
    balances: await balancesOf(store, item.id, location),
    movements: await movementsOf(store, item.id, location, options.limit ?? 20),
    reservations: await reservationsOf(store, item.id, location),
    levels: await levelsOf(store, item.id),
  };
}

async function balancesOf(
  store: Store,
  itemId: number,
  location: string | null,
): Promise<ItemExplanation['balances']> {
  const { rows } = await store.query<ItemExplanation['balances'][number]>(
    `select l.code as location, b.state::text as state, trim_scale(b.quantity)::text as quantity
     from balance b join location l on l.id = b.location_id
     where b.item_id = $1 and ($2::text is null or l.code = $2) order by l.code like '@%', l.code, b.state`,
    [itemId, location],
  );
  return rows;
}

async function movementsOf(
  store: Store,
  itemId: number,
  location: string | null,
  limit: number,
): Promise<readonly ExplainedMovement[]> {
  const { rows } = await store.query<ExplainedMovement>(
    `with told as (
       select m.*, f.code as from_code, t.code as to_code,
         case when $2::text is null then null else
           sum(case when t.code = $2 and m.to_state = 'sellable' then m.quantity else 0 end
             - case when f.code = $2 and m.from_state = 'sellable' then m.quantity else 0 end)
           over (order by m.occurred_at, m.batch_id, m.position) end as running
       from movement m join location f on f.id = m.from_location_id join location t on t.id = m.to_location_id
       where m.item_id = $1 and ($2::text is null or f.code = $2 or t.code = $2))
     select m.occurred_at as "occurredAt", m.recorded_at as "recordedAt", m.type::text as type, trim_scale(m.quantity)::text as quantity,
       m.from_code || case when m.from_state = 'sellable' then '' else ' (' || m.from_state || ')' end as "from",
       m.to_code || case when m.to_state = 'sellable' then '' else ' (' || m.to_state || ')' end as "to",
       m.document, m.reference, c.name as connection, e.id as event, e.topic, trim_scale(m.running)::text as balance
     from told m join connection c on c.id = m.connection_id left join inbox_event e on e.id = m.inbox_event_id
     order by m.occurred_at desc, m.batch_id desc, m.position desc limit $3`,
    [itemId, location, limit],
  );
  return rows;
}

async function reservationsOf(
  store: Store,
  itemId: number,
  location: string | null,
): Promise<ItemExplanation['reservations']> {
  const { rows } = await store.query<ItemExplanation['reservations'][number]>(
    `select c.name as connection, o.document as "order", r.line, l.code as location, trim_scale(r.quantity)::text as quantity, r.reserved_at as since
     from reservation r join sales_order o on o.id = r.order_id join connection c on c.id = o.connection_id join location l on l.id = r.location_id
     where r.item_id = $1 and ($2::text is null or l.code = $2) order by r.rank`,
    [itemId, location],
  );
  return rows;
}

async function levelsOf(store: Store, itemId: number): Promise<readonly ExplainedLevel[]> {
  const { rows } = await store.query<ExplainedLevel>(
    `select c.name as connection, l.external_id as listing, v.external_location as "channelLocation", trim_scale(v.published)::text as published,
       v.published_at as "publishedAt", v.version::text as version, v.waiting, p.status::text as "lastStatus", p.terms
     from listing l join listing_level v on v.listing_id = l.id join connection c on c.id = l.connection_id
     left join publication p on p.listing_id = v.listing_id and p.external_location = v.external_location and p.version = v.version
     where l.item_id = $1 or l.item_id in (select kit_id from kit_component where component_id = $1) order by 1, 2, 3`,
    [itemId],
  );
  return rows;
}
