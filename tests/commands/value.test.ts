// `stockbridge value` as a person runs it: brought up to date first, honest about what is behind, in text and in JSON.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { program } from '../../src/cli.ts';
import { grouped } from '../../src/commands/value/text.ts';
import { StockbridgeError } from '../../src/core/errors.ts';
import { noticePostings } from '../../src/core/valuation/notice.ts';
import { billed, moved } from '../core/reports/ledger-of-a-year.ts';
import { type BooksWorld, openBooksWorld } from '../core/valuation/books-world.ts';

let world: BooksWorld;
let folder: string;

beforeAll(async () => {
  world = await openBooksWorld({ items: 2 });
  const [item = 0] = world.items;
  folder = await mkdtemp(join(tmpdir(), 'stockbridge-value-'));
  const books = {
    currency: 'USD',
    timeZone: 'America/New_York',
    framework: 'us_gaap',
    method: 'fifo',
    accounts: {
      inventory: '84',
      received_not_billed: '85',
      cost_of_goods_sold: '80',
      adjustment: '86',
      opening: '87',
    },
  };
  const config = { database: { url: world.database.url }, log: { level: 'error' }, connections: {} };
  await writeFile(join(folder, 'books.yaml'), stringify({ ...config, books }));
  await writeFile(join(folder, 'bare.yaml'), stringify(config));
  await world.post(
    moved(world, {
      day: '2026-03-10',
      id: 'r1',
      item,
      quantity: 2000,
      from: '@supplier',
      to: 'LOOSE',
      reference: 'PO 1',
      unitCost: '5.00',
    }),
    moved(world, {
      day: '2026-03-28',
      id: 's1',
      item,
      quantity: 800,
      from: 'LOOSE',
      to: '@customer',
      reference: 'order 1',
    }),
    moved(world, { day: '2026-03-29', id: 't1', item, quantity: 100, from: 'LOOSE', to: 'SEA' }),
  );
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await world.close();
});

async function run(...words: string[]): Promise<{ code: number; text: string }> {
  const file = words.includes('--bare') ? 'bare.yaml' : 'books.yaml';
  let text = '';
  let code = 0;
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    text += chunk.toString();
    return true;
  });
  try {
    const cli = program((given) => {
      code = given;
    });
    await cli.parseAsync([
      'node',
      'stockbridge',
      '--config',
      join(folder, file),
      ...words.filter((word) => word !== '--bare'),
    ]);
    return { code, text };
  } finally {
    spy.mockRestore();
  }
}
const json = async (...words: string[]) =>
  JSON.parse((await run('--json', ...words)).text) as Record<string, unknown>;

test('as stored, nothing is valued yet: the first line and the JSON say so', async () => {
  const { code, text } = await run('value', 'stock', '--as-stored', '--as-of', '2026-03-31');
  expect(code).toBe(0);
  expect(text.split('\n')[0]).toBe(
    'NOT UP TO DATE: 1 item is behind the ledger (SKU-1): new facts are not valued yet. `stockbridge value status` shows all.',
  );
  expect(await json('value', 'stock', '--as-stored', '--as-of', '2026-03-31')).toMatchObject({
    behind: { count: 1, items: [{ sku: 'SKU-1', reason: 'new facts are not valued yet' }] },
    rows: [],
  });
});

test('value is brought up before it is reported, by default of stock', async () => {
  const { text } = await run('value', '--as-of', '2026-03-31');
  expect(text).toMatchInlineSnapshot(`
    "Value of stock at the end of 2026-03-31 (America/New_York), as known now, in USD
      item   quantity  unit  unit cost     value  written down       net
      ─────  ────────  ────  ─────────  ────────  ────────────  ────────
      SKU-1      1200  each       5.00  6,000.00          0.00  6,000.00
      total         —                —  6,000.00          0.00  6,000.00
    Inventory 5,500.00, in transit 500.00, consigned out 0.00.
    "
  `);
  expect(await json('value', 'stock', '--as-of', '2026-03-31', '--by', 'location')).toMatchObject({
    currency: 'USD',
    asOf: '2026-03-31',
    knownAt: null,
    behind: { count: 0, items: [] },
    rows: [
      { key: 'LOOSE', quantity: '1100', value: '5500.00', unitCost: '5.00' },
      { key: 'SEA', quantity: '100', value: '500.00', unitCost: '5.00' },
    ],
    total: { value: '6000.00', inventory: '5500.00', inTransit: '500.00' },
  });
});

