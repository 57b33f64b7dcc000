// Goods received and not billed, receipt by receipt and by age; bills that wait for goods; credits that suppliers owe. Together
// they are the balance of `received_not_billed`; what they do not explain is shown. Reads only.
import type { Database, Transaction } from '../database.ts';
import { businessDay, type Day } from '../journals/calendar.ts';
import { type Money, moneyText, storedMoney } from '../vocabulary/money.ts';
import { quantityText } from '../vocabulary/quantity.ts';
import { type Aged, ageDays, agedSums, bandOf } from './age.ts';
import { type OpenReceipts, openReceiptsIn } from './open-receipts.ts';
import { readSaidOfReceipts } from './said-of-receipts.ts';
import { cutAfter, type Report, reportOf, type Snapshot } from './snapshot.ts';
import { moneySum } from './totals.ts';
import { type Booked, type UnbilledLine, type UnbilledLines, unbilledLines } from './unbilled-lines.ts';

export interface UnbilledReceipt {
  readonly sku: string;
  readonly document: string;
  readonly reference: string | null;
  readonly receivedOn: Day;
  readonly ageDays: number;
  readonly age: string;
  /** Received, not billed and not sent back. */
  readonly quantity: string;
  readonly amount: string;
  /** Of it, what bills from after the day made it more or less. */
  readonly changedSince: string;
  /** Nobody said what the goods cost: they are carried at the item's present cost. */
  readonly isCostUnknown: boolean;
  readonly event: string | null;
}

export interface WaitingForGoods {
  readonly bill: string;
  readonly supplier: string;
  readonly sku: string;
  readonly reference: string;
  readonly billedOn: Day;
  readonly ageDays: number;
  readonly quantity: string;
  readonly amount: string;
}

export interface CreditOwed {
  readonly sku: string;
  readonly document: string;
  readonly sentBackOn: Day;
  readonly ageDays: number;
  readonly reference: string | null;
  readonly quantity: string;
  readonly amount: string;
  /** False: more went back than any receipt under that name brought; a credit is awaited all the same. */
  readonly isReceived: boolean;
}

export interface Unbilled {
  readonly asOf: Day;
  readonly receipts: readonly UnbilledReceipt[];
  readonly ages: Aged;
  readonly waiting: readonly WaitingForGoods[];
  readonly owed: readonly CreditOwed[];
  readonly total: {
    readonly unbilled: string;
    readonly waiting: string;
    readonly owed: string;
    /** Unbilled less waiting less owed. */
    readonly net: string;
    /** What `received_not_billed` holds by the cost entries; a credit is above zero. */
    readonly balance: string;
    /** Of items whose value is behind: what the balance holds beside what was said of them. */
    readonly notValued: string;
    /** What is left of the balance. */
    readonly unexplained: string;
  };
}

/** What suppliers have not billed at the end of a day. */
export const unbilledOf = (database: Database, options: { readonly asOf: Day }): Promise<Report<Unbilled>> =>
  reportOf(database, async (snapshot) => {
    const { before } = cutAfter(snapshot.company, options.asOf);
    const open = await openReceiptsIn(snapshot.client, before, snapshot.behindIds);
    return unbilledFrom(snapshot, options.asOf, open);
  });

