// The door: only who knows the key comes in, nothing that comes in is lost, and nothing makes it throw.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { square } from '../../../src/connectors/square/index.ts';
import { HOOK_URL, received, SIGNATURE_KEY, signed, startShop } from './shop.ts';

const samples = resolve(process.env.STOCKBRIDGE_SAMPLES ?? '../shared/samples', 'pos');
const hasSamples = existsSync(samples);
const now = new Date('2026-11-21T12:00:00Z');
const source = square.webhook;
if (source === undefined) throw new Error('the connector has no webhook');

const settingsWith = (over: Record<string, unknown>) =>
  square.settings.parse({ accessToken: 'unused', signatureKey: SIGNATURE_KEY, ...over });

const body = JSON.stringify({
  type: 'payment.updated',
  event_id: 'e-1',
  created_at: '2026-11-21T11:59:59.123456789Z',
});

describe('verify', () => {
  test('accepts the vector that Square publishes, and not for another address', () => {
    const url = 'https://webhook.site/679a4f3a-dcfa-49ee-bac5-9d0edad886b9';
    const request = {
      method: 'POST',
      registeredUrl: url,
      headers: { 'x-square-hmacsha256-signature': 'GF4YkrJgGBDZ9NIYbNXBnMzqb2HoL4RW/S6vkZ9/2N4=' },
      body: Buffer.from(
        '{"merchant_id":"MLEFBHHSJGVHD","type":"webhooks.test_notification","event_id":"ac3ac95b-f97d-458c-a6e6-18981597e05f","created_at":"2022-07-13T20:30:59.037339943Z","data":{"type":"webhooks","id":"bc368e64-01aa-407e-b46e-3231809b1129"}}',
      ),
    };
    const settings = settingsWith({ signatureKey: 'Ibxx_5AKakO-3qeNVR61Dw' });
    expect(source.verify(request, settings, now)).toEqual({ genuine: true });
    const elsewhere = { ...request, registeredUrl: url.replace('/679', '/79') };
    expect(source.verify(elsewhere, settings, now)).toMatchObject({
      genuine: false,
      code: 'signature_invalid',
    });
  });

  test.runIf(hasSamples)('agrees with every published vector of the scheme', () => {
    const vectors = JSON.parse(readFileSync(resolve(samples, 'signature-vectors.json'), 'utf8')) as Record<
      string,
      string
    >[];
    const own = vectors.filter(({ scheme }) => scheme === 'square');
    expect(own.length).toBeGreaterThan(1);
    for (const { key, notification_url, body: text = '', header = '', expected, valid } of own) {
      const request = {
        method: 'POST',
        registeredUrl: notification_url ?? '',
        headers: { [header]: expected },
        body: Buffer.from(text),
      };
      expect(source.verify(request, settingsWith({ signatureKey: key }), now)).toMatchObject({
        genuine: valid,
      });
    }
  });

  test('accepts the key before a rotation until it is removed', () => {
    const request = signed(body, 'older-key');
    expect(source.verify(request, settingsWith({ previousSignatureKey: 'older-key' }), now)).toEqual({
      genuine: true,
    });
    expect(source.verify(request, settingsWith({}), now)).toMatchObject({
      genuine: false,
      code: 'signature_invalid',
    });
  });

  test('refuses a tampered byte, another address, another key and a missing signature', () => {
    const settings = settingsWith({});
    const request = signed(body);
    expect(source.verify(request, settings, now)).toEqual({ genuine: true });
    const refused = [
      { ...request, body: Buffer.from(body.replace('e-1', 'e-2')) },
      { ...request, registeredUrl: `${HOOK_URL}/` },
      signed(body, 'somebody-else'),
    ];
    for (const each of refused) {
      expect(source.verify(each, settings, now)).toMatchObject({ genuine: false, code: 'signature_invalid' });
    }
    const bare = { ...request, headers: {} };
    expect(source.verify(bare, settings, now)).toMatchObject({ genuine: false, code: 'signature_missing' });
  });

  test('signs the bytes as they came, not a text made of them', () => {
    const bytes = Buffer.from([0x7b, 0xff, 0xfe, 0x7d]);
    expect(source.verify(signed(bytes), settingsWith({}), now)).toEqual({ genuine: true });
    const same = { ...signed(bytes), body: Buffer.from(bytes.toString('utf8')) };
    expect(source.verify(same, settingsWith({}), now)).toMatchObject({ genuine: false });
  });
});

describe('events', () => {
  test('names a notification by its event id, its type and its time, cut to microseconds', () => {
    expect(source.events(signed(body))).toEqual([
      { dedupeKey: 'e-1', topic: 'payment.updated', occurredAt: '2026-11-21T11:59:59.123456Z' },
    ]);
  });

  test('keeps a notification whose time cannot be read', () => {
    const request = signed(JSON.stringify({ type: 'payment.updated', event_id: 'e-1', created_at: 'soon' }));
    expect(source.events(request)).toEqual([{ dedupeKey: 'e-1', topic: 'payment.updated' }]);
  });

  test.each([
    ['no JSON', 'hello'],
    ['no object', '[]'],
    ['no event id', '{"type":"payment.updated"}'],
    ['an event id that no store can hold', '{"type":"payment.updated","event_id":"a\\u0000b"}'],
    ['nothing at all', ''],
  ])('keeps a body with %s as one unreadable event', (_, text) => {
    const [event, ...others] = source.events(signed(text));
    expect(others).toEqual([]);
    expect(event).toMatchObject({
      topic: 'unreadable',
      dedupeKey: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    });
    expect(source.events(signed(text))).toEqual([event]);
  });

  test('neither function throws, whatever the bytes', () => {
    const settings = settingsWith({});
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.string(), (bytes, signature) => {
        const request = {
          ...signed(Buffer.from(bytes)),
          headers: { 'x-square-hmacsha256-signature': signature },
        };
        expect(source.verify(request, settings, now)).toMatchObject({ genuine: false });
        expect(source.events(request)).toHaveLength(1);
      }),
      { numRuns: 200, verbose: 1 },
    );
  });
});

describe('the vendor’s own samples', () => {
  const files = hasSamples
    ? readdirSync(samples).filter((name) => /^square-(?!.*request).*\.json$/.test(name))
    : [];

  test.runIf(hasSamples)('are all there', () => expect(files.length).toBeGreaterThanOrEqual(5));

  test.each(files)('%s passes from the door to an interpretation', async (name) => {
    await using shop = await startShop();
    const request = signed(readFileSync(resolve(samples, name)));
    expect(source.verify(request, shop.settings, now)).toEqual({ genuine: true });
    const [event] = received(request);
    expect(event).toMatchObject({ topic: expect.stringContaining('.'), occurredAt: expect.any(String) });
    const [interpretation] = await shop.connection.interpret(event === undefined ? [] : [event]);
    if (name !== 'square-inventory-count-updated.json') {
      expect(interpretation).toMatchObject({
        outcome: 'ignored',
        reason: expect.stringContaining('change log'),
      });
      return;
    }
    // The seller of the simulator never heard of this variation, so the level is all there is.
    expect(interpretation).toMatchObject({
      outcome: 'facts',
      facts: { movements: [], counts: [], observations: [{ basis: 'available', quantity: '10' }] },
    });
  });
});
