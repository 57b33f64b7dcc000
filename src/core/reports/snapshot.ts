// What every report of value stands on: one unmoving picture of the database, the company it is for, and what of its value is
// behind the ledger, so that no report can hide it. Reads only.
import type { Database, Transaction } from '../database.ts';
import { StockbridgeError } from '../errors.ts';
import { businessDay, type Day, dayAfter, isTimeZone, startInstant } from '../journals/calendar.ts';
import { type Company, readCompany } from '../valuation/company.ts';
import { type Instant, instantFrom, microsOf } from '../vocabulary/instant.ts';

/** An item whose value is behind its history. */
export interface BehindItem {
  readonly sku: string;
  /** First day that may be valued otherwise; null: not looked at yet. */
  readonly from: Day | null;
  readonly attempts: number;
  readonly reason: string;
}

export interface Behind {
  readonly count: number;
  /** Failures first, at most {@link MOST_SHOWN}. */
  readonly items: readonly BehindItem[];
}

const MOST_SHOWN = 50;

/** A report: what it is of, what is behind, and what it says. */
export type Report<Content> = {
  readonly currency: string;
  readonly timeZone: string;
  /** Value that is not up to the ledger: then the figures may still change. */
  readonly behind: Behind;
} & Content;

export interface Snapshot {
  readonly client: Transaction;
  readonly company: Company;
  readonly behind: Behind;
  /** Ids of all items that are behind. */
  readonly behindIds: ReadonlySet<number>;
}

/**
 * Makes a report from one picture of the database.
 * @throws StockbridgeError `configuration_invalid` while nothing says how stock is valued.
 */
export const reportOf = <Content extends object>(
  database: Database,
  make: (snapshot: Snapshot) => Promise<Content>,
): Promise<Report<Content>> =>
  database.transaction(async (client) => {
    await client.query('set transaction isolation level repeatable read, read only');
    const company = await readCompany(client);
    if (!company || !isTimeZone(company.timeZone))
      throw new StockbridgeError(
        'configuration_invalid',
        'nothing says how stock is valued: add the block `books` to the configuration',
      );
    const { currency, timeZone } = company;
    const { behind, behindIds } = await behindIn(client, timeZone);
    return { currency, timeZone, behind, ...(await make({ client, company, behind, behindIds })) };
  });

const BEHIND = `
with posted as (
  select distinct unnest(b.items) as item_id from ledger_batch b join valuation_cursor c on c.lane = b.lane where b.sequence > c.sequence)
select i.id, i.sku, s.attempts, s.failure,
  to_char(s.from_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as from_at
from (select item_id from valuation_stale union select item_id from posted) u
join item i on i.id = u.item_id left join valuation_stale s on s.item_id = u.item_id
order by s.failure is null, i.sku`;

async function behindIn(
  client: Transaction,
  timeZone: string,
): Promise<{ behind: Behind; behindIds: ReadonlySet<number> }> {
  const { rows } = await client.query<{
    id: number;
    sku: string;
    attempts: number | null;
    failure: string | null;
    from_at: string | null;
  }>(BEHIND);
  const items = rows.slice(0, MOST_SHOWN).map(
    (row): BehindItem => ({
      sku: row.sku,
      from: row.from_at === null ? null : businessDay(microsOf(instantFrom(row.from_at)), timeZone),
      attempts: row.attempts ?? 0,
      reason: row.failure ?? 'new facts are not valued yet',
    }),
  );
  return { behind: { count: rows.length, items }, behindIds: new Set(rows.map(({ id }) => id)) };
}

/** Where a report cuts history: everything that took effect before an instant, and was recorded before another one. */
export interface Cut {
  readonly before: Instant;
  /** Null: everything known now. */
  readonly knownBefore: Instant | null;
}

/**
 * The end of a business day as it is seen now, or as it was known at the end of another day.
 * @throws StockbridgeError `argument_invalid` when a day is none.
 */
export const cutAfter = (company: Company, day: Day, knownDay?: Day): Cut => ({
  before: startInstant(dayAfter(dayFrom(day)), company.timeZone),
  knownBefore: knownDay === undefined ? null : startInstant(dayAfter(dayFrom(knownDay)), company.timeZone),
});

/** The first instant of a business day. */
export const beginningOf = (company: Company, day: Day): Instant =>
  startInstant(dayFrom(day), company.timeZone);

/** From the first day of a range to before the day after its last. */
export interface Range {
  readonly from: Day;
  readonly through: Day;
}

/**
 * Reads a calendar day.
 * @throws StockbridgeError `argument_invalid` when the text is none.
 */
export function dayFrom(text: string): Day {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const midnight = isDay ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== text)
    throw new StockbridgeError('argument_invalid', `${text} is no day; write it as 2026-11-30`);
  return text;
}

/** @throws StockbridgeError `argument_invalid` when a day is none, or the last comes before the first. */
export function rangeFrom({ from, through }: Range): Range {
  if (dayFrom(from) > dayFrom(through))
    throw new StockbridgeError(
      'argument_invalid',
      `the range ends on ${through}, before it begins on ${from}`,
    );
  return { from, through };
}

/** Days from one to another, both counted when the same day counts as one. */
export const daysIn = ({ from, through }: Range): number =>
  Math.round((Date.parse(through) - Date.parse(from)) / 86_400_000) + 1;
