// The limits of the API for one company and app. Whether batches have a limit of 40 or of 120 a minute is unverified: 40 here.
// Counts in real time, not by the company's clock, because that one may stand still in a test.

export interface Limits {
  readonly perMinute: number;
  readonly perSecond: number;
  readonly concurrent: number;
  readonly batchesPerMinute: number;
  /** In Retry-After of a refusal; undefined, the default, sends no such header, as is often so. */
  readonly retryAfterSeconds: number | undefined;
  /** Milliseconds that only go forward. */
  readonly nowMs: () => number;
}

export const LIMITS: Limits = {
  ...{ perMinute: 500, perSecond: 10, concurrent: 10, batchesPerMinute: 40 },
  retryAfterSeconds: undefined,
  nowMs: () => performance.now(),
};

export interface Throttle {
  /** Takes a place for one request, or says which limit is reached. Refused requests count towards no limit (unverified). */
  enter(isBatch: boolean): { readonly leave: () => void } | { readonly limit: string };
}

export function throttleOf(limits: Limits): Throttle {
  const requests: number[] = [];
  const batches: number[] = [];
  let open = 0;
  return {
    enter: (isBatch) => {
      const at = limits.nowMs();
      for (const times of [requests, batches])
        while (times[0] !== undefined && times[0] <= at - 60_000) times.shift();
      const lastSecond = requests.length - requests.findLastIndex((time) => time <= at - 1000) - 1;
      if (open >= limits.concurrent) return { limit: `${limits.concurrent} concurrent requests` };
      if (lastSecond >= limits.perSecond) return { limit: `${limits.perSecond} requests a second` };
      if (requests.length >= limits.perMinute) return { limit: `${limits.perMinute} requests a minute` };
      if (isBatch && batches.length >= limits.batchesPerMinute)
        return { limit: `${limits.batchesPerMinute} batches a minute` };
      requests.push(at);
      if (isBatch) batches.push(at);
      open += 1;
      let isOpen = true;
      return {
        leave: () => {
          if (isOpen) open -= 1;
          isOpen = false;
        },
      };
    },
  };
}
