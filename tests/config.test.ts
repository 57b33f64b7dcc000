// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the files under test hold such references
// What loadConfig promises: every mistake at once with its place and its remedy, and never a secret.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  checkConfig,
  loadConfig,
  loadSettingsFile,
  masked,
  problemText,
  secretValuesOf,
} from '../src/config.ts';
import { StockbridgeError } from '../src/core/errors.ts';

const shopSettings = z.object({
  shop: z
    .string()
    .regex(/\.example\.com$/, 'must end in .example.com')
    .describe('The shop.'),
  token: z.string().min(8).meta({ secret: true }).describe('The token.'),
  previousSecrets: z.array(z.string()).meta({ secret: true }).describe('Old secrets.').optional(),
  port: z.int().describe('The port.').optional(),
  live: z.boolean().describe('Live or test.').default(false),
});
const connectors = new Map([['shop', { settings: shopSettings }]]);

const cwd = mkdtempSync(join(tmpdir(), 'stockbridge-config-'));
mkdirSync(join(cwd, 'config'));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

let files = 0;
function options(yaml: string, env: Record<string, string> = {}) {
  files += 1;
  const path = `config/${files}.yaml`;
  writeFileSync(join(cwd, path), yaml);
  return { path, env, cwd, connectors };
}
function problemsOf(yaml: string, env: Record<string, string> = {}): string[] {
  const result = checkConfig(options(yaml, env));
  return result.valid
    ? []
    : result.problems.map((problem) => problemText(problem).replace(/^config\/\d+\.yaml/, 'F'));
}

const SHOP = 'connections:\n  shop:\n    connector: shop\n    settings:\n      shop: a.example.com\n';

describe('without mistakes', () => {
  it('no file at all is valid and has defaults for everything', () => {
    const config = loadConfig({ env: {}, cwd, connectors });
    expect(config.file).toBeUndefined();
    expect(config.data).toBe(join(cwd, '.stockbridge'));
    expect(config.database).toEqual({ poolSize: 10 });
    expect(config.api).toEqual({
      host: '127.0.0.1',
      port: 8080,
      publicUrl: 'http://127.0.0.1:8080',
      maxBodyBytes: 10_485_760,
    });
    expect(config.workers.roles).toEqual([
      'api',
      'poll',
      'interpret',
      'post',
      'push',
      'relay',
      'exchange',
      'value',
    ]);
    expect(config.connections.size).toBe(0);
  });

  it('a file of comments and empty sections is the same as none', () => {
    expect(problemsOf('# nothing\n')).toEqual([]);
    expect(problemsOf('api:\n  # port: 1\nconnections:\n')).toEqual([]);
  });

  it('the file stands, the environment fills what it leaves open, defaults fill the rest', () => {
    const env = {
      DATABASE_URL: 'postgres://env/x',
      PORT: '9000',
      LOG_LEVEL: 'debug',
      STOCKBRIDGE_DATA: '/srv/stock',
    };
    const config = loadConfig(options('database: { url: postgres://file/x }\nlog:\n', env));
    expect(config.database.url).toBe('postgres://file/x');
    expect(config.api.port).toBe(9000);
    expect(config.api.publicUrl).toBe('http://127.0.0.1:9000');
    expect(config.log.level).toBe('debug');
    expect(config.data).toBe('/srv/stock');
  });

  it('a folder given on the command line wins over the file and over the environment', () => {
    const given = { ...options('data: ./live\n', { STOCKBRIDGE_DATA: './other' }), data: './rehearsal' };
    expect(loadConfig(given).data).toBe(join(cwd, 'rehearsal'));
    expect(loadConfig({ env: {}, cwd, connectors, data: './rehearsal' }).data).toBe(join(cwd, 'rehearsal'));
  });

  it('a folder given on the command line beside a named database is a mistake: the live one would be opened', () => {
    const file = options('database: { url: postgres://live/x }\n');
    const problems = (given: Parameters<typeof checkConfig>[0]) => {
      const result = checkConfig(given);
      return result.valid ? [] : result.problems.map(problemText);
    };
    const said = [expect.stringMatching(/^--data data: .*database\.url.*Leave out/)];
    expect(problems({ ...file, data: './rehearsal' })).toEqual(said);
    expect(
      problems({ env: { DATABASE_URL: 'postgres://live/x' }, cwd, connectors, data: './rehearsal' }),
    ).toEqual(said);
    expect(problems(file)).toEqual([]);
  });

  it('STOCKBRIDGE_CONFIG names the file, and config/stockbridge.yaml is found by itself', () => {
    const { path } = options('api: { port: 1234 }\n');
    expect(loadConfig({ env: { STOCKBRIDGE_CONFIG: path }, cwd, connectors }).api.port).toBe(1234);
    const found = join(cwd, 'config/stockbridge.yaml');
    writeFileSync(found, 'api: { port: 4321 }\n');
    expect(loadConfig({ env: {}, cwd, connectors })).toMatchObject({ file: found, api: { port: 4321 } });
    rmSync(found);
  });

  it('references become text, numbers or flags, as the setting wants them', () => {
    const yaml = `${SHOP}      token: "\${TOKEN}"\n      port: \${SHOP_PORT:-81}\n      live: \${LIVE}\napi:\n  port: \${P}\n`;
    const config = loadConfig(options(yaml, { TOKEN: '12345678', LIVE: 'true', P: '77' }));
    expect(config.connections.get('shop')?.settings).toMatchObject({
      token: '12345678',
      port: 81,
      live: true,
    });
    expect(config.api.port).toBe(77);
  });

  it('an empty default means not given, and $${ is a plain ${', () => {
    const config = loadConfig(options(`database:\n  url: \${NO:-}\ndata: "a$\${b}"\n`));
    expect(config.database.url).toBeUndefined();
    expect(config.data).toBe(join(cwd, 'a${b}'));
  });

  it('a value from the environment cannot add structure', () => {
    const config = loadConfig(options('data: ${D}\n', { D: 'x\napi: { port: 1 }' }));
    expect(config.api.port).toBe(8080);
  });

  it('policy, cutover and settings arrive parsed', () => {
    const yaml = `${SHOP}      token: "abcdefgh"\n    cutover: 2026-11-01T00:00:00+01:00\n    policy: { buffer: { units: 2.50 }, items: { A: { cap: 3 } } }\n`;
    const shop = loadConfig(options(yaml)).connections.get('shop');
    expect(shop).toMatchObject({ name: 'shop', connector: 'shop', cutover: '2026-10-31T23:00:00.000000Z' });
    expect(shop?.policy).toMatchObject({
      buffer: { units: '2.5' },
      share: 100,
      floor: 0,
      items: { A: { cap: 3 } },
    });
    expect(shop?.settings).toMatchObject({ live: false });
  });
});

