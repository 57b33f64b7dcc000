// CONTRL: what is rejected is rejected at its own level, with the standard's code and place; and no acknowledgement is
// ever acknowledged.
import { describe, expect, test } from 'vitest';
import {
  type AcknowledgeOptions,
  acknowledgeEdifact,
} from '../../../../src/connectors/threepl/edi/edifact-acknowledge.ts';
import { readEdifact } from '../../../../src/connectors/threepl/edi/edifact-read.ts';
import { writeEdifact } from '../../../../src/connectors/threepl/edi/edifact-write.ts';
import { documentsOf } from '../../../../src/connectors/threepl/edi/file.ts';
import { instantFrom } from '../../../../src/core/vocabulary/instant.ts';
import { bytesOf, CLEAN, interchangeOf } from './edifact-fixtures.ts';

const segmentsFor = (text: string, options?: AcknowledgeOptions): readonly string[] | undefined => {
  const [interchange] = readEdifact(bytesOf(text)).interchanges;
  const message = interchange && acknowledgeEdifact(interchange, options);
  return message?.segments.map((segment) =>
    segment
      .map((parts) => parts.join(':').replace(/:+$/, ''))
      .join('+')
      .replace(/\++$/, ''),
  );
};

describe('an interchange is', () => {
  test('acknowledged with everything in it', () => {
    expect(segmentsFor(CLEAN)).toEqual(['UCI+000417+WAREHOUSE9:14+HUBCO:ZZ+7']);
  });

  test('received, when it has not been looked at', () => {
    expect(segmentsFor(CLEAN, { receiptOnly: true })).toEqual(['UCI+000417+WAREHOUSE9:14+HUBCO:ZZ+8']);
  });

  test('rejected whole for a wrong count, with segment and element', () => {
    expect(segmentsFor(CLEAN.replace('UNZ+1', 'UNZ+2'))).toEqual([
      'UCI+000417+WAREHOUSE9:14+HUBCO:ZZ+4+29+UNZ+2',
    ]);
  });

  test('rejected for what somebody else found', () => {
    const repeated = {
      code: 'control_reused',
      severity: 'reject',
      level: 'interchange',
      message: 'came before',
      offset: 0,
      standardCode: '26',
    } as const;
    expect(segmentsFor(CLEAN, { against: [repeated] })).toEqual(['UCI+000417+WAREHOUSE9:14+HUBCO:ZZ+4+26']);
  });
});

describe('a message is', () => {
  const BODY = ['DESADV:D:96A:UN', 'BGM+351+A1+9'];

  test('rejected alone, with the segments and elements at fault', () => {
    const text = interchangeOf([BODY, [...BODY, 'FTX+\u0001'], BODY]).replace('UNT+3+3', 'UNT+4+3');
    expect(segmentsFor(text)).toEqual([
      'UCI+41+THEM:ZZ+US:ZZ+7',
      'UCM+2+DESADV:D:96A:UN+4',
      'UCS+3+21',
      'UCM+3+DESADV:D:96A:UN+4+29+UNT+2',
    ]);
  });

  test('rejected for what its reader found, element by element', () => {
    const found = {
      code: 'quantity_not_numeric',
      severity: 'reject',
      level: 'element',
      message: 'no number',
      offset: 0,
      segment: { tag: 'QTY', position: 12 },
      element: { position: 1, component: 2 },
      standardCode: '12',
    } as const;
    expect(segmentsFor(CLEAN, { findings: () => [found] })?.slice(1)).toEqual([
      'UCM+M1+DESADV:D:96A:UN+4',
      'UCS+12',
      'UCD+12+2:2',
    ]);
  });

  test('taken with a warning', () => {
    expect(segmentsFor(interchangeOf([[...BODY, 'FTX+\t']]))?.slice(1)).toEqual([
      'UCM+1+DESADV:D:96A:UN+7',
      'UCS+3+21',
    ]);
  });
});

