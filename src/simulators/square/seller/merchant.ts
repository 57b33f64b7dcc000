// The seller's side: what people at tills, in the stock room and at the dashboard do, as changes in the book.
// Each action posts its changes at once and publishes what Square would; it never asks whether the stock suffices.

import type { z } from 'zod';
import type { Random } from '../../random.ts';
import { type Wire, wireChange } from '../api/inventory-wire.ts';
import type { AdjustmentDraft, Book, Draft, Posted, Source } from '../stock/book.ts';
import { type Catalog, tracksStock, type Variation } from '../stock/catalog.ts';
import { type Instant, instantOfDate, product, quantityText } from '../stock/scalars.ts';
import type { Reason, State } from '../stock/states.ts';
import type * as inputs from './inputs.ts';
import { newOrder, type Order, orderEvent, paymentEvent, refundEvent } from './orders.ts';
import { DASHBOARD, type Seeded, seedInto } from './seed.ts';
import type { Webhooks } from './webhooks.ts';

const POS: Source = { product: 'SQUARE_POS', name: 'Square Point of Sale 6.60 for iOS' };
const ONLINE: Source = { product: 'ONLINE_STORE', name: 'Square Online' };

type Output<Schema extends z.ZodType> = z.output<Schema>;

export interface Merchant {
  seed(input: Output<typeof inputs.seedSchema>): Seeded;
  sell(input: Output<typeof inputs.sellSchema>): { orderId: string; paymentId: string; changes: Wire[] };
  refund(input: Output<typeof inputs.refundSchema>): { refundId: string; changes: Wire[] };
  restock(input: Output<typeof inputs.restockSchema>): { changes: Wire[] };
  receive(input: Output<typeof inputs.receiveSchema>): { goodsReceiptId: string; changes: Wire[] };
  waste(input: Output<typeof inputs.wasteSchema>): { changes: Wire[] };
  count(input: Output<typeof inputs.countSchema>): { changes: Wire[] };
  transfer(input: Output<typeof inputs.transferSchema>): { transferId: string; changes: Wire[] };
  compose(input: Output<typeof inputs.kitSchema>): { groupId: string; changes: Wire[] };
  decompose(input: Output<typeof inputs.kitSchema>): { groupId: string; changes: Wire[] };
  reserve(input: Output<typeof inputs.reserveSchema>): { changes: Wire[] };
  release(input: Output<typeof inputs.reserveSchema>): { changes: Wire[] };
  editOrder(input: Output<typeof inputs.editOrderSchema>): { version: number };
}

export interface MerchantOptions {
  book: Book;
  catalog: Catalog;
  webhooks: Webhooks;
  random: Random;
  clock: () => Instant;
  now: () => Date;
}

interface Move {
  from: State;
  to: State;
  reason?: Reason;
  source?: Source;
  transactionId?: string | undefined;
  refundId?: string | undefined;
  goodsReceiptId?: string;
  referenceId?: string | undefined;
}