describe('with mistakes', () => {
  it('all of them come at once, in the order of the file, with line, column and remedy', () => {
    const yaml = `datta: x
api:
  port: 99999
  hots: 0.0.0.0
workers:
  roles: [api, pusch]
connections:
  Shop 1:
    connector: shop
  back:
    connector: shpo
  shop:
    connector: shop
    settings:
      shop: wrong
      tokn: abcdefgh
    policy: { share: 101, buffer: { units: 1, percent: 5 } }
    cutover: yesterday
  none:
`;
    expect(problemsOf(yaml)).toEqual([
      'F:1:1 datta: is not a known setting; did you mean "data"? Allowed: data, database, redis, api, inbox, workers, log, books, connections.',
      'F:3:9 api.port: must be at most 65535. Port to listen on; 0 takes any free one. Environment: PORT.',
      'F:4:3 api.hots: is not a known setting; did you mean "host"? Allowed: host, port, publicUrl, maxBodyBytes.',
      'F:6:16 workers.roles[1]: is not one of the words allowed here; did you mean "push"? Allowed: api, poll, interpret, post, push, relay, exchange, value.',
      'F:8:3 connections["Shop 1"]: this name must start with a letter and have at most 40 of a-z, 0-9 and -.',
      'F:8:3 connections["Shop 1"].settings.shop: is missing. The shop.',
      'F:8:3 connections["Shop 1"].settings.token: is missing. The token.',
      'F:11:16 connections.back.connector: names no connector; did you mean "shop"? Allowed: shop.',
      'F:14:5 connections.shop.settings.token: is missing. The token.',
      'F:15:13 connections.shop.settings.shop: must end in .example.com. The shop.',
      'F:16:7 connections.shop.settings.tokn: is not a known setting; did you mean "token"? Allowed: shop, token, previousSecrets, port, live.',
      expect.stringContaining('F:17:22 connections.shop.policy.share: must be at most 100.'),
      expect.stringContaining('F:17:27 connections.shop.policy.buffer: must give either units or percent.'),
      expect.stringContaining('F:18:14 connections.shop.cutover: must be an ISO 8601 instant with a zone'),
      'F:19:8 connections.none: has no value.',
    ]);
  });

  it('a missing variable is named once, with its place, beside the other mistakes', () => {
    expect(problemsOf(`${SHOP}      token: \${TOKEN}\n      live: maybe\n`)).toEqual([
      'F:6:14 the environment variable TOKEN is not set. Set TOKEN, or write a default: ${TOKEN:-…}.',
      'F:7:13 connections.shop.settings.live: must be true or false, not text. Live or test.',
    ]);
  });

  it('a wrong variable is named as the source', () => {
    expect(problemsOf('', { PORT: 'eighty' })).toEqual([
      'environment variable PORT api.port: must be a number, not text. Port to listen on; 0 takes any free one. Environment: PORT.',
    ]);
  });

  it('YAML that cannot be read is placed, duplicates and unknown anchors with it', () => {
    expect(problemsOf('api: { port: 1 }\napi: { port: 2 }\nlog:\n  level: *x\n')).toEqual([
      'F:2:1 this key is written twice in the same place. Keep one of them.',
      expect.stringContaining('F:4:10 this `*` refers to no anchor above it.'),
    ]);
    expect(problemsOf('api:\n  port: 1\n host: x\n')).toEqual([
      expect.stringMatching(/^F:3:\d+ this is no valid YAML/),
    ]);
    expect(problemsOf('database: { url: ${DATABASE_URL} }\n')).toEqual([
      expect.stringContaining('put references in quotes'),
    ]);
    expect(problemsOf('- a\n')).toEqual(['F:1:1 must be a group of settings, not a list.']);
  });

  it('anchors may be used, but not to unfold without end', () => {
    const shared = `${SHOP}      token: abcdefgh\n    policy: &p { share: 50 }\n  two:\n    connector: shop\n    settings: { shop: b.example.com, token: abcdefgh }\n    policy: *p\n`;
    expect(loadConfig(options(shared)).connections.get('two')?.policy?.share).toBe(50);
    const levels = Array.from(
      { length: 9 },
      (_, n) =>
        `  a${n}: &a${n} [${
          n === 0
            ? 'x'
            : Array(9)
                .fill(`*a${n - 1}`)
                .join(', ')
        }]`,
    );
    expect(problemsOf(`connections:\n${levels.join('\n')}\n`)).toEqual([
      expect.stringContaining('unfold to too much'),
    ]);
    expect(problemsOf('connections: &c\n  x: *c\n')).toEqual([
      'F:2:6 this `*` stands inside what it refers to. Write it out.',
    ]);
  });

  it('a named file that is not there is a mistake', () => {
    const result = checkConfig({ path: 'nowhere.yaml', env: {}, cwd, connectors });
    expect(result).toMatchObject({ valid: false, problems: [{ source: 'nowhere.yaml' }] });
  });

  it('loadConfig throws configuration_invalid with one line for each mistake', () => {
    const load = () => loadConfig(options('a: 1\nb: 2\n'));
    expect(load).toThrow(StockbridgeError);
    expect(load).toThrow(/2 mistakes:\n {2}config\/\d+\.yaml:1:1 a: .*\n {2}config\/\d+\.yaml:2:1 b: /);
  });
});

