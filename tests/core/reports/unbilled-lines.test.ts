// The list of what suppliers have not billed is the balance of its account: any history of one item, bought, billed, credited
// and sent back in any order, however it is costed, folded by the real fold and looked at on any day.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Bill, billEntriesOf, billLinesOf } from '../../../src/core/costs/bills.ts';
import { type CostLocation, endsOf, type StockLine, stepIdOf } from '../../../src/core/costs/places.ts';
import { ratesOf } from '../../../src/core/costs/rates.ts';
import { type ReceiptCosts, receiptCostsOf } from '../../../src/core/costs/receipts.ts';
import { receivedOf } from '../../../src/core/costs/received.ts';
import { type CostAssertion, stepsOf } from '../../../src/core/costs/steps.ts';
import { type UnbilledLines, unbilledLines } from '../../../src/core/reports/unbilled-lines.ts';
import { fold } from '../../../src/core/valuation/fold.ts';
import { inOrder } from '../../../src/core/valuation/order.ts';
import type { CostEntry } from '../../../src/core/valuation/step.ts';
import type { Money } from '../../../src/core/vocabulary/money.ts';
import { quantityFrom } from '../../../src/core/vocabulary/quantity.ts';
import { WAYS } from '../valuation/random-history.ts';

const RUNS = Number(process.env.STOCKBRIDGE_UNBILLED_RUNS ?? 300);
const ITEM = 1;
const DAYS = 40;

const LOCATIONS: readonly CostLocation[] = [
  { id: 1, kind: 'supplier', ownership: 'own' },
  { id: 2, kind: 'customer', ownership: 'own' },
  { id: 3, kind: 'adjustment', ownership: 'own' },
  { id: 10, kind: 'warehouse', ownership: 'own' },
  { id: 11, kind: '3pl', ownership: 'own' },
  { id: 20, kind: 'transit', ownership: 'own' },
  { id: 40, kind: 'store', ownership: 'consigned_in' },
];
const [SUPPLIER, CUSTOMER, ADJUSTMENT, ...SHELVES] = [1, 2, 3, 10, 11, 20, 40] as const;
const NAMES = ['PO 1', 'PO 2', 'PO 3'] as const;

const fact = fc.record({
  kind: fc.constantFrom(
    ...(['in', 'in', 'in', 'in', 'back', 'back', 'back', 'undo', 'drop ship', 'out', 'found'] as const),
    ...(['bill', 'bill', 'bill', 'credit', 'price', 'cost'] as const),
  ),
  day: fc.nat(DAYS),
  quantity: fc.integer({ min: 1, max: 30 }),
  price: fc.oneof(fc.nat(2_500), fc.constantFrom(0, 1)),
  shelf: fc.constantFrom(...SHELVES),
  name: fc.constantFrom(...NAMES),
  choice: fc.nat(11),
});
type Fact = typeof fact extends fc.Arbitrary<infer Each> ? Each : never;

interface Told {
  readonly lines: readonly StockLine[];
  readonly bills: readonly Bill[];
  readonly assertions: readonly CostAssertion[];
}

function told(facts: readonly Fact[]): Told {
  const lines: StockLine[] = [];
  const bills: Bill[] = [];
  const assertions: CostAssertion[] = [];
  for (const [index, each] of facts.entries()) {
    const { kind, day, quantity, price, shelf, name, choice } = each;
    const at = BigInt(day);
    const amount = (cents: number): string => (cents / 100).toFixed(2);
    const move = (from: number, to: number, more: Partial<StockLine> = {}): void => {
      const place = (locationId: number) => ({ locationId, state: 'sellable' as const });
      lines.push({
        ...{ key: `k${index}`, line: 0, type: 'transfer', at, sequence: BigInt(index), lotId: null },
        ...{ document: `document ${index}`, reference: choice === 0 ? null : name, corrects: null },
        ...{ quantity: String(quantity), unitCost: null, currency: null },
        ...{ from: place(from), to: place(to) },
        ...more,
      });
    };
    const say = (units: number, cents: number): void => {
      const line = { itemId: ITEM, reference: name, quantity: String(units), amount: amount(cents) };
      const content = { number: `bill ${index}`, supplier: 'Northmill', currency: 'USD', lines: [line] };
      bills.push({ key: `b${index}`, at, content });
    };
    switch (kind) {
      case 'in':
        move(SUPPLIER, shelf, choice < 4 ? {} : { unitCost: amount(price), currency: 'USD' });
        break;
      case 'drop ship':
        move(SUPPLIER, CUSTOMER);
        break;
      case 'back':
        move(choice === 1 ? CUSTOMER : shelf, SUPPLIER);
        break;
      case 'undo': {
        const undone = lines[choice];
        if (undone?.from.locationId === SUPPLIER)
          move(undone.to.locationId, SUPPLIER, {
            corrects: undone.key,
            reference: undone.reference,
            document: undone.document,
            ...(choice < 5 ? { quantity: undone.quantity } : {}),
          });
        break;
      }
      case 'out':
        move(shelf, CUSTOMER);
        break;
      case 'found':
        move(ADJUSTMENT, shelf);
        break;
      case 'bill':
        say(quantity, price * quantity);
        break;
      case 'credit':
        say(-quantity, -price * quantity);
        break;
      case 'price':
        say(0, choice < 6 ? -price : price);
        break;
      case 'cost':
        assertions.push({
          ...{ key: `c${index}`, kind: 'expected_cost', at, sequence: BigInt(index) },
          ...{ unitCost: amount(price), currency: undefined },
        });
    }
  }
  return { lines, bills, assertions };
}

