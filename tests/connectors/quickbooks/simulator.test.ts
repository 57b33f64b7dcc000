// The connector against a company with rules of its own, over real HTTP: what is lost, refused, edited and told.
import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import type { ConnectionState, JournalAnswer, JournalToPost } from '../../../src/connectors/contract.ts';
import { quickbooks } from '../../../src/connectors/quickbooks/index.ts';
import { limiter, memoryBuckets } from '../../../src/connectors/toolkit/rate-limit.ts';
import { StockbridgeError } from '../../../src/core/errors.ts';
import { instantOf } from '../../../src/core/vocabulary/instant.ts';
import {
  type QuickbooksSimulator,
  type QuickbooksSimulatorOptions,
  startQuickbooksSimulator,
} from '../../../src/simulators/quickbooks/index.ts';
import { startReceiver } from '../../contract/suite/receiver.ts';
import { journal as sample } from './journals.ts';
import { contextFor, SECRETS, stateOf } from './stub.ts';

let simulator: QuickbooksSimulator;
afterEach(() => simulator.stop());

const GENEROUS = { perSecond: 10_000, perMinute: 100_000, concurrent: 100 };

/** `patienceMs` is short only where answers are to stay away, or a busy machine would pass for that. */
async function opened({
  patienceMs = 20_000,
  ...options
}: QuickbooksSimulatorOptions & { readonly patienceMs?: number } = {}) {
  simulator = await startQuickbooksSimulator({ limits: GENEROUS, clientSecret: SECRETS.client, ...options });
  const refreshToken = simulator.credentials.refreshToken;
  const connect = (state: ConnectionState = stateOf()) => {
    const { clientId, realmId } = simulator.credentials;
    const context = contextFor(simulator, {
      state,
      timeoutMs: patienceMs,
      settings: { clientId, realmId, refreshToken, tokenUrl: simulator.tokenUrl },
    });
    return { connection: quickbooks.connect(context), context };
  };
  const { connection, context } = connect();
  const books = connection.journal;
  if (books === undefined) throw new Error('the connector keeps no books');
  return { books, connection, context, connect };
}

let count = 0;
function journal(changes: Partial<JournalToPost> = {}): JournalToPost {
  count += 1;
  const { costOfGoodsSold, inventory, inTransit } = simulator.accounts;
  const accounts = [costOfGoodsSold, inventory, inTransit];
  return sample({
    key: randomUUID(),
    number: `SB-${count}`,
    lines: sample().lines.map(({ class: _class, department: _department, ...line }, at) => ({
      ...line,
      account: accounts[at] ?? '',
    })),
    ...changes,
  });
}

it('I8: of 60 journals, with answers lost, cut off and refused at random, each is booked exactly once', async () => {
  const { books } = await opened({ seed: 7, patienceMs: 1_000 });
  await books.describe();
  simulator.faults({
    holdMs: 2_000,
    api: [
      { fault: 'acceptThenTimeOut', endpoint: 'create', probability: 0.08 },
      { fault: 'acceptThenReset', endpoint: 'create', probability: 0.15 },
      { fault: 'acceptThenBadGateway', endpoint: 'create', probability: 0.15 },
      { fault: 'reset', endpoint: 'create', probability: 0.1 },
      { fault: 'badGateway', endpoint: ['create', 'query'], probability: 0.1 },
      { fault: 'throttle', endpoint: 'create', probability: 0.1 },
    ],
  });
  const settled = async (wanted: JournalToPost): Promise<JournalAnswer> => {
    for (let attempts = 0; ; attempts += 1) {
      try {
        // Now and then the hub was away for so long that the request id alone is not trusted.
        const away = attempts % 2 === 0 ? 0 : 11 * 60_000;
        const lastSentAt = attempts === 0 ? undefined : instantOf(Date.now() - away);
        return await books.post({ ...wanted, attempts, lastSentAt });
      } catch (error) {
        if (!(error instanceof StockbridgeError) || attempts > 40) throw error;
      }
    }
  };
  const wanted = Array.from({ length: 60 }, () => journal());
  const answers: JournalAnswer[] = [];
  for (let at = 0; at < wanted.length; at += 4)
    answers.push(...(await Promise.all(wanted.slice(at, at + 4).map(settled))));
  expect(answers.every(({ outcome }) => outcome === 'posted' || outcome === 'already')).toBe(true);
  expect(
    simulator.company
      .entries()
      .map(({ number }) => number)
      .sort(),
  ).toEqual(wanted.map(({ number }) => number).sort());
  expect(simulator.company.balance('costOfGoodsSold')).toBe((2520.1 * 60).toFixed(2));
}, 60_000);