describe('secrets', () => {
  const SECRET = 's3cr3t-value';
  const leaky = z.object({
    token: z
      .string()
      .refine(() => false, { error: ({ input }) => `cannot use ${String(input)}` })
      .meta({ secret: true })
      .describe('The token.'),
  });

  it.each([
    ['a wrong value', `      token: ["${SECRET}"]\n`, {}],
    ['a misspelt key', `      tokn: ${SECRET}\n`, {}],
    ['a variable', '      token: ["${T}"]\n', { T: SECRET }],
    ['broken YAML', `      token: "${SECRET}\n   x: [\n`, {}],
    ['an alias', `      token: *${SECRET}\n`, {}],
    ['a tag', `      token: !${SECRET} x\n`, {}],
    ['a reserved start', `      token: @${SECRET}\n`, {}],
    ['settings that are a text', `    settings: ${SECRET}\n`, {}],
    ['an address', `      token: abcdefgh\ndatabase: { url: "mysql://u:${SECRET}@h/d" }\n`, {}],
  ])('%s never shows one', (_, yaml, env) => {
    const problems = problemsOf(SHOP + yaml, env);
    expect(problems).not.toEqual([]);
    expect(problems.join('\n')).not.toContain(SECRET);
  });

  it('a schema whose own sentence contains the value does not show it either', () => {
    const base = options(`connections:\n  x:\n    connector: leaky\n    settings: { token: ${SECRET} }\n`);
    const result = checkConfig({ ...base, connectors: new Map([['leaky', { settings: leaky }]]) });
    expect(result).toMatchObject({ valid: false, problems: [{ problem: 'cannot use ********' }] });
  });

  it('secrets are found and masked wherever the schema marks them', () => {
    const settings = { shop: 'a', token: 'one', previousSecrets: ['two', 'three'] };
    expect(secretValuesOf(shopSettings, settings)).toEqual(['one', 'two', 'three']);
    expect(masked(shopSettings, settings)).toEqual({
      shop: 'a',
      token: '********',
      previousSecrets: '********',
    });
  });
});

