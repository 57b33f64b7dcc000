// CSV feeds: what a file says comes through exactly, and what cannot be said for certain moves nothing.
import { describe, expect, test } from 'vitest';
import { codesOf, feedOf, HEADER, read, SHIPMENTS, usable } from './setup.ts';

const GOOD =
  `${HEADER}S1,SO-1,1,TEE-RED-M,20,L2610A,11/20/2026 16:30,1Z1|1Z2\n` +
  'S2,SO-2,1,MUG-01,6,,11/20/2026 17:00,\nS1,SO-1,2,MUG-01,1.5,,11/20/2026 16:30,1Z3\n';

describe('a good file', () => {
  test('is one document for each number, with times in the partner’s zone and items as text', () => {
    const file = read(GOOD, SHIPMENTS);
    expect(codesOf(file)).toEqual([]);
    expect(usable(file)).toEqual([
      {
        kind: 'shipment',
        source: 'shipments',
        number: 'S1',
        purpose: 'original',
        occurredAt: '2026-11-20T22:30:00.000000Z',
        warehouse: '',
        order: 'SO-1',
        references: {},
        tracking: [],
        lines: [
          {
            line: '1',
            ids: [{ qualifier: 'sku', value: 'TEE-RED-M' }],
            lot: { code: 'L2610A' },
            shipped: { value: '20', unit: '' },
            reversal: false,
            tracking: ['1Z1', '1Z2'],
          },
          {
            line: '2',
            ids: [{ qualifier: 'sku', value: 'MUG-01' }],
            shipped: { value: '1.5', unit: '' },
            reversal: false,
            tracking: ['1Z3'],
          },
        ],
      },
      expect.objectContaining({ number: 'S2', order: 'SO-2' }),
    ]);
    const [first] = file.documents;
    expect(GOOD.slice(first?.start, first?.end)).toMatch(/^S1,SO-1,1[\s\S]*1Z3\n$/);
  });

  test('may have a byte order mark, CRLF, quotes, blank lines and zeros in front', () => {
    const file = read(
      `\uFEFF${HEADER.replace('\n', '\r\n')}\r\n"S1","SO ""1""",1,"00123","1",,11/20/2026 16:30,\r\n\r\n`,
      SHIPMENTS,
    );
    expect(codesOf(file)).toEqual([]);
    expect(usable(file)[0]).toMatchObject({ order: 'SO "1"', lines: [{ ids: [{ value: '00123' }] }] });
  });

  test('I3: a line told in parts has a name for each part', () => {
    const row = (qty: number, tracking: string) => `S1,SO-1,1,A,${qty},,11/20/2026 16:30,${tracking}\n`;
    const [document] = usable(read(HEADER + row(2, 'T1') + row(3, 'T2') + row(2, 'T3'), SHIPMENTS));
    expect(document).toMatchObject({ lines: [{ line: '1' }, { line: '1.2' }, { line: '1.3' }] });
  });
});

