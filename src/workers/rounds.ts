// A worker that nobody calls: it goes its rounds by the clock, one after the other. It knows nothing of what a round does.
import type { Running } from './hub.ts';

export interface Rounds {
  /** Pause between the end of one round and the next. */
  readonly everyMs: number;
  /** A round that failed; the next one comes all the same. */
  readonly failed: (error: unknown) => void;
}

/** Begins at once, until stopped: then the signal is aborted, and the round under way is waited for. */
export function startRounds(
  round: (signal: AbortSignal) => Promise<unknown>,
  { everyMs, failed }: Rounds,
): Running {
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const loop = () => {
    running = round(stopping.signal)
      .catch(failed)
      .then(() => {
        if (!stopping.signal.aborted) timer = setTimeout(loop, everyMs);
      });
  };
  loop();
  return {
    stop: async () => {
      stopping.abort();
      clearTimeout(timer);
      await running;
    },
  };
}
