// The transforms one by one, in and out, and dates by their patterns: what does not fit is said, never mended.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dateRead, dateWritten } from '../../../../src/connectors/threepl/feeds/date-pattern.ts';
import { transformed } from '../../../../src/connectors/threepl/feeds/transform.ts';
import { type Transform, transformSchema } from '../../../../src/connectors/threepl/profile/feed-settings.ts';

const run = (value: string, transforms: unknown[], direction: 'in' | 'out' = 'in') => {
  const parsed = transforms.map((each): Transform => transformSchema.parse(each));
  const result = transformed([value], parsed, { direction, year: 2026 });
  return 'code' in result ? result.code : result.value;
};

const COMMA = { number: { decimal: ',', thousands: '.' } };

test.each<[string, unknown[], string]>([
  [' a ', ['trim'], 'a'],
  ['aB', ['upper'], 'AB'],
  ['aB', ['lower'], 'ab'],
  ['00120', ['stripZeros'], '120'],
  ['0', ['stripZeros'], '0'],
  ['-5', ['abs'], '5'],
  ['5', ['negate'], '-5'],
  ['-5', ['negate'], '5'],
  ['0.00', ['negate'], '0.00'],
  ['7', [{ padLeft: { length: 3, with: '0' } }], '007'],
  ['', [{ padLeft: { length: 3, with: '0' } }], ''],
  ['A', [{ map: { A: 'B' } }], 'B'],
  ['X', [{ map: { A: 'B' } }], 'value_not_mapped'],
  ['toString', [{ map: { A: 'B' } }], 'value_not_mapped'],
  ['', [{ map: { A: 'B' } }], ''],
  ['A/B', [{ split: { by: '/', take: 2 } }], 'B'],
  ['A', [{ split: { by: '/', take: 2 } }], 'part_missing'],
  ['1.234,50', [COMMA], '1234.50'],
  ['-1.234', [COMMA], '-1234'],
  ['1.5', [COMMA], 'quantity_not_numeric'],
  ['12.34,5', [COMMA], 'quantity_not_numeric'],
  ['1,5,0', [COMMA], 'quantity_not_numeric'],
  ['1,', [COMMA], 'quantity_not_numeric'],
  ['1,234', [{ number: { thousands: ',' } }], '1234'],
  ['1,23', [{ number: { thousands: ',' } }], 'quantity_not_numeric'],
  ['1.234', [{ number: {} }], '1.234'],
  ['02/03/2026', [{ date: 'MM/dd/yyyy' }], '2026-02-03'],
  ['2/3/26', [{ date: 'd/M/yy' }], '2026-03-02'],
  ['2/3/46', [{ date: 'd/M/yy' }], '1946-03-02'],
  ['2/3/45', [{ date: 'd/M/yy' }], '2045-03-02'],
  ['3-Nov-2026', [{ date: 'd-MMM-yyyy' }], '2026-11-03'],
  ['11/03/2026 12:05 AM', [{ date: 'MM/dd/yyyy hh:mm a' }], '2026-11-03T00:05:00'],
  ['11/03/2026 01:05 PM', [{ date: 'MM/dd/yyyy hh:mm a' }], '2026-11-03T13:05:00'],
  ['11/03/2026 13:05 PM', [{ date: 'MM/dd/yyyy hh:mm a' }], 'date_invalid'],
  ['20261103T1305Z', [{ date: "yyyyMMdd'T'HHmmXXX" }], '2026-11-03T13:05:00Z'],
  ['02/29/2026', [{ date: 'MM/dd/yyyy' }], 'date_invalid'],
  ['2026-02-03', [{ date: 'MM/dd/yyyy' }], 'date_invalid'],
  ['02/03/2026 ', [{ date: 'MM/dd/yyyy' }], 'date_invalid'],
  [' 7a ', ['trim', 'upper', { padLeft: { length: 4, with: '0' } }], '007A'],
])('in: %j by %j is %j', (value, transforms, expected) => {
  expect(run(value, transforms)).toBe(expected);
});

test.each<[string, unknown[], string]>([
  ['1234.50', [COMMA], '1.234,50'],
  ['-1234', [{ number: { thousands: ',' } }], '-1,234'],
  ['123', [{ number: { thousands: ',' } }], '123'],
  ['2026-11-03T13:05:00', [{ date: 'MM/dd/yyyy hh:mm a' }], '11/03/2026 01:05 PM'],
  ['2026-11-03', [{ date: 'd-MMM-yy' }], '3-Nov-26'],
  ['each', [{ map: { each: 'EA' } }], 'EA'],
])('out: %j by %j is %j', (value, transforms, expected) => {
  expect(run(value, transforms, 'out')).toBe(expected);
});

describe('for every value', () => {
  test('a date written by a pattern is read back by it', () => {
    const pattern = fc.constantFrom(
      'yyyyMMdd HHmmss',
      'dd.MM.yyyy HH:mm:ss',
      'M/d/yyyy h:mm:ss a',
      'yyyy-MMM-d H:mm:ss',
    );
    const moment = fc.date({
      min: new Date('1000-01-01T00:00:00Z'),
      max: new Date('9999-12-31T00:00:00Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(moment, pattern, (date, form) => {
        const [day = '', clock = ''] = date.toISOString().split('T');
        const wall = { date: day, time: clock.slice(0, 8) };
        expect(dateRead(dateWritten(wall, form), form, 2026)).toEqual(wall);
      }),
    );
  });

  test('a number written with marks is read back without them', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 14n), max: 10n ** 14n }),
        fc.stringMatching(/^\d{1,6}$/),
        (whole, fraction) => {
          const value = `${whole}.${fraction}`;
          expect(run(run(value, [COMMA], 'out'), [COMMA])).toBe(value);
        },
      ),
    );
  });
});

test('several values are one only where the transforms say first', () => {
  expect(transformed(['a', 'b'], [], { direction: 'in', year: 2026 })).toMatchObject({
    code: 'value_repeated',
  });
  expect(transformed(['a', 'b'], ['first', 'upper'], { direction: 'in', year: 2026 })).toEqual({
    value: 'A',
  });
});

test.each(['-+10', '+-10', '--10', '++10'])('two signs are not made one: %s', (text) => {
  for (const transform of ['abs', 'negate'] as const)
    expect(transformed([text], [transform], { direction: 'in', year: 2026 })).toEqual({ value: text });
});
