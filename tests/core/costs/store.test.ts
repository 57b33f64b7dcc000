// What was said about cost is kept once and never changed, and whatever it can change is noticed from the right time on.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ImportKind } from '../../../src/core/catalog/import.ts';
import { importCatalog } from '../../../src/core/catalog/import.ts';
import { concernedBy } from '../../../src/core/costs/concerned.ts';
import { costKey, voidOf } from '../../../src/core/costs/document.ts';
import { recordCosts } from '../../../src/core/costs/store.ts';
import { type Database, openDatabase } from '../../../src/core/database.ts';
import { instantFrom } from '../../../src/core/vocabulary/instant.ts';
import { type TestDatabase, testDatabase } from '../../support/postgres.ts';

let test: TestDatabase;
let database: Database;
beforeAll(async () => {
  test = await testDatabase();
  database = openDatabase({ url: test.url, poolSize: 4 });
});
afterAll(async () => {
  await database.close();
  await test.drop();
});
beforeEach(async () => {
  await test.pool.query(`
    set session_replication_role = replica;
    delete from cost_document_item; delete from cost_document; delete from cost_reference; delete from valuation_stale;
    delete from item_costing; delete from books; delete from movement; delete from balance; delete from item; delete from location where code not like '@%';
    set session_replication_role = default;
    alter table item alter column id restart with 1;
    insert into item (sku) values ('A'), ('B'), ('C');
    insert into location (code, kind) values ('MAIN', 'warehouse');
    insert into books (currency, time_zone, framework, system) values ('EUR', 'Europe/Berlin', 'ifrs', 'perpetual')`);
});

type Said = Parameters<typeof recordCosts>[1];
const record = (documents: Said) => database.transaction((client) => recordCosts(client, documents));
const bill = (number: string, amount = '10', at = '2026-03-10T00:00:00Z', more = {}): Said[number] => ({
  kind: 'bill',
  key: costKey('bill', [number]),
  document: `bill ${number}`,
  effectiveAt: at,
  content: {
    number,
    supplier: 'N',
    currency: 'EUR',
    lines: [{ itemId: 1, reference: 'PO', quantity: '2', amount }],
    ...more,
  },
});
const freight = (number: string, more = {}): Said[number] => ({
  kind: 'landed_cost',
  key: costKey('landed_cost', [number]),
  document: `landed cost ${number}`,
  effectiveAt: '2026-03-20T00:00:00Z',
  content: {
    number,
    amount: '5',
    currency: 'EUR',
    by: 'value',
    receipts: ['PO'],
    role: 'landed_clearing',
    ...more,
  },
});
const received = (item: number, reference: string, at: string, currency: string | null = null) =>
  test.pool.query(
    `with moved as (
       insert into movement (batch_id, position, key, line, type, occurred_at, recorded_at, connection_id, document, reference, item_id,
         quantity, from_location_id, from_state, to_location_id, to_state, currency, fingerprint)
       select 1, 1, gen_random_uuid(), 0, 'receipt', $3, now(), 1, 'receipt', $2, $1, 5, f.id, 'sellable', t.id, 'sellable', $4, ''
       from location f, location t where f.code = '@supplier' and t.code = 'MAIN' returning *)
     insert into cost_reference select reference, item_id, key, line, 'received', occurred_at from moved`,
    [item, reference, at, currency],
  );
const stale = async (): Promise<Record<string, string>> => {
  const { rows } = await test.pool.query<{ id: number; at: string }>(
    `select item_id as id, to_char(from_at at time zone 'UTC', 'YYYY-MM-DD') as at from valuation_stale order by 1`,
  );
  return Object.fromEntries(rows.map(({ id, at }) => [String(id), at]));
};
const count = async (): Promise<number> =>
  (await test.pool.query<{ n: number }>('select count(*)::int as n from cost_document')).rows[0]?.n ?? -1;