const rates = ratesOf('USD', []);
const endOf = (byLocation: boolean) => endsOf(LOCATIONS, byLocation);

const costsOf = ({ lines, bills, assertions }: Told): ReceiptCosts =>
  receiptCostsOf({
    ...receivedOf(ITEM, lines, endOf(false)),
    bills,
    landed: [],
    expected: assertions.map(({ at, unitCost }) => ({ itemId: ITEM, at, unitCost })),
    measures: new Map(),
    rates,
  });

/** All that follows from a history, in the order it is valued in. */
function entriesOf(all: Told, way: (typeof WAYS)[number], byLocation: boolean): readonly CostEntry[] {
  const [method, timing] = way;
  const periodStart = (at: bigint): bigint => (timing === 'month' ? at - (at % 10n) : at);
  const policy = { currency: 'USD', method, timing, reversesWriteDowns: true, periodStart };
  const { lines, assertions } = all;
  const base = { itemId: ITEM, lines, assertions, methods: [], rates, outputCost: () => undefined };
  const steps = stepsOf({ ...base, endOf: endOf(byLocation), costs: costsOf(all) });
  const { entries } = fold(
    policy,
    inOrder(steps, policy, () => timing),
  );
  return [...entries, ...billEntriesOf(billLinesOf(all.bills, rates))];
}

const upTo = ({ lines, bills, assertions }: Told, day: bigint): Told => ({
  lines: lines.filter(({ at }) => at <= day),
  bills: bills.filter(({ at }) => at <= day),
  assertions,
});

interface Seen {
  readonly lines: UnbilledLines;
  readonly balance: bigint;
}

function seenAt(all: Told, entries: readonly CostEntry[], day: bigint): Seen {
  const booked = new Map<string, Money>();
  let balance = 0n;
  for (const { step, at, debit, credit, amount } of entries) {
    const isCredit = credit.role === 'received_not_billed';
    if (at > day || isCredit === (debit.role === 'received_not_billed')) continue;
    balance += isCredit ? amount : -amount;
    booked.set(step, ((booked.get(step) ?? 0n) + (isCredit ? amount : -amount)) as Money);
  }
  return { lines: unbilledLines(costsOf(upTo(all, day)), booked, () => false), balance };
}

const sum = (
  parts: readonly { readonly [Name in 'amount' | 'quantity']: bigint }[],
  of: 'amount' | 'quantity',
) => parts.reduce((total, each) => total + each[of], 0n);
const netOf = ({ receipts, waiting, owed }: UnbilledLines, of: 'amount' | 'quantity'): bigint =>
  sum(receipts, of) - sum(waiting, of) - sum(owed, of);

/** Units received less those sent back less those billed. */
function unitsOf({ lines, bills }: Told): bigint {
  const { receipts, sentBack } = receivedOf(ITEM, lines, endOf(false));
  const billed = bills.flatMap(({ content }) => content.lines.map((line) => quantityFrom(line.quantity)));
  const total = (quantities: readonly bigint[]): bigint => quantities.reduce((all, each) => all + each, 0n);
  return (
    total(receipts.map(({ quantity }) => quantity)) -
    total(sentBack.map(({ quantity }) => quantity)) -
    total(billed)
  );
}

const seen = { overReturned: 0, owed: 0, waiting: 0, costUnknown: 0, changedSince: 0 };

test.each(WAYS)(
  'I9: %s by %s: received and not billed is its list on any day, to the last unit and cent',
  (...way) => {
    fc.assert(
      fc.property(
        fc.array(fact, { minLength: 1, maxLength: 18, size: 'max' }),
        fc.boolean(),
        fc.nat(DAYS),
        (facts, byLocation, day) => {
          const all = told(facts);
          const entries = entriesOf(all, way, byLocation);
          for (const cut of [BigInt(day), BigInt(DAYS)]) {
            const { lines, balance } = seenAt(all, entries, cut);
            expect(netOf(lines, 'amount')).toBe(balance);
            expect(netOf(lines, 'quantity')).toBe(unitsOf(upTo(all, cut)));
            seen.overReturned += lines.owed.filter(({ isReceived }) => !isReceived).length;
            seen.owed += lines.owed.filter(({ isReceived }) => isReceived).length;
            seen.waiting += lines.waiting.length;
            seen.costUnknown += lines.receipts.filter(({ isCostUnknown }) => isCostUnknown).length;
            seen.changedSince += lines.receipts.filter(({ since }) => since !== 0n).length;
          }
        },
      ),
      { numRuns: RUNS, verbose: 1 },
    );
  },
);

