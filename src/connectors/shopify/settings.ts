// What a Shopify connection is told: which shop, how to sign in, and the few decisions only the merchant can take.
import { z } from 'zod';
import { DEFAULT_TOPICS, subscriptionTopics } from './topics.ts';

const DIGITS_OR_GID = /^(gid:\/\/shopify\/Location\/)?\d+$/;

const secret = (description: string) => z.string().min(8).describe(description).meta({ secret: true });

const token = z.strictObject({
  kind: z.literal('token').describe('A token made in the shop’s admin before 2026.'),
  accessToken: secret('The Admin API access token (`shpat_…`).'),
});

const clientCredentials = z.strictObject({
  kind: z
    .literal('client-credentials')
    .describe('An app of the Dev Dashboard in the shop’s own organisation.'),
  clientId: z.string().min(1).describe('The app’s client id.'),
  clientSecret: secret('The app’s client secret.'),
});

export const settings = z
  .strictObject({
    shop: z
      .string()
      .regex(
        /^[a-z0-9][a-z0-9-]*\.myshopify\.com$/,
        'must be the permanent address, such as my-shop.myshopify.com',
      )
      .describe('The shop’s permanent address, `….myshopify.com`, in lower case.'),
    auth: z
      .discriminatedUnion('kind', [token, clientCredentials])
      .describe('How the connection signs in to the Admin API.'),
    webhookSecret: secret(
      'What Shopify signs webhooks with: the app’s client secret, which is the default.',
    ).optional(),
    previousWebhookSecret: secret(
      'The webhook secret before its rotation; accepted as long as it is given.',
    ).optional(),
    apiUrl: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe('Address to talk to instead of the shop’s own, for a rehearsal on the simulator.'),
    ignoredLocations: z
      .array(
        z.string().regex(DIGITS_OR_GID, 'must be a location id, plain digits or gid://shopify/Location/…'),
      )
      .default([])
      .transform((ids) => ids.map((id) => (id.startsWith('gid:') ? id : `gid://shopify/Location/${id}`)))
      .describe(
        'Location ids whose stock is none of this hub’s business: nothing about them is reported or pushed.',
      ),
    ignoreTestOrders: z
      .boolean()
      .default(true)
      .describe('Whether orders that Shopify marks as tests are left out.'),
    activateMissingLevels: z
      .boolean()
      .default(false)
      .describe(
        'Whether a push may start stocking an item at a location where Shopify does not stock it yet.',
      ),
    topics: z
      .array(z.enum(subscriptionTopics))
      .default([...DEFAULT_TOPICS])
      .describe('The webhook topics that the hub subscribes to.'),
    pollIntervalMs: z
      .int()
      .min(1_000)
      .default(300_000)
      .describe('How often changed orders are read when no webhook asks for it sooner, in milliseconds.'),
    overlapMs: z
      .int()
      .min(0)
      .default(120_000)
      .describe('How far each reading of orders reaches back behind the last one, in milliseconds.'),
    searchLagMs: z
      .int()
      .min(0)
      .default(10_000)
      .describe(
        'How long a changed order may be missing from Shopify’s order search, in milliseconds. Increases wait that long.',
      ),
  })
  .refine((given) => given.webhookSecret !== undefined || given.auth.kind === 'client-credentials', {
    path: ['webhookSecret'],
    message:
      'is needed with an access token: Shopify signs webhooks with the app’s client secret (API secret key)',
  });

export type ShopifySettings = z.infer<typeof settings>;

/** The secrets a webhook may be signed with, newest first. */
export function webhookSecrets(of: ShopifySettings): readonly string[] {
  const current =
    of.webhookSecret ?? (of.auth.kind === 'client-credentials' ? of.auth.clientSecret : undefined);
  return [current, of.previousWebhookSecret].filter((one) => one !== undefined);
}
