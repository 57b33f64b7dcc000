// Cuts Shopify's published Admin schema down to what the connector's operations and the simulator use.
// Writes types and fields only: no descriptions are copied. Run it again when operations.graphql asks for more:
//   node scripts/shopify-schema-slice.ts <admin introspection .json or .json.gz>
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import {
  buildClientSchema,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLSchema,
  getNamedType,
  type IntrospectionQuery,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
  parse,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';

const operationsFile = new URL('../src/connectors/shopify/operations.graphql', import.meta.url);
const sliceFile = new URL('../src/simulators/shopify/schema.graphql', import.meta.url);

/** Fields the operations do not name, but bulk queries, cursors and rehearsals by hand do. */
const alsoKept: Record<string, string[]> = {
  QueryRoot: ['inventoryItem', 'inventoryItems', 'webhookSubscription'],
  PageInfo: ['hasNextPage', 'hasPreviousPage', 'startCursor', 'endCursor'],
  ProductVariant: ['createdAt', 'inventoryQuantity', 'price'],
  InventoryItem: ['createdAt', 'inventoryLevels', 'legacyResourceId'],
  InventoryLevel: ['createdAt', 'location'],
  Location: ['createdAt', 'inventoryLevel'],
  Order: ['number'],
  FulfillmentOrder: ['createdAt', 'orderId'],
  Refund: ['legacyResourceId'],
  ReverseFulfillmentOrder: ['order'],
  Fulfillment: ['legacyResourceId'],
  FulfillmentTrackingInfo: ['company', 'url'],
};

type Kept = Map<string, Set<string>>;

/** Reads the introspection file Shopify ships in the npm package @shopify/dev-mcp, plain or gzipped. */
function readOfficialSchema(path: string): GraphQLSchema {
  const bytes = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  const file = JSON.parse(text) as { data: IntrospectionQuery };
  return buildClientSchema(file.data, { assumeValid: true });
}

function fieldsUsed(schema: GraphQLSchema, operations: string): Kept {
  const kept: Kept = new Map();
  const typeInfo = new TypeInfo(schema);
  visit(
    parse(operations),
    visitWithTypeInfo(typeInfo, {
      Field() {
        const parent = typeInfo.getParentType();
        const field = typeInfo.getFieldDef();
        if (parent && field && !field.name.startsWith('__')) keep(kept, parent.name, field.name);
      },
    }),
  );
  return kept;
}

function keep(kept: Kept, type: string, field: string): void {
  const fields = kept.get(type) ?? new Set();
  kept.set(type, fields.add(field));
}

/** Adds what the kept fields lead to, until nothing new appears; returns every named type to print. */
function closure(schema: GraphQLSchema, kept: Kept): Set<string> {
  const reached = new Set<string>();
  const reach = (name: string): void => {
    const type = schema.getType(name);
    if (!type || reached.has(name) || isSpecifiedScalarType(type)) return;
    reached.add(name);
    if (isInputObjectType(type)) {
      for (const field of Object.values(type.getFields())) reach(getNamedType(field.type).name);
    }
    if (!isObjectType(type) && !isInterfaceType(type)) return;
    if (name.endsWith('Connection'))
      for (const field of ['edges', 'nodes', 'pageInfo']) keep(kept, name, field);
    if (name.endsWith('Edge')) for (const field of ['cursor', 'node']) keep(kept, name, field);
    for (const field of alsoKept[name] ?? []) keep(kept, name, field);
    if ('id' in type.getFields()) keep(kept, name, 'id');
    for (const fieldName of kept.get(name) ?? []) {
      const field = type.getFields()[fieldName];
      if (!field) throw new Error(`${name} has no field ${fieldName} in the official schema`);
      reach(getNamedType(field.type).name);
      for (const argument of field.args) reach(getNamedType(argument.type).name);
    }
  };
  for (const name of [...kept.keys()]) reach(name);
  return reached;
}

const deprecation = (reason: string | null | undefined): string => (reason == null ? '' : ' @deprecated');

function inputLine(field: GraphQLInputField): string {
  const value = field.defaultValue === undefined ? '' : ` = ${JSON.stringify(field.defaultValue)}`;
  return `${field.name}: ${field.type}${value}${deprecation(field.deprecationReason)}`;
}

function fieldLine(field: GraphQLField<unknown, unknown>): string {
  const args = field.args.length === 0 ? '' : `(${field.args.map(inputLine).join(', ')})`;
  return `  ${field.name}${args}: ${field.type}${deprecation(field.deprecationReason)}`;
}

function printType(schema: GraphQLSchema, name: string, kept: Kept): string {
  const type = schema.getType(name);
  if (isScalarType(type)) return `scalar ${name}`;
  if (isEnumType(type)) {
    const values = type.getValues().map((value) => `  ${value.name}${deprecation(value.deprecationReason)}`);
    return `enum ${name} {\n${values.join('\n')}\n}`;
  }
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).map((field) => `  ${inputLine(field)}`);
    return `input ${name} {\n${fields.join('\n')}\n}`;
  }
  if (isObjectType(type) || isInterfaceType(type)) {
    const all = type.getFields();
    const fields = [...(kept.get(name) ?? [])]
      .sort()
      .flatMap((field) => (all[field] ? [fieldLine(all[field])] : []));
    const isNode = isObjectType(type) && type.getInterfaces().some((one) => one.name === 'Node');
    const keyword = isInterfaceType(type) ? 'interface' : 'type';
    return `${keyword} ${name}${isNode ? ' implements Node' : ''} {\n${fields.join('\n')}\n}`;
  }
  throw new Error(`${name} is of a kind the slice does not know`);
}

function slice(schema: GraphQLSchema, operations: string): string {
  const kept = fieldsUsed(schema, operations);
  for (const name of Object.keys(alsoKept)) if (!kept.has(name)) kept.set(name, new Set());
  const names = [...closure(schema, kept)].sort();
  const header = [
    '# A slice of the Shopify Admin GraphQL schema, API version 2026-10: names and types only.',
    '# Source: npm package @shopify/dev-mcp. Generated by scripts/shopify-schema-slice.ts; do not edit.',
    'schema { query: QueryRoot mutation: Mutation }',
    'directive @idempotent(key: String!) on FIELD',
  ];
  return `${[...header, ...names.map((name) => printType(schema, name, kept))].join('\n\n')}\n`;
}

const path = process.argv[2];
if (!path) {
  console.error('usage: node scripts/shopify-schema-slice.ts <admin introspection .json or .json.gz>');
  process.exit(2);
}
writeFileSync(sliceFile, slice(readOfficialSchema(path), readFileSync(operationsFile, 'utf8')));
console.log(`wrote ${sliceFile.pathname}`);
