// Reading EDIFACT envelopes: every oddity of real files, and that no bytes whatever make the reader throw, hang or believe
// half a file.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readEdifact } from '../../../../src/connectors/threepl/edi/edifact-read.ts';
import { documentsOf, type EdiFile, findingsAgainst } from '../../../../src/connectors/threepl/edi/file.ts';
import { rejects } from '../../../../src/connectors/threepl/edi/finding.ts';
import { bytesOf, CLEAN, interchangeOf } from './edifact-fixtures.ts';

const RUNS = Number(process.env.STOCKBRIDGE_EDI_RUNS ?? 3000);
const read = (text: string): EdiFile => readEdifact(bytesOf(text));
const BODY = ['DESADV:D:96A:UN', 'BGM+351+A1+9', 'DTM+137:20261120:102'];

const allFindings = (file: EdiFile) => [
  ...file.findings,
  ...file.interchanges.flatMap((interchange) => [
    ...interchange.findings,
    ...interchange.groups.flatMap((group) => [
      ...group.findings,
      ...group.documents.flatMap((document) => document.findings),
    ]),
  ]),
];
const codes = (file: EdiFile) => allFindings(file).map(({ code, standardCode }) => `${code} ${standardCode}`);
const isBelieved = (file: EdiFile): boolean => file.complete && !rejects(allFindings(file));
/** What the file says, apart from where it stands. */
const contents = (file: EdiFile) =>
  documentsOf(file).map(({ type, version, control, segments }) => ({
    type,
    version,
    control,
    segments: segments.map((each) => [
      each.tag,
      ...Array.from({ length: each.count }, (_, n) => [1, 2, 3, 4, 5].map((c) => each.component(n + 1, c))),
    ]),
  }));

describe('a clean interchange', () => {
  const file = read(CLEAN);
  const [document] = documentsOf(file);

  test('has no findings, and names its parties, controls and switches', () => {
    expect(codes(file)).toEqual([]);
    expect(file.complete).toBe(true);
    expect(file.interchanges[0]?.head).toMatchObject({
      sender: { qualifier: '14', id: 'WAREHOUSE9' },
      receiver: { qualifier: 'ZZ', id: 'HUBCO' },
      control: '000417',
      date: '261120',
      time: '1405',
      version: 'UNOC:3',
      test: true,
      acknowledgementRequested: true,
    });
    expect(file.interchanges[0]?.groups).toMatchObject([{ head: { control: '' }, declaredDocuments: 1 }]);
  });

  test('gives the message with its bytes, positions and released characters', () => {
    expect(document).toMatchObject({ type: 'DESADV', version: 'D.96A', control: 'M1' });
    const text = CLEAN.slice(document?.start, document?.end);
    expect(text.startsWith('UNH+M1')).toBe(true);
    expect(text.endsWith("UNT+19+M1'")).toBe(true);
    const lin = document?.segments[9];
    expect(lin).toMatchObject({ tag: 'LIN', position: 10, offset: CLEAN.indexOf('LIN+1'), count: 3 });
    expect(lin?.component(3, 1)).toBe('TEE+RED');
    expect(lin?.component(3, 2)).toBe('SA');
    expect(lin?.raw(3)).toBe('TEE?+RED:SA');
    expect(lin?.element(9)).toBe('');
  });
});

