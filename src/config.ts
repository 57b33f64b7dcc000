// The only reader of settings: the YAML file with the files it names, the environment, and nothing else. It reports every mistake at once with
// its line, and shows no secret. It knows no connector; the caller passes the schemas of their settings.
import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import type { z } from 'zod';
import { booksConnectionFindings } from './config/books-connection.ts';
import { type Checked, checked } from './config/check.ts';
import { type SettingsSchemas, strictSettings } from './config/json-schema.ts';
import { configurationInvalid, type Finding, type Problem, valueAt } from './config/problems.ts';
import { Report } from './config/report.ts';
import { configSchema, ENVIRONMENT } from './config/schema.ts';
import { type Base, readSettingsFile, settingsTwice } from './config/settings-file.ts';
import { type Environment, type Path, readSource, type Source } from './config/source.ts';
import { nearest } from './core/vocabulary/nearest.ts';

export type { Problem } from './config/problems.ts';
export { problemText } from './config/problems.ts';
export type { Role } from './config/schema.ts';
export { masked, secretValuesOf } from './config/secrets.ts';
export { loadSettingsFile } from './config/settings-file.ts';

type Settings = z.infer<typeof configSchema>;
type ConnectionSettings = Settings['connections'][string];

/** One configured connection; `settings` have passed their connector's schema. */
export interface ConnectionConfig extends Omit<ConnectionSettings, 'settings'> {
  readonly name: string;
  readonly settings: unknown;
}

export interface Config extends Omit<Settings, 'connections' | 'api'> {
  /** The file that was read; undefined when there is none and defaults hold. */
  readonly file: string | undefined;
  /** Absolute. */
  readonly data: string;
  readonly api: Settings['api'] & { readonly publicUrl: string };
  /** In the order of the file. */
  readonly connections: ReadonlyMap<string, ConnectionConfig>;
}

export interface ConfigOptions {
  /** The file; default STOCKBRIDGE_CONFIG, else `config/stockbridge.yaml` where that exists. */
  readonly path?: string | undefined;
  readonly env: Environment;
  /** What relative paths are relative to. */
  readonly cwd: string;
  readonly connectors: SettingsSchemas;
  /** The folder that the command line names; it wins over the file and the environment. */
  readonly data?: string | undefined;
}

export type ConfigResult =
  | { readonly valid: true; readonly config: Config }
  | { readonly valid: false; readonly problems: readonly Problem[] };

const DEFAULT_FILE = 'config/stockbridge.yaml';

/**
 * Reads and checks the whole configuration.
 * @throws StockbridgeError `configuration_invalid`, whose message has one line for each mistake.
 */
export function loadConfig(options: ConfigOptions): Config {
  const result = checkConfig(options);
  if (result.valid) return result.config;
  throw configurationInvalid(result.problems);
}

/** As {@link loadConfig}, with the mistakes as values in the order of the file. */
export function checkConfig(options: ConfigOptions): ConfigResult {
  const file = readConfigFile(options);
  if ('problem' in file) return { valid: false, problems: [file.problem] };
  const source = readSource(file.text, options.env);
  const shown = file.path === undefined ? 'the defaults' : relative(options.cwd, file.path) || file.path;
  const raw = withEnvironment(withData(source.value, options.data), options.env);
  const report = new Report(shown, source, raw.variables);
  if (source.value === undefined) return { valid: false, problems: report.problems([]) };

  const originOf = (path: Path) => (raw.variables.has(path.join('.')) ? 'filled' : source.originOf(path));
  const hub = checked(configSchema, raw.value, [], { originOf });
  report.add(hub.findings);
  report.add(booksConnectionFindings(raw.value, options.connectors));
  const base = { file: file.path ?? options.cwd, cwd: options.cwd, env: options.env };
  const { connections, files } = connectionsOf(raw.value, report, options.connectors, source, base);
  const secrets = [
    ...hub.secrets,
    ...connections.flatMap((connection) => connection.secrets),
    ...[source, ...files.map((each) => each.source)].flatMap(({ filledTexts }) => filledTexts),
  ];
  const problems = [
    ...(options.data !== undefined && valueAt(raw.value, ['database', 'url']) !== undefined
      ? [FOLDER_UNUSED]
      : []),
    ...[report, ...files.map((each) => each.report)].flatMap((each) => each.problems(secrets)),
  ];
  if (problems.length > 0 || hub.value === undefined) return { valid: false, problems };
  return { valid: true, config: configOf(hub.value, connections, file.path, options.cwd) };
}

