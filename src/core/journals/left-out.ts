// What an approval leaves out and why, so that nobody takes its days for complete. Reads only.
import type { Database } from '../database.ts';
import { unvaluedItems, unvaluedText } from '../valuation/unvalued.ts';
import { type Instant, microsOf } from '../vocabulary/instant.ts';
import { businessDay, type Day, dayAfter, startInstant } from './calendar.ts';
import { readJournals } from './document.ts';
import { draftJournals } from './draft.ts';
import type { Books } from './rules.ts';
import { isInForce } from './rules-taken.ts';
import { standingOf } from './standing.ts';
import { closedThrough, unbookedEntries } from './unbooked.ts';

export interface LeftOut {
  readonly outcome: 'left_out';
  readonly why:
    | 'later'
    | 'drafted_meanwhile'
    | 'held'
    | 'waiting'
    | 'not_drafted'
    | 'not_valued'
    | 'rules_changed';
  /** Numbers of drafts; none where nothing is drafted. */
  readonly journals: readonly string[];
  /** One sentence for people. */
  readonly reason: string;
}

/** To be asked after the approval of all drafts through that day. */
export async function leftOutOf(
  { pool }: Database,
  books: Books,
  {
    through,
    now,
    refused = new Set(),
  }: {
    readonly through: Day;
    readonly now: Instant;
    /** Ids of drafts that the approval refused, saying why; they are not named again. */
    readonly refused?: ReadonlySet<string>;
  },
): Promise<LeftOut[]> {
  const drafts = (await readJournals(pool, { statuses: ['draft'] })).filter(({ id }) => !refused.has(id));
  const closed = await closedThrough(pool);
  const today = businessDay(microsOf(now), books.timeZone);
  const entries = await unbookedEntries(pool, books, closed, { withDrafted: true });
  const standing = await standingOf(pool, books, { today, entries });
  const { journals, stopped, waiting } = draftJournals(entries, books, standing);
  const { rows } = await pool.query<{ id: string }>(
    'select id::text from cost_entry where journal_id is null and amount <> 0',
  );
  const undrafted = new Set(rows.map(({ id }) => id));
  const ready = journals
    .filter(({ date }) => date <= through)
    .flatMap(({ entries }) => entries.filter((id) => undrafted.has(id)));
  const wait = waiting.filter(({ postingDay }) => postingDay <= through);
  const numbers = (late: boolean) =>
    drafts.filter(({ date }) => date > through === late).map(({ number }) => number);
  return [
    ...left('drafted_meanwhile', numbers(false), (count) => `${draftsOf(count)} made anew meanwhile`),
    ...left('later', numbers(true), (count) => `${draftsOf(count)} on a later day than ${through}`),
    ...stopped
      .filter(({ period }) => period <= through)
      .map(({ reason }): LeftOut => ({ outcome: 'left_out', why: 'held', journals: [], reason })),
    ...counted('waiting', wait.length, 'until their day or month is over'),
    ...(await unvaluedThrough(pool, books, through)),
    ...counted('not_drafted', ready.length, 'to be drafted: `stockbridge journal draft`'),
    ...(refused.size > 0 || (await isInForce(pool, books)) ? [] : [RULES_CHANGED]),
  ];
}

/** Items of which something through a day is not valued, and so in no journal. */
export async function unvaluedThrough(
  store: Database['pool'],
  { timeZone }: Books,
  through: Day,
): Promise<LeftOut[]> {
  const unvalued = await unvaluedItems(store, startInstant(dayAfter(through), timeZone));
  return unvaluedText(unvalued).map((reason) => ({
    ...{ outcome: 'left_out', why: 'not_valued', journals: [], reason },
  }));
}

const RULES_CHANGED: LeftOut = {
  outcome: 'left_out',
  why: 'rules_changed',
  journals: [],
  reason:
    'the books block was changed since drafts were made: `stockbridge journal draft` makes them by the new one',
};

const draftsOf = (count: number): string => (count === 1 ? '1 draft' : `${count} drafts`);

const left = (
  why: LeftOut['why'],
  journals: readonly string[],
  reasonOf: (count: number) => string,
): LeftOut[] =>
  journals.length === 0 ? [] : [{ outcome: 'left_out', why, journals, reason: reasonOf(journals.length) }];

const counted = (why: LeftOut['why'], count: number, until: string): LeftOut[] =>
  count === 0
    ? []
    : [
        {
          outcome: 'left_out',
          why,
          journals: [],
          reason: `${count === 1 ? '1 entry waits' : `${count} entries wait`} ${until}`,
        },
      ];
