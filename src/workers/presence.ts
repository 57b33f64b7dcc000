// presence: keeps one connection of this process open, by whose name `stockbridge status` knows that a hub runs. A process that
// only waits for jobs of a queue elsewhere would close its last one as idle. Does nothing else.
import type { Hub, Running } from './hub.ts';
import { startRounds } from './rounds.ts';

/** Well within the time after which an idle connection is closed. */
const TICK_MS = 4_000;

export const startPresence = ({ database }: Pick<Hub, 'database'>): Running =>
  startRounds(() => database.pool.query('select 1'), {
    everyMs: TICK_MS,
    // While PostgreSQL is away nobody can ask; the next round is there again.
    failed: () => undefined,
  });
