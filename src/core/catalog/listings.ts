// Listings: which item a channel's listing sells, and in which amount. A person's file may rebind one; it is told.
import type { RowOf } from './columns.ts';
import { keepListings } from './keep-earlier.ts';
import { columnOf, type Kind } from './kind.ts';
import { connectionsByName, itemsBySku } from './references.ts';

/** The reason of a listing that a person took from pushing; a channel's own word does not change it. */
export const SET_BY_PERSON = 'set in the catalogue';

interface Ready {
  readonly connectionId: number;
  readonly external: string;
  readonly itemId: number;
  readonly factor: string | undefined;
  readonly pushable: boolean | undefined;
}

export const listings: Kind<RowOf<'listings'>, Ready> = {
  key: ({ connection, listing }) => JSON.stringify([connection, listing]),

  async check(session, lines, findings) {
    const known = await itemsBySku(
      session,
      lines.map(({ row }) => row.sku),
    );
    const connections = await connectionsByName(session);
    const before = await session.query<{ connection: string; external: string; sku: string }>(
      `select connection.name as connection, external_id as external, item.sku
       from listing join connection on connection.id = connection_id join item on item.id = item_id
       where external_id = any($1)`,
      [lines.map(({ row }) => row.listing)],
    );
    const bound = new Map(
      before.rows.map((row) => [JSON.stringify([row.connection, row.external]), row.sku]),
    );
    return lines.flatMap((line) => {
      const { row } = line;
      const connection = connections.require(line, 'connection', row.connection, findings);
      const item = known.require(line, 'sku', row.sku, findings);
      if (!connection || !item) return [];
      const old = bound.get(listings.key(row));
      if (old !== undefined && old !== item.sku) {
        findings.notice(
          line,
          'sku',
          `was bound to item “${old}”; movements already posted stand as they are`,
        );
      }
      const { factor, pushable } = row;
      return [{ connectionId: connection.id, external: row.listing, itemId: item.id, factor, pushable }];
    });
  },

  async write(session, rows) {
    const affected = await keepListings(session, rows);
    // a person's word on `pushable` replaces the reason that the channel gave
    const { rows: changed } = await session.query<{ itemId: number }>(
      `insert into listing (connection_id, external_id, item_id, factor, pushable, reason)
       select given.connection_id, given.external_id, given.item_id, coalesce(given.factor, old.factor, 1),
              coalesce(given.pushable, old.pushable, true),
              case given.pushable when true then null when false then $6 else old.reason end
       from unnest($1::smallint[], $2::text[], $3::int[], $4::numeric[], $5::boolean[])
         as given (connection_id, external_id, item_id, factor, pushable)
       left join listing old using (connection_id, external_id)
       order by 1, 2
       on conflict (connection_id, external_id) do update set item_id = excluded.item_id, factor = excluded.factor,
         pushable = excluded.pushable, reason = excluded.reason
       where (listing.item_id, listing.factor, listing.pushable, listing.reason)
         is distinct from (excluded.item_id, excluded.factor, excluded.pushable, excluded.reason)
       returning item_id as "itemId"`,
      [
        columnOf(rows, 'connectionId'),
        columnOf(rows, 'external'),
        columnOf(rows, 'itemId'),
        columnOf(rows, 'factor'),
        columnOf(rows, 'pushable'),
        SET_BY_PERSON,
      ],
    );
    return { changed: changed.length, items: [...new Set(changed.map(({ itemId }) => itemId))], affected };
  },
};
