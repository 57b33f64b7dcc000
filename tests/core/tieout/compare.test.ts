// Whatever people do in the books and however far journals are on their way, each difference has a name, and the names add up.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tiedAccounts } from '../../../src/core/tieout/accounts.ts';
import { pairBills } from '../../../src/core/tieout/bills.ts';
import { type TieOutFacts, tieOut } from '../../../src/core/tieout/compare.ts';
import {
  DIFFERENCES,
  type Difference,
  type DifferenceKind,
  isOpen,
  stateOf,
} from '../../../src/core/tieout/difference.ts';
import { type OwnJournal, sumsOf } from '../../../src/core/tieout/journals.ts';
import type { KnownBill } from '../../../src/core/tieout/known-bills.ts';
import { type BookedGroup, charting } from '../../../src/core/tieout/ledger.ts';
import {
  type BooksActivity,
  type BooksEntry,
  type BooksStatement,
  JOURNAL_ENTRY,
} from '../../../src/core/tieout/statement.ts';
import type { Money } from '../../../src/core/vocabulary/money.ts';
import { accountsWithout, booksOf, entry as unbookedEntry } from '../journals/company.ts';

const dayText = (day: number): string => `2026-03-${String(day).padStart(2, '0')}`;
const money = (cents: number): Money => BigInt(cents) as Money;

const STATES = ['draft', 'approved', 'queued', 'unknown', 'rejected', 'posted', 'by_hand'] as const;
const ACTS = ['none', 'none', 'edit', 'delete', 'redate', 'move', 'repost'] as const;

const made = fc.record({
  kind: fc.constantFrom('receipt' as const, 'sale' as const, 'opening' as const),
  cents: fc.integer({ min: 1, max: 99_999 }),
  day: fc.integer({ min: 5, max: 25 }),
  bookedAfter: fc.integer({ min: 0, max: 3 }),
  redatedThere: fc.integer({ min: 0, max: 2 }),
  state: fc.constantFrom(...STATES),
  act: fc.constantFrom(...ACTS),
  by: fc.integer({ min: 1, max: 500 }),
  to: fc.integer({ min: 1, max: 28 }),
  remapped: fc.boolean(),
  reversedAfter: fc.option(fc.integer({ min: 0, max: 3 })),
});
type Made = typeof made extends fc.Arbitrary<infer T> ? T : never;

const other = fc.record({
  account: fc.constantFrom('inventory', 'received_not_billed', 'landed_clearing', 'cost_of_goods_sold'),
  kind: fc.constantFrom(JOURNAL_ENTRY, 'Bill'),
  cents: fc.integer({ min: -9_999, max: 9_999 }).filter((cents) => cents !== 0),
  day: fc.integer({ min: 1, max: 28 }),
  number: fc.option(fc.constantFrom('B-1', 'B-2', 'INV-1')),
});

interface Desk {
  readonly journals: OwnJournal[];
  readonly booked: BookedGroup[];
  readonly entries: Map<string, BooksEntry>;
}

const SIDES = {
  receipt: ['inventory', 'received_not_billed'],
  sale: ['cost_of_goods_sold', 'inventory'],
  opening: ['inventory', 'opening'],
} as const;

