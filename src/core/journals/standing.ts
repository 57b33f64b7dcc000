// What is approved already, as far as new drafts depend on it: periods, numbers and stock. Reads only, and only what concerns the
// entries at hand, so that drafting a day costs the same however long the history is.
import type { Transaction } from '../database.ts';
import { type Money, storedMoney } from '../vocabulary/money.ts';
import type { AccountRole } from '../vocabulary/words.ts';
import type { BookableEntry } from './bookable.ts';
import { type Day, dayAfter, monthEnd, startOfDay } from './calendar.ts';
import { periodKey, type Standing } from './draft.ts';
import { COUNTED_ROLES } from './effect.ts';
import type { Books } from './rules.ts';
import { stemOf } from './wording.ts';

export interface StandingOptions extends Pick<Standing, 'today' | 'includeRunning' | 'drafted'> {
  /** What is to be drafted; undefined: whatever it is, so that the whole history is looked at. */
  readonly entries?: readonly BookableEntry[];
}

/** What is approved already, as far as drafts of these entries depend on it. */
export async function standingOf(
  client: Pick<Transaction, 'query'>,
  books: Books,
  { entries, ...options }: StandingOptions,
): Promise<Standing> {
  const days = entries && daysOf(entries, options.today);
  return {
    ...options,
    booked: await bookedPeriods(client, books, days && periodDays(days, books)),
    taken: await takenNumbers(client, days && stemsOf(days)),
    stock: books.system === 'periodic' ? await bookedStock(client) : [],
  };
}

/** Every day on which an entry takes effect or is booked, and the running one. */
const daysOf = (entries: readonly BookableEntry[], today: Day): readonly Day[] => [
  ...new Set([today, ...entries.map(({ day }) => day), ...entries.map((entry) => entry.postingDay)]),
];

/** Where the activity of their periods may stand: on the days themselves, or on any day of their months. */
const periodDays = (days: readonly Day[], { system, journal }: Books): readonly Day[] =>
  system === 'periodic' || journal.grain === 'month'
    ? [...new Set(days.map((day) => day.slice(0, 7)))].flatMap((month) =>
        Array.from({ length: 31 }, (_, index) => `${month}-${String(index + 1).padStart(2, '0')}`).filter(
          (day) => day <= monthEnd(`${month}-01`),
        ),
      )
    : days;

/** All that numbers of journals on or for these days, or for their months, may begin with. */
const stemsOf = (days: readonly Day[]): readonly string[] => [
  ...new Set(
    days.flatMap((day) =>
      [day, monthEnd(day)]
        .flatMap((each) => [stemOf('activity', each), stemOf('correction', each)])
        .concat(stemOf('closing', day.slice(0, 7))),
    ),
  ),
];

/** Activity drafted while its period was still running leaves room for more of it; what comes after that corrects. */
async function bookedPeriods(
  client: Pick<Transaction, 'query'>,
  { timeZone, journal }: Books,
  days: readonly Day[] | undefined,
): Promise<Map<string, bigint>> {
  const { rows } = await client.query<{
    kind: 'activity' | 'closing';
    date: string;
    reference: string | null;
    drafted: string;
  }>(
    `select j.kind, j.posting_date::text as date, j.reference, (extract(epoch from max(j.drafted_at)) * 1000000)::bigint::text as drafted
     from journal j where j.kind in ('activity', 'closing') and j.status <> 'draft' and ($1::date[] is null or j.posting_date = any ($1))
       and not exists (select from journal r where r.reverses = j.id)
     group by j.kind, j.posting_date, j.reference`,
    [days ?? null],
  );
  const booked = new Map<string, bigint>();
  for (const { kind, date, reference, drafted } of rows) {
    const byMonth = kind === 'closing' || journal.grain === 'month';
    const end = byMonth ? monthEnd(date) : date;
    const draftedAt = BigInt(drafted);
    if (draftedAt < startOfDay(dayAfter(end), timeZone)) continue;
    const key = periodKey(kind, byMonth ? date.slice(0, 7) : date, reference);
    if ((booked.get(key) ?? 0n) < draftedAt) booked.set(key, draftedAt);
  }
  return booked;
}

// A stem's numbers stand together in the index of numbers: `-` and the digits come before `.` there.
async function takenNumbers(
  client: Pick<Transaction, 'query'>,
  stems: readonly string[] | undefined,
): Promise<Map<string, number>> {
  const ordinal = `max(substring(number from '[0-9]+$')::int)`;
  const known = `status <> 'draft' and kind <> 'reversal'`;
  const { rows } = await client.query<{ stem: string; ordinal: number | null }>(
    stems === undefined
      ? `select regexp_replace(number, '-[0-9]+$', '') as stem, ${ordinal} as ordinal from journal where ${known} group by 1`
      : `select stem, ordinal from unnest($1::text[]) stem cross join lateral (
           select ${ordinal} as ordinal from journal where number > stem || '-' and number < stem || '.' and ${known}) own
         where ordinal is not null`,
    stems === undefined ? [] : [stems],
  );
  return new Map(rows.flatMap(({ stem, ordinal: last }) => (last === null ? [] : [[stem, last]])));
}

async function bookedStock(client: Pick<Transaction, 'query'>): Promise<Standing['stock']> {
  const { rows } = await client.query<{
    account: string;
    class: string | null;
    department: string | null;
    role: AccountRole;
    date: string;
    amount: string;
  }>(
    `select l.account, l.class, l.department, min(l.role) as role, j.posting_date::text as date,
       sum(case when l.side = 'debit' then l.amount else -l.amount end)::text as amount
     from journal_line l join journal j on j.id = l.journal_id where j.status <> 'draft' and l.role = any ($1::account_role[])
     group by l.account, l.class, l.department, j.posting_date`,
    [COUNTED_ROLES],
  );
  return rows.map((row) => ({
    target: {
      account: row.account,
      class: row.class ?? undefined,
      department: row.department ?? undefined,
      role: row.role,
    },
    date: row.date,
    amount: storedMoney(row.amount) as Money,
  }));
}
