// Goods received and not billed, receipt by receipt and by age; bills that wait for goods; credits that suppliers owe. Together
// they are the balance of `received_not_billed`; what they do not explain is shown. Reads only.
import type { Database, Transaction } from '../database.ts';
import { businessDay, type Day } from '../journals/calendar.ts';
import { type Money, moneyText, NO_MONEY, storedMoney } from '../vocabulary/money.ts';
import { type Quantity, quantityText } from '../vocabulary/quantity.ts';
import { type Aged, ageDays, agedSums, bandOf } from './age.ts';
import { type OpenReceipts, openReceiptsIn } from './open-receipts.ts';
import { readSaidOfReceipts } from './said-of-receipts.ts';
import { cutAfter, type Report, reportOf, type Snapshot } from './snapshot.ts';
import { moneySum } from './totals.ts';

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
  readonly quantity: string;
  readonly amount: string;
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
    /** What `received_not_billed` holds by the cost entries (a credit is above zero), and what is not explained of it. */
    readonly balance: string;
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
  { client, company }: Pick<Snapshot, 'client' | 'company'>,
  asOf: Day,
  open: OpenReceipts,
): Promise<Unbilled> {
  const { currency, timeZone } = company;
  const cut = cutAfter(company, asOf);
  const { costs, lines, skuOf, suppliers } = await readSaidOfReceipts(client, company, open);
  const { booked, balance } = await bookedIn(client, cut.before, open.keys);
  const dayOf = (at: bigint): Day => businessDay(at, timeZone);
  const text = (amount: bigint): string => moneyText(amount as Money, currency);

  // A bill changes what its receipt costs at the receipt's own time; of bills after the day, only this difference is known.
  const receipts = [...costs.receipts.values()].flatMap((cost) => {
    const line = lines.get(cost.stepId);
    const since = (booked.get(cost.stepId) ?? 0n) - (cost.goods ?? 0n);
    const isCostUnknown = cost.goods === undefined;
    const quantity = cost.unbilled.quantity;
    if (!line || (quantity === 0n && cost.unbilled.amount === 0n && since === 0n)) return [];
    const amount = (cost.unbilled.amount + since) as Money;
    return [
      {
        line,
        at: cost.at,
        quantity,
        amount,
        since: isCostUnknown ? NO_MONEY : (since as Money),
        isCostUnknown,
      },
    ];
  });
  const owedOf = new Map(costs.owed.map((each) => [each.stepId, each]));
  const owed = [...lines.values()].flatMap((line) => {
    if (!line.isSentBack) return [];
    const known = owedOf.get(line.stepId);
    const since = -(booked.get(line.stepId) ?? 0n) - (costs.credits.get(line.stepId) ?? 0n);
    const amount = ((known?.amount ?? 0n) + since) as Money;
    return amount === 0n ? [] : [{ line, quantity: (known?.quantity ?? 0n) as Quantity, amount }];
  });
  const unbilledSum = moneySum(receipts.map(({ amount }) => amount));
  const waitingSum = moneySum(costs.waiting.map(({ amount }) => amount));
  const owedSum = moneySum(owed.map(({ amount }) => amount));
  const net = unbilledSum - waitingSum - owedSum;
  return {
    asOf,
    receipts: receipts
      .map(({ line, at, quantity, amount, since, isCostUnknown }) => ({
        sku: line.sku,
        document: line.document,
        reference: line.reference,
        receivedOn: dayOf(at),
        ageDays: ageDays(dayOf(at), asOf),
        age: bandOf(ageDays(dayOf(at), asOf)),
        quantity: quantityText(quantity),
        amount: text(amount),
        changedSince: text(since),
        isCostUnknown,
        event: line.event,
      }))
      .sort((a, b) => b.ageDays - a.ageDays || (a.document < b.document ? -1 : 1)),
    ages: agedSums(
      receipts.map(({ at, amount }) => ({ days: ageDays(dayOf(at), asOf), amount })),
      currency,
    ),
    waiting: costs.waiting.map((each) => ({
      bill: each.number,
      supplier: suppliers.get(each.key) ?? '',
      sku: skuOf(each.itemId),
      reference: each.reference,
      billedOn: dayOf(each.at),
      ageDays: ageDays(dayOf(each.at), asOf),
      quantity: quantityText(each.quantity),
      amount: text(each.amount),
    })),
    owed: owed.map(({ line, quantity, amount }) => ({
      sku: line.sku,
      document: line.document,
      sentBackOn: dayOf(line.at),
      ageDays: ageDays(dayOf(line.at), asOf),
      quantity: quantityText(quantity),
      amount: text(amount),
    })),
    total: {
      unbilled: text(unbilledSum),
      waiting: text(waitingSum),
      owed: text(owedSum),
      net: text(net),
      balance: text(balance),
      unexplained: text(balance - net),
    },
  };
}

/** What `received_not_billed` holds, a credit above zero, as known now; and what each of some steps put into it. */
async function bookedIn(
  client: Transaction,
  before: string,
  keys: readonly string[],
): Promise<{ readonly booked: Map<string, Money>; readonly balance: Money }> {
  const whole = await client.query<{ amount: string }>(
    `select coalesce(sum(${CREDITED}), 0)::text as amount from cost_entry where ${TOUCHING} and effective_at < $1`,
    [before],
  );
  const { rows } = await client.query<{ step: string; amount: string }>(
    `select step_key || ':' || step_line as step, sum(${CREDITED})::text as amount
     from cost_entry where step_key = any($2::uuid[]) and ${TOUCHING} and effective_at < $1 group by 1`,
    [before, keys],
  );
  return {
    booked: new Map(rows.map((row) => [row.step, storedMoney(row.amount)])),
    balance: storedMoney(whole.rows[0]?.amount ?? '0'),
  };
}

const CREDITED = `case when credit = 'received_not_billed' then amount else -amount end`;
const TOUCHING = `'received_not_billed' in (debit, credit) and debit <> credit`;
