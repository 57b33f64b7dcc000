// Segments that the dictionary has nothing against are passed over without being looked at element by element. This may save
// time and nothing else: what is found must be the same as by looking at every element.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { documentsOf } from '../../../../src/connectors/threepl/edi/file.ts';
import type { EdiDocument, Segment } from '../../../../src/connectors/threepl/edi/segment.ts';
import {
  DICTIONARY_TAGS,
  segmentRuleOf,
  type X12ElementRule,
} from '../../../../src/connectors/threepl/edi/x12-dictionary.ts';
import { readX12 } from '../../../../src/connectors/threepl/edi/x12-read.ts';
import { X12Segment } from '../../../../src/connectors/threepl/edi/x12-segment.ts';
import { isUnremarkable } from '../../../../src/connectors/threepl/edi/x12-unremarkable.ts';
import { validateX12 } from '../../../../src/connectors/threepl/edi/x12-validate.ts';
import { interchangeBytes, oneGroup, order, receipt, shipment, stock } from './x12-fixtures.ts';

const RUNS = Number(process.env.STOCKBRIDGE_EDI_RUNS ?? 3000);

const onlyDocument = (bytes: Buffer): EdiDocument => {
  const [document] = documentsOf(readX12(bytes));
  if (!document) throw new Error('the fixture holds no document');
  return document;
};

/** The same segment without its bytes, so that each of its elements has to be asked for. */
const withoutBytes = (segment: Segment): Segment => ({
  tag: segment.tag,
  offset: segment.offset,
  position: segment.position,
  count: segment.count,
  element: (n) => segment.element(n),
  component: (n, c) => segment.component(n, c),
  raw: (n) => segment.raw(n),
});

const capitals = (length: number): string => 'ABCDEFGHIJ'.repeat(10).slice(0, length);

/** Values that fit the element, and values that nearly do. */
const valueFor = ({ type, shortest, longest }: X12ElementRule): fc.Arbitrary<string> => {
  const length = fc.integer({ min: Math.max(0, shortest - 1), max: Math.min(longest, shortest + 3) + 1 });
  const word = length.map(capitals);
  const fitting: Readonly<Record<X12ElementRule['type'], fc.Arbitrary<string>>> = {
    AN: word,
    ID: word,
    composite: word,
    N0: fc.nat(12_345).map(String),
    N2: fc.integer({ min: -99, max: 12_345 }).map(String),
    R: fc.constantFrom('0', '12', '-3', '.5', '5.', '12.25', '-.5', '123456789012'),
    DT: fc.constantFrom('20261102', '261102', '20240229', '20230229', '00000229', '20261301'),
    TM: fc.constantFrom('0815', '081530', '08153012', '2460'),
  };
  const odd = fc.constantFrom('', ' ', 'X ', ' X', 'Ü', 'A>B', 'A^B', '1E3', '+1', '-', '.', '1.2.3', '\x01');
  return fc.oneof({ weight: 6, arbitrary: fitting[type] }, { weight: 1, arbitrary: odd });
};

const segmentText = fc.constantFrom(...DICTIONARY_TAGS).chain((tag) => {
  const elements = segmentRuleOf(tag)?.elements ?? [];
  const values = fc.tuple(...elements.map((rule) => fc.oneof(valueFor(rule), fc.constant(''))));
  return fc
    .tuple(values, fc.nat(elements.length), fc.nat(9))
    .map(([texts, end, excess]) =>
      [tag, ...texts.slice(0, end), ...(excess === 0 ? ['', 'Z'] : [])].join('*'),
    );
});

test('what validation finds is the same with and without passing over segments', () => {
  let passed = 0;
  fc.assert(
    fc.property(
      fc.constantFrom('945', '944', '846', '999', '210'),
      fc.array(segmentText, { minLength: 1, maxLength: 6 }),
      fc.constantFrom({}, { isa11: '^', isa12: '00501', version: '005010' }),
      (type, segments, shape) => {
        const document = onlyDocument(interchangeBytes({ ...oneGroup({ type, segments }), shape }));
        const slow = { ...document, segments: document.segments.map(withoutBytes) };
        expect(validateX12(document)).toEqual(validateX12(slow));
        if (document.segments.some(isPassedOver)) passed += 1;
      },
    ),
    { numRuns: RUNS, verbose: 1 },
  );
  // Otherwise nothing was compared.
  expect(passed).toBeGreaterThan(RUNS / 10);
});

function isPassedOver(segment: Segment): boolean {
  const rule = segmentRuleOf(segment.tag);
  return (
    segment instanceof X12Segment && rule !== undefined && isUnremarkable(segment.window, segment.at, rule)
  );
}

test.each([shipment(), receipt(), stock(), order()])(
  'every segment of a right document of kind $type is passed over',
  (document) => {
    const { segments } = onlyDocument(interchangeBytes(oneGroup(document)));
    const told = segments.slice(1, -1).filter((segment) => !isPassedOver(segment));
    expect(told.map(({ tag }) => tag)).toEqual([]);
  },
);
