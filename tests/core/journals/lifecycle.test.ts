// The life of a journal on a real database: drafted anew, approved and from then on fixed, posted, taken back, traced to the
// bytes behind it. I10: the database itself refuses whatever would change an approved journal or a closed day.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readJournals } from '../../../src/core/journals/document.ts';
import { redraftJournals } from '../../../src/core/journals/drafts.ts';
import { drillLine } from '../../../src/core/journals/drill.ts';
import {
  approveJournals,
  contentHashOf,
  markPosted,
  previewJournals,
  reverseJournal,
} from '../../../src/core/journals/lifecycle.ts';
import { closePeriod, closingObstacles, reopenLastPeriod } from '../../../src/core/journals/periods.ts';
import { redateDelivery } from '../../../src/core/journals/redate.ts';
import { type Bookkeeping, noon, openBookkeeping } from './bookkeeping.ts';
import { accountsWithout, booksOf, EVERY_ACCOUNT } from './company.ts';

let company: Bookkeeping;
beforeAll(async () => {
  company = await openBookkeeping();
});
afterAll(() => company.close());

const books = booksOf();
const now = noon('2026-04-20');
const redraft = () => redraftJournals(company.database, books, { now });
const by = { by: 'Ada', now };
const sale = (amount: number, day: string) =>
  ({ kind: 'sale', debit: 'cost_of_goods_sold', credit: 'inventory', amount, day }) as const;
const receipt = (amount: number, day: string) =>
  ({ kind: 'receipt', debit: 'inventory', credit: 'received_not_billed', amount, day }) as const;
const count = async (sql: string) =>
  Number((await company.database.pool.query(`select count(*) as n from ${sql}`)).rows[0]?.n);

/** Drafts all, approves all, posts all; answers their numbers. */
async function bookAll(): Promise<string[]> {
  const { drafts } = await redraft();
  await approveJournals(
    company.database,
    drafts.map(({ id }) => ({ id })),
    by,
  );
  await markPosted(
    company.database.pool,
    drafts.map(({ id }) => id),
    now,
  );
  return drafts.map(({ number }) => number);
}
const idOf = async (number: string) =>
  (await readJournals(company.database.pool, { numbers: [number] }))[0]?.id ?? '';

test('drafts are made anew and keep their ids; an entry more changes what approval insisted on', async () => {
  await company.book(receipt(10_000, '2026-03-10'), sale(4_000, '2026-03-28'));
  const first = await redraft();
  expect(first.drafts.map(({ number }) => number)).toEqual(['INV-20260310-1', 'INV-20260328-1']);
  const [seen] = await previewJournals(company.database.pool, { from: '2026-03-28' });
  expect(seen?.lines).toMatchObject([
    {
      side: 'debit',
      account: 'cost_of_goods_sold',
      amount: '40.00',
      sources: [{ sku: 'TEE', amount: '40.00' }],
    },
    { side: 'credit', account: 'inventory', amount: '40.00', sources: [{ sku: 'TEE', amount: '40.00' }] },
  ]);
  expect(seen?.memo).toBe(`Stockbridge ${seen?.id}: Stock activity of 2026-03-28`);
  await company.book(sale(100, '2026-03-28'));
  expect((await redraft()).drafts).toEqual(first.drafts);
  const insisted = { id: seen?.id ?? '', contentHash: seen?.contentHash ?? '' };
  const unknown = { id: '00000000-0000-4000-8000-000000000000' };
  expect(await approveJournals(company.database, [insisted, unknown], by)).toMatchObject([
    { outcome: 'changed' },
    { outcome: 'unknown' },
  ]);
  expect(await count(`journal where status <> 'draft'`)).toBe(0);
});

test('approval queues the delivery with a key of its own, and a second approval changes nothing', async () => {
  const [draft] = await previewJournals(company.database.pool, { numbers: ['INV-20260310-1'] });
  const approval = { id: draft?.id ?? '', contentHash: draft?.contentHash ?? '' };
  const options = { ...by, deliverTo: company.connectionId };
  expect(await approveJournals(company.database, [approval], options)).toMatchObject([
    { outcome: 'approved' },
  ]);
  expect(await approveJournals(company.database, [approval], options)).toMatchObject([
    { outcome: 'already' },
  ]);
  const { rows } = await company.database.pool.query(
    'select booked_on::text, d.status, j.approved_by, j.content_hash from journal_delivery d join journal j on j.id = d.journal_id',
  );
  expect(rows).toEqual([
    {
      booked_on: '2026-03-10',
      status: 'queued',
      approved_by: 'Ada',
      content_hash: draft && contentHashOf(draft),
    },
  ]);
});

