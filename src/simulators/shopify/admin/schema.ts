// The executable schema: the committed slice of the vendor's own schema with the simulator's answers set on it.
// Fields without an answer here read the property of the same name.
import { readFileSync } from 'node:fs';
import {
  buildSchema,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  isInterfaceType,
  isObjectType,
} from 'graphql';
import { graphqlTime } from '../shop/clock.ts';
import type { Shop } from '../shop/shop.ts';
import type { Subscriptions } from '../webhooks/subscriptions.ts';
import type { BulkOperations } from './bulk.ts';
import type { PageArguments, PageLimits } from './connection.ts';
import { apiError } from './errors.ts';
import type { IdempotencyKeys } from './idempotency.ts';

export type Context = {
  shop: Shop;
  subscriptions: Subscriptions;
  bulk: BulkOperations;
  keys: IdempotencyKeys;
  scopes: ReadonlySet<string>;
  limits: PageLimits;
  /** How long a mutation takes before it applies; while it does, its idempotency key is busy. */
  mutationLatencyMs: number;
};

/** Every argument any resolver reads; GraphQL has checked the types before a resolver sees them. */
export type Arguments = PageArguments & {
  id: string;
  ids: string[];
  query?: string | null;
  names: string[];
  sortKey?: string | null;
  includeInactive?: boolean | null;
  includeLegacy?: boolean | null;
  locationId: string;
  inventoryItemId: string;
  inventoryItemIds?: string[] | null;
  locationIds?: string[] | null;
  quantityNames?: string[] | null;
  topics?: string[] | null;
  uri?: string | null;
};

export type Resolver<Source> = (
  source: Source,
  args: Arguments,
  context: Context,
  info: GraphQLResolveInfo,
) => unknown;

/** Builds a fresh schema from the committed slice; kinds on records tell interfaces which type they are. */
export function loadSchema(): GraphQLSchema {
  const sdl = readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8');
  const schema = buildSchema(sdl, { assumeValid: true });
  for (const type of Object.values(schema.getTypeMap())) {
    if (isInterfaceType(type)) type.resolveType = (value: unknown) => kindOf(value);
  }
  return schema;
}

function kindOf(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'kind' in value && typeof value.kind === 'string')
    return value.kind;
  throw new Error('a record without a kind cannot answer for an interface');
}

/** Sets how fields of one type are answered. Throws on a field the slice does not hold, so that none rots. */
export function answer<Source>(
  schema: GraphQLSchema,
  typeName: string,
  fields: Record<string, Resolver<Source>>,
): void {
  const type = schema.getType(typeName);
  if (!isObjectType(type)) throw new Error(`the schema slice has no object type ${typeName}`);
  for (const [name, resolver] of Object.entries(fields)) {
    const field = type.getFields()[name];
    if (!field) throw new Error(`the schema slice has no field ${typeName}.${name}`);
    const guarded = typeName === 'QueryRoot' || typeName === 'Mutation';
    field.resolve = (source, args, context: Context, info) => {
      if (guarded) requireScope(context, name);
      const root = guarded ? context.shop : source;
      return resolver(root as Source, args as Arguments, context, info);
    };
  }
}

const scopeOfRootField: Record<string, string> = {
  locations: 'read_locations',
  location: 'read_locations',
  productVariants: 'read_products',
  inventoryItem: 'read_inventory',
  inventoryItems: 'read_inventory',
  inventoryProperties: 'read_inventory',
  order: 'read_orders',
  orders: 'read_orders',
  return: 'read_returns',
  inventorySetQuantities: 'write_inventory',
  inventoryAdjustQuantities: 'write_inventory',
  inventoryActivate: 'write_inventory',
  fulfillmentCreate: 'write_merchant_managed_fulfillment_orders',
};

/** Refuses a root field the token's scopes do not cover. */
function requireScope(context: Context, rootField: string): void {
  const scope = scopeOfRootField[rootField];
  const granted =
    scope === undefined || context.scopes.has(scope) || context.scopes.has(scope.replace(/^read_/, 'write_'));
  if (!granted) {
    throw apiError(
      'ACCESS_DENIED',
      `Access denied for ${rootField} field. Required access: \`${scope}\` access scope.`,
    );
  }
}

/** The two times most types carry, as the API writes them. */
export const timeAnswers = {
  createdAt: (source: { createdAt: number }) => graphqlTime(source.createdAt),
  updatedAt: (source: { updatedAt: number }) => graphqlTime(source.updatedAt),
};
