// The canonical document: what each type of event becomes, and what is said about each way to get it wrong.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Facts, Interpretation, StoredEvent } from '../../../src/connectors/contract.ts';
import { eventSchema } from '../../../src/connectors/webhook/index.ts';
import { interpretDelivery } from '../../../src/connectors/webhook/interpret.ts';
import { instantFrom } from '../../../src/core/vocabulary/instant.ts';

const AT = '2026-11-21T09:30:00+01:00';
const OCCURRED = instantFrom(AT);
const head = { id: 'e-1', document: 'd-1', occurredAt: AT };
const line = { sku: 'MUG', quantity: '2', location: 'shop' };

const stored = (body: string): StoredEvent => ({
  id: '1',
  source: 'webhook',
  topic: 'any',
  dedupeKey: 'any',
  occurredAt: undefined,
  receivedAt: OCCURRED,
  headers: {},
  body: Buffer.from(body, 'utf8'),
});
const interpret = (document: unknown): Interpretation =>
  interpretDelivery(stored(typeof document === 'string' ? document : JSON.stringify(document)));
const factsOf = (document: unknown): Facts => {
  const answer = interpret(document);
  if (answer.outcome !== 'facts') throw new Error(JSON.stringify(answer));
  return answer.facts;
};
const reasonFor = (document: unknown): string => {
  const answer = interpret(document);
  return answer.outcome === 'quarantined' ? `${answer.code}: ${answer.reason}` : answer.outcome;
};

describe('the way that stock takes', () => {
  const shop = { location: 'shop' };
  it.each([
    ['sale', {}, 'shipment', shop, { virtual: 'customer' }],
    ['return', { state: 'hold' }, 'return', { virtual: 'customer' }, { location: 'shop', state: 'hold' }],
    ['receipt', {}, 'receipt', { virtual: 'supplier' }, shop],
    ['adjustment', {}, 'adjustment', { virtual: 'adjustment' }, shop],
    ['adjustment', { quantity: -2 }, 'adjustment', shop, { virtual: 'adjustment' }],
    ['transfer', { toLocation: 'cellar' }, 'transfer', shop, { location: 'cellar' }],
    [
      'status_change',
      { toState: 'damaged' },
      'status_change',
      { location: 'shop', state: 'sellable' },
      { location: 'shop', state: 'damaged' },
    ],
  ])('of a %s %j', (type, more, movement, from, to) => {
    const { movements } = factsOf({ ...head, type, reference: 'R-9', lines: [{ ...line, ...more }] });
    expect(movements).toEqual([
      {
        type: movement,
        document: { type, id: 'd-1', line: '1' },
        occurredAt: '2026-11-21T08:30:00.000000Z',
        reference: 'R-9',
        lines: [{ item: { sku: 'MUG' }, quantity: '2', from, to }],
      },
    ]);
  });

  it('is told line by line, each keyed by its own id or its place', () => {
    const lines = [line, { ...line, line: 'x' }, { ...line, listing: '17', unit: 'box', lot: 'L1' }];
    const { movements } = factsOf({ ...head, type: 'sale', lines });
    expect(movements.map(({ document }) => document.line)).toEqual(['1', 'x', '3']);
    expect(movements[2]?.lines[0]).toMatchObject({
      item: { listing: '17', sku: 'MUG' },
      unit: 'box',
      lot: 'L1',
    });
  });
});

it('a reservation stands for the whole order: with a version of its own, or that of its time; empty releases all', () => {
  const order = { ...head, type: 'reservation', lines: [] };
  expect(factsOf(order).reservations).toEqual([
    { order: 'd-1', version: 1795249800000000n, reservedAt: OCCURRED, lines: [] },
  ]);
  expect(factsOf({ ...order, version: 7 }).reservations[0]?.version).toBe(7n);
});

it('a level is an observation, never a movement', () => {
  const facts = factsOf({ ...head, type: 'level', lines: [{ ...line, quantity: -4 }] });
  expect(facts).toMatchObject({
    movements: [],
    counts: [],
    observations: [{ basis: 'available', quantity: '-4' }],
  });
});

it('a batch is understood as a whole or not at all', () => {
  const good = { ...head, type: 'sale', lines: [line] };
  const events = [good, { ...good, id: 'e-2', document: 'd-2' }];
  expect(factsOf({ events }).movements.map(({ document }) => document.id)).toEqual(['d-1', 'd-2']);
  expect(reasonFor({ events: [good, { ...good, lines: [{ ...line, quantity: 0 }] }] })).toBe(
    'content_invalid: events[1].lines[0].quantity: must be above zero; the type says the direction',
  );
});

