// Text that every store can hold: PostgreSQL, JSON, a log line.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPlainText, plainText, plainTextOf } from '../../../src/core/vocabulary/text.ts';
import { testDatabase } from '../../support/postgres.ts';

/** Any UTF-16 at all, lone surrogates and control characters included, with many characters of two units. */
const anything = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
      fc.constantFrom('😀', '\u0000', '\ud83d', '\udc00', 'a'),
    ),
  )
  .map((units) => units.join(''));

describe('plain text', () => {
  it('plainTextOf makes plain text of anything, at most as long as asked, and leaves plain text alone', () => {
    fc.assert(
      fc.property(anything, fc.integer({ min: 0, max: 20 }), (text, maxLength) => {
        const plain = plainTextOf(text, maxLength);
        expect(isPlainText(plain)).toBe(true);
        expect(plain.length).toBeLessThanOrEqual(maxLength);
        expect(plainTextOf(plain, maxLength)).toBe(plain);
        if (isPlainText(text)) expect(plainTextOf(text, text.length)).toBe(text);
      }),
      { numRuns: 1000 },
    );
  });

  it('a cut never leaves half a character', () => {
    expect(plainTextOf('ab😀', 3)).toBe('ab\uFFFD');
    expect(plainTextOf('ab😀', 4)).toBe('ab😀');
  });

  it('PostgreSQL gives back what was plain', async () => {
    const database = await testDatabase({ empty: true });
    try {
      const own = fc.sample(anything, 300).map((text) => plainTextOf(text));
      const { rows } = await database.pool.query<{ text: string; json: { text: string } }>(
        `select t as text, jsonb_build_object('text', t) as json from unnest($1::text[]) with ordinality as u(t, n) order by n`,
        [own],
      );
      expect(rows.map((row) => row.text)).toEqual(own);
      expect(rows.map((row) => row.json.text)).toEqual(own);
    } finally {
      await database.drop();
    }
  });

  it.each([
    ['', false],
    ['abc', true],
    ['abcd', false],
    ['a\u0000', false],
    ['a\n', false],
    ['\ud800', false],
    ['é', true],
  ])('plainText(3) of %j: %s', (text, accepted) => {
    expect(plainText(3).safeParse(text).success).toBe(accepted);
  });
});
