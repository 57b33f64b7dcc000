// Exporting journals from the database to files and standard output, as a person would.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { type ExportJournalsOptions, exportJournals } from '../../src/commands/books/journal-export.ts';
import { StockbridgeError } from '../../src/core/errors.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';

let database: TestDatabase;
let directory: string;

beforeAll(async () => {
  database = await testDatabase();
  directory = await mkdtemp(join(tmpdir(), 'stockbridge-export-'));
  await writeFile(
    join(directory, 'stockbridge.yaml'),
    stringify({ database: { url: database.url }, log: { level: 'error' }, connections: {} }),
  );
  await writeFile(join(directory, 'accounts.yaml'), '0400: Expenses:CostOfGoodsSold\n84: Assets:Inventory\n');
  await journal('SB-1', '2026-11-14', 'posted', '12.50');
  await journal('SB-2', '2026-11-30', 'approved', '7.00');
  await journal('SB-3', '2026-12-01', 'draft', '3.00');
});
afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
  await database.drop();
});

async function journal(number: string, date: string, status: string, amount: string): Promise<void> {
  const cents = amount.replace('.', '');
  const client = await database.pool.connect();
  try {
    await client.query('begin');
    const { rows } = await client.query<{ id: string }>(
      `insert into journal (id, number, kind, posting_date, currency, memo)
       values (gen_random_uuid(), $1, 'activity', $2::text::date, 'USD', 'activity of ' || $2::text) returning id`,
      [number, date],
    );
    await client.query(
      `insert into journal_line (journal_id, line, side, account, role, kind, amount, description) values
         ($1, 1, 'debit', '0400', 'cost_of_goods_sold', 'sale', $2, 'Cost of goods sold'),
         ($1, 2, 'credit', '84', 'inventory', 'sale', $2, 'Inventory')`,
      [rows[0]?.id, cents],
    );
    if (status !== 'draft')
      await client.query(
        `update journal set status = $2::journal_status, approved_at = now(), approved_by = 'ada', content_hash = '\\x00' where id = $1`,
        [rows[0]?.id, status],
      );
    await client.query('commit');
  } finally {
    client.release();
  }
}

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const run = (options: Omit<ExportJournalsOptions, 'config'>): Promise<Ran> =>
  said(() => exportJournals({ ...options, config: join(directory, 'stockbridge.yaml') }));

/** What is written to both outputs meanwhile; a refusal counts as the command line reports it. */
async function said(work: () => Promise<number>): Promise<Ran> {
  const heard = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((stream) =>
    vi.spyOn(process[stream], 'write').mockImplementation((chunk, ...rest: unknown[]) => {
      heard[stream] += chunk.toString();
      const done = rest.at(-1);
      if (typeof done === 'function') done();
      return true;
    }),
  );
  try {
    return { code: await work(), ...heard };
  } catch (error) {
    if (!(error instanceof StockbridgeError)) throw error;
    return { code: 1, stdout: heard.stdout, stderr: `${heard.stderr}${error.code}: ${error.message}` };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

const inFolder = (name: string): string => join(directory, name);

test('a month goes into a folder under its days, without drafts; the same again changes nothing', async () => {
  const options = {
    format: 'csv',
    to: `${inFolder('books')}/`,
    from: '2026-11-01',
    through: '2026-12-31',
    json: true,
  } as const;
  const first = await run(options);
  expect(first).toMatchObject({ code: 0, stderr: '' });
  const path = inFolder('books/journals-2026-11-01_2026-12-31.csv');
  const summary = JSON.parse(first.stdout);
  expect(summary).toEqual({
    journals: 2,
    lines: 4,
    drafts: 0,
    from: '2026-11-14',
    through: '2026-11-30',
    totals: [{ currency: 'USD', amount: '19.50' }],
    file: {
      path,
      outcome: 'written',
      bytes: expect.any(Number),
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    },
  });
  const text = await readFile(path, 'utf8');
  expect(text).toMatch(/,2026-11-14,SB-1,0400,12\.50,,USD,activity of 2026-11-14,/);
  expect(text).not.toContain('SB-3');
  const again = await run(options);
  expect(JSON.parse(again.stdout).file).toEqual({ ...summary.file, outcome: 'unchanged' });
  expect(await readdir(join(directory, 'books'))).toEqual(['journals-2026-11-01_2026-12-31.csv']);
});

test('a file goes to standard output alone, and what people want to know to standard error', async () => {
  const { code, stdout, stderr } = await run({
    format: 'hledger',
    to: '-',
    accounts: inFolder('accounts.yaml'),
    status: ['draft', 'approved'],
  });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^; Journals of Stockbridge\n/);
  expect(stdout).toContain('2026-12-01 ! (SB-3) activity of 2026-12-01\n');
  expect(stdout).toContain('    Expenses:CostOfGoodsSold  USD 3.00\n');
  expect(stdout).not.toContain('SB-1)');
  expect(stderr).toContain(
    '2 journals with 4 lines, 2026-11-30 to 2026-12-01; debits and credits each 10.00 USD',
  );
  expect(stderr).toContain('1 of them are drafts, which may still change');
});

test('a file of other content stands and is named; told to, it is replaced', async () => {
  await writeFile(join(directory, 'mine.json'), 'precious');
  const options = { format: 'json', to: inFolder('mine.json') } as const;
  const refused = await run(options);
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toContain(`content_invalid: ${inFolder('mine.json')} is there with other content`);
  expect(await readFile(join(directory, 'mine.json'), 'utf8')).toBe('precious');
  const replaced = await run({ ...options, overwrite: true });
  expect(replaced.stdout).toMatch(/mine\.json: replaced, \d+ bytes$/m);
  expect(JSON.parse(await readFile(join(directory, 'mine.json'), 'utf8')).journals).toHaveLength(2);
});

test('days without journals write nothing and say so', async () => {
  const options = { format: 'xero', to: inFolder('empty.json'), from: '2027-01-01' } as const;
  expect(await run(options)).toMatchObject({
    code: 1,
    stdout: 'No journals to export; nothing was written.\n',
  });
  expect(await readdir(directory)).not.toContain('empty.json');
});

test.each<[string, Partial<ExportJournalsOptions>, RegExp]>([
  ['a day that does not exist', { from: '2026-02-30' }, /--from must be a day/],
  ['a day in other words', { through: 'yesterday' }, /--through must be a day/],
  ['days the wrong way round', { from: '2026-12-01', through: '2026-11-01' }, /comes after/],
  ['no account names', { format: 'beancount' }, /beancount needs --accounts/],
  [
    'a file of names that is not there',
    { format: 'hledger', accounts: '/none/names.yaml' },
    /cannot be read/,
  ],
])('%s is refused before anything is read', async (_what, options, message) => {
  await expect(exportJournals({ format: 'csv', to: '-', json: true, ...options })).rejects.toEqual(
    expect.objectContaining({ code: 'argument_invalid', message: expect.stringMatching(message) }),
  );
});

test.each([
  ['- a\n- b\n', /must be a list of lines/],
  ['80: [a, b]\n', /name of account 80 must be text/],
  ['80: "a\n', /names\.yaml: /],
  ['', /must be a list of lines/],
])('a file of names that says %j is refused', async (text, message) => {
  const accounts = join(directory, 'names.yaml');
  await writeFile(accounts, text);
  await expect(
    exportJournals({ format: 'hledger', to: inFolder('out'), json: true, accounts }),
  ).rejects.toEqual(
    expect.objectContaining({ code: 'content_invalid', message: expect.stringMatching(message) }),
  );
});
