// A made connector works before its author has written a line: in a copy of the project, it passes the whole contract.
import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newConnector } from '../../scripts/new-connector.ts';

const PROJECT = join(import.meta.dirname, '../..');
const VITEST = `import { defineConfig } from 'vitest/config';
export default defineConfig({ test: { include: ['tests/contract/connectors.test.ts'], pool: 'forks', maxWorkers: 1, testTimeout: 30000 } });
`;

let copy: string;
beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'stockbridge-new-connector-'));
  for (const part of [
    'src',
    'scripts',
    'tests/contract',
    'tests/support',
    'package.json',
    'tsconfig.json',
    'biome.json',
  ]) {
    await cp(join(PROJECT, part), join(copy, part), { recursive: true });
  }
  await symlink(join(PROJECT, 'node_modules'), join(copy, 'node_modules'));
  await writeFile(join(copy, 'vitest.config.ts'), VITEST);
});
afterAll(() => rm(copy, { recursive: true, force: true }));

describe('corner-shop', () => {
  let files: string[];
  beforeAll(async () => {
    files = await newConnector(copy, 'corner-shop');
  });

  it('is renamed everywhere and stands in the registry', async () => {
    for (const file of files.filter((path) => path.includes('corner-shop'))) {
      expect(await readFile(join(copy, file), 'utf8'), file).not.toMatch(/demo/i);
    }
    const registry = await readFile(join(copy, 'src/connectors/index.ts'), 'utf8');
    expect(registry).toContain("import { cornerShop } from './corner-shop/index.ts';");
    expect(registry).toMatch(/all: readonly Connector\[\] = \[[^\]]*cornerShop[^\]]*demo/s);
  });

  it('passes the formatter’s and linter’s check once formatted', async () => {
    const biome = join(PROJECT, 'node_modules/@biomejs/biome/bin/biome');
    const { code, output } = await run([biome, 'check', '--write', '--error-on-warnings', ...files]);
    expect(code, output).toBe(0);
  });

  it('passes the whole contract', async () => {
    const vitest = join(PROJECT, 'node_modules/vitest/vitest.mjs');
    const { code, output } = await run([
      vitest,
      'run',
      '--reporter=json',
      '--outputFile=report.json',
      '-t',
      '^corner-shop ',
    ]);
    expect(code, output.slice(-4000)).toBe(0);
    const report = await readFile(join(copy, 'report.json'), 'utf8');
    const { numPassedTests, numFailedTests } = JSON.parse(report);
    expect(numFailedTests).toBe(0);
    expect(numPassedTests).toBeGreaterThan(40);
  }, 120_000);

  it('cannot be made twice, nor under a name that cannot be one', async () => {
    await expect(newConnector(copy, 'corner-shop')).rejects.toThrow('exists already');
    for (const name of [
      '',
      'Shop',
      '../x',
      'a b',
      '9lives',
      'a--b',
      '-a',
      'x'.repeat(31),
      'class',
      'health',
      'new',
    ]) {
      await expect(newConnector(copy, name), name).rejects.toThrow('cannot be a connector');
    }
  });
});

function run(parameters: string[]): Promise<{ code: number | null; output: string }> {
  const environment = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST')),
  );
  const child = spawn(process.execPath, parameters, { cwd: copy, env: environment });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    output += String(chunk);
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })));
}
