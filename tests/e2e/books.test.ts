// The way of value into the books, with the whole hub and the real connector against a simulated QuickBooks company: from
// shipments in the ledger to the trial balance, two hubs on one company, and what people do there by hand.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Config } from '../../src/config.ts';
import { connectors } from '../../src/connectors/index.ts';
import { resume } from '../../src/core/connection/connections.ts';
import { booksAttention } from '../../src/core/journals/attention.ts';
import { type Instant, instantOf } from '../../src/core/vocabulary/instant.ts';
import { quietLog } from '../../src/demo/world.ts';
import { type RunningHub, startHub } from '../../src/hub.ts';
import { type BooksRig, openBooksRig, VERIFIER } from './books-rig.ts';

const ROOT = join(import.meta.dirname, '../..');

let rig: BooksRig;
let hubs: RunningHub[];
beforeEach(async () => {
  hubs = [];
});
afterEach(async () => {
  for (const each of hubs) await each.stop();
  await rig.close();
});

const run = async (config: Config = rig.config): Promise<RunningHub> => {
  const running = await startHub({
    config,
    databaseUrl: rig.test.url,
    connectors,
    log: quietLog(),
    value: { tickMs: 50, draftEveryMs: 0, retryMs: 100 },
  });
  hubs.push(running);
  return running;
};
const stopAll = async (): Promise<void> => {
  for (const each of hubs.splice(0)) await each.stop();
};

async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = Date.now() + 45_000;
  while (!(await holds())) {
    if (Date.now() > deadline)
      throw new Error(`not within 45 s: ${what}\n${JSON.stringify(await rig.deliveries(), null, 1)}`);
    await sleep(50);
  }
}

/** Midnight may pass while a test runs. */
const BEGAN_MS = Date.now();
const ago = (days: number): Instant => instantOf(new Date(BEGAN_MS - days * 86_400_000));

/** Goods that came and went on the days before today. */
const trade = () =>
  rig.move(
    {
      type: 'receipt',
      sku: 'TEE',
      quantity: 100,
      at: ago(6),
      from: '@supplier',
      to: 'MAIN',
      unitCost: '4.25',
    },
    {
      type: 'receipt',
      sku: 'MUG',
      quantity: 40,
      at: ago(6),
      from: '@supplier',
      to: 'MAIN',
      unitCost: '3.333333',
    },
    {
      type: 'shipment',
      sku: 'TEE',
      quantity: 30,
      at: ago(5),
      from: 'MAIN',
      to: '@customer',
      reference: '#1',
    },
    { type: 'shipment', sku: 'MUG', quantity: 7, at: ago(4), from: 'MAIN', to: '@customer', reference: '#1' },
    {
      type: 'receipt',
      sku: 'TEE',
      quantity: 50,
      at: ago(4),
      from: '@supplier',
      to: 'MAIN',
      unitCost: '4.75',
    },
    {
      type: 'shipment',
      sku: 'TEE',
      quantity: 85,
      at: ago(3),
      from: 'MAIN',
      to: '@customer',
      reference: '#2',
    },
    { type: 'adjustment', sku: 'TEE', quantity: 2, at: ago(2), from: 'MAIN', to: '@adjustment' },
  );

const allPosted = async () => {
  const all = await rig.deliveries();
  return all.length > 0 && all.every(({ journal }) => journal === 'posted');
};
const unbooked = async () =>
  Number(
    (
      await rig.test.pool.query<{ n: string }>(
        'select count(*) as n from cost_entry where journal_id is null',
      )
    ).rows[0]?.n,
  );
const balance = (account: string) => rig.simulator.company.balance(account);

test('I9: what moved in the ledger is valued, drafted, approved and booked, and the books hold the value of the stock', async () => {
  rig = await openBooksRig();
  await trade();
  await run();
  await until('all is booked', async () => (await allPosted()) && (await unbooked()) === 0);
  // Shirts: 425.00 + 237.50 came; 30 and 70 left at 4.25, 15 and the 2 lost at 4.75. Mugs: 23.33 of 133.33 left.
  expect(await rig.inventoryValue()).toBe('266.75');
  expect(balance('inventory')).toBe('266.75');
  expect(balance('costOfGoodsSold')).toBe('519.58');
  expect(balance('adjustment')).toBe('9.50');
  expect(balance('receivedNotBilled')).toBe('-795.83');
  // A late fact: what it changes is booked as a correction, nothing that stands is touched.
  const before = rig.simulator.company.entries().map(({ id, syncToken }) => [id, syncToken]);
  await rig.move({ type: 'shipment', sku: 'TEE', quantity: 1, at: ago(5), from: 'MAIN', to: '@customer' });
  await until(
    'the correction is booked',
    async () =>
      rig.simulator.company.entries().length > before.length &&
      (await allPosted()) &&
      (await unbooked()) === 0,
  );
  expect(
    rig.simulator.company
      .entries()
      .slice(0, before.length)
      .map(({ id, syncToken }) => [id, syncToken]),
  ).toEqual(before);
  expect(balance('inventory')).toBe(await rig.inventoryValue());
});

