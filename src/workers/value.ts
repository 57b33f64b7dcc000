// value: brings value up to the ledger, drafts the journals of days that are over, approves them where the rules say so, and
// hands approved ones over to booking. Works beside postings and never on their way; one process at a time.
import { errorReason } from '../core/errors.ts';
import { businessDay, type Day, startInstant } from '../core/journals/calendar.ts';
import { queueApproved } from '../core/journals/delivery.ts';
import { readJournals } from '../core/journals/document.ts';
import { lockJournals, type Redrafted, redraftWhileInForce } from '../core/journals/drafts.ts';
import { type Approval, approveJournals, contentHashOf, noteRefused } from '../core/journals/lifecycle.ts';
import type { Books } from '../core/journals/rules.ts';
import {
  isInForce,
  noteHubStarted,
  noteIdleHub,
  rulesInForce,
  takeRules,
} from '../core/journals/rules-taken.ts';
import { withAdvisoryLock } from '../core/lock.ts';
import type { Company } from '../core/valuation/company.ts';
import { type Rest, restWhilePosting } from '../core/valuation/rest.ts';
import { valueAll } from '../core/valuation/value.ts';
import { instantOf } from '../core/vocabulary/instant.ts';
import type { BooksConnection } from './book.ts';
import { chartIfAsked, whyNotApproved } from './chart.ts';
import type { Hub, Running } from './hub.ts';
import { startRounds } from './rounds.ts';

export interface ValueOptions {
  /** Pause between two rounds. */
  readonly tickMs?: number;
  /** Shortest time between two draftings, because each makes all drafts anew. */
  readonly draftEveryMs?: number;
  /** Longest valuing of one round: while postings never pause it would not end, and what is valued must be drafted. */
  readonly valueForMs?: number;
  readonly now?: () => Date;
}

const TICK_MS = 1_000;
const DRAFT_EVERY_MS = 15_000;
const VALUE_FOR_MS = 60_000;
const HOUR_MS = 3_600_000;
/** Journals approved in one transaction. */
const APPROVALS = 50;
/** Pause before the books are asked again about drafts that name an account which they did not have. */
const ASK_AGAIN_MS = 300_000;

/** Who approved a journal that no person did. */
export const AUTOMATIC = 'journal.approve: automatic';

export interface Valuing {
  readonly books: Books;
  readonly company: Company;
  /** Where approved journals go; undefined: they leave as files. */
  readonly deliverTo: number | undefined;
  /** The same, to be asked for its accounts before a draft is approved. */
  readonly keptBy?: BooksConnection | undefined;
}

/** Values on its own clock until stopped. */
export function startValue(hub: Hub, valuing: Valuing, options: ValueOptions = {}): Running {
  const valuer = new Valuer(hub, valuing, options);
  return startRounds((signal) => valuer.round(signal), {
    everyMs: options.tickMs ?? TICK_MS,
    failed: (error) =>
      hub.log.warn({ reason: errorReason(error) }, 'valuation could not run; it tries again'),
  });
}

/** One process's valuation: what it remembers between rounds only saves work, and is made again after a restart. */
export class Valuer {
  readonly #hub: Pick<Hub, 'database' | 'log'>;
  readonly #valuing: Valuing;
  readonly #options: ValueOptions;
  readonly #rest: Rest;
  /** What the drafts were made from; another one means that they are made anew. */
  #drafted: string | undefined;
  #draftedAt = Number.NEGATIVE_INFINITY;
  #hasTakenRules = false;
  #askedAgainAt = Number.NEGATIVE_INFINITY;
  /** Reasons that were told; each is told once until it changes. */
  readonly #told = new Map<string, string>();

  constructor(hub: Pick<Hub, 'database' | 'log'>, valuing: Valuing, options: ValueOptions = {}) {
    this.#hub = hub;
    this.#valuing = valuing;
    this.#options = options;
    this.#rest = restWhilePosting(hub.database);
  }

