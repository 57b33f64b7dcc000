// What we send, taken apart into the fields a feed may write: one set of texts for each line, the document's with each.
// It chooses nothing and formats nothing but instants, which are told in the partner's zone.
import type { Instant } from '../../../core/vocabulary/instant.ts';
import type { Address, ItemId, OutboundDocument, OutboundLine } from '../documents/document.ts';
import { wallTimeOf } from '../documents/wall-time.ts';
import type { FeedField } from '../profile/feed-settings.ts';

export type LineFacts = Readonly<Partial<Record<FeedField, string>>>;

/** Qualifiers under which the formats know a barcode. */
const BARCODES = ['barcode', 'UP', 'UK', 'EN', 'UA', 'SRV'];

/** The facts of each line of `document`, with the document's own among them. */
export function lineFactsOf(document: OutboundDocument, timeZone: string): readonly LineFacts[] {
  const head = { number: document.number, warehouse: document.warehouse };
  switch (document.kind) {
    case 'shipping_order': {
      const order = {
        ...head,
        order: document.number,
        purpose: document.purpose,
        ...timesOf(document.orderedAt, document.shipBy, timeZone),
        ...shipToOf(document.shipTo),
        purchaseOrder: document.purchaseOrder ?? '',
        carrier: document.carrier ?? '',
        service: document.service ?? '',
      };
      return document.lines.map((line) => ({ ...order, ...goodsOf(line) }));
    }
    case 'inbound_notice': {
      const notice = {
        ...head,
        order: document.number,
        purpose: 'original',
        ...timesOf(document.shippedAt, document.expectedAt, timeZone),
        supplier: document.supplier ?? '',
      };
      return document.lines.map((line) => ({ ...notice, ...goodsOf(line) }));
    }
    case 'stock_statement': {
      const statement = { ...head, ...timesOf(document.asOf, undefined, timeZone) };
      return document.lines.map((line, index) => ({
        ...statement,
        line: `${index + 1}`,
        ...idsOf(line.ids),
        unit: line.onHand.unit,
        onHand: line.onHand.value,
        available: line.available.value,
      }));
    }
  }
}

const goodsOf = (line: OutboundLine): LineFacts => ({
  line: line.line,
  ...idsOf(line.ids),
  quantity: line.quantity.value,
  unit: line.quantity.unit,
  lot: line.lot?.code ?? '',
  expiry: line.lot?.expiresOn ?? '',
  description: line.description ?? '',
});

function idsOf(ids: readonly ItemId[]): LineFacts {
  const isBarcode = ({ qualifier }: ItemId) => BARCODES.includes(qualifier);
  const item = ids.find((id) => !isBarcode(id)) ?? ids[0];
  return { item: item?.value ?? '', barcode: ids.find(isBarcode)?.value ?? '' };
}

function timesOf(at: Instant, due: Instant | undefined, timeZone: string): LineFacts {
  const wall = wallTimeOf(at, timeZone);
  const dueWall = due === undefined ? undefined : wallTimeOf(due, timeZone);
  return {
    occurredAt: `${wall.date}T${wall.time}`,
    date: wall.date,
    time: wall.time,
    dueAt: dueWall ? `${dueWall.date}T${dueWall.time}` : '',
  };
}

const shipToOf = (to: Address): LineFacts => ({
  shipToName: to.name,
  shipToCompany: to.company ?? '',
  shipToStreet: to.street[0] ?? '',
  shipToStreet2: to.street.slice(1).join(', '),
  shipToCity: to.city,
  shipToRegion: to.region ?? '',
  shipToPostalCode: to.postalCode,
  shipToCountry: to.country,
  shipToPhone: to.phone ?? '',
  shipToEmail: to.email ?? '',
});
