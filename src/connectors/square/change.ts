// Translates entries of Square's change log into movements and counts. Pure: whatever belongs to an entry, such as the
// other members of its group, is given. What the state table does not know is quarantined, never read as zero.

import { type Instant, instantFrom } from '../../core/vocabulary/instant.ts';
import { isQuantityText, quantityFrom, quantityText } from '../../core/vocabulary/quantity.ts';
import { plainTextOf } from '../../core/vocabulary/text.ts';
import type { MovementType } from '../../core/vocabulary/words.ts';
import type {
  DocumentLine,
  ReportedCount,
  ReportedLine,
  ReportedMovement,
  ReportedPlace,
} from '../contract.ts';
import { isConversion, placeOfState, type StatePlace, type Transition, transitionOf } from './states.ts';
import type { Adjustment, PhysicalCount } from './wire.ts';

export type ChangeReading =
  | { readonly kind: 'movement'; readonly movement: ReportedMovement }
  | { readonly kind: 'count'; readonly count: ReportedCount }
  | { readonly kind: 'ignored'; readonly reason: string }
  | { readonly kind: 'unreadable'; readonly reason: string };

type Group = NonNullable<Adjustment['adjustment_group']>;
type LineReading =
  | { readonly kind: 'line'; readonly type: MovementType; readonly line: ReportedLine }
  | { readonly kind: 'ignored'; readonly reason: string }
  | { readonly kind: 'unreadable'; readonly reason: string };

const unreadable = (reason: string) => ({ kind: 'unreadable', reason }) as const;
const ignored = (reason: string) => ({ kind: 'ignored', reason }) as const;

/** True for the adjustment that a physical count made: the count is the fact, this is its shadow. */
export const isRecount = (adjustment: Adjustment): boolean =>
  Boolean(adjustment.physical_count_id) || adjustment.reason_id?.type === 'RECOUNT';

/** Reads a physical count as an assertion at its own instant. */
export function readingOfCount(count: PhysicalCount): ChangeReading {
  const place = placeOfState(count.state);
  if (place !== undefined && 'virtual' in place)
    return ignored(`a count of ${count.state} is no stock on a shelf`);
  // Several of Square's states are one `hold` of ours; a count of one of them says nothing about the others.
  if (count.state !== 'IN_STOCK')
    return unreadable(`physical count ${count.id} counts the state ${count.state}`);
  const countedAt = instantOrNone(count.occurred_at);
  if (countedAt === undefined) return unreadable(`physical count ${count.id} has no readable occurred_at`);
  if (!isQuantityText(count.quantity))
    return unreadable(`physical count ${count.id} has no readable quantity`);
  return {
    kind: 'count',
    count: {
      document: { type: 'inventory-change', id: count.id },
      item: { listing: count.catalog_object_id },
      location: count.location_id,
      countedAt,
      quantity: quantityText(quantityFrom(count.quantity)),
    },
  };
}

/** Reads one adjustment that belongs to no group. */
export function readingOfAdjustment(adjustment: Adjustment): ChangeReading {
  const reading = lineOf(adjustment, undefined);
  if (reading.kind !== 'line') return reading;
  const document = { type: 'inventory-change', id: adjustment.id };
  return movementOf(document, reading.type, adjustment, [reading.line]);
}

/**
 * Reads all adjustments of one group as one movement, so that a kit never loses only some of its components.
 * One member that cannot be read makes the whole group unreadable.
 */
export function readingOfGroup(group: Group, members: readonly Adjustment[]): ChangeReading {
  const sorted = [...members].sort((a, b) => (a.id < b.id ? -1 : 1));
  const readings = sorted.map((member) => lineOf(member, group));
  const broken = readings.find((reading) => reading.kind === 'unreadable');
  if (broken !== undefined) return broken;
  const lines = readings.flatMap((reading) => (reading.kind === 'line' ? [reading.line] : []));
  const head = sorted.find((member) => member.id === group.root_adjustment_id) ?? sorted[0];
  if (head === undefined || lines.length === 0)
    return ignored(`the change group ${group.id} moves no stock on a shelf`);
  return movementOf({ type: 'inventory-change-group', id: group.id }, typeOfGroup(group), head, lines);
}

