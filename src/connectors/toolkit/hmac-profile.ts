// How one sender signs its webhooks, as data: the header, the digest and what it is taken over.
// A profile holds no key; keys are secrets and stand beside it in the settings.
import { z } from 'zod';

const placeholder = /\{(rawBody|url|method|path|timestamp|id|field:[\w.-]{1,64}|form:[\w.-]{1,64})\}/g;

const source = z
  .string()
  .max(120)
  .regex(
    /^(header:[A-Za-z0-9-]+|part:[\w-]+|field:[\w.-]+)$/,
    'must be header:<name>, part:<name> (inside the signature header) or field:<path> (inside a JSON body)',
  );

const template = z
  .string()
  .min(1)
  .max(500)
  .superRefine((text, context) => {
    const rest = text.replace(placeholder, '');
    if (/[{}]/.test(rest)) {
      context.addIssue(
        'knows only {rawBody}, {url}, {method}, {path}, {timestamp}, {id}, {field:<path>} and {form:<name>}',
      );
    }
    if (!/\{(rawBody|field:|form:)/.test(text)) {
      context.addIssue('must sign the body: put {rawBody} into it, or the fields that the sender signs');
    }
  });

export const hmacProfileSchema = z.strictObject({
  header: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,80}$/, 'must be a header name')
    .transform((name) => name.toLowerCase())
    .describe('Header that carries the signature, e.g. `X-Signature`.'),
  algorithm: z
    .enum(['sha256', 'sha1', 'sha512', 'static'])
    .default('sha256')
    .describe(
      'Digest of the HMAC. `static` means that the header holds the shared code itself and nothing is signed.',
    ),
  encoding: z.enum(['hex', 'base64']).default('base64').describe('How the digest is written in the header.'),
  keyEncoding: z
    .enum(['utf8', 'base64', 'hex'])
    .default('utf8')
    .describe('How the secret becomes the key: its text as it is, or decoded.'),
  prefix: z
    .string()
    .max(40)
    .default('')
    .describe('Text before the digest, e.g. `sha256=`; digests of a list without it are ignored.'),
  separator: z
    .string()
    .max(3)
    .optional()
    .describe('Text between several digests or parts in the header, e.g. `,` or a space.'),
  template: template
    .default('{rawBody}')
    .describe('What is signed, e.g. `{timestamp}.{rawBody}`; bytes are taken as received.'),
  timestamp: z
    .strictObject({
      from: source.describe(
        'Where the signed time stands: `header:<name>`, `part:<name>` or `field:<path>`.',
      ),
      format: z
        .enum(['seconds', 'milliseconds', 'iso'])
        .default('seconds')
        .describe('How the time is written: since 1970, or as ISO 8601.'),
      toleranceSeconds: z
        .number()
        .int()
        .min(1)
        .max(86_400)
        .default(300)
        .describe('How far the signed time may be from ours, either way.'),
    })
    .optional()
    .describe('The signed time, where the sender signs one; older deliveries are then refused as replays.'),
  id: source
    .optional()
    .describe('Where `{id}` of the template stands: `header:<name>`, `part:<name>` or `field:<path>`.'),
});

export type HmacProfile = z.infer<typeof hmacProfileSchema>;

/**
 * Standard Webhooks (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md),
 * symmetric signatures. Verified by the profile and not by the `standardwebhooks` package, because that decodes the
 * body as text before signing, so that bytes outside UTF-8 are not covered, and takes its clock from the process.
 */
export const STANDARD_WEBHOOKS: HmacProfile = hmacProfileSchema.parse({
  header: 'webhook-signature',
  keyEncoding: 'base64',
  prefix: 'v1,',
  separator: ' ',
  template: '{id}.{timestamp}.{rawBody}',
  timestamp: { from: 'header:webhook-timestamp' },
  id: 'header:webhook-id',
});

/** A Standard Webhooks secret: `whsec_` and 24 to 64 bytes in base64. */
export const standardSecretSchema = z.string().superRefine((text, context) => {
  const encoded = text.startsWith('whsec_') ? text.slice('whsec_'.length) : '';
  const bytes = /^[A-Za-z0-9+/]+={0,2}$/.test(encoded) ? Buffer.from(encoded, 'base64').length : 0;
  if (bytes < 24 || bytes > 64) context.addIssue('must be whsec_ followed by 24 to 64 bytes in base64');
});

export const PLACEHOLDER = placeholder;