function readConfigFile({
  path,
  env,
  cwd,
}: ConfigOptions): { path?: string; text: string } | { problem: Problem } {
  const named = path ?? (env.STOCKBRIDGE_CONFIG || undefined);
  const absolute = resolve(cwd, named ?? DEFAULT_FILE);
  try {
    return { path: absolute, text: readFileSync(absolute, 'utf8') };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    if (named === undefined && code === 'ENOENT') return { text: '' };
    const help = path === undefined ? 'STOCKBRIDGE_CONFIG names it.' : 'Check the path.';
    return {
      problem: {
        source: named ?? DEFAULT_FILE,
        path: '',
        problem: `the file cannot be read (${code})`,
        help,
      },
    };
  }
}

/** Somebody who names a folder means the database in it, and not the one that the configuration would open instead. */
const FOLDER_UNUSED: Problem = {
  source: '--data',
  path: 'data',
  problem: 'names a folder of the embedded PostgreSQL, and database.url or DATABASE_URL another PostgreSQL',
  help: 'Leave out one of the two.',
};

/** The file's values, where the folder that the command line names stands in place of its own. */
const withData = (value: unknown, data: string | undefined): unknown =>
  data === undefined || (value !== null && !isGroup(value)) ? value : { ...value, data };

/** The file's values, where a setting that the file leaves open is taken from its environment variable. */
function withEnvironment(value: unknown, env: Environment) {
  const variables = new Map<string, string>();
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { value, variables };
  // a section whose every line is commented out is a section with nothing in it
  const root: Record<string, unknown> = Object.fromEntries(
    Object.entries(value).filter(([, section]) => section !== null),
  );
  for (const [variable, [section, key]] of Object.entries(ENVIRONMENT)) {
    const given = env[variable];
    if (!given) continue;
    const target = key === undefined ? root : (root[section] ?? {});
    const name = key ?? section;
    if (
      typeof target !== 'object' ||
      target === null ||
      (target as Record<string, unknown>)[name] !== undefined
    )
      continue;
    variables.set(key === undefined ? section : `${section}.${key}`, variable);
    if (key === undefined) root[section] = given;
    else root[section] = { ...target, [key]: given };
  }
  return { value: root, variables };
}

interface CheckedConnection extends Checked<unknown> {
  readonly name: string;
}

/** A file that a connection names, with the mistakes in it. */
interface NamedFile {
  readonly source: Source;
  readonly report: Report;
}

interface Connections {
  readonly connections: CheckedConnection[];
  readonly files: NamedFile[];
}

/** Checks each connection's settings against its connector's schema, also where the rest of the file has mistakes. */
function connectionsOf(
  raw: unknown,
  report: Report,
  connectors: SettingsSchemas,
  source: Source,
  base: Base,
): Connections {
  const written = isGroup(raw) && isGroup(raw.connections) ? raw.connections : {};
  const found: Connections = { connections: [], files: [] };
  for (const [name, connection] of Object.entries(written)) {
    if (!isGroup(connection) || typeof connection.connector !== 'string') continue;
    const path = ['connections', name];
    const schema = connectors.get(connection.connector)?.settings;
    if (!schema) {
      report.add([unknownConnector([...path, 'connector'], connection.connector, [...connectors.keys()])]);
      continue;
    }
    const named = typeof connection.settingsFile === 'string' ? connection.settingsFile : undefined;
    const place = [...path, 'settingsFile'];
    if (named !== undefined && connection.settings !== undefined) {
      report.add([settingsTwice(place)]);
    } else if (named !== undefined) {
      const file = readSettingsFile(named, place, base);
      if ('problem' in file) {
        report.add([file]);
        continue;
      }
      const own = new Report(file.shown, file.source, new Map());
      found.files.push({ source: file.source, report: own });
      if (file.source.value === undefined) continue;
      const result = checked(strictSettings(schema), file.source.value, [], file.source);
      own.add(result.findings);
      found.connections.push({ ...result, name });
    } else {
      const settings = connection.settings ?? {};
      if (!isGroup(settings)) continue;
      const result = checked(strictSettings(schema), settings, [...path, 'settings'], source);
      report.add(result.findings);
      found.connections.push({ ...result, name });
    }
  }
  return found;
}

function unknownConnector(path: Path, given: string, allowed: readonly string[]): Finding {
  const suggestion = nearest(given, allowed);
  return {
    path,
    part: 'value',
    problem: 'names no connector',
    ...(suggestion !== undefined && { suggestion }),
    allowed: [...allowed].sort(),
  };
}

const isGroup = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function configOf(
  settings: Settings,
  connections: readonly CheckedConnection[],
  file: string | undefined,
  cwd: string,
): Config {
  const { api } = settings;
  return {
    ...settings,
    file,
    data: resolve(cwd, settings.data),
    api: { ...api, publicUrl: api.publicUrl ?? `http://127.0.0.1:${api.port}` },
    connections: new Map(
      connections.flatMap(({ name, value }) => {
        const connection = settings.connections[name];
        return connection ? [[name, { ...connection, name, settings: value }] as const] : [];
      }),
    ),
  };
}
