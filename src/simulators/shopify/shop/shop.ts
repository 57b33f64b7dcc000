// One simulated shop: its catalogue, its stock book and its orders, and the single place where stock moves.
// It speaks no protocol; who listens for events is decided outside.
import { Book, type Change, type Level, quantityOf, type StateName, type StoredState } from './book.ts';
import { Catalog, type Location } from './catalog.ts';
import type { Clock } from './clock.ts';
import type { ShopEvent } from './events.ts';
import { createIds, gid, type Ids } from './ids.ts';
import type { Fulfillment, FulfillmentOrder, Order, OrderReturn, Refund } from './order-types.ts';
import { found, ShopRefusal } from './refusal.ts';
import { Timeline } from './timeline.ts';

export type AdjustmentGroup = {
  kind: 'InventoryAdjustmentGroup';
  id: string;
  createdAt: number;
  reason: string;
  referenceDocumentUri: string | null;
  /** Null when a person did it in the admin. */
  byApp: boolean;
  changes: (Omit<Change, 'level'> & {
    itemId: string;
    locationId: string;
    ledgerDocumentUri: string | null;
  })[];
};

export type ShopOptions = {
  clock: Clock;
  largeIds: boolean;
  name: string;
  domain: string;
  currency: string;
  ianaTimezone: string;
  /**
   * Whether a change of committed or on_hand alone fires inventory_levels/update. The vendor leaves this
   * unverified; `available` gives the hub fewer hints and is therefore the default.
   */
  levelWebhooks: 'available' | 'any';
};

export class Shop {
  readonly options: ShopOptions;
  readonly id: string;
  readonly ids: Ids;
  readonly book: Book;
  readonly catalog: Catalog;
  readonly orders = new Map<string, Order>();
  readonly timeline = new Timeline<Order>();
  readonly fulfillmentOrders = new Map<string, FulfillmentOrder>();
  readonly fulfillments = new Map<string, { order: Order; fulfillment: Fulfillment }>();
  readonly refunds = new Map<string, { order: Order; refund: Refund }>();
  readonly returns = new Map<string, OrderReturn>();
  /** Returns by the gid of their reverse fulfilment order. */
  readonly returnsByReverse = new Map<string, OrderReturn>();
  readonly adjustmentGroups = new Map<string, AdjustmentGroup>();
  readonly #listeners: ((event: ShopEvent) => void)[] = [];

  constructor(options: ShopOptions) {
    this.options = options;
    this.ids = createIds(options.largeIds);
    this.id = gid('Shop', this.ids.next());
    this.book = new Book(this.ids, () => this.now());
    this.catalog = new Catalog(this.ids, () => this.now());
  }

  now(): number {
    return this.options.clock.now();
  }

  onEvent(listener: (event: ShopEvent) => void): void {
    this.#listeners.push(listener);
  }

  emit(event: ShopEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  newId(kind: string): { id: string; digits: string } {
    const digits = this.ids.next();
    return { id: gid(kind, digits), digits };
  }

  order(idOrName: string): Order {
    const direct = this.orders.get(idOrName);
    if (direct) return direct;
    const named = this.timeline.rows.find((order) => order.name === idOrName);
    return found(named, `order ${idOrName}`);
  }

  isTracked(itemId: string | null): itemId is string {
    return itemId !== null && this.catalog.items.get(itemId)?.tracked === true;
  }

  /**
   * Moves one item's stock at one location because of a business event, and tells level webhooks.
   * Untracked items and deleted ones hold no stock: nothing happens. Refuses where the item is not stocked.
   */
  moveStock(itemId: string | null, locationId: string, deltas: Partial<Record<StoredState, number>>): void {
    if (!this.isTracked(itemId)) return;
    const level = this.book.level(itemId, locationId);
    if (!level) throw new ShopRefusal('NOT_STOCKED', `${itemId} is not stocked at ${locationId}`);
    this.announceLevel(level, this.book.apply(level, deltas));
  }

  announceLevel(level: Level, changes: readonly Change[]): void {
    const told =
      this.options.levelWebhooks === 'any'
        ? changes.length > 0
        : changes.some((one) => one.name === 'available');
    if (told) this.emit({ topic: 'inventory_levels/update', level });
  }

  /** Stamps the order's last change and keeps it findable by that time. */
  touch(order: Order): void {
    this.timeline.move(order, this.now());
  }

  /** A change typed into the admin or made by another app: `available` by default, on_hand follows. */
  adjust(
    itemId: string,
    location: Location,
    name: StoredState,
    delta: number,
    reason: string,
  ): AdjustmentGroup {
    const level = found(this.book.level(itemId, location.id), `stock of ${itemId} at ${location.name}`);
    const changes = this.book.apply(level, { [name]: delta });
    const group = this.recordGroup(reason, null, false, changes);
    this.announceLevel(level, changes);
    return group;
  }

  recordGroup(
    reason: string,
    referenceDocumentUri: string | null,
    byApp: boolean,
    changes: readonly (Change & { ledgerDocumentUri?: string | null })[],
  ): AdjustmentGroup {
    const group: AdjustmentGroup = {
      kind: 'InventoryAdjustmentGroup',
      id: this.newId('InventoryAdjustmentGroup').id,
      createdAt: this.now(),
      reason,
      referenceDocumentUri,
      byApp,
      changes: changes.map(({ level, name, delta, quantityAfterChange, ledgerDocumentUri }) => ({
        name,
        delta,
        quantityAfterChange,
        itemId: level.itemId,
        locationId: level.locationId,
        ledgerDocumentUri: ledgerDocumentUri ?? null,
      })),
    };
    this.adjustmentGroups.set(group.id, group);
    return group;
  }

  available(itemId: string, locationId: string, name: StateName = 'available'): number {
    const level = this.book.level(itemId, locationId);
    return level?.isActive ? quantityOf(level, name) : 0;
  }
}
