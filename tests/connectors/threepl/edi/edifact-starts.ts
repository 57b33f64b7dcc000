// Right EDIFACT files of every message that is read and of every way to write one: what the tests of damage start from.
import { type Profile, profileSchema } from '../../../../src/connectors/threepl/profile/settings.ts';
import type { Start } from '../product-path.ts';
import { CLEAN, interchangeOf } from './edifact-fixtures.ts';

const profileWith = (edifact: object): Profile =>
  profileSchema.parse({
    partner: 'oslo',
    title: 'Oslo Lager',
    version: 1,
    timeZone: 'Europe/Oslo',
    format: 'edifact',
    edifact: {
      us: { qualifier: 'ZZ', id: 'US' },
      them: { qualifier: 'ZZ', id: 'THEM' },
      totals: 'reject',
      ...edifact,
    },
    items: { from: ['SA', 'EN', 'IN'] },
    meaning: {
      warehouses: { NORTH: { location: 'OSLO', inTransit: 'OSLO-INBOUND' } },
      reasons: { '4': { direction: 'signed' } },
      quantities: { '145': 'sellable', '124': 'damaged', '145:2': 'damaged' },
    },
  });

/** One answers in eight-bit letters, the other in capitals alone. */
const LATIN = profileWith({ syntax: 'UNOC:3' });
const CAPITALS = profileWith({ syntax: 'UNOA:2', newlines: true });

const MESSAGES = {
  shipment: [
    'DESADV:D:96A:UN:EAN005',
    'BGM+351+SHP-1+9',
    'DTM+137:202611201400:203',
    'DTM+11:202611201330:203',
    'RFF+ON:SO-1001',
    'NAD+WH+NORTH::92',
    'TDT+20+++:::POSTEN',
    'CPS+1',
    'PCI+33E',
    'GIN+BJ+340123450000000017',
    'LIN+1++TEE?+RED:SA',
    'PIA+1+L26:NB',
    'QTY+12:4:PCE',
    'QTY+21:6:PCE',
    'QVR+-2:21+BP+OUT',
    'DTM+36:20271231:102',
    'LIN+2++4012345678901:EN',
    'QTY+12:2.5:PCE',
    'CNT+2:2',
    'CNT+1:6.5',
  ],
  despatch: [
    'DESADV:D:96A:UN',
    'BGM+351+DES-7+9',
    'DTM+137:20261118:102',
    'NAD+SU+SUPPLIER::92',
    'NAD+SF+NORTH::92',
    'CPS+1',
    'LIN+1++TEE-BLUE:SA',
    'QTY+12:10:PCE',
    'PCI+36E+L1',
    'QTY+12:4:PCE',
    'PCI+36E+L2',
    'QTY+12:6:PCE',
    'CNT+2:1',
    'CNT+1:10',
  ],
  receipt: [
    'RECADV:D:01B:UN',
    'BGM+632+RC-7+9',
    'DTM+50:20261120:102',
    'RFF+AAK:ASN-55',
    'NAD+WH+NORTH::92',
    'LIN+1++MUG-01:SA',
    'QTY+48:96:PCE',
    'QTY+194:90:PCE',
    'QTY+195:6:PCE',
    'RFF+BT:L77',
    'LIN+2++TEE-BLUE:SA',
    'QTY+12:10:PCE',
    'QTY+48:10:PCE',
    'QVR+3:195+AF+CC',
    'CNT+2:2',
    'CNT+1:106',
  ],
  stock: [
    'INVRPT:D:96A:UN',
    'BGM+35+INV-3+9',
    'DTM+366:202611202300:203',
    'NAD+WH+NORTH::92',
    'LIN+1++MUG-01:SA',
    'QTY+145:300:PCE',
    'QTY+145:200:PCE',
    'PCI+36E+L1',
    'QTY+145:100:PCE',
    'PCI+36E+L2',
    'LIN+2++TEE-BLUE:SA',
    'QTY+145:-4:PCE',
    'QTY+124:2:PCE',
    'CNT+2:2',
  ],
  stockByInventory: [
    'INVRPT:D:01B:UN',
    'BGM+35+INV-4+9',
    'DTM+366:20261120:102',
    'LIN+1++MUG-01:SA',
    'INV++1',
    'QTY+145:40:PCE',
    'LOC+18+NORTH',
    'INV++2',
    'QTY+145:3:PCE',
    'LOC+18+NORTH',
  ],
  movements: [
    'INVRPT:D:01B:UN',
    'BGM+78+MV-5+9',
    'DTM+179:202611210715:203',
    'NAD+WH+NORTH::92',
    'LIN+1++MUG-01:SA',
    'INV+1++4',
    'QTY+145:2:PCE',
    'LIN+2++TEE-BLUE:SA',
    'INV+1+1+4',
    'QTY+145:5:PCE',
    'INV+2+2+4',
    'QTY+145:5:PCE',
  ],
  control: [
    'CONTRL:D:3:UN',
    'UCI+90+US:ZZ+THEM:ZZ+7',
    'UCM+1+ORDERS:D:96A:UN+4+29',
    'UCS+4+13',
    'UCD+12+2:1',
  ],
  application: ['APERAK:D:96A:UN', 'BGM+313+A9+9', 'RFF+ACW:SO-1001', 'ERC+12', 'FTX+AAO+++no such item'],
} as const;