test('books that are closed there get the journal on their first open day, under a new key; here its day stays', async () => {
  const id = await idOf('INV-20260310-1');
  const key = async () =>
    (await company.database.pool.query('select request_key, generation from journal_delivery')).rows[0];
  const before = await key();
  const refusal = { closedThrough: '2026-03-31', reason: 'closed', today: '2026-04-20' };
  expect(await redateDelivery(company.database.pool, id, refusal)).toBe('2026-04-01');
  const after = await key();
  expect([after.generation, after.request_key === before.request_key]).toEqual([2, false]);
  expect((await readJournals(company.database.pool, { ids: [id] }))[0]?.date).toBe('2026-03-10');
  await company.database.pool.query(`update journal_delivery set status = 'posted'`);
  expect(await redateDelivery(company.database.pool, id, refusal)).toBeUndefined();
});

describe('I10: the database refuses', () => {
  beforeAll(async () => {
    await bookAll();
    await company.database.pool.query(
      `insert into period_closing (through, closed_by, certificate) values ('2026-02-28', 'Ada', '{}')`,
    );
  });
  const J = `(select id from journal where number = 'INV-20260310-1')`;

  test.each([
    ['another date', `update journal set posting_date = '2026-03-11' where id = ${J}`],
    ['another memo', `update journal set memo = 'x' where id = ${J}`],
    ['another approver', `update journal set approved_by = 'Eve' where id = ${J}`],
    ['a draft again', `update journal set status = 'draft' where id = ${J}`],
    ['deleting it', `delete from journal where id = ${J}`],
    ['emptying the table', 'truncate journal cascade'],
    ['another amount', `update journal_line set amount = amount + 1 where journal_id = ${J}`],
    ['another account', `update journal_line set account = 'x' where journal_id = ${J}`],
    ['a line less', `delete from journal_line where journal_id = ${J}`],
    [
      'a line more',
      `insert into journal_line (journal_id, line, side, account, role, kind, amount, description) values (${J}, 9, 'debit', 'x', 'scrap', 'scrap', 1, 'x')`,
    ],
    ['emptying its lines', 'truncate journal_line cascade'],
    ['another source', `update journal_line_entry set amount = amount + 1 where journal_id = ${J}`],
    ['a source less', `delete from journal_line_entry where journal_id = ${J}`],
    ['emptying its sources', 'truncate journal_line_entry'],
    ['an entry that leaves it', `update cost_entry set journal_id = null where journal_id = ${J}`],
    [
      'a journal on a closed day',
      `insert into journal (id, number, kind, posting_date, currency, memo) values (gen_random_uuid(), 'X', 'activity', '2026-02-28', 'USD', 'x')`,
    ],
    ['another closing day', `update period_closing set through = '2026-01-31'`],
    ['deleting a closing', 'delete from period_closing'],
    ['emptying the closings', 'truncate period_closing'],
  ])('%s', async (_what, statement) => {
    const before = await readJournals(company.database.pool, { withSources: true });
    await expect(company.database.pool.query(statement)).rejects.toMatchObject({
      code: '23000',
      message: expect.stringMatching(/^I10: /),
    });
    expect(await readJournals(company.database.pool, { withSources: true })).toEqual(before);
  });

  test('an entry that enters it later, and a line that moves in from a draft', async () => {
    const [entry] = await company.book(sale(5, '2026-03-29'));
    await redraft();
    await expect(
      company.database.pool.query(`update cost_entry set journal_id = ${J} where id = $1`, [entry]),
    ).rejects.toMatchObject({ message: expect.stringMatching(/^I10: /) });
    await expect(
      company.database.pool.query(
        `update journal_line set journal_id = ${J}, line = 9 where journal_id = (select id from journal where status = 'draft' limit 1) and line = 1`,
      ),
    ).rejects.toMatchObject({ message: expect.stringMatching(/^I10: /) });
  });

  test.each([
    ['other amount', 'update journal_line set amount = amount + 1'],
    ['line less', 'delete from journal_line'],
  ])('I9: a draft that does not balance for one %s', async (_what, change) => {
    await expect(
      company.database.pool.query(
        `${change} where line = 1 and journal_id = (select id from journal where status = 'draft' limit 1)`,
      ),
    ).rejects.toMatchObject({ message: expect.stringMatching(/^I9: /) });
  });
});

