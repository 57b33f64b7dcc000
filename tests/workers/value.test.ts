// Valuing beside the ledger: what is behind is valued, days that are over are drafted, approved and handed over as the rules
// say, one process at a time; what fails says why and holds nobody back.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { importCatalog } from '../../src/core/catalog/import.ts';
import { recordCosts } from '../../src/core/costs/store.ts';
import { booksAttention, booksFigures } from '../../src/core/journals/attention.ts';
import { readJournals } from '../../src/core/journals/document.ts';
import { redraftJournals } from '../../src/core/journals/drafts.ts';
import { approveJournals } from '../../src/core/journals/lifecycle.ts';
import { fingerprintOf } from '../../src/core/journals/rules-taken.ts';
import { derivedKey } from '../../src/core/ledger/movement.ts';
import { withAdvisoryLock } from '../../src/core/lock.ts';
import { syncCompany } from '../../src/core/valuation/company.ts';
import { valueAll } from '../../src/core/valuation/value.ts';
import { type Instant, instantFrom } from '../../src/core/vocabulary/instant.ts';
import { AUTOMATIC, startValue, Valuer, type Valuing } from '../../src/workers/value.ts';
import { type BooksRig, openBooksRig } from '../e2e/books-rig.ts';

let rig: BooksRig;
let logged: { reason: string; item?: string }[];
let now: Date;
beforeEach(async () => {
  rig = await openBooksRig();
  logged = [];
  now = new Date('2026-04-20T17:00:00Z');
});
afterEach(() => rig.close());

const log = () =>
  Object.assign(rig.hub.log, {
    error: (fields: { reason: string; item?: string }) => void logged.push(fields),
  });

async function valuing(changes: Partial<Valuing> = {}, journal: object = {}): Promise<Valuing> {
  const books = { ...rig.books, journal: { ...rig.books.journal, ...journal } };
  return { books, company: await syncCompany(rig.database, books), deliverTo: undefined, ...changes };
}
const valuer = (own: Valuing): Valuer =>
  new Valuer({ database: rig.database, log: log() }, own, { draftEveryMs: 0, now: () => now });

const at = (day: string): Instant => instantFrom(`${day}T17:00:00Z`);
const receive = (day: string, quantity = 10, sku = 'TEE') =>
  rig.move({ type: 'receipt', sku, quantity, at: at(day), from: '@supplier', to: 'MAIN', unitCost: '4.00' });
const ship = (day: string, quantity = 1, sku = 'TEE') =>
  rig.move({ type: 'shipment', sku, quantity, at: at(day), from: 'MAIN', to: '@customer' });
const journals = async () =>
  (await readJournals(rig.database.pool)).map(({ number, status }) => `${number} ${status}`);

describe('drafting', () => {
  test('days that are over are drafted, the running day waits until it is over', async () => {
    await receive('2026-04-18');
    await ship('2026-04-19');
    await ship('2026-04-20');
    const own = valuer(await valuing({}, { approve: 'manual' }));
    await own.round();
    expect(await journals()).toEqual(['INV-20260418-1 draft', 'INV-20260419-1 draft']);
    await own.round();
    // New York's day, not that of UTC.
    now = new Date('2026-04-21T03:59:00Z');
    await own.round();
    expect(await journals()).toHaveLength(2);
    now = new Date('2026-04-21T04:01:00Z');
    await own.round();
    expect(await journals()).toEqual([
      'INV-20260418-1 draft',
      'INV-20260419-1 draft',
      'INV-20260420-1 draft',
    ]);
  });

  test('drafts follow a late fact of their day and keep their ids; without news nothing is drafted anew', async () => {
    await receive('2026-04-18');
    const own = valuer(await valuing({}, { approve: 'manual' }));
    await own.round();
    const print = async () => (await rig.test.pool.query('select id, xmin::text as made from journal')).rows;
    const [first] = await print();
    await own.round();
    expect(await print()).toEqual([first]);
    // Of the running day: it changes no draft.
    await ship('2026-04-20');
    await own.round();
    expect(await print()).toEqual([first]);
    await receive('2026-04-18', 5);
    await own.round();
    const [journal, ...more] = await readJournals(rig.database.pool);
    expect(more).toEqual([]);
    expect(journal).toMatchObject({ id: first?.id, lines: [{ amount: '60.00' }, { amount: '60.00' }] });
  });

  test('drafts follow an item into its new cost group, though nothing was posted', async () => {
    await receive('2026-04-18');
    const rules = [{ role: 'inventory' as const, group: 'tea', account: '1311' }];
    const given = await valuing({}, { approve: 'manual' });
    const byHand = { ...given, books: { ...given.books, rules } };
    const own = valuer(byHand);
    await own.round();
    await importCatalog(rig.database.pool, 'costing', 'sku,group\nTEE,tea\n');
    await own.round();
    const [journal] = await readJournals(rig.database.pool);
    expect(journal?.lines.map(({ account }) => account)).toContain('1311');
    const answers = await approveJournals(rig.database, [{ id: journal?.id ?? '' }], {
      ...{ by: 'Ada', now: at('2026-04-20'), rules: byHand.books },
    });
    expect(answers).toMatchObject([{ outcome: 'approved' }]);
  });

  test('two days without an account wait, are told once, and hold no other day back', async () => {
    await receive('2026-04-17');
    await rig.move({
      type: 'transfer',
      sku: 'TEE',
      quantity: 1,
      at: at('2026-04-18'),
      from: 'MAIN',
      to: 'SEA',
    });
    await ship('2026-04-19');
    const { in_transit: _unmapped, ...accounts } = rig.books.accounts;
    const own = await valuing({}, { approve: 'manual' });
    const unmapped = valuer({ ...own, books: { ...own.books, accounts } });
    await unmapped.round();
    await receive('2026-04-16');
    await unmapped.round();
    expect(await journals()).toEqual([
      'INV-20260416-1 draft',
      'INV-20260417-1 draft',
      'INV-20260419-1 draft',
    ]);
    expect(logged).toHaveLength(1);
    expect(logged[0]?.reason).toContain('in_transit');
    expect(await booksAttention(rig.database.pool)).toMatchObject([
      {
        connection: 'books',
        what: 'days or months held without an account for in_transit (4.00 USD)',
        count: 1,
        example: expect.stringContaining('2026-04-18 is not drafted'),
      },
    ]);
    await valuer(own).round();
    expect(await booksAttention(rig.database.pool)).toEqual([]);
  });
});

