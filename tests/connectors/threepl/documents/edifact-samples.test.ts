// Public sample files, when they are there: what is certain about them must be read from them.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readEdifactDocument } from '../../../../src/connectors/threepl/documents/edifact-read.ts';
import type { ReadOptions } from '../../../../src/connectors/threepl/documents/read-options.ts';
import { readEdifact } from '../../../../src/connectors/threepl/edi/edifact-read.ts';
import { documentsOf, type EdiFile, findingsAgainst } from '../../../../src/connectors/threepl/edi/file.ts';
import type { EdiDocument } from '../../../../src/connectors/threepl/edi/segment.ts';
import { readingSchema } from '../../../../src/connectors/threepl/profile/settings.ts';
import { instantFrom } from '../../../../src/core/vocabulary/instant.ts';

const ROOT =
  process.env.STOCKBRIDGE_SAMPLES ?? new URL('../../../../../shared/samples', import.meta.url).pathname;
const FOLDER = join(ROOT, 'edi');
const MISSING = `The sample files were not found at ${FOLDER}, so EDIFACT was NOT read from them. Name their folder in STOCKBRIDGE_SAMPLES.`;
if (!existsSync(FOLDER)) console.warn(MISSING);

const OPTIONS: ReadOptions = {
  timeZone: 'UTC',
  receivedAt: instantFrom('2026-11-21T00:00:00Z'),
  totals: 'reject',
  reading: readingSchema.parse({}),
};

function sample(number: string): { readonly file: EdiFile; readonly document: EdiDocument } {
  const name = readdirSync(FOLDER).find((each) => each.startsWith(`${number}-`));
  const file = readEdifact(readFileSync(join(FOLDER, name ?? `${number} is missing`)));
  const [document] = documentsOf(file);
  if (!document) throw new Error(`sample ${number} holds no message`);
  return { file, document };
}
const against = ({ file, document }: ReturnType<typeof sample>) =>
  findingsAgainst(file, document).map(({ code, severity }) => `${code} ${severity}`);

describe.skipIf(!existsSync(FOLDER))('samples', () => {
  test('14: a receipt in UTF-8 under UNOA, its item in PIA, its lot and expiry at the line', () => {
    const read = sample('14');
    expect(against(read)).toEqual(['characters_undeclared warning']);
    expect(read.document.segments[8]?.element(4)).toMatch(/^\p{Script=Han}+$/u);
    expect(readEdifactDocument(read.document, OPTIONS)).toMatchObject({
      findings: [],
      document: {
        kind: 'receipt',
        number: '20220808112809950',
        occurredAt: '2022-08-23T00:00:00.000000Z',
        references: { ALO: '0017128652' },
        lines: [
          {
            line: '900001',
            ids: [{ qualifier: 'IN', value: '1000629' }],
            lot: { code: 'U23362', expiresOn: '2024-10-31' },
            received: { value: '200', unit: 'PCE' },
            exceptions: [],
          },
        ],
      },
    });
  });

  test('15: a despatch advice whose interchange counts wrong is read and not believed', () => {
    const read = sample('15');
    expect(against(read)).toEqual(['message_count_mismatch reject']);
    const { document, findings } = readEdifactDocument(read.document, OPTIONS);
    expect(findings).toEqual([]);
    if (document?.kind !== 'shipment') throw new Error('it names an order, and is a shipment advice');
    expect(document).toMatchObject({
      number: 'DES587441',
      order: '12332',
      occurredAt: '2002-04-03T00:00:00.000000Z',
    });
    expect(document.lines.map(({ ids, shipped }) => [ids[0]?.value, shipped.value])).toEqual([
      ['5410738000152', '20'],
      ['5410738000169', '5'],
      ['5410738000176', '3'],
      ['5410738000183', '12'],
    ]);
    const codes = read.document.segments
      .filter(({ tag }) => tag === 'GIN')
      .map((segment) => segment.element(2));
    expect(codes).toEqual(['354107380000001051', '354107380000001068']);
  });

  test('16: a stock report ended by line breaks, without UNA', () => {
    const read = sample('16');
    expect(against(read)).toEqual([]);
    expect(read.document.version).toBe('D.97A');
    expect(readEdifactDocument(read.document, OPTIONS)).toMatchObject({
      findings: [],
      document: {
        kind: 'stock',
        occurredAt: '2026-09-09T00:00:00.000000Z',
        lines: [
          {
            ids: [{ qualifier: 'MF', value: 'STFR5000800' }],
            warehouse: '2030SG01',
            quantities: [
              { code: '17', quantity: { value: '2', unit: 'EA' } },
              { code: '16', quantity: { value: '0', unit: 'EA' } },
            ],
          },
        ],
      },
    });
  });
});
