// The connector to copy: every optional member of the contract, each as plainly as it can be done.
// It connects a make-believe market (market.ts); `npm run new:connector <name>` copies this folder under a new name.
import type {
  CatalogueListing,
  Connection,
  ConnectionContext,
  Connector,
  HealthFinding,
} from '../contract.ts';
import { API_VERSION, type DemoClient, demoClient } from './client.ts';
import { fulfilmentOf } from './fulfilment.ts';
import { interpretEvent, openLine } from './interpret.ts';
import { pollOf } from './poll.ts';
import { pushOf } from './push.ts';
import { type DemoSettings, settingsSchema } from './settings.ts';
import { webhook } from './webhook.ts';

export const demo: Connector<DemoSettings> = {
  name: 'demo',
  title: 'Demo market',
  summary: 'A make-believe market for trying things out; its sales, returns and counts move stock.',
  settings: settingsSchema,
  webhook,
  connect,
};

/** Only puts functions together: the first request is made when the hub asks for something. */
function connect(context: ConnectionContext<DemoSettings>): Connection {
  const client = demoClient(context);
  return {
    interpret: async (events) => events.map(interpretEvent),
    poll: pollOf(client),
    push: pushOf(client),
    fulfilment: fulfilmentOf(client),
    catalogue: () => catalogue(client),
    snapshot: () => snapshot(client),
    ensureSubscriptions: (callbackUrl) => ensureSubscriptions(client, callbackUrl),
    health: () => health(client),
  };
}

async function* catalogue(client: DemoClient) {
  for (let next: string | null | undefined; next !== null; ) {
    const page = await client.catalogue(next);
    yield {
      locations: page.locations,
      listings: page.listings.map(
        ({ id, sku, title, tracked }): CatalogueListing =>
          tracked
            ? { id, sku, title, pushable: true }
            : { id, sku, title, pushable: false, reason: 'the market does not count this listing' },
      ),
    };
    next = page.next;
  }
}

async function* snapshot(client: DemoClient) {
  // Orders first: one that is handed over while the levels are read then shows in both, never in neither.
  const { orders } = await client.openOrders();
  let reservations = orders.map(({ order, version, at, open }) => ({
    order,
    version: BigInt(version),
    reservedAt: at,
    lines: open.map(openLine),
  }));
  for (let next: string | null | undefined; next !== null; ) {
    const page = await client.levels(next);
    // The market holds nothing back but for open orders, whose units are on the shelf.
    const levels = page.levels.map(({ listing, location, onHand }) => ({
      ...{ listing, location, sellable: onHand, held: '0' },
    }));
    yield { asOf: page.asOf, levels, reservations };
    reservations = [];
    next = page.next;
  }
}

/** Exactly one subscription, to our address: what is right is left alone, what is ours and old is removed. */
async function ensureSubscriptions(client: DemoClient, callbackUrl: string) {
  const present = await client.subscriptions();
  const [kept, ...surplus] = present.filter(({ url }) => url === callbackUrl);
  const removed = [...surplus, ...present.filter(({ url }) => url !== callbackUrl)];
  // The new one exists before an old one goes: a change in between is then sent twice rather than never.
  if (kept === undefined) await client.subscribe(callbackUrl);
  for (const { id } of removed) await client.unsubscribe(id);
  return {
    created: kept === undefined ? ['changes'] : [],
    kept: kept === undefined ? [] : ['changes'],
    removed: removed.map(({ url }) => url),
  };
}

async function health(client: DemoClient): Promise<HealthFinding[]> {
  const { name, apiVersion } = await client.account();
  const subscriptions = await client.subscriptions();
  return [
    { level: 'ok', what: `signed in to ${name}` },
    apiVersion === API_VERSION
      ? { level: 'ok', what: `the market speaks API version ${API_VERSION}` }
      : {
          level: 'warn',
          what: `the market speaks API version ${apiVersion}, this connector was written for ${API_VERSION}`,
          help: 'Look for a newer version of Stockbridge.',
        },
    subscriptions.length > 0
      ? { level: 'ok', what: 'the webhook subscription is alive' }
      : {
          level: 'warn',
          what: 'there is no webhook subscription; changes arrive by polling only',
          help: 'It is made again within the hour; check api.publicUrl when it does not come back.',
        },
  ];
}
