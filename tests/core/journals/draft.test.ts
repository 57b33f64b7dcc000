// Drafts: grain, corrections, numbers, missing accounts, long journals; and what holds for all entries whatever they are.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BookableEntry, draftJournals, periodKey } from '../../../src/core/journals/draft.ts';
import { effectOf } from '../../../src/core/journals/effect.ts';
import type { Money } from '../../../src/core/vocabulary/money.ts';
import { ACCOUNT_ROLES, COST_KINDS, STOCK_ROLES } from '../../../src/core/vocabulary/words.ts';
import { accountsWithout, booksOf, entry, linesText, NOTHING_BOOKED } from './company.ts';

const sale = (amount: string, given: Partial<BookableEntry> = {}) =>
  entry('sale', 'cost_of_goods_sold', 'inventory', amount, given);

test('a day is one journal whose lines say of how many orders they are', () => {
  const { journals } = draftJournals(
    [
      sale('10.00', { reference: '1001' }),
      sale('5.00', { reference: '1001' }),
      sale('1.00', { reference: '1002' }),
    ],
    booksOf(),
    NOTHING_BOOKED,
  );
  expect(journals).toMatchObject([
    {
      number: 'INV-20261114-1',
      kind: 'activity',
      date: '2026-11-14',
      forDate: undefined,
      currency: 'USD',
      title: 'Stock activity of 2026-11-14',
      lines: [
        { line: 1, side: 'debit', amount: 1600n, description: 'Cost of goods sold, 2 orders' },
        { line: 2, side: 'credit', amount: 1600n, description: 'Inventory, 2 orders' },
      ],
    },
  ]);
});

test('documents are counted, not their lines: an order is its reference, or without one its document', () => {
  const receipt = (document: string) =>
    entry('receipt', 'inventory', 'received_not_billed', '1.00', { reference: 'PO-1', document });
  const { journals } = draftJournals(
    [
      ...[
        sale('1.00', { document: 'sale PARCEL-1 line 1' }),
        sale('1.00', { document: 'sale PARCEL-1 line 2' }),
      ],
      ...[receipt('receipt A line 1'), receipt('receipt A line 2'), receipt('receipt B line 1')],
    ],
    booksOf(),
    NOTHING_BOOKED,
  );
  expect(journals[0]?.lines.map(({ description }) => description)).toEqual([
    ...['Inventory, 2 receipts', 'Goods received, not billed, 2 receipts'],
    ...['Cost of goods sold, 1 order', 'Inventory, 1 order'],
  ]);
});

test('grain order: each order has a journal of its own, what is of none shares the day’s', () => {
  const { journals } = draftJournals(
    [sale('10.00', { reference: '1001' }), sale('1.00', { reference: '1002' }), sale('2.00')],
    booksOf({ journal: { grain: 'order' } }),
    NOTHING_BOOKED,
  );
  expect(journals.map(({ number, reference, title }) => [number, reference, title])).toEqual([
    ['INV-20261114-1', undefined, 'Stock activity of 2026-11-14'],
    ['INV-20261114-2', '1001', 'Stock activity of 2026-11-14, order 1001'],
    ['INV-20261114-3', '1002', 'Stock activity of 2026-11-14, order 1002'],
  ]);
});

test('grain month: a month is drafted when it is over, on its last day', () => {
  const entries = [
    sale('1.00', { day: '2026-11-01' }),
    sale('2.00', { day: '2026-11-30' }),
    sale('4.00', { day: '2026-12-01' }),
  ];
  const books = booksOf({ journal: { grain: 'month' } });
  const { journals, waiting } = draftJournals(entries, books, { ...NOTHING_BOOKED, today: '2026-12-31' });
  expect(journals.map(({ number, date, lines }) => [number, date, lines[0]?.amount])).toEqual([
    ['INV-20261130-1', '2026-11-30', 300n],
  ]);
  expect(waiting.map(({ day }) => day)).toEqual(['2026-12-01']);
});

