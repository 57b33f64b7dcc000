import { describe, expect, it } from 'vitest';
import { changed, documentOf, reading, readSet, refusals } from './x12-setup.ts';

const ADJUSTMENT = [
  'W15*20261127*ADJ-31*OURS-9',
  'N1*WH*North hall*92*N01',
  'W19*07*2*EA**SK*CUP-RED***L26*******AD',
  'G62*36*20270901',
  'W19*06*-7.500*CA*012345678905*VN*ITEM-7***B1',
  'W19*AH*1*PC**VN*ITEM-8',
  'N9*M1*GOODS*From here',
  'N9*M1*BLOCK*To there',
];
const adjustment = (segments: readonly string[], options = {}) =>
  documentOf(readSet('947', segments, options), 'adjustment');

describe('an adjustment (947)', () => {
  it('keeps the sign, the reason and the transaction type as they were sent', () => {
    const document = adjustment(ADJUSTMENT);
    expect(document).toMatchObject({
      number: 'ADJ-31',
      occurredAt: '2026-11-27T06:00:00.000000Z',
      warehouse: 'N01',
      references: { warehouseAdjustment: 'ADJ-31', depositorAdjustment: 'OURS-9' },
    });
    expect(document.lines).toEqual([
      {
        line: '1',
        ids: [{ qualifier: 'SK', value: 'CUP-RED' }],
        lot: { code: 'L26', expiresOn: '2027-09-01' },
        quantity: { value: '2', unit: 'EA' },
        reason: '07',
        transactionType: 'AD',
      },
      {
        line: '2',
        ids: [
          { qualifier: 'UA', value: '012345678905' },
          { qualifier: 'VN', value: 'ITEM-7' },
        ],
        lot: { code: 'B1' },
        quantity: { value: '-7.500', unit: 'CA' },
        reason: '06',
      },
      {
        line: '3',
        ids: [{ qualifier: 'VN', value: 'ITEM-8' }],
        quantity: { value: '1', unit: 'PC' },
        reason: 'AH',
        fromState: 'GOODS',
        toState: 'BLOCK',
      },
    ]);
  });

  it('takes effect at the time that is given apart from the day', () => {
    const timed = (g62: string) =>
      adjustment(changed(ADJUSTMENT, 'N1*WH', g62, 'N1*WH*North hall*92*N01')).occurredAt;
    expect(timed('G62*07*20261127*2*1530')).toBe('2026-11-27T21:30:00.000000Z');
    expect(timed('G62*07*20261126')).toBe('2026-11-26T06:00:00.000000Z');
    expect(timed('G62*02*20261130*2*1530')).toBe('2026-11-27T06:00:00.000000Z');
  });

  it('has states only where both are named', () => {
    const [, , third] = adjustment(changed(ADJUSTMENT, 'N9*M1*BLOCK', 'N9*M1*BLOCK*Tote')).lines;
    expect(third).not.toHaveProperty('fromState');
    expect(third).not.toHaveProperty('toState');
  });

  it('does not end a line at an LX, which stands inside it here', () => {
    const nested = changed(ADJUSTMENT, 'G62', 'LX*1', 'G62*36*20270901');
    expect(adjustment(nested).lines[0]?.lot?.expiresOn).toBe('2027-09-01');
  });

  it('needs a reason, a quantity, its unit and an item', () => {
    const bad = (w19: string) => refusals(readSet('947', changed(ADJUSTMENT, 'W19*07', w19)));
    expect(bad('W19**2*EA**SK*CUP')).toEqual(['element_missing W19@4-1 1']);
    expect(bad('W19*07**EA**SK*CUP')).toEqual(['element_missing W19@4-2 1']);
    expect(bad('W19*07*2***SK*CUP')).toEqual(['unit_missing W19@4-3 1']);
    expect(bad('W19*07*2*EA')).toEqual(['item_missing W19@4-6 1']);
    expect(bad('W19*07*EA*2**SK*CUP')).toEqual([
      'quantity_not_numeric W19@4-2 6',
      'unit_malformed W19@4-3 7',
    ]);
  });

  it('takes either side’s number and is refused without both, and without a day', () => {
    expect(adjustment(changed(ADJUSTMENT, 'W15', 'W15*20261127*ADJ-31')).number).toBe('ADJ-31');
    expect(adjustment(changed(ADJUSTMENT, 'W15', 'W15*20261127**OURS-9')).number).toBe('OURS-9');
    expect(refusals(readSet('947', changed(ADJUSTMENT, 'W15', 'W15*20261127')))).toEqual([
      'element_missing W15@2-3 1',
    ]);
    expect(refusals(readSet('947', changed(ADJUSTMENT, 'W15', 'W15**ADJ-31')))).toEqual([
      'element_missing W15@2-1 1',
    ]);
    expect(refusals(readSet('947', ADJUSTMENT.slice(0, 2)))).toEqual(['segment_missing W19@2 3']);
  });

  it('has its lot in W19-09 only while the profile says so', () => {
    expect(adjustment(ADJUSTMENT, { reading: reading({ lot: ['N9:LT'] }) }).lines[0]).not.toHaveProperty(
      'lot',
    );
  });
});
