import { describe, expect, it } from 'vitest';
import { changed, documentOf, reading, readSet, refusals, warnings } from './x12-setup.ts';

/** Two order lines, the first short and in a lot. */
const SHIPMENT = [
  'W06*F*SO-77*20261122*SHP-9**PO-5',
  'N1*WH*North hall*92*N01',
  'N1*SF*Factory*92*F9',
  'N9*BM*BOL-3',
  'N9*CN*PRO-4',
  'G62*11*20261122*8*1530*ET',
  'W27*M*FDEG',
  'LX*1',
  'MAN*GM*00100360002000000015**CP*1Z77',
  'W12*CP*24*20**EA*012345678905*SK*CUP-RED*LOT77**********01',
  'N9*LI*10',
  'LX*2',
  'W12*CC*6*6*0*EA**SK*CUP-BLUE',
  'W03*26',
];
const lineOf = (segments: readonly string[], options = {}) => {
  const line = documentOf(readSet('945', segments, options), 'shipment').lines[0];
  if (!line) throw new Error('no line');
  return line;
};
const withLine = (...line: readonly string[]) => changed(changed(SHIPMENT, 'W12*CP', ...line), 'W03');

describe('a shipment (945)', () => {
  it('says what left, when, from where, for which order, and by whom', () => {
    const document = documentOf(readSet('945', SHIPMENT), 'shipment');
    expect(document).toMatchObject({
      source: '945',
      number: 'SHP-9',
      purpose: 'original',
      occurredAt: '2026-11-22T20:30:00.000000Z',
      warehouse: 'N01',
      order: 'SO-77',
      carrier: 'FDEG',
      totalShipped: '26',
      tracking: ['PRO-4', '1Z77'],
      references: {
        shipment: 'SHP-9',
        purchaseOrder: 'PO-5',
        billOfLading: 'BOL-3',
        carrierReference: 'PRO-4',
      },
    });
    expect(document.lines).toEqual([
      {
        line: '10',
        ids: [
          { qualifier: 'UA', value: '012345678905' },
          { qualifier: 'SK', value: 'CUP-RED' },
        ],
        lot: { code: 'LOT77' },
        shipped: { value: '20', unit: 'EA' },
        ordered: { value: '24', unit: 'EA' },
        status: 'CP',
        reason: '01',
        reversal: false,
        tracking: ['1Z77'],
      },
      {
        line: '2',
        ids: [{ qualifier: 'SK', value: 'CUP-BLUE' }],
        shipped: { value: '6', unit: 'EA' },
        ordered: { value: '6', unit: 'EA' },
        status: 'CC',
        reversal: false,
        tracking: [],
      },
    ]);
  });

  it('says of a line whatever it has, and nothing that it has not', () => {
    const line = (elements: string) =>
      documentOf(
        readSet('945', changed(SHIPMENT, 'W12', `W12*${elements}`), { totals: 'ignore' }),
        'shipment',
      ).lines[0];
    const always = {
      line: expect.any(String),
      ids: [{ qualifier: 'VN', value: 'CUP' }],
      shipped: { value: '36', unit: 'EA' },
      reversal: false,
      tracking: expect.any(Array),
    };
    const ordered = { value: '40', unit: 'EA' };
    const lot = { code: 'L77' };
    expect(line('CP*40*36**EA**VN*CUP*L77')).toEqual({ ...always, ordered, lot, status: 'CP' });
    expect(line('CP*40*36**EA**VN*CUP*L77**********01')).toEqual({
      ...always,
      ordered,
      lot,
      status: 'CP',
      reason: '01',
    });
    expect(line('*40*36**EA**VN*CUP*L77')).toEqual({ ...always, ordered, lot });
    expect(line('CC**36**EA**VN*CUP*L77')).toEqual({ ...always, lot, status: 'CC' });
    expect(line('CC*40*36**EA**VN*CUP')).toEqual({ ...always, ordered, status: 'CC' });
  });

  it('never takes what was ordered (W12-02) for what was shipped (W12-03)', () => {
    expect(refusals(readSet('945', withLine('W12*CC*24***EA**SK*CUP-RED')))).toEqual([
      'element_missing W12@11-3 1',
    ]);
    expect(lineOf(withLine('W12*CU*24*0**EA**SK*CUP-RED')).shipped.value).toBe('0');
  });

  it('refuses what is no exact quantity, with the byte where it stands', () => {
    for (const bad of ['2O', '1e3', '1,000', '+4', '0.1234567', '20-', 'EA']) {
      const read = readSet('945', withLine(`W12*CC*24*${bad}**EA**SK*CUP-RED`));
      expect(refusals(read)).toEqual(['quantity_not_numeric W12@11-3 6']);
      expect(read.findings[0]).toMatchObject({
        level: 'element',
        element: { position: 3, reference: '382' },
        value: bad,
        group: '71',
        document: '0001',
        offset: 'ST*945*0001~'.length + SHIPMENT.slice(0, 9).join('~').length + 1,
      });
    }
    expect(lineOf(withLine('W12*CC*24*.5**EA**SK*CUP-RED')).shipped.value).toBe('0.5');
  });

  it('refuses a negative shipment, which only 893 = 2 may say', () => {
    expect(refusals(readSet('945', withLine('W12*CC*24*-20**EA**SK*CUP-RED')))).toEqual([
      'quantity_negative W12@11-3 6',
    ]);
    const reversal = `W12*CC*24*20**EA**SK*CUP-RED${'*'.repeat(12)}2`;
    expect(lineOf(withLine(reversal)).reversal).toBe(true);
    expect(lineOf(withLine(`${reversal.slice(0, -1)}1`)).reversal).toBe(false);
    expect(refusals(readSet('945', withLine(`${reversal.slice(0, -1)}7`)))).toEqual([
      'reversal_unclear W12@11-20 7',
    ]);
  });

  it('refuses a line without a unit, and one whose elements are shifted', () => {
    expect(refusals(readSet('945', withLine('W12*CC*24*20***012345678905')))).toEqual([
      'unit_missing W12@11-5 1',
    ]);
    expect(refusals(readSet('945', withLine('W12*CC*24*20**1**SK*CUP-RED')))).toEqual([
      'unit_malformed W12@11-5 7',
    ]);
    const shifted = readSet('945', withLine('W12*CC*24*20**EA*SK*CUP-RED'));
    expect(refusals(shifted)).toEqual(['item_missing W12@11-8 1']);
    expect(warnings(shifted)).toEqual(['case_code_malformed W12@11-6 6', 'item_pair_malformed W12@11-8 2']);
    const word = readSet('945', withLine('W12*CC*24*20**CASE**SK*CUP-RED'));
    expect(documentOf(word, 'shipment').lines[0]?.shipped.unit).toBe('CASE');
    expect(warnings(word)).toContain('unit_not_a_code W12@11-5 5');
  });

  it('names a substitute by its own ids and not by those of what was ordered', () => {
    const substitute = 'W12*IS*24*20**EA*012345678905*SK*CUP-RED********012345670001*SK*OLD-CUP';
    expect(lineOf(withLine(substitute)).ids.map(({ value }) => value)).toEqual(['012345678905', 'CUP-RED']);
    expect(lineOf(withLine(substitute.replace('*IS*', '*CC*'))).ids.map(({ value }) => value)).toEqual([
      '012345678905',
      'CUP-RED',
      '012345670001',
      'OLD-CUP',
    ]);
  });

  describe('lots', () => {
    const bare = 'W12*CC*24*20**EA**SK*CUP-RED';
    const lot = (line: readonly string[], changes = {}) =>
      lineOf(withLine(...line), { reading: reading(changes) }).lot;

    it('come from the profile’s sources in their order', () => {
      const both = [`${bare}*FIRST`, 'N9*LT*SECOND'];
      expect(lot(both)).toEqual({ code: 'FIRST' });
      expect(lot(both, { lot: ['N9:LT', 'W12-09'] })).toEqual({ code: 'SECOND' });
      expect(lot([bare, 'N9*LT*A-LOT-LONGER-THAN-TWELVE'])).toEqual({ code: 'A-LOT-LONGER-THAN-TWELVE' });
      expect(lot([bare])).toBeUndefined();
    });

    it('may be production codes, when the partner says so and only then', () => {
      expect(lot([bare, 'N9*PC*PROD9'])).toBeUndefined();
      expect(lot([bare, 'N9*PC*PROD9'], { lot: ['N9:PC'] })).toEqual({ code: 'PROD9' });
    });

    it('may stand in a pair with LT, which names no item', () => {
      const line = lineOf(withLine(`${bare}${'*'.repeat(13)}LT*PAIRED`));
      expect(line.lot).toEqual({ code: 'PAIRED' });
      expect(line.ids).toEqual([{ qualifier: 'SK', value: 'CUP-RED' }]);
    });

    it('have their expiry from G62, DTM, or the date of the reference', () => {
      const expiring = [bare, 'N9*LT*L1**20270131', 'G62*36*20270228', 'DTM*036*20270331'];
      expect(lot(expiring)).toEqual({ code: 'L1', expiresOn: '2027-02-28' });
      expect(lot(expiring, { expiry: ['N9:LT-04'] })).toEqual({ code: 'L1', expiresOn: '2027-01-31' });
      expect(lot(expiring, { expiry: ['DTM:036'] })).toEqual({ code: 'L1', expiresOn: '2027-03-31' });
      expect(lot([bare, 'N9*LT*L1', 'N9*ZZ**BEST BY*20270401'], { expiry: ['N9:ZZ-04'] })).toEqual({
        code: 'L1',
        expiresOn: '2027-04-01',
      });
      expect(lot([bare, 'N9*LT*L1', 'DTM*036****D8*20270501'])).toEqual({
        code: 'L1',
        expiresOn: '2027-05-01',
      });
    });

    it('keep no expiry that is no date', () => {
      const read = readSet('945', withLine(bare, 'N9*LT*L1', 'G62*36*20270230'));
      expect(documentOf(read, 'shipment').lines[0]?.lot).toEqual({ code: 'L1' });
      expect(warnings(read)).toContain('expiry_malformed G62@13 8');
    });

    it('refuse the line when two of them share one quantity', () => {
      expect(refusals(readSet('945', withLine(bare, 'N9*LT*L1', 'N9*LT*L2')))).toEqual([
        'lot_ambiguous N9@13 5',
      ]);
    });

    it('are found inside LS and LE, where an LX does not end the line', () => {
      const document = documentOf(
        readSet('945', withLine(bare, 'LM*92', 'LS*0300', 'LX*1', 'N9*LT*NESTED', 'LE*0300', 'N9*LI*44')),
        'shipment',
      );
      expect(document.lines.map(({ line, lot: found }) => [line, found?.code])).toEqual([
        ['44', 'NESTED'],
        ['2', undefined],
      ]);
    });
  });

  it('takes tracking from MAN in either pair and from N9 with CN or 2I, once each', () => {
    const document = documentOf(
      readSet('945', [
        ...SHIPMENT.slice(0, 7),
        'LX*1',
        'MAN*CP*1Z1',
        'MAN*2*SCAC**CN*1Z2',
        'W12*CC*1*1**EA**SK*CUP-RED',
        'N9*2I*1Z3',
        'N9*CN*1Z1',
      ]),
      'shipment',
    );
    expect(document.lines[0]?.tracking).toEqual(['1Z1', '1Z2', '1Z3']);
    expect(document.tracking).toEqual(['PRO-4', '1Z1', '1Z2', '1Z3']);
  });

  it('takes the number from the shipment id, else the agent’s, SI, the bill of lading, the order with its day', () => {
    const number = (segments: readonly string[]) => documentOf(readSet('945', segments), 'shipment').number;
    const without = changed(SHIPMENT, 'W06', 'W06*F*SO-77*20261122');
    expect(number(changed(SHIPMENT, 'W06', 'W06*F*SO-77*20261122**AG-1'))).toBe('AG-1');
    expect(number(changed(without, 'N9*CN', 'N9*SI*SID-2'))).toBe('SID-2');
    expect(number(without)).toBe('BOL-3');
    expect(number(changed(without, 'N9*BM'))).toBe('SO-77/2026-11-22');
    const undated = changed(changed(changed(without, 'N9*BM'), 'G62'), 'W06', 'W06*F*SO-77');
    expect(number(undated)).toBe('SO-77');
    expect(refusals(readSet('945', changed(undated, 'W06', 'W06*F')))).toEqual(['number_missing W06@2-4 1']);
  });

  it('gives every line a name of its own, whatever the partner numbers twice (I3)', () => {
    const lines = [
      'W12*CC*1*1**EA**SK*A',
      'N9*LI*5',
      'W12*CC*1*1**EA**SK*B',
      'N9*LI*5',
      'W12*CC*1*1**EA**SK*C',
    ];
    const names = documentOf(readSet('945', [...SHIPMENT.slice(0, 7), 'LX*5', ...lines]), 'shipment').lines;
    expect(names.map(({ line }) => line)).toEqual(['5', '5#2', '5#3']);
  });

  it('is read without LX too', () => {
    const bare = SHIPMENT.filter((segment) => !segment.startsWith('LX') && !segment.startsWith('MAN'));
    expect(documentOf(readSet('945', bare), 'shipment').lines.map(({ line }) => line)).toEqual(['10', '2']);
  });

  it('compares a total that has more digits than a quantity may have', () => {
    const most = '9'.repeat(15);
    const lines = changed(
      changed(SHIPMENT, 'W12*CP', `W12*CP*24*${most}**EA**SK*CUP-RED`),
      'W12*CC*6',
      `W12*CC*6*${most}*0*EA**SK*CUP-BLUE`,
    );
    const { findings } = readSet('945', lines, { totals: 'warn' });
    expect(findings.map(({ code, message }) => [code, message])).toEqual([
      ['total_mismatch', 'W03-01 does not agree: the sum of W12-03 is 1999999999999998'],
    ]);
  });

  it('compares its total as the profile says', () => {
    const wrong = changed(SHIPMENT, 'W03', 'W03*27');
    expect(refusals(readSet('945', wrong, { totals: 'reject' }))).toEqual(['total_mismatch W03@15-1 7']);
    const warned = readSet('945', wrong, { totals: 'warn' });
    expect(documentOf(warned, 'shipment').totalShipped).toBe('27');
    expect(warnings(warned)).toEqual(['total_mismatch W03@15-1 7']);
    expect(readSet('945', wrong, { totals: 'ignore' }).findings).toEqual([]);
  });

  it('is dated by G62*11, else W06-03, else by when it came; a bad date is never passed over in silence', () => {
    const at = (segments: readonly string[]) => documentOf(readSet('945', segments), 'shipment').occurredAt;
    expect(at(changed(SHIPMENT, 'G62'))).toBe('2026-11-22T06:00:00.000000Z');
    expect(at(changed(changed(SHIPMENT, 'G62'), 'W06', 'W06*F*SO-77**SHP-9'))).toBe(
      '2026-11-28T12:00:00.000000Z',
    );
    const fallback = readSet('945', changed(SHIPMENT, 'G62', 'G62*11*20261131'));
    expect(documentOf(fallback, 'shipment').occurredAt).toBe('2026-11-22T06:00:00.000000Z');
    expect(warnings(fallback)).toEqual(['date_invalid G62@7-2 8']);
    const literal = changed(changed(SHIPMENT, 'G62'), 'W06', 'W06*F*SO-77*CCYYMMDD*SHP-9');
    expect(refusals(readSet('945', literal))).toEqual(['date_invalid W06@2-3 8']);
    expect(refusals(readSet('945', changed(SHIPMENT, 'G62', 'G62*11*20261122*8*2560')))).toEqual([
      'time_invalid G62@7-4 9',
    ]);
  });

  it('takes the warehouse from the profile’s sources, by its code and else by its name', () => {
    const warehouse = (changes: object, segments = SHIPMENT) =>
      documentOf(readSet('945', segments, { reading: reading(changes) }), 'shipment').warehouse;
    expect(warehouse({ warehouse: ['N1:SF', 'N1:WH'] })).toBe('F9');
    expect(warehouse({}, [...changed(SHIPMENT, 'N1*WH', 'N1*WH*D7')])).toBe('D7');
    expect(warehouse({ warehouse: ['N1:ZZ'] })).toBe('');
  });

  it('tells a simulation and a cancellation from an original, and refuses what is unclear', () => {
    const head = (text: string) => readSet('945', changed(SHIPMENT, 'W06', text));
    const purpose = (text: string) => documentOf(head(text), 'shipment').purpose;
    expect(purpose('W06*K*SO-77*20261122*SHP-9')).toBe('simulation');
    expect(purpose('W06*X*SO-77*20261122*SHP-9')).toBe('original');
    expect(purpose('W06*F*SO-77*20261122*SHP-9********3')).toBe('cancel');
    expect(refusals(head('W06*F*SO-77*20261122*SHP-9********2'))).toEqual(['purpose_unclear W06@2-12 7']);
    expect(refusals(head('W06*C*SO-77*20261122*SHP-9'))).toEqual(['reporting_code_unclear W06@2-1 7']);
  });

  it('refuses itself without its head or without a line', () => {
    expect(refusals(readSet('945', changed(SHIPMENT, 'W06')))).toEqual(['segment_missing W06@2 3']);
    expect(refusals(readSet('945', SHIPMENT.slice(0, 7)))).toEqual(['segment_missing W12@2 3']);
  });

  it('keeps a status that is not known, and says so', () => {
    const read = readSet('945', withLine('W12*QQ*24*20**EA**SK*CUP-RED'));
    expect(documentOf(read, 'shipment').lines[0]?.status).toBe('QQ');
    expect(warnings(read)).toEqual(['status_unknown W12@11-1 7']);
    expect(warnings(readSet('945', withLine('W12**24*20**EA**SK*CUP-RED')))).toEqual([
      'element_missing W12@11-1 1',
    ]);
    expect(warnings(readSet('945', withLine('W12*CC*many*20**EA**SK*CUP-RED')))).toEqual([
      'number_malformed W12@11-2 6',
    ]);
  });

  it('does not grow with its faults', () => {
    const read = readSet('945', [
      ...SHIPMENT.slice(0, 7),
      ...Array.from({ length: 2000 }, () => 'W12*CC*1*x**EA**SK*A'),
    ]);
    expect(read.findings).toHaveLength(501);
    expect(read.findings.at(-1)?.code).toBe('findings_cut');
  });
});
