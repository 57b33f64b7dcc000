// Tie-outs of a company whose months are closed: the books are read from the last close on, and whatever people change behind a
// closed month is named all the same. Over the real connector, against a simulated QuickBooks company.
import { afterEach, expect, it } from 'vitest';
import { type Accountant, openAccountant } from './accountant.ts';

let accountant: Accountant;
afterEach(() => accountant.stop());

const INVENTORY = '91';
const RECEIVED = '96';
const COST_OF_GOODS_SOLD = '80';
const BANK = '35';

interface Tied {
  readonly code: number;
  readonly isSettled: boolean;
  readonly accounts: readonly {
    readonly account: string;
    readonly books: string;
    readonly differences: readonly { kind: string; amount: string; finding?: string; document: string }[];
  }[];
}

const simulated = () => {
  if (!accountant.simulator) throw new Error('no books');
  return accountant.simulator;
};

/** First days that the general ledger was asked for meanwhile. */
async function asked<T>(work: () => Promise<T>): Promise<readonly [T, readonly string[]]> {
  const before = simulated().requests().length;
  const answer = await work();
  const reports = simulated()
    .requests()
    .slice(before)
    .filter(({ path }) => path.endsWith('/reports/GeneralLedger'));
  return [answer, [...new Set(reports.map(({ from }) => from ?? ''))].sort()];
}

const tieOut = () => asked<Tied>(() => accountant.ask('tieout', '--as-of', '2026-05-31'));
const differencesOn = ({ accounts }: Tied, account: string) =>
  accounts
    .find((each) => each.account === account)
    ?.differences.map(({ kind, amount }) => `${kind} ${amount}`);
const close = (month: string) => accountant.ask('close', month, '--yes', '--by', 'Ada');

/** Two closed months with everything that a close lets pass, and the beginning of a third. One close may take both. */
async function history(closes = ['2026-04']): Promise<void> {
  accountant = await openAccountant();
  await accountant.move('receipt', '2026-03-10', 20, '5');
  await accountant.move('shipment', '2026-03-28', 8);
  await accountant.bookAll();
  const { actions } = simulated();
  actions.bookExpense({ date: '2026-03-30', account: INVENTORY, amount: '7.25', note: 'paper' });
  actions.bookExpense({ date: '2026-03-30', account: COST_OF_GOODS_SOLD, amount: '30.00', number: 'E-9' });
  const torn: Tied = await accountant.ask('tieout', '--as-of', '2026-03-31');
  const finding = torn.accounts[0]?.differences[0]?.finding ?? '';
  expect((await accountant.type('books', 'resolve', finding, '--note', 'counted')).code).toBe(0);
  if (closes.includes('2026-03')) expect(await close('2026-03')).toMatchObject({ outcome: 'closed' });
  await accountant.move('shipment', '2026-04-07', 2);
  await accountant.bill('4711', '2026-04-12', '20', '100');
  await accountant.bookAll();
  expect(await close('2026-04')).toMatchObject({ outcome: 'closed' });
  await accountant.move('shipment', '2026-05-04', 1);
  await accountant.bookAll();
  // Only now, and on a day of May: what it is paired with lies behind the close.
  actions.bookBill({ date: '2026-05-05', account: RECEIVED, amount: '100.00', number: '4711' });
}

it('I9: reads on from the last close and shows the same as a whole reading; reopened, it reads the whole', async () => {
  await history(['2026-03', '2026-04']);
  const [on, days] = await tieOut();
  expect(days).toEqual(['2026-05-01']);
  expect(on).toMatchObject({ code: 0, isSettled: true });
  expect(differencesOn(on, INVENTORY)).toEqual(['foreign 7.25']);
  expect(differencesOn(on, COST_OF_GOODS_SOLD)).toEqual(['shared 30.00']);
  expect(differencesOn(on, RECEIVED)).toEqual([]);
  // An entry of ours behind the close is read again each time, so that what was done to it is named at once.
  simulated().actions.editEntry({ number: 'INV-20260328-1', amount: '41.00' });
  const [edited, still] = await tieOut();
  expect(still).toEqual(['2026-05-01']);
  expect(differencesOn(edited, INVENTORY)).toEqual(['edited -1.00', 'foreign 7.25']);
  simulated().actions.editEntry({ number: 'INV-20260328-1', amount: '40.00' });

  expect((await accountant.type('reopen', '2026-04', '--reason', 'a look')).code).toBe(0);
  const [whole, all] = await tieOut();
  expect(all).toEqual(['2026-03-10']);
  expect(whole).toEqual(on);
});

it('what others change behind a closed month is named by a whole reading, until it is undone', async () => {
  await history();
  const { actions } = simulated();
  const foreign = actions.bookEntry({
    ...{ date: '2026-03-20', number: 'ADJ-9', note: 'by hand' },
    lines: [
      { account: INVENTORY, side: 'Debit', amount: '2.50' },
      { account: BANK, side: 'Credit', amount: '2.50' },
    ],
  });
  const [torn, days] = await tieOut();
  expect(days).toEqual(['2026-03-10']);
  expect(torn).toMatchObject({ code: 1, isSettled: false });
  expect(differencesOn(torn, INVENTORY)).toEqual(['foreign 2.50', 'foreign 7.25']);
  expect(torn.accounts[0]?.differences[0]?.document).toContain('ADJ-9');
  actions.deleteEntry({ id: foreign.id });
  expect(await tieOut()).toMatchObject([{ code: 0, isSettled: true }, ['2026-05-01']]);
});

it('what comes to nothing together behind a closed month is named by the next close, and stays named', async () => {
  await history();
  const lines = (debit: string, credit: string) => [
    { account: debit, side: 'Debit' as const, amount: '9.00' },
    { account: credit, side: 'Credit' as const, amount: '9.00' },
  ];
  for (const [number, debit, credit] of [
    ['ADJ-1', INVENTORY, BANK],
    ['ADJ-2', BANK, INVENTORY],
  ] as const)
    simulated().actions.bookEntry({ date: '2026-03-20', number, lines: lines(debit, credit) });
  const [[refused, whole], pair] = [
    await asked(() => accountant.ask('close', '2026-05')),
    ['foreign 9.00', 'foreign -9.00', 'foreign 7.25'],
  ];
  expect(whole).toEqual(['2026-03-10']);
  expect(refused.hindrances.map(({ kind }: { kind: string }) => kind)).toEqual(['foreign', 'foreign']);
  expect(refused.hindrances[0].what).toMatch(/^account 91 \(1310 .+\), 9\.00 USD: JournalEntry ADJ-1 /);
  const [tied, days] = await tieOut();
  expect(days).toEqual(['2026-03-10']);
  expect(differencesOn(tied, INVENTORY)).toEqual(pair);
  for (const { ids } of refused.hindrances)
    expect((await accountant.type('books', 'resolve', ids[0], '--note', 'netted')).code).toBe(0);
  expect(await close('2026-05')).toMatchObject({ outcome: 'closed' });
  expect(await asked(() => accountant.ask('tieout', '--as-of', '2026-06-30'))).toMatchObject([
    { code: 0, isSettled: true },
    ['2026-06-01'],
  ]);
});
