// Proves by a profile that a webhook comes from somebody who knows the secret: over the bytes as received,
// in constant time, with every key that is valid now. It never throws and never says which part was nearly right.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Verdict, WebhookRequest } from '../contract.ts';
import { type HmacProfile, PLACEHOLDER } from './hmac-profile.ts';
import { readJson } from './json.ts';

/** More digests than any sender lists; bounds the work that one request can cause. */
const MAX_DIGESTS = 16;

/**
 * Says whether one of the digests in the request's signature header was made with one of `keys`.
 * Every key is tried with every digest, so that the time taken says nothing about which one fitted.
 */
export function verifyHmac(
  request: WebhookRequest,
  profile: HmacProfile,
  keys: readonly (string | undefined)[],
  now: Date,
): Verdict {
  const presented = request.headers[profile.header];
  if (presented === undefined || presented.trim() === '') {
    return refused('signature_missing', `the header ${profile.header} is missing`);
  }
  try {
    return verdictOf(request, profile, presented, keys, now);
  } catch {
    return refused('signature_invalid', 'the signature could not be checked');
  }
}

function verdictOf(
  request: WebhookRequest,
  profile: HmacProfile,
  presented: string,
  keys: readonly (string | undefined)[],
  now: Date,
): Verdict {
  const fields = signedFields(request, profile, presented);
  if (profile.timestamp && fields.timestamp === undefined) {
    return refused('signature_missing', `the signed time (${profile.timestamp.from}) is missing`);
  }
  if (profile.id && fields.id === undefined) {
    return refused('signature_missing', `the signed id (${profile.id}) is missing`);
  }
  const digests = digestsIn(presented, profile);
  let genuine = false;
  for (const key of keys) {
    if (key === undefined || key === '') continue;
    const expected = signatureOf(request, profile, key, fields);
    for (const digest of digests) genuine = sameText(digest, expected) || genuine;
  }
  if (!genuine) return refused('signature_invalid', `no digest in ${profile.header} fits a current secret`);
  return freshness(fields.timestamp, profile, now);
}

/** The time and the id as the sender wrote them; their text is what is signed. */
export interface SignedFields {
  readonly timestamp?: string | undefined;
  readonly id?: string | undefined;
}

/**
 * The digest that a sender with this profile and key puts into the header, without prefix.
 * @throws RangeError when the template names a field that the request does not have.
 */
export function signatureOf(
  request: Pick<WebhookRequest, 'body' | 'method' | 'registeredUrl'>,
  profile: HmacProfile,
  key: string,
  fields: SignedFields = {},
): string {
  if (profile.algorithm === 'static') return key;
  const digest = createHmac(profile.algorithm, keyBytes(key, profile));
  let text = '';
  let end = 0;
  // Texts that follow each other are digested together: each step into the native code costs as much as many bytes.
  const digestText = (): void => {
    if (text !== '') digest.update(text, 'utf8');
    text = '';
  };
  for (const match of profile.template.matchAll(PLACEHOLDER)) {
    text += profile.template.slice(end, match.index);
    end = match.index + match[0].length;
    const part = signedPart(match[1] ?? '', request, fields);
    if (typeof part === 'string') text += part;
    else {
      digestText();
      digest.update(part);
    }
  }
  text += profile.template.slice(end);
  digestText();
  return digest.digest(profile.encoding);
}

function keyBytes(key: string, profile: HmacProfile): Buffer {
  return Buffer.from(
    profile.keyEncoding === 'base64' ? key.replace(/^whsec_/, '') : key,
    profile.keyEncoding,
  );
}

function signedPart(
  name: string,
  request: Pick<WebhookRequest, 'body' | 'method' | 'registeredUrl'>,
  fields: SignedFields,
): Buffer | string {
  if (name === 'rawBody') return request.body;
  if (name === 'url') return request.registeredUrl;
  if (name === 'method') return request.method;
  if (name === 'path') return pathOf(request.registeredUrl);
  const text =
    name === 'timestamp'
      ? fields.timestamp
      : name === 'id'
        ? fields.id
        : name.startsWith('form:')
          ? new URLSearchParams(request.body.toString('utf8')).get(name.slice('form:'.length))
          : fieldOf(request.body, name.slice('field:'.length));
  if (text === undefined || text === null) throw new RangeError(`the request has no ${name} to sign`);
  return text;
}

function pathOf(url: string): string {
  const { pathname, search } = new URL(url);
  return pathname + search;
}

function signedFields(request: WebhookRequest, profile: HmacProfile, presented: string): SignedFields {
  const find = (from: string | undefined): string | undefined => {
    if (from === undefined) return undefined;
    const name = from.slice(from.indexOf(':') + 1);
    const text = from.startsWith('header:')
      ? request.headers[name.toLowerCase()]
      : from.startsWith('part:')
        ? partOf(presented, name, profile)
        : fieldOf(request.body, name);
    return text === '' ? undefined : text;
  };
  return { timestamp: find(profile.timestamp?.from), id: find(profile.id) };
}

function partOf(presented: string, name: string, profile: HmacProfile): string | undefined {
  const part = presented.split(profile.separator ?? ',').find((text) => text.trim().startsWith(`${name}=`));
  return part?.trim().slice(name.length + 1);
}

/** A text field of a JSON body by its dotted path; read before the body is proven, hence by the guarded reader. */
function fieldOf(body: Buffer, path: string): string | undefined {
  const read = readJson(body, { brokenText: 'keep' });
  let value: unknown = read.ok ? read.value : undefined;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined;
}

function digestsIn(presented: string, profile: HmacProfile): string[] {
  const parts = profile.separator === undefined ? [presented] : presented.split(profile.separator);
  const digests = parts
    .map((part) => part.trim())
    .filter((part) => part.startsWith(profile.prefix))
    .slice(0, MAX_DIGESTS)
    .map((part) => part.slice(profile.prefix.length));
  // Hex is written in either case; base64 is compared as written, because its loose decoders accept many spellings.
  const isHex = profile.encoding === 'hex' && profile.algorithm !== 'static';
  return isHex ? digests.map((digest) => digest.toLowerCase()) : digests;
}

/** Compares without showing where two texts differ, or whether their lengths do. */
export function sameText(a: string, b: string): boolean {
  return timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest());
}

function freshness(text: string | undefined, profile: HmacProfile, now: Date): Verdict {
  if (profile.timestamp === undefined || text === undefined) return { genuine: true };
  const { format, toleranceSeconds } = profile.timestamp;
  const signedMs =
    format === 'iso'
      ? Date.parse(text)
      : /^\d{1,15}$/.test(text)
        ? Number(text) * (format === 'seconds' ? 1000 : 1)
        : Number.NaN;
  if (Number.isNaN(signedMs)) return refused('signature_invalid', 'the signed time is unreadable');
  const awaySeconds = Math.round(Math.abs(now.getTime() - signedMs) / 1000);
  if (awaySeconds <= toleranceSeconds) return { genuine: true };
  return refused(
    'timestamp_stale',
    `the signed time is ${awaySeconds} s away from ours; ${toleranceSeconds} s are allowed`,
  );
}

const refused = (
  code: 'signature_missing' | 'signature_invalid' | 'timestamp_stale',
  reason: string,
): Verdict => ({
  genuine: false,
  code,
  reason,
});
