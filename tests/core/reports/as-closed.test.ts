// I10: what a month was closed with stays what the reports show of it as closed, whatever is known of it later.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { rollForwardText } from '../../../src/commands/value/flows-text.ts';
import { stockValueText } from '../../../src/commands/value/text.ts';
import { redraftJournals } from '../../../src/core/journals/drafts.ts';
import { approveJournals, markPosted, reverseJournal } from '../../../src/core/journals/lifecycle.ts';
import { closePeriod } from '../../../src/core/journals/periods.ts';
import { rollForwardOf } from '../../../src/core/reports/roll-forward.ts';
import { stockValueOf } from '../../../src/core/reports/stock-value.ts';
import { noon } from '../journals/bookkeeping.ts';
import { booksOf } from '../journals/company.ts';
import { type BooksWorld, openBooksWorld } from '../valuation/books-world.ts';
import { billed, moved } from './ledger-of-a-year.ts';

const books = booksOf();
let world: BooksWorld;
let item = 0;

beforeEach(async () => {
  world = await openBooksWorld({ items: 1 });
  [item = 0] = world.items;
  const bought = { item, quantity: 100, from: '@supplier', to: 'LOOSE', reference: 'PO 1', unitCost: '5.00' };
  await world.post(moved(world, { day: '2026-03-10', id: 'r1', ...bought }));
  await world.post(
    moved(world, { day: '2026-03-20', id: 's1', item, quantity: 40, from: 'LOOSE', to: '@customer' }),
  );
  await world.value();
});
afterEach(() => world.close());

/** Drafts and approves all that is there. */
async function book(day: string): Promise<string[]> {
  const now = noon(day);
  const { drafts, stopped } = await redraftJournals(world.database, books, { now });
  expect(stopped).toEqual([]);
  const ids = drafts.map(({ id }) => id);
  await approveJournals(
    world.database,
    ids.map((id) => ({ id })),
    { by: 'Ada', now },
  );
  await markPosted(world.database.pool, ids, now);
  return ids;
}

async function close(through: string, day: string): Promise<void> {
  const answer = await closePeriod(world.database, books, {
    through,
    by: 'Ada',
    now: noon(day),
    certificate: () => Promise.resolve({}),
  });
  expect(answer).toMatchObject({ outcome: 'closed', through });
}

const stockAt = (asOf: string) => stockValueOf(world.database, { asOf, by: 'item', today: '2026-06-01' });

test('I10: a bill after the close changes what is known of the month, not what it was closed with', async () => {
  await book('2026-04-02');
  expect((await stockAt('2026-03-31')).asClosed).toBeNull();
  await close('2026-03-31', '2026-04-02');
  const same = await stockAt('2026-03-31');
  expect(same.asClosed).toEqual({ closedThrough: '2026-03-31', value: '300.00', bookedLater: '0.00' });
  expect(stockValueText(same)).toContain('Closed: the books hold the same 300.00 for 2026-03-31.');

  await world.say(
    billed('B1', '2026-04-12', [{ itemId: item, reference: 'PO 1', quantity: '100', amount: '550.00' }]),
  );
  await world.value();
  for (const isBooked of [false, true]) {
    if (isBooked) await book('2026-05-02');
    const report = await stockAt('2026-03-31');
    expect(report.total.value, `booked: ${isBooked}`).toBe('330.00');
    expect(report.asClosed).toEqual({ closedThrough: '2026-03-31', value: '300.00', bookedLater: '30.00' });
    expect(stockValueText(report)).toContain(
      'Closed: the books hold 300.00 for 2026-03-31, as closed. As known now it is 330.00; the difference of 30.00 is booked later, on days after it.',
    );
    const march = await rollForwardOf(world.database, {
      from: '2026-03-01',
      through: '2026-03-31',
      by: 'total',
    });
    expect(march).toMatchObject({
      total: { closing: '330.00', openingAsKnownThen: '0.00', isOpeningClosed: true },
      asClosed: { value: '300.00', bookedLater: '30.00' },
    });
    expect(rollForwardText(march)).toContain('Closed: the books hold 300.00 for 2026-03-31, as closed.');
    const april = await rollForwardOf(world.database, {
      from: '2026-04-01',
      through: '2026-04-30',
      by: 'total',
    });
    expect(april).toMatchObject({
      total: {
        opening: '330.00',
        openingAsKnownThen: '300.00',
        openingChangedSince: '30.00',
        isOpeningClosed: true,
      },
      asClosed: null,
    });
    expect(rollForwardText(april)).toContain(
      'Opening stock was 300.00 as the books were closed before the range; later facts changed it by 30.00.',
    );
  }
});

test('a day that is known otherwise than asked is not compared, and a day to come is called so', async () => {
  await book('2026-04-02');
  await close('2026-03-31', '2026-04-02');
  const asKnown = await stockValueOf(world.database, {
    asOf: '2026-03-31',
    knownAt: '2026-03-31',
    by: 'item',
  });
  expect(asKnown.asClosed).toBeNull();
  expect(stockValueText(await stockAt('2026-06-01'))).not.toContain('yet to come');
  expect(stockValueText(await stockAt('2026-06-02'))).toContain('2026-06-02 is yet to come');
});

test('I10: a journal taken back after the close leaves what the month was closed with', async () => {
  const [first = ''] = await book('2026-04-02');
  await close('2026-03-31', '2026-04-02');
  const taken = await reverseJournal(world.database, books, first, {
    by: 'Ada',
    why: 'test',
    now: noon('2026-04-05'),
  });
  expect(taken.outcome).toBe('reversed');
  expect((await stockAt('2026-03-31')).asClosed).toMatchObject({ value: '300.00' });
});
