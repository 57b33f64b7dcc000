// Intuit's notifications at the door: is the sender genuine, and which changes does one delivery name.
// Nothing here knows which company this connection is; a delivery may name several, and interpreting sorts them out.
import type { WebhookSource } from '../contract.ts';
import { topicOf, unreadableEvent } from '../toolkit/event-names.ts';
import { verifyHmac } from '../toolkit/hmac.ts';
import { hmacProfileSchema } from '../toolkit/hmac-profile.ts';
import { type Hint, hintsIn } from './hints.ts';
import type { QuickbooksSettings } from './settings.ts';

export const SIGNATURE_HEADER = 'intuit-signature';

/** No time is signed: only an event's id stops a replay. */
const PROFILE = hmacProfileSchema.parse({ header: SIGNATURE_HEADER, template: '{rawBody}' });

export const webhook: WebhookSource<QuickbooksSettings> = {
  verify: (request, settings, now) =>
    verifyHmac(request, PROFILE, [settings.webhookVerifierToken, settings.previousWebhookVerifierToken], now),
  events: (request) => {
    const hints = hintsIn(request.body);
    return hints === undefined
      ? [unreadableEvent(request.body)]
      : hints.map(({ dedupeKey, occurredAt, ...hint }) => ({
          dedupeKey,
          topic: topicOfHint(hint),
          ...(occurredAt === undefined ? {} : { occurredAt }),
        }));
  },
  keptHeaders: ['intuit-notification-schema-version', 'intuit-created-time', 'intuit-t-id'],
};

export const topicOfHint = ({ entity, operation }: Pick<Hint, 'entity' | 'operation'>): string =>
  topicOf(`${entity}.${operation}`);