test('the running day waits, unless it is asked for; the future always waits', () => {
  const entries = [sale('1.00', { day: '2026-11-14' }), sale('1.00', { day: '2026-11-15' })];
  const today = { ...NOTHING_BOOKED, today: '2026-11-14' };
  expect(draftJournals(entries, booksOf(), today).journals).toEqual([]);
  const running = draftJournals(entries, booksOf(), { ...today, includeRunning: true });
  expect(running.journals.map(({ date }) => date)).toEqual(['2026-11-14']);
  expect(running.waiting).toHaveLength(1);
});

describe('corrections', () => {
  const late = { day: '2026-03-10', postingDay: '2026-04-12' };

  test('the bill of April for goods received in March, closed: nothing of March moves', () => {
    const { journals } = draftJournals(
      [
        entry('receipt', 'inventory', 'received_not_billed', '10.00', late),
        sale('4.00', { ...late, day: '2026-03-28' }),
        entry('bill', 'received_not_billed', 'payable', '110.00', { day: '2026-04-12' }),
      ],
      booksOf(),
      NOTHING_BOOKED,
    );
    expect(
      journals.map(({ number, kind, date, forDate, title }) => [number, kind, date, forDate, title]),
    ).toEqual([
      ['INV-20260412-1', 'activity', '2026-04-12', undefined, 'Stock activity of 2026-04-12'],
      ['COR-20260310-1', 'correction', '2026-04-12', '2026-03-10', 'Correction 1 of 2026-03-10'],
      ['COR-20260328-1', 'correction', '2026-04-12', '2026-03-28', 'Correction 1 of 2026-03-28'],
    ]);
    expect(linesText(journals)).toEqual([
      'Dr received_not_billed 110.00',
      'Cr payable 110.00',
      'Dr inventory 10.00',
      'Cr received_not_billed 10.00',
      'Dr cost_of_goods_sold 4.00',
      'Cr inventory 4.00',
    ]);
  });

  test('what comes after the day was drafted and approved is the next correction of it', () => {
    const { journals } = draftJournals([sale('1.00', { recordedAt: 6n })], booksOf(), {
      ...NOTHING_BOOKED,
      booked: new Map([[periodKey('activity', '2026-11-14'), 5n]]),
      taken: new Map([['COR-20261114', 1]]),
    });
    expect(journals).toMatchObject([
      {
        number: 'COR-20261114-2',
        date: '2026-11-14',
        forDate: '2026-11-14',
        title: 'Correction 2 of 2026-11-14',
      },
    ]);
  });

  test('what was known when the day was drafted and is free again is activity under a number of its own', () => {
    const { journals } = draftJournals([sale('1.00', { recordedAt: 4n })], booksOf(), {
      ...NOTHING_BOOKED,
      booked: new Map([[periodKey('activity', '2026-11-14'), 5n]]),
      taken: new Map([['INV-20261114', 2]]),
    });
    expect(journals.map(({ number, kind }) => [number, kind])).toEqual([['INV-20261114-3', 'activity']]);
  });
});

