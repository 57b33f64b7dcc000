// Where warehouses and the ledger disagree today: the newest that each location's reports say of each item, compared again
// with everything known by now, so that a difference which a late document explains is gone. Reads only.
import type { Store } from '../inbox/store.ts';
import { type Instant, instantOfMicros } from '../vocabulary/instant.ts';
import { difference, quantityText, storedQuantity } from '../vocabulary/quantity.ts';
import type { StockState } from '../vocabulary/words.ts';
import type { Cause } from './cause.ts';
import { type ComparedLine, compare, textOrNull } from './compare.ts';
import { NEAR_MS } from './evidence.ts';

export interface Difference {
  readonly connection: string;
  readonly location: string;
  readonly sku: string;
  readonly state: StockState;
  /** Set when the item's total agrees and one of its lots does not. */
  readonly lot: string | null;
  /** Decimal text in base units; null: missing from a full report. */
  readonly reported: string | null;
  /** What the ledger knows by now for the report's instant. */
  readonly ledger: string;
  /** Reported less ledger; null when missing from the report. */
  readonly difference: string | null;
  readonly cause: Cause;
  readonly sentence: string;
  readonly asOf: Instant;
  readonly document: string;
  readonly extent: 'full' | 'partial';
}

export interface DifferenceFilter {
  /** Code of a location. */
  readonly location?: string;
  /** Name of a connection. */
  readonly connection?: string;
  /** How near to the report's instant a movement must be to explain it; a day unless given. */
  readonly nearMs?: number;
}

/** Every difference as of today's knowledge, ordered by location, SKU, state and lot. */
export async function differences(store: Store, filter: DifferenceFilter = {}): Promise<Difference[]> {
  const found = new Map<string, Difference | undefined>();
  for (const report of await standingReports(store, filter)) {
    const lines = await compare(store, report, filter.nearMs ?? NEAR_MS);
    const wrongTotals = new Set(
      lines.flatMap((line) =>
        line.lotId === null && line.explanation ? [`${line.itemId}|${line.state}`] : [],
      ),
    );
    for (const line of lines) {
      const place = `${report.locationId}|${line.itemId}|${line.state}`;
      // The newest report comes first, and what it says of an item in a state covers the lots of older ones too.
      const key = `${place}|${line.lotId ?? ''}`;
      if (found.has(key) || (line.lotId !== null && isCovered(found, place, report.key))) continue;
      const lotSaysNoMore = line.lotId !== null && wrongTotals.has(`${line.itemId}|${line.state}`);
      found.set(key, lotSaysNoMore ? undefined : differenceOf(report, line));
      if (line.lotId === null) found.set(`${place}|by ${report.key}`, undefined);
    }
  }
  return [...found.values()]
    .filter((each) => each !== undefined)
    .sort(
      (a, b) =>
        inOrder(a.location, b.location) ||
        inOrder(a.sku, b.sku) ||
        inOrder(a.state, b.state) ||
        inOrder(a.lot ?? '', b.lot ?? ''),
    );
}

const inOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** True when another, newer report has said the item's total in that state. */
const isCovered = (found: ReadonlyMap<string, unknown>, place: string, reportKey: string): boolean =>
  found.has(`${place}|`) && !found.has(`${place}|by ${reportKey}`);

function differenceOf(report: StandingReport, line: ComparedLine): Difference | undefined {
  if (!line.explanation) return undefined;
  return {
    connection: report.connection,
    location: line.location,
    sku: line.sku,
    state: line.state,
    lot: line.lot,
    reported: textOrNull(line.reported),
    ledger: quantityText(line.ledger),
    difference: line.reported === undefined ? null : quantityText(difference(line.reported, line.ledger)),
    cause: line.explanation.cause,
    sentence: line.explanation.sentence,
    asOf: report.asOf,
    document: report.document,
    extent: report.extent,
  };
}

type StandingReport = Awaited<ReturnType<typeof standingReports>>[number];

// The newest full report of each place, and partial ones that are not older; one for the same instant replaces an earlier one.
const STANDING = `
with chosen as (
  select r.*, l.code as location, c.name as connection from stock_report r
  join location l on l.id = r.location_id join connection c on c.id = r.connection_id
  where ($1::text is null or l.code = $1) and ($2::text is null or c.name = $2) and r.superseded_by is null),
newest as (
  select distinct on (location_id) location_id, key, as_of, recorded_at from chosen where extent = 'full'
  order by location_id, as_of desc, recorded_at desc),
latest as (
  select distinct on (r.location_id, s.item_id, s.state) s.report_key
  from chosen r join stock_report_line s on s.report_key = r.key and s.quantity is not null
  order by r.location_id, s.item_id, s.state, r.as_of desc, r.recorded_at desc)
select r.key, r.connection, r.connection_id, r.inbox_event_id, r.location_id, r.in_transit_id, r.document, r.extent,
  (extract(epoch from r.as_of) * 1000000)::bigint as as_of
from chosen r left join newest n using (location_id)
where r.key = n.key or (r.key in (select report_key from latest)
  and (n.key is null or (r.extent = 'partial' and (r.as_of, r.recorded_at) >= (n.as_of, n.recorded_at))))
order by r.location_id, r.as_of desc, r.recorded_at desc`;

async function standingReports(store: Store, filter: DifferenceFilter) {
  const { rows } = await store.query<{
    key: string;
    connection: string;
    connection_id: number;
    inbox_event_id: string | null;
    location_id: number;
    in_transit_id: number | null;
    document: string;
    extent: 'full' | 'partial';
    as_of: string;
  }>(STANDING, [filter.location ?? null, filter.connection ?? null]);
  if (rows.length === 0) return [];
  const said = await store.query<{
    report_key: string;
    item_id: number;
    state: StockState;
    lot_id: number | null;
    quantity: string;
  }>(
    `select report_key, item_id, state::text as state, lot_id, quantity::text as quantity from stock_report_line
     where report_key = any($1::uuid[]) and quantity is not null order by report_key, position`,
    [rows.map((row) => row.key)],
  );
  const lines = Map.groupBy(said.rows, (row) => row.report_key);
  return rows.map((row) => ({
    key: row.key,
    connection: row.connection,
    connectionId: row.connection_id,
    locationId: row.location_id,
    inTransitId: row.in_transit_id,
    document: row.document,
    extent: row.extent,
    asOf: instantOfMicros(BigInt(row.as_of)),
    ownEventIds: row.inbox_event_id === null ? [] : [row.inbox_event_id],
    lines: levelsOf(lines.get(row.key) ?? []),
  }));
}

/** Stored lines hold the totals already. */
const levelsOf = (
  rows: readonly { item_id: number; state: StockState; lot_id: number | null; quantity: string }[],
) =>
  rows.map((row) => ({
    itemId: row.item_id,
    state: row.state,
    lotId: row.lot_id,
    quantity: storedQuantity(row.quantity),
  }));
