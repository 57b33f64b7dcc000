// How fast one company is called: never faster than Intuit allows it, with room for whoever else calls it.
import type { HttpClient } from '../toolkit/http.ts';

/**
 * A bucket of one point that restores seven a second: at most 8 calls in any second and 421 in any minute, where Intuit
 * allows 10 and 500 per app and company. The batch endpoint, which has a limit of its own, is never called.
 */
export const PACE = { available: 1, maximum: 1, restorePerSecond: 7 } as const;

/** Intuit allows 10 at once per app and company. */
const MOST_IN_FLIGHT = 4;

interface Gate {
  running: number;
  readonly waiting: (() => void)[];
}

/** By company, so that two connections of one company are counted together. */
const gates = new Map<string, Gate>();

/** Runs calls of one company, at most four at once in this process. */
export function pacer(http: HttpClient, company: string): <T>(work: () => Promise<T>) => Promise<T> {
  let told: Promise<void> | undefined;
  const tellOnce = (): Promise<void> => {
    told ??= (http.learn?.(PACE) ?? Promise.resolve()).catch((error: unknown) => {
      told = undefined;
      throw error;
    });
    return told;
  };
  return async (work) => {
    await tellOnce();
    const gate = gates.get(company) ?? { running: 0, waiting: [] };
    gates.set(company, gate);
    // Whoever leaves hands its place on, so that nobody slips in between.
    if (gate.running >= MOST_IN_FLIGHT) await new Promise<void>((resolve) => gate.waiting.push(resolve));
    else gate.running += 1;
    try {
      return await work();
    } finally {
      const next = gate.waiting.shift();
      if (next !== undefined) next();
      else {
        gate.running -= 1;
        if (gate.running === 0) gates.delete(company);
      }
    }
  };
}