describe('the rules that were taken last hold', () => {
  test('a hub whose rules were replaced drafts, approves and hands over nothing, says so once, and its successor goes on', async () => {
    await receive('2026-04-18');
    const own = await valuing({}, { approve: 'automatic' });
    const old = valuer(own);
    await old.round();
    expect(await journals()).toEqual(['INV-20260418-1 approved']);
    const accounts = { ...own.books.accounts, inventory: '4711' };
    const newer = { ...own, books: { ...own.books, accounts } };
    await receive('2026-04-17');
    await valueAll(rig.database, own.company);
    const { replaced } = await redraftJournals(rig.database, newer.books, {
      now: instantFrom(now.toISOString()),
      takenBy: 'journal draft (Ada)',
    });
    expect(replaced).toMatchObject({ takenBy: 'the hub', fingerprint: fingerprintOf(own.books) });
    const drafted = async () =>
      (await rig.test.pool.query('select id, xmin::text as made, status from journal order by number')).rows;
    const before = await drafted();
    await receive('2026-04-16');
    await old.round();
    await old.round();
    expect(await drafted()).toEqual(before);
    expect(logged).toHaveLength(1);
    expect(logged[0]?.reason).toContain('journal draft (Ada) took other rules');
    const idle = {
      what: 'the books block was changed: restart the hub',
      example: expect.stringContaining('journal draft (Ada)'),
    };
    expect(await booksAttention(rig.database.pool, newer.books)).toMatchObject([idle]);
    // A draft that it had seen before is not approved, either.
    const { rows } = await rig.test.pool.query<{ id: string }>(
      `select id from journal where status = 'draft'`,
    );
    expect(rows).toHaveLength(1);
    expect(
      await approveJournals(rig.database, rows, {
        by: AUTOMATIC,
        now: instantFrom(now.toISOString()),
        rules: own.books,
      }),
    ).toMatchObject([{ outcome: 'outdated' }]);
    await valuer(newer).round();
    expect(await booksAttention(rig.database.pool, newer.books)).toEqual([]);
    expect(await journals()).toEqual([
      'INV-20260416-1 approved',
      'INV-20260417-1 approved',
      'INV-20260418-1 approved',
    ]);
    expect(
      (await readJournals(rig.database.pool)).map(({ lines }) =>
        lines.some(({ account }) => account === '4711'),
      ),
    ).toEqual([true, true, false]);
  });

  test('of two hubs the one that started last drafts, also while the other one goes on', async () => {
    const own = await valuing({}, { approve: 'manual' });
    const old = valuer(own);
    await old.round();
    const accounts = { ...own.books.accounts, inventory: '4711' };
    const young = valuer({ ...own, books: { ...own.books, accounts } });
    await young.round();
    await receive('2026-04-18');
    await old.round();
    expect(await journals()).toEqual([]);
    await young.round();
    await old.round();
    expect(await journals()).toEqual(['INV-20260418-1 draft']);
    expect((await readJournals(rig.database.pool))[0]?.lines.map(({ account }) => account)).toContain('4711');
  });

  test('the order of keys changes no rules; an account does', () => {
    const turned = Object.fromEntries(Object.entries(rig.books).reverse()) as typeof rig.books;
    expect(fingerprintOf(turned)).toBe(fingerprintOf(rig.books));
    const accounts = { ...rig.books.accounts, inventory: '4711' };
    expect(fingerprintOf({ ...rig.books, accounts })).not.toBe(fingerprintOf(rig.books));
  });
});

