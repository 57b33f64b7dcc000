// What channels still have to be told was shipped. Each report has its key before it is first sent and keeps it until the
// outcome is known (I8).
import type { Store } from '../inbox/store.ts';
import { type Instant, instantOfMicros } from '../vocabulary/instant.ts';
import { quantityFrom, smaller, sum, ZERO } from '../vocabulary/quantity.ts';

export interface DueReport {
  readonly key: string;
  readonly number: string;
  readonly channelId: number;
  readonly order: string;
  readonly shippedAt: Instant;
  /** The channel's lines in its own units, whole; a kit counts when all of its components have left. */
  readonly lines: readonly { readonly line: string; readonly quantity: string }[];
  readonly tracking: readonly { readonly number: string; readonly carrier?: string }[];
}

interface StoredLine {
  readonly line: string;
  readonly itemId: number;
  readonly quantity: string;
}

/** Reports of one partner's shipments whose time has come, oldest first. */
export async function dueReports(store: Store, connectionId: number, limit = 50): Promise<DueReport[]> {
  const { rows } = await store.query<{
    key: string;
    number: string;
    channel_id: number;
    order_document: string;
    shipped: string;
    lines: StoredLine[];
    tracking: { number: string; carrier?: string }[];
    channel_lines: { line: string; quantity: string }[] | null;
    ordered: StoredLine[];
    before: StoredLine[] | null;
  }>(
    `select r.key, f.number, f.channel_id, f.order_document, (extract(epoch from r.shipped_at) * 1000000)::bigint as shipped,
       r.lines, r.tracking, f.channel_lines,
       (select jsonb_agg(line) from fulfilment_report p, jsonb_array_elements(p.lines) as line
        where p.fulfilment_order_id = f.id and p.id < r.id) as before,
       (select json_agg(json_build_object('line', l.line, 'itemId', l.item_id, 'quantity', trim_scale(l.quantity)::text))
        from fulfilment_order_line l where l.fulfilment_order_id = f.id) as ordered
     from fulfilment_report r join fulfilment_order f on f.id = r.fulfilment_order_id
     where f.connection_id = $1 and r.settled_at is null and r.retry_at <= clock_timestamp() order by r.shipped_at, r.key limit $2`,
    [connectionId, limit],
  );
  return rows.map((row) => ({
    key: row.key,
    number: row.number,
    channelId: row.channel_id,
    order: row.order_document,
    shippedAt: instantOfMicros(BigInt(row.shipped)),
    lines: channelLinesOf(row.lines, row.ordered, row.channel_lines ?? [], row.before ?? []),
    tracking: row.tracking,
  }));
}

/**
 * Of each line, the part of the channel's own quantity that its least shipped component allows, less what the reports
 * `before` allowed: halves of a unit that leave one after the other are one unit in the end. Never more than was ordered.
 */
export function channelLinesOf(
  shipped: readonly StoredLine[],
  ordered: readonly StoredLine[],
  channel: readonly { readonly line: string; readonly quantity: string }[],
  before: readonly StoredLine[] = [],
): { line: string; quantity: string }[] {
  const told = new Map(channel.map((each) => [each.line, BigInt(each.quantity.split('.')[0] ?? '0')]));
  // A line that a change of the order took away is the channel's no more.
  const wanted = ordered.filter((each) => quantityFrom(each.quantity) > ZERO);
  return [...Map.groupBy(wanted, (each) => each.line)].flatMap(([line, components]) => {
    const unitsIn = (gone: readonly StoredLine[]): bigint =>
      components
        .map((component) => {
          const own = gone
            .filter((each) => each.line === line && each.itemId === component.itemId)
            .reduce((total, each) => sum(total, quantityFrom(each.quantity)), ZERO);
          const whole = quantityFrom(component.quantity);
          // Base units are the channel's where nobody said otherwise.
          return (smaller(own, whole) * (told.get(line) ?? whole / UNIT)) / whole;
        })
        .reduce((least, units) => (units < least ? units : least));
    const quantity = unitsIn([...before, ...shipped]) - unitsIn(before);
    return quantity > 0n ? [{ line, quantity: quantity.toString() }] : [];
  });
}

const UNIT = 1_000_000n;

export const settleReport = async (
  store: Store,
  key: string,
  outcome: 'applied' | 'already' | 'rejected' | 'nothing',
  note: string,
): Promise<void> =>
  void (await store.query(
    `update fulfilment_report set settled_at = clock_timestamp(), outcome = $2, failure = nullif($3, ''), attempts = attempts + 1
     where key = $1 and settled_at is null`,
    [key, outcome, note.slice(0, 500)],
  ));

/** Tries again under the same key after a pause that doubles from ten seconds to an hour. */
export const postponeReport = async (store: Store, key: string, reason: string): Promise<void> =>
  void (await store.query(
    `update fulfilment_report set attempts = attempts + 1, failure = $2,
       retry_at = clock_timestamp() + make_interval(secs => least(3600, 10 * power(2, least(attempts, 9)))) where key = $1`,
    [key, reason.slice(0, 500)],
  ));
