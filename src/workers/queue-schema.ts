// The queues' own tables in PostgreSQL, by BullMQ's own migrations. BullMQ only compares majors when it connects,
// so an upgraded hub would run on old SQL functions unless this file says so. It never touches the hub's tables.
import { DEFAULT_SCHEMA, LATEST_SCHEMA_VERSION, runMigrations } from 'bullmq';
import pg from 'pg';

export interface QueueSchemaStatus {
  readonly schema: string;
  /** 0 when the schema was never created. */
  readonly installed: number;
  readonly latest: number;
}

/**
 * Brings the queue schema to the version bundled with the installed BullMQ and answers that version.
 * Safe to call from many processes at once: BullMQ serialises it by an advisory lock in one transaction.
 */
export async function migrateQueues(url: string, schema: string = DEFAULT_SCHEMA): Promise<number> {
  const client = new pg.Client({ connectionString: url, application_name: 'stockbridge queue migration' });
  await client.connect();
  try {
    return await runMigrations(client, schema);
  } finally {
    await client.end();
  }
}

/** Compares what the database has with what this BullMQ brings. `db` needs read access to the schema's `migration` table. */
export async function queueSchemaStatus(
  db: pg.Pool | pg.ClientBase,
  schema: string = DEFAULT_SCHEMA,
): Promise<QueueSchemaStatus> {
  const table = `${pg.escapeIdentifier(schema)}.migration`;
  const { rows: found } = await db.query<{ exists: boolean }>(
    'select to_regclass($1) is not null as exists',
    [table],
  );
  if (!found[0]?.exists) return { schema, installed: 0, latest: LATEST_SCHEMA_VERSION };
  const { rows } = await db.query<{ version: number }>(
    `select coalesce(max(version), 0)::int as version from ${table}`,
  );
  return { schema, installed: rows[0]?.version ?? 0, latest: LATEST_SCHEMA_VERSION };
}
