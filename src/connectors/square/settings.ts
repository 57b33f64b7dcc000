// What a user says to connect one Square account; documentation, JSON Schema and masking are made from it.
import { z } from 'zod';

/** The API version that every request names and that the translation is written for. */
export const API_VERSION = '2026-09-16';

const secret = (what: string) => z.string().min(1).describe(what).meta({ secret: true });

export const settingsSchema = z.strictObject({
  accessToken: secret(
    'Access token of the seller’s account with the scopes ITEMS_READ, INVENTORY_READ, INVENTORY_WRITE and MERCHANT_PROFILE_READ.',
  ),
  signatureKey: secret('Signature key of the webhook subscription that points at this hub.'),
  previousSignatureKey: secret(
    'The signature key before the last rotation; accepted as well until it is removed here.',
  ).optional(),
  applicationId: z
    .string()
    .min(1)
    .describe(
      'Id of the Square application that the access token belongs to. Changes that bear our reference but come from another application are then booked as real movements.',
    )
    .optional(),
  baseUrl: z
    .url({ protocol: /^https?$/ })
    .default('https://connect.squareup.com')
    .describe('Address of the API; the sandbox is https://connect.squareupsandbox.com.'),
  apiVersion: z
    .literal(API_VERSION)
    .default(API_VERSION)
    .describe(
      'The Square-Version sent with every request. Pinned, because the meaning of stock changes differs between versions.',
    ),
  overlapSeconds: z
    .number()
    .int()
    .min(10)
    .max(86_400)
    .default(300)
    .describe(
      'How far each reading of the change log reaches back behind the last one, in seconds; what is seen twice counts once.',
    ),
  intervalSeconds: z
    .number()
    .int()
    .min(5)
    .max(86_400)
    .default(60)
    .describe('How often the change log is read when no notification asks for it sooner, in seconds.'),
});

export type SquareSettings = z.output<typeof settingsSchema>;
