// What must be true when everything is up again and quiet. Reads the hub's tables, the vendors' books and the model;
// each question is asked of two independent witnesses.

import type { Database } from '../../src/core/database.ts';
import { accounting } from '../../src/core/inbox/events.ts';
import { verifyLedger } from '../../src/core/ledger/verify.ts';
import { compareBooks } from '../../src/demo/settled.ts';
import type { World } from '../../src/demo/world.ts';
import type { Model } from './model.ts';

/** I1: acknowledged ids that the inbox does not have, and inbox rows of the dock that nobody sent. */
export async function missingAndStrange(
  database: Database,
  sent: Iterable<string>,
): Promise<{ missing: string[]; strange: string[] }> {
  const { rows } = await database.pool.query<{ key: string }>(
    `select e.dedupe_key as key from inbox_event e join connection c on c.id = e.connection_id where c.name = 'dock'`,
  );
  const stored = new Set(rows.map((row) => row.key.replace(/^delivery:/, '')));
  const wanted = new Set(sent);
  return {
    missing: [...wanted].filter((id) => !stored.has(id)),
    strange: [...stored].filter((id) => !wanted.has(id)),
  };
}

/** I1: connections whose accounts do not balance, or whose events are not all settled. */
export async function unbalanced(database: Database): Promise<string[]> {
  const wrong = (await accounting(database.pool)).filter(
    (each) => !each.balanced || each.byStatus.pending > 0n,
  );
  return wrong.map((each) =>
    JSON.stringify(each, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value)),
  );
}

/**
 * Events that wait for a person, though nothing that was sent needs one. The shop writes a level webhook when it delivers it,
 * so a copy may show a later level under the same key: such a conflict is kept and shown, as I4 demands.
 */
export async function quarantined(database: Database): Promise<object[]> {
  const { rows } = await database.pool.query<object>(
    `select e.id, c.name as connection, e.topic, e.source, e.code, e.reason, e.generation, e.conflicts_with from inbox_event e
     join connection c on c.id = e.connection_id where e.status = 'quarantined' and not (e.conflicts_with is not null and e.topic = 'inventory_levels/update') order by e.id limit 20`,
  );
  return rows;
}

/** I2, I3: SKUs whose balance or reservations differ from the model's. */
export async function differingFrom(model: Model, world: World, database: Database): Promise<object[]> {
  const books = new Map((await compareBooks(world, database)).map((line) => [line.sku, line]));
  return model.rows().flatMap((row) => {
    const line = books.get(row.sku);
    return line?.ledger === row.onHand && line.reserved === row.reserved ? [] : [{ model: row, hub: line }];
  });
}

/** I3: facts that have more than one effect. */
export async function doubled(database: Database): Promise<object[]> {
  const { rows } = await database.pool.query<object>(
    `select document, type, connection_id, item_id, count(*)::int as times from movement group by 1, 2, 3, 4 having count(*) > 1 limit 20`,
  );
  return rows;
}

export const breaches = async (database: Database): Promise<readonly object[]> =>
  (await verifyLedger(database)).breaches;

export const unequalBooks = async (world: World, database: Database): Promise<object[]> =>
  (await compareBooks(world, database)).filter((line) => !line.equal);

/** I7: levels whose versions have a gap or a repetition, or whose settled numbers went out in another order. */
export async function brokenVersions(database: Database): Promise<object[]> {
  const { rows } = await database.pool.query<object>(
    `with numbered as (
       select p.listing_id, p.external_location, p.version, p.created_at, p.status,
         lag(p.version) over level as before, lag(coalesce(p.settled_at, 'infinity')) over level as before_settled_at
       from publication p window level as (partition by listing_id, external_location order by created_at, id))
     select * from numbered where (before is not null and version <> before + 1) or before_settled_at > created_at limit 20`,
  );
  return rows;
}

/** I8: intents that the vendors' own books show more than once, or that the vendors hold and the hub does not. */
export async function repeatedEffects(
  world: World,
  database: Database,
): Promise<{ twice: string[]; unknown: string[]; seen: number }> {
  const seen = new Map<string, number>();
  const see = (name: string): void => void seen.set(name, (seen.get(name) ?? 0) + 1);
  for (const group of world.shop.pushes())
    if (group.referenceDocumentUri !== null) see(group.referenceDocumentUri);
  for (const change of world.till.changes()) {
    const reference = (change.adjustment as { reference_id?: string } | undefined)?.reference_id;
    if (reference?.startsWith('stockbridge')) see(reference);
  }
  const { rows } = await database.pool.query<{ id: string; key: string }>(
    'select id, batch_key as key from publication',
  );
  const intents = new Set(rows.flatMap((row) => [row.id, row.key]));
  return {
    twice: [...seen].filter(([, times]) => times > 1).map(([name]) => name),
    unknown: [...seen.keys()].filter((name) => !intents.has(name.split(/[:/]/).at(-1) ?? '')),
    seen: seen.size,
  };
}
