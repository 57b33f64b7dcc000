import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readX12Document, X12_TYPES } from '../../../../src/connectors/threepl/documents/x12-read.ts';
import { isQuantityText } from '../../../../src/core/vocabulary/quantity.ts';
import { readOptions, readSet, refusals, transactionSet } from './x12-setup.ts';

const TAGS = [
  'W06',
  'W12',
  'W17',
  'W07',
  'W13',
  'W14',
  'W03',
  'W15',
  'W19',
  'BIA',
  'LIN',
  'QTY',
  'UIT',
  'SDQ',
  'BSN',
];
const MORE_TAGS = [
  'HL',
  'SN1',
  'PRF',
  'MAN',
  'BRA',
  'RCD',
  'N1',
  'N9',
  'G62',
  'DTM',
  'LX',
  'LS',
  'LE',
  'CTT',
  'AK1',
];
const ANSWERS = ['AK2', 'AK3', 'AK4', 'AK5', 'AK9', 'IK3', 'IK4', 'IK5'];
const VALUES = [
  '',
  '1',
  '2',
  '00',
  '04',
  'F',
  'A',
  'P',
  'R',
  'EA',
  'SK',
  'LT',
  'CUP',
  '12',
  '-3',
  '1e9',
  '.',
  '-',
];
const MORE_VALUES = [
  '20261122',
  '99991231',
  '00010101',
  '261122',
  '2300',
  '2400',
  'CT',
  '14',
  'S',
  'I',
  'WH',
  'UP',
];

const element = fc.oneof(
  fc.constantFrom(...VALUES, ...MORE_VALUES, '__proto__', 'constructor', '9'.repeat(40)),
  fc.string({ maxLength: 6 }).map((text) => text.replace(/[*~]/g, '')),
);
const segment = fc
  .tuple(fc.constantFrom(...TAGS, ...MORE_TAGS, ...ANSWERS), fc.array(element, { maxLength: 23 }))
  .map(([tag, elements]) => [tag, ...elements].join('*'));

/** Head first, so that the readers come past it. */
const HEADS: Readonly<Record<string, string>> = {
  '944': 'W17*F*20261122*R1',
  '945': 'W06*F*SO*20261122*S1',
  '947': 'W15*20261122*A1',
  '846': 'BIA*00*SI*I1*20261122*1200',
  '856': 'BSN*00*S1*20261122*1200',
  '861': 'BRA*R1*20261122*00*2',
  '997': 'AK1*OW*1',
  '999': 'AK1*OW*1',
};

describe('whatever a partner writes', () => {
  it('nothing is thrown, a document is there exactly when nothing refuses it, and its quantities are exact', () => {
    let read = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...X12_TYPES),
        fc.boolean(),
        fc.array(segment, { maxLength: 12 }),
        fc.constantFrom('UTC', 'America/New_York', 'Pacific/Kiritimati'),
        (type, hasHead, segments, timeZone) => {
          const all = hasHead ? [HEADS[type] ?? '', ...segments] : segments;
          const { document, findings } = readX12Document(
            transactionSet(type, all),
            readOptions({ timeZone }),
          );
          expect(document === undefined).toBe(findings.some(({ severity }) => severity === 'reject'));
          if (document === undefined || document.kind === 'acknowledgement') return;
          read += 1;
          expect(document.occurredAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
          expect(new Set(document.lines.map(({ line }) => line)).size).toBe(document.lines.length);
          for (const text of JSON.stringify(document).matchAll(/"value":"([^"]*)","unit":"([^"]*)"/g)) {
            expect(isQuantityText(text[1] ?? '')).toBe(true);
            expect(text[2]).not.toBe('');
          }
        },
      ),
      { numRuns: 2000 },
    );
    expect(read).toBeGreaterThan(0);
  });

  it('a date of another century is no date of a shipment, in any zone', () => {
    for (const date of ['99991231', '00010101', '18991231'])
      expect(refusals(readSet('947', [`W15*${date}*A1`, 'W19*AA*1*EA**SK*CUP']))).toEqual([
        'date_invalid W15@2-1 8',
      ]);
  });
});