function addJournal(desk: Desk, index: number, one: Made, asOf: number): void {
  const [debit, credit] = SIDES[one.kind];
  const amount = money(one.cents);
  const id = `journal-${index}`;
  const isFinal = one.state !== 'draft';
  const inBooks = isFinal && one.remapped ? 'in_transit' : 'inventory';
  const at = (role: string) => (role === 'inventory' ? inBooks : role);
  const lines = [
    {
      side: 'debit' as const,
      account: at(debit),
      role: debit,
      amount,
      class: undefined,
      department: undefined,
    },
    {
      side: 'credit' as const,
      account: at(credit),
      role: credit,
      amount,
      class: undefined,
      department: undefined,
    },
  ];
  const isThere = one.state === 'posted' || one.state === 'by_hand';
  const date = one.day + one.bookedAfter;
  const bookedOn = date + (isThere ? one.redatedThere : 0);
  const journal: OwnJournal = {
    id,
    number: `INV-${index}`,
    kind: 'activity',
    status: one.state === 'draft' ? 'draft' : isThere ? 'posted' : 'approved',
    date: dayText(date),
    forDate: undefined,
    reverses: undefined,
    sums: sumsOf(lines),
    lines,
    contentHash: undefined,
    delivery:
      one.state === 'draft' || one.state === 'approved' || one.state === 'by_hand'
        ? undefined
        : {
            status: one.state,
            bookedOn: dayText(bookedOn),
            attempts: 1,
            externalId: one.state === 'posted' ? `entry-${index}` : undefined,
            reason: undefined,
            isTakenBack: false,
            parked: undefined,
          },
  };
  desk.journals.push(journal);
  const isReversed = one.reversedAfter !== null && isThere;
  // A journal that was taken back holds no entries any more.
  if (!isReversed)
    desk.booked.push({
      ...{ kind: one.kind, debit, debitLocation: null, credit, creditLocation: null },
      ...{ location: null, group: null, connection: null, amount },
      ...{ journalId: id, isWithin: one.day <= asOf },
    });
  if (isThere) addEntry(desk, journal, one, index, bookedOn);
  if (!isReversed) return;
  const mirrored = lines.map((line) => ({
    ...line,
    side: line.side === 'debit' ? ('credit' as const) : ('debit' as const),
  }));
  const back: OwnJournal = {
    ...journal,
    ...{
      id: `${id}-back`,
      number: `R-INV-${index}`,
      kind: 'reversal',
      reverses: id,
      lines: mirrored,
      sums: sumsOf(mirrored),
    },
    ...{ status: 'posted', date: dayText(date + (one.reversedAfter ?? 0)) },
    delivery: {
      ...{
        status: 'posted',
        bookedOn: dayText(date + (one.reversedAfter ?? 0)),
        attempts: 1,
        reason: undefined,
      },
      ...{ externalId: `back-${index}`, isTakenBack: false, parked: undefined },
    },
  };
  desk.journals.push(back);
  desk.entries.set(`back-${index}`, {
    ...{ id: `back-${index}`, version: '0', number: back.number, date: back.date, memo: back.id },
    ...{ lines: mirrored, sums: back.sums },
  });
}

function addEntry(desk: Desk, journal: OwnJournal, one: Made, index: number, bookedOn: number): void {
  if (one.act === 'delete') return;
  const lines = journal.lines.map((line) => ({
    ...line,
    amount: (line.amount + (one.act === 'edit' ? BigInt(one.by) : 0n)) as Money,
    account: one.act === 'move' && line.account === 'cost_of_goods_sold' ? 'bank' : line.account,
  }));
  // Put back by hand it has another id, and its number and memo.
  const id = one.act === 'repost' || one.state === 'by_hand' ? `again-${index}` : `entry-${index}`;
  desk.entries.set(id, {
    ...{ id, version: '1', number: journal.number, memo: `Stockbridge ${journal.id}: stock` },
    date: dayText(one.act === 'redate' ? one.to : bookedOn),
    ...{ lines, sums: sumsOf(lines) },
  });
}

function statementOf(
  desk: Desk,
  others: readonly BooksActivity[],
  opening: Money,
  asOf: string,
): BooksStatement {
  const final = desk.journals.filter(({ status }) => status !== 'draft');
  const from =
    [asOf, ...final.flatMap(({ date, delivery }) => [date, delivery?.bookedOn ?? date])].sort()[0] ?? asOf;
  const rows: BooksActivity[] = [
    ...[...desk.entries.values()].flatMap((each) =>
      [...each.sums].map(([account, amount]) => ({ ...each, account, amount, kind: JOURNAL_ENTRY })),
    ),
    ...others,
  ];
  const through = (account: string, day: (date: string) => boolean) =>
    rows
      .filter((row) => row.account === account && day(row.date))
      .reduce((sum, { amount }) => sum + amount, account === 'inventory' ? opening : 0n) as Money;
  const held = ['inventory', 'in_transit', 'received_not_billed', 'landed_clearing'];
  return {
    ...{ from, asOf, entries: desk.entries },
    before: new Map(held.map((account) => [account, through(account, (date) => date < from)])),
    balances: new Map(held.map((account) => [account, through(account, (date) => date <= asOf)])),
    activity: rows.filter(({ date }) => date >= from && date <= asOf),
  };
}

