// A month is closed with a certificate, and never moves again: what comes late is booked on the first open day, and whatever
// people do in the books is named until it is settled. I9, I10.
import { afterEach, describe, expect, it } from 'vitest';
import { costKey } from '../../src/core/costs/document.ts';
import type { Finding } from '../../src/core/tieout/findings.ts';
import { type Accountant, noon, openAccountant } from './accountant.ts';

let accountant: Accountant;
afterEach(() => accountant.stop());

const INVENTORY = '91';
const COST_OF_GOODS_SOLD = '80';
const RECEIVED = '96';
const CLEARING = '97';
const PAYABLE = '98';

/** Mar 10: 20 received at 5.00; Mar 28: 8 shipped. */
async function march(): Promise<void> {
  await accountant.move('receipt', '2026-03-10', 20, '5');
  await accountant.move('shipment', '2026-03-28', 8);
  await accountant.bookAll();
}

/** Cents on the four accounts on a day. */
const onDay = async (day: string) => [
  await accountant.booked(RECEIVED, day),
  await accountant.booked(INVENTORY, day),
  await accountant.booked(COST_OF_GOODS_SOLD, day),
  await accountant.booked(PAYABLE, day),
];

describe('a bill that comes late', () => {
  it('I10: to a closed month goes to the bill’s day, split by where the units are; the month is as it was', async () => {
    accountant = await openAccountant({ inBooks: false, accounts: { payable: PAYABLE } });
    await march();
    await accountant.type('journal', 'posted', 'INV-20260310-1', 'INV-20260328-1');
    const closed = await accountant.ask('close', '2026-03', '--yes', '--by', 'Ada');
    expect(closed).toMatchObject({ code: 0, outcome: 'closed' });
    await accountant.bill('4711', '2026-04-12', '20', '110');
    await accountant.type('journal', 'draft');
    const drafted = await accountant.type('tieout', '--as-of', '2026-03-31');
    expect(drafted.text).toContain('draft_later: journal COR-20260310-1 is a draft for 2026-04-12');
    expect(drafted.text).not.toContain('Nothing to do');
    await accountant.bookAll();
    expect(await onDay('2026-04-12')).toEqual([10_000, 600, 400, -11_000]);
    expect(await onDay('2026-03-10')).toEqual([-10_000, 10_000, 0, 0]);
    expect(await onDay('2026-03-28')).toEqual([0, -4_000, 4_000, 0]);
    expect(await accountant.booked(INVENTORY)).toBe(6_600);
    expect(await accountant.booked(RECEIVED)).toBe(0);
    const then = await accountant.ask('tieout', '--as-of', '2026-03-31');
    expect(then.isSettled).toBe(true);
    expect(then.accounts.find((each: { account: string }) => each.account === INVENTORY)).toMatchObject({
      ledger: '66.00',
      journals: '60.00',
      differences: [
        { kind: 'booked_later', amount: '-10.00', document: 'journal COR-20260310-1', isOpen: false },
        { kind: 'booked_later', amount: '4.00', document: 'journal COR-20260328-1', isOpen: false },
      ],
    });
    expect(then.closed).toEqual({ through: '2026-03-31', certified: 'equal' });
    const told = await accountant.type('tieout', '--as-of', '2026-03-31');
    expect(told.text).toContain('2026-03-31 is closed. Its certificate stands as it was made');
    expect(told.text).toContain('is booked on open days');
    const april = await accountant.ask('tieout', '--as-of', '2026-04-30');
    expect(april.closed).toBeNull();
    expect(april.total).toEqual({ ledger: '0.00', journals: '0.00', billsByHand: '0.00' });
    expect(april.accounts.find((each: { account: string }) => each.account === PAYABLE)).toMatchObject({
      ledger: '-110.00',
      journals: '-110.00',
      state: 'equal',
    });
    expect(april.accounts[0]).toMatchObject({ ledger: '66.00', journals: '66.00', differences: [] });
  });

  it('to an open month changes the receipt and the sale on their own days', async () => {
    accountant = await openAccountant({ inBooks: false, accounts: { payable: PAYABLE } });
    await march();
    await accountant.bill('4711', '2026-04-12', '20', '110');
    await accountant.bookAll();
    expect(await onDay('2026-03-10')).toEqual([-11_000, 11_000, 0, 0]);
    expect(await onDay('2026-03-28')).toEqual([0, -4_400, 4_400, 0]);
    expect(await onDay('2026-04-12')).toEqual([11_000, 0, 0, -11_000]);
    expect(await accountant.booked(INVENTORY)).toBe(6_600);
  });
});

