// The edges of the webhook connector: which senders get in, how deliveries are named, and what the notified one receives.
import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PushBatch, WebhookRequest } from '../../../src/connectors/contract.ts';
import { signatureOf } from '../../../src/connectors/toolkit/hmac.ts';
import { hmacProfileSchema } from '../../../src/connectors/toolkit/hmac-profile.ts';
import { httpClient } from '../../../src/connectors/toolkit/http.ts';
import { webhook } from '../../../src/connectors/webhook/index.ts';
import { instantOf } from '../../../src/core/vocabulary/instant.ts';
import { memoryState } from '../../contract/suite/world.ts';
import { startVendor, type Vendor } from '../toolkit/vendor.ts';

const SECRET = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
const signature = { scheme: 'standard-webhooks', secrets: [SECRET] };
const refusalOf = (settings: unknown): string => {
  const parsed = webhook.settings.safeParse(settings);
  return parsed.success
    ? 'accepted'
    : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
};

describe('settings', () => {
  it('accept a signed source without a notify address', () =>
    expect(refusalOf({ signature })).toBe('accepted'));

  it.each([
    [{ signature: { ...signature, secrets: [] } }, 'signature.secrets'],
    [{ signature: { ...signature, secrets: ['whsec_short'] } }, '24 to 64 bytes'],
    [{ signature: { ...signature, secrets: [SECRET.slice(6)] } }, 'must be whsec_'],
    [{ signature: { scheme: 'hmac', profile: { header: 'x' }, secrets: [''] } }, 'at least 8'],
    [
      { signature: { scheme: 'hmac', profile: { header: 'x', template: '{time}' }, secrets: ['12345678'] } },
      'knows only',
    ],
    [{ signature, notify: { url: 'http://hub.example/x', secret: SECRET } }, 'must be https'],
    [{ signature, notify: { url: 'file:///etc/passwd', secret: SECRET } }, 'notify.url'],
    [{ signature, notifyUrl: 'https://x.example' }, 'notifyUrl'],
    [{}, 'signature'],
  ])('%j is refused', (settings, reason) => expect(refusalOf(settings)).toContain(reason));
});

describe('a sender with a scheme of its own', () => {
  const profile = hmacProfileSchema.parse({ header: 'X-Till-Signature', encoding: 'hex', prefix: 'sha256=' });
  const settings = webhook.settings.parse({
    signature: {
      scheme: 'hmac',
      profile: { header: 'X-Till-Signature', encoding: 'hex', prefix: 'sha256=' },
      secrets: ['current-secret', 'previous-secret'],
    },
  });
  const request = (key: string): WebhookRequest => {
    const unsigned = {
      method: 'POST',
      registeredUrl: 'https://hub.example/w/till',
      body: Buffer.from('{"id":"e-1","type":"sale"}'),
    };
    return { ...unsigned, headers: { 'x-till-signature': `sha256=${signatureOf(unsigned, profile, key)}` } };
  };

  it('gets in with the current and the previous secret', async () => {
    for (const key of ['current-secret', 'previous-secret']) {
      expect(await webhook.webhook!.verify(request(key), settings, new Date())).toEqual({ genuine: true });
    }
    expect(await webhook.webhook!.verify(request('older-secret'), settings, new Date())).toMatchObject({
      genuine: false,
    });
  });
});

describe('a delivery is named', () => {
  const named = (body: string, headers: Record<string, string> = {}) =>
    webhook.webhook!.events({
      method: 'POST',
      registeredUrl: 'https://hub.example/w',
      headers,
      body: Buffer.from(body),
    });

  it('by its webhook-id, then by the event’s id, then by its bytes', () => {
    const event = '{"id":"e-1","type":"sale","occurredAt":"2026-11-21T09:30:00Z"}';
    const at = { topic: 'sale', occurredAt: '2026-11-21T09:30:00.000000Z' };
    expect(named(event, { 'webhook-id': 'm-1' })).toEqual([{ dedupeKey: 'delivery:m-1', topic: 'sale' }]);
    expect(named('{"events":[]}', { 'webhook-id': 'm-2' })).toEqual([
      { dedupeKey: 'delivery:m-2', topic: 'batch' },
    ]);
    expect(named('\u0000', { 'webhook-id': 'm-3' })).toEqual([
      { dedupeKey: 'delivery:m-3', topic: 'unreadable' },
    ]);
    expect(named(event)).toEqual([{ dedupeKey: 'event:e-1', ...at }]);
    expect(named('{"events":[]}')).toEqual([
      { dedupeKey: expect.stringMatching(/^sha256:[0-9a-f]{64}$/), topic: 'batch' },
    ]);
    expect(named('{"events":[ ]}')).not.toEqual(named('{"events":[]}'));
  });

  it('with a digest where its own name is too long or not plain', () => {
    for (const id of ['x'.repeat(300), 'a\u0001b']) {
      expect(named('{}', { 'webhook-id': id })[0]?.dedupeKey).toMatch(/^sha256:/);
    }
  });
});

