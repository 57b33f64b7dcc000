// What every change of state means, against a hand-written list; nothing here needs a seller.
import { describe, expect, test } from 'vitest';
import type { Connection, Interpretation, ReportedPlace } from '../../../src/connectors/contract.ts';
import { isRecount } from '../../../src/connectors/square/change.ts';
import { square } from '../../../src/connectors/square/index.ts';
import { TRANSITIONS } from '../../../src/connectors/square/states.ts';
import { adjustmentSchema } from '../../../src/connectors/square/wire.ts';
import { changeEvent, connect } from './shop.ts';
import { GOLDEN_TRANSITIONS, type GoldenTransition } from './transitions.golden.ts';

/** No request is ever made: an unroutable address would fail the test. */
const settings = square.settings.parse({
  accessToken: 'token-never-sent',
  signatureKey: 'k',
  baseUrl: 'http://127.0.0.1:9',
});
const connection: Connection = connect(settings);

const adjustmentOf = (over: Record<string, unknown>) => ({
  type: 'ADJUSTMENT',
  adjustment: {
    id: 'CHANGE1',
    catalog_object_id: 'VARIATION1',
    catalog_object_type: 'ITEM_VARIATION',
    from_location_id: 'A',
    to_location_id: 'A',
    quantity: '3',
    occurred_at: '2026-11-20T10:00:00.123456789Z',
    created_at: '2026-11-20T10:00:01Z',
    source: { product: 'SQUARE_POS' },
    ...over,
  },
});

async function interpreted(change: unknown): Promise<Interpretation> {
  const [interpretation] = await connection.interpret([changeEvent(change)]);
  if (interpretation === undefined) throw new Error('no interpretation');
  return interpretation;
}

const titleOf = ({ from, to, reason, papers, expected }: GoldenTransition): string =>
  `${from} to ${to}${reason ? ` (${reason})` : ''}${papers ? ` (${papers})` : ''} is ${expected}`;

const sign = (place: ReportedPlace, wanted: 'onHand' | 'available'): number =>
  !('location' in place) || (wanted === 'available' && (place.state ?? 'sellable') !== 'sellable') ? 0 : 1;

describe('the state table', () => {
  test.each(GOLDEN_TRANSITIONS.map((golden) => [titleOf(golden), golden] as const))(
    '%s',
    async (_, golden) => {
      const interpretation = await interpreted(
        adjustmentOf({
          from_state: golden.from,
          to_state: golden.to,
          ...(golden.reason === undefined ? {} : { reason_id: { type: golden.reason } }),
          ...(golden.papers === undefined ? {} : { [golden.papers]: 'PAPER1' }),
        }),
      );
      if (golden.expected === 'ignored' || golden.expected === 'quarantined') {
        expect(interpretation).toMatchObject({ outcome: golden.expected, reason: expect.any(String) });
        return;
      }
      if (interpretation.outcome !== 'facts')
        throw new Error(`${interpretation.outcome}: ${interpretation.reason}`);
      const [movement, ...others] = interpretation.facts.movements;
      const [line, ...moreLines] = movement?.lines ?? [];
      if (movement === undefined || line === undefined) throw new Error('no movement');
      expect([others, moreLines, interpretation.facts.counts, interpretation.facts.observations]).toEqual([
        [],
        [],
        [],
        [],
      ]);
      expect(movement).toMatchObject({
        type: golden.expected,
        document: { type: 'inventory-change', id: 'CHANGE1' },
        occurredAt: '2026-11-20T10:00:00.123456Z',
      });
      expect(line).toMatchObject({ item: { listing: 'VARIATION1' }, quantity: '3' });
      expect(sign(line.to, 'onHand') - sign(line.from, 'onHand')).toBe(golden.onHand);
      expect(sign(line.to, 'available') - sign(line.from, 'available')).toBe(golden.available);
      const virtual = [line.from, line.to].flatMap((place) => ('virtual' in place ? [place.virtual] : []));
      expect(virtual).toEqual(golden.outside === undefined ? [] : [golden.outside]);
    },
  );

  test('has a golden case for every one of its rows', () => {
    const missing = TRANSITIONS.filter(
      (row) =>
        !GOLDEN_TRANSITIONS.some(
          (golden) =>
            golden.from === row.from &&
            golden.to === row.to &&
            (row.reasons === undefined ||
              (golden.reason !== undefined && row.reasons.includes(golden.reason))),
        ),
    );
    expect(missing).toEqual([]);
  });
});