test('nothing is valued without books, and rules that differ from what was valued refuse to start', async () => {
  rig = await openBooksRig();
  await trade();
  const { books: _books, ...without } = rig.config;
  await run(without);
  await sleep(300);
  expect((await rig.test.pool.query('select from cost_entry')).rows).toHaveLength(0);
  await stopAll();
  await run();
  await until('all is booked', allPosted);
  await stopAll();
  await expect(run(await rig.configWith({ books: { currency: 'EUR' } }))).rejects.toMatchObject({
    code: 'configuration_invalid',
    message: expect.stringContaining('books.currency is EUR, but stock was valued by USD'),
  });
  const journal = { approve: 'automatic', connection: 'nowhere' };
  await expect(rig.configWith({ books: { journal } })).rejects.toMatchObject({
    code: 'configuration_invalid',
    message: expect.stringContaining('books.journal.connection: names no connection'),
  });
});

test('two hubs whose tokens expire at once refresh once, and book each journal once', async () => {
  rig = await openBooksRig();
  await trade();
  await Promise.all([run(), run()]);
  await until('all is booked', allPosted);
  expect(rig.simulator.refreshes()).toBe(1);
  rig.simulator.actions.expireAccessTokens();
  // Both ask at the same moment, each with the token that it knows.
  const asked = hubs.map(({ hub }) =>
    [...hub.connections.values()].find(({ name }) => name === 'quickbooks'),
  );
  await Promise.all(asked.flatMap((live) => [1, 2, 3].map(() => live?.connection.health?.())));
  expect(rig.simulator.refreshes()).toBe(2);
  const numbers = rig.simulator.company.entries().map(({ number }) => number);
  expect(new Set(numbers).size).toBe(numbers.length);
});

test('two processes that need a token at once renew it once', async () => {
  rig = await openBooksRig({ simulator: { rotation: 'always' } });
  const before = rig.simulator.refreshes();
  const asked = () =>
    new Promise<string>((resolve, reject) => {
      execFile(
        process.execPath,
        [join(ROOT, 'src/cli.ts'), '--json', '--config', rig.file, 'books', 'accounts'],
        { timeout: 60_000 },
        (error, stdout, stderr) => (error ? reject(new Error(stderr)) : resolve(stdout)),
      );
    });
  const answers = await Promise.all([asked(), asked(), asked()]);
  for (const answer of answers) expect(answer).toContain('Cost of Goods Sold');
  expect(rig.simulator.refreshes() - before).toBe(1);
}, 90_000);

test('revoked access parks with what to do, loses nothing, and goes on after connecting again', async () => {
  rig = await openBooksRig();
  rig.simulator.actions.disconnect();
  await trade();
  const { hub } = await run();
  const id = [...hub.connections.values()].find(({ name }) => name === 'quickbooks')?.id ?? 0;
  await until(
    'it is parked, and journals wait',
    async () =>
      (await hub.standingOf(id)).parked !== undefined &&
      (await unbooked()) === 0 &&
      (await rig.deliveries()).length > 0,
  );
  expect((await hub.standingOf(id)).parked).toMatch(/connect the company to the app again/);
  const waiting = (await rig.deliveries()).length;
  expect(waiting).toBeGreaterThan(0);
  await stopAll();
  rig.simulator.actions.reconnect();
  await run(await rig.configWith({}));
  await resume(rig.test.pool, id);
  await until('all is booked', allPosted);
  expect(rig.simulator.company.entries()).toHaveLength(waiting);
  expect(balance('inventory')).toBe(await rig.inventoryValue());
});

