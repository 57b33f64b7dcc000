// Reads items, and what a connection's listings and barcodes are bound to, with what each was before. Whether anything of a kind
// was ever changed comes along with the reading; only then is asked what of these was, by their keys.
import type { Store } from '../inbox/store.ts';
import type { Instant } from '../vocabulary/instant.ts';
import { type Quantity, quantityFrom } from '../vocabulary/quantity.ts';
import type { Before } from './earlier.ts';

export interface KnownItem {
  readonly id: number;
  readonly sku: string;
  readonly baseUnit: string;
  readonly divisible: boolean;
  readonly kit: readonly { readonly componentId: number; readonly quantity: Quantity }[] | undefined;
  readonly units: ReadonlyMap<string, Quantity>;
  /** What it held before, the earliest first; undefined: it was no kit. */
  readonly kitBefore: readonly Before<KnownItem['kit']>[];
  /** Of units that had another factor before, the earliest first. */
  readonly unitsBefore: ReadonlyMap<string, readonly Before<Quantity>[]>;
}

/** What a name is bound to, and what it was bound to before, the earliest first. */
export interface Binding {
  readonly itemId: number;
  readonly boundBefore: readonly Before<{ readonly itemId: number }>[];
}

export interface KnownListing extends Binding {
  readonly id: number;
  /** Base units of the item per unit at the channel. */
  readonly factor: Quantity;
  readonly boundBefore: readonly Before<{ readonly itemId: number; readonly factor: Quantity }>[];
}

/** How the database writes an instant. */
export const INSTANT = `'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'`;
const UNTIL = `to_char(until at time zone 'UTC', ${INSTANT}) as until`;

interface Bound {
  item_id: number;
  factor: string;
}

const wasOf = ({ item_id, factor }: Bound) => ({ itemId: item_id, factor: quantityFrom(factor) });

export async function readListings(
  store: Store,
  connectionId: number,
  externalIds: readonly string[],
): Promise<Map<string, KnownListing>> {
  if (externalIds.length === 0) return new Map();
  const { rows } = await store.query<Bound & { id: number; external_id: string; changes: boolean }>(
    `select id, external_id, item_id, factor::text as factor, exists (select from earlier_listing) as changes
     from listing where connection_id = $1 and external_id = any($2::text[])`,
    [connectionId, externalIds],
  );
  const before = rows[0]?.changes ? await listingsBefore(store, connectionId, externalIds) : undefined;
  return new Map(
    rows.map((row) => [
      row.external_id,
      { id: row.id, ...wasOf(row), boundBefore: before?.get(row.external_id) ?? [] },
    ]),
  );
}

async function listingsBefore(store: Store, connectionId: number, externalIds: readonly string[]) {
  const { rows } = await store.query<Bound & { external_id: string; until: Instant }>(
    `select external_id, item_id, factor::text as factor, ${UNTIL} from earlier_listing
     where connection_id = $1 and external_id = any($2::text[]) order by earlier_listing.until`,
    [connectionId, externalIds],
  );
  return grouped(rows, (row) => row.external_id, wasOf);
}

/** What each thing was, in the order of the rows. */
function grouped<Row extends { readonly until: Instant }, Key, Said>(
  rows: readonly Row[],
  keyOf: (row: Row) => Key,
  said: (row: Row) => Said,
): ReadonlyMap<Key, readonly Before<Said>[]> {
  const own = Map.groupBy(rows, keyOf);
  return new Map(
    [...own].map(([key, befores]) => [key, befores.map((row) => ({ until: row.until, was: said(row) }))]),
  );
}

async function readBarcodes(store: Store, codes: readonly string[]): Promise<Map<string, Binding>> {
  if (codes.length === 0) return new Map();
  const { rows } = await store.query<{ code: string; item_id: number; changes: boolean }>(
    'select code, item_id, exists (select from earlier_barcode) as changes from barcode where code = any($1::text[])',
    [codes],
  );
  const earlier = rows[0]?.changes
    ? await store.query<{ code: string; item_id: number; until: Instant }>(
        `select code, item_id, ${UNTIL} from earlier_barcode where code = any($1::text[]) order by earlier_barcode.until`,
        [codes],
      )
    : { rows: [] };
  const before = grouped(
    earlier.rows,
    ({ code }) => code,
    ({ item_id }) => ({ itemId: item_id }),
  );
  return new Map(
    rows.map(({ code, item_id }) => [code, { itemId: item_id, boundBefore: before.get(code) ?? [] }]),
  );
}

