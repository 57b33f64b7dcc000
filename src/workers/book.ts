// book: sends approved journals to the books, one sender per connection, oldest day first. A journal's key is stored before
// its first attempt and stays until the books have refused it for certain (I8). It never changes a journal and never gives up.
import type { Journal, JournalAnswer } from '../connectors/contract.ts';
import { errorReason, StockbridgeError } from '../core/errors.ts';
import { businessDay } from '../core/journals/calendar.ts';
import {
  type DueDelivery,
  dueDeliveries,
  noteAttempt,
  noteBooked,
  noteRejected,
  noteRetry,
  noteUnknown,
  postponeDeliveries,
  queueApproved,
  settleTakenBack,
} from '../core/journals/delivery.ts';
import { redateDelivery } from '../core/journals/redate.ts';
import type { Books } from '../core/journals/rules.ts';
import { withAdvisoryLock } from '../core/lock.ts';
import { instantOf } from '../core/vocabulary/instant.ts';
import type { Hub, LiveConnection, Running } from './hub.ts';
import { startRounds } from './rounds.ts';

export interface BookOptions {
  /** How often the queue is looked at. */
  readonly tickMs?: number;
  /** First pause after an attempt without an answer; it doubles with each, to an hour. */
  readonly retryMs?: number;
  readonly now?: () => Date;
}

const TICK_MS = 1_000;
const RETRY_MS = 2_000;
const LONGEST_PAUSE_MS = 3_600_000;
/** When the books ask for a pause and do not say how long. */
const THROTTLED_MS = 15_000;

/** The connection that keeps the books. */
export type BooksConnection = LiveConnection & { readonly connection: { readonly journal: Journal } };

/**
 * The connection that `books.journal.connection` names; undefined when journals leave as files.
 * @throws StockbridgeError `configuration_invalid` when it does not exist or keeps no books.
 */
export function booksConnection(
  connections: Iterable<LiveConnection>,
  { journal: { connection: name } }: Books,
): BooksConnection | undefined {
  if (name === undefined) return undefined;
  const known = [...connections];
  const live = known.find((each) => each.name === name);
  if (live && keepsBooks(live)) return live;
  const fit = known.filter(keepsBooks).map((each) => each.name);
  throw new StockbridgeError(
    'configuration_invalid',
    `books.journal.connection: ${name} ${live ? `is a ${live.connector.name} connection, which keeps no books` : 'is not configured under connections'}; ${fit.length > 0 ? `take ${fit.join(' or ')}` : 'add a connection that does, or leave it out to export files'}`,
  );
}

const keepsBooks = (live: LiveConnection): live is BooksConnection => live.connection.journal !== undefined;

/** Sends on its own clock until stopped. */
export function startBook(
  hub: Hub,
  live: BooksConnection,
  books: Pick<Books, 'timeZone'>,
  options: BookOptions = {},
): Running {
  return startRounds((signal) => bookOnce(hub, live, books, { ...options, signal }), {
    everyMs: options.tickMs ?? TICK_MS,
    failed: (error) =>
      hub.log.warn(
        { connection: live.name, reason: errorReason(error) },
        'journals could not be booked; they are tried again',
      ),
  });
}

/** Sends everything that is due, unless another process does or a person must act first. */
export async function bookOnce(
  hub: Pick<Hub, 'database' | 'log' | 'standingOf' | 'park'>,
  live: BooksConnection,
  books: Pick<Books, 'timeZone'>,
  options: BookOptions & { readonly signal?: AbortSignal } = {},
): Promise<void> {
  const { database, log } = hub;
  if ((await hub.standingOf(live.id)).parked !== undefined) return;
  await withAdvisoryLock(database, `book ${live.id}`, async () => {
    await queueApproved(database.pool, live.id);
    const settled = await settleTakenBack(database, live.id);
    if (settled.length > 0)
      log.info({ connection: live.name, journals: settled }, 'taken back before they were booked');
    for (;;) {
      const due = await dueDeliveries(database.pool, live.id);
      if (due.length === 0) return;
      for (const delivery of due) {
        if (options.signal?.aborted) return;
        if (!(await new Sender(hub, live, books, options, delivery).send())) return;
      }
    }
  });
}

/** One attempt to book one journal. */
class Sender {
  readonly #hub: Pick<Hub, 'database' | 'log' | 'park'>;
  readonly #live: BooksConnection;
  readonly #books: Pick<Books, 'timeZone'>;
  readonly #delivery: DueDelivery;
  readonly #now: Date;
  readonly #againMs: number;

  constructor(
    hub: Pick<Hub, 'database' | 'log' | 'park'>,
    live: BooksConnection,
    books: Pick<Books, 'timeZone'>,
    { retryMs = RETRY_MS, now = () => new Date() }: BookOptions,
    delivery: DueDelivery,
  ) {
    this.#hub = hub;
    this.#live = live;
    this.#books = books;
    this.#delivery = delivery;
    this.#now = now();
    this.#againMs = Math.min(LONGEST_PAUSE_MS, retryMs * 2 ** Math.min(delivery.attempts, 12));
  }