test('books that were closed there take a journal on their first open day', async () => {
  rig = await openBooksRig();
  const day = ago(3).slice(0, 10);
  rig.simulator.actions.setClosingDate({ date: day });
  await trade();
  await run();
  await until('all is booked', async () => (await allPosted()) && (await unbooked()) === 0);
  expect(rig.simulator.company.entries().every(({ date }) => date > day)).toBe(true);
  expect(
    rig.simulator.company.entries().some(({ note }) => note?.includes('on which these books were closed')),
  ).toBe(true);
  expect(balance('inventory')).toBe(await rig.inventoryValue());
});

const openFindings = async () =>
  (
    await rig.test.pool.query<{
      kind: string;
      connection: string;
      entry: string;
      journal: string;
      reason: string;
    }>(
      `select f.kind::text, c.name as connection, f.external_id as entry, j.number as journal, f.reason from books_finding f
       join connection c on c.id = f.connection_id join journal j on j.id = f.journal_id where f.resolved_at is null order by f.id`,
    )
  ).rows;

describe('what people do in the books', () => {
  const find = async (kind: string) => (await openFindings()).filter((each) => each.kind === kind);

  const booked = async (quickbooks: object, webhooks: boolean): Promise<void> => {
    rig = await openBooksRig({ quickbooks });
    await trade();
    const { apiPort } = await run();
    if (webhooks)
      rig.simulator.actions.subscribe({
        url: `http://127.0.0.1:${apiPort}/hooks/quickbooks`,
        verifierToken: VERIFIER,
      });
    await until('all is booked', async () => (await allPosted()) && (await unbooked()) === 0);
  };

  test.each([
    { by: 'a notification', quickbooks: { pollIntervalMs: 3_600_000 }, webhooks: true },
    { by: 'polling', quickbooks: { pollIntervalMs: 1_000 }, webhooks: false },
  ])(
    'an edit and a deletion are found by $by, once, and an edit that is undone is settled',
    async ({ quickbooks, webhooks }) => {
      await booked(quickbooks, webhooks);
      const [first, second] = rig.simulator.company.entries();
      const amount = first?.lines[0]?.amount ?? '';
      // the note, in which our mark stands, is written over with it
      rig.simulator.actions.editEntry({ id: first?.id ?? '', amount: '999.00', note: 'corrected by Ada' });
      rig.simulator.actions.deleteEntry({ id: second?.id ?? '' });
      await until(
        'both are found',
        async () => (await find('edited')).length === 1 && (await find('deleted')).length === 1,
      );
      const [edited] = await find('edited');
      expect(edited).toMatchObject({ connection: 'quickbooks', entry: first?.id, journal: first?.number });
      expect(edited?.reason).toMatch(
        new RegExp(
          `${first?.number} was edited in the books: it has debit 999.00 on account \\d+, which was not booked; .*it lacks debit ${amount}`,
        ),
      );
      expect((await find('deleted'))[0]).toMatchObject({ entry: second?.id, journal: second?.number });
      expect((await booksAttention(rig.test.pool)).map(({ what, count }) => [what, count])).toEqual([
        ['journals deleted in the books', 1],
        ['journals edited in the books', 1],
      ]);
      rig.simulator.actions.editEntry({ id: first?.id ?? '', amount });
      await until('the edit is settled', async () => (await find('edited')).length === 0);
      expect(await find('deleted')).toHaveLength(1);
      const { rows } = await rig.test.pool.query<{ note: string }>(
        `select resolved_note as note from books_finding where kind = 'edited'`,
      );
      expect(rows).toEqual([{ note: 'it reads again as it was booked' }]);
    },
  );

  test('our own bookings, and what people book of their own, are no findings', async () => {
    await booked({ pollIntervalMs: 1_000 }, true);
    rig.simulator.actions.bookEntry({
      date: ago(1).slice(0, 10),
      number: 'HAND-1',
      lines: [
        { account: 'bank', side: 'Debit', amount: '5.00' },
        { account: 'sales', side: 'Credit', amount: '5.00' },
      ],
    });
    await rig.simulator.settled();
    await until('all that was told is settled', async () => {
      const { rows } = await rig.test.pool.query<{ status: string; n: string }>(
        `select status::text, count(*) as n from inbox_event group by 1`,
      );
      return rows.length > 0 && rows.every(({ status }) => status === 'applied' || status === 'ignored');
    });
    expect(await openFindings()).toEqual([]);
  });
});