describe('a reversal', () => {
  test('takes the effect back, frees the entries, and a right mapping books them anew', async () => {
    await bookAll();
    const id = await idOf('INV-20260328-1');
    const before = [await company.balance('inventory'), await company.balance('cost_of_goods_sold')];
    const reversal = await reverseJournal(company.database, books, id, { ...by, why: 'wrong account' });
    expect(reversal).toMatchObject({
      outcome: 'reversed',
      number: 'R-INV-20260328-1',
      date: '2026-03-28',
      freed: 2,
    });
    expect(await company.balance('cost_of_goods_sold', '2026-03-28')).toBe(0n);
    const right = booksOf({ accounts: { ...EVERY_ACCOUNT, cost_of_goods_sold: 'cost of sales' } });
    const { drafts } = await redraftJournals(company.database, right, { now });
    expect(drafts.map(({ number }) => number)).toEqual(['INV-20260328-2']);
    await approveJournals(
      company.database,
      drafts.map((draft) => ({ id: draft.id })),
      by,
    );
    expect([
      await company.balance('inventory'),
      await company.balance('cost of sales', '2026-03-28'),
    ]).toEqual([before[0], 4_100n]);
    const [read] = await readJournals(company.database.pool, { kinds: ['reversal'], withSources: true });
    expect(read?.memo).toContain(`Reversal of INV-20260328-1 (${id}): wrong account`);
    expect(read?.reverses).toBe(id);
    expect(read?.lines[0]).toMatchObject({ side: 'credit', account: 'cost_of_goods_sold', amount: '41.00' });
    expect(read?.lines[0]?.sources?.map(({ amount }) => amount)).toEqual(['40.00', '1.00']);
  });

  test('is refused for a second time, for a reversal and for a draft', async () => {
    const attempt = async (number: string) =>
      reverseJournal(company.database, books, await idOf(number), { ...by, why: 'x' });
    expect(await attempt('INV-20260328-1')).toMatchObject({
      outcome: 'refused',
      reason: 'INV-20260328-1 was taken back by R-INV-20260328-1',
    });
    expect(await attempt('R-INV-20260328-1')).toMatchObject({ outcome: 'refused' });
    await company.book(sale(7, '2026-03-30'));
    await redraft();
    expect(await attempt('INV-20260330-1')).toMatchObject({ outcome: 'refused' });
    expect(await attempt('nothing')).toMatchObject({
      outcome: 'refused',
      reason: 'there is no such journal',
    });
    await bookAll();
  });
});

test('a line is traced to its entries, the movement and the inbox event', async () => {
  const event = await company.database.pool.query<{ id: string }>(
    `insert into inbox_event (connection_id, dedupe_key, topic, source, sha256, body) values (1, 'e', 't', 'webhook', 'x', 'x') returning id::text`,
  );
  const step = '11111111-1111-4111-8111-111111111111';
  await company.database.pool.query(
    `insert into movement (batch_id, position, key, line, type, occurred_at, recorded_at, connection_id, inbox_event_id, document, reference,
       item_id, quantity, from_location_id, from_state, to_location_id, to_state, fingerprint)
     select 1, 0, $1, 0, 'shipment', $2, $2, 1, $3, 'shipment 4711', '1001', $4, 2, f.id, 'sellable', t.id, 'sellable', 'x'
     from location f, location t where f.code = 'MAIN' and t.code = '@customer'`,
    [step, noon('2026-04-02'), event.rows[0]?.id, company.items[0]],
  );
  await company.book({ ...sale(900, '2026-04-02'), location: 'MAIN', step }, sale(50, '2026-04-02'));
  const [number = ''] = await bookAll();
  const id = await idOf(number);
  const entries = await drillLine(company.database.pool, id, 1);
  expect(entries).toMatchObject([
    {
      amount: '9.00',
      sku: 'TEE',
      location: 'MAIN',
      connection: 'shop',
      step: `${step}:0`,
      cause: {
        type: 'movement',
        what: 'shipment',
        document: 'shipment 4711',
        reference: '1001',
        event: event.rows[0]?.id,
      },
    },
    { amount: '0.50', cause: null },
  ]);
  expect(await drillLine(company.database.pool, id, 1, { after: entries[0]?.entry ?? '' })).toHaveLength(1);
});

