// Square's notifications at the door: is the sender genuine, and which event is it.
// Nothing here knows about stock; a body that cannot be read becomes one event of the topic `unreadable`.
import { createHash } from 'node:crypto';
import { plainTextOf } from '../../core/vocabulary/text.ts';
import type { WebhookEvent, WebhookSource } from '../contract.ts';
import { verifyHmac } from '../toolkit/hmac.ts';
import { hmacProfileSchema } from '../toolkit/hmac-profile.ts';
import { readJson } from '../toolkit/json.ts';
import type { SquareSettings } from './settings.ts';
import { envelopeSchema, occurredAtOf } from './wire.ts';

export const SIGNATURE_HEADER = 'x-square-hmacsha256-signature';
export const UNREADABLE = 'unreadable';

/** developer.squareup.com/docs/webhooks/step3validate. No time is signed: only the event's id stops a replay. */
const PROFILE = hmacProfileSchema.parse({ header: SIGNATURE_HEADER, template: '{url}{rawBody}' });

export const webhook: WebhookSource<SquareSettings> = {
  verify: (request, settings, now) =>
    verifyHmac(request, PROFILE, [settings.signatureKey, settings.previousSignatureKey], now),
  events: (request) => [eventOf(request.body)],
  keptHeaders: [
    'square-environment',
    'square-retry-number',
    'square-retry-reason',
    'square-initial-delivery-timestamp',
  ],
};

function eventOf(body: Buffer): WebhookEvent {
  const read = readJson(body);
  const envelope = envelopeSchema.safeParse(read.ok ? read.value : undefined);
  if (!envelope.success) {
    return { dedupeKey: `sha256:${createHash('sha256').update(body).digest('hex')}`, topic: UNREADABLE };
  }
  const { event_id: dedupeKey, type, created_at: createdAt } = envelope.data;
  return { dedupeKey, topic: plainTextOf(type, 100), ...occurredAtOf(createdAt) };
}
