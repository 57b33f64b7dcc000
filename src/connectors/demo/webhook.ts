// Proves and names what the market sends. The body is `{"change": {…}}`, the change being what its API lists too.
import type { WebhookEvent, WebhookRequest, WebhookSource } from '../contract.ts';
import { dedupeKeyOf, topicOf, unreadableEvent } from '../toolkit/event-names.ts';
import { verifyHmac } from '../toolkit/hmac.ts';
import { hmacProfileSchema } from '../toolkit/hmac-profile.ts';
import { readJson } from '../toolkit/json.ts';
import { type Change, changeSchema } from './change.ts';
import type { DemoSettings } from './settings.ts';

/** `demo-signature: t=<seconds>,v1=<hex>` over the time, a point and the body. */
export const SIGNATURE = hmacProfileSchema.parse({
  header: 'demo-signature',
  encoding: 'hex',
  prefix: 'v1=',
  separator: ',',
  template: '{timestamp}.{rawBody}',
  timestamp: { from: 'part:t' },
});

export const webhook: WebhookSource<DemoSettings> = {
  verify: (request, settings, now) =>
    verifyHmac(request, SIGNATURE, [settings.webhookSecret, settings.previousWebhookSecret], now),
  events: (request) => [eventOf(request)],
  keptHeaders: ['content-type'],
};

function eventOf(request: WebhookRequest): WebhookEvent {
  const read = readJson(request.body);
  const change = read.ok ? changeIn(read.value) : undefined;
  return change === undefined ? unreadableEvent(request.body) : nameOf(change);
}

/** Webhook and poll name a change alike, so that the inbox keeps one event of the two. */
export const nameOf = (change: Change): WebhookEvent => ({
  dedupeKey: dedupeKeyOf(change.id),
  topic: topicOf(change.kind),
  occurredAt: change.at,
});

function changeIn(value: unknown): Change | undefined {
  if (typeof value !== 'object' || value === null || !('change' in value)) return undefined;
  const parsed = changeSchema.safeParse(value.change);
  return parsed.success ? parsed.data : undefined;
}