describe('one adjustment', () => {
  test('between two locations is one transfer from the first to the second', async () => {
    const change = { from_state: 'IN_STOCK', to_state: 'IN_STOCK', to_location_id: 'B' };
    expect(await interpreted(adjustmentOf(change))).toMatchObject({
      facts: {
        movements: [{ type: 'transfer', lines: [{ from: { location: 'A' }, to: { location: 'B' } }] }],
      },
    });
  });

  test('into transit holds the stock where it is going, and the arrival makes it sellable there', async () => {
    const sent = { from_state: 'IN_STOCK', to_state: 'IN_TRANSIT', to_location_id: 'B' };
    const arrived = {
      from_state: 'IN_TRANSIT',
      to_state: 'IN_STOCK',
      from_location_id: 'B',
      to_location_id: 'B',
    };
    expect(await interpreted(adjustmentOf(sent))).toMatchObject({
      facts: {
        movements: [
          { type: 'transfer', lines: [{ from: { location: 'A' }, to: { location: 'B', state: 'hold' } }] },
        ],
      },
    });
    expect(await interpreted(adjustmentOf(arrived))).toMatchObject({
      facts: {
        movements: [
          {
            type: 'status_change',
            lines: [{ from: { location: 'B', state: 'hold' }, to: { location: 'B' } }],
          },
        ],
      },
    });
  });

  test('may name only one of its locations', async () => {
    const sale = { from_state: 'IN_STOCK', to_state: 'SOLD', to_location_id: undefined };
    expect(await interpreted(adjustmentOf(sale))).toMatchObject({
      facts: { movements: [{ lines: [{ from: { location: 'A' } }] }] },
    });
  });

  test.each([
    ['a quantity that is no number', { quantity: 'many' }],
    ['a negative quantity', { quantity: '-3' }],
    ['no quantity', { quantity: undefined }],
    ['no location', { from_location_id: null, to_location_id: null }],
    ['no instant', { occurred_at: 'yesterday' }],
    ['no id', { id: undefined }],
  ])('with %s is quarantined, never read as zero', async (_, over) => {
    const change = adjustmentOf({ from_state: 'IN_STOCK', to_state: 'SOLD', ...over });
    expect(await interpreted(change)).toMatchObject({ outcome: 'quarantined', code: 'content_invalid' });
  });

  test('with a quantity of zero is ignored', async () => {
    const change = adjustmentOf({ from_state: 'IN_STOCK', to_state: 'SOLD', quantity: '0.000' });
    expect(await interpreted(change)).toMatchObject({ outcome: 'ignored' });
  });

  test('keeps five decimals and names the business document', async () => {
    const change = {
      from_state: 'IN_STOCK',
      to_state: 'SOLD',
      quantity: '0.33333',
      transaction_id: 'ORDER7',
    };
    expect(await interpreted(adjustmentOf(change))).toMatchObject({
      facts: { movements: [{ reference: 'ORDER7', lines: [{ quantity: '0.33333' }] }] },
    });
  });

  test('is a recount by its count or by its reason', () => {
    const { adjustment } = adjustmentOf({ from_state: 'NONE', to_state: 'IN_STOCK' });
    expect(isRecount(adjustmentSchema.parse(adjustment))).toBe(false);
    expect(isRecount(adjustmentSchema.parse({ ...adjustment, physical_count_id: 'COUNT1' }))).toBe(true);
    expect(isRecount(adjustmentSchema.parse({ ...adjustment, reason_id: { type: 'RECOUNT' } }))).toBe(true);
  });
});

describe('a physical count', () => {
  const countOf = (over: Record<string, unknown>) => ({
    type: 'PHYSICAL_COUNT',
    physical_count: {
      id: 'COUNT1',
      catalog_object_id: 'VARIATION1',
      location_id: 'A',
      state: 'IN_STOCK',
      quantity: '53.0',
      occurred_at: '2026-11-20T10:00:00Z',
      ...over,
    },
  });

  test('asserts the quantity at its own instant, and moves nothing', async () => {
    expect(await interpreted(countOf({}))).toEqual({
      outcome: 'facts',
      facts: {
        movements: [],
        reservations: [],
        observations: [],
        counts: [
          {
            document: { type: 'inventory-change', id: 'COUNT1' },
            item: { listing: 'VARIATION1' },
            location: 'A',
            countedAt: '2026-11-20T10:00:00.000000Z',
            quantity: '53',
          },
        ],
      },
    });
  });

  test('may find nothing', async () => {
    expect(await interpreted(countOf({ quantity: '0' }))).toMatchObject({
      facts: { counts: [{ quantity: '0' }] },
    });
  });

  test.each([
    'RETURNED_BY_CUSTOMER',
    'RESERVED_FOR_SALE',
    'CUSTOM',
    'UNTRACKED',
    'SUPPORTED_BY_NEWER_VERSION',
  ])('of %s is quarantined', async (state) => {
    expect(await interpreted(countOf({ state }))).toMatchObject({
      outcome: 'quarantined',
      code: 'content_invalid',
    });
  });

  test('of what was sold or wasted says nothing about our shelves', async () => {
    expect(await interpreted(countOf({ state: 'WASTE' }))).toMatchObject({ outcome: 'ignored' });
  });
});

test('a change of a kind that this version does not know is quarantined', async () => {
  const retired = { type: 'TRANSFER', transfer: { id: 'T1' } };
  expect(await interpreted(retired)).toMatchObject({ outcome: 'quarantined', code: 'content_invalid' });
});
