// The documents of real partners and of the templates, through the whole way from bytes. Needs the sample folder; where it
// is absent these tests are skipped with a word, where it is present they are mandatory.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ReadDocument } from '../../../../src/connectors/threepl/documents/read-options.ts';
import { readX12Document } from '../../../../src/connectors/threepl/documents/x12-read.ts';
import { documentsOf } from '../../../../src/connectors/threepl/edi/file.ts';
import { readX12 } from '../../../../src/connectors/threepl/edi/x12-read.ts';
import { documentOf, reading, readOptions, refusals } from './x12-setup.ts';

const SAMPLES =
  process.env.STOCKBRIDGE_SAMPLES ?? new URL('../../../../../shared/samples', import.meta.url).pathname;
const folder = join(SAMPLES, 'edi');
const isThere = existsSync(folder);
if (!isThere) console.warn(`no EDI samples in ${folder}: set STOCKBRIDGE_SAMPLES to run these tests`);

function readSample(
  name: string,
  options: Parameters<typeof readOptions>[0] = {},
  edit: (text: string) => string = (text) => text,
): ReadDocument {
  const bytes = Buffer.from(edit(readFileSync(join(folder, name), 'latin1')), 'latin1');
  const [document] = documentsOf(readX12(bytes, { bareDocuments: true }));
  if (!document) throw new Error(`${name} holds no document`);
  return readX12Document(document, readOptions({ totals: 'warn', ...options }));
}

describe.skipIf(!isThere)('the templates', () => {
  it('945: twenty of a lot left, four short with a reason; six left in full', () => {
    const document = documentOf(readSample('templates/945-in.edi', { totals: 'reject' }), 'shipment');
    expect(document).toMatchObject({ number: 'SHP-1', order: 'SO10001', warehouse: 'WH01', carrier: 'FDEG' });
    expect(document.lines).toMatchObject([
      {
        line: '1',
        ids: [{ qualifier: 'SK', value: 'TEE-RED-M' }],
        lot: { code: 'L2610A' },
        shipped: { value: '20', unit: 'EA' },
        ordered: { value: '24' },
        reason: '01',
        tracking: ['1Z999'],
      },
      { line: '2', ids: [{ value: 'MUG-01' }], shipped: { value: '6' } },
    ]);
  });

  it('944: 476 of a lot of which six are damaged, and 96', () => {
    const document = documentOf(readSample('templates/944-in.edi', { totals: 'reject' }), 'receipt');
    expect(document).toMatchObject({
      number: 'RC-7001',
      order: 'TR-88',
      totalReceived: '572',
      totalDamaged: '6',
    });
    expect(document.lines).toMatchObject([
      {
        lot: { code: 'L2610A' },
        received: { value: '476' },
        exceptions: [{ quantity: { value: '6' }, condition: '01' }],
      },
      { received: { value: '96' }, exceptions: [] },
    ]);
  });

  it('947: four changes with their reasons and signs', () => {
    const document = documentOf(readSample('templates/947-in.edi'), 'adjustment');
    expect(document.lines.map(({ reason, quantity, lot }) => [reason, quantity.value, lot?.code])).toEqual([
      ['07', '2', 'L2610A'],
      ['56', '3', undefined],
      ['05', '10', 'L2610A'],
      ['AA', '-1', undefined],
    ]);
  });

  it('846: what is sellable and what is on hold', () => {
    const document = documentOf(readSample('templates/846-in.edi', { totals: 'reject' }), 'stock');
    expect(document).toMatchObject({
      occurredAt: '2026-11-28T05:00:00.000000Z',
      extent: 'full',
      warehouse: 'WH01',
    });
    expect(
      document.lines.map(({ quantities }) =>
        quantities.map(({ code, quantity }) => `${code} ${quantity.value}`),
      ),
    ).toEqual([['33 438', 'QH 16'], ['33 98']]);
  });

  it('997: a refused 945 with its wrong element', () => {
    expect(readSample('templates/997-out.edi').acknowledgements).toMatchObject([
      {
        group: '101',
        document: '0001',
        documentType: '945',
        verdict: 'rejected',
        errors: [
          'W12 at position 8: 8 – segment has element errors',
          'W12 at position 8, element 3 (382): 6 – character that is not allowed; it was "2O"',
          '5 – segments have errors',
        ],
      },
    ]);
  });
});

