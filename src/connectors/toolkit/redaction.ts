// What may be shown of a request and of a vendor's answer: the host and path, and a short excerpt without secrets.
// It decides by the names of headers and by known values; it does not try to recognise secrets by their looks.
import { plainTextOf } from '../../core/vocabulary/text.ts';
import type { HttpRequest } from './http.ts';

const EXCERPT_CHARACTERS = 300;
const SENSITIVE_NAME = /auth|token|key|secret|signature|cookie|password/i;
/** Shorter values are words such as `true` that would be masked everywhere. */
const SHORTEST_SECRET = 6;

/** Host and path of an address, without user, query or fragment. */
export function targetOf(url: string): string {
  const parsed = URL.parse(url);
  return parsed === null ? '(not an address)' : plainTextOf(`${parsed.host}${parsed.pathname}`, 200);
}

/** Values of a request that must not come back in an error when the vendor echoes them. */
export function sensitiveValues(request: Pick<HttpRequest, 'headers' | 'url'>): string[] {
  const values: string[] = [];
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    if (!SENSITIVE_NAME.test(name)) continue;
    values.push(value, ...value.split(' '));
  }
  const parsed = URL.parse(request.url);
  if (parsed !== null) values.push(parsed.password, ...parsed.searchParams.values());
  return values;
}

/** `text` with every one of `secrets` replaced by `***`. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  // Longest first, so that a secret containing another one is not left half visible.
  const known = secrets
    .filter((secret) => secret.length >= SHORTEST_SECRET)
    .sort((a, b) => b.length - a.length);
  return known.reduce((masked, secret) => masked.replaceAll(secret, '***'), text);
}

/** The beginning of an answer as one line of plain text, masked before it is cut. */
export const excerptOf = (body: Buffer, secrets: readonly string[]): string =>
  plainTextOf(
    withoutSecrets(body.subarray(0, 16 * 1024).toString('utf8'), secrets)
      .replace(/\s+/g, ' ')
      .trim(),
    EXCERPT_CHARACTERS,
  );