test('each report in text', async () => {
  const range = ['--from', '2026-03-01', '--through', '2026-03-31'];
  const cogs = await run('value', 'cogs', ...range);
  expect(cogs.text).toMatchInlineSnapshot(`
    "Cost of goods sold from 2026-03-01 through 2026-03-31 (America/New_York), in USD
      item   net quantity  unit      sold     total
      ─────  ────────────  ────  ────────  ────────
      SKU-1           800  each  4,000.00  4,000.00
      total             —        4,000.00  4,000.00
    "
  `);
  const rollForward = await run('value', 'rollforward', ...range);
  expect(rollForward.text).toMatchInlineSnapshot(`
    "Roll-forward of stock from 2026-03-01 through 2026-03-31 (America/New_York), in USD
                         value
      ─────────────  ─────────
      opening stock       0.00
      receipt        10,000.00
      sale           -4,000.00
      closing stock   6,000.00
    It adds up: checked against stock valued at both ends, and quantities against the ledger.
    "
  `);
  expect((await run('value', 'rollforward', ...range, '--by', 'item')).text).toMatch(
    /SKU-1 +0 +0\.00 +10,000\.00 +-4,000\.00 +6,000\.00 +1200/,
  );
  const unbilled = await run('value', 'unbilled', '--as-of', '2026-03-31');
  expect(unbilled.text).toMatchInlineSnapshot(`
    "Received and not billed at the end of 2026-03-31 (America/New_York), in USD

    Receipts without a bill
      received    days  age   item   document  reference  quantity     amount  event
      ──────────  ────  ────  ─────  ────────  ─────────  ────────  ─────────  ─────  
      2026-03-10    21  0-30  SKU-1  r1        PO 1           2000  10,000.00
    By age: 0-30 days 10,000.00, 31-60 days 0.00, 61-90 days 0.00, over 90 days 0.00
    No bill waits for goods.
    No supplier owes a credit.

    Not billed 10,000.00 − waiting 0.00 − owed 0.00 = 10,000.00
    This is the balance of received_not_billed: 10,000.00.
    "
  `);
  const transit = await run('value', 'transit', '--as-of', '2026-03-31');
  expect(transit.text).toMatchInlineSnapshot(`
    "In transit and consigned out at the end of 2026-03-31 (America/New_York), in USD
      role        at   item   since       days  document  quantity   value  event
      ──────────  ───  ─────  ──────────  ────  ────────  ────────  ──────  ─────
      in transit  SEA  SKU-1  2026-03-29     2  t1             100  500.00
    In transit 500.00: 0-30 days 500.00, 31-60 days 0.00, 61-90 days 0.00, over 90 days 0.00
    Consigned out 0.00: 0-30 days 0.00, 31-60 days 0.00, 61-90 days 0.00, over 90 days 0.00
    "
  `);
  expect((await run('value', 'turnover', ...range)).text).toMatch(
    /SKU-1 +1200 +800 +4,000\.00 +3,000\.00 +1\.3333 +23\.25 +46\.5 +50\.96 +2026-03-28 +moving/,
  );
});