/** The item that a name means, and those that it meant before. */
export const idsOf = ({ itemId, boundBefore }: Binding): number[] => [
  itemId,
  ...boundBefore.map(({ was }) => was.itemId),
];

type Components = { id: number; quantity: string }[] | null;

interface ItemRow {
  id: number;
  sku: string;
  base_unit: string;
  is_divisible: boolean;
  is_kit: boolean;
  units: Record<string, string> | null;
  components: Components;
  changes: boolean;
}

// A kit's components come along: they are what moves.
const ITEMS = `
with named as (select id from item where id = any($1::int[]) or sku = any($2::text[])),
needed as (select id from named union select component_id from kit_component where kit_id in (select id from named))
select i.id, i.sku, i.base_unit, i.is_divisible, i.is_kit,
  (select jsonb_object_agg(u.unit, u.factor::text) from item_unit u where u.item_id = i.id) as units,
  (select jsonb_agg(jsonb_build_object('id', k.component_id, 'quantity', k.quantity::text) order by k.component_id)
   from kit_component k where k.kit_id = i.id) as components,
  exists (select from earlier_kit) or exists (select from earlier_unit) as changes
from item i join needed using (id)`;

export async function readItems(
  store: Store,
  ids: readonly number[],
  skus: readonly string[],
  codes: readonly string[],
) {
  const byId = new Map<number, KnownItem>();
  const bySku = new Map<string, KnownItem>();
  if (ids.length + skus.length + codes.length === 0)
    return { byId, bySku, barcodes: new Map<string, Binding>() };
  const barcodes = await readBarcodes(store, codes);
  const coded = [...barcodes.values()].flatMap(idsOf);
  const { rows } = await store.query<ItemRow>(ITEMS, [[...ids, ...coded], skus]);
  const changes = rows[0]?.changes
    ? await itemsBefore(
        store,
        rows.map(({ id }) => id),
      )
    : UNCHANGED;
  for (const row of rows) {
    const item = knownItem(row, changes);
    byId.set(item.id, item);
    bySku.set(item.sku, item);
  }
  return { byId, bySku, barcodes };
}

interface Changes {
  readonly kits: ReadonlyMap<number, KnownItem['kitBefore']>;
  readonly units: ReadonlyMap<number, KnownItem['unitsBefore']>;
}

const UNCHANGED: Changes = { kits: new Map(), units: new Map() };

// Components of then come along as ids alone: what was no exact quantity of one of them was never booked.
async function itemsBefore(store: Store, ids: readonly number[]): Promise<Changes> {
  const kits = await store.query<{ item_id: number; components: Components; until: Instant }>(
    `select item_id, components, ${UNTIL} from earlier_kit where item_id = any($1::int[]) order by earlier_kit.until`,
    [ids],
  );
  const units = await store.query<{ item_id: number; unit: string; factor: string; until: Instant }>(
    `select item_id, unit, factor::text as factor, ${UNTIL} from earlier_unit where item_id = any($1::int[]) order by earlier_unit.until`,
    [ids],
  );
  const unitsOf = Map.groupBy(units.rows, (row) => row.item_id);
  return {
    kits: grouped(
      kits.rows,
      (row) => row.item_id,
      (row) => componentsOf(row.components),
    ),
    units: new Map(
      [...unitsOf].map(([id, own]) => [
        id,
        grouped(
          own,
          ({ unit }) => unit,
          ({ factor }) => quantityFrom(factor),
        ),
      ]),
    ),
  };
}

const knownItem = (row: ItemRow, changes: Changes): KnownItem => ({
  id: row.id,
  sku: row.sku,
  baseUnit: row.base_unit,
  divisible: row.is_divisible,
  kit: row.is_kit ? (componentsOf(row.components) ?? []) : undefined,
  units: new Map(Object.entries(row.units ?? {}).map(([unit, factor]) => [unit, quantityFrom(factor)])),
  kitBefore: changes.kits.get(row.id) ?? [],
  unitsBefore: changes.units.get(row.id) ?? new Map(),
});

const componentsOf = (components: Components): KnownItem['kit'] =>
  components?.map(({ id, quantity }) => ({ componentId: id, quantity: quantityFrom(quantity) }));
