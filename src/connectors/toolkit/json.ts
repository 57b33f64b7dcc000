// Reads JSON that somebody else wrote: exact numbers, bounded depth, no silent choice between two values of one key.
// It never throws; what it refuses it explains in one sentence that a sender can act on.
import { parse } from 'lossless-json';

export type JsonReading =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly reason: string };

const MAX_DEPTH = 64;
const UTF8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads one JSON document from bytes. Integers up to 2^53 become numbers; every other number becomes its text exactly
 * as written. Objects have no inherited keys that a sender could reach.
 *
 * `brokenText` says what happens to strings with NUL or half a surrogate pair, which PostgreSQL cannot store:
 * `refuse` (default) names the place, `keep` hands them on for answers of which only some fields are used.
 */
export function readJson(body: Buffer, options: { brokenText?: 'refuse' | 'keep' } = {}): JsonReading {
  let text: string;
  try {
    text = UTF8.decode(body);
  } catch {
    return refused('the body is not valid UTF-8');
  }
  if (text.trim() === '') return refused('the body is empty');
  const problem = structureProblem(text);
  if (problem !== undefined) return refused(problem);
  let value: unknown;
  try {
    value = parse(text, undefined, exactNumber);
  } catch (error) {
    return refused(
      `the body is not JSON: ${error instanceof Error ? error.message.slice(0, 120) : 'unreadable'}`,
    );
  }
  // Bytes that are valid UTF-8 can hold neither; only an escape can bring them in.
  if (options.brokenText !== 'keep' && text.includes('\\u')) {
    const place = brokenTextPlace(value, '');
    if (place !== undefined) return refused(`NUL or broken Unicode at ${place === '' ? 'the top' : place}`);
  }
  return { ok: true, value };
}

const refused = (reason: string): JsonReading => ({ ok: false, reason });

const exactNumber = (text: string): number | string => {
  const number = Number(text);
  return /^-?\d+$/.test(text) && Number.isSafeInteger(number) ? number + 0 : text;
};

/** Depth and repeated keys, found by one pass over the text; whether it is JSON at all is for the parser to say. */
function structureProblem(text: string): string | undefined {
  const open: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (character === 0x7b || character === 0x5b) {
      open.push(character === 0x7b ? new Set() : undefined);
      if (open.length > MAX_DEPTH) return `the body is nested deeper than ${MAX_DEPTH} levels`;
    } else if (character === 0x7d || character === 0x5d) {
      open.pop();
    } else if (character === 0x22) {
      const end = endOfString(text, at);
      const keys = open.at(-1);
      if (keys !== undefined && isFollowedByColon(text, end + 1)) {
        const key = unescaped(text.slice(at, end + 1));
        if (keys.has(key)) return `the key ${JSON.stringify(key.slice(0, 60))} occurs twice in one object`;
        keys.add(key);
      }
      at = end;
    }
  }
  return undefined;
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (character === 0x5c) at += 1;
    else if (character === 0x22) return at;
  }
  return text.length;
}

function isFollowedByColon(text: string, start: number): boolean {
  let at = start;
  while (at < text.length && ' \t\r\n'.includes(text.charAt(at))) at += 1;
  return text.charAt(at) === ':';
}

/** `"\u0061"` and `"a"` are the same key. */
function unescaped(token: string): string {
  if (!token.includes('\\')) return token.slice(1, -1);
  try {
    return String(JSON.parse(token));
  } catch {
    return token;
  }
}

function brokenTextPlace(value: unknown, path: string): string | undefined {
  if (typeof value === 'string') return isStorable(value) ? undefined : path;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    if (!isStorable(key)) return `a key of ${path === '' ? 'the top object' : path}`;
    const inside = Array.isArray(value) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
    const place = brokenTextPlace(inner, inside);
    if (place !== undefined) return place;
  }
  return undefined;
}

const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes('\u0000');