/** Returns the seller's actions over one book. */
export function merchantOf(options: MerchantOptions): Merchant {
  const { book, catalog, webhooks, random, clock } = options;
  const orders = new Map<string, Order>();
  const current = (): Instant => instantOfDate(options.now());

  const announce = (posted: Posted): Wire[] => {
    webhooks.publishCounts(posted.movedCounts);
    return posted.changes.map(wireChange);
  };

  const draftOf = (
    variation: Variation,
    quantity: bigint,
    locationId: string,
    occurredAt: Instant,
    { from, to, source = DASHBOARD, ...rest }: Move,
  ): AdjustmentDraft => ({
    type: 'ADJUSTMENT',
    variationId: variation.id,
    quantity,
    occurredAt,
    source,
    fromState: from,
    toState: to,
    fromLocationId: locationId,
    toLocationId: locationId,
    ...rest,
  });

  // A kit that is sold takes its components: IN_STOCK to COMPOSED each, and COMPOSED to SOLD for the kit itself.
  // The grouping is documented, the exact pair of transitions is unverified.
  const kitDrafts = (
    kit: Variation,
    quantity: bigint,
    locationId: string,
    at: Instant,
    move: Move,
  ): Draft[] => {
    const group = {
      id: random.text(24),
      rootAdjustmentId: random.text(24),
      fromState: move.from,
      toState: move.to,
    };
    const parts = kit.components.map((component) => {
      const part = catalog.variationNamed(component.variationId);
      const used = product(component.quantity, quantity);
      return { ...draftOf(part, used, locationId, at, { ...move, to: 'COMPOSED' }), group };
    });
    const root = draftOf(kit, quantity, locationId, at, { ...move, from: 'COMPOSED' });
    return [...parts, { ...root, id: group.rootAdjustmentId, group }];
  };

  const moveLines = (
    input: { location: string; lines: inputs.Line[]; occurredAt?: Instant | undefined },
    move: Move,
  ): Draft[] => {
    const location = catalog.locationNamed(input.location);
    const at = input.occurredAt ?? current();
    return input.lines.flatMap(({ sku, quantity }): Draft[] => {
      const variation = catalog.variationNamed(sku);
      if (!tracksStock(variation, location.id)) return [];
      if (variation.components.length > 0 && move.to === 'SOLD') {
        return kitDrafts(variation, quantity, location.id, at, move);
      }
      return [draftOf(variation, quantity, location.id, at, move)];
    });
  };

  const centsOf = (lines: Array<inputs.Line & { priceCents?: number | undefined }>): number =>
    lines.reduce((total, { sku, quantity, priceCents }) => {
      const unit = priceCents ?? catalog.variationNamed(sku).priceCents;
      return total + Math.round(Number(quantityText(quantity)) * unit);
    }, 0);

  const sell: Merchant['sell'] = (input) => {
    const locationId = catalog.locationNamed(input.location).id;
    const createdAt = input.occurredAt ?? current();
    const order = newOrder(random, { locationId, totalCents: centsOf(input.lines), createdAt });
    const online = input.channel === 'online';
    const drafts = moveLines(input, {
      from: input.reserved ? 'RESERVED_FOR_SALE' : 'IN_STOCK',
      to: 'SOLD',
      reason: 'SALE',
      source: online ? ONLINE : POS,
      transactionId: order.id,
    });
    orders.set(order.id, order);
    const changes = announce(book.post(drafts));
    if (online) {
      webhooks.publish(orderEvent('created', order, clock()));
      webhooks.publish(orderEvent('updated', order, clock()));
    }
    webhooks.publish(paymentEvent(order, clock()));
    return { orderId: order.id, paymentId: order.paymentId, changes };
  };

  const refund: Merchant['refund'] = (input) => {
    const order = input.orderId === undefined ? undefined : orders.get(input.orderId);
    if (input.path !== 'unlinked' && order === undefined) {
      throw new Error(
        `No order "${input.orderId ?? ''}" to refund; give its id, or use the path "unlinked".`,
      );
    }
    const refundId = `${order?.paymentId ?? random.text(28)}_${random.text(40)}`;
    const facts = { source: POS, transactionId: order?.id, refundId };
    const returned: Move = { from: 'SOLD', to: 'RETURNED_BY_CUSTOMER', reason: 'RETURNED', ...facts };
    const restocked: Move = { from: 'RETURNED_BY_CUSTOMER', to: 'IN_STOCK', reason: 'RETURNED', ...facts };
    const moves: Record<typeof input.path, Move[]> = {
      straight: [{ from: 'SOLD', to: 'IN_STOCK', reason: 'RETURNED', ...facts }],
      inspected: [returned, restocked],
      pending: [returned],
      unlinked: [{ from: 'UNLINKED_RETURN', to: 'IN_STOCK', reason: 'RETURNED', ...facts }],
      canceled: [{ from: 'SOLD', to: 'IN_STOCK', reason: 'CANCELED_SALE', ...facts }],
    };
    const changes = announce(book.post(moves[input.path].flatMap((move) => moveLines(input, move))));
    if (order !== undefined) webhooks.publish(refundEvent(order, refundId, centsOf(input.lines), clock()));
    return { refundId, changes };
  };

  const transfer: Merchant['transfer'] = (input) => {
    const [origin, destination] = [catalog.locationNamed(input.from), catalog.locationNamed(input.to)];
    const transferId = input.transferId ?? random.text(24);
    // Where stock in transit is held, and that the transfer's id travels as reference_id, is unverified.
    const steps = {
      whole: { from: 'IN_STOCK', to: 'IN_STOCK', reason: 'TRANSFER', origin: origin.id },
      send: { from: 'IN_STOCK', to: 'IN_TRANSIT', reason: 'IN_TRANSIT', origin: origin.id },
      receive: { from: 'IN_TRANSIT', to: 'IN_STOCK', reason: 'TRANSFER', origin: destination.id },
    } as const;
    const step = steps[input.step];
    const drafts = input.lines.map(({ sku, quantity }) => ({
      ...draftOf(catalog.variationNamed(sku), quantity, step.origin, input.occurredAt ?? current(), {
        from: step.from,
        to: step.to,
        reason: step.reason,
        referenceId: transferId,
      }),
      toLocationId: destination.id,
    }));
    return { transferId, changes: announce(book.post(drafts)) };
  };

  const kitAction = (
    input: Output<typeof inputs.kitSchema>,
    parts: { from: State; to: State },
    whole: { from: State; to: State },
  ): { groupId: string; changes: Wire[] } => {
    const locationId = catalog.locationNamed(input.location).id;
    const at = input.occurredAt ?? current();
    const group = {
      id: random.text(24),
      rootAdjustmentId: random.text(24),
      fromState: 'IN_STOCK',
      toState: 'IN_STOCK',
    } as const;
    const partDrafts = input.components.map(({ sku, quantity }) => ({
      ...draftOf(catalog.variationNamed(sku), product(quantity, input.quantity), locationId, at, parts),
      group,
    }));
    const kit = draftOf(catalog.variationNamed(input.sku), input.quantity, locationId, at, whole);
    const posted = book.post([...partDrafts, { ...kit, id: group.rootAdjustmentId, group }]);
    return { groupId: group.id, changes: announce(posted) };
  };

  return {
    seed: (input) => seedInto(options, input),
    sell,
    refund,
    restock: (input) => {
      const move: Move = { from: 'RETURNED_BY_CUSTOMER', to: 'IN_STOCK', reason: 'RETURNED' };
      return { changes: announce(book.post(moveLines(input, { ...move, refundId: input.refundId }))) };
    },
    receive: (input) => {
      const goodsReceiptId = random.text(24);
      const move: Move = { from: 'NONE', to: 'IN_STOCK', reason: 'RECEIVED', goodsReceiptId };
      const drafts = moveLines(input, { ...move, referenceId: input.reference });
      return { goodsReceiptId, changes: announce(book.post(drafts)) };
    },
    waste: (input) => {
      const drafts = moveLines(input, { from: input.from, to: input.to, reason: input.reason });
      return { changes: announce(book.post(drafts)) };
    },
    count: (input) => {
      const locationId = catalog.locationNamed(input.location).id;
      const drafts = input.lines.map(
        ({ sku, quantity }): Draft => ({
          type: 'PHYSICAL_COUNT',
          variationId: catalog.variationNamed(sku).id,
          state: 'IN_STOCK',
          locationId,
          quantity,
          occurredAt: input.occurredAt ?? current(),
          source: DASHBOARD,
        }),
      );
      return { changes: announce(book.post(drafts)) };
    },
    transfer,
    compose: (input) =>
      kitAction(input, { from: 'IN_STOCK', to: 'COMPOSED' }, { from: 'COMPOSED', to: 'IN_STOCK' }),
    decompose: (input) =>
      kitAction(input, { from: 'DECOMPOSED', to: 'IN_STOCK' }, { from: 'IN_STOCK', to: 'DECOMPOSED' }),
    reserve: (input) => ({
      changes: announce(book.post(moveLines(input, { from: 'IN_STOCK', to: 'RESERVED_FOR_SALE' }))),
    }),
    release: (input) => ({
      changes: announce(book.post(moveLines(input, { from: 'RESERVED_FOR_SALE', to: 'IN_STOCK' }))),
    }),
    editOrder: ({ orderId }) => {
      const order = orders.get(orderId);
      if (order === undefined) throw new Error(`No order "${orderId}".`);
      order.version += 1;
      webhooks.publish(orderEvent('updated', order, clock()));
      return { version: order.version };
    },
  };
}
