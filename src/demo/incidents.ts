// What goes wrong on the demo's day besides webhooks: a forged order, and an item that no catalogue knows.
import { afterImport } from '../commands/import.ts';
import { importCatalog } from '../core/catalog/import.ts';
import type { Database } from '../core/database.ts';
import { postToDock } from './day.ts';
import { SHELF, type World } from './world.ts';

/** An order signed with a secret that is not the shop's. */
export async function forgedWebhook(world: World): Promise<{ status: number }> {
  const response = await fetch(`${world.hubUrl}/hooks/shop`, {
    method: 'POST',
    headers: {
      'x-shopify-topic': 'orders/create',
      'x-shopify-hmac-sha256': Buffer.alloc(32, 7).toString('base64'),
      'x-shopify-shop-domain': world.shop.domain,
      'x-shopify-api-version': '2026-10',
      'x-shopify-webhook-id': 'b1946ac9-2d4e-4f5a-9c1b-000000000000',
    },
    body: JSON.stringify({ admin_graphql_api_id: 'gid://shopify/Order/1' }),
  });
  await response.arrayBuffer();
  return { status: response.status };
}

const STRANGER = 'SCARF';

export interface Mended {
  readonly event: string;
  readonly reason: string;
  readonly replayed: number;
  readonly sold: string;
}

/** The till sells something that was never imported; `mend` makes the item known, and the hub books what waited. */
export function strangerAtTheTill(world: World): {
  sku: string;
  mend(database: Database, world: World): Promise<Mended>;
} {
  world.till.seed({ variations: [{ name: 'Scarf', sku: STRANGER, counts: { [SHELF]: '6' } }] });
  world.till.sell({ location: SHELF, lines: [{ sku: STRANGER, quantity: '2' }] });
  return { sku: STRANGER, mend };
}

async function mend(database: Database, world: World): Promise<Mended> {
  const { rows } = await database.pool.query<{ id: string; reason: string }>(
    `select id, reason from inbox_event where status = 'quarantined' and code = 'item_unknown' order by id limit 1`,
  );
  const [waiting] = rows;
  if (!waiting) throw new Error('the unknown item is not in quarantine');
  const variation = /listing (\S+)/.exec(waiting.reason)?.[1] ?? '';
  await importCatalog(database.pool, 'items', `sku,name\n${STRANGER},Scarf\n`);
  const report = await importCatalog(
    database.pool,
    'listings',
    `connection,listing,sku\ntill,${variation},${STRANGER}\n`,
  );
  // The sale is short of stock until the goods that it sold are received; then it is tried again by itself.
  await receive(world);
  const replayed = await afterImport(database, report.touched);
  return { event: waiting.id, reason: waiting.reason, replayed, sold: '2' };
}

const receive = (world: World): Promise<number> =>
  postToDock(world, 'scarves-received', {
    id: 'scarves-received',
    type: 'receipt',
    occurredAt: new Date().toISOString(),
    document: 'DELIVERY-OF-SCARVES',
    lines: [{ sku: STRANGER, quantity: '6', location: SHELF.toUpperCase() }],
  });
