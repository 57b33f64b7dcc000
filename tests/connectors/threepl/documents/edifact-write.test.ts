// What we send as EDIFACT: golden segments for each document, and that what we write can be read as what we meant.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type {
  InboundNotice,
  OutboundDocument,
  ShippingOrder,
  StockStatement,
} from '../../../../src/connectors/threepl/documents/document.ts';
import { readEdifactDocument } from '../../../../src/connectors/threepl/documents/edifact-read.ts';
import {
  type EdifactWriteOptions,
  writeEdifactDocument,
} from '../../../../src/connectors/threepl/documents/edifact-write.ts';
import type { ReadOptions } from '../../../../src/connectors/threepl/documents/read-options.ts';
import { readEdifact } from '../../../../src/connectors/threepl/edi/edifact-read.ts';
import { writeEdifact } from '../../../../src/connectors/threepl/edi/edifact-write.ts';
import { documentsOf, findingsAgainst } from '../../../../src/connectors/threepl/edi/file.ts';
import { readingSchema } from '../../../../src/connectors/threepl/profile/settings.ts';
import { instantFrom } from '../../../../src/core/vocabulary/instant.ts';
import { CLEAN, interchangeOf } from '../edi/edifact-fixtures.ts';

const RUNS = Number(process.env.STOCKBRIDGE_EDI_RUNS ?? 2000);
const OPTIONS: EdifactWriteOptions = {
  message: 'ORDERS',
  version: 'D.96A',
  itemQualifier: 'SA',
  timeZone: 'Europe/Berlin',
};
const READ: ReadOptions = {
  timeZone: 'Europe/Berlin',
  receivedAt: instantFrom('2026-11-21T08:00:00Z'),
  totals: 'reject',
  reading: readingSchema.parse({ warehouse: ['NAD:WH', 'NAD:DP'] }),
};
const ORDER: ShippingOrder = {
  kind: 'shipping_order',
  number: 'SO-1001',
  purpose: 'original',
  orderedAt: instantFrom('2026-11-20T13:05:00Z'),
  shipBy: instantFrom('2026-11-22T22:30:00Z'),
  warehouse: 'NORTH',
  purchaseOrder: 'PO+7',
  shipTo: {
    name: "Ana O'Neil",
    company: 'Nordlicht Handelsgesellschaft für feine Teewaren mbH',
    street: ['Hafenstraße 12', 'Hof 2'],
    city: 'Bremen',
    postalCode: '28195',
    country: 'DE',
    phone: '+49 421 1',
    email: 'ana@nordlicht.example',
  },
  carrier: 'DHL',
  service: 'Express',
  lines: [
    {
      line: '1',
      ids: [
        { qualifier: 'EN', value: '4012345678901' },
        { qualifier: 'SA', value: 'TEE-RED' },
      ],
      quantity: { value: '4', unit: 'PCE' },
      lot: { code: 'L26', expiresOn: '2027-12-31' },
      description: 'Red tea',
    },
  ],
};
const NOTICE: InboundNotice = {
  kind: 'inbound_notice',
  number: 'ASN-5',
  shippedAt: instantFrom('2026-11-20T08:00:00Z'),
  expectedAt: instantFrom('2026-11-25T08:00:00Z'),
  warehouse: 'NORTH',
  supplier: 'Tea Garden Ltd',
  lines: ORDER.lines,
};
const STATEMENT: StockStatement = {
  kind: 'stock_statement',
  number: 'ST-9',
  asOf: instantFrom('2026-11-20T05:00:00Z'),
  warehouse: 'NORTH',
  lines: [
    {
      ids: [{ qualifier: 'SA', value: 'TEE-RED' }],
      onHand: { value: '12.5', unit: 'PCE' },
      available: { value: '10', unit: 'PCE' },
    },
  ],
};
const bytesOf = (document: OutboundDocument, options: Partial<EdifactWriteOptions> = {}): Buffer =>
  writeEdifact({
    envelope: {
      us: { qualifier: 'ZZ', id: 'HUBCO' },
      them: { qualifier: 'ZZ', id: 'WH9' },
      syntax: 'UNOC:3',
      newlines: true,
      test: false,
      controls: { interchange: '1', message: () => '1' },
      writtenAt: instantFrom('2026-11-20T10:00:00Z'),
      acknowledgementRequested: true,
    },
    messages: [writeEdifactDocument(document, { ...OPTIONS, ...options })],
  });
