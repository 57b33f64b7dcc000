// The simulated Square notifications: shapes, signatures, retries, and what goes wrong on request.

import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import {
  type SquareSimulator,
  type SquareSimulatorOptions,
  signatureOf,
  startSquareSimulator,
} from '../../src/simulators/square/index.ts';
import { type Json, type Received, startReceiver } from './square-client.ts';

const KEY = 'signature-key-1';
/** Turns the first wait of a minute into 6 ms. */
const FAST = 0.0001;

async function startShop(url: string, options: SquareSimulatorOptions = {}): Promise<SquareSimulator> {
  const square = await startSquareSimulator({ retryScale: FAST, ...options });
  square.subscribe({ url, signatureKey: KEY });
  square.seed({
    locations: [{ name: 'Main' }, { name: 'Harbour' }],
    variations: [
      { name: 'Mug', sku: 'MUG', counts: { Main: 100 } },
      { name: 'Tea', sku: 'TEA', counts: { Main: 10 } },
    ],
  });
  return square;
}

const sellOne = (square: SquareSimulator) =>
  square.sell({ location: 'Main', lines: [{ sku: 'MUG', quantity: 1 }] });
const typesOf = (received: Received[]) => received.map(({ json }) => json.type).sort();
const countsOf = (received: Received[]) =>
  received
    .filter(({ json }) => json.type === 'inventory.count.updated')
    .map(({ json }) => (json.data as { object: { inventory_counts: Json[] } }).object.inventory_counts);

describe('signatures', () => {
  // A vector published with Square's own Node client.
  const published = {
    key: 'Ibxx_5AKakO-3qeNVR61Dw',
    url: 'https://webhook.site/679a4f3a-dcfa-49ee-bac5-9d0edad886b9',
    body: '{"merchant_id":"MLEFBHHSJGVHD","type":"webhooks.test_notification","event_id":"ac3ac95b-f97d-458c-a6e6-18981597e05f","created_at":"2022-07-13T20:30:59.037339943Z","data":{"type":"webhooks","id":"bc368e64-01aa-407e-b46e-3231809b1129"}}',
    signature: 'GF4YkrJgGBDZ9NIYbNXBnMzqb2HoL4RW/S6vkZ9/2N4=',
  };

  test('match the published vector, and no longer when one byte of URL, body or key differs', () => {
    const { key, url, body, signature } = published;
    expect(signatureOf(key, url, Buffer.from(body))).toBe(signature);
    expect(signatureOf(key, url.replace('679a', '79a'), Buffer.from(body))).not.toBe(signature);
    expect(signatureOf(key, url, Buffer.from(`${body} `))).not.toBe(signature);
    expect(signatureOf(`${key}x`, url, Buffer.from(body))).not.toBe(signature);
  });

  test('cover the registered URL with its query and the bytes that arrive', async () => {
    await using receiver = await startReceiver();
    await using square = await startShop(receiver.url);
    sellOne(square);
    await square.settled();
    expect(receiver.received.length).toBeGreaterThan(0);
    for (const { headers, raw } of receiver.received) {
      expect(headers['x-square-hmacsha256-signature']).toBe(signatureOf(KEY, receiver.url, raw));
    }
  });

  test('come from either key during a rotation, and from the new one alone after it', async () => {
    await using receiver = await startReceiver();
    await using square = await startShop(receiver.url);
    const signers = async () => {
      receiver.received.length = 0;
      for (let index = 0; index < 12; index += 1) sellOne(square);
      await square.settled();
      return new Set(
        receiver.received.map(({ headers, raw }) =>
          ['old', 'new'].find(
            (key) => headers['x-square-hmacsha256-signature'] === signatureOf(key, receiver.url, raw),
          ),
        ),
      );
    };
    square.subscribe({ url: receiver.url, signatureKey: 'new', previousKey: 'old' });
    expect(await signers()).toEqual(new Set(['old', 'new']));
    square.subscribe({ url: receiver.url, signatureKey: 'new' });
    expect(await signers()).toEqual(new Set(['new']));
  });
});

