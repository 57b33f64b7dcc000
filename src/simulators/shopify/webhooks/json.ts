// Writes webhook bodies. Ids go out as bare digits of any length: JSON.stringify would round those above 2^53.

/** A numeric id, kept as its digits. */
export class NumericId {
  readonly digits: string;
  constructor(digits: string) {
    this.digits = digits;
  }
}

export type Json = string | number | boolean | null | NumericId | Json[] | { [name: string]: Json };
export type JsonObject = { [name: string]: Json };

export function writeJson(value: Json): string {
  if (value instanceof NumericId) return value.digits;
  if (Array.isArray(value)) return `[${value.map(writeJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(
      ([name, member]) => `${JSON.stringify(name)}:${writeJson(member)}`,
    );
    return `{${members.join(',')}}`;
  }
  return JSON.stringify(value);
}

/** Keeps only the named fields; `variants.id` reaches into lists and objects. */
export function pickFields(body: JsonObject, fields: readonly string[]): JsonObject {
  if (fields.length === 0) return body;
  const picked: JsonObject = {};
  for (const [name, value] of Object.entries(body)) {
    if (fields.includes(name)) {
      picked[name] = value;
      continue;
    }
    const inner = fields
      .filter((field) => field.startsWith(`${name}.`))
      .map((field) => field.slice(name.length + 1));
    if (inner.length === 0) continue;
    if (Array.isArray(value))
      picked[name] = value.map((one) => (isObject(one) ? pickFields(one, inner) : one));
    else if (isObject(value)) picked[name] = pickFields(value, inner);
  }
  return picked;
}

export const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof NumericId);
