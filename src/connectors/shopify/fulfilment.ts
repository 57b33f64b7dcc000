// Tells Shopify that lines have left, once (I8). Shopify takes no idempotency key for this, so what is about to be sent
// is remembered before it is sent. An answer that was lost is looked for among the shipments that Shopify knows; the
// shipment is sent again only where Shopify would refuse one of the two, should the first arrive after all.
import { z } from 'zod';
import { StockbridgeError } from '../../core/errors.ts';
import { plainTextOf } from '../../core/vocabulary/text.ts';
import type { ConnectionContext, FulfilledShipment, Fulfilment, FulfilmentAnswer } from '../contract.ts';
import type { ShopifyClient } from './client.ts';
import { type OrderShipped, readOrderShipped, readOrderToShip, type Shipped } from './fulfilment-document.ts';
import { type Attempt, type Memory, memoryOf, type Told } from './fulfilment-memory.ts';
import { contentOf, type Footprint, isSame, planOf, touches } from './fulfilment-plan.ts';
import type { ShopifySettings } from './settings.ts';
import { shipToOf } from './ship-to.ts';

type Context = Pick<ConnectionContext<ShopifySettings>, 'settings' | 'state' | 'now'>;

export const fulfilmentOf = (client: ShopifyClient, context: Context): Fulfilment => ({
  shipTo: async (id, location) => {
    const order = await readOrderToShip(client, id);
    return order === undefined
      ? { outcome: 'wait', reason: invisible(id) }
      : shipToOf(order, context.settings, location);
  },
  report: (shipment) => {
    const record = `fulfilment:${shipment.order}`;
    // One at a time: two shipments of an order, alike and with lost answers, could not be told apart. For the whole
    // connection and not for each order, because whoever holds this occupies a database connection and needs another.
    return context.state.exclusively('fulfilment', async () =>
      report(client, await memoryOf(context.state, record, shipment.key), shipment, context.now().getTime()),
    );
  },
});

/**
 * How long a request that was not answered is waited for before anything else is done. Shopify names no limit to when it may
 * take effect; two minutes are long beside the seconds in which it answers or fails.
 */
const SETTLED_AFTER_MS = 120_000;
/** How long a shipment that cannot be sent again is looked for before a person is asked to. */
const LOOKED_FOR_MS = 3_600_000;
const NOT_VISIBLE = 'the answer was lost and Shopify does not show the shipment yet; it is looked for again';

const rejected = (reason: string): FulfilmentAnswer => ({ outcome: 'rejected', reason });
const retry = (reason: string): FulfilmentAnswer => ({ outcome: 'retry', reason });

async function report(
  client: ShopifyClient,
  memory: Memory,
  shipment: FulfilledShipment,
  nowMs: number,
): Promise<FulfilmentAnswer> {
  const content = contentOf(shipment);
  const { mine, others } = memory;
  if (mine !== undefined && mine.content !== content) {
    return rejected('this key was used for another shipment of the order');
  }
  if (mine?.id !== undefined) return { outcome: 'already', id: mine.id };
  const isFresh = ({ attempt }: Told): boolean =>
    attempt !== undefined && nowMs - attempt.atMs < SETTLED_AFTER_MS;
  if (others.some(isFresh)) return retry('another shipment of the order has no known outcome yet');

  const order = await readOrderShipped(client, shipment.order);
  if (order === undefined) return rejected(invisible(shipment.order));
  const already = async ({ id }: Shipped): Promise<FulfilmentAnswer> => {
    await memory.keep({ content, id });
    return { outcome: 'already', id };
  };
  const sent = mine?.attempt && sentBefore(order, mine.attempt, others);
  if (sent !== undefined) return already(sent);
  if (mine !== undefined && isFresh(mine)) return retry(NOT_VISIBLE);

  const plan = planOf(shipment, order);
  if ('outcome' in plan) return plan;
  const theirs = toldByOthers(order, plan.footprint);
  if (theirs !== undefined) return already(theirs);
  if (plan.problem !== undefined) return plan.problem;
  if (mine?.attempt && (!plan.fitsOnce || mayBeThere(order, mine.attempt, others)))
    return unrepeatable(order, mine.attempt, nowMs);
  if (!order.whole) return rejected(`${order.name} has more shipments than Shopify lists; report by hand`);
  const known = mine?.attempt?.known ?? order.fulfillments.map(({ id }) => id);
  const attempt = { atMs: nowMs, known, footprint: plan.footprint };
  return send(client, memory, { order: order.id, content, attempt, input: plan.input });
}

