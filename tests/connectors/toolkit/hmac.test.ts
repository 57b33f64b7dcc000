// Signatures: published vectors hold, anything else does not, and no input makes the check throw.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Verdict, WebhookRequest } from '../../../src/connectors/contract.ts';
import { sameText, signatureOf, verifyHmac } from '../../../src/connectors/toolkit/hmac.ts';
import {
  type HmacProfile,
  hmacProfileSchema,
  STANDARD_WEBHOOKS,
} from '../../../src/connectors/toolkit/hmac-profile.ts';
import { PROFILES, VECTORS, type Vector } from './vectors.ts';

const requestOf = ({ url, body, headers }: Pick<Vector, 'url' | 'body' | 'headers'>): WebhookRequest => ({
  method: 'POST',
  registeredUrl: url ?? 'https://hub.example/webhooks/a',
  headers,
  body: Buffer.from(body, 'utf8'),
});
const check = (vector: Vector, keys: (string | undefined)[] = [vector.key], now = nowOf(vector)): Verdict =>
  verifyHmac(requestOf(vector), vector.profile, keys, now);
const nowOf = ({ atSeconds }: Pick<Vector, 'atSeconds'>): Date =>
  atSeconds === undefined ? new Date() : new Date(atSeconds * 1000);

describe.each(VECTORS)('$name', (vector) => {
  it('accepts the published signature, with the key alone or among others', () => {
    expect(check(vector)).toEqual({ genuine: true });
    expect(check(vector, ['another-key-entirely', undefined, '', vector.key])).toEqual({ genuine: true });
  });

  it('refuses it for another key, and for none', () => {
    expect(check(vector, ['another-key-entirely'])).toMatchObject({ code: 'signature_invalid' });
    expect(check(vector, [])).toMatchObject({ code: 'signature_invalid' });
    expect(check(vector, ['', undefined])).toMatchObject({ code: 'signature_invalid' });
  });

  it('refuses it for another body, unless nothing of the body is signed', () => {
    const body = vector.body.replace(/\d/, (digit) => (digit === '9' ? '8' : '9'));
    if (vector.profile.algorithm === 'static')
      expect(check({ ...vector, body: 'other' })).toEqual({ genuine: true });
    else expect(check({ ...vector, body })).toMatchObject({ genuine: false });
  });
});

it('Square: one character of the registered address decides', () => {
  const vector = VECTORS[0]!;
  expect(check({ ...vector, url: vector.url!.replace('/6', '/') })).toMatchObject({
    code: 'signature_invalid',
  });
});

const samples = join(process.env.STOCKBRIDGE_SAMPLES ?? '../shared/samples', 'pos');
describe.runIf(existsSync(samples))('the sample vectors', () => {
  const scheme = z.object({
    scheme: z.string(),
    key: z.string().optional(),
    secret: z.string().optional(),
    notification_url: z.string().optional(),
    id: z.string().optional(),
    timestamp: z.number().optional(),
    body: z.string().optional(),
    header: z.string(),
    expected: z.string(),
    valid: z.boolean(),
  });
  const vectors = z
    .array(scheme)
    .parse(
      existsSync(samples) ? JSON.parse(readFileSync(join(samples, 'signature-vectors.json'), 'utf8')) : [],
    );
  const profiles: Record<string, HmacProfile> = {
    square: PROFILES.square,
    standardwebhooks: PROFILES.standard,
    toast: PROFILES.toast,
    'lightspeed-x (reading A: raw form body, hex)': PROFILES.lightspeedRaw,
    'lightspeed-x (reading B: decoded payload field, hex)': PROFILES.lightspeedPayload,
    zettle: PROFILES.zettle,
    clover: PROFILES.clover,
  };

  it('are there', () => expect(vectors).not.toEqual([]));

  it.each(vectors)('$scheme, valid: $valid', (vector) => {
    const body = vector.body ?? readFileSync(join(samples, 'zettle-inventory-balance-changed.json'), 'utf8');
    const headers: Record<string, string> = { [vector.header.toLowerCase()]: vector.expected };
    if (vector.id !== undefined) headers['webhook-id'] = vector.id;
    if (vector.timestamp !== undefined) headers['webhook-timestamp'] = String(vector.timestamp);
    const timestamp = vector.timestamp ?? signedTime(body);
    const verdict = verifyHmac(
      requestOf({ body, headers, ...(vector.notification_url ? { url: vector.notification_url } : {}) }),
      profiles[vector.scheme]!,
      [vector.key ?? vector.secret ?? (vector.scheme === 'zettle' ? ZETTLE_KEY : vector.expected)],
      nowOf(timestamp === undefined ? {} : { atSeconds: timestamp }),
    );
    expect(verdict.genuine).toBe(vector.valid);
  });

  function signedTime(body: string): number | undefined {
    const match = /"timestamp"\s*:\s*"([^"]+)"\s*[,}]/g;
    const last = [...body.matchAll(match)].at(-1)?.[1];
    return last === undefined ? undefined : Date.parse(last) / 1000;
  }
});
/** The signing key of Zettle's documentation. */
const ZETTLE_KEY = 'zLzClQLQN8yfH8aEjONeXzgJRAHR0zpD7RonFCpizujCUCectBlln0vFArTbLPYa';

