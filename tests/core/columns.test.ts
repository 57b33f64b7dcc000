// Columns that PostgreSQL reads as bytes must say exactly what their text says.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  bigints,
  byteas,
  instants,
  ints,
  onceIfSame,
  orNull,
  plainArray,
  smallints,
  texts,
  tids,
  uuids,
} from '../../src/core/columns.ts';
import { instantOfMicros } from '../../src/core/vocabulary/instant.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase({ empty: true });
});
afterAll(() => database.drop());

const same = <Value>(value: Value): Value => value;

/** What the server makes of the column, element by element, as text. */
async function readBack(type: string, column: Buffer | string): Promise<(string | null)[]> {
  const { rows } = await database.pool.query<{ text: string | null }>(
    `select e::text as text from unnest($1::${type}[]) with ordinality as u(e, n) order by n`,
    [column],
  );
  return rows.map((row) => row.text);
}

const column = <Value>(value: fc.Arbitrary<Value>) => fc.array(fc.option(value), { maxLength: 20 });
const textOf = (values: readonly (unknown | null)[]) =>
  values.map((value) => (value === null ? null : String(value)));
const runs = { numRuns: 40 };

describe('a binary column comes back as it was given', () => {
  test('smallint[]', () =>
    fc.assert(
      fc.asyncProperty(column(fc.integer({ min: -32_768, max: 32_767 })), async (values) => {
        expect(await readBack('smallint', smallints(values, same))).toEqual(textOf(values));
      }),
      runs,
    ));

  test('int[]', () =>
    fc.assert(
      fc.asyncProperty(column(fc.integer()), async (values) => {
        expect(await readBack('int', ints(values, same))).toEqual(textOf(values));
      }),
      runs,
    ));

  test('bigint[]', () =>
    fc.assert(
      fc.asyncProperty(
        column(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String)),
        async (values) => {
          expect(await readBack('bigint', bigints(values, same))).toEqual(values);
        },
      ),
      runs,
    ));

  test('uuid[]', () =>
    fc.assert(
      fc.asyncProperty(column(fc.uuid()), async (values) => {
        expect(await readBack('uuid', uuids(values, same))).toEqual(values);
      }),
      runs,
    ));

  test('text[], whatever the text says', () =>
    fc.assert(
      fc.asyncProperty(
        column(fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0'))),
        async (values) => {
          expect(await readBack('text', texts(values, same))).toEqual(values);
        },
      ),
      runs,
    ));

  test('bytea[]', () =>
    fc.assert(
      fc.asyncProperty(
        column(fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes))),
        async (values) => {
          const hex = values.map((value) => (value === null ? null : `\\x${value.toString('hex')}`));
          expect(await readBack('bytea', byteas(values, same))).toEqual(hex);
        },
      ),
      runs,
    ));

  test('timestamptz[], to the microsecond, also before 1970 and 2000', () =>
    fc.assert(
      fc.asyncProperty(
        column(fc.bigInt({ min: -62_135_596_800_000_000n, max: 253_402_300_799_999_999n })),
        async (micros) => {
          const given = micros.map((value) => (value === null ? null : instantOfMicros(value)));
          const { rows } = await database.pool.query<{ micros: string | null }>(
            'select (extract(epoch from e) * 1000000)::bigint as micros from unnest($1::timestamptz[]) with ordinality as u(e, n) order by n',
            [instants(given, same)],
          );
          expect(rows.map((row) => row.micros)).toEqual(textOf(micros));
        },
      ),
      runs,
    ));

  test('an empty column is an empty array', async () => {
    expect(await readBack('int', ints([], same<number>))).toEqual([]);
    expect(await readBack('text', texts([], same<string>))).toEqual([]);
    expect(await readBack('numeric', plainArray([], same<string>))).toEqual([]);
  });

  test('a column of nothing but nulls is none, and yields as many nulls beside another one', async () => {
    expect(orNull([1, 2], () => null, ints)).toBeNull();
    expect(orNull([1, null], same, ints)).toEqual(ints([1, null], same));
    const { rows } = await database.pool.query('select a, b from unnest($1::int[], $2::text[]) as u(a, b)', [
      ints([1, 2], same),
      orNull([1, 2], () => null, texts),
    ]);
    expect(rows).toEqual([
      { a: 1, b: null },
      { a: 2, b: null },
    ]);
  });

  test('a column that says the same in every row goes once, and the first stands for all beside another one', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(3, 4), { minLength: 1, maxLength: 5 }), async (values) => {
        const sent = onceIfSame(values, same, ints);
        expect(sent).toEqual(ints(new Set(values).size === 1 ? values.slice(0, 1) : values, same));
        const { rows } = await database.pool.query<{ a: number; b: number }>(
          'select a, coalesce(b, ($2::int[])[1]) as b from unnest($1::int[], $2::int[]) as u(a, b)',
          [ints([...values.keys()], same), sent],
        );
        expect(rows).toEqual(values.map((b, a) => ({ a, b })));
      }),
      runs,
    ));

  test('a column without rows is none of them', () => {
    expect(onceIfSame([], same<number>, ints)).toEqual(ints([], same<number>));
  });

  test('places of rows go as PostgreSQL prints them', async () => {
    expect(await readBack('tid', tids(['(0,1)', '(4294967294,65535)'], same))).toEqual([
      '(0,1)',
      '(4294967294,65535)',
    ]);
    expect(await readBack('tid', tids([], same<string>))).toEqual([]);
  });

  test('words and decimals go as plain text', async () => {
    expect(await readBack('numeric', plainArray(['1.5', null, '-20'], same))).toEqual(['1.5', null, '-20']);
  });
});

describe('what a column cannot carry is refused', () => {
  test.each(['a b', '"', '{', '\\', 'é'])('plain text %j, which would need quotes', (text) => {
    expect(() => plainArray([text], same)).toThrow(RangeError);
  });

  test.each([
    '',
    '0',
    '00000000-0000-8000-8000-00000000000',
    '00000000-0000-8000-8000-0000000000000',
    'X0000000-0000-8000-8000-000000000000',
  ])('%j, which is no UUID', (text) => {
    expect(() => uuids([text], same)).toThrow(RangeError);
  });

  test.each(['', '0,1', '(0,1);', '(0,x)'])('%j as the place of a row', (text) => {
    expect(() => tids([text], same)).toThrow(RangeError);
  });

  test.each([32_768, 1.5, Number.NaN])('%d as a smallint', (value) => {
    expect(() => smallints([value], same)).toThrow();
  });
});