it('keeps within the limits that the company really has, however much is asked at once', async () => {
  simulator = await startQuickbooksSimulator({ clientSecret: SECRETS.client });
  const { clientId, realmId, refreshToken } = simulator.credentials;
  const bounded = limiter({ key: 'books', store: memoryBuckets(), maximum: 100, restorePerSecond: 50 });
  const context = contextFor(simulator, {
    limiter: bounded,
    settings: { clientId, realmId, refreshToken, tokenUrl: simulator.tokenUrl },
  });
  const { journal: books } = quickbooks.connect(context);
  await Promise.all(Array.from({ length: 30 }, () => books?.read(['1'])));
  expect(simulator.requests().filter(({ status }) => status === 429)).toEqual([]);
});

describe('refusals of a company', () => {
  it.each([
    ['6200', false],
    ['6210', false],
    ['5010', false],
    ['6200', true],
  ] as const)(
    'closed books answer closed, code %s, inside HTTP 200: %s',
    async (closedBooksCode, faultsAnswer200) => {
      const { books } = await opened({ closedBooksCode, faultsAnswer200 });
      simulator.actions.setClosingDate({ date: '2026-11-30' });
      expect(await books.post(journal())).toMatchObject({ outcome: 'closed', closedThrough: '2026-11-30' });
      expect((await books.describe()).closedThrough).toBe('2026-11-30');
      expect(simulator.company.entries()).toEqual([]);
    },
  );

  it('an inactive account, and one that is not there, are left to a person', async () => {
    const { books } = await opened();
    simulator.actions.setAccountActive({ account: 'inTransit', active: false });
    const inactive = await books.post(journal());
    expect(inactive.outcome).toBe('rejected');
    const missing = journal();
    const lost = { ...missing, lines: missing.lines.map((line) => ({ ...line, account: '99999' })) };
    expect((await books.post(lost)).outcome).toBe('rejected');
    expect(simulator.company.entries()).toEqual([]);
  });

  it('a number that somebody used by hand is named with the entry that has it', async () => {
    const { books } = await opened({ duplicateNumbers: 'refuse' });
    const wanted = journal();
    const { id } = simulator.actions.bookEntry({
      date: '2026-11-14',
      number: wanted.number,
      lines: [
        { account: 'scrap', side: 'Debit', amount: '1.00' },
        { account: 'inventory', side: 'Credit', amount: '1.00' },
      ],
    });
    expect(await books.post(wanted)).toMatchObject({ outcome: 'number_taken', id });
  });

  it('books in several currencies are told ours', async () => {
    const { books } = await opened();
    simulator.actions.setFeatures({ multicurrency: true });
    expect(await books.post(journal())).toMatchObject({ outcome: 'posted' });
    expect((await books.describe()).multicurrency).toBe(true);
  });
});

describe('tokens of a company', () => {
  it('that gives a new refresh token at every renewal are renewed once by two processes, and go on for ever', async () => {
    const { connect } = await opened({ rotation: 'always' });
    const state = stateOf();
    const [first, second] = [connect(state).connection, connect(state).connection];
    for (let round = 1; round <= 4; round += 1) {
      await Promise.all([first, second, first, second].map((one) => one.journal?.describe()));
      expect(simulator.refreshes()).toBe(round);
      simulator.actions.expireAccessTokens();
    }
  });

  it('that was disconnected parks the connection', async () => {
    const { books } = await opened();
    await books.describe();
    simulator.actions.disconnect();
    await expect(books.post(journal())).rejects.toMatchObject({
      code: 'vendor_unauthorized',
      message: expect.stringContaining('connect the company to the app again') as string,
    });
  });
});

