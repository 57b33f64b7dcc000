// The same three journals in every format, compared with files written by hand.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EXPORT_FORMATS, type ExportFormatName } from '../../../../src/core/journals/export/formats.ts';
import { NAMES, NOVEMBER } from './given.ts';

const exported = (format: ExportFormatName, documents = NOVEMBER): string =>
  EXPORT_FORMATS[format].bytesOf(documents, { xero: {}, plainText: { accounts: NAMES } }).toString();

/** Not called by their real endings, because a formatter would write 4.00 as 4.0. */
const golden = (format: ExportFormatName): string =>
  readFileSync(join(import.meta.dirname, 'golden', `november.${format}.golden`), 'utf8').replaceAll(
    '\r\n',
    '\n',
  );

test.each(['json', 'xero', 'hledger', 'beancount'] as const)('%s is as written by hand', (format) => {
  expect(exported(format)).toBe(golden(format));
});

test('csv is as written by hand: text guarded, many sources counted, lines ended by CRLF', () => {
  const one = '01930000-0000-7000-8000-000000000001';
  const two = '01930000-0000-7000-8000-000000000002';
  const three = '01930000-0000-7000-8000-000000000003';
  const memo = `"Stockbridge ${two}: correction 1 of 2026-11-14; ""late"" freight"`;
  expect(exported('csv').split('\r\n')).toEqual([
    'journal_id,date,doc_no,account_code,debit,credit,currency,memo,class,location,source_type,source_id,sku,qty,description',
    `${one},2026-11-14,SB-20261114-1,80,1234.50,,USD,Stockbridge ${one}: activity of 2026-11-14,Retail,"Berlin; Mitte",movement,2 sources,MUG,,"Cost of goods sold, 14 orders"`,
    `${one},2026-11-14,SB-20261114-1,0400,0.05,,USD,Stockbridge ${one}: activity of 2026-11-14,,,movement,0193aaaa-0000-7000-8000-000000000003:2,'-PIN,-0.5,"'=HYPERLINK(""http://x"")"`,
    `${one},2026-11-14,SB-20261114-1,84,,1234.55,USD,Stockbridge ${one}: activity of 2026-11-14,,,,,,,Inventory`,
    `${two},2026-12-01,SB-20261201-2,80,4.00,,USD,${memo},,,,,,,Freight: part of what was sold`,
    `${two},2026-12-01,SB-20261201-2,84,,4.00,USD,${memo},,,,,,,Freight`,
    `${three},2026-12-01,SB-20261201-3,84,4.00,,USD,Takes SB-20261201-2 back,,,,,,,`,
    `${three},2026-12-01,SB-20261201-3,80,,4.00,USD,Takes SB-20261201-2 back,,,,,,,`,
    '',
  ]);
});

test.each(['csv', 'json', 'xero', 'hledger', 'beancount'] as const)(
  '%s: the order in which journals and lines are given changes no byte, nor does posting an approved journal',
  (format) => {
    const turned = NOVEMBER.toReversed().map((journal) => ({
      ...journal,
      lines: journal.lines.toReversed(),
      status: journal.status === 'posted' ? ('approved' as const) : journal.status,
    }));
    expect(exported(format, turned)).toBe(exported(format));
  },
);

test('without declarations a file can be included into a book that has them', () => {
  const included = { xero: {}, plainText: { accounts: NAMES, declares: false } };
  for (const format of ['hledger', 'beancount'] as const) {
    const text = EXPORT_FORMATS[format].bytesOf(NOVEMBER, included).toString();
    const whole = golden(format);
    const first = whole.indexOf('2026-11-14 *');
    expect(text).toBe(`; Journals of Stockbridge\n\n${whole.slice(first)}`);
  }
});

test('Xero: posted at once, tax type and the names of the tracking categories as told', () => {
  const text = EXPORT_FORMATS.xero
    .bytesOf(NOVEMBER, {
      xero: { status: 'POSTED', taxType: 'NONE', classCategory: 'Brand', departmentCategory: 'Shop' },
      plainText: { accounts: new Map() },
    })
    .toString();
  const { ManualJournals: journals } = JSON.parse(text);
  expect(journals.map((journal: { Status: string }) => journal.Status)).toEqual([
    'POSTED',
    'POSTED',
    'POSTED',
  ]);
  expect(journals[0].JournalLines[0]).toEqual({
    LineAmount: 1234.5,
    AccountCode: '80',
    Description: 'Cost of goods sold, 14 orders',
    TaxType: 'NONE',
    Tracking: [
      { Name: 'Brand', Option: 'Retail' },
      { Name: 'Shop', Option: 'Berlin; Mitte' },
    ],
  });
});
