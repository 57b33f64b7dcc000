// What a person configures for one signed source, and for the address that is told about availability.
import { z } from 'zod';
import { hmacProfileSchema, standardSecretSchema } from '../toolkit/hmac-profile.ts';

const standardSecret = standardSecretSchema
  .describe('A Standard Webhooks secret: `whsec_` and 24 to 64 bytes in base64.')
  .meta({ secret: true });

const standardSignature = z.strictObject({
  scheme: z
    .literal('standard-webhooks')
    .describe('Signed as Standard Webhooks describes; the choice for new senders.'),
  secrets: z
    .array(standardSecret)
    .min(1)
    .max(4)
    .describe('Secrets that are valid now: the current one first, then the previous ones during a rotation.'),
});

const hmacSignature = z.strictObject({
  scheme: z.literal('hmac').describe('Signed with a keyed digest in the sender’s own way.'),
  profile: hmacProfileSchema.describe('How the sender signs.'),
  secrets: z
    .array(
      z
        .string()
        .min(8, 'must have at least 8 characters')
        .describe('A secret shared with the sender.')
        .meta({ secret: true }),
    )
    .min(1)
    .max(4)
    .describe('Secrets that are valid now: the current one first, then the previous ones during a rotation.'),
});

const notify = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/ })
      .refine(isSafeTarget, 'must be https, except on this machine')
      .describe('Address that is told what may be sold; https, except on this machine.'),
    secret: standardSecret.describe(
      'Secret with which the messages are signed, as Standard Webhooks describes.',
    ),
  })
  .describe('Tells another system what it may sell. Leave it out for a source that only reports.');

export const settingsSchema = z.strictObject({
  signature: z
    .discriminatedUnion('scheme', [standardSignature, hmacSignature])
    .describe('How a delivery proves where it comes from.'),
  notify: notify.optional(),
});

export type WebhookSettings = z.output<typeof settingsSchema>;

function isSafeTarget(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && (url.protocol === 'https:' || /^(127\.|localhost$|\[::1\]$)/.test(url.hostname));
}
