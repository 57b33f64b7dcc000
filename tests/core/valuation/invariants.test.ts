// What must hold for every history of an item, whatever it is costed by: the invariants of value, each as a property.
// That journals balance (I9) and nothing is dated in a closed period (I10) is proved where journals are: tests/core/journals.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { soldIn } from '../../../src/core/valuation/away.ts';
import { differences, type EntryToStore, sumsOf } from '../../../src/core/valuation/entries.ts';
import { fold } from '../../../src/core/valuation/fold.ts';
import { inOrder } from '../../../src/core/valuation/order.ts';
import { onHand } from '../../../src/core/valuation/run.ts';
import { type ItemState, stateFrom, stateText } from '../../../src/core/valuation/state.ts';
import type { Bucket, CostEntry, CostPolicy, Step } from '../../../src/core/valuation/step.ts';
import { type Quantity, quantityFrom, quantityText } from '../../../src/core/vocabulary/quantity.ts';
import { STOCK_ROLES } from '../../../src/core/vocabulary/words.ts';
import { type History, type HistoryOptions, history } from './history.ts';
import { ANY, CURRENCIES, historyOfTold, type Kind, MAIN, type Told, told, WAYS } from './random-history.ts';

const RUNS = Number(process.env.STOCKBRIDGE_VALUE_RUNS ?? 150);
const LONG = 60_000;

const facts = (kinds: readonly Kind[] = ANY, maxLength = 40) =>
  fc.array(told(kinds), { maxLength, size: 'max' });
const currency = fc.constantFrom(...CURRENCIES);
const framework = fc.constantFrom('ifrs' as const, 'us_gaap' as const);

const ordered = (story: History): Step[] => inOrder(story.steps, story.policy, () => story.policy.timing);

const isStock = ({ role }: Bucket): boolean => (STOCK_ROLES as readonly string[]).includes(role);

/** What entries say of each bucket: debit above zero. */
function balances(entries: readonly CostEntry[]): Map<string, { amount: bigint; quantity: bigint }> {
  const sums = new Map<string, { amount: bigint; quantity: bigint }>();
  const add = ({ role, pool }: Bucket, amount: bigint, quantity: bigint): void => {
    const key = pool === undefined ? role : `${role} ${pool}`;
    const sum = sums.get(key) ?? { amount: 0n, quantity: 0n };
    sums.set(key, { amount: sum.amount + amount, quantity: sum.quantity + quantity });
  };
  for (const { debit, credit, amount, quantity } of entries) {
    add(debit, amount, quantity);
    add(credit, -amount, -quantity);
  }
  return sums;
}

const roleAmount = (entries: readonly CostEntry[], role: string): bigint =>
  balances(entries).get(role)?.amount ?? 0n;

/** Holds after a step, whatever it was. */
function expectSound(state: ItemState): void {
  for (const pool of state.pools.values()) {
    const name = `pool ${pool.id}`;
    if (pool.quantity === 0n) expect(pool.value, `${name} holds nothing`).toBe(0n);
    if (pool.quantity > 0n) expect(pool.value >= 0n, `${name} is worth ${pool.value}`).toBe(true);
    if (pool.quantity < 0n) expect(pool.value <= 0n, `${name} lacks ${pool.value}`).toBe(true);
    const layers = pool.layers.slice(pool.first).filter((layer) => layer.quantity > 0n);
    if (layers.length > 0) {
      expect(sum(layers.map((layer) => layer.quantity))).toBe(pool.quantity);
      expect(sum(layers.map((layer) => layer.value))).toBe(pool.value);
      expect(layers.every((layer) => layer.value >= 0n)).toBe(true);
    }
    if (pool.shortages.length > 0) {
      expect(sum(pool.shortages.map((shortage) => shortage.quantity))).toBe(-pool.quantity);
      expect(sum(pool.shortages.map((shortage) => shortage.value))).toBe(-pool.value);
    }
  }
  const held = onHand(state);
  expect(state.allowance >= 0n && state.allowance <= held.value, 'written down below nothing').toBe(true);
}

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, each) => total + each, 0n);

