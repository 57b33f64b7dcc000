// sweep: looks again, by the clock, at what no change makes due: everything a channel holds, now and then, and lots that a new day
// has made too old. Reads no channel and sends nothing: it makes levels due, and push does the rest.
import { longestWindow } from '../core/availability/policy.ts';
import { errorReason } from '../core/errors.ts';
import { noticeDay, sweepLevels } from '../core/publication/sweep.ts';
import type { Hub, Running } from './hub.ts';

const TICK_MS = 30_000;

export function startSweep(hub: Hub): Running {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const loop = () => {
    running = sweepOnce(hub)
      .catch((error: unknown) =>
        hub.log.warn({ reason: errorReason(error) }, 'levels could not be looked through; it is tried again'),
      )
      .then(() => {
        if (!stopped) timer = setTimeout(loop, TICK_MS);
      });
  };
  loop();
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}

/** One round over all channels. */
export async function sweepOnce(hub: Hub): Promise<void> {
  for (const { id, name, policy, connection } of hub.connections.values()) {
    if (!policy || !connection.push) continue;
    await noticeDay(hub.database, id, hub.today(), longestWindow(policy));
    if (policy.sweepHours === 0 || !(await sweepLevels(hub.database, id, policy.sweepHours))) continue;
    hub.log.debug({ connection: name }, 'everything the channel holds is read again');
  }
}
