// What the shop says it holds now, location by location, and what its open orders still wait for. What it leaves open is named.
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
    const counted = page.nodes.filter((level) => level.isActive && level.item.tracked);
    yield {
      asOf: at,
      levels: counted.flatMap((level) => levelOf(level, location) ?? []),
      reservations: [],
      leftOut: counted
        .filter((level) => levelOf(level, location) === undefined)
        .map(({ item }) => `Shopify does not say what it holds of ${item.id} at ${location}; count it`),
    };
  }
}

/**
 * `committed` is in open orders and sold from the shelf: it is sellable stock that their reservations hold back. All that is on
 * hand beside it (damaged, quality control, safety stock, reserved) Shopify offers to nobody.
 */
function levelOf(
  { item, quantities }: z.infer<typeof levelNode>,
  location: string,
): SnapshotPage['levels'][number] | undefined {
  const quantity = (name: string) => quantities.find((one) => one.name === name)?.quantity;
  const [onHand, available, committed] = [quantity('on_hand'), quantity('available'), quantity('committed')];
  if (onHand === undefined || available === undefined || committed === undefined) return undefined;
  const sellable = available + committed;
  return { listing: item.id, location, sellable: String(sellable), held: String(onHand - sellable) };
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
    const leftOut: string[] = [];
    for (const node of page.nodes) {
      const projected = projectionOf(await wholeOrder(client, node), policy);
      if (projected.outcome === 'facts')
        reservations.push(...projected.facts.reservations.filter((one) => one.lines.length > 0));
      if (projected.outcome === 'quarantined')
        leftOut.push(
          `${projected.reason}; nothing is reserved for order ${node.name}, so its open units are on offer until it is shipped or cancelled`,
        );
    }
    yield { asOf: at, levels: [], reservations, leftOut };
  }
}
