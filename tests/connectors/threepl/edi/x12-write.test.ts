// What we write is what a reader finds: widths, counts, numbers, and nothing that could be misread.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { documentsOf } from '../../../../src/connectors/threepl/edi/file.ts';
import type { X12Elements } from '../../../../src/connectors/threepl/edi/x12-acknowledge.ts';
import { readX12 } from '../../../../src/connectors/threepl/edi/x12-read.ts';
import { writeX12, type X12Envelope } from '../../../../src/connectors/threepl/edi/x12-write.ts';
import { StockbridgeError } from '../../../../src/core/errors.ts';

const envelope = (changes: Partial<X12Envelope> = {}): X12Envelope => ({
  us: { qualifier: 'ZZ', id: 'BRANDHUB' },
  them: { qualifier: '12', id: '4315550100' },
  groupUs: 'BRANDHUB',
  groupThem: 'NORDLAGER',
  version: '004010',
  delimiters: { element: '*', component: '>', segment: '~' },
  newlines: false,
  test: false,
  controls: { interchange: '91', group: '17', document: (index) => String(index + 1).padStart(4, '0') },
  writtenAt: new Date('2026-11-03T08:15:30Z'),
  acknowledgementRequested: true,
  ...changes,
});
const ORDER: X12Elements[] = [
  ['W05', 'N', 'SO-7781', '', ''],
  ['W01', '40', 'EA', '', 'VN', 'LAMP-OAK'],
];
const write = (segments: readonly X12Elements[], changes: Partial<X12Envelope> = {}) =>
  writeX12({
    envelope: envelope(changes),
    groups: [{ functional: 'OW', documents: [{ type: '940', segments }] }],
  });
const refusal = (work: () => unknown): string => {
  try {
    work();
    return 'written';
  } catch (error) {
    return error instanceof StockbridgeError ? `${error.code}: ${error.message}` : String(error);
  }
};

test('an interchange to the character', () => {
  expect(write(ORDER, { newlines: true }).toString()).toBe(
    [
      'ISA*00*          *00*          *ZZ*BRANDHUB       *12*4315550100     *261103*0815*U*00401*000000091*1*P*>~',
      'GS*OW*BRANDHUB*NORDLAGER*20261103*0815*17*X*004010~',
      'ST*940*0001~',
      'W05*N*SO-7781~',
      'W01*40*EA**VN*LAMP-OAK~',
      'SE*4*0001~',
      'GE*1*17~',
      'IEA*1*000000091~',
      '',
    ].join('\n'),
  );
});

test('from 005010 on ISA11 is the repetition separator, and group and document may name their guide', () => {
  const text = writeX12({
    envelope: envelope({ version: '005010' }),
    groups: [
      {
        functional: 'FA',
        version: '005010X231A1',
        documents: [
          {
            type: '999',
            implementation: '005010X231A1',
            segments: [
              ['AK1', 'SW', '5', '005010'],
              ['AK9', 'A', '1', '1', '1'],
            ],
          },
        ],
      },
    ],
  }).toString();
  expect(text.slice(82, 89)).toBe('^*00501');
  expect(text).toContain('*X*005010X231A1~ST*999*0001*005010X231A1~AK1*SW*5*005010~');
});

test('group numbers go on from the first and start again after the last', () => {
  const groups = ['OW', 'AR'].map((functional) => ({ functional, documents: [] }));
  const controls = { ...envelope().controls, group: '999999999' };
  const file = readX12(writeX12({ envelope: envelope({ controls }), groups }));
  expect(file.interchanges[0]?.groups.map(({ head }) => head.control)).toEqual(['999999999', '1']);
});

test('a TA1 travels before the groups, also alone', () => {
  const bytes = writeX12({
    envelope: envelope(),
    groups: [],
    interchangeSegments: [['TA1', '000000042', '261103', '0815', 'A', '000']],
  });
  const file = readX12(bytes);
  expect([file.complete, file.interchanges[0]?.acknowledgements.length]).toEqual([true, 1]);
});

describe('what free text may not carry becomes a blank', () => {
  test('delimiters and line breaks in a name', () => {
    const text = write([['N1', 'ST', 'A*B~C>D\r\nE']]).toString();
    expect(text).toContain('~N1*ST*A B C D  E~');
  });
});