const check = (property: fc.IProperty<never> | fc.IPropertyWithHooks<never>, numRuns = RUNS): void => {
  fc.assert(property as fc.IProperty<unknown>, { numRuns, verbose: 1 });
};
const property = fc.property as unknown as (...parts: unknown[]) => fc.IProperty<never>;

describe.each(WAYS)('%s, %s', (method, timing) => {
  const options = (own: HistoryOptions): HistoryOptions => ({ ...own, method, timing });

  test(
    'I11: after every step, no goods have no value, and goods have none below zero',
    () => {
      check(
        property(facts(), currency, framework, (all: Told[], own: string, rules: 'ifrs' | 'us_gaap') => {
          const story = historyOfTold(options({ currency: own, framework: rules }), all);
          let state: ItemState | undefined;
          let entries: CostEntry[] = [];
          const steps = ordered(story);
          for (const step of steps) {
            const references = steps.flatMap((each) => (each.kind === 'return' ? [each.reference] : []));
            const folded = fold(story.policy, [step], {
              ...(state ? { state } : {}),
              sold: soldIn(entries, references),
            });
            state = folded.state;
            entries = [...entries, ...folded.entries];
            expectSound(state);
          }
        }),
        60,
      );
    },
    LONG,
  );

  test(
    'what went into a pool less what left it is what it holds, and all value comes from somewhere',
    () => {
      check(
        property(facts(), currency, (all: Told[], own: string) => {
          const { entries, state } = historyOfTold(options({ currency: own }), all).valued();
          const said = balances(entries);
          let held = 0n;
          for (const pool of state.pools.values()) {
            const sums = said.get(`${pool.role} ${pool.id}`) ?? { amount: 0n, quantity: 0n };
            expect(sums).toEqual({ amount: pool.value, quantity: pool.quantity });
            held += pool.value;
          }
          expect(said.get('write_down_allowance')?.amount ?? 0n).toBe(-state.allowance);
          const elsewhere = [...said]
            .filter(([bucket]) => !/ \d+$/.test(bucket))
            .map(([, each]) => each.amount);
          expect(held).toBe(-sum(elsewhere));
        }),
      );
    },
    LONG,
  );

  test(
    'goods received and not billed are what the receipts said, less what suppliers credit',
    () => {
      check(
        property(facts(['in', 'in', 'out', 'toSupplier', 'move', 'method', 'revalues']), (all: Told[]) => {
          const story = historyOfTold(options({}), all);
          const { entries } = story.valued();
          let owed = 0n;
          let landed = 0n;
          for (const step of story.steps)
            if (step.kind === 'receive')
              for (const part of step.parts ?? [])
                if (part.kind === 'landed_cost') landed += part.amount;
                else owed += part.amount;
            else if (step.kind === 'supplier_return')
              owed -=
                step.credit ??
                sum(
                  entries
                    .filter(({ step: id, debit }) => id === step.id && debit.role === 'received_not_billed')
                    .map(({ amount }) => amount),
                );
          expect(roleAmount(entries, 'received_not_billed')).toBe(-owed);
          expect(roleAmount(entries, 'landed_clearing')).toBe(-landed);
        }),
      );
    },
    LONG,
  );

  test(
    'I3: folded in pieces, from state kept as text, it is what it is when folded at once',
    () => {
      check(
        property(
          facts(),
          currency,
          fc.array(fc.nat(40), { maxLength: 6 }),
          (all: Told[], own: string, cuts: number[]) => {
            const story = historyOfTold(options({ currency: own }), all);
            const steps = ordered(story);
            const whole = fold(story.policy, steps);
            const piecewise = inPieces(story.policy, steps, cuts);
            expect(piecewise.entries).toEqual(whole.entries);
            expect(stateText(piecewise.state)).toBe(stateText(whole.state));
          },
        ),
      );
    },
    LONG,
  );

  test(
    'I5: a fact recorded late adds the difference, and nothing said before is changed',
    () => {
      check(
        property(facts(), fc.nat(40), (all: Told[], hidden: number) => {
          const story = historyOfTold(options({}), all);
          const late = story.steps[hidden];
          const before = fold(
            story.policy,
            ordered(story).filter((step) => step !== late),
          ).entries.map(toStore);
          const after = story.valued().entries.map(toStore);
          const added = differences({ byKey: sumsOf(before) }, after);
          expect(texts([...before, ...added])).toEqual(texts(after));
          // And once it is said, there is nothing more to say.
          expect(differences({ byKey: sumsOf([...before, ...added]) }, after)).toEqual([]);
        }),
      );
    },
    LONG,
  );

  test(
    'the order in which facts of different instants are recorded changes nothing',
    () => {
      check(
        property(facts(), fc.infiniteStream(fc.nat(1000)), (all: Told[], shuffle: Iterator<number>) => {
          // Ties are broken by recording, so each fact has an instant of its own.
          const own = all.map((each, index) => ({ ...each, day: index }));
          const story = historyOfTold(options({}), own);
          const whole = story.valued();
          const shuffled = story.steps
            .map((step) => ({
              step: { ...step, sequence: BigInt(shuffle.next().value) },
              by: shuffle.next().value,
            }))
            .sort((a, b) => a.by - b.by)
            .map(({ step }) => step);
          const again = fold(
            story.policy,
            inOrder(shuffled, story.policy, () => timing),
          );
          expect(again.entries).toEqual(whole.entries);
          expect(stateText(again.state)).toBe(stateText(whole.state));
        }),
      );
    },
    LONG,
  );

  test(
    'a transfer changes where value is, never how much there is',
    () => {
      check(
        property(facts(['in', 'in', 'move', 'out', 'back', 'expects', 'method']), (all: Told[]) => {
          const story = historyOfTold(options({}), all);
          const { entries } = story.valued();
          const moves = new Set(story.steps.filter(({ kind }) => kind === 'transfer').map(({ id }) => id));
          const own = entries.filter(({ step }) => moves.has(step));
          for (const { kind, debit, credit } of own.filter((each) => each.quantity !== 0n)) {
            expect(kind).toBe('transfer');
            expect(isStock(debit) && isStock(credit)).toBe(true);
          }
          // What moves may cover goods that are missing where it arrives, or be carried at standard there: nothing else.
          for (const { kind, debit, credit } of own.filter((each) => each.quantity === 0n))
            expect(
              kind === 'true_up' ||
                ((isStock(debit) || debit.role === 'price_variance') &&
                  (isStock(credit) || credit.role === 'price_variance')),
            ).toBe(true);
        }),
      );
    },
    LONG,
  );

  test(
    'taking back every step, the newest first, leaves no goods and no value',
    () => {
      check(
        property(facts(['in', 'in', 'out', 'found'], 20), (all: Told[]) => {
          const there = neverShort(all.map((each) => ({ ...each, price: each.price, from: 0 })));
          const story = historyOfTold(
            options({}),
            there.map((each, index) => ({ ...each, order: 0, day: index, choice: 1 })),
          );
          for (const step of story.steps)
            if (step.kind === 'issue') Object.assign(step, { reference: step.id });
          const days = there.length;
          for (const [index, step] of story.steps.toReversed().entries()) {
            const when = { day: days + index + 1, pool: MAIN };
            const quantity =
              Number(step.kind === 'receive' || step.kind === 'issue' ? step.quantity : 0n) / 1e6;
            if (step.kind === 'issue') story.back(quantity, { ...when, order: step.id });
            else if (step.kind === 'receive' && step.cost === 'receipt')
              story.toSupplier(quantity, { ...when, receipt: step.id, credit: amountOf(step.parts) });
            else if (step.kind === 'receive') story.out(quantity, { ...when, to: 'adjustment' });
          }
          const valued = story.valued();
          expect(valued.held()).toBe('0 = 0.00');
          expect(valued.balance('cost_of_goods_sold')).toBe('0.00');
          expect(valued.balance('received_not_billed')).toBe('0.00');
        }),
      );
    },
    LONG,
  );

  test(
    'a receipt or an issue told in parts comes to the same, but for what rounding leaves, and once all is gone exactly',
    () => {
      check(
        property(facts(['in', 'out', 'out'], 16), fc.nat(7), (all: Told[], parts: number) => {
          const there = neverShort(
            all.map((each, index) => ({ ...each, from: 0, day: index, choice: 1, lot: 0 })),
          );
          const whole = historyOfTold(options({}), there);
          const split = historyOfTold(options({}), there);
          const halved = split.steps.flatMap((step) => inParts(step, BigInt(parts) + 1n));
          split.steps.splice(0, split.steps.length, ...halved);
          const tolerance = BigInt(split.steps.length);
          const difference = (a: string, b: string): bigint => {
            const by = whole.money(a) - whole.money(b);
            return by < 0n ? -by : by;
          };
          const sold = (story: History): string => story.valued().balance('cost_of_goods_sold');
          expect(difference(sold(whole), sold(split)) <= tolerance).toBe(true);
          const left = whole.valued().state.pools.get(0)?.quantity ?? 0n;
          if (left === 0n) return;
          for (const story of [whole, split]) story.out(Number(left) / 1e6, { day: 99 });
          expect(sold(split)).toBe(sold(whole));
          expect(split.valued().held()).toBe('0 = 0.00');
        }),
      );
    },
    LONG,
  );

  test(
    'counting in dozens instead of single units changes no value',
    () => {
      check(
        property(facts(), (all: Told[]) => {
          const dozens = historyOfTold(options({}), all);
          const singles = historyOfTold(options({}), all);
          for (const step of singles.steps)
            if ('quantity' in step) Object.assign(step, { quantity: step.quantity * 12n });
          for (const step of dozens.steps)
            if (step.kind === 'expect') Object.assign(step, { unitCost: twelveTimes(step.unitCost) });
            else if (step.kind === 'write_down')
              Object.assign(step, { netRealisable: twelveTimes(step.netRealisable) });
          const amounts = (story: History): bigint[] => story.valued().entries.map(({ amount }) => amount);
          expect(amounts(singles)).toEqual(amounts(dozens));
        }),
      );
    },
    LONG,
  );
});

