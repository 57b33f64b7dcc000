// The canonical facts the ledger takes: our own ids, exact decimal text, ready to travel as a job. Nothing here reads
// a database, and nothing personal is in it.
import { createHash, hash } from 'node:crypto';
import { z } from 'zod';
import type { ReportedBooksEntry } from '../vocabulary/facts.ts';
import { type Instant, instantSchema, microsOf } from '../vocabulary/instant.ts';
import { positiveQuantitySchema, quantitySchema } from '../vocabulary/quantity.ts';
import { plainText } from '../vocabulary/text.ts';
import { MOVEMENT_TYPES, STOCK_STATES } from '../vocabulary/words.ts';

const id = z.int().positive();
// Lower case, as the database prints it: a key read back must equal the key given.
const key = z.uuid().toLowerCase();

export const placeSchema = z.object({ locationId: id, state: z.enum(STOCK_STATES) });
/** Where stock is: a location and the state it is in there. */
export type Place = z.infer<typeof placeSchema>;

export const lineSchema = z.object({
  itemId: id,
  lotId: id.nullable().default(null),
  quantity: positiveQuantitySchema,
  from: placeSchema,
  to: placeSchema,
  unitCost: quantitySchema.nullable().default(null),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .nullable()
    .default(null),
});
/** One line of a movement: a positive quantity in base units, from one place to another. */
export type Line = z.infer<typeof lineSchema>;

export const movementSchema = z.object({
  key,
  type: z.enum(MOVEMENT_TYPES),
  occurredAt: instantSchema,
  document: plainText(300),
  reference: plainText(300).nullable().default(null),
  corrects: key.nullable().default(null),
  lines: z.array(lineSchema).min(1).max(1000),
  /** Its readings by the catalogues before today's, should it be booked as one of them; optional, as they are rare. */
  earlier: z.array(z.string().regex(/^[0-9a-f]{64}$/)).optional(),
  /** Of what takes something back: until when the catalogue read its lines in another way. */
  changedAt: instantSchema.optional(),
});
/** A fact that moves stock. All of its lines are posted, or none. */
export type Movement = z.infer<typeof movementSchema>;

export const countSchema = z.object({
  key,
  document: plainText(300),
  itemId: id,
  place: placeSchema,
  countedAt: instantSchema,
  quantity: quantitySchema,
});
/** An assertion of what was there at one instant, in base units. */
export type StockCount = z.infer<typeof countSchema>;

export const reservationsSchema = z.object({
  order: plainText(300),
  version: z.string().regex(/^\d{1,19}$/),
  reservedAt: instantSchema,
  lines: z.array(
    z.object({ line: plainText(300), itemId: id, locationId: id, quantity: positiveQuantitySchema }),
  ),
});
/** Everything an order has reserved, as a whole. */
export type Reservations = z.infer<typeof reservationsSchema>;

export const observationSchema = z.object({
  listingId: id,
  locationId: id,
  basis: z.enum(['available', 'on_hand']),
  quantity: quantitySchema,
  asOf: instantSchema,
});
export type Observation = z.infer<typeof observationSchema>;

export const stockReportSchema = z.object({
  key,
  document: plainText(300),
  locationId: id,
  /** Where stock on its way there is kept, if anywhere. */
  inTransitId: id.nullable().default(null),
  asOf: instantSchema,
  extent: z.enum(['full', 'partial']),
  lines: z
    .array(
      z.object({
        itemId: id,
        state: z.enum(STOCK_STATES),
        lotId: id.nullable().default(null),
        quantity: quantitySchema,
      }),
    )
    .min(1)
    .max(200_000),
});
/** What a warehouse says it held, in base units; each item, state and lot once. */
export type StockReport = z.infer<typeof stockReportSchema>;

const booksId = plainText(200);
export const booksEntrySchema = z.discriminatedUnion('deleted', [
  z.object({ id: booksId, deleted: z.literal(true) }),
  z.object({
    id: booksId,
    deleted: z.literal(false),
    version: booksId,
    number: z.string().max(200).optional(),
    isMarked: z.boolean().optional(),
    date: z.string().max(40),
    lines: z
      .array(
        z.object({
          side: z.enum(['debit', 'credit']),
          account: booksId,
          amount: z.string().max(60),
          class: z.string().max(200).optional(),
          department: z.string().max(200).optional(),
        }),
      )
      .max(10_000),
  }),
]);
/** A journal entry as the books of a connection hold it now, in their own ids. */
export type BooksEntry = z.infer<typeof booksEntrySchema>;

/** What is compared of a reported entry: not its memo, in which people may write of people. */
export function booksEntryOf(reported: ReportedBooksEntry): BooksEntry {
  if (reported.deleted) return { id: reported.id, deleted: true };
  const { id, version, number, isMarked, date, lines } = reported;
  return {
    ...{ id, deleted: false, version, date, lines: lines.map((line) => ({ ...line })) },
    ...(number !== undefined && { number }),
    ...(isMarked !== undefined && { isMarked }),
  };
}

