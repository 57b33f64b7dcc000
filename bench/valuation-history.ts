// A ledger with a long history of purchases and sales for a few items, posted by the product itself, and the proof that
// what is stored of its value is what a valuation from the beginning says.
import { factKey, type Posting } from '../src/core/ledger/movement.ts';
import { type Ledger, openLedger } from '../src/core/ledger/post.ts';
import { type CompanyRules, syncCompany } from '../src/core/valuation/company.ts';
import { valuedAfresh } from '../src/core/valuation/value.ts';
import { instantOf } from '../src/core/vocabulary/instant.ts';
import {
  type BenchDatabase,
  benchDatabase,
  FIRST_LOCATION,
  postAll,
  SUPPLIER,
  scattered,
} from './support.ts';

export const COMPANY: CompanyRules = {
  currency: 'USD',
  timeZone: 'UTC',
  framework: 'us_gaap',
  system: 'perpetual',
  method: 'fifo',
  timing: 'perpetual',
  pool: 'item',
};

const CUSTOMER = 2;
const START_MS = Date.parse('2026-01-01T00:00:00Z');
const BATCH = 2_000;
const STEP = 20_000;

export interface HistoryShape {
  readonly items: number;
  readonly perItem: number;
}

export interface HistoryDatabase {
  readonly database: BenchDatabase;
  readonly ledger: Ledger;
  readonly shape: HistoryShape;
  drop(): Promise<void>;
}

/** Every item gets every `items`th movement: a receipt of 100 units, then nine sales of 11 or less, again and again. */
export async function historyDatabase(
  serverUrl: string,
  shape: HistoryShape,
  say: (line: string) => void,
): Promise<HistoryDatabase> {
  const database = await benchDatabase(serverUrl, { items: shape.items, locations: 1 });
  await syncCompany(database, COMPANY);
  const ledger = openLedger(database);
  const all = shape.items * shape.perItem;
  for (let from = 0; from < all; from += STEP) {
    const postings = Array.from({ length: Math.min(STEP, all - from) }, (_, index) =>
      told(from + index, shape),
    );
    await postAll(ledger, postings, { batch: BATCH });
    if ((from + STEP) % 200_000 === 0) say(`posted ${(from + STEP).toLocaleString('en')} movements`);
  }
  await database.pool.query('vacuum analyze');
  return { database, ledger, shape, drop: () => database.drop() };
}

function told(n: number, { items }: HistoryShape): Posting {
  const turn = Math.floor(n / items);
  const isReceipt = turn % 10 === 0;
  return posting({
    id: String(n),
    at: START_MS + n * 10,
    itemId: 1 + (n % items),
    quantity: isReceipt ? 100 : 1 + (scattered(n) % 11),
    unitCost: isReceipt ? `${5 + (scattered(n + 1) % 10)}.${10 + (scattered(n + 2) % 90)}` : null,
  });
}

interface Told {
  readonly id: string;
  readonly at: number;
  readonly itemId: number;
  readonly quantity: number;
  /** Null: a sale. */
  readonly unitCost: string | null;
}

function posting({ id, at, itemId, quantity, unitCost }: Told): Posting {
  const outside = unitCost === null ? CUSTOMER : SUPPLIER;
  const shelf = { locationId: FIRST_LOCATION, state: 'sellable' } as const;
  const away = { locationId: outside, state: 'sellable' } as const;
  const type = unitCost === null ? 'shipment' : 'receipt';
  return {
    connectionId: 1,
    inboxEventId: null,
    movements: [
      {
        key: factKey(1, { type, id }),
        type,
        occurredAt: instantOf(at),
        document: `${type} ${id}`,
        reference: `${unitCost === null ? 'order' : 'PO'} ${id}`,
        corrects: null,
        lines: [
          {
            itemId,
            lotId: null,
            quantity: String(quantity),
            from: unitCost === null ? shelf : away,
            to: unitCost === null ? away : shelf,
            unitCost,
            currency: unitCost === null ? null : COMPANY.currency,
          },
        ],
      },
    ],
    counts: [],
    reservations: [],
    observations: [],
    note: null,
  };
}

/** Receives goods of an item in the middle of its history: before its `turn`th movement. */
export async function lateReceipt(made: HistoryDatabase, itemId: number, turn: number): Promise<void> {
  const at = START_MS + (turn * made.shape.items + itemId - 1) * 10 - 5;
  await postAll(made.ledger, [posting({ id: `late-${itemId}`, at, itemId, quantity: 7, unitCost: '3.33' })]);
}

/** Nothing is stale, and the stored entries of every item come to what a valuation from the beginning comes to. */
export async function isRight({ database, shape }: HistoryDatabase): Promise<boolean> {
  const { rows: stale } = await database.pool.query('select from valuation_stale');
  if (stale.length > 0) return false;
  for (let itemId = 1; itemId <= shape.items; itemId += 1) {
    const { rows } = await database.pool.query<{ sold: string; held: string }>(
      `select coalesce(sum(amount) filter (where debit = 'cost_of_goods_sold'), 0)::text as sold,
              coalesce(sum(case when debit = 'inventory' then amount else -amount end), 0)::text as held
       from cost_entry where item_id = $1`,
      [itemId],
    );
    const { entries, state } = await database.transaction((client) => valuedAfresh(client, COMPANY, itemId));
    let sold = 0n;
    for (const entry of entries) if (entry.debit.role === 'cost_of_goods_sold') sold += entry.amount;
    const held = state.pools.get(0)?.value ?? 0n;
    if (rows[0]?.sold !== sold.toString() || rows[0]?.held !== held.toString()) return false;
  }
  return true;
}
