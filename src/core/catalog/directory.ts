// Reads, for one connection, the bindings that a batch of facts needs: from its ids and words to our items, units,
// places and lots. Set by set, and nothing that was not asked for.
import type { Store } from '../inbox/store.ts';
import { type Facts, isDay, type ReportedItem, type ReportedPlace } from '../vocabulary/facts.ts';
import type { Instant } from '../vocabulary/instant.ts';
import { isPlainText } from '../vocabulary/text.ts';
import { boundAt } from './authority.ts';
import type { Before } from './earlier.ts';
import {
  type Binding,
  INSTANT,
  idsOf,
  type KnownItem,
  type KnownListing,
  readItems,
  readListings,
} from './known-items.ts';

export type { KnownItem, KnownListing } from './known-items.ts';

export interface KnownLocation {
  readonly id: number;
  readonly code: string;
  /** The one connection whose documents move stock here; undefined: every connection's own. */
  readonly authorityId: number | undefined;
  /** What it was before, each until an instant, the earliest first. */
  readonly earlier: readonly { readonly authorityId: number | undefined; readonly until: Instant }[];
  /** For a source's own id: what that was bound to before, the earliest first. */
  readonly boundBefore: readonly { readonly location: KnownLocation; readonly until: Instant }[];
  /** It holds what is on its way. */
  readonly isTransit: boolean;
}

export interface Directory {
  readonly connectionId: number;
  listing(externalId: string): KnownListing | undefined;
  itemBySku(sku: string): KnownItem | undefined;
  itemByBarcode(barcode: string): KnownItem | undefined;
  /** Which items' barcode it was before, the earliest first. */
  barcodeBefore(barcode: string): readonly Before<{ readonly itemId: number }>[];
  item(id: number): KnownItem | undefined;
  /** What the source's own id is bound to; with `at`: what a fact of that time is about. */
  location(externalId: string, at?: Instant): KnownLocation | undefined;
  /** One of our own shelves by its code; never a virtual place. */
  locationByCode(code: string): KnownLocation | undefined;
  /** The lot of an item; a code not seen before is a new lot. Undefined: the code is no text that can be kept. */
  lot(itemId: number, code: string): number | undefined;
  /** Where goods on their way to a connection's warehouses are kept, if that is one location. */
  transitOf(authorityId: number): KnownLocation | undefined;
  virtual(place: string): number;
  connectionName(id: number): string;
}

/** Loads the directory for these facts. */
export async function readDirectory(
  store: Store,
  connectionId: number,
  facts: readonly Facts[],
): Promise<Directory> {
  const names = namesIn(facts);
  const listings = await readListings(store, connectionId, names.listings);
  const items = await readItems(store, [...listings.values()].flatMap(idsOf), names.skus, names.barcodes);
  const locations = await readLocations(store, connectionId, names.locations);
  const byCode = await readOwnLocations(store, names.codes);
  const lots = await ensureLots(store, facts, (reported) => {
    if (reported.listing !== undefined) return boundTo(listings.get(reported.listing));
    if (reported.barcode !== undefined) return boundTo(items.barcodes.get(reported.barcode));
    const item = items.bySku.get(reported.sku);
    return item ? [item.id] : [];
  });
  return {
    connectionId,
    listing: (externalId) => listings.get(externalId),
    itemBySku: (sku) => items.bySku.get(sku),
    itemByBarcode: (barcode) => items.byId.get(items.barcodes.get(barcode)?.itemId ?? 0),
    barcodeBefore: (barcode) => items.barcodes.get(barcode)?.boundBefore ?? [],
    item: (id) => items.byId.get(id),
    location: (externalId, at) => {
      const bound = locations.bound.get(externalId);
      return bound && at !== undefined ? boundAt(bound, at, connectionId) : bound;
    },
    locationByCode: (code) => byCode.get(code),
    lot: (itemId, code) => lots.get(`${itemId}|${code}`),
    transitOf: (authorityId) => locations.transit.get(authorityId),
    virtual: (place) => locations.virtual.get(place) ?? 0,
    connectionName: (id) => locations.connections.get(id) ?? `connection ${id}`,
  };
}

