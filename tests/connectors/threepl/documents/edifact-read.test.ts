// What EDIFACT messages say: shipments, receipts, stock, movements and acknowledgements, in both shapes, and that nothing
// uncertain becomes a document.
import { describe, expect, test } from 'vitest';
import type {
  Acknowledgement,
  WarehouseDocument,
} from '../../../../src/connectors/threepl/documents/document.ts';
import {
  readEdifactAcknowledgements,
  readEdifactDocument,
} from '../../../../src/connectors/threepl/documents/edifact-read.ts';
import type { ReadOptions } from '../../../../src/connectors/threepl/documents/read-options.ts';
import { readEdifact } from '../../../../src/connectors/threepl/edi/edifact-read.ts';
import { documentsOf } from '../../../../src/connectors/threepl/edi/file.ts';
import type { EdiDocument } from '../../../../src/connectors/threepl/edi/segment.ts';
import { readingSchema } from '../../../../src/connectors/threepl/profile/settings.ts';
import { instantFrom } from '../../../../src/core/vocabulary/instant.ts';
import { bytesOf, CLEAN, interchangeOf } from '../edi/edifact-fixtures.ts';

const OPTIONS: ReadOptions = {
  timeZone: 'Europe/Berlin',
  receivedAt: instantFrom('2026-11-21T08:00:00Z'),
  totals: 'warn',
  reading: readingSchema.parse({}),
};

function parsed(text: string): EdiDocument {
  const [document] = documentsOf(readEdifact(bytesOf(text)));
  if (!document) throw new Error('the fixture holds no message');
  expect(document.findings).toEqual([]);
  return document;
}
const messageOf = (type: string, segments: readonly string[], una = ''): EdiDocument =>
  parsed(interchangeOf([[type, ...segments]], { una }));
const read = (type: string, segments: readonly string[], options: Partial<ReadOptions> = {}) =>
  readEdifactDocument(messageOf(type, segments), { ...OPTIONS, ...options });
type Kind = (WarehouseDocument | Acknowledgement)['kind'];
function said<K extends Kind>(
  kind: K,
  type: string,
  segments: readonly string[],
  options: Partial<ReadOptions> = {},
) {
  const { document, findings } = read(type, segments, options);
  expect(findings.filter(({ severity }) => severity === 'reject')).toEqual([]);
  if (document?.kind !== kind) throw new Error(`read ${document?.kind} instead of ${kind}`);
  return document as Extract<WarehouseDocument | Acknowledgement, { kind: K }>;
}
const refusal = (type: string, segments: readonly string[], options: Partial<ReadOptions> = {}) => {
  const { document, findings } = read(type, segments, options);
  expect(document).toBeUndefined();
  return findings
    .filter(({ severity }) => severity === 'reject')
    .map(({ code, standardCode }) => `${code} ${standardCode}`);
};

const DESADV = 'DESADV:D:96A:UN';
const HEAD = ['BGM+351+SHP-1+9', 'DTM+137:20261120:102'];
const ORDER = 'RFF+ON:SO-1';
const LINE = ['CPS+1', 'LIN+1++SKU1:SA', 'QTY+12:5'];

