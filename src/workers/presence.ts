// presence: keeps one connection of this process open, by whose name `stockbridge status` knows that a hub runs. A process that
// only waits for jobs of a queue elsewhere would close its last one as idle. Does nothing else.
import type { Hub, Running } from './hub.ts';

/** Well within the time after which an idle connection is closed. */
const TICK_MS = 4_000;

export function startPresence({ database }: Pick<Hub, 'database'>): Running {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let running: Promise<unknown> = Promise.resolve();
  const loop = () => {
    // While PostgreSQL is away nobody can ask; the next round is there again.
    running = database.pool
      .query('select 1')
      .catch(() => undefined)
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