describe('the notify address', () => {
  let vendor: Vendor;
  beforeEach(async () => {
    vendor = await startVendor();
  });
  afterEach(() => vendor.close());

  const NOW = new Date();
  const connect = (state = memoryState()) =>
    webhook.connect({
      name: 'till',
      settings: webhook.settings.parse({
        signature,
        notify: { url: `${vendor.url}/path-token-0815`, secret: SECRET },
      }),
      http: httpClient({ connection: 'till' }),
      log: pino({ level: 'silent' }),
      now: () => NOW,
      state,
    });
  const batch: PushBatch = {
    key: randomUUID(),
    createdAt: instantOf(NOW),
    items: [
      {
        listing: '17',
        location: 'shop',
        available: '4',
        readAvailable: '0',
        publication: 'p-1',
        expected: {},
      },
      {
        listing: '18',
        location: 'shop',
        available: '0',
        readAvailable: '0',
        publication: 'p-2',
        expected: {},
      },
    ],
  };

  it('I8: gets the same signed bytes under the same id on every attempt', async () => {
    const { push } = connect();
    await push!.send(batch);
    await push!.send(batch);
    const [first, second] = vendor.received;
    expect(second?.body).toBe(first?.body);
    expect(first?.headers['webhook-id']).toBe(batch.key);
    const headers = first!.headers as Record<string, string>;
    expect(new Webhook(SECRET).verify(first!.body, headers)).toEqual({
      type: 'availability',
      id: batch.key,
      createdAt: batch.createdAt,
      levels: [
        { listing: '17', location: 'shop', available: '4', publication: 'p-1' },
        { listing: '18', location: 'shop', available: '0', publication: 'p-2' },
      ],
    });
  });

  it('is taken at its word: what it accepted is what is read, in every process', async () => {
    const state = memoryState();
    await connect(state).push!.send(batch);
    const targets = [
      { listing: '17', location: 'shop' },
      { listing: '17', location: 'cellar' },
    ];
    const readings = await connect(state).push!.read(targets);
    expect(readings.map((reading) => reading.outcome === 'read' && reading.available)).toEqual(['4', '0']);
  });

  it('is not believed to know what it refused', async () => {
    const state = memoryState();
    vendor.answer = (_request, response) => response.writeHead(500).end();
    await expect(connect(state).push!.send(batch)).rejects.toMatchObject({ code: 'outcome_unknown' });
    const [reading] = await connect(state).push!.read([{ listing: '17', location: 'shop' }]);
    expect(reading).toMatchObject({ available: '0' });
  });

  it('parks the connection when it is gone for good (410), and says so until it accepts again', async () => {
    const connection = connect();
    vendor.answer = (_request, response) => response.writeHead(410).end();
    const failure = await connection.push!.send(batch).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'vendor_rejected', disposition: 'park' });
    expect(String(failure)).not.toContain('path-token');
    expect(await connection.health!()).toMatchObject([{ level: 'fail' }]);
    vendor.answer = (_request, response) => response.writeHead(202).end();
    await connection.push!.send(batch);
    expect(await connection.health!()).toMatchObject([{ level: 'ok' }]);
  });

  it('is not there without the setting: neither push nor health are offered', () => {
    const settings = webhook.settings.parse({ signature });
    const context = {
      name: 'till',
      settings,
      http: httpClient({ connection: 'till' }),
      log: pino({ level: 'silent' }),
      now: () => NOW,
      state: memoryState(),
    };
    expect(Object.keys(webhook.connect(context))).toEqual(['interpret']);
  });
});
