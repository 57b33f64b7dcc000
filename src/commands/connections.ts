// Opens the configured connections for a command that speaks with the outside itself, without any worker.
import { pino } from 'pino';
import type { Config } from '../config.ts';
import { connectors } from '../connectors/index.ts';
import { syncConnections } from '../core/connection/connections.ts';
import type { Database } from '../core/database.ts';
import { openConnection } from '../hub.ts';
import type { LiveConnection } from '../workers/hub.ts';

export async function openConnections(
  database: Database,
  config: Config,
): Promise<Map<string, LiveConnection>> {
  const configured = [...config.connections.values()];
  const rows = await syncConnections(
    database,
    configured.map(({ name, connector, cutover }) => ({ name, connector, cutover })),
  );
  const log = pino({ level: config.log.level, base: null }, pino.destination(2));
  return new Map(
    configured.flatMap(({ name }) => {
      const row = rows.get(name);
      return row ? [[name, openConnection({ config, connectors, log }, database, row)] as const] : [];
    }),
  );
}
