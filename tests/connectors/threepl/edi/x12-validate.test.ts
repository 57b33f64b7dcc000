// Which faults inside a document refuse it, and which are only told: only what the stock depends on refuses.
import { describe, expect, test } from 'vitest';
import { documentsOf } from '../../../../src/connectors/threepl/edi/file.ts';
import { readX12 } from '../../../../src/connectors/threepl/edi/x12-read.ts';
import { validateX12 } from '../../../../src/connectors/threepl/edi/x12-validate.ts';
import {
  type FixtureDocument,
  interchangeBytes,
  oneGroup,
  order,
  receipt,
  shipment,
  stock,
} from './x12-fixtures.ts';

function found(document: FixtureDocument) {
  const [read] = documentsOf(readX12(interchangeBytes(oneGroup(document))));
  return (read ? validateX12(read) : []).map(
    ({ severity, code, segment, element, standardCode }) =>
      `${severity} ${segment?.tag}@${segment?.position} ${element?.position ?? '-'} ${code} ${standardCode}`,
  );
}

const changed = (document: FixtureDocument, from: string, to: string): FixtureDocument => ({
  ...document,
  segments: document.segments.map((segment) => (segment === from ? to : segment)),
});
const LINE = 'W12*CC*5*5*0*EA**VN*SHADE-LINEN';
const RECEIVED = 'W07*120*EA**VN*LAMP-OAK';

test.each([shipment(), receipt(), stock(), order()])(
  'a right document of kind $type has nothing to tell',
  (document) => {
    expect(found(document)).toEqual([]);
  },
);

test('the same fault at the same place is told of each document, once', () => {
  const bad = changed(shipment(), LINE, 'W12*CC*5*5*0*EACH**VN*SHADE-LINEN');
  const file = readX12(interchangeBytes(oneGroup(bad, bad, shipment())));
  expect(documentsOf(file).map((document) => validateX12(document).map(({ code }) => code))).toEqual([
    ['element_too_long'],
    ['element_too_long'],
    [],
  ]);
});

test('a segment with a line break in it is held against the dictionary like any other', () => {
  const broken = { ...shipment(), segments: [...shipment().segments, 'W27*MOTOR\n*FAST'] };
  expect(found(broken)).toContainEqual(expect.stringMatching(/^warning W27@\d+ 1 element_too_long 5$/));
});

describe('what refuses the document', () => {
  test.each([
    [
      'a shipped quantity in words',
      changed(shipment(), LINE, 'W12*CC*5*five*0*EA**VN*SHADE-LINEN'),
      'reject W12@9 3 quantity_not_numeric 6',
    ],
    [
      'a shipped quantity with an exponent',
      changed(shipment(), LINE, 'W12*CC*5*5E0*0*EA**VN*SHADE-LINEN'),
      'reject W12@9 3 quantity_not_numeric 6',
    ],
    [
      'a shipped quantity with a thousands mark',
      changed(shipment(), LINE, 'W12*CC*5*1,000*0*EA**VN*SHADE-LINEN'),
      'reject W12@9 3 quantity_not_numeric 6',
    ],
    [
      'a line without status',
      changed(shipment(), LINE, 'W12**5*5*0*EA**VN*SHADE-LINEN'),
      'reject W12@9 1 element_missing 1',
    ],
    [
      'a received quantity that is missing',
      changed(receipt(), RECEIVED, 'W07**EA**VN*LAMP-OAK'),
      'reject W07@4 1 element_missing 1',
    ],
    [
      'a unit that is missing',
      changed(receipt(), RECEIVED, 'W07*120***VN*LAMP-OAK'),
      'reject W07@4 2 element_missing 1',
    ],
    [
      'a line that names no item',
      changed(receipt(), RECEIVED, 'W07*120*EA'),
      'reject W07@4 3 element_conditional 2',
    ],
    [
      'a receipt of no day',
      changed(receipt(), 'W17*F*20261101*WR-90*IN-55', 'W17*F**WR-90*IN-55'),
      'reject W17@2 2 element_missing 1',
    ],
    [
      'a receipt on 31 November',
      changed(receipt(), 'W17*F*20261101*WR-90*IN-55', 'W17*F*20261131*WR-90*IN-55'),
      'reject W17@2 2 date_invalid 8',
    ],
    [
      'a reference that says not of what',
      changed(receipt(), 'N9*LT*L78', 'N9**L78'),
      'reject N9@5 1 element_missing 1',
    ],
    [
      'a stock quantity that is missing',
      changed(stock(), 'QTY*33*84*EA', 'QTY*33**EA*some'),
      'reject QTY@5 2 element_missing 1',
    ],
  ])('%s', (_, document, expected) => {
    expect(found(document)).toContain(expected);
  });
});

describe('what is only told', () => {
  test.each([
    [
      'an id longer than its element',
      changed(receipt(), 'W17*F*20261101*WR-90*IN-55', 'W17*F*20261101*WR-90-2026-KIEL1*IN-55'),
      'warning W17@2 3 element_too_long 5',
    ],
    [
      'an id shorter than its element',
      changed(receipt(), RECEIVED, 'W07*120*EA*0400123*VN*LAMP-OAK'),
      'warning W07@4 3 element_too_short 4',
    ],
    [
      'a qualifier without its id',
      changed(receipt(), RECEIVED, 'W07*120*EA**VN*LAMP-OAK*UP'),
      'warning W07@4 7 element_conditional 2',
    ],
    [
      'more elements than the segment has',
      changed(receipt(), 'W13*3*EA*01**CC', 'W13*3*EA*01**CC*X'),
      'warning W13@6 6 elements_too_many 3',
    ],
    ['a segment nobody knows', changed(receipt(), 'N9*LT*L78', 'QQ9*1'), 'warning QQ9@5 - segment_unknown 1'],
    [
      'a ship date that is a word where G62 has the day',
      changed(shipment(), 'W06*F*SO-7781*20261102*SHIP-31', 'W06*F*SO-7781*CCYYMMDD*SHIP-31'),
      'warning W06@2 3 date_invalid 8',
    ],
    [
      'a quantity beside a text that excludes it',
      changed(stock(), 'QTY*33*84*EA', 'QTY*33*84*EA*many'),
      'warning QTY@5 4 element_exclusive 10',
    ],
    [
      'a control character in a note',
      changed(shipment(), 'N9*LI*1', 'N9*LI*1\x07'),
      'warning N9@7 2 character_invalid 6',
    ],
  ])('%s', (_, document, expected) => {
    expect(found(document)).toEqual([expected]);
  });

  test('without a G62 the ship date of W06 is what the shipment is as of', () => {
    const { segments } = changed(
      shipment(),
      'W06*F*SO-7781*20261102*SHIP-31',
      'W06*F*SO-7781*CCYYMMDD*SHIP-31',
    );
    const without = { ...shipment(), segments: segments.filter((segment) => !segment.startsWith('G62')) };
    expect(found(without)).toEqual(['reject W06@2 3 date_invalid 8']);
  });
});

test('signs and points of a number do not count as its length', () => {
  const document = { type: '947', segments: ['W15*20261101*A1*A1', 'W19*06*-1234567.891*EA**VN*LAMP-OAK'] };
  expect(found(document)).toEqual([]);
});

test('a document full of faults tells a thousand of them', () => {
  const segments = Array.from({ length: 3000 }, () => 'QQ9*1');
  expect(found(receipt({ segments }))).toHaveLength(1000);
});