describe('what is published', () => {
  test('a POS sale sends one message with two counts and a payment, but no order', async () => {
    await using receiver = await startReceiver();
    await using square = await startShop(receiver.url);
    sellOne(square);
    await square.settled();
    expect(typesOf(receiver.received)).toEqual(['inventory.count.updated', 'payment.updated']);
    const [counts] = countsOf(receiver.received);
    expect(counts).toMatchObject([
      { state: 'IN_STOCK', quantity: '99' },
      { state: 'SOLD', quantity: '1' },
    ]);
  });

  test('orders, payments and refunds carry money and ids, never lines', async () => {
    await using receiver = await startReceiver();
    await using square = await startShop(receiver.url);
    const lines = [{ sku: 'MUG', quantity: 2 }];
    const { orderId } = square.sell({ location: 'Main', lines, channel: 'online' });
    square.editOrder({ orderId });
    square.refund({ location: 'Main', lines, orderId });
    await square.settled();
    const money = receiver.received.filter(({ json }) => json.type !== 'inventory.count.updated');
    expect(typesOf(money)).toEqual([
      'order.created',
      'order.updated',
      'order.updated',
      'payment.updated',
      'refund.updated',
    ]);
    for (const { raw } of money) {
      expect(raw.toString()).not.toMatch(/line_items|catalog_object_id|quantity|MUG/);
      expect(raw.toString()).toContain(orderId);
    }
    expect(money.find(({ json }) => json.type === 'refund.updated')?.raw.toString()).toContain(
      '"amount":2000',
    );
  });

  test('a bulk change spreads over messages of at most 100 counts, and never splits a pair', async () => {
    await using receiver = await startReceiver();
    await using square = await startShop(receiver.url);
    const { variations } = square.seed({
      variations: Array.from({ length: 75 }, (_, index) => ({ name: `Extra ${index}`, sku: `X${index}` })),
    });
    square.sell({ location: 'Main', lines: Object.keys(variations).map((sku) => ({ sku, quantity: 1 })) });
    await square.settled();
    const messages = countsOf(receiver.received);
    expect(messages.map(({ length }) => length).sort()).toEqual([100, 50]);
    for (const counts of messages) {
      expect(
        Object.values(Object.groupBy(counts, (count) => String(count.catalog_object_id))).every(
          (pair) => pair?.length === 2,
        ),
      ).toBe(true);
    }
  });

  test('a sale hidden behind a later count is announced by no inventory message', async () => {
    await using receiver = await startReceiver();
    await using square = await startShop(receiver.url);
    square.count({ location: 'Main', lines: [{ sku: 'MUG', quantity: 50 }] });
    await square.settled();
    receiver.received.length = 0;
    square.sell({
      location: 'Main',
      lines: [{ sku: 'MUG', quantity: 1 }],
      occurredAt: new Date(Date.now() - 3_600_000),
      offline: true,
    });
    await square.settled();
    expect(countsOf(receiver.received)).toEqual([]);
    expect(JSON.stringify(square.changes().at(-1))).toContain('SOLD');
  });

  test('seeding is history and publishes nothing, and a subscription may choose its events', async () => {
    await using receiver = await startReceiver();
    await using square = await startShop(receiver.url);
    await square.settled();
    expect(receiver.received).toEqual([]);
    square.subscribe({ url: receiver.url, signatureKey: KEY, events: ['payment.updated'] });
    sellOne(square);
    await square.settled();
    expect(typesOf(receiver.received)).toEqual(['payment.updated']);
    square.unsubscribe({ url: receiver.url });
    sellOne(square);
    await square.settled();
    expect(receiver.received).toHaveLength(1);
  });

  test('timestamps carry more than milliseconds', async () => {
    await using receiver = await startReceiver();
    await using square = await startShop(receiver.url, { now: () => new Date('2026-11-21T14:00:00.123Z') });
    sellOne(square);
    await square.settled();
    expect(receiver.received.some(({ json }) => /\.\d{7,9}Z$/.test(String(json.created_at)))).toBe(true);
  });
});

