// Turns one change of the market into facts. Pure: the market's changes say enough by themselves.
// It maps no ids and guesses nothing: an unknown listing goes on as it came, an unreadable body is quarantined.
import type { Interpretation, ReportedMovement, StoredEvent } from '../contract.ts';
import { facts, ignored, quarantined, reasonOf } from '../toolkit/interpretation.ts';
import { readJson } from '../toolkit/json.ts';
import { type Change, changeSchema } from './change.ts';

/** What one stored event says; the same for the same bytes, whenever and however often it is asked. */
export function interpretEvent(event: StoredEvent): Interpretation {
  const read = readJson(event.body);
  if (!read.ok) return quarantined('body_malformed', read.reason);
  if (typeof read.value !== 'object' || read.value === null || !('change' in read.value)) {
    return quarantined(
      'content_invalid',
      'the document has no "change"; this is not a message of the market',
    );
  }
  const parsed = changeSchema.safeParse(read.value.change);
  return parsed.success
    ? interpretChange(parsed.data)
    : quarantined('content_invalid', `change: ${reasonOf(parsed.error)}`);
}

function interpretChange(change: Change): Interpretation {
  switch (change.kind) {
    case 'sold':
    case 'returned':
      return facts({ movements: [movementOf(change)] });
    case 'counted':
      return facts({
        counts: [
          {
            document: { type: 'count', id: change.id },
            item: { listing: change.listing, sku: change.sku },
            location: change.location,
            countedAt: change.at,
            quantity: change.quantity,
          },
        ],
      });
    case 'ordered':
      // An order that is done has no open lines: naming none releases them all.
      return facts({
        reservations: [
          {
            order: change.order,
            version: BigInt(change.version),
            reservedAt: change.at,
            lines: change.open.map(openLine),
          },
        ],
      });
    case 'offered':
      // Our own push comes back with the publication we sent; a number somebody typed in comes without.
      if (change.reference !== null) return ignored(`the echo of our publication ${change.reference}`);
      return facts({
        observations: [
          {
            item: { listing: change.listing, sku: change.sku },
            location: change.location,
            basis: 'available',
            quantity: change.quantity,
            asOf: change.at,
          },
        ],
      });
    case 'renamed':
      return ignored('a renamed listing moves no stock');
  }
}

function movementOf(change: Extract<Change, { kind: 'sold' | 'returned' }>): ReportedMovement {
  const shelf = { location: change.location };
  const customer = { virtual: 'customer' } as const;
  const sold = change.kind === 'sold';
  return {
    type: sold ? 'shipment' : 'return',
    document: { type: change.kind, id: change.id },
    occurredAt: change.at,
    reference: change.order,
    lines: [
      {
        item: { listing: change.listing, sku: change.sku },
        quantity: change.quantity,
        from: sold ? shelf : customer,
        to: sold ? customer : shelf,
      },
    ],
  };
}

export const openLine = ({
  line,
  listing,
  location,
  quantity,
}: Extract<Change, { kind: 'ordered' }>['open'][number]) => ({
  line,
  item: { listing },
  location,
  quantity,
});