describe.skipIf(!isThere)('files of real partners', () => {
  it('944 with lines cut out: its total refuses it, where totals count', () => {
    const name = '06-944-truncated-lines-wrong-SE-and-W14.edi';
    expect(refusals(readSample(name, { totals: 'reject' }))).toEqual(['total_mismatch W14@24-1 7']);
    const document = documentOf(readSample(name), 'receipt');
    expect(document).toMatchObject({ number: 'EISU9397985-21104', order: '21104', warehouse: 'D7' });
    expect(document.occurredAt).toBe('2022-05-16T18:37:00.000000Z');
    expect(document.lines).toMatchObject([
      {
        ids: [
          { qualifier: 'UA', value: '196272171026' },
          { qualifier: 'VN', value: 'HCZK203-STK' },
        ],
        received: { value: '3024', unit: 'EA' },
      },
      { received: { value: '6000' } },
    ]);
  });

  it('945 with a date nobody filled in: refused at W06-03; with a date, two lots', () => {
    const name = '07-945-license-plates-production-code.edi';
    expect(refusals(readSample(name))).toEqual(['date_invalid W06@2-3 8']);
    const filled = (text: string) => text.replace('CCYYMMDD', '20071216');
    const document = documentOf(readSample(name, {}, filled), 'shipment');
    expect(document).toMatchObject({
      number: '123456',
      order: '12345',
      warehouse: '123456',
      carrier: 'TRUK',
    });
    expect(document.lines).toMatchObject([
      {
        line: '1000',
        shipped: { value: '72', unit: 'CA' },
        ordered: { value: '72' },
        status: 'CC',
        lot: { code: '40550' },
      },
      { line: '1000#2', shipped: { value: '72', unit: 'CA' }, lot: { code: '40551' } },
    ]);
    expect(document.lines[0]?.ids).toContainEqual({ qualifier: 'UK', value: '10071179016458' });
    const produced = documentOf(
      readSample(name, { reading: reading({ lot: ['N9:PC'] }) }, filled),
      'shipment',
    );
    expect(produced.lines.map(({ lot }) => lot?.code)).toEqual(['989JAN281301', '989JAN291301']);
  });

  it('947 with storage places as text', () => {
    const document = documentOf(readSample('08-947-status-transfer-collapsed-isa.edi'), 'adjustment');
    expect(document).toMatchObject({
      number: '3PL_Man_Tran_N',
      warehouse: '1510',
      occurredAt: '2013-07-04T05:00:00.000000Z',
      lines: [
        {
          ids: [{ qualifier: 'VN', value: 'E662255' }],
          quantity: { value: '1', unit: 'PC' },
          reason: 'AH',
          fromState: 'FGI',
          toState: 'BSTK',
        },
      ],
    });
  });

  it('947 with a decrease and a negative quantity: both stand as sent', () => {
    const document = documentOf(readSample('09-947-signed-qty-with-directional-code.edi'), 'adjustment');
    expect(document).toMatchObject({ number: '1391265893', warehouse: '1234567890802' });
    expect(document.lines).toMatchObject([
      { reason: '06', quantity: { value: '-13.000', unit: 'CA' }, lot: { code: 'BS13026001' } },
    ]);
    expect(document.lines[0]?.ids).toEqual(
      expect.arrayContaining([
        { qualifier: 'UA', value: '007015788277' },
        { qualifier: 'VN', value: '1009332' },
      ]),
    );
  });

  it('846 with units in UIT: four quantities, none added', () => {
    const document = documentOf(readSample('10-846-tilde-elements-brace-term.edi'), 'stock');
    expect(document.occurredAt).toBe('2004-08-11T23:00:00.000000Z');
    expect(document.lines).toHaveLength(1);
    expect(document.lines[0]?.ids[0]).toEqual({ qualifier: 'BP', value: '46L5055' });
    expect(
      document.lines[0]?.quantities.map(({ code, quantity }) => `${code} ${quantity.value} ${quantity.unit}`),
    ).toEqual(['34 5250 EA', 'QH 100 EA', 'QB 50 EA', '87 75 EA']);
  });

  it('846 with another count: one item in one warehouse', () => {
    const document = documentOf(readSample('11-846-tilde-elements-question-term-no-newline.edi'), 'stock');
    expect(document.lines).toMatchObject([
      { quantities: [{ code: '33', quantity: { value: '1', unit: 'EA' } }] },
    ]);
    expect(document.lines[0]?.ids).toEqual([
      { qualifier: 'MG', value: 'AAA' },
      { qualifier: 'VP', value: '111' },
    ]);
  });

  it('856 whose BSN-05 is wrong: five packages of twelve for two orders', () => {
    const document = documentOf(readSample('12-856-crossdock-hl.edi'), 'despatch');
    expect(document).toMatchObject({ number: '000009', order: '', warehouse: '0001' });
    expect(
      document.lines.map(({ ids, shipped, package: mark, order }) => [
        ids[0]?.qualifier,
        ids[0]?.value.slice(-3),
        shipped.value,
        mark?.slice(-4),
        order,
      ]),
    ).toEqual([
      ['UP', '642', '12', '2360', 'POREF00'],
      ['EN', '831', '12', '2377', 'POREF00'],
      ['UP', '283', '12', '2384', 'POREF00'],
      ['UP', '203', '12', '2391', 'POREF00'],
      ['UP', '642', '12', '2111', 'POREF01'],
    ]);
  });

  it('997 that refuses its group although it accepted one of two', () => {
    const read = readSample('13-997-accept-and-reject.edi');
    expect(read.acknowledgements?.map(({ documentType, verdict }) => [documentType, verdict])).toEqual([
      ['810', 'accepted'],
      ['810', 'rejected'],
    ]);
    expect(read.acknowledgements?.[1]?.errors[1]).toBe(
      'TXI at position 54, element 1 (963): 7 – code that is not allowed; it was "C1"',
    );
    expect(read.findings.map(({ code }) => code)).toEqual(['group_verdict_differs']);
  });

  it('944, 945 and 947 are the same with any time zone but for the instant', () => {
    const at = (timeZone: string) =>
      documentOf(readSample('templates/947-in.edi', { timeZone }), 'adjustment').occurredAt;
    expect(at('Europe/Berlin')).toBe('2026-11-26T23:00:00.000000Z');
    expect(at('UTC')).toBe('2026-11-27T00:00:00.000000Z');
  });
});
