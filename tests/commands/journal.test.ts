// The accountant's commands about journals, typed as a person would: what they print, what they change, how they end.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chartProblems } from '../../src/commands/books/chart-problems.ts';
import type { BooksDescription } from '../../src/connectors/contract.ts';
import { booksOf } from '../core/journals/company.ts';
import { type Accountant, openAccountant } from '../e2e/accountant.ts';

describe('journals that leave as files', () => {
  let accountant: Accountant;
  beforeAll(async () => {
    accountant = await openAccountant({ inBooks: false });
    await accountant.move('receipt', '2026-03-10', 20, '5');
    await accountant.move('shipment', '2026-03-28', 8);
  });
  afterAll(() => accountant.stop());

  const list = async (...words: string[]): Promise<string[]> => {
    const { text } = await accountant.type('--json', 'journal', 'list', ...words);
    return (JSON.parse(text) as { number: string; status: string; amount: string }[]).map(
      ({ number, status, amount }) => `${number} ${status} ${amount}`,
    );
  };

  it('draft values what is behind and drafts each day; list narrows by day, status and kind', async () => {
    expect(await accountant.type('journal', 'draft')).toEqual({
      code: 0,
      text: '2 drafts: INV-20260310-1, INV-20260328-1\n',
    });
    expect(await list()).toEqual(['INV-20260310-1 draft 100.00', 'INV-20260328-1 draft 40.00']);
    expect(await list('--from', '2026-03-11')).toEqual(['INV-20260328-1 draft 40.00']);
    expect(await list('--status', 'approved', 'posted')).toEqual([]);
    expect(await list('--kind', 'activity', '--through', '2026-03-10')).toEqual([
      'INV-20260310-1 draft 100.00',
    ]);
    expect(await list('--limit', '1')).toEqual(['INV-20260328-1 draft 40.00']);
    expect((await accountant.type('journal', 'list', '--limit', '1')).text).toMatch(
      /^(?!.*INV-20260310-1).*INV-20260328-1 .*\nThese are the newest 1; --through and --limit show older ones\.\n$/s,
    );
    expect((await accountant.type('journal', 'list', '--limit', '2')).text).not.toContain('newest');
    expect((await accountant.type('journal', 'list', '--from', '2026-02-30')).text).toContain(
      'argument_invalid',
    );
  });

  it('show and explain lead from a line to the movement behind it', async () => {
    const shown = await accountant.ask('journal', 'show', 'INV-20260328-1', '--sources');
    expect(shown).toMatchObject({
      code: 0,
      amount: '40.00',
      contentHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      lines: [
        {
          account: '80',
          side: 'debit',
          sources: [{ document: 'shipment 2', sku: 'SKU-1', amount: '40.00' }],
        },
        { account: '91', side: 'credit' },
      ],
    });
    const explained = await accountant.ask('journal', 'explain', 'INV-20260328-1', '1');
    expect(explained.entries).toMatchObject([
      {
        amount: '40.00',
        kind: 'sale',
        cause: { type: 'movement', document: 'shipment 2', reference: 'order 2' },
      },
    ]);
    expect((await accountant.type('journal', 'explain', 'INV-20260328-1', '9')).text).toContain(
      'lines 1 to 2',
    );
    expect((await accountant.type('journal', 'show', 'INV-1')).text).toContain('there is no journal INV-1');
  });

  it('I10: approval can insist on what was looked at; a draft is not posted, and approval is once', async () => {
    expect((await accountant.type('journal', 'posted', 'INV-20260310-1')).text).toContain(
      'a draft may still change',
    );
    const other = await accountant.type('journal', 'approve', 'INV-20260310-1', '--hash', 'f'.repeat(64));
    expect(other).toMatchObject({ code: 1, text: expect.stringContaining('NOT approved') });
    const { contentHash } = await accountant.ask('journal', 'show', 'INV-20260310-1');
    const right = await accountant.type(
      'journal',
      'approve',
      'INV-20260310-1',
      '--hash',
      contentHash,
      '--by',
      'Ada',
    );
    expect(right).toEqual({ code: 0, text: 'INV-20260310-1: approved, 100.00 USD on 2026-03-10\n' });
    expect((await accountant.type('journal', 'approve', 'INV-20260310-1')).text).toContain('approved before');
    expect((await accountant.type('journal', 'approve')).text).toContain('name journals by number');
    expect(await list()).toEqual(['INV-20260310-1 approved 100.00', 'INV-20260328-1 draft 40.00']);
    expect((await accountant.type('journal', 'retry', 'INV-20260310-1')).code).toBe(1);
  });

  it('reverse takes a journal back and drafts what it held anew', async () => {
    expect((await accountant.type('journal', 'posted', 'INV-20260310-1')).code).toBe(0);
    const reversed = await accountant.ask(
      'journal',
      'reverse',
      'INV-20260310-1',
      '--reason',
      'wrong account',
    );
    expect(reversed).toMatchObject({ code: 0, outcome: 'reversed', number: 'R-INV-20260310-1', freed: 1 });
    expect(await list('--through', '2026-03-10')).toEqual(
      [
        'INV-20260310-1 posted 100.00',
        'INV-20260310-2 draft 100.00',
        'R-INV-20260310-1 approved 100.00',
      ].sort(),
    );
    const again = await accountant.ask('journal', 'reverse', 'INV-20260310-1', '--reason', 'again');
    expect(again).toMatchObject({ code: 1, outcome: 'refused' });
    const tied = await accountant.ask('tieout', '--as-of', '2026-03-31');
    expect(tied.accounts[0]).toMatchObject({ ledger: '60.00', journals: '0.00' });
  });

  it('retry says that a file is not sent; list shows currency and what was found in the books', async () => {
    expect((await accountant.type('journal', 'retry', 'INV-20260310-1')).text).toContain(
      'INV-20260310-1 left as a file',
    );
    expect((await accountant.type('journal', 'retry', 'R-INV-20260310-1')).text).toContain(
      'leaves as a file, so nothing is sent: `stockbridge journal export`',
    );
    expect((await accountant.type('journal', 'list')).text).toMatch(/amount +currency[\s\S]*100\.00 +USD/);
  });

  it('approve through a day names what it left out and why', async () => {
    const { text, code } = await accountant.type(
      'journal',
      'approve',
      '--through',
      '2026-03-10',
      '--by',
      'Ada',
    );
    expect(code).toBe(0);
    expect(text).toContain('INV-20260310-2: approved');
    expect(text).toContain('left out: 1 draft on a later day than 2026-03-10: INV-20260328-1');
  });

  it('books that nobody keeps here cannot be asked', async () => {
    expect((await accountant.type('books', 'check')).text).toContain('journals leave as files');
    expect((await accountant.type('books', 'resolve', '1', '--note', 'x')).text).toContain(
      'no finding 1 is open',
    );
  });
});