const boundTo = (binding: Binding | undefined): number[] => (binding ? idsOf(binding) : []);

function namesIn(facts: readonly Facts[]) {
  const listings = new Set<string>();
  const skus = new Set<string>();
  const barcodes = new Set<string>();
  const locations = new Set<string>();
  const codes = new Set<string>();
  const item = (reported: ReportedItem) => {
    if (reported.listing !== undefined) listings.add(reported.listing);
    else if (reported.barcode !== undefined) barcodes.add(reported.barcode);
    else skus.add(reported.sku);
  };
  const place = (reported: ReportedPlace) => {
    if ('location' in reported) locations.add(reported.location);
    if ('code' in reported) codes.add(reported.code);
  };
  for (const each of facts) {
    for (const line of each.movements.flatMap((movement) => movement.lines)) {
      item(line.item);
      place(line.from);
      place(line.to);
    }
    for (const reported of [
      ...each.counts,
      ...each.observations,
      ...each.reservations.flatMap((order) => order.lines),
    ]) {
      item(reported.item);
      locations.add(reported.location);
    }
    for (const report of each.reports ?? []) {
      codes.add(report.code);
      if (report.inTransit !== undefined) codes.add(report.inTransit);
      for (const line of report.lines) item(line.item);
    }
  }
  // Text that PostgreSQL cannot hold names nothing here, and would fail the reading for every event of the batch.
  const plain = (words: ReadonlySet<string>) => [...words].filter(isPlainText);
  return {
    listings: plain(listings),
    skus: plain(skus),
    barcodes: plain(barcodes),
    locations: plain(locations),
    codes: plain(codes),
  };
}

/** Lots are named by the documents that bring them; the first document to name one makes it, for the item of today. */
async function ensureLots(
  store: Store,
  facts: readonly Facts[],
  itemsOf: (reported: ReportedItem) => readonly number[],
): Promise<Map<string, number>> {
  const wanted = new Map<string, { itemId: number; code: string; expiresOn: string | null }>();
  const earlier: { itemId: number; code: string }[] = [];
  for (const line of facts.flatMap(linesWithLots)) {
    if (line.lot === undefined || !isPlainText(line.lot)) continue;
    const [itemId, ...before] = itemsOf(line.item);
    if (itemId === undefined) continue;
    for (const id of before) earlier.push({ itemId: id, code: line.lot });
    const key = `${itemId}|${line.lot}`;
    const expiresOn = line.lotExpiresOn !== undefined && isDay(line.lotExpiresOn) ? line.lotExpiresOn : null;
    wanted.set(key, { itemId, code: line.lot, expiresOn: wanted.get(key)?.expiresOn ?? expiresOn });
  }
  if (wanted.size === 0) return new Map();
  // The first expiry named stands: documents that disagree about one lot need a person, not the last word.
  await store.query(
    `insert into lot (item_id, code, expires_on) select * from unnest($1::int[], $2::text[], $3::date[]) order by 1, 2
     on conflict (item_id, code) do update set expires_on = excluded.expires_on
       where lot.expires_on is null and excluded.expires_on is not null`,
    [
      [...wanted.values()].map((lot) => lot.itemId),
      [...wanted.values()].map((lot) => lot.code),
      [...wanted.values()].map((lot) => lot.expiresOn),
    ],
  );
  const { rows } = await store.query<{ id: number; item_id: number; code: string }>(
    `select l.id, l.item_id, l.code from unnest($1::int[], $2::text[]) as w(item_id, code) join lot l using (item_id, code)`,
    [
      [...wanted.values(), ...earlier].map((lot) => lot.itemId),
      [...wanted.values(), ...earlier].map((lot) => lot.code),
    ],
  );
  return new Map(rows.map((row) => [`${row.item_id}|${row.code}`, row.id]));
}