describe('what would be misread is refused', () => {
  test.each([
    [
      'a delimiter in an item id',
      () => write([['W01', '1', 'EA', '', 'VN', 'A*B']]),
      'W0105 holds a delimiter',
    ],
    [
      'a line break in an order number',
      () => write([['W05', 'N', 'SO\n1']]),
      'W0502 holds a delimiter or a control character',
    ],
    [
      'an order number that is too long',
      () => write([['W05', 'N', 'S'.repeat(23)]]),
      'W0502 (Depositor Order Number) is longer than 22',
    ],
    [
      'a quantity with an exponent',
      () => write([['W01', '1e3', 'EA']]),
      'W0101 (Quantity Ordered) is no plain number',
    ],
    [
      'a quantity with a comma',
      () => write([['W01', '1,5', 'EA']]),
      'W0101 (Quantity Ordered) is no plain number',
    ],
    [
      'an element that the segment has not',
      () => write([['W03', '1', '2', 'LB', '4', 'CF', '6', 'CT', '8']]),
      'W03 has 7 elements, not 8',
    ],
    ['a tag that is none', () => write([['w1', '1']]), 'w1 is no segment tag'],
    [
      'an id of 16 characters',
      () => write(ORDER, { us: { qualifier: 'ZZ', id: 'A'.repeat(16) } }),
      'ISA06 must be up to 15',
    ],
    ['a delimiter in the envelope', () => write(ORDER, { groupUs: 'A*B' }), 'GS02 holds a delimiter'],
    [
      'two delimiters alike',
      () => write(ORDER, { delimiters: { element: '*', component: '*', segment: '~' } }),
      'delimiters must be',
    ],
    [
      'a control number of zero',
      () => write(ORDER, { controls: { ...envelope().controls, interchange: '0' } }),
      'ISA13 must be a number',
    ],
  ])('%s', (_, work, reason) => {
    expect(refusal(work)).toContain('content_invalid: X12 cannot be written: ');
    expect(refusal(work)).toContain(reason);
  });
});

test('reading what was written gives the same segments, for any segments', () => {
  const value = fc
    .string({ unit: fc.constantFrom(...'ABCxyz019 -_./#é水'), maxLength: 12 })
    .map((text) => text.trim());
  const segment = fc
    .tuple(fc.constantFrom('ZZ1', 'QX', 'YY9'), fc.array(value, { maxLength: 6 }))
    .map(([tag, elements]): string[] => {
      const last = elements.findLastIndex((element) => element !== '');
      return [tag, ...elements.slice(0, last + 1)];
    });
  const groups = fc.array(fc.array(fc.array(segment, { maxLength: 8 }), { maxLength: 3 }), { maxLength: 3 });
  const marks = fc.constantFrom(
    { element: '*', component: '>', segment: '~' },
    { element: '|', component: ':', segment: '\n' },
    { element: '\x1d', component: '\x1f', segment: '\x1c' },
    { element: '~', component: '^', segment: '!' },
  );
  const version = fc.constantFrom('004010' as const, '005010' as const);
  fc.assert(
    fc.property(groups, marks, fc.boolean(), version, (documents, delimiters, newlines, release) => {
      const repetition = delimiters.component === '^' ? '\\' : '^';
      const file = readX12(
        writeX12({
          envelope: envelope({ delimiters: { ...delimiters, repetition }, newlines, version: release }),
          groups: documents.map((group) => ({
            functional: 'OW',
            documents: group.map((segments) => ({ type: '940', segments })),
          })),
        }),
      );
      const back = documentsOf(file).map(({ segments }) =>
        segments
          .slice(1, -1)
          .map((one) => [one.tag, ...Array.from({ length: one.count }, (_, index) => one.raw(index + 1))]),
      );
      expect(file.findings).toEqual([]);
      expect(documentsOf(file).flatMap(({ findings }) => findings)).toEqual([]);
      expect(file.complete).toBe(true);
      expect(back).toEqual(documents.flat());
    }),
    { numRuns: Number(process.env.STOCKBRIDGE_EDI_RUNS ?? 500) },
  );
});
