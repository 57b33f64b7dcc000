// Late differences to a closed day that cancel out before any of them is booked, such as a bill that came late and was voided two
// days after. Each would be booked on the day of its own cause, as two corrections that say nothing; on the last of these days
// they are one correction’s nothing. None comes before its cause. Pure.
import type { BookableEntry } from './bookable.ts';
import { type Day, laterDay } from './calendar.ts';

/**
 * The same entries, those that cancel out booked on one day: of one step, between the same places, from the first on until
 * their sum is zero. `isFixed`: one that must be booked on its own day whatever else there is. In the order given, which is
 * that in which they were recorded.
 */
export function netted(
  entries: readonly BookableEntry[],
  isFixed: (entry: BookableEntry) => boolean = () => false,
): BookableEntry[] {
  const runs = new Map<string, Run>();
  const days = new Map<BookableEntry, Day>();
  for (const entry of entries) {
    // On its own day it is with all others of that day.
    if (entry.postingDay === entry.day || isFixed(entry)) continue;
    const key = keyOf(entry);
    const run = runs.get(key) ?? { entries: [], sum: 0n, day: entry.postingDay };
    run.entries.push(entry);
    run.sum += entry.amount;
    run.day = laterDay(run.day, entry.postingDay);
    if (run.sum !== 0n) {
      runs.set(key, run);
      continue;
    }
    for (const each of run.entries) days.set(each, run.day);
    runs.delete(key);
  }
  return entries.map((entry) => {
    const day = days.get(entry);
    return day === undefined || day === entry.postingDay ? entry : { ...entry, postingDay: day };
  });
}

interface Run {
  readonly entries: BookableEntry[];
  sum: bigint;
  day: Day;
}

/** What entries agree in that go to the same lines of the same journal if they are booked on the same day. */
const keyOf = ({
  step,
  day,
  reference,
  kind,
  debit,
  credit,
  location,
  group,
  connection,
}: BookableEntry): string =>
  JSON.stringify([
    ...[step, day, reference, kind, debit.role, debit.location, credit.role, credit.location],
    ...[location, group, connection],
  ]);
