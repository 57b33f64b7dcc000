// Booking approved journals in the books over real HTTP: once, in order, whatever is lost, refused, closed or taken away.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { JournalAnswer, JournalToPost } from '../../src/connectors/contract.ts';
import { resume } from '../../src/core/connection/connections.ts';
import { StockbridgeError } from '../../src/core/errors.ts';
import { booksAttention, booksFigures } from '../../src/core/journals/attention.ts';
import { queueApproved, retryDelivery } from '../../src/core/journals/delivery.ts';
import { redraftJournals } from '../../src/core/journals/drafts.ts';
import { approveJournals, reverseJournal } from '../../src/core/journals/lifecycle.ts';
import { instantFrom } from '../../src/core/vocabulary/instant.ts';
import { type BookOptions, type BooksConnection, bookOnce, booksConnection } from '../../src/workers/book.ts';
import { type BooksRig, openBooksRig } from '../e2e/books-rig.ts';

let rig: BooksRig;
let live: BooksConnection;
beforeEach(async () => {
  rig = await openBooksRig();
  live = await rig.connect();
});
afterEach(() => rig.close());

const NOW = instantFrom('2026-04-20T17:00:00Z');
const now = new Date(NOW);
const book = (options: BookOptions = {}, connection: BooksConnection = live) =>
  bookOnce(rig.hub, connection, rig.books, { retryMs: 0, now: () => now, ...options });

/** Approves one journal per day, of cents that are sold on it. */
async function approved(...days: [string, number][]): Promise<void> {
  for (const [day, cents] of days) await rig.sold(day, cents);
  const { drafts } = await redraftJournals(rig.database, rig.books, { now: NOW });
  await approveJournals(
    rig.database,
    drafts.map(({ id }) => ({ id })),
    { by: 'Ada', now: NOW },
  );
}
const entries = () => rig.simulator.company.entries();
const numbers = () => entries().map(({ number }) => number);
const creates = () => rig.simulator.requests().filter(({ endpoint }) => endpoint === 'create');
const delivery = async (number: string) => (await rig.deliveries()).find((each) => each.number === number);

/** The connection with a `post` that does something else first or instead. */
const posting = (
  post: (
    journal: JournalToPost,
    really: (journal: JournalToPost) => Promise<JournalAnswer>,
  ) => Promise<JournalAnswer>,
): BooksConnection => {
  const { journal } = live.connection;
  return {
    ...live,
    connection: {
      ...live.connection,
      journal: { ...journal, post: (given) => post(given, (each) => journal.post(each)) },
    },
  };
};

