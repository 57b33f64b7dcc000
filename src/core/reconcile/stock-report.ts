// Keeps what warehouses report beside what the ledger said for the same instant, in the transaction that posts the event.
// A report is evidence: it never changes a balance, the same one twice is one (I3), and another one under its key is a
// conflict that a person sees (I4).
import { createHash } from 'node:crypto';
import type { Transaction } from '../database.ts';
import type { Store } from '../inbox/store.ts';
import type { Outcome, PostingResult } from '../ledger/decide.ts';
import type { Posting, StockReport } from '../ledger/movement.ts';
import { type Instant, microsOf } from '../vocabulary/instant.ts';
import { quantityText } from '../vocabulary/quantity.ts';
import { type ComparedLine, compare, textOrNull, withTotals } from './compare.ts';
import { NEAR_MS } from './evidence.ts';

/** Stores the reports of a batch and answers the results with an outcome for each. Call it once the movements are written. */
export async function storeReports(
  client: Transaction,
  postings: readonly Posting[],
  results: readonly PostingResult[],
  recordedAt: Instant,
): Promise<readonly PostingResult[]> {
  if (!postings.some((posting) => posting.reports?.length)) return results;
  const eventIds = postings.flatMap((posting) => posting.inboxEventId ?? []);
  // The newest first, so that it supersedes the others of its batch; and always in one order, so that two batches with the
  // same reports do not wait for each other in a circle.
  const given = postings
    .flatMap((posting, index) => (posting.reports ?? []).map((report) => ({ posting, index, report })))
    .sort((a, b) => inOrder(b.report.asOf, a.report.asOf) || inOrder(a.report.key, b.report.key));
  const outcomes: { index: number; report: StockReport; outcome: Outcome }[] = [];
  for (const { posting, index, report } of given) {
    const outcome = await storeReport(client, posting, report, eventIds, recordedAt);
    outcomes.push({ index, report, outcome });
  }
  return results.map((result, index) => {
    const own = outcomes.filter((each) => each.index === index);
    const place = ({ report }: { report: StockReport }) => postings[index]?.reports?.indexOf(report) ?? 0;
    return own.length === 0
      ? result
      : { ...result, reports: own.sort((a, b) => place(a) - place(b)).map(({ outcome }) => outcome) };
  });
}

const inOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const linesOf = (report: StockReport) => report.lines.map((line) => ({ ...line, lotId: line.lotId ?? null }));

/** SHA-256 over what a report says, whatever the order of its lines. */
function reportFingerprint(report: StockReport): Buffer {
  const lines = linesOf(report).map(
    (line) => `${line.itemId}|${line.state}|${line.lotId ?? ''}|${line.quantity}`,
  );
  const head = `${report.key}|${report.locationId}|${report.extent}|${microsOf(report.asOf)}`;
  return createHash('sha256')
    .update([head, ...lines.sort()].join('\n'))
    .digest();
}

// What covers this report: a newer full one of the place, or a newer one that names each of its items.
const STORE = `
insert into stock_report (key, connection_id, inbox_event_id, document, location_id, in_transit_id, as_of, extent, items,
  superseded_by, recorded_at, fingerprint)
select $1, $2, $3, $4, $5, $6, $7, $8, cardinality($9::int[]),
  (select n.key from stock_report n where n.location_id = $5 and n.as_of > $7
     and (n.extent = 'full' or ($8 = 'partial' and not exists (
       select from unnest($9::int[]) as own(item_id) where not exists (
         select from stock_report_line l where l.report_key = n.key and l.item_id = own.item_id and l.quantity is not null))))
   order by n.as_of desc, n.recorded_at desc limit 1), $10, $11
on conflict (key) do nothing returning key`;

async function storeReport(
  client: Transaction,
  posting: Posting,
  report: StockReport,
  eventIds: readonly string[],
  recordedAt: Instant,
): Promise<Outcome> {
  const fingerprint = reportFingerprint(report);
  const { rowCount } = await client.query(STORE, [
    report.key,
    posting.connectionId,
    posting.inboxEventId,
    report.document,
    report.locationId,
    report.inTransitId ?? null,
    report.asOf,
    report.extent,
    [...new Set(report.lines.map((line) => line.itemId))],
    recordedAt,
    fingerprint,
  ]);
  if (rowCount === 0) return known(client, posting, report, fingerprint);
  const lines = await compare(
    client,
    {
      connectionId: posting.connectionId,
      locationId: report.locationId,
      inTransitId: report.inTransitId ?? null,
      asOf: report.asOf,
      ownEventIds: eventIds,
      extent: report.extent,
      lines: withTotals(linesOf(report)),
    },
    NEAR_MS,
  );
  await storeLines(client, report.key, lines);
  return { outcome: 'posted' };
}

async function storeLines(client: Transaction, key: string, lines: readonly ComparedLine[]): Promise<void> {
  await client.query(
    `insert into stock_report_line (report_key, position, item_id, state, lot_id, quantity, ledger_quantity, cause)
     select $1, position, item_id, state, lot_id, quantity, ledger_quantity, cause
     from unnest($2::int[], $3::stock_state[], $4::int[], $5::numeric[], $6::numeric[], $7::text[]) with ordinality
       as l(item_id, state, lot_id, quantity, ledger_quantity, cause, position)`,
    [
      key,
      lines.map((line) => line.itemId),
      lines.map((line) => line.state),
      lines.map((line) => line.lotId),
      lines.map((line) => textOrNull(line.reported)),
      lines.map((line) => quantityText(line.ledger)),
      lines.map((line) => line.explanation?.cause ?? null),
    ],
  );
}

async function known(
  client: Transaction,
  posting: Posting,
  report: StockReport,
  fingerprint: Buffer,
): Promise<Outcome> {
  const { rows } = await client.query<{ fingerprint: Buffer }>(
    'select fingerprint from stock_report where key = $1',
    [report.key],
  );
  if (rows[0]?.fingerprint.equals(fingerprint)) return { outcome: 'duplicate' };
  await client.query(
    `insert into ledger_conflict (key, connection_id, inbox_event_id, document, content, fingerprint)
     values ($1, $2, $3, $4, $5, $6) on conflict (key, fingerprint) do nothing`,
    [
      report.key,
      posting.connectionId,
      posting.inboxEventId,
      report.document,
      JSON.stringify(report),
      fingerprint,
    ],
  );
  return { outcome: 'conflict', reason: `${report.document} was reported before, with other content` };
}

/**
 * Names (SKU, barcodes, the connection's listings) of the items of which the ledger has more than zero at a location now,
 * in any state: what a guard asks before it believes a zero.
 */
export async function stockedNames(
  store: Store,
  connectionId: number,
  locationCode: string,
): Promise<ReadonlySet<string>> {
  const { rows } = await store.query<{ name: string }>(
    `with stocked as (
       select distinct b.item_id from balance b join location l on l.id = b.location_id where l.code = $2 and b.quantity > 0)
     select sku as name from item join stocked on id = item_id
     union select code from barcode join stocked using (item_id)
     union select external_id from listing join stocked using (item_id) where connection_id = $1`,
    [connectionId, locationCode],
  );
  return new Set(rows.map((row) => row.name));
}
