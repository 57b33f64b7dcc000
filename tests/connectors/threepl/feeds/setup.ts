// What the tests of feeds share: a feed from its settings, and a file read by it.

import { type ReadFeed, readFeed } from '../../../../src/connectors/threepl/feeds/read.ts';
import { type Feed, feedSchema } from '../../../../src/connectors/threepl/profile/feed-settings.ts';
import { readingSchema } from '../../../../src/connectors/threepl/profile/settings.ts';
import { instantFrom } from '../../../../src/core/vocabulary/instant.ts';

export const feedOf = (settings: unknown): Feed => feedSchema.parse(settings);

export const RECEIVED = instantFrom('2026-11-21T12:00:00Z');

export const read = (file: string | Buffer, feed: Feed, damageIncluded = true): ReadFeed =>
  readFeed(Buffer.from(file as string), feed, {
    timeZone: 'America/Chicago',
    receivedAt: RECEIVED,
    totals: 'warn',
    reading: readingSchema.parse({ damageIncluded }),
    fileName: 'file.csv',
  });

export const codesOf = (file: ReadFeed): string[] => [
  ...file.findings.map(({ code, severity }) => `${code}:${severity}`),
  ...file.documents.flatMap(({ number, findings }) => findings.map(({ code }) => `${number} ${code}`)),
];

/** What may be used, as a reader of whole files decides it. */
export const usable = (file: ReadFeed) =>
  file.complete && !file.findings.some(({ severity }) => severity === 'reject')
    ? file.documents.flatMap(({ document }) => (document ? [document] : []))
    : [];

export const SHIPMENTS = feedOf({
  name: 'shipments',
  files: 'SHP_*.csv',
  kind: 'shipment',
  csv: {},
  fields: {
    number: 'SHIPMENT',
    order: 'ORDER',
    line: 'LINE',
    item: 'SKU',
    quantity: 'QTY',
    lot: 'LOT',
    occurredAt: { from: 'SHIPPED', transforms: [{ date: 'MM/dd/yyyy HH:mm' }] },
    tracking: 'TRACKING',
  },
});
export const HEADER = 'SHIPMENT,ORDER,LINE,SKU,QTY,LOT,SHIPPED,TRACKING\n';
