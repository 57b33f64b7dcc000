// What partners are told of their files: 997, 999 and TA1, element by element.
import { describe, expect, test } from 'vitest';
import { type EdiFile, findingsAgainst } from '../../../../src/connectors/threepl/edi/file.ts';
import {
  functionalAcknowledgement,
  interchangeAcknowledgement,
} from '../../../../src/connectors/threepl/edi/x12-acknowledge.ts';
import { readX12 } from '../../../../src/connectors/threepl/edi/x12-read.ts';
import { validateX12 } from '../../../../src/connectors/threepl/edi/x12-validate.ts';
import {
  type FixtureInterchange,
  interchangeBytes,
  interchangeText,
  oneGroup,
  order,
  receipt,
  shipment,
} from './x12-fixtures.ts';

const read = (interchange: FixtureInterchange): EdiFile => readX12(interchangeBytes(interchange));

function told(file: EdiFile, form: '997' | '999' = '997'): string[] {
  return file.interchanges.flatMap(({ groups }) =>
    groups.flatMap((group) =>
      functionalAcknowledgement(
        group,
        (document) => [...document.findings, ...validateX12(document)],
        form,
      ).map((segment) => segment.join('*')),
    ),
  );
}

const badQuantity = (control: string) =>
  receipt({ control, segments: ['W17*F*20261101*WR-90', 'W07*1O*EA**VN*LAMP-OAK', 'W14*10'] });
const longNumber = (control: string) =>
  receipt({ control, segments: ['W17*F*20261101*WR-90-2026-KIEL1', 'W07*10*EA**VN*LAMP-OAK', 'W14*10'] });

describe('997', () => {
  test('a group without faults is accepted', () => {
    expect(told(read(oneGroup(shipment(), shipment())))).toEqual([
      'AK1*SW*501',
      'AK2*945*0001',
      'AK5*A',
      'AK2*945*0002',
      'AK5*A',
      'AK9*A*2*2*2',
    ]);
  });

  test('a group of which some are rejected is partly accepted, with segment, element and bad value', () => {
    expect(told(read(oneGroup(receipt(), badQuantity('0002'), longNumber('0003'))))).toEqual([
      'AK1*RE*501',
      'AK2*944*0001',
      'AK5*A',
      'AK2*944*0002',
      'AK3*W07*3**8',
      'AK4*1*413*6*1O',
      'AK5*R*5',
      'AK2*944*0003',
      'AK3*W17*2**8',
      'AK4*3*394*5*WR-90-2026-KIEL1',
      'AK5*E*5',
      'AK9*P*3*3*2',
    ]);
  });

  test('a group of which none is accepted is rejected, one with errors only is accepted with errors', () => {
    expect(told(read(oneGroup(badQuantity('0001')))).at(-1)).toBe('AK9*R*1*1*0');
    expect(told(read(oneGroup(longNumber('0001'), receipt({ control: '0002' })))).at(-1)).toBe('AK9*E*2*2*2');
  });

  test('a wrong count of segments is code 4, a missing trailer 2, a number used twice 23', () => {
    expect(told(read(oneGroup(receipt({ count: 99 }))))).toContain('AK5*R*4');
    expect(told(read(oneGroup(receipt({ control: '0005' }), receipt({ control: '0005' }))))).toEqual([
      'AK1*RE*501',
      'AK2*944*0005',
      'AK5*A',
      'AK2*944*0005',
      'AK5*R*23',
      'AK9*P*2*2*1',
    ]);
    const cut = interchangeText(oneGroup(receipt())).replace(/SE\*.*?~/, '');
    expect(told(readX12(Buffer.from(cut)))).toContain('AK5*R*2');
  });

  test('a group that is refused takes its documents with it, and tells the count it declared', () => {
    expect(told(read({ groups: [{ documents: [receipt()], count: 3, trailer: '777' }] }))).toEqual([
      'AK1*RE*501',
      'AK2*944*0001',
      'AK5*R',
      'AK9*R*3*1*0*5*4',
    ]);
  });

  test('an unknown segment is told as such', () => {
    const document = receipt({ segments: ['W17*F*20261101*WR-90', 'QQ9*1', 'W07*10*EA**VN*LAMP-OAK'] });
    expect(told(read(oneGroup(document)))).toContain('AK3*QQ9*3**1');
  });

  test('what stands against the interchange rejects each document where it is handed in', () => {
    const file = read({ ...oneGroup(receipt()), trailer: '000000777' });
    const [group] = file.interchanges[0]?.groups ?? [];
    const segments = group
      ? functionalAcknowledgement(group, (document) => findingsAgainst(file, document))
      : [];
    expect(segments.at(-1)?.join('*')).toBe('AK9*R*1*1*0');
  });

  test('an acknowledgement is never acknowledged', () => {
    const acknowledgement = { type: '997', segments: ['AK1*OW*1', 'AK9*A*1*1*1'] };
    expect(told(read(oneGroup(acknowledgement)))).toEqual([]);
    expect(told(read({ groups: [{ functional: 'SW', documents: [acknowledgement] }] }))).toEqual([]);
  });
});