describe('DESADV', () => {
  test('that names our order is a shipment advice, with lots, tracking and what was ordered', () => {
    expect(readEdifactDocument(parsed(CLEAN), OPTIONS)).toEqual({
      findings: [],
      document: {
        kind: 'shipment',
        source: 'DESADV',
        number: 'SHP-77',
        purpose: 'original',
        occurredAt: '2026-11-20T12:30:00.000000Z',
        warehouse: 'NORTH',
        order: 'SO-1001',
        references: { ON: 'SO-1001' },
        lines: [
          {
            line: '1',
            ids: [{ qualifier: 'SA', value: 'TEE+RED' }],
            lot: { code: 'L26', expiresOn: '2027-12-31' },
            shipped: { value: '4', unit: 'PCE' },
            ordered: { value: '6', unit: 'PCE' },
            reversal: false,
            tracking: [],
          },
          {
            line: '2',
            ids: [{ qualifier: 'EN', value: '4012345678901' }],
            shipped: { value: '2', unit: 'PCE' },
            reversal: false,
            tracking: [],
          },
        ],
        tracking: [],
        totalShipped: '6',
      },
    });
  });

  test('that names no order is a despatch notice, with the package of each line', () => {
    const notice = said('despatch', DESADV, [
      ...HEAD,
      'CPS+1',
      'PCI+33E',
      'GIN+BJ+340000000000000001',
      ...LINE.slice(1),
      'CPS+2',
      'LIN+2++SKU1:SA',
      'QTY+12:1',
    ]);
    expect(notice.lines.map(({ line, package: carried }) => [line, carried])).toEqual([
      ['1', '340000000000000001'],
      ['2', undefined],
    ]);
  });

  test('whose lines name one order is its shipment advice; several orders are refused', () => {
    expect(said('shipment', DESADV, [...HEAD, ...LINE, ORDER]).order).toBe('SO-1');
    const two = [...HEAD, ...LINE, ORDER, 'LIN+2++B:SA', 'QTY+12:1', 'RFF+ON:SO-2'];
    expect(refusal(DESADV, two)).toEqual(['orders_several 12']);
  });

  test('cancels and replaces by its function, and a function that changes a part is refused', () => {
    const by = (code: string) => [`BGM+351+SHP-1+${code}`, HEAD[1] ?? '', ORDER, ...LINE];
    expect(said('shipment', DESADV, by('1')).purpose).toBe('cancel');
    expect(said('shipment', DESADV, by('5')).purpose).toBe('replace');
    expect(refusal(DESADV, by('4'))).toEqual(['function_unknown 12']);
  });

  test('splits a line by the lots that its packages are marked with', () => {
    const lots = [
      'PCI+36E',
      'DTM+361:20270131:102',
      'QTY+12:3',
      'GIN+BX+A1',
      'PCI+36E',
      'QTY+12:2',
      'GIN+BX+A2',
    ];
    const { lines } = said('shipment', DESADV, [...HEAD, ORDER, ...LINE, ...lots]);
    expect(lines.map(({ line, lot, shipped }) => [line, lot, shipped.value])).toEqual([
      ['1/1', { code: 'A1', expiresOn: '2027-01-31' }, '3'],
      ['1/2', { code: 'A2' }, '2'],
    ]);
    expect(refusal(DESADV, [...HEAD, ORDER, ...LINE, ...lots.with(2, 'QTY+12:4')])).toEqual([
      'lot_ambiguous 18',
    ]);
    expect(refusal(DESADV, [...HEAD, ORDER, ...LINE, 'GIN+BX+A1+A2'])).toEqual(['lot_ambiguous 18']);
  });

  test.each([
    ['PIA+1+LOT9:NB', 'LOT9'],
    ['RFF+BT:LOT9', 'LOT9'],
    ['GIN+BX+LOT9', 'LOT9'],
    ['PCI+36E+LOT9', 'LOT9'],
  ])('finds the lot in %s', (segment, code) => {
    expect(said('shipment', DESADV, [...HEAD, ORDER, ...LINE, segment]).lines[0]?.lot).toEqual({ code });
  });

  test('takes the item from PIA, and no substitute’s', () => {
    const line = ['CPS+1', 'LIN+1', 'PIA+1+S1:SA+S2:BP', 'PIA+4+OLD:SA', 'QTY+12:1'];
    expect(said('shipment', DESADV, [...HEAD, ORDER, ...line]).lines[0]?.ids).toEqual([
      { qualifier: 'SA', value: 'S1' },
      { qualifier: 'BP', value: 'S2' },
    ]);
  });

  test('names lines by their place when their numbers repeat, and says so', () => {
    const { document, findings } = read(DESADV, [...HEAD, ORDER, ...LINE, 'CPS+2', ...LINE.slice(1)]);
    expect(document).toMatchObject({ lines: [{ line: '1' }, { line: '2' }] });
    expect(findings.map(({ code }) => code)).toEqual(['line_number_repeated']);
  });

  test.each([
    ['without number', ['BGM+351++9', ...HEAD.slice(1), ORDER, ...LINE], 'number_missing 13'],
    ['without BGM', [...HEAD.slice(1), ORDER, ...LINE], 'segment_missing 13'],
    ['of an unknown name', ['BGM+380+X+9', ...HEAD.slice(1), ORDER, ...LINE], 'document_name_unknown 12'],
    ['without date', [HEAD[0] ?? '', ORDER, ...LINE], 'date_missing 13'],
    [
      'with a date that is not on the calendar',
      [HEAD[0] ?? '', 'DTM+137:20260230:102', ORDER, ...LINE],
      'date_invalid 12',
    ],
    ['with a bad date before a good one', [...HEAD, 'DTM+11:99:102', ORDER, ...LINE], 'date_invalid 12'],
    ['without a line', [...HEAD, ORDER], 'lines_missing 13'],
    ['with a line without item', [...HEAD, ORDER, 'CPS+1', 'LIN+1', 'QTY+12:5'], 'item_missing 13'],
    [
      'with a line without quantity',
      [...HEAD, ORDER, 'CPS+1', 'LIN+1++A:SA', 'QTY+21:5'],
      'quantity_missing 13',
    ],
    ['with an empty quantity', [...HEAD, ORDER, 'CPS+1', 'LIN+1++A:SA', 'QTY+12'], 'quantity_missing 13'],
    [
      'with a quantity in words',
      [...HEAD, ORDER, 'CPS+1', 'LIN+1++A:SA', 'QTY+12:PCE'],
      'quantity_not_numeric 12',
    ],
    [
      'with a decimal comma nobody announced',
      [...HEAD, ORDER, 'CPS+1', 'LIN+1++A:SA', 'QTY+12:1,5'],
      'quantity_not_numeric 12',
    ],
    [
      'with a quantity below zero',
      [...HEAD, ORDER, 'CPS+1', 'LIN+1++A:SA', 'QTY+12:-1'],
      'quantity_negative 12',
    ],
    ['with the quantity twice', [...HEAD, ORDER, ...LINE, 'QTY+12:5'], 'quantity_repeated 35'],
    ['with a part of another line', [...HEAD, ORDER, ...LINE, 'LIN+2++B:SA+1:1', 'QTY+12:5'], 'sub_line 14'],
    [
      'with a line not accepted',
      [...HEAD, ORDER, 'CPS+1', 'LIN+1+7+A:SA', 'QTY+12:5'],
      'line_action_unknown 12',
    ],
  ])('is refused %s', (_, segments, code) => {
    expect(refusal(DESADV, segments)).toContain(code);
  });

  test('reads the decimal mark that UNA names, and no other', () => {
    const document = messageOf(DESADV, [...HEAD, ORDER, 'CPS+1', 'LIN+1++A:SA', 'QTY+12:1,5'], "UNA:+,? '");
    expect(readEdifactDocument(document, OPTIONS).document).toMatchObject({
      lines: [{ shipped: { value: '1.5' } }],
    });
    const points = messageOf(DESADV, [...HEAD, ORDER, 'CPS+1', 'LIN+1++A:SA', 'QTY+12:1.500'], "UNA:+,? '");
    expect(readEdifactDocument(points, OPTIONS).document).toBeUndefined();
  });

  test('whose lines add up to more than one quantity can be is measured by its total all the same', () => {
    const most = ['QTY+12:999999999999999'];
    const lines = ['CPS+1', 'LIN+1++SKU1:SA', ...most, 'LIN+2++SKU2:SA', ...most];
    const { document, findings } = read(DESADV, [...HEAD, ORDER, ...lines, 'CNT+1:5']);
    expect(document).toBeDefined();
    expect(findings.map(({ code }) => code)).toEqual(['total_mismatch']);
  });

  test('says a total that does not match as hard as the profile wants', () => {
    const wrong = [...HEAD, ORDER, ...LINE, 'CNT+2:3', 'CNT+1:4'];
    const codes = (totals: ReadOptions['totals']) => {
      const { document, findings } = read(DESADV, wrong, { totals });
      return [document !== undefined, ...findings.map(({ code, severity }) => `${code} ${severity}`)];
    };
    expect(codes('ignore')).toEqual([true]);
    expect(codes('warn')).toEqual([true, 'total_mismatch warning', 'total_mismatch warning']);
    expect(codes('reject')).toEqual([false, 'total_mismatch reject', 'total_mismatch reject']);
  });

  test('a bad expiry date is left out and said', () => {
    const { document, findings } = read(DESADV, [
      ...HEAD,
      ORDER,
      ...LINE,
      'PIA+1+L:NB',
      'DTM+36:20271301:102',
    ]);
    expect(document).toMatchObject({ lines: [{ lot: { code: 'L' } }] });
    expect(findings.map(({ code }) => code)).toEqual(['expiry_invalid']);
  });
});

