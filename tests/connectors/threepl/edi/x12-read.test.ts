// Every way partners bend an X12 file: what is read all the same, what is only told, and what is refused.
import { describe, expect, test } from 'vitest';
import { documentsOf, type EdiFile, findingsAgainst } from '../../../../src/connectors/threepl/edi/file.ts';
import { rejects } from '../../../../src/connectors/threepl/edi/finding.ts';
import {
  createX12Reader,
  readX12,
  type X12ReadOptions,
} from '../../../../src/connectors/threepl/edi/x12-read.ts';
import {
  documentLines,
  type FixtureInterchange,
  interchangeBytes,
  interchangeText,
  oneGroup,
  order,
  receipt,
  shipment,
  stock,
} from './x12-fixtures.ts';

const read = (interchange: FixtureInterchange): EdiFile => readX12(interchangeBytes(interchange));
const findings = (file: EdiFile) => [
  ...file.findings,
  ...file.interchanges.flatMap((interchange) => [
    ...interchange.findings,
    ...interchange.groups.flatMap((group) => [
      ...group.findings,
      ...group.documents.flatMap((document) => document.findings),
    ]),
  ]),
  ...file.bare.flatMap((document) => document.findings),
];
const told = (file: EdiFile) =>
  findings(file).map(
    ({ severity, level, code, standardCode }) => `${severity} ${level} ${code} ${standardCode ?? '-'}`,
  );
const isUsable = (file: EdiFile): boolean =>
  file.complete &&
  documentsOf(file).length > 0 &&
  documentsOf(file).every((document) => !rejects(findingsAgainst(file, document)));
const texts = (file: EdiFile) =>
  documentsOf(file).map(({ segments }) =>
    segments.map((segment) =>
      [segment.tag, ...Array.from({ length: segment.count }, (_, index) => segment.raw(index + 1))].join('*'),
    ),
  );

describe('what a plain file says', () => {
  const interchange = { groups: [{ documents: [shipment(), shipment()] }, { documents: [receipt()] }] };
  const file = read(interchange);

  test('heads, groups and documents come with their names and numbers', () => {
    expect(file.complete).toBe(true);
    expect(told(file)).toEqual([]);
    expect(file.interchanges[0]?.head).toMatchObject({
      sender: { qualifier: 'ZZ', id: 'NORDLAGER' },
      receiver: { qualifier: 'ZZ', id: 'BRANDHUB' },
      control: '000000042',
      version: '00401',
      test: false,
    });
    expect(file.interchanges[0]?.groups.map(({ head }) => [head.functional, head.control])).toEqual([
      ['SW', '501'],
      ['RE', '502'],
    ]);
    expect(documentsOf(file).map(({ type, version, control }) => [type, version, control])).toEqual([
      ['945', '004010', '0001'],
      ['945', '004010', '0002'],
      ['944', '004010', '0001'],
    ]);
  });

  test('segments keep their elements, their number in the document and their byte in the file', () => {
    const bytes = interchangeBytes(interchange);
    expect(texts(file)[0]).toEqual(documentLines(shipment()));
    for (const document of documentsOf(file)) {
      expect(document.segments.map(({ position }) => position)).toEqual(
        document.segments.map((_, index) => index + 1),
      );
      for (const segment of document.segments)
        expect(bytes.toString('utf8', segment.offset, segment.offset + segment.tag.length)).toBe(segment.tag);
      const whole = bytes.toString('utf8', document.start, document.end);
      expect(whole.startsWith('ST*') && /~SE\*\d+\*\d{4}~$/.test(whole)).toBe(true);
    }
  });

  test('an element answers its first component, without the blanks behind it', () => {
    const document = stock({ segments: ['QTY*33*84*EA>1>KG', 'N1*WH*Kiel   *92'] });
    const [, quantity, name] = documentsOf(read(oneGroup(document)))[0]?.segments ?? [];
    expect([quantity?.element(3), quantity?.component(3, 3), quantity?.raw(3)]).toEqual([
      'EA',
      'KG',
      'EA>1>KG',
    ]);
    expect([name?.element(2), name?.raw(2), name?.element(9), name?.count]).toEqual([
      'Kiel',
      'Kiel   ',
      '',
      3,
    ]);
  });

  test('from version 00402 on ISA11 separates repetitions, before it does not', () => {
    const document = stock({ segments: ['REF*ZZ*A^B'] });
    const reference = (isa12: string) =>
      documentsOf(read({ ...oneGroup(document), shape: { isa11: '^', isa12 } }))[0]?.segments[1]?.element(2);
    expect([reference('00501'), reference('00401')]).toEqual(['A', 'A^B']);
  });

  test('the same file in portions of any size says the same', () => {
    const bytes = interchangeBytes({ ...interchange, shape: { terminator: '…', gap: '\r\n' } });
    const whole = readX12(bytes);
    for (const size of [1, 2, 3, 7, 64, 105, 106, 107, 1000]) {
      const seen: string[] = [];
      const reader = createX12Reader({
        document: ({ segments }) => seen.push(segments.map((segment) => segment.raw(1)).join('|')),
        fileEnd: ({ complete }) => seen.push(String(complete)),
      });
      for (let start = 0; start < bytes.length; start += size)
        reader.push(bytes.subarray(start, start + size));
      reader.end();
      expect(seen).toEqual([
        ...documentsOf(whole).map(({ segments }) => segments.map((segment) => segment.raw(1)).join('|')),
        'true',
      ]);
    }
  });
});