/** The message's segments without the envelope. */
const segmentsOf = (
  document: OutboundDocument,
  options: Partial<EdifactWriteOptions> = {},
): readonly string[] => bytesOf(document, options).toString('latin1').split("'\r\n").slice(2, -2);

describe('a shipping order', () => {
  test('goes out as ORDERS', () => {
    expect(segmentsOf(ORDER)).toEqual([
      'UNH+1+ORDERS:D:96A:UN',
      'BGM+220+SO-1001+9',
      'DTM+137:202611201405:203',
      'DTM+10:202611222330:203',
      'FTX+DEL+++Express',
      'RFF+CO:PO?+7',
      'NAD+WH+NORTH::92',
      "NAD+DP+++Nordlicht Handelsgesellschaft für:feine Teewaren mbH:Ana O?'Neil+Hafenstraße 12:Hof 2+Bremen++28195+DE",
      "CTA+DL+:Ana O?'Neil",
      'COM+?+49 421 1:TE',
      'COM+ana@nordlicht.example:EM',
      'TDT+20++++DHL',
      'LIN+1++TEE-RED:SA',
      'PIA+1+4012345678901:EN+L26:NB',
      'IMD+F++:::Red tea',
      'QTY+21:4:PCE',
      'DTM+36:20271231:102',
      'UNS+S',
      'CNT+2:1',
      'UNT+20+1',
    ]);
  });

  test('goes out as INSDES, in the first directory that has it', () => {
    const head = (version: 'D.96A' | 'D.01B') =>
      segmentsOf(ORDER, { message: 'INSDES', version }).slice(0, 2);
    expect(head('D.96A')).toEqual(['UNH+1+INSDES:D:98A:UN', 'BGM+350+SO-1001+9']);
    expect(head('D.01B')).toEqual(['UNH+1+INSDES:D:01B:UN', 'BGM+350+SO-1001+9']);
  });

  test('is cancelled and replaced under its own number', () => {
    const heads = (['cancel', 'replace'] as const).map((purpose) => segmentsOf({ ...ORDER, purpose }));
    expect(heads.map((segments) => segments[1])).toEqual(['BGM+220+SO-1001+1', 'BGM+220+SO-1001+5']);
    expect(heads.every((segments) => segments.includes('RFF+ON:SO-1001'))).toBe(true);
  });

  test('names lines by their place when their names are too long for LIN', () => {
    const [line] = ORDER.lines;
    if (!line) throw new Error('the order has a line');
    const lines = ['gid-1234567', '2'].map((name) => ({ ...line, line: name }));
    const lins = segmentsOf({ ...ORDER, lines }).filter((segment) => segment.startsWith('LIN'));
    expect(lins).toEqual(['LIN+1++TEE-RED:SA', 'LIN+2++TEE-RED:SA']);
  });

  test('is refused rather than cut', () => {
    const [line] = ORDER.lines;
    const change = (part: Partial<ShippingOrder>) => () => bytesOf({ ...ORDER, ...part });
    expect(change({ number: 'X'.repeat(36) })).toThrow(/longer than 35/);
    expect(change({ number: '' })).toThrow(/missing/);
    expect(change({ shipTo: { ...ORDER.shipTo, street: ['a', 'b', 'c', 'd'] } })).toThrow(/street/);
    expect(change({ shipTo: { ...ORDER.shipTo, postalCode: '1234567890' } })).toThrow(/postal code/);
    expect(change({ lines: line ? [{ ...line, ids: [] }] : [] })).toThrow(/names no item/);
    expect(change({ lines: line ? [{ ...line, quantity: { value: '1e3', unit: '' } }] : [] })).toThrow(
      /exact number/,
    );
  });
});

