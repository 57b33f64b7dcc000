// Opens the configured connections for a command that speaks with the outside itself, without any worker.
import { pino } from 'pino';
import type { Config } from '../config.ts';
import { connectors } from '../connectors/index.ts';
import type { Database } from '../core/database.ts';
import { openConfigured } from '../hub.ts';
import type { LiveConnection } from '../workers/hub.ts';

export async function openConnections(
  database: Database,
  config: Config,
  options: { readonly cutovers?: 'leave' } = {},
): Promise<Map<string, LiveConnection>> {
  const log = pino({ level: config.log.level, base: null }, pino.destination(2));
  const opened = await openConfigured({ config, connectors, log, ...options }, database);
  return new Map(opened.map((live) => [live.name, live]));
}
