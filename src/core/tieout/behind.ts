// What others had booked behind the last close, kept by the close so that a tie-out need not read it again. It is believed only
// while every account stands, before our first day and at the end of the closed one, where it stood then; our own entries are
// always read anew.
import { z } from 'zod';
import type { Store } from '../inbox/store.ts';
import { type Day, dayBefore } from '../journals/calendar.ts';
import { type Money, storedMoney } from '../vocabulary/money.ts';
import type { Sums } from './ledger.ts';
import { type BooksActivity, type BooksEntry, type BooksStatement, JOURNAL_ENTRY } from './statement.ts';

export interface Behind {
  /** The first day with a journal of ours, as it was at the close. */
  readonly from: Day;
  /** The closed day. */
  readonly through: Day;
  /** What each account stood at before the first day, without our own entries; debit above zero. */
  readonly before: Sums;
  /** The same at the end of the closed day. */
  readonly others: Sums;
  /** Everything booked on the accounts by then that is no entry of ours. */
  readonly activity: readonly BooksActivity[];
}

type Entries = ReadonlyMap<string, Pick<BooksEntry, 'date' | 'number' | 'sums'>>;

/** What a whole statement shows behind its day; `own`: ids of our entries there. */
export function behindOf(statement: BooksStatement, own: ReadonlySet<string>): Behind {
  const { from, asOf, before, balances, entries, activity } = statement;
  const ours = new Map([...entries].filter(([id]) => own.has(id)));
  return {
    ...{ from, through: asOf },
    before: withoutOurs(before, ours, dayBefore(from)),
    others: withoutOurs(balances, ours, asOf),
    activity: activity.filter((row) => !isEntryIn(own, row)),
  };
}

/** What balances at the end of a day are without our own entries. */
export function withoutOurs(balances: Sums, ours: Entries, through: Day): Sums {
  const others = new Map(balances);
  for (const { date, sums } of ours.values()) {
    if (date > through) continue;
    for (const [account, amount] of sums) {
      const held = others.get(account);
      if (held !== undefined) others.set(account, (held - amount) as Money);
    }
  }
  return others;
}

export const isSameSums = (a: Sums, b: Sums): boolean =>
  a.size === b.size && [...a].every(([account, amount]) => b.get(account) === amount);

/** Everything booked by the end of the closed day, as a whole reading would show it. */
export function activityBehind(behind: Behind, ours: Entries): readonly BooksActivity[] {
  const { from, through, others } = behind;
  const rows = [...ours].flatMap(([id, { date, number, sums }]) =>
    date < from || date > through
      ? []
      : [...sums]
          .filter(([account]) => others.has(account))
          .map(([account, amount]) => ({
            ...{ account, id, kind: JOURNAL_ENTRY, number, date, amount, memo: '' },
          })),
  );
  return [...behind.activity, ...rows];
}

/** Whether a whole statement shows, of others and behind the close, exactly what was kept. */
export function isConfirmed({ through, activity }: Behind, whole: Behind): boolean {
  const textOf = (rows: readonly BooksActivity[]) =>
    rows
      .map(({ account, id, kind, number, date, amount }) =>
        JSON.stringify([account, kind, id, number ?? '', date, String(amount)]),
      )
      .sort()
      .join();
  return textOf(activity) === textOf(whole.activity.filter(({ date }) => date <= through));
}

const isEntryIn = (ids: { has(id: string): boolean }, { kind, id }: BooksActivity): boolean =>
  kind === JOURNAL_ENTRY && ids.has(id);

/** Where it is kept, in the state of the connection. */
const KEY = 'behind-close';
/** As much as a tie-out shows. */
const MEMO_LENGTH = 200;

const money = z.string().transform(storedMoney);
const sums = z.array(z.tuple([z.string(), money])).transform((each): Sums => new Map(each));
const keptSchema = z.object({
  from: z.string(),
  through: z.string(),
  before: sums,
  others: sums,
  activity: z.array(
    z.object({
      account: z.string(),
      id: z.string(),
      kind: z.string(),
      number: z.string().nullable(),
      date: z.string(),
      amount: money,
      memo: z.string(),
    }),
  ),
});

/** Keeps what a close saw, instead of what the one before it saw; `seal`: of its certificate. */
export async function keepBehind(
  store: Store,
  connectionId: number,
  seal: string,
  { from, through, before, others, activity }: Behind,
): Promise<void> {
  const textOf = (each: Sums) => [...each].map(([account, sum]) => [account, String(sum)]);
  const value = {
    ...{ seal, from, through, before: textOf(before), others: textOf(others) },
    activity: activity.map((row) => ({
      ...row,
      number: row.number ?? null,
      amount: String(row.amount),
      memo: row.memo.slice(0, MEMO_LENGTH),
    })),
  };
  await store.query(
    `insert into connection_state (connection_id, key, value) values ($1, $2, $3)
     on conflict (connection_id, key) do update set value = excluded.value, updated_at = clock_timestamp()`,
    [connectionId, KEY, JSON.stringify(value)],
  );
}

/** What the last close saw; undefined when it was reopened, did not ask these books, or nothing is closed. */
export async function behindLastClose(store: Store, connectionId: number): Promise<Behind | undefined> {
  const { rows } = await store.query<{ value: unknown }>(
    `select s.value from connection_state s join period_closing p on p.certificate ->> 'sha256' = s.value ->> 'seal'
     where s.connection_id = $1 and s.key = $2 and p.reopened_at is null and p.through = closed_through()`,
    [connectionId, KEY],
  );
  const kept = keptSchema.safeParse(rows[0]?.value).data;
  if (!kept) return undefined;
  return { ...kept, activity: kept.activity.map((row) => ({ ...row, number: row.number ?? undefined })) };
}

/** Has the books read as a whole until the next close. */
export async function forgetBehind(store: Store, connectionId: number): Promise<void> {
  await store.query('delete from connection_state where connection_id = $1 and key = $2', [
    connectionId,
    KEY,
  ]);
}
