// What stock was worth on one day and on another, item by item with quantities, by when things took effect, as it is known now;
// checked to the unit against stock valued on its own and against the ledger (I9). That of the tie-out says of accounts what was
// booked on which day: a late fact changes the opening here, and is a correction of the open period there. Reads only.
import type { Database, Transaction } from '../database.ts';
import { StockbridgeError } from '../errors.ts';
import { dayBefore } from '../journals/calendar.ts';
import { type Money, moneyText, NO_MONEY, storedMoney } from '../vocabulary/money.ts';
import { type Quantity, quantityText, storedQuantity } from '../vocabulary/quantity.ts';
import { COST_KINDS, type CostKind } from '../vocabulary/words.ts';
import { type AsClosed, asClosed, bookedValueAt } from './as-closed.ts';
import { allowancesAt, heldAt, itemsAt, type PooledValue, pooledValue, type ReportItem } from './pools.ts';
import {
  beginningOf,
  type Cut,
  cutAfter,
  type Range,
  type Report,
  rangeFrom,
  reportOf,
  type Snapshot,
} from './snapshot.ts';
import { amountsSum, type Measured, measuredText, moneySum, moneyTexts } from './totals.ts';

export const ROLL_FORWARD_GROUPINGS = ['item', 'group', 'total'] as const;
export type RollForwardGrouping = (typeof ROLL_FORWARD_GROUPINGS)[number];

/** What changed the value of stock in the range; above zero: stock became worth more. */
export type ChangesText = Readonly<Record<CostKind, string>>;

export interface RollForwardRow {
  readonly key: string;
  readonly name: string;
  readonly unit: string | null;
  readonly openingQuantity: string | null;
  readonly closingQuantity: string | null;
  readonly opening: string;
  readonly changes: ChangesText;
  readonly closing: string;
}

export interface RollForward {
  readonly from: string;
  readonly through: string;
  readonly by: RollForwardGrouping;
  readonly rows: readonly RollForwardRow[];
  readonly total: {
    readonly opening: string;
    readonly changes: ChangesText;
    readonly closing: string;
    /** Opening stock as the day before was closed with it, or else as it was known when the range began; and what later facts changed of it. */
    readonly openingAsKnownThen: string;
    readonly openingChangedSince: string;
    /** The day before the range is closed. */
    readonly isOpeningClosed: boolean;
  };
  /** What the last day was closed with; null while it is open. */
  readonly asClosed: AsClosed | null;
  readonly allowance: { readonly opening: string; readonly change: string; readonly closing: string };
}

/**
 * Rolls stock forward from the beginning of the first day to the end of the last.
 * @throws StockbridgeError `invariant_broken` when it does not add up, or quantities of items that are up to date are not the ledger's.
 */
export const rollForwardOf = (
  database: Database,
  options: Range & { readonly by: RollForwardGrouping },
): Promise<Report<RollForward>> =>
  reportOf(database, async (snapshot) => {
    const { client, company } = snapshot;
    const { currency } = company;
    const { from, through } = rangeFrom(options);
    const before = beginningOf(company, from);
    const opening: Cut = { before, knownBefore: null };
    const closing = cutAfter(company, through);
    const openingPools = await pooledValue(client, opening);
    const closingPools = await pooledValue(client, closing);
    const changes = await changesIn(client, opening, closing);
    const items = itemRows(openingPools, closingPools, changes);
    mustAddUp(items);
    await mustBeTheLedgers(snapshot, closing, items);
    const known = await itemsAt(
      client,
      closing,
      items.map(({ itemId }) => itemId),
    );
    const booked = await bookedValueAt(client, dayBefore(from));
    const thenKnown =
      booked?.value ??
      moneySum((await pooledValue(client, { before, knownBefore: before })).map(({ value }) => value));
    const closingValue = moneySum(items.map((item) => item.closing));
    const allowances = {
      opening: moneySum((await allowancesAt(client, opening)).values()),
      closing: moneySum((await allowancesAt(client, closing)).values()),
    };
    const openingValue = moneySum(items.map((item) => item.opening));
    return {
      from,
      through,
      by: options.by,
      rows: rowsOf(options.by, items, known, currency),
      total: {
        opening: moneyText(openingValue, currency),
        changes: moneyTexts(
          amountsSum(
            COST_KINDS,
            items.map((item) => item.changes),
          ),
          currency,
        ),
        closing: moneyText(closingValue, currency),
        openingAsKnownThen: moneyText(thenKnown, currency),
        openingChangedSince: moneyText((openingValue - thenKnown) as Money, currency),
        isOpeningClosed: booked !== undefined,
      },
      asClosed: await asClosed(client, through, closingValue, currency),
      allowance: {
        opening: moneyText(allowances.opening, currency),
        change: moneyText((allowances.closing - allowances.opening) as Money, currency),
        closing: moneyText(allowances.closing, currency),
      },
    };
  });

/** One item from opening to closing. */
export interface RolledItem {
  readonly itemId: number;
  readonly opening: Money;
  readonly openingQuantity: Quantity;
  readonly changes: Readonly<Record<CostKind, Money>>;
  readonly moved: Quantity;
  readonly closing: Money;
  readonly closingQuantity: Quantity;
}

interface Changed {
  readonly changes: Record<CostKind, Money>;
  moved: bigint;
}