describe('a close', () => {
  const close = (through: string) =>
    closePeriod(company.database, books, { through, ...by, certificate: async () => ({ signed: true }) });

  test('names everything in its way at once, with ids and what to do', async () => {
    const { pool } = company.database;
    await pool.query(`insert into valuation_stale (item_id, from_at, failure) values ($1, $2, 'no cost')`, [
      company.items[1],
      noon('2026-03-15'),
    ]);
    await pool.query(
      `insert into balance (item_id, location_id, state, quantity, overdraft) select $1, id, 'sellable', -3, true from location where code = 'SHOP'`,
      [company.items[0]],
    );
    await company.book(sale(11, '2026-03-31'), {
      kind: 'scrap',
      debit: 'scrap',
      credit: 'inventory',
      amount: 3,
      day: '2026-03-30',
    });
    const [first] = await company.book(receipt(20, '2026-03-29'));
    const partly = booksOf({ accounts: accountsWithout('scrap') });
    const { drafts } = await redraftJournals(company.database, partly, { now });
    const approved = drafts.find(({ date }) => date === '2026-03-29');
    await approveJournals(company.database, [{ id: approved?.id ?? '' }], by);
    expect(first).toBeDefined();
    const obstacles = await closingObstacles(company.database, partly, { through: '2026-03-31', now });
    expect(obstacles.map(({ kind, ids }) => [kind, ids])).toEqual([
      ['stale_items', ['MUG']],
      ['negative_stock', ['TEE at SHOP']],
      ['missing_account', [expect.any(String)]],
      ['unapproved_journals', ['INV-20260331-1']],
      ['undelivered_journals', expect.arrayContaining([approved?.number])],
    ]);
    expect(obstacles[0]?.what).toContain('no cost');
    for (const { help, what } of obstacles) expect([help, what]).not.toContain('');
    expect(
      await closePeriod(company.database, partly, {
        through: '2026-03-31',
        ...by,
        certificate: async () => null,
      }),
    ).toMatchObject({ outcome: 'refused' });
  });

  test('a day that is not over, or is closed already, cannot be closed', async () => {
    const kinds = async (through: string) =>
      (await closingObstacles(company.database, books, { through, now })).find(({ kind }) => kind === 'day')
        ?.what;
    expect(await kinds('2026-04-20')).toBe('2026-04-20 is not over');
    expect(await kinds('2026-02-28')).toContain('closed through 2026-02-28 already');
    expect(
      (
        await closingObstacles(company.database, booksOf({ journal: { grain: 'month' } }), {
          through: '2026-03-15',
          now,
        })
      )[0]?.help,
    ).toBe('Close through 2026-03-31.');
  });

  test('I10: once closed, late facts are booked in the open period and March does not move', async () => {
    const { pool } = company.database;
    await pool.query('delete from valuation_stale');
    await pool.query('update balance set quantity = 0');
    await bookAll();
    await markPosted(
      pool,
      (await readJournals(pool, { statuses: ['approved'] })).map(({ id }) => id),
      now,
    );
    expect(await close('2026-03-31')).toMatchObject({ outcome: 'closed', through: '2026-03-31' });
    const march = await company.balance('inventory', '2026-03-31');
    await company.book(
      { ...receipt(1_000, '2026-03-10'), cause: '2026-04-12', isCorrection: true },
      { ...sale(400, '2026-03-28'), cause: '2026-04-12', isCorrection: true },
      { kind: 'bill', debit: 'received_not_billed', credit: 'payable', amount: 11_000, day: '2026-04-12' },
    );
    expect(await bookAll()).toEqual(['INV-20260412-1', 'COR-20260310-1', 'COR-20260328-1']);
    expect(await company.balance('inventory', '2026-03-31')).toBe(march);
    expect(await company.balance('inventory')).toBe(march - 950n + 600n);
  });

  test('a reversal of a closed day’s journal stands on the first open day, linked to it', async () => {
    const answer = await reverseJournal(company.database, books, await idOf('INV-20260310-1'), {
      ...by,
      why: 'x',
    });
    expect(answer).toMatchObject({ outcome: 'reversed', date: '2026-04-20' });
    const [reversal] = await readJournals(company.database.pool, { numbers: ['R-INV-20260310-1'] });
    expect(reversal?.forDate).toBe('2026-03-10');
    // Booked anew on the day it was taken back, which is still running: booked before, April would hold it twice until then.
    expect((await redraft()).drafts).toEqual([]);
    const stood = await company.balance('inventory', '2026-04-19');
    const tomorrow = noon('2026-04-21');
    const { drafts } = await redraftJournals(company.database, books, { now: tomorrow });
    expect(drafts.map(({ number, date }) => [number, date])).toEqual([['COR-20260310-2', '2026-04-20']]);
    await approveJournals(
      company.database,
      drafts.map(({ id }) => ({ id })),
      by,
    );
    await markPosted(
      company.database.pool,
      drafts.map(({ id }) => id),
      now,
    );
    expect(await company.balance('inventory', '2026-04-19')).toBe(stood);
    expect(await company.balance('inventory')).toBe(stood);
  });

  test('the last closing is reopened with a reason that is kept, and only once', async () => {
    const { database } = company;
    expect(await reopenLastPeriod(database, { ...by, reason: ' ' })).toMatchObject({ outcome: 'refused' });
    expect(await reopenLastPeriod(database, { ...by, reason: 'a bill was missing' })).toEqual({
      outcome: 'reopened',
      through: '2026-03-31',
      closedThrough: '2026-02-28',
    });
    await expect(
      database.pool.query(`update period_closing set reopened_by = 'Eve' where reopened_at is not null`),
    ).rejects.toMatchObject({ message: expect.stringMatching(/^I10: /) });
    expect(await reopenLastPeriod(database, { ...by, reason: 'again' })).toMatchObject({
      through: '2026-02-28',
    });
    expect(await reopenLastPeriod(database, { ...by, reason: 'again' })).toMatchObject({
      outcome: 'refused',
    });
  });
});

