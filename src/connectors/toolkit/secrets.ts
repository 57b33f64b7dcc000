// Finds the secrets in a connection's settings by what the schema marks, never by names or looks.
import { z } from 'zod';

interface SchemaNode {
  readonly secret?: boolean;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode | boolean;
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
  readonly allOf?: readonly SchemaNode[];
}

/**
 * Every text in `settings` that stands in a field marked `.meta({ secret: true })`, for masking.
 * A marked list or object gives all texts inside it; where a schema has alternatives, all of them are followed.
 */
export function secretsIn(schema: z.ZodType, settings: unknown): string[] {
  // The pipeline keeps one entry per field; a schema that cannot be drawn as JSON Schema is followed as far as it can be.
  const node = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    reused: 'inline',
  }) as SchemaNode;
  return [...new Set(collect(node, settings))];
}

function collect(node: SchemaNode, value: unknown): string[] {
  if (value === undefined || value === null) return [];
  if (node.secret === true) return textsIn(value);
  const alternatives = [...(node.anyOf ?? []), ...(node.oneOf ?? []), ...(node.allOf ?? [])];
  const found = alternatives.flatMap((alternative) => collect(alternative, value));
  if (Array.isArray(value)) {
    const { items } = node;
    return typeof items === 'object' ? [...found, ...value.flatMap((entry) => collect(items, entry))] : found;
  }
  if (typeof value !== 'object') return found;
  for (const [name, inner] of Object.entries(value)) {
    const rest = typeof node.additionalProperties === 'object' ? node.additionalProperties : undefined;
    const child =
      node.properties !== undefined && Object.hasOwn(node.properties, name) ? node.properties[name] : rest;
    if (child !== undefined) found.push(...collect(child, inner));
  }
  return found;
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