const CHANGES = `
select e.item_id, e.kind::text as kind, sum(s.sign * e.amount)::text as value, trim_scale(sum(s.sign * e.quantity))::text as quantity
from cost_entry e cross join lateral (values (e.debit, 1), (e.credit, -1)) as s (role, sign)
where s.role in ('inventory', 'in_transit', 'consigned_out') and e.effective_at >= $1 and e.effective_at < $2
group by 1, 2`;

async function changesIn(client: Transaction, opening: Cut, closing: Cut): Promise<Map<number, Changed>> {
  const { rows } = await client.query<{ item_id: number; kind: CostKind; value: string; quantity: string }>(
    CHANGES,
    [opening.before, closing.before],
  );
  const changes = new Map<number, Changed>();
  for (const row of rows) {
    const item = changes.get(row.item_id) ?? { changes: amountsSum(COST_KINDS, []), moved: 0n };
    item.changes[row.kind] = storedMoney(row.value);
    item.moved += storedQuantity(row.quantity);
    changes.set(row.item_id, item);
  }
  return changes;
}

function itemRows(
  opening: readonly PooledValue[],
  closing: readonly PooledValue[],
  changes: ReadonlyMap<number, Changed>,
): RolledItem[] {
  const before = sums(opening);
  const after = sums(closing);
  const none = { value: NO_MONEY, quantity: 0n as Quantity };
  return [...new Set([...before.keys(), ...changes.keys(), ...after.keys()])].map((itemId) => ({
    itemId,
    opening: (before.get(itemId) ?? none).value,
    openingQuantity: (before.get(itemId) ?? none).quantity,
    changes: changes.get(itemId)?.changes ?? amountsSum(COST_KINDS, []),
    moved: (changes.get(itemId)?.moved ?? 0n) as Quantity,
    closing: (after.get(itemId) ?? none).value,
    closingQuantity: (after.get(itemId) ?? none).quantity,
  }));
}

function sums(pools: readonly PooledValue[]): Map<number, { value: Money; quantity: Quantity }> {
  const all = new Map<number, { value: Money; quantity: Quantity }>();
  for (const { itemId, value, quantity } of pools) {
    const sum = all.get(itemId);
    all.set(itemId, {
      value: ((sum?.value ?? 0n) + value) as Money,
      quantity: ((sum?.quantity ?? 0n) + quantity) as Quantity,
    });
  }
  return all;
}

/** @throws StockbridgeError `invariant_broken` with the first item whose opening and changes are not its closing. */
export function mustAddUp(items: readonly RolledItem[]): void {
  for (const item of items) {
    const value = item.opening + moneySum(Object.values(item.changes));
    const quantity = item.openingQuantity + item.moved;
    if (value === item.closing && quantity === item.closingQuantity) continue;
    throw new StockbridgeError(
      'invariant_broken',
      `I9: the roll-forward of item ${item.itemId} comes to ${value} for ${quantityText(quantity as Quantity)}, but its closing stock is ${item.closing} for ${quantityText(item.closingQuantity)} (smallest units of the currency)`,
      { details: { itemId: item.itemId } },
    );
  }
}

/** Items that are up to date have the ledger's quantity; of the others value does not know yet. */
async function mustBeTheLedgers(
  { client, behindIds }: Snapshot,
  cut: Cut,
  items: readonly RolledItem[],
): Promise<void> {
  const upToDate = items.filter(({ itemId }) => !behindIds.has(itemId));
  const held = await heldAt(
    client,
    cut,
    'lot',
    upToDate.map(({ itemId }) => itemId),
  );
  for (const item of upToDate) {
    const ledger = (held.get(item.itemId) ?? []).reduce(
      (total, { quantity }) => total + quantity,
      0n,
    ) as Quantity;
    if (ledger === item.closingQuantity) continue;
    throw new StockbridgeError(
      'invariant_broken',
      `I9: item ${item.itemId} is valued for ${quantityText(item.closingQuantity)}, but the ledger holds ${quantityText(ledger)}`,
      { details: { itemId: item.itemId } },
    );
  }
}

function rowsOf(
  by: RollForwardGrouping,
  items: readonly RolledItem[],
  known: ReadonlyMap<number, ReportItem>,
  currency: string,
): RollForwardRow[] {
  const keyOf = ({ itemId }: RolledItem): string => {
    const item = known.get(itemId);
    return by === 'item'
      ? (item?.sku ?? String(itemId))
      : by === 'group'
        ? (item?.group ?? '(no group)')
        : 'all stock';
  };
  const measured = (item: RolledItem, quantity: Quantity): Measured => ({
    quantity,
    unit: known.get(item.itemId)?.unit ?? '',
  });
  return [...Map.groupBy(items, keyOf)]
    .map(([key, own]): RollForwardRow => {
      const closing = measuredText(own.map((item) => measured(item, item.closingQuantity)));
      return {
        key,
        name: by === 'item' ? (known.get(own[0]?.itemId ?? 0)?.name ?? '') : '',
        unit: closing.unit,
        openingQuantity: measuredText(own.map((item) => measured(item, item.openingQuantity))).quantity,
        closingQuantity: closing.quantity,
        opening: moneyText(moneySum(own.map((item) => item.opening)), currency),
        changes: moneyTexts(
          amountsSum(
            COST_KINDS,
            own.map((item) => item.changes),
          ),
          currency,
        ),
        closing: moneyText(moneySum(own.map((item) => item.closing)), currency),
      };
    })
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}
