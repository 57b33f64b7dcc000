// A segment is divided where its separators stand, and its window keeps the places of all its segments: whatever their text,
// and in whatever order they are asked, an element is what splitting the text would give.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decoded, X12Segment } from '../../../../src/connectors/threepl/edi/x12-segment.ts';
import { X12Tags } from '../../../../src/connectors/threepl/edi/x12-tags.ts';
import { textBetween } from '../../../../src/connectors/threepl/edi/x12-text.ts';
import { X12Dividing, X12Window } from '../../../../src/connectors/threepl/edi/x12-window.ts';

const DELIMITERS = { element: '*', component: '>', repetition: '^', segment: '~', decimal: '.' } as const;

const value = fc
  .array(fc.constantFrom('A', '7', ' ', '>', '^', 'ü', '…', '\n', '\x01', 'Bc', '   '), { maxLength: 6 })
  .map((parts) => parts.join(''));
const plainValue = fc
  .array(fc.constantFrom('A', '7', ' ', 'Bc'), { maxLength: 4 })
  .map((parts) => parts.join(''));
const segmentText = fc
  .tuple(
    fc.constantFrom('W12', 'N9', 'Q', '', '\0\0', '\0N9', 'ZZ'),
    fc.array(fc.oneof(plainValue, value), { maxLength: 8 }),
  )
  .map(([tag, values]) => [tag, ...values].join('*'));

/** Splits first and looks afterwards. */
function splitting(text: string, n: number, c: number): string {
  const [first = ''] = (text.split('*')[n] ?? '').split('^');
  return (first.split('>')[c - 1] ?? '').trimEnd();
}

/** Every segment of `bytes`, as the reader takes them: a pass may end before any of them. */
function segmentsOf(bytes: Buffer, dividing: X12Dividing): X12Segment[] {
  const window = new X12Window(bytes.toString('latin1'), 0, dividing, 0);
  const tags = new X12Tags();
  const guarded = Buffer.concat([bytes, Buffer.of(dividing.separator)]);
  const segments: X12Segment[] = [];
  for (let at = 0, start = 0; start < bytes.length; ) {
    window.divide(guarded, start, bytes.length);
    if (at === window.used) break;
    for (; at < window.used; at = window.after(at)) {
      segments.push(new X12Segment(tags.tagOf(guarded, window, at), segments.length + 1, window, at));
      start = window.end(at) + dividing.terminator.length;
    }
  }
  return segments;
}

test.each(['~', '…', '\n'])(
  'elements are what splitting gives, in any order of asking, behind %j',
  (terminator) => {
    let asked = 0;
    fc.assert(
      fc.property(
        fc.array(segmentText, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        fc.array(fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 9 }), fc.boolean()), { maxLength: 30 }),
        (texts, wrapped, questions) => {
          const delimiters = { ...DELIMITERS, segment: Buffer.from(terminator).toString('latin1') };
          // What would end a segment within it, and what would be no segment at all, is none here.
          const sent = texts
            .map((text) => text.replaceAll(terminator, ''))
            .filter((text) => text !== '' && !/^\s/.test(text));
          const bytes = Buffer.from(sent.map((text) => `${text}${terminator}`).join(''));
          const segments = segmentsOf(bytes, new X12Dividing(delimiters, wrapped));
          expect(segments.map(({ position }) => position)).toEqual(sent.map((_, index) => index + 1));
          for (const [which, n, isFirstOnly] of questions) {
            const segment = segments[which % segments.length];
            const text = sent[which % segments.length] ?? '';
            if (segment === undefined) continue;
            asked += 1;
            const said = wrapped ? text.replace(/[\r\n]/g, '') : text;
            if (isFirstOnly) expect(segment.element(1)).toBe(splitting(said, 1, 1));
            expect(segment.tag).toBe(said.split('*')[0]);
            expect(segment.element(n)).toBe(splitting(said, n, 1));
            expect(segment.raw(n)).toBe(said.split('*')[n] ?? '');
            expect(segment.component(n, 2)).toBe(splitting(said, n, 2));
            expect(segment.count).toBe(said.split('*').length - 1);
          }
        },
      ),
      { numRuns: 2000, verbose: 1 },
    );
    // Otherwise nothing was compared.
    expect(asked).toBeGreaterThan(2000);
  },
);

test('bytes that are no UTF-8 are read as Windows-1252, the whole segment and no other', () => {
  const bytes = Buffer.concat([Buffer.from('N1*\xe9*ü~', 'latin1'), Buffer.from('N1*ü*…~')]);
  const [first, second] = segmentsOf(bytes, new X12Dividing(DELIMITERS, false));
  expect([first?.element(1), first?.element(2)]).toEqual(['é', 'ü']);
  expect([second?.element(1), second?.element(2)]).toEqual(['ü', '…']);
  expect(decoded('plain')).toBe('plain');
});

test('an element that is not there is empty, and so is the tag', () => {
  const [segment] = segmentsOf(Buffer.from('N9*LI*1~'), new X12Dividing(DELIMITERS, false));
  expect([segment?.raw(0), segment?.element(3), segment?.raw(3), segment?.element(0)]).toEqual([
    '',
    '',
    '',
    '',
  ]);
});

test('no text is taken for another that is remembered', () => {
  const marks = ['/', '0', '1', '9', ':', 'A'];
  const texts = marks.flatMap((a) => marks.flatMap((b) => [a + b, ...marks.map((c) => a + b + c)]));
  for (const text of [...texts, ...texts.toReversed()])
    expect(textBetween(`*${text}*`, 1, text.length + 1)).toBe(text);
});

test('texts that are remembered are those that stand there', () => {
  const text = fc.array(fc.constantFrom('0', '1', '9', 'A', '/', ':', ' '), { maxLength: 5 });
  fc.assert(
    fc.property(text, fc.nat(5), fc.nat(5), (parts, one, other) => {
      const whole = parts.join('');
      const start = Math.min(one, other, whole.length);
      const end = Math.min(Math.max(one, other), whole.length);
      expect(textBetween(whole, start, end)).toBe(whole.slice(start, end));
    }),
    { numRuns: 2000 },
  );
});
