// Values what is behind: folds an item's history from the newest checkpoint that still holds, adds the differences to what
// was said before, and marks what depends on them. One item at a time, all of it or nothing.
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { Database, Transaction } from '../database.ts';
import { errorReason, StockbridgeError } from '../errors.ts';
import { instantFrom, instantOfMicros, microsOf } from '../vocabulary/instant.ts';
import { type Company, type ItemRules, itemRules } from './company.ts';
import { addEntries, differences, type EntryToStore, storedSums } from './entries.ts';
import { fold } from './fold.ts';
import { historyOf, linesIn, type Span } from './history.ts';
import { markStale, noticePostings, type Stale } from './notice.ts';
import { dependentsOf } from './production-orders.ts';
import type { Rest } from './rest.ts';
import type { Trace } from './run.ts';
import { comesBack, nothingSold, soldBefore } from './sold.ts';
import { type ItemState, startOf, stateFrom, stateText } from './state.ts';
import type { Step } from './step.ts';

export interface ValueOptions {
  /** Movement lines folded between two looks at the database, and between two checkpoints that are kept. Default 5,000. */
  readonly windowLines?: number;
}
const WINDOW_LINES = 5_000;

/** Items whose values hang on each other come to rest after a few rounds; after so many they never will. */
const ROUNDS = 100;
/** How long new postings are looked at before what is known to be behind gets its turn: they may never run dry. */
const LOOK_FOR_MS = 1_000;

const BEGINNING = microsOf(instantFrom('0001-01-01T00:00:00Z'));

export interface Valued {
  readonly itemId: number;
  readonly steps: number;
  /** Entries added; none when the value was as it is. */
  readonly entries: number;
}

interface StaleRow {
  readonly item_id: number;
  readonly from_at: string;
  /** `infinity`: anything after `from_at` may have changed. */
  readonly until_at: string;
  readonly caused_at: string | null;
  readonly noticed_at: string;
}

/**
 * Brings value up to the ledger: everything posted and said so far, until nothing is behind. Items that fail are left stale with
 * the reason and tried again later.
 * @returns what was valued, and how many items failed.
 */
export async function valueAll(
  database: Database,
  company: Company,
  options: ValueOptions & {
    readonly signal?: AbortSignal;
    readonly onValued?: (valued: Valued) => void;
    /** Awaited after each item, and after each look at what was posted; default: no rest. */
    readonly rest?: Rest;
  } = {},
): Promise<{ readonly items: number; readonly steps: number; readonly failed: number }> {
  let items = 0;
  let steps = 0;
  const failed = new Set<number>();
  const busy = new Set<number>();
  const rounds = new Map<number, number>();
  const valueOnce = async (itemId: number): Promise<Valued | undefined> => {
    const round = (rounds.get(itemId) ?? 0) + 1;
    rounds.set(itemId, round);
    if (round > ROUNDS)
      throw new StockbridgeError(
        'content_invalid',
        `item ${itemId} is made of what is made of it, and its value does not come to rest: look at its production orders`,
      );
    return valueItem(database, company, itemId, options);
  };
  const rested = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    const startedAt = performance.now();
    const result = await work();
    await options.rest?.(performance.now() - startedAt, options.signal);
    return result;
  };
  for (;;) {
    const lookedFrom = performance.now();
    let noticed = 1;
    while (noticed > 0 && performance.now() - lookedFrom < LOOK_FOR_MS && !options.signal?.aborted)
      noticed = await rested(() => noticePostings(database));
    const due = await dueItems(database, [...failed, ...busy]);
    if (options.signal?.aborted || (due.length === 0 && noticed === 0))
      return { items, steps, failed: failed.size };
    for (const itemId of due) {
      if (options.signal?.aborted) break;
      const valued = await rested(() => valueOnce(itemId)).catch(async (error: unknown) => {
        failed.add(itemId);
        await noteFailure(database, itemId, errorReason(error));
        return undefined;
      });
      if (!valued) {
        busy.add(itemId);
        continue;
      }
      items += 1;
      steps += valued.steps;
      options.onValued?.(valued);
    }
  }
}

