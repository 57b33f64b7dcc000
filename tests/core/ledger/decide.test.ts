// The deciding part of the ledger alone, without a database: what a batch does to the view it is given.
import { describe, expect, it } from 'vitest';
import { decide, type LedgerView, type Plan } from '../../../src/core/ledger/decide.ts';
import { placeKey } from '../../../src/core/ledger/deltas.ts';
import { readingOf } from '../../../src/core/ledger/earlier-reading.ts';
import {
  contentsOf,
  derivedKey,
  factKey,
  fingerprintOf,
  type Movement,
  movementSchema,
  type Place,
  postingSchema,
} from '../../../src/core/ledger/movement.ts';
import { settlementOf } from '../../../src/core/ledger/post.ts';
import { quantityFrom, quantityText } from '../../../src/core/vocabulary/quantity.ts';
import { at, count, counts, line, movement, moves, posting } from './world.ts';

const ITEM = 1;
const SHELF: Place = { locationId: 10, state: 'sellable' };
const OPEN: Place = { locationId: 11, state: 'sellable' };
const SUPPLIER: Place = { locationId: 1, state: 'sellable' };
const CUSTOMER: Place = { locationId: 2, state: 'sellable' };
const ADJUSTMENT = 4;

const viewOf = (shelf: string, given: Partial<LedgerView> = {}): LedgerView => ({
  storedLines: new Map(),
  storedCounts: new Map(),
  balances: new Map([
    [placeKey(ITEM, SHELF), { quantity: quantityFrom(shelf), overdraft: false }],
    [placeKey(ITEM, OPEN), { quantity: quantityFrom('0'), overdraft: true }],
  ]),
  counts: new Map(),
  addedSince: new Map(),
  originals: new Map(),
  adjustmentLocationId: ADJUSTMENT,
  nameOf: () => 'SKU-1 at SHELF (sellable)',
  ...given,
});

const receipt = (quantity: number, seconds = 0, to = SHELF) =>
  movement('receipt', seconds, [line(ITEM, quantity, SUPPLIER, to)]);
const shipment = (quantity: number, seconds = 0, from = SHELF) =>
  movement('shipment', seconds, [line(ITEM, quantity, from, CUSTOMER)]);
const outcomes = (plan: Plan) =>
  plan.results.flatMap((result) => [...result.movements, ...result.counts].map((each) => each.outcome));
const delta = (plan: Plan, place: Place) => {
  const own = plan.deltas.get(placeKey(ITEM, place));
  return own && quantityText(own.quantity);
};
const lines = (plan: Plan) =>
  plan.lines.map((each) => [
    each.type,
    each.quantity,
    each.from.locationId,
    each.to.locationId,
    each.occurredAt,
  ]);

describe('keys', () => {
  it('I3: a document line has one key for ever, and it is a UUID that the schema takes', () => {
    for (let n = 0; n < 500; n += 1) {
      const key = factKey(n, { type: 'order', id: `${n}`, line: '1' });
      expect(movementSchema.shape.key.parse(key)).toBe(key);
      expect(movementSchema.shape.key.parse(derivedKey('x', n))).toBe(derivedKey('x', n));
    }
    expect(factKey(1, { type: 'a', id: 'b' })).toBe(factKey(1, { type: 'a', id: 'b' }));
  });

  it('keys differ by connection, type, document and line, and cannot be glued together', () => {
    const documents = [
      factKey(1, { type: 'a', id: 'b' }),
      factKey(2, { type: 'a', id: 'b' }),
      factKey(1, { type: 'a', id: 'b', line: '' }),
      factKey(1, { type: 'a', id: 'b', line: '1' }),
      factKey(1, { type: 'a', id: '', line: 'b' }),
      factKey(1, { type: 'ab', id: '' }),
      factKey(1, { type: 'a","b', id: '' }),
    ];
    expect(new Set(documents).size).toBe(documents.length);
  });

  it('a posting that travels as a job comes back the same, fingerprints included', () => {
    const given = posting({ movements: [receipt(3)], counts: [count(3, ITEM, SHELF, 5)] });
    expect(postingSchema.parse(JSON.parse(JSON.stringify(given)))).toEqual(given);
    const shout = { ...receipt(1), key: receipt(1).key.toUpperCase() };
    expect(postingSchema.parse(moves(shout)).movements[0]?.key).toBe(shout.key.toLowerCase());
  });
});

