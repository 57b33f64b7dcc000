// What is said about those receipts of all items that are open at a cut, priced at once: what each receipt costs by the bills known on that
// day, what waits, and what is owed. Reads only.
import type { Bill } from '../costs/bills.ts';
import { type CostLocation, endsOf, type StockLine } from '../costs/places.ts';
import { type ReceiptCosts, receiptCostsOf } from '../costs/receipts.ts';
import { receivedOf } from '../costs/received.ts';
import type { Transaction } from '../database.ts';
import type { Company } from '../valuation/company.ts';
import { documentsOf, expectedOf, ratesIn } from '../valuation/history.ts';
import type { OpenReceipts } from './open-receipts.ts';

/** A line from a supplier, or back to one. */
export interface SupplierLine {
  readonly sku: string;
  readonly document: string;
  readonly reference: string | null;
  readonly event: string | null;
}

export interface SaidUpTo {
  readonly costs: ReceiptCosts;
  /** The line behind a step. */
  readonly goodsOf: (stepId: string) => SupplierLine;
  readonly skuOf: (itemId: number) => string;
  /** Supplier of each bill, by its key. */
  readonly suppliers: ReadonlyMap<string, string>;
}

interface Row extends Omit<StockLine, 'at' | 'sequence' | 'from' | 'to'> {
  readonly itemId: number;
  readonly sku: string;
  readonly at: string;
  readonly fromId: number;
  readonly toId: number;
  readonly event: string | null;
}

/** Open receipts priced by the open bills. */
export async function readSaidOfReceipts(
  client: Transaction,
  company: Company,
  open: OpenReceipts,
): Promise<SaidUpTo> {
  const { rows } = await client.query<Row>(SUPPLIED, [open.keys, open.lines]);
  const locations = await client.query<CostLocation>('select id, kind::text, ownership::text from location');
  // Receipts are priced alike whether an item is one pool or one per location.
  const endOf = endsOf(locations.rows, false);
  const goods = [...Map.groupBy(rows, ({ itemId }) => itemId)].map(([itemId, own]) =>
    receivedOf(itemId, own.map(stockLineOf), endOf),
  );
  const receipts = goods.flatMap((each) => each.receipts);
  const sentBack = goods.flatMap((each) => each.sentBack);
  const bills: Bill[] = await documentsOf(client, 'bill', { keys: open.bills });
  const rates = await ratesIn(client, company);
  const byStep = new Map(rows.map((row) => [`${row.key}:${row.line}`, row]));
  const skus = await skusOf(client, bills);
  return {
    costs: receiptCostsOf({
      receipts,
      sentBack,
      bills,
      landed: [],
      expected: await expectedOf(client, [...new Set(rows.map(({ itemId }) => itemId))]),
      measures: new Map(),
      rates,
      isOpen: open.isOpen,
    }),
    goodsOf: (stepId) => {
      const row = byStep.get(stepId) ?? byStep.get(firstStepId(stepId));
      if (!row) throw new RangeError(`step ${stepId} is of no line that was read`);
      return row;
    },
    skuOf: (itemId) => skus.get(itemId) ?? String(itemId),
    suppliers: new Map(bills.map(({ key, content }) => [key, content.supplier])),
  };
}

// Each line is looked up by its own key, for the whole ledger is not to be read for the few goods that are open.
const SUPPLIED = `
select m.item_id as "itemId", i.sku, m.key, m.line, m.type::text as type, (extract(epoch from m.occurred_at) * 1000000)::bigint::text as at,
  m.document, m.reference, m.corrects, m.lot_id as "lotId", trim_scale(m.quantity)::text as quantity, m.from_location_id as "fromId",
  m.to_location_id as "toId", trim_scale(m.unit_cost)::text as "unitCost", m.currency, m.inbox_event_id::text as event
from unnest($1::uuid[], $2::smallint[]) as r(step_key, step_line)
cross join lateral (select * from movement where key = r.step_key and line = r.step_line limit 1) m join item i on i.id = m.item_id`;

/** Goods that pass through go on under a second number of their line. */
const firstStepId = (stepId: string): string => {
  const colon = stepId.lastIndexOf(':');
  return `${stepId.slice(0, colon)}:${Number(stepId.slice(colon + 1)) - 1000}`;
};

const stockLineOf = ({ at, fromId, toId, ...row }: Row): StockLine => ({
  ...row,
  at: BigInt(at),
  sequence: 0n,
  from: { locationId: fromId, state: 'sellable' },
  to: { locationId: toId, state: 'sellable' },
});

async function skusOf(client: Transaction, bills: readonly Bill[]): Promise<Map<number, string>> {
  const ids = new Set(bills.flatMap(({ content }) => content.lines.map(({ itemId }) => itemId)));
  const { rows } = await client.query<{ id: number; sku: string }>(
    'select id, sku from item where id = any($1::int[])',
    [[...ids]],
  );
  return new Map(rows.map(({ id, sku }) => [id, sku]));
}