describe('settings in a file of their own', () => {
  const MAIN = 'connections:\n  shop:\n    connector: shop\n    settingsFile: partners/FILE\n';
  mkdirSync(join(cwd, 'config/partners'));
  let partners = 0;
  const withFile = (yaml: string): string => {
    partners += 1;
    writeFileSync(join(cwd, `config/partners/${partners}.yaml`), yaml);
    return MAIN.replace('FILE', `${partners}.yaml`);
  };
  const problems = (yaml: string, env: Record<string, string> = {}) =>
    problemsOf(withFile(yaml), env).map((text) => text.replace(/^config\/partners\/\d+\.yaml/, 'P'));

  it('are the settings, found beside the configuration, with variables filled in', () => {
    const given = options(withFile('shop: a.example.com\ntoken: ${TOKEN}\nport: ${PORT_NO}\n'), {
      TOKEN: 'abcdefgh',
      PORT_NO: '12',
    });
    expect(loadConfig(given).connections.get('shop')?.settings).toEqual({
      shop: 'a.example.com',
      token: 'abcdefgh',
      port: 12,
      live: false,
    });
  });

  it('have their mistakes reported under their own name and line, beside those of the configuration', () => {
    const main = `${withFile('shop: a.example.org\ntoken: ${TOKEN}\ncolour: red\n')}loud: 1\n`;
    expect(problemsOf(main).map((text) => text.replace(/^config\/partners\/\d+\.yaml/, 'P'))).toEqual([
      expect.stringMatching(/^F:5:1 loud: is not a known setting/),
      'P:1:7 shop: must end in .example.com. The shop.',
      expect.stringMatching(/^P:2:8 the environment variable TOKEN is not set/),
      expect.stringMatching(/^P:3:1 colour: is not a known setting/),
    ]);
    expect(problems('- a\n')).toEqual([
      expect.stringMatching(/^P:1:1 must be a group of settings, not a list/),
    ]);
    expect(problems('shop: [\n')).toEqual([expect.stringMatching(/^P:2:1 this is no valid YAML/)]);
    expect(problems('')).toEqual([
      expect.stringMatching(/^P:1:1 shop: is missing/),
      expect.stringMatching(/^P:1:1 token: is missing/),
    ]);
  });

  it('cannot stand beside settings, and must be there', () => {
    const both = withFile('shop: a.example.com\ntoken: abcdefgh\n');
    expect(problemsOf(`${both}    settings: { shop: b.example.com, token: abcdefgh }\n`)).toEqual([
      expect.stringMatching(/^F:4:5 connections\.shop\.settingsFile: stands beside settings\. Keep one/),
    ]);
    expect(problemsOf(MAIN.replace('FILE', 'none.yaml'))).toEqual([
      expect.stringMatching(
        /^F:4:19 connections\.shop\.settingsFile: names a file that cannot be read \(ENOENT\)/,
      ),
    ]);
  });

  it('can be read by themselves, without the secrets where somebody only looks', () => {
    const path = 'config/partners/alone.yaml';
    writeFileSync(join(cwd, path), 'shop: a.example.com\ntoken: abcdefgh\npreviousSecrets: ${OLD}\n');
    const load = (lenient: boolean) =>
      loadSettingsFile({ path, env: {}, cwd, schema: shopSettings, lenient });
    expect(load(true)).toEqual({ shop: 'a.example.com', token: 'abcdefgh', live: false });
    expect(() => load(false)).toThrow(/alone\.yaml:3:18 the environment variable OLD is not set/);
    const none = { path: 'none.yaml', env: {}, cwd, schema: shopSettings };
    expect(() => loadSettingsFile(none)).toThrow(/none\.yaml: this names a file that cannot be read/);
  });

  it('never show a secret of theirs', () => {
    const shown = [
      ...problems('shop: a.example.com\ntoken: [s3cr3t-value]\n'),
      ...problems('shop: a.example.com\ntoken: ["${T}"]\n', { T: 's3cr3t-value' }),
      ...problems('shop: a.example.com\ntokn: s3cr3t-value\n'),
    ];
    expect(shown.length).toBeGreaterThan(2);
    expect(shown.join('\n')).not.toContain('s3cr3t-value');
  });
});
