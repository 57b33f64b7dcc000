// Damage of every kind to files that were right: whatever the bytes, reading, validating and answering end, throw nothing,
// and a file that was cut is never used. STOCKBRIDGE_EDI_RUNS sets how many damaged files are tried.
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
import { interchangeBytes, oneGroup, order, receipt, shipment, stock } from './x12-fixtures.ts';

const RUNS = Number(process.env.STOCKBRIDGE_EDI_RUNS ?? 3000);
const SLOWEST_MS = 1000;

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

type Damage = (bytes: Buffer) => Buffer;
const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const at = (bytes: Buffer, share: number): number => Math.floor(share * bytes.length);
const LIKELY = fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('*~>^:|\r\n \0ISAGESTW012-.')));
const flipped = fc.tuple(place, LIKELY).map(
  ([share, byte]): Damage =>
    (bytes) => {
      const copy = Buffer.from(bytes);
      if (copy.length > 0) copy[at(bytes, share)] = byte;
      return copy;
    },
);
const inserted = fc.tuple(place, fc.array(LIKELY, { minLength: 1, maxLength: 12 })).map(
  ([share, added]): Damage =>
    (bytes) =>
      Buffer.concat([
        bytes.subarray(0, at(bytes, share)),
        Buffer.from(added),
        bytes.subarray(at(bytes, share)),
      ]),
);
const removed = fc.tuple(place, fc.integer({ min: 1, max: 40 })).map(
  ([share, length]): Damage =>
    (bytes) =>
      Buffer.concat([bytes.subarray(0, at(bytes, share)), bytes.subarray(at(bytes, share) + length)]),
);
const moved = fc.tuple(place, place, fc.integer({ min: 1, max: 60 })).map(
  ([from, to, length]): Damage =>
    (bytes) => {
      const part = bytes.subarray(at(bytes, from), at(bytes, from) + length);
      return Buffer.concat([bytes.subarray(0, at(bytes, to)), part, bytes.subarray(at(bytes, to))]);
    },
);
const damages = fc.array(fc.oneof(flipped, inserted, removed, moved), { minLength: 1, maxLength: 6 });
const file = fc.constantFrom(...FILES);
/** fast-check prints the seed and the smallest failing case. */
const settings = { numRuns: RUNS, verbose: 1 } as const;

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

test('any damage is read, validated and answered without a throw, and in time', () => {
  fc.assert(
    fc.property(file, damages, (bytes, steps) => {
      const damaged = steps.reduce((now, step) => step(now), bytes);
      const start = performance.now();
      handled(damaged);
      expect(performance.now() - start).toBeLessThan(SLOWEST_MS);
    }),
    settings,
  );
}, 120_000);

test('any bytes at all are read without a throw', () => {
  const bytes = fc.uint8Array({ maxLength: 600 });
  fc.assert(
    fc.property(bytes, fc.constantFrom('', 'ISA', 'ISA*', 'ST*945*0001~'), (tail, head) => {
      handled(Buffer.concat([Buffer.from(head), tail]));
    }),
    settings,
  );
}, 120_000);

test('a file that was cut is never used, wherever it was cut', () => {
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
}, 120_000);

test('damage to a count or a control number in a trailer is never accepted', () => {
  const digit = fc.tuple(file, fc.constantFrom('SE', 'GE', 'IEA'), place, fc.integer({ min: 1, max: 9 }));
  fc.assert(
    fc.property(digit, ([bytes, tag, share, step]) => {
      const text = bytes.toString('latin1');
      const places = [
        ...text.matchAll(new RegExp(`(?<=[~}\\n\\x80-\\xff ])${tag}[*~]([0-9]+)[*~]([0-9]+)`, 'g')),
      ]
        .flatMap((match) =>
          Array.from(match[0], (character, index) => ({ character, index: match.index + index })),
        )
        .filter(({ character }) => /\d/.test(character));
      const target = places[Math.floor(share * places.length)];
      if (!target) throw new Error(`${tag} was not found`);
      const changed = String((Number(target.character) + step) % 10);
      const damaged = text.slice(0, target.index) + changed + text.slice(target.index + 1);
      const read = readX12(Buffer.from(damaged, 'latin1'));
      const refused = documentsOf(read).filter((document) => rejects(findingsAgainst(read, document)));
      expect(refused.length).toBeGreaterThan(0);
    }),
    settings,
  );
}, 120_000);
