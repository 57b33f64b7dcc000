// What a QuickBooks Online connection is told: which company, which app signs in, and the token its owner granted.
import { z } from 'zod';

const secret = (description: string) => z.string().min(8).describe(description).meta({ secret: true });

const address = (description: string) =>
  z
    .url({ protocol: /^https?$/ })
    .transform((url) => url.replace(/\/+$/, ''))
    .optional()
    .describe(description);

export const settings = z.strictObject({
  realmId: z
    .string()
    .regex(/^\d{1,20}$/, 'must be the company id, digits only')
    .describe('The company’s id (realm id), shown when the app is connected and under Settings, Billing.'),
  environment: z
    .enum(['production', 'sandbox'])
    .default('production')
    .describe('Whether the company is a real one or one of Intuit’s sandbox companies.'),
  clientId: z.string().min(1).describe('The client id of the app on Intuit’s developer portal.'),
  clientSecret: secret('The client secret of that app.'),
  refreshToken: secret(
    'The refresh token got by connecting the company to the app. It is needed once: the hub keeps its successors, sealed with the client secret. Give a new one after connecting again.',
  ),
  webhookVerifierToken: secret(
    'The verifier token of the app’s webhooks. Without it no notification is accepted, and changes are found by polling.',
  ).optional(),
  previousWebhookVerifierToken: secret(
    'The verifier token before its last change; accepted as long as it is given.',
  ).optional(),
  apiUrl: address('Address to talk to instead of Intuit’s, for a rehearsal on the simulator.'),
  tokenUrl: address('Address that gives access tokens, instead of Intuit’s.'),
  pollIntervalMs: z
    .int()
    .min(1_000)
    .default(3_600_000)
    .describe('How often changed entries and accounts are read, in milliseconds.'),
  overlapMs: z
    .int()
    .min(0)
    .max(86_400_000)
    .default(600_000)
    .describe('How far each reading of changes reaches back behind the last one, in milliseconds.'),
  mostLines: z
    .int()
    .min(2)
    .max(5_000)
    .default(500)
    .describe('Most lines of one journal. Intuit names no limit; a longer journal is refused here.'),
});

export type QuickbooksSettings = z.infer<typeof settings>;

const HOSTS = {
  production: 'https://quickbooks.api.intuit.com',
  sandbox: 'https://sandbox-quickbooks.api.intuit.com',
} as const;

const TOKEN_URL = 'https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer';

/** Where the company’s API is, without a trailing slash. */
export const apiUrlOf = (of: QuickbooksSettings): string => of.apiUrl ?? HOSTS[of.environment];

export const tokenUrlOf = (of: QuickbooksSettings): string => of.tokenUrl ?? TOKEN_URL;