test('an announcement goes out as DESADV and reads as one', () => {
  const file = readEdifact(bytesOf(NOTICE));
  const [document] = documentsOf(file);
  if (!document) throw new Error('no message was written');
  expect(findingsAgainst(file, document)).toEqual([]);
  expect(readEdifactDocument(document, READ)).toMatchObject({
    findings: [],
    document: {
      kind: 'despatch',
      number: 'ASN-5',
      occurredAt: '2026-11-20T08:00:00.000000Z',
      warehouse: 'NORTH',
      lines: [
        { line: '1', lot: { code: 'L26', expiresOn: '2027-12-31' }, shipped: { value: '4', unit: 'PCE' } },
      ],
    },
  });
});

test.each(['D.96A', 'D.01B'] as const)(
  'a stock statement goes out as INVRPT %s and reads as one',
  (version) => {
    const [document] = documentsOf(readEdifact(bytesOf(STATEMENT, { version })));
    if (!document) throw new Error('no message was written');
    expect(readEdifactDocument(document, READ)).toMatchObject({
      findings: [],
      document: {
        kind: 'stock',
        extent: 'full',
        warehouse: 'NORTH',
        occurredAt: '2026-11-20T05:00:00.000000Z',
        lines: [
          {
            quantities: [
              { code: '17', quantity: { value: '12.5', unit: 'PCE' } },
              { code: '66', quantity: { value: '2.5', unit: 'PCE' } },
            ],
          },
        ],
      },
    });
  },
);

describe('whatever happens to a message on its way', () => {
  const originals = [Buffer.from(CLEAN), bytesOf(NOTICE), bytesOf(STATEMENT)];
  test('its reader does not throw, and gives a document or says why not', () => {
    const change = fc.record({
      file: fc.nat(originals.length - 1),
      at: fc.nat(600),
      drop: fc.nat(12),
      put: fc.oneof(
        fc.constantFrom(
          '+',
          ':',
          "'",
          '?',
          '-',
          '.',
          ',',
          '0',
          "QTY+12:9'",
          "LIN+1++X:SA'",
          "PCI+36E+Z'",
          "DTM+137:0'",
          "INV+1+2'",
        ),
        fc.string({ maxLength: 6 }),
      ),
    });
    fc.assert(
      fc.property(change, ({ file, at, drop, put }) => {
        const bytes = originals[file] ?? Buffer.alloc(0);
        const changed = Buffer.concat([bytes.subarray(0, at), Buffer.from(put), bytes.subarray(at + drop)]);
        for (const document of documentsOf(readEdifact(changed))) {
          const read = readEdifactDocument(document, READ);
          const isRefused = read.findings.some(({ severity }) => severity === 'reject');
          expect(read.document === undefined).toBe(isRefused);
          expect(read.findings.every(({ value }) => (value?.length ?? 0) <= 70)).toBe(true);
        }
      }),
      { numRuns: RUNS },
    );
  });

  test('a message of one endless line or package is read in a moment', () => {
    const many = (text: string, count: number) =>
      Array.from({ length: count }, (_, n) => text.replace('#', String(n)));
    const head = ['DTM+137:20261120:102', 'RFF+ON:SO-1'];
    const bodies: readonly (readonly string[])[] = [
      [
        'INVRPT:D:96A:UN',
        'BGM+35+1+9',
        ...head,
        'LIN+1++A:SA',
        ...many('LOC+14+A', 9000),
        ...many('QTY+#:1', 9000),
      ],
      [
        'INVRPT:D:01B:UN',
        'BGM+35+1+9',
        ...head,
        'LIN+1++A:SA',
        'INV++1',
        ...many('GIN+BJ+#', 9000),
        ...many('QTY+#:1', 9000),
      ],
      [
        'DESADV:D:96A:UN',
        'BGM+351+1+9',
        ...head,
        'CPS+1',
        ...many('RFF+VN:#', 9000),
        ...many("LIN+#++A:SA'QTY+12:1", 9000),
      ],
      [
        'CONTRL:D:3:UN',
        'UCI+1+A+B+7',
        ...many('UCF+#+A+B+7', 9000),
        ...many('UCM+#+ORDERS:D:96A:UN+7', 9000),
      ],
    ];
    for (const body of bodies) {
      const startedAt = performance.now();
      for (const document of documentsOf(readEdifact(Buffer.from(interchangeOf([body])))))
        readEdifactDocument(document, READ);
      expect(performance.now() - startedAt).toBeLessThan(3000);
    }
  });
});
