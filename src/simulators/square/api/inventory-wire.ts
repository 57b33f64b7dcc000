// How Square shows inventory: changes and counts as JSON objects of the pinned version.
// Presentation only. Absent values are left out, never null.

import type { Adjustment, Change, Count, PhysicalCount, Source } from '../stock/book.ts';
import { instantText, quantityText } from '../stock/scalars.ts';

export type Wire = Record<string, unknown>;

/** Returns an InventoryCount. */
export function wireCount(count: Count): Wire {
  return {
    catalog_object_id: count.variationId,
    catalog_object_type: 'ITEM_VARIATION',
    state: count.state,
    location_id: count.locationId,
    quantity: quantityText(count.quantity),
    calculated_at: instantText(count.calculatedAt),
  };
}

/** Returns an InventoryChange. */
export function wireChange(change: Change): Wire {
  return change.type === 'ADJUSTMENT'
    ? { type: change.type, adjustment: wireAdjustment(change) }
    : { type: change.type, physical_count: wirePhysicalCount(change) };
}

// Both locations are always present, equal when the stock stayed where it was. Whether Square leaves one out for
// states outside the seller's stock (NONE, SOLD) is unverified since the single `location_id` was retired.
function wireAdjustment(adjustment: Adjustment): Wire {
  const { group } = adjustment;
  return withoutAbsent({
    id: adjustment.id,
    reference_id: adjustment.referenceId,
    from_state: adjustment.fromState,
    to_state: adjustment.toState,
    from_location_id: adjustment.fromLocationId,
    to_location_id: adjustment.toLocationId,
    ...wireFacts(adjustment),
    transaction_id: adjustment.transactionId,
    refund_id: adjustment.refundId,
    goods_receipt_id: adjustment.goodsReceiptId,
    physical_count_id: adjustment.physicalCountId,
    reason_id: adjustment.reason === undefined ? undefined : { type: adjustment.reason },
    adjustment_group:
      group === undefined
        ? undefined
        : {
            id: group.id,
            root_adjustment_id: group.rootAdjustmentId,
            from_state: group.fromState,
            to_state: group.toState,
          },
  });
}

function wirePhysicalCount(count: PhysicalCount): Wire {
  return withoutAbsent({
    id: count.id,
    reference_id: count.referenceId,
    state: count.state,
    location_id: count.locationId,
    ...wireFacts(count),
    adjustment_id: count.adjustmentId,
  });
}

function wireFacts(change: Change): Wire {
  return {
    catalog_object_id: change.variationId,
    catalog_object_type: 'ITEM_VARIATION',
    quantity: quantityText(change.quantity),
    occurred_at: instantText(change.occurredAt),
    created_at: instantText(change.createdAt),
    source: wireSource(change.source),
  };
}

function wireSource(source: Source): Wire {
  return withoutAbsent({ product: source.product, application_id: source.applicationId, name: source.name });
}

function withoutAbsent(object: Wire): Wire {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