describe('movements', () => {
  it('posts within a batch in the order given: stock received first may be shipped next', () => {
    expect(outcomes(decide([moves(receipt(2)), moves(shipment(2))], viewOf('0')))).toEqual([
      'posted',
      'posted',
    ]);
    expect(outcomes(decide([moves(shipment(2)), moves(receipt(2))], viewOf('0')))).toEqual([
      'short',
      'posted',
    ]);
  });

  it('a refused movement leaves no trace for those after it', () => {
    const plan = decide([moves(shipment(9)), moves(shipment(3)), moves(shipment(1))], viewOf('3'));
    expect(outcomes(plan)).toEqual(['short', 'posted', 'short']);
    expect(delta(plan, SHELF)).toBe('-3');
    expect(plan.lines).toHaveLength(1);
  });

  it('I4: content is everything a line says; the note of the event is not', () => {
    const first = receipt(2);
    const print = fingerprintOf(contentsOf(1, first)[0]!).toString('hex');
    const view = viewOf('0', { storedLines: new Map([[first.key, [print]]]) });
    expect(
      outcomes(decide([posting({ movements: [first], note: 'other', inboxEventId: '9' })], view)),
    ).toEqual(['duplicate']);
    const changes: Partial<Movement>[] = [
      { type: 'return' },
      { occurredAt: at(1) },
      { document: 'other' },
      { reference: 'other' },
      { corrects: derivedKey('x') },
      { lines: [...first.lines, ...first.lines] },
      { lines: first.lines.map((each) => ({ ...each, lotId: 3 })) },
      { lines: first.lines.map((each) => ({ ...each, unitCost: '1' })) },
    ];
    for (const change of changes) {
      const plan = decide([moves({ ...first, ...change })], view);
      expect(outcomes(plan), JSON.stringify(change)).toEqual(['conflict']);
      expect(plan.lines).toEqual([]);
      expect(plan.conflicts).toHaveLength(1);
    }
  });

  describe('I4: beside a conflict', () => {
    const booked = movement('shipment', 0, [line(ITEM, 1, SHELF, CUSTOMER)], { id: 'F line 1' });
    const twelve = { ...booked, lines: [line(ITEM, 12, SHELF, CUSTOMER)] };
    const storedAs = (...known: Movement[]) =>
      viewOf('20', {
        storedLines: new Map(
          known.map((each) => [
            each.key,
            contentsOf(1, each).map((content) => fingerprintOf(content).toString('hex')),
          ]),
        ),
      });
    const reversal: Movement = {
      ...movement('shipment', 0, [line(ITEM, 12, CUSTOMER, SHELF)], { id: 'F line 1:rev' }),
      corrects: booked.key,
    };
    const another = shipment(2);

    it('what takes it back is not booked, for it would give back what was never taken; the rest is', () => {
      const plan = decide([posting({ movements: [twelve, reversal, another] })], storedAs(booked));
      expect(outcomes(plan)).toEqual(['conflict', 'conflict', 'posted']);
      expect(delta(plan, SHELF)).toBe('-2');
      expect(plan.conflicts).toHaveLength(1);
      const [, back] = plan.results[0]?.movements ?? [];
      expect(back).toMatchObject({
        reason: expect.stringMatching(/F line 1:rev is not booked: what it takes/),
      });
    });

    it('what takes it back and is known is the duplicate it was', () => {
      const plan = decide([posting({ movements: [twelve, reversal] })], storedAs(booked, reversal));
      expect(outcomes(plan)).toEqual(['conflict', 'duplicate']);
    });

    it('nothing of a whole posting is booked, in whatever order its movements stand, and the next posting is', () => {
      const whole = posting({ movements: [another, twelve, receipt(3)], whole: true });
      const plan = decide([whole, moves(receipt(7))], storedAs(booked));
      expect(outcomes(plan)).toEqual(['conflict', 'conflict', 'conflict', 'posted']);
      expect(delta(plan, SHELF)).toBe('7');
      expect(plan.conflicts).toHaveLength(1);
    });

    it('a whole posting whose lines are known or new is booked as ever', () => {
      const plan = decide([posting({ movements: [booked, another], whole: true })], storedAs(booked));
      expect(outcomes(plan)).toEqual(['duplicate', 'posted']);
    });
  });

  describe('I4: booked as an earlier catalogue read it', () => {
    const sold = (itemId: number, id: string, quantity = 1) =>
      movement('shipment', 0, [line(itemId, quantity, OPEN, CUSTOMER)], { id });
    const booked = sold(7, 'S line 1', 2);
    const before = sold(8, 'S line 1');
    const now: Movement = {
      ...sold(ITEM, 'S line 1'),
      earlier: [readingOf(1, before), readingOf(1, booked)],
    };
    const storedAs = (...known: Movement[]) =>
      viewOf('20', {
        storedLines: new Map(
          known.map((each) => [
            each.key,
            contentsOf(1, each).map((content) => fingerprintOf(content).toString('hex')),
          ]),
        ),
      });

    it('it is a duplicate that says so, and nothing moves; not booked yet, it is posted by the catalogue of today', () => {
      const plan = decide([moves(now)], storedAs(booked));
      expect(plan.results).toEqual([
        {
          movements: [
            {
              outcome: 'duplicate',
              note: 'document S line 1 stays as it was booked: by the catalogue of then, which has changed',
            },
          ],
          counts: [],
        },
      ]);
      expect([plan.lines, plan.conflicts, [...plan.deltas]]).toEqual([[], [], []]);
      const fresh = decide([moves(now), moves(now)], viewOf('0'));
      expect(fresh.results.flatMap((result) => result.movements)).toEqual([
        { outcome: 'posted' },
        { outcome: 'duplicate' },
      ]);
      expect(fresh.lines.map((each) => each.itemId)).toEqual([ITEM]);
    });

    it('a job from before there were earlier readings is a posting; one with them travels as it is', () => {
      expect(postingSchema.parse(JSON.parse(JSON.stringify(moves(now)))).movements).toEqual([now]);
      expect(postingSchema.parse(moves(booked)).movements).toEqual([booked]);
    });

    it.each<[string, Partial<Movement>]>([
      ['another quantity under either catalogue', { earlier: [readingOf(1, sold(7, 'S line 1', 3))] }],
      ['a part of what was booked', { earlier: [readingOf(1, sold(7, 'S line 1'))] }],
      ['no earlier reading', { earlier: [] }],
      ['that of another connection', { earlier: [readingOf(2, booked)] }],
    ])('%s is a conflict', (_, change) => {
      const plan = decide([moves({ ...now, ...change })], storedAs(booked));
      expect(outcomes(plan)).toEqual(['conflict']);
      expect(plan.conflicts).toHaveLength(1);
    });

    it('it contests nothing: what is new of a whole document is posted', () => {
      const whole = posting({ movements: [now, sold(ITEM, 'S line 2')], whole: true });
      expect(outcomes(decide([whole], storedAs(booked)))).toEqual(['duplicate', 'posted']);
    });

    it('what takes it back is not booked with other lines than those; with the same it is', () => {
      const back = (itemId: number): Movement => ({
        ...movement('shipment', 0, [line(itemId, 1, CUSTOMER, OPEN)], { id: `S line 1:rev ${itemId}` }),
        corrects: now.key,
      });
      const other: Movement = { ...back(ITEM), earlier: [readingOf(1, back(7))] };
      const plan = decide([posting({ movements: [now, other, back(9)] })], storedAs(booked));
      expect(outcomes(plan)).toEqual(['duplicate', 'conflict', 'posted']);
      expect(plan.results[0]?.movements[1]).toMatchObject({
        reason: expect.stringMatching(
          /rev 1 is not booked: what it takes back was booked before the catalogue/,
        ),
      });
    });

    it('told alone it is not booked where the original was recorded before the catalogue changed', () => {
      const back: Movement = {
        ...movement('shipment', 0, [line(ITEM, 1, CUSTOMER, OPEN)], { id: 'S line 1:rev' }),
        corrects: now.key,
        earlier: [readingOf(1, sold(7, 'S line 1'))],
        changedAt: at(10),
      };
      const recorded = (seconds: number) => viewOf('5', { originals: new Map([[now.key, at(seconds)]]) });
      expect(outcomes(decide([moves(back)], recorded(9)))).toEqual(['conflict']);
      expect(outcomes(decide([moves(back)], recorded(10)))).toEqual(['conflict']);
      expect(outcomes(decide([moves(back)], recorded(11)))).toEqual(['posted']);
      expect(outcomes(decide([moves(back)], viewOf('5')))).toEqual(['posted']);
    });
  });
});

