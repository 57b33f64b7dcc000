// A channel's listings bound to items by SKU. The decision for each listing is a pure table of cases; writing follows it.
import type pg from 'pg';
import { isPlainText, plainTextOf } from '../vocabulary/text.ts';
import { SET_BY_PERSON } from './listings.ts';

export interface ChannelListing {
  readonly id: string;
  readonly sku: string;
  readonly title: string;
  readonly barcode?: string;
  readonly pushable: boolean;
  readonly reason?: string;
}

export interface ListingsResult {
  readonly bound: number;
  /** Of the bound ones, those whose item was made now. */
  readonly createdItems: number;
  /** Bound before; of these, the ones whose word on pushing changed. */
  readonly kept: number;
  readonly changed: number;
  readonly undecided: readonly UndecidedListing[];
}

export interface UndecidedListing {
  readonly id: string;
  readonly sku: string;
  readonly title: string;
  readonly problem: string;
  readonly help: string;
}

type Decision =
  | { readonly kind: 'keep' }
  | { readonly kind: 'bind' }
  | { readonly kind: 'create' }
  | { readonly kind: 'ask'; readonly problem: string; readonly help: string };

interface Known {
  /** SKU of the item that each listing is bound to, by the listing's id. */
  readonly bound: ReadonlyMap<string, string>;
  /** Ids of items by exact SKU. */
  readonly items: ReadonlyMap<string, number>;
  /** SKUs of items by the same SKU in lower case. */
  readonly itemsInLowerCase: ReadonlyMap<string, string>;
  /** How many listings of the channel carry each SKU. */
  readonly uses: ReadonlyMap<string, number>;
}

/** Binds each listing whose SKU decides it; `touchedItems` are the ids of items with a new or changed listing. */
export async function bindListings(
  session: pg.ClientBase,
  connectionId: number,
  listings: readonly ChannelListing[],
  options: { readonly createItems: boolean },
): Promise<ListingsResult & { readonly touchedItems: readonly number[] }> {
  const known = await knownOf(session, connectionId, listings);
  const decided = listings.map((listing) => ({
    listing,
    decision: decisionOf(listing, known, options.createItems),
  }));
  const ofKind = (...kinds: Decision['kind'][]): ChannelListing[] =>
    decided.filter(({ decision }) => kinds.includes(decision.kind)).map(({ listing }) => listing);
  await createItems(session, ofKind('create'));
  const bound = await insertListings(session, connectionId, ofKind('bind', 'create'));
  const old = listings.filter(({ id }) => known.bound.has(id));
  const changed = await followPushable(session, connectionId, old);
  return {
    bound: bound.length,
    createdItems: ofKind('create').length,
    kept: old.length,
    changed: changed.length,
    undecided: decided.flatMap(({ listing: { id, sku, title }, decision }) =>
      decision.kind === 'ask' ? [{ id, sku, title, problem: decision.problem, help: decision.help }] : [],
    ),
    touchedItems: [...new Set([...bound, ...changed])],
  };
}

const BIND = 'Bind it with `stockbridge import listings`.';

function decisionOf({ id, sku }: ChannelListing, known: Known, createsItems: boolean): Decision {
  const current = known.bound.get(id);
  const ask = (problem: string, help = BIND): Decision => ({ kind: 'ask', problem, help });
  if (current !== undefined) {
    if (current === sku || !known.items.has(sku)) return { kind: 'keep' };
    return ask(
      `stays bound to item “${current}”, while its SKU now names another`,
      `Only you can rebind it: ${BIND}`,
    );
  }
  if (sku.trim() === '') return ask('has no SKU', `Give it one at the channel, or ${BIND.toLowerCase()}`);
  const uses = known.uses.get(sku) ?? 0;
  if (uses > 1)
    return ask(
      `shares its SKU with ${uses - 1} other ${uses === 2 ? 'listing' : 'listings'}`,
      `Make SKUs unique at the channel, or ${BIND.toLowerCase()}`,
    );
  if (known.items.has(sku)) return { kind: 'bind' };
  if (sku !== sku.trim())
    return ask('has a SKU with spaces around it', `Correct it at the channel, or ${BIND.toLowerCase()}`);
  if (sku.length > 200 || !isPlainText(sku))
    return ask('has a SKU that cannot be kept', 'Correct it at the channel: at most 200 plain characters.');
  const similar = known.itemsInLowerCase.get(sku.toLowerCase());
  if (similar !== undefined) return ask(`differs from item “${similar}” in upper and lower case only`);
  return createsItems
    ? { kind: 'create' }
    : ask('no item has this SKU', `Import the item first, or ${BIND.toLowerCase()}`);
}

