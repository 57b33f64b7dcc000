// The warehouse at work: takes orders and notices, ships and receives after a while, adjusts and counts, and says each time
// in a document what it did. Its books change in the same step in which the document is made, and never otherwise, save by
// `drift`, which is what no document tells.
import type { Random } from '../random.ts';
import type { Agenda } from './agenda.ts';
import type { Books, Condition } from './books.ts';
import { arrivalOf, type Receiving, receiptSegments } from './documents/receipt.ts';
import type { NoticeRequest, OrderRequest, RequestedLine } from './documents/requests.ts';
import {
  firstHalf,
  pick,
  type ShippedLine,
  type Shipping,
  shipmentSegments,
  type Wanted,
  wholeOrder,
} from './documents/shipment.ts';
import {
  adjustmentSegments,
  effectOf,
  reasonOfMove,
  reportSegments,
  writtenQuantity,
} from './documents/stock.ts';
import type { Habits } from './inputs.ts';
import type { Outbox } from './outbox.ts';
import { wallTimeOf } from './x12/build.ts';

export interface Order {
  readonly number: string;
  readonly purchaseOrder: string;
  readonly receivedAt: Date;
  state: 'open' | 'partly_shipped' | 'shipped' | 'cancelled';
  readonly lines: readonly (RequestedLine & { readonly shipped: number })[];
  /** Numbers of the 945s. */
  readonly shipments: readonly string[];
}

export interface Notice {
  readonly number: string;
  readonly receivedAt: Date;
  state: 'expected' | 'received';
  readonly lines: readonly RequestedLine[];
  /** Number of the 944. */
  readonly receipt?: string;
}

/** Why the warehouse does not do what it is asked: the element of the request that it answers to, and its code (723). */
export type Refusal =
  | { readonly element: number; readonly reference: string; readonly code: string }
  | undefined;

interface KeptOrder {
  request: OrderRequest;
  readonly receivedAt: Date;
  state: Order['state'];
  readonly shipped: ShippedLine[];
  readonly shipments: string[];
  callOff?: () => void;
}

interface KeptNotice {
  readonly request: NoticeRequest;
  readonly receivedAt: Date;
  receipt?: string;
}

export interface WarehouseParts {
  readonly code: string;
  readonly books: Books;
  readonly outbox: Outbox;
  readonly agenda: Agenda;
  readonly random: Random;
  readonly now: () => Date;
  readonly timeZone: string;
  readonly itemQualifier: string;
  /** Next number of a document of the warehouse: 1, 2, 3… */
  readonly nextNumber: () => number;
  readonly habits: Required<{ [Habit in keyof Habits]: NonNullable<Habits[Habit]> }>;
}

const CARRIER = 'FDEG';
/** Element 394 has twelve characters, prefix included. */
const NUMBER_DIGITS = 9;

export type Warehouse = ReturnType<typeof startWarehouse>;

