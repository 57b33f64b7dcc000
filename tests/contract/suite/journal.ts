// What every connector promises about books: one key books once, whatever is lost, and what was booked is read back as it was.
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Connector, Journal, JournalToPost } from '../../../src/connectors/contract.ts';
import type { ErrorCode } from '../../../src/core/errors.ts';
import { instantOf } from '../../../src/core/vocabulary/instant.ts';
import type { ConnectorFixture, OutsideBooks, OutsideFault } from './fixture.ts';
import { openWorld, type World } from './world.ts';

const EXPECTED: Record<Exclude<OutsideFault, 'none'>, readonly ErrorCode[]> = {
  unauthorized: ['vendor_unauthorized'],
  throttled: ['vendor_throttled'],
  unavailable: ['vendor_unavailable', 'outcome_unknown'],
  timeout: ['vendor_unavailable', 'outcome_unknown'],
  accept_then_timeout: ['outcome_unknown'],
};

export function journalSuite(connector: Connector, fixture: ConnectorFixture): void {
  let world: World;
  let books: OutsideBooks;
  let journal: Journal;
  beforeEach(async () => {
    world = await openWorld(connector, fixture);
    if (world.outside.books === undefined) throw new Error('the fixture has no books');
    books = world.outside.books;
    journal = world.connection.journal!;
  });
  afterEach(() => world.close());

  const again = (sent: JournalToPost, attempts: number): JournalToPost => ({
    ...sent,
    attempts,
    lastSentAt: instantOf(new Date()),
  });

  it('says what the books are like: a company, a currency, accounts with ids of their own', async () => {
    const described = world.saw(await journal.describe());
    expect(described.company).not.toBe('');
    expect(described.currency).toMatch(/^[A-Z]{3}$/);
    const ids = described.accounts.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { account } of books.journal().lines) expect(ids).toContain(account);
  });

  it('I8: the same key with the same content books once, and the entry is read back as it was sent', async () => {
    const before = await books.effects();
    const sent = books.journal();
    const first = world.saw(await journal.post(sent));
    expect(first.outcome).toBe('posted');
    const second = world.saw(await journal.post(again(sent, 1)));
    expect(['posted', 'already']).toContain(second.outcome);
    expect((await books.effects()) - before).toBe(1);
    if (!('version' in first) || !('version' in second)) throw new Error('it was not booked');
    expect(second.id).toBe(first.id);
    const [entry] = world.saw(await journal.read([first.id]));
    expect(entry).toMatchObject({
      outcome: 'present',
      number: sent.number,
      date: sent.date,
      memo: sent.memo,
      lines: sent.lines,
    });
  });

  it('answers an entry that is not there as deleted', async () => {
    expect(await journal.read(['999999999'])).toEqual([{ outcome: 'deleted', id: '999999999' }]);
    expect(await journal.read([])).toEqual([]);
  });

  it('I9: what was booked is in the balances and in the activity, to the cent', async () => {
    const sent = books.journal();
    const accounts = [...new Set(sent.lines.map(({ account }) => account))];
    const cents = (text: string): bigint => BigInt(text.replace('.', ''));
    const standing = async () =>
      new Map(
        (await journal.balances(accounts, sent.date)).map(({ account, balance }) => [
          account,
          cents(balance),
        ]),
      );
    const before = await standing();
    const answer = await journal.post(sent);
    const after = await standing();
    const booked = new Map<string, bigint>();
    for await (const line of journal.activity(accounts, sent.date, sent.date))
      if ('version' in answer && line.id === answer.id)
        booked.set(line.account, (booked.get(line.account) ?? 0n) + cents(line.amount));
    for (const account of accounts) {
      const own = sent.lines
        .filter((line) => line.account === account)
        .reduce((sum, { side, amount }) => sum + (side === 'debit' ? cents(amount) : -cents(amount)), 0n);
      expect((after.get(account) ?? 0n) - (before.get(account) ?? 0n), account).toBe(own);
      expect(booked.get(account), account).toBe(own);
    }
  });

  it.each(Object.entries(EXPECTED))(
    'I8: %s is named rightly, and repeated under the same key it books once',
    async (name, codes) => {
      const before = await books.effects();
      const sent = books.journal();
      // What it knows about the company beforehand is read before anything fails.
      await journal.describe();
      await world.fail(name as OutsideFault);
      const failure = await world.failureOf(() => journal.post(sent));
      expect(codes).toContain(failure.code);
      if (failure.code !== 'outcome_unknown') expect(await books.effects()).toBe(before);
      await world.fail('none');
      const answer = await journal.post(again(sent, 1));
      expect(['posted', 'already']).toContain(answer.outcome);
      expect((await books.effects()) - before).toBe(1);
    },
  );
}
