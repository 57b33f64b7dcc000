// The programs that our plain-text files are for take them, whatever the journals hold, and see the same amounts.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { type LosslessNumber, parse } from 'lossless-json';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JournalDocument } from '../../../../src/core/journals/document.ts';
import { beancountOf } from '../../../../src/core/journals/export/beancount.ts';
import { hledgerOf } from '../../../../src/core/journals/export/hledger.ts';
import { anyJournals, CURRENCIES, HOSTILE, NAMES, NOVEMBER, totalsIn, totalsOf } from './given.ts';
import { ask, programIsInstalled } from './programs.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stockbridge-books-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Every hostile text in every place, the written journals, and some dozens of any kind in each currency. */
const JOURNALS: readonly JournalDocument[] = [
  ...NOVEMBER,
  ...HOSTILE.flatMap((text, index) =>
    NOVEMBER.slice(0, 1).map((journal) => ({
      ...journal,
      id: journal.id.replace('0193', String(1000 + index)),
      number: `HOSTILE-${index}`,
      memo: text,
      reference: text,
      lines: journal.lines.map((line) => ({ ...line, description: text, class: text, department: text })),
    })),
  ),
  ...fc.sample(anyJournals(...CURRENCIES), { numRuns: 30, seed: 20261114 }).flatMap((journals, sample) =>
    journals.map((journal, index) => ({
      ...journal,
      id: `${String(sample).padStart(4, '0')}${String(index).padStart(4, '0')}${journal.id.slice(8)}`,
      number: `ANY-${sample}-${index}`,
    })),
  ),
];

const named = (account: string): string => NAMES.get(account) ?? '';

async function file(name: string, bytes: Buffer | string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

describe.skipIf(!(await programIsInstalled('hledger')))('hledger', () => {
  test('I9: check --strict passes, and print shows every amount', async () => {
    const path = await file('all.journal', hledgerOf(JOURNALS, { accounts: NAMES }));
    expect(await ask('hledger', ['-f', path, 'check', '--strict'])).toEqual({ code: 0, text: '' });
    const { text } = await ask('hledger', ['-f', path, 'print', '-O', 'json']);
    expect(amountsIn(text)).toEqual(totalsIn(JOURNALS, named));
    expect((await ask('hledger', ['-f', path, 'tags'])).text.trim().split('\n').toSorted()).toEqual([
      'class',
      'department',
      'description',
      'for-day',
      'journal-id',
      'kind',
      'reference',
      'reverses',
    ]);
  });

  test('a file whose amounts were changed fails the same check', async () => {
    const text = hledgerOf(NOVEMBER, { accounts: NAMES }).toString().replace('USD 1234.50', 'USD 1234.51');
    expect((await ask('hledger', ['-f', await file('bad.journal', text), 'check'])).code).toBe(1);
  });
});

/** Exact: its JSON holds mantissa and places. Balances and days are those of the transactions, not of a stray tag. */
function amountsIn(json: string) {
  const transactions = parse(json) as {
    readonly tcode: string;
    readonly tpostings: readonly {
      readonly paccount: string;
      readonly pdate: string | null;
      readonly pamount: readonly {
        readonly acommodity: string;
        readonly aquantity: {
          readonly decimalMantissa: LosslessNumber;
          readonly decimalPlaces: LosslessNumber;
        };
      }[];
    }[];
  }[];
  return totalsOf(
    transactions.flatMap(({ tcode, tpostings }) =>
      tpostings.flatMap(({ paccount, pdate, pamount }) => {
        expect(pdate).toBeNull();
        return pamount.map(({ acommodity, aquantity }) => {
          const [, sign = '', digits = ''] = /^(-?)(\d+)$/.exec(aquantity.decimalMantissa.value) ?? [];
          const places = Number(aquantity.decimalPlaces.value);
          const padded = digits.padStart(places + 1, '0');
          const cut = padded.length - places;
          const amount = places === 0 ? digits : `${padded.slice(0, cut)}.${padded.slice(cut)}`;
          return [tcode, paccount, acommodity, `${sign}${amount}`] as const;
        });
      }),
    ),
  );
}

describe.skipIf(!(await programIsInstalled('bean-check')))('Beancount', () => {
  test('I9: bean-check passes', async () => {
    const path = await file('all.beancount', beancountOf(JOURNALS, { accounts: NAMES }));
    expect(await ask('bean-check', [path])).toEqual({ code: 0, text: '' });
  });

  test('a file whose amounts were changed fails the same check', async () => {
    const text = beancountOf(NOVEMBER, { accounts: NAMES }).toString().replace('1234.50 USD', '1235.50 USD');
    const path = await file('bad.beancount', text);
    expect(await ask('bean-check', [path])).toMatchObject({
      code: 1,
      text: expect.stringContaining('balance'),
    });
  });
});
