// Files of suppliers' bills and of landed costs: all lines of a number are one document.
import type { z } from 'zod';
import { factorsOf, inBaseUnits } from '../catalog/base-units.ts';
import type { Kind } from '../catalog/kind.ts';
import type { Line } from '../catalog/report.ts';
import type { COST_COLUMNS } from './columns.ts';
import {
  companyOf,
  costedItem,
  currencyOf,
  type Drafted,
  documentsOf,
  itemsNamed,
  momentOf,
  type ReadyDocument,
  readyDocuments,
  writeDocuments,
} from './import-documents.ts';
import { noteBilled, noteLanded } from './import-notices.ts';

type BillRow = z.infer<typeof COST_COLUMNS.bills>;
type LandedRow = z.infer<typeof COST_COLUMNS.landed>;

interface BillLine {
  readonly itemId: number;
  readonly reference: string;
  readonly quantity: string;
  readonly amount: string;
}

export const bills: Kind<BillRow, ReadyDocument> = {
  key: ({ supplier, bill, reference, sku, quantity, amount }) =>
    JSON.stringify([supplier, bill, reference, sku, quantity, amount]),

  async check(session, lines, findings) {
    const company = await companyOf(session);
    const known = await itemsNamed(session, lines);
    const factors = await factorsOf(session, lines);
    const said = new Map<Line<BillRow>, BillLine>();
    for (const line of lines) {
      const item = costedItem(line, line.row.sku, known, findings);
      const quantity = item && inBaseUnits(line, item, factors, findings);
      if (!item || quantity === undefined) continue;
      const { reference, amount } = line.row;
      said.set(line, { itemId: item.id, reference, quantity, amount });
    }
    const identityOf = ({ supplier, bill }: BillRow) => [supplier, bill];
    const common = ['supplier', 'date', 'currency', 'rate'] as const;
    const drafts = documentsOf(lines, 'bill', identityOf, common, findings).flatMap((group): Drafted[] => {
      const [first] = group;
      const { bill: number, supplier, date, rate } = first.row;
      const currency = currencyOf(first, first.row.currency, company, findings);
      if (currency === undefined) return [];
      const own = group.flatMap((line) => said.get(line) ?? []);
      const content = { number, supplier, currency, ...(rate === undefined ? {} : { rate }), lines: own };
      const effectiveAt = momentOf(date, company.timeZone);
      const document = `bill ${number} of ${supplier}`.slice(0, 300);
      return [
        {
          lines: group,
          identity: [supplier, number],
          draft: { kind: 'bill', document, effectiveAt, content },
        },
      ];
    });
    const ready = await readyDocuments(session, drafts, findings);
    const keys = ready.map(({ document }) => document.key);
    await noteBilled(session, said, keys, findings);
    return ready;
  },

  write: writeDocuments,
};

export const landed: Kind<LandedRow, ReadyDocument> = {
  key: ({ document, receipt }) => JSON.stringify([document, receipt]),

  async check(session, lines, findings) {
    const company = await companyOf(session);
    const common = ['date', 'amount', 'by', 'role', 'currency', 'rate'] as const;
    const groups = documentsOf(lines, 'document', ({ document }) => [document], common, findings);
    const drafts = groups.flatMap((group): Drafted[] => {
      const [first] = group;
      const { document: number, date, amount, by = 'value', role = 'landed_clearing', rate } = first.row;
      const currency = currencyOf(first, first.row.currency, company, findings);
      if (currency === undefined) return [];
      const receipts = group.map(({ row }) => row.receipt);
      const content = {
        number,
        amount,
        currency,
        ...(rate === undefined ? {} : { rate }),
        by,
        receipts,
        role,
      };
      const effectiveAt = momentOf(date, company.timeZone);
      const document = `landed cost ${number}`;
      return [
        { lines: group, identity: [number], draft: { kind: 'landed_cost', document, effectiveAt, content } },
      ];
    });
    const ready = await readyDocuments(session, drafts, findings);
    const taken = groups.filter((group) => !group.some((line) => findings.isRejected(line)));
    await noteLanded(session, taken, findings);
    return ready;
  },

  write: writeDocuments,
};
