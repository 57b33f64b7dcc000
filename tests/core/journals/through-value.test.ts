// Journals behind the real ledger and the real valuation: whatever comes late — goods, bills, freight, closes and reopenings —
// the approved journals add up to what the stock is worth, and a closed period never moves. Perpetual and periodic, printed seed.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dayAfter, dayBefore, monthEnd } from '../../../src/core/journals/calendar.ts';
import { readJournals } from '../../../src/core/journals/document.ts';
import { redraftJournals } from '../../../src/core/journals/drafts.ts';
import { effectOf } from '../../../src/core/journals/effect.ts';
import {
  approveJournals,
  contentHashOf,
  markPosted,
  reverseJournal,
} from '../../../src/core/journals/lifecycle.ts';
import { closePeriod, reopenLastPeriod } from '../../../src/core/journals/periods.ts';
import type { Books } from '../../../src/core/journals/rules.ts';
import { factKey, type Movement } from '../../../src/core/ledger/movement.ts';
import { unbilledOf } from '../../../src/core/reports/unbilled.ts';
import { valuedAfresh } from '../../../src/core/valuation/value.ts';
import type { AccountRole, CostKind, MovementType } from '../../../src/core/vocabulary/words.ts';
import { line, movement } from '../ledger/world.ts';
import { type BooksWorld, openBooksWorld } from '../valuation/books-world.ts';
import { noon } from './bookkeeping.ts';
import { booksOf } from './company.ts';

const RUNS = Number(process.env.STOCKBRIDGE_JOURNAL_RUNS ?? 8);

const fact = fc.record({
  act: fc.constant('fact' as const),
  what: fc.constantFrom(
    ...(['receive', 'receive', 'sell', 'sell', 'sell', 'return', 'send back', 'ship off', 'scrap'] as const),
    ...(['bill', 'bill', 'freight', 'write down', 'cost'] as const),
  ),
  item: fc.nat(1),
  daysAgo: fc.oneof(fc.nat(6), fc.nat(75)),
  quantity: fc.integer({ min: 1, max: 20 }),
  cents: fc.integer({ min: 1, max: 2_500 }),
  which: fc.nat(20),
});
const acts = fc.array(
  fc.oneof(
    { weight: 9, arbitrary: fact },
    {
      weight: 2,
      arbitrary: fc.record({ act: fc.constant('wait' as const), days: fc.integer({ min: 1, max: 25 }) }),
    },
    { weight: 2, arbitrary: fc.constant({ act: 'book' as const }) },
    { weight: 1, arbitrary: fc.record({ act: fc.constant('reverse' as const), which: fc.nat(20) }) },
    { weight: 2, arbitrary: fc.constant({ act: 'close' as const }) },
    { weight: 1, arbitrary: fc.constant({ act: 'reopen' as const }) },
  ),
  { minLength: 14, maxLength: 40, size: 'max' },
);
const rules = fc.record({
  system: fc.constantFrom('perpetual' as const, 'periodic' as const),
  grain: fc.constantFrom('day' as const, 'month' as const, 'order' as const),
  pool: fc.constantFrom('item' as const, 'item_location' as const),
});

type Act = typeof acts extends fc.Arbitrary<(infer Each)[]> ? Each : never;
type Fact = Extract<Act, { act: 'fact' }>;

const told = (what: Fact['what'], daysAgo: number): Fact => ({
  ...{ act: 'fact', what, daysAgo, item: 0, quantity: 5, cents: 1_000, which: 1 },
});
/** One history that has everything, so that few by chance are enough. */
const EVERYTHING: Act[] = [
  ...[told('receive', 40), told('sell', 30), { act: 'close' as const }],
  ...[told('sell', 35), { act: 'wait' as const, days: 2 }, { act: 'book' as const }],
  ...[{ act: 'reverse' as const, which: 0 }, { act: 'reopen' as const }],
];

const seen = { closes: 0, reopens: 0, corrections: 0, reversals: 0, facts: 0 };

test('I9, I10: journals of any history are the value of the stock, and what is closed stays', async () => {
  await fc.assert(
    fc.asyncProperty(acts, rules, async (history, { system, grain, pool }) => {
      const world = await openBooksWorld({ items: 2, rules: { system, pool } });
      try {
        await new Life(world, booksOf({ system, pool, journal: { grain, linesMax: 6 } })).live(history);
      } finally {
        await world.close();
      }
    }),
    {
      ...{ numRuns: RUNS, endOnFailure: true, verbose: 1 },
      examples: [[EVERYTHING, { system: 'perpetual', grain: 'day', pool: 'item' }]],
    },
  );
  for (const [what, times] of Object.entries(seen))
    expect(times, `no ${what} in any history`).toBeGreaterThan(0);
}, 300_000);

class Life {
  readonly world: BooksWorld;
  readonly books: Books;
  today = '2026-03-15';
  readonly receipts: { readonly name: string; readonly item: number; readonly daysAgo: number }[] = [];
  readonly orders: string[] = [];
  readonly approved = new Map<string, string>();
  /** What was certain when a period was closed: its last day and what every account stood at. */
  readonly closed: { readonly through: string; readonly balances: unknown }[] = [];
  made = 0;