function movementOf(
  document: DocumentLine,
  type: MovementType,
  head: Adjustment,
  lines: readonly ReportedLine[],
): ChangeReading {
  const occurredAt = instantOrNone(head.occurred_at);
  if (occurredAt === undefined) return unreadable(`adjustment ${head.id} has no readable occurred_at`);
  const reference =
    head.transaction_id ||
    head.refund_id ||
    head.purchase_order_id ||
    head.goods_receipt_id ||
    head.reference_id;
  const named = reference ? { reference: plainTextOf(reference, 200) } : {};
  return { kind: 'movement', movement: { type, document, occurredAt, ...named, lines } };
}

/** A group is named by what it comes down to: a kit that is sold is a shipment, one that is built is production. */
function typeOfGroup(group: Group): MovementType {
  const whole = transitionOf(group.from_state ?? '', group.to_state ?? '', undefined)?.type;
  return whole === undefined || whole === 'none' || whole === 'transfer' || whole === 'status_change'
    ? 'production'
    : whole;
}

function lineOf(adjustment: Adjustment, group: Group | undefined): LineReading {
  const { id, from_state: fromState, to_state: toState, quantity } = adjustment;
  const row = transitionOf(fromState, toState, reasonOf(adjustment));
  if (row === undefined)
    return unreadable(
      `adjustment ${id} goes from ${fromState} to ${toState}, which this version does not know`,
    );
  if (row.type === 'none')
    return ignored(`${fromState} to ${toState}: ${row.why ?? 'no stock on a shelf moves'}`);
  if (!isQuantityText(quantity) || quantityFrom(quantity) < 0n)
    return unreadable(`adjustment ${id} has no readable quantity`);
  if (quantityFrom(quantity) === 0n) return ignored('the quantity is zero');
  const fromLocation = adjustment.from_location_id || adjustment.to_location_id;
  const toLocation = adjustment.to_location_id || adjustment.from_location_id;
  if (!fromLocation || !toLocation) return unreadable(`adjustment ${id} names no location`);
  const from = placeOf(fromState, fromLocation, row, group?.from_state);
  const to = placeOf(toState, toLocation, row, group?.to_state);
  if (from === undefined || to === undefined)
    return unreadable(`adjustment ${id} has a state that this version does not know`);
  const bothShelves = 'location' in from && 'location' in to;
  if (bothShelves && fromState === toState && fromLocation === toLocation)
    return ignored('the stock stayed where it was');
  const type = bothShelves ? (fromLocation === toLocation ? 'status_change' : 'transfer') : row.type;
  const item = { listing: adjustment.catalog_object_id };
  return { kind: 'line', type, line: { item, quantity: quantityText(quantityFrom(quantity)), from, to } };
}

/** The state, unless the row knows better; between the parts of a kit, where the kit as a whole came from or went. */
function placeOf(
  state: string,
  location: string,
  row: Transition,
  wholeState: string | null | undefined,
): ReportedPlace | undefined {
  const whole = isConversion(state) ? placeOfState(wholeState ?? '') : undefined;
  const place: StatePlace | undefined =
    whole !== undefined && 'virtual' in whole ? whole : placeOfState(state);
  if (place === undefined) return undefined;
  if ('virtual' in place) return { virtual: row.outside ?? place.virtual };
  return place.shelf === 'sellable' ? { location } : { location, state: place.shelf };
}

/** Versions before reasons existed, and the Retail app, tell a receipt by its papers alone. */
const reasonOf = (adjustment: Adjustment): string | undefined =>
  adjustment.reason_id?.type ??
  (adjustment.purchase_order_id || adjustment.goods_receipt_id ? 'RECEIVED' : undefined);

function instantOrNone(text: string): Instant | undefined {
  try {
    return instantFrom(text);
  } catch {
    return undefined;
  }
}