describe('books check', () => {
  const account = (id: string, more: object = {}) => ({
    ...{ id, name: `Account ${id}`, active: true, number: undefined },
    ...{ type: 'Other Current Asset', subtype: undefined, currency: 'USD' },
    ...more,
  });
  const description = (accounts: BooksDescription['accounts'], more: object = {}): BooksDescription => ({
    ...{ company: 'Sons', currency: 'USD', multicurrency: false, closedThrough: undefined },
    ...{ accounts, classes: [{ id: '5', name: 'Shop', active: false }], departments: [] },
    ...{ usesClasses: true, usesDepartments: false },
    ...more,
  });
  const mapped = {
    inventory: '1',
    received_not_billed: '2',
    cost_of_goods_sold: '3',
    adjustment: '4',
    opening: '5',
  };
  const right = Object.values(mapped).map((id) => account(id));
  const places = (given: object, books: BooksDescription): string[] =>
    chartProblems(booksOf({ accounts: mapped, ...given }), books).map(
      ({ level, where }) => `${level} ${where}`,
    );

  it.each<[string, object, BooksDescription, string[]]>([
    ['nothing', {}, description(right), []],
    ['an account that is not there', {}, description(right.slice(1)), ['fail books.accounts.inventory']],
    [
      'an inactive one',
      {},
      description([account('1', { active: false }), ...right.slice(1)]),
      ['fail books.accounts.inventory'],
    ],
    [
      'another currency',
      {},
      description([account('1', { currency: 'EUR' }), ...right.slice(1)]),
      ['fail books.accounts.inventory'],
    ],
    [
      'one not for journals',
      {},
      description([account('1', { unfit: 'no' }), ...right.slice(1)]),
      ['fail books.accounts.inventory'],
    ],
    ['books in another currency', {}, description(right, { currency: 'EUR' }), ['fail books.currency']],
    [
      'one account for two',
      { accounts: { ...mapped, cost_of_goods_sold: '1' } },
      description(right),
      ['warn books.accounts.cost_of_goods_sold'],
    ],
    [
      'an inactive class',
      { rules: [{ role: 'scrap', account: '4', class: '5' }] },
      description(right),
      ['fail books.rules.0.class'],
    ],
    [
      'a department where there are none',
      { rules: [{ role: 'scrap', department: '5' }] },
      description(right),
      ['fail books.rules.0.department'],
    ],
  ])('finds %s', (_what, given, books, found) => {
    expect(places(given, books)).toEqual(found);
  });
});
