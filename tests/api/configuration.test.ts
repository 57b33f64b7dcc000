// A configuration with several mistakes: the command lists them all at once, each with its line, and says so by its exit code.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const SECRET = 'canary-secret-in-a-wrong-file';
const WRONG = `api:
  port: 99999
  maxBodyBytes: lots
workers:
  roles: [api, dance]
conections: {}
connections:
  shop:
    connector: shopfy
    settings: {}
  till:
    connector: square
    settings:
      accessToken: ${SECRET}
      signatureKey: 17
    policy:
      share: 150
  dock:
    connector: webhook
    settings:
      signature:
        scheme: standard-webhooks
        secrets: [${SECRET}]
`;

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'stockbridge-check-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** Runs the command as a person would; colours and the environment's own settings stay out. */
async function check(text: string, ...more: string[]): Promise<{ code: number; output: string }> {
  const file = join(directory, 'stockbridge.yaml');
  await writeFile(file, text);
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    NO_COLOR: '1',
    STOCKBRIDGE_DATA: join(directory, 'data'),
  };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(ROOT, 'src/cli.ts'), ...more, 'check', '-c', file],
      { cwd: directory, env },
      (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, output: `${stdout}${stderr}` });
      },
    );
  });
}

const lineOf = (words: string): number => WRONG.slice(0, WRONG.indexOf(words)).split('\n').length;

test('every mistake is listed with its line, the exit code is 1, and no secret is shown', async () => {
  const { code, output } = await check(WRONG);
  expect(code).toBe(1);
  for (const words of [
    'port: 99999',
    'maxBodyBytes: lots',
    'roles: [api, dance]',
    'conections',
    'connector: shopfy',
    'signatureKey: 17',
    'share: 150',
    'secrets: [',
  ]) {
    expect(output, words).toMatch(new RegExp(`stockbridge\\.yaml:${lineOf(words)}(:|\\b)`));
  }
  expect(output).toMatch(/^8 mistakes|\b8 mistakes/m);
  expect(output).toMatch(/shopify/);
  expect(output).toMatch(/connections/);
  expect(output).not.toContain(SECRET);
});

test('the same for machines, as JSON', async () => {
  const { code, output } = await check(WRONG, '--json');
  expect(code).toBe(1);
  const report = JSON.parse(output) as { valid: boolean; problems: { path: string; line?: number }[] };
  expect(report.valid).toBe(false);
  expect(report.problems).toHaveLength(8);
  expect(report.problems.every(({ line }) => (line ?? 0) > 0)).toBe(true);
  expect(output).not.toContain(SECRET);
});

test('a right one ends with 0', async () => {
  const { code, output } = await check('api:\n  port: 0\n');
  expect(output).toMatch(/configuration: right/);
  expect(code).toBe(0);
});

test('what is right and yet probably not meant is a warning, and the exit code stays 0', async () => {
  const { code, output } = await check(`api: { port: 0 }
books: { currency: USD, timeZone: UTC, framework: us_gaap, method: fifo, accounts: { inventory: 1, received_not_billed: 2, cost_of_goods_sold: 3, adjustment: 4, opening: 5 } }
workers: { roles: [api] }
`);
  expect(output).toMatch(/^warning: workers\.roles leaves out value/m);
  expect(code).toBe(0);
});

test('--data beside a named database is refused by every command: the live one would be opened', async () => {
  const { code, output } = await check(
    'database: { url: "postgres://user:word@127.0.0.1:1/x" }\n',
    '--data',
    'rehearsal',
  );
  expect(output).toMatch(/^--data data: names a folder/m);
  expect(code).toBe(1);
});
