// A connection's settings in a file of their own, such as the profile of a partner: read like the configuration itself,
// with variables filled in and with its own name and lines in every mistake. It knows no connector.
import { readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import type { z } from 'zod';
import { StockbridgeError } from '../core/errors.ts';
import { checked } from './check.ts';
import { strictSettings } from './json-schema.ts';
import { configurationInvalid, type Finding } from './problems.ts';
import { Report } from './report.ts';
import { type Environment, type Path, readSource, type Source } from './source.ts';

export interface SettingsFile {
  /** As mistakes name it: relative to where the process starts. */
  readonly shown: string;
  readonly source: Source;
}

/** From where a configuration names its files. */
export interface Base {
  /** The configuration file, absolute. */
  readonly file: string;
  readonly cwd: string;
  readonly env: Environment;
}

/** The file that stands at `path` of the configuration as `name`, or why it cannot be read. */
export function readSettingsFile(name: string, path: Path, { file, cwd, env }: Base): SettingsFile | Finding {
  const absolute = resolve(dirname(file), name);
  try {
    const source = readSource(readFileSync(absolute, 'utf8'), env);
    return { shown: relative(cwd, absolute) || absolute, source };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    return {
      path,
      part: 'value',
      problem: `names a file that cannot be read (${code})`,
      help: 'The name is relative to the file it is written in.',
    };
  }
}

/** Both ways of giving settings at once: nobody could say which of them holds. */
export const settingsTwice = (path: Path): Finding => ({
  path,
  part: 'key',
  problem: 'stands beside settings',
  help: 'Keep one of them: the settings here, or the file that holds them.',
});

/**
 * One settings file by itself, such as a partner's profile that is tried before any hub has it.
 * @param lenient a variable that is not set counts as a setting that is not given, so that no secret is needed to look
 * @throws StockbridgeError `configuration_invalid`, whose message has one line for each mistake
 */
export function loadSettingsFile<T>({
  path,
  env,
  cwd,
  schema,
  lenient = false,
}: {
  readonly path: string;
  readonly env: Environment;
  readonly cwd: string;
  readonly schema: z.ZodType<T>;
  readonly lenient?: boolean;
}): T {
  const base = { file: resolve(cwd, 'settings'), cwd, env: lenient ? emptyWhereUnset(env) : env };
  const file = readSettingsFile(path, [], base);
  if ('problem' in file)
    throw new StockbridgeError('configuration_invalid', `The settings ${path}: this ${file.problem}.`);
  const report = new Report(file.shown, file.source, new Map());
  const result =
    file.source.value === undefined
      ? undefined
      : checked(strictSettings(schema) as z.ZodType<T>, file.source.value, [], file.source);
  report.add(result?.findings ?? []);
  const problems = report.problems([...(result?.secrets ?? []), ...file.source.filledTexts]);
  if (problems.length > 0 || result?.value === undefined) throw configurationInvalid(problems);
  return result.value;
}

const emptyWhereUnset = (env: Environment): Environment =>
  new Proxy(env, { get: (given, name) => Reflect.get(given, name) ?? '' });
