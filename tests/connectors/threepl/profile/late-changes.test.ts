// What a partner can be told late is what its files have a place for, and what it answers.
import { expect, test } from 'vitest';
import { fileExchangeOf } from '../../../../src/connectors/threepl/exchange.ts';
import { lateChangesOf } from '../../../../src/connectors/threepl/profile/late-changes.ts';
import { profileSchema } from '../../../../src/connectors/threepl/profile/settings.ts';
import { instantOf } from '../../../../src/core/vocabulary/instant.ts';
import type { ShippingOrder } from '../../../../src/core/vocabulary/warehouse.ts';
import { memoryState } from '../../../contract/suite/world.ts';

const COMMON = {
  partner: 'acme',
  title: 'Acme',
  version: 1,
  timeZone: 'UTC',
  meaning: { warehouses: { WH01: { location: 'ACME' } } },
};
const FIELDS = {
  number: 'ORDER',
  item: 'SKU',
  quantity: 'QTY',
  shipToName: 'NAME',
  shipToStreet: 'STREET',
  shipToCity: 'CITY',
  shipToCountry: 'COUNTRY',
};
const ACKNOWLEDGED = {
  name: 'answers',
  files: 'ACK*.csv',
  kind: 'acknowledgement',
  fields: { number: 'N', code: 'C' },
};
const csv = (fields: object, more: readonly object[] = [], orderChanges = 'replace') =>
  profileSchema.parse({
    ...COMMON,
    format: 'csv',
    feeds: [
      {
        name: 'orders',
        files: 'ORD*.csv',
        direction: 'out',
        kind: 'shipping_order',
        fields: { ...FIELDS, ...fields },
      },
      ...more,
    ],
    lifecycle: { orderChanges },
  });
const x12 = (orderChanges: string) =>
  profileSchema.parse({
    ...COMMON,
    format: 'x12',
    x12: { us: { id: 'HUB' }, them: { id: 'ACME' } },
    lifecycle: { orderChanges },
  });
const edifact = (acknowledge: string, orderChanges: string) =>
  profileSchema.parse({
    ...COMMON,
    format: 'edifact',
    edifact: { us: { id: 'HUB' }, them: { id: 'ACME' }, acknowledge },
    lifecycle: { orderChanges },
  });

test.each([
  ['X12, replace', x12('replace'), true, 'replace'],
  ['X12, reorder', x12('reorder'), true, 'reorder'],
  ['X12, none', x12('none'), true, 'none'],
  ['EDIFACT without answers, replace', edifact('none', 'replace'), true, 'replace'],
  [
    'EDIFACT without answers, reorder: nobody would know that the old order is gone',
    edifact('none', 'reorder'),
    true,
    'none',
  ],
  ['EDIFACT with answers, reorder', edifact('CONTRL', 'reorder'), true, 'reorder'],
  ['CSV without a purpose: the same order would be said twice', csv({}), false, 'none'],
  [
    'CSV with a purpose that never changes',
    csv({ purpose: { from: 'ACTION', const: 'NEW' } }),
    false,
    'none',
  ],
  ['CSV with a purpose, replace', csv({ purpose: 'ACTION' }), true, 'replace'],
  ['CSV without answers, reorder', csv({ purpose: 'ACTION' }, [], 'reorder'), true, 'none'],
  ['CSV with answers, reorder', csv({ purpose: 'ACTION' }, [ACKNOWLEDGED], 'reorder'), true, 'reorder'],
] as const)('%s', (_, profile, cancel, change) => {
  expect(lateChangesOf(profile)).toEqual({ cancel, change });
});

const ORDER: ShippingOrder = {
  kind: 'shipping_order',
  number: 'FO-1',
  purpose: 'cancel',
  orderedAt: instantOf(Date.parse('2026-11-20T10:00:00Z')),
  warehouse: 'WH01',
  shipTo: { name: 'A', street: ['B'], city: 'C', postalCode: '1', country: 'DE' },
  lines: [{ line: '1', ids: [{ qualifier: 'sku', value: 'MUG' }], quantity: { value: '2', unit: 'EA' } }],
};

test('a CSV file that cannot say what it is for is written for a new order only', async () => {
  const write = (purpose: ShippingOrder['purpose'], fields: object) =>
    fileExchangeOf(csv(fields), memoryState()).write({ ...ORDER, purpose }, async () => 7n, new Date(0));
  expect(await write('original', {})).toBeDefined();
  expect(await write('cancel', {})).toBeUndefined();
  expect(await write('replace', {})).toBeUndefined();
  expect((await write('cancel', { purpose: 'ACTION' }))?.bytes.toString()).toContain('cancel');
  expect((await write('replace', { purpose: 'ACTION' }))?.bytes.toString()).toContain('replace');
});
