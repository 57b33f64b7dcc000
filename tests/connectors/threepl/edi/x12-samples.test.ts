// The envelope facts of real partners' files: counts, control numbers, findings and what they are answered. The files are not
// ours to copy, so they are read where they lie.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { documentsOf, type EdiFile, findingsAgainst } from '../../../../src/connectors/threepl/edi/file.ts';
import { rejects } from '../../../../src/connectors/threepl/edi/finding.ts';
import {
  functionalAcknowledgement,
  interchangeAcknowledgement,
} from '../../../../src/connectors/threepl/edi/x12-acknowledge.ts';
import { readX12 } from '../../../../src/connectors/threepl/edi/x12-read.ts';
import { validateX12 } from '../../../../src/connectors/threepl/edi/x12-validate.ts';

const ROOT =
  process.env.STOCKBRIDGE_SAMPLES ?? new URL('../../../../../shared/samples', import.meta.url).pathname;
const SAMPLES = join(ROOT, 'edi');
const isThere = existsSync(SAMPLES);
if (!isThere)
  console.warn(
    `The sample EDI files were not found at ${SAMPLES}, so they were NOT read. Name their folder in STOCKBRIDGE_SAMPLES.`,
  );

const read = (name: string): EdiFile => readX12(readFileSync(join(SAMPLES, name)), { bareDocuments: true });

/** Everything the envelope says: `945 0001 22` is type, ST02 and segments. */
function said(file: EdiFile) {
  return {
    complete: file.complete,
    delimiters: [file.delimiters.element, file.delimiters.segment],
    interchanges: file.interchanges.map(({ head }) => head.control),
    groups: file.interchanges.flatMap(({ groups }) =>
      groups.map(({ head, declaredDocuments }) => `${head.functional} ${head.control} ${declaredDocuments}`),
    ),
    documents: documentsOf(file).map(
      ({ type, version, control, segments }) => `${type} ${version || '-'} ${control} ${segments.length}`,
    ),
    findings: [
      ...file.findings,
      ...file.interchanges.flatMap((interchange) => [
        ...interchange.findings,
        ...interchange.groups.flatMap(({ findings }) => findings),
      ]),
      ...documentsOf(file).flatMap(({ findings }) => findings),
    ].map(({ severity, code, standardCode }) => [severity, code, standardCode ?? ''].join(' ').trim()),
    isRefused: documentsOf(file).some((document) => rejects(findingsAgainst(file, document))),
  };
}

const answered = (file: EdiFile): string[] =>
  file.interchanges.flatMap(({ groups }) =>
    groups.flatMap((group) =>
      functionalAcknowledgement(group, (document) => [...document.findings, ...validateX12(document)]).map(
        (segment) => segment.join('*'),
      ),
    ),
  );

const FACTS: readonly (readonly [string, Partial<ReturnType<typeof said>>])[] = [
  [
    '01-940-three-lines-newline-term.edi',
    {
      complete: true,
      delimiters: ['*', '\n'],
      documents: ['940 004010 0001 29'],
      findings: [],
      isRefused: false,
    },
  ],
  [
    '02-940-wrong-SE01.edi',
    { documents: ['940 004010 20066 9'], findings: ['reject segment_count_mismatch 4'], isRefused: true },
  ],
  [
    '03-940-two-groups-with-element-error.edi',
    {
      groups: ['OW 9221 2', 'OW 9222 1'],
      documents: ['940 004010 20066 9', '940 004010 20067 9', '940 004010 20068 9'],
      findings: [],
      isRefused: false,
    },
  ],
  [
    '04-940-bom-crlf-indented-control-mismatch.edi',
    {
      delimiters: ['*', '\r'],
      interchanges: ['398161180'],
      groups: ['OW 177818711 1'],
      documents: ['940 004010 0001 27'],
      findings: ['reject interchange_control_mismatch 001', 'reject group_control_mismatch 4'],
      isRefused: true,
    },
  ],
  [
    '05-943-two-items-lot.edi',
    { complete: true, interchanges: [], documents: ['943 - 0001 14'], findings: [], isRefused: false },
  ],
  [
    '06-944-truncated-lines-wrong-SE-and-W14.edi',
    { documents: ['944 004010 0001 25'], findings: ['reject segment_count_mismatch 4'], isRefused: true },
  ],
  [
    '07-945-license-plates-production-code.edi',
    {
      groups: ['IN 000000001 2'],
      documents: ['945 004010 0001 22'],
      findings: ['reject document_count_mismatch 5', 'warning functional_group_mismatch'],
      isRefused: true,
    },
  ],
  [
    '08-947-status-transfer-collapsed-isa.edi',
    {
      delimiters: ['~', '!'],
      groups: ['AW 982634833 1'],
      documents: ['947 004010 0001 9'],
      findings: ['warning header_not_padded', 'reject group_control_mismatch 4'],
      isRefused: true,
    },
  ],
  [
    '09-947-signed-qty-with-directional-code.edi',
    { documents: ['947 - 837460001 6'], findings: [], isRefused: false },
  ],
  [
    '10-846-tilde-elements-brace-term.edi',
    {
      delimiters: ['~', '}'],
      groups: ['IB 1979 1'],
      documents: ['846 004010 1979 16'],
      findings: [],
      isRefused: false,
    },
  ],
  [
    '11-846-tilde-elements-question-term-no-newline.edi',
    {
      delimiters: ['~', '?'],
      documents: ['846 004010 0001 7'],
      findings: ['reject segment_count_mismatch 4'],
      isRefused: true,
    },
  ],
  [
    '12-856-crossdock-hl.edi',
    { groups: ['SH 91 1'], documents: ['856 004010 0001 57'], findings: [], isRefused: false },
  ],
  [
    '13-997-accept-and-reject.edi',
    { groups: ['FA 1 1'], documents: ['997 004010 0001 10'], findings: [], isRefused: false },
  ],
];

