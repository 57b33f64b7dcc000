// What the shop says it holds now, location by location, and what its open orders still wait for.
import { z } from 'zod';
import type { ReportedReservations, SnapshotPage } from '../contract.ts';
import { readLocations } from './catalogue.ts';
import type { ShopifyClient } from './client.ts';
import { orderNode, pageOf } from './order-document.ts';
import { wholeOrder } from './orders.ts';
import { pagesOf } from './pages.ts';
import type { ProjectionPolicy } from './places.ts';
import { projectionOf } from './project.ts';

const levelNode = z.object({
  isActive: z.boolean(),
  item: z.object({ id: z.string(), tracked: z.boolean() }),
  quantities: z.array(z.object({ name: z.string(), quantity: z.int() })),
});

const levelsAnswer = z.object({ location: z.object({ inventoryLevels: pageOf(levelNode) }) });
const ordersAnswer = z.object({ orders: pageOf(orderNode) });

/** Levels first, each page at its own instant; then the reservations of orders that are neither closed nor cancelled. */
export async function* snapshot(
  client: ShopifyClient,
  policy: ProjectionPolicy,
): AsyncGenerator<SnapshotPage> {
  for (const location of await readLocations(client)) {
    if (!location.isActive || policy.ignoredLocations.includes(location.id)) continue;
    yield* levelsAt(client, location.id);
  }
  yield* openOrders(client, policy);
}

async function* levelsAt(client: ShopifyClient, location: string): AsyncGenerator<SnapshotPage> {
  const pages = pagesOf(async (after) => {
    const { data, at } = await client.read('StockbridgeLevels', levelsAnswer, {
      locationId: location,
      after,
    });
    return { page: data.location.inventoryLevels, at };
  });
  for await (const { page, at } of pages) {
    const levels = page.nodes.flatMap((level) => {
      const quantity = (name: string) => level.quantities.find((one) => one.name === name)?.quantity;
      const [onHand, available] = [quantity('on_hand'), quantity('available')];
      if (!level.isActive || !level.item.tracked || onHand === undefined || available === undefined)
        return [];
      return [{ listing: level.item.id, location, onHand: String(onHand), available: String(available) }];
    });
    yield { asOf: at, levels, reservations: [] };
  }
}

async function* openOrders(client: ShopifyClient, policy: ProjectionPolicy): AsyncGenerator<SnapshotPage> {
  const pages = pagesOf(async (after) => {
    const { data, at } = await client.read('StockbridgeOrders', ordersAnswer, {
      after,
      query: 'status:open',
    });
    return { page: data.orders, at };
  });
  for await (const { page, at } of pages) {
    const reservations: ReportedReservations[] = [];
    for (const node of page.nodes) {
      const projected = projectionOf(await wholeOrder(client, node), policy);
      if (projected.outcome !== 'facts') continue;
      reservations.push(...projected.facts.reservations.filter((one) => one.lines.length > 0));
    }
    yield { asOf: at, levels: [], reservations };
  }
}
