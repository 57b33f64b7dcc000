// Files of what allocation and the chart of accounts need to know of items: group, weight, volume.
import type { z } from 'zod';
import { columnOf, type Kind } from '../catalog/kind.ts';
import { markStale } from '../valuation/notice.ts';
import type { COST_COLUMNS } from './columns.ts';
import { concernedBy } from './concerned.ts';
import { itemsNamed } from './import-documents.ts';

interface Ready {
  readonly itemId: number;
  readonly group: string | undefined;
  readonly weight: string | undefined;
  readonly volume: string | undefined;
}

export const costing: Kind<z.infer<typeof COST_COLUMNS.costing>, Ready> = {
  key: ({ sku }) => sku,

  async check(session, lines, findings) {
    const known = await itemsNamed(session, lines);
    return lines.flatMap((line) => {
      const { sku, group, weight, volume } = line.row;
      const item = known.require(line, 'sku', sku, findings);
      return item ? [{ itemId: item.id, group, weight, volume }] : [];
    });
  },

  /** What landed costs were divided by is another now, so whatever shares one with the item is valued anew. */
  async write(session, rows) {
    const { rows: changed } = await session.query<{ itemId: number; isRegrouped: boolean }>(
      `with before as (select * from item_costing)
       insert into item_costing as c (item_id, cost_group, weight, volume)
       select g.item_id, coalesce(g.cost_group, b.cost_group), coalesce(g.weight, b.weight), coalesce(g.volume, b.volume)
       from unnest($1::int[], $2::text[], $3::numeric[], $4::numeric[]) as g (item_id, cost_group, weight, volume)
       left join before b using (item_id) order by 1
       on conflict (item_id) do update set cost_group = excluded.cost_group, weight = excluded.weight, volume = excluded.volume
       where (c.cost_group, c.weight, c.volume) is distinct from (excluded.cost_group, excluded.weight, excluded.volume)
       returning item_id as "itemId",
         c.cost_group is distinct from (select b.cost_group from before b where b.item_id = c.item_id) as "isRegrouped"`,
      [columnOf(rows, 'itemId'), columnOf(rows, 'group'), columnOf(rows, 'weight'), columnOf(rows, 'volume')],
    );
    // Drafts that were made before have the accounts of the group before.
    if (changed.some(({ isRegrouped }) => isRegrouped))
      await session.query('update cost_group_change set changes = changes + 1');
    const { rows: references } = await session.query<{ reference: string }>(
      `select distinct reference from cost_reference where kind = 'received' and item_id = any($1::int[])`,
      [changed.map(({ itemId }) => itemId)],
    );
    await markStale(
      session,
      await concernedBy(
        session,
        references.map(({ reference }) => ({ reference, causedAt: null })),
      ),
    );
    return { changed: changed.length };
  },
};
