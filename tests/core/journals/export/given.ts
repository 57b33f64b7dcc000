// Journals to export: three days of one company written by hand, hostile text, and any journals at all for properties.
import fc from 'fast-check';
import type { JournalDocument, JournalDocumentLine } from '../../../../src/core/journals/document.ts';
import type { AccountNames } from '../../../../src/core/journals/export/account-names.ts';
import { exponentOf, type Money, moneyText } from '../../../../src/core/vocabulary/money.ts';

const SALE = '01930000-0000-7000-8000-000000000001';
const CORRECTION = '01930000-0000-7000-8000-000000000002';
const REVERSAL = '01930000-0000-7000-8000-000000000003';

/** A day's sales, a correction of that day booked later, and its reversal that nobody has approved. */
export const NOVEMBER: readonly JournalDocument[] = [
  {
    id: SALE,
    number: 'SB-20261114-1',
    kind: 'activity',
    status: 'posted',
    date: '2026-11-14',
    currency: 'USD',
    memo: `Stockbridge ${SALE}: activity of 2026-11-14`,
    lines: [
      {
        line: 1,
        side: 'debit',
        account: '80',
        role: 'cost_of_goods_sold',
        kind: 'sale',
        class: 'Retail',
        department: 'Berlin; Mitte',
        amount: '1234.50',
        description: 'Cost of goods sold, 14 orders',
        sources: [
          {
            type: 'movement',
            id: '0193aaaa-0000-7000-8000-000000000001:1',
            entry: '11',
            document: 'shipment 4711',
            sku: 'MUG',
            quantity: '-100',
            amount: '1000.00',
          },
          {
            type: 'movement',
            id: '0193aaaa-0000-7000-8000-000000000002:1',
            entry: '12',
            sku: 'MUG',
            quantity: '-23.45',
            amount: '234.50',
          },
        ],
      },
      {
        line: 2,
        side: 'debit',
        account: '0400',
        role: 'adjustment',
        kind: 'adjustment',
        amount: '0.05',
        description: '=HYPERLINK("http://x")',
        sources: [
          {
            type: 'movement',
            id: '0193aaaa-0000-7000-8000-000000000003:2',
            entry: '13',
            sku: '-PIN',
            quantity: '-0.5',
            amount: '0.05',
          },
        ],
      },
      {
        line: 3,
        side: 'credit',
        account: '84',
        role: 'inventory',
        kind: 'sale',
        amount: '1234.55',
        description: 'Inventory',
      },
    ],
  },
  {
    id: CORRECTION,
    number: 'SB-20261201-2',
    kind: 'correction',
    status: 'approved',
    date: '2026-12-01',
    forDate: '2026-11-14',
    currency: 'USD',
    memo: `Stockbridge ${CORRECTION}: correction 1 of 2026-11-14; "late" freight`,
    lines: [
      {
        line: 1,
        side: 'debit',
        account: '80',
        role: 'cost_of_goods_sold',
        kind: 'landed_cost',
        amount: '4.00',
        description: 'Freight: part of what was sold',
      },
      {
        line: 2,
        side: 'credit',
        account: '84',
        role: 'landed_clearing',
        kind: 'landed_cost',
        amount: '4.00',
        description: 'Freight',
      },
    ],
  },
  {
    id: REVERSAL,
    number: 'SB-20261201-3',
    kind: 'reversal',
    status: 'draft',
    date: '2026-12-01',
    currency: 'USD',
    reference: '#1001',
    reverses: CORRECTION,
    memo: 'Takes SB-20261201-2 back',
    lines: [
      {
        line: 1,
        side: 'debit',
        account: '84',
        role: 'landed_clearing',
        kind: 'landed_cost',
        amount: '4.00',
        description: '',
      },
      {
        line: 2,
        side: 'credit',
        account: '80',
        role: 'cost_of_goods_sold',
        kind: 'landed_cost',
        amount: '4.00',
        description: '',
      },
    ],
  },
];

/** Good in hledger and in Beancount. */
export const NAMES: AccountNames = new Map([
  ['80', 'Expenses:CostOfGoodsSold'],
  ['84', 'Assets:Inventory:Lager-Süd'],
  ['0400', 'Expenses:Adjustments'],
]);

