import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instantAt, wallTimeOf } from '../../../../src/connectors/threepl/documents/wall-time.ts';
import { instantFrom } from '../../../../src/core/vocabulary/instant.ts';

describe('a time on the wall', () => {
  it('is the instant at which clocks in the zone show it, in summer and in winter', () => {
    expect(instantAt('2026-01-15', '09:30', 'America/Chicago')).toBe('2026-01-15T15:30:00.000000Z');
    expect(instantAt('20260715', '0930', 'America/Chicago')).toBe('2026-07-15T14:30:00.000000Z');
    expect(instantAt('2026-07-15', '23:59:59.5', 'Asia/Kolkata')).toBe('2026-07-15T18:29:59.500000Z');
    expect(instantAt('2026-07-15', undefined, 'UTC')).toBe('2026-07-15T00:00:00.000000Z');
    expect(instantAt('2026-07-15', '', 'Pacific/Auckland')).toBe('2026-07-14T12:00:00.000000Z');
    expect(instantAt('2026-07-15', '120000', '-03:30')).toBe('2026-07-15T15:30:00.000000Z');
  });

  it('is as far behind the gap as it stands in it when clocks are put forward', () => {
    expect(instantAt('2026-03-08', '01:59:59', 'America/New_York')).toBe('2026-03-08T06:59:59.000000Z');
    expect(instantAt('2026-03-08', '02:30', 'America/New_York')).toBe('2026-03-08T07:30:00.000000Z');
    expect(instantAt('2026-03-08', '03:00', 'America/New_York')).toBe('2026-03-08T07:00:00.000000Z');
    expect(instantAt('2026-09-06', undefined, 'America/Santiago')).toBe('2026-09-06T04:00:00.000000Z');
  });

  it('is its first where clocks show it twice', () => {
    expect(instantAt('2026-11-01', '01:30', 'America/New_York')).toBe('2026-11-01T05:30:00.000000Z');
    expect(instantAt('2026-11-01', '02:00', 'America/New_York')).toBe('2026-11-01T07:00:00.000000Z');
  });

  it('ends its day at 24:00', () => {
    expect(instantAt('2026-12-31', '24:00', 'UTC')).toBe('2027-01-01T00:00:00.000000Z');
    expect(instantAt('2026-03-08', '2400', 'America/New_York')).toBe('2026-03-09T04:00:00.000000Z');
  });

  it('is refused when the calendar, the clock or the world has no such thing', () => {
    for (const [date, time, zone] of [
      ['2026-02-30', '10:00', 'UTC'],
      ['2026-13-01', '10:00', 'UTC'],
      ['26-01-01', '10:00', 'UTC'],
      ['CCYYMMDD', undefined, 'UTC'],
      ['2026-01-01', '24:01', 'UTC'],
      ['2026-01-01', '10:60', 'UTC'],
      ['2026-01-01', 'noon', 'UTC'],
      ['2026-01-01', '10:00', 'Mars/Olympus'],
    ] as const)
      expect(() => instantAt(date, time, zone)).toThrow(RangeError);
  });

  it('comes back from what the clocks show, at every hour that is shown once', () => {
    const zones = [
      'America/New_York',
      'Europe/Berlin',
      'Australia/Lord_Howe',
      'Asia/Kathmandu',
      'Africa/Casablanca',
      'UTC',
    ];
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), fc.constantFrom(...zones), (seconds, zone) => {
        const instant = instantFrom(new Date(seconds * 1000).toISOString());
        const { date, time } = wallTimeOf(instant, zone);
        const back = instantAt(date, time, zone);
        // Where clocks are put back an hour comes twice, and its first is meant.
        expect(wallTimeOf(back, zone)).toEqual({ date, time });
        expect(back <= instant).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
