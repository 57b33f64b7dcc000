// A company with a few items on shelves, in transit and on consignment: facts go through the real ledger, costs through the
// real store, and value is brought up to both.
import { recordCosts } from '../../../src/core/costs/store.ts';
import type { Movement } from '../../../src/core/ledger/movement.ts';
import { type Company, type CompanyRules, syncCompany } from '../../../src/core/valuation/company.ts';
import { type EntryToStore, storedSums } from '../../../src/core/valuation/entries.ts';
import { type ValueOptions, valueAll, valuedAfresh } from '../../../src/core/valuation/value.ts';
import { type Instant, instantFrom } from '../../../src/core/vocabulary/instant.ts';
import { openWorld, type World } from '../ledger/world.ts';

export const RULES: CompanyRules = {
  currency: 'USD',
  timeZone: 'America/New_York',
  framework: 'us_gaap',
  system: 'perpetual',
  method: 'fifo',
  timing: 'perpetual',
  pool: 'item',
};

export interface BooksWorld extends World {
  readonly rules: CompanyRules;
  readonly company: Company;
  /** Location id of any code, also the ones that only value knows: SEA (in transit), AGENT (our stock there), GUEST (theirs here). */
  site(code: string): number;
  say(...documents: Parameters<typeof recordCosts>[1]): Promise<readonly string[]>;
  post(...movements: Movement[]): Promise<void>;
  /** Values all that is behind, once. */
  value(options?: ValueOptions): Promise<{ items: number; steps: number; failed: number }>;
  /** Balances of an item by role, debit above zero, as `5.00`; those of nothing are left out. */
  held(itemId: number): Promise<Record<string, string>>;
  /** Stored sums and a valuation from the beginning, as comparable text, for one item. */
  bothWays(itemId: number): Promise<{ stored: string[]; afresh: string[] }>;
}

export async function openBooksWorld(
  options: { items?: number; rules?: Partial<CompanyRules> } = {},
): Promise<BooksWorld> {
  const world = await openWorld({ items: options.items ?? 4 });
  const { database } = world;
  const rules = { ...RULES, ...options.rules };
  await database.pool.query(
    `insert into location (code, kind, allows_negative, ownership) values
       ('SEA', 'transit', true, 'own'), ('AGENT', 'store', true, 'consigned_out'), ('GUEST', 'warehouse', true, 'consigned_in')`,
  );
  const company = await syncCompany(database, rules);
  const { rows } = await database.pool.query<{ id: number; code: string }>('select id, code from location');
  const sites = new Map(rows.map((row) => [row.code, row.id]));
  return {
    ...world,
    rules,
    site: (code) => sites.get(code) ?? 0,
    say: async (...documents) => {
      const outcomes = await database.transaction((client) => recordCosts(client, documents));
      return outcomes.map(({ outcome }) => outcome);
    },
    post: async (...movements) => {
      const [result] = await world.ledger.post([
        {
          connectionId: 1,
          inboxEventId: null,
          movements,
          counts: [],
          reservations: [],
          observations: [],
          note: null,
        },
      ]);
      for (const each of result?.movements ?? [])
        if (each.outcome !== 'posted') throw new Error(`a movement was ${each.outcome}`);
    },
    value: (given) => valueAll(database, company, given),
    company,
    held: (itemId) => heldOf(world, itemId),
    bothWays: (itemId) =>
      database.transaction(async (client) => {
        const stored = await storedSums(
          client,
          itemId,
          instantFrom('0001-01-01T00:00:00Z') as Instant,
          undefined,
        );
        const { entries } = await valuedAfresh(client, company, itemId);
        return { stored: texts([...stored.byKey.values()]), afresh: texts(entries) };
      }),
  };
}

async function heldOf(world: World, itemId: number): Promise<Record<string, string>> {
  const { rows } = await world.database.pool.query<{ role: string; amount: string }>(
    `select role, (sum(amount) / 100)::numeric(20, 2)::text as amount from (
       select debit::text as role, amount from cost_entry where item_id = $1
       union all select credit::text, -amount from cost_entry where item_id = $1) e
     group by role having sum(amount) <> 0 order by role`,
    [itemId],
  );
  return Object.fromEntries(rows.map(({ role, amount }) => [role, amount]));
}

/** Entries added up by what they say, without those that came to nothing. */
function texts(entries: readonly EntryToStore[]): string[] {
  const sums = new Map<string, { amount: bigint; quantity: bigint }>();
  for (const entry of entries) {
    const key = `${entry.at} ${entry.step} ${entry.kind} ${entry.debit.role}@${entry.debit.pool ?? ''} ${entry.credit.role}@${entry.credit.pool ?? ''} lot ${entry.lotId} at ${entry.locationId} about ${entry.about ?? ''} for ${entry.reference ?? ''} by ${entry.connectionId ?? ''}`;
    const sum = sums.get(key) ?? { amount: 0n, quantity: 0n };
    sums.set(key, { amount: sum.amount + entry.amount, quantity: sum.quantity + entry.quantity });
  }
  return [...sums]
    .filter(([, sum]) => sum.amount !== 0n || sum.quantity !== 0n)
    .map(([key, sum]) => `${key}: ${sum.amount} for ${sum.quantity}`)
    .sort();
}