test('while valuing does not come to an end, what is valued is drafted', async () => {
  await receive('2026-04-18');
  const own = await valuing({}, { approve: 'manual' });
  await valuer(own).round();
  await rig.test.pool.query('update cost_entry set journal_id = null');
  await rig.test.pool.query('delete from journal');
  await receive('2026-04-19');
  const hurried = new Valuer({ database: rig.database, log: log() }, own, {
    ...{ draftEveryMs: 0, valueForMs: 0, now: () => now },
  });
  await hurried.round();
  expect(await journals()).toContain('INV-20260418-1 draft');
});

describe('approving', () => {
  test('by a person: drafts wait', async () => {
    await receive('2026-04-18');
    await valuer(await valuing({}, { approve: 'manual' })).round();
    expect(await rig.deliveries()).toEqual([]);
    expect(await booksFigures(rig.database.pool)).toMatchObject({ drafts: 1, open: 0, stale: 0, failing: 0 });
  });

  test('I8: automatically: approved in the rules’ own name, and queued with a key in the same transaction', async () => {
    await receive('2026-04-18');
    const { id } = await rig.connect();
    await valuer(await valuing({ deliverTo: id })).round();
    expect(await rig.deliveries()).toMatchObject([{ status: 'queued', attempts: 0, journal: 'approved' }]);
    const { rows } = await rig.test.pool.query('select approved_by from journal');
    expect(rows).toEqual([{ approved_by: AUTOMATIC }]);
    expect(await booksFigures(rig.database.pool)).toMatchObject({ drafts: 0, open: 1 });
  });

  test('automatically: not before the hours after the day are over; what comes within them is no correction', async () => {
    await receive('2026-04-18');
    const own = valuer(await valuing({}, { approve: 'automatic', approveAfterHours: 6 }));
    // New York's day ends at 04:00 UTC.
    now = new Date('2026-04-19T04:00:00Z');
    await own.round();
    expect(await journals()).toEqual(['INV-20260418-1 draft']);
    await receive('2026-04-18', 5);
    now = new Date('2026-04-19T09:59:59.999Z');
    await own.round();
    expect(await journals()).toEqual(['INV-20260418-1 draft']);
    now = new Date('2026-04-19T10:00:00Z');
    await own.round();
    expect(await journals()).toEqual(['INV-20260418-1 approved']);
    const [journal] = await readJournals(rig.database.pool);
    expect(journal?.lines[0]?.amount).toBe('60.00');
  });

  test('automatically, with no hours to wait: as soon as the day is over', async () => {
    await receive('2026-04-18');
    const own = valuer(await valuing({}, { approve: 'automatic', approveAfterHours: 0 }));
    now = new Date('2026-04-19T04:00:00Z');
    await own.round();
    expect(await journals()).toEqual(['INV-20260418-1 approved']);
  });

  test('automatically, by the same check as a person: a draft with an account that the books lack stays one, and says why', async () => {
    await receive('2026-04-17');
    await rig.move({
      type: 'adjustment',
      sku: 'TEE',
      quantity: 1,
      at: at('2026-04-18'),
      from: 'MAIN',
      to: '@adjustment',
    });
    const live = await rig.connect();
    const rules = await valuing({ deliverTo: live.id, keptBy: live });
    // The id that the books give to the next account that somebody makes there.
    const accounts = { ...rules.books.accounts, adjustment: '201' };
    const own = { ...rules, books: { ...rules.books, accounts } };
    await valuer(own).round();
    const kept = ['INV-20260417-1 approved', 'INV-20260418-1 draft'];
    expect(await journals()).toEqual(kept);
    expect(logged).toMatchObject([{ reason: expect.stringContaining('no account with the id 201') }]);
    const attention = () => booksAttention(rig.database.pool, own.books);
    expect(await attention()).toMatchObject([
      {
        ...{ connection: 'books', what: 'drafts that the hub does not approve', count: 1 },
        example: expect.stringMatching(/^INV-20260418-1: the books have no account with the id 201; correct/),
      },
    ]);
    const away = { ...live.connection.journal, describe: () => Promise.reject(new Error('not there')) };
    await receive('2026-04-19');
    await valuer({ ...own, keptBy: { ...live, connection: { ...live.connection, journal: away } } }).round();
    expect(await journals()).toEqual([...kept, 'INV-20260419-1 approved']);

    const next = valuer(own);
    await next.round();
    rig.simulator.actions.createAccount({ name: 'Shrinkage', type: 'Expense' });
    const asked = rig.simulator.requests().length;
    await next.round();
    expect(rig.simulator.requests()).toHaveLength(asked);
    now = new Date(now.getTime() + 300_000);
    await next.round();
    expect(await journals()).toContain('INV-20260418-1 approved');
    expect(await attention()).toEqual([]);
  });

  test('what a person approved is handed over, too', async () => {
    await receive('2026-04-18');
    const own = await valuing({}, { approve: 'automatic' });
    await valuer(own).round();
    expect(await rig.deliveries()).toEqual([]);
    const { id } = await rig.connect();
    await valuer({ ...own, deliverTo: id }).round();
    expect(await rig.deliveries()).toMatchObject([{ status: 'queued' }]);
  });

  test('I10: what comes after approval corrects by another journal', async () => {
    await receive('2026-04-18');
    const own = valuer(await valuing());
    await own.round();
    await receive('2026-04-18', 5);
    await own.round();
    expect(await journals()).toEqual(['COR-20260418-1 approved', 'INV-20260418-1 approved']);
  });
});

