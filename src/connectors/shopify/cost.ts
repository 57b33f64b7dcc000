// Paces queries by Shopify's own account of its bucket: a query is held back until the bucket can pay for it.
// The bucket is checked against the cost a query asks for, known only from earlier answers of the same operation.

export interface ThrottleStatus {
  readonly maximumAvailable: number;
  readonly currentlyAvailable: number;
  readonly restoreRate: number;
}

export interface CostPacer {
  /** Milliseconds until the bucket is likely to pay for this operation; 0 when it is, or nothing is known yet. */
  waitMs(operation: string): number;
  /** Counts an operation that is being sent, so that queries side by side do not all see the same points. */
  spend(operation: string): void;
  /** Takes over what an answer said. */
  learn(operation: string, requestedCost: number, status: ThrottleStatus): void;
}

/** @param nowMs a clock that never goes back, in milliseconds */
export function costPacer(nowMs: () => number): CostPacer {
  const costs = new Map<string, number>();
  let bucket: { available: number; restorePerMs: number; maximum: number; atMs: number } | undefined;

  const available = (): number => {
    if (bucket === undefined) return Number.POSITIVE_INFINITY;
    return Math.min(bucket.maximum, bucket.available + (nowMs() - bucket.atMs) * bucket.restorePerMs);
  };

  return {
    waitMs: (operation) => {
      const cost = costs.get(operation) ?? 0;
      if (bucket === undefined || bucket.restorePerMs <= 0) return 0;
      // A query dearer than a full bucket never becomes payable; the shop's own answer says so better than waiting.
      return Math.ceil(Math.max(0, Math.min(cost, bucket.maximum) - available()) / bucket.restorePerMs);
    },
    spend: (operation) => {
      if (bucket === undefined) return;
      bucket = { ...bucket, available: available() - (costs.get(operation) ?? 0), atMs: nowMs() };
    },
    learn: (operation, requestedCost, status) => {
      costs.set(operation, requestedCost);
      bucket = {
        available: status.currentlyAvailable,
        maximum: status.maximumAvailable,
        restorePerMs: status.restoreRate / 1000,
        atMs: nowMs(),
      };
    },
  };
}
