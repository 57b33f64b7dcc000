// upkeep: keeps each connection's subscriptions as they should be, at start and every hour, because vendors delete them
// when deliveries fail. Never touches stock.
import { errorReason, StockbridgeError } from '../core/errors.ts';
import { withAdvisoryLock } from '../core/lock.ts';
import type { Hub, LiveConnection, Running } from './hub.ts';

const HOUR_MS = 3_600_000;
const RETRY_MS = 30_000;

export function startUpkeep(hub: Hub): Running {
  const timers = new Set<NodeJS.Timeout>();
  let stopped = false;
  const running = new Set<Promise<void>>();
  const keep = (live: LiveConnection) => {
    const run = ensureSubscriptions(hub, live).then((againMs) => {
      running.delete(run);
      if (stopped) return;
      const timer = setTimeout(() => {
        timers.delete(timer);
        keep(live);
      }, againMs);
      timers.add(timer);
    });
    running.add(run);
  };
  for (const live of hub.connections.values()) if (live.connection.ensureSubscriptions) keep(live);
  return {
    stop: async () => {
      stopped = true;
      for (const timer of timers) clearTimeout(timer);
      await Promise.all(running);
    },
  };
}

/** Answers when to look again. */
async function ensureSubscriptions(hub: Hub, live: LiveConnection): Promise<number> {
  try {
    const standing = await hub.standingOf(live.id);
    if (standing.parked !== undefined) return RETRY_MS;
    await withAdvisoryLock(hub.database, `upkeep ${live.id}`, async () => {
      const report = await live.connection.ensureSubscriptions?.(live.webhookUrl);
      if (report && report.created.length + report.removed.length > 0)
        hub.log.info({ connection: live.name, ...report }, 'subscriptions changed');
    });
    return HOUR_MS;
  } catch (error) {
    const reason = errorReason(error);
    if (error instanceof StockbridgeError && error.disposition === 'park')
      await hub.park(live.id, error.code, reason);
    else hub.log.warn({ connection: live.name, reason }, 'subscriptions could not be checked');
    return RETRY_MS;
  }
}
