// What every row of a stock-changing mutation must satisfy, and how accepted rows reach the book together.
import type { Change, Level, StoredState } from '../shop/book.ts';
import type { AdjustmentGroup, Shop } from '../shop/shop.ts';

export type UserError = { code: string; field: string[] | null; message: string };
export type Answer = { inventoryAdjustmentGroup: AdjustmentGroup | null; userErrors: UserError[] };
export type Row = { itemId: string; locationId: string; level: Level | undefined };

const reasons = new Set(
  (
    'correction cycle_count_available damaged movement_created movement_updated movement_received movement_canceled ' +
    'other promotion quality_control received reservation_created reservation_updated reservation_deleted restock ' +
    'safety_stock shrinkage'
  ).split(' '),
);

type RowInput = { inventoryItemId: string; locationId: string };

/** Checks reason, document and every row's item and location; errors are added with the row they belong to. */
export function judge(
  shop: Shop,
  input: { reason: string; referenceDocumentUri?: string | null },
  listName: string,
  rows: readonly RowInput[],
  errors: UserError[],
): Row[] {
  if (!reasons.has(input.reason))
    errors.push({
      code: 'INVALID_REASON',
      field: ['input', 'reason'],
      message: 'The specified reason is invalid.',
    });
  if (input.referenceDocumentUri != null && !isDocument(input.referenceDocumentUri)) {
    errors.push({
      code: 'INVALID_REFERENCE_DOCUMENT',
      field: ['input', 'referenceDocumentUri'],
      message: 'The specified reference document is invalid.',
    });
  }
  return rows.map((row, index) => {
    const path = ['input', listName, String(index)];
    const problem = problemOf(shop, row);
    if (problem)
      errors.push({ code: problem.code, field: [...path, problem.field], message: problem.message });
    const { inventoryItemId: itemId, locationId } = row;
    return { itemId, locationId, level: shop.book.level(itemId, locationId) };
  });
}

function problemOf(shop: Shop, row: RowInput): { code: string; field: string; message: string } | undefined {
  const item = shop.catalog.items.get(row.inventoryItemId);
  if (!item)
    return {
      code: 'INVALID_INVENTORY_ITEM',
      field: 'inventoryItemId',
      message: 'The specified inventory item could not be found.',
    };
  const location = shop.catalog.locations.get(row.locationId);
  // That a deactivated location answers like an unknown one is unverified.
  if (!location?.isActive)
    return {
      code: 'INVALID_LOCATION',
      field: 'locationId',
      message: 'The specified location could not be found.',
    };
  const external = location.fulfillmentService?.inventoryManagement === true;
  if (external || shop.catalog.variantOfItem(item.id)?.requiresComponents) {
    return {
      code: 'NON_MUTABLE_INVENTORY_ITEM',
      field: 'inventoryItemId',
      message: 'The specified inventory item is not allowed to be adjusted.',
    };
  }
  return undefined;
}

const isDocument = (uri: string): boolean =>
  uri.startsWith('gid:')
    ? /^gid:\/\/[^/]+\/[^/]+\/[^/]+$/.test(uri)
    : /^[a-z][a-z0-9+.-]*:\/\/\S+$/i.test(uri);

/**
 * Applies accepted rows as one adjustment group. An item that is not stocked at the location still takes the
 * quantity, on a level that stays inactive and sells nothing, as the vendor is reported to do. When nothing changes
 * there is no group; what the vendor answers then is unverified.
 */
export function applyAll(
  shop: Shop,
  input: { reason: string; referenceDocumentUri?: string | null },
  rows: readonly Row[],
  deltas: readonly number[],
  state: StoredState,
  documents: readonly { ledgerDocumentUri?: string | null }[] = [],
): Answer {
  const all: (Change & { ledgerDocumentUri?: string | null })[] = [];
  const told: { level: Level; changes: Change[] }[] = [];
  rows.forEach((row, index) => {
    const delta = deltas[index] ?? 0;
    if (delta === 0) return;
    const level = row.level ?? inactiveLevel(shop, row);
    const changes = shop.book.apply(level, { [state]: delta });
    told.push({ level, changes });
    const ledgerDocumentUri = documents[index]?.ledgerDocumentUri ?? null;
    for (const change of changes) all.push({ ...change, ledgerDocumentUri });
  });
  const group =
    all.length === 0 ? null : shop.recordGroup(input.reason, input.referenceDocumentUri ?? null, true, all);
  for (const { level, changes } of told) shop.announceLevel(level, changes);
  return { inventoryAdjustmentGroup: group, userErrors: [] };
}

function inactiveLevel(shop: Shop, row: Row): Level {
  const level = shop.book.activate(row.itemId, row.locationId);
  level.isActive = false;
  return level;
}