describe('dates', () => {
  test.each([
    ['20260715:102', '2026-07-14T22:00:00.000000Z'],
    ['202601151430:203', '2026-01-15T13:30:00.000000Z'],
    ['20260115143059:204', '2026-01-15T13:30:59.000000Z'],
    ['260115:101', '2026-01-14T23:00:00.000000Z'],
    ['20260115', '2026-01-14T23:00:00.000000Z'],
    ['202601151430Z:303', '2026-01-15T14:30:00.000000Z'],
    // The hour that the clock shows twice, and the one it skips.
    ['202610250230:203', '2026-10-25T00:30:00.000000Z'],
    ['202603290230:203', '2026-03-29T01:30:00.000000Z'],
  ])('%s in Berlin', (value, instant) => {
    expect(said('shipment', DESADV, [HEAD[0] ?? '', `DTM+137:${value}`, ORDER, ...LINE]).occurredAt).toBe(
      instant,
    );
  });

  test.each(['20260715:999', '00000101:102', '2026:102', '202601152460:203'])('%s is none', (value) => {
    expect(refusal(DESADV, [HEAD[0] ?? '', `DTM+137:${value}`, ORDER, ...LINE])).toEqual(['date_invalid 12']);
  });
});

describe('RECADV', () => {
  const RECADV = 'RECADV:D:01B:UN';
  const head = ['BGM+632+REC-1+9', 'DTM+137:20261120:102', 'DTM+50:202611190900:203', 'RFF+AAK:ASN-5'];
  const line = (...more: readonly string[]) => [...head, 'CPS+1', 'LIN+1++SKU1:SA', ...more];
  const lineOf = (...more: readonly string[]) => said('receipt', RECADV, line(...more)).lines[0];

  test('says when our announced goods arrived', () => {
    expect(said('receipt', RECADV, line('QTY+48:10:PCE', 'RFF+BT:L1'))).toMatchObject({
      number: 'REC-1',
      order: 'ASN-5',
      occurredAt: '2026-11-19T08:00:00.000000Z',
      isReturn: false,
      lines: [{ received: { value: '10', unit: 'PCE' }, lot: { code: 'L1' }, exceptions: [] }],
    });
    expect(said('receipt', 'RECADV:D:96A:UN', ['BGM+352::9+R+9', ...line('QTY+48:1').slice(1)]).number).toBe(
      'R',
    );
    expect(said('receipt', RECADV, [...head, 'RFF+ALQ:RMA-1', ...line('QTY+48:1').slice(4)]).isReturn).toBe(
      true,
    );
  });

  test('is not read where what was accepted and what was not are more than a quantity can be', () => {
    const most = '999999999999999';
    expect(refusal(RECADV, line(`QTY+194:${most}`, `QTY+195:${most}`))).toEqual(['quantity_too_large 12']);
  });

  test('has the parts that were not accepted inside what was received', () => {
    const parts = ['QTY+194:7:PCE', 'QTY+195:2:PCE', 'QTY+196:1:PCE'];
    const exceptions = [
      { quantity: { value: '2', unit: 'PCE' }, condition: '195' },
      { quantity: { value: '1', unit: 'PCE' }, condition: '196' },
    ];
    expect(lineOf('QTY+48:10:PCE', ...parts)).toMatchObject({ received: { value: '10' }, exceptions });
    expect(lineOf(...parts)).toMatchObject({ received: { value: '10', unit: 'PCE' }, exceptions });
    expect(refusal(RECADV, line('QTY+48:11:PCE', ...parts))).toEqual(['quantities_disagree 12']);
    expect(refusal(RECADV, line('QTY+12:10'))).toEqual(['quantity_missing 13']);
  });

  test('reads damaged goods from the variance only where it is certain', () => {
    expect(lineOf('QTY+48:10', 'QVR+2:124+AF')?.exceptions).toEqual([
      { quantity: { value: '2', unit: '' }, condition: 'AF' },
    ]);
    expect(lineOf('QTY+48:8', 'QTY+12:10', 'QVR+-2+AF')?.exceptions).toEqual([]);
    expect(refusal(RECADV, line('QTY+48:10', 'QTY+12:10', 'QVR+-2+AF'))).toEqual(['damage_unclear 12']);
    expect(refusal(RECADV, line('QTY+48:1', 'QVR+2+AF'))).toEqual(['quantities_disagree 12']);
    expect(lineOf('QTY+48:12', 'QTY+12:10', 'QVR+2+AC')).toMatchObject({
      received: { value: '12' },
      exceptions: [],
    });
  });
});