describe('what cannot be said for certain rejects its document and no other', () => {
  const line = (changes: Record<string, string>) => {
    const row = {
      SHIPMENT: 'S1',
      ORDER: 'SO-1',
      LINE: '1',
      SKU: 'A',
      QTY: '2',
      LOT: '',
      SHIPPED: '11/20/2026 16:30',
      TRACKING: '',
      ...changes,
    };
    return `${Object.values(row)
      .map((value) => (/[,\n]/.test(value) ? `"${value}"` : value))
      .join(',')}\n`;
  };
  test.each([
    ['an empty quantity', { QTY: '' }, 'field_empty'],
    ['a quantity in words', { QTY: 'two' }, 'quantity_not_numeric'],
    ['a quantity with thousands', { QTY: '1,000' }, 'quantity_not_numeric'],
    ['an exponent', { QTY: '1e3' }, 'quantity_not_numeric'],
    ['a hexadecimal', { QTY: '0x1F' }, 'quantity_not_numeric'],
    ['a quantity below zero', { QTY: '-2' }, 'quantity_negative'],
    ['no item', { SKU: '' }, 'field_empty'],
    ['no number', { SHIPMENT: '' }, 'field_empty'],
    ['a day that does not exist', { SHIPPED: '02/30/2026 10:00' }, 'date_invalid'],
    ['day and month exchanged', { SHIPPED: '20/11/2026 10:00' }, 'date_invalid'],
    ['an hour that does not exist', { SHIPPED: '11/20/2026 25:00' }, 'date_invalid'],
    ['no date', { SHIPPED: '' }, 'field_empty'],
    ['a control character', { SKU: 'A\u0000' }, 'value_unusable'],
  ])('%s', (_, changes, code) => {
    const other = line({ SHIPMENT: 'S9', ORDER: 'SO-9' });
    const file = read(HEADER + other + line(changes), SHIPMENTS);
    const found = file.documents.flatMap(({ findings }) => findings);
    expect(found.map((finding) => finding.code)).toEqual([code]);
    expect(found[0]).toMatchObject({ severity: 'reject', segment: { tag: 'line', position: 3 } });
    expect(found[0]?.offset).toBe(HEADER.length + other.length);
    expect(usable(file).map((document) => 'number' in document && document.number)).toEqual(['S9']);
  });

  test.each(['2026-11-20T16:30:00+91:00', '0001-01-01T00:00:00+14:00', '9999-12-31T23:59:00-08:00'])(
    'an offset that makes no instant: %s',
    (at) => {
      const feed = { ...SHIPMENTS, fields: { ...SHIPMENTS.fields, occurredAt: 'SHIPPED' } };
      expect(codesOf(read(HEADER + line({ SHIPPED: at }), feed))).toEqual(['S1 date_invalid']);
    },
  );

  test('the finding names the line, the column and the value', () => {
    const file = read(HEADER + line({ QTY: '1;5' }), SHIPMENTS);
    expect(file.documents[0]?.findings[0]).toMatchObject({
      message: expect.stringMatching(/^line 2, column "QTY" \(quantity\) is no plain decimal number/),
      element: { position: 5 },
      value: '1;5',
    });
  });

  test('I3: the same line twice with the same content is for a person', () => {
    const file = read(HEADER + line({}) + line({}), SHIPMENTS);
    expect(codesOf(file)).toEqual(['S1 line_repeated']);
    expect(usable(file)).toEqual([]);
  });

  test('two orders under one number contradict each other', () => {
    const file = read(HEADER + line({}) + line({ LINE: '2', ORDER: 'SO-2' }), SHIPMENTS);
    expect(codesOf(file)).toEqual(['S1 document_inconsistent']);
    expect(usable(file)).toEqual([]);
  });
});

describe('what makes the whole file doubtful rejects all of it', () => {
  const row = 'S1,SO-1,1,A,2,,11/20/2026 16:30,\n';
  test.each([
    ['a quote that is never closed', `${HEADER}${row}S2,"SO`, 'quote_not_closed', false],
    ['an inch mark', `${HEADER}S1,5" disk,1,A,2,,11/20/2026 16:30,\n`, 'quote_misplaced', true],
    [
      'a row with too many columns',
      `${HEADER}S1,a,b,1,A,2,,11/20/2026 16:30,\n${row}`,
      'columns_uneven',
      true,
    ],
    ['a last row with too few', `${HEADER}${row}S2,SO-2,1`, 'columns_uneven', false],
    ['a missing column', `${HEADER.replace('QTY', 'QUANTITY')}${row}`, 'column_missing', true],
    ['a column twice', `${HEADER.replace('LOT', 'QTY')}${row}`, 'column_repeated', true],
    ['no line at all', HEADER, 'file_empty', true],
    ['no byte at all', '', 'file_empty', true],
  ])('%s', (_, text, code, complete) => {
    const file = read(text, SHIPMENTS);
    expect(file.findings.some((finding) => finding.code === code && finding.severity === 'reject')).toBe(
      true,
    );
    expect(file.complete).toBe(complete);
    expect(usable(file)).toEqual([]);
  });

  test('bytes that are not of the encoding are placed to the byte', () => {
    const start = Buffer.from(`${HEADER}S1,SO-1,1,Caf`);
    const bad = Buffer.concat([start, Buffer.from([0xe9]), Buffer.from(',2,,11/20/2026 16:30,\n')]);
    const file = read(bad, SHIPMENTS);
    expect(file.findings).toMatchObject([{ code: 'encoding_invalid', offset: start.length }]);
    const agreed = read(bad, { ...SHIPMENTS, encoding: 'windows-1252' });
    expect(usable(agreed)[0]).toMatchObject({ lines: [{ ids: [{ value: 'Café' }] }] });
  });

  test('offsets are bytes of the file in every encoding', () => {
    const text = `${HEADER}S1,Ä€,1,A,2,,11/20/2026 16:30,\nS2,SO,1,A,x,,11/20/2026 16:30,\n`;
    const utf8 = Buffer.from(`\uFEFF${text}`);
    const utf16 = Buffer.from(`\uFEFF${text}`, 'utf16le');
    for (const bytes of [utf8, utf16]) {
      const offset = read(bytes, SHIPMENTS).documents[1]?.findings[0]?.offset ?? 0;
      expect(
        bytes
          .subarray(offset, offset + 4)
          .toString('latin1')
          .replaceAll('\0', ''),
      ).toMatch(/^S2/);
    }
  });

  test('without a trailer an open last line is a warning, for it may be whole', () => {
    const file = read(HEADER + row.trimEnd(), SHIPMENTS);
    expect(codesOf(file)).toEqual(['end_uncertain:warning']);
    expect(usable(file)).toHaveLength(1);
  });
});

