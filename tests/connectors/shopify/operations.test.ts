// Every operation the connector sends is valid where it will be executed: in Shopify's own schema and in our slice.
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import {
  buildClientSchema,
  buildSchema,
  type DocumentNode,
  type GraphQLSchema,
  Kind,
  NoDeprecatedCustomRule,
  parse,
  separateOperations,
  specifiedRules,
  validate,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { maximumQueryCost, requestedCost } from '../../../src/simulators/shopify/admin/cost.ts';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
const operations = separateOperations(parse(read('../../../src/connectors/shopify/operations.graphql')));
const slice = buildSchema(read('../../../src/simulators/shopify/schema.graphql'));

const samples =
  process.env.STOCKBRIDGE_SAMPLES ?? new URL('../../../../shared/samples', import.meta.url).pathname;
const officialFile = `${samples}/shopify/admin_2026-10.json.gz`;

const problems = (schema: GraphQLSchema, document: DocumentNode): string[] =>
  validate(schema, document, [...specifiedRules, NoDeprecatedCustomRule]).map((error) => error.message);

describe('the operations the Shopify connector sends', () => {
  it.each(Object.keys(operations))(
    '%s is valid in the committed schema, without deprecated fields',
    (name) => {
      expect(problems(slice, operations[name] as DocumentNode)).toEqual([]);
    },
  );

  it('carry the product name, so that a merchant sees who asks', () => {
    expect(Object.keys(operations).filter((name) => !name.startsWith('Stockbridge'))).toEqual([]);
    expect(Object.keys(operations).length).toBeGreaterThan(15);
  });

  it.each(Object.keys(operations))('%s can be paid from one bucket', (name) => {
    const document = operations[name] as DocumentNode;
    const fragments = new Map(
      document.definitions.flatMap((one) =>
        one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one]] : [],
      ),
    );
    const operation = document.definitions.find((one) => one.kind === Kind.OPERATION_DEFINITION);
    if (!operation) throw new Error(`${name} has no operation`);
    expect(requestedCost(slice, operation, fragments, {})).toBeLessThanOrEqual(maximumQueryCost);
  });

  it('ask for an idempotency key wherever stock changes', () => {
    const mutations = Object.values(operations).flatMap((document) =>
      document.definitions.filter(
        (one) => one.kind === Kind.OPERATION_DEFINITION && one.operation === 'mutation',
      ),
    );
    const unkeyed = mutations.flatMap((one) =>
      one.kind === Kind.OPERATION_DEFINITION
        ? one.selectionSet.selections.flatMap((field) =>
            field.kind === Kind.FIELD &&
            field.name.value.startsWith('inventory') &&
            !field.directives?.some((directive) => directive.name.value === 'idempotent')
              ? [field.name.value]
              : [],
          )
        : [],
    );
    expect(unkeyed).toEqual([]);
  });

  const isMandatory = process.env.CI_MANDATORY === '1';
  const found = existsSync(officialFile);
  if (!found && !isMandatory) console.warn(`skipped: the official Shopify schema is not at ${officialFile}`);
  it.runIf(found || isMandatory)("are valid in Shopify's full schema of 2026-10", () => {
    const file = JSON.parse(gunzipSync(readFileSync(officialFile)).toString('utf8'));
    const official = buildClientSchema(file.data, { assumeValid: true });
    const wrong = Object.entries(operations).map(([name, document]) => [name, problems(official, document)]);
    expect(wrong.filter(([, list]) => list?.length)).toEqual([]);
  });
});
