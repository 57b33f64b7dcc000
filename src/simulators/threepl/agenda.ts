// What the warehouse will do later. Timers end with the simulator, and whoever waits learns when nothing is left to do.

export interface Agenda {
  /** Does the work after so many milliseconds; 0 is as soon as possible. Answers how to call it off. */
  after(ms: number, work: () => void): () => void;
  pending(): number;
  /** Resolves when nothing is left to do. */
  idle(): Promise<void>;
  /** Drops everything that was still to be done. */
  close(): void;
}

/** `failed` hears of work that threw; the rest goes on. */
export function startAgenda(failed: (error: unknown) => void): Agenda {
  const timers = new Set<NodeJS.Timeout>();
  let waiting: (() => void)[] = [];
  let isClosed = false;
  const done = (timer: NodeJS.Timeout): void => {
    timers.delete(timer);
    if (timers.size > 0) return;
    for (const resolve of waiting) resolve();
    waiting = [];
  };
  return {
    after: (ms, work) => {
      if (isClosed) return () => undefined;
      const timer = setTimeout(() => {
        try {
          work();
        } catch (error) {
          failed(error);
        }
        done(timer);
      }, ms);
      timers.add(timer);
      return () => {
        clearTimeout(timer);
        done(timer);
      };
    },
    pending: () => timers.size,
    idle: () => (timers.size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    close: () => {
      isClosed = true;
      for (const timer of timers) {
        clearTimeout(timer);
        done(timer);
      }
    },
  };
}