  constructor(world: BooksWorld, books: Books) {
    this.world = world;
    this.books = books;
  }

  async live(history: readonly Act[]): Promise<void> {
    for (const act of history) {
      await this.act(act);
      await this.holds();
    }
    // When all is over and booked, the journals are what a valuation from the beginning says.
    for (let day = 0; day < 75; day += 1) this.today = dayAfter(this.today);
    await this.bookAll();
    await this.holds();
    const afresh = await this.afresh();
    expect(await this.balances()).toEqual(afresh);
    await this.tiesToReports();
  }

  async act(act: Act): Promise<void> {
    const { database } = this.world;
    const by = { by: 'Ada', now: noon(this.today) };
    switch (act.act) {
      case 'fact':
        seen.facts += 1;
        await this.say(act);
        await this.world.value();
        return this.recordedToday();
      case 'wait':
        for (let day = 0; day < act.days; day += 1) this.today = dayAfter(this.today);
        return;
      case 'book':
        return this.bookAll();
      case 'reverse': {
        const posted = await readJournals(database.pool, { statuses: ['posted'] });
        const journal = posted[act.which % Math.max(1, posted.length)];
        if (!journal) return;
        const answer = await reverseJournal(database, this.books, journal.id, { ...by, why: 'test' });
        if (answer.outcome !== 'reversed') return;
        seen.reversals += 1;
        await markPosted(database.pool, [answer.id], by.now);
        return;
      }
      case 'close': {
        await this.bookAll();
        const through = monthEnd(`${dayBefore(`${this.today.slice(0, 7)}-01`)}`);
        const request = { through, ...by, certificate: async () => ({}) };
        if ((await closePeriod(database, this.books, request)).outcome !== 'closed') return;
        seen.closes += 1;
        this.closed.push({ through, balances: await this.balances(through) });
        return;
      }
      case 'reopen':
        if ((await reopenLastPeriod(database, { ...by, reason: 'test' })).outcome !== 'reopened') return;
        seen.reopens += 1;
        this.closed.pop();
    }
  }

  /** A fact of some days ago that is heard of today. */
  async say({ what, item: index, daysAgo, quantity, cents, which }: Fact): Promise<void> {
    this.made += 1;
    const item = this.world.items[index] ?? 0;
    const at = noon(back(this.today, daysAgo));
    const name = `${what} ${this.made}`;
    const goods = (
      type: MovementType,
      from: string,
      to: string,
      reference: string,
      unitCost?: string,
    ): Promise<void> => {
      const place = (code: string) => ({ locationId: this.world.site(code), state: 'sellable' as const });
      const own = {
        ...line(item, quantity, place(from), place(to)),
        unitCost: unitCost ?? null,
        currency: unitCost === undefined ? null : 'USD',
      };
      const posted: Movement = {
        ...movement(type, 0, [own], { id: `${this.made}` }),
        occurredAt: at,
        reference,
      };
      return this.world.post(posted);
    };
    const said = { key: factKey(1, { type: 'said', id: name }), document: name, effectiveAt: at };
    const amount = (units: number) => (units / 100).toFixed(2);
    const receipt = this.receipts[which % Math.max(1, this.receipts.length)];
    switch (what) {
      case 'receive':
        this.receipts.push({ name, item, daysAgo });
        return goods('receipt', '@supplier', 'LOOSE', name, which % 3 === 0 ? undefined : amount(cents));
      case 'sell':
        this.orders.push(name);
        return goods('shipment', 'LOOSE', '@customer', name);
      case 'return':
        return goods(
          'return',
          '@customer',
          'LOOSE',
          this.orders[which % Math.max(1, this.orders.length)] ?? name,
        );
      case 'send back':
        return goods('return', 'LOOSE', '@supplier', receipt?.name ?? name);
      case 'ship off':
        return goods('transfer', 'LOOSE', which % 2 === 0 ? 'SEA' : 'AGENT', name);
      case 'scrap':
        return goods('adjustment', 'LOOSE', '@adjustment', name);
      case 'bill': {
        if (!receipt) return;
        // Some are credit notes.
        const units = which % 4 === 3 ? -quantity : quantity;
        const lines = [
          {
            itemId: receipt.item,
            reference: receipt.name,
            quantity: String(units),
            amount: amount(cents * units),
          },
        ];
        await this.world.say({
          ...said,
          kind: 'bill',
          content: { number: name, supplier: 'Northmill', currency: 'USD', lines },
        });
        return;
      }
      case 'freight':
        if (!receipt) return;
        await this.world.say({
          ...said,
          kind: 'landed_cost',
          content: {
            number: name,
            amount: amount(cents),
            currency: 'USD',
            by: which % 3 === 0 ? 'quantity' : 'value',
            receipts: [...new Set([receipt.name, this.receipts.at(-1)?.name ?? receipt.name])],
            role: 'landed_clearing',
          },
        });
        return;
      case 'write down':
        await this.world.say({
          ...said,
          kind: 'write_down',
          content: { itemId: item, netRealisable: amount(cents) },
        });
        return;
      case 'cost':
        await this.world.say({
          ...said,
          kind: 'expected_cost',
          content: { itemId: item, unitCost: amount(cents) },
        });
    }
  }

