// What may travel through a queue: small plain JSON and plain error text. PostgreSQL refuses a NUL or a lone
// surrogate in a job, Redis takes both; this file refuses them on either, before the queue sees them.
import { StockbridgeError } from '../core/errors.ts';

/** The largest job, counted in characters of its values and names. Jobs carry ids and movements, never documents. */
export const MAX_JOB_CHARACTERS = 512 * 1024;
const MAX_DEPTH = 32;
const MAX_ID_LENGTH = 200;
const MAX_ERROR_LENGTH = 2_000;

/** Throws `content_invalid`, naming the field, unless `data` comes back from every backend exactly as it went in. */
export function assertJobData(data: object): void {
  const characters = charactersOf(data, 'data', 0);
  if (characters > MAX_JOB_CHARACTERS) {
    throw refused(
      'data',
      `holds about ${characters} characters, more than the ${MAX_JOB_CHARACTERS} a job may carry`,
    );
  }
}

function charactersOf(value: unknown, path: string, depth: number): number {
  switch (typeof value) {
    case 'string':
      assertText(value, path);
      return value.length;
    case 'boolean':
      return 5;
    case 'number':
      if (!Number.isFinite(value)) throw refused(path, `is ${value}, which JSON cannot carry`);
      return 8;
    case 'object':
      if (value === null) return 4;
      if (depth >= MAX_DEPTH) throw refused(path, `is nested deeper than ${MAX_DEPTH} levels`);
      return Array.isArray(value)
        ? charactersOfList(value, path, depth)
        : charactersOfObject(value, path, depth);
    default:
      throw refused(path, `is a ${typeof value}, which JSON cannot carry`);
  }
}

function charactersOfList(list: readonly unknown[], path: string, depth: number): number {
  let total = 2;
  for (let index = 0; index < list.length; index += 1) {
    total += 1 + charactersOf(list[index], `${path}[${index}]`, depth + 1);
  }
  return total;
}

function charactersOfObject(object: object, path: string, depth: number): number {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && prototype !== null) {
    throw refused(path, 'is not a plain object; send its text');
  }
  let total = 2;
  for (const [name, value] of Object.entries(object)) {
    // An optional field that is absent and one that is undefined are the same JSON.
    if (value === undefined) continue;
    assertText(name, `a name in ${path}`);
    total += name.length + 4 + charactersOf(value, `${path}.${name}`, depth + 1);
  }
  return total;
}

function assertText(text: string, path: string): void {
  if (text.includes('\0')) throw refused(path, 'contains a NUL character');
  if (!text.isWellFormed()) throw refused(path, 'contains a lone surrogate (broken Unicode)');
}

/** Throws `content_invalid` unless both backends take `jobId`: letters, digits and `. _ -`, not digits alone. */
export function assertJobId(jobId: string): void {
  if (jobId.length > MAX_ID_LENGTH || !/^[\w.-]+$/.test(jobId) || /^\d+$/.test(jobId)) {
    throw refused(
      'jobId',
      `must be 1 to ${MAX_ID_LENGTH} letters, digits, dots, dashes or underscores, and not digits alone`,
    );
  }
}

/** Throws `content_invalid` unless `key` can name what a nudge is about: 1 to 200 characters of well-formed text. */
export function assertNudgeKey(key: string): void {
  if (key.length < 1 || key.length > MAX_ID_LENGTH)
    throw refused('key', `must have 1 to ${MAX_ID_LENGTH} characters`);
  assertText(key, 'key');
}

/** A copy of what a handler threw that every backend can store: message and stack without NUL or broken Unicode, bounded. */
export function storableErrorOf(thrown: unknown): Error {
  const source = thrown instanceof Error ? thrown : new Error(String(thrown));
  const copy = new Error(storableText(source.message) || 'an error without a message');
  copy.stack = storableText(source.stack ?? copy.message);
  return copy;
}

const storableText = (text: string): string =>
  text.slice(0, MAX_ERROR_LENGTH).toWellFormed().replaceAll('\0', '\uFFFD');

const refused = (path: string, reason: string): StockbridgeError =>
  new StockbridgeError('content_invalid', `a job was refused: ${path} ${reason}`);
