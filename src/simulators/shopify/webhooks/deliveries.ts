// Delivers the shop's events to their subscribers over HTTP: signed, at least once, in no promised order.
// The body is written when the first attempt is assembled; retries carry that same body.
import { createHmac, randomUUID } from 'node:crypto';
import { matcher } from '../admin/search.ts';
import type { Faults } from '../faults.ts';
import type { ShopEvent } from '../shop/events.ts';
import { type JsonObject, NumericId, pickFields, writeJson } from './json.ts';
import { bodyOf } from './payloads.ts';
import { post } from './post.ts';
import type { Subscription, Subscriptions } from './subscriptions.ts';
import type { Writer } from './writer.ts';

export type Attempt = { at: number; status: number | null; error: string | null };
export type Delivery = {
  webhookId: string;
  eventId: string;
  subscriptionId: string;
  topic: string;
  uri: string;
  triggeredAt: number;
  status: 'pending' | 'delivered' | 'failed' | 'dropped';
  attempts: Attempt[];
  body: string | null;
};

export type DeliveryOptions = {
  secret: string;
  domain: string;
  apiVersion: string;
  timeoutMs: number;
  /** Waits before the retries; the vendor makes 8 over 4 hours, the exact spacing is not published. */
  retryDelaysMs: readonly number[];
  /** Deliveries remembered in the log. */
  keptDeliveries: number;
};

export class Deliveries {
  readonly log: Delivery[] = [];
  readonly #subscriptions: Subscriptions;
  readonly #writer: Writer;
  readonly #faults: Faults;
  readonly #options: DeliveryOptions;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #idle: (() => void)[] = [];
  readonly #closing = new AbortController();
  #pending = 0;

  constructor(subscriptions: Subscriptions, writer: Writer, faults: Faults, options: DeliveryOptions) {
    this.#subscriptions = subscriptions;
    this.#writer = writer;
    this.#faults = faults;
    this.#options = options;
  }

  get pending(): number {
    return this.#pending;
  }

  /** Resolves when nothing is waiting to be delivered or retried. */
  settled(): Promise<void> {
    return this.#pending === 0 ? Promise.resolve() : new Promise((done) => this.#idle.push(done));
  }

  close(): void {
    this.#closing.abort();
    for (const timer of this.#timers) clearTimeout(timer);
    for (const done of this.#idle.splice(0)) done();
  }

  /** Starts the deliveries one event causes: one per subscription, more when duplicates are asked for. */
  announce(event: ShopEvent): void {
    const listening = this.#subscriptions.listening(event.topic);
    if (listening.length === 0 || this.#closing.signal.aborted) return;
    const eventId = randomUUID();
    const triggeredAt = this.#writer.shop.now();
    // The order is written now; a level is written when its delivery is assembled, which is why several changes of
    // one level can arrive as several deliveries that all show the last state.
    const late = event.topic.startsWith('inventory_levels/');
    const early = late ? undefined : bodyOf(this.#writer, event);
    for (const subscription of listening) {
      const body = (): JsonObject => early ?? bodyOf(this.#writer, event);
      this.#begin(subscription, event, { eventId, triggeredAt, late }, body);
    }
  }

  #begin(
    subscription: Subscription,
    event: ShopEvent,
    stamp: { eventId: string; triggeredAt: number; late: boolean },
    body: () => JsonObject,
  ): void {
    const delivery: Delivery = {
      webhookId: randomUUID(),
      eventId: stamp.eventId,
      subscriptionId: subscription.id,
      topic: event.topic,
      uri: subscription.uri,
      triggeredAt: stamp.triggeredAt,
      status: 'pending',
      attempts: [],
      body: null,
    };
    const faults = this.#faults.webhooks;
    if (faults.dropProbability > 0 && this.#faults.random() < faults.dropProbability) {
      this.#record({ ...delivery, status: 'dropped' });
      return;
    }
    // A repeated delivery carries the payload of the first, byte for byte.
    let written: JsonObject | undefined;
    const sameForAll = () => (written ??= body());
    for (let copy = 0; copy <= faults.duplicate; copy += 1) {
      const one: Delivery = { ...delivery, attempts: [] };
      const shuffle =
        faults.reorderWindowMs > 0 ? Math.floor(this.#faults.random() * faults.reorderWindowMs) : 0;
      this.#pending += 1;
      this.#record(one);
      this.#later(faults.delayMs + shuffle + (stamp.late ? faults.mergeLevelsMs : 0), () =>
        this.#assemble(one, subscription, sameForAll),
      );
    }
  }

  #record(delivery: Delivery): void {
    this.log.push(delivery);
    if (this.log.length > this.#options.keptDeliveries * 1.2) {
      this.log.splice(0, this.log.length - this.#options.keptDeliveries);
    }
  }

  #assemble(delivery: Delivery, subscription: Subscription, body: () => JsonObject): void {
    const whole = body();
    if (!passes(subscription.filter, whole)) {
      delivery.status = 'dropped';
      this.#finish();
      return;
    }
    delivery.body = writeJson(pickFields(whole, subscription.includeFields));
    void this.#attempt(delivery, subscription);
  }

  async #attempt(delivery: Delivery, subscription: Subscription): Promise<void> {
    const body = delivery.body ?? '';
    const at = this.#writer.shop.now();
    const result = await post(
      delivery.uri,
      body,
      this.#headers(delivery, subscription, body),
      this.#options.timeoutMs,
      this.#closing.signal,
    );
    if (this.#closing.signal.aborted) return;
    delivery.attempts.push({ at, ...result });
    if (result.status !== null && result.status >= 200 && result.status < 300) {
      delivery.status = 'delivered';
      this.#finish();
      return;
    }
    const wait = this.#options.retryDelaysMs[delivery.attempts.length - 1];
    if (wait !== undefined) {
      this.#later(wait, () => void this.#attempt(delivery, subscription));
      return;
    }
    // The last retry failed as all before it did: the vendor then deletes a subscription made through the API.
    // Whether it counts failures per delivery or across deliveries is unverified; here it is per delivery.
    delivery.status = 'failed';
    this.#subscriptions.remove(subscription.id);
    this.#finish();
  }

  #headers(delivery: Delivery, subscription: Subscription, body: string): Record<string, string> {
    const { secret, domain, apiVersion } = this.#options;
    return {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      'user-agent': 'Shopify-Captain-Hook',
      'x-shopify-topic': delivery.topic,
      'x-shopify-hmac-sha256': createHmac('sha256', secret).update(body).digest('base64'),
      'x-shopify-shop-domain': domain,
      'x-shopify-api-version': apiVersion,
      'x-shopify-webhook-id': delivery.webhookId,
      'x-shopify-triggered-at': new Date(delivery.triggeredAt).toISOString(),
      'x-shopify-event-id': delivery.eventId,
      ...(subscription.name === null ? {} : { 'x-shopify-name': subscription.name }),
    };
  }

  #finish(): void {
    this.#pending -= 1;
    if (this.#pending === 0) for (const done of this.#idle.splice(0)) done();
  }

  #later(waitMs: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, waitMs);
    this.#timers.add(timer);
  }
}

/** A subscription's filter, in the search syntax, over the body's own fields. */
function passes(filter: string | null, body: JsonObject): boolean {
  if (!filter) return true;
  const fields = Object.fromEntries(
    Object.keys(body).map((name) => [
      name,
      (row: JsonObject) => {
        const value = row[name];
        if (value instanceof NumericId) return value.digits;
        return typeof value === 'object' || value === undefined ? null : String(value);
      },
    ]),
  );
  return matcher<JsonObject>(filter, fields)?.(body) ?? true;
}