describe('recording', () => {
  it('I3: the same document twice is one; decimals in another form are the same', async () => {
    expect(await record([bill('1'), bill('1')])).toEqual([{ outcome: 'recorded' }, { outcome: 'duplicate' }]);
    expect(await record([bill('1', '10.00')])).toEqual([{ outcome: 'duplicate' }]);
    expect(await count()).toBe(1);
  });

  it('I4: the same key with other content is a conflict, and the first one stands', async () => {
    await record([bill('1')]);
    expect(await record([bill('1', '11')])).toMatchObject([
      { outcome: 'conflict', reason: expect.stringContaining('bill 1') },
    ]);
    expect(await count()).toBe(1);
  });

  it('I3: of two at the same time one is recorded', async () => {
    const outcomes = await Promise.all([record([bill('1')]), record([bill('1')]), record([bill('1', '11')])]);
    expect(await count()).toBe(1);
    expect(outcomes.flat().filter(({ outcome }) => outcome === 'recorded')).toHaveLength(1);
  });

  it('I5: a document is never changed', async () => {
    await record([bill('1')]);
    await expect(test.pool.query(`update cost_document set document = 'x'`)).rejects.toThrow('I5');
  });

  it('a void takes back one document once, and no void', async () => {
    const at = instantFrom('2026-04-01T00:00:00Z');
    const taken = voidOf({ key: costKey('bill', ['1']), document: 'bill 1' }, at);
    expect(await record([taken])).toMatchObject([{ outcome: 'conflict' }]);
    expect(await record([bill('1'), taken, taken])).toMatchObject([
      {},
      { outcome: 'recorded' },
      { outcome: 'duplicate' },
    ]);
    const other = { ...taken, key: costKey('void', ['other']) };
    expect(await record([other, voidOf(taken, at)])).toMatchObject([
      { outcome: 'conflict' },
      { outcome: 'conflict' },
    ]);
  });

  it('amounts have the places of their currency', async () => {
    await expect(record([bill('1', '10.001')])).rejects.toThrow('2 decimal places');
    await expect(record([bill('1', '10.5', undefined, { currency: 'JPY' })])).rejects.toThrow(
      '0 decimal places',
    );
  });
});

