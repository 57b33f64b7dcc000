// What every connector promises about webhooks: only the one who knows the secret gets in, and nothing at all throws.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Connector, Verdict, WebhookRequest } from '../../../src/connectors/contract.ts';
import { isPlainText } from '../../../src/core/vocabulary/text.ts';
import type { ConnectorFixture, OutsideWebhook } from './fixture.ts';
import { interpret, storedFrom } from './reading.ts';
import { openWorld, type World } from './world.ts';

export function webhookSuite(connector: Connector, fixture: ConnectorFixture): void {
  let world: World;
  let outside: OutsideWebhook;
  beforeAll(async () => {
    world = await openWorld(connector, fixture);
    if (world.outside.webhook === undefined) throw new Error('the fixture has no webhook');
    outside = world.outside.webhook;
  });
  afterAll(() => world.close());

  const verify = async (request: WebhookRequest): Promise<Verdict> =>
    world.saw(await connector.webhook!.verify(request, world.settings, outside.now ?? new Date()));
  const body = (): Buffer => outside.samples[0]!.request.body;
  const withHeader = (request: WebhookRequest, name: string, value: string | undefined): WebhookRequest => ({
    ...request,
    headers: { ...request.headers, [name]: value },
  });

  it('accepts every sample as the vendor signs it', async () => {
    expect(outside.samples.length).toBeGreaterThanOrEqual(3);
    for (const { name, request } of outside.samples)
      expect(await verify(request), name).toEqual({ genuine: true });
  });

  it('accepts the previous secret during a rotation, and no other', async () => {
    expect(await verify(outside.signed(body(), { secret: 'previous' }))).toEqual({ genuine: true });
    expect(await verify(outside.signed(body(), { secret: 'unknown' }))).toMatchObject({
      code: 'signature_invalid',
    });
  });

  it('refuses a body of which any byte was changed, added or cut', async () => {
    const request = outside.signed(body());
    await fc.assert(
      fc.asyncProperty(
        fc.nat(request.body.length - 1),
        fc.integer({ min: 1, max: 255 }),
        async (at, mask) => {
          const changed = Buffer.from(request.body);
          changed[at] = changed[at]! ^ mask;
          expect(await verify({ ...request, body: changed })).toMatchObject({ genuine: false });
        },
      ),
      { numRuns: 50 },
    );
    const longer = Buffer.concat([request.body, Buffer.from(' ')]);
    for (const other of [longer, request.body.subarray(0, -1), Buffer.alloc(0)]) {
      expect(await verify({ ...request, body: other })).toMatchObject({ genuine: false });
    }
  });

  it('refuses a signature of which any character was changed, and a cut one', async () => {
    const request = outside.signed(body());
    const genuine = request.headers[outside.signatureHeader]!;
    for (let at = 0; at < genuine.length; at += 1) {
      const other = genuine[at] === '0' ? '1' : '0';
      const changed = genuine.slice(0, at) + other + genuine.slice(at + 1);
      expect(await verify(withHeader(request, outside.signatureHeader, changed)), changed).toMatchObject({
        genuine: false,
      });
    }
    for (const cut of [genuine.slice(0, -1), genuine.slice(0, genuine.length >> 1), `${genuine}0`]) {
      expect(await verify(withHeader(request, outside.signatureHeader, cut)), cut).toMatchObject({
        genuine: false,
      });
    }
  });

  it('says when the signature is missing', async () => {
    const request = outside.signed(body());
    for (const value of [undefined, '']) {
      const verdict = await verify(withHeader(request, outside.signatureHeader, value));
      expect(verdict).toMatchObject({ genuine: false, code: 'signature_missing' });
    }
  });

  it('refuses a changed or missing header that the signature covers', async () => {
    const request = outside.signed(body());
    for (const name of outside.signedHeaders) {
      expect(await verify(withHeader(request, name, `${request.headers[name]}1`)), name).toMatchObject({
        genuine: false,
      });
      expect(await verify(withHeader(request, name, undefined)), name).toMatchObject({ genuine: false });
    }
  });

  it('never lets garbage in and never throws on it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 300 }),
        fc.string({ maxLength: 200 }),
        async (bytes, header) => {
          const request = withHeader(
            { ...outside.signed(body()), body: Buffer.from(bytes) },
            outside.signatureHeader,
            header,
          );
          expect(await verify(request)).toMatchObject({ genuine: false });
        },
      ),
      { numRuns: 200 },
    );
  });

  it('names every request’s events with short plain keys, the same each time', () => {
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      fc.json({ maxDepth: 6 }).map((text) => Buffer.from(text)),
      fc
        .constantFrom(
          '[',
          '{"a":1,"a":2}',
          '['.repeat(5000),
          '{"id":"\\u0000"}',
          '"\\ud800"',
          '1e400',
          '{"__proto__":{}}',
        )
        .map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(anything, (bytes) => {
        const request = { ...outside.signed(body()), body: bytes };
        const events = connector.webhook!.events(request);
        expect(events.length).toBeGreaterThan(0);
        expect(connector.webhook!.events(request)).toEqual(events);
        for (const { dedupeKey, topic } of events) {
          expect(dedupeKey.length > 0 && dedupeKey.length <= 200 && isPlainText(dedupeKey)).toBe(true);
          expect(topic !== '' && isPlainText(topic)).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
    expect(({} as { admin?: unknown }).admin).toBeUndefined();
  });

  it('keeps what cannot be read as one event that is quarantined, never dropped', async () => {
    for (const text of ['', '{', 'no json', '{"a":1,"a":2}', `${'['.repeat(80)}${']'.repeat(80)}`]) {
      const request = outside.signed(Buffer.from(text));
      const [event, ...more] = storedFrom(world, request);
      expect(more).toEqual([]);
      const [answer] = await interpret(world, [event!]);
      expect(answer, text.slice(0, 20)).toMatchObject({ outcome: 'quarantined' });
    }
  });

  it('gives a repeated delivery the same keys', () => {
    for (const { request, name } of outside.samples) {
      const keys = () => connector.webhook!.events(request).map(({ dedupeKey }) => dedupeKey);
      expect(keys(), name).toEqual(keys());
    }
  });
}
