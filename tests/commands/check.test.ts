// `stockbridge check --live` says ok of nothing that stands still: a parked connection is named with its reason.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { MARKET_SECRETS } from '../e2e/market.ts';
import { PROFILE } from '../e2e/warehouse.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';

const CLI = join(import.meta.dirname, '../../src/cli.ts');

let database: TestDatabase;
let directory: string;
beforeAll(async () => {
  database = await testDatabase();
  directory = await mkdtemp(join(tmpdir(), 'stockbridge-check-'));
  const connections = {
    northwind: { connector: 'threepl', settings: PROFILE },
    eastwind: { connector: 'threepl', settings: { ...PROFILE, partner: 'eastwind' } },
  };
  await writeFile(
    join(directory, 'stockbridge.yaml'),
    stringify({ database: { url: database.url }, log: { level: 'error' }, connections }),
  );
});
afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
  await database.drop();
});

interface Live {
  readonly code: number;
  readonly health: readonly {
    readonly connection: string;
    readonly findings: readonly { readonly level: string; readonly what: string; readonly help?: string }[];
  }[];
}

/** Runs the command as a person would, without this environment's settings. */
const live = (): Promise<Live> =>
  new Promise((resolve, reject) => {
    const env = { PATH: process.env.PATH, HOME: process.env.HOME, STOCKBRIDGE_DATA: join(directory, 'data') };
    const args = [CLI, '-c', join(directory, 'stockbridge.yaml'), '--json', 'check', '--live'];
    execFile(process.execPath, args, { cwd: directory, env }, (error, stdout, stderr) => {
      try {
        const code = typeof error?.code === 'number' ? error.code : 0;
        resolve({ ...(JSON.parse(stdout) as Live), code });
      } catch {
        reject(new Error(`${stdout}${stderr}`));
      }
    });
  });

test('a parked partner is not ok: it is said to be parked, why, and how it goes on; the others stay as they are', async () => {
  const before = await live();
  expect(before.code).toBe(0);
  expect(before.health.flatMap((each) => each.findings.map(({ level }) => level))).toEqual(['ok', 'ok']);
  await database.pool.query(
    `update connection set parked_at = now(), parked_code = 'sign_in_refused', parked_reason = 'ftp.example.test refuses to sign us in' where name = 'northwind'`,
  );
  const { code, health } = await live();
  expect(code).toBe(1);
  const findingsOf = (name: string) => health.find((each) => each.connection === name)?.findings;
  expect(findingsOf('northwind')).toEqual([
    {
      level: 'fail',
      what: expect.stringMatching(
        /^parked \(sign_in_refused\) since .* UTC: ftp\.example\.test refuses to sign us in$/,
      ),
      help: expect.stringContaining('stockbridge resume northwind'),
    },
  ]);
  expect(findingsOf('eastwind')).toMatchObject([{ level: 'ok' }]);
  await database.pool.query(
    'update connection set parked_at = null, parked_code = null, parked_reason = null',
  );
  expect((await live()).code).toBe(0);
});

test('a cut-over in the file is said, and not taken by asking', async () => {
  const path = join(directory, 'stockbridge.yaml');
  const file = await readFile(path, 'utf8');
  const cutover = '2026-10-01T00:00:00Z';
  const connections = {
    northwind: { connector: 'threepl', settings: PROFILE, cutover },
    eastwind: { connector: 'threepl', settings: { ...PROFILE, partner: 'eastwind' } },
  };
  await writeFile(path, stringify({ database: { url: database.url }, log: { level: 'error' }, connections }));
  try {
    const { connections: said } = (await live()) as Live & { connections: { name: string }[] };
    expect(said.find(({ name }) => name === 'northwind')).toMatchObject({
      cutover: '2026-10-01T00:00:00.000000Z',
    });
    const { rows } = await database.pool.query('select name from connection where cutover_at is not null');
    expect(rows).toEqual([]);
  } finally {
    await writeFile(path, file);
  }
});

test('a policy that offers the stock of a location there is not is named with the code that was meant', async () => {
  const file = join(directory, 'pooled.yaml');
  const shop = {
    connector: 'demo',
    settings: { url: 'http://127.0.0.1:1', ...MARKET_SECRETS },
    policy: { locations: { shop: ['main', 'NOWHERE'] } },
  };
  await writeFile(file, stringify({ database: { url: database.url }, connections: { shop } }));
  await database.pool.query(`insert into location (code, kind) values ('MAIN', 'warehouse')`);
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, STOCKBRIDGE_DATA: join(directory, 'data') };
  const said = (command: string) =>
    new Promise<string>((resolve) => {
      execFile(process.execPath, [CLI, '-c', file, command], { cwd: directory, env }, (_, stdout) =>
        resolve(stdout),
      );
    });
  expect(await said('check')).toMatch(
    /warning configuration_invalid: connections\.shop: .*main, NOWHERE.*there is MAIN/,
  );
  expect(await said('status')).toMatch(/shop: 2 locations of its policy that there are not.*main, NOWHERE/);
});
