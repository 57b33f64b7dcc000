// A day without a time, in every format: the document counts at the end of the day in the partner's zone, or when it came.
import { describe, expect, it } from 'vitest';
import { dryRun } from '../../../../src/connectors/threepl/dry-run.ts';
import { type Profile, profileSchema } from '../../../../src/connectors/threepl/profile/settings.ts';

const profileOf = (format: object): Profile =>
  profileSchema.parse({
    ...{ partner: 'northwind', title: 'Northwind', version: 1, timeZone: 'America/Chicago' },
    meaning: { warehouses: { WH01: { location: 'DALLAS', inTransit: 'TO-DALLAS' } } },
    ...format,
  });

const X12 = profileOf({ format: 'x12', x12: { us: { id: 'HUB' }, them: { id: 'NORTHWIND' } } });
const x12 = (type: string, group: string, segments: readonly string[]): string =>
  [
    `ISA*00*          *00*          *ZZ*NORTHWIND      *ZZ*HUB            *261121*0915*U*00401*000000901*0*P*>`,
    `GS*${group}*NORTHWIND*HUB*20261121*0915*901*X*004010`,
    `ST*${type}*0001`,
    ...segments,
    `SE*${segments.length + 2}*0001`,
    'GE*1*901',
    'IEA*1*000000901',
    '',
  ].join('~\n');

const EDIFACT = profileOf({
  format: 'edifact',
  edifact: { us: { id: 'HUB' }, them: { id: 'NORTHWIND' } },
  items: { from: ['SA'] },
});
const edifact = (type: string, segments: readonly string[]): string => {
  const body = [`UNH+1+${type}:D:96A:UN`, ...segments];
  return [
    'UNB+UNOC:3+NORTHWIND:ZZ+HUB:ZZ+261121:1815+901',
    ...body,
    `UNT+${body.length + 1}+1`,
    'UNZ+1+901',
    '',
  ].join("'");
};

const feed = (kind: string, fields: object): Profile =>
  profileOf({
    format: 'csv',
    feeds: [
      {
        ...{ name: kind, direction: 'in', kind, files: '*.csv' },
        csv: { delimiter: ',', header: true },
        fields: { number: 'NUMBER', date: 'DAY', time: 'TIME', item: 'SKU', quantity: 'QTY', ...fields },
      },
    ],
  });

/** What is written on the 20th, with a time of day or without. */
const FORMATS: readonly [string, Profile, (clock: boolean) => string][] = [
  [
    '945',
    X12,
    (clock) =>
      x12('945', 'SW', [
        'W06*F*FO-1*20261119*SHP-1',
        'N1*WH*Dallas*92*WH01',
        `G62*11*20261120${clock ? '*1*1630' : ''}`,
        'LX*1',
        'W12*CC*5*5*0*EA**SK*MUG',
        'W03*5',
      ]),
  ],
  [
    '944',
    X12,
    (clock) =>
      x12('944', 'RE', [
        `W17*F*20261120*RC-1*IN-1*TR-1${clock ? '**1630' : ''}`,
        'N1*WH*Dallas*92*WH01',
        'W07*5*EA**SK*MUG',
        'W14*5',
      ]),
  ],
  [
    '947',
    X12,
    (clock) =>
      x12('947', 'AW', [
        'W15*20261120*ADJ-1*D-1',
        'N1*WH*Dallas*92*WH01',
        ...(clock ? ['G62*07*20261120*1*1630'] : []),
        'W19*06*5*EA**SK*MUG',
      ]),
  ],
  [
    '861',
    X12,
    (clock) =>
      x12('861', 'RC', [
        `BRA*RA-1*20261120*00*1${clock ? '*1630' : ''}`,
        'N1*WH*Dallas*92*WH01',
        'RCD*1*5*EA',
        'LIN**SK*MUG',
        'CTT*1',
      ]),
  ],
  [
    'DESADV',
    EDIFACT,
    (clock) =>
      edifact('DESADV', [
        'BGM+351+DES-1+9',
        clock ? 'DTM+11:202611201630:203' : 'DTM+11:20261120:102',
        'RFF+ON:FO-1',
        'NAD+WH+WH01::92',
        'CPS+1',
        'LIN+1',
        'PIA+5+MUG:SA',
        'QTY+12:5:PCE',
      ]),
  ],
  [
    'RECADV',
    EDIFACT,
    (clock) =>
      edifact('RECADV', [
        'BGM+632+REC-1+9',
        clock ? 'DTM+50:202611201630:203' : 'DTM+50:20261120:102',
        'NAD+WH+WH01::92',
        'CPS+1',
        'LIN+1',
        'PIA+5+MUG:SA',
        'QTY+48:5:PCE',
      ]),
  ],
  [
    'CSV',
    feed('shipment', { order: 'ORDER' }),
    (clock) => `NUMBER,DAY,TIME,SKU,QTY,ORDER\nSHP-1,2026-11-20,${clock ? '16:30' : ''},MUG,5,FO-1\n`,
  ],
];

describe.each(FORMATS)('%s', (_format, profile, write) => {
  const instantOf = async (clock: boolean, now: string): Promise<(string | undefined)[]> => {
    const bytes = Buffer.from(write(clock));
    const { documents } = await dryRun(profile, { name: 'file.csv', bytes }, new Date(now));
    return documents.flatMap(({ effects, findings }) =>
      effects.length === 0
        ? findings.map(({ message }) => message)
        : effects.filter((each) => !each.startsWith('note')).map((each) => each.split(' at ').at(-1)),
    );
  };

  it.each([
    [
      'a time counts at that time, whenever it came',
      true,
      '2026-11-22T09:00:00Z',
      '2026-11-20T22:30:00.000000Z',
    ],
    ['a day told later counts at its end', false, '2026-11-22T09:00:00Z', '2026-11-21T05:59:59.999999Z'],
    [
      'a day told while it lasts counts from then',
      false,
      '2026-11-21T01:20:30Z',
      '2026-11-21T01:20:30.000000Z',
    ],
    [
      'a day told before it begins counts from its beginning',
      false,
      '2026-11-20T05:00:00Z',
      '2026-11-20T06:00:00.000000Z',
    ],
  ])('%s', async (_rule, clock, now, at) => {
    expect(await instantOf(clock, now)).toEqual([at]);
  });
});

it('a day that clocks make longer or shorter is as long as that', async () => {
  const text = (day: string) => (FORMATS[1]?.[2](false) ?? '').replace('W17*F*20261120', `W17*F*${day}`);
  const endOf = async (day: string) =>
    (
      await dryRun(X12, { name: 'f', bytes: Buffer.from(text(day)) }, new Date('2026-12-01T00:00:00Z'))
    ).documents
      .flatMap(({ effects }) => effects)
      .map((each) => each.split(' at ').at(-1));
  expect(await endOf('20261101')).toEqual(['2026-11-02T05:59:59.999999Z']);
  expect(await endOf('20260308')).toEqual(['2026-03-09T04:59:59.999999Z']);
});
