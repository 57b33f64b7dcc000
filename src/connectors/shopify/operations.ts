// The GraphQL texts of operations.graphql by name, each with the fragments it spreads and nothing else.
// It checks no schema: a test validates every operation against Shopify's own.
import { readFileSync } from 'node:fs';
import { parse, print, separateOperations } from 'graphql';

const source = readFileSync(new URL('./operations.graphql', import.meta.url), 'utf8');

const texts: ReadonlyMap<string, string> = new Map(
  Object.entries(separateOperations(parse(source))).map(([name, document]) => [name, print(document)]),
);

/**
 * The full text of one operation.
 * @throws Error when there is no operation of this name, which is a fault of the program.
 */
export function operation(name: string): string {
  const text = texts.get(name);
  if (text === undefined) throw new Error(`operations.graphql has no operation ${name}`);
  return text;
}