describe('a trailer', () => {
  const feed = {
    ...SHIPMENTS,
    csv: feedOf({ ...SHIPMENTS, csv: { trailer: { match: 'T,', count: 2 } } }).csv,
  };
  const whole = `${HEADER}S1,SO-1,1,A,2,,11/20/2026 16:30,\nS2,SO-2,1,A,12,,11/20/2026 16:30,\nT,2\n`;

  test('proves the file: cut anywhere, nothing of it is used', () => {
    expect(usable(read(whole, feed))).toHaveLength(2);
    // cutting the last line break off takes nothing from what is said
    for (let end = 0; end < whole.length - 1; end += 1)
      expect([end, usable(read(whole.slice(0, end), feed))]).toEqual([end, []]);
    expect(read(whole.slice(0, -5), feed)).toMatchObject({ complete: false });
  });

  test('with another count rejects the file, and so do lines behind it', () => {
    expect(codesOf(read(whole.replace('T,2', 'T,3'), feed))).toEqual(['line_count_mismatch:reject']);
    expect(codesOf(read(`${whole}S3,SO-1,1,A,2,,11/20/2026 16:30,\n`, feed))).toEqual([
      'lines_after_trailer:reject',
    ]);
  });
});

describe('header and line records without column names', () => {
  const feed = feedOf({
    name: 'confirmations',
    files: '*.txt',
    kind: 'shipment',
    csv: { delimiter: ';', header: false, recordType: { column: 1, header: 'O', line: 'L' } },
    fields: {
      number: '/2',
      order: '/3',
      occurredAt: { from: '/4', transforms: [{ date: 'dd.MM.yyyy' }] },
      tracking: '/5',
      line: '2',
      item: '3',
      quantity: { from: '4', transforms: [{ number: { decimal: ',', thousands: '.' } }] },
    },
  });

  test('a header holds for the lines behind it', () => {
    const file = read(
      'O;D1;SO-1;20.11.2026;T1|T2\nL;1;A;1.250,5\nL;2;B;3\nO;D2;SO-2;21.11.2026;\nL;1;A;4\n',
      feed,
    );
    expect(codesOf(file)).toEqual([]);
    expect(usable(file)).toMatchObject([
      {
        number: 'D1',
        order: 'SO-1',
        tracking: ['T1', 'T2'],
        occurredAt: '2026-11-20T06:00:00.000000Z',
        lines: [
          { line: '1', shipped: { value: '1250.5' }, tracking: [] },
          { line: '2', shipped: { value: '3' } },
        ],
      },
      { number: 'D2', lines: [{ shipped: { value: '4' } }] },
    ]);
  });

  test.each([
    ['a line before any header', 'L;1;A;1\nO;D1;SO-1;20.11.2026;\nL;1;A;1\n', 'line_without_header'],
    ['a record of no known kind', 'O;D1;SO-1;20.11.2026;\nX;1;A;1\n', 'record_type_unknown'],
    [
      'a header without lines',
      'O;D1;SO-1;20.11.2026;\nO;D2;SO-1;20.11.2026;\nL;1;A;1\n',
      'header_without_lines',
    ],
  ])('%s is not passed over', (_, text, code) => {
    const file = read(text, feed);
    expect(file.findings.map((finding) => finding.code)).toContain(code);
    expect(usable(file)).toEqual([]);
  });
});
