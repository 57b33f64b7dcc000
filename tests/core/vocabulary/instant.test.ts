// Instants keep their microseconds, sort as text, and name their zone.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  instantFrom,
  instantOf,
  instantOfMicros,
  instantSchema,
  microsOf,
} from '../../../src/core/vocabulary/instant.ts';
import { testDatabase } from '../../support/postgres.ts';

const FIRST = -62_135_596_800_000_000n;
const LAST = 253_402_300_799_999_999n;
const micros = fc.bigInt({ min: FIRST, max: LAST });

describe('instant', () => {
  it('microseconds and text are the same thing, and sort alike', () => {
    fc.assert(
      fc.property(micros, micros, (a, b) => {
        const [first, second] = [instantOfMicros(a), instantOfMicros(b)];
        expect(microsOf(first)).toBe(a);
        expect(instantFrom(first)).toBe(first);
        expect(first < second).toBe(a < b);
      }),
    );
  });

  it('PostgreSQL reads the same instant', async () => {
    const database = await testDatabase({ empty: true });
    try {
      const own = fc.sample(micros, 300);
      const { rows } = await database.pool.query<{ micros: string }>(
        'select (extract(epoch from t) * 1000000)::bigint as micros from unnest($1::timestamptz[]) with ordinality as u(t, n) order by n',
        [own.map((each) => instantOfMicros(each))],
      );
      expect(rows.map((row) => BigInt(row.micros))).toEqual(own);
    } finally {
      await database.drop();
    }
  });

  it.each([
    ['2026-11-21T09:30:00Z', '2026-11-21T09:30:00.000000Z'],
    ['2026-11-21 09:30:00.5+02:00', '2026-11-21T07:30:00.500000Z'],
    ['2026-11-21T09:30:00.123456789-0330', '2026-11-21T13:00:00.123456Z'],
    ['2024-02-29T23:59:59.9999999Z', '2024-02-29T23:59:59.999999Z'],
    ['1969-12-31T23:59:59.999999Z', '1969-12-31T23:59:59.999999Z'],
  ])('%s is %s', (text, instant) => {
    expect(instantFrom(text)).toBe(instant);
  });

  it.each([
    '2026-11-21',
    '2026-11-21T09:30:00',
    '2026-11-21T09:30Z',
    '2026-02-30T00:00:00Z',
    '2025-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-11-21T25:00:00Z',
    '2026-11-21T09:30:60Z',
    '0000-01-01T00:00:00Z',
    '0001-01-01T00:00:00+01:00',
    '9999-12-31T23:59:59-01:00',
    'yesterday',
    '',
  ])('refuses %j', (text) => {
    expect(() => instantFrom(text)).toThrow(RangeError);
    expect(instantSchema.safeParse(text).success).toBe(false);
  });

  it('takes dates and milliseconds', () => {
    expect(instantOf(0)).toBe('1970-01-01T00:00:00.000000Z');
    expect(instantOf(new Date(1_500))).toBe('1970-01-01T00:00:01.500000Z');
  });
});