it('I10: a receipt told late for a closed month is booked after it, and the next certificate names it', async () => {
  accountant = await openAccountant({ inBooks: false });
  await march();
  await accountant.type('journal', 'posted', 'INV-20260310-1', 'INV-20260328-1');
  const first = await accountant.ask('close', '2026-03', '--yes');
  await accountant.move('receipt', '2026-03-20', 10, '6');
  await accountant.bookAll();
  const { rows } = await accountant.world.database.pool.query<{ number: string; date: string }>(
    `select number, posting_date::text as date from journal where posting_date > '2026-03-28'`,
  );
  expect(rows).toEqual([{ number: 'COR-20260320-1', date: '2026-04-01' }]);
  const again = await accountant.ask('close', '2026-03', '--yes');
  expect(again.certificate).toEqual(first.certificate);
  const early = await accountant.ask('close', '2026-04');
  expect(early).toMatchObject({
    code: 1,
    hindrances: [{ kind: 'undelivered_journals', ids: ['COR-20260320-1'] }],
  });
  await accountant.type('journal', 'posted', 'COR-20260320-1');
  const next = await accountant.ask('close', '2026-04', '--yes');
  expect(next.certificate).toMatchObject({
    period: { from: '2026-04-01', through: '2026-04-30' },
    corrections: ['COR-20260320-1'],
  });
  expect(next.certificate.accounts[0]).toMatchObject({
    opening: first.certificate.accounts[0].closing,
    flows: {},
    corrections: '60.00',
    closing: '120.00',
  });
});