describe('INVRPT stock report', () => {
  const INVRPT = 'INVRPT:D:96A:UN';
  const head = ['BGM+35+INV-1+9', 'DTM+137:20261120:102', 'DTM+366:202611200600:203', 'NAD+WH+NORTH::92'];
  const lines = (...more: readonly string[]) =>
    said('stock', INVRPT, [...head, 'LIN+1++SKU1:SA', ...more]).lines;

  test('says what is held as of when, and whether it is all of it', () => {
    const report = said('stock', INVRPT, [...head, 'LIN+1++SKU1:SA', 'QTY+145:12:PCE', 'QTY+66:3:PCE']);
    expect(report).toMatchObject({
      warehouse: 'NORTH',
      extent: 'full',
      occurredAt: '2026-11-20T05:00:00.000000Z',
    });
    expect(report.lines).toEqual([
      {
        line: '1',
        ids: [{ qualifier: 'SA', value: 'SKU1' }],
        quantities: [
          { code: '145', quantity: { value: '12', unit: 'PCE' } },
          { code: '66', quantity: { value: '3', unit: 'PCE' } },
        ],
      },
    ]);
    expect(said('stock', INVRPT, ['BGM+35+INV-1+4', ...head.slice(1)]).extent).toBe('partial');
    expect(said('stock', INVRPT, head).lines).toEqual([]);
  });

  test('takes the total or its parts, never both', () => {
    const packed = [
      'QTY+145:300',
      'QTY+145:150',
      'GIN+BJ+340000000000000001',
      'QTY+145:150',
      'GIN+BJ+340000000000000002',
    ];
    expect(lines(...packed).flatMap(({ quantities }) => quantities)).toEqual([
      { code: '145', quantity: { value: '300', unit: '' } },
    ]);
    expect(lines(...packed.slice(1)).flatMap(({ quantities }) => quantities)).toEqual([
      { code: '145', quantity: { value: '300', unit: '' } },
    ]);
    const lots = ['QTY+145:30', 'QTY+145:20', 'GIN+BX+A', 'DTM+36:20270131:102', 'QTY+145:10', 'GIN+BX+B'];
    expect(
      lines(...lots).map(({ line, lot, quantities }) => [line, lot, quantities[0]?.quantity.value]),
    ).toEqual([
      ['1/1', { code: 'A', expiresOn: '2027-01-31' }, '20'],
      ['1/2', { code: 'B' }, '10'],
    ]);
  });

  test('is not read where its parts add up to more than a quantity can be', () => {
    const most = '999999999999999';
    const parts = [`QTY+145:${most}`, 'GIN+BX+A', `QTY+145:${most}`, 'GIN+BX+A'];
    expect(refusal(INVRPT, [...head, 'LIN+1++S:SA', ...parts])).toEqual(['quantity_too_large 12']);
  });

  test('takes the total where its parts are not all of it, and says so', () => {
    const { document, findings } = read(INVRPT, [
      ...head,
      'LIN+1++S:SA',
      'QTY+145:30',
      'QTY+145:20',
      'GIN+BX+A',
    ]);
    expect(document).toMatchObject({ lines: [{ quantities: [{ quantity: { value: '30' } }] }] });
    expect(findings.map(({ code, severity }) => `${code} ${severity}`)).toEqual(['total_mismatch warning']);
    expect(refusal(INVRPT, [...head, 'LIN+1++S:SA', 'QTY+145:30', 'QTY+145:30'])).toEqual([
      'quantity_repeated 35',
    ]);
    expect(refusal(INVRPT, [...head, 'LIN+1++S:SA'])).toEqual(['quantity_missing 13']);
  });

  test('reads the shape of D.01B, where INV opens each quantity', () => {
    const report = said('stock', 'INVRPT:D:01B:UN', [
      ...head,
      'LIN+1++SKU1:SA',
      'INV++1',
      'QTY+145:12',
      'INV++2',
      'QTY+145:1',
    ]);
    expect(
      report.lines.map(({ quantities }) => quantities.map(({ code, quantity }) => [code, quantity.value])),
    ).toEqual([
      [
        ['145', '12'],
        ['145:2', '1'],
      ],
    ]);
  });

  test('one place of a line is the place of all its quantities', () => {
    const [line, ...others] = lines('QTY+145:4', 'LOC+14+AISLE1', 'QTY+66:1');
    expect([line?.warehouse, line?.quantities.length, others.length]).toEqual(['AISLE1', 2, 0]);
  });

  test('keeps places of a line apart', () => {
    expect(
      lines('QTY+145:4', 'LOC+14+AISLE1', 'QTY+145:6', 'LOC+14+AISLE2').map(({ warehouse }) => warehouse),
    ).toEqual(['AISLE1', 'AISLE2']);
  });
});

