// Whatever the journals hold, a reader of the file gets the same amounts per journal and account, to the smallest unit (I9).
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse as parseCsv } from 'csv-parse/sync';
import fc from 'fast-check';
import { type LosslessNumber, parse as parseLossless } from 'lossless-json';
import { expect, test } from 'vitest';
import { jsonSchemaOf } from '../../../../src/config/json-schema.ts';
import type { JournalDocument } from '../../../../src/core/journals/document.ts';
import { beancountOf } from '../../../../src/core/journals/export/beancount.ts';
import { type CSV_COLUMNS, csvOf, unguarded } from '../../../../src/core/journals/export/csv.ts';
import { hledgerOf } from '../../../../src/core/journals/export/hledger.ts';
import { journalsSchema, jsonOf } from '../../../../src/core/journals/export/json.ts';
import { xeroOf } from '../../../../src/core/journals/export/xero.ts';
import { anyJournals, CURRENCIES, HOSTILE, NAMES, NOVEMBER, totalsIn, totalsOf } from './given.ts';

const named = (account: string): string => NAMES.get(account) ?? '';

/** The text as a file can hold it: what no program may print is replaced, one character for one. */
const printable = (text: string): string => text.toWellFormed().replace(/[^\P{Cc}\t\r\n]/gu, '\uFFFD');

const holds = (check: (journals: JournalDocument[]) => void, ...currencies: readonly string[]): void =>
  fc.assert(fc.property(anyJournals(...currencies), check), { numRuns: 60 });

test('I9: CSV gives back every amount and every text', () => {
  holds(
    (journals) => {
      const rows = parseCsv(csvOf(journals), { columns: true }) as Record<
        (typeof CSV_COLUMNS)[number],
        string
      >[];
      expect(
        totalsOf(
          rows.map(
            (row) => [row.doc_no, row.account_code, row.currency, row.debit || `-${row.credit}`] as const,
          ),
        ),
      ).toEqual(Object.fromEntries(Object.entries(totalsIn(journals)).map(([key, sum]) => [key, sum])));
      const lines = journals
        .toSorted((a, b) => (`${a.date} ${a.number}` < `${b.date} ${b.number}` ? -1 : 1))
        .flatMap((journal) => journal.lines.map((line) => ({ journal, line })));
      expect(rows.map((row) => [row.memo, row.class, row.location, row.description].map(unguarded))).toEqual(
        lines.map(({ journal, line }) =>
          [journal.memo, line.class ?? '', line.department ?? '', line.description].map(printable),
        ),
      );
      for (const cell of rows.flatMap((row) => [row.memo, row.class, row.location, row.description]))
        expect(cell).not.toMatch(/^\s*[=+\-@]|^[\t\r\n]/);
    },
    ...CURRENCIES,
  );
});

test('I9: JSON gives back every amount and every text, and is what its JSON Schema says', () => {
  const validate = new Ajv2020({ strict: false, formats: { uuid: true } }).compile(
    jsonSchemaOf(journalsSchema),
  );
  holds(
    (journals) => {
      const file: unknown = JSON.parse(jsonOf(journals).toString());
      expect(validate(file), JSON.stringify(validate.errors)).toBe(true);
      const { journals: read } = journalsSchema.parse(file);
      const byNumber = new Map(read.map((journal) => [journal.number, journal]));
      for (const { status, ...journal } of journals)
        expect(byNumber.get(journal.number)).toEqual({ ...journal, approved: status !== 'draft' });
      expect(read).toHaveLength(journals.length);
    },
    ...CURRENCIES,
  );
  expect(validate({ format: 'stockbridge-journals', version: 2, journals: [] })).toBe(false);
});

test.each(CURRENCIES)('I9: Xero gives back every amount of %s with all its places', (currency) => {
  holds((journals) => {
    const { ManualJournals: read } = parseLossless(xeroOf(journals).toString()) as {
      readonly ManualJournals: readonly {
        readonly Narration: string;
        readonly JournalLines: readonly {
          LineAmount: LosslessNumber;
          AccountCode: string;
          Tracking?: unknown[];
        }[];
      }[];
    };
    expect(
      totalsOf(
        read.flatMap(({ Narration, JournalLines }) =>
          JournalLines.map(
            (line) =>
              [Narration.split(' ', 1)[0] ?? '', line.AccountCode, currency, line.LineAmount.value] as const,
          ),
        ),
      ),
    ).toEqual(totalsIn(journals));
    for (const line of read.flatMap(({ JournalLines }) => JournalLines))
      expect(line.Tracking?.length ?? 0).toBeLessThanOrEqual(2);
  }, currency);
});

