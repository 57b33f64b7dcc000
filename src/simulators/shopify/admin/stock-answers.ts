// How the simulated Admin API answers questions about locations, variants, items and levels.
import type { GraphQLSchema } from 'graphql';
import { isStateName, type Level, onHandStates, quantityOf, storedStates } from '../shop/book.ts';
import type { Item, Location, Variant } from '../shop/catalog.ts';
import { graphqlTime, optionalTime } from '../shop/clock.ts';
import { parseGid } from '../shop/ids.ts';
import { found } from '../shop/refusal.ts';
import type { AdjustmentGroup, Shop } from '../shop/shop.ts';
import { byIndex, connectionOf } from './connection.ts';
import { apiError } from './errors.ts';
import { type Arguments, answer, type Context, timeAnswers } from './schema.ts';
import { matcher, type Searchable } from './search.ts';

type Dated = { id: string; createdAt: number; updatedAt: number };
const searchById: Searchable<Dated> = {
  id: (row) => parseGid(row.id)?.id ?? null,
  created_at: (row) => row.createdAt,
  updated_at: (row) => row.updatedAt,
};
const searchBySku: Searchable<Dated & { sku: string | null }> = { ...searchById, sku: (row) => row.sku };

export function answerStock(schema: GraphQLSchema): void {
  answer<Shop>(schema, 'InventoryProperties', { quantityNames: () => quantityNames });
  answer<Location>(schema, 'Location', {
    ...timeAnswers,
    deactivatedAt: (location) => optionalTime(location.deactivatedAt),
    inventoryLevels: (location, args, context) =>
      levels(context.shop.book.levelsAt(location.id), args, context),
    inventoryLevel: (location, args, { shop }) =>
      visible(shop.book.level(args.inventoryItemId, location.id), args),
  });
  answer<Variant>(schema, 'ProductVariant', {
    ...timeAnswers,
    displayName: (variant) => `${variant.product.title} - ${variant.title}`,
    inventoryItem: (variant, _args, { shop }) => shop.catalog.items.get(variant.itemId),
    inventoryQuantity: (variant, _args, { shop }) =>
      shop.book
        .levelsOf(variant.itemId)
        .reduce((sum, one) => sum + (one.isActive ? one.quantities.available : 0), 0),
  });
  answer<Item>(schema, 'InventoryItem', {
    ...timeAnswers,
    duplicateSkuCount: (item, _args, { shop }) => shop.catalog.duplicateSkuCount(item),
    variants: (item, args, { shop, limits }) => {
      const variant = shop.catalog.variantOfItem(item.id);
      return connectionOf(variant ? [variant] : [], args, byIndex, limits);
    },
    inventoryLevel: (item, args, { shop }) => visible(shop.book.level(item.id, args.locationId), args),
    inventoryLevels: (item, args, context) => levels(context.shop.book.levelsOf(item.id), args, context),
  });
  answer<Level>(schema, 'InventoryLevel', {
    ...timeAnswers,
    item: (level, _args, { shop }) => shop.catalog.items.get(level.itemId),
    location: (level, _args, { shop }) => shop.catalog.locations.get(level.locationId),
    quantities: (level, args) => args.names.map((name) => quantity(level, name)),
  });
  answer<AdjustmentGroup>(schema, 'InventoryAdjustmentGroup', {
    createdAt: (group) => graphqlTime(group.createdAt),
    app: (group) => (group.byApp ? app : null),
    changes: (group, args) =>
      group.changes.filter(
        (change) =>
          (args.quantityNames?.includes(change.name) ?? true) &&
          (args.inventoryItemIds?.includes(change.itemId) ?? true) &&
          (args.locationIds?.includes(change.locationId) ?? true),
      ),
  });
  answer<AdjustmentGroup['changes'][number]>(schema, 'InventoryChange', {
    item: (change, _args, { shop }) => shop.catalog.items.get(change.itemId) ?? null,
    location: (change, _args, { shop }) => shop.catalog.locations.get(change.locationId) ?? null,
  });
  answer<Shop>(schema, 'QueryRoot', {
    inventoryProperties: (_root, _args, { shop }) => shop,
    location: (_root, args, { shop }) => shop.catalog.locations.get(args.id) ?? null,
    inventoryItem: (_root, args, { shop }) => shop.catalog.items.get(args.id) ?? null,
    locations: (_root, args, { shop, limits }) => {
      const rows = [...shop.catalog.locations.values()].filter(
        (one) => (args.includeInactive || one.isActive) && (args.includeLegacy || !one.isFulfillmentService),
      );
      return connectionOf(rows, args, byIndex, limits, matcher(args.query, searchById));
    },
    productVariants: (_root, args, { shop, limits }) => {
      if (args.sortKey != null && args.sortKey !== 'ID')
        throw apiError('BAD_REQUEST', `The simulator sorts variants by ID, not ${args.sortKey}`);
      return connectionOf(
        rowsById(shop.catalog.variants),
        args,
        idPlace,
        limits,
        matcher(args.query, searchBySku),
      );
    },
    inventoryItems: (_root, args, { shop, limits }) =>
      connectionOf(rowsById(shop.catalog.items), args, idPlace, limits, matcher(args.query, searchBySku)),
  });
}

/** The app every API change is attributed to. */
export const app = { kind: 'App', id: 'gid://shopify/App/580111', handle: 'stockbridge' };

/** Rows in the order their ids were handed out. A removed row must not shift the cursors of the others. */
function rowsById<T extends { id: string }>(rows: ReadonlyMap<string, T>): T[] {
  return [...rows.values()];
}

/** Ids as two exact halves: a single number would round above 2^53. */
function idPlace(row: { legacyResourceId: string }): { value: number; sequence: number } {
  const digits = row.legacyResourceId.padStart(24, '0');
  return { value: Number(digits.slice(0, 12)), sequence: Number(digits.slice(12)) };
}

function levels(rows: readonly Level[], args: Arguments, { limits }: Context): unknown {
  const matches = matcher<Level>(args.query, searchById);
  return connectionOf(rows, args, byIndex, limits, (level) => {
    if (!level.isActive && !args.includeInactive) return false;
    return matches?.(level) ?? true;
  });
}

const visible = (level: Level | undefined, args: Arguments): Level | null =>
  level && (level.isActive || args.includeInactive) ? level : null;

function quantity(level: Level, name: string): unknown {
  if (!isStateName(name)) throw apiError('BAD_REQUEST', `${name} is not a quantity name`);
  const changedAt = level.changedAt[name];
  return {
    id: `gid://shopify/InventoryQuantity/${level.numericId}?inventory_item_id=${found(parseGid(level.id), level.id).itemId}&name=${name}`,
    name,
    quantity: quantityOf(level, name),
    updatedAt: changedAt === undefined ? null : graphqlTime(changedAt),
  };
}

const quantityNames = [...storedStates, 'on_hand'].map((name) => ({
  name,
  displayName: name.replaceAll('_', ' '),
  isInUse: true,
  belongsTo: onHandStates.some((state) => state === name) ? ['on_hand'] : [],
  comprises: name === 'on_hand' ? [...onHandStates] : [],
}));