describe('delivery', () => {
  test('a failed attempt is retried with its number and reason, under the same event id', async () => {
    await using receiver = await startReceiver();
    receiver.answer = (index) => (index < 2 ? 503 : 200);
    await using square = await startShop(receiver.url);
    square.subscribe({ url: receiver.url, signatureKey: KEY, events: ['inventory.count.updated'] });
    sellOne(square);
    await square.settled();
    const numbers = receiver.received.map(({ headers }) => headers['square-retry-number']);
    expect(numbers).toEqual([undefined, '1', '2']);
    const [first, second, third] = receiver.received as [Received, Received, Received];
    expect(second.headers['square-retry-reason']).toBe('http_error');
    expect(first.headers['square-environment']).toBe('Sandbox');
    expect(third.headers['square-initial-delivery-timestamp']).toBe(
      first.headers['square-initial-delivery-timestamp'],
    );
    expect(new Set(receiver.received.map(({ json }) => json.event_id)).size).toBe(1);
    expect(third.raw.equals(first.raw)).toBe(true);
    expect(square.deliveries().map(({ outcome, status }) => `${outcome} ${status}`)).toEqual([
      'http_error 503',
      'http_error 503',
      'delivered 200',
    ]);
  });

  test('a receiver that does not answer in time, or redirects, has not received', async () => {
    await using receiver = await startReceiver();
    receiver.answer = (index) => [undefined, 302, 204][index];
    await using square = await startShop(receiver.url, { webhookTimeoutMs: 60 });
    square.subscribe({ url: receiver.url, signatureKey: KEY, events: ['inventory.count.updated'] });
    sellOne(square);
    await square.settled();
    expect(square.deliveries().map(({ outcome }) => outcome)).toEqual(['timeout', 'http_error', 'delivered']);
    expect(receiver.received[1]?.headers['square-retry-reason']).toBe('http_timeout');
  });

  test('eleven retries and no more', async () => {
    await using receiver = await startReceiver();
    receiver.answer = () => 500;
    await using square = await startShop(receiver.url, { retryScale: 0.000001 });
    square.subscribe({ url: receiver.url, signatureKey: KEY, events: ['payment.updated'] });
    sellOne(square);
    await square.settled();
    expect(receiver.received).toHaveLength(12);
    expect(receiver.received.at(-1)?.headers['square-retry-number']).toBe('11');
  });

  test('three weeks without a single success end the subscription, until it is registered again', async () => {
    await using receiver = await startReceiver();
    receiver.answer = () => 500;
    let now = Date.parse('2026-11-01T00:00:00Z');
    await using square = await startShop(receiver.url, { retryScale: 0.000001, now: () => new Date(now) });
    sellOne(square);
    await square.settled();
    now += 21 * 24 * 3_600_000;
    receiver.received.length = 0;
    receiver.answer = () => 200;
    sellOne(square);
    await square.settled();
    expect(receiver.received).toEqual([]);
    square.subscribe({ url: receiver.url, signatureKey: KEY });
    sellOne(square);
    await square.settled();
    expect(receiver.received).toHaveLength(2);
  });

  test('duplicates repeat the same bytes and event id', async () => {
    await using receiver = await startReceiver();
    await using square = await startShop(receiver.url);
    square.setFaults({ webhooks: { duplicate: 1 } });
    sellOne(square);
    await square.settled();
    expect(receiver.received).toHaveLength(4);
    expect(new Set(receiver.received.map(({ json }) => json.event_id)).size).toBe(2);
    expect(square.deliveries().filter(({ duplicate }) => duplicate)).toHaveLength(2);
  });

  test('a dropped message never arrives and is logged as dropped, until the fault is lifted', async () => {
    await using receiver = await startReceiver();
    await using square = await startShop(receiver.url);
    square.setFaults({ webhooks: { drop: 1 } });
    sellOne(square);
    await square.settled();
    expect(receiver.received).toEqual([]);
    expect(square.deliveries().map(({ outcome }) => outcome)).toEqual(['dropped', 'dropped']);
    square.setFaults({});
    sellOne(square);
    await square.settled();
    expect(receiver.received).toHaveLength(2);
  });

  test('a message held back for reordering arrives right after the one that overtook it', async () => {
    await using receiver = await startReceiver();
    await using square = await startShop(receiver.url);
    square.subscribe({ url: receiver.url, signatureKey: KEY, events: ['inventory.count.updated'] });
    square.setFaults({ webhooks: { reorder: 1, reorderHoldMs: 60_000 } });
    sellOne(square);
    await setTimeout(50);
    expect(receiver.received).toEqual([]);
    square.setFaults({});
    sellOne(square);
    await square.settled();
    expect(countsOf(receiver.received).map(([count]) => count?.quantity)).toEqual(['98', '99']);
  });

  test('a message held back with nothing behind it arrives when its hold ends', async () => {
    await using receiver = await startReceiver();
    await using square = await startShop(receiver.url);
    square.setFaults({ webhooks: { reorder: 1, reorderHoldMs: 20 } });
    sellOne(square);
    await square.settled();
    expect(receiver.received).toHaveLength(2);
  });

  test('a delayed message arrives after later ones, and none is lost', async () => {
    await using receiver = await startReceiver();
    await using square = await startShop(receiver.url);
    square.subscribe({ url: receiver.url, signatureKey: KEY, events: ['inventory.count.updated'] });
    square.setFaults({ webhooks: { delay: 1, delayMs: 400 } });
    const startedMs = Date.now();
    for (let index = 0; index < 6; index += 1) sellOne(square);
    square.setFaults({});
    sellOne(square);
    await square.settled();
    const levels = countsOf(receiver.received).map(([count]) => Number(count?.quantity));
    expect(levels[0]).toBe(93);
    const waitsMs = square.deliveries().map(({ at }) => Date.parse(at) - startedMs);
    expect(Math.max(...waitsMs)).toBeGreaterThan(100);
    expect([...levels].sort((left, right) => right - left)).toEqual([99, 98, 97, 96, 95, 94, 93]);
  });

  test('closing ends waiting retries at once', async () => {
    await using receiver = await startReceiver();
    receiver.answer = () => 500;
    const square = await startShop(receiver.url, { retryScale: 1 });
    sellOne(square);
    await expect.poll(() => receiver.received.length).toBe(2);
    const startedMs = performance.now();
    await square.close();
    expect(performance.now() - startedMs).toBeLessThan(20_000);
    await square.close();
  });
});