describe('INVRPT movements', () => {
  const head = ['BGM+78+MOV-1+9', 'DTM+137:20261120:102'];
  const moved = (type: string, ...more: readonly string[]) =>
    said('adjustment', type, [...head, 'LIN+1++SKU1:SA', ...more]).lines.map(
      ({ ids: _ids, ...line }) => line,
    );

  test('out is below zero and in above, in both shapes', () => {
    expect(moved('INVRPT:D:96A:UN', 'QTY+145:3:PCE', 'INV+1++3', 'QTY+145:2:PCE', 'INV+2+2+7')).toEqual([
      { line: '1/1', quantity: { value: '-3', unit: 'PCE' }, reason: '3', transactionType: 'out' },
      {
        line: '1/2',
        quantity: { value: '2', unit: 'PCE' },
        reason: '7',
        transactionType: 'in',
        toState: '2',
      },
    ]);
    expect(moved('INVRPT:D:01B:UN', 'INV+1++3', 'QTY+145:3')).toMatchObject([
      { quantity: { value: '-3' }, reason: '3' },
    ]);
  });

  test('out of one state and into another is one change of state', () => {
    expect(
      moved('INVRPT:D:01B:UN', 'INV+1+1+8', 'QTY+145:5', 'GIN+BX+L', 'INV+2+2+8', 'QTY+145:5', 'GIN+BX+L'),
    ).toEqual([
      {
        line: '1',
        lot: { code: 'L' },
        quantity: { value: '5', unit: '' },
        reason: '8',
        fromState: '1',
        toState: '2',
      },
    ]);
  });

  test('without direction, or against its sign, is refused', () => {
    const line = [...head, 'LIN+1++SKU1:SA'];
    expect(refusal('INVRPT:D:96A:UN', [...line, 'QTY+145:3'])).toEqual(['direction_missing 13']);
    expect(refusal('INVRPT:D:96A:UN', [...line, 'QTY+145:-3', 'INV+2++4'])).toEqual([
      'quantity_sign_conflict 12',
    ]);
  });
});

