// What a person configures for one demo market.
import { z } from 'zod';

export const settingsSchema = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).describe('Address of the market’s API, e.g. `http://127.0.0.1:4100`.'),
  apiKey: z.string().min(8).describe('Key of the market’s API, sent as bearer token.').meta({ secret: true }),
  webhookSecret: z
    .string()
    .min(16)
    .describe('Secret with which the market signs its webhooks.')
    .meta({ secret: true }),
  previousWebhookSecret: z
    .string()
    .min(16)
    .optional()
    .describe('The secret before the last rotation; accepted until it is removed here.')
    .meta({ secret: true }),
});

export type DemoSettings = z.output<typeof settingsSchema>;