describe('a role without an account', () => {
  const books = booksOf({ accounts: accountsWithout('scrap') });
  const scrapped = entry('scrap', 'scrap', 'inventory', '3.00', { source: 'damage 7, item TEE' });

  test('stops its day, and the message names the movement; other days go on', () => {
    const { journals, stopped } = draftJournals(
      [scrapped, sale('1.00'), sale('2.00', { day: '2026-11-15' })],
      books,
      NOTHING_BOOKED,
    );
    expect(journals.map(({ date }) => date)).toEqual(['2026-11-15']);
    expect(stopped).toEqual([
      {
        period: '2026-11-14',
        role: 'scrap',
        entries: [scrapped.id],
        reason:
          '2026-11-14 is not drafted: damage 7, item TEE needs an account for scrap; set books.accounts.scrap',
      },
    ]);
  });

  test('stops the month under grain month, and the closing of a periodic system', () => {
    const monthly = draftJournals(
      [scrapped, sale('1.00', { day: '2026-11-02' })],
      booksOf({ accounts: accountsWithout('scrap'), journal: { grain: 'month' } }),
      NOTHING_BOOKED,
    );
    expect(monthly.journals).toEqual([]);
    expect(monthly.stopped.map(({ period }) => period)).toEqual(['2026-11']);
    const closing = draftJournals(
      [entry('landed_cost', 'inventory', 'landed_clearing', '1.00'), sale('1.00')],
      booksOf({ system: 'periodic', accounts: accountsWithout('freight_in') }),
      NOTHING_BOOKED,
    );
    expect(closing.journals).toEqual([]);
    expect(closing.stopped.map(({ period, role }) => [period, role])).toEqual([['2026-11', 'freight_in']]);
  });

  test('stops nothing while no value is in it', () => {
    const { journals, stopped } = draftJournals(
      [entry('scrap', 'scrap', 'inventory', '0.00'), sale('1.00')],
      books,
      NOTHING_BOOKED,
    );
    expect([journals.length, stopped.length, journals[0]?.entries.length]).toEqual([1, 0, 2]);
  });
});

test('what the books see nothing of rides along with the next journal', () => {
  const moved = entry('transfer', 'inventory', 'inventory', '9.00', { day: '2026-11-10' });
  const sold = sale('1.00');
  const { journals } = draftJournals([moved, sold], booksOf(), NOTHING_BOOKED);
  expect(journals.map(({ date, entries }) => [date, entries])).toEqual([['2026-11-14', [moved.id, sold.id]]]);
});

test('periodic: the next month begins with the stock the month before ended with', () => {
  const books = booksOf({ system: 'periodic' });
  const { journals } = draftJournals(
    [
      entry('receipt', 'inventory', 'received_not_billed', '100.00'),
      sale('30.00'),
      entry('receipt', 'inventory', 'received_not_billed', '20.00', { day: '2026-12-02' }),
      sale('50.00', { day: '2026-12-03' }),
    ],
    books,
    NOTHING_BOOKED,
  );
  expect(journals.map(({ number, title }) => [number, title])).toEqual([
    ['CLS-202611-1', 'Closing of stock for 2026-11'],
    ['CLS-202612-1', 'Closing of stock for 2026-12'],
  ]);
  expect(linesText(journals.slice(1))).toEqual([
    'Dr cost_of_goods_sold 20.00',
    'Cr purchases 20.00',
    'Dr cost_of_goods_sold 70.00',
    'Cr inventory 70.00',
    'Dr inventory 40.00',
    'Cr cost_of_goods_sold 40.00',
  ]);
  expect(journals[1]?.lines[3]?.description).toBe('Inventory at the beginning of 2026-12');
});

// ---- whatever the entries are

const someEntry = fc.record({
  kind: fc.constantFrom(...COST_KINDS),
  debit: fc.constantFrom(...ACCOUNT_ROLES),
  credit: fc.constantFrom(...ACCOUNT_ROLES),
  amount: fc.bigInt({ min: -100_000n, max: 100_000n }),
  day: fc.constantFrom('2026-10-30', '2026-11-13', '2026-11-14', '2026-12-01'),
  delayed: fc.boolean(),
  location: fc.constantFrom(undefined, 'MAIN', 'SHOP'),
  group: fc.constantFrom(undefined, 'shirts'),
  reference: fc.constantFrom(undefined, '1001', '1002'),
});
const someBooks = fc
  .record({
    system: fc.constantFrom('perpetual', 'periodic'),
    grain: fc.constantFrom('order', 'day', 'month'),
    linesMax: fc.constantFrom(2, 3, 500),
  })
  .map(({ system, grain, linesMax }) =>
    booksOf({
      system,
      pool: 'item_location',
      journal: { grain, linesMax },
      rules: [
        { role: 'inventory', location: 'MAIN', account: 'inventory main' },
        { location: 'SHOP', class: 'shop' },
        { role: 'cost_of_goods_sold', group: 'shirts', account: 'cost of shirts' },
      ],
    }),
  );
