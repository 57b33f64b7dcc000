// Random histories of stock, what they must come to, and ways to deliver them out of order. The model is the naive one: all
// facts in an array, evaluated from scratch in the order of their effect.
import fc from 'fast-check';
import type { Place, Posting } from '../../../src/core/ledger/movement.ts';
import type { MovementType } from '../../../src/core/vocabulary/words.ts';
import { count, counts, line, movement, moves, type World } from './world.ts';

/** Places as `LOCATION state`; quantities in halves, so that fractions take part. */
export interface Move {
  readonly kind: 'move';
  readonly type: MovementType;
  readonly seconds: number;
  readonly lines: readonly {
    readonly item: number;
    readonly lot: number | undefined;
    readonly halves: number;
    readonly from: string;
    readonly to: string;
  }[];
}
export interface Counted {
  readonly kind: 'count';
  readonly seconds: number;
  readonly item: number;
  readonly spot: string;
  readonly halves: number;
}
export type Fact = Move | Counted;

const seconds = fc.integer({ min: 0, max: 8 });
const item = fc.integer({ min: 0, max: 1 });

const lineArbitrary = (from: readonly string[], to: readonly string[]) =>
  fc
    .record({
      item,
      lot: fc.option(fc.integer({ min: 0, max: 1 }), { nil: undefined }),
      halves: fc.integer({ min: 1, max: 20 }),
      from: fc.constantFrom(...from),
      to: fc.constantFrom(...to),
    })
    .filter((each) => each.from !== each.to);

const OPEN = ['LOOSE sellable', 'LOOSE damaged', 'YARD sellable'];

const moveArbitrary = (
  type: MovementType,
  from: readonly string[],
  to: readonly string[],
): fc.Arbitrary<Move> =>
  fc.record({
    kind: fc.constant('move' as const),
    type: fc.constant(type),
    seconds,
    lines: fc.array(lineArbitrary(from, to), { minLength: 1, maxLength: 2 }),
  });

/** Receipts, shipments, returns, transfers, status changes and counts of places that may go below zero; many at one instant. */
export const openHistory: fc.Arbitrary<readonly Fact[]> = fc.array(
  fc.oneof(
    moveArbitrary('receipt', ['@supplier sellable'], OPEN),
    moveArbitrary('shipment', OPEN, ['@customer sellable']),
    moveArbitrary('return', ['@customer sellable'], OPEN),
    moveArbitrary('transfer', OPEN, OPEN),
    moveArbitrary('status_change', ['LOOSE sellable', 'LOOSE damaged'], ['LOOSE sellable', 'LOOSE damaged']),
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('count' as const),
        seconds,
        item,
        spot: fc.constantFrom(...OPEN),
        halves: fc.integer({ min: -6, max: 30 }),
      }),
    },
  ),
  { minLength: 1, maxLength: 16 },
);

/**
 * Movements between guarded places that are possible in the order given. Transfers go one way only: goods that went in a circle
 * could not all be delivered in another order.
 */
export const guardedHistory: fc.Arbitrary<readonly Move[]> = fc
  .array(
    fc.oneof(
      moveArbitrary('receipt', ['@supplier sellable'], ['MAIN sellable', 'SHOP sellable']),
      moveArbitrary('return', ['@customer sellable'], ['SHOP sellable']),
      moveArbitrary('transfer', ['MAIN sellable'], ['SHOP sellable', 'BACK sellable']),
      moveArbitrary('transfer', ['SHOP sellable'], ['BACK sellable']),
      moveArbitrary('status_change', ['BACK sellable'], ['BACK damaged']),
      moveArbitrary('shipment', ['MAIN sellable', 'SHOP sellable', 'BACK sellable'], ['@customer sellable']),
    ),
    { minLength: 1, maxLength: 25 },
  )
  .map((facts) => {
    const levels = new Map<string, number>();
    return facts.filter((fact) => {
      const after = new Map(levels);
      for (const each of fact.lines) {
        addTo(after, `${each.item} ${each.from}`, -each.halves);
        addTo(after, `${each.item} ${each.to}`, each.halves);
      }
      if ([...after].some(([name, level]) => level < 0 && !name.includes('@'))) return false;
      for (const [name, level] of after) levels.set(name, level);
      return true;
    });
  });

