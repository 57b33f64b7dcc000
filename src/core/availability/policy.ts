// What a channel may sell of the stock it can see: the settings, and which of them hold for one item.
// Pure: it reads no stock and computes no availability.
import { z } from 'zod';
import { isQuantityText, quantityFrom, quantityText } from '../vocabulary/quantity.ts';
import { plainText } from '../vocabulary/text.ts';

const percent = z.int().min(0).max(100);

const bufferUnits = z
  .union([z.number(), z.string()])
  .refine((value) => isQuantityText(String(value)), 'must be a decimal with at most six places')
  .refine((value) => !String(value).startsWith('-'), 'must be zero or more')
  .transform((value) => quantityText(quantityFrom(String(value))));

const bufferSchema = z
  .strictObject({
    units: bufferUnits.optional().describe('This many base units of the item are held back.'),
    percent: percent.optional().describe('This percentage of the free stock is held back, rounded up.'),
  })
  .refine(
    ({ units, percent }) => (units === undefined) !== (percent === undefined),
    'must give either units or percent',
  )
  .transform(
    ({ units, percent }): StockBuffer => (units === undefined ? { percent: percent ?? 0 } : { units }),
  );

/** Stock held back from a channel: exact decimal text in the item's base unit, or whole percent. */
export type StockBuffer = { readonly units: string } | { readonly percent: number };

const buffer = bufferSchema.describe(
  'Stock held back from this channel: units or percent. Default: nothing is held back.',
);
const share = percent.describe('Whole percent of what remains after the buffer that this channel may sell.');
const cap = z
  .int()
  .min(0)
  .describe('Never offer more than this many units, as the channel counts them. Default: no cap.');
const floor = z
  .int()
  .min(0)
  .describe('Below this availability, in units as the channel counts them, nothing is offered.');
const shelfLifeDays = z
  .int()
  .min(0)
  .max(3650)
  .describe(
    'Lots that expire in fewer days than this are not offered. Default: only expired lots are left out.',
  );

const overrideSchema = z.strictObject({
  buffer: buffer.optional(),
  share: share.optional(),
  cap: cap.optional(),
  floor: floor.optional(),
  shelfLifeDays: shelfLifeDays.optional(),
});

/** A channel's policy as configuration writes it; the parsed value is {@link Policy}. */
export const policySchema = z.strictObject({
  buffer: buffer.optional(),
  share: share.default(100),
  cap: cap.optional(),
  floor: floor.default(0),
  shelfLifeDays: shelfLifeDays.optional(),
  sweepHours: z
    .int()
    .min(0)
    .max(720)
    .default(24)
    .describe(
      'Everything the channel holds is read again this often, so that what was changed there without a word is set right. 0: never.',
    ),
  locations: z
    .record(plainText(200), z.array(plainText(100)).min(1))
    .default({})
    .describe(
      'For a location id of the channel, the codes of our locations whose stock is offered there. Default: the one location bound to it.',
    ),
  items: z
    .record(plainText(200), overrideSchema)
    .default({})
    .describe('For a SKU, the terms that differ from the ones above; a term not given stays as above.'),
});

export type Policy = z.infer<typeof policySchema>;

/** The terms that hold for one item at one channel. */
export interface ItemPolicy {
  readonly buffer: StockBuffer;
  /** Whole percent. */
  readonly share: number;
  /** Units as the channel counts them. */
  readonly cap?: number;
  /** Units as the channel counts them. */
  readonly floor: number;
  readonly shelfLifeDays?: number;
}

/** The terms of `policy` for one item: its own where given, else the channel's. */
export function policyFor(policy: Policy, sku: string): ItemPolicy {
  const own = Object.hasOwn(policy.items, sku) ? policy.items[sku] : undefined;
  const cap = own?.cap ?? policy.cap;
  const shelfLifeDays = own?.shelfLifeDays ?? policy.shelfLifeDays;
  return {
    buffer: own?.buffer ?? policy.buffer ?? { units: '0' },
    share: own?.share ?? policy.share,
    floor: own?.floor ?? policy.floor,
    ...(cap !== undefined && { cap }),
    ...(shelfLifeDays !== undefined && { shelfLifeDays }),
  };
}

/** The longest shelf-life window that the policy has for any item, in days. */
export const longestWindow = (policy: Policy): number =>
  Math.max(
    policy.shelfLifeDays ?? 0,
    ...Object.values(policy.items).map(({ shelfLifeDays: days }) => days ?? 0),
  );