const twelveTimes = (unitCost: string): string => quantityText((quantityFrom(unitCost) * 12n) as Quantity);

describe('methods beside each other, where stock is never short', () => {
  /** Buys at these prices and sells what is there, each on a day of its own, within one month. */
  const trade = fc.array(
    fc.record({
      isBuying: fc.boolean(),
      quantity: fc.integer({ min: 1, max: 40 }),
      price: fc.integer({ min: 1, max: 900 }),
    }),
    { maxLength: 25, size: 'max' },
  );
  type Trade = { isBuying: boolean; quantity: number; price: number };
  const traded = (options: HistoryOptions, all: readonly Trade[]): History => {
    const story = history(options);
    let there = 0;
    for (const { isBuying, quantity, price } of all) {
      if (isBuying) story.in(quantity, ((quantity * price) / 100).toFixed(2));
      else if (there >= quantity) story.out(quantity);
      else continue;
      there += isBuying ? quantity : -quantity;
    }
    return story;
  };
  const cost = (story: History): bigint => story.money(story.valued().balance('cost_of_goods_sold'));

  // Only first in, first out: newest first and averages depend on what had come by the time of each sale.
  test('first in, first out, a period priced at its end is a period priced as it goes', () => {
    check(
      property(trade, (all: Trade[]) => {
        const perpetual = traded({ method: 'fifo' }, all);
        const periodic = traded({ method: 'fifo', timing: 'month' }, all);
        expect(cost(periodic)).toBe(cost(perpetual));
        expect(periodic.valued().held()).toBe(perpetual.valued().held());
      }),
    );
  });

  // Only while prices rise: where they fall it is the other way round, and where they do both it is either.
  test('while prices rise, newest first costs at least the average, and that at least oldest first', () => {
    check(
      property(trade, (all: Trade[]) => {
        const prices = all.map(({ price }) => price).sort((a, b) => a - b);
        const rising = all.map((each, index) => ({ ...each, price: prices[index] ?? 0 }));
        const [fifo, average, lifo] = (['fifo', 'average', 'lifo'] as const).map((method) =>
          cost(traded({ method }, rising)),
        ) as [bigint, bigint, bigint];
        // Each sale at the average is rounded by half a cent at most.
        const rounding = BigInt(all.length);
        expect(lifo + rounding >= average).toBe(true);
        expect(average + rounding >= fifo).toBe(true);
        expect(lifo >= fifo).toBe(true);
      }),
    );
  });
});

