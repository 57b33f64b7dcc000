// The day a late difference is booked on is that of the fact that concerns it, whatever else came in the same file or batch.
import { beforeEach, expect, test } from 'vitest';
import { costKey, voidOf } from '../../../src/core/costs/document.ts';
import { readJournals } from '../../../src/core/journals/document.ts';
import { redraftJournals } from '../../../src/core/journals/drafts.ts';
import { approveJournals, markPosted } from '../../../src/core/journals/lifecycle.ts';
import { closePeriod } from '../../../src/core/journals/periods.ts';
import type { Movement } from '../../../src/core/ledger/movement.ts';
import type { MovementType } from '../../../src/core/vocabulary/words.ts';
import { line, movement } from '../ledger/world.ts';
import { type BooksWorld, openBooksWorld } from '../valuation/books-world.ts';
import { noon } from './bookkeeping.ts';
import { booksOf } from './company.ts';

const books = booksOf();
let world: BooksWorld;
beforeEach(async () => {
  world = await openBooksWorld({ items: 3 });
  return () => world.close();
});

let made = 0;
function goods(
  type: MovementType,
  day: string,
  item: number,
  [from, to]: readonly [string, string],
  reference: string,
  unitCost?: string,
): Movement {
  made += 1;
  const place = (code: string) => ({ locationId: world.site(code), state: 'sellable' as const });
  const own = {
    ...line(world.items[item] ?? 0, 10, place(from), place(to)),
    ...{ unitCost: unitCost ?? null, currency: unitCost === undefined ? null : 'USD' },
  };
  return { ...movement(type, 0, [own], { id: `goods-${made}` }), occurredAt: noon(day), reference };
}
const received = (day: string, item: number, reference: string): Movement =>
  goods('receipt', day, item, ['@supplier', 'LOOSE'], reference, '5');

const bill = (
  day: string,
  number: string,
  amount: string,
  ...lines: [item: number, reference: string][]
) => ({
  kind: 'bill' as const,
  key: costKey('bill', [number]),
  document: `bill ${number}`,
  effectiveAt: noon(day),
  content: {
    ...{ number, supplier: 'Northmill', currency: 'USD' },
    lines: lines.map(([item, reference]) => ({
      ...{ itemId: world.items[item] ?? 0, reference, quantity: '10', amount },
    })),
  },
});

/** Values and books what there is, and closes March. */
const closeMarch = async (): Promise<void> => {
  await world.value();
  const now = noon('2026-04-02');
  const { drafts } = await redraftJournals(world.database, books, { now });
  const ids = drafts.map(({ id }) => id);
  await approveJournals(
    world.database,
    ids.map((id) => ({ id })),
    { by: 'Ada', now },
  );
  await markPosted(world.database.pool, ids, now);
  const request = { through: '2026-03-31', by: 'Ada', now, certificate: async () => ({}) };
  expect((await closePeriod(world.database, books, request)).outcome).toBe('closed');
};
const corrections = async (): Promise<string[]> => {
  await world.value();
  await redraftJournals(world.database, books, { now: noon('2026-05-10') });
  const journals = await readJournals(world.database.pool, { statuses: ['draft'] });
  return journals
    .filter(({ kind }) => kind === 'correction')
    .map(({ forDate, date, lines }) => `${forDate} on ${date}: ${lines[0]?.amount}`);
};

test('I10: of two bills in one file each item is corrected on the day of its own', async () => {
  await world.post(received('2026-03-10', 0, 'PO-A'), received('2026-03-11', 1, 'PO-B'));
  await closeMarch();
  await world.say(bill('2026-04-12', '1', '60', [0, 'PO-A']), bill('2026-05-08', '2', '90', [1, 'PO-B']));
  expect(await corrections()).toEqual(['2026-03-10 on 2026-04-12: 10.00', '2026-03-11 on 2026-05-08: 40.00']);
});

test('I10: a bill that is taken back is corrected on the day of its void, what is said instead on its own day', async () => {
  const wrong = bill('2026-03-12', '1', '60', [0, 'PO-A']);
  await world.post(received('2026-03-10', 0, 'PO-A'), received('2026-03-11', 1, 'PO-B'));
  await world.say(wrong);
  await closeMarch();
  await world.say(voidOf(wrong, noon('2026-04-20')), bill('2026-05-08', '2', '90', [1, 'PO-B']));
  expect(await corrections()).toEqual([
    '2026-03-10 on 2026-04-20: 10.00',
    '2026-03-12 on 2026-04-20: 60.00',
    '2026-03-11 on 2026-05-08: 40.00',
  ]);
});

test('I10: goods that come late concern others on their own day, whatever was posted in the same batch', async () => {
  // Freight for both receipts; the second one comes with the batch that also brings something of May.
  await world.post(received('2026-03-10', 0, 'PO-A'));
  await world.say({
    kind: 'landed_cost',
    key: costKey('landed_cost', ['F']),
    document: 'freight',
    effectiveAt: noon('2026-03-12'),
    content: {
      ...{ number: 'F', amount: '20', currency: 'USD', by: 'quantity', role: 'landed_clearing' },
      receipts: ['PO-A', 'PO-B'],
    },
  });
  await closeMarch();
  await world.post(received('2026-04-12', 1, 'PO-B'), received('2026-05-08', 2, 'PO-C'));
  expect(await corrections()).toEqual(['2026-03-10 on 2026-04-12: 10.00']);
});