export const heldSchema = z.object({
  code: z.enum(['item_unknown', 'unit_unknown', 'location_unknown', 'held_by_guard']),
  reason: z.string().min(1),
  /** Items of which the event took something that is not posted. */
  waitsFor: z.array(id),
  /** Version of the catalogue that did not know it; optional, so that a job from before is still a posting. */
  catalogue: z
    .string()
    .regex(/^\d{1,19}$/)
    .optional(),
});
/** Why an event stays in quarantine though it is posted: in part, or with nothing of it. */
export type Held = z.infer<typeof heldSchema>;

export const postingSchema = z.object({
  connectionId: id,
  /** Decimal text of the inbox row; null for postings made by the hub itself. */
  inboxEventId: z
    .string()
    .regex(/^\d{1,19}$/)
    .nullable(),
  movements: z.array(movementSchema).default([]),
  counts: z.array(countSchema).default([]),
  reservations: z.array(reservationsSchema).default([]),
  observations: z.array(observationSchema).default([]),
  /** Optional, so that a job from before there were reports is still a posting. */
  reports: z.array(stockReportSchema).optional(),
  /** Journal entries that somebody touched in the books. */
  books: z.array(booksEntrySchema).optional(),
  /** The movements are one document: none of them is posted while one is in conflict. */
  whole: z.boolean().optional(),
  /** Number of the fulfilment order that the shipments are for. */
  ships: plainText(300).optional(),
  /** Set when this is a part of what the event says, and the rest waits for the catalogue. */
  held: heldSchema.optional(),
  /** What was left out on purpose, and why; kept with the event. */
  note: z.string().max(2000).nullable().default(null),
});
/** Everything one event says, posted in one transaction. */
export type Posting = z.infer<typeof postingSchema>;

/** A posting that says nothing yet. */
export const emptyPosting = (connectionId: number, inboxEventId: string | null): Posting => ({
  connectionId,
  inboxEventId,
  movements: [],
  counts: [],
  reservations: [],
  observations: [],
  note: null,
});

/**
 * The key of a fact: the same connection, document and line give the same key for ever, whoever reports it (I3).
 * @returns a UUID (version 8) made from a SHA-256.
 */
export function factKey(connectionId: number, document: { type: string; id: string; line?: string }): string {
  return uuidOf(JSON.stringify(['fact', connectionId, document.type, document.id, document.line ?? null]));
}

/** The key of a movement that follows from another one, such as the compensation that keeps a count true. */
export const derivedKey = (...parts: readonly (string | number)[]): string =>
  uuidOf(JSON.stringify(['derived', ...parts]));

/** A UUID of version 8 (RFC 9562): its bits are ours, all but the six that say so. */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  const variant = '89ab'[Number.parseInt(hex[16] ?? '0', 16) & 3];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** What a stored line says, in the one order that its fingerprint is made over. */
export interface LineContent {
  readonly key: string;
  readonly line: number;
  readonly type: string;
  readonly occurredAt: Instant;
  readonly connectionId: number;
  readonly document: string;
  readonly reference: string | null;
  readonly corrects: string | null;
  readonly itemId: number;
  readonly lotId: number | null;
  readonly quantity: string;
  readonly from: Place;
  readonly to: Place;
  readonly unitCost: string | null;
  readonly currency: string | null;
}

/** SHA-256 over everything a line says; equal content has equal fingerprints (I4), a changed row no longer matches its own (I12). */
export function fingerprintOf(line: LineContent): Buffer {
  // A text made into a Buffer is twice as fast as a hash that gives one.
  const print = hash(
    'sha256',
    `${line.key}|${line.line}|${line.type}|${microsOf(line.occurredAt)}|${line.connectionId}|${line.itemId}|${line.lotId ?? ''}|` +
      `${line.quantity}|${line.from.locationId}|${line.from.state}|${line.to.locationId}|${line.to.state}|` +
      `${line.unitCost ?? ''}|${line.currency ?? ''}|${line.corrects ?? ''}|${JSON.stringify([line.document, line.reference])}`,
    'binary',
  );
  return Buffer.from(print, 'latin1');
}

/** SHA-256 over what a count says. */
export const countFingerprint = (count: StockCount): Buffer =>
  createHash('sha256')
    .update(
      `${count.key}|${count.itemId}|${count.place.locationId}|${count.place.state}|${microsOf(count.countedAt)}|${count.quantity}`,
    )
    .digest();

/** The lines of a movement as they are stored. */
export const contentsOf = (connectionId: number, movement: Movement): LineContent[] =>
  movement.lines.map((line, index) => ({
    key: movement.key,
    line: index,
    type: movement.type,
    occurredAt: movement.occurredAt,
    connectionId,
    document: movement.document,
    reference: movement.reference,
    corrects: movement.corrects,
    ...line,
  }));
