// What the books say stock was worth when a day was closed, beside what is known now: journals never change, knowledge does.
// Reads only.
import type { Transaction } from '../database.ts';
import type { Day } from '../journals/calendar.ts';
import { closedThrough } from '../journals/unbooked.ts';
import { type Money, moneyText, storedMoney } from '../vocabulary/money.ts';
import { STOCK_ROLES } from '../vocabulary/words.ts';

/** Value of stock as the books were closed with it. */
export interface AsClosed {
  /** The last day that is closed. */
  readonly closedThrough: Day;
  /** At cost, by the journals up to the day. */
  readonly value: string;
  /** What is known now less that: booked on later days. */
  readonly bookedLater: string;
}

/** What is booked of stock at the end of a day; undefined where that day is open, for then it may still change. */
export async function bookedValueAt(
  client: Transaction,
  day: Day,
): Promise<{ readonly closedThrough: Day; readonly value: Money } | undefined> {
  const closed = await closedThrough(client);
  if (closed === undefined || day > closed) return undefined;
  const { rows } = await client.query<{ value: string }>(
    `select coalesce(sum(case when l.side = 'debit' then l.amount else -l.amount end), 0)::text as value
     from journal_line l join journal j on j.id = l.journal_id
     where j.status <> 'draft' and j.posting_date <= $1 and l.role::text = any ($2)`,
    [day, STOCK_ROLES],
  );
  return { closedThrough: closed, value: storedMoney(rows[0]?.value ?? '0') };
}

/** The same beside what is known now of the day; null where it is open. */
export async function asClosed(
  client: Transaction,
  day: Day,
  known: Money,
  currency: string,
): Promise<AsClosed | null> {
  const booked = await bookedValueAt(client, day);
  if (!booked) return null;
  return {
    closedThrough: booked.closedThrough,
    value: moneyText(booked.value, currency),
    bookedLater: moneyText((known - booked.value) as Money, currency),
  };
}
