// Lines are read in fewer steps than they are described in: what is cut, found, named and seen must be what the plain description
// of it gives.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lineNames, loopsOf } from '../../../../src/connectors/threepl/documents/x12-loops.ts';
import { foundInLine, sourcesOf } from '../../../../src/connectors/threepl/documents/x12-sources.ts';
import { surroundingsOf } from '../../../../src/connectors/threepl/documents/x12-surroundings.ts';
import type { Segment } from '../../../../src/connectors/threepl/edi/segment.ts';
import { RisingTexts } from '../../../../src/connectors/threepl/edi/x12-rising.ts';
import { transactionSet } from './x12-setup.ts';

const segment = fc.oneof(
  fc.constantFrom('LX*1', 'LX*2', 'LX*', 'LS*X', 'LE*X', 'W03*4', 'SE*1', '*', 'G69*Text', 'QQ*1'),
  fc.constantFrom('W12*CC*1*1**EA**VN*A*L1', 'W12*CC*1*1**EA**LT*L3', 'W07*1*EA**LT**L2'),
  fc.constantFrom('N9*LI*7', 'REF*LI*8', 'N9*LI', 'N9*LT*L4', 'REF*LT*L5', 'N9*CN*T1', 'REF*2I*T2'),
  fc.constantFrom('MAN*CP*T3*S*CN*T4', 'MAN*GM*T5', 'G62*36*20270101', 'DTM*036*20280101', 'LIN*1*LT*L6'),
);
const segments = fc.array(segment, { minLength: 10, maxLength: 30 });
const shape = fc.constantFrom(
  ['W12', 'LX', 'W03'] as const,
  ['W07', 'LX', 'W14'] as const,
  ['LIN', '', 'CTT'] as const,
);

interface Line {
  readonly head: Segment;
  readonly body: Segment[];
  readonly around: Segment[];
}

/** As `loopsOf` is described: each segment goes to what is open. */
function described(all: readonly Segment[], lineTag: string, enclosing: string, closingTag: string) {
  const header: Segment[] = [];
  const closing: Segment[] = [];
  const lines: Line[] = [];
  let around: Segment[] = [];
  let open = header;
  let nested = 0;
  for (const each of all) {
    const { tag } = each;
    if (tag === closingTag || tag === 'SE') {
      nested = 0;
      open = closing;
      closing.push(each);
    } else if (tag === lineTag) {
      nested = 0;
      open = [];
      lines.push({ head: each, body: open, around });
    } else if (tag === enclosing && nested === 0) {
      around = [each];
      open = around;
    } else {
      if (tag === 'LS') nested += 1;
      if (tag === 'LE') nested = Math.max(0, nested - 1);
      open.push(each);
    }
  }
  return { header, closing, lines };
}

test('a document is cut into the lines that the description gives', () => {
  let lines = 0;
  fc.assert(
    fc.property(segments, shape, (texts, [lineTag, enclosing, closingTag]) => {
      const document = transactionSet('945', texts);
      const expected = described(document.segments, lineTag, enclosing, closingTag);
      const found = loopsOf(document, lineTag, enclosing, [closingTag, 'SE']);
      lines += found.lines.length;
      expect(found.header).toEqual(expected.header);
      expect(found.closing).toEqual(expected.closing);
      expect(found.lines.map(({ head, body, around }) => ({ head, body, around }))).toEqual(expected.lines);
      expect(found.lines.map(({ place }) => place)).toEqual(found.lines.map((_, index) => index + 1));
    }),
    { numRuns: 2000 },
  );
  expect(lines).toBeGreaterThan(1000);
});

const referenceIn = (all: readonly Segment[], tags: readonly string[], first: string): string =>
  all
    .find((each) => tags.includes(each.tag) && each.element(1) === first && each.element(2) !== '')
    ?.element(2) ?? '';

test('what stands around a line is the same in one pass as asked one by one', () => {
  let tracked = 0;
  fc.assert(
    fc.property(segments, (texts) => {
      for (const line of loopsOf(transactionSet('945', texts), 'W12', 'LX', ['W03', 'SE']).lines) {
        const { body, around, place } = line;
        const { number, tracking } = surroundingsOf(line);
        const assigned = around.find(({ tag }) => tag === 'LX')?.element(1);
        expect(number).toBe(
          referenceIn(body, ['N9', 'REF'], 'LI') ||
            referenceIn(around, ['N9', 'REF'], 'LI') ||
            assigned ||
            String(place),
        );
        const marks = [...around, ...body].flatMap((each) => {
          if (each.tag === 'MAN')
            return [1, 4]
              .filter((at) => ['CP', 'CN'].includes(each.element(at)))
              .map((at) => each.element(at + 1));
          const isReference = each.tag === 'N9' || each.tag === 'REF';
          return isReference && ['CN', '2I'].includes(each.element(1)) ? [each.element(2)] : [];
        });
        expect(tracking).toEqual([...new Set(marks)]);
        tracked += tracking.length;
      }
    }),
    { numRuns: 2000 },
  );
  expect(tracked).toBeGreaterThan(300);
});

test('no source is passed over that has an answer', () => {
  const sources = fc.subarray(
    [
      'W12-09',
      'W12:LT',
      'N9:LT',
      'REF:LT',
      'N9:LI',
      'REF-02',
      'G62:36',
      'LIN:LT',
      'MAN-02',
      'LX-01',
      'QQ-01',
    ],
    { minLength: 1 },
  );
  let found = 0;
  fc.assert(
    fc.property(segments, sources, (texts, names) => {
      for (const line of loopsOf(transactionSet('945', texts), 'W12', 'LX', ['W03', 'SE']).lines) {
        const { head, body, around } = line;
        const expected = foundInLine(sourcesOf(names), { head, body, around });
        expect(foundInLine(sourcesOf(names), line, surroundingsOf(line).bits)).toEqual(expected);
        if (expected) found += 1;
      }
    }),
    { numRuns: 2000 },
  );
  expect(found).toBeGreaterThan(300);
});

const name = fc.constantFrom(
  '1',
  '2',
  '3',
  '10',
  '01',
  '0',
  '',
  'A',
  '2#2',
  '999999999999999',
  '9999999999999999',
);

test('no two lines of a document have one name, and the first keeps its own', () => {
  fc.assert(
    fc.property(fc.array(name, { maxLength: 12 }), (wanted) => {
      const nameOf = lineNames();
      const names = wanted.map(nameOf);
      expect(new Set(names).size).toBe(names.length);
      wanted.forEach((each, index) => {
        if (!names.slice(0, index).includes(each)) expect(names[index]).toBe(each);
      });
    }),
    { numRuns: 3000 },
  );
});

test('a text that rises was not seen, and what was not told rises still', () => {
  fc.assert(
    fc.property(fc.array(name, { maxLength: 12 }), (texts) => {
      const told = new Set<string>();
      const rising = new RisingTexts((text) => told.add(text));
      texts.forEach((text, index) => {
        const before = texts.slice(0, index);
        if (rising.isRising(text)) expect(before).not.toContain(text);
        else {
          expect(told.has(text)).toBe(before.includes(text));
          told.add(text);
        }
      });
    }),
    { numRuns: 3000 },
  );
});
