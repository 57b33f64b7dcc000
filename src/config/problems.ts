// Mistakes in the configuration as a person reads them: where, what is wrong, what is allowed, what was probably meant.
// No value is ever shown, so none can be a secret.
import type { z } from 'zod';
import { StockbridgeError } from '../core/errors.ts';
import { nearest } from '../core/vocabulary/nearest.ts';
import { type JsonSchema, schemasAt } from './json-schema.ts';
import type { Path } from './source.ts';

export interface Problem {
  /** The file, or the environment variable that gave the value. */
  readonly source: string;
  /** From one; absent for a value that does not come from the file. */
  readonly line?: number;
  readonly column?: number;
  /** Dotted, e.g. `connections.shop.policy.share`; empty for the file as a whole. */
  readonly path: string;
  readonly problem: string;
  /** The known word that was probably meant. */
  readonly suggestion?: string;
  /** The words allowed in this place. */
  readonly allowed?: readonly string[];
  /** A sentence: what the setting is, or what to do. */
  readonly help?: string;
}

/** One mistake that a schema found, before it has a place in a file. */
export interface Finding {
  readonly path: Path;
  readonly part: 'key' | 'value';
  readonly problem: string;
  /** The known word that was probably meant. */
  readonly suggestion?: string;
  /** The words allowed in this place. */
  readonly allowed?: readonly string[];
  /** A sentence: what the setting is, or what to do. */
  readonly help?: string;
}

/** One line: `file:12:5 connections.shop.polcy: is not a known setting; did you mean "policy"? Allowed: …`. */
export function problemText({
  source,
  line,
  column,
  path,
  problem,
  suggestion,
  allowed,
  help,
}: Problem): string {
  const place = line === undefined ? source : `${source}:${line}:${column ?? 1}`;
  const parts = [
    `${place} ${path === '' ? '' : `${path}: `}${problem}${suggestion === undefined ? '.' : `; did you mean ${JSON.stringify(suggestion)}?`}`,
    ...(allowed === undefined ? [] : [`Allowed: ${allowed.join(', ')}.`]),
    ...(help === undefined ? [] : [help]),
  ];
  return parts.join(' ');
}

/** `configuration_invalid`, with one line for each mistake. */
export function configurationInvalid(problems: readonly Problem[]): StockbridgeError {
  const count = problems.length === 1 ? '1 mistake' : `${problems.length} mistakes`;
  const lines = problems.map((problem) => `  ${problemText(problem)}`);
  return new StockbridgeError(
    'configuration_invalid',
    `The configuration has ${count}:\n${lines.join('\n')}`,
    { details: { mistakes: problems.length } },
  );
}

export const pathText = (path: Path): string =>
  path
    .map((step, index) => {
      if (typeof step === 'number') return `[${step}]`;
      const key = String(step);
      return /^[\w-]+$/.test(key) ? `${index === 0 ? '' : '.'}${key}` : `[${JSON.stringify(key)}]`;
    })
    .join('');

/** What a failed check says, one finding per mistake; `value` is what was checked, `schema` its JSON Schema. */
export const findingsOf = (
  issues: readonly z.core.$ZodIssue[],
  schema: JsonSchema,
  value: unknown,
): Finding[] => issues.flatMap((issue) => findingsOfIssue(issue, schema, value));

function findingsOfIssue(issue: z.core.$ZodIssue, schema: JsonSchema, value: unknown): Finding[] {
  const { path } = issue;
  const places = schemasAt(schema, path);
  const description = places.find((place) => place.description)?.description;
  const finding = (problem: string, more: Partial<Finding> = {}): Finding[] => [
    { path, part: 'value', problem, ...(description !== undefined && { help: description }), ...more },
  ];
  const given = valueAt(value, path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey([...path, key], places));
    case 'invalid_key':
      return issue.issues.map(({ message }) => ({ path, part: 'key', problem: `this name ${message}` }));
    case 'invalid_type':
      if (given === undefined) return finding('is missing');
      return finding(
        given === null
          ? 'has no value'
          : `must be ${TYPE_WORDS[issue.expected] ?? issue.expected}, not ${kindOf(given)}`,
      );
    case 'invalid_value': {
      const allowed = issue.values.map(String);
      const meant = typeof given === 'string' ? nearest(given, allowed) : undefined;
      const problem = given === undefined ? 'is missing' : 'is not one of the words allowed here';
      return finding(problem, { allowed, ...(meant !== undefined && { suggestion: meant }) });
    }
    case 'too_small':
      return finding(`must ${extentOf(issue.origin, issue.minimum, 'at least')}`);
    case 'too_big':
      return finding(`must ${extentOf(issue.origin, issue.maximum, 'at most')}`);
    case 'invalid_union':
      return unionFindings(issue, schema, value);
    default:
      return finding(issue.message);
  }
}

/** The alternative that came closest speaks for all of them; where a word chooses the alternative, the words are named. */
function unionFindings(issue: z.core.$ZodIssueInvalidUnion, schema: JsonSchema, value: unknown): Finding[] {
  const { path } = issue;
  const closest = [...issue.errors].sort((a, b) => a.length - b.length)[0];
  if (closest) {
    return findingsOf(
      closest.map((inner) => ({ ...inner, path: [...path, ...inner.path] })),
      schema,
      value,
    );
  }
  const given = valueAt(value, path);
  const allowed = schemasAt(schema, path).flatMap((place) =>
    place.const === undefined ? [] : [String(place.const)],
  );
  const suggestion = typeof given === 'string' ? nearest(given, allowed) : undefined;
  const problem = given === undefined ? 'is missing' : 'is not one of the words allowed here';
  return [{ path, part: 'value', problem, allowed, ...(suggestion !== undefined && { suggestion }) }];
}

function unknownKey(path: Path, places: readonly JsonSchema[]): Finding {
  const known = places.flatMap((place) => Object.keys(place.properties ?? {}));
  const meant = nearest(String(path.at(-1)), known);
  return {
    path,
    part: 'key',
    problem: 'is not a known setting',
    ...(meant !== undefined && { suggestion: meant }),
    ...(known.length > 0 && { allowed: known }),
  };
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'text (put it in quotes)',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a group of settings',
  record: 'a group of names',
  array: 'a list',
};

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a group of settings';
  if (typeof value === 'string') return 'text';
  if (typeof value === 'number') return Number.isInteger(value) ? 'a number' : 'a number with decimals';
  return `${value}`;
}

function extentOf(origin: string, bound: number | bigint, word: string): string {
  if (origin === 'string')
    return bound === 1 && word === 'at least' ? 'not be empty' : `have ${word} ${bound} characters`;
  if (origin === 'array' || origin === 'set')
    return `have ${word} ${bound} ${bound === 1 ? 'entry' : 'entries'}`;
  return `be ${word} ${bound}`;
}

/** What stands at `path` in plain values; undefined when nothing does. */
export function valueAt(value: unknown, path: Path): unknown {
  let here = value;
  for (const step of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, step)) return undefined;
    here = (here as Record<PropertyKey, unknown>)[step];
  }
  return here;
}
