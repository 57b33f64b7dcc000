// Proves a delivery with the configured scheme, and names it: by its `webhook-id`, by the event's own id, or by its bytes.
import { instantFrom } from '../../core/vocabulary/instant.ts';
import type { WebhookEvent, WebhookSource } from '../contract.ts';
import { dedupeKeyOf, digestKey, topicOf, unreadableEvent } from '../toolkit/event-names.ts';
import { verifyHmac } from '../toolkit/hmac.ts';
import { STANDARD_WEBHOOKS } from '../toolkit/hmac-profile.ts';
import type { WebhookSettings } from './settings.ts';

export const webhookSource: WebhookSource<WebhookSettings> = {
  verify: (request, { signature }, now) =>
    verifyHmac(
      request,
      signature.scheme === 'standard-webhooks' ? STANDARD_WEBHOOKS : signature.profile,
      signature.secrets,
      now,
    ),
  events: (request) => [eventOf(request.headers['webhook-id'], request.body)],
  keptHeaders: ['webhook-id', 'webhook-timestamp', 'content-type'],
};

/** One delivery is one event of the inbox, also when it brings a batch: it is read, refused and replayed as a whole. */
function eventOf(deliveryId: string | undefined, body: Buffer): WebhookEvent {
  if (deliveryId !== undefined && deliveryId !== '') return labelled(`delivery:${deliveryId}`, body);
  const value = namesIn(body);
  if (value === undefined) return unreadableEvent(body);
  const { id, type, occurredAt } = value;
  const name = typeof id === 'string' && id !== '' ? `event:${id}` : undefined;
  const event = {
    dedupeKey: name === undefined ? digestKey(body) : dedupeKeyOf(name),
    topic:
      'events' in value ? 'batch' : typeof type === 'string' && type !== '' ? topicOf(type) : 'unreadable',
  };
  const at = typeof occurredAt === 'string' ? readableInstant(occurredAt) : undefined;
  return at === undefined ? event : { ...event, occurredAt: at };
}

/** With the sender's own id the body need not be read: the topic is only a label, found by its looks. */
function labelled(name: string, body: Buffer): WebhookEvent {
  const start = body.toString('latin1', 0, 1024);
  const topic = /^\s*\{\s*"events"\s*:/.test(start)
    ? 'batch'
    : /"type"\s*:\s*"([\w.-]{1,60})"/.exec(start)?.[1];
  return { dedupeKey: dedupeKeyOf(name), topic: topic ?? 'unreadable' };
}

/** Only texts are taken from here, so the engine's own parser will do; interpretation reads the bytes again, exactly. */
function namesIn(body: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function readableInstant(text: string) {
  try {
    return instantFrom(text);
  } catch {
    return undefined;
  }
}