test('an order called #1001 is still called that after a checkpoint', () => {
  const story = history().out(3, { order: '#1001' });
  const { state } = story.valued();
  const again = stateFrom(stateText(state));
  expect(again.pools.get(0)?.shortages[0]?.reference).toBe('#1001');
  expect(stateText(again)).toBe(stateText(state));
});

const toStore = (entry: CostEntry): EntryToStore => ({ ...entry, connectionId: undefined });

function texts(entries: readonly EntryToStore[]): string[] {
  return [...sumsOf(entries)]
    .filter(([, entry]) => entry.amount !== 0n || entry.quantity !== 0n)
    .map(([key, entry]) => `${key} ${entry.amount} ${entry.quantity}`)
    .sort();
}

function inPieces(policy: CostPolicy, steps: readonly Step[], cuts: readonly number[]) {
  const ends = [...new Set(cuts.map((cut) => Math.min(cut, steps.length))), steps.length].sort(
    (a, b) => a - b,
  );
  let state: ItemState | undefined;
  let from = 0;
  const entries: CostEntry[] = [];
  for (const end of ends) {
    const piece = steps.slice(from, end);
    const references = piece.flatMap((step) => (step.kind === 'return' ? [step.reference] : []));
    const folded = fold(policy, piece, { ...(state ? { state } : {}), sold: soldIn(entries, references) });
    entries.push(...folded.entries);
    state = stateFrom(stateText(folded.state));
    from = end;
  }
  return { entries, state: state as ItemState };
}

