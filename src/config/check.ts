// Checks values against a schema: text that came out of a variable counts as the number or flag that the schema wants.
import type { z } from 'zod';
import { jsonSchemaOf } from './json-schema.ts';
import { type Finding, findingsOf, valueAt } from './problems.ts';
import { secretValuesOf } from './secrets.ts';
import type { Path, Source } from './source.ts';

export interface Checked<T> {
  /** Undefined when there are findings. */
  readonly value: T | undefined;
  /** With paths from the top of the file. */
  readonly findings: readonly Finding[];
  /** Every secret text among the values, valid or not. */
  readonly secrets: readonly string[];
}

/** Checks `value`, which stands at `prefix` in the file. A value whose variable is missing is reported once, by the source. */
export function checked<T>(
  schema: z.ZodType<T>,
  value: unknown,
  prefix: Path,
  source: Pick<Source, 'originOf'>,
): Checked<T> {
  const original = structuredClone(value);
  const first = schema.safeParse(original);
  const copy = structuredClone(value);
  const converted = first.error?.issues.filter((issue) => converts(issue, copy, prefix, source)) ?? [];
  const result = converted.length > 0 ? schema.safeParse(copy) : first;
  const findings = findingsOf(result.error?.issues ?? [], jsonSchemaOf(schema), copy)
    .map((finding) => ({ ...finding, path: [...prefix, ...finding.path] }))
    .filter(({ path }) => source.originOf(path) !== 'lacking');
  return { value: result.data, findings, secrets: secretValuesOf(schema, value) };
}

/** Puts the number or flag that was asked for in place of its text, where that text came out of a variable. */
function converts(
  issue: z.core.$ZodIssue,
  value: unknown,
  prefix: Path,
  source: Pick<Source, 'originOf'>,
): boolean {
  if (issue.code !== 'invalid_type' || source.originOf([...prefix, ...issue.path]) !== 'filled') return false;
  const text = valueAt(value, issue.path);
  const parent = valueAt(value, issue.path.slice(0, -1));
  const key = issue.path.at(-1);
  const meaning = typeof text === 'string' ? meaningOf(text, issue.expected) : undefined;
  if (meaning === undefined || key === undefined || typeof parent !== 'object' || parent === null)
    return false;
  return Reflect.set(parent, key, meaning);
}

function meaningOf(text: string, expected: string): number | boolean | undefined {
  if (expected === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  if ((expected === 'number' || expected === 'int') && /^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  return undefined;
}