describe('acknowledgements', () => {
  const contrl = (...segments: readonly string[]) =>
    readEdifactAcknowledgements(messageOf('CONTRL:D:3:UN', segments), OPTIONS).acknowledgements;

  test('CONTRL 7 accepts the interchange, 4 rejects it, and 8 says that it arrived', () => {
    const verdict = (action: string) => contrl(`UCI+88+US:ZZ+THEM:ZZ+${action}`)[0]?.verdict;
    expect([verdict('7'), verdict('8'), verdict('4')]).toEqual(['accepted', 'arrived', 'rejected']);
    expect(contrl('UCI+88+US:ZZ+THEM:ZZ+4+29+UNZ+2')[0]?.errors).toEqual([
      'UNZ, element 1: 29 control count does not match',
    ]);
  });

  test('CONTRL names the messages that were rejected, and where', () => {
    const segments = ['UCI+88+US:ZZ+THEM:ZZ+7', 'UCM+M2+ORDERS:D:96A:UN+4', 'UCS+5+', 'UCD+12+2:2'];
    expect(contrl(...segments)).toEqual([
      {
        kind: 'acknowledgement',
        source: 'CONTRL',
        interchange: '88',
        verdict: 'accepted_with_errors',
        errors: [],
      },
      {
        kind: 'acknowledgement',
        source: 'CONTRL',
        interchange: '88',
        document: 'M2',
        documentType: 'ORDERS',
        verdict: 'rejected',
        errors: ['segment 5, element 1, component 2: 12 invalid value'],
      },
    ]);
    expect(said('acknowledgement', 'CONTRL:D:3:UN', segments).verdict).toBe('accepted_with_errors');
  });

  test('CONTRL without interchange or with an unknown action acknowledges nothing', () => {
    expect(refusal('CONTRL:D:3:UN', ['UCM+M2+ORDERS:D:96A:UN+4'])).toEqual(['segment_missing 13']);
    expect(refusal('CONTRL:D:3:UN', ['UCI+88+US:ZZ+THEM:ZZ+99'])).toEqual(['action_unknown 12']);
  });

  test('APERAK accepts or rejects the document it names', () => {
    const aperak = (...segments: readonly string[]) => said('acknowledgement', 'APERAK:D:96A:UN', segments);
    expect(aperak('BGM+305+A1+29', 'RFF+ACW:SO-1')).toMatchObject({ document: 'SO-1', verdict: 'accepted' });
    expect(aperak('BGM+305+A1+27', 'RFF+ACW:SO-1', 'ERC+E10', 'FTX+AAO+++Item unknown')).toMatchObject({
      verdict: 'rejected',
      errors: ['E10 Item unknown'],
    });
    expect(aperak('BGM+305+A1+9', 'RFF+ACW:SO-1', 'ERC+E10').verdict).toBe('rejected');
    expect(refusal('APERAK:D:96A:UN', ['BGM+305+A1+29'])).toEqual(['reference_missing 13']);
  });
});

test('a message that is not read is refused by name', () => {
  expect(refusal('INVOIC:D:96A:UN', ['BGM+380+1+9'])).toEqual(['message_unsupported 14']);
});