/** What suppliers have not billed, of receipts and bills that must hold all that is open at the end of the day. */
export async function unbilledFrom(
  { client, company, behindIds }: Pick<Snapshot, 'client' | 'company' | 'behindIds'>,
  asOf: Day,
  open: OpenReceipts,
): Promise<Unbilled> {
  const { currency, timeZone } = company;
  const { before } = cutAfter(company, asOf);
  const { costs, goodsOf, skuOf, suppliers } = await readSaidOfReceipts(client, company, open);
  const isBehind = (itemId: number): boolean => behindIds.has(itemId);
  const booked = await bookedIn(client, before, open.keys);
  const balance = await balanceIn(client, before, behindIds);
  const lines = unbilledLines(costs, booked, isBehind);
  const text = (amount: bigint): string => moneyText(amount as Money, currency);
  const shown = ({ at, quantity, amount }: Shown) => {
    const on = businessDay(at, timeZone);
    return { on, ageDays: ageDays(on, asOf), quantity: quantityText(quantity), amount: text(amount) };
  };
  const sumOf = (wanted: (itemId: number) => boolean): Record<keyof UnbilledLines, Money> => {
    const sum = (of: readonly { itemId: number; amount: Money }[]): Money =>
      moneySum(of.filter(({ itemId }) => wanted(itemId)).map(({ amount }) => amount));
    return { receipts: sum(lines.receipts), waiting: sum(lines.waiting), owed: sum(lines.owed) };
  };
  const whole = sumOf(() => true);
  const net = netOf(whole);
  const receipts = lines.receipts.map((line) => ({ line, ...shown(line) }));
  const notValued = balance.behind - netOf(sumOf(isBehind));
  return {
    asOf,
    receipts: receipts
      .map(({ line, on: receivedOn, ageDays: age, quantity, amount }) => {
        const { sku, document, reference, event } = goodsOf(line.stepId);
        const { isCostUnknown } = line;
        const changedSince = text(line.since);
        const base = { sku, document, reference, receivedOn, ageDays: age, age: bandOf(age), quantity };
        return { ...base, amount, changedSince, isCostUnknown, event };
      })
      .sort((a, b) => byAge(a, b) || (a.document < b.document ? -1 : 1)),
    ages: agedSums(
      receipts.map(({ line: { amount }, ageDays: days }) => ({ days, amount })),
      currency,
    ),
    waiting: lines.waiting
      .map((each) => {
        const { on: billedOn, ...figures } = shown(each);
        const { number: bill, itemId, reference } = each;
        const supplier = suppliers.get(each.key) ?? '';
        return { bill, supplier, sku: skuOf(itemId), reference, billedOn, ...figures };
      })
      .sort((a, b) => byAge(a, b) || (a.bill < b.bill ? -1 : 1)),
    owed: lines.owed
      .map((line) => {
        const { on: sentBackOn, ...figures } = shown(line);
        const { sku, document, reference } = goodsOf(line.stepId);
        return { sku, document, reference, sentBackOn, ...figures, isReceived: line.isReceived };
      })
      .sort((a, b) => byAge(a, b) || (a.document < b.document ? -1 : 1)),
    total: {
      unbilled: text(whole.receipts),
      waiting: text(whole.waiting),
      owed: text(whole.owed),
      net: text(net),
      balance: text(balance.whole),
      notValued: text(notValued),
      unexplained: text(balance.whole - net - notValued),
    },
  };
}

type Shown = Pick<UnbilledLine, 'at' | 'quantity' | 'amount'>;

interface OfAge {
  readonly ageDays: number;
}
const byAge = (a: OfAge, b: OfAge): number => b.ageDays - a.ageDays;

const netOf = (sums: Readonly<Record<keyof UnbilledLines, Money>>): bigint =>
  sums.receipts - sums.waiting - sums.owed;

/** What each of some steps put into `received_not_billed`, a credit above zero, as known now. */
async function bookedIn(client: Transaction, before: string, keys: readonly string[]): Promise<Booked> {
  const { rows } = await client.query<{ step: string; amount: string }>(
    `select step_key || ':' || step_line as step, sum(${CREDITED})::text as amount
     from cost_entry where step_key = any($2::uuid[]) and ${TOUCHING} and effective_at < $1 group by 1`,
    [before, keys],
  );
  return new Map(rows.map((row) => [row.step, storedMoney(row.amount)]));
}

/** What `received_not_billed` holds, and what of it is of items whose value is behind. */
async function balanceIn(
  client: Transaction,
  before: string,
  behindIds: ReadonlySet<number>,
): Promise<{ readonly whole: Money; readonly behind: Money }> {
  const { rows } = await client.query<{ whole: string | null; behind: string | null }>(
    `select sum(${CREDITED})::text as whole, (sum(${CREDITED}) filter (where item_id = any($2::int[])))::text as behind
     from cost_entry where ${TOUCHING} and effective_at < $1`,
    [before, [...behindIds]],
  );
  const [row] = rows;
  return { whole: storedMoney(row?.whole ?? '0'), behind: storedMoney(row?.behind ?? '0') };
}

const CREDITED = `case when credit = 'received_not_billed' then amount else -amount end`;
const TOUCHING = `(debit = 'received_not_billed' or credit = 'received_not_billed') and debit <> credit`;
