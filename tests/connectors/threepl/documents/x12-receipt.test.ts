import { describe, expect, it } from 'vitest';
import { changed, documentOf, reading, readSet, refusals } from './x12-setup.ts';

const RECEIPT = [
  'W17*F*20261126*RC-70*IN-88*SHP-88*9*0830',
  'N1*WH*North hall*92*N01',
  'N1*SF*Factory*92*F9',
  'N9*BM*BOL-8',
  'W07*476*EA**SK*CUP-RED***L26',
  'W13*6*EA*01**CC',
  'W13*4*EA*02',
  'W07*96*EA**SK*CUP-BLUE',
  'W14*572*576*6',
];
const receipt = (segments: readonly string[], options = {}) =>
  documentOf(readSet('944', segments, options), 'receipt');
const firstLine = (segments: readonly string[], options = {}) => {
  const [line] = receipt(segments, options).lines;
  if (!line) throw new Error('no line');
  return line;
};

describe('a receipt (944)', () => {
  it('says what arrived, the part that is not good, and what did not arrive', () => {
    const document = receipt(RECEIPT);
    expect(document).toMatchObject({
      number: 'RC-70',
      order: 'IN-88',
      occurredAt: '2026-11-26T14:30:00.000000Z',
      warehouse: 'N01',
      isReturn: false,
      exceptionsOnly: false,
      purpose: 'original',
      totalReceived: '572',
      totalDamaged: '6',
      references: { shipment: 'SHP-88', billOfLading: 'BOL-8' },
    });
    expect(document.lines).toEqual([
      {
        line: '1',
        ids: [{ qualifier: 'SK', value: 'CUP-RED' }],
        lot: { code: 'L26' },
        received: { value: '476', unit: 'EA' },
        exceptions: [{ quantity: { value: '6', unit: 'EA' }, condition: '01', reason: 'CC' }],
        short: { value: '4', unit: 'EA' },
        reversal: false,
      },
      {
        line: '2',
        ids: [{ qualifier: 'SK', value: 'CUP-BLUE' }],
        received: { value: '96', unit: 'EA' },
        exceptions: [],
        reversal: false,
      },
    ]);
  });

  it('reads 5010’s LX loops like 4010’s bare lines', () => {
    const wrapped = RECEIPT.flatMap((segment) => (segment.startsWith('W07') ? ['LX*1', segment] : [segment]));
    expect(receipt(wrapped).lines.map(({ received }) => received.value)).toEqual(['476', '96']);
  });

  it('adds the damaged part where the partner counts it beside the good one, and its total proves it', () => {
    const beside = { reading: reading({ damageIncluded: false }) };
    const told = changed(RECEIPT, 'W14', 'W14*578*576*6');
    expect(firstLine(told, beside).received).toEqual({ value: '482', unit: 'EA' });
    expect(refusals(readSet('944', RECEIPT, beside))).toEqual(['total_mismatch W14@10-1 7']);
    expect(refusals(readSet('944', told))).toEqual(['total_mismatch W14@10-1 7']);
    const otherUnit = changed(told, 'W13*6', 'W13*1*CA*01');
    expect(refusals(readSet('944', otherUnit, { ...beside, totals: 'ignore' }))).toEqual([
      'exception_unit_differs W07@6 8',
    ]);
  });

  it('refuses more damaged units than it received', () => {
    expect(
      refusals(readSet('944', changed(RECEIPT, 'W13*6', 'W13*477*EA*01'), { totals: 'ignore' })),
    ).toEqual(['exceptions_exceed_received W07@6 8']);
    // What is short is no part of what came.
    expect(firstLine(changed(RECEIPT, 'W13*4', 'W13*4000*EA*02')).received.value).toBe('476');
  });

  it('needs quantity, unit and condition of every exception', () => {
    const bad = (w13: string) =>
      refusals(readSet('944', changed(RECEIPT, 'W13*6', w13), { totals: 'ignore' }));
    expect(bad('W13**EA*01')).toEqual(['element_missing W13@7-1 1']);
    expect(bad('W13*6**01')).toEqual(['unit_missing W13@7-2 1']);
    expect(bad('W13*6*EA')).toEqual(['element_missing W13@7-3 1']);
  });

  it('is a return, a list of exceptions, an original or a simulation by W17-01, and nothing by a guess', () => {
    const head = (code: string) => changed(RECEIPT, 'W17', `W17*${code}*20261126*RC-70*IN-88`);
    expect(receipt(head('C'))).toMatchObject({ isReturn: true, exceptionsOnly: false });
    expect(receipt(head('X'))).toMatchObject({ isReturn: false, exceptionsOnly: true });
    expect(receipt(head('J'))).toMatchObject({ isReturn: false, exceptionsOnly: false, purpose: 'original' });
    expect(receipt(head('K')).purpose).toBe('simulation');
    for (const code of ['A', 'O', 'S', 'Q'])
      expect(refusals(readSet('944', head(code)))).toEqual(['reporting_code_unclear W17@2-1 7']);
    expect(refusals(readSet('944', head('')))).toEqual(['element_missing W17@2-1 1']);
  });

  it('may have no line only where it lists exceptions', () => {
    const empty = (code: string) => [`W17*${code}*20261126*RC-70*IN-88`];
    expect(receipt(empty('X')).lines).toEqual([]);
    expect(refusals(readSet('944', empty('F')))).toEqual(['segment_missing W07@2 3']);
  });

  it('reverses an earlier receipt where W07-09 says so', () => {
    expect(firstLine(changed(RECEIPT, 'W07*476', 'W07*476*EA**SK*CUP-RED****2')).reversal).toBe(true);
  });

  it('needs its day and its number', () => {
    expect(refusals(readSet('944', changed(RECEIPT, 'W17', 'W17*F**RC-70')))).toEqual([
      'element_missing W17@2-2 1',
    ]);
    expect(refusals(readSet('944', changed(RECEIPT, 'W17', 'W17*F*20261126')))).toEqual([
      'element_missing W17@2-3 1',
    ]);
    expect(refusals(readSet('944', changed(RECEIPT, 'W17', 'W17*F*2026112*RC-70')))).toEqual([
      'date_invalid W17@2-2 8',
    ]);
  });

  it('does not take the sender (SF) for the warehouse', () => {
    expect(receipt(changed(RECEIPT, 'N1*WH')).warehouse).toBe('');
  });

  it('finds lots in W07-08, in pairs with LT, and in the pair that real files shift by one', () => {
    const line = (w07: string, changes = {}) =>
      firstLine(changed(RECEIPT, 'W07*476', w07), { reading: reading(changes) });
    expect(line('W07*476*CA**VN*CUP***PLAIN').lot).toEqual({ code: 'PLAIN' });
    expect(line('W07*476*CA**VN*CUP*****LT*PAIRED').lot).toEqual({ code: 'PAIRED' });
    for (const changes of [{}, { lot: ['W07:LT'] }]) {
      const shifted = line('W07*476*CA**VN*CUP*LT**SHIFTED', changes);
      expect(shifted.lot).toEqual({ code: 'SHIFTED' });
      expect(shifted.ids).toEqual([{ qualifier: 'VN', value: 'CUP' }]);
    }
    expect(line('W07*476*CA**VN*CUP*****B8*BATCH', { lot: ['W07:B8'] }).lot).toEqual({ code: 'BATCH' });
  });
});