describe('failures', () => {
  test('an item that cannot be valued says why, once, is tried again, and the others are valued', async () => {
    const own = await valuing();
    const { rows } = await rig.test.pool.query<{ id: number }>(`select id from item where sku = 'CAP'`);
    await rig.database.transaction((client) =>
      recordCosts(client, [
        {
          kind: 'expected_cost',
          key: derivedKey('test', 'cap'),
          document: 'price list',
          effectiveAt: at('2026-04-01'),
          content: { itemId: rows[0]?.id ?? 0, unitCost: '4', currency: 'GBP' },
        },
      ]),
    );
    await rig.move({
      type: 'receipt',
      sku: 'CAP',
      quantity: 3,
      at: at('2026-04-18'),
      from: '@supplier',
      to: 'MAIN',
    });
    await receive('2026-04-18');
    const one = valuer(own);
    await one.round();
    await rig.test.pool.query('update valuation_stale set retry_at = clock_timestamp()');
    await one.round();
    expect(logged).toHaveLength(1);
    expect(logged[0]).toMatchObject({ item: 'CAP' });
    expect(logged[0]?.reason).toContain('GBP');
    expect(await journals()).toEqual(['INV-20260418-1 approved']);
    expect(await booksAttention(rig.database.pool)).toMatchObject([
      {
        connection: 'books',
        what: 'items that cannot be valued',
        count: 1,
        example: expect.stringMatching(/^CAP: .*GBP/),
      },
    ]);
    // What was missing comes; the item is valued by itself, and its day is corrected.
    await rig.database.transaction((client) =>
      recordCosts(client, [
        {
          kind: 'exchange_rate',
          key: derivedKey('test', 'rate'),
          document: 'bank',
          effectiveAt: at('2026-04-01'),
          content: { currency: 'GBP', rate: '1.25' },
        },
      ]),
    );
    await rig.test.pool.query('update valuation_stale set retry_at = clock_timestamp()');
    await one.round();
    expect(await booksAttention(rig.database.pool)).toEqual([]);
    expect(await rig.inventoryValue()).toBe('55.00');
  });
});

describe('one at a time', () => {
  test('while one process values, another leaves it alone', async () => {
    await receive('2026-04-18');
    const own = valuer(await valuing());
    await withAdvisoryLock(rig.database, 'value', async () => {
      expect(await own.round()).toBe(false);
    });
    expect(await journals()).toEqual([]);
    expect(await own.round()).toBe(true);
    expect(await journals()).toHaveLength(1);
  });

  test('it works on its own clock, and a stop is heard', async () => {
    await receive('2026-04-18');
    const running = startValue(
      { ...rig.hub, log: log() } as Parameters<typeof startValue>[0],
      await valuing(),
      { tickMs: 10, draftEveryMs: 0, now: () => now },
    );
    while ((await journals()).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    await running.stop();
    await receive('2026-04-17');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await journals()).toHaveLength(1);
  });
});