const samples = resolve(process.env.STOCKBRIDGE_SAMPLES ?? '../shared/samples', 'pos');
describe.runIf(existsSync(samples))('beside the vendor samples', () => {
  const files: Record<string, string> = {
    'inventory.count.updated': 'square-inventory-count-updated.json',
    'order.updated': 'square-order-updated.json',
    'payment.updated': 'square-payment-updated.json',
    'refund.updated': 'square-refund-updated.json',
  };

  /** Every path to a value, list positions left out. */
  function pathsIn(value: unknown, path = ''): string[] {
    if (Array.isArray(value)) return value.flatMap((entry) => pathsIn(entry, `${path}[]`));
    if (typeof value !== 'object' || value === null) return [`${path}: ${typeof value}`];
    return Object.entries(value).flatMap(([key, entry]) => pathsIn(entry, `${path}.${key}`));
  }

  test('every message has only fields that the vendor shows, of the same kind', async () => {
    await using receiver = await startReceiver();
    await using square = await startShop(receiver.url);
    const lines = [{ sku: 'MUG', quantity: 1 }];
    const { orderId } = square.sell({ location: 'Main', lines });
    square.editOrder({ orderId });
    square.refund({ location: 'Main', lines, orderId });
    await square.settled();
    for (const [type, file] of Object.entries(files)) {
      const message = receiver.received.find(({ json }) => json.type === type);
      const shown = pathsIn(JSON.parse(readFileSync(resolve(samples, file), 'utf8')));
      const sent = [...new Set(pathsIn(message?.json))];
      expect(sent.length, type).toBeGreaterThan(8);
      expect(
        sent.filter((path) => !shown.includes(path)),
        type,
      ).toEqual([]);
    }
  });

  test('every published Square vector verifies or fails as it says', () => {
    const file = resolve(samples, 'signature-vectors.json');
    const vectors = JSON.parse(readFileSync(file, 'utf8')) as Array<
      Record<string, string> & { valid: boolean }
    >;
    const square = vectors.filter(({ scheme }) => scheme === 'square');
    expect(square.length).toBeGreaterThan(1);
    for (const { key = '', notification_url = '', body = '', expected, valid } of square) {
      expect(signatureOf(key, notification_url, Buffer.from(body)) === expected).toBe(valid);
    }
  });
});
