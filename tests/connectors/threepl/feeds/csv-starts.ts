// Right CSV files of every kind that is read: divided by commas, semicolons, tabs and bars, quoted in two ways, in four
// encodings, with and without column names, kinds of records and closing lines.
import { profileSchema } from '../../../../src/connectors/threepl/profile/settings.ts';
import { type FeedStart, feedStart, shippedStarts } from './starts.ts';

const COMMA = { number: { decimal: ',', thousands: '.' } };

const PROFILE = profileSchema.parse({
  partner: 'various',
  title: 'Various Storage',
  version: 1,
  timeZone: 'America/Chicago',
  format: 'csv',
  items: { from: ['sku', 'barcode'] },
  meaning: {
    warehouses: { W1: { location: 'ONE' }, W2: { location: 'TWO' } },
    conditions: { BAD: 'damaged', QC: 'hold' },
    reasons: { COUNT: { direction: 'signed' }, LOSS: { direction: 'decrease' } },
    quantities: { onHand: 'sellable', HOLD: 'hold' },
  },
  feeds: [
    {
      name: 'records',
      files: 'records*.txt',
      kind: 'shipment',
      encoding: 'windows-1252',
      csv: {
        delimiter: ';',
        header: false,
        recordType: { column: 1, header: 'O', line: 'L' },
        trailer: { match: 'Z;', count: 2 },
      },
      fields: {
        number: '/2',
        order: '/3',
        occurredAt: { from: '/4', transforms: [{ date: 'dd.MM.yyyy' }] },
        tracking: '/5',
        warehouse: '/6',
        line: '2',
        item: '3',
        quantity: { from: '4', transforms: [COMMA] },
        ordered: { from: '5', transforms: [COMMA] },
      },
    },
    {
      name: 'receipts',
      files: 'receipts*.tsv',
      kind: 'receipt',
      encoding: 'iso-8859-1',
      csv: { delimiter: '\t', quote: "'", trailer: { match: 'EOF' } },
      fields: {
        number: 'NO',
        order: 'ASN',
        warehouse: 'WH',
        date: 'DAY',
        time: 'TIME',
        item: { concat: ['STYLE', 'SIZE'], with: '-' },
        barcode: { from: 'EAN', transforms: [{ padLeft: { length: 13, with: '0' } }] },
        quantity: 'QTY',
        unit: 'UNIT',
        condition: 'COND',
        reason: 'WHY',
        code: { from: 'TYPE', transforms: ['lower'] },
      },
    },
    {
      name: 'adjustments',
      files: 'adjustments*.csv',
      kind: 'adjustment',
      csv: { trailer: { match: 'END,', count: 2 } },
      fields: {
        number: 'NO',
        warehouse: 'WH',
        occurredAt: { from: 'AT', transforms: [{ date: 'd-MMM-yy hh:mm a' }] },
        item: 'SKU',
        lot: 'LOT',
        expiry: 'EXP',
        quantity: 'QTY',
        before: 'BEFORE',
        after: 'AFTER',
        reason: 'REASON',
      },
    },
    {
      name: 'states',
      files: 'states*.csv',
      kind: 'adjustment',
      csv: { delimiter: '|', trailer: { match: 'T|', count: 2 } },
      fields: {
        number: 'NO',
        warehouse: 'WH',
        occurredAt: 'AT',
        item: 'SKU',
        quantity: { from: 'QTY', transforms: ['abs'] },
        fromState: 'FROM',
        toState: 'TO',
      },
    },
    {
      name: 'levels',
      files: 'levels*.csv',
      kind: 'stock',
      extent: 'partial',
      encoding: 'utf-16le',
      csv: { delimiter: ';', trailer: { match: 'SUM', count: 2 } },
      fields: {
        warehouse: 'WH',
        occurredAt: 'AT',
        item: { from: 'SKU', transforms: ['trim', 'upper', 'stripZeros'] },
        quantity: 'QTY',
        code: 'STATE',
      },
    },
    {
      name: 'answers',
      files: 'answers*.csv',
      kind: 'acknowledgement',
      fields: {
        number: 'DOC',
        code: { from: 'STATUS', transforms: [{ map: { OK: 'accepted', BAD: 'rejected' } }] },
        reason: { from: 'TEXT', transforms: [{ split: { by: ':', take: 1 } }] },
      },
    },
    {
      name: 'plain',
      files: 'plain*.csv',
      kind: 'shipment',
      fields: {
        number: 'NO',
        order: 'ORDER',
        line: 'LINE',
        item: 'SKU',
        quantity: 'QTY',
        warehouse: 'WH',
        occurredAt: 'AT',
        tracking: { from: 'TRACKING' },
      },
    },
  ],
});

