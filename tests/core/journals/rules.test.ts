// The `books` block: what it takes, and what it refuses with a reason somebody can act on.
import { describe, expect, test } from 'vitest';
import { chartOf } from '../../../src/core/journals/chart.ts';
import { booksSchema } from '../../../src/core/journals/rules.ts';
import { accountsWithout, booksOf, booksText } from './company.ts';

const refusals = (given: Record<string, unknown>): string[] =>
  (booksSchema.safeParse(booksText(given)).error?.issues ?? []).map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  );

test('a block with defaults: perpetual, by day, approved by hand, one pool an item', () => {
  expect(booksOf()).toMatchObject({
    system: 'perpetual',
    timing: 'perpetual',
    pool: 'item',
    journal: { grain: 'day', approve: 'manual', linesMax: 500 },
    rules: [],
  });
});

test('an id that YAML reads as a number is the id', () => {
  const books = booksOf({ accounts: { ...accountsWithout('inventory'), inventory: 81 } });
  expect(books.accounts.inventory).toBe('81');
});

test.each([
  ['lifo under IFRS', { method: 'lifo', framework: 'ifrs' }, /^method: lifo is not allowed under IFRS/],
  ['fifo priced by the month', { timing: 'month' }, /^timing: fifo /],
  ['specific priced by the day', { method: 'specific', timing: 'day' }, /^timing: specific /],
  ['standard priced by the month', { method: 'standard', timing: 'month' }, /^timing: standard /],
  ['an unknown time zone', { timeZone: 'Mars/Olympus' }, /^timeZone: .*time zone/],
  ['an offset for a time zone', { timeZone: '+02:00' }, /^timeZone: .*time zone/],
  ['a currency by its sign', { currency: '$' }, /^currency: must be an ISO 4217 code/],
  ['no inventory account', { accounts: accountsWithout('inventory') }, /^accounts: .*inventory.*perpetual/],
  [
    'no received_not_billed account',
    { accounts: accountsWithout('received_not_billed') },
    /^accounts: .*received_not_billed/,
  ],
  [
    'no purchases account in a periodic system',
    { system: 'periodic', accounts: accountsWithout('purchases') },
    /^accounts: .*purchases.*periodic/,
  ],
  [
    'standard cost without an account for the variance',
    { method: 'standard', accounts: accountsWithout('price_variance') },
    /^accounts: .*price_variance.*standard/,
  ],
  [
    'inventory by location in one pool',
    { rules: [{ role: 'inventory', location: 'MAIN', account: '1' }] },
    /^rules.0: .*one pool cannot be split over accounts/,
  ],
  [
    'inventory by connection',
    { pool: 'item_location', rules: [{ role: 'inventory', connection: 'shop', account: '1' }] },
    /^rules.0: .*one pool cannot be split over accounts/,
  ],
  [
    'a clearing account by kind',
    { rules: [{ role: 'received_not_billed', kind: 'bill', account: '1' }] },
    /^rules.0: .*come to zero/,
  ],
  [
    'an account without a role',
    { rules: [{ location: 'MAIN', account: '1' }] },
    /^rules.0: .*without a role/,
  ],
  ['a rule that gives nothing', { rules: [{ role: 'scrap' }] }, /^rules.0: gives neither/],
  ['a rule for everything', { rules: [{ class: 'A' }] }, /^rules.0: .*every line/],
  [
    'two rules for the same lines',
    {
      rules: [
        { location: 'MAIN', class: 'A' },
        { location: 'MAIN', class: 'B' },
      ],
    },
    /^rules.1: gives the class of the same lines as rule 1/,
  ],
  ['a setting nobody knows', { sistem: 'periodic' }, /sistem/],
])('it refuses %s', (_what, given, reason) => {
  expect(refusals(given)).toEqual([expect.stringMatching(reason)]);
});

test('received_not_billed is not asked for in a periodic system, nor any role that may never be used', () => {
  expect(
    refusals({
      system: 'periodic',
      accounts: accountsWithout('received_not_billed', 'scrap', 'in_transit', 'payable'),
    }),
  ).toEqual([]);
});

test('goods on their way may have an account by location in one pool: they are pools of their own', () => {
  expect(refusals({ rules: [{ role: 'in_transit', location: 'SHIP', account: '1' }] })).toEqual([]);
});

describe('the chart', () => {
  const chart = chartOf(
    booksOf({
      rules: [
        { location: 'MAIN', class: 'by location' },
        { kind: 'sale', class: 'by kind', department: 'by kind' },
        { connection: 'till', class: 'by connection' },
        { group: 'shirts', class: 'by group' },
        { role: 'cost_of_goods_sold', kind: 'sale', account: 'cost of sales' },
        { role: 'cost_of_goods_sold', group: 'shirts', account: 'cost of shirts' },
        { role: 'scrap', class: null },
      ],
    }),
  );

  test.each([
    ['location before group', { location: 'MAIN', group: 'shirts', connection: 'till' }, 'by location'],
    ['group before connection', { group: 'shirts', connection: 'till' }, 'by group'],
    ['connection before kind', { connection: 'till' }, 'by connection'],
    ['kind when nothing else fits', {}, 'by kind'],
  ])('%s', (_what, key, expected) => {
    expect(chart({ role: 'adjustment', kind: 'sale', ...key })).toEqual({
      account: 'adjustment',
      class: expected,
      department: 'by kind',
    });
  });

  test('the role before all others; null means none', () => {
    expect(chart({ role: 'scrap', kind: 'sale', location: 'MAIN' })).toEqual({
      account: 'scrap',
      class: undefined,
      department: 'by kind',
    });
  });

  test('account and class are settled each for itself', () => {
    expect(
      chart({ role: 'cost_of_goods_sold', kind: 'sale', group: 'shirts', location: 'MAIN' }),
    ).toMatchObject({
      account: 'cost of shirts',
      class: 'by location',
    });
    expect(chart({ role: 'cost_of_goods_sold', kind: 'sale' }).account).toBe('cost of sales');
    expect(chart({ role: 'cost_of_goods_sold', kind: 'scrap' }).account).toBe('cost_of_goods_sold');
  });

  test('no rule and no account is no account', () => {
    const bare = chartOf(booksOf({ accounts: accountsWithout('scrap') }));
    expect(bare({ role: 'scrap', kind: 'scrap' }).account).toBeUndefined();
  });
});