describe('what is read although it is bent', () => {
  const plain = texts(read(oneGroup(shipment(), shipment())));
  const bent = (text: string) => readX12(Buffer.from(text, 'utf8'));
  const wrapAt80 = (text: string) => text.replace(/[\s\S]{80}/g, '$&\r\n');
  const base = interchangeText(oneGroup(shipment(), shipment()));

  const SHAPES: readonly (readonly [string, string])[] = [
    ['a byte order mark', `\ufeff${base}`],
    ['blanks before ISA', ` \r\n\t${base}`],
    ['line breaks and indentation after terminators', base.replaceAll('~', '~\r\n    ')],
    ['a line feed as terminator', base.replaceAll('~', '\n')],
    ['a carriage return as terminator', base.replaceAll('~', '\r')],
    ['CRLF as terminator', base.replaceAll('~', '\r\n')],
    ['a terminator of three bytes', base.replaceAll('~', '…')],
    ['a missing last terminator', base.slice(0, -1)],
    ['a missing last terminator before a line break', `${base.slice(0, -1)}\r\n`],
    ['tildes between elements and braces after segments', base.replaceAll('~', '}').replaceAll('*', '~')],
    ['blanks collapsed in ISA', base.replace(/ +(?=\*)/g, ' ')],
    ['no blanks at all in ISA', base.replace(/ +(?=\*)/g, '')],
    ['lines of 80 columns, broken inside ISA too', wrapAt80(base)],
    ['empty segments', base.replace('LX*1~', 'LX*1~~')],
    ['control numbers without their zeros', base.replace(/IEA\*1\*0+42/, 'IEA*1*42')],
    ['a version with a suffix', base.replace('*004010~', '*004010VICS~')],
    ['a date that is a word in the envelope', base.replace('*20261103*', '*CCYYMMDD*')],
    ['a group that names another kind', base.replace('GS*SW', 'GS*IN')],
  ];

  test.each(SHAPES)('%s', (_, text) => {
    const file = bent(text);
    expect(findings(file).filter(({ severity }) => severity === 'reject')).toEqual([]);
    expect(isUsable(file)).toBe(true);
    expect(texts(file)).toEqual(plain);
  });

  test.each([
    ['blanks collapsed in ISA', 'warning interchange header_not_padded -'],
    ['lines of 80 columns, broken inside ISA too', 'warning interchange header_wrapped -'],
    ['empty segments', 'warning document segment_empty -'],
    ['a date that is a word in the envelope', 'warning group envelope_date_invalid -'],
    ['a group that names another kind', 'warning document functional_group_mismatch -'],
  ])('%s is told', (name, expected) => {
    const [, text = ''] = SHAPES.find(([shape]) => shape === name) ?? [];
    expect(told(bent(text))).toContain(expected);
  });

  test('several interchanges with delimiters of their own', () => {
    const second = interchangeText({
      ...oneGroup(receipt()),
      shape: { element: '|', component: ':', terminator: '\n', isa13: '000000043' },
    });
    const file = bent(`${base}\r\n${second}`);
    expect(isUsable(file)).toBe(true);
    expect(file.interchanges.map(({ head }) => head.control)).toEqual(['000000042', '000000043']);
    expect(documentsOf(file)[2]?.segments[1]?.element(3)).toBe('WR-90');
  });

  test('an interchange that only acknowledges others', () => {
    const file = read({ groups: [], between: ['TA1*000000017*261101*0700*A*000'] });
    expect([file.complete, told(file)]).toEqual([true, []]);
    expect(file.interchanges[0]?.acknowledgements[0]?.elements).toEqual([
      '000000017',
      '261101',
      '0700',
      'A',
      '000',
    ]);
  });

  test('a name in UTF-8, and one in Windows-1252', () => {
    const name = (bytes: Buffer) => documentsOf(readX12(bytes))[0]?.segments[2]?.element(2);
    const text = interchangeText(oneGroup(shipment())).replace('Nordlager Kiel', 'Grünlager – Süd');
    const latin = Buffer.from(text.replace('–', '\x96'), 'latin1');
    expect([name(Buffer.from(text, 'utf8')), name(latin)]).toEqual(['Grünlager – Süd', 'Grünlager – Süd']);
  });

  test('documents without an envelope, where they are asked for', () => {
    const bytes = Buffer.from(
      [...documentLines(receipt()), ...documentLines(stock())].join('~\n').concat('~'),
    );
    const file = readX12(bytes, { bareDocuments: true });
    expect([file.complete, told(file)]).toEqual([true, []]);
    expect(file.bare.map(({ type, interchange, group }) => [type, interchange, group])).toEqual([
      ['944', undefined, undefined],
      ['846', undefined, undefined],
    ]);
    expect(told(readX12(bytes))).toEqual(['reject file envelope_missing 022']);
  });
});

