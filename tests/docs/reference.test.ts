// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the example under test holds such references
// The generated reference is current, complete, and the same on every machine.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { Argument, Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { commandsPage } from '../../scripts/docs/commands-page.ts';
import { EXAMPLE, exampleEnvironment, ROOT, settingsFileTexts } from '../../scripts/docs/pages.ts';
import { type SettingRow, settingRows, settingsTable } from '../../scripts/docs/settings-table.ts';
import { differences, generatedPages } from '../../scripts/generate-docs.ts';
import { jsonSchemaOf } from '../../src/config/json-schema.ts';
import { configSchema, ENVIRONMENT, ROLES } from '../../src/config/schema.ts';
import { checkConfig, loadConfig, problemText } from '../../src/config.ts';
import { connectors } from '../../src/connectors/index.ts';
import { ERRORS } from '../../src/core/errors.ts';

const exampleText = readFileSync(join(ROOT, EXAMPLE), 'utf8');

describe('the example configuration', () => {
  it('passes the check, and shows every connector', () => {
    const result = checkConfig({
      path: EXAMPLE,
      cwd: ROOT,
      env: exampleEnvironment(exampleText),
      connectors,
    });
    expect(result.valid ? [] : result.problems.map(problemText)).toEqual([]);
    const shown = result.valid
      ? [...result.config.connections.values()].map(({ connector }) => connector)
      : [];
    expect(new Set(shown)).toEqual(new Set(connectors.keys()));
  });

  it('is made with the variables of the files that it names, too', () => {
    expect(exampleText).not.toContain('NORTHWIND_PRIVATE_KEY');
    expect(Object.keys(exampleEnvironment(exampleText))).toEqual(
      expect.arrayContaining(['SHOPIFY_CLIENT_SECRET', 'NORTHWIND_PRIVATE_KEY']),
    );
    expect(exampleEnvironment('connections: {}')).toEqual({});
  });

  it('shows every setting of the hub', () => {
    const written = new Set(pathsIn(parse(exampleText)));
    const paths = settingRows(jsonSchemaOf(configSchema)).map(({ path }) => path);
    const parts = paths.filter((path) =>
      /^(data|database|redis|api|workers|log)|\.policy\.[a-zA-Z]+$/.test(path),
    );
    expect(parts.filter((path) => !written.has(path))).toEqual([]);
  });

  const loaded = (env: Record<string, string> = {}) =>
    loadConfig({ path: EXAMPLE, cwd: ROOT, env: { ...exampleEnvironment(exampleText), ...env }, connectors });

  it('gives a process every role, and the books to the connection that keeps them', () => {
    const { workers, books, connections } = loaded();
    expect(workers.roles).toEqual([...ROLES]);
    expect(connections.get(books?.journal.connection ?? '')?.connector).toBe('quickbooks');
  });

  it('cuts no connection over: a copy moves and tells nothing before a person says so', () => {
    expect([...loaded().connections.values()].filter(({ cutover }) => cutover !== undefined)).toEqual([]);
  });

  it('leaves every setting that has an environment variable to it', () => {
    const given: Record<string, string> = {
      DATABASE_URL: 'postgres://elsewhere/stock',
      REDIS_URL: 'redis://elsewhere:6379/0',
      STOCKBRIDGE_DATA: '/srv/rehearsal',
      HOST: '0.0.0.0',
      PORT: '9999',
      LOG_LEVEL: 'debug',
    };
    expect(Object.keys(given)).toEqual(Object.keys(ENVIRONMENT));
    const { data, database, redis, api, log } = loaded(given);
    expect([database.url, redis.url, data, api.host, String(api.port), log.level]).toEqual(
      Object.values(given),
    );
    expect(api.publicUrl).toBe('http://127.0.0.1:9999');
    expect(loaded({ PUBLIC_URL: 'https://stock.example.com' }).api.publicUrl).toBe(
      'https://stock.example.com',
    );
  });

  it('takes no value for a secret from the file', () => {
    const lines = [exampleText, ...settingsFileTexts(exampleText)]
      .join('\n')
      .split('\n')
      .filter((line) => /(secret|token|key):/i.test(line) && !line.trim().startsWith('#'));
    expect(lines.filter((line) => !line.includes('${'))).toEqual([]);
  });

  it('agrees with the schema for editors, which refuses what the check refuses', async () => {
    const schema = JSON.parse((await generatedPages()).get('config/stockbridge.schema.json') ?? '');
    const validate = new Ajv2020({ strict: false, formats: { uri: URL.canParse } }).compile(schema);
    const good: unknown = parse(exampleText);
    validate(good);
    expect(validate.errors).toBeNull();
    for (const broken of [
      { datta: 1 },
      { api: { port: 'x' } },
      { connections: { A: {} } },
      { connections: { a: { connector: 'nope' } } },
      { connections: { a: { connector: 'demo', settings: { ulr: 1 } } } },
      { connections: { a: { connector: 'demo' } } },
      { log: { level: 'loud' } },
    ]) {
      expect(validate(broken), JSON.stringify(broken)).toBe(false);
    }
  });
});

