// Days of a company in its own time zone, clocks put forward and back included.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  businessDay,
  businessMinute,
  dayAfter,
  dayBefore,
  firstOpenDay,
  monthEnd,
  monthStartOf,
  postingDay,
  startInstant,
  startOfDay,
} from '../../../src/core/journals/calendar.ts';
import { instantFrom, microsOf } from '../../../src/core/vocabulary/instant.ts';

test.each([
  ['2026-11-15T04:59:59.999999Z', 'America/New_York', '2026-11-14'],
  ['2026-11-15T05:00:00Z', 'America/New_York', '2026-11-15'],
  ['2026-07-15T04:00:00Z', 'America/New_York', '2026-07-15'],
  ['2026-11-14T10:00:00Z', 'Pacific/Kiritimati', '2026-11-15'],
  ['1969-12-31T23:59:59.999999Z', 'UTC', '1969-12-31'],
  ['2026-11-14T18:29:59Z', 'Asia/Kolkata', '2026-11-14'],
])('%s in %s is %s', (instant, zone, day) => {
  expect(businessDay(instantFrom(instant), zone)).toBe(day);
});

test.each([
  ['2026-09-17T12:00:00Z', 'Pacific/Auckland', '2026-09-18 00:00'],
  ['2026-03-28T15:05:59Z', 'America/New_York', '2026-03-28 11:05'],
  ['2026-03-28T15:05:59Z', 'UTC', '2026-03-28 15:05'],
])('a clock at %s in %s shows %s', (instant, zone, shown) => {
  expect(businessMinute(new Date(instant), zone)).toBe(shown);
});

test.each([
  ['2026-03-08', 'America/New_York', '2026-03-08T05:00:00.000000Z'],
  ['2026-03-09', 'America/New_York', '2026-03-09T04:00:00.000000Z'],
  ['2026-11-01', 'America/New_York', '2026-11-01T04:00:00.000000Z'],
  ['2026-11-02', 'America/New_York', '2026-11-02T05:00:00.000000Z'],
  // Midnight itself was skipped: the day began at one o'clock.
  ['2018-11-04', 'America/Sao_Paulo', '2018-11-04T03:00:00.000000Z'],
  ['2026-11-14', 'Asia/Kathmandu', '2026-11-13T18:15:00.000000Z'],
])('%s in %s begins at %s', (day, zone, instant) => {
  expect(startInstant(day, zone)).toBe(instant);
});

test('a day begins at the first instant that lies in it', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('America/New_York', 'Europe/Berlin', 'Australia/Lord_Howe', 'Africa/Casablanca', 'UTC'),
      fc.date({ min: new Date('2000-01-01'), max: new Date('2040-01-01'), noInvalidDate: true }),
      (zone, date) => {
        const at = BigInt(date.getTime()) * 1000n;
        const day = businessDay(at, zone);
        const start = startOfDay(day, zone);
        expect(start <= at && at < startOfDay(dayAfter(day), zone)).toBe(true);
        expect([businessDay(start, zone), businessDay(start - 1n, zone)]).toEqual([day, dayBefore(day)]);
      },
    ),
    { numRuns: 300 },
  );
});

test('months end where they end', () => {
  expect(['2026-02-03', '2028-02-29', '2026-12-01', '2026-11-30'].map(monthEnd)).toEqual([
    '2026-02-28',
    '2028-02-29',
    '2026-12-31',
    '2026-11-30',
  ]);
  expect(dayAfter('2026-12-31')).toBe('2027-01-01');
  expect(dayBefore('2028-03-01')).toBe('2028-02-29');
});

test('a month begins in the company’s own time zone', () => {
  expect(monthStartOf(microsOf(instantFrom('2026-11-01T03:00:00Z')), 'America/New_York')).toBe(
    microsOf(instantFrom('2026-10-01T04:00:00Z')),
  );
});

test('I10: an entry is booked on its own day if that is open, else on the first open day or that of its cause', () => {
  expect(firstOpenDay(undefined)).toBeUndefined();
  expect(postingDay('2026-03-10', '2026-04-12', undefined)).toBe('2026-03-10');
  expect(postingDay('2026-04-01', '2026-04-12', '2026-03-31')).toBe('2026-04-01');
  expect(postingDay('2026-03-10', '2026-04-12', '2026-03-31')).toBe('2026-04-12');
  expect(postingDay('2026-03-10', '2026-03-20', '2026-03-31')).toBe('2026-04-01');
});
