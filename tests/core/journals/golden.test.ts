// Golden cases of what movements mean in the journals, under both systems.
import { describe, expect, test } from 'vitest';
import { draftJournals } from '../../../src/core/journals/draft.ts';
import { accountsWithout, booksOf, EVERY_ACCOUNT, entry, linesText, NOTHING_BOOKED } from './company.ts';
import { GOLDENS, type Golden } from './golden/movements.ts';

function journalsOf(golden: Golden, system: 'perpetual' | 'periodic') {
  const books = booksOf({
    system,
    pool: golden.inventoryBy ? 'item_location' : 'item',
    accounts: golden.withoutPayable ? accountsWithout('payable') : EVERY_ACCOUNT,
    rules: Object.entries(golden.inventoryBy ?? {}).map(([location, account]) => ({
      role: 'inventory',
      location,
      account,
    })),
  });
  const entries = golden.entries.map(([kind, debit, credit, amount, pools]) =>
    entry(kind, debit, credit, amount, {
      debit: { role: debit, location: pools?.to },
      credit: { role: credit, location: pools?.from },
    }),
  );
  const drafting = draftJournals(entries, books, NOTHING_BOOKED);
  expect(drafting).toMatchObject({ stopped: [], waiting: [] });
  return drafting.journals;
}

describe.each(GOLDENS.map((golden) => [golden.what, golden] as const))('%s', (_what, golden) => {
  test('perpetual', () => {
    expect(linesText(journalsOf(golden, 'perpetual'))).toEqual(golden.perpetual);
  });

  test('periodic', () => {
    const journals = journalsOf(golden, 'periodic');
    expect({
      atOnce: linesText(journals.filter(({ kind }) => kind === 'activity')),
      closing: linesText(journals.filter(({ kind }) => kind === 'closing')),
    }).toEqual(golden.periodic);
  });
});
