// The make-believe market itself: what it stocks, what happens there, and the list of its changes.
// It is the outside for tests and for copied connectors, so nothing in it knows the connector or the hub.
import { randomUUID } from 'node:crypto';

export interface MarketListing {
  readonly id: string;
  readonly sku: string;
  readonly title: string;
  /** False: the market sells it without counting. */
  readonly tracked: boolean;
}

export interface Level {
  readonly listing: string;
  readonly location: string;
  available: number;
  /** In open orders: still on the shelf, no longer for sale. */
  committed: number;
  version: number;
}

export interface MarketOrder {
  readonly order: string;
  version: number;
  at: string;
  open: { line: string; listing: string; location: string; quantity: string }[];
}

/** Who gets an order, and whether it may go. Told only to who asks; no change ever carries it. */
export interface MarketDelivery {
  readonly number: string;
  readonly orderedAt: string;
  paid: boolean;
  cancelled: boolean;
  readonly shipTo: {
    readonly name: string;
    readonly street: readonly string[];
    readonly city: string;
    readonly postalCode: string;
    readonly country: string;
  };
}

export interface MarketShipment {
  readonly order: string;
  readonly lines: readonly { readonly line: string; readonly quantity: string }[];
  readonly tracking: readonly string[];
}

export type ShipmentAnswer =
  | { readonly outcome: 'shipped' | 'known'; readonly id: string }
  | { readonly outcome: 'refused'; readonly reason: string };

/** One entry of the list of changes; the fields depend on `kind`. */
export type MarketChange = { readonly id: string; readonly kind: string; readonly at: string } & Record<
  string,
  unknown
>;

export interface MarketOffer {
  readonly listing: string;
  readonly location: string;
  readonly available: string;
  readonly version: string;
  readonly reference: string;
}

export type OfferOutcome = 'applied' | 'stale' | 'unknown' | 'untracked';

export interface MarketOptions {
  readonly listings?: readonly MarketListing[];
  /** Location ids. */
  readonly locations?: readonly string[];
  /** Units of every tracked listing at every location at the start; default 100. */
  readonly stock?: number;
  readonly now?: () => Date;
}

const LISTINGS: readonly MarketListing[] = [
  { id: 'L-1', sku: 'MUG-BLUE', title: 'Blue mug', tracked: true },
  { id: 'L-2', sku: 'TEA-GREEN', title: 'Green tea', tracked: true },
  { id: 'L-3', sku: '', title: 'Gift card', tracked: false },
];

export class DemoMarket {
  readonly listings: readonly MarketListing[];
  readonly locations: readonly string[];
  readonly levels: Level[] = [];
  readonly orders = new Map<string, MarketOrder>();
  readonly changes: MarketChange[] = [];
  /** Called for every change after it is in the list. */
  onChange: (change: MarketChange) => void = () => undefined;
  readonly deliveries = new Map<string, MarketDelivery>();
  #answers = new Map<string, OfferOutcome[]>();
  /** Ids of the shipments that the market was told of, by the key they came with. */
  #shipments = new Map<string, string>();
  readonly #now: () => Date;

  constructor(options: MarketOptions = {}) {
    this.listings = options.listings ?? LISTINGS;
    this.locations = options.locations ?? ['shop'];
    this.#now = options.now ?? (() => new Date());
    for (const { id: listing } of this.listings.filter(({ tracked }) => tracked)) {
      for (const location of this.locations) {
        this.levels.push({ listing, location, available: options.stock ?? 100, committed: 0, version: 1 });
      }
    }
  }

  now(): string {
    return this.#now().toISOString();
  }

  level(listing: string, location: string): Level | undefined {
    return this.levels.find((level) => level.listing === listing && level.location === location);
  }

  /** How many keys took effect. */
  get effects(): number {
    return this.#answers.size;
  }

  /** How many shipments the market was told of. */
  get shipments(): number {
    return this.#shipments.size;
  }

  /** Sells over the counter: `count` single units as separate changes of the same instant. */
  sell(listing: string, location: string, count = 1): void {
    const at = this.now();
    for (let sold = 0; sold < count; sold += 1) {
      this.#move(listing, location, -1);
      this.#record('sold', { ...this.#stocked(listing, location, 1), order: `counter-${randomUUID()}` }, at);
    }
  }

  /** Takes a unit back from a customer; it is for sale again. */
  takeBack(listing: string, location: string): void {
    this.#move(listing, location, 1);
    this.#record('returned', { ...this.#stocked(listing, location, 1), order: `counter-${randomUUID()}` });
  }

  /** Somebody counts the shelf: what is in open orders stays committed. */
  count(listing: string, location: string, onHand: number): void {
    const level = this.#known(listing, location);
    this.#move(listing, location, onHand - level.committed - level.available);
    this.#record('counted', this.#stocked(listing, location, onHand));
  }

  /** Somebody types a number for sale into the market's own screen. */
  typeOffer(listing: string, location: string, available: number): void {
    this.#move(listing, location, available - this.#known(listing, location).available);
    this.#record('offered', { ...this.#stocked(listing, location, available), reference: null });
  }

  rename(listing: string): void {
    this.#record('renamed', { listing });
  }

