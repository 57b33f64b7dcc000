// Square's objects as far as stock needs them, read once at the edge (Square-Version 2026-09-16).
// Fields that Square documents as optional stay optional; unknown fields are dropped; nothing is defaulted.
import { z } from 'zod';
import { type Instant, instantFrom } from '../../core/vocabulary/instant.ts';
import { plainText } from '../../core/vocabulary/text.ts';

const id = plainText(255);
const optionalId = id.nullish();
/** Decimal text; judged where it is used, so that one bad quantity does not hide the other changes of a page. */
const quantity = z.string();
const instantText = z.string();

const source = z.object({ application_id: z.string().nullish(), product: z.string().nullish() }).nullish();

export const adjustmentSchema = z.object({
  id,
  reference_id: z.string().nullish(),
  from_state: z.string(),
  to_state: z.string(),
  from_location_id: optionalId,
  to_location_id: optionalId,
  catalog_object_id: id,
  quantity,
  occurred_at: instantText,
  created_at: instantText.nullish(),
  source,
  transaction_id: optionalId,
  refund_id: optionalId,
  purchase_order_id: optionalId,
  goods_receipt_id: optionalId,
  physical_count_id: optionalId,
  reason_id: z.object({ type: z.string() }).nullish(),
  adjustment_group: z
    .object({
      id,
      root_adjustment_id: optionalId,
      from_state: z.string().nullish(),
      to_state: z.string().nullish(),
    })
    .nullish(),
});
export type Adjustment = z.output<typeof adjustmentSchema>;

export const physicalCountSchema = z.object({
  id,
  reference_id: z.string().nullish(),
  state: z.string(),
  location_id: id,
  catalog_object_id: id,
  quantity,
  occurred_at: instantText,
  created_at: instantText.nullish(),
  source,
  adjustment_id: optionalId,
});
export type PhysicalCount = z.output<typeof physicalCountSchema>;

/** One entry of the inventory change log. */
export const changeSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ADJUSTMENT'), adjustment: adjustmentSchema }),
  z.object({ type: z.literal('PHYSICAL_COUNT'), physical_count: physicalCountSchema }),
]);
export type Change = z.output<typeof changeSchema>;

export const countSchema = z.object({
  catalog_object_id: id,
  location_id: id,
  state: z.string(),
  quantity,
  calculated_at: instantText.nullish(),
});
export type Count = z.output<typeof countSchema>;

export const errorsSchema = z.object({
  errors: z
    .array(z.object({ code: z.string(), detail: z.string().nullish(), field: z.string().nullish() }))
    .min(1),
});
export type VendorError = z.output<typeof errorsSchema>['errors'][number];

/** A page of anything; the list's name and entries differ by endpoint. */
export const pageSchema = z.object({ cursor: z.string().nullish() });
/** Left unread here: an entry that cannot be read must be quarantined alone, not fail its page. */
export const changesPageSchema = pageSchema.extend({ changes: z.array(z.unknown()).nullish() });
export const countsPageSchema = pageSchema.extend({ counts: z.array(countSchema).nullish() });

const locationOverride = z.object({
  location_id: id,
  track_inventory: z.boolean().nullish(),
  sold_out: z.boolean().nullish(),
});

export const variationSchema = z.object({
  id,
  is_deleted: z.boolean().nullish(),
  present_at_all_locations: z.boolean().nullish(),
  present_at_location_ids: z.array(z.string()).nullish(),
  absent_at_location_ids: z.array(z.string()).nullish(),
  item_variation_data: z.object({
    name: z.string().nullish(),
    sku: z.string().nullish(),
    upc: z.string().nullish(),
    stockable: z.boolean().nullish(),
    track_inventory: z.boolean().nullish(),
    location_overrides: z.array(locationOverride).nullish(),
  }),
});
export type Variation = z.output<typeof variationSchema>;

export const itemsPageSchema = pageSchema.extend({
  objects: z
    .array(
      z.object({
        type: z.string(),
        id,
        is_deleted: z.boolean().nullish(),
        item_data: z
          .object({ name: z.string().nullish(), variations: z.array(variationSchema).nullish() })
          .nullish(),
      }),
    )
    .nullish(),
});
export const variationsSchema = z.object({ objects: z.array(z.unknown()).nullish() });

export const locationsSchema = z.object({
  locations: z.array(z.object({ id, name: z.string().nullish(), status: z.string().nullish() })).nullish(),
});

/** The envelope of every notification; developer.squareup.com/docs/webhooks/what-it-does */
export const envelopeSchema = z.object({
  type: z.string(),
  event_id: plainText(200),
  created_at: z.string().nullish(),
  data: z.object({ object: z.unknown() }).nullish(),
});

export const countsUpdatedSchema = z.object({
  data: z.object({ object: z.object({ inventory_counts: z.array(countSchema) }) }),
});

/** Square writes up to nine fractional digits; a time that cannot be read is left out, the event is kept. */
export function occurredAtOf(text: string | null | undefined): { occurredAt?: Instant } {
  try {
    return text ? { occurredAt: instantFrom(text) } : {};
  } catch {
    return {};
  }
}
