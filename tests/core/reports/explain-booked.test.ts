// Which journal an entry is explained by: the one with lines of it, and none for a bill that somebody enters in the books.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { explainedText } from '../../../src/commands/value/explained.ts';
import { redraftJournals } from '../../../src/core/journals/drafts.ts';
import type { Books } from '../../../src/core/journals/rules.ts';
import { explainCost } from '../../../src/core/reports/explained/item-cost.ts';
import { noon } from '../journals/bookkeeping.ts';
import { accountsWithout, booksOf } from '../journals/company.ts';
import { type BooksWorld, openBooksWorld } from '../valuation/books-world.ts';
import { billed, moved } from './ledger-of-a-year.ts';

let world: BooksWorld;
beforeEach(async () => {
  world = await openBooksWorld({ items: 1 });
  const [item = 0] = world.items;
  const goods = { item, quantity: 10, from: '@supplier', to: 'LOOSE', reference: 'PO 1', unitCost: '5.00' };
  await world.post(moved(world, { day: '2026-03-25', id: 'r1', ...goods }));
  await world.say(
    billed('B1', '2026-03-25', [{ itemId: item, reference: 'PO 1', quantity: '10', amount: '52.00' }]),
  );
  await world.value();
});
afterEach(() => world.close());

async function explainedWith(books: Books) {
  await redraftJournals(world.database, books, { now: noon('2026-04-02') });
  const report = await explainCost(world.database, { sku: 'SKU-1' });
  const entries = report.steps.flatMap((step) => step.entries);
  return { text: explainedText(report), entry: (kind: string) => entries.find((each) => each.kind === kind) };
}

test('a bill that the hub books is explained by its journal', async () => {
  const { entry, text } = await explainedWith(booksOf());
  expect(entry('bill')).toMatchObject({ journal: 'INV-20260325-1', isByHand: false });
  expect(text).toMatch(/bill 52\.00: .*, booked in INV-20260325-1/);
});

test('a bill that somebody enters in the books is in no journal; its receipt is', async () => {
  const { entry, text } = await explainedWith(booksOf({ accounts: accountsWithout('payable') }));
  expect(entry('bill')).toMatchObject({ journal: null, isByHand: true });
  expect(entry('receipt')).toMatchObject({ journal: 'INV-20260325-1', isByHand: false });
  expect(text).toMatch(/bill 52\.00: .*, in no journal: it is entered in the books by hand/);
  expect(text).not.toMatch(/bill 52\.00: .*booked in/);
});
