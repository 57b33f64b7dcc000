// Documents as partners sent them, from their bytes to what they mean: the reader, the profile and the meaning together.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { WarehouseDocument } from '../../../../src/connectors/threepl/documents/document.ts';
import { readX12Document } from '../../../../src/connectors/threepl/documents/x12-read.ts';
import { documentsOf } from '../../../../src/connectors/threepl/edi/file.ts';
import { readX12 } from '../../../../src/connectors/threepl/edi/x12-read.ts';
import type { Profile } from '../../../../src/connectors/threepl/profile/settings.ts';
import { instantFrom } from '../../../../src/core/vocabulary/instant.ts';
import { factsOf, profile, refusalOf, told } from './world.ts';

const FOLDER = process.env.STOCKBRIDGE_SAMPLES ?? join(import.meta.dirname, '../../../../../shared/samples');
const EDI = join(FOLDER, 'edi');

const MISSING = `The sample documents were not found at ${EDI}; name their folder in STOCKBRIDGE_SAMPLES.`;
const isThere = existsSync(EDI);

it.runIf(!isThere)('the sample documents may be missing only where they are not demanded', () => {
  process.stderr.write(`\n${MISSING}\n`);
  expect(process.env.STOCKBRIDGE_REQUIRE, MISSING).not.toBe('all');
});

function read(name: string, own: Profile): WarehouseDocument {
  const [document] = documentsOf(readX12(readFileSync(join(EDI, name)), { bareDocuments: true }));
  if (!document) throw new Error(`${name} holds no document`);
  const answer = readX12Document(document, {
    timeZone: own.timeZone,
    receivedAt: instantFrom('2026-11-27T23:30:00Z'),
    totals: 'warn',
    reading: own.reading,
  });
  if (!answer.document || answer.document.kind === 'acknowledgement')
    throw new Error(`${name}: ${JSON.stringify(answer.findings)}`);
  return answer.document;
}

const one = profile({ meaning: { warehouses: { WH01: { location: 'DALLAS' } } } });

describe.runIf(isThere)('from bytes to meaning', () => {
  it('the shipment takes 20 of a lot and 6, and says what was short', () => {
    const document = read('templates/945-in.edi', one);
    expect(told(document, one)).toEqual([
      'shipment TEE-RED-M 20 each lot L2610A: DALLAS → @customer',
      'shipment MUG-01 6 each: DALLAS → @customer',
    ]);
    expect(factsOf(document, one).notes).toEqual([
      expect.stringContaining('4 short (reason 01: out of stock)'),
    ]);
  });

  it('the receipt brings 476, of which 6 are damaged, and 96', () => {
    expect(told(read('templates/944-in.edi', one), one)).toEqual([
      'receipt TEE-RED-M 470 each lot L2610A: @supplier → DALLAS sellable',
      'receipt TEE-RED-M 6 each lot L2610A: @supplier → DALLAS damaged',
      'receipt MUG-01 96 each: @supplier → DALLAS sellable',
    ]);
  });

  it('the same receipt, read as if damage came on top, is proven wrong by its own total', () => {
    const own = profile({
      meaning: { warehouses: { WH01: { location: 'DALLAS' } } },
      reading: { damageIncluded: false },
    });
    expect(refusalOf(read('templates/944-in.edi', own), own).reason).toContain('damageIncluded to true');
  });

  it('the adjustment takes 2, finds 3, holds 10 and counts 1 less', () => {
    expect(told(read('templates/947-in.edi', one), one)).toEqual([
      'adjustment TEE-RED-M 2 each lot L2610A: DALLAS sellable → @adjustment',
      'adjustment MUG-01 3 each: @adjustment → DALLAS sellable',
      'status_change TEE-RED-M 10 each lot L2610A: DALLAS sellable → DALLAS hold',
      'adjustment MUG-01 1 each: DALLAS sellable → @adjustment',
    ]);
  });

  it('the stock report says 438 and 16 on hold, and 98', () => {
    const [report] = factsOf(read('templates/846-in.edi', one), one).reports ?? [];
    expect(report).toMatchObject({ code: 'DALLAS', extent: 'full', asOf: '2026-11-28T05:00:00.000000Z' });
    expect(report?.lines.map((line) => [line.item.sku, line.state, line.quantity])).toEqual([
      ['TEE-RED-M', 'sellable', '438'],
      ['TEE-RED-M', 'hold', '16'],
      ['MUG-01', 'sellable', '98'],
    ]);
  });

  it('a decrease that is written with a minus takes 13 off once', () => {
    const name = '09-947-signed-qty-with-directional-code.edi';
    const document = read(name, one);
    const own = profile({ meaning: { warehouses: { [document.warehouse || 'X']: { location: 'DALLAS' } } } });
    expect(told(document, own)).toEqual([
      expect.stringMatching(/^adjustment 1009332 13 case lot BS13026001: DALLAS sellable → @adjustment$/),
    ]);
  });

  it('states that stand in texts are a change between them', () => {
    const own = profile({
      meaning: {
        warehouses: { '1510': { location: 'DALLAS' } },
        conditions: { FGI: 'sellable', BSTK: 'hold' },
      },
    });
    const document = read('08-947-status-transfer-collapsed-isa.edi', own);
    expect(told(document, own)).toEqual([
      expect.stringMatching(/^status_change E662255 1 .*: DALLAS sellable → DALLAS hold$/),
    ]);
  });
});
