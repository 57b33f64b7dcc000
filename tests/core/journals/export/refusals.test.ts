// What does not hold is not exported: no half file, no guess, and everything that is wrong said at once.
import { describe, expect, test } from 'vitest';
import type { JournalDocument } from '../../../../src/core/journals/document.ts';
import { beancountOf } from '../../../../src/core/journals/export/beancount.ts';
import { EXPORT_FORMATS, type ExportFormatName } from '../../../../src/core/journals/export/formats.ts';
import { hledgerOf } from '../../../../src/core/journals/export/hledger.ts';
import { xeroOf } from '../../../../src/core/journals/export/xero.ts';
import { NAMES, NOVEMBER } from './given.ts';

const journal = NOVEMBER[1] as JournalDocument;
const withFirstLine = (change: Partial<JournalDocument['lines'][number]>): JournalDocument => ({
  ...journal,
  lines: journal.lines.map((line, index) => (index === 0 ? { ...line, ...change } : line)),
});

const formats = Object.keys(EXPORT_FORMATS) as ExportFormatName[];
const options = { xero: {}, plainText: { accounts: NAMES } };

describe.each(formats)('%s', (format) => {
  test.each<[string, readonly JournalDocument[], RegExp]>([
    [
      'a journal out of balance (I9)',
      [withFirstLine({ amount: '4.01' })],
      /SB-20261201-2 .*out of balance by 1 /,
    ],
    ['an amount of zero', [withFirstLine({ amount: '0.00' })], /line 1 is no amount of USD above zero/],
    ['an amount below zero', [withFirstLine({ amount: '-4.00' })], /line 1 is no amount/],
    ['an amount without the places of its currency', [withFirstLine({ amount: '4' })], /line 1 is no amount/],
    ['an amount that is no decimal', [withFirstLine({ amount: '4e0' })], /line 1 is no amount/],
    ['a journal without lines', [{ ...journal, lines: [] }], /has no lines/],
    ['a currency that is none', [{ ...journal, currency: 'usd; rm' }], /names no currency/],
    ['a day that is none', [{ ...journal, date: '2026-12-1' }], /names no day/],
    ['a journal that comes twice', [journal, journal], /comes twice/],
    ['a number that comes twice', [journal, { ...journal, id: NOVEMBER[0]?.id ?? '' }], /comes twice/],
  ])('refuses %s', (_what, documents, message) => {
    expect(() => EXPORT_FORMATS[format].bytesOf(documents, options)).toThrow(
      expect.objectContaining({ code: 'invariant_broken', message: expect.stringMatching(message) }),
    );
  });
});

const refusal = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    expect(error).toMatchObject({ code: 'content_invalid' });
    return (error as Error).message;
  }
  throw new Error('nothing was refused');
};
const nameTo = (of: typeof hledgerOf, name: string) => () =>
  of([journal], {
    accounts: new Map([
      ['80', name],
      ['84', 'Assets:Inventory'],
    ]),
  });

test('every account without a name, and every unfit name, is said at once', () => {
  const message = refusal(() => beancountOf(NOVEMBER, { accounts: new Map([['80', 'expenses:cogs']]) }));
  expect(message).toContain('account 0400 (adjustment) has no name');
  expect(message).toMatch(/account 84 \(\w+\) has no name/);
  expect(message).toContain('"expenses:cogs" of account 80 must begin with Assets');
});

test.each([
  'Assets',
  'assets:Inventory',
  'Aktiva:Lager',
  'Assets:inventory',
  'Assets:Inventory stock',
  'Assets::Inventory',
  'Assets:Inventory:',
  'Assets:-A',
  'Assets:A_B',
  'Assets:A\n2026-01-01 open Assets:Evil',
  'Assets:🧦',
  '',
])('Beancount’s grammar refuses the account name %j', (name) => {
  expect(refusal(nameTo(beancountOf, name))).toContain('must begin with Assets');
});

test.each(['Assets:Inventory', 'Expenses:COGS:2026', 'Equity:Öffnung-1', 'Income:9'])(
  'Beancount’s grammar takes the account name %j',
  (name) => {
    expect(beancountOf([journal], { accounts: new Map([...NAMES, ['80', name]]) }).toString()).toContain(
      `  ${name} `,
    );
  },
);

test.each([
  '',
  ' Assets',
  'Assets ',
  'Assets:  Inventory',
  'two  spaces',
  'tab\there',
  'Assets; comment',
  'Assets:',
  ':Assets',
  'a::b',
  'a: b',
  '(virtual)',
  '[balanced]',
  '* cleared',
  '! pending',
  'a\nb',
  'a|b',
  'zero\u200bwidth',
])('hledger refuses the account name %j', (name) => {
  expect(refusal(nameTo(hledgerOf, name))).toContain('must begin with a letter or digit');
});

test.each(['expenses:cost of goods sold', '1200 Inventory', 'Aktiva:Vorräte (FIFO)', 'a'])(
  'hledger takes the account name %j',
  (name) => {
    expect(hledgerOf([journal], { accounts: new Map([...NAMES, ['80', name]]) }).toString()).toContain(
      `    ${name} `,
    );
  },
);

test('Xero has one currency for manual journals, and two different tracking categories', () => {
  const yen: JournalDocument = {
    ...journal,
    id: NOVEMBER[0]?.id ?? '',
    number: 'SB-JPY',
    currency: 'JPY',
    lines: journal.lines.map((line) => ({ ...line, amount: '400' })),
  };
  expect(refusal(() => xeroOf([journal, yen]))).toContain('these are in JPY, USD');
  expect(refusal(() => xeroOf([journal], { classCategory: 'Department' }))).toContain('two different names');
  expect(refusal(() => xeroOf([journal], { departmentCategory: ' ' }))).toContain('two different names');
});
