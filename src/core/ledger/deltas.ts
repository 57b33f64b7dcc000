// What lines come to, place by place. Pure.
import { negated, type Quantity, quantityFrom, sum } from '../vocabulary/quantity.ts';
import type { LineContent, Place } from './movement.ts';

/** What is added to a place, or taken from it. */
export interface Delta {
  readonly itemId: number;
  readonly place: Place;
  readonly quantity: Quantity;
}

export const placeKey = (itemId: number, place: Place): string =>
  `${itemId}|${place.locationId}|${place.state}`;

type Moved = Pick<LineContent, 'itemId' | 'from' | 'to' | 'quantity'>;

/** What lines come to per place. */
export function netOf(lines: readonly Moved[]): Iterable<[string, Delta]> {
  const [only, ...more] = lines;
  // The ends of one line are two places, so there is nothing to add up.
  if (only && more.length === 0) return endsOf(only);
  const net = new Map<string, Delta>();
  for (const line of lines) for (const [key, delta] of endsOf(line)) addDelta(net, key, delta);
  return net;
}

function endsOf({ itemId, from, to, quantity: text }: Moved): [string, Delta][] {
  const quantity = quantityFrom(text);
  return [
    [placeKey(itemId, from), { itemId, place: from, quantity: negated(quantity) }],
    [placeKey(itemId, to), { itemId, place: to, quantity }],
  ];
}

/** Adds a change to what is there. */
export function addDelta(deltas: Map<string, Delta>, key: string, delta: Delta): void {
  const known = deltas.get(key);
  deltas.set(key, known ? { ...known, quantity: sum(known.quantity, delta.quantity) } : delta);
}
