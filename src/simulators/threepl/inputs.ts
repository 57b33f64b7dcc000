// What a rehearsing user or a test may tell the simulated warehouse, as schemas shared by the handle and its HTTP twin.
// Quantities are whole units, as the warehouse counts; instants are RFC 3339.
import { z } from 'zod';
import { CONDITIONS } from './books.ts';
import { RECEIVING } from './documents/receipt.ts';
import { SHIPPING } from './documents/shipment.ts';

/** No delimiter of the warehouse's files, for X12 has no way to escape one. */
const name = z.string().regex(/^[^*>~\p{Cc}]{1,48}$/u, 'must be 1 to 48 characters without * > ~');
const lot = name.max(30);
const units = z.int().min(0);
const waitMs = z.int().min(0).max(86_400_000);
const instant = z
  .union([z.iso.datetime({ offset: true }), z.date()])
  .transform((value) => new Date(value))
  .optional();

export const seedSchema = z.strictObject({
  items: z
    .array(
      z
        .strictObject({
          sku: name,
          /** Good units; of an item with lots, the sum of theirs. */
          onHand: units.optional(),
          hold: units.default(0),
          damaged: units.default(0),
          lots: z
            .array(z.strictObject({ lot, onHand: units, expiresOn: z.iso.date().optional() }))
            .default([]),
          unit: z.string().length(2).default('EA'),
          barcode: name.optional(),
        })
        .refine(
          ({ onHand, lots }) =>
            lots.length === 0 ||
            onHand === undefined ||
            onHand === lots.reduce((sum, each) => sum + each.onHand, 0),
          'onHand must be the sum of the lots',
        )
        .refine(
          ({ hold, damaged, lots }) => lots.length === 0 || hold + damaged === 0,
          'an item with lots begins with good units only',
        ),
    )
    .default([]),
});

const stocked = { sku: name, lot: lot.default('') };
/** `quantity` may be left without a sign where the reason (element 181) has a direction. */
export const adjustSchema = z.strictObject({
  ...stocked,
  quantity: z.int().refine((quantity) => quantity !== 0, 'must not be zero'),
  reason: z.string().length(2),
});
export const moveSchema = z.strictObject({
  ...stocked,
  quantity: z.int().min(1),
  from: z.enum(CONDITIONS),
  to: z.enum(CONDITIONS),
});
export const driftSchema = z.strictObject({ ...stocked, quantity: z.int() });
export const reportSchema = z.strictObject({ asOf: instant }).prefault({});
export const resendSchema = z.strictObject({ number: z.string().min(1) });
export const overdueSchema = z.strictObject({ withinMs: waitMs.optional() }).prefault({});

/** How the warehouse works from now on; what is left out stays as it is. */
export const habitsSchema = z.strictObject({
  shipping: z.enum(SHIPPING).optional(),
  receiving: z.enum(RECEIVING).optional(),
  shipAfterMs: waitMs.optional(),
  receiveAfterMs: waitMs.optional(),
});

const operation = z.enum(['list', 'read', 'write', 'rename', 'remove', 'makeFolder', 'stat']);

/** What goes wrong from now on; whatever is left out goes right again. */
export const faultsSchema = z.strictObject({
  /** Which documents the faults of files strike; default all but acknowledgements. */
  documents: z.array(z.enum(['944', '945', '947', '846'])).optional(),
  /** Half of a file stands there under its final name, and the rest comes so many milliseconds later. */
  partialUpload: waitMs.optional(),
  /** Every file comes a second time, with the same bytes and another name. */
  resendUnderAnotherName: z.boolean().optional(),
  /** Every document comes a second time, in an interchange with new control numbers. */
  resendWithNewControl: z.boolean().optional(),
  /** A second interchange repeats the control numbers of the first and says something else: one unit more. */
  resendSameControlOtherContent: z.boolean().optional(),
  /** Some segments end with a line feed instead of the terminator. */
  mixedTerminators: z.boolean().optional(),
  /** SE01 is one too high. */
  wrongCounts: z.boolean().optional(),
  /** Nothing the hub sends is acknowledged, neither by 997 nor by TA1. */
  no997: z.boolean().optional(),
  late997Ms: waitMs.optional(),
  /** An order is shipped and its 945 written before the order is acknowledged. */
  '945BeforeAck': z.boolean().optional(),
  /** After so many more files nothing is written any longer, though the warehouse goes on; all of it comes once healed. */
  quietAfter: z.int().min(0).optional(),
  /** The server has a new key from the next connection on. Setting other faults does not bring the old one back. */
  hostKeyChange: z.boolean().optional(),
  /** The connection drops once so many bytes were read, and once so many were written. */
  dropAtByte: z.int().min(1).optional(),
  /** Further faults of the SFTP server. */
  sftp: z
    .strictObject({
      dropAfterReadBytes: units.optional(),
      dropAfterWrittenBytes: units.optional(),
      dropAfterRename: z.boolean().optional(),
      shortReadBytes: z.int().min(1).optional(),
      delayMs: waitMs.optional(),
      deny: z.array(z.strictObject({ operation, under: z.string() })).optional(),
      timeStepSeconds: z.int().min(1).optional(),
      posixRename: z.boolean().optional(),
      refuseSignIn: z.boolean().optional(),
      resetOnEnd: z.boolean().optional(),
    })
    .optional(),
});

export type Faults = z.infer<typeof faultsSchema>;
export type Habits = z.infer<typeof habitsSchema>;
