// The shop's clock: never goes back, and writes instants the two ways the vendor does.
// GraphQL speaks UTC in whole seconds; webhooks speak the shop's own time zone with its offset.

export type Clock = { now(): number };

/** Wraps a time source so that two readings never go backwards (milliseconds since the epoch). */
export function createClock(source: () => number): Clock {
  let last = 0;
  return {
    now() {
      last = Math.max(last, source());
      return last;
    },
  };
}

/** `2026-11-21T18:25:00Z`; sub-second detail is lost here as it is in the real API. */
export const graphqlTime = (atMs: number): string => `${new Date(atMs).toISOString().slice(0, 19)}Z`;

export const optionalTime = (atMs: number | null): string | null =>
  atMs === null ? null : graphqlTime(atMs);

/** `2026-11-21T19:25:00+01:00` in the given time zone. */
export function restTime(atMs: number, offsetMinutes: number): string {
  const local = new Date(atMs + offsetMinutes * 60_000).toISOString().slice(0, 19);
  const size = Math.abs(offsetMinutes);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${local}${offsetMinutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** Minutes east of UTC in an IANA time zone, looked up once per hour of simulated time. */
export function offsetReader(ianaTimezone: string): (atMs: number) => number {
  const format = new Intl.DateTimeFormat('en', { timeZone: ianaTimezone, timeZoneName: 'longOffset' });
  const known = new Map<number, number>();
  return (atMs) => {
    const hour = Math.floor(atMs / 3_600_000);
    const cached = known.get(hour);
    if (cached !== undefined) return cached;
    const name = format.formatToParts(atMs).find((part) => part.type === 'timeZoneName')?.value ?? 'GMT';
    const match = /GMT([+-])(\d{2}):(\d{2})/.exec(name);
    const minutes = match ? Number(`${match[1]}1`) * (Number(match[2]) * 60 + Number(match[3])) : 0;
    known.set(hour, minutes);
    return minutes;
  };
}
