// Units and barcodes: other measures an item is handled in, and the codes that scanners read on it.
import { quantityFrom } from '../vocabulary/quantity.ts';
import type { RowOf } from './columns.ts';
import { keepBarcodes, keepUnits } from './keep-earlier.ts';
import { columnOf, type Kind } from './kind.ts';
import { itemsBySku } from './references.ts';

interface ReadyUnit {
  readonly itemId: number;
  readonly unit: string;
  readonly factor: string;
}

export const units: Kind<RowOf<'units'>, ReadyUnit> = {
  key: ({ sku, unit }) => JSON.stringify([sku, unit]),

  async check(session, lines, findings) {
    const known = await itemsBySku(
      session,
      lines.map(({ row }) => row.sku),
    );
    const before = await session.query<{ itemId: number; unit: string; factor: string }>(
      `select item_id as "itemId", unit, trim_scale(factor)::text as factor from item_unit
       where item_id in (select id from item where sku = any($1))`,
      [lines.map(({ row }) => row.sku)],
    );
    const factors = new Map(before.rows.map(({ itemId, unit, factor }) => [`${itemId} ${unit}`, factor]));
    return lines.flatMap((line) => {
      const { sku, unit, factor } = line.row;
      const item = known.require(line, 'sku', sku, findings);
      if (!item) return [];
      if (unit === item.baseUnit) {
        // the base unit has the factor 1 by itself
        if (quantityFrom(factor) === quantityFrom('1')) return [];
        findings.reject(
          line,
          'factor',
          `must be 1: “${unit}” is the item’s base unit`,
          'Name another unit, or leave the line out.',
        );
        return [];
      }
      const old = factors.get(`${item.id} ${unit}`);
      if (old !== undefined && old !== factor) {
        findings.notice(line, 'factor', `was ${old}; movements already posted stand as they are`);
      }
      return [{ itemId: item.id, unit, factor }];
    });
  },

  async write(session, rows) {
    await keepUnits(session, rows);
    const { rows: changed } = await session.query<{ itemId: number }>(
      `insert into item_unit (item_id, unit, factor)
       select * from unnest($1::int[], $2::text[], $3::numeric[]) order by 1, 2
       on conflict (item_id, unit) do update set factor = excluded.factor where item_unit.factor <> excluded.factor
       returning item_id as "itemId"`,
      [columnOf(rows, 'itemId'), columnOf(rows, 'unit'), columnOf(rows, 'factor')],
    );
    return { changed: changed.length, affected: changed };
  },
};

interface ReadyBarcode {
  readonly barcode: string;
  readonly itemId: number;
}

export const barcodes: Kind<RowOf<'barcodes'>, ReadyBarcode> = {
  key: ({ barcode }) => barcode,

  async check(session, lines, findings) {
    const known = await itemsBySku(
      session,
      lines.map(({ row }) => row.sku),
    );
    const before = await session.query<{ code: string; sku: string }>(
      'select code, sku from barcode join item on item.id = item_id where code = any($1)',
      [lines.map(({ row }) => row.barcode)],
    );
    const owners = new Map(before.rows.map(({ code, sku }) => [code, sku]));
    return lines.flatMap((line) => {
      const item = known.require(line, 'sku', line.row.sku, findings);
      if (!item) return [];
      const owner = owners.get(line.row.barcode);
      if (owner !== undefined && owner !== item.sku)
        findings.notice(line, 'barcode', `moves here from item “${owner}”`);
      return [{ barcode: line.row.barcode, itemId: item.id }];
    });
  },

  async write(session, rows) {
    await keepBarcodes(session, rows);
    const { rowCount } = await session.query(
      `insert into barcode (code, item_id) select * from unnest($1::text[], $2::int[]) order by 1
       on conflict (code) do update set item_id = excluded.item_id where barcode.item_id <> excluded.item_id`,
      [columnOf(rows, 'barcode'), columnOf(rows, 'itemId')],
    );
    return { changed: rowCount ?? 0 };
  },
};