const addTo = (levels: Map<string, number>, name: string, delta: number): void =>
  void levels.set(name, (levels.get(name) ?? 0) + delta);

/** A fact with the posting that reports it, and the key that orders counts of one instant. */
export interface Reported {
  readonly fact: Fact;
  readonly key: string;
  readonly posting: Posting;
}

let deliveries = 0;

/** The history as postings about two items and their lots. */
export function reported(
  world: World,
  history: readonly Fact[],
  items: readonly number[],
  lots: readonly (readonly number[])[],
): Reported[] {
  deliveries += 1;
  const placeOf = (spot: string): Place => {
    const [code, state] = spot.split(' ');
    return world.place(code as 'MAIN', state as Place['state']);
  };
  return history.map((fact, index) => {
    const id = `history ${deliveries} ${index}`;
    if (fact.kind === 'count') {
      const own = count(fact.seconds, items[fact.item] ?? 0, placeOf(fact.spot), fact.halves / 2, { id });
      return { fact, key: own.key, posting: counts(own) };
    }
    const lines = fact.lines.map((each) =>
      line(
        items[each.item] ?? 0,
        each.halves / 2,
        placeOf(each.from),
        placeOf(each.to),
        each.lot === undefined ? null : (lots[each.item]?.[each.lot] ?? null),
      ),
    );
    const own = movement(fact.type, fact.seconds, lines, { id });
    return { fact, key: own.key, posting: moves(own) };
  });
}

/** What the history comes to: levels in halves as `item LOCATION state`, zero ones left out. */
export function expected(facts: readonly Reported[]): Record<string, number> {
  // Movements take effect before a count of the same instant; counts of one instant follow their keys.
  const inOrder = [...facts].sort(
    (a, b) =>
      a.fact.seconds - b.fact.seconds ||
      Number(a.fact.kind === 'count') - Number(b.fact.kind === 'count') ||
      (a.key < b.key ? -1 : 1),
  );
  const levels = new Map<string, number>();
  for (const { fact } of inOrder) {
    if (fact.kind === 'count') {
      const name = `${fact.item} ${fact.spot}`;
      addTo(levels, `${fact.item} @adjustment sellable`, (levels.get(name) ?? 0) - fact.halves);
      levels.set(name, fact.halves);
      continue;
    }
    for (const each of fact.lines) {
      addTo(levels, `${each.item} ${each.from}`, -each.halves);
      addTo(levels, `${each.item} ${each.to}`, each.halves);
    }
  }
  return nonZero(levels);
}

/** The same for lots, as `item lot LOCATION state`: counts know no lots. */
export function expectedLots(facts: readonly Reported[]): Record<string, number> {
  const levels = new Map<string, number>();
  for (const { fact } of facts) {
    for (const each of fact.kind === 'move' ? fact.lines : []) {
      if (each.lot === undefined) continue;
      addTo(levels, `${each.item} ${each.lot} ${each.from}`, -each.halves);
      addTo(levels, `${each.item} ${each.lot} ${each.to}`, each.halves);
    }
  }
  return nonZero(levels);
}

export const nonZero = (levels: Map<string, number>): Record<string, number> =>
  Object.fromEntries([...levels].filter(([, level]) => level !== 0).sort(([a], [b]) => (a < b ? -1 : 1)));

/** Numbers from 0 up to `below`, the same for the same seed. */
export function dice(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

export function shuffled<T>(values: readonly T[], roll: (below: number) => number): T[] {
  const own = [...values];
  for (let index = own.length - 1; index > 0; index -= 1) {
    const other = roll(index + 1);
    [own[index], own[other]] = [own[other] as T, own[index] as T];
  }
  return own;
}

/** Every value at least once and some twice, out of order, in batches of random size. */
export function delivery<T>(values: readonly T[], seed: number): T[][] {
  const roll = dice(seed);
  const stream = shuffled([...values, ...values.filter(() => roll(3) === 0)], roll);
  const batches: T[][] = [];
  while (stream.length > 0) batches.push(stream.splice(0, 1 + roll(6)));
  return batches;
}
