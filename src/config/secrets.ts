// What in the settings must never be shown: values whose schema carries `.meta({ secret: true })`.
// It trusts the mark alone and works on values that failed their check, too.
import type { z } from 'zod';
import { alternativesOf, childOf, type JsonSchema, jsonSchemaOf } from './json-schema.ts';

const MASK = '********';

/** Every secret text in `value`, e.g. for the HTTP client to keep out of its errors. */
export const secretValuesOf = (schema: z.ZodType, value: unknown): string[] => [
  ...new Set(secretsUnder([jsonSchemaOf(schema)], value, false)),
];

/** A copy of `value` in which every secret is a row of stars; everything else is unchanged. */
export const masked = (schema: z.ZodType, value: unknown): unknown =>
  maskedUnder([jsonSchemaOf(schema)], value);

function secretsUnder(schemas: readonly JsonSchema[], value: unknown, inSecret: boolean): string[] {
  const all = schemas.flatMap(alternativesOf);
  const secret = inSecret || all.some((schema) => schema.secret === true);
  if (typeof value === 'string' || typeof value === 'number') return secret ? [String(value)] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => secretsUnder(childrenOf(all, key), child, secret));
}

function maskedUnder(schemas: readonly JsonSchema[], value: unknown): unknown {
  const all = schemas.flatMap(alternativesOf);
  if (all.some((schema) => schema.secret === true))
    return value === undefined || value === null ? value : MASK;
  if (Array.isArray(value))
    return value.map((child, index) => maskedUnder(childrenOf(all, String(index)), child));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [key, maskedUnder(childrenOf(all, key), child)]),
  );
}

const childrenOf = (schemas: readonly JsonSchema[], key: string): JsonSchema[] =>
  schemas.map((schema) => childOf(schema, key)).filter((child) => child !== undefined);