async function knownOf(
  session: pg.ClientBase,
  connectionId: number,
  listings: readonly ChannelListing[],
): Promise<Known> {
  const { rows: bound } = await session.query<{ external: string; sku: string }>(
    `select external_id as external, sku from listing join item on item.id = item_id where connection_id = $1`,
    [connectionId],
  );
  const { rows: items } = await session.query<{ id: number; sku: string }>(
    `select id, sku from item where sku = any($1) or lower(sku) = any($2)`,
    [listings.map(({ sku }) => storable(sku)), listings.map(({ sku }) => storable(sku.toLowerCase()))],
  );
  const uses = new Map<string, number>();
  for (const { sku } of listings) uses.set(sku, (uses.get(sku) ?? 0) + 1);
  return {
    bound: new Map(bound.map(({ external, sku }) => [external, sku])),
    items: new Map(items.map(({ id, sku }) => [sku, id])),
    itemsInLowerCase: new Map(items.map(({ sku }) => [sku.toLowerCase(), sku])),
    uses,
  };
}

/** PostgreSQL refuses NUL and broken Unicode even in a question; no item has such a SKU. */
const storable = (sku: string): string => (isPlainText(sku) ? sku : '');

async function createItems(session: pg.ClientBase, listings: readonly ChannelListing[]): Promise<void> {
  await session.query(
    `insert into item (sku, name) select * from unnest($1::text[], $2::text[]) order by 1`,
    [listings.map(({ sku }) => sku), listings.map(({ title }) => plainTextOf(title, 300))],
  );
  const coded = listings.filter(
    ({ barcode }) => barcode !== undefined && barcode.trim() !== '' && isPlainText(barcode),
  );
  // a barcode that two listings carry, or that another item has, identifies neither
  await session.query(
    `insert into barcode (code, item_id)
     select given.code, min(item.id) from unnest($1::text[], $2::text[]) as given (code, sku) join item using (sku)
     group by given.code having count(*) = 1 order by 1
     on conflict (code) do nothing`,
    [coded.map(({ barcode = '' }) => barcode.trim()), coded.map(({ sku }) => sku)],
  );
}

async function insertListings(
  session: pg.ClientBase,
  connectionId: number,
  listings: readonly ChannelListing[],
): Promise<number[]> {
  const { rows } = await session.query<{ itemId: number }>(
    `insert into listing (connection_id, external_id, item_id, pushable, reason)
     select $1, given.external_id, item.id, given.pushable, given.reason
     from unnest($2::text[], $3::text[], $4::boolean[], $5::text[]) as given (external_id, sku, pushable, reason)
     join item using (sku) order by 2
     returning item_id as "itemId"`,
    [connectionId, listings.map(({ id }) => id), listings.map(({ sku }) => sku), ...pushColumns(listings)],
  );
  return rows.map(({ itemId }) => itemId);
}

/** Takes over whether the channel can be pushed to, except where a person has said no. */
async function followPushable(
  session: pg.ClientBase,
  connectionId: number,
  listings: readonly ChannelListing[],
): Promise<number[]> {
  const { rows } = await session.query<{ itemId: number }>(
    `update listing set pushable = given.pushable, reason = given.reason
     from unnest($2::text[], $3::boolean[], $4::text[]) as given (external_id, pushable, reason)
     where listing.connection_id = $1 and listing.external_id = given.external_id
       and listing.reason is distinct from $5
       and (listing.pushable, listing.reason) is distinct from (given.pushable, given.reason)
     returning item_id as "itemId"`,
    [connectionId, listings.map(({ id }) => id), ...pushColumns(listings), SET_BY_PERSON],
  );
  return rows.map(({ itemId }) => itemId);
}

const pushColumns = (listings: readonly ChannelListing[]): [boolean[], (string | null)[]] => [
  listings.map(({ pushable }) => pushable),
  listings.map(({ pushable, reason }) =>
    pushable ? null : plainTextOf(reason ?? 'the channel does not take stock for it'),
  ),
];