test('what stands against the whole file rejects the interchange, though a message’s reader repeats it', () => {
  const after = {
    code: 'bytes_after_end',
    severity: 'reject',
    level: 'file',
    message: 'more bytes',
    offset: 9,
    standardCode: '33',
  } as const;
  const odd = { ...after, severity: 'warning', level: 'interchange' } as const;
  expect(segmentsFor(CLEAN, { findings: () => [after] })).toEqual(['UCI+000417+WAREHOUSE9:14+HUBCO:ZZ+4+33']);
  expect(segmentsFor(CLEAN, { findings: () => [odd] })).toEqual(['UCI+000417+WAREHOUSE9:14+HUBCO:ZZ+7']);
});

test('a group is rejected between the interchange and its messages', () => {
  const text =
    "UNB+UNOC:3+THEM+US+261120:1405+9'UNG+DESADV+A+B+261120:1405+G1+UN+D:96A'UNH+1+DESADV:D:96A:UN'BGM+351+A1'UNT+3+1'UNE+2+G1'UNZ+1+9'";
  expect(segmentsFor(text)).toEqual(['UCI+9+THEM+US+7', 'UCF+G1+A+B+4+29+UNE+2']);
});

test('a CONTRL is never answered, not even a broken one', () => {
  const contrl = interchangeOf([['CONTRL:D:3:UN', 'UCI+5+US:ZZ+THEM:ZZ+7']]);
  expect(segmentsFor(contrl)).toBeUndefined();
  expect(segmentsFor(contrl.replace('UNZ+1', 'UNZ+3'))).toBeUndefined();
  expect(segmentsFor(contrl.replace('UNT+3', 'UNT+9'))).toBeUndefined();
});

test('what is acknowledged can be written and read', () => {
  const [interchange] = readEdifact(bytesOf(CLEAN)).interchanges;
  const message = interchange && acknowledgeEdifact(interchange);
  const bytes = writeEdifact({
    envelope: {
      us: { qualifier: 'ZZ', id: 'HUBCO' },
      them: { qualifier: '14', id: 'WAREHOUSE9' },
      syntax: 'UNOC:3',
      newlines: false,
      test: false,
      controls: { interchange: '1', message: () => '1' },
      writtenAt: instantFrom('2026-11-20T10:00:00Z'),
      acknowledgementRequested: false,
    },
    messages: message ? [message] : [],
  });
  expect(documentsOf(readEdifact(bytes))).toMatchObject([{ type: 'CONTRL', version: 'D.3', findings: [] }]);
});

test.each([
  ['UNOA:2', "UNB+UNOC:3+Müller:zz+hub☃:ZZ+261120:1405+a\u00011'UNZ+0+a1'", 'UCI+AX1+MULLER:ZZ+HUBX:ZZ+4'],
  ['UNOC:3', "UNB+UNOC:3+Müller:zz+hub☃:ZZ+261120:1405+a\u00011'UNZ+0+a1'", 'UCI+aX1+Müller:zz+hubX:ZZ+4'],
  [
    'UNOC:3',
    `UNB+UNOC:3+A:ZZ+B:ZZ+261120:1405+${'9'.repeat(9000)}'UNZ+0+1'`,
    `UCI+${'9'.repeat(35)}+A:ZZ+B:ZZ+4`,
  ],
])('is written in %s whatever the sender called itself', (syntax, text, expected) => {
  const [interchange] = readEdifact(bytesOf(text)).interchanges;
  const message = interchange && acknowledgeEdifact(interchange);
  if (!message) throw new Error('the interchange was not answered');
  const bytes = writeEdifact({
    envelope: {
      us: { qualifier: 'ZZ', id: 'US' },
      them: { qualifier: 'ZZ', id: 'THEM' },
      syntax,
      newlines: false,
      test: false,
      controls: { interchange: '1', message: String },
      writtenAt: instantFrom('2026-11-20T14:05:00Z'),
      acknowledgementRequested: false,
    },
    messages: [message],
  });
  expect(bytes.toString('latin1')).toContain(`'${expected}`);
});