const made = (
  given: readonly (typeof someEntry extends fc.Arbitrary<infer T> ? T : never)[],
): BookableEntry[] =>
  given.map((each, index) =>
    entry(each.kind, each.debit, each.credit, '0.00', {
      id: String(index + 1),
      amount: each.amount as Money,
      day: each.day,
      postingDay: each.delayed && each.day < '2026-11-15' ? '2026-11-15' : each.day,
      debit: { role: each.debit, location: each.location },
      credit: { role: each.credit, location: each.location },
      location: each.location,
      group: each.group,
      reference: each.reference,
    }),
  );

test('I9: every journal balances, and over all of them each account gets what the entries say', () => {
  fc.assert(
    fc.property(fc.array(someEntry, { maxLength: 40 }), someBooks, (given, books) => {
      const entries = made(given);
      const { journals, stopped, waiting } = draftJournals(entries, books, NOTHING_BOOKED);
      expect([stopped, waiting]).toEqual([[], []]);
      const booked = new Map<string, bigint>();
      for (const journal of journals) {
        expect(journal.number).toMatch(/^[A-Z0-9-]{1,21}$/);
        expect(journal.lines.length).toBeGreaterThan(1);
        if (journal.kind !== 'closing')
          expect(journal.lines.length).toBeLessThanOrEqual(Math.max(2, books.journal.linesMax));
        let apart = 0n;
        for (const { side, amount, account, parts } of journal.lines) {
          expect(amount > 0n).toBe(true);
          const signed = side === 'debit' ? amount : -amount;
          apart += signed;
          booked.set(account, (booked.get(account) ?? 0n) + signed);
          if (journal.kind !== 'closing')
            expect(parts.reduce((sum, part) => sum + part.amount, 0n)).toBe(amount);
        }
        expect(apart).toBe(0n);
      }
      expect(new Set(journals.map(({ number }) => number)).size).toBe(journals.length);
      const settled = journals.flatMap(({ entries: own }) => own);
      expect(new Set(settled).size).toBe(settled.length);
      expect(nonZero(booked)).toEqual(nonZero(expected(entries, books)));
    }),
    { numRuns: 300 },
  );
});

test('drafts do not depend on the order entries come in', () => {
  fc.assert(
    fc.property(fc.array(someEntry, { maxLength: 20 }), someBooks, (given, books) => {
      const entries = made(given);
      expect(draftJournals([...entries].reverse(), books, NOTHING_BOOKED)).toEqual(
        draftJournals(entries, books, NOTHING_BOOKED),
      );
    }),
    { numRuns: 100 },
  );
});

const nonZero = (sums: Map<string, bigint>) =>
  [...sums].filter(([, sum]) => sum !== 0n).sort(([a], [b]) => (a < b ? -1 : 1));

/** Straight from the entries: the account of each side as the rules of this file have it. */
function expected(entries: readonly BookableEntry[], books: ReturnType<typeof booksOf>): Map<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const each of entries) {
    const effect = effectOf({ kind: each.kind, debit: each.debit.role, credit: each.credit.role }, books);
    for (const [role, sign] of [
      [effect.debit, 1n],
      [effect.credit, -1n],
    ] as const) {
      const account =
        role === 'inventory' && each.location === 'MAIN'
          ? 'inventory main'
          : role === 'cost_of_goods_sold' && each.group === 'shirts'
            ? 'cost of shirts'
            : role;
      sums.set(account, (sums.get(account) ?? 0n) + sign * each.amount);
    }
  }
  return sums;
}

test('stock never takes a detour: its roles are the same under both systems', () => {
  for (const system of ['perpetual', 'periodic'] as const)
    for (const role of STOCK_ROLES)
      expect(
        effectOf({ kind: 'sale', debit: 'cost_of_goods_sold', credit: role }, booksOf({ system })).credit,
      ).toBe(role);
});
