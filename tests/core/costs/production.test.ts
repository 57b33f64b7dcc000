// A production order leaves nothing in work in progress, gives nothing that is not there, and forgets no unit.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ContentOf } from '../../../src/core/costs/document.ts';
import { type Output, type ProductionOrder, productionValueOf } from '../../../src/core/costs/production.ts';
import type { Money } from '../../../src/core/vocabulary/money.ts';
import { quantityFrom } from '../../../src/core/vocabulary/quantity.ts';

const output = (stepId: string, at: number, quantity: string, itemId = 1): Output => ({
  stepId,
  itemId,
  at: BigInt(at),
  quantity: quantityFrom(quantity),
});
const plan = (content: Partial<ContentOf<'production_order'>>): ProductionOrder['plan'] => ({
  key: 'plan',
  at: 0n,
  content: { reference: 'MO', absorption: [], byProducts: [], ...content },
});
const value = (order: Partial<ProductionOrder>) => {
  const { values, entries, remaining } = productionValueOf({
    currency: 'EUR',
    plan: undefined,
    consumed: [10_000n as Money],
    outputs: [],
    ...order,
  });
  return { values: Object.fromEntries(values), entries, remaining };
};
const CLOSED = '2026-03-01T00:00:00.000000Z' as NonNullable<ContentOf<'production_order'>['closedAt']>;

describe('outputs that are taken back', () => {
  const undone = (stepId: string, quantity: string) => ({ stepId, quantity: quantityFrom(quantity) });

  it('give back what they were worth, and the others carry the order', () => {
    const first = { ...output('a', 1, '5'), undone: [undone('u', '5')] };
    expect(value({ outputs: [first, output('b', 2, '5')] })).toMatchObject({
      values: { a: 5_000n, u: 5_000n, b: 10_000n },
      remaining: 0n,
    });
  });

  it('in part are worth no more a unit than what stands', () => {
    const first = { ...output('a', 1, '5'), undone: [undone('u', '1'), undone('v', '1')] };
    expect(value({ outputs: [first, output('b', 2, '5')] })).toMatchObject({
      values: { a: 6_250n, u: 1_250n, v: 1_250n, b: 6_250n },
      remaining: 0n,
    });
  });

  it('and were all there was leave their value in work in progress; no more is taken back than came out', () => {
    const only = { ...output('a', 1, '5'), undone: [undone('u', '4'), undone('v', '4')] };
    expect(value({ outputs: [only] })).toMatchObject({
      values: { a: 10_000n, u: 8_000n, v: 2_000n },
      remaining: 10_000n,
    });
  });
});

describe('outputs', () => {
  it('without a plan carry everything in proportion to quantity', () => {
    expect(value({ outputs: [output('b', 2, '2'), output('a', 1, '1')] })).toMatchObject({
      values: { a: 3_333n, b: 6_667n },
      remaining: 0n,
    });
  });

  it('with a plan carry their part of it, and the last one the remainder', () => {
    const order = { plan: plan({ planned: [{ itemId: 1, quantity: '3' }] }) };
    expect(value({ ...order, outputs: [output('a', 1, '1')] })).toMatchObject({
      values: { a: 3_333n },
      remaining: 6_667n,
    });
    const outputs = [output('a', 1, '1'), output('b', 2, '2')];
    expect(value({ ...order, outputs })).toMatchObject({ values: { a: 3_333n, b: 6_667n }, remaining: 0n });
  });

  it('of a closed order carry everything, however few they are', () => {
    const closed = plan({ planned: [{ itemId: 1, quantity: '3' }], closedAt: CLOSED });
    expect(value({ plan: closed, outputs: [output('a', 1, '1')] })).toMatchObject({
      values: { a: 10_000n },
      remaining: 0n,
    });
  });

  it('absorb labour once and overhead by the unit', () => {
    const absorbing = plan({ absorption: [{ amount: '25' }, { perUnit: '1.5' }] });
    const answer = value({ plan: absorbing, outputs: [output('a', 1, '10')] });
    expect(answer.values).toEqual({ a: 14_000n });
    expect(answer.entries).toMatchObject([
      { step: 'plan:0', amount: 2_500n, debit: { role: 'work_in_progress' }, credit: { role: 'absorbed' } },
      { step: 'plan:1', amount: 1_500n, at: 1n },
    ]);
  });
});

describe('by-products', () => {
  it.each([
    ['by share', { itemId: 2, share: '12.5' }, 1_250n],
    ['by unit value', { itemId: 2, unitValue: '4' }, 800n],
    ['never carry more than there is', { itemId: 2, unitValue: '99' }, 10_000n],
  ])('%s', (_, byProduct, amount) => {
    const outputs = [output('main', 1, '5'), output('by', 2, '2', 2)];
    expect(value({ plan: plan({ byProducts: [byProduct] }), outputs }).values).toEqual({
      by: amount,
      main: 10_000n - amount,
    });
  });
});

it('I11: what a closed order leaves without goods is a variance at its close', () => {
  const answer = value({ plan: plan({ closedAt: CLOSED }) });
  expect(answer.remaining).toBe(0n);
  expect(answer.entries).toMatchObject([
    {
      debit: { role: 'production_variance' },
      credit: { role: 'work_in_progress' },
      amount: 10_000n,
      at: BigInt(Date.parse(CLOSED)) * 1000n,
    },
  ]);
});

it('consumed and absorbed = made + variance + what remains, for every order', () => {
  const item = fc.integer({ min: 1, max: 3 });
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 99_999 }), { maxLength: 4 }),
      fc.array(fc.record({ item, at: fc.nat(50), quantity: fc.integer({ min: 1, max: 30 }) }), {
        maxLength: 6,
      }),
      fc.option(
        fc.array(fc.record({ itemId: item, quantity: fc.integer({ min: 1, max: 60 }).map(String) }), {
          minLength: 1,
          maxLength: 2,
        }),
      ),
      fc.boolean(),
      fc.integer({ min: 0, max: 100 }),
      (consumed, made, planned, isClosed, share) => {
        const order: ProductionOrder = {
          currency: 'EUR',
          consumed: consumed.map((amount) => BigInt(amount) as Money),
          outputs: made.map((each, index) => output(`o${index}`, each.at, `${each.quantity}`, each.item)),
          plan: plan({
            ...(planned ? { planned } : {}),
            ...(isClosed ? { closedAt: CLOSED } : {}),
            byProducts: [{ itemId: 3, share: `${share}` }],
            absorption: [{ perUnit: '0.333333', itemId: 1 }],
          }),
        };
        const answer = productionValueOf(order);
        const sum = (amounts: Iterable<bigint>): bigint =>
          [...amounts].reduce((total, each) => total + each, 0n);
        const absorbed = sum(
          answer.entries.filter(({ kind }) => kind === 'absorption').map(({ amount }) => amount),
        );
        const variance = sum(
          answer.entries
            .filter(({ debit }) => debit.role === 'production_variance')
            .map(({ amount }) => amount),
        );
        expect(sum(order.consumed) + absorbed).toBe(
          sum(answer.values.values()) + variance + answer.remaining,
        );
        expect([...answer.values.values()].every((each) => each >= 0n)).toBe(true);
        if (isClosed) expect(answer.remaining).toBe(0n);
        expect(productionValueOf({ ...order, outputs: order.outputs.toReversed() })).toEqual(answer);
      },
    ),
    { numRuns: 300 },
  );
});