/** What has broken one file format or another. */
export const HOSTILE: readonly string[] = [
  'said "hi", \'so\'; and | then',
  'one\ntwo\r\nthree\rfour\u2028five\u0085six',
  "=cmd|'/c calc'!A1",
  '  +1+1',
  '@SUM(A1)',
  '-2+3',
  '\t=1',
  "'=1",
  '＝1',
  '; comment',
  'date:2019-13-45, date2:x, [2020-02-31]',
  'key:: (1 / 0)',
  ':a:b:',
  '(code) * ! | payee',
  '\\" \\n \\',
  '🧦 naïve 漢字 \u200dzero',
  '\u0000\u0007\u001b[31m',
  'broken \ud83e',
  '😀'.repeat(2000),
  'x'.repeat(4000),
  '\n'.repeat(100),
  '',
  ' ',
  '2026-01-01 open Assets:Evil',
  '""" $ENV {{x}} </script>',
];

const text = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ maxLength: 20 }),
);
const account = fc.constantFrom(...NAMES.keys());

/** Lines that balance: random debits, and credits that take the same total apart in another way. */
const lines = (currency: string): fc.Arbitrary<JournalDocumentLine[]> => {
  const line = fc.record(
    {
      account,
      role: fc.constantFrom('inventory' as const, 'cost_of_goods_sold' as const),
      kind: fc.constant('sale' as const),
      description: text,
      class: text,
      department: text,
    },
    { requiredKeys: ['account', 'role', 'kind', 'description'] },
  );
  const units = fc.bigInt({ min: 1n, max: 10n ** 17n });
  const debits = fc.array(fc.tuple(line, units), { minLength: 1, maxLength: 4 });
  return fc.tuple(debits, line, line, units).map(([some, one, other, cut]) => {
    const total = some.reduce((sum, [, amount]) => sum + amount, 0n);
    const first = total === 1n ? 1n : (cut % (total - 1n)) + 1n;
    const credits = [[one, first] as const, [other, total - first] as const].filter(
      ([, amount]) => amount > 0n,
    );
    return [
      ...some.map(([given, amount]) => ({ ...given, side: 'debit' as const, amount })),
      ...credits.map(([given, amount]) => ({ ...given, side: 'credit' as const, amount })),
    ].map((given, index) => ({
      ...given,
      line: index + 1,
      amount: moneyText(given.amount as Money, currency),
    }));
  });
};

/** Any journals of the currencies, with 0, 2 or 3 places, in any order. */
export const anyJournals = (...currencies: readonly string[]): fc.Arbitrary<JournalDocument[]> =>
  fc
    .array(
      fc.constantFrom(...currencies).chain((currency) =>
        fc.record({
          id: fc.uuid(),
          number: fc.stringMatching(/^[A-Z0-9-]{1,21}$/),
          kind: fc.constantFrom('activity' as const, 'correction' as const),
          status: fc.constantFrom('draft' as const, 'approved' as const, 'posted' as const),
          date: fc.integer({ min: 1, max: 28 }).map((day) => `2026-02-${String(day).padStart(2, '0')}`),
          currency: fc.constant(currency),
          memo: text,
          lines: lines(currency),
        }),
      ),
      { minLength: 1, maxLength: 6 },
    )
    .map((journals) =>
      journals.map((journal, index) => ({ ...journal, number: `${index}${journal.number}`.slice(0, 21) })),
    )
    .filter((journals) => new Set(journals.map(({ id }) => id)).size === journals.length);

export const CURRENCIES = ['USD', 'JPY', 'KWD'] as const;

/** `journal|account|currency` → smallest units, debit above zero: what an export must give back. */
export type Totals = Readonly<Record<string, bigint>>;

/** Adds up `[journal, account, currency, signed decimal text]`, and insists on the currency’s places. */
export function totalsOf(amounts: Iterable<readonly [string, string, string, string]>): Totals {
  const totals: Record<string, bigint> = {};
  for (const [journal, of, currency, amount] of amounts) {
    const places = amount.split('.')[1]?.length ?? 0;
    if (places !== exponentOf(currency)) throw new Error(`${amount} ${currency} has ${places} places`);
    const key = `${journal}|${of}|${currency}`;
    totals[key] = (totals[key] ?? 0n) + BigInt(amount.replace('.', ''));
  }
  return totals;
}

/** What the journals say, with accounts named by `nameOf`. */
export const totalsIn = (
  journals: readonly JournalDocument[],
  nameOf: (account: string) => string = (given) => given,
): Totals =>
  totalsOf(
    journals.flatMap((journal) =>
      journal.lines.map(
        ({ account: of, side, amount }) =>
          [journal.number, nameOf(of), journal.currency, side === 'debit' ? amount : `-${amount}`] as const,
      ),
    ),
  );