describe('a quantity', () => {
  it.each([
    ['"1.50"', '1.5'],
    ['3', '3'],
    ['1.25', '1.25'],
    ['"0.000001"', '0.000001'],
    ['"999999999999999"', '999999999999999'],
  ])('%s is exactly %s', (text, quantity) => {
    const body = JSON.stringify({ ...head, type: 'sale', lines: [{ ...line, quantity: 'HERE' }] }).replace(
      '"HERE"',
      text,
    );
    expect(factsOf(body).movements[0]?.lines[0]?.quantity).toBe(quantity);
  });

  it.each([
    '"1e3"',
    '1e30',
    '0.30000000000000004',
    '"1,5"',
    '""',
    '" 1"',
    '"+1"',
    'true',
    'null',
    '{}',
    '9007199254740993000',
  ])('%s is refused', (text) => {
    const body = JSON.stringify({ ...head, type: 'sale', lines: [{ ...line, quantity: 'HERE' }] }).replace(
      '"HERE"',
      text,
    );
    expect(reasonFor(body)).toMatch(/^content_invalid: lines\[0\]\.quantity: must be a decimal/);
  });
});

describe('a refusal names the place and says what to do', () => {
  const sale = { ...head, type: 'sale', lines: [line] };
  it.each([
    [{ ...sale, foo: 1 }, 'unknown field "foo"; remove it, or use one of id, occurredAt'],
    [{ ...sale, lines: [{ ...line, qty: 1 }] }, 'lines[0]: unknown field "qty"; remove it'],
    [{ ...sale, type: 'sold' }, 'type: must be sale, return, receipt'],
    [{ ...sale, lines: [] }, 'lines: must have at least one line'],
    [{ ...sale, lines: [{ ...line, sku: undefined }] }, 'lines[0]: needs a listing or a sku'],
    [{ ...sale, lines: [{ ...line, quantity: '-1' }] }, 'lines[0].quantity: must be above zero'],
    [{ ...sale, lines: [line, { ...line, line: '1' }] }, 'lines[1].line: is used by an earlier line'],
    [{ ...sale, lines: [{ ...line, location: 7 }] }, 'lines[0].location: must be given as string'],
    [{ ...sale, lines: [{ ...line, state: 'broken' }] }, 'lines[0].state: must be one of sellable, hold'],
    [{ ...sale, occurredAt: '2026-11-21 09:30' }, 'occurredAt: must be an ISO 8601 instant with a zone'],
    [{ ...sale, document: undefined }, 'document: is missing; give it as string'],
    [{ ...sale, id: 'a\u0007' }, 'id: must not contain NUL, control characters'],
    [
      { ...sale, type: 'transfer', lines: [{ ...line, toLocation: 'shop' }] },
      'toLocation: must differ from location',
    ],
    [
      { ...sale, type: 'status_change', lines: [{ ...line, toState: 'sellable' }] },
      'toState: must differ from state',
    ],
    [{ ...sale, type: 'adjustment', lines: [{ ...line, quantity: 0 }] }, 'quantity: must not be zero'],
    [{ ...sale, type: 'count', lines: [{ ...line, quantity: -1 }] }, 'quantity: must be zero or more'],
    [{ events: [] }, 'events: must have at least one event'],
    [{ events: [sale], more: 1 }, 'unknown field "more"; remove it, or use one of events'],
    [[sale], 'the document: must be given as object'],
  ])('%j', (document, reason) => expect(reasonFor(document)).toContain(reason));

  it.each([
    ['{"id":1,"id":2}', 'occurs twice'],
    ['{', 'not JSON'],
    ['{"id":"\\u0000"}', 'NUL or broken Unicode at id'],
  ])('%s is kept as malformed', (body, reason) => {
    expect(reasonFor(body)).toContain('body_malformed');
    expect(reasonFor(body)).toContain(reason);
  });
});

it('never throws and answers in plain words, whatever it is given', () => {
  const anything = fc.oneof(
    fc.json(),
    fc.string(),
    fc
      .record({
        type: fc.constantFrom('sale', 'count', 'level', 'transfer'),
        lines: fc.array(fc.object()),
        events: fc.anything(),
      })
      .map((value) => {
        try {
          return JSON.stringify(value) ?? '';
        } catch {
          return '';
        }
      }),
  );
  fc.assert(
    fc.property(anything, (body) => {
      const answer = interpret(body);
      expect(answer.outcome).toBe('quarantined');
      if (answer.outcome === 'quarantined') expect(answer.reason).toMatch(/^\P{Cc}{5,500}$/u);
    }),
    { numRuns: 500 },
  );
});

it('is published as JSON Schema in which every field of a line is described', () => {
  const text = JSON.stringify(z.toJSONSchema(eventSchema, { io: 'input' }));
  for (const name of ['quantity', 'location', 'toLocation', 'toState', 'occurredAt', 'document', 'basis']) {
    expect(text).toMatch(new RegExp(`"${name}":\\{[^}]*"description":"[^"]{8,}`));
  }
});