describe('what is refused', () => {
  const base = interchangeText(oneGroup(shipment()));
  const CASES: readonly (readonly [string, string, string])[] = [
    ['a wrong SE01', base.replace('SE*11*', 'SE*12*'), 'reject document segment_count_mismatch 4'],
    ['a wrong SE02', base.replace('SE*11*0001', 'SE*11*0002'), 'reject document document_control_mismatch 3'],
    ['no SE', base.replace('SE*11*0001~', ''), 'reject document document_trailer_missing 2'],
    ['a wrong GE01', base.replace('GE*1*', 'GE*2*'), 'reject group document_count_mismatch 5'],
    ['a wrong GE02', base.replace('GE*1*501', 'GE*1*601'), 'reject group group_control_mismatch 4'],
    ['no GE', base.replace('GE*1*501~', ''), 'reject group group_trailer_missing 3'],
    ['no GS', base.replace(/GS.*?~/, ''), 'reject group group_header_missing 6'],
    ['a wrong IEA01', base.replace('IEA*1*', 'IEA*2*'), 'reject interchange group_count_mismatch 021'],
    [
      'a wrong IEA02',
      base.replace(/(IEA\*1\*)\d+/, '$1000000099'),
      'reject interchange interchange_control_mismatch 001',
    ],
    ['no IEA', base.replace(/IEA.*/, ''), 'reject interchange interchange_trailer_missing 023'],
    ['bytes after the end', `${base}thank you`, 'reject file trailing_bytes 022'],
    ['a NUL after the end', `${base}\0`, 'reject file trailing_bytes 022'],
    ['terminators that change', base.replace('LX*1~', 'LX*1\n'), 'reject interchange terminators_mixed 004'],
    ['delimiters that are the same', base.replace(/>~/, '*~'), 'reject file delimiters_invalid 026'],
    ['a letter as component separator', base.replace(/>~/, 'A~'), 'reject file delimiters_invalid 027'],
    ['a terminator that is a letter', base.replaceAll('~', 'Q'), 'reject file delimiters_invalid 004'],
    ['an ST01 of two digits', base.replace('ST*945', 'ST*94'), 'reject document document_type_invalid 6'],
    [
      'an ST02 that is missing',
      base.replace('ST*945*0001', 'ST*945'),
      'reject document control_number_invalid 7',
    ],
    [
      'an ISA13 with letters',
      base.replaceAll('000000042', '00000ABCD'),
      'reject interchange control_number_invalid 018',
    ],
    ['a GS06 with letters', base.replaceAll('501', 'A01'), 'reject group control_number_invalid 6'],
    ['a damaged tag', base.replace('W12*CC', 'w!2*CC'), 'reject segment tag_invalid 1'],
    [
      'a segment between envelopes',
      base.replace('GE*', 'N9*LT*7~GE*'),
      'reject group segment_outside_document 6',
    ],
    [
      'a GE without a group',
      base.replace('IEA', 'GE*1*501~IEA'),
      'reject interchange envelope_out_of_order 022',
    ],
    ['no X12 at all', 'UNB+UNOA:2+A+B', 'reject file not_x12 022'],
    ['an empty file', '', 'reject file file_empty -'],
    ['only blanks', '\r\n  ', 'reject file file_empty -'],
    ['a header that breaks off', base.slice(0, 70), 'reject file header_unreadable 022'],
  ];

  test.each(CASES)('%s', (_, text, expected) => {
    const file = readX12(Buffer.from(text, 'utf8'));
    expect(told(file)).toContain(expected);
    expect(isUsable(file)).toBe(false);
  });

  test('a document number used twice in a group, a group number twice in an interchange', () => {
    const twice = read(oneGroup(order({ control: '0007' }), order({ control: '0007' })));
    expect(told(twice)).toEqual(['reject document document_control_repeated 23']);
    expect(documentsOf(twice).map((document) => rejects(document.findings))).toEqual([false, true]);
    const groups = read({
      groups: [
        { control: '9', documents: [order()] },
        { control: '09', documents: [receipt()] },
      ],
    });
    expect(told(groups)).toEqual(['reject group group_control_repeated 19']);
  });

  test('the same document number in two groups is none of that', () => {
    expect(told(read({ groups: [{ documents: [order()] }, { documents: [receipt()] }] }))).toEqual([]);
  });

  test('an interchange inside another ends the first without its trailer', () => {
    const file = readX12(Buffer.from(base.replace(/GE\*.*/, '') + base));
    expect(file.interchanges.map(({ findings: own }) => own.map(({ code }) => code))).toEqual([
      ['interchange_trailer_missing'],
      [],
    ]);
  });

  test('a finding says where it stands, to the byte', () => {
    const text = base.replace('SE*11*', 'SE*13*');
    const [finding] = documentsOf(readX12(Buffer.from(text)))[0]?.findings ?? [];
    expect(finding).toMatchObject({
      offset: text.indexOf('SE*13'),
      interchange: '000000042',
      group: '501',
      document: '0001',
    });
  });

  test('a file cut at any byte is never usable', () => {
    const bytes = interchangeBytes({
      groups: [{ documents: [shipment(), receipt()] }, { documents: [stock()] }],
    });
    // The last byte is the terminator, which may be missing.
    for (let length = 0; length < bytes.length - 1; length += 1)
      expect([length, isUsable(readX12(bytes.subarray(0, length)))]).toEqual([length, false]);
    expect(isUsable(readX12(bytes.subarray(0, -1)))).toBe(true);
  });
});