  get #about() {
    return { connection: this.#live.name, journal: this.#delivery.journal.number };
  }

  /** False: nothing more is to be sent to the connection for now. */
  async send(): Promise<boolean> {
    const { pool } = this.#hub.database;
    if (!(await noteAttempt(pool, this.#delivery.key))) return true;
    let answer: JournalAnswer;
    try {
      answer = await this.#live.connection.journal.post(toPost(this.#delivery));
    } catch (error) {
      return this.#failed(error);
    }
    try {
      await this.#answered(answer);
    } catch (error) {
      // What the books did is not lost with the note of it: the same key asks them again.
      this.#hub.log.error({ ...this.#about, err: error }, 'the answer of the books could not be noted');
      const reason = `the answer of the books could not be noted: ${errorReason(error)}`;
      await noteUnknown(pool, this.#delivery.key, { code: 'unnoted', reason, againMs: this.#againMs });
    }
    return true;
  }

  async #answered(answer: JournalAnswer): Promise<void> {
    const { database, log } = this.#hub;
    const delivery = this.#delivery;
    switch (answer.outcome) {
      case 'posted':
      case 'already':
        await noteBooked(database, delivery, answer, instantOf(this.#now));
        log.info({ ...this.#about, entry: answer.id, trace: answer.trace }, 'journal booked');
        return;
      case 'retry':
        await noteRetry(database.pool, delivery, {
          code: 'retry',
          reason: answer.reason,
          againMs: this.#againMs,
        });
        return;
      case 'closed':
        return this.#redated(answer);
      case 'number_taken':
        return this.#rejected(
          'number_taken',
          `the books hold another entry under this number${answer.id === '' ? '' : `, with the id ${answer.id}`}: ${answer.reason}`,
        );
      case 'rejected':
        return this.#rejected('rejected', answer.reason);
    }
  }

  /** The books are closed on its day and it was surely not booked: it goes to the first day that is open there. */
  async #redated(answer: Extract<JournalAnswer, { outcome: 'closed' }>): Promise<void> {
    const { database, log } = this.#hub;
    const { journal, key, bookedOn } = this.#delivery;
    const today = businessDay(instantOf(this.#now), this.#books.timeZone);
    const closedThrough = answer.closedThrough;
    const later = closedThrough === undefined ? today > bookedOn : closedThrough >= bookedOn;
    // Another try on the day that was just refused would be refused for ever.
    if (!later)
      return this.#rejected(
        'closed',
        `the books say that they are closed on ${bookedOn} and name no later day that is open: ${answer.reason}`,
      );
    const day = await redateDelivery(database.pool, journal.id, {
      closedThrough,
      reason: answer.reason,
      today,
    });
    log.warn({ ...this.#about, key, from: bookedOn, to: day }, 'the books are closed there; booked later');
  }

  async #rejected(code: string, reason: string): Promise<void> {
    this.#hub.log.error({ ...this.#about, code, reason }, 'the books refuse a journal: a person must act');
    await noteRejected(this.#hub.database.pool, this.#delivery.key, code, reason);
  }

  /** Whether others may go on depends on whose failure it is: the journal's, or the connection's. */
  async #failed(error: unknown): Promise<boolean> {
    const { database, log } = this.#hub;
    const reason = errorReason(error);
    const code = error instanceof StockbridgeError ? error.code : 'failed';
    const setback = { code, reason, againMs: this.#againMs };
    if (!(error instanceof StockbridgeError) || code === 'outcome_unknown' || error.disposition === 'crash') {
      log.warn({ ...this.#about, code, reason }, 'whether the journal was booked is open; same key again');
      await noteUnknown(database.pool, this.#delivery.key, setback);
      return true;
    }
    if (error.disposition === 'park') {
      await noteRetry(database.pool, this.#delivery, { ...setback, againMs: 0 });
      await this.#hub.park(this.#live.id, code, reason);
      return false;
    }
    const againMs = error.disposition === 'wait' ? (error.retryAfterMs ?? THROTTLED_MS) : setback.againMs;
    log.warn({ ...this.#about, code, reason, againMs }, 'the books do not take journals now; they wait');
    await noteRetry(database.pool, this.#delivery, { ...setback, againMs });
    await postponeDeliveries(database.pool, this.#live.id, againMs);
    return false;
  }
}

/** Leaves room for the mark that a connector puts beside it. */
const MOST_MEMO = 3_800;

/** The memo of a journal that is booked on another day than its own says so. */
const toPost = ({ journal, key, bookedOn, attempts, lastSentAt }: DueDelivery) => ({
  key,
  number: journal.number,
  date: bookedOn,
  currency: journal.currency,
  memo: `${journal.memo.slice(0, MOST_MEMO)}${bookedOn === journal.date ? '' : redatedText(journal.date)}`,
  lines: journal.lines.map(({ side, account, amount, description, class: label, department }) => ({
    side,
    account,
    amount,
    description,
    ...(label !== undefined && { class: label }),
    ...(department !== undefined && { department }),
  })),
  attempts,
  lastSentAt,
});

const redatedText = (day: string): string => ` (of ${day}, on which these books were closed)`;