/** Every dotted path with content; connections lose their names, as in the tables. */
function pathsIn(value: unknown, prefix = ''): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [prefix];
  const inside = Object.entries(value).flatMap(([key, child]) =>
    pathsIn(child, prefix === '' ? key : `${prefix}.${prefix === 'connections' ? '<name>' : key}`),
  );
  return prefix === '' ? inside : [prefix, ...inside];
}

describe('the generated reference', () => {
  it('is current', async () => {
    expect(differences(await generatedPages())).toEqual([]);
  });

  it('is the same every time', async () => {
    expect([...(await generatedPages())]).toEqual([...(await generatedPages())]);
  });

  it('names a file that differs, is missing or is left over', async () => {
    const files = new Map(await generatedPages());
    files.set('docs/reference/errors.md', 'other');
    files.set('docs/reference/new.md', 'new');
    files.delete('docs/reference/configuration.md');
    expect(differences(files)).toEqual([
      { file: 'docs/reference/errors.md', kind: 'differs' },
      { file: 'docs/reference/new.md', kind: 'missing' },
      { file: 'docs/reference/configuration.md', kind: 'left over' },
    ]);
  });

  it('docs:check passes as a command', () => {
    execFileSync(process.execPath, [join(ROOT, 'scripts', 'generate-docs.ts'), '--check'], { stdio: 'pipe' });
  });

  it('documents every error code, and no other', () => {
    const page = readFileSync(join(ROOT, 'docs/reference/errors.md'), 'utf8');
    const documented = [...page.matchAll(/^\| `([a-z_]+)` \|/gm)].map(([, code]) => code);
    expect(documented).toEqual(Object.keys(ERRORS));
    for (const { help } of Object.values(ERRORS)) expect(page).toContain(help.replaceAll('|', '\\|'));
  });
});

describe('settings', () => {
  const all: [string, readonly SettingRow[]][] = [
    ['the hub', settingRows(jsonSchemaOf(configSchema))],
    ...[...connectors].map(([name, { settings }]): [string, readonly SettingRow[]] => [
      name,
      settingRows(jsonSchemaOf(settings)),
    ]),
  ];
  it.each(all)('of %s are all described', (_, rows) => {
    expect(rows.filter(({ description }) => description === '').map(({ path }) => path)).toEqual([]);
  });

  it.each(all)('of %s that sound like secrets are marked as secrets', (_, rows) => {
    const suspicious = rows.filter(
      ({ path, type }) => /(secret|token|password|apikey|signaturekey)s?$/i.test(path) && type !== 'group',
    );
    expect(suspicious.filter(({ secret }) => !secret).map(({ path }) => path)).toEqual([]);
  });

  it('become a table with types, limits, defaults and marks', () => {
    const schema = z.strictObject({
      size: z.int().min(1).max(9).describe('How big | how small.').default(3),
      key: z.string().meta({ secret: true }).describe('The key.'),
      way: z
        .discriminatedUnion('kind', [
          z.strictObject({ kind: z.literal('a').describe('One.'), speed: z.number().describe('Speed.') }),
          z.strictObject({ kind: z.literal('b').describe('Two.') }),
        ])
        .describe('How.')
        .optional(),
    });
    expect(
      settingsTable(settingRows(jsonSchemaOf(schema)))
        .split('\n')
        .slice(2),
    ).toEqual([
      '| `size` | whole number, 1 to 9 | `3` | How big \\| how small. |',
      '| `key` | text | required | **Secret.** The key. |',
      '| `way` | group |  | How. |',
      '| `way.kind` | `a` or `b` | required | `a`: One. `b`: Two. |',
      '| `way.speed` | number | required with `kind: a` | Speed. |',
    ]);
  });
});

describe('the page of commands', () => {
  it('shows commands, arguments and options with choices and defaults, and hides what is hidden', () => {
    const program = new Command('hub').description('Does things.');
    program
      .command('import')
      .description('Brings files in.')
      .addArgument(new Argument('<kind>', 'What it is.').choices(['a', 'b']))
      .option('--size <n>', 'How many | at once.', '5');
    program.command('internal', { hidden: true });
    const page = commandsPage(program);
    expect(page).toContain('## hub import\n\nBrings files in.\n\n`hub import [options] <kind>`');
    expect(page).toContain('| `kind` | What it is. One of a, b. |');
    expect(page).toContain('| `--size <n>` | How many \\| at once. Default "5". |');
    expect(page).not.toContain('internal');
  });
});
