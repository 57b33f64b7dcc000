// Payloads that vendors publish and real shops sent, as signed webhooks through the whole pipeline. The vendors here do not
// know these records, so each one must come to an end that says why; none may stay pending, and none may be lost.
import { createHmac, randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accounting } from '../../src/core/inbox/events.ts';
import { DOCK_SECRET } from '../../src/demo/world.ts';
import { signatureOf } from '../../src/simulators/square/index.ts';
import { until } from './market.ts';
import { openShelf, type Shelf } from './shelf.ts';

const ROOT = process.env.STOCKBRIDGE_SAMPLES ?? new URL('../../../shared/samples', import.meta.url).pathname;
const MISSING = `The sample payloads were not found at ${ROOT}, so they did NOT go through the pipeline. Name their folder in STOCKBRIDGE_SAMPLES.`;
const isThere = existsSync(`${ROOT}/shopify/payloads`) && existsSync(`${ROOT}/pos`);
if (!isThere) process.stderr.write(`\n${'!'.repeat(8)} ${MISSING}\n\n`);

test.runIf(!isThere)('the sample payloads may be missing only where they are not demanded', () => {
  expect(process.env.STOCKBRIDGE_REQUIRE, MISSING).not.toBe('all');
});

const jsonIn = (folder: string): { name: string; body: Buffer }[] =>
  isThere
    ? readdirSync(`${ROOT}/${folder}`)
        .filter(
          (name) => name.endsWith('.json') && name !== 'MANIFEST.json' && name !== 'signature-vectors.json',
        )
        .map((name) => ({ name, body: readFileSync(`${ROOT}/${folder}/${name}`) }))
    : [];

/** `official_orders__create.json` and `real_orders__create__paid.json` are both orders/create. */
const topicOf = (name: string): string => {
  const [resource = '', action = 'update'] = name
    .replace(/^(official|real)_/, '')
    .replace('.json', '')
    .split('__');
  return `${resource}/${/^\d+$/.test(action) ? 'update' : action}`;
};

describe.runIf(isThere)('sample payloads', () => {
  const shopify = jsonIn('shopify/payloads');
  const pos = jsonIn('pos');
  let shelf: Shelf;
  let stock: string;

  const books = async () =>
    JSON.stringify((await shelf.database.pool.query('select * from balance order by 1, 2, 3')).rows);
  const post = async (path: string, body: Buffer, headers: Record<string, string>) =>
    (
      await fetch(`${shelf.world.hubUrl}/hooks/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: new Uint8Array(body),
      })
    ).status;

  beforeAll(async () => {
    shelf = await openShelf({ items: [{ sku: 'MUG', title: 'Mug', onHand: 10 }] });
    await shelf.settle();
    stock = await books();
  });
  afterAll(() => shelf?.close());

  test('are all there', () => {
    expect(shopify.length).toBeGreaterThan(30);
    expect(pos.length).toBeGreaterThan(12);
  });

  test('I1: Shopify’s come to an end with a reason, twice told and once counted', async () => {
    const sent = shopify.map(({ name, body }) => ({ id: randomUUID(), topic: topicOf(name), body, name }));
    for (const { id, topic, body, name } of [...sent, ...sent]) {
      const status = await post('shop', body, {
        'x-shopify-topic': topic,
        'x-shopify-webhook-id': id,
        'x-shopify-shop-domain': shelf.world.shop.domain,
        'x-shopify-api-version': '2026-10',
        'x-shopify-hmac-sha256': createHmac('sha256', shelf.world.shop.clientSecret)
          .update(body)
          .digest('base64'),
      });
      expect(status, name).toBe(200);
    }
    await ended(`e.source = 'webhook' and c.name = 'shop'`, sent.length);
  }, 60_000);

  test('I1: Square’s come to an end with a reason', async () => {
    const own = pos.filter(({ name }) => name.startsWith('square-'));
    const url = `${shelf.world.hubUrl}/hooks/till`;
    for (const { name, body } of own) {
      expect(
        await post('till', body, {
          'x-square-hmacsha256-signature': signatureOf('the-till-signs-with-this-key', url, body),
        }),
        name,
      ).toBe(200);
    }
    await ended(
      `e.source = 'webhook' and c.name = 'till' and e.topic not like 'inventory-change%'`,
      own.length,
    );
  }, 60_000);

  test('I1: those of other tills, sent where the hub’s own format is spoken, are quarantined with the fields named', async () => {
    const others = pos.filter(({ name }) => !name.startsWith('square-'));
    for (const { name, body } of others) {
      const id = randomUUID();
      const at = new Date();
      const headers = {
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
        'webhook-signature': new Webhook(DOCK_SECRET).sign(id, at, body.toString()),
      };
      expect(await post('dock', body, headers), name).toBe(200);
    }
    const endings = await ended(`c.name = 'dock' and e.source = 'webhook'`, others.length);
    expect(new Set(endings.map(({ status }) => status))).toEqual(new Set(['quarantined']));
  }, 60_000);

  test('no stock has moved, every delivery is accounted for, and the connections work on', async () => {
    await shelf.settle();
    expect(await books()).toBe(stock);
    expect(
      (await accounting(shelf.database.pool)).filter((each) => !each.balanced || each.byStatus.pending > 0n),
    ).toEqual([]);
    const { rows } = await shelf.database.pool.query(
      'select name, parked_reason from connection where parked_at is not null',
    );
    expect(rows).toEqual([]);
  }, 60_000);

  let before = 0;
  beforeAll(async () => {
    const { rows } = await shelf.database.pool.query<{ id: number }>(
      'select coalesce(max(id), 0)::int as id from inbox_event',
    );
    before = rows[0]?.id ?? 0;
  });

  /** All of them, each with its end; an end that is not `applied` has a reason. */
  async function ended(where: string, count: number) {
    const own = `e.id > ${before} and ${where}`;
    await until(
      async () => {
        const events = await shelf.events(own);
        return events.length >= count && events.every(({ status }) => status !== 'pending');
      },
      `not all of ${count} come to an end`,
      40_000,
    );
    const events = await shelf.events(own);
    expect(events).toHaveLength(count);
    for (const event of events) {
      expect(
        event.status === 'applied' || (event.reason ?? '').length > 10,
        `${event.topic}: ${event.status} ${event.reason}`,
      ).toBe(true);
    }
    return events;
  }
});
