// Files of one fact a line: expected costs, revaluations and write-downs of items, and rates of exchange.
import type { z } from 'zod';
import type { Kind } from '../catalog/kind.ts';
import type { Line } from '../catalog/report.ts';
import type { COST_COLUMNS } from './columns.ts';
import {
  companyOf,
  costedItem,
  type Draft,
  type Drafted,
  dayText,
  endOf,
  itemsNamed,
  momentOf,
  type ReadyDocument,
  readyDocuments,
  writeDocuments,
} from './import-documents.ts';

type CostRow = z.infer<typeof COST_COLUMNS.costs>;
type RateRow = z.infer<typeof COST_COLUMNS.rates>;

export const costs: Kind<CostRow, ReadyDocument> = {
  key: ({ sku, from, what = 'expected' }) => JSON.stringify([sku, from, what]),

  async check(session, lines, findings) {
    const company = await companyOf(session);
    const known = await itemsNamed(session, lines);
    const drafts = lines.flatMap((line): Drafted[] => {
      const item = costedItem(line, line.row.sku, known, findings);
      if (!item) return [];
      const { what = 'expected', currency } = line.row;
      if (what !== 'expected' && currency !== undefined && currency !== company.currency) {
        findings.reject(
          line,
          'currency',
          'must be the company’s',
          'What is on hand is valued in the company’s currency.',
        );
        return [];
      }
      const effectiveAt =
        what === 'write_down'
          ? endOf(line.row.from, company.timeZone)
          : momentOf(line.row.from, company.timeZone);
      return [
        {
          lines: [line],
          identity: [String(item.id), effectiveAt],
          draft: assertionOf(line, item, effectiveAt, company.currency),
        },
      ];
    });
    return readyDocuments(session, drafts, findings);
  },

  write: writeDocuments,
};

function assertionOf(
  { row }: Line<CostRow>,
  item: { readonly id: number; readonly sku: string },
  effectiveAt: string,
  home: string | undefined,
): Draft {
  const { unit_cost: unitCost, currency, from, what = 'expected' } = row;
  const day = dayText(from);
  switch (what) {
    case 'expected':
      return {
        kind: 'expected_cost',
        document: `expected cost of ${item.sku} from ${day}`,
        effectiveAt,
        content: {
          itemId: item.id,
          unitCost,
          ...(currency === undefined || currency === home ? {} : { currency }),
        },
      };
    case 'revaluation':
      return {
        kind: 'revaluation',
        document: `revaluation of ${item.sku} on ${day}`,
        effectiveAt,
        content: { itemId: item.id, unitCost },
      };
    case 'write_down':
      return {
        kind: 'write_down',
        document: `write-down of ${item.sku} on ${day}`,
        effectiveAt,
        content: { itemId: item.id, netRealisable: unitCost },
      };
  }
}

export const rates: Kind<RateRow, ReadyDocument> = {
  key: ({ currency, from }) => JSON.stringify([currency, from]),

  async check(session, lines, findings) {
    const company = await companyOf(session);
    const drafts = lines.flatMap((line): Drafted[] => {
      const { currency, rate, from } = line.row;
      if (currency === company.currency) {
        findings.reject(
          line,
          'currency',
          'is the company’s own',
          'A rate says what another currency is worth in it.',
        );
        return [];
      }
      const effectiveAt = momentOf(from, company.timeZone);
      const document = `rate of ${currency} from ${dayText(from)}`;
      const draft: Draft = { kind: 'exchange_rate', document, effectiveAt, content: { currency, rate } };
      return [{ lines: [line], identity: [currency, effectiveAt], draft }];
    });
    return readyDocuments(session, drafts, findings);
  },

  write: writeDocuments,
};