test('a cost is explained down to what corrected it', async () => {
  await world.say(
    billed('B1', '2026-04-12', [
      { itemId: world.items[0] ?? 0, reference: 'PO 1', quantity: '2000', amount: '11000.00' },
    ]),
  );
  const { text } = await run('value', 'explain', 'SKU-1', '--order', 'order 1');
  expect(text).toContain('SKU-1, costed by fifo (perpetual), in USD; times in America/New_York');
  expect(text).toContain('took 800 at 5.50 = 4,400.00 from r1 (receipt of 2026-03-10 13:00, for PO 1)');
  expect(text).toMatch(
    /corrected .*: sale 400\.00: cost of goods sold ← inventory, not booked yet\n +because of bill B1 \(bill of 2026-04-12 13:00\)/,
  );
  expect(await json('value', 'explain', 'SKU-1', '--order', 'order 1')).toMatchObject({
    steps: [{ layers: [{ quantity: '800', value: '4400.00' }] }],
  });
});

test('status ends with 1 when something failed, and names it', async () => {
  expect(await run('value', 'status')).toMatchObject({
    code: 0,
    text: expect.stringContaining('Value is up to the ledger.'),
  });
  await world.database.pool.query(
    `insert into valuation_stale (item_id, from_at, attempts, failure, retry_at) values ($1, now(), 2, 'no rate for EUR', 'infinity')`,
    [world.items[1]],
  );
  const { code, text } = await run('value', 'status');
  expect(code).toBe(1);
  expect(text).toMatch(/SKU-2 .* 2 +no rate for EUR/);
  expect((await run('value', 'stock')).text.split('\n')[0]).toMatch(
    /^NOT UP TO DATE: 1 item .*SKU-2.*no rate for EUR/,
  );
  await world.database.pool.query('delete from valuation_stale');
});

test('another method is recorded, said, and used', async () => {
  const words = ['value', 'method', 'average', '--item', 'SKU-1', '--from', '2026-04-01'];
  expect(await run(...words)).toEqual({
    code: 1,
    text: [
      'From 2026-04-01 on, SKU-1 would be costed by average (perpetual) instead of fifo (perpetual).',
      '1 item: stock of 6,600.00 would be worth 6,600.00 USD, as known now.',
      'Nothing was changed. With --yes it is recorded.\n',
    ].join('\n'),
  });
  const { text } = await run(...words, '--yes');
  expect(text).toBe(
    'From 2026-04-01 on, SKU-1 is costed by average (perpetual) instead of fifo (perpetual); 1 item is valued anew.\n',
  );
  expect((await run('value', '--by', 'method', '--as-of', '2026-04-30')).text).toMatch(
    /average +1200 +each +5\.50 +6,600\.00/,
  );
});

test('costs are listed with what they say, and one that is void or unknown is called so', async () => {
  const { text } = await run('costs', 'list', '--sku', 'SKU-1');
  expect(text).toMatch(/2026-04-12 +.*B1.* +11,000\.00 +USD +2000 +SKU-1 +PO 1 +yes/);
  const [bill] = (await json('costs', 'list')) as unknown as { key: string }[];
  expect(bill).toMatchObject({ amount: '11000.00', currency: 'USD', skus: ['SKU-1'], references: ['PO 1'] });
  const failure = (...words: string[]): Promise<unknown> =>
    run(...words).then(
      () => undefined,
      (error: unknown) => error,
    );
  expect(await failure('costs', 'list', '--sku', 'NOPE')).toMatchObject({
    code: 'not_found',
    message: 'there is no item with SKU NOPE',
  });
  expect(await failure('costs', 'void', 'x')).toMatchObject({ code: 'argument_invalid' });
  expect(await failure('costs', 'void', '00000000-0000-4000-8000-000000000000')).toMatchObject({
    code: 'not_found',
    message: expect.stringContaining('no cost document has the key'),
  });
  expect((await run('costs', 'void', bill?.key ?? '')).code).toBe(0);
  expect(await failure('costs', 'void', bill?.key ?? '')).toMatchObject({
    code: 'argument_invalid',
    message: expect.stringContaining('is void already'),
  });
  expect(await failure('import', 'bills', join(folder, 'nofile.csv'))).toMatchObject({
    code: 'argument_invalid',
    message: `${join(folder, 'nofile.csv')} is not there`,
  });
});