const { shipment, despatch, receipt, stock, stockByInventory, movements, control, application } = MESSAGES;

const GROUPED =
  'UNB+UNOC:3+THEM:ZZ+US:ZZ+261120:1405+9' +
  "'UNG+DESADV+THEM+US+261120:1405+G1+UN+D:96A'" +
  `${framed(shipment, '1')}'${framed(despatch, '2')}'UNE+2+G1` +
  `'UNG+RECADV+THEM+US+261120:1405+G2+UN+D:01B'${framed(receipt, '3')}'UNE+1+G2'UNZ+2+9'`;

function framed([type, ...segments]: readonly string[], reference: string): string {
  return [`UNH+${reference}+${type}`, ...segments, `UNT+${segments.length + 2}+${reference}`].join("'");
}

/** Without the totals that prove quantities. */
const uncounted = (message: readonly string[]): readonly string[] =>
  message.filter((segment) => !segment.startsWith('CNT'));

/** Other delimiters than the standard's, and the comma as decimal mark. */
const divided = (text: string): string =>
  `UNA|*,! ~${text
    .replaceAll('?+', '!+')
    .replaceAll(':', '|')
    .replaceAll(/(?<!!)\+/g, '*')
    .replaceAll("'", '~')
    .replaceAll('2.5', '2,5')
    .replaceAll('6.5', '6,5')}`;

const TEXTS: Readonly<Record<string, string | Buffer>> = {
  clean: CLEAN.replace('WAREHOUSE9:14+HUBCO:ZZ', 'THEM:ZZ+US:ZZ').replace('++++1++1', '++++1'),
  shipments: interchangeOf([shipment, shipment], { una: "UNA:+.? '" }),
  despatch: interchangeOf([despatch]).replaceAll("'", "'\r\n"),
  receipt: interchangeOf([receipt], { syntax: 'UNOA:2' }).replaceAll("'", '\n'),
  stock: interchangeOf([stock, stockByInventory], { control: '000099' }),
  movements: interchangeOf([movements]),
  answers: interchangeOf([control, application]),
  control: interchangeOf([control]),
  everything: interchangeOf([shipment, receipt, stock, movements, application]),
  divided: divided(interchangeOf([shipment, receipt])),
  grouped: GROUPED,
  untotalled: interchangeOf([uncounted(shipment), uncounted(receipt)]),
  repetitions: interchangeOf([shipment], { una: "UNA:+.?*'", syntax: 'UNOC:4' }),
  utf8: Buffer.from(
    `\ufeff${interchangeOf([[...receipt.slice(0, 5), 'NAD+SU+++仓库', ...receipt.slice(5)]])}`,
  ),
  latin: Buffer.from(
    interchangeOf([[...receipt.slice(0, 5), 'NAD+SU+++Müller', ...receipt.slice(5)]]),
    'latin1',
  ),
};

const startOf = ([name, bytes]: readonly [string, string | Buffer], index: number): Start => ({
  profile: index % 2 === 0 ? LATIN : CAPITALS,
  name: `${name}.edi`,
  bytes: Buffer.from(bytes as string),
});

/** Files of one interchange. */
export const SINGLE: readonly Start[] = Object.entries(TEXTS).map(startOf);

/** Files of several, each with its delimiters. */
export const SEVERAL: readonly Start[] = Object.entries({
  three:
    interchangeOf([shipment], { control: '1' }) +
    divided(interchangeOf([receipt], { control: '2' })) +
    interchangeOf([movements], { control: '3' }),
  two: `${interchangeOf([stock], { control: '1' })}\r\n${interchangeOf([despatch], { control: '2' })}\r\n`,
}).map(startOf);
