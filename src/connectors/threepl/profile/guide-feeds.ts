// The pages of the implementation guide about CSV and XML files: their shape, and a row for each column or path.

import type { Feed, FeedField, FeedValue, Transform } from './feed-settings.ts';
import { csvSchema } from './feed-settings.ts';
import type { GuideDocument, GuideRow } from './guide-edi.ts';

const MEANINGS: Readonly<Record<FeedField, string>> = {
  number: 'Number of the document; lines of one document repeat it',
  purpose: 'What is done with it',
  order: 'Our order or inbound shipment, exactly as we sent it',
  line: 'Number of the line in the document',
  item: 'Item',
  barcode: 'Barcode of the item',
  quantity: 'Quantity',
  ordered: 'Ordered',
  unit: 'Unit',
  lot: 'Lot',
  expiry: 'Expiry date of the lot',
  warehouse: 'Code of the warehouse',
  occurredAt: 'When it took effect',
  date: 'Day on which it took effect',
  time: 'Time at which it took effect',
  condition: 'Condition of the whole quantity of the line; empty is good',
  reason: 'Reason',
  fromState: 'State before',
  toState: 'State afterwards',
  before: 'Level before',
  after: 'Level afterwards; the difference is what changed',
  tracking: 'Tracking numbers, divided by | ; , or blanks',
  carrier: 'Carrier',
  service: 'Service',
  code: 'Kind or status of the line',
  reference: 'Further reference',
  purchaseOrder: 'Purchase order of the customer',
  supplier: 'Supplier',
  description: 'Description',
  dueAt: 'Ship by, or expected at',
  onHand: 'On hand',
  available: 'Available',
  shipToName: 'Ship to: name',
  shipToCompany: 'Ship to: company',
  shipToStreet: 'Ship to: street',
  shipToStreet2: 'Ship to: second line of the street',
  shipToCity: 'Ship to: town',
  shipToRegion: 'Ship to: region',
  shipToPostalCode: 'Ship to: postal code',
  shipToCountry: 'Ship to: country, two letters',
  shipToPhone: 'Ship to: telephone',
  shipToEmail: 'Ship to: e-mail',
};

const KINDS: Readonly<Record<Feed['kind'], string>> = {
  shipment: 'Goods have left for the customer.',
  receipt: 'Goods have arrived.',
  adjustment: 'Stock changed, or changed its state.',
  stock: 'What you hold at one instant. It is compared with our books and moves nothing.',
  acknowledgement: 'What became of something we sent.',
  shipping_order: 'Ship this.',
  inbound_notice: 'Expect these goods.',
  stock_statement: 'What our books say you hold.',
};

/** Never empty in a line that is used. */
const ALWAYS: readonly FeedField[] = ['number', 'quantity', 'occurredAt', 'date', 'before', 'after'];

/** One feed as a page of the guide. */
export const feedDocument = (feed: Feed): GuideDocument => ({
  name: `${feed.name}: files ${feed.files}`,
  says: [KINDS[feed.kind], shapeOf(feed)].join(' '),
  rows: [
    ...Object.entries(feed.fields).flatMap(([field, value]) => rowsOf(field as FeedField, value, feed)),
    ...Object.entries(feed.quantities ?? {}).flatMap(([code, value]) => [
      { place: placeOf(value), need: 'M' as const, meaning: `Quantity ${code}${writingOf(value)}` },
    ]),
  ],
});

function rowsOf(field: FeedField, value: FeedValue, feed: Feed): readonly GuideRow[] {
  if (feed.direction === 'in' && typeof value === 'object' && value.const !== undefined) return [];
  const isItem = field === 'item' && feed.fields.barcode === undefined;
  const isReason = field === 'reason' && feed.kind === 'adjustment' && feed.fields.toState === undefined;
  const isCode = field === 'code' && ['acknowledgement', 'stock'].includes(feed.kind);
  const needed = ALWAYS.includes(field) || isItem || isReason || isCode;
  const fixed =
    typeof value === 'object' && value.const !== undefined ? `; always ${JSON.stringify(value.const)}` : '';
  return [
    {
      place: placeOf(value),
      need: needed ? 'M' : 'O',
      meaning: `${MEANINGS[field]}${writingOf(value)}${fixed}`,
    },
  ];
}

function shapeOf({ csv, xml, encoding, extent, kind }: Feed): string {
  const whole =
    kind === 'stock'
      ? [extent === 'full' ? 'It lists the whole warehouse.' : 'It lists what changed only.']
      : [];
  if (xml)
    return [
      ...whole,
      `XML in ${encoding}: the file’s element is \`${xml.root}\`, each document is at \`${xml.document}\`, each line at \`${xml.line}\`.`,
      'Paths that begin with `/` start at the document, others at the line; `@` is an attribute.',
    ].join(' ');
  const { delimiter, quote, header, recordType, trailer } = csv ?? csvSchema.parse({});
  const mark = delimiter === '\t' ? 'a tab' : `\`${delimiter}\``;
  return [
    ...whole,
    `CSV in ${encoding} with ${mark} between columns and \`${quote}\` around values that hold it;`,
    header ? 'the first line names the columns.' : 'without column names: columns are numbered from 1.',
    ...(recordType
      ? [
          `Column ${recordType.column} is \`${recordType.header}\` in header records, which hold for the \`${recordType.line}\` records behind them; \`/\` before a column means the header record’s.`,
        ]
      : []),
    ...(trailer
      ? [
          `The last line begins with \`${trailer.match}\`${trailer.count === undefined ? '' : ` and has the number of records in column ${trailer.count}`}; a file without it is taken for cut.`,
        ]
      : ['The last line ends with a line break.']),
  ].join(' ');
}

const placeOf = (value: FeedValue): string => {
  if (typeof value === 'string') return value;
  return value.from ?? (value.concat ?? []).join(` ${value.with ?? ''} `);
};

/** How a value is written, where its transforms say so. */
function writingOf(value: FeedValue): string {
  const transforms = typeof value === 'string' ? [] : (value.transforms ?? []);
  return transforms.flatMap((transform) => writingWords(transform)).join('');
}

function writingWords(transform: Transform): string[] {
  if (typeof transform === 'string') return [];
  if ('date' in transform) return [`, written ${transform.date}`];
  if ('map' in transform) {
    const words = Object.entries(transform.map).map(([from, to]) => `${JSON.stringify(from)} is ${to}`);
    return [`: ${words.join(', ')}`];
  }
  if ('number' in transform) {
    const { decimal, thousands } = transform.number;
    const between = thousands === '' ? '' : ` and \`${thousands}\` between thousands`;
    return [`, with \`${decimal}\` before decimals${between}`];
  }
  if ('split' in transform) return [`, part ${transform.split.take} by \`${transform.split.by}\``];
  return [];
}