describe('the same message, however it is written', () => {
  const plain = contents(read(CLEAN));
  test.each([
    ['with a byte order mark', `\ufeff${CLEAN}`],
    ['without line breaks', CLEAN.replaceAll('\n', '')],
    ['with CR LF and indentation', CLEAN.replaceAll('\n', '\r\n  ')],
    ['without UNA', CLEAN.slice(CLEAN.indexOf('UNB'))],
    ['with lines broken at 40 columns', CLEAN.replaceAll('\n', '').replace(/.{40}/g, '$&\r\n')],
    ['with a break inside every tag', CLEAN.replaceAll('\nLIN', '\nL\nIN')],
    ['ended by LF without UNA', CLEAN.slice(CLEAN.indexOf('UNB')).replaceAll("'", '')],
    ['ended by CR without UNA', CLEAN.slice(CLEAN.indexOf('UNB')).replaceAll("'", '').replaceAll('\n', '\r')],
    [
      'ended by CR LF without UNA',
      CLEAN.slice(CLEAN.indexOf('UNB')).replaceAll("'", '').replaceAll('\n', '\r\n'),
    ],
    ['without the last terminator', CLEAN.slice(0, -1)],
    ['with a line break at the end', `${CLEAN}\r\n\r\n`],
    [
      'under other delimiters',
      `UNA|*,! ~${CLEAN.slice(CLEAN.indexOf('UNB'))
        .replaceAll('?+', '!+')
        .replaceAll(':', '|')
        .replaceAll(/(?<!!)\+/g, '*')
        .replaceAll("'", '~')}`,
    ],
  ])('%s', (_, text) => {
    const file = read(text);
    expect(codes(file)).toEqual([]);
    expect(contents(file)).toEqual(plain);
  });

  test('a break between the release character and the released one changes nothing', () => {
    expect(contents(read(CLEAN.replace('TEE?+RED', 'TEE?\n+RED')))).toEqual(plain);
  });

  test('the release character itself, and every delimiter, can be data', () => {
    const [document] = documentsOf(read(interchangeOf([[...BODY, "FTX+AAI+++a??b?'c?:d?+e??"]])));
    expect(document?.segments[3]?.component(4, 1)).toBe("a?b'c:d+e?");
  });

  test('the decimal mark is the one that UNA names', () => {
    expect(read(interchangeOf([BODY], { una: "UNA:+,? '" })).delimiters.decimal).toBe(',');
  });

  test('repetitions are parted where UNA names a separator, and nowhere else', () => {
    const message = [...BODY, 'FTX+one*two'];
    const at = (una: string) =>
      documentsOf(read(interchangeOf([message], { una })))[0]?.segments[3]?.element(1);
    expect(at("UNA:+.?*'")).toBe('one');
    expect(at("UNA:+.? '")).toBe('one*two');
  });
});

describe('characters', () => {
  test('UTF-8 under a header that says UNOA is read, with a warning', () => {
    const file = read(interchangeOf([[...BODY, 'NAD+SU+++仓库']], { syntax: 'UNOA:2' }));
    expect(codes(file)).toEqual(['characters_undeclared 21']);
    expect(isBelieved(file)).toBe(true);
    expect(documentsOf(file)[0]?.segments[3]?.element(4)).toBe('仓库');
  });

  test('ISO 8859-1 is read as the header says', () => {
    const file = readEdifact(Buffer.from(interchangeOf([[...BODY, 'NAD+SU+++Müller']]), 'latin1'));
    expect(codes(file)).toEqual([]);
    expect(documentsOf(file)[0]?.segments[3]?.element(4)).toBe('Müller');
  });

  test('ISO 8859-2 is read as the header says', () => {
    const bytes = Buffer.from(interchangeOf([[...BODY, 'NAD+SU+++X']], { syntax: 'UNOD:3' }), 'latin1');
    bytes[bytes.lastIndexOf('X')] = 0xa3;
    expect(documentsOf(readEdifact(bytes))[0]?.segments[3]?.element(4)).toBe('Ł');
  });

  test('bytes that are not UTF-8 under a header that says UTF-8 refuse the interchange', () => {
    const file = readEdifact(
      Buffer.from(interchangeOf([[...BODY, 'NAD+SU+++ü']], { syntax: 'UNOW:4' }), 'latin1'),
    );
    expect(codes(file)).toEqual(['characters_invalid 21']);
  });

  test('a NUL refuses its message, a tab is only said', () => {
    expect(codes(read(interchangeOf([[...BODY, 'FTX+A\u0000B']])))).toEqual(['character_invalid 21']);
    const file = read(interchangeOf([[...BODY, 'FTX+A\tB']]));
    expect(codes(file)).toEqual(['character_invalid 21']);
    expect(isBelieved(file)).toBe(true);
  });
});

