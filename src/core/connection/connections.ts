// The configured connections as the database knows them: their numbers, their cut-over, and whether a person must act.
import type { Database } from '../database.ts';
import { StockbridgeError } from '../errors.ts';
import type { Store } from '../inbox/store.ts';
import { type Instant, instantOfMicros } from '../vocabulary/instant.ts';
import { plainTextOf } from '../vocabulary/text.ts';

export interface ConnectionRow {
  readonly id: number;
  readonly name: string;
  readonly connector: string;
  readonly cutoverAt: Instant | undefined;
  readonly parked: { readonly code: string; readonly reason: string; readonly since: Date } | undefined;
}

/**
 * Makes the configured connections known and answers them by name. A cut-over in the configuration is taken once: the
 * instant decides which documents move stock, so it never moves afterwards.
 * @throws StockbridgeError `configuration_invalid` when a name changes its connector or its cut-over, or one lies in the future.
 */
export async function syncConnections(
  database: Database,
  configured: readonly { name: string; connector: string; cutover: Instant | undefined }[],
): Promise<Map<string, ConnectionRow>> {
  await refuseFuture(database, configured);
  const wanted = [
    configured.map((each) => each.name),
    configured.map((each) => each.connector),
    configured.map((each) => each.cutover ?? null),
  ];
  // Only what is missing is tried: an insert uses up one of the few numbers also where it then meets a conflict.
  await database.pool.query(
    `insert into connection (name, connector, cutover_at)
     select w.* from unnest($1::text[], $2::text[], $3::timestamptz[]) as w(name, connector, cutover_at)
     where not exists (select from connection c where c.name = w.name) on conflict (name) do nothing`,
    wanted,
  );
  await database.pool.query(
    `update connection c set cutover_at = w.cutover_at
     from unnest($1::text[], $2::text[], $3::timestamptz[]) as w(name, connector, cutover_at)
     where c.name = w.name and c.cutover_at is null and w.cutover_at is not null`,
    wanted,
  );
  const rows = new Map((await readConnections(database.pool)).map((row) => [row.name, row]));
  for (const each of configured) {
    const row = rows.get(each.name);
    if (row && row.connector !== each.connector) {
      throw new StockbridgeError(
        'configuration_invalid',
        `connections.${each.name}: it was a ${row.connector} connection and cannot become ${each.connector}; give the new one another name`,
      );
    }
    if (row?.cutoverAt !== undefined && each.cutover !== undefined && row.cutoverAt !== each.cutover) {
      throw new StockbridgeError(
        'configuration_invalid',
        `connections.${each.name}.cutover: the cut-over was ${row.cutoverAt} and cannot move to ${each.cutover}; remove it from the file`,
      );
    }
  }
  return rows;
}

/** What is dated before an instant that has not come would be ignored for good, and no opening stock can hold it. */
async function refuseFuture(
  database: Database,
  configured: readonly { name: string; cutover: Instant | undefined }[],
): Promise<void> {
  const { rows } = await database.pool.query<{ name: string }>(
    `select w.name from unnest($1::text[], $2::timestamptz[]) as w(name, cutover) left join connection c using (name)
     where w.cutover > clock_timestamp() and c.cutover_at is null`,
    [configured.map((each) => each.name), configured.map((each) => each.cutover ?? null)],
  );
  const [first] = rows;
  if (first)
    throw new StockbridgeError(
      'configuration_invalid',
      `connections.${first.name}.cutover has not come yet: everything until then would be ignored for good; remove it and run \`stockbridge cutover\` when the time has come`,
    );
}

export async function readConnections(store: Store): Promise<ConnectionRow[]> {
  const { rows } = await store.query<{
    id: number;
    name: string;
    connector: string;
    cutover: string | null;
    parked_at: Date | null;
    parked_code: string | null;
    parked_reason: string | null;
  }>(
    `select id, name, connector, (extract(epoch from cutover_at) * 1000000)::bigint as cutover, parked_at, parked_code, parked_reason
     from connection order by id`,
  );
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    connector: row.connector,
    cutoverAt: row.cutover === null ? undefined : instantOfMicros(BigInt(row.cutover)),
    parked: row.parked_at
      ? { code: row.parked_code ?? '', reason: row.parked_reason ?? '', since: row.parked_at }
      : undefined,
  }));
}

/** Stops a connection's work until {@link resume}; what it was stopped for first is kept. */
export async function park(store: Store, connectionId: number, code: string, reason: string): Promise<void> {
  await store.query(
    `update connection set parked_at = clock_timestamp(), parked_code = $2, parked_reason = $3 where id = $1 and parked_at is null`,
    [connectionId, code, plainTextOf(reason)],
  );
}

/** Lets a parked connection work again; its waiting events and levels are due at once. */
export async function resume(store: Store, connectionId: number): Promise<boolean> {
  const { rowCount } = await store.query(
    'update connection set parked_at = null, parked_code = null, parked_reason = null where id = $1 and parked_at is not null',
    [connectionId],
  );
  await store.query(
    `update inbox_event set retry_at = clock_timestamp() where connection_id = $1 and status = 'pending'`,
    [connectionId],
  );
  return (rowCount ?? 0) > 0;
}
