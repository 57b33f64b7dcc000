// Journals as the hub sends them, and entries as QuickBooks holds them, for tests.
import type { JournalToPost } from '../../../src/connectors/contract.ts';

export const KEY = '7b0f0a5e-6a54-4f0e-9f2c-1d2f3a4b5c6d';

export const journal = (changes: Partial<JournalToPost> = {}): JournalToPost => ({
  key: KEY,
  number: 'INV-20261114-01',
  date: '2026-11-14',
  currency: 'USD',
  memo: 'Stock of 2026-11-14, journal 0198f2',
  lines: [
    {
      side: 'debit',
      account: '80',
      amount: '2520.10',
      description: 'Cost of goods sold, 14 orders',
      class: '2000',
    },
    { side: 'credit', account: '81', amount: '2000.00', description: 'Inventory, 14 orders' },
    { side: 'credit', account: '82', amount: '520.10', description: 'Inventory, 3PL', department: '1' },
  ],
  attempts: 0,
  lastSentAt: undefined,
  ...changes,
});

/** The entry that a request body becomes. */
export function entryFrom(body: string, changes: Readonly<Record<string, unknown>> = {}): object {
  const sent = JSON.parse(body) as { Line: object[] };
  return {
    ...sent,
    Line: sent.Line.map((line, index) => ({ Id: String(index), ...line })),
    Id: '1001',
    SyncToken: '0',
    domain: 'QBO',
    sparse: false,
    MetaData: { CreateTime: '2026-11-14T10:00:00-08:00', LastUpdatedTime: '2026-11-14T10:00:00-08:00' },
    ...changes,
  };
}