describe('counts', () => {
  const mark = (seconds: number) => count(seconds, ITEM, SHELF, 0);

  it('the difference is to the ledger as of the count’s instant', () => {
    const own = count(10, ITEM, SHELF, 8);
    const plan = decide([counts(own)], viewOf('4', { addedSince: new Map([[own.key, quantityFrom('-6')]]) }));
    expect(plan.counts[0]?.ledgerQuantity).toBe(quantityFrom('10'));
    expect(lines(plan)).toEqual([['count', '2', SHELF.locationId, ADJUSTMENT, at(10)]]);
  });

  it('a movement at the count’s own instant comes before it; one later does not touch it', () => {
    const plan = decide(
      [counts(count(10, ITEM, SHELF, 5)), moves(receipt(3, 10)), moves(receipt(2, 11))],
      viewOf('0'),
    );
    expect(lines(plan)).toEqual([
      ['count', '5', ADJUSTMENT, SHELF.locationId, at(10)],
      ['receipt', '3', SUPPLIER.locationId, SHELF.locationId, at(10)],
      ['count', '3', SHELF.locationId, ADJUSTMENT, at(10)],
      ['receipt', '2', SUPPLIER.locationId, SHELF.locationId, at(11)],
    ]);
    expect(delta(plan, SHELF)).toBe('7');
  });

  it('only the first count after a late fact gives way: the later ones are reached through it', () => {
    const [first, second] = [mark(10), mark(20)];
    const marks = [first, second].map(({ key, countedAt }) => ({ key, countedAt }));
    const view = viewOf('0', { counts: new Map([[placeKey(ITEM, SHELF), marks]]) });
    const plan = decide([moves(receipt(3, 5)), moves(receipt(4, 15)), moves(receipt(5, 25))], view);
    expect(
      plan.lines.filter((each) => each.type === 'count').map((each) => [each.corrects, each.quantity]),
    ).toEqual([
      [first.key, '3'],
      [second.key, '4'],
    ]);
  });

  it('a count between two others moves what the later one had adjusted', () => {
    const later = mark(20);
    const view = viewOf('0', {
      counts: new Map([[placeKey(ITEM, SHELF), [{ key: later.key, countedAt: later.countedAt }]]]),
    });
    const plan = decide([counts(count(10, ITEM, SHELF, 6))], view);
    expect(lines(plan)).toEqual([
      ['count', '6', ADJUSTMENT, SHELF.locationId, at(10)],
      ['count', '6', SHELF.locationId, ADJUSTMENT, at(20)],
    ]);
    expect(delta(plan, SHELF)).toBe('0');
  });

  it('I6: a late shipment that a later count has covered needs no stock now', () => {
    const later = mark(20);
    const view = viewOf('0', {
      counts: new Map([[placeKey(ITEM, SHELF), [{ key: later.key, countedAt: later.countedAt }]]]),
    });
    expect(outcomes(decide([moves(shipment(4, 10))], view))).toEqual(['posted']);
    expect(outcomes(decide([moves(shipment(4, 21))], view))).toEqual(['short']);
  });

  it('I6: a count of the past that would leave less than nothing now is short', () => {
    const own = count(10, ITEM, SHELF, 0);
    const plan = decide([counts(own)], viewOf('0', { addedSince: new Map([[own.key, quantityFrom('-5')]]) }));
    expect(outcomes(plan)).toEqual(['short']);
    expect(plan.counts).toEqual([]);
  });

  it('a transfer late for counts at both ends is compensated at both', () => {
    const [one, two] = [count(10, ITEM, SHELF, 0), count(12, ITEM, OPEN, 0)];
    const transfer = movement('transfer', 5, [line(ITEM, 3, SHELF, OPEN)]);
    const plan = decide([counts(one), counts(two), moves(transfer)], viewOf('0'));
    expect(outcomes(plan)).toEqual(['posted', 'posted', 'posted']);
    expect([delta(plan, SHELF), delta(plan, OPEN)]).toEqual(['0', '0']);
    expect(plan.lines.map((each) => each.corrects)).toEqual([null, one.key, two.key]);
    expect(new Set(plan.lines.map((each) => each.key)).size).toBe(3);
  });
});