  /** A customer orders for later. Answers the order's id. */
  order(listing: string, location: string, quantity: number): string {
    this.#move(listing, location, -quantity);
    this.#known(listing, location).committed += quantity;
    const order: MarketOrder = {
      order: `order-${randomUUID()}`,
      version: 1,
      at: this.now(),
      open: [{ line: '1', listing, location, quantity: String(quantity) }],
    };
    this.orders.set(order.order, order);
    this.deliveries.set(order.order, {
      number: `M-${this.orders.size}`,
      orderedAt: order.at,
      paid: true,
      cancelled: false,
      shipTo: {
        name: 'Alex Sample',
        street: ['7 Made-up Lane'],
        city: 'Anytown',
        postalCode: '10000',
        country: 'DE',
      },
    });
    this.#record('ordered', { ...order, open: [...order.open] });
    return order.order;
  }

  /** Hands the whole order over to its customer. */
  handOver(id: string): void {
    const order = this.#ordered(id);
    this.#handOut(order, new Map(order.open.map(({ line, quantity }) => [line, Number(quantity)])));
  }

  /** Nobody wants the order any more: what is open of it is for sale again. */
  cancel(id: string): void {
    const order = this.#ordered(id);
    for (const { listing, location, quantity } of order.open) {
      this.#known(listing, location).committed -= Number(quantity);
      this.#move(listing, location, Number(quantity));
    }
    const delivery = this.deliveries.get(id);
    if (delivery !== undefined) delivery.cancelled = true;
    this.#change(order, []);
  }

  /** Somebody tells the market that lines have left: once per key, and not more than is open. */
  ship(key: string, shipment: MarketShipment): ShipmentAnswer {
    const known = this.#shipments.get(key);
    if (known !== undefined) return { outcome: 'known', id: known };
    const order = this.orders.get(shipment.order);
    if (order === undefined) return { outcome: 'refused', reason: 'the market has no such order' };
    const wanted = new Map(shipment.lines.map(({ line, quantity }) => [line, Number(quantity)]));
    for (const [line, quantity] of wanted) {
      const open = Number(order.open.find((one) => one.line === line)?.quantity ?? 0);
      if (quantity > open || !Number.isInteger(quantity) || quantity < 1)
        return { outcome: 'refused', reason: `line ${line} has ${open} open, not ${quantity}` };
    }
    const id = `shipment-${randomUUID()}`;
    this.#shipments.set(key, id);
    this.#handOut(order, wanted);
    return { outcome: 'shipped', id };
  }

  /** Applies offers once per key; the same key again gets the first answer again, whatever it brings. */
  offer(key: string, offers: readonly MarketOffer[]): OfferOutcome[] {
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const outcomes = offers.map((offer) => this.#applyOffer(offer));
    if (outcomes.includes('applied')) this.#answers.set(key, outcomes);
    return outcomes;
  }

  #applyOffer(offer: MarketOffer): OfferOutcome {
    if (this.listings.some(({ id, tracked }) => id === offer.listing && !tracked)) return 'untracked';
    const level = this.level(offer.listing, offer.location);
    if (level === undefined) return 'unknown';
    if (String(level.version) !== offer.version) return 'stale';
    this.#move(offer.listing, offer.location, Number(offer.available) - level.available);
    const { listing, location, reference } = offer;
    this.#record('offered', { ...this.#stocked(listing, location, Number(offer.available)), reference });
    return 'applied';
  }

  #handOut(order: MarketOrder, quantities: ReadonlyMap<string, number>): void {
    const left = order.open.map((line) => ({ line, out: quantities.get(line.line) ?? 0 }));
    for (const { line, out } of left.filter((one) => one.out > 0)) {
      this.#known(line.listing, line.location).committed -= out;
      this.#record('sold', { ...this.#stocked(line.listing, line.location, out), order: order.order });
    }
    const open = left.map(({ line, out }) => ({ ...line, quantity: String(Number(line.quantity) - out) }));
    this.#change(
      order,
      open.filter(({ quantity }) => quantity !== '0'),
    );
  }

  #change(order: MarketOrder, open: MarketOrder['open']): void {
    order.open = open;
    order.version += 1;
    order.at = this.now();
    this.#record('ordered', { ...order, open: [...open] });
  }

  #ordered(id: string): MarketOrder {
    const order = this.orders.get(id);
    if (order === undefined) throw new RangeError(`no order ${id}`);
    return order;
  }

  #move(listing: string, location: string, difference: number): void {
    const level = this.#known(listing, location);
    level.available += difference;
    level.version += 1;
  }

  #known(listing: string, location: string): Level {
    const level = this.level(listing, location);
    if (level === undefined) throw new RangeError(`the market does not stock ${listing} at ${location}`);
    return level;
  }

  #stocked(listing: string, location: string, quantity: number): Record<string, unknown> {
    const sku = this.listings.find(({ id }) => id === listing)?.sku ?? '';
    return { listing, sku, location, quantity: String(quantity) };
  }

  #record(kind: string, fields: Record<string, unknown>, at = this.now()): void {
    const change = { ...fields, id: `change-${randomUUID()}`, kind, at };
    this.changes.push(change);
    this.onChange(change);
  }
}
