// A sender of the hub's own webhook format, as careful as a good one: it signs every attempt, repeats until it is
// told that the event was accepted, and remembers what it was told.
import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { DOCK_SECRET } from '../../src/demo/world.ts';
import type { Random } from '../../src/simulators/random.ts';
import type { Model, ModelLine } from './model.ts';

const TIMEOUT_MS = 5_000;
export const DOCK_LOCATION = 'gate-7';

export interface DockDelivery {
  /** The sender's id of the delivery; the same on each repetition of it. */
  readonly id: string;
  readonly body: string;
}

export interface DockDay {
  /** In the order in which they are sent: shuffled, with the duplicates among them. */
  readonly deliveries: readonly DockDelivery[];
  readonly distinct: number;
}

/**
 * Makes distinct events and tells the model of each; then adds duplicates until they are a third of all, some of them under
 * another delivery id (the same fact, told twice), and shuffles. Nothing happens after `now` or at and before `after`.
 */
export function makeDockDay(
  random: Random,
  model: Model,
  options: { distinct: number; skus: readonly string[]; after: Date; now: Date },
): DockDay {
  const events: DockDelivery[] = [];
  const orders: { id: string; version: number }[] = [];
  for (let index = 0; index < options.distinct; index += 1) {
    const room = options.now.getTime() - options.after.getTime() - 1;
    const occurredAt = new Date(
      options.now.getTime() - random.integer(0, Math.max(0, room - 1)),
    ).toISOString();
    const id = `d${index}-${random.text(8)}`;
    const lines = linesOf(random, options.skus);
    events.push({
      id,
      body: JSON.stringify({ id, occurredAt, ...eventOf(random, model, orders, `D-${index}`, lines) }),
    });
  }
  const repeats = Array.from({ length: Math.ceil(options.distinct / 2) }, (_, index): DockDelivery => {
    const original = events[random.integer(0, events.length - 1)] ?? { id: '', body: '' };
    return random.chance(0.25) ? { id: `again${index}-${original.id}`, body: original.body } : original;
  });
  return { deliveries: shuffled(random, [...events, ...repeats]), distinct: events.length };
}

function eventOf(
  random: Random,
  model: Model,
  orders: { id: string; version: number }[],
  document: string,
  lines: readonly ModelLine[],
): object {
  const kind = random.next();
  if (kind < 0.15) {
    const known = random.chance(0.6) ? orders[random.integer(0, Math.max(0, orders.length - 1))] : undefined;
    const order = known ?? { id: `O-${document}`, version: 0 };
    if (!known) orders.push(order);
    order.version += 1;
    const open = known && random.chance(0.4) ? [] : lines;
    model.order(order.id, order.version, open);
    return { type: 'reservation', document: order.id, version: order.version, lines: open.map(told) };
  }
  const type = kind < 0.6 ? 'sale' : kind < 0.8 ? 'receipt' : kind < 0.92 ? 'return' : 'adjustment';
  const sign = type === 'sale' || (type === 'adjustment' && random.chance(0.5)) ? -1 : 1;
  model.move(lines, sign);
  const asSent =
    type === 'adjustment' && sign === -1
      ? lines.map((line) => ({ ...line, quantity: -line.quantity }))
      : lines;
  return { type, document, lines: asSent.map(told) };
}

const told = (line: ModelLine) => ({
  sku: line.sku,
  quantity: String(line.quantity),
  location: DOCK_LOCATION,
});

export function linesOf(random: Random, skus: readonly string[]): ModelLine[] {
  const chosen = new Set(
    Array.from({ length: random.integer(1, 3) }, () => skus[random.integer(0, skus.length - 1)] ?? ''),
  );
  return [...chosen].map((sku) => ({ sku, quantity: random.integer(1, 4) }));
}

function shuffled<T>(random: Random, given: readonly T[]): T[] {
  const all = given.map((each) => ({ each, rank: random.next() }));
  return all.sort((a, b) => a.rank - b.rank).map(({ each }) => each);
}

export interface DockReport {
  /** Delivery ids that the hub acknowledged, each as often as it did. */
  readonly acknowledged: string[];
  readonly attempts: number;
  readonly refusals: Readonly<Record<string, number>>;
}

/** Sends all deliveries, spread over `overMs` as far as the hub lets it, and resolves when each was acknowledged. */
export async function sendDockDay(
  hubUrl: string,
  day: DockDay,
  options: { overMs: number; senders: number; giveUpMs: number },
): Promise<DockReport> {
  const acknowledged: string[] = [];
  const refusals: Record<string, number> = {};
  let attempts = 0;
  let next = 0;
  const startedAt = performance.now();
  const sendOne = async (delivery: DockDelivery): Promise<void> => {
    const deadline = performance.now() + options.giveUpMs;
    for (;;) {
      attempts += 1;
      const answer = await deliver(hubUrl, delivery);
      if (answer === '200') {
        acknowledged.push(delivery.id);
        return;
      }
      refusals[answer] = (refusals[answer] ?? 0) + 1;
      if (performance.now() > deadline)
        throw new Error(`${delivery.id} was not accepted within ${options.giveUpMs} ms: ${answer}`);
      await sleep(300);
    }
  };
  const sender = async (): Promise<void> => {
    for (let index = next++; index < day.deliveries.length; index = next++) {
      const dueMs = (index / day.deliveries.length) * options.overMs - (performance.now() - startedAt);
      if (dueMs > 0) await sleep(dueMs);
      const delivery = day.deliveries[index];
      if (delivery) await sendOne(delivery);
    }
  };
  await Promise.all(Array.from({ length: options.senders }, sender));
  return { acknowledged, attempts, refusals };
}

const webhook = new Webhook(DOCK_SECRET);

/** One attempt, signed now; answers the status, or what the connection did. */
export async function deliver(hubUrl: string, { id, body }: DockDelivery): Promise<string> {
  const at = new Date();
  try {
    const response = await fetch(`${hubUrl}/hooks/dock`, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
        'webhook-signature': webhook.sign(id, at, body),
      },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.arrayBuffer();
    return String(response.status);
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } };
    return cause?.code ?? (error instanceof Error ? error.name : 'failed');
  }
}
