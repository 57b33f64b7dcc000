// A small stockroom for ledger tests: items, guarded and unguarded shelves, short ways to say a fact.
import { type Database, openDatabase } from '../../../src/core/database.ts';
import {
  factKey,
  type Line,
  type Movement,
  type Place,
  type Posting,
  type StockCount,
} from '../../../src/core/ledger/movement.ts';
import { type Ledger, openLedger } from '../../../src/core/ledger/post.ts';
import { type Instant, instantOfMicros } from '../../../src/core/vocabulary/instant.ts';
import type { MovementType, StockState } from '../../../src/core/vocabulary/words.ts';
import { testDatabase } from '../../support/postgres.ts';

/** MAIN, SHOP and BACK are guarded; LOOSE and YARD may go below zero. */
const SHELVES = { MAIN: false, SHOP: false, BACK: false, LOOSE: true, YARD: true } as const;
export type Shelf = keyof typeof SHELVES;
type Outside = '@supplier' | '@customer' | '@production' | '@adjustment';

export interface World {
  readonly database: Database;
  readonly ledger: Ledger;
  readonly connectionId: number;
  readonly items: readonly number[];
  location(code: Shelf | Outside): number;
  place(code: Shelf | Outside, state?: StockState): Place;
  /** Non-zero balances as `SKU-1 MAIN sellable` → quantity. */
  balances(): Promise<Record<string, string>>;
  close(): Promise<void>;
}

export async function openWorld(options: { items?: number; poolSize?: number } = {}): Promise<World> {
  const test = await testDatabase({ maxConnections: 2 });
  const database = openDatabase({ url: test.url, poolSize: options.poolSize ?? 10 });
  const { pool } = database;
  const connection = await pool.query<{ id: number }>(
    `insert into connection (name, connector, cutover_at) values ('shop', 'demo', 'epoch') returning id`,
  );
  const items = await pool.query<{ id: number }>(
    `insert into item (sku) select 'SKU-' || n from generate_series(1, $1::int) n order by n returning id`,
    [options.items ?? 4],
  );
  await pool.query(
    `insert into location (code, kind, allows_negative) select code, 'warehouse', negative from unnest($1::text[], $2::boolean[]) as l(code, negative)`,
    [Object.keys(SHELVES), Object.values(SHELVES)],
  );
  const { rows } = await pool.query<{ id: number; code: string }>('select id, code from location');
  const ids = new Map(rows.map((row) => [row.code, row.id]));
  const location = (code: string): number => {
    const id = ids.get(code);
    if (id === undefined) throw new Error(`no location ${code}`);
    return id;
  };
  return {
    database,
    ledger: openLedger(database),
    connectionId: connection.rows[0]?.id ?? 0,
    items: items.rows.map((row) => row.id),
    location,
    place: (code, state = 'sellable') => ({ locationId: location(code), state }),
    balances: () => readBalances(database),
    close: async () => {
      await database.close();
      await test.drop();
    },
  };
}

async function readBalances(database: Database): Promise<Record<string, string>> {
  const { rows } = await database.pool.query<{ name: string; quantity: string }>(
    `select i.sku || ' ' || l.code || ' ' || b.state as name, trim_scale(b.quantity)::text as quantity
     from balance b join item i on i.id = b.item_id join location l on l.id = b.location_id where b.quantity <> 0 order by 1`,
  );
  return Object.fromEntries(rows.map((row) => [row.name, row.quantity]));
}

/** Seconds after a fixed morning. */
export const at = (seconds: number): Instant =>
  instantOfMicros(1_763_700_000_000_000n + BigInt(seconds) * 1_000_000n);

export const line = (
  itemId: number,
  quantity: string | number,
  from: Place,
  to: Place,
  lotId: number | null = null,
): Line => ({
  itemId,
  lotId,
  quantity: String(quantity),
  from,
  to,
  unitCost: null,
  currency: null,
});

let facts = 0;

/** A movement with a key of its own unless `id` names the document. */
export function movement(
  type: MovementType,
  seconds: number,
  lines: readonly Line[],
  options: { id?: string; connectionId?: number } = {},
): Movement {
  facts += 1;
  const id = options.id ?? `fact-${facts}`;
  return {
    key: factKey(options.connectionId ?? 1, { type: 'document', id }),
    type,
    occurredAt: at(seconds),
    document: `document ${id}`,
    reference: null,
    corrects: null,
    lines: [...lines],
  };
}

export function count(
  seconds: number,
  itemId: number,
  place: Place,
  quantity: string | number,
  options: { id?: string } = {},
): StockCount {
  facts += 1;
  const id = options.id ?? `count-${facts}`;
  return {
    key: factKey(1, { type: 'count', id }),
    document: `count ${id}`,
    itemId,
    place,
    countedAt: at(seconds),
    quantity: String(quantity),
  };
}

export const posting = (given: Partial<Posting> & { connectionId?: number }): Posting => ({
  connectionId: 1,
  inboxEventId: null,
  movements: [],
  counts: [],
  reservations: [],
  observations: [],
  note: null,
  ...given,
});

export const moves = (...movements: Movement[]): Posting => posting({ movements });
export const counts = (...own: StockCount[]): Posting => posting({ counts: own });
