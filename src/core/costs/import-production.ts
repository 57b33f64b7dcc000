// Files of production orders: all lines of an order are its whole plan. A plan may be said anew, as when an order is closed.
import type { z } from 'zod';
import type { Kind } from '../catalog/kind.ts';
import type { ItemReference, References } from '../catalog/references.ts';
import type { Findings, Line } from '../catalog/report.ts';
import type { COST_COLUMNS } from './columns.ts';
import type { ContentOf } from './document.ts';
import {
  companyOf,
  costedItem,
  type Drafted,
  documentsOf,
  itemsNamed,
  momentOf,
  type ReadyDocument,
  readyDocuments,
  writeDocuments,
} from './import-documents.ts';

type Row = z.infer<typeof COST_COLUMNS.production>;
type Plan = ContentOf<'production_order'>;

/** What one line adds to the plan. */
interface Part {
  readonly planned?: NonNullable<Plan['planned']>[number];
  readonly absorption?: Plan['absorption'][number];
  readonly byProduct?: Plan['byProducts'][number];
}

export const production: Kind<Row, ReadyDocument> = {
  key: ({ order, what, sku, amount }) => JSON.stringify([order, what, sku, what === 'cost' ? amount : '']),

  async check(session, lines, findings) {
    const { timeZone } = await companyOf(session);
    const known = await itemsNamed(session, lines);
    const parts = new Map(lines.map((line) => [line, partOf(line, known, findings)]));
    const groups = documentsOf(lines, 'order', ({ order }) => [order], ['date', 'closed_at'], findings);
    const drafts = groups.map((group): Drafted => {
      const [{ row }] = group;
      const own = group.flatMap((line) => parts.get(line) ?? []);
      const planned = own.flatMap((part) => part.planned ?? []);
      const content = {
        reference: row.order,
        ...(planned.length === 0 ? {} : { planned }),
        absorption: own.flatMap((part) => part.absorption ?? []),
        byProducts: own.flatMap((part) => part.byProduct ?? []),
        ...(row.closed_at === undefined ? {} : { closedAt: momentOf(row.closed_at, timeZone) }),
      };
      const effectiveAt = momentOf(row.date, timeZone);
      const document = `production order ${row.order}`.slice(0, 300);
      return {
        lines: group,
        identity: [row.order],
        draft: { kind: 'production_order', document, effectiveAt, content },
        replaces: true,
      };
    });
    return readyDocuments(session, drafts, findings);
  },

  write: writeDocuments,
};

function partOf(line: Line<Row>, known: References<ItemReference>, findings: Findings): Part | undefined {
  const { what, sku, quantity, amount, share } = line.row;
  const item = sku === undefined ? undefined : costedItem(line, sku, known, findings);
  if (sku !== undefined && !item) return undefined;
  const lacks = (column: 'sku' | 'quantity' | 'amount'): undefined => {
    findings.reject(line, column, 'is empty', `A line of ${what} needs it.`);
    return undefined;
  };
  switch (what) {
    case 'output':
      if (!item) return lacks('sku');
      return quantity === undefined ? lacks('quantity') : { planned: { itemId: item.id, quantity } };
    case 'cost':
      return amount === undefined ? lacks('amount') : { absorption: { amount } };
    case 'cost_per_unit':
      if (amount === undefined) return lacks('amount');
      return { absorption: { perUnit: amount, ...(item ? { itemId: item.id } : {}) } };
    case 'by_product':
      if (!item) return lacks('sku');
      if (share !== undefined && amount !== undefined) {
        findings.reject(line, 'share', 'stands beside an amount', 'A by-product has a share or an amount.');
        return undefined;
      }
      if (share !== undefined) return { byProduct: { itemId: item.id, share } };
      return amount === undefined ? lacks('amount') : { byProduct: { itemId: item.id, unitValue: amount } };
  }
}
