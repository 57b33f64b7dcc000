// Right XML files of every kind that is read: prefixed and default namespaces, attributes in both quotes, sections, entities,
// comments and instructions, in four encodings.
import { profileSchema } from '../../../../src/connectors/threepl/profile/settings.ts';
import { type FeedStart, feedStart, shippedStarts } from './starts.ts';

const HEAD = { warehouse: '/Head/Site', occurredAt: '/Head/At' };
const GOODS = { item: 'Item/@code', barcode: 'Item/Ean', unit: 'Qty/@unit' };

const PROFILE = profileSchema.parse({
  partner: 'various',
  title: 'Various Storage',
  version: 1,
  timeZone: 'Asia/Kolkata',
  format: 'xml',
  items: { from: ['sku', 'barcode'] },
  meaning: {
    warehouses: { W1: { location: 'ONE' }, W2: { location: 'TWO' } },
    conditions: { BAD: 'damaged', QC: 'hold' },
    reasons: { COUNT: { direction: 'signed' } },
    quantities: { onHand: 'sellable', free: 'sellable', held: 'hold' },
  },
  feeds: [
    {
      name: 'despatches',
      files: 'despatches*.xml',
      kind: 'shipment',
      xml: { root: 'Responses', document: 'Response', line: 'Lines/Line' },
      fields: {
        ...HEAD,
        ...GOODS,
        number: '/@id',
        order: '/Head/Order',
        carrier: '/Head/Carrier',
        tracking: '/Parcels/Parcel/@tracking',
        line: '@no',
        quantity: { from: 'Qty', transforms: [{ number: { decimal: ',', thousands: '.' } }] },
        ordered: 'Ordered',
        lot: { from: 'Batch', transforms: ['first'] },
        expiry: 'Batch/@expires',
      },
    },
    {
      name: 'receipts',
      files: 'receipts*.xml',
      kind: 'receipt',
      encoding: 'windows-1252',
      xml: { root: 'Receipt', line: 'Line' },
      fields: {
        ...HEAD,
        ...GOODS,
        number: '/Head/Number',
        order: '/Head/Asn',
        quantity: 'Qty',
        condition: 'Condition',
        reason: 'Why',
        code: { from: '/Head/@type', transforms: ['lower'] },
      },
    },
    {
      name: 'changes',
      files: 'changes*.xml',
      kind: 'adjustment',
      encoding: 'utf-16le',
      xml: { root: 'Changes', document: 'Group/Change', line: '.' },
      fields: {
        number: '/@id',
        warehouse: '/Site',
        occurredAt: { from: '/At', transforms: [{ date: 'dd/MM/yyyy HH:mm:ss XXX' }] },
        item: 'Sku',
        quantity: 'By',
        reason: 'Reason',
      },
    },
    {
      name: 'levels',
      files: 'levels*.xml',
      kind: 'stock',
      encoding: 'iso-8859-1',
      xml: { root: 'Levels', line: 'Level' },
      fields: { warehouse: '@site', occurredAt: '/@at', item: '@sku' },
      quantities: { free: 'Free', held: 'Held' },
    },
    {
      name: 'answers',
      files: 'answers*.xml',
      kind: 'acknowledgement',
      xml: { root: 'Answers', line: 'Answer' },
      fields: {
        number: '@to',
        code: { from: 'Status', transforms: [{ map: { OK: 'accepted', ERROR: 'rejected' } }] },
        reason: 'Text',
      },
    },
  ],
});

const DECLARED = '<?xml version="1.0" encoding="UTF-8"?>\n';
const despatch = (id: string, prefix: string, more = ''): string =>
  `<${prefix}Response id="${id}"><${prefix}Head><Order>SO-${id}</Order><Site>W1</Site>` +
  `<At>2026-11-20T16:30:00+01:00</At><Carrier>Smith &amp; Söhne &#60;3</Carrier></${prefix}Head>` +
  '<Parcels><Parcel tracking="T1"/><Parcel tracking=\'T2\'></Parcel></Parcels>\n<Lines>' +
  '<Line no="1"><Item code="007"><Ean>0012345678905</Ean></Item><Ordered>1300</Ordered>' +
  '<Qty unit="each">1.250,5</Qty><Batch expires="2027-05-31"><![CDATA[L&1]]></Batch></Line>' +
  `<Line no="2"><Item code='MUG "1"'/><Ordered>3</Ordered><Qty unit="each">3</Qty>${more}</Line>` +
  `</Lines></${prefix}Response>\n`;

const DESPATCHES =
  `${DECLARED}<m:Responses xmlns:m="urn:x" m:version="1">\n<!-- two of <them> -->` +
  `${despatch('1', 'm:')}<?render page="1"?>${despatch('2', 'm:', '<Batch>A</Batch><Batch>B</Batch>')}</m:Responses>\n`;
const DESPATCHES_DEFAULT = `<Responses xmlns="urn:x">${despatch('9', '')}</Responses>`;
const RECEIPT =
  "<?xml version='1.0' encoding='windows-1252'?>\r\n<Receipt>\r\n  <Head type=\"RETURN\"><Number>R-1</Number><Asn>RMA-1</Asn>" +
  '<Site>W2</Site><At>2026-11-20</At></Head>\r\n' +
  '  <Line><Item code="TEE–Ä"><Ean/></Item><Qty unit="each">476</Qty><Condition/></Line>\r\n' +
  '  <Line><Item code="TEE–Ä"/><Qty unit="each">0.5</Qty><Condition>BAD</Condition><Why>n&#228;sse</Why></Line>\r\n</Receipt>\r\n';
const CHANGES =
  '<?xml version="1.0" encoding="UTF-16"?>\n<Changes><Group>' +
  '<Change id="C1"><Site>W1</Site><At>20/11/2026 16:30:00 +05:30</At><Sku>TÉ☃</Sku><By>-2</By><Reason>COUNT</Reason></Change>' +
  '</Group><Group><Change id="C2"><Site>W2</Site><At>21/11/2026 01:00:00 Z</At><Sku>MUG</Sku><By>+1.25</By>' +
  '<Reason><![CDATA[COUNT]]></Reason></Change></Group></Changes><!-- end -->\n';
const LEVELS =
  '<?xml version="1.0" encoding="ISO-8859-1"?><Levels at="2026-11-20T23:00">' +
  '<Level site="W1" sku="TEE"><Free>438</Free><Held>-1</Held></Level>' +
  '<Level site="W2" sku="M&#xFC;G"><Free>\n 0 \n</Free><Held>16.000001</Held></Level></Levels>';
const ANSWERS =
  '<Answers><Answer to="0001"><Status>OK</Status></Answer><Answer to="0002"><Status>ERROR</Status>' +
  '<Text>no such item: &quot;X&quot;</Text></Answer></Answers>\n';

export const STARTS: readonly FeedStart[] = [
  feedStart(PROFILE, 'despatches.xml', DESPATCHES),
  feedStart(PROFILE, 'despatches-marked.xml', DESPATCHES, '\uFEFF'),
  feedStart(PROFILE, 'despatches-default.xml', DESPATCHES_DEFAULT),
  feedStart(PROFILE, 'receipts.xml', RECEIPT),
  feedStart(PROFILE, 'changes.xml', CHANGES),
  feedStart(PROFILE, 'levels.xml', LEVELS),
  feedStart(PROFILE, 'answers.xml', ANSWERS),
  ...shippedStarts('meridian-xml').map(({ profile, name, bytes }) =>
    feedStart(profile, name, bytes.toString('utf8')),
  ),
];