/** Components before what is made of them, as far as that is known, so that few items are valued twice. */
async function dueItems(database: Database, without: readonly number[]): Promise<number[]> {
  const { rows } = await database.pool.query<{ item_id: number }>(
    `select s.item_id from valuation_stale s join item i on i.id = s.item_id 
     where s.retry_at <= clock_timestamp() and s.item_id <> all($1::int[])
     order by array_position(array['raw', 'packaging', 'mro', 'wip', 'finished'], i.kind::text), s.item_id limit 1000`,
    [without],
  );
  return rows.map((row) => row.item_id);
}

const noteFailure = async (database: Database, itemId: number, reason: string): Promise<void> => {
  await database.pool.query(
    `update valuation_stale set attempts = attempts + 1, failure = $2,
       retry_at = clock_timestamp() + least(interval '10 minutes', interval '5 seconds' * power(2, least(attempts, 10)))
     where item_id = $1`,
    [itemId, reason],
  );
};

/** One item's history valued from its beginning, without a checkpoint and without storing anything: what must be in the store. */
export async function valuedAfresh(
  client: Transaction,
  company: Company,
  itemId: number,
  trace?: Trace,
): Promise<{ readonly entries: readonly EntryToStore[]; readonly state: ItemState }> {
  const rules = (await itemRules(client, company, [itemId])).get(itemId);
  if (!rules) throw new RangeError(`item ${itemId} has no rules`);
  const span = { from: BEGINNING, before: undefined };
  const { lines } = await linesIn(client, itemId, span, Number.MAX_SAFE_INTEGER);
  const history = await historyOf(client, company, itemId, rules, span, lines);
  const { entries, state } = fold(rules.policy, history.steps, {
    sold: await nothingSold(client, history),
    ...(trace !== undefined && { trace }),
  });
  return {
    entries: [...entries, ...history.own].map((entry) => ({
      ...entry,
      connectionId: history.connectionOf(entry.step),
    })),
    state,
  };
}

/** Values one item if it is stale; undefined when it is not, or when another process is at it. */
export async function valueItem(
  database: Database,
  company: Company,
  itemId: number,
  options: ValueOptions = {},
): Promise<Valued | undefined> {
  return database.transaction(async (client) => {
    const lock = await client.query<{ held: boolean }>(
      `select pg_try_advisory_xact_lock(hashtextextended('valuation ' || $1, 0)) as held`,
      [itemId],
    );
    if (!lock.rows[0]?.held) return undefined;
    const { rows } = await client.query<StaleRow>(
      `select item_id, to_char(from_at at time zone 'UTC', '${ISO}') as from_at,
              case when until_at = 'infinity' then 'infinity' else to_char(until_at at time zone 'UTC', '${ISO}') end as until_at,
              to_char(caused_at at time zone 'UTC', '${ISO}') as caused_at, noticed_at::text from valuation_stale where item_id = $1`,
      [itemId],
    );
    const [stale] = rows;
    if (!stale) return undefined;
    const rules = (await itemRules(client, company, [itemId])).get(itemId);
    if (!rules) throw new RangeError(`item ${itemId} has no rules`);
    const valued = await new Run(
      client,
      company,
      itemId,
      rules,
      stale,
      options.windowLines ?? WINDOW_LINES,
    ).value();
    await client.query('delete from valuation_stale where item_id = $1 and noticed_at = $2::timestamptz', [
      itemId,
      stale.noticed_at,
    ]);
    return valued;
  });
}

const ISO = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"';

interface Checkpoint {
  readonly before: bigint;
  readonly state: ItemState | undefined;
  readonly steps: number;
}

class Run {
  readonly #client: Transaction;
  readonly #company: Company;
  readonly #itemId: number;
  readonly #rules: ItemRules;
  readonly #from: bigint;
  /** Undefined: anything after `from` may have changed. */
  readonly #until: bigint | undefined;
  readonly #causedAt: string | null;
  readonly #touched = new Set<string>();
  readonly #production = new Set<string>();
  #steps = 0;
  #entries = 0;

