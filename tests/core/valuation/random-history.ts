// Any history of one item, as data that fast-check can make smaller: what came, left, came back, moved and was said, on any day
// and in any order of recording.
import fc from 'fast-check';
import type { Pool } from '../../../src/core/valuation/step.ts';
import { type Money, moneyText } from '../../../src/core/vocabulary/money.ts';
import type { AccountRole, CostMethod, CostTiming } from '../../../src/core/vocabulary/words.ts';
import { type History, type HistoryOptions, history, SHIP, STORE } from './history.ts';

export const MAIN: Pool = { id: 0, role: 'inventory' };
export const AGENT: Pool = { id: 8, role: 'consigned_out' };
const POOLS: readonly Pool[] = [MAIN, STORE, SHIP, AGENT];

/** Every way of costing: its method and when it makes prices. */
export const WAYS: readonly (readonly [CostMethod, CostTiming])[] = [
  ['fifo', 'perpetual'],
  ['lifo', 'perpetual'],
  ['average', 'perpetual'],
  ['average', 'day'],
  ['average', 'month'],
  ['lifo', 'month'],
  ['specific', 'perpetual'],
  ['standard', 'perpetual'],
];

export const CURRENCIES = ['JPY', 'USD', 'KWD'] as const;

export const KINDS = [
  'in',
  'found',
  'out',
  'back',
  'toSupplier',
  'unmake',
  'move',
  'expects',
  'revalues',
  'fetches',
  'method',
] as const;
export type Kind = (typeof KINDS)[number];

export interface Told {
  readonly kind: Kind;
  readonly day: number;
  /** Eighths of a unit. */
  readonly eighths: number;
  /** Smallest units of money for one unit. */
  readonly price: number;
  readonly from: number;
  readonly to: number;
  readonly order: number;
  readonly lot: number;
  readonly choice: number;
}

/** One thing that happens; `kinds` are those to choose from, in proportion to how often they are named. */
export const told = (kinds: readonly Kind[], days = 70): fc.Arbitrary<Told> =>
  fc.record({
    kind: fc.constantFrom(...kinds),
    day: fc.nat(days),
    eighths: fc.oneof(
      fc.integer({ min: 1, max: 30 }).map((n) => n * 8),
      fc.integer({ min: 1, max: 99 }),
    ),
    price: fc.oneof(fc.nat(900), fc.constantFrom(0, 1, 100_000)),
    from: fc.nat(3),
    to: fc.nat(3),
    order: fc.nat(4),
    lot: fc.nat(3),
    choice: fc.nat(7),
  });

/** Most of a history is buying and selling. */
export const ANY: readonly Kind[] = [...KINDS, 'in', 'in', 'in', 'out', 'out', 'out', 'back', 'move'];

const TARGETS: readonly AccountRole[] = [
  'cost_of_goods_sold',
  'cost_of_goods_sold',
  'work_in_progress',
  'scrap',
  'adjustment',
];
const METHODS: readonly CostMethod[] = ['fifo', 'lifo', 'average', 'specific', 'standard'];

/** The history that was told, in the order of telling; a day is when it takes effect. */
export function historyOfTold(options: HistoryOptions, facts: readonly Told[]): History {
  const story = history(options);
  const currency = options.currency ?? 'USD';
  const amount = (units: number): string => moneyText(BigInt(units) as Money, currency);
  const receipts: string[] = [];
  for (const [index, each] of facts.entries()) {
    const quantity = each.eighths / 8;
    const pool = POOLS[each.from] ?? MAIN;
    const id = `t${index}:0`;
    const when = { day: each.day, pool, id, ...(each.lot === 0 ? {} : { lot: each.lot }) };
    const order = each.order === 0 ? {} : { order: `order ${each.order}` };
    const cost = amount(Math.round(quantity * each.price));
    const unitCost = `${each.price}.${String(each.choice * 123_457).padStart(6, '0')}`;
    switch (each.kind) {
      case 'in':
        receipts.push(id);
        story.in(quantity, cost, { ...when, ...(each.choice === 0 ? { landed: amount(each.price) } : {}) });
        break;
      case 'found':
        story.found(quantity, { ...when, ...(each.choice < 3 ? { value: cost } : {}) });
        break;
      case 'out':
        story.out(quantity, { ...when, ...order, to: TARGETS[each.choice % TARGETS.length] as AccountRole });
        break;
      case 'back':
        story.back(quantity, {
          ...when,
          ...order,
          scrapped: each.choice === 0,
          from: TARGETS[each.to % TARGETS.length] as AccountRole,
        });
        break;
      case 'toSupplier': {
        const receipt = receipts[each.choice];
        story.toSupplier(quantity, {
          ...when,
          ...(receipt === undefined ? {} : { receipt }),
          ...(each.order < 2 ? { credit: cost } : {}),
        });
        break;
      }
      case 'unmake':
        story.unmake(quantity, {
          ...when,
          output: receipts[each.choice] ?? '',
          ...(each.order < 2 ? { credit: cost } : {}),
        });
        break;
      case 'move': {
        const to = POOLS[each.to] ?? MAIN;
        if (to.id !== pool.id) story.move(quantity, to, when);
        break;
      }
      case 'expects':
      case 'revalues':
        story.expects(unitCost, { ...when, revalues: each.kind === 'revalues' });
        break;
      case 'fetches':
        story.fetches(unitCost, when);
        break;
      case 'method':
        // Only where every step is priced at once: a change of timing is the rules' own matter.
        if ((options.timing ?? 'perpetual') === 'perpetual')
          story.method(METHODS[each.choice % METHODS.length] as CostMethod, when);
        break;
    }
  }
  return story;
}