  /** Values, drafts, approves and hands over what there is now; answers false when another process does. */
  async round(signal?: AbortSignal): Promise<boolean> {
    // Before another process that values is waited for: it may be one that runs by older rules.
    if (!this.#hasTakenRules) await this.#takeRules();
    return withAdvisoryLock(this.#hub.database, 'value', async () => {
      const { database } = this.#hub;
      const { company, deliverTo } = this.#valuing;
      const enough = AbortSignal.timeout(this.#options.valueForMs ?? VALUE_FOR_MS);
      await valueAll(database, company, {
        signal: signal ? AbortSignal.any([signal, enough]) : enough,
        rest: this.#rest,
      });
      await this.#tellFailures();
      if (signal?.aborted) return;
      const startedAt = performance.now();
      const isDrafted = await this.#draft();
      await this.#rest(performance.now() - startedAt, signal);
      if (!isDrafted) return;
      if (this.#valuing.books.journal.approve === 'automatic') await this.#approve();
      if (deliverTo !== undefined) await queueApproved(database.pool, deliverTo);
    });
  }

  get #now(): Date {
    return this.#options.now?.() ?? new Date();
  }

  async #tellFailures(): Promise<void> {
    const { rows } = await this.#hub.database.pool.query<{ sku: string; failure: string; attempts: number }>(
      `select i.sku, s.failure, s.attempts from valuation_stale s join item i on i.id = s.item_id where s.failure is not null order by i.sku`,
    );
    const failing = new Set(rows.map(({ sku }) => `item ${sku}`));
    for (const about of this.#told.keys())
      if (about.startsWith('item ') && !failing.has(about)) this.#told.delete(about);
    for (const { sku, failure, attempts } of rows)
      this.#tell(
        `item ${sku}`,
        failure,
        { item: sku, attempts },
        'an item cannot be valued; it is tried again',
      );
  }

  #tell(about: string, reason: string, fields: object, message: string): void {
    if (this.#told.get(about) === reason) return;
    this.#told.set(about, reason);
    this.#hub.log.error({ ...fields, reason }, message);
  }

  /** A hub reads the configuration when it starts, so the rules it starts with are the newest then. */
  async #takeRules(): Promise<void> {
    await this.#hub.database.transaction(async (client) => {
      await lockJournals(client);
      await takeRules(client, this.#valuing.books, { by: 'the hub', now: instantOf(this.#now) });
      await noteHubStarted(client);
    });
    this.#hasTakenRules = true;
  }

  async #tellReplaced(): Promise<void> {
    const { pool } = this.#hub.database;
    await noteIdleHub(pool);
    this.#drafted = undefined;
    const newest = await rulesInForce(pool);
    this.#tell(
      'rules',
      `${newest?.takenBy} took other rules at ${newest?.takenAt}`,
      {},
      'the books block was changed: restart the hub; until then it drafts and approves nothing',
    );
  }

  /** Answers false when somebody took other rules since: drafts are not for this hub to touch then. */
  async #draft(): Promise<boolean> {
    const { pool } = this.#hub.database;
    if (!(await isInForce(pool, this.#valuing.books))) {
      await this.#tellReplaced();
      return false;
    }
    this.#told.delete('rules');
    const now = instantOf(this.#now);
    const today = businessDay(now, this.#valuing.books.timeZone);
    const print = await this.#undrafted(today);
    const pauseMs = this.#options.draftEveryMs ?? DRAFT_EVERY_MS;
    if (print === this.#drafted || performance.now() - this.#draftedAt < pauseMs) return true;
    const drafting = await redraftWhileInForce(this.#hub.database, this.#valuing.books, { now });
    if (!drafting) {
      await this.#tellReplaced();
      return false;
    }
    this.#draftedAt = performance.now();
    this.#drafted = await this.#undrafted(today);
    this.#tellStopped(drafting.stopped);
    return true;
  }

  /**
   * Names the day, the closing, how often cost groups changed, and the entries of days that are over which no journal holds: few, and
   * found by an index.
   */
  async #undrafted(today: Day): Promise<string> {
    const { books } = this.#valuing;
    const isMonthly = books.journal.grain === 'month';
    const running = isMonthly ? `${today.slice(0, 7)}-01` : today;
    const { rows } = await this.#hub.database.pool.query<{ print: string }>(
      `select concat_ws('|', closed_through(), (select changes from cost_group_change), count(*), max(e.id)) as print
       from cost_entry e where e.journal_id is null and e.effective_at < $1`,
      [startInstant(running, books.timeZone)],
    );
    return `${today}|${rows[0]?.print ?? ''}`;
  }

  #tellStopped(stopped: Redrafted['stopped']): void {
    for (const { period, reason } of stopped)
      this.#tell(`draft ${period}`, reason, { period }, 'journals cannot be drafted: a person must act');
  }

  /** All drafts of days that have been over for long enough. One that is drafted anew meanwhile is approved in the next round. */
  async #approve(): Promise<void> {
    const { database, log } = this.#hub;
    const { books, deliverTo } = this.#valuing;
    const now = instantOf(this.#now);
    const graceMs = books.journal.approveAfterHours * HOUR_MS;
    const asksAgain = this.#now.getTime() - this.#askedAgainAt >= ASK_AGAIN_MS;
    if (asksAgain) this.#askedAgainAt = this.#now.getTime();
    const { rows } = await database.pool.query<{ id: string; refused: string | null }>(
      `select id, refused from journal where status = 'draft' and posting_date < $1 and ($2 or refused is null) order by posting_date, number`,
      [businessDay(instantOf(this.#now.getTime() - graceMs), books.timeZone), asksAgain],
    );
    const fit = await this.#fit(rows);
    for (let at = 0; at < fit.length; at += APPROVALS) {
      const answers = await approveJournals(database, fit.slice(at, at + APPROVALS), {
        by: AUTOMATIC,
        now,
        rules: books,
        ...(deliverTo !== undefined && { deliverTo }),
      });
      const approved = answers.flatMap((each) => (each.outcome === 'approved' ? [each.number] : []));
      if (approved.length > 0) log.info({ journals: approved }, 'journals approved');
    }
  }

  /** Those whose accounts the books have, as for a person who approves; the others stay drafts, with the reason. */
  async #fit(
    drafts: readonly { readonly id: string; readonly refused: string | null }[],
  ): Promise<readonly Approval[]> {
    const { keptBy } = this.#valuing;
    if (drafts.length === 0 || !keptBy) return drafts.map(({ id }) => ({ id }));
    const { pool } = this.#hub.database;
    const chart = await chartIfAsked(keptBy);
    // Books that cannot be asked stop nothing but what they are known to refuse.
    if (!chart) return drafts.flatMap(({ id, refused }) => (refused === null ? [{ id }] : []));
    const fit: Approval[] = [];
    for (let at = 0; at < drafts.length; at += APPROVALS) {
      const ids = drafts.slice(at, at + APPROVALS).map(({ id }) => id);
      const journals = await readJournals(pool, { ids, statuses: ['draft'] });
      const refused = journals.flatMap((journal) => {
        const reason = whyNotApproved(journal, chart);
        return reason === undefined ? [] : [{ journal, reason }];
      });
      await noteRefused(
        pool,
        ids,
        refused.map(({ journal: { id }, reason }) => ({ id, reason })),
      );
      for (const { journal, reason } of refused)
        this.#tell(
          `approve ${journal.number}`,
          reason,
          { journal: journal.number },
          'a draft is not approved',
        );
      const out = new Set(refused.map(({ journal }) => journal));
      // What was looked at is what is approved: drafted anew meanwhile, it is looked at in the next round.
      for (const journal of journals)
        if (!out.has(journal))
          fit.push({ id: journal.id, contentHash: contentHashOf(journal).toString('hex') });
    }
    return fit;
  }
}