describe('what is stale', () => {
  it('by a bill: its item from the receipt it names, or from its own time', async () => {
    await record([bill('1')]);
    expect(await stale()).toEqual({ 1: '2026-03-10' });
    await received(1, 'PO', '2026-03-01');
    await received(2, 'PO', '2026-02-01');
    await record([bill('2')]);
    expect(await stale()).toEqual({ 1: '2026-03-01' });
  });

  it('by a void: what the document concerned', async () => {
    await received(1, 'PO', '2026-03-01');
    await record([bill('1')]);
    await test.pool.query('delete from valuation_stale');
    await record([
      voidOf({ key: costKey('bill', ['1']), document: 'bill 1' }, instantFrom('2026-04-01T00:00:00Z')),
    ]);
    expect(await stale()).toEqual({ 1: '2026-03-01' });
  });

  it('by a landed cost: every item of every receipt it names', async () => {
    await received(1, 'PO', '2026-03-01');
    await received(2, 'PO', '2026-03-02');
    await received(3, 'OTHER', '2026-03-02');
    await record([freight('f')]);
    expect(await stale()).toEqual({ 1: '2026-03-01', 2: '2026-03-02' });
  });

  it('by a receipt that comes after its landed cost: all that shares it', async () => {
    await record([freight('f', { receipts: ['PO', 'LATE'] })]);
    await received(1, 'PO', '2026-03-01');
    await received(2, 'LATE', '2026-03-05');
    const concerned = await database.transaction((client) =>
      concernedBy(client, [{ reference: 'LATE', causedAt: null }]),
    );
    expect(concerned.map(({ itemId, fromAt }) => [itemId, fromAt])).toEqual([
      [1, '2026-03-01T00:00:00.000000Z'],
      [2, '2026-03-05T00:00:00.000000Z'],
    ]);
    expect(
      await database.transaction((client) => concernedBy(client, [{ reference: 'NOTHING', causedAt: null }])),
    ).toEqual([]);
  });

  it('by a rate: what was bought in its currency since, and what a bill without a rate names', async () => {
    await received(1, 'PO', '2026-02-01');
    await received(2, 'X', '2026-03-02', 'USD');
    await received(3, 'X', '2026-02-02', 'USD');
    await record([bill('1', '10', '2026-03-10T00:00:00Z', { currency: 'USD' })]);
    await test.pool.query('delete from valuation_stale');
    const rate = { kind: 'exchange_rate', document: 'rate', key: costKey('exchange_rate', ['USD']) } as const;
    await record([
      { ...rate, effectiveAt: '2026-03-01T00:00:00Z', content: { currency: 'USD', rate: '0.9' } },
    ]);
    expect(await stale()).toEqual({ 1: '2026-02-01', 2: '2026-03-02' });
  });

  it('I9: by whatever changes a cost that freight is divided by: all that share it, and by nothing once it is void', async () => {
    await received(1, 'PO', '2026-03-01');
    await received(2, 'OTHER', '2026-03-02', 'USD');
    await received(3, 'OTHER', '2026-02-02');
    const shared = freight('f', { receipts: ['PO', 'OTHER'] });
    await record([shared, freight('by quantity', { by: 'quantity', receipts: ['PO', 'OTHER'] })]);
    const by = async (document: Said[number]) => {
      await test.pool.query('delete from valuation_stale');
      await record([document]);
      return stale();
    };
    const all = { 1: '2026-03-01', 2: '2026-03-02', 3: '2026-02-02' };
    const rate = { kind: 'exchange_rate', document: 'rate' } as const;
    const usd = { currency: 'USD', rate: '0.9' };
    const since = (day: string) => ({
      ...rate,
      key: costKey('exchange_rate', [day]),
      effectiveAt: `${day}T00:00:00Z`,
    });
    expect(await by({ ...since('2026-03-01'), content: usd })).toEqual(all);
    expect(await by({ ...since('2026-03-03'), content: usd })).toEqual({});
    expect(await by(bill('1'))).toEqual(all);
    const expected = {
      kind: 'expected_cost',
      document: 'expected',
      content: { itemId: 3, unitCost: '1' },
    } as const;
    const from = (day: string) => ({
      ...expected,
      key: costKey('expected_cost', [day]),
      effectiveAt: `${day}T00:00:00Z`,
    });
    expect(await by(from('2026-02-01'))).toEqual({ ...all, 3: '2026-02-01' });
    expect(await by(from('2026-02-03'))).toEqual({ 3: '2026-02-03' });
    await record([voidOf({ key: shared.key, document: 'f' }, instantFrom('2026-04-01T00:00:00Z'))]);
    expect(await by(bill('2'))).toEqual({ 1: '2026-03-01' });
  });
});

