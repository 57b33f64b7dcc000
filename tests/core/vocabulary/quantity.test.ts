// Quantities are exact, whatever is done to them, and PostgreSQL prints them the same.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  difference,
  isQuantityText,
  positiveQuantitySchema,
  type Quantity,
  quantityFrom,
  quantitySchema,
  quantityText,
  storedQuantity,
  sum,
  times,
  wholeQuantity,
  wholeTimes,
} from '../../../src/core/vocabulary/quantity.ts';
import { testDatabase } from '../../support/postgres.ts';

const quantity = fc
  .bigInt({ min: -(10n ** 21n) + 1n, max: 10n ** 21n - 1n })
  .map((millionths) => millionths as Quantity);

describe('quantity', () => {
  it('text and quantity are the same thing', () => {
    fc.assert(
      fc.property(quantity, (each) => {
        expect(quantityFrom(quantityText(each))).toBe(each);
        expect(storedQuantity(quantityText(each))).toBe(each);
        expect(isQuantityText(quantityText(each))).toBe(true);
      }),
    );
  });

  it('PostgreSQL prints the same text', async () => {
    const database = await testDatabase({ empty: true });
    try {
      const own = fc.sample(quantity, 300);
      const texts = own.map((each) => quantityText(each));
      const { rows } = await database.pool.query<{ printed: string; sixth: string }>(
        'select trim_scale(t::numeric)::text as printed, t::numeric(40, 9)::text as sixth from unnest($1::text[]) as t',
        [texts],
      );
      expect(rows.map((row) => row.printed)).toEqual(texts);
      expect(rows.map((row) => storedQuantity(row.sixth))).toEqual(own);
    } finally {
      await database.drop();
    }
  });

  it.each([
    '',
    ' ',
    '1 ',
    '+1',
    '.5',
    '1.',
    '1e3',
    '0x1',
    '1,5',
    'NaN',
    'Infinity',
    '1.0000001',
    '1234567890123456',
    '١',
    '--1',
    '1\n',
  ])('refuses %j', (text) => {
    expect(isQuantityText(text)).toBe(false);
    expect(() => quantityFrom(text)).toThrow(RangeError);
    expect(quantitySchema.safeParse(text).success).toBe(false);
  });

  it.each([
    ['12.0', '12'],
    ['012', '12'],
    ['-0', '0'],
    ['0.500000', '0.5'],
    ['-0.000001', '-0.000001'],
  ])('%s becomes %s', (given, canonical) => {
    expect(quantitySchema.parse(given)).toBe(canonical);
  });

  it('a sum that outgrew what the wire takes is still read from the database', () => {
    expect(quantityText(storedQuantity('19999999999999998.000000'))).toBe('19999999999999998');
    expect(quantityText(storedQuantity('-12345678901234567890.5'))).toBe('-12345678901234567890.5');
    for (const text of ['', 'NaN', '1.0000001', '1e3', '--1'])
      expect(() => storedQuantity(text)).toThrow(RangeError);
  });

  it('only what is above zero is positive', () => {
    expect(['0', '-1', '0.0'].map((text) => positiveQuantitySchema.safeParse(text).success)).toEqual([
      false,
      false,
      false,
    ]);
    expect(positiveQuantitySchema.parse('0.000001')).toBe('0.000001');
  });

  it('sums undo differences; products are exact or refused', () => {
    fc.assert(fc.property(quantity, quantity, (a, b) => difference(sum(a, b), b) === a));
    fc.assert(
      fc.property(
        quantity,
        fc.bigInt({ min: -999n, max: 999n }),
        (a, n) => times(a, wholeQuantity(n)) === a * n,
      ),
    );
    expect(() => times(quantityFrom('0.001'), quantityFrom('0.0001'))).toThrow(RangeError);
  });

  it('wholeTimes is the most whole parts that fit', () => {
    fc.assert(
      fc.property(quantity, fc.bigInt({ min: 1n, max: 10n ** 12n }), (whole, part) => {
        const fits = wholeTimes(whole, part as Quantity);
        expect(fits * part <= whole && (fits + 1n) * part > whole).toBe(true);
      }),
    );
    expect(() => wholeTimes(wholeQuantity(1n), wholeQuantity(0n))).toThrow(RangeError);
    expect(() => wholeTimes(wholeQuantity(1n), wholeQuantity(-1n))).toThrow(RangeError);
  });
});