test('what is not right is refused with its code', async () => {
  const refused = async (...words: string[]): Promise<string> => {
    const error: unknown = await run(...words).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    return error instanceof StockbridgeError ? error.code : String(error);
  };
  expect(await refused('--bare', 'value')).toBe('configuration_invalid');
  expect(await refused('value', '--as-of', '2026-13-01')).toBe('argument_invalid');
  expect(await refused('value', 'explain', 'NONE')).toBe('not_found');
});

test('amounts are grouped by thousands, whatever their sign and places', () => {
  expect(['0.00', '-1234567.50', '999', '1000', '12345.678'].map(grouped)).toEqual([
    '0.00',
    '-1,234,567.50',
    '999',
    '1,000',
    '12,345.678',
  ]);
});

test('what went back beyond what came awaits a credit; what is not valued yet is told apart from it', async () => {
  const [, item = 0] = world.items;
  const told = { item, reference: 'PO 9', unitCost: '4.00' };
  await world.post(
    moved(world, { ...told, day: '2026-04-02', id: 'r9', quantity: 1, from: '@supplier', to: 'LOOSE' }),
    moved(world, { ...told, day: '2026-04-03', id: 'x9', quantity: 3, from: 'LOOSE', to: '@supplier' }),
  );
  // What was posted is noticed, and not valued.
  await noticePostings(world.database);
  const early = await run('value', 'unbilled', '--as-stored', '--as-of', '2026-04-30');
  expect(early.text).toContain(
    [
      'Not billed 10,000.00 − waiting 0.00 − owed 8.00 = 9,992.00',
      'Of items whose value is behind, the balance holds 8.00 beside that until they are valued.',
      'The balance of received_not_billed is 10,000.00.',
    ].join('\n'),
  );
  const { text } = await run('value', 'unbilled', '--as-of', '2026-04-30');
  expect(text.slice(text.indexOf('Credits'))).toMatchInlineSnapshot(`
    "Credits that suppliers owe
      sent back   days  item   document  reference  quantity  amount
      ──────────  ────  ─────  ────────  ─────────  ────────  ──────  ──────────────
      2026-04-03    27  SKU-2  x9        PO 9              2    8.00  more than came

    Not billed 10,000.00 − waiting 0.00 − owed 8.00 = 9,992.00
    This is the balance of received_not_billed: 9,992.00.
    "
  `);
});

test('a method of the company that the configuration does not say yet is named by status, not thrown', async () => {
  const effect = await run('value', 'method', 'average', '--from', '2026-05-01');
  expect(effect.code).toBe(1);
  expect(effect.text).toContain(
    'books.method and books.timing of the configuration must then say average and perpetual.',
  );
  expect((await run('value', 'status')).text).not.toContain('NOT AS CONFIGURED');
  expect((await run('value', 'method', 'average', '--from', '2026-05-01', '--yes')).code).toBe(0);
  const { code, text } = await run('value', 'status');
  expect(code).toBe(1);
  expect(text).toMatch(
    /^NOT AS CONFIGURED: books\.method is fifo \(perpetual\), but the company costs by average/,
  );
});

test('check finds, without starting anything, that the books block is not what stock was valued by', async () => {
  const before = await readFile(join(folder, 'books.yaml'), 'utf8');
  const checkedWith = async (text: string) => {
    await writeFile(join(folder, 'books.yaml'), text);
    return run('check').finally(() => writeFile(join(folder, 'books.yaml'), before));
  };
  const right = before.replace('fifo', 'average');
  expect((await checkedWith(right)).text).not.toContain('configuration_invalid');
  const { code, text } = await checkedWith(
    before.replace('currency: USD', 'currency: EUR').replace('us_gaap', 'ifrs'),
  );
  expect(code).toBe(1);
  for (const what of [
    'books.currency is EUR, but stock was valued by USD',
    'books.framework is ifrs, but stock was valued by us_gaap',
    'books.method is fifo (perpetual), but the company costs by average (perpetual)',
  ])
    expect(text).toContain(`REFUSED configuration_invalid: ${what}`);
});
