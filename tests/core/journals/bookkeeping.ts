// A small company on a real database for tests of journals: items, places, and cost entries as a valuation run leaves them.
import { type Database, openDatabase } from '../../../src/core/database.ts';
import { type Instant, instantFrom } from '../../../src/core/vocabulary/instant.ts';
import type { AccountRole, CostKind } from '../../../src/core/vocabulary/words.ts';
import { testDatabase } from '../../support/postgres.ts';

export interface EntryGiven {
  readonly kind: CostKind;
  readonly debit: AccountRole;
  readonly credit: AccountRole;
  /** Cents. */
  readonly amount: bigint | number;
  /** The entry takes effect at noon, New York, of this day. */
  readonly day: string;
  /** Day on which the fact came that made it necessary; undefined: the same. */
  readonly cause?: string;
  readonly item?: number;
  readonly isCorrection?: boolean;
  /** Code of the location, and key of a movement or cost document that is there. */
  readonly location?: string;
  readonly step?: string;
}

export interface Bookkeeping {
  readonly database: Database;
  readonly connectionId: number;
  readonly items: readonly number[];
  /** Adds entries as one run and answers their ids. */
  book(...entries: EntryGiven[]): Promise<string[]>;
  /** What an account stands at by approved journals, debit above zero, in cents. */
  balance(account: string, through?: string): Promise<bigint>;
  close(): Promise<void>;
}

export const noon = (day: string): Instant => instantFrom(`${day}T17:00:00Z`);

export async function openBookkeeping(): Promise<Bookkeeping> {
  const test = await testDatabase({ maxConnections: 2 });
  const database = openDatabase({ url: test.url, poolSize: 4 });
  const { pool } = database;
  const connection = await pool.query<{ id: number }>(
    `insert into connection (name, connector, cutover_at) values ('shop', 'demo', 'epoch') returning id`,
  );
  const items = await pool.query<{ id: number }>(
    `insert into item (sku) values ('TEE'), ('MUG') returning id`,
  );
  await pool.query(`insert into location (code, kind) values ('MAIN', 'warehouse'), ('SHOP', 'store')`);
  return {
    database,
    connectionId: connection.rows[0]?.id ?? 0,
    items: items.rows.map(({ id }) => id),
    book: async (...entries) => {
      const ids: string[] = [];
      for (const entry of entries) ids.push(await write(database, items.rows[0]?.id ?? 0, entry));
      return ids;
    },
    balance: async (account, through = '9999-12-31') => {
      const { rows } = await pool.query<{ sum: string }>(
        `select coalesce(sum(case when l.side = 'debit' then l.amount else -l.amount end), 0)::text as sum
         from journal_line l join journal j on j.id = l.journal_id
         where l.account = $1 and j.status <> 'draft' and j.posting_date <= $2`,
        [account, through],
      );
      return BigInt(rows[0]?.sum ?? 0);
    },
    close: async () => {
      await database.close();
      await test.drop();
    },
  };
}

async function write({ pool }: Database, firstItem: number, entry: EntryGiven): Promise<string> {
  const item = entry.item ?? firstItem;
  const caused = noon(entry.cause ?? entry.day);
  const { rows } = await pool.query<{ id: string }>(
    `with run as (insert into valuation_run (item_id, steps, recorded_at, caused_at) values ($1, 1, $2, $2) returning id)
     insert into cost_entry (run_id, item_id, step_key, step_line, effective_at, recorded_at, kind, debit, credit, amount, quantity,
       location_id, connection_id, is_correction)
     select run.id, $1, coalesce($10::uuid, gen_random_uuid()), 0, $3, $2, $4, $5, $6, $7, 0, (select id from location where code = $8),
       (select min(id) from connection), $9 from run returning id::text`,
    [
      item,
      caused,
      noon(entry.day),
      entry.kind,
      entry.debit,
      entry.credit,
      String(entry.amount),
      entry.location ?? null,
      entry.isCorrection ?? false,
      entry.step ?? null,
    ],
  );
  return rows[0]?.id ?? '';
}
