// Notifications of changes: both forms of the body, how they are signed, to whom they go, and how often they are tried again.
// They say what changed, never how; and they tell the app of its own changes as well.

import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { type Delivery, type DeliveryAttempt, type DeliveryFaults, startDelivery } from '../delivery.ts';
import type { Random } from '../random.ts';
import type { Change } from './books/company.ts';
import { instantText } from './books/dates.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const MOST_ATTEMPTS_KEPT = 20_000;

/** Waits before the retries as Intuit lists them; then every six hours, of which four are made here. */
export const RETRY_SCHEDULE_MS: readonly number[] = [
  ...[10 * SECOND_MS, 20 * SECOND_MS, 30 * SECOND_MS, 5 * MINUTE_MS, 20 * MINUTE_MS],
  ...[2 * HOUR_MS, 4 * HOUR_MS, 6 * HOUR_MS, 6 * HOUR_MS, 6 * HOUR_MS, 6 * HOUR_MS, 6 * HOUR_MS],
];

export const webhookSchema = z.strictObject({
  url: z.url({ protocol: /^https?$/ }),
  verifierToken: z.string().min(1),
  /** CloudEvents since summer 2026, and the form before it. */
  form: z.enum(['cloudevents', 'legacy']).default('cloudevents'),
  /** Entities that are told of; all when absent. */
  entities: z.array(z.string()).optional(),
});
export type WebhookSettings = z.input<typeof webhookSchema>;

/** The value of `intuit-signature`: base64 of HMAC-SHA256 over the raw body, under the app's verifier token. */
export function signatureOf(verifierToken: string, body: Uint8Array): string {
  return createHmac('sha256', verifierToken).update(body).digest('base64');
}

export interface Webhooks {
  subscribe(settings: WebhookSettings): void;
  unsubscribe(url: string): void;
  publish(change: Change): void;
  setFaults(faults: DeliveryFaults & { mixRealms?: number | undefined }): void;
  deliveries(): DeliveryAttempt[];
  settled(): Promise<void>;
  close(): Promise<void>;
}

export interface WebhooksOptions {
  readonly realmId: string;
  readonly random: Random;
  readonly now: () => Date;
  readonly timeoutMs: number;
  /** 1 keeps the vendor's schedule; 0.001 turns its seconds into milliseconds. */
  readonly retryScale: number;
  /** Changes within this time go out in one message. The real time is unverified, minutes were seen. */
  readonly gatherMs: number;
}

interface Event {
  readonly id: string;
  readonly realmId: string;
  readonly change: Change;
}

interface Subscription {
  settings: z.output<typeof webhookSchema>;
  readonly delivery: Delivery;
}

export function startWebhooks(options: WebhooksOptions): Webhooks {
  const { random, realmId } = options;
  const subscriptions = new Map<string, Subscription>();
  const attempts: DeliveryAttempt[] = [];
  let faults: DeliveryFaults = {};
  let mixRealms = 0;
  let gathered: Event[] = [];
  let timer: NodeJS.Timeout | undefined;

  const send = ({ settings, delivery }: Subscription, events: readonly Event[]): void => {
    const told = events.filter(
      ({ change }) => settings.entities === undefined || settings.entities.includes(change.entity),
    );
    const [first] = told;
    if (first === undefined) return;
    const content = settings.form === 'cloudevents' ? told.map(cloudEvent) : legacyForm(told, random);
    const body = Buffer.from(JSON.stringify(content), 'utf8');
    delivery.send({
      id: first.id,
      topic: first.change.entity,
      url: settings.url,
      body,
      headers: () => ({
        'content-type': 'application/json',
        'user-agent': 'intuit_notification_agent',
        'intuit-signature': signatureOf(settings.verifierToken, body),
        'intuit-created-time': options.now().toISOString(),
        'intuit-t-id': random.uuid(),
        'intuit-notification-schema-version': settings.form === 'cloudevents' ? '1.0.0' : '0.0.1',
      }),
    });
  };

  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const events = gathered;
    gathered = [];
    if (events.length === 0) return;
    for (const subscription of subscriptions.values()) send(subscription, events);
  };

  return {
    subscribe: (given) => {
      const settings = webhookSchema.parse(given);
      const delivery =
        subscriptions.get(settings.url)?.delivery ??
        startDelivery({
          retryScheduleMs: RETRY_SCHEDULE_MS.map((waitMs) => waitMs * options.retryScale),
          timeoutMs: options.timeoutMs,
          random,
          now: options.now,
          onAttempt: (attempt) => {
            attempts.push(attempt);
            if (attempts.length > MOST_ATTEMPTS_KEPT) attempts.shift();
          },
        });
      delivery.setFaults(faults);
      subscriptions.set(settings.url, { settings, delivery });
    },
    unsubscribe: (url) => {
      const subscription = subscriptions.get(url);
      subscriptions.delete(url);
      void subscription?.delivery.close();
    },
    publish: (change) => {
      if (subscriptions.size === 0) return;
      // An app has one address for all companies that connected it, so a message may speak of strangers.
      if (random.chance(mixRealms))
        gathered.push({ id: random.uuid(), realmId: strangerTo(realmId), change: { ...change, id: '1' } });
      gathered.push({ id: random.uuid(), realmId, change });
      timer ??= setTimeout(flush, options.gatherMs);
    },
    setFaults: ({ mixRealms: mixed, ...next }) => {
      faults = next;
      mixRealms = mixed ?? 0;
      for (const { delivery } of subscriptions.values()) delivery.setFaults(next);
    },
    deliveries: () => [...attempts],
    settled: async () => {
      flush();
      await Promise.all([...subscriptions.values()].map(({ delivery }) => delivery.settled()));
    },
    close: async () => {
      clearTimeout(timer);
      await Promise.all([...subscriptions.values()].map(({ delivery }) => delivery.close()));
      subscriptions.clear();
    },
  };
}

const strangerTo = (realmId: string): string => String(BigInt(realmId) + 7n);

const cloudEvent = ({ id, realmId, change }: Event): unknown => ({
  specversion: '1.0',
  id,
  source: 'intuit.c2ltdWxhdGVkIGFwcGxpY2F0aW9u',
  type: `qbo.${change.entity.toLowerCase()}.${change.operation}.v1`,
  datacontenttype: 'application/json',
  // More digits than milliseconds have.
  time: change.at.toISOString().replace('Z', '000000Z'),
  intuitentityid: change.id,
  intuitaccountid: realmId,
  data: {},
});

const LEGACY_OPERATIONS = { created: 'Create', updated: 'Update', deleted: 'Delete' } as const;

/** Times were seen in UTC, and in Pacific time with an offset that has no colon. */
const lastUpdatedText = (at: Date, random: Random): string =>
  random.chance(0.5) ? at.toISOString() : instantText(at).replace(/:(\d\d)$/, '$1');

const legacyForm = (events: readonly Event[], random: Random): unknown => ({
  eventNotifications: [...Map.groupBy(events, ({ realmId }) => realmId)].map(([realmId, own]) => ({
    realmId,
    dataChangeEvent: {
      entities: own.map(({ change }) => ({
        name: change.entity,
        id: change.id,
        operation: LEGACY_OPERATIONS[change.operation],
        lastUpdated: lastUpdatedText(change.at, random),
      })),
    },
  })),
});
