// Is the connection fit for work: the token's scopes by name, the API version, the webhook subscriptions.
import { z } from 'zod';
import type { ConnectionContext, HealthFinding } from '../contract.ts';
import type { ShopifyClient } from './client.ts';
import { API_VERSION } from './library.ts';
import type { ShopifySettings } from './settings.ts';
import { ourSubscriptions } from './subscriptions.ts';
import { SUBSCRIPTIONS } from './topics.ts';

/** What each scope is for; without one of these a part of the connector does not work. */
const SCOPES = {
  read_products: 'the catalogue',
  read_inventory: 'levels',
  write_inventory: 'pushes',
  read_locations: 'locations',
  read_orders: 'orders and refunds',
  read_fulfillments: 'shipments',
  read_merchant_managed_fulfillment_orders: 'where open units will ship from',
  read_returns: 'returns',
} as const;

const shopAnswer = z.object({
  shop: z.object({ name: z.string(), myshopifyDomain: z.string() }),
  currentAppInstallation: z.object({ accessScopes: z.array(z.object({ handle: z.string() })) }),
});

/** Two cheap queries. @throws StockbridgeError when the shop does not answer or refuses the token. */
export async function health(
  client: ShopifyClient,
  context: ConnectionContext<ShopifySettings>,
): Promise<readonly HealthFinding[]> {
  const { data } = await client.read('StockbridgeShop', shopAnswer);
  const granted = new Set(data.currentAppInstallation.accessScopes.map((scope) => scope.handle));
  return [
    shopFinding(data.shop.myshopifyDomain, context.settings.shop),
    ...scopeFindings(granted),
    versionFinding(client.answeredVersion()),
    ...(await subscriptionFindings(client, context.settings)),
  ];
}

const shopFinding = (answered: string, configured: string): HealthFinding =>
  answered === configured
    ? { level: 'ok', what: `${answered} answers` }
    : {
        level: 'fail',
        what: `${answered} answers instead of ${configured}`,
        help: 'Correct shop or apiUrl.',
      };

function scopeFindings(granted: ReadonlySet<string>): HealthFinding[] {
  // A scope to write includes the one to read.
  const has = (scope: string): boolean =>
    granted.has(scope) || granted.has(scope.replace(/^read_/, 'write_'));
  const missing = Object.entries(SCOPES).filter(([scope]) => !has(scope));
  const findings = missing.map(
    ([scope, purpose]): HealthFinding => ({
      level: 'fail',
      what: `The access scope ${scope} is missing: ${purpose}`,
      help: 'Add the scope to the app and approve it in the shop.',
    }),
  );
  if (!granted.has('write_merchant_managed_fulfillment_orders')) {
    findings.push({
      level: 'warn',
      what: 'Without write_merchant_managed_fulfillment_orders the shop is not told what a warehouse has shipped',
      help: 'Add the scope if a 3PL ships the orders of this shop; it is not needed otherwise.',
    });
  }
  if (!granted.has('read_all_orders')) {
    findings.push({
      level: 'warn',
      what: 'Without read_all_orders only orders of the last 60 days are visible',
      help: 'Ask Shopify for the scope if returns of older orders matter.',
    });
  }
  return missing.length === 0
    ? [{ level: 'ok', what: 'All needed access scopes are granted' }, ...findings]
    : findings;
}

const versionFinding = (answered: string | undefined): HealthFinding =>
  answered === undefined || answered === API_VERSION
    ? { level: 'ok', what: `API version ${API_VERSION}` }
    : {
        level: 'warn',
        what: `Shopify answers in API version ${answered} instead of ${API_VERSION}`,
        help: 'The pinned version has left its support period: update Stockbridge.',
      };

async function subscriptionFindings(
  client: ShopifyClient,
  settings: ShopifySettings,
): Promise<HealthFinding[]> {
  const alive = new Set((await ourSubscriptions(client)).map((one) => one.topic));
  const missing = settings.topics.filter((topic) => !alive.has(SUBSCRIPTIONS[topic].graphql));
  if (missing.length === 0) return [{ level: 'ok', what: `${alive.size} webhook subscriptions are alive` }];
  return [
    {
      level: 'warn',
      what: `No webhook subscription for ${missing.join(', ')}`,
      help: 'It is created again within the hour; when Shopify refuses it, the log says why. Polling goes on meanwhile.',
    },
  ];
}