describe('how an event stands after posting', () => {
  const short = { outcome: 'short', itemId: 7, reason: 'short' } as const;
  const conflict = { outcome: 'conflict', reason: 'conflict' } as const;

  it.each([
    [
      'nothing refused',
      { movements: [{ outcome: 'posted' }, { outcome: 'duplicate' }], counts: [] },
      { status: 'applied', code: null, reason: 'note', waitsFor: [] },
    ],
    [
      'what stays as an earlier catalogue read it',
      { movements: [{ outcome: 'posted' }, { outcome: 'duplicate', note: 'stays' }], counts: [] },
      { status: 'applied', code: null, reason: 'note; stays', waitsFor: [] },
    ],
    [
      'a shortage',
      { movements: [short, short], counts: [] },
      { status: 'quarantined', code: 'stock_short', reason: 'short; short', waitsFor: [7] },
    ],
    [
      'a conflict',
      { movements: [{ outcome: 'posted' }], counts: [conflict] },
      { status: 'quarantined', code: 'key_conflict', reason: 'conflict', waitsFor: [] },
    ],
    [
      'both',
      { movements: [short, conflict], counts: [] },
      { status: 'quarantined', code: 'key_conflict', reason: 'short; conflict', waitsFor: [7] },
    ],
  ] as const)('%s', (_, result, settlement) => {
    expect(settlementOf(result, 'note')).toEqual(settlement);
  });

  it('what has nothing to note says nothing', () => {
    const stays = { outcome: 'duplicate', note: 'stays' } as const;
    expect(settlementOf({ movements: [{ outcome: 'posted' }], counts: [] }, null).reason).toBeNull();
    expect(settlementOf({ movements: [stays, stays], counts: [] }, null).reason).toBe('stays');
  });
});
