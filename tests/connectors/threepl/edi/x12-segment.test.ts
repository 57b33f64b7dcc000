// A segment is divided where its separators stand, and its window keeps the places of all its segments: whatever their text,
// and in whatever order they are asked, an element is what splitting the text would give.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decoded, X12Segment, X12Window } from '../../../../src/connectors/threepl/edi/x12-segment.ts';

const DELIMITERS = { element: '*', component: '>', repetition: '^', segment: '~', decimal: '.' } as const;

const value = fc
  .array(fc.constantFrom('A', '7', ' ', '>', '^', 'ü', '…', '\n', '\x01', 'Bc', '   '), { maxLength: 6 })
  .map((parts) => parts.join(''));
const plainValue = fc
  .array(fc.constantFrom('A', '7', ' ', 'Bc'), { maxLength: 4 })
  .map((parts) => parts.join(''));
const segmentText = fc
  .tuple(fc.constantFrom('W12', 'N9', 'Q', ''), fc.array(fc.oneof(plainValue, value), { maxLength: 8 }))
  .map(([tag, values]) => [tag, ...values].join('*'));

/** Splits first and looks afterwards. */
function splitting(text: string, n: number, c: number): string {
  const [first = ''] = (text.split('*')[n] ?? '').split('^');
  return (first.split('>')[c - 1] ?? '').trimEnd();
}

test('elements are what splitting gives, in any order of asking', () => {
  fc.assert(
    fc.property(
      fc.array(segmentText, { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      fc.array(fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 9 }), fc.boolean()), { maxLength: 30 }),
      (sent, wrapped, questions) => {
        const bytes = sent.map((text) => Buffer.from(text, 'utf8').toString('latin1'));
        const whole = bytes.map((text) => `${text}~`).join('');
        const isAscii = Buffer.from(whole, 'latin1').every((byte) => byte < 128);
        const window = new X12Window(whole, 0, isAscii, { delimiters: DELIMITERS, wrapped });
        let start = 0;
        const segments = bytes.map((text, index) => {
          const end = start + text.length;
          const segment = new X12Segment(text.split('*')[0] ?? '', index + 1, window, start, end);
          start = end + 1;
          return segment;
        });
        for (const [which, n, isFirstOnly] of questions) {
          const segment = segments[which % segments.length];
          const text = decoded(bytes[which % segments.length] ?? '');
          const said = wrapped ? text.replace(/[\r\n]/g, '') : text;
          if (isFirstOnly) expect(segment?.element(1)).toBe(splitting(said, 1, 1));
          expect(segment?.element(n)).toBe(splitting(said, n, 1));
          expect(segment?.raw(n)).toBe(said.split('*')[n] ?? '');
          expect(segment?.component(n, 2)).toBe(splitting(said, n, 2));
          expect(segment?.count).toBe(said.split('*').length - 1);
        }
      },
    ),
    { numRuns: 3000, verbose: 1 },
  );
});

test('an element that is not there is empty, and so is the tag', () => {
  const window = new X12Window('N9*LI*1~', 0, true, { delimiters: DELIMITERS, wrapped: false });
  const segment = new X12Segment('N9', 1, window, 0, 7);
  expect([segment.raw(0), segment.element(3), segment.raw(3), segment.element(0)]).toEqual(['', '', '', '']);
});