describe('what is refused', () => {
  test.each([
    ['a segment count that is wrong', CLEAN.replace('UNT+19', 'UNT+18'), 'segment_count_mismatch 29'],
    ['a segment count that is no number', CLEAN.replace('UNT+19', 'UNT+19.0'), 'segment_count_mismatch 29'],
    [
      'a message reference that differs',
      CLEAN.replace('UNT+19+M1', 'UNT+19+M2'),
      'control_reference_mismatch 28',
    ],
    ['a message count that is wrong', CLEAN.replace('UNZ+1', 'UNZ+2'), 'message_count_mismatch 29'],
    [
      'an interchange reference that lost its zeros',
      CLEAN.replace('UNZ+1+000417', 'UNZ+1+417'),
      'control_reference_mismatch 28',
    ],
    ['a message without UNT', CLEAN.replace("UNT+19+M1'\n", ''), 'document_trailer_missing 13'],
    ['a UNT without a message', CLEAN.replace('UNZ+1', "UNT+1+M1'UNZ+1"), 'segment_misplaced 15'],
    [
      'a segment outside any message',
      CLEAN.replace('UNZ+1', "QTY+12:9'UNZ+1"),
      'segment_outside_document 33',
    ],
    ['a UNB without sender', CLEAN.replace('WAREHOUSE9:14', ''), 'envelope_element_missing 13'],
    ['an unknown syntax version', CLEAN.replace('UNOC:3', 'UNOC:9'), 'syntax_version_unknown 2'],
    ['a message without type', CLEAN.replace('DESADV:D', ':D'), 'envelope_element_missing 13'],
    ['a tag in small letters', CLEAN.replace('QTY+21', 'qty+21'), 'segment_tag_invalid 12'],
    ['an interchange without a message', interchangeOf([]), 'envelope_empty 32'],
    ['anything after the end', `${CLEAN}\u001a`, 'bytes_after_end 33'],
    [
      'another UNB inside',
      CLEAN.replace("CNT+2:2'", "CNT+2:2'UNB+UNOC:3+A+B+261120:1405+1'"),
      'segment_misplaced 15',
    ],
    ['a UNA that names a letter', CLEAN.replace('UNA:+', 'UNA:A'), 'delimiters_invalid 22'],
    ['a UNA that names one character twice', CLEAN.replace('UNA:+', 'UNA::'), 'delimiters_invalid 22'],
    [
      'line breaks and apostrophes mixed as terminators',
      CLEAN.slice(CLEAN.indexOf('UNB')).replace("++1'\n", '++1\n'),
      'terminators_mixed 20',
    ],
    ['X12', 'ISA*00*          *00*', 'not_edifact 18'],
    [
      'two messages of one reference',
      interchangeOf([BODY, BODY])
        .replace('UNH+2', 'UNH+1')
        .replace(/UNT\+4\+2/, 'UNT+4+1'),
      'reference_repeated 26',
    ],
    [
      'two interchanges of one reference',
      interchangeOf([BODY]) + interchangeOf([BODY]),
      'reference_repeated 26',
    ],
  ])('%s', (_, text, code) => {
    const file = read(text);
    expect(codes(file)).toContain(code);
    expect(isBelieved(file)).toBe(false);
  });

  test('a finding names the byte, the segment and the element', () => {
    const text = CLEAN.replace('UNT+19', 'UNT+18');
    expect(documentsOf(read(text))[0]?.findings).toEqual([
      expect.objectContaining({
        offset: text.indexOf('UNT'),
        interchange: '000417',
        document: 'M1',
        segment: { tag: 'UNT', position: 19 },
        element: { position: 1, reference: '0074' },
        value: '18',
      }),
    ]);
  });

  test('a doubled terminator is said and counts for nothing', () => {
    const file = read(CLEAN.replace("CPS+1'", "CPS+1''"));
    expect(codes(file)).toEqual(['empty_segment 12']);
    expect(isBelieved(file)).toBe(true);
  });

  test('a bad second interchange leaves the first one good', () => {
    const file = read(
      interchangeOf([BODY], { control: '1' }) +
        interchangeOf([BODY], { control: '2' }).replace('UNZ+1', 'UNZ+7'),
    );
    const [first, second] = documentsOf(file);
    expect(first && rejects(findingsAgainst(file, first))).toBe(false);
    expect(second && rejects(findingsAgainst(file, second))).toBe(true);
  });

  test('interchanges of one file may have other delimiters each', () => {
    const other = interchangeOf([BODY], { control: '2' }).replaceAll('+', '*');
    const file = read(`${interchangeOf([BODY], { control: '1' })}UNA:*.? '${other}`);
    expect(codes(file)).toEqual([]);
    expect(documentsOf(file).map(({ interchange }) => interchange?.control)).toEqual(['1', '2']);
  });
});

describe('groups', () => {
  const grouped = (unz: string, une = 'UNE+1+G1'): string =>
    `UNB+UNOC:3+THEM+US+261120:1405+9'UNG+DESADV+THEM+US+261120:1405+G1+UN+D:96A'UNH+1+DESADV:D:96A:UN'BGM+351+A1'UNT+3+1'${une}'${unz}'`;

  test('are read with their head, and UNZ counts them', () => {
    const file = read(grouped('UNZ+1+9'));
    expect(codes(file)).toEqual([]);
    expect(file.interchanges[0]?.groups[0]).toMatchObject({
      head: { functional: 'DESADV', sender: 'THEM', receiver: 'US', control: 'G1', version: 'D.96A' },
      declaredDocuments: 1,
    });
  });

  test('are refused when count or reference differ, or UNE is missing', () => {
    expect(codes(read(grouped('UNZ+1+9', 'UNE+2+G1')))).toEqual(['message_count_mismatch 29']);
    expect(codes(read(grouped('UNZ+1+9', 'UNE+1+G2')))).toEqual(['control_reference_mismatch 28']);
    expect(codes(read(grouped('UNZ+1+9').replace("UNE+1+G1'", '')))).toEqual(['group_trailer_missing 13']);
    expect(codes(read(grouped("UNH+2+DESADV:D:96A:UN'BGM+351+A2'UNT+3+2'UNZ+1+9")))).toContain(
      'groups_and_messages_mixed 30',
    );
  });
});

