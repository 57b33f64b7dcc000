// Keeps this hub's webhook subscriptions as they should be and touches nobody else's: ours are known by their name.
// The library's own registration is not used, for it deletes every subscription that it does not know.
import { z } from 'zod';
import { plainTextOf } from '../../core/vocabulary/text.ts';
import type { ConnectionContext, SubscriptionReport } from '../contract.ts';
import type { ShopifyClient } from './client.ts';
import { pageOf } from './order-document.ts';
import { pagesOf } from './pages.ts';
import type { ShopifySettings } from './settings.ts';
import { SUBSCRIPTIONS, type SubscriptionTopic } from './topics.ts';

const NAME_PREFIX = 'stockbridge-';

const subscriptionNode = z.object({
  id: z.string(),
  topic: z.string(),
  uri: z.string(),
  name: z.string().nullable(),
  format: z.string(),
  filter: z.string().nullable(),
  includeFields: z.array(z.string()),
});
export type Subscription = z.infer<typeof subscriptionNode>;

const listAnswer = z.object({ webhookSubscriptions: pageOf(subscriptionNode) });
const result = z.object({ userErrors: z.array(z.object({ message: z.string() })) });

/** The subscriptions this connector made, whatever their state. */
export async function ourSubscriptions(client: ShopifyClient): Promise<readonly Subscription[]> {
  const ours: Subscription[] = [];
  const pages = pagesOf(async (after) => {
    const { data } = await client.read('StockbridgeWebhookSubscriptions', listAnswer, { after });
    return { page: data.webhookSubscriptions };
  });
  for await (const { page } of pages)
    ours.push(...page.nodes.filter((one) => one.name?.startsWith(NAME_PREFIX)));
  return ours;
}

interface Wanted {
  readonly name: string;
  readonly uri: string;
  readonly format: 'JSON';
  readonly includeFields: readonly string[];
}

const wantedFor = (topic: SubscriptionTopic, callbackUrl: string): Wanted => ({
  // At most 50 characters of letters, digits, dash and underscore.
  name: `${NAME_PREFIX}${topic.replace('/', '_')}`,
  uri: callbackUrl,
  format: 'JSON',
  includeFields: SUBSCRIPTIONS[topic].includeFields,
});

/**
 * Makes one subscription per configured topic exist with our address and fields; removes those of ours that are not
 * wanted. A topic that Shopify refuses, for a missing scope or approval, is logged and shows in health: polling covers it.
 */
export async function ensureSubscriptions(
  client: ShopifyClient,
  context: ConnectionContext<ShopifySettings>,
  callbackUrl: string,
): Promise<SubscriptionReport> {
  const report = { created: [] as string[], kept: [] as string[], removed: [] as string[] };
  const ours = [...(await ourSubscriptions(client))];
  for (const topic of context.settings.topics) {
    const wanted = wantedFor(topic, callbackUrl);
    const at = ours.findIndex(
      (one) => one.topic === SUBSCRIPTIONS[topic].graphql && one.name === wanted.name,
    );
    const [existing] = at < 0 ? [] : ours.splice(at, 1);
    if (existing !== undefined && isRight(existing, wanted)) {
      report.kept.push(topic);
      continue;
    }
    const refusal =
      existing === undefined
        ? await create(client, topic, wanted)
        : await update(client, existing.id, wanted);
    if (refusal === undefined) report.created.push(topic);
    else
      context.log.warn(
        { connection: context.name, topic, refusal },
        'Shopify refuses a webhook subscription',
      );
  }
  for (const unwanted of ours) {
    const { data } = await client.write(
      'StockbridgeDeleteWebhookSubscription',
      z.object({ webhookSubscriptionDelete: result }),
      { id: unwanted.id },
    );
    if (data.webhookSubscriptionDelete.userErrors.length === 0) report.removed.push(unwanted.topic);
  }
  return report;
}

const isRight = (existing: Subscription, wanted: Wanted): boolean =>
  existing.uri === wanted.uri &&
  existing.format === wanted.format &&
  (existing.filter ?? '') === '' &&
  [...existing.includeFields].sort().join() === [...wanted.includeFields].sort().join();

async function create(
  client: ShopifyClient,
  topic: SubscriptionTopic,
  wanted: Wanted,
): Promise<string | undefined> {
  const { data } = await client.write(
    'StockbridgeCreateWebhookSubscription',
    z.object({ webhookSubscriptionCreate: result }),
    { topic: SUBSCRIPTIONS[topic].graphql, subscription: wanted },
  );
  return refusalIn(data.webhookSubscriptionCreate.userErrors);
}

async function update(client: ShopifyClient, id: string, wanted: Wanted): Promise<string | undefined> {
  const { data } = await client.write(
    'StockbridgeUpdateWebhookSubscription',
    z.object({ webhookSubscriptionUpdate: result }),
    { id, subscription: wanted },
  );
  return refusalIn(data.webhookSubscriptionUpdate.userErrors);
}

const refusalIn = (errors: readonly { readonly message: string }[]): string | undefined =>
  errors.length === 0 ? undefined : plainTextOf(errors.map((error) => error.message).join('; '), 300);
