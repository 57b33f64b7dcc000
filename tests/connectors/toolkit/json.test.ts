// F11: untrusted JSON is read exactly or refused with a reason; nothing in between, and nothing thrown.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readJson } from '../../../src/connectors/toolkit/json.ts';

const read = (text: string) => readJson(Buffer.from(text, 'utf8'));
const reasonFor = (text: string | Buffer): string => {
  const reading = typeof text === 'string' ? read(text) : readJson(text);
  return reading.ok ? `accepted ${JSON.stringify(reading.value)}` : reading.reason;
};

it('agrees with JSON.parse on everything that JSON.parse cannot get wrong', () => {
  const values = fc
    .jsonValue({ depthSize: 'medium' })
    .filter((value) => !/\d\.|\de|\d{16}/.test(JSON.stringify(value)));
  fc.assert(
    fc.property(values, fc.constantFrom(undefined, 1), (value, indent) => {
      const reading = readJson(Buffer.from(JSON.stringify(value, null, indent)), { brokenText: 'keep' });
      expect(reading).toEqual({ ok: true, value: JSON.parse(JSON.stringify(value)) });
    }),
  );
});

it('never throws, whatever the bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(typeof readJson(Buffer.from(bytes)).ok).toBe('boolean');
    }),
    { numRuns: 1000 },
  );
  expect(reasonFor('['.repeat(1_000_000))).toContain('deeper than 64');
  expect(reasonFor('{"a":'.repeat(100_000))).toContain('deeper than 64');
});

describe('numbers', () => {
  it.each([
    ['9007199254740991', 9007199254740991],
    ['9007199254740993', '9007199254740993'],
    ['-9007199254740993', '-9007199254740993'],
    ['1.10', '1.10'],
    ['1e400', '1e400'],
    ['1E2', '1E2'],
    ['-0', 0],
    ['12', 12],
  ])('%s stays what it is', (text, value) => expect(read(text)).toEqual({ ok: true, value }));
});

describe('a refusal', () => {
  it.each([
    ['', 'empty'],
    ['  \n', 'empty'],
    ['{"a":1', 'not JSON'],
    ['{"a":1} x', 'not JSON'],
    ["{'a':1}", 'not JSON'],
    ['NaN', 'not JSON'],
    ['{"a":1,"b":{"c":1,"c":2}}', '"c" occurs twice'],
    ['{"a":1,"a":1}', '"a" occurs twice'],
    ['{"a":1,"\\u0061":2}', '"a" occurs twice'],
    ['{"__proto__":1,"__proto__":2}', 'occurs twice'],
    ['{"a":[{"b":"x\\u0000"}]}', 'a[0].b'],
    ['{"a":"\\ud800"}', 'at a'],
    ['{"\\udc00":1}', 'a key of the top object'],
    [`${'['.repeat(65)}${']'.repeat(65)}`, 'deeper than 64'],
  ])('of %s says why', (text, reason) => expect(reasonFor(text)).toContain(reason));

  it('names bytes that are no UTF-8', () => {
    expect(reasonFor(Buffer.from([0x22, 0xff, 0x22]))).toContain('UTF-8');
  });
});

it('accepts what only looks like a repetition or a depth', () => {
  for (const text of [
    '{"a":{"a":{"a":1}},"b":["a","a"]}',
    '{"a":"{\\"a\\":1}","b":"[[[["}',
    '{"a":"\\\\","b":"\\""}',
    '"\\ud83d\\ude00"',
  ]) {
    expect(read(text)).toEqual({ ok: true, value: JSON.parse(text) });
  }
  expect(read(`${'['.repeat(64)}${']'.repeat(64)}`).ok).toBe(true);
});

it('S1: __proto__ and constructor are plain keys that reach nobody', () => {
  const reading = read('{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}');
  expect(reading.ok && Object.keys(reading.value as object)).toEqual(['__proto__', 'constructor']);
  expect(({} as { admin?: boolean }).admin).toBeUndefined();
  expect(reading.ok && (reading.value as { admin?: boolean }).admin).toBeUndefined();
});
