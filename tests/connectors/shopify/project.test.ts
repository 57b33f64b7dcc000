// Golden cases: one file per situation, with an order as Shopify holds it and exactly what it must say about stock.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { orderDocumentSchema } from '../../../src/connectors/shopify/order-document.ts';
import { projectionOf, versionOf } from '../../../src/connectors/shopify/project.ts';

const folder = new URL('./cases/', import.meta.url);

interface Case {
  readonly proves: string;
  readonly policy?: { ignoredLocations?: string[]; ignoreTestOrders?: boolean };
  readonly given: unknown;
  readonly expected: { outcome: string };
}

const cases = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => ({ name, ...(JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Case) }));

const policy = { ignoredLocations: [], ignoreTestOrders: true };

/** Versions are bigints, which JSON cannot hold. */
const comparable = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_key, inner) => (typeof inner === 'bigint' ? String(inner) : inner)));

describe('what an order says about stock', () => {
  it.each(cases)('$name: $proves', (one) => {
    const order = orderDocumentSchema.parse(one.given);
    const answer = projectionOf(order, { ...policy, ...one.policy });
    if (answer.outcome === 'facts') expect(comparable(answer)).toEqual(one.expected);
    else expect(answer).toMatchObject(one.expected);
  });

  it.each(cases)('I3: $name read twice gives the same facts, in any order of its lists', (one) => {
    const order = orderDocumentSchema.parse(one.given);
    const shuffled = {
      ...order,
      lineItems: [...order.lineItems].reverse(),
      fulfillmentOrders: [...order.fulfillmentOrders].reverse(),
      fulfillments: [...order.fulfillments].reverse(),
      refunds: [...order.refunds].reverse(),
      returns: [...order.returns].reverse(),
    };
    const sorted = (value: unknown): unknown => {
      const answer = comparable(value) as {
        facts?: { movements: unknown[]; reservations: { lines: unknown[] }[] };
      };
      const byText = (a: unknown, b: unknown) => JSON.stringify(a).localeCompare(JSON.stringify(b));
      answer.facts?.movements.sort(byText);
      for (const reservation of answer.facts?.reservations ?? []) reservation.lines.sort(byText);
      return answer;
    };
    expect(sorted(projectionOf(shuffled, policy))).toEqual(sorted(projectionOf(order, policy)));
  });
});

describe('the version of an order', () => {
  const given = orderDocumentSchema.parse(
    cases.find((one) => one.name === 'cancelled-fulfilment.json')?.given,
  );

  it('grows within one second when a document is added or cancelled', () => {
    const shipped = {
      ...given,
      fulfillments: given.fulfillments.map((one) => ({ ...one, status: 'SUCCESS' })),
    };
    const open = { ...given, fulfillments: [] };
    const moved = { ...open, updatedAt: given.fulfillments[0]!.updatedAt };
    expect(versionOf(moved) < versionOf(shipped)).toBe(true);
    expect(versionOf(shipped) < versionOf(given)).toBe(true);
  });
});