const RECORDS = [
  'O;D1;SO-1;20.11.2026;T1|T2;W1',
  'L;1;ÄRMEL-01;1.250,5;1.300',
  'L;2;B;3;3',
  'O;D2;SO-2;21.11.2026;;W2',
  'L;1;"A;B";4;4,000001',
  'Z;5',
  '',
];
const RECEIPTS = [
  'NO\tASN\tWH\tDAY\tTIME\tSTYLE\tSIZE\tEAN\tQTY\tUNIT\tCOND\tWHY\tTYPE',
  'R1\tASN-1\tW1\t2026-11-20\t16:30\tTEE\tM\t4006381333931\t476\teach\t\t\tRECEIPT',
  "R1\tASN-1\tW1\t2026-11-20\t16:30\t'TEE ''S'''\tM\t6381333931\t6\teach\tBAD\twet\tRECEIPT",
  'R2\tSO-7\tW2\t20261120\t\tMUG\t\u00c5\t\t0.5\teach\tQC\t\tReturn',
  'EOF',
  '',
];
const ADJUSTMENTS = [
  'NO,SKU,LOT,EXP,QTY,BEFORE,AFTER,REASON,WH,AT',
  'A1,TEE-RED-M,L1,2027-05-31,-2,480,478,LOSS,W1,21-Nov-26 08:15 AM',
  'A2,MUG-01,,,+1,96,97,COUNT,W1,21-Nov-26 12:40 PM',
  'A3,"MUG, ""BLUE""",,,2.5,-1.5,1,COUNT,W2,1-Dec-26 01:00 AM',
  'END,3',
  '',
];
const STATES = [
  'NO|SKU|QTY|FROM|TO|WH|NOTE|AT',
  'S1|TEE-RED-M|-10|QC|BAD|W1||2026-11-20T16:30:00+01:00',
  'S2|MUG-01|4|BAD|QC|W2|"fell off\nthe ""high"" shelf"|2026-11-20T16:30:00Z',
  'T|2',
  '',
];
const LEVELS = [
  'SKU;QTY;STATE;WH;AT',
  '000tee-red-m;468;onHand;W1;2026-11-20 23:00',
  'tee-red-m;10;HOLD;W1;2026-11-20 23:00',
  'Ünï€-☃;-3.25;onHand;W2;2026-11-20 23:00',
  'SUM;3',
  '',
];
const ANSWERS = ['DOC,STATUS,TEXT', '0001,OK,', '0002,BAD,no such item: X', '0002,OK,', ''];
const PLAIN = [
  'NO,ORDER,LINE,SKU,TRACKING,WH,AT,QTY',
  'P1,SO-1,1,TEE-RED-M,1Z1|1Z2,W1,2026-11-20T16:30:00Z,20',
  'P1,SO-1,2,MUG-01,"1Z3",W1,2026-11-20T16:30:00Z,1.5',
  'P2,SO-2,,"MUG-01",,W2,2026-11-20T17:00:00Z,123',
  '',
];

const start = (name: string, lines: readonly string[], lineBreak = '\n', mark = ''): FeedStart =>
  feedStart(PROFILE, name, lines.join(lineBreak), mark);

/** Whose closing line counts the others. */
export const COUNTED: readonly FeedStart[] = [
  start('records.txt', RECORDS),
  start('records-crlf.txt', RECORDS, '\r\n'),
  start('adjustments.csv', ADJUSTMENTS),
  start('adjustments-marked.csv', ADJUSTMENTS, '\r\n', '\uFEFF'),
  start('states.csv', STATES),
  start('levels.csv', LEVELS),
  start('levels-cr.csv', LEVELS, '\r'),
  ...shippedStarts('harbour-csv').map(({ profile, name, bytes }) =>
    feedStart(profile, name, bytes.toString('utf8')),
  ),
];

/** Whose closing line says that they are whole, and no more. */
export const CLOSED: readonly FeedStart[] = [...COUNTED, start('receipts.tsv', RECEIPTS)];

/** Of which nobody can see that they were cut between two lines. */
export const OPEN: readonly FeedStart[] = [
  start('answers.csv', ANSWERS),
  start('plain.csv', PLAIN),
  start('plain-marked.csv', PLAIN, '\r\n', '\uFEFF'),
];