const linesWithLots = (facts: Facts): { item: ReportedItem; lot?: string; lotExpiresOn?: string }[] => [
  ...facts.movements.flatMap((movement) => movement.lines),
  ...(facts.reports ?? []).flatMap((report) => report.lines),
];

interface LocationRow {
  id: number;
  code: string;
  authority_id: number | null;
  is_transit: boolean;
  earlier: { authority_id: number | null; until: Instant }[] | null;
}

const LOCATION = `l.id, l.code, l.authority_id, l.kind = 'transit' as is_transit,
  (select json_agg(json_build_object('authority_id', h.authority_id, 'until', to_char(h.until at time zone 'UTC', ${INSTANT})) order by h.until)
   from location_authority h where h.location_id = l.id) as earlier`;

const locationOf = (row: LocationRow, boundBefore: KnownLocation['boundBefore'] = []): KnownLocation => ({
  id: row.id,
  code: row.code,
  authorityId: row.authority_id ?? undefined,
  earlier: (row.earlier ?? []).map(({ authority_id, until }) => ({
    authorityId: authority_id ?? undefined,
    until,
  })),
  boundBefore,
  isTransit: row.is_transit,
});

async function readOwnLocations(store: Store, codes: readonly string[]): Promise<Map<string, KnownLocation>> {
  if (codes.length === 0) return new Map();
  const { rows } = await store.query<LocationRow>(
    `select ${LOCATION} from location l
     where l.code = any($1::text[]) and l.kind not in ('supplier', 'customer', 'production', 'adjustment')`,
    [codes],
  );
  return new Map(rows.map((row) => [row.code, locationOf(row)]));
}

async function readLocations(store: Store, connectionId: number, externalIds: readonly string[]) {
  // A binding decides; a source without location ids of its own may say our code.
  const { rows } = await store.query<LocationRow & { external_id: string }>(
    `select distinct on (w.external_id) w.external_id, ${LOCATION}
     from unnest($2::text[]) as w(external_id)
     left join location_binding b on b.connection_id = $1 and b.external_id = w.external_id
     join location l on l.id = b.location_id or (b.location_id is null and l.code = w.external_id and l.code not like '@%')
     order by w.external_id`,
    [connectionId, externalIds],
  );
  const before = await store.query<LocationRow & { external_id: string; until: Instant }>(
    `select e.external_id, to_char(e.until at time zone 'UTC', ${INSTANT}) as until, ${LOCATION}
     from earlier_binding e join location l on l.id = e.location_id
     where e.connection_id = $1 and e.external_id = any($2::text[]) order by e.until`,
    [connectionId, externalIds],
  );
  const boundBefore = Map.groupBy(before.rows, (row) => row.external_id);
  const special = await store.query<LocationRow & { kind: string }>(
    `select ${LOCATION}, l.kind::text as kind from location l
     where l.kind in ('supplier', 'customer', 'production', 'adjustment') or (l.kind = 'transit' and l.authority_id is not null)`,
  );
  const onTheWay = Map.groupBy(
    special.rows.filter((row) => row.is_transit),
    (row) => row.authority_id ?? 0,
  );
  const connections = await store.query<{ id: number; name: string }>('select id, name from connection');
  return {
    bound: new Map<string, KnownLocation>(
      rows.map((row) => [
        row.external_id,
        locationOf(
          row,
          boundBefore.get(row.external_id)?.map((old) => ({ location: locationOf(old), until: old.until })),
        ),
      ]),
    ),
    virtual: new Map(special.rows.filter((row) => !row.is_transit).map((row) => [row.kind, row.id])),
    transit: new Map(
      [...onTheWay].flatMap(([authorityId, [only, ...more]]) =>
        only && more.length === 0 ? [[authorityId, locationOf(only)] as const] : [],
      ),
    ),
    connections: new Map(connections.rows.map((row) => [row.id, row.name])),
  };
}