describe('the signed time', () => {
  const vector = VECTORS[1]!;
  const at = (offsetSeconds: number): Date => new Date((vector.atSeconds! + offsetSeconds) * 1000);

  it('may be 300 s off either way, and not a second more', () => {
    for (const offset of [0, 300, -300])
      expect(check(vector, [vector.key], at(offset))).toEqual({ genuine: true });
    for (const offset of [301, -301, 86_400]) {
      expect(check(vector, [vector.key], at(offset))).toMatchObject({ code: 'timestamp_stale' });
    }
  });

  it('is said to be stale only to who knows the secret', () => {
    expect(check(vector, ['whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'], at(9999))).toMatchObject({
      code: 'signature_invalid',
    });
  });

  it('must be there, and must be a time', () => {
    const { 'webhook-timestamp': _time, ...without } = vector.headers;
    expect(check({ ...vector, headers: without })).toMatchObject({ code: 'signature_missing' });
    const odd = requestOf({ ...vector, headers: { ...vector.headers, 'webhook-timestamp': '1614265330.5' } });
    const digest = signatureOf(odd, STANDARD_WEBHOOKS, vector.key, {
      id: vector.headers['webhook-id']!,
      timestamp: '1614265330.5',
    });
    const request = { ...odd, headers: { ...odd.headers, 'webhook-signature': `v1,${digest}` } };
    expect(verifyHmac(request, STANDARD_WEBHOOKS, [vector.key], at(0))).toMatchObject({
      code: 'signature_invalid',
    });
  });
});

describe('the list of digests', () => {
  const vector = VECTORS[1]!;
  const genuine = vector.headers['webhook-signature']!;
  const withSignature = (text: string): Vector => ({
    ...vector,
    headers: { ...vector.headers, 'webhook-signature': text },
  });

  it('is searched for one that fits; unknown versions are ignored', () => {
    expect(check(withSignature(`v1a,xxxx v1,AAAA v2,zzz ${genuine}`))).toEqual({ genuine: true });
    expect(check(withSignature(genuine.replace('v1,', 'v1a,')))).toMatchObject({ code: 'signature_invalid' });
    expect(check(withSignature(genuine.slice(3)))).toMatchObject({ code: 'signature_invalid' });
  });

  it('is read no further than 16 digests, so that one request costs little', () => {
    expect(check(withSignature(`${'v1,AAAA '.repeat(15)}${genuine}`))).toEqual({ genuine: true });
    expect(check(withSignature(`${'v1,AAAA '.repeat(16)}${genuine}`))).toMatchObject({ genuine: false });
  });

  it('takes base64 only as it is written, because loose decoders accept many spellings', () => {
    for (const other of [
      genuine.replace(/=$/, ''),
      genuine.replaceAll('+', '-'),
      `${genuine}=`,
      `${genuine}%`,
    ]) {
      expect(check(withSignature(other)), other).toMatchObject({ code: 'signature_invalid' });
    }
  });

  it('takes hex in either case', () => {
    const hex = VECTORS[3]!;
    const upper = hex.headers['x-signature']!.replace(
      /=([0-9a-f]{64})/,
      (_, digest: string) => `=${digest.toUpperCase()}`,
    );
    expect(check({ ...hex, headers: { 'x-signature': upper } })).toEqual({ genuine: true });
  });
});

it('agrees with the standardwebhooks package on what it signs', () => {
  const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.stringMatching(/^[\w-]{1,40}$/), (body, id) => {
      const at = new Date();
      const headers = {
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
        'webhook-signature': new Webhook(secret).sign(id, at, body),
      };
      expect(verifyHmac(requestOf({ body, headers }), STANDARD_WEBHOOKS, [secret], at)).toEqual({
        genuine: true,
      });
    }),
  );
});

it('covers bytes that are no UTF-8', () => {
  const key = 'a-key';
  const profile = hmacProfileSchema.parse({ header: 'x-signature' });
  const request = requestOf({ body: '', headers: {} });
  const one = { ...request, body: Buffer.from([0xff]) };
  const other = { ...request, body: Buffer.from([0xfe]) };
  const headers = { 'x-signature': signatureOf(one, profile, key) };
  expect(verifyHmac({ ...one, headers }, profile, [key], new Date())).toEqual({ genuine: true });
  expect(verifyHmac({ ...other, headers }, profile, [key], new Date())).toMatchObject({ genuine: false });
});

it('F7: never throws and never accepts, whatever the headers, bodies and profiles', () => {
  const profiles = fc.constantFrom(...Object.values(PROFILES));
  const headers = fc.dictionary(
    fc.constantFrom(
      ...Object.values(PROFILES).map(({ header }) => header),
      'webhook-id',
      'webhook-timestamp',
    ),
    fc.oneof(fc.string(), fc.constantFrom('t=1,v1=', 'v1,', 'signature=,', ' ', '\u0000')),
  );
  fc.assert(
    fc.property(profiles, headers, fc.uint8Array(), fc.string(), (profile, values, body, key) => {
      const request = {
        ...requestOf({ body: '', headers: values }),
        body: Buffer.from(body),
        registeredUrl: key,
      };
      expect(verifyHmac(request, profile, [`not guessable ${key}`], new Date()).genuine).toBe(false);
    }),
    { numRuns: 1000 },
  );
});

it('refuses a profile that does not sign the body, or names what does not exist', () => {
  for (const template of ['{timestamp}', '{rawBody}{secret}', '{rawBody', 'text']) {
    expect(hmacProfileSchema.safeParse({ header: 'x-signature', template }).success, template).toBe(false);
  }
  expect(hmacProfileSchema.safeParse({ header: 'x-signature', id: 'cookie:id' }).success).toBe(false);
});

it('compares texts of any length', () => {
  expect(sameText('', '')).toBe(true);
  expect(sameText('a', 'ab')).toBe(false);
});