describe('I9: the differences of an account', () => {
  it('add up to the whole difference, and none is left without a name', () => {
    fc.assert(
      fc.property(
        fc.array(made, { maxLength: 8 }),
        fc.array(other, { maxLength: 4 }),
        fc.array(
          fc.record({
            cents: fc.integer({ min: 1, max: 9_999 }),
            number: fc.constantFrom('B-1', 'B-2', 'B-3'),
          }),
          { maxLength: 3 },
        ),
        fc.array(
          fc.record({ cents: fc.integer({ min: 1, max: 9_999 }), day: fc.integer({ min: 1, max: 28 }) }),
          { maxLength: 3 },
        ),
        fc.integer({ min: 0, max: 5_000 }),
        fc.integer({ min: 4, max: 28 }),
        fc.boolean(),
        (journals, others, bills, loose, opening, day, asks) => {
          const books = booksOf({ accounts: accountsWithout('payable') });
          const asOf = dayText(day);
          const desk: Desk = { journals: [], booked: [], entries: new Map() };
          for (const [index, one] of journals.entries()) addJournal(desk, index, one, day);
          const foreign = others.map((one, index) => ({
            ...{ id: `other-${index}`, kind: one.kind, account: one.account, date: dayText(one.day) },
            ...{ number: one.number ?? undefined, amount: money(one.cents), memo: '' },
          }));
          const facts: TieOutFacts = {
            asOf,
            ...(day % 2 === 0 && { closed: dayText(day - 2) }),
            accounts: tiedAccounts(
              books,
              desk.journals.flatMap(({ lines }) => lines),
            ),
            chart: charting(books),
            booked: desk.booked,
            unbooked: loose.map((one) => ({
              entry: {
                ...unbookedEntry('sale', 'cost_of_goods_sold', 'inventory', '0.00', {
                  day: dayText(one.day),
                }),
                amount: money(one.cents),
              },
              ...{
                kind: 'not_drafted',
                document: `entries of ${dayText(one.day)}`,
                what: 'are not drafted yet',
              },
            })),
            bills: bills.map(
              (bill, index): KnownBill => ({
                ...{ key: `bill-${index}`, document: `bill ${bill.number}`, number: bill.number },
                role: bill.cents % 2 === 0 ? 'received_not_billed' : 'landed_clearing',
                ...{ date: dayText(5), amount: money(bill.cents) },
              }),
            ),
            journals: desk.journals,
            statement: asks ? statementOf(desk, foreign, money(opening), asOf) : undefined,
          };
          for (const tie of tieOut(facts)) {
            const whole = (tie.books ?? tie.journals) - tie.ledger;
            expect(tie.differences.reduce((sum, { amount }) => sum + amount, 0n)).toBe(whole);
            expect(tie.differences.map(({ kind }) => kind)).not.toContain('unexplained');
            expect(tie.isSettled).toBe(!tie.differences.some(isOpen));
          }
        },
      ),
      { numRuns: 1_500, seed: 20_261_122 },
    );
  });

  it('what the books cannot account for themselves is left as a rest with its amount', () => {
    const books = booksOf();
    const [inventory] = tieOut({
      ...{ asOf: '2026-03-31', accounts: tiedAccounts(books, []), chart: charting(books) },
      ...{ booked: [], unbooked: [], bills: [], journals: [] },
      statement: {
        ...{ from: '2026-03-31', asOf: '2026-03-31', before: new Map(), activity: [], entries: new Map() },
        balances: new Map([['inventory', money(17)]]),
      },
    });
    expect(inventory).toMatchObject({
      isSettled: false,
      differences: [{ kind: 'unexplained', amount: 17n }],
    });
  });
});