describe.runIf(isThere)('real files', () => {
  test.each(FACTS)('%s', (name, facts) => {
    expect(said(read(name))).toMatchObject(facts);
  });

  test('an order with a wrong count is answered with 718 code 4', () => {
    expect(answered(read('02-940-wrong-SE01.edi'))).toEqual([
      'AK1*OW*9221',
      'AK2*940*20066',
      'AK3*W66*3**8',
      'AK4*8*625*5*G033',
      'AK4*9*610*6*43.00',
      'AK3*W01*5**8',
      'AK4*1*330*1*',
      'AK4*2*355*4*1',
      'AK4*3*438*4*EA',
      'AK5*R*4*5',
      'AK9*R*1*1*0',
    ]);
  });

  test('two groups are answered one by one: a clean order, one with an unnamed reference, one with a long code', () => {
    expect(answered(read('03-940-two-groups-with-element-error.edi'))).toEqual([
      'AK1*OW*9221',
      'AK2*940*20066',
      'AK5*A',
      'AK2*940*20067',
      'AK3*N9*7**8',
      'AK4*1*128*1*',
      'AK5*R*5',
      'AK9*P*2*2*1',
      'AK1*OW*9222',
      'AK2*940*20068',
      'AK3*W66*3**8',
      'AK4*6*433*5*43.00',
      'AK5*E*5',
      'AK9*E*1*1*1',
    ]);
  });

  test('control numbers that do not match are answered at the group and at the interchange', () => {
    const file = read('04-940-bom-crlf-indented-control-mismatch.edi');
    expect(answered(file)).toEqual(['AK1*OW*177818711', 'AK2*940*0001', 'AK5*R', 'AK9*R*1*1*0*4']);
    expect(file.interchanges.map((one) => interchangeAcknowledgement(one).join('*'))).toEqual([
      'TA1*398161180*111214*1400*R*001',
    ]);
  });

  test('an acknowledgement is not answered', () => {
    expect(answered(read('13-997-accept-and-reject.edi'))).toEqual([]);
  });

  test.each([
    ['06-944-truncated-lines-wrong-SE-and-W14.edi', 'warning W17 3 element_too_long'],
    ['07-945-license-plates-production-code.edi', 'reject W06 3 date_invalid'],
    ['08-947-status-transfer-collapsed-isa.edi', 'warning W15 3 element_conditional'],
    ['09-947-signed-qty-with-directional-code.edi', 'warning W19 12 element_conditional'],
  ])('%s has %s', (name, expected) => {
    const found = documentsOf(read(name)).flatMap(validateX12);
    expect(
      found.map(
        ({ severity, segment, element, code }) => `${severity} ${segment?.tag} ${element?.position} ${code}`,
      ),
    ).toContain(expected);
  });

  test.each(['940-out', '943-out', '944-in', '945-in', '947-in', '846-in', '997-out'])(
    '%s is without fault',
    (name) => {
      const file = read(join('templates', `${name}.edi`));
      expect(said(file)).toMatchObject({ complete: true, findings: [], isRefused: false });
      expect(documentsOf(file).flatMap(validateX12)).toEqual([]);
    },
  );
});
