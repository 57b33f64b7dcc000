// Shopify: what its orders, shipments and returns do to stock, and what the shop may offer for sale.
import type { Connection, Connector } from '../contract.ts';
import { catalogue } from './catalogue.ts';
import { shopifyClient } from './client.ts';
import { fulfilmentOf } from './fulfilment.ts';
import { health } from './health.ts';
import { interpret } from './interpret.ts';
import { pollOf } from './poll.ts';
import { pushOf } from './push.ts';
import { type ShopifySettings, settings } from './settings.ts';
import { snapshot } from './snapshot.ts';
import { ensureSubscriptions } from './subscriptions.ts';
import { webhook } from './webhook.ts';

export const shopify: Connector<ShopifySettings> = {
  name: 'shopify',
  title: 'Shopify',
  summary:
    'Connects a Shopify shop: its fulfilments and restocked returns move stock, its open orders reserve it, and availability is sent back to every location.',
  settings,
  webhook,
  connect: (context): Connection => {
    const client = shopifyClient(context);
    return {
      interpret: (events) => interpret(client, context.settings, events),
      poll: pollOf(client, context.settings),
      push: pushOf(client, context.settings),
      fulfilment: fulfilmentOf(client, context),
      catalogue: () => catalogue(client, context.settings.ignoredLocations),
      snapshot: () => snapshot(client, context.settings),
      ensureSubscriptions: (callbackUrl) => ensureSubscriptions(client, context, callbackUrl),
      health: () => health(client, context),
    };
  },
};