  readonly #windowLines: number;

  constructor(
    client: Transaction,
    company: Company,
    itemId: number,
    rules: ItemRules,
    stale: StaleRow,
    windowLines: number,
  ) {
    this.#windowLines = windowLines;
    this.#client = client;
    this.#company = company;
    this.#itemId = itemId;
    this.#rules = rules;
    this.#from = rules.beginningOf(microsOf(instantFrom(stale.from_at)));
    this.#causedAt = stale.caused_at;
    this.#until = stale.until_at === 'infinity' ? undefined : microsOf(instantFrom(stale.until_at));
  }

  async value(): Promise<Valued> {
    const start = await this.#startingPoint();
    let state = start.state ?? startOf(this.#rules.policy);
    let from = start.before;
    let count = start.steps;
    for (;;) {
      const window = await this.#nextWindow(from);
      const history = await historyOf(
        this.#client,
        this.#company,
        this.#itemId,
        this.#rules,
        window.span,
        window.lines,
      );
      const last = history.steps.reduce((latest, { at }) => (at > latest ? at : latest), from);
      const head = this.#headAfter(window.span, last, history.steps.length);
      const { before, after } = halves(history.steps, head);
      const sold = await soldBefore(this.#client, this.#itemId, history, window.span.from);
      const first = fold(this.#rules.policy, before, { state, sold });
      count += before.length;
      const text = stateText(first.state);
      const rest = fold(this.#rules.policy, after, { state: first.state, sold });
      state = rest.state;
      await this.#store(
        window.span,
        [...first.entries, ...rest.entries, ...history.own].map((entry) => ({
          ...entry,
          connectionId: history.connectionOf(entry.step),
        })),
        start.before,
        history.steps.length,
      );
      this.#steps += history.steps.length;
      if (await this.#isAsBefore(head, text, window.span)) break;
      await this.#keep(head, text, count);
      if (window.span.before === undefined) break;
      from = window.span.before;
    }
    await markStale(this.#client, await this.#dependents());
    return { itemId: this.#itemId, steps: this.#steps, entries: this.#entries };
  }

  /** The newest checkpoint that nothing new lies before; those after it are dropped unless the state comes to be theirs again. */
  async #startingPoint(): Promise<Checkpoint> {
    const { rows } = await this.#client.query<{ before_at: string; state: Buffer; steps: string }>(
      `select to_char(before_at at time zone 'UTC', '${ISO}') as before_at, state, steps::text from cost_checkpoint
       where item_id = $1 and before_at <= $2 order by before_at desc limit 1`,
      [this.#itemId, instantOfMicros(this.#from)],
    );
    const [row] = rows;
    return row
      ? {
          before: microsOf(instantFrom(row.before_at)),
          state: stateFrom(zstdDecompressSync(row.state).toString()),
          steps: Number(row.steps),
        }
      : { before: BEGINNING, state: undefined, steps: 0 };
  }

  /** Up to the next checkpoint if there is one, so that the state can be compared with it; else as much as is folded at once. */
  async #nextWindow(
    from: bigint,
  ): Promise<{ span: Span; lines: Awaited<ReturnType<typeof linesIn>>['lines'] }> {
    const { rows } = await this.#client.query<{ before_at: string }>(
      `select to_char(before_at at time zone 'UTC', '${ISO}') as before_at from cost_checkpoint
       where item_id = $1 and before_at > $2 and is_kept order by before_at limit 1`,
      [this.#itemId, instantOfMicros(from)],
    );
    const next = rows[0] && microsOf(instantFrom(rows[0].before_at));
    const { lines, isAll } = await linesIn(
      this.#client,
      this.#itemId,
      { from, before: next },
      this.#windowLines,
    );
    if (isAll) return { span: { from, before: next }, lines };
    const end = this.#rules.beginningOf((lines.at(-1)?.at ?? from) + 1n);
    if (end > from) return { span: { from, before: end }, lines: lines.filter(({ at }) => at < end) };
    // A whole period has more lines than are folded at once.
    const before = periodAfter(this.#rules, from);
    const period = await linesIn(this.#client, this.#itemId, { from, before }, Number.MAX_SAFE_INTEGER);
    return { span: { from, before }, lines: period.lines };
  }

  /** Where the history can be gone on from: after a whole window at its end, after the last one where nothing can come before. */
  #headAfter(span: Span, last: bigint, steps: number): bigint {
    if (span.before !== undefined) return span.before;
    return steps === 0 ? span.from : this.#rules.beginningOf(last + 1n);
  }

  async #store(span: Span, entries: readonly EntryToStore[], from: bigint, steps: number): Promise<void> {
    const stored = await storedSums(
      this.#client,
      this.#itemId,
      instantOfMicros(span.from),
      span.before === undefined ? undefined : instantOfMicros(span.before),
    );
    const added = differences(stored, entries);
    for (const entry of added) {
      if (entry.reference !== null) this.#touched.add(entry.reference);
      const isProduction =
        entry.debit.role === 'work_in_progress' || entry.credit.role === 'work_in_progress';
      if (isProduction && entry.reference !== null && entry.kind !== 'output')
        this.#production.add(entry.reference);
    }
    const run = {
      itemId: this.#itemId,
      recomputedFrom: stored.steps.size > 0 ? instantOfMicros(from) : undefined,
      steps,
      causedAt: this.#causedAt,
    };
    await addEntries(this.#client, run, added, stored.steps);
    this.#entries += added.length;
  }

  /** True when the rest of the history stands as it is: same state as before, nothing new after it, nothing returned later. */
  async #isAsBefore(head: bigint, text: string, span: Span): Promise<boolean> {
    if (span.before === undefined || this.#until === undefined || head <= this.#until) return false;
    const { rows } = await this.#client.query<{ state: Buffer }>(
      'select state from cost_checkpoint where item_id = $1 and before_at = $2 and is_kept',
      [this.#itemId, instantOfMicros(head)],
    );
    if (!rows[0] || zstdDecompressSync(rows[0].state).toString() !== text) return false;
    return !(await comesBack(this.#client, this.#itemId, [...this.#touched], head));
  }

  /** Keeps the state at `head`; drops what was kept between the last one and it. */
  async #keep(head: bigint, text: string, steps: number): Promise<void> {
    await this.#client.query(
      `with dropped as (delete from cost_checkpoint where item_id = $1 and not is_kept and before_at <> $2)
       insert into cost_checkpoint (item_id, before_at, state, steps, is_kept)
       values ($1, $2, $3, $4, $4 - coalesce((select max(steps) from cost_checkpoint where item_id = $1 and is_kept and before_at < $2), 0) >= $5)
       on conflict (item_id, before_at) do update
         set state = excluded.state, steps = excluded.steps, is_kept = excluded.is_kept`,
      [this.#itemId, instantOfMicros(head), zstdCompressSync(text), steps, this.#windowLines],
    );
  }

  /** The item itself too: what it put into an order it may get back from it. */
  #dependents(): Promise<readonly Stale[]> {
    const orders = [...this.#production].map((reference) => ({ reference, causedAt: this.#causedAt }));
    return dependentsOf(this.#client, orders);
  }
}

/** The steps before an instant (or the period it begins), and those from it on. */
function halves(steps: readonly Step[], head: bigint): { before: readonly Step[]; after: readonly Step[] } {
  const index = steps.findIndex((step) => step.at >= head);
  return index < 0
    ? { before: steps, after: [] }
    : { before: steps.slice(0, index), after: steps.slice(index) };
}

/** The beginning of the period after the one that `from` lies in: no period is longer than 31 days and an hour. */
function periodAfter(rules: ItemRules, from: bigint): bigint {
  const HOUR = 3_600_000_000n;
  const own = rules.beginningOf(from);
  let next = from;
  for (let hours = 1n; next === from || rules.beginningOf(next) === own; hours *= 2n)
    next = from + hours * HOUR;
  return rules.beginningOf(next);
}
