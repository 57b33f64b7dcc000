import { describe, expect, it } from 'vitest';
import { changed, documentOf, readSet, refusals, warnings } from './x12-setup.ts';

/** Shipment, two orders, packages under orders, items under packages; BSN-05 claims another structure. */
const DESPATCH = [
  'BSN*00*SH-9*20261120*0801*0004',
  'HL*1**S*1',
  'DTM*011*20261121',
  'REF*BM*BOL-1',
  'N1*SF*Maker*92*M1',
  'N1*ST*North hall*92*N01',
  'HL*2*1*O*1',
  'PRF*PO-1',
  'HL*3*2*P*1',
  'MAN*GM*00340123450000000018',
  'HL*4*3*I*0',
  'LIN**UP*036000291452*LT*L5',
  'SN1**12*EA',
  'DTM*036*20271231',
  'HL*5*1*O*1',
  'PRF*PO-2',
  'HL*6*5*P*1',
  'MAN*AA*340123450000000025',
  'HL*7*6*I*0',
  'LIN*9*EN*4006381333931',
  'SN1**7*EA',
  'CTT*7*19',
];
const despatch = (segments: readonly string[]) => documentOf(readSet('856', segments), 'despatch');

describe('a despatch notice (856)', () => {
  it('says what is on its way, in which package, for which order', () => {
    const document = despatch(DESPATCH);
    expect(document).toMatchObject({
      number: 'SH-9',
      order: '',
      occurredAt: '2026-11-21T06:00:00.000000Z',
      warehouse: 'N01',
      references: { billOfLading: 'BOL-1', purchaseOrder: 'PO-1 PO-2' },
    });
    expect(document.lines).toEqual([
      {
        line: '1',
        ids: [{ qualifier: 'UP', value: '036000291452' }],
        lot: { code: 'L5', expiresOn: '2027-12-31' },
        shipped: { value: '12', unit: 'EA' },
        package: '340123450000000018',
        order: 'PO-1',
      },
      {
        line: '9',
        ids: [{ qualifier: 'EN', value: '4006381333931' }],
        shipped: { value: '7', unit: 'EA' },
        package: '340123450000000025',
        order: 'PO-2',
      },
    ]);
  });

  it('says the same without HL-02 and HL-04, where the order of levels tells the tree', () => {
    const bare = DESPATCH.map((segment) => segment.replace(/^HL\*(\d+)\*\d*\*(\w)\*\d$/, 'HL*$1**$2'));
    expect(bare).toContain('HL*5**O');
    expect(despatch(bare)).toEqual(despatch(DESPATCH));
  });

  it('puts no item into a package of another order where HL-02 is blank', () => {
    const loose = [
      ...DESPATCH.slice(0, 14).map((segment) => segment.replace(/^(HL\*\d+)\*\d*\*(\w)\*\d$/, '$1**$2')),
      'HL*5**O',
      'PRF*PO-2',
      'HL*6**I',
      'LIN**EN*4006381333931',
      'SN1**7*EA',
    ];
    const [, second] = despatch(loose).lines;
    expect(second).toMatchObject({ order: 'PO-2' });
    expect(second).not.toHaveProperty('package');
  });

  it('finds the package below its item, where there is one', () => {
    const under = [
      ...DESPATCH.slice(0, 8),
      'HL*3*2*I',
      'LIN**UP*036000291452',
      'SN1**12*EA',
      'HL*4*3*P',
      'MAN*GM*00340123450000000018',
    ];
    expect(despatch(under)).toMatchObject({ order: 'PO-1', lines: [{ package: '340123450000000018' }] });
    const [two] = despatch([...under, 'HL*5*3*P', 'MAN*GM*00340123450000000025']).lines;
    expect(two).not.toHaveProperty('package');
  });

  it('believes HL-02 and not the place in the file', () => {
    const moved = DESPATCH.map((segment) => (segment === 'HL*7*6*I*0' ? 'HL*7*3*I*0' : segment));
    expect(despatch(moved).lines[1]).toMatchObject({ package: '340123450000000018', order: 'PO-1' });
  });

  it('refuses a tree that does not hold together', () => {
    expect(refusals(readSet('856', changed(DESPATCH, 'HL*4', 'HL*4*8*I')))).toEqual([
      'parent_unknown HL@12-2 7',
    ]);
    expect(refusals(readSet('856', changed(DESPATCH, 'HL*4', 'HL*4*4*I')))).toEqual([
      'parent_unknown HL@12-2 7',
    ]);
    expect(refusals(readSet('856', changed(DESPATCH, 'HL*6', 'HL*3*5*P')))).toContain(
      'level_repeated HL@18-1 7',
    );
  });

  it('needs item, quantity and unit of every item level, and at least one of those', () => {
    const without = (start: string) => refusals(readSet('856', changed(changed(DESPATCH, start), 'CTT')));
    expect(without('LIN**UP')).toEqual(['item_missing HL@12 3']);
    expect(without('SN1**12')).toEqual(['quantity_missing HL@12 3']);
    expect(refusals(readSet('856', changed(changed(DESPATCH, 'SN1**12', 'SN1**12'), 'CTT')))).toEqual([
      'unit_missing SN1@14-3 1',
    ]);
    expect(refusals(readSet('856', DESPATCH.slice(0, 6)))).toEqual(['segment_missing HL@2 3']);
  });

  it('counts levels or items in CTT, as writers do, and sums what was shipped', () => {
    expect(warnings(readSet('856', changed(DESPATCH, 'CTT', 'CTT*2*19')))).toEqual([]);
    expect(refusals(readSet('856', changed(DESPATCH, 'CTT', 'CTT*3*20')))).toEqual([
      'total_mismatch CTT@23-1 7',
      'total_mismatch CTT@23-2 7',
    ]);
  });

  it('is dated by DTM*011, else by BSN, and refused without a day', () => {
    expect(despatch(changed(DESPATCH, 'DTM*011')).occurredAt).toBe('2026-11-20T14:01:00.000000Z');
    expect(refusals(readSet('856', changed(changed(DESPATCH, 'DTM*011'), 'BSN', 'BSN*00*SH-9')))).toEqual([
      'element_missing BSN@2-3 1',
    ]);
  });
});