test('the histories hold all that the list can show', () => {
  for (const [what, times] of Object.entries(seen))
    expect(times, `no ${what} in any`).toBeGreaterThan(RUNS / 10);
});

const buy = (day: number, quantity: string, more: Partial<StockLine> = {}): StockLine => ({
  ...{ key: `in ${day}`, line: 0, type: 'receipt', at: BigInt(day), sequence: BigInt(day), lotId: null },
  ...{ document: `in ${day}`, reference: 'PO 1', corrects: null, unitCost: '2', currency: 'USD', quantity },
  from: { locationId: SUPPLIER, state: 'sellable' },
  to: { locationId: 10, state: 'sellable' },
  ...more,
});
const sendBack = (day: number, quantity: string, more: Partial<StockLine> = {}): StockLine => ({
  ...buy(day, quantity, { key: `back ${day}`, document: `back ${day}`, type: 'return', ...more }),
  from: { locationId: 10, state: 'sellable' },
  to: { locationId: SUPPLIER, state: 'sellable' },
});
const linesOf = (lines: readonly StockLine[], bills: readonly Bill[] = []): Seen => {
  const all = { lines, bills, assertions: [] };
  return seenAt(all, entriesOf(all, ['fifo', 'perpetual'], false), BigInt(DAYS));
};
const shownIn = ({ lines }: Seen) => ({
  receipts: lines.receipts.map(({ stepId, quantity, amount }) => [stepId, quantity / 1_000_000n, amount]),
  owed: lines.owed.map(({ stepId, quantity, amount, isReceived }) => [
    stepId,
    quantity / 1_000_000n,
    amount,
    isReceived,
  ]),
});

test('more goods sent back than came: the receipt is settled, and for the others a credit is awaited', () => {
  const seen = linesOf([
    buy(1, '1'),
    buy(1, '20', { key: 'other', reference: 'PO 2', document: 'x' }),
    sendBack(2, '14'),
  ]);
  expect(shownIn(seen)).toEqual({
    receipts: [['other:0', 20n, 4_000n]],
    owed: [['back 2:0', 13n, 2_600n, false]],
  });
  expect(seen.balance).toBe(1_400n);
});

test('goods sent back before any came under that name are owed at what they were taken out at', () => {
  const seen = linesOf([
    buy(1, '9', { key: 'other', reference: 'PO 2', document: 'x' }),
    sendBack(2, '4'),
    buy(3, '4', { unitCost: '3' }),
  ]);
  expect(shownIn(seen)).toEqual({
    receipts: [
      ['other:0', 9n, 1_800n],
      ['in 3:0', 4n, 1_200n],
    ],
    owed: [['back 2:0', 4n, 800n, false]],
  });
});

test('goods that nobody said the cost of go off their receipt at what they were taken out at', () => {
  const unpriced = { unitCost: null, currency: null };
  const priced = buy(1, '10', { key: 'other', reference: 'PO 2', document: 'x' });
  const seen = linesOf([priced, buy(2, '6', unpriced), sendBack(3, '4', unpriced)]);
  expect(shownIn(seen)).toEqual({
    receipts: [
      ['other:0', 10n, 2_000n],
      ['in 2:0', 2n, 400n],
    ],
    owed: [],
  });
});

test('what a later bill made of goods that went back unbilled is shown with their receipt', () => {
  const line = { itemId: ITEM, reference: 'PO 1', quantity: '10', amount: '30' };
  const content = { number: 'B', supplier: 'Northmill', currency: 'USD', lines: [line] };
  const all = {
    lines: [buy(1, '10'), sendBack(2, '4')],
    bills: [{ key: 'b', at: 9n, content }],
    assertions: [],
  };
  const { lines, balance } = seenAt(all, entriesOf(all, ['fifo', 'perpetual'], false), 5n);
  expect(lines.receipts).toMatchObject([{ amount: 1_800n, since: 600n }]);
  expect(lines.owed).toEqual([]);
  expect(balance).toBe(1_800n);
});

test('what an item that is behind is booked at counts for nothing', () => {
  const lines = [buy(1, '5'), sendBack(2, '8')];
  const costs = costsOf({ lines, bills: [], assertions: [] });
  const listed = unbilledLines(costs, new Map([[stepIdOf(buy(1, '5')), 7n as Money]]), () => true);
  expect(listed.receipts).toEqual([]);
  expect(listed.owed).toMatchObject([{ amount: 600n, isReceived: false }]);
});