describe('limits', () => {
  const many = oneGroup(...Array.from({ length: 20 }, () => shipment()));
  const bytes = interchangeBytes(many);
  test.each([
    ['fileBytes', { fileBytes: 1000 }, 'file_too_large'],
    ['segmentBytes', { segmentBytes: 30 }, 'segment_too_long'],
    ['segmentsPerDocument', { segmentsPerDocument: 5 }, 'limit_exceeded'],
    ['documentsPerFile', { documentsPerFile: 10 }, 'limit_exceeded'],
  ])('beyond %s the whole file is refused', (_, limits, code) => {
    const file = readX12(bytes, { limits });
    expect(file.findings.map((finding) => finding.code)).toEqual([code]);
    expect([file.complete, isUsable(file)]).toEqual([false, false]);
  });

  const long = { type: '945', segments: ['W06*F*SO-7781', `NTE**${'A'.repeat(200)}`, 'W03*5'] };
  const one = interchangeBytes(oneGroup(long));
  const inFile = one.toString().split('~').length - 2;
  const codesWith = (options: X12ReadOptions): readonly string[] =>
    readX12(one, options).findings.map(({ code }) => code);

  test.each([
    [
      'segmentBytes',
      { limits: { segmentBytes: 205 } },
      { limits: { segmentBytes: 204 } },
      'segment_too_long',
    ],
    [
      'segmentsPerDocument',
      { limits: { segmentsPerDocument: long.segments.length + 1 } },
      { limits: { segmentsPerDocument: long.segments.length } },
      'limit_exceeded',
    ],
    ['segmentsPerFile', { segmentsPerFile: inFile }, { segmentsPerFile: inFile - 1 }, 'limit_exceeded'],
  ] as const)('what is just within %s is read, and one more is not', (_, within, beyond, code) => {
    expect(codesWith(within)).toEqual([]);
    expect(codesWith(beyond)).toEqual([code]);
  });

  test('a document that never ends is refused at the limit of the file, too', () => {
    const endless = one.subarray(0, one.indexOf('SE*'));
    const file = readX12(endless, { segmentsPerFile: 4 });
    expect(file.findings.map(({ code }) => code)).toEqual(['limit_exceeded']);
  });

  test('a megabyte of empty groups ends at a limit, not in memory', () => {
    const groups = 'GS*SW*A*B*20261103*0815*1*X*004010~'.repeat(30_000);
    const file = readX12(Buffer.from(bytes.toString().slice(0, 106) + groups), {
      limits: { documentsPerFile: 1000 },
    });
    expect(file.findings.map(({ code }) => code)).toEqual(['limit_exceeded']);
  });
});