describe('files', () => {
  const load = (kind: ImportKind, csv: string) => importCatalog(database.pool, kind, csv);
  const BILLS =
    'bill,supplier,date,reference,sku,quantity,amount\n1,N,2026-03-10,PO,A,2,10.50\n1,N,2026-03-10,PO,B,1,3\n';

  it.each<[ImportKind, string, number]>([
    ['costs', 'sku,unit_cost,from,what\nA,1.25,2026-03-01,\nA,1,2026-03-01,write_down\n', 2],
    ['bills', BILLS, 1],
    ['landed', 'document,date,receipt,amount,by\nF,2026-03-10,PO,9,weight\nF,2026-03-10,PO2,9,weight\n', 1],
    ['rates', 'currency,rate,from\nUSD,0.9,2026-03-01\n', 1],
    [
      'production',
      'order,date,what,sku,quantity,amount\nMO,2026-03-01,output,A,10,\nMO,2026-03-01,cost,,,25\n',
      1,
    ],
  ])('I3: %s are taken once, however often they are imported', async (kind, csv, documents) => {
    expect(await load(kind, csv)).toMatchObject({
      applied: true,
      changed: csv.trim().split('\n').length - 1,
      rejected: [],
    });
    expect(await load(kind, csv)).toMatchObject({ applied: true, changed: 0, rejected: [] });
    expect(await count()).toBe(documents);
  });

  it('a day is the company’s', async () => {
    await load('costs', 'sku,unit_cost,from,what\nA,1,2026-07-01,\nA,1,2026-03-31,write_down\n');
    const { rows } = await test.pool.query<{ at: string }>(
      `select to_char(effective_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') as at from cost_document order by 1`,
    );
    expect(rows.map(({ at }) => at)).toEqual(['2026-03-31 21:59:59.999999', '2026-06-30 22:00:00.000000']);
  });

  it('I4: a bill that says something else is refused with its lines; once it is void it may be said anew', async () => {
    await load('bills', BILLS);
    const other = BILLS.replace('10.50', '11.50');
    const refused = await load('bills', other);
    expect(refused.rejected.map(({ line, problem }) => [line, problem])).toEqual([
      [2, 'was recorded with other content before'],
      [3, 'was recorded with other content before'],
    ]);
    const { rows } = await test.pool.query<{ key: string; document: string }>(
      'select key::text, document from cost_document',
    );
    await record(rows.map((row) => voidOf(row, instantFrom('2026-04-01T00:00:00Z'))));
    expect(await load('bills', other)).toMatchObject({ applied: true, changed: 2 });
    expect(await load('bills', other)).toMatchObject({ applied: true, changed: 0 });
  });

  it('a bill is taken as a whole or not at all, and every error has its line', async () => {
    const csv = `${BILLS}2,N,2026-03-10,PO,A,1,5\n2,N,2026-03-11,PO,Z,1,5\n`;
    const report = await importCatalog(database.pool, 'bills', csv, { partial: true });
    expect(report.rejected.map(({ line, column }) => [line, column])).toEqual([
      [4, 'bill'],
      [5, 'sku'],
      [5, 'date'],
    ]);
    expect(await count()).toBe(1);
  });

  it('a production order may be said anew, as when it is closed', async () => {
    await load('production', 'order,date,what,sku,quantity\nMO,2026-03-01,output,A,10\n');
    const closed = 'order,date,what,sku,quantity,closed_at\nMO,2026-03-01,output,A,10,2026-03-09\n';
    expect(await load('production', closed)).toMatchObject({ changed: 1, notices: [{ line: 2 }] });
    expect(await load('production', closed)).toMatchObject({ changed: 0, notices: [] });
  });

  it('costing keeps what the file leaves out, and makes stale what shares a landed cost', async () => {
    await load('costing', 'sku,group,weight\nA,tea,1.5\nB,,2\n');
    expect(await load('costing', 'sku,group,weight\nA,tea,1.5\nB,,2\n')).toMatchObject({ changed: 0 });
    await received(1, 'PO', '2026-03-01');
    await received(2, 'PO', '2026-03-02');
    await record([freight('f', { by: 'weight' })]);
    await test.pool.query('delete from valuation_stale');
    expect(await load('costing', 'sku,weight\nA,3\n')).toMatchObject({ changed: 1 });
    expect(await stale()).toEqual({ 1: '2026-03-01', 2: '2026-03-02' });
    const { rows } = await test.pool.query(
      `select cost_group, weight::text from item_costing where item_id = 1`,
    );
    expect(rows).toEqual([{ cost_group: 'tea', weight: '3' }]);
  });

  it('a location has its owner from the file, and what was ever there is valued anew', async () => {
    await received(1, 'PO', '2026-03-01');
    await test.pool.query(
      `insert into balance (item_id, location_id, state, quantity, overdraft) select 1, id, 'sellable', 5, false from location where code = 'MAIN'`,
    );
    expect(await load('locations', 'code,ownership\nMAIN,consigned_in\n')).toMatchObject({ changed: 1 });
    expect(await stale()).toEqual({ 1: '2026-03-01' });
    await load('locations', 'code,name\nMAIN,Main\n');
    const { rows } = await test.pool.query(`select ownership::text from location where code = 'MAIN'`);
    expect(rows).toEqual([{ ownership: 'consigned_in' }]);
  });
});
