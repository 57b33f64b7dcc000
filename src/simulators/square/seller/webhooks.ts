// Square's event notifications: which message an event becomes, how it is signed, and to whom it is sent.
// Decides nothing about stock. A POS sale publishes no order.created, and money events carry no lines.

import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { type Delivery, type DeliveryAttempt, type DeliveryFaults, startDelivery } from '../../delivery.ts';
import type { Random } from '../../random.ts';
import { wireCount } from '../api/inventory-wire.ts';
import type { Count } from '../stock/book.ts';
import { type Instant, instantText } from '../stock/scalars.ts';

const COUNTS_PER_MESSAGE = 100;
const ATTEMPT_LOG_LIMIT = 50_000;
const MINUTE_MS = 60_000;
const THREE_WEEKS_MS = 21 * 24 * 60 * MINUTE_MS;

/** Waits before retries 1 to 11, as third parties report them from webhooks/overview: 24 hours in all. */
export const RETRY_SCHEDULE_MS: readonly number[] = [1, 2, 4, 8, 16, 32, 60, 120, 240, 480, 480].map(
  (minutes) => minutes * MINUTE_MS,
);

const RETRY_REASONS = {
  timeout: 'http_timeout',
  http_error: 'http_error',
  tls_error: 'ssl_error',
  connection_error: 'other_error',
} as const;

export const subscriptionSchema = z.strictObject({
  /** Signed byte for byte as given here. */
  url: z.url({ protocol: /^https?$/ }),
  signatureKey: z.string().min(1),
  /**
   * The key before a rotation. While it is given, every other message on average is still signed with it: whether a
   * rotation takes effect at once is unverified, so a receiver must accept both.
   */
  previousKey: z.string().min(1).optional(),
  /** Event types to send; all when absent. */
  events: z.array(z.string()).optional(),
});
export type SubscriptionSettings = z.input<typeof subscriptionSchema>;

/**
 * Returns the value of `x-square-hmacsha256-signature`: base64 of HMAC-SHA256 over the registered URL and the raw body.
 * Source: developer.squareup.com/docs/webhooks/step3validate
 */
export function signatureOf(signatureKey: string, url: string, body: Uint8Array): string {
  return createHmac('sha256', signatureKey).update(url, 'utf8').update(body).digest('base64');
}

export interface SquareEvent {
  type: string;
  data: { type: string; id: string; object: Record<string, unknown> };
}

export interface Webhooks {
  subscribe(settings: SubscriptionSettings): void;
  unsubscribe(url: string): void;
  publish(event: SquareEvent): void;
  /** Publishes the counts of each change together, at most 100 counts a message. */
  publishCounts(movedCounts: readonly Count[][]): void;
  setFaults(faults: DeliveryFaults): void;
  deliveries(): DeliveryAttempt[];
  settled(): Promise<void>;
  close(): Promise<void>;
}

export interface WebhooksOptions {
  merchantId: string;
  clock: () => Instant;
  now: () => Date;
  random: Random;
  timeoutMs: number;
  /** 1 keeps the vendor's schedule; 0.001 turns its minutes into tenths of seconds. */
  retryScale: number;
}

interface Subscription {
  settings: SubscriptionSettings;
  delivery: Delivery;
  failingSince: number | undefined;
}

/** Starts without subscriptions; events published before one exists are not kept for it. */
export function startWebhooks(options: WebhooksOptions): Webhooks {
  const subscriptions = new Map<string, Subscription>();
  const attempts: DeliveryAttempt[] = [];
  let faults: DeliveryFaults = {};

  // Three weeks without a single 2xx disable a subscription (webhooks/step4manage).
  const watch = (url: string, attempt: DeliveryAttempt): void => {
    attempts.push(attempt);
    if (attempts.length > ATTEMPT_LOG_LIMIT) attempts.shift();
    const subscription = subscriptions.get(url);
    if (subscription === undefined || attempt.outcome === 'dropped') return;
    if (attempt.outcome === 'delivered') subscription.failingSince = undefined;
    else subscription.failingSince ??= options.now().getTime();
  };
  const isDisabled = (subscription: Subscription): boolean =>
    subscription.failingSince !== undefined &&
    options.now().getTime() - subscription.failingSince >= THREE_WEEKS_MS;

  const subscribe = (settings: SubscriptionSettings): void => {
    const known = subscriptions.get(settings.url);
    const delivery =
      known?.delivery ??
      startDelivery({
        retryScheduleMs: RETRY_SCHEDULE_MS.map((waitMs) => waitMs * options.retryScale),
        timeoutMs: options.timeoutMs,
        random: options.random,
        now: options.now,
        onAttempt: (attempt) => watch(settings.url, attempt),
      });
    delivery.setFaults(faults);
    subscriptions.set(settings.url, { settings, delivery, failingSince: undefined });
  };

  const sendTo = (subscription: Subscription, type: string, eventId: string, body: Buffer): void => {
    const { url, signatureKey, previousKey, events } = subscription.settings;
    if (isDisabled(subscription) || (events !== undefined && !events.includes(type))) return;
    const key = previousKey !== undefined && options.random.chance(0.5) ? previousKey : signatureKey;
    subscription.delivery.send({
      id: eventId,
      topic: type,
      url,
      body,
      headers: ({ attempt, previousFailure, firstAttemptAt }) => ({
        'content-type': 'application/json',
        'user-agent': 'Square Connect v2',
        'square-environment': 'Sandbox',
        'square-initial-delivery-timestamp': firstAttemptAt.toISOString(),
        'x-square-hmacsha256-signature': signatureOf(key, url, body),
        ...(previousFailure === undefined
          ? {}
          : {
              'square-retry-number': String(attempt),
              'square-retry-reason': RETRY_REASONS[previousFailure],
            }),
      }),
    });
  };

  const publish = (event: SquareEvent): void => {
    if (subscriptions.size === 0) return;
    const eventId = options.random.uuid();
    const envelope = {
      merchant_id: options.merchantId,
      type: event.type,
      event_id: eventId,
      created_at: instantText(options.clock()),
      data: event.data,
    };
    const body = Buffer.from(JSON.stringify(envelope), 'utf8');
    for (const subscription of subscriptions.values()) sendTo(subscription, event.type, eventId, body);
  };

  return {
    subscribe,
    unsubscribe: (url) => {
      const subscription = subscriptions.get(url);
      subscriptions.delete(url);
      void subscription?.delivery.close();
    },
    publish,
    publishCounts: (movedCounts) => {
      for (const counts of packed(movedCounts)) {
        const object = { inventory_counts: counts.map(wireCount) };
        publish({
          type: 'inventory.count.updated',
          data: { type: 'inventory_counts', id: options.random.uuid(), object },
        });
      }
    },
    setFaults: (next) => {
      faults = next;
      for (const { delivery } of subscriptions.values()) delivery.setFaults(next);
    },
    deliveries: () => [...attempts],
    settled: async () => {
      await Promise.all([...subscriptions.values()].map(({ delivery }) => delivery.settled()));
    },
    close: async () => {
      await Promise.all([...subscriptions.values()].map(({ delivery }) => delivery.close()));
      subscriptions.clear();
    },
  };
}

/** Fills messages with whole changes, so that the two counts of a state change stay together. */
function packed(movedCounts: readonly Count[][]): Count[][] {
  const messages: Count[][] = [];
  for (const counts of movedCounts) {
    if (counts.length === 0) continue;
    const open = messages.at(-1);
    if (open === undefined || open.length + counts.length > COUNTS_PER_MESSAGE) messages.push([...counts]);
    else open.push(...counts);
  }
  return messages;
}