  /** The database's clock is not the story's: what was valued just now was valued on the story's day. */
  async recordedToday(): Promise<void> {
    const { pool } = this.world.database;
    const client = await pool.connect();
    try {
      await client.query(`set session_replication_role = replica`);
      const now = noon(this.today);
      await client.query(
        `update cost_entry set recorded_at = $1 where recorded_at > now() - interval '1 day' and journal_id is null`,
        [now],
      );
      await client.query(
        `update valuation_run set recorded_at = $1, caused_at = least(caused_at, $1::timestamptz) where recorded_at > now() - interval '1 day'`,
        [now],
      );
    } finally {
      await client.query(`set session_replication_role = origin`);
      client.release();
    }
  }

  async bookAll(): Promise<void> {
    const { database } = this.world;
    const now = noon(this.today);
    const { drafts, stopped } = await redraftJournals(database, this.books, { now });
    expect(stopped).toEqual([]);
    const ids = drafts.map(({ id }) => id);
    const answers = await approveJournals(
      database,
      ids.map((id) => ({ id })),
      { by: 'Ada', now },
    );
    expect(answers.every(({ outcome }) => outcome === 'approved')).toBe(true);
    await markPosted(database.pool, ids, now);
  }

  async holds(): Promise<void> {
    const journals = await readJournals(this.world.database.pool, { statuses: ['approved', 'posted'] });
    for (const journal of journals) {
      // Nothing approved ever changes, and nothing new is dated in a closed period.
      const hash = contentHashOf(journal).toString('hex');
      expect(this.approved.get(journal.id) ?? hash).toBe(hash);
      this.approved.set(journal.id, hash);
    }
    seen.corrections += journals.filter(({ kind }) => kind === 'correction').length;
    for (const { through, balances } of this.closed) expect(await this.balances(through)).toEqual(balances);
    // At every end of a day that is over, where all is booked: not more, not less than what was booked up to it.
  }

  /** What the accounts stand at by approved journals, in cents. */
  async balances(through = '9999-12-31'): Promise<Record<string, string>> {
    const { rows } = await this.world.database.pool.query<{ account: string; sum: string }>(
      `select l.account, sum(case when l.side = 'debit' then l.amount else -l.amount end)::text as sum
       from journal_line l join journal j on j.id = l.journal_id where j.status <> 'draft' and j.posting_date <= $1 group by 1`,
      [through],
    );
    return nonZero(rows.map(({ account, sum }) => [account, BigInt(sum)]));
  }

  /** The same from a valuation of every item from its beginning. */
  async afresh(): Promise<Record<string, string>> {
    const sums: [string, bigint][] = [];
    for (const item of this.world.items) {
      const { entries } = await this.world.database.transaction((client) =>
        valuedAfresh(client, this.world.company, item),
      );
      for (const entry of entries) {
        const { when, debit, credit } = effectOf(rolesOf(entry), this.books);
        if (when !== 'never') sums.push([debit, entry.amount], [credit, -entry.amount]);
      }
    }
    return nonZero(sums);
  }

  /** Stock accounts are the sub-ledger; what is received and not billed is the list of it. */
  async tiesToReports(): Promise<void> {
    const balances = await this.balances();
    const held = new Map<string, bigint>();
    for (const item of this.world.items) {
      const { state } = await this.world.database.transaction((client) =>
        valuedAfresh(client, this.world.company, item),
      );
      for (const pool of state.pools.values()) held.set(pool.role, (held.get(pool.role) ?? 0n) + pool.value);
    }
    for (const role of ['inventory', 'in_transit', 'consigned_out'])
      expect([role, balances[role] ?? '0']).toEqual([role, String(held.get(role) ?? 0n)]);
    if (this.books.system === 'periodic') return;
    const { total } = await this.unbilled();
    const cents = (text: string): string => String(-BigInt(text.replace('.', '')));
    expect(balances.received_not_billed ?? '0').toBe(cents(total.balance));
    expect(total).toMatchObject({ notValued: '0.00', unexplained: '0.00' });
  }

  async unbilled() {
    return unbilledOf(this.world.database, { asOf: this.today });
  }
}

const rolesOf = ({
  kind,
  debit,
  credit,
}: {
  kind: CostKind;
  debit: { role: AccountRole };
  credit: { role: AccountRole };
}) => ({
  kind,
  debit: debit.role,
  credit: credit.role,
});

const back = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) - days * 86_400_000).toISOString().slice(0, 10);

function nonZero(amounts: readonly (readonly [string, bigint])[]): Record<string, string> {
  const sums = new Map<string, bigint>();
  for (const [account, amount] of amounts) sums.set(account, (sums.get(account) ?? 0n) + amount);
  return Object.fromEntries(
    [...sums].filter(([, sum]) => sum !== 0n).map(([account, sum]) => [account, sum.toString()]),
  );
}