describe('limits', () => {
  const limited = (limits: Parameters<typeof readEdifact>[1]) => codes(readEdifact(bytesOf(CLEAN), limits));
  test('a file beyond one is refused, and says which', () => {
    expect(limited({ limits: { fileBytes: 100 } })).toEqual(['file_too_large 16']);
    expect(limited({ limits: { segmentBytes: 20 } })).toEqual(['segment_too_long 16']);
    expect(limited({ limits: { segmentsPerDocument: 5 } })).toContain('document_too_long 16');
    const two = interchangeOf([BODY, BODY, BODY]);
    expect(codes(readEdifact(bytesOf(two), { limits: { documentsPerFile: 2 } }))).toContain(
      'file_too_many_documents 16',
    );
    expect(limited({ limits: { segmentBytes: 61, segmentsPerDocument: 19, documentsPerFile: 1 } })).toEqual(
      [],
    );
  });

  test('a megabyte without a terminator is refused at once', () => {
    const startedAt = performance.now();
    expect(codes(read(`UNB+UNOC:3+${'A'.repeat(1_000_000)}`))).toEqual(['segment_too_long 16']);
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });
});

describe('half a file', () => {
  const variants: readonly (readonly [string, string])[] = [
    ['with UNA', CLEAN],
    ['without UNA', CLEAN.slice(CLEAN.indexOf('UNB'))],
    ['ended by line breaks', CLEAN.slice(CLEAN.indexOf('UNB')).replaceAll("'", '')],
    ['with a message count of two digits', interchangeOf(Array.from({ length: 12 }, () => BODY))],
  ];
  test.each(variants)('is never believed, wherever it is cut: %s', (_, text) => {
    const bytes = bytesOf(text.replace(/\n+$/, ''));
    const hasMark = text.endsWith("'");
    for (let length = 0; length < bytes.length - (hasMark ? 1 : 0); length += 1)
      if (isBelieved(readEdifact(bytes.subarray(0, length)))) expect.fail(`believed ${length} bytes of it`);
    expect(isBelieved(readEdifact(bytes))).toBe(true);
  });

  test('the cut says that the rest may still come', () => {
    expect(read(CLEAN.slice(0, 200))).toMatchObject({ complete: false, findings: [{ code: 'file_cut' }] });
    expect(read('')).toMatchObject({ complete: false });
    expect(read('UN')).toMatchObject({ complete: false });
    expect(readEdifact(Buffer.from([0xef, 0xbb]))).toMatchObject({ complete: false });
  });
});

describe('any bytes', () => {
  const noted = (bytes: Uint8Array): EdiFile => {
    const file = readEdifact(bytes);
    for (const document of documentsOf(file))
      for (const segment of document.segments)
        for (let n = 0; n <= segment.count; n += 1) segment.component(n, 2);
    return file;
  };

  test('make no noise the reader cannot take', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        noted(bytes);
        noted(Buffer.concat([Buffer.from('UNB+UNOA:2+A+B+261120:1405+1'), bytes]));
        noted(Buffer.concat([Buffer.from('UNA'), bytes]));
      }),
      { numRuns: RUNS },
    );
  });

  test('in place of good ones never change a message without a finding about counts or references, unless they are data', () => {
    const good = bytesOf(CLEAN.replaceAll('\n', ''));
    const tags = contents(readEdifact(good)).map(({ segments }) => segments.map(([tag]) => tag));
    const change = fc.record({
      at: fc.nat(good.length - 1),
      drop: fc.nat(40),
      put: fc.uint8Array({ maxLength: 12 }),
    });
    fc.assert(
      fc.property(change, ({ at, drop, put }) => {
        const file = noted(Buffer.concat([good.subarray(0, at), put, good.subarray(at + drop)]));
        if (!isBelieved(file)) return;
        for (const { segments } of contents(file)) expect(segments.length).toBe(tags[0]?.length);
      }),
      { numRuns: RUNS },
    );
  });
});
