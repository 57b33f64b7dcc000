// XML feeds: whole before parsed, every value as text, no entity beyond the standard's, paths and attributes.
import { describe, expect, test } from 'vitest';
import { codesOf, feedOf, read, usable } from './setup.ts';

const FEED = feedOf({
  name: 'despatches',
  files: '*.xml',
  kind: 'shipment',
  xml: { root: 'Responses', document: 'Response', line: 'Lines/Line' },
  fields: {
    number: '/@id',
    order: '/Header/OrderNumber',
    warehouse: '/Header/Site',
    occurredAt: '/Header/Despatched',
    carrier: '/Header/Carrier',
    tracking: '/Parcels/Parcel/@tracking',
    line: '@no',
    item: 'Item/@code',
    barcode: 'Item/Ean',
    quantity: 'Shipped',
    ordered: 'Ordered',
    unit: 'Shipped/@unit',
    lot: { from: 'Batch', transforms: ['first'] },
    expiry: 'Batch/@expires',
  },
});

const response = (id: string, lines: string) =>
  `  <m:Response id="${id}"><m:Header><OrderNumber>SO-1</OrderNumber><Site>W1</Site>` +
  '<Despatched>2026-11-20T16:30:00+01:00</Despatched><Carrier>Smith &amp; Sons</Carrier></m:Header>' +
  `<Parcels><Parcel tracking="T1"/><Parcel tracking="T2"/></Parcels><Lines>${lines}</Lines></m:Response>\n`;
const line = (quantity: string, more = '') =>
  `<Line no="1"><Item code="007"><Ean>0012345678905</Ean></Item><Ordered>24</Ordered><Shipped unit="EA">${quantity}</Shipped>${more}</Line>`;
