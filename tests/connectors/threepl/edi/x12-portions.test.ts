// A file comes in portions that end anywhere: what is told of it, findings and places included, is the same as of the whole.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EdiDocument } from '../../../../src/connectors/threepl/edi/segment.ts';
import { createX12Reader } from '../../../../src/connectors/threepl/edi/x12-read.ts';
import { validateX12 } from '../../../../src/connectors/threepl/edi/x12-validate.ts';
import { damagedOf, damagesOf } from '../damage.ts';
import { documentLines, interchangeBytes, oneGroup, receipt, shipment, stock } from './x12-fixtures.ts';

const FILES = [
  interchangeBytes(oneGroup(shipment(), shipment())),
  interchangeBytes({ ...oneGroup(stock()), shape: { element: '\t', terminator: '}', gap: '\r\n  ' } }),
  interchangeBytes({ ...oneGroup(receipt()), shape: { terminator: '…', isa11: '^', isa12: '00501' } }),
  interchangeBytes({ ...oneGroup(receipt()), shape: { terminator: '\n', component: ':' } }),
  Buffer.concat([interchangeBytes(oneGroup(receipt())), interchangeBytes(oneGroup(stock()))]),
  Buffer.from(
    documentLines(shipment())
      .map((line) => `${line}~\n`)
      .join(''),
  ),
].map((bytes, index) => ({ name: `file ${index + 1}`, bytes }));

const file = damagedOf(FILES, damagesOf('*~>^:|\r\n \0ISAGESTW012-.', '~*\n}'));

/** Everything told, in its order; each portion's bytes are used again for something else once it is taken. */
function toldOf(portions: readonly Buffer[], segmentBytes: number): unknown[] {
  const told: unknown[] = [];
  const tell = (what: unknown): void => void told.push(what);
  const reader = createX12Reader(
    {
      interchangeStart: tell,
      acknowledgement: tell,
      groupStart: tell,
      documentStart: tell,
      document: (document) => tell([document.start, document.end, document.findings, ...saidBy(document)]),
      groupEnd: tell,
      interchangeEnd: tell,
      fileEnd: tell,
    },
    { bareDocuments: true, limits: { segmentBytes } },
  );
  for (const portion of portions) {
    const bytes = Buffer.from(portion);
    reader.push(bytes);
    bytes.fill('*');
  }
  reader.end();
  return told;
}

const saidBy = (document: EdiDocument): unknown[] => [
  validateX12(document),
  document.segments.map(({ tag, offset, position, count }) => [tag, offset, position, count]),
  document.segments.map((segment) =>
    Array.from({ length: segment.count }, (_, index) => segment.element(index + 1)),
  ),
];

test('in whatever portions a file comes, the same is told of it', () => {
  fc.assert(
    fc.property(
      file,
      fc.array(fc.nat(900), { maxLength: 8 }),
      fc.boolean(),
      fc.constantFrom(40, 16_384),
      ({ bytes }, cuts, isByteByByte, segmentBytes) => {
        const ends = isByteByByte ? Array.from(bytes, (_, index) => index) : cuts.sort((a, b) => a - b);
        let start = 0;
        const portions = [...ends, bytes.length].map((end) => {
          const portion = bytes.subarray(start, end);
          start = Math.max(start, end);
          return portion;
        });
        expect(toldOf(portions, segmentBytes)).toEqual(toldOf([bytes], segmentBytes));
      },
    ),
    { numRuns: 1500, verbose: 1 },
  );
});

test('a segment that never ends is refused at the same length in the smallest portions too', () => {
  const head = interchangeBytes({ groups: [{ documents: [shipment()] }] });
  const start = head.subarray(0, head.indexOf('W12'));
  const endless = Buffer.alloc(17_000, 'A');
  const bytes = Buffer.concat([start, endless]);
  const portions = Array.from(bytes, (byte) => Buffer.of(byte));
  const told = toldOf(portions, 16_384);
  expect(JSON.stringify(told)).toContain('segment_too_long');
  expect(JSON.stringify(told)).toBe(JSON.stringify(toldOf([bytes], 16_384)));
});

test('a document ends where the segment begins that is too long, and not at the blanks before it', () => {
  const gap = '\r\n  ';
  const file = interchangeBytes({
    ...oneGroup({ type: '945', segments: ['W06*F*SO-7781', `NTE**${'A'.repeat(200)}`] }),
    shape: { gap },
  });
  const ends: number[] = [];
  const reader = createX12Reader(
    { document: ({ end }) => void ends.push(end) },
    { limits: { segmentBytes: 150 } },
  );
  reader.push(file);
  reader.end();
  expect(ends).toEqual([file.indexOf('NTE')]);
});