const HLEDGER_HEAD = /^\d{4}-\d{2}-\d{2} [*!] \(([A-Z0-9-]+)\)[^;|\n]*$/;
const HLEDGER_POSTING = /^ {4}(\S+) {2,}([A-Z]{3}) (-?[\d.]+)$/;
/** A comment of ours holds one tag, and nothing else that hledger or Ledger read in comments. */
const HLEDGER_COMMENT = /^ {4,8}; [a-z-]+:( [^;,:[\]|\p{Cc}]*)?$/u;

test('I9: hledger gives back every amount, and text never becomes a tag, a date or a line of its own', () => {
  holds(
    (journals) => {
      const amounts: (readonly [string, string, string, string])[] = [];
      let number = '';
      for (const line of hledgerOf(journals, { accounts: NAMES, declares: false }).toString().split('\n')) {
        const head = HLEDGER_HEAD.exec(line);
        const [, name = '', currency = '', amount = ''] = HLEDGER_POSTING.exec(line) ?? [];
        if (head) number = head[1] ?? '';
        else if (name !== '') amounts.push([number, name, currency, amount]);
        else
          expect(line).toMatch(
            line.startsWith(';') || line === '' ? /^(; Journals of Stockbridge)?$/ : HLEDGER_COMMENT,
          );
        expect(Buffer.byteLength(line)).toBeLessThan(4096);
      }
      expect(totalsOf(amounts)).toEqual(totalsIn(journals, named));
    },
    ...CURRENCIES,
  );
});

const STRING = String.raw`"(?:[^"\\\n\r]|\\.)*"`;
const BEANCOUNT_HEAD = new RegExp(`^\\d{4}-\\d{2}-\\d{2} [*!] "Stockbridge" (${STRING}) \\^([A-Z0-9-]+)$`);
const BEANCOUNT_POSTING = /^ {2}([A-Z]\S+) {2,}(-?[\d.]+) ([A-Z]{3})$/;
const BEANCOUNT_METADATA = new RegExp(`^ {2,4}[a-z-]+: ${STRING}$`);

test('I9: Beancount gives back every amount and every memo', () => {
  holds(
    (journals) => {
      const amounts: (readonly [string, string, string, string])[] = [];
      const memos = new Map<string, string>();
      let number = '';
      for (const line of beancountOf(journals, { accounts: NAMES, declares: false }).toString().split('\n')) {
        const head = BEANCOUNT_HEAD.exec(line);
        const [, name = '', amount = '', currency = ''] = BEANCOUNT_POSTING.exec(line) ?? [];
        if (head) {
          number = head[2] ?? '';
          // Escaped as in JSON but for the tab, which JSON must not hold raw.
          memos.set(number, JSON.parse(head[1] ?? ''));
        } else if (name !== '') amounts.push([number, name, currency, amount]);
        else
          expect(line).toMatch(
            line.startsWith(';') || line === '' ? /^(; Journals of Stockbridge)?$/ : BEANCOUNT_METADATA,
          );
      }
      expect(totalsOf(amounts)).toEqual(totalsIn(journals, named));
      expect(memos).toEqual(new Map(journals.map(({ number: key, memo }) => [key, printable(memo)])));
    },
    ...CURRENCIES,
  );
});

test('I9: amounts beyond what a float holds keep every digit, in every format', () => {
  const [journal] = NOVEMBER;
  const [line] = journal?.lines ?? [];
  if (!journal || !line) throw new Error('nothing given');
  const amount = '9007199254740993.01';
  const large: JournalDocument = {
    ...journal,
    lines: [
      { ...line, line: 1, side: 'debit', amount },
      { ...line, line: 2, side: 'credit', amount },
    ],
  };
  for (const bytes of [
    csvOf([large]),
    jsonOf([large]),
    xeroOf([large]),
    hledgerOf([large], { accounts: NAMES }),
    beancountOf([large], { accounts: NAMES }),
  ])
    expect(bytes.toString().split(amount)).toHaveLength(3);
});

test.each(HOSTILE.map((text) => [text.slice(0, 24), text] as const))(
  'csv: %j comes back as it was, and begins no formula',
  (_title, text) => {
    const [journal] = NOVEMBER;
    if (!journal) throw new Error('nothing given');
    const [row] = parseCsv(csvOf([{ ...journal, memo: text }]), { columns: true }) as { memo: string }[];
    expect(unguarded(row?.memo ?? '')).toBe(printable(text));
    expect(row?.memo).not.toMatch(/^\s*[=+\-@＝＋－＠]|^[\t\r\n]/);
  },
);