const file = (...responses: string[]) =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<m:Responses xmlns:m="urn:x">\n${responses.join('')}</m:Responses>\n`;

test('several documents in one file, with attributes, namespaces, entities and zeros in front', () => {
  const read1 = read(
    file(
      response('R1', line('20', '<Batch expires="2027-05-31"><![CDATA[L&1]]></Batch>')),
      response('R2', line('6')),
    ),
    FEED,
  );
  expect(codesOf(read1)).toEqual([]);
  expect(usable(read1)).toMatchObject([
    {
      kind: 'shipment',
      number: 'R1',
      order: 'SO-1',
      warehouse: 'W1',
      carrier: 'Smith & Sons',
      occurredAt: '2026-11-20T15:30:00.000000Z',
      tracking: ['T1', 'T2'],
      lines: [
        {
          line: '1',
          ids: [
            { qualifier: 'sku', value: '007' },
            { qualifier: 'barcode', value: '0012345678905' },
          ],
          lot: { code: 'L&1', expiresOn: '2027-05-31' },
          ordered: { value: '24', unit: 'EA' },
          shipped: { value: '20', unit: 'EA' },
          tracking: [],
        },
      ],
    },
    { number: 'R2' },
  ]);
});

test('cut after any byte, nothing of it is used', () => {
  const whole = file(response('R1', line('20')), response('R2', line('6'))).trimEnd();
  expect(usable(read(whole, FEED))).toHaveLength(2);
  for (let end = 0; end < whole.length; end += 1)
    expect([end, usable(read(whole.slice(0, end), FEED))]).toEqual([end, []]);
  expect(read(whole.slice(0, -30), FEED)).toMatchObject({ complete: false, findings: [{ code: 'xml_cut' }] });
});

test('a finding stands at the bytes of its line', () => {
  const text = file(response('Ä1', line('20')), response('R2', line('x')));
  const [, second] = read(text, FEED).documents;
  expect(second?.findings).toMatchObject([
    { code: 'quantity_not_numeric', segment: { tag: 'Line', position: 2 } },
  ]);
  const bytes = Buffer.from(text);
  expect(bytes.subarray(second?.findings[0]?.offset).toString()).toMatch(/^<Line no="1">.*>x</);
});

describe('refused', () => {
  test.each([
    [
      'a document type, which could pull in anything',
      `<!DOCTYPE m [<!ENTITY x "y">]>${file()}`,
      'xml_doctype',
    ],
    ['another root', '<Orders><Line/></Orders>\n', 'xml_root_unknown'],
    ['crossed tags', '<Responses><Response></Lines></Response></Responses>\n', 'xml_invalid'],
    ['an attribute without quotes', '<Responses><Response id=1></Response></Responses>\n', 'xml_invalid'],
    ['a reserved name', '<Responses><__proto__>1</__proto__></Responses>\n', 'xml_invalid'],
    [
      'depth without end',
      `<Responses>${'<a>'.repeat(500)}${'</a>'.repeat(500)}</Responses>\n`,
      'xml_invalid',
    ],
    ['a document without lines', file(response('R1', '')), 'document_without_lines'],
    ['no document', '<Responses></Responses>\n', 'file_empty'],
    ['no byte', '', 'file_empty'],
  ])('%s', (_, text, code) => {
    const result = read(text, FEED);
    expect(result.findings).toMatchObject([{ code, severity: 'reject' }]);
    expect(usable(result)).toEqual([]);
  });

  test('a value that stands there twice is not chosen from, unless the feed says first', () => {
    const twice = file(response('R1', line('20', '<Batch>A</Batch><Batch>B</Batch>')));
    expect(usable(read(twice, FEED))).toMatchObject([{ lines: [{ lot: { code: 'A' } }] }]);
    const strict = { ...FEED, fields: { ...FEED.fields, lot: 'Batch' } };
    expect(codesOf(read(twice, strict))).toEqual(['R1 value_repeated']);
  });

  test('an entity is not looked up', () => {
    const [document] = usable(read(file(response('R1', line('20', '<Batch>&secret;</Batch>'))), FEED));
    expect(document).toMatchObject({ lines: [{ lot: { code: '&secret;' } }] });
  });

  test('more than twenty megabytes', () => {
    expect(read(Buffer.alloc(20 * 1024 * 1024 + 1, 0x20), FEED).findings).toMatchObject([
      { code: 'file_too_large' },
    ]);
  });
});

describe('the text of an element', () => {
  const shipped = (inside: string) => file(response('R1', line('20').replace('>20<', `>${inside}<`)));
  const quantities = (inside: string) =>
    usable(read(shipped(inside), FEED)).flatMap((document) =>
      document.kind === 'shipment' ? document.lines.map((each) => each.shipped.value) : [],
    );

  test.each([
    ['a section before text', '<![CDATA[1]]>2', ['12']],
    ['a section behind text', '1<![CDATA[2]]>', ['12']],
    ['a section between texts', '1<![CDATA[2]]>3<!-- 4 --><?five 6?><![CDATA[5]]>', ['1235']],
    ['an element behind it', '12<x/>', ['12']],
    ['an element before it that says something else', '<x y=">">9<z>8</z></x>12', ['12']],
  ])('is read in the order of the file: %s', (_, inside, expected) => {
    expect(quantities(inside)).toEqual(expected);
  });

  test.each(['1<x/>2', '1<x>9</x>2', '1<x><x>9</x></x><![CDATA[2]]>'])(
    'in two parts is not made one: %s',
    (inside) => {
      expect(codesOf(read(shipped(inside), FEED))).toEqual(['R1 value_repeated']);
      expect(quantities(inside)).toEqual([]);
    },
  );

  test('of an attribute that is there under two prefixes is not chosen from', () => {
    const text = shipped('20');
    const named = (tag: string) => codesOf(read(text.replace('<Shipped unit="EA">', tag), FEED));
    expect(named('<Shipped unit="EA" m:unit="CA">')).toEqual(['R1 value_repeated']);
    expect(named(`<Shipped m:unit='CA' x="unit='>'" unit="EA">`)).toEqual(['R1 value_repeated']);
    expect(named('<Shipped m:unit="EA" xmlns:unit="urn:y" m:units="CA">')).toEqual([]);
  });
});
