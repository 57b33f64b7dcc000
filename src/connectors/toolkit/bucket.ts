// The arithmetic of a leaky bucket, pure: what is left, what is owed and how long to wait.
// Points may be owed: whoever takes more than is left waits for its own debt, which keeps the order of arrival.

export interface Bucket {
  /** Points left as of `asOfMs`; below zero when takers are waiting. */
  readonly available: number;
  readonly asOfMs: number;
  readonly maximum: number;
  readonly restorePerSecond: number;
  /** Milliseconds since 1970; 0 when there is no pause. */
  readonly pausedUntilMs: number;
}

/** A vendor's own words about its bucket, in its own points. */
export interface LearnedBucket {
  readonly available: number;
  readonly restorePerSecond: number;
  readonly maximum: number;
}

/** The bucket with everything restored that has leaked back by now. */
export function refilled(bucket: Bucket, nowMs: number): Bucket {
  const seconds = Math.max(0, nowMs - bucket.asOfMs) / 1000;
  const available = Math.min(bucket.maximum, bucket.available + seconds * bucket.restorePerSecond);
  return { ...bucket, available, asOfMs: Math.max(nowMs, bucket.asOfMs) };
}

export function spent(bucket: Bucket, points: number, nowMs: number): Bucket {
  const now = refilled(bucket, nowMs);
  return { ...now, available: now.available - points };
}

/** How long the last taker has to wait before it may send. */
export function waitMsOf(bucket: Bucket, nowMs: number): number {
  const debtMs = bucket.available >= 0 ? 0 : (-bucket.available / bucket.restorePerSecond) * 1000;
  return Math.max(0, Math.ceil(debtMs), bucket.pausedUntilMs - nowMs);
}

/** What the vendor says wins; only what our own waiting takers owe is kept on top, because the vendor cannot know it. */
export function learned(bucket: Bucket, said: LearnedBucket, nowMs: number): Bucket {
  const owed = Math.min(0, refilled(bucket, nowMs).available);
  return {
    available: Math.min(said.available, said.maximum) + owed,
    asOfMs: Math.max(nowMs, bucket.asOfMs),
    maximum: said.maximum,
    restorePerSecond: said.restorePerSecond,
    pausedUntilMs: bucket.pausedUntilMs,
  };
}

export const paused = (bucket: Bucket, untilMs: number): Bucket => ({
  ...bucket,
  pausedUntilMs: Math.max(bucket.pausedUntilMs, untilMs),
});