/** Without what would take more than is there, day by day. */
function neverShort(all: readonly Told[]): Told[] {
  let there = 0;
  return all.filter((each) => {
    const change = each.kind === 'out' ? -each.eighths : each.eighths;
    if (there + change < 0) return false;
    there += change;
    return true;
  });
}

const amountOf = (parts: Extract<Step, { kind: 'receive' }>['parts']): string => {
  const cents = sum((parts ?? []).map(({ amount }) => amount));
  return `${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`;
};

/** One step as several of the same instant that add up to it. */
function inParts(step: Step, parts: bigint): Step[] {
  if (!('quantity' in step)) return [step];
  let quantity = 0n;
  let amount = 0n;
  const whole = step.kind === 'receive' ? (step.parts?.[0]?.amount ?? 0n) : 0n;
  return Array.from({ length: Number(parts) }, (_, index) => {
    const until = (step.quantity * BigInt(index + 1)) / parts;
    const worth = step.quantity === 0n ? 0n : (whole * until) / step.quantity;
    const part = { ...step, id: `${step.id}/${index}`, quantity: until - quantity };
    if (step.kind === 'receive' && step.parts?.[0])
      Object.assign(part, { parts: [{ ...step.parts[0], amount: worth - amount }] });
    quantity = until;
    amount = worth;
    return part as Step;
  });
}