describe('hands in the books', () => {
  it.each(['cloudevents', 'legacy'] as const)(
    'an edit is told by webhook (%s) and by the change log, and read afresh',
    async (form) => {
      const { books, connection, context } = await opened();
      const receiver = await startReceiver();
      try {
        simulator.actions.subscribe({ url: receiver.url, verifierToken: SECRETS.verifier, form });
        const wanted = journal();
        const answer = await books.post(wanted);
        if (answer.outcome !== 'posted') throw new Error('it was not booked');
        await simulator.settled();
        receiver.take();
        simulator.actions.editEntry({ id: answer.id, amount: '2530.10' });
        await simulator.settled();
        const [request] = receiver.take();
        if (request === undefined || quickbooks.webhook === undefined) throw new Error('nothing was told');
        expect(await quickbooks.webhook.verify(request, context.settings, new Date())).toEqual({
          genuine: true,
        });
        const told = quickbooks.webhook
          .events(request)
          .map((event) => stored(event, request.body, 'webhook'));
        const polled = [];
        for await (const page of connection.poll?.read(
          'changes',
          undefined,
          instantOf(Date.now() - 60_000),
        ) ?? [])
          polled.push(...page.events.map((event) => stored(event, event.body, 'poll')));
        for (const events of [told, polled]) {
          const facts = (await connection.interpret(events)).flatMap((one) =>
            one.outcome === 'facts' ? (one.facts.books ?? []) : [],
          );
          expect(facts[0]).toMatchObject({ id: answer.id, deleted: false, memo: sample().memo });
          expect(facts[0]?.deleted === false && facts[0].lines[0]?.amount).toBe('2530.10');
        }
        // Somebody writes behind our mark, and then over it: it is told all the same, the hub knows it by its id.
        const { memo, key } = wanted;
        for (const [note, read, isMarked] of [
          [`${memo} [stockbridge ${key}] checked by Ada`, `${memo} checked by Ada`, true],
          ['checked by Ada', 'checked by Ada', false],
        ] as const) {
          simulator.actions.editEntry({ id: answer.id, note });
          expect((await connection.interpret(told))[0]).toMatchObject({
            outcome: 'facts',
            facts: { books: [{ id: answer.id, deleted: false, memo: read, isMarked }] },
          });
        }
        simulator.actions.deleteEntry({ id: answer.id });
        expect((await connection.interpret(told))[0]).toMatchObject({
          outcome: 'facts',
          facts: { books: [{ id: answer.id, deleted: true }] },
        });
        expect(await books.read([answer.id])).toEqual([{ outcome: 'deleted', id: answer.id }]);
      } finally {
        await receiver.close();
      }
    },
  );

  it('a foreign bill on our account is in its activity, and the books balance as the company says', async () => {
    const { books } = await opened();
    await books.post(journal());
    simulator.actions.bookBill({ date: '2026-11-20', account: 'inventory', amount: '75.25', number: 'B-1' });
    const id = simulator.accounts.inventory;
    const found = [];
    for await (const one of books.activity([id], '2026-11-01', '2026-11-30')) found.push(one);
    expect(found).toMatchObject([
      { kind: 'JournalEntry', amount: '-2000.00' },
      { kind: 'Bill', amount: '75.25', number: 'B-1', date: '2026-11-20' },
    ]);
    const ids = Object.values(simulator.accounts);
    for (const { account, balance } of await books.balances(ids, '2026-11-30'))
      expect(balance, account).toBe(simulator.company.balance(account, '2026-11-30'));
  });

  it('activity that is too much for one report is whole all the same', async () => {
    const { books } = await opened({ mostReportCells: 60 });
    for (let day = 1; day <= 20; day += 1)
      simulator.actions.bookBill({
        date: `2026-11-${String(day).padStart(2, '0')}`,
        ...{ account: 'inventory', amount: '1.00' },
      });
    const found = [];
    for await (const one of books.activity([simulator.accounts.inventory], '2026-11-01', '2026-11-30'))
      found.push(one.date);
    expect(found).toHaveLength(20);
    expect(new Set(found).size).toBe(20);
  });
});

const stored = (
  event: { readonly topic: string; readonly dedupeKey: string },
  body: Buffer,
  source: 'webhook' | 'poll',
) => ({
  ...{ id: randomUUID(), source, topic: event.topic, dedupeKey: event.dedupeKey, occurredAt: undefined },
  ...{ receivedAt: instantOf(new Date()), headers: {}, body },
});
