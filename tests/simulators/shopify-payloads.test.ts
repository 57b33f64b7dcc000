// The simulated webhook bodies hold nothing the vendor's published samples do not hold, with the same JSON types.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ask, smallShop, subscriber } from './shopify-client.ts';

const samples =
  process.env.STOCKBRIDGE_SAMPLES ?? new URL('../../../shared/samples', import.meta.url).pathname;
const folder = `${samples}/shopify/payloads`;
const isMandatory = process.env.CI_MANDATORY === '1';
const found = existsSync(folder);
if (!found && !isMandatory) console.warn(`skipped: no webhook samples at ${folder}`);

type Shape = Map<string, Set<string>>;

const typeOf = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value;

function addShape(value: unknown, path: string, shape: Shape): void {
  shape.set(path, (shape.get(path) ?? new Set()).add(typeOf(value)));
  if (Array.isArray(value)) for (const one of value) addShape(one, `${path}[]`, shape);
  else if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value))
      addShape(member, path === '' ? name : `${path}.${name}`, shape);
  }
}

function publishedShape(topic: string): Shape {
  const shape: Shape = new Map();
  const names = readdirSync(folder).filter((name) => name.includes(`_${topic.replace('/', '__')}`));
  for (const name of names) addShape(JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')), '', shape);
  return shape;
}

/** One body per topic, from a shop where everything happens once. */
async function simulatedBodies(): Promise<Map<string, unknown>> {
  await using shop = await smallShop();
  await using hooks = await subscriber(shop.clientSecret);
  const topics =
    'ORDERS_CREATE ORDERS_UPDATED ORDERS_EDITED ORDERS_CANCELLED REFUNDS_CREATE FULFILLMENTS_CREATE FULFILLMENTS_UPDATE ' +
    'FULFILLMENT_ORDERS_MOVED REVERSE_FULFILLMENT_ORDERS_DISPOSE INVENTORY_LEVELS_UPDATE INVENTORY_LEVELS_DISCONNECT ' +
    'INVENTORY_ITEMS_UPDATE INVENTORY_ITEMS_DELETE PRODUCTS_UPDATE PRODUCTS_DELETE LOCATIONS_DEACTIVATE BULK_OPERATIONS_FINISH';
  for (const topic of topics.split(' ')) {
    await ask(shop, 'StockbridgeCreateWebhookSubscription', { topic, subscription: { uri: hooks.uri } });
  }
  const one = { sku: 'CUP', quantity: 1 };
  const order = shop.sell({ lines: [one] });
  shop.editOrder({ order: order.id, add: [one], remove: [one] });
  shop.moveFulfilmentOrder({ order: order.id, to: 'Store' });
  const shipped = shop.fulfil({ order: order.id });
  const returned = shop.openReturn({ order: order.id, lines: [one] });
  shop.dispose({ return: returned.returns[0]?.id ?? '', ...one, type: 'RESTOCKED', location: 'Store' });
  shop.cancelFulfilment({ fulfilment: shipped.fulfilments[0]?.id ?? '' });
  shop.refund({ order: order.id, lines: [{ ...one, restock: 'cancel' }] });
  shop.cancelOrder({ order: shop.sell({ lines: [one] }).id });
  shop.setStocked({ sku: 'CUP', location: 'Store', isActive: false });
  shop.changeVariant({ sku: 'CUP', newSku: 'CUP-2' });
  shop.changeVariant({ sku: 'CUP-2', deleted: true });
  shop.changeLocation({ location: 'Store', isActive: false });
  await ask(shop, 'StockbridgeRunBulk', { query: '{ productVariants { edges { node { id } } } }' });
  await expect
    .poll(() => hooks.caught.some((caught) => caught.topic === 'bulk_operations/finish'))
    .toBe(true);
  await shop.settled();
  const bodies = new Map(hooks.caught.map((caught) => [caught.topic, JSON.parse(caught.body) as unknown]));
  expect(bodies.size).toBe(topics.split(' ').length);
  return bodies;
}

describe.runIf(found || isMandatory)('webhook bodies', () => {
  it('hold only published fields, with published types', async () => {
    const strange: string[] = [];
    for (const [topic, body] of await simulatedBodies()) {
      const published = publishedShape(topic);
      expect(published.size, `samples of ${topic}`).toBeGreaterThan(0);
      const own: Shape = new Map();
      addShape(body, '', own);
      for (const [path, types] of own) {
        const known = published.get(path);
        // Lists that are empty in every sample say nothing about their elements.
        if (!known) {
          const parent = path.split('[]')[0] ?? '';
          if (path.includes('[]') && !published.has(`${parent}[]`)) continue;
          strange.push(`${topic}: ${path} is not published`);
          continue;
        }
        for (const type of types) {
          if (known.has(type) || type === 'null' || [...known].every((one) => one === 'null')) continue;
          strange.push(`${topic}: ${path} is ${type}, published as ${[...known].join(' or ')}`);
        }
      }
    }
    expect(strange).toEqual([]);
  });
});