describe('bills are paired', () => {
  const known = (number: string | undefined, cents: number): KnownBill => ({
    ...{ key: `${number}`, document: `bill ${number}`, number, date: '2026-03-05', amount: money(cents) },
    role: 'received_not_billed',
  });
  const entered = (number: string | undefined, cents: number) => ({
    ...{ key: `Bill ${number}`, number, date: '2026-03-06', amount: money(cents) },
  });

  it.each([
    ['by number and amount', [known('A-1', 100)], [entered('a1', 100)], 1],
    ['by number, with another amount', [known('A-1', 100)], [entered('A-1', 120)], 1],
    ['by amount where the books have no number', [known('A-1', 100)], [entered(undefined, 100)], 1],
    ['not by amount under another number', [known('A-1', 100)], [entered('B-9', 100)], 0],
    [
      'not where two could be meant',
      [known('A-1', 100)],
      [entered(undefined, 100), entered(undefined, 100)],
      0,
    ],
  ])('%s', (_how, ours, theirs, pairs) => {
    const answer = pairBills(ours, theirs);
    expect(answer.pairs).toHaveLength(pairs);
    expect(answer.notEntered).toHaveLength(ours.length - pairs);
    expect(answer.unknown).toHaveLength(theirs.length - pairs);
  });
});

describe('a number that is entered more than once', () => {
  const books = booksOf({ accounts: accountsWithout('payable') });
  const entered = (id: string, number: string, cents: number): BooksActivity => ({
    ...{ account: 'received_not_billed', id, kind: 'Bill', number, date: '2026-03-06' },
    ...{ amount: money(cents), memo: '' },
  });
  const named = (...activity: BooksActivity[]) =>
    tieOut({
      ...{ asOf: '2026-03-31', accounts: tiedAccounts(books, []), chart: charting(books) },
      ...{ booked: [], unbooked: [], journals: [] },
      bills: [
        {
          ...{ key: 'k', role: 'received_not_billed', document: 'bill K-100 of Kelp', number: 'K-100' },
          ...{ date: '2026-03-05', amount: money(71_130) },
        },
      ],
      statement: {
        ...{ from: '2026-03-01', asOf: '2026-03-31', before: new Map(), activity, entries: new Map() },
        balances: new Map([
          ['received_not_billed', activity.reduce((sum, { amount }) => sum + amount, 0n) as Money],
        ]),
      },
    })
      .find(({ account }) => account === 'received_not_billed')
      ?.differences.map(({ kind, amount, what }) => `${kind} ${amount} ${what}`);

  it('is known here: the one too many is named beside the other', () => {
    expect(named(entered('5', 'K-100', 71_100), entered('6', 'k100', 71_130))).toEqual([
      'bill_repeated 71100 has the number of bill K-100 of Kelp, and so has Bill k100 (id 6) of 2026-03-06',
    ]);
    expect(named(entered('5', 'K-100', 71_100), entered('6', 'K-100', 71_000))?.[1]).toContain(
      'bill_repeated 71100 has the number of bill K-100 of Kelp, and so has Bill K-100 (id 6)',
    );
    expect(named(entered('5', 'K-100', 71_100))).toEqual([expect.stringContaining('bill_differs -30')]);
    expect(named(entered('5', 'Z-9', 71_100))?.[1]).toContain('bill_unknown 71100');
  });
});

describe('how an account stands', () => {
  const of = (kind: DifferenceKind, accepted?: string): Difference => ({
    ...{ kind, amount: money(5), document: 'bill 1', what: 'is so' },
    ...(accepted !== undefined && { accepted }),
  });

  it.each([
    ['equal', []],
    ['open items', [of('bill_not_entered'), of('booked_later'), of('draft_later')]],
    ['open items', [of('bill_unknown')]],
    ['explained', [of('foreign', 'right'), of('shared')]],
    ['open items', [of('foreign', 'right'), of('booked_later')]],
    ['not settled', [of('bill_not_entered'), of('bill_differs')]],
    ['not settled', [of('bill_repeated')]],
    ['not settled', [of('edited')]],
  ] as const)('%s', (state, differences) => {
    expect(stateOf(differences)).toBe(state);
  });

  it('whatever hinders a close without being a matter of time is not settled', () => {
    for (const [kind, rule] of Object.entries(DIFFERENCES) as [
      DifferenceKind,
      { opens: boolean; timing: boolean },
    ][])
      if (rule.opens && !rule.timing) expect(stateOf([of(kind)])).toBe('not settled');
    expect(isOpen(of('bill_unknown'))).toBe(true);
    expect(isOpen(of('bill_unknown', 'for cleaning'))).toBe(false);
  });
});
