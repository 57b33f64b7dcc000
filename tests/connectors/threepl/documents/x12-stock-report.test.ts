import { describe, expect, it } from 'vitest';
import { instantFrom } from '../../../../src/core/vocabulary/instant.ts';
import { changed, documentOf, readSet, refusals, warnings } from './x12-setup.ts';

const REPORT = [
  'BIA*00*SI*INV-1*20261127*2200',
  'DTM*007*20261127*2300*CT',
  'N1*WH*North hall*92*N01',
  'LIN*1*SK*CUP-RED*LT*L26',
  'QTY*33*438*EA',
  'QTY*QH*-16*EA>1',
  'LIN*2*SK*CUP-BLUE',
  'QTY*33*98',
  'UIT*CA',
  'CTT*2*520',
];
const report = (segments: readonly string[], options = {}) =>
  documentOf(readSet('846', segments, options), 'stock');
const one = (...segments: readonly string[]) => [...REPORT.slice(0, 3), 'LIN*1*SK*CUP-RED', ...segments];

describe('a stock report (846)', () => {
  it('has every quantity under its own code and adds none of them up', () => {
    const document = report(REPORT);
    expect(document).toMatchObject({
      number: 'INV-1',
      extent: 'full',
      purpose: 'original',
      warehouse: 'N01',
      occurredAt: '2026-11-28T05:00:00.000000Z',
    });
    expect(document.lines).toEqual([
      {
        line: '1',
        ids: [{ qualifier: 'SK', value: 'CUP-RED' }],
        lot: { code: 'L26' },
        quantities: [
          { code: '33', quantity: { value: '438', unit: 'EA' } },
          { code: 'QH', quantity: { value: '-16', unit: 'EA' } },
        ],
      },
      {
        line: '2',
        ids: [{ qualifier: 'SK', value: 'CUP-BLUE' }],
        quantities: [{ code: '33', quantity: { value: '98', unit: 'CA' } }],
      },
    ]);
  });

  it('takes the unit of QTY, else of its UIT, else of the item’s UIT, and none from another quantity', () => {
    const units = (...segments: readonly string[]) =>
      report(one(...segments)).lines[0]?.quantities.map(({ quantity }) => quantity.unit);
    expect(units('QTY*33*1', 'UIT*EA', 'QTY*17*2', 'UIT*CA', 'QTY*QH*3*PC')).toEqual(['EA', 'CA', 'PC']);
    expect(units('UIT*EA', 'QTY*33*1', 'QTY*17*2*CA')).toEqual(['EA', 'CA']);
    expect(refusals(readSet('846', one('QTY*33*1', 'UIT*EA', 'QTY*17*2')))).toEqual([
      'unit_missing QTY@8-3 1',
    ]);
  });

  it('is a part where BIA-01 says so, a whole otherwise', () => {
    const bia = (code: string) => report(changed(REPORT, 'BIA', `BIA*${code}*SI*INV-1*20261127*2200`));
    expect(bia('25')).toMatchObject({ extent: 'partial', purpose: 'original' });
    expect(bia('04')).toMatchObject({ extent: 'partial', purpose: 'original' });
    expect(bia('05')).toMatchObject({ extent: 'full', purpose: 'replace' });
    expect(refusals(readSet('846', changed(REPORT, 'BIA', 'BIA**SI*INV-1*20261127')))).toEqual([
      'element_missing BIA@2-1 1',
    ]);
  });

  it('is as of DTM*007, else of BIA, and without a time as of the day’s end or its arrival', () => {
    const at = (segments: readonly string[], receivedAt = '2026-11-30T00:00:00Z') =>
      report(segments, { receivedAt: instantFrom(receivedAt) }).occurredAt;
    const fromBia = changed(REPORT, 'DTM');
    expect(at(fromBia)).toBe('2026-11-28T04:00:00.000000Z');
    expect(at(changed(REPORT, 'DTM', 'DTM*007*20261127*2300*GM'))).toBe('2026-11-27T23:00:00.000000Z');
    const dayOnly = changed(fromBia, 'BIA', 'BIA*00*SI*INV-1*20261127');
    expect(at(dayOnly)).toBe('2026-11-28T06:00:00.000000Z');
    expect(at(dayOnly, '2026-11-27T18:00:00Z')).toBe('2026-11-27T18:00:00.000000Z');
    expect(refusals(readSet('846', changed(fromBia, 'BIA', 'BIA*00*SI*INV-1')))).toEqual([
      'element_missing BIA@2-4 1',
    ]);
    expect(refusals(readSet('846', changed(fromBia, 'BIA', 'BIA*00*SI*INV-1*20261327*2200')))).toEqual([
      'date_invalid BIA@2-4 8',
    ]);
  });

  it('divides one quantity by place (SDQ) instead of counting it twice', () => {
    const divided = report(one('SDQ*EA*92*N01*30*N02*12', 'QTY*33*42*EA'));
    expect(divided.lines.map(({ line, warehouse, quantities }) => [line, warehouse, quantities])).toEqual([
      ['1', 'N01', [{ code: '33', quantity: { value: '30', unit: 'EA' } }]],
      ['1#2', 'N02', [{ code: '33', quantity: { value: '12', unit: 'EA' } }]],
    ]);
    expect(refusals(readSet('846', one('SDQ*EA*92*N01*30*N02*12', 'QTY*33*43*EA')))).toEqual([
      'total_mismatch SDQ@6 8',
    ]);
    const alone = report(one('SDQ*EA*92*N01*30'));
    expect(alone.lines[0]).toMatchObject({ warehouse: 'N01', quantities: [{ code: 'SDQ' }] });
    const several = report(one('SDQ*EA*92*N01*30', 'QTY*33*30*EA', 'QTY*QH*2*EA'));
    expect(
      several.lines.map(({ warehouse, quantities }) => [warehouse, quantities.map(({ code }) => code)]),
    ).toEqual([
      [undefined, ['33', 'QH']],
      ['N01', ['SDQ']],
    ]);
    expect(refusals(readSet('846', one('SDQ*EA*92*N01')))).toEqual(['element_missing SDQ@6-4 1']);
  });

  it('tells the item’s own warehouses apart', () => {
    const lines = report(one('N1*WH**92*N01', 'QTY*33*5*EA', 'N1*WH**92*N02', 'QTY*33*6*EA')).lines;
    expect(lines.map(({ warehouse, quantities }) => [warehouse, quantities[0]?.quantity.value])).toEqual([
      ['N01', '5'],
      ['N02', '6'],
    ]);
    expect(report(one('QTY*33*5*EA', 'N1*WH**92*N03')).lines).toMatchObject([{ warehouse: 'N03' }]);
  });

  it('refuses an item without a quantity, and a quantity without a code or a number', () => {
    expect(refusals(readSet('846', one()))).toEqual(['quantity_missing LIN@5 3']);
    expect(refusals(readSet('846', one('QTY**5*EA')))).toEqual(['element_missing QTY@6-1 1']);
    expect(refusals(readSet('846', one('QTY*33**EA*none')))).toEqual(['element_missing QTY@6-2 1']);
    expect(refusals(readSet('846', one('QTY*33*5e2*EA')))).toEqual(['quantity_not_numeric QTY@6-2 6']);
    expect(refusals(readSet('846', changed(one('QTY*33*5*EA'), 'LIN', 'LIN*1')))).toEqual([
      'item_missing LIN@5-3 1',
    ]);
  });

  it('may be empty: what that means, the profile says', () => {
    expect(report(REPORT.slice(0, 3)).lines).toEqual([]);
  });

  it('compares CTT with its items and quantities', () => {
    const warned = readSet('846', changed(REPORT, 'CTT', 'CTT*3*521'), { totals: 'warn' });
    expect(warnings(warned)).toEqual(['total_mismatch CTT@11-1 7', 'total_mismatch CTT@11-2 7']);
    expect(warned.document).toBeDefined();
  });
});
