// A journal whose entry somebody deleted or edited in the books is taken back: its reversal undoes only what is there. I8, I9.
import { afterEach, expect, it } from 'vitest';
import { type Accountant, openAccountant } from './accountant.ts';

let accountant: Accountant;
afterEach(() => accountant.stop());

const NUMBER = 'INV-20260310-1';

interface Tied {
  readonly account: string;
  readonly ledger: string;
  readonly books: string;
  readonly differences: readonly { readonly kind: string; readonly finding: string }[];
}

/** 20 received at 5.00, booked in the simulated company, and what somebody did to the entry found by a tie-out. */
async function found(tamper: (books: NonNullable<Accountant['simulator']>) => void): Promise<string> {
  accountant = await openAccountant();
  if (!accountant.simulator) throw new Error('no books');
  await accountant.move('receipt', '2026-03-10', 20, '5');
  await accountant.bookAll();
  tamper(accountant.simulator);
  const [inventory] = (await accountant.ask('tieout', '--as-of', '2026-03-31')).accounts as Tied[];
  return inventory?.differences[0]?.finding ?? '';
}

const accept = async (finding: string): Promise<void> =>
  expect((await accountant.type('books', 'resolve', finding, '--note', 'we meant to')).code).toBe(0);
const reverse = (...more: string[]) =>
  accountant.ask('journal', 'reverse', NUMBER, '--reason', 'wrong class', '--by', 'Ada', ...more);
const inventory = async (): Promise<Tied & { readonly code: number; readonly isSettled: boolean }> => {
  const { code, isSettled, accounts } = await accountant.ask('tieout', '--as-of', '2026-03-31');
  return { code, isSettled, ...accounts[0] };
};

it.each([true, false])(
  'I9: of an entry that was deleted no reversal is booked, accepted before: %s',
  async (isAccepted) => {
    const finding = await found((books) => books.actions.deleteEntry({ number: NUMBER }));
    if (isAccepted) await accept(finding);
    expect(await reverse()).toMatchObject({ outcome: 'reversed', isUnbooked: true });
    await accountant.deliver();
    // nothing of either is there, until what the journal held is booked anew
    expect(await inventory()).toMatchObject({ books: '0.00' });
    await accountant.bookAll();
    expect(await inventory()).toMatchObject({
      ...{ code: 0, isSettled: true, ledger: '100.00', books: '100.00' },
      differences: [],
    });
    expect((await accountant.type('books', 'findings')).text).toContain('Nothing is open');
    // neither can be sent by itself
    for (const number of [NUMBER, `R-${NUMBER}`])
      expect(await accountant.type('journal', 'retry', number)).toEqual({
        code: 1,
        text: expect.stringContaining('neither it nor its reversal is booked'),
      });
    await accountant.deliver();
    expect(await inventory()).toMatchObject({ books: '100.00' });
    expect(await accountant.ask('close', '2026-03', '--yes')).toMatchObject({ code: 0, outcome: 'closed' });
  },
);

it('I9: that an entry was edited is open again once its journal is taken back, though somebody had accepted it', async () => {
  const finding = await found((books) => books.actions.editEntry({ number: NUMBER, amount: '103.00' }));
  await accept(finding);
  expect(await inventory()).toMatchObject({ isSettled: true });
  expect(await reverse()).toMatchObject({ outcome: 'reversed', reopened: finding });
  await accountant.bookAll();
  expect(await inventory()).toMatchObject({ isSettled: false, ledger: '100.00', books: '103.00' });
  expect((await accountant.ask('close', '2026-03', '--yes')).hindrances).toMatchObject([
    { kind: 'edited', ids: [finding] },
    { kind: 'edited' },
  ]);
  accountant.simulator?.actions.editEntry({ number: NUMBER, amount: '100.00' });
  expect(await inventory()).toMatchObject({ isSettled: true, books: '100.00' });
});

it('I8: a journal whose entry is there is taken back by its reversal in the books', async () => {
  await found(() => undefined);
  const answer = await reverse();
  expect(answer).toMatchObject({ outcome: 'reversed' });
  expect(answer).not.toHaveProperty('isUnbooked');
  expect(answer).not.toHaveProperty('reopened');
  await accountant.bookAll();
  expect(await inventory()).toMatchObject({ isSettled: true, books: '100.00' });
  const { rows } = await accountant.world.database.pool.query(
    'select from journal_delivery where external_id is not null',
  );
  expect(rows).toHaveLength(3);
});

it('I8: what other books took before is not sent again because the books of today do not know it', async () => {
  await found((books) => books.actions.deleteEntry({ number: NUMBER }));
  const { pool } = accountant.world.database;
  await pool.query(`with old as (insert into connection (name, connector) values ('old', 'quickbooks') returning id)
    update journal_delivery set connection_id = old.id from old`);
  const delivery = async () => (await pool.query('select * from journal_delivery')).rows;
  const before = await delivery();
  expect(await accountant.type('journal', 'retry', NUMBER)).toEqual({
    code: 1,
    text: expect.stringContaining('is in the books already'),
  });
  expect(await delivery()).toEqual(before);
});

it('I8: a reason that the memo of the books has no room for is refused, and the longest one is booked', async () => {
  await found(() => undefined);
  const long = await accountant.type('journal', 'reverse', NUMBER, '--reason', 'x'.repeat(3_501));
  expect(long).toEqual({ code: 1, text: expect.stringContaining('has 3501 characters') });
  expect(await accountant.type('journal', 'reverse', NUMBER, '--reason', 'x'.repeat(3_500))).toMatchObject({
    code: 0,
  });
  await accountant.bookAll();
  expect(await inventory()).toMatchObject({ isSettled: true, books: '100.00' });
});
