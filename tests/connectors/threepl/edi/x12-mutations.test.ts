// Damage of every kind to files that were right: whatever the bytes, reading, validating and answering end, throw nothing,
// and a file that was cut is never used.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { documentsOf, type EdiFile, findingsAgainst } from '../../../../src/connectors/threepl/edi/file.ts';
import { rejects } from '../../../../src/connectors/threepl/edi/finding.ts';
import {
  functionalAcknowledgement,
  interchangeAcknowledgement,
} from '../../../../src/connectors/threepl/edi/x12-acknowledge.ts';
import { readX12 } from '../../../../src/connectors/threepl/edi/x12-read.ts';
import { validateX12 } from '../../../../src/connectors/threepl/edi/x12-validate.ts';
import { writeX12 } from '../../../../src/connectors/threepl/edi/x12-write.ts';
import {
  damagedOf,
  damagesOf,
  inTime,
  otherDigit,
  place,
  RUNS,
  settings,
  step,
  TIMEOUT_MS,
} from '../damage.ts';
import { interchangeBytes, oneGroup, order, receipt, shipment, stock } from './x12-fixtures.ts';

const FILES: readonly Buffer[] = [
  interchangeBytes(oneGroup(shipment(), shipment())),
  interchangeBytes({ groups: [{ documents: [receipt()] }, { documents: [stock(), stock()] }] }),
  interchangeBytes({ ...oneGroup(order()), shape: { terminator: '\n', component: ':' } }),
  interchangeBytes({ ...oneGroup(stock()), shape: { element: '~', terminator: '}', gap: '\r\n  ' } }),
  interchangeBytes({ ...oneGroup(receipt()), shape: { isa11: '^', isa12: '00501', version: '005010' } }),
  interchangeBytes({
    ...oneGroup(shipment()),
    shape: { terminator: '…' },
    between: ['TA1*000000009*261103*0815*A*000'],
  }),
];

const damaged = damagedOf(
  FILES.map((bytes, index) => ({ name: `file ${index + 1}`, bytes })),
  damagesOf('*~>^:|\r\n \0ISAGESTW012-.', '~*\n}'),
);
const file = fc.constantFrom(...FILES);

const usable = (read: EdiFile): boolean =>
  read.complete && documentsOf(read).some((document) => !rejects(findingsAgainst(read, document)));

/** Everything that is done with a file that came; answers what was read. */
function handled(bytes: Buffer): EdiFile {
  const read = readX12(bytes, { bareDocuments: true });
  for (const form of ['997', '999'] as const) {
    const documents = read.interchanges.flatMap(({ groups }) =>
      groups
        .map((group) =>
          functionalAcknowledgement(
            group,
            (document) => [...findingsAgainst(read, document), ...validateX12(document)],
            form,
          ),
        )
        .filter((segments) => segments.length > 0)
        .map((segments) => ({ type: form, segments })),
    );
    const written = writeX12({
      envelope: {
        us: { qualifier: 'ZZ', id: 'BRANDHUB' },
        them: { qualifier: 'ZZ', id: 'NORDLAGER' },
        groupUs: 'BRANDHUB',
        groupThem: 'NORDLAGER',
        version: form === '997' ? '004010' : '005010',
        delimiters: { element: '*', component: '>', segment: '~' },
        newlines: false,
        test: false,
        controls: { interchange: '1', group: '1', document: (index) => String(index + 1).padStart(4, '0') },
        writtenAt: new Date('2026-11-03T08:15:00Z'),
        acknowledgementRequested: false,
      },
      groups: [{ functional: 'FA', documents }],
      interchangeSegments: read.interchanges.map(interchangeAcknowledgement),
    });
    const back = readX12(written);
    expect(back.complete && documentsOf(back).every(({ findings }) => findings.length === 0)).toBe(true);
  }
  return read;
}

test(
  'any damage is read, validated and answered without a throw, and in time',
  async () => {
    let tried = 0;
    await fc.assert(
      fc.asyncProperty(damaged, async ({ bytes }) => {
        tried += 1;
        await inTime(() => handled(bytes));
      }),
      settings,
    );
    expect(tried).toBe(RUNS);
  },
  TIMEOUT_MS,
);

test(
  'any bytes at all are read without a throw',
  () => {
    const bytes = fc.uint8Array({ maxLength: 600 });
    fc.assert(
      fc.property(bytes, fc.constantFrom('', 'ISA', 'ISA*', 'ST*945*0001~'), (tail, head) => {
        handled(Buffer.concat([Buffer.from(head), tail]));
      }),
      settings,
    );
  },
  TIMEOUT_MS,
);

test(
  'a file that was cut is never used, wherever it was cut',
  () => {
    fc.assert(
      fc.property(file, place, (bytes, share) => {
        const whole = bytes.toString('latin1').trimEnd();
        const terminator = readX12(bytes).delimiters.segment;
        // Without its very last terminator a file is still whole.
        const content = whole.endsWith(terminator) ? whole.length - terminator.length : whole.length;
        expect(usable(readX12(bytes.subarray(0, Math.floor(share * content))))).toBe(false);
      }),
      settings,
    );
  },
  TIMEOUT_MS,
);

test(
  'damage to a count or a control number in a trailer is never accepted',
  () => {
    const trailer = fc.constantFrom('SE', 'GE', 'IEA');
    fc.assert(
      fc.property(file, trailer, place, step, (bytes, tag, share, by) => {
        const numbers = new RegExp(`(?<=[~}\\n\\x80-\\xff ])${tag}[*~]([0-9]+)[*~]([0-9]+)`, 'g');
        const changed = otherDigit(bytes.toString('latin1'), numbers, share, by);
        const read = readX12(Buffer.from(changed, 'latin1'));
        const refused = documentsOf(read).filter((document) => rejects(findingsAgainst(read, document)));
        expect(refused.length).toBeGreaterThan(0);
      }),
      settings,
    );
  },
  TIMEOUT_MS,
);
