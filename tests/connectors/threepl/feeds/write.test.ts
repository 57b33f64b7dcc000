// What we send: every value whole and in its place, readable by anyone, and refused where it cannot be written.
import { parse } from 'csv-parse/sync';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, test } from 'vitest';
import type { ShippingOrder, StockStatement } from '../../../../src/connectors/threepl/documents/document.ts';
import { writeFeed } from '../../../../src/connectors/threepl/feeds/write.ts';
import { instantFrom } from '../../../../src/core/vocabulary/instant.ts';
import { feedOf } from './setup.ts';

const ORDER: ShippingOrder = {
  kind: 'shipping_order',
  number: 'SO-1001',
  purpose: 'original',
  orderedAt: instantFrom('2026-11-21T02:30:00Z'),
  shipBy: instantFrom('2026-11-23T22:00:00Z'),
  warehouse: 'W1',
  shipTo: {
    name: '=cmd|"x"!A1',
    street: ['1 Main St, "rear"', 'Floor 2'],
    city: 'Zürich\nNord',
    postalCode: '08001',
    country: 'CH',
  },
  lines: [
    {
      line: '1',
      ids: [
        { qualifier: 'UP', value: '012345678905' },
        { qualifier: 'VN', value: '00123' },
      ],
      quantity: { value: '1200.5', unit: 'EA' },
      lot: { code: 'L1', expiresOn: '2027-05-31' },
    },
    { line: '2', ids: [{ qualifier: 'VN', value: '<B&C>' }], quantity: { value: '2', unit: 'EA' } },
  ],
};

const fields = {
  number: 'OrderNo',
  occurredAt: { from: 'Date', transforms: [{ date: 'MM/dd/yyyy HH:mm' }] },
  dueAt: { from: 'ShipBy', transforms: [{ split: { by: 'T', take: 1 } }] },
  reference: { from: 'Client', const: 'ACME' },
  line: 'Line',
  item: 'Sku',
  barcode: 'Upc',
  quantity: { from: 'Qty', transforms: [{ number: { decimal: ',', thousands: '.' } }] },
  lot: 'Lot',
  shipToName: 'Name',
  shipToStreet: 'Street',
  shipToStreet2: 'Street2',
  shipToCity: 'City',
  shipToPostalCode: 'Zip',
  shipToCountry: 'Country',
};

describe('CSV', () => {
  const feed = (csv: object, more: object = {}) =>
    feedOf({ name: 'orders', files: '*', direction: 'out', kind: 'shipping_order', csv, fields, ...more });

  test('holds every value unchanged, one line each, with the partner’s time and numbers', () => {
    const bytes = writeFeed(ORDER, feed({ trailer: { match: 'END,', count: 3 } }), 'America/Chicago');
    const rows = parse(bytes, { relax_column_count: true });
    expect(rows).toEqual([
      [
        'OrderNo',
        'Date',
        'ShipBy',
        'Client',
        'Line',
        'Sku',
        'Upc',
        'Qty',
        'Lot',
        'Name',
        'Street',
        'Street2',
        'City',
        'Zip',
        'Country',
      ],
      [
        'SO-1001',
        '11/20/2026 20:30',
        '2026-11-23',
        'ACME',
        '1',
        '00123',
        '012345678905',
        '1.200,5',
        'L1',
        '=cmd|"x"!A1',
        '1 Main St, "rear"',
        'Floor 2',
        'Zürich\nNord',
        '08001',
        'CH',
      ],
      [
        'SO-1001',
        '11/20/2026 20:30',
        '2026-11-23',
        'ACME',
        '2',
        '<B&C>',
        '',
        '2',
        '',
        '=cmd|"x"!A1',
        '1 Main St, "rear"',
        'Floor 2',
        'Zürich\nNord',
        '08001',
        'CH',
      ],
      ['END', '', '2'],
    ]);
    expect(bytes.toString()).toMatch(/,"=cmd\|""x""!A1",[\s\S]*\nEND,,2\n$/);
  });

  test('without column names values stand at their numbers', () => {
    const numbered = {
      number: '2',
      item: '4',
      quantity: '5',
      shipToName: '6',
      shipToStreet: '7',
      shipToCity: '8',
      shipToCountry: '9',
    };
    const [first] = parse(writeFeed(ORDER, feed({ header: false, delimiter: ';' }, { fields: numbered })), {
      delimiter: ';',
    });
    expect(first).toEqual([
      '',
      'SO-1001',
      '',
      '00123',
      '1200.5',
      '=cmd|"x"!A1',
      '1 Main St, "rear"',
      'Zürich\nNord',
      'CH',
    ]);
  });

  test('a character that the encoding does not have is refused, not replaced', () => {
    const western = feed({}, { encoding: 'windows-1252' });
    expect(writeFeed(ORDER, western).includes(Buffer.from([0x5a, 0xfc, 0x72]))).toBe(true);
    const euro = { ...ORDER, shipTo: { ...ORDER.shipTo, name: '€' } };
    expect(writeFeed(euro, western).includes(0x80)).toBe(true);
    const beyond = { ...ORDER, shipTo: { ...ORDER.shipTo, name: 'Łódź' } };
    expect(() => writeFeed(beyond, western)).toThrow(/Cannot write 4 characters/);
    expect(() => writeFeed(euro, { ...western, encoding: 'iso-8859-1' })).toThrow(
      /Cannot write 2 characters/,
    );
  });

  test('a word that the map does not have is refused', () => {
    const mapped = feed(
      {},
      { fields: { ...fields, unit: { from: 'Uom', transforms: [{ map: { CA: 'Case' } }] } } },
    );
    expect(() => writeFeed(ORDER, mapped)).toThrow(/unit .* is a word the profile does not know/);
  });
});

test('XML is well formed, escaped, and nested as the paths say', () => {
  const statement: StockStatement = {
    kind: 'stock_statement',
    number: 'ST-1',
    asOf: instantFrom('2026-11-21T02:30:00Z'),
    warehouse: 'W&1',
    lines: [
      {
        ids: [{ qualifier: 'VN', value: 'A"<1>' }],
        onHand: { value: '5', unit: 'EA' },
        available: { value: '3', unit: 'EA' },
      },
    ],
  };
  const feed = feedOf({
    name: 'stock',
    files: '*',
    direction: 'out',
    kind: 'stock_statement',
    xml: { root: 'Inventory', document: 'Report', line: 'Lines/Line' },
    fields: {
      number: '/@number',
      warehouse: '/Header/Site',
      occurredAt: '/Header/AsOf',
      item: 'Item/@code',
      onHand: 'OnHand',
      unit: 'OnHand/@unit',
      available: 'Available',
      lot: 'Lot',
    },
  });
  const text = writeFeed(statement, feed).toString();
  expect(text.startsWith('<?xml version="1.0" encoding="utf-8"?>\n')).toBe(true);
  expect(text.endsWith('</Inventory>\n')).toBe(true);
  expect(XMLValidator.validate(text)).toBe(true);
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    parseTagValue: false,
    ignoreDeclaration: true,
  });
  expect(parser.parse(text)).toEqual({
    Inventory: {
      Report: {
        '@number': 'ST-1',
        Header: { Site: 'W&1', AsOf: '2026-11-21T02:30:00' },
        Lines: {
          Line: { Item: { '@code': 'A"<1>' }, OnHand: { '#text': '5', '@unit': 'EA' }, Available: '3' },
        },
      },
    },
  });
});