const ADVICE = [
  'BRA*RA-1*20261120*00*2*1015',
  'DTM*050*20261119*2315*PT',
  'PRF*PO-9',
  'N1*ST*South hall*92*S02',
  'RCD*1*100*EA>1***10*EA*01*5*EA*02',
  'LIN**SK*CUP-RED*LT*L9',
  'CTT*1*100',
];
const advice = (segments: readonly string[], options = {}) =>
  documentOf(readSet('861', segments, options), 'receipt');

describe('a receiving advice (861)', () => {
  it('says what was received and which parts are in question', () => {
    const document = advice(ADVICE);
    expect(document).toMatchObject({
      source: '861',
      number: 'RA-1',
      order: 'PO-9',
      warehouse: 'S02',
      occurredAt: '2026-11-20T07:15:00.000000Z',
      isReturn: false,
    });
    expect(document.lines).toEqual([
      {
        line: '1',
        ids: [{ qualifier: 'SK', value: 'CUP-RED' }],
        lot: { code: 'L9' },
        received: { value: '100', unit: 'EA' },
        exceptions: [{ quantity: { value: '10', unit: 'EA' }, condition: '01' }],
        short: { value: '5', unit: 'EA' },
        reversal: false,
      },
    ]);
  });

  it('takes the parts in question for all that came where a partner sends nothing else', () => {
    const [line] = advice([...changed(changed(ADVICE, 'CTT'), 'RCD', 'RCD*1*****40*EA*09')]).lines;
    expect(line).toMatchObject({
      received: { value: '40', unit: 'EA' },
      exceptions: [{ quantity: { value: '40', unit: 'EA' }, condition: '09' }],
    });
    const [short] = advice([...changed(changed(ADVICE, 'CTT'), 'RCD', 'RCD*1*****40*EA*02')]).lines;
    expect(short).toMatchObject({
      received: { value: '0', unit: 'EA' },
      exceptions: [],
      short: { value: '40' },
    });
  });

  it('refuses a line that names no quantity, no condition, no item, or returned units', () => {
    const bad = (rcd: string) => refusals(readSet('861', changed(ADVICE, 'RCD', rcd), { totals: 'ignore' }));
    expect(bad('RCD*1')).toEqual(['element_missing RCD@6-2 1', 'unit_missing RCD@6-3 1']);
    expect(bad('RCD*1*100*EA***10*EA')).toEqual(['element_missing RCD@6-8 1']);
    expect(bad('RCD*1*100*EA*3*EA')).toEqual(['returned_unclear RCD@6-4 7']);
    expect(refusals(readSet('861', changed(ADVICE, 'LIN')))).toEqual(['item_missing RCD@6 3']);
  });

  it('is dated by DTM*050, else by BRA, and refused without a day', () => {
    expect(advice(changed(ADVICE, 'DTM')).occurredAt).toBe('2026-11-20T16:15:00.000000Z');
    expect(refusals(readSet('861', changed(changed(ADVICE, 'DTM'), 'BRA', 'BRA*RA-1**00*2')))).toEqual([
      'element_missing BRA@2-2 1',
    ]);
  });

  it('compares CTT with its lines and their sum', () => {
    expect(refusals(readSet('861', changed(ADVICE, 'CTT', 'CTT*2*99')))).toEqual([
      'total_mismatch CTT@8-1 7',
      'total_mismatch CTT@8-2 7',
    ]);
  });

  it('tells purposes apart and refuses a change, which leaves open what becomes of the other lines', () => {
    const purpose = (code: string) => changed(ADVICE, 'BRA', `BRA*RA-1*20261120*${code}*2`);
    for (const [code, expected] of [
      ['00', 'original'],
      ['01', 'cancel'],
      ['05', 'replace'],
      ['07', 'duplicate'],
      ['15', 'original'],
      ['77', 'simulation'],
    ] as const)
      expect(advice(purpose(code)).purpose).toBe(expected);
    for (const code of ['04', 'constructor'])
      expect(refusals(readSet('861', purpose(code)))).toEqual(['purpose_unclear BRA@2-3 7']);
  });
});
