// Keeps what the catalogue said before an import changes it, in the import's transaction and before its change: what was booked
// by it is recognised when it is told again. An import that changes nothing keeps nothing.
import type pg from 'pg';
import { columnOf } from './kind.ts';
import type { Affected } from './read-again.ts';

/** How many earlier versions of one thing stay; two files that take turns in changing it would otherwise fill the table. */
const VERSIONS = 8;

interface Kept {
  readonly table: string;
  readonly key: readonly string[];
  readonly says: readonly string[];
  /** A query of key and content as they are now, of what the import changes. */
  readonly was: string;
}

/**
 * A version that was kept before and is equal goes, so that what stays are different ones; the oldest go beyond their number.
 * @returns what was and is changed now.
 */
async function keep<Was extends object>(
  session: pg.ClientBase,
  kept: Kept,
  values: readonly unknown[],
): Promise<Was[]> {
  const { table, key, says } = kept;
  const list = (columns: readonly string[], of: string) =>
    columns.map((column) => `${of}.${column}`).join(', ');
  const isOther = (of: string) => `(${list(says, of)}) is distinct from (${list(says, 'was')})`;
  const { rows } = await session.query<Was>(
    `with was as (${kept.was}),
     forgotten as (
       delete from ${table} old using was where (${list(key, 'old')}) = (${list(key, 'was')})
         and (not ${isOther('old')}
           or (select count(*) from ${table} newer where (${list(key, 'newer')}) = (${list(key, 'old')})
                 and newer.until > old.until and ${isOther('newer')}) >= ${VERSIONS - 1}))
     insert into ${table} (${[...key, ...says].join(', ')}, until)
     select ${list([...key, ...says], 'was')}, statement_timestamp() from was returning ${[...key, ...says].join(', ')}`,
    [...values],
  );
  return rows;
}

/** An item that was no kit counts as well, if it has ever moved: it moved itself. */
export const keepKits = (
  session: pg.ClientBase,
  rows: readonly { readonly kitId: number; readonly componentId: number; readonly quantity: string }[],
): Promise<unknown> =>
  keep(
    session,
    {
      table: 'earlier_kit',
      key: ['item_id'],
      says: ['components'],
      was: `select held.item_id, held.components
        from (select i.id as item_id, i.is_kit,
                (select jsonb_agg(jsonb_build_object('id', k.component_id, 'quantity', trim_scale(k.quantity)::text) order by k.component_id)
                 from kit_component k where k.kit_id = i.id) as components
              from item i where i.id = any($1::int[])) held
        join (select kit_id, jsonb_agg(jsonb_build_object('id', component_id, 'quantity', trim_scale(quantity)::text) order by component_id) as components
              from unnest($1::int[], $2::int[], $3::numeric[]) as given (kit_id, component_id, quantity) group by 1) given
          on given.kit_id = held.item_id and given.components is distinct from held.components
        where case when held.is_kit then held.components is not null
                   else exists (select from movement m where m.item_id = held.item_id) end`,
    },
    [columnOf(rows, 'kitId'), columnOf(rows, 'componentId'), columnOf(rows, 'quantity')],
  );

/**
 * A factor that is not given stays as it is.
 * @returns what the listings that change were bound to.
 */
export async function keepListings(
  session: pg.ClientBase,
  rows: readonly {
    readonly connectionId: number;
    readonly external: string;
    readonly itemId: number;
    readonly factor: string | undefined;
  }[],
): Promise<Affected[]> {
  const kept = await keep<{ connection_id: number; item_id: number }>(
    session,
    {
      table: 'earlier_listing',
      key: ['connection_id', 'external_id'],
      says: ['item_id', 'factor'],
      was: `select old.connection_id, old.external_id, old.item_id, old.factor
        from unnest($1::smallint[], $2::text[], $3::int[], $4::numeric[]) as given (connection_id, external_id, item_id, factor)
        join listing old using (connection_id, external_id)
        where (old.item_id, old.factor) is distinct from (given.item_id, coalesce(given.factor, old.factor))`,
    },
    [
      columnOf(rows, 'connectionId'),
      columnOf(rows, 'external'),
      columnOf(rows, 'itemId'),
      columnOf(rows, 'factor'),
    ],
  );
  return kept.map(({ connection_id, item_id }) => ({ connectionId: connection_id, itemId: item_id }));
}

export const keepUnits = (
  session: pg.ClientBase,
  rows: readonly { readonly itemId: number; readonly unit: string; readonly factor: string }[],
): Promise<unknown> =>
  keep(
    session,
    {
      table: 'earlier_unit',
      key: ['item_id', 'unit'],
      says: ['factor'],
      was: `select old.item_id, old.unit, old.factor
        from unnest($1::int[], $2::text[], $3::numeric[]) as given (item_id, unit, factor)
        join item_unit old using (item_id, unit) where old.factor <> given.factor`,
    },
    [columnOf(rows, 'itemId'), columnOf(rows, 'unit'), columnOf(rows, 'factor')],
  );

export const keepBarcodes = (
  session: pg.ClientBase,
  rows: readonly { readonly barcode: string; readonly itemId: number }[],
): Promise<unknown> =>
  keep(
    session,
    {
      table: 'earlier_barcode',
      key: ['code'],
      says: ['item_id'],
      was: `select old.code, old.item_id from unnest($1::text[], $2::int[]) as given (code, item_id)
        join barcode old using (code) where old.item_id <> given.item_id`,
    },
    [columnOf(rows, 'barcode'), columnOf(rows, 'itemId')],
  );
