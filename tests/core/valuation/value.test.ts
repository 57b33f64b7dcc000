// Value kept up with the ledger, on a real PostgreSQL: whatever comes in whatever order, what is stored is what a valuation
// from the beginning says, and what was said before is never changed.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Movement } from '../../../src/core/ledger/movement.ts';
import { factKey } from '../../../src/core/ledger/movement.ts';
import type { CostMethod, CostTiming } from '../../../src/core/vocabulary/words.ts';
import { at, line, movement } from '../ledger/world.ts';
import { type BooksWorld, openBooksWorld } from './books-world.ts';

const DAY_S = 86_400;

const KINDS = [
  'receive',
  'sell',
  'return',
  'toSea',
  'fromSea',
  'toAgent',
  'agentSells',
  'back',
  'find',
  'lose',
  'undo',
] as const;
type Kind = (typeof KINDS)[number];

interface Told {
  readonly kind: Kind;
  readonly item: number;
  readonly quantity: number;
  readonly day: number;
  readonly order: number;
  readonly cents: number;
}

/** The newest receipt of each item, for one that undoes it under another name. */
const receipts = new Map<number, string>();

/** Any kind of movement, at any day, in any order of telling. */
const told = fc.record({
  kind: fc.constantFrom(...KINDS, 'receive', 'sell', 'sell'),
  item: fc.nat(1),
  quantity: fc.integer({ min: 1, max: 30 }),
  day: fc.nat(70),
  order: fc.nat(6),
  cents: fc.integer({ min: 1, max: 900 }),
});

let facts = 0;
function movementOf(world: BooksWorld, items: readonly number[], each: Told, prefix: string): Movement {
  facts += 1;
  const item = items[each.item] ?? 0;
  const at = (code: string) => ({ locationId: world.site(code), state: 'sellable' as const });
  const ends: Record<Kind, readonly [string, string, Movement['type']]> = {
    receive: ['@supplier', 'LOOSE', 'receipt'],
    sell: ['LOOSE', '@customer', 'shipment'],
    return: ['@customer', 'LOOSE', 'return'],
    toSea: ['LOOSE', 'SEA', 'transfer'],
    fromSea: ['SEA', 'YARD', 'transfer'],
    toAgent: ['LOOSE', 'AGENT', 'transfer'],
    agentSells: ['AGENT', '@customer', 'shipment'],
    back: ['LOOSE', '@supplier', 'return'],
    find: ['@adjustment', 'YARD', 'adjustment'],
    lose: ['YARD', '@adjustment', 'adjustment'],
    undo: ['LOOSE', '@supplier', 'receipt'],
  };
  const [from, to, type] = ends[each.kind];
  const made = movement(type, each.day * DAY_S, [line(item, each.quantity, at(from), at(to))], {
    id: `${prefix}-${facts}`,
  });
  const undone = each.kind === 'undo' ? receipts.get(item) : undefined;
  if (each.kind === 'receive') receipts.set(item, made.key);
  if (undone !== undefined) return { ...made, corrects: undone };
  const isPurchase = each.kind === 'receive' || each.kind === 'back';
  const unitCost = each.kind === 'receive' ? (each.cents / 100).toFixed(2) : null;
  return {
    ...made,
    reference: `${prefix} ${isPurchase ? 'PO' : 'order'} ${each.order}`,
    lines: made.lines.map((own) => ({ ...own, unitCost, currency: unitCost === null ? null : 'USD' })),
  };
}

describe.each<[CostMethod, CostTiming]>([
  ['fifo', 'perpetual'],
  ['lifo', 'perpetual'],
  ['average', 'perpetual'],
  ['average', 'month'],
  ['lifo', 'day'],
  ['specific', 'perpetual'],
  ['standard', 'perpetual'],
])('%s, %s', (method, timing) => {
  let world: BooksWorld;
  beforeAll(async () => {
    world = await openBooksWorld({ items: 3000, rules: { method, timing } });
  });
  afterAll(() => world.close());

  test('what is stored after any late fact, bill or freight is what a valuation from the beginning says', async () => {
    let round = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(told, { minLength: 1, maxLength: 12, size: 'max' }), {
          minLength: 1,
          maxLength: 4,
        }),
        fc.constantFrom(2, 5, 5000),
        async (batches, windowLines) => {
          round += 1;
          const prefix = `r${round}`;
          // Items of their own, so that a case that fails can be told shorter.
          const items = world.items.slice(2 * round, 2 * round + 2);
          const [, item = 0] = items;
          await world.say({
            kind: 'expected_cost',
            key: factKey(1, { type: 'expected', id: prefix }),
            document: `expected cost ${prefix}`,
            effectiveAt: at((round % 60) * DAY_S),
            content: { itemId: item, unitCost: `${round % 9}.25` },
          });
          const holds = async () => {
            const { failed } = await world.value({ windowLines });
            expect(failed).toBe(0);
            for (const itemId of items) {
              const { stored, afresh } = await world.bothWays(itemId);
              expect(stored).toEqual(afresh);
            }
          };
          for (const [index, batch] of batches.entries()) {
            await world.post(...batch.map((each) => movementOf(world, items, each, prefix)));
            if (index === 1) await world.say(billOf(items, prefix, round), freightOf(prefix));
            await holds();
          }
          // What freight was divided by is another now, for a part of it.
          await world.say(billOf(items.slice(0, 1), prefix, round + 30, 3));
          await holds();
        },
      ),
      { numRuns: Number(process.env.STOCKBRIDGE_VALUE_RUNS ?? 8), verbose: 1 },
    );
  }, 120_000);
});

const billOf = (items: readonly number[], prefix: string, round: number, order = 1) => ({
  kind: 'bill' as const,
  key: factKey(1, { type: 'bill', id: `${prefix} ${order}` }),
  document: `bill ${prefix} ${order}`,
  effectiveAt: at(50 * DAY_S),
  content: {
    number: `${prefix} ${order}`,
    supplier: 'Northmill',
    currency: 'USD',
    lines: items.map((itemId, index) => ({
      ...{ itemId, reference: `${prefix} PO ${order + index}` },
      ...(index === 0 ? { quantity: '7', amount: `${round}.37` } : { quantity: '40', amount: '99.99' }),
    })),
  },
});

const freightOf = (prefix: string) => ({
  kind: 'landed_cost' as const,
  key: factKey(1, { type: 'freight', id: prefix }),
  document: `freight ${prefix}`,
  effectiveAt: at(55 * DAY_S),
  content: {
    number: prefix,
    amount: '13.01',
    currency: 'USD',
    by: 'value' as const,
    receipts: [`${prefix} PO 1`, `${prefix} PO 3`],
    role: 'landed_clearing' as const,
  },
});