test('periodic: a closing booked a month later begins with the stock that the last one left in the books', async () => {
  const other = await openBookkeeping();
  try {
    const periodic = booksOf({ system: 'periodic' });
    const bookAsOf = async (day: string) => {
      const { drafts } = await redraftJournals(other.database, periodic, { now: noon(day) });
      await approveJournals(
        other.database,
        drafts.map(({ id }) => ({ id })),
        by,
      );
      return readJournals(other.database.pool, { ids: drafts.map(({ id }) => id) });
    };
    await other.book(receipt(10_000, '2026-01-10'), sale(3_000, '2026-01-20'));
    expect((await bookAsOf('2026-02-01')).map(({ number }) => number)).toEqual(['CLS-202601-1']);
    await other.book(receipt(2_000, '2026-02-10'), sale(5_000, '2026-02-20'));
    const [february] = await bookAsOf('2026-03-01');
    expect(
      february?.lines.map(({ side, account, amount, description }) => [side, account, amount, description]),
    ).toEqual([
      ['debit', 'cost_of_goods_sold', '20.00', 'Cost of goods sold, 1 receipt'],
      ['credit', 'purchases', '20.00', 'Purchases, 1 receipt'],
      ['debit', 'cost_of_goods_sold', '70.00', 'Cost of goods sold, stock at the beginning of 2026-02'],
      ['credit', 'inventory', '70.00', 'Inventory at the beginning of 2026-02'],
      ['debit', 'inventory', '40.00', 'Inventory at the end of 2026-02'],
      ['credit', 'cost_of_goods_sold', '40.00', 'Cost of goods sold, stock at the end of 2026-02'],
    ]);
    expect([await other.balance('inventory'), await other.balance('cost_of_goods_sold')]).toEqual([
      4_000n,
      8_000n,
    ]);
  } finally {
    await other.close();
  }
});
