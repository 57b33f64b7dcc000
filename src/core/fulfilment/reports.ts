// What channels still have to be told was shipped. Each report has its key before it is first sent and keeps it until the
// outcome is known (I8).
import type { Store } from '../inbox/store.ts';
import { type Instant, instantOfMicros } from '../vocabulary/instant.ts';
import { type Quantity, quantityFrom, smaller } from '../vocabulary/quantity.ts';

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
  }>(
    `select r.key, f.number, f.channel_id, f.order_document, (extract(epoch from r.shipped_at) * 1000000)::bigint as shipped,
       r.lines, r.tracking, f.channel_lines,
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
    lines: channelLinesOf(row.lines, row.ordered, row.channel_lines ?? []),
    tracking: row.tracking,
  }));
}

/** Of each line, the part of the channel's own quantity that its least shipped component allows. */
export function channelLinesOf(
  shipped: readonly StoredLine[],
  ordered: readonly StoredLine[],
  channel: readonly { readonly line: string; readonly quantity: string }[],
): { line: string; quantity: string }[] {
  const told = new Map(channel.map((each) => [each.line, BigInt(each.quantity.split('.')[0] ?? '0')]));
  return [...Map.groupBy(ordered, (each) => each.line)].flatMap(([line, components]) => {
    const parts = components.map((component) => {
      const own = shipped.find((each) => each.line === line && each.itemId === component.itemId);
      const gone = own ? quantityFrom(own.quantity) : (0n as Quantity);
      const whole = quantityFrom(component.quantity);
      const units = told.get(line);
      // Base units are the channel's where nobody said otherwise.
      return units === undefined ? ((gone / UNIT) as Quantity) : (((gone * units) / whole) as Quantity);
    });
    const quantity = parts.reduce((least, part) => smaller(least, part), parts[0] ?? (0n as Quantity));
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
