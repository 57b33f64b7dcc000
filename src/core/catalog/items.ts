// Items: their SKU, name, kind and base unit. A base unit that stock or factors already rest on is never changed.
import type pg from 'pg';
import type { RowOf } from './columns.ts';
import { columnOf, type Kind } from './kind.ts';
import type { Findings, Line } from './report.ts';

type Row = RowOf<'items'>;

export const items: Kind<Row, Row> = {
  key: ({ sku }) => sku,

  async check(session, lines, findings) {
    await rejectUnitChanges(session, lines, findings);
    return lines.filter((line) => !findings.isRejected(line)).map(({ row }) => row);
  },

  async write(session, rows) {
    const { rows: changed } = await session.query<{ id: number }>(
      `insert into item (sku, name, kind, base_unit)
       select given.sku, coalesce(given.name, item.name, ''), coalesce(given.kind, item.kind, 'finished'),
              coalesce(given.base_unit, item.base_unit, 'each')
       from unnest($1::text[], $2::text[], $3::item_kind[], $4::text[]) as given (sku, name, kind, base_unit)
       left join item using (sku)
       order by given.sku
       on conflict (sku) do update set name = excluded.name, kind = excluded.kind, base_unit = excluded.base_unit
       where (item.name, item.kind, item.base_unit) is distinct from (excluded.name, excluded.kind, excluded.base_unit)
       returning id`,
      [columnOf(rows, 'sku'), columnOf(rows, 'name'), columnOf(rows, 'kind'), columnOf(rows, 'base_unit')],
    );
    return { changed: changed.length, items: changed.map(({ id }) => id) };
  },
};

async function rejectUnitChanges(
  session: pg.ClientBase,
  lines: readonly Line<Row>[],
  findings: Findings,
): Promise<void> {
  const given = lines.filter(({ row }) => row.base_unit !== undefined);
  // `for update` makes a first movement, which refers to the item, wait until the new unit stands
  const { rows } = await session.query<{ sku: string; baseUnit: string; moved: boolean; measured: boolean }>(
    `select item.sku, item.base_unit as "baseUnit",
            exists (select from movement where item_id = item.id) as moved,
            exists (select from item_unit where item_id = item.id)
              or exists (select from kit_component where component_id = item.id)
              or exists (select from reservation where item_id = item.id) as measured
     from item join unnest($1::text[], $2::text[]) as given (sku, base_unit) using (sku)
     where item.base_unit <> given.base_unit
     order by item.id
     for update of item`,
    [given.map(({ row }) => row.sku), given.map(({ row }) => row.base_unit)],
  );
  const found = new Map(rows.map((row) => [row.sku, row]));
  for (const line of given) {
    const item = found.get(line.row.sku);
    if (item?.moved) {
      const help = `Its stock is counted in “${item.baseUnit}”; keep that, or start a new item and count the stock over.`;
      findings.reject(line, 'base_unit', 'cannot change: the item has movements', help);
    } else if (item?.measured) {
      const help = `Units, kits or reservations are measured in “${item.baseUnit}”; remove them first, or keep it.`;
      findings.reject(line, 'base_unit', 'cannot change: quantities rest on it', help);
    }
  }
}