describe('booking', () => {
  test('books what is approved, by day and number, with its day, number, memo and amounts', async () => {
    await approved(['2026-03-12', 250], ['2026-03-10', 4_000], ['2026-03-11', 100]);
    await book();
    expect(numbers()).toEqual(['INV-20260310-1', 'INV-20260311-1', 'INV-20260312-1']);
    expect(entries()[0]).toMatchObject({
      date: '2026-03-10',
      note: expect.stringMatching(/^Stockbridge [0-9a-f-]{36}: Stock activity of 2026-03-10 \[stockbridge /),
      lines: [
        { account: rig.simulator.accounts.costOfGoodsSold, side: 'Debit', amount: '40.00' },
        { account: rig.simulator.accounts.inventory, side: 'Credit', amount: '40.00' },
      ],
    });
    for (const each of await rig.deliveries())
      expect(each).toMatchObject({ status: 'posted', journal: 'posted', generation: 1, attempts: 1 });
    expect((await delivery('INV-20260310-1'))?.external_id).toBe(entries()[0]?.id);
    await book();
    expect(creates()).toHaveLength(3);
    expect(await booksFigures(rig.database.pool)).toBeUndefined();
  });

  test('I8: the key is stored before the first attempt, and kept while the outcome is open', async () => {
    await approved(['2026-03-10', 4_000]);
    const seen: { key: string; attempts: number; isStored: boolean }[] = [];
    const lossy = posting(async (journal, really) => {
      const { rows } = await rig.test.pool.query('select from journal_delivery where request_key = $1', [
        journal.key,
      ]);
      seen.push({ key: journal.key, attempts: journal.attempts, isStored: rows.length === 1 });
      if (seen.length < 4) await really(journal);
      if (seen.length < 4) throw new StockbridgeError('outcome_unknown', 'the line broke');
      return really(journal);
    });
    await book({}, lossy);
    expect(seen.map(({ attempts }) => attempts)).toEqual([0, 1, 2, 3]);
    expect(new Set(seen.map(({ key }) => key)).size).toBe(1);
    expect(seen.every(({ isStored }) => isStored)).toBe(true);
    expect(entries()).toHaveLength(1);
    expect(await rig.deliveries()).toMatchObject([{ status: 'posted', attempts: 4, generation: 1 }]);
  });

  test('I8: a sender that ends between sending and noting books the same journal once', async () => {
    await approved(['2026-03-10', 4_000]);
    const sent = Promise.withResolvers<void>();
    const late = Promise.withResolvers<never>();
    const dying = posting(async (journal, really) => {
      await really(journal);
      sent.resolve();
      return late.promise;
    });
    const ending = book({}, dying);
    await sent.promise;
    expect(await rig.deliveries()).toMatchObject([{ status: 'sent', attempts: 1, external_id: null }]);
    // As when its process ends: PostgreSQL takes the lock back with the session.
    const locks = `from pg_locks where locktype = 'advisory'
      and database = (select oid from pg_database where datname = current_database())`;
    await rig.test.pool.query(`select pg_terminate_backend(pid) ${locks}`);
    while ((await rig.test.pool.query(`select ${locks}`)).rows.length > 0) await sleep(10);
    await book();
    expect(entries()).toHaveLength(1);
    expect(await rig.deliveries()).toMatchObject([{ status: 'posted', attempts: 2, generation: 1 }]);
    // And when it was not dead but only slow, what it learns late changes nothing.
    late.reject(new StockbridgeError('outcome_unknown', 'the line broke'));
    await ending.catch(() => undefined);
    expect(await rig.deliveries()).toMatchObject([{ status: 'posted', attempts: 2, generation: 1 }]);
  });

  test('one sender at a time: while one sends, another does nothing', async () => {
    await approved(['2026-03-10', 4_000], ['2026-03-11', 100]);
    let inFlight = 0;
    let most = 0;
    const counted = posting(async (journal, really) => {
      inFlight += 1;
      most = Math.max(most, inFlight);
      const answer = await really(journal);
      inFlight -= 1;
      return answer;
    });
    await Promise.all([book({}, counted), book({}, counted), book({}, counted)]);
    expect(most).toBe(1);
    expect(creates()).toHaveLength(2);
    expect(numbers()).toEqual(['INV-20260310-1', 'INV-20260311-1']);
  });

  test('a pause after an attempt without an answer doubles; a stop is heard between two journals', async () => {
    await approved(['2026-03-10', 4_000], ['2026-03-11', 100]);
    const lost = posting(() => Promise.reject(new StockbridgeError('outcome_unknown', 'the line broke')));
    await book({ retryMs: 60_000 }, lost);
    const waits = async () =>
      (
        await rig.test.pool.query<{ s: number }>(
          // From the attempt on, which takes what it takes, and never half a pause.
          'select (floor(extract(epoch from retry_at - last_sent_at) / 60) * 60)::int as s from journal_delivery order by booked_on',
        )
      ).rows.map(({ s }) => s);
    expect(await waits()).toEqual([60, 60]);
    await rig.test.pool.query(
      'update journal_delivery set retry_at = clock_timestamp() where booked_on = $1',
      ['2026-03-10'],
    );
    await book({ retryMs: 60_000 }, lost);
    expect(await waits()).toEqual([120, 60]);
    expect(await rig.deliveries()).toMatchObject([
      { status: 'unknown', code: 'outcome_unknown', reason: 'the line broke' },
      { status: 'unknown' },
    ]);
    await rig.test.pool.query('update journal_delivery set retry_at = clock_timestamp()');
    const stopping = new AbortController();
    const stopped = posting(async (journal, really) => {
      stopping.abort();
      return really(journal);
    });
    await bookOnce(rig.hub, stopped, rig.books, { retryMs: 0, now: () => now, signal: stopping.signal });
    expect(entries()).toHaveLength(1);
  });

  test('a connector that breaks leaves the outcome open, and the others go on', async () => {
    await approved(['2026-03-10', 4_000], ['2026-03-11', 100]);
    const broken = posting((journal, really) =>
      journal.date === '2026-03-10' ? Promise.reject(new TypeError('undefined is not it')) : really(journal),
    );
    await book({ retryMs: 60_000 }, broken);
    expect(await rig.deliveries()).toMatchObject([
      { number: 'INV-20260310-1', status: 'unknown', code: 'failed' },
      { number: 'INV-20260311-1', status: 'posted' },
    ]);
  });
});

describe('refusals', () => {
  test('what the books refuse waits for a person, the others go on, and a retry has a new key', async () => {
    await approved(['2026-03-10', 4_000], ['2026-03-11', 100]);
    const { inventory } = rig.simulator.accounts;
    rig.simulator.actions.setAccountActive({ account: inventory, active: false });
    await book();
    const [refused] = await rig.deliveries();
    expect(refused).toMatchObject({ status: 'rejected', code: 'rejected', journal: 'approved' });
    expect(refused?.reason).toContain('make it active there');
    expect(await booksAttention(rig.database.pool)).toMatchObject([
      { connection: 'quickbooks', what: 'journals refused by the books (rejected)', count: 2 },
    ]);
    rig.simulator.actions.setAccountActive({ account: inventory, active: true });
    await book();
    expect(entries()).toHaveLength(0);
    const before = await keyOf('INV-20260310-1');
    expect(await retryDelivery(rig.database.pool, 'INV-20260310-1')).toMatchObject({ outcome: 'queued' });
    expect(await keyOf('INV-20260310-1')).not.toBe(before);
    await book();
    expect(numbers()).toEqual(['INV-20260310-1']);
    expect(await delivery('INV-20260310-1')).toMatchObject({ status: 'posted', generation: 2, attempts: 1 });
    expect(await retryDelivery(rig.database.pool, 'INV-20260310-1')).toMatchObject({ outcome: 'refused' });
    expect(await retryDelivery(rig.database.pool, 'INV-0')).toMatchObject({ outcome: 'refused' });
  });

  test('I8: a retry by hand of what is open keeps its key', async () => {
    await approved(['2026-03-10', 4_000]);
    await book(
      { retryMs: 60_000 },
      posting(async (journal, really) => {
        await really(journal);
        throw new StockbridgeError('outcome_unknown', 'the line broke');
      }),
    );
    const before = await keyOf('INV-20260310-1');
    await retryDelivery(rig.database.pool, 'INV-20260310-1');
    expect(await keyOf('INV-20260310-1')).toBe(before);
    await book();
    expect(entries()).toHaveLength(1);
    expect(await delivery('INV-20260310-1')).toMatchObject({ status: 'posted', generation: 1 });
  });

  test('a number that is taken in the books is a refusal that names the entry', async () => {
    await approved(['2026-03-10', 4_000]);
    const { id } = rig.simulator.actions.bookEntry({
      date: '2026-01-05',
      number: 'INV-20260310-1',
      lines: [
        { account: 'bank', side: 'Debit', amount: '1.00' },
        { account: 'sales', side: 'Credit', amount: '1.00' },
      ],
    });
    await book();
    const [refused] = await rig.deliveries();
    expect(refused).toMatchObject({ status: 'rejected', code: 'number_taken' });
    expect(refused?.reason).toContain(`with the id ${id}`);
    expect(entries()).toHaveLength(1);
  });

  test('a journal refused for good is taken back, neither of both is booked, and its entries are booked anew', async () => {
    await approved(['2026-03-10', 4_000]);
    rig.simulator.actions.setAccountActive({ account: rig.simulator.accounts.inventory, active: false });
    await book();
    const { rows } = await rig.test.pool.query<{ id: string }>('select id from journal');
    await reverseJournal(rig.database, rig.books, rows[0]?.id ?? '', {
      by: 'Ada',
      why: 'the account is no longer used',
      now: NOW,
      deliverTo: live.id,
    });
    const mapped = {
      ...rig.books,
      accounts: { ...rig.books.accounts, inventory: rig.simulator.accounts.inTransit },
    };
    const { drafts } = await redraftJournals(rig.database, mapped, { now: NOW });
    await approveJournals(
      rig.database,
      drafts.map(({ id }) => ({ id })),
      { by: 'Ada', now: NOW },
    );
    await book();
    expect(entries()).toMatchObject([
      { number: drafts[0]?.number, lines: [{}, { account: rig.simulator.accounts.inTransit }] },
    ]);
    expect((await rig.deliveries()).map(({ status, code, journal }) => [status, code, journal])).toEqual([
      ['posted', 'taken_back', 'posted'],
      ['posted', null, 'posted'],
      ['posted', 'taken_back', 'posted'],
    ]);
  });

  test('a journal that takes another back is not booked before that one is', async () => {
    await approved(['2026-03-10', 4_000]);
    const lost = posting(async (journal, really) => {
      await really(journal);
      throw new StockbridgeError('outcome_unknown', 'the line broke');
    });
    await book({ retryMs: 60_000 }, lost);
    const { rows } = await rig.test.pool.query<{ id: string }>('select id from journal');
    await reverseJournal(rig.database, rig.books, rows[0]?.id ?? '', {
      by: 'Ada',
      why: 'a wrong class',
      now: NOW,
    });
    await book();
    expect(numbers()).toEqual(['INV-20260310-1']);
    await rig.test.pool.query('update journal_delivery set retry_at = clock_timestamp()');
    await book();
    expect(numbers()).toEqual(['INV-20260310-1', 'R-INV-20260310-1']);
    expect(rig.simulator.company.balance('inventory')).toBe('0.00');
  });
});

describe('books that are closed there', () => {
  test('a journal goes to the first day that is open, says its own day, and moves no other', async () => {
    await approved(['2026-03-10', 4_000], ['2026-03-31', 300], ['2026-04-02', 100]);
    rig.simulator.actions.setClosingDate({ date: '2026-03-31' });
    await book();
    expect(Object.fromEntries(entries().map(({ number, date }) => [number, date]))).toEqual({
      'INV-20260402-1': '2026-04-02',
      'INV-20260310-1': '2026-04-01',
      'INV-20260331-1': '2026-04-01',
    });
    expect(entries().find(({ number }) => number === 'INV-20260310-1')?.note).toContain(
      'Stock activity of 2026-03-10 (of 2026-03-10, on which these books were closed)',
    );
    expect(await delivery('INV-20260310-1')).toMatchObject({
      status: 'posted',
      generation: 2,
      attempts: 1,
      booked_on: '2026-04-01',
    });
    // Here it keeps its own day.
    const { rows } = await rig.test.pool.query<{ day: string }>(
      `select posting_date::text as day from journal where number = 'INV-20260310-1'`,
    );
    expect(rows[0]?.day).toBe('2026-03-10');
  });

  test('books that say closed and name no later day refuse; nothing goes round in circles', async () => {
    await approved(['2026-03-10', 4_000]);
    let asked = 0;
    const contrary = posting(() => {
      asked += 1;
      return Promise.resolve({
        outcome: 'closed',
        closedThrough: '2026-02-28',
        reason: 'the books are closed',
      });
    });
    await book({}, contrary);
    expect(asked).toBe(1);
    expect(await rig.deliveries()).toMatchObject([{ status: 'rejected', code: 'closed' }]);
  });
});

describe('the connection', () => {
  test('revoked access parks it with what to do, loses nothing, and it goes on after connecting again', async () => {
    await approved(['2026-03-10', 4_000], ['2026-03-11', 100]);
    rig.simulator.actions.disconnect();
    await book();
    const parked = (await rig.hub.standingOf(live.id)).parked;
    expect(parked).toMatch(/connect the company to the app again .*Nothing was lost/);
    expect(await rig.deliveries()).toMatchObject([
      { status: 'queued', code: 'vendor_unauthorized' },
      { status: 'queued', attempts: 0 },
    ]);
    const asked = rig.simulator.requests().length;
    await book();
    expect(rig.simulator.requests()).toHaveLength(asked);
    rig.simulator.actions.reconnect();
    const again = await rig.connect();
    await resume(rig.database.pool, live.id);
    await book({}, again);
    expect(numbers()).toEqual(['INV-20260310-1', 'INV-20260311-1']);
  });

  test('I8: what was open when access was revoked stays open', async () => {
    await approved(['2026-03-10', 4_000]);
    let attempt = 0;
    const both = posting(async (journal, really) => {
      attempt += 1;
      if (attempt > 1) throw new StockbridgeError('vendor_unauthorized', 'connect again');
      await really(journal);
      throw new StockbridgeError('outcome_unknown', 'the line broke');
    });
    await book({}, both);
    expect(await rig.deliveries()).toMatchObject([{ status: 'unknown', code: 'vendor_unauthorized' }]);
    expect((await rig.hub.standingOf(live.id)).parked).toBe('connect again');
  });

  test('a limit that is reached lets all of the connection wait as long as the books ask', async () => {
    await approved(['2026-03-10', 4_000], ['2026-03-11', 100]);
    let asked = 0;
    const busy = posting(() => {
      asked += 1;
      return Promise.reject(new StockbridgeError('vendor_throttled', 'too many', { retryAfterMs: 90_000 }));
    });
    await book({}, busy);
    await book({}, busy);
    expect(asked).toBe(1);
    const { rows } = await rig.test.pool.query<{ s: number; status: string }>(
      'select extract(epoch from retry_at - clock_timestamp())::int as s, status::text from journal_delivery',
    );
    expect(rows.every(({ s, status }) => s > 80 && s <= 90 && status === 'queued')).toBe(true);
  });

  test('a name that keeps no books is refused with those that do', () => {
    const naming = (connection: string) => ({ ...rig.books, journal: { ...rig.books.journal, connection } });
    expect(booksConnection([live], naming('quickbooks'))).toBe(live);
    expect(() => booksConnection([live], naming('nowhere'))).toThrow(
      'books.journal.connection: nowhere is not configured under connections; take quickbooks',
    );
  });

  test('what was never sent follows the configuration to other books; what was sent stays', async () => {
    await approved(['2026-03-10', 4_000]);
    await rig.test.pool.query(
      `insert into connection (name, connector) values ('old-books', 'quickbooks') on conflict do nothing`,
    );
    const { rows } = await rig.test.pool.query<{ id: number }>(
      `select id from connection where name = 'old-books'`,
    );
    await queueApproved(rig.database.pool, rows[0]?.id ?? 0);
    await book();
    expect(numbers()).toEqual(['INV-20260310-1']);
  });
});

const keyOf = async (number: string): Promise<string> =>
  (
    await rig.test.pool.query<{ key: string }>(
      'select d.request_key as key from journal_delivery d join journal j on j.id = d.journal_id where j.number = $1',
      [number],
    )
  ).rows[0]?.key ?? '';

/** How many answers are lost; the whole proof takes minutes. */
const FAULTS = Number(process.env.STOCKBRIDGE_BOOK_FAULTS ?? 300);

test(`I8: ${FAULTS} times accepted and then no answer, and no journal is missing or booked twice`, async () => {
  // A company that does not mind a number used twice: nothing but the key keeps a journal from being booked twice.
  await rig.close();
  rig = await openBooksRig({ simulator: { duplicateNumbers: 'warn' } });
  live = await rig.connect();
  const { test: db, simulator } = rig;
  const { costOfGoodsSold, inventory } = simulator.accounts;
  await db.pool.query(
    `with made as (
         insert into journal (id, number, kind, posting_date, currency, memo)
         select gen_random_uuid(), 'INV-' || to_char(n, 'FM000000'), 'activity', date '2026-01-01' + n / 100, 'USD', 'Stockbridge journal ' || n
         from generate_series(1, $1::int) n returning id, number)
       insert into journal_line (journal_id, line, side, account, role, kind, amount, description)
       select made.id, s.line, s.side::journal_side, s.account, s.role::account_role, 'sale', right(made.number, 6)::int, 'test'
       from made, (values (0, 'debit', $2, 'cost_of_goods_sold'), (1, 'credit', $3, 'inventory')) as s(line, side, account, role)`,
    [FAULTS, costOfGoodsSold, inventory],
  );
  await db.pool.query(
    `update journal set status = 'approved', approved_at = clock_timestamp(), approved_by = 'Ada', content_hash = '\\x00'`,
  );
  simulator.faults({
    holdMs: 1,
    api: [{ fault: 'acceptThenTimeOut', endpoint: 'create', probability: 0.5, times: FAULTS }],
  });
  const left = () => simulator.faults().api?.length ?? 0;
  await book();
  // Chance leaves a few faults over: more journals take them up.
  for (let round = 1; left() > 0; round += 1) {
    await rig.sold(`2026-02-${String((round % 28) + 1).padStart(2, '0')}`, 1);
    await approved();
    await book();
  }
  const lost = creates().filter(({ fault }) => fault === 'acceptThenTimeOut').length;
  expect(lost).toBe(FAULTS);
  const { rows } = await db.pool.query<{ number: string; external_id: string; cents: string }>(
    `select j.number, d.external_id, (select sum(l.amount) from journal_line l where l.journal_id = j.id and l.side = 'debit')::text as cents
       from journal j left join journal_delivery d on d.journal_id = j.id and d.status = 'posted' where j.status = 'posted' order by j.number`,
  );
  expect(rows.length).toBeGreaterThanOrEqual(FAULTS);
  const here = rows.map(
    ({ number, external_id, cents }) => `${number} ${external_id} ${Number(cents) / 100}`,
  );
  const there = entries().map(({ number, id, lines }) => `${number} ${id} ${Number(lines[0]?.amount)}`);
  expect(there.sort()).toEqual(here.sort());
  expect(
    (await rig.deliveries()).every(({ status, generation }) => status === 'posted' && generation === 1),
  ).toBe(true);
}, 600_000);
