// Waits until nothing is under way between the vendors and the hub, and compares the books of all of them.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../core/database.ts';
import { SHELF, type World } from './world.ts';

interface Unsettled {
  readonly pending: number;
  readonly unplanned: number;
  readonly due: number;
  readonly open: number;
}

/** What the hub has still to do. */
export async function unsettled(database: Database): Promise<Unsettled> {
  const { rows } = await database.pool.query<Unsettled>(
    `select (select count(*) from inbox_event where status = 'pending')::int as pending,
       (select count(*) from ledger_lane l join push_cursor c on c.lane = l.id where l.sequence > c.sequence)::int as unplanned,
       (select count(*) from listing_level where due_at is not null)::int as due,
       (select count(*) from publication_batch where settled_at is null)::int as open`,
  );
  return rows[0] ?? { pending: 0, unplanned: 0, due: 0, open: 0 };
}

/** Resolves once all is told and every poll has read past `since`; throws after the deadline, naming what is left. */
export async function untilSettled(
  world: World,
  database: Database,
  options: { deadlineMs: number; onWait?: (left: Unsettled) => void },
): Promise<void> {
  const deadline = Date.now() + options.deadlineMs;
  await Promise.all([world.shop.settled(), world.till.settled()]);
  const vendorsQuietAt = new Date();
  for (;;) {
    const left = await unsettled(database);
    const { rows } = await database.pool.query<{ behind: number }>(
      'select count(*)::int as behind from poll_cursor where through is null or through < $1',
      [vendorsQuietAt],
    );
    const busy = left.pending + left.unplanned + left.due + left.open + (rows[0]?.behind ?? 0);
    // The push itself makes the vendors notify us, so quiet must hold once more after they are.
    if (busy === 0) {
      await Promise.all([world.shop.settled(), world.till.settled()]);
      await sleep(300);
      const again = await unsettled(database);
      if (again.pending + again.unplanned + again.due + again.open === 0) return;
    }
    if (Date.now() > deadline)
      throw new Error(
        `not settled after ${options.deadlineMs} ms: ${JSON.stringify({ ...left, behind: rows[0]?.behind })}`,
      );
    options.onWait?.(left);
    await sleep(150);
  }
}

export interface BookLine {
  readonly sku: string;
  /** Sellable stock on the shelf, by the ledger. */
  readonly ledger: number;
  readonly reserved: number;
  /** What each channel offers; undefined where it does not list the item. */
  readonly shopAvailable: number | undefined;
  readonly tillInStock: number | undefined;
  /** Units promised to orders beyond what is on the shelf: two channels sold the last ones before either could be told. */
  readonly oversold: number;
  readonly equal: boolean;
}

/**
 * The ledger against the vendors' own books: each channel offers exactly what is on the shelf and not reserved. A shop whose
 * orders want more than that may show the shortage as a number below zero, and then it must be exactly the ledger's.
 */
export async function compareBooks(world: World, database: Database): Promise<BookLine[]> {
  const { rows } = await database.pool.query<{ sku: string; stock: string; reserved: string }>(
    `select i.sku, coalesce((select sum(b.quantity) from balance b join location l on l.id = b.location_id
         where b.item_id = i.id and b.state = 'sellable' and l.code not like '@%' and l.kind <> 'transit'), 0)::text as stock,
       coalesce((select sum(r.quantity) from reservation r where r.item_id = i.id), 0)::text as reserved
     from item i order by i.sku`,
  );
  const shop = new Map(
    world.shop.books().flatMap((row) => (row.sku === null ? [] : [[row.sku, row] as const])),
  );
  const till = world.till.books();
  return rows.map((row) => {
    const ledger = Number(row.stock);
    const reserved = Number(row.reserved);
    const free = Math.max(0, ledger - reserved);
    const shopAvailable = shop.get(row.sku)?.available;
    const inStock = till[row.sku]?.[SHELF]?.IN_STOCK;
    const tillInStock = inStock === undefined ? undefined : Number(inStock);
    const oversold = Math.max(0, reserved - ledger);
    const shopAgrees =
      shopAvailable === undefined || shopAvailable === free || shopAvailable === ledger - reserved;
    const equal = shopAgrees && (tillInStock ?? free) === free;
    return { sku: row.sku, ledger, reserved, shopAvailable, tillInStock, oversold, equal };
  });
}
