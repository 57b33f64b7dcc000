// The levers of the simulator: what happens in the simulated shop, what goes wrong, and what can be looked at.
// Every lever takes and gives plain JSON, so that it works the same in process and over HTTP.
import { z } from 'zod';
import type { CostBucket } from './admin/cost.ts';
import * as wishes from './control-inputs.ts';
import { type Faults, faultsSchema } from './faults.ts';
import { changeLocation, changeVariant, seedShop, setStocked } from './shop/catalog-changes.ts';
import { cancelFulfilment, fulfil, moveFulfilmentOrder } from './shop/fulfilment.ts';
import { editOrder, placeOrder } from './shop/orders.ts';
import { cancelOrder, dispose, openReturn, refund } from './shop/refunds.ts';
import { holdOrder, releaseOrder, setPayment } from './shop/release.ts';
import type { AdjustmentGroup, Shop } from './shop/shop.ts';
import { type BookRow, bookRows, type OrderSummary, orderSummary } from './summaries.ts';
import type { Tokens } from './tokens.ts';
import type { Deliveries, Delivery } from './webhooks/deliveries.ts';
import type { Subscription, Subscriptions } from './webhooks/subscriptions.ts';

export type RequestEntry = {
  at: number;
  names: string[];
  status: number;
  requestedCost: number | null;
  actualCost: number | null;
  fault: string | null;
  errors: string[];
};

type Parts = {
  shop: Shop;
  faults: Faults;
  bucket: CostBucket;
  tokens: Tokens;
  deliveries: Deliveries;
  subscriptions: Subscriptions;
  requests: RequestEntry[];
};

const nothing = z.strictObject({}).optional();
/** A lever: the input it takes, checked at the HTTP edge, and what it does. */
const lever = <Input extends z.ZodType, Output>(input: Input, run: (wish: z.infer<Input>) => Output) => ({
  input,
  run,
});

/** A lever that takes nothing. */
const look = <Output>(run: () => Output) => ({ input: nothing, run });

/** All levers of one simulator. */
export function createLevers(parts: Parts) {
  const { shop } = parts;
  return {
    seed: lever(wishes.seed, (wish) => seedShop(shop, wish)),
    sell: lever(wishes.sale, (wish): OrderSummary => orderSummary(shop, placeOrder(shop, wish))),
    fulfil: lever(wishes.shipment, (wish): OrderSummary => {
      fulfil(shop, wish);
      return orderSummary(shop, shop.order(wish.order));
    }),
    cancelFulfilment: lever(
      wishes.fulfilment,
      (wish): OrderSummary => orderSummary(shop, cancelFulfilment(shop, wish.fulfilment)),
    ),
    hold: lever(wishes.hold, (wish): OrderSummary => orderSummary(shop, holdOrder(shop, wish))),
    releaseHold: lever(wishes.release, (wish): OrderSummary => orderSummary(shop, releaseOrder(shop, wish))),
    setPayment: lever(wishes.payment, (wish): OrderSummary => orderSummary(shop, setPayment(shop, wish))),
    refund: lever(wishes.refund, (wish): OrderSummary => {
      refund(shop, wish);
      return orderSummary(shop, shop.order(wish.order));
    }),
    cancelOrder: lever(
      wishes.cancellation,
      (wish): OrderSummary => orderSummary(shop, cancelOrder(shop, wish)),
    ),
    editOrder: lever(wishes.edit, (wish): OrderSummary => orderSummary(shop, editOrder(shop, wish))),
    moveFulfilmentOrder: lever(wishes.move, (wish): OrderSummary => {
      moveFulfilmentOrder(shop, wish);
      return orderSummary(shop, shop.order(wish.order));
    }),
    openReturn: lever(wishes.openReturn, (wish): OrderSummary => {
      openReturn(shop, wish);
      return orderSummary(shop, shop.order(wish.order));
    }),
    dispose: lever(wishes.disposal, (wish): { id: string } => ({ id: dispose(shop, wish).id })),
    adjust: lever(wishes.adjustment, ({ sku, location, name, delta, reason }): BookRow[] => {
      const { itemId } = shop.catalog.variantBySku(sku);
      shop.adjust(
        itemId,
        shop.catalog.locationNamed(location),
        name ?? 'available',
        delta,
        reason ?? 'correction',
      );
      return bookRows(shop).filter((row) => row.itemId === itemId);
    }),
    changeVariant: lever(wishes.variantChange, (wish) => changeVariant(shop, wish)),
    changeLocation: lever(wishes.locationChange, (wish) => changeLocation(shop, wish)),
    setStocked: lever(wishes.stocked, (wish) => setStocked(shop, wish)),
    setFaults: lever(faultsSchema, (wish) => parts.faults.set(wish)),
    drainBucket: lever(z.strictObject({ points: z.number().positive() }), ({ points }) =>
      parts.bucket.drain(points),
    ),
    revokeTokens: look(() => parts.tokens.revokeAll()),
    books: look((): BookRow[] => bookRows(shop)),
    pushes: look((): AdjustmentGroup[] => [...shop.adjustmentGroups.values()].filter((group) => group.byApp)),
    orders: look((): OrderSummary[] => [...shop.orders.values()].map((one) => orderSummary(shop, one))),
    deliveries: look((): Delivery[] => parts.deliveries.log),
    pendingDeliveries: look((): number => parts.deliveries.pending),
    settled: look((): Promise<void> => parts.deliveries.settled()),
    subscriptions: look((): Subscription[] => parts.subscriptions.list()),
    requests: look((): RequestEntry[] => parts.requests),
  };
}

export type Levers = ReturnType<typeof createLevers>;

/** The levers as plain methods of a handle in the same process. */
export type Control = {
  [Name in keyof Levers]: (...wish: Parameters<Levers[Name]['run']>) => ReturnType<Levers[Name]['run']>;
};

/** The same methods over HTTP. */
export type RemoteControl = {
  [Name in keyof Control]: (
    ...wish: Parameters<Control[Name]>
  ) => Promise<Awaited<ReturnType<Control[Name]>>>;
};

export function controlOf(levers: Levers): Control {
  const methods = Object.entries(levers).map(([name, { run }]) => [name, run]);
  return Object.fromEntries(methods) as Control;
}