export function startWarehouse(parts: WarehouseParts) {
  const { code, books, outbox, agenda, random, now, itemQualifier, nextNumber } = parts;
  const orders = new Map<string, KeptOrder>();
  const notices = new Map<string, KeptNotice>();
  let habits = parts.habits;
  const numbered = (prefix: string): string =>
    `${prefix}${String(nextNumber()).padStart(NUMBER_DIGITS, '0')}`;
  const headNow = (at: Date) => ({ warehouse: code, ...wallTimeOf(at, parts.timeZone) });

  const ship = (order: KeptOrder, wanted: readonly Wanted[]): void => {
    const at = now();
    const lines = pick(wanted, (sku) => books.lots(sku));
    const { request } = order;
    const number = numbered('SH-');
    const head = {
      ...{ ...headNow(at), order: request.number, purchaseOrder: request.purchaseOrder, number },
      carrier: request.carrier || CARRIER,
      tracking: `1Z${random.text(16)}`,
      carton: random.chance(0.5) ? cartonOf(random) : '',
    };
    books.post(
      lines
        .filter(({ shipped }) => shipped > 0)
        .map(({ sku, lot, shipped }) => ({ sku, lot, condition: 'good', quantity: -shipped })),
      at,
    );
    order.shipped.push(...lines);
    order.shipments.push(number);
    outbox.send({
      type: '945',
      functional: 'SW',
      number,
      segments: shipmentSegments(head, lines, itemQualifier),
    });
  };

  const shipFirst = (order: KeptOrder, mode: Shipping): void => {
    if (order.state !== 'open') return;
    const { lines } = order.request;
    if (mode !== 'split' || lines.every(({ quantity }) => quantity === 1)) {
      order.state = 'shipped';
      ship(order, wholeOrder(lines, mode, random));
      return;
    }
    order.state = 'partly_shipped';
    const first = firstHalf(lines, random);
    ship(order, first);
    agenda.after(habits.shipAfterMs, () => {
      order.state = 'shipped';
      const rest = lines.flatMap((line) => {
        const quantity = line.quantity - shippedOf(order, line);
        return quantity === 0 ? [] : [{ request: { ...line, quantity }, quantity }];
      });
      ship(order, rest);
    });
  };

  const receive = (notice: KeptNotice, mode: Receiving): void => {
    const at = now();
    const { request } = notice;
    const lines = arrivalOf(request.lines, mode, random);
    const number = numbered('RC-');
    books.post(
      lines.flatMap(({ request: { sku, lot }, received, damaged }) => [
        { sku, lot, condition: 'good' as const, quantity: received - damaged },
        { sku, lot, condition: 'damaged' as const, quantity: damaged },
      ]),
      at,
    );
    for (const { sku, lot, expiresOn } of request.lines) if (expiresOn) books.expires(sku, lot, expiresOn);
    notice.receipt = number;
    const head = { ...headNow(at), number, notice: request.number, shipmentId: request.shipmentId };
    outbox.send({
      type: '944',
      functional: 'RE',
      number,
      segments: receiptSegments(head, lines, itemQualifier),
    });
  };

  const adjustment = (
    line: { sku: string; lot: string; reason: string; quantity: number },
    at: Date,
  ): string => {
    const number = numbered('AD-');
    const unit = books.item(line.sku)?.unit ?? '';
    const segments = adjustmentSegments({ number, ...headNow(at) }, [{ ...line, unit }], itemQualifier);
    outbox.send({ type: '947', functional: 'AW', number, segments });
    return number;
  };

  return {
    /** What stands against doing it; undefined when nothing does. */
    objectionTo: (request: OrderRequest | NoticeRequest): Refusal => {
      const taken = { element: 2, reference: '285', code: '7' };
      if (request.kind === 'notice') return notices.has(request.number) ? taken : undefined;
      const known = orders.get(request.number);
      if (request.status === 'N') return known ? taken : undefined;
      return known?.state === 'open' ? undefined : taken;
    },
    /** Takes an order that nothing stands against, puts it in the place of what it was, or cancels it. `atOnce` ships without waiting. */
    take: (request: OrderRequest, atOnce = false): void => {
      const known = orders.get(request.number);
      if (request.status === 'F') {
        known?.callOff?.();
        if (known) known.state = 'cancelled';
        return;
      }
      if (request.status === 'R') {
        if (!known) return;
        // Its picking begins anew, with the new list.
        known.callOff?.();
        known.request = request;
        known.callOff = agenda.after(habits.shipAfterMs, () => shipFirst(known, habits.shipping));
        return;
      }
      const order: KeptOrder = { request, receivedAt: now(), state: 'open', shipped: [], shipments: [] };
      orders.set(request.number, order);
      if (atOnce) shipFirst(order, habits.shipping);
      else order.callOff = agenda.after(habits.shipAfterMs, () => shipFirst(order, habits.shipping));
    },
    expect: (request: NoticeRequest): void => {
      const notice: KeptNotice = { request, receivedAt: now() };
      notices.set(request.number, notice);
      agenda.after(habits.receiveAfterMs, () => receive(notice, habits.receiving));
    },
    /** Answers the number of the 947. */
    adjust: (input: { sku: string; lot: string; quantity: number; reason: string }): string => {
      const at = now();
      const effect = effectOf(input.reason, input.quantity);
      books.post([{ sku: input.sku, lot: input.lot, condition: 'good', quantity: effect }], at);
      return adjustment({ ...input, quantity: writtenQuantity(input.reason, effect) }, at);
    },
    /** Answers the number of the 947. */
    move: (input: { sku: string; lot: string; quantity: number; from: Condition; to: Condition }): string => {
      const at = now();
      const reason = reasonOfMove(input.from, input.to);
      const { sku, lot, quantity } = input;
      books.post(
        [
          { sku, lot, condition: input.from, quantity: -quantity },
          { sku, lot, condition: input.to, quantity },
        ],
        at,
      );
      return adjustment({ sku, lot, quantity, reason }, at);
    },
    /** Answers the number of the 846. */
    report: (asOf = now()): string => {
      const number = numbered('IN-');
      const stock = books.items().map((item) => ({ item, lots: books.lots(item.sku, asOf) }));
      const segments = reportSegments({ number, ...headNow(asOf) }, stock, itemQualifier);
      outbox.send({ type: '846', functional: 'IB', number, segments });
      return number;
    },
    drift: ({ sku, lot, quantity }: { sku: string; lot: string; quantity: number }): void =>
      books.post([{ sku, lot, condition: 'good', quantity }], now()),
    orders: (): Order[] =>
      [...orders.values()].map((order) => ({
        ...{ number: order.request.number, purchaseOrder: order.request.purchaseOrder },
        ...{ receivedAt: order.receivedAt, state: order.state, shipments: [...order.shipments] },
        lines: order.request.lines.map((line) => ({ ...line, shipped: shippedOf(order, line) })),
      })),
    notices: (): Notice[] =>
      [...notices.values()].map(({ request, receivedAt, receipt }) => ({
        ...{ number: request.number, receivedAt, lines: request.lines },
        state: receipt === undefined ? 'expected' : 'received',
        ...(receipt !== undefined && { receipt }),
      })),
    behave: (next: Habits): void => {
      const given = Object.fromEntries(Object.entries(next).filter(([, value]) => value !== undefined));
      habits = { ...habits, ...given };
    },
  };
}

const shippedOf = (order: KeptOrder, line: RequestedLine): number =>
  order.shipped
    .filter((each) => each.line === line.line && each.sku === line.sku)
    .reduce((sum, { shipped }) => sum + shipped, 0);

/** A serial shipping container code with its application identifier and check digit. */
function cartonOf(random: Random): string {
  const digits = `0036000${random.text(10, '0123456789')}`;
  const sum = [...digits].reduce((all, digit, index) => all + Number(digit) * (index % 2 === 0 ? 3 : 1), 0);
  return `00${digits}${(10 - (sum % 10)) % 10}`;
}