/** The first may arrive after all, or stand there unrecognised, and of this one Shopify would take two. */
const unrepeatable = (order: OrderShipped, { atMs }: Attempt, nowMs: number): FulfilmentAnswer =>
  nowMs - atMs < LOOKED_FOR_MS
    ? retry(NOT_VISIBLE)
    : rejected(
        `whether Shopify took this shipment of ${order.name} was never learnt, and sent again it could stand there twice; look there, and enter it by hand if it is missing`,
      );

interface Sending {
  readonly order: string;
  readonly content: string;
  readonly attempt: Attempt;
  readonly input: object;
}

const createAnswer = z.object({
  fulfillmentCreate: z.object({
    fulfillment: z.object({ id: z.string() }).nullable(),
    userErrors: z.array(z.object({ message: z.string() })),
  }),
});
type CreateAnswer = z.infer<typeof createAnswer>['fulfillmentCreate'];

async function send(client: ShopifyClient, memory: Memory, sending: Sending): Promise<FulfilmentAnswer> {
  const { content, attempt } = sending;
  const before = memory.mine;
  const applied = async (id: string): Promise<FulfilmentAnswer> => {
    await memory.keep({ content, id });
    return { outcome: 'applied', id };
  };
  await memory.keep({ content, attempt });
  let answer: CreateAnswer;
  try {
    const { data } = await client.write('StockbridgeCreateFulfillment', createAnswer, {
      fulfillment: sending.input,
    });
    answer = data.fulfillmentCreate;
  } catch (error) {
    if (error instanceof StockbridgeError && error.code === 'outcome_unknown') {
      const found = await lookFor(client, memory, sending, error);
      return found === undefined ? retry(NOT_VISIBLE) : applied(found.id);
    }
    // Surely nothing came of this attempt; of an earlier one something might have.
    await memory.keep(before);
    throw error;
  }
  if (answer.fulfillment !== null) return applied(answer.fulfillment.id);
  // A refusal can be the mark of an earlier attempt that took its time: the units it asked for are gone.
  const late = before?.attempt && (await lookFor(client, memory, sending));
  if (late !== undefined) return applied(late.id);
  await memory.keep(before);
  const reasons = answer.userErrors.map(({ message }) => message).join('; ');
  return rejected(plainTextOf(`Shopify: ${reasons || 'no reason given'}`, 300));
}

/** Reads the order again for what was just sent. @throws StockbridgeError `instead`, where given, when that fails too. */
async function lookFor(
  client: ShopifyClient,
  { others }: Memory,
  { order, attempt }: Sending,
  instead?: StockbridgeError,
): Promise<Shipped | undefined> {
  try {
    const present = await readOrderShipped(client, order);
    return present && sentBefore(present, attempt, others);
  } catch (error) {
    throw instead ?? error;
  }
}

/** Shipments that are new since an attempt, and not another report’s. Cancelled by now or not, they were made. */
const madeSince = (order: OrderShipped, { known }: Attempt, others: readonly Told[]): readonly Shipped[] =>
  order.fulfillments.filter((one) => !known.includes(one.id) && others.every(({ id }) => id !== one.id));

/** What an attempt made: new since then, and alike. */
const sentBefore = (order: OrderShipped, attempt: Attempt, others: readonly Told[]): Shipped | undefined =>
  madeSince(order, attempt, others).find((one) => isSame(one, attempt.footprint));

/** Something new took units of the same lines: it may be what the attempt made, changed by people since. */
const mayBeThere = (order: OrderShipped, attempt: Attempt, others: readonly Told[]): boolean =>
  madeSince(order, attempt, others).some((one) => touches(one, attempt.footprint));

const NOT_STANDING = new Set(['CANCELLED', 'ERROR', 'FAILURE']);

/**
 * A standing shipment that somebody else told Shopify of: the same units under the same tracking numbers. Without
 * numbers two shipments may well look alike, and nothing is concluded.
 */
const toldByOthers = (order: OrderShipped, footprint: Footprint): Shipped | undefined =>
  footprint.tracking.length === 0
    ? undefined
    : order.fulfillments.find((one) => !NOT_STANDING.has(one.status) && isSame(one, footprint));

const invisible = (id: string): string =>
  `Shopify does not show ${id}: it was deleted, or is older than 60 days and the app lacks read_all_orders`;