describe('in QuickBooks', () => {
  it('I9: edited, deleted and foreign entries are each named; after repair it ties out to the cent and the month closes', async () => {
    accountant = await openAccountant();
    const { simulator } = accountant;
    if (!simulator) throw new Error('no books');
    await march();
    expect((await accountant.type('books', 'check')).code).toBe(0);
    const clean = await accountant.ask('tieout', '--as-of', '2026-03-31');
    expect(clean).toMatchObject({ code: 0, isSettled: true, isThreeWay: true });
    expect(clean.accounts[0]).toMatchObject({
      account: INVENTORY,
      ledger: '60.00',
      journals: '60.00',
      books: '60.00',
      differences: [],
    });

    simulator.actions.editEntry({ number: 'INV-20260310-1', amount: '103.00' });
    simulator.actions.deleteEntry({ number: 'INV-20260328-1' });
    const foreign = simulator.actions.bookEntry({
      date: '2026-03-30',
      number: 'ADJ-9',
      note: 'count of March',
      lines: [
        { account: '91', side: 'Debit', amount: '7.25' },
        { account: '102', side: 'Credit', amount: '7.25' },
      ],
    });
    simulator.actions.bookBill({ date: '2026-03-30', account: '96', amount: '12.00', number: 'B-77' });

    const torn = await accountant.ask('tieout', '--as-of', '2026-03-31');
    expect(torn).toMatchObject({ code: 1, isSettled: false });
    const byAccount = new Map<string, { books: string; ledger: string; differences: Named[] }>(
      torn.accounts.map((each: { account: string }) => [each.account, each]),
    );
    const kinds = (account: string) =>
      byAccount.get(account)?.differences.map(({ kind, amount }) => `${kind} ${amount}`);
    expect(kinds(INVENTORY)).toEqual(['edited 3.00', 'deleted 40.00', 'foreign 7.25']);
    expect(kinds(RECEIVED)).toEqual(['edited -3.00', 'bill_unknown 12.00']);
    expect(kinds(COST_OF_GOODS_SOLD)).toEqual(['deleted -40.00']);
    expect(kinds('102')).toEqual(['shared -7.25']);
    for (const { books, ledger, differences } of byAccount.values())
      expect(differences.reduce((sum, { amount }) => sum + cents(amount), 0)).toBe(
        cents(books) - cents(ledger),
      );
    expect(byAccount.get(INVENTORY)?.differences[2]?.document).toContain('ADJ-9');

    const refused = await accountant.ask('close', '2026-03', '--yes');
    expect(refused).toMatchObject({ code: 1, outcome: 'refused' });
    expect(new Set(refused.hindrances.map(({ kind }: Named) => kind))).toEqual(
      new Set(['edited', 'deleted', 'foreign', 'bill_unknown']),
    );
    for (const { what } of refused.hindrances)
      expect(what).toMatch(/^account \d+ \(\d+ \D+\), -?[\d.]+ USD: /);
    expect(await closings()).toBe(0);

    simulator.actions.editEntry({ number: 'INV-20260310-1', amount: '100.00' });
    expect((await accountant.type('journal', 'retry', 'INV-20260328-1')).code).toBe(0);
    await accountant.deliver();
    const finding = byAccount.get(INVENTORY)?.differences[2]?.finding ?? '';
    expect((await accountant.type('books', 'resolve', finding, '--note', 'counted with us')).code).toBe(0);

    const bill = byAccount.get(RECEIVED)?.differences[1]?.finding ?? '';
    expect((await accountant.ask('close', '2026-03')).hindrances).toMatchObject([
      { kind: 'bill_unknown', ids: [bill] },
    ]);
    expect((await accountant.type('books', 'resolve', bill, '--note', 'for cleaning')).code).toBe(0);

    const mended = await accountant.ask('tieout', '--as-of', '2026-03-31');
    expect(mended).toMatchObject({ code: 0, isSettled: true });
    expect(mended.accounts[0].differences).toMatchObject([
      { kind: 'foreign', amount: '7.25', accepted: expect.stringContaining('counted with us') },
    ]);
    // What went away by itself is settled; nobody has to say so.
    expect((await accountant.type('books', 'findings')).text).toContain('Nothing is open');

    expect((await accountant.type('close', '2026-03', '--offline', '--yes')).text).toContain(
      '--offline is for journals that leave as files',
    );
    const closed = await accountant.ask('close', '2026-03', '--yes', '--by', 'Ada');
    expect(closed).toMatchObject({ code: 0, outcome: 'closed' });
    expect(closed.certificate).toMatchObject({
      costing: { methods: [{ from: '2026-03-01' }], exceptions: [] },
      findings: [
        { kind: 'foreign', accepted: expect.stringContaining('counted with us') },
        { kind: 'bill_unknown', accepted: expect.stringContaining('for cleaning') },
      ],
      company: 'Simulated company',
      closedBy: 'Ada',
      period: { from: '2026-03-01', through: '2026-03-31' },
      booksWereAsked: true,
      open: { receivedNotBilled: '100.00', inTransit: '0.00', consignedOut: '0.00' },
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(closed.certificate.accounts[0]).toMatchObject({
      ...{ account: INVENTORY, name: expect.any(String), state: 'explained' },
      opening: '0.00',
      flows: { receipt: '100.00', sale: '-40.00' },
      closing: '60.00',
      books: '67.25',
    });
    expect(closed.certificate.journals.map(({ number, entry }: Named) => [number, typeof entry])).toEqual([
      ['INV-20260310-1', 'string'],
      ['INV-20260328-1', 'string'],
    ]);

    // Undone in the books, it is no difference; done again, it is a new one.
    simulator.actions.deleteEntry({ id: foreign.id });
    const gone = await accountant.ask('tieout', '--as-of', '2026-03-31');
    expect(gone.accounts[0]).toMatchObject({ books: '60.00', differences: [] });

    // A finding that the comparison of a day does not show hinders all the same.
    await accountant.world.database.pool.query(
      `insert into books_finding (connection_id, kind, external_id, reason)
       select id, 'edited', 'elsewhere', 'entry elsewhere has another class' from connection where name = 'ledger'`,
    );
    const since = await accountant.type('close', '2026-03');
    expect(since.text).toMatch(/^# Stock certificate /);
    expect(accountant.heard()).toContain('Since then a finding is open');
    expect((await accountant.ask('close', '2026-04')).hindrances).toMatchObject([
      { kind: 'edited', what: expect.stringContaining('another class') },
    ]);
  });

  it('a bill that the accountant enters is expected, and clears what was received; an entry moved to another month is named', async () => {
    accountant = await openAccountant();
    const { simulator } = accountant;
    await march();
    await accountant.bill('4711', '2026-04-12', '20', '110');
    await accountant.bookAll();
    const before = await accountant.ask('tieout', '--as-of', '2026-04-30');
    const received = (tied: { accounts: { account: string }[] }) =>
      tied.accounts.find(({ account }) => account === RECEIVED);
    expect(received(before)).toMatchObject({
      isSettled: true,
      ledger: '0.00',
      books: '-110.00',
      state: 'open items',
      differences: [{ kind: 'bill_not_entered', amount: '-110.00' }],
    });
    expect(before.total).toEqual({ ledger: '0.00', journals: '0.00', billsByHand: '110.00' });
    simulator?.actions.bookBill({ date: '2026-04-14', account: '96', amount: '101.00', number: '4711' });
    expect(received(await accountant.ask('tieout', '--as-of', '2026-04-30'))).toMatchObject({
      differences: [{ kind: 'bill_differs', amount: '-9.00' }],
    });
    expect(await findings()).toEqual(['bill_differs bill 4711']);
    simulator?.actions.editBill({ number: '4711', amount: '110.00' });
    expect(received(await accountant.ask('tieout', '--as-of', '2026-04-30'))).toMatchObject({
      books: '0.00',
      differences: [],
    });
    expect(await findings()).toEqual([]);
    simulator?.actions.editEntry({ number: 'INV-20260328-1', date: '2026-04-02' });
    const march31 = await accountant.ask('tieout', '--as-of', '2026-03-31');
    expect(march31.code).toBe(1);
    expect(march31.accounts[0].differences).toMatchObject([
      { kind: 'redated', amount: '40.00', document: 'journal INV-20260328-1' },
    ]);
    expect(await findings()).toEqual(['redated journal INV-20260328-1']);
    expect((await accountant.type('journal', 'list')).text).toContain('redated there (finding ');
    // One entry is one finding: where it was changed besides, that is what it is called.
    simulator?.actions.editEntry({
      ...{ number: 'INV-20260328-1', date: '2026-03-20' },
      account: { from: COST_OF_GOODS_SOLD, to: '102' },
    });
    await accountant.ask('tieout', '--as-of', '2026-03-27');
    expect(await findings()).toContain('edited journal INV-20260328-1');
  });
});

describe('a freight bill that the accountant enters', () => {
  it('is expected on the account that it clears, with its number and amount, as a bill of goods is', async () => {
    accountant = await openAccountant({ accounts: { landed_clearing: CLEARING, payable: PAYABLE } });
    const { simulator } = accountant;
    await march();
    await accountant.world.say({
      kind: 'landed_cost',
      key: costKey('landed_cost', ['FR-7']),
      document: 'landed cost FR-7',
      effectiveAt: noon('2026-03-19'),
      content: {
        ...{ number: 'FR-7', amount: '25.00', currency: 'USD', by: 'value' },
        ...{ receipts: ['PO-1'], role: 'landed_clearing' },
      },
    });
    await accountant.bookAll();
    const cleared = async () => {
      const tied = await accountant.ask('tieout', '--as-of', '2026-03-31');
      expect(tied.total).toEqual({ ledger: '0.00', journals: '0.00', billsByHand: '25.00' });
      return tied.accounts.find(({ account }: { account: string }) => account === CLEARING);
    };
    expect(await cleared()).toMatchObject({
      ...{ ledger: '0.00', journals: '-25.00', books: '-25.00', isSettled: true, state: 'open items' },
      differences: [{ kind: 'bill_not_entered', amount: '-25.00', document: 'landed cost FR-7' }],
    });
    const bill = { date: '2026-03-20', account: CLEARING, number: 'FR-7' };
    simulator?.actions.bookBill({ ...bill, amount: '24.00' });
    expect(await cleared()).toMatchObject({
      isSettled: false,
      differences: [{ kind: 'bill_differs', amount: '-1.00' }],
    });
    expect(await findings()).toEqual(['bill_differs landed cost']);
    simulator?.actions.bookExpense({ ...bill, amount: '25.00' });
    expect(await cleared()).toMatchObject({
      differences: [{ kind: 'bill_repeated', amount: '24.00', document: expect.stringContaining('FR-7') }],
    });
    // What is kept says what is so today, and not what was so when it was first seen.
    const open = await accountant.type('books', 'findings');
    expect(open.text).toContain('has the number of landed cost FR-7, and so has');
    expect(open.text).not.toContain('another amount');
    expect(await findings()).toEqual(['bill_repeated Bill FR-7']);
    expect((await accountant.type('status')).text).toContain('bills in the books');
    const [finding] = (await cleared()).differences;
    await accountant.type('books', 'resolve', finding.finding, '--note', 'taken back in April');
    expect(await cleared()).toMatchObject({ ...{ ledger: '0.00', books: '24.00' }, state: 'explained' });
    expect(await accountant.ask('close', '2026-03', '--yes')).toMatchObject({ outcome: 'closed' });
  });
});

interface Named {
  readonly kind: string;
  readonly amount: string;
  readonly document: string;
  readonly finding?: string;
  readonly number?: string;
  readonly entry?: unknown;
}

/** What `books findings` calls each, and the beginning of what it says. */
const findings = async (): Promise<string[]> =>
  (JSON.parse((await accountant.type('--json', 'books', 'findings')).text) as Finding[]).map(
    ({ kind, reason }) => `${kind} ${reason.split(' ').slice(0, 2).join(' ')}`,
  );

const cents = (text: string): number => Number(text.replace('.', ''));
const closings = async (): Promise<number> =>
  Number((await accountant.world.database.pool.query('select count(*) as n from period_closing')).rows[0]?.n);
