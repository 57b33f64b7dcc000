// Turns canonical events into facts, one movement per line, keyed by document, type and line.
// A delivery is understood as a whole or not at all: half a batch would leave the rest to be guessed.
import { microsOf } from '../../core/vocabulary/instant.ts';

import type {
  Facts,
  Interpretation,
  ReportedCount,
  ReportedItem,
  ReportedLevel,
  ReportedLine,
  ReportedMovement,
  ReportedPlace,
  ReportedReservations,
  StoredEvent,
} from '../contract.ts';
import { facts, quarantined, reasonOf } from '../toolkit/interpretation.ts';
import { readJson } from '../toolkit/json.ts';
import { batchSchema, type CanonicalEvent, singleEventSchema } from './event.ts';

type Moving = Extract<
  CanonicalEvent,
  { type: 'sale' | 'return' | 'receipt' | 'adjustment' | 'transfer' | 'status_change' }
>;

/** What one stored delivery says; the same for the same bytes. */
export function interpretDelivery(stored: StoredEvent): Interpretation {
  const read = readJson(stored.body);
  if (!read.ok) return quarantined('body_malformed', `${read.reason}; send one JSON document in UTF-8`);
  const isBatch = typeof read.value === 'object' && read.value !== null && 'events' in read.value;
  // Parsed by the schema that fits the shape, because the problems of a union's branches say nothing to a person.
  const parsed = isBatch ? batchSchema.safeParse(read.value) : singleEventSchema.safeParse(read.value);
  if (!parsed.success) return quarantined('content_invalid', reasonOf(parsed.error));
  const events = 'events' in parsed.data ? parsed.data.events : [parsed.data];
  return facts(merged(events.map(factsOf)));
}

function factsOf(event: CanonicalEvent): Partial<Facts> {
  switch (event.type) {
    case 'count':
      return { counts: countsOf(event) };
    case 'reservation':
      return { reservations: [reservationsOf(event)] };
    case 'level':
      return { observations: levelsOf(event) };
    default:
      return { movements: movementsOf(event) };
  }
}

function movementsOf(event: Moving): ReportedMovement[] {
  return event.lines.map((line, index) => ({
    type: event.type === 'sale' ? 'shipment' : event.type,
    document: documentOf(event, line, index),
    occurredAt: event.occurredAt,
    ...(event.reference === undefined ? {} : { reference: event.reference }),
    lines: [
      {
        item: itemOf(line),
        quantity: line.quantity.replace('-', ''),
        ...(line.unit === undefined ? {} : { unit: line.unit }),
        ...(line.lot === undefined ? {} : { lot: line.lot }),
        ...wayOf(event.type, line),
      },
    ],
  }));
}

function wayOf(type: Moving['type'], line: Moving['lines'][number]): Pick<ReportedLine, 'from' | 'to'> {
  const shelf: ReportedPlace = shelfOf(line.location, line.state);
  switch (type) {
    case 'sale':
      return { from: shelf, to: { virtual: 'customer' } };
    case 'return':
      return { from: { virtual: 'customer' }, to: shelf };
    case 'receipt':
      return { from: { virtual: 'supplier' }, to: shelf };
    case 'adjustment':
      return line.quantity.startsWith('-')
        ? { from: shelf, to: { virtual: 'adjustment' } }
        : { from: { virtual: 'adjustment' }, to: shelf };
    case 'transfer':
      return { from: shelf, to: shelfOf('toLocation' in line ? line.toLocation : line.location, line.state) };
    case 'status_change':
      return { from: shelf, to: shelfOf(line.location, 'toState' in line ? line.toState : line.state) };
  }
}

const countsOf = (event: Extract<CanonicalEvent, { type: 'count' }>): ReportedCount[] =>
  event.lines.map((line, index) => ({
    document: documentOf(event, line, index),
    item: itemOf(line),
    ...shelfOf(line.location, line.state),
    countedAt: event.occurredAt,
    quantity: line.quantity,
    ...(line.unit === undefined ? {} : { unit: line.unit }),
  }));

const reservationsOf = (event: Extract<CanonicalEvent, { type: 'reservation' }>): ReportedReservations => ({
  order: event.document,
  version: event.version === undefined ? microsOf(event.occurredAt) : BigInt(event.version),
  reservedAt: event.occurredAt,
  lines: event.lines.map((line, index) => ({
    line: line.line ?? String(index + 1),
    item: itemOf(line),
    location: line.location,
    quantity: line.quantity,
    ...(line.unit === undefined ? {} : { unit: line.unit }),
  })),
});

const levelsOf = (event: Extract<CanonicalEvent, { type: 'level' }>): ReportedLevel[] =>
  event.lines.map((line) => ({
    item: itemOf(line),
    location: line.location,
    basis: event.basis,
    quantity: line.quantity,
    asOf: event.occurredAt,
  }));

const documentOf = (event: CanonicalEvent, line: { line?: string | undefined }, index: number) => ({
  type: event.type,
  id: event.document,
  line: line.line ?? String(index + 1),
});

function itemOf({ listing, sku }: { listing?: string | undefined; sku?: string | undefined }): ReportedItem {
  if (listing !== undefined) return sku === undefined ? { listing } : { listing, sku };
  return { sku: sku ?? '' };
}

const shelfOf = (location: string, state: ReportedCount['state'] | undefined) =>
  state === undefined ? { location } : { location, state };

const merged = (parts: readonly Partial<Facts>[]): Facts => ({
  movements: parts.flatMap(({ movements = [] }) => movements),
  counts: parts.flatMap(({ counts = [] }) => counts),
  reservations: parts.flatMap(({ reservations = [] }) => reservations),
  observations: parts.flatMap(({ observations = [] }) => observations),
});
