// sweep: looks again, by the clock, at what no change makes due: everything a channel holds, now and then, and lots that a new day
// has made too old. Reads no channel and sends nothing: it makes levels due, and push does the rest.
import { longestWindow } from '../core/availability/policy.ts';
import { errorReason } from '../core/errors.ts';
import { noticeDay, sweepLevels } from '../core/publication/sweep.ts';
import type { Hub, Running } from './hub.ts';
import { startRounds } from './rounds.ts';

const TICK_MS = 30_000;

export const startSweep = (hub: Hub): Running =>
  startRounds(() => sweepOnce(hub), {
    everyMs: TICK_MS,
    failed: (error) =>
      hub.log.warn({ reason: errorReason(error) }, 'levels could not be looked through; it is tried again'),
  });

/** One round over all channels. */
export async function sweepOnce(hub: Hub): Promise<void> {
  for (const { id, name, policy, connection } of hub.connections.values()) {
    if (!policy || !connection.push) continue;
    await noticeDay(hub.database, id, hub.today(), longestWindow(policy));
    if (policy.sweepHours === 0 || !(await sweepLevels(hub.database, id, policy.sweepHours))) continue;
    hub.log.debug({ connection: name }, 'everything the channel holds is read again');
  }
}