test('a 999 has its own tags and names the version', () => {
  const interchange = {
    ...oneGroup(badQuantity('0001')),
    shape: { version: '005010', isa12: '00501', isa11: '^' },
  };
  expect(told(read(interchange), '999')).toEqual([
    'AK1*RE*501*005010',
    'AK2*944*0001',
    'IK3*W07*3**8',
    'IK4*1*413*6*1O',
    'IK5*R*5',
    'AK9*R*1*1*0',
  ]);
});

describe('what another element of its segment makes wrong', () => {
  const withLine = (line: string) =>
    read({
      ...oneGroup(receipt({ segments: ['W17*F*20261101*WR-90', line, 'W14*10'] })),
      shape: { version: '005010', isa12: '00501', isa11: '^' },
    });
  const aboutElements = (line: string, form: '997' | '999') =>
    told(withLine(line), form)
      .filter((segment) => /^(AK4|IK4|CTX)/.test(segment))
      .map((segment) => segment.replace(/\*+$/, ''));

  test.each([
    [
      'a qualifier without its id: both or none',
      'W07*10*EA**VN',
      ['IK4*5*234*2', 'CTX*SITUATIONAL TRIGGER*W07*3**4*235'],
    ],
    [
      'an id without its qualifier',
      'W07*10*EA***LAMP-OAK',
      ['IK4*3*438*2', 'IK4*4*235*2', 'CTX*SITUATIONAL TRIGGER*W07*3**5*234'],
    ],
    [
      'each of several has its own',
      'W07*10*EA**VN*LAMP-OAK**A****LT',
      [
        'IK4*6*235*2',
        'CTX*SITUATIONAL TRIGGER*W07*3**7*234',
        'IK4*10*235*2',
        'CTX*SITUATIONAL TRIGGER*W07*3**11*234',
      ],
    ],
    [
      'two that exclude each other: the second is told with the first',
      'QTY*33*5**X',
      ['IK4*4*61*10*X', 'CTX*SITUATIONAL TRIGGER*QTY*3**2*380'],
    ],
    [
      'one that needs another: that one is told with it',
      'MAN*GM*00012****12',
      ['IK4*5*87*2', 'CTX*SITUATIONAL TRIGGER*MAN*3**6*87'],
    ],
    ['no id at all: no other element is at fault', 'W07*10*EA', ['IK4*3*438*2']],
    ['a bad quantity: it is wrong by itself', 'W07*1O*EA**VN*LAMP-OAK', ['IK4*1*413*6*1O']],
  ])('%s', (_, line, expected) => {
    expect(aboutElements(line, '999')).toEqual(expected);
  });

  test('a 997 has no contexts', () => {
    expect(aboutElements('W07*10*EA**VN', '997')).toEqual(['AK4*5*234*2']);
  });
});

test('a place within a composite is a composite', () => {
  const [group] = read(oneGroup(order())).interchanges[0]?.groups ?? [];
  const segments = group
    ? functionalAcknowledgement(group, () => [
        {
          code: 'unit_unknown',
          severity: 'reject',
          level: 'element',
          message: 'The unit is unknown.',
          offset: 0,
          segment: { tag: 'QTY', position: 4 },
          element: { position: 3, component: 1, reference: 'C001' },
          value: 'XX',
          standardCode: '7',
        },
      ])
    : [];
  expect(segments).toContainEqual(['AK4', ['3', '1'], '', '7', 'XX']);
});

describe('TA1', () => {
  const answer = (file: EdiFile) => file.interchanges.map((one) => interchangeAcknowledgement(one).join('*'));
  const base = interchangeText(oneGroup(order()));
  test.each([
    ['a sound interchange', base, 'TA1*000000042*261103*0815*A*000'],
    [
      'an IEA02 that is not ISA13',
      base.replace(/IEA\*1\*\d+/, 'IEA*1*000000777'),
      'TA1*000000042*261103*0815*R*001',
    ],
    ['a wrong count of groups', base.replace('IEA*1', 'IEA*4'), 'TA1*000000042*261103*0815*R*021'],
    ['no trailer', base.replace(/IEA.*/, ''), 'TA1*000000042*261103*0815*R*023'],
    ['a date that is none', base.replace('*261103*', '*YYMMDD*'), 'TA1*000000042**0815*E*014'],
    ['terminators that change', base.replace('LX*1~', 'LX*1\n'), 'TA1*000000042*261103*0815*R*004'],
  ])('%s', (_, text, expected) => {
    expect(answer(readX12(Buffer.from(text)))).toEqual([expected]);
  });
});
