// What receipts cost: known cases by hand, and what must hold for all bills, credits, landed costs and currencies.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Bill } from '../../../src/core/costs/bills.ts';
import type { LandedCost } from '../../../src/core/costs/landed.ts';
import { type Rate, ratesOf } from '../../../src/core/costs/rates.ts';
import {
  type Receipt,
  type ReceiptCosts,
  receiptCostsOf,
  type SaidOfReceipts,
} from '../../../src/core/costs/receipts.ts';
import type { SentBack } from '../../../src/core/costs/sent-back.ts';
import { exponentOf, type Money, moneyText } from '../../../src/core/vocabulary/money.ts';
import { quantityFrom } from '../../../src/core/vocabulary/quantity.ts';

const receipt = (id: string, at: number, quantity: string, more: Partial<Receipt> = {}): Receipt => ({
  stepId: id,
  itemId: 1,
  at: BigInt(at),
  quantity: quantityFrom(quantity),
  references: ['PO'],
  unitCost: undefined,
  currency: undefined,
  ...more,
});
const sentBack = (id: string, at: number, quantity: string, more: Partial<SentBack> = {}): SentBack => ({
  stepId: id,
  itemId: 1,
  at: BigInt(at),
  quantity: quantityFrom(quantity),
  references: ['PO'],
  receipt: undefined,
  isUndoing: false,
  ...more,
});
type LineText = readonly [quantity: string, amount: string, reference?: string, itemId?: number];
const bill = (
  key: string,
  at: number,
  lines: readonly LineText[],
  more: Partial<Bill['content']> = {},
): Bill => ({
  key,
  at: BigInt(at),
  content: {
    number: key,
    supplier: 'Northmill',
    currency: 'EUR',
    lines: lines.map(([quantity, amount, reference = 'PO', itemId = 1]) => ({
      itemId,
      reference,
      quantity,
      amount,
    })),
    ...more,
  },
});
const freight = (key: string, amount: string, more: Partial<LandedCost['content']> = {}): LandedCost => ({
  key,
  at: 5n,
  content: {
    number: key,
    amount,
    currency: 'EUR',
    by: 'quantity',
    receipts: ['PO'],
    role: 'landed_clearing',
    ...more,
  },
});
const costs = (said: Partial<SaidOfReceipts>, home = 'EUR', rates: readonly Rate[] = []): ReceiptCosts =>
  receiptCostsOf({
    receipts: [],
    sentBack: [],
    bills: [],
    landed: [],
    expected: [],
    measures: new Map(),
    rates: ratesOf(home, rates),
    ...said,
  });
const goods = (answer: ReceiptCosts): Record<string, string | undefined> =>
  Object.fromEntries(
    [...answer.receipts].map(([id, each]) => [
      id,
      each.goods === undefined ? undefined : moneyText(each.goods, 'EUR'),
    ]),
  );
const creditOf = (answer: ReceiptCosts, id: string): bigint | undefined => answer.returns.get(id)?.credit;
const NOTHING = { quantity: 0n, amount: 0n };
const landedOf = (answer: ReceiptCosts): Record<string, string> =>
  Object.fromEntries(
    [...answer.receipts].map(([id, { parts }]) => [
      id,
      moneyText(
        (parts ?? [])
          .filter(({ kind }) => kind === 'landed_cost')
          .reduce((sum, { amount }) => sum + amount, 0n) as Money,
        'EUR',
      ),
    ]),
  );

describe('bills', () => {
  it('a receipt costs its bill, and what is not billed yet the agreed cost', () => {
    const receipts = [receipt('a', 1, '20', { unitCost: '5' })];
    const before = costs({ receipts });
    expect(goods(before)).toEqual({ a: '100.00' });
    expect(before.receipts.get('a')?.unbilled).toEqual({ quantity: quantityFrom('20'), amount: 10_000n });
    const partly = costs({ receipts, bills: [bill('b', 9, [['12', '66']])] });
    expect(goods(partly)).toEqual({ a: '106.00' });
    expect(partly.receipts.get('a')?.unbilled).toEqual({ quantity: quantityFrom('8'), amount: 4_000n });
    const whole = costs({ receipts, bills: [bill('b', 9, [['12', '66']]), bill('c', 10, [['8', '44']])] });
    expect(goods(whole)).toEqual({ a: '110.00' });
    expect(whole.receipts.get('a')?.unbilled.quantity).toBe(0n);
  });

  it('one bill covers several receipts of its order in their time; what is over waits for the next one', () => {
    const receipts = [receipt('later', 2, '8'), receipt('first', 1, '10')];
    const said = { receipts, bills: [bill('b', 3, [['20', '100.01']])] };
    const answer = costs(said);
    expect(goods(answer)).toEqual({ first: '50.01', later: '40.00' });
    expect(answer.waiting).toMatchObject([{ quantity: quantityFrom('2'), amount: 1_000n, number: 'b' }]);
    const arrived = costs({ ...said, receipts: [...receipts, receipt('rest', 4, '2')] });
    expect(goods(arrived)).toEqual({ first: '50.01', later: '40.00', rest: '10.00' });
    expect(arrived.waiting).toEqual([]);
  });

  it('a bill that names one receipt goes before one that names the order', () => {
    const receipts = [
      receipt('a', 1, '10', { references: ['PO', 'R1'] }),
      receipt('b', 2, '10', { references: ['PO', 'R2'] }),
    ];
    const bills = [bill('x', 3, [['10', '50', 'PO']]), bill('y', 4, [['10', '70', 'R1']])];
    expect(goods(costs({ receipts, bills }))).toEqual({ a: '70.00', b: '50.00' });
  });

  it('the unbilled rest costs the expected cost of its time, or as the billed part; with neither it is unknown', () => {
    const expected = [
      { itemId: 1, at: 0n, unitCost: '2' },
      { itemId: 1, at: 5n, unitCost: '3' },
    ];
    const receipts = [receipt('a', 1, '10'), receipt('b', 6, '10')];
    expect(goods(costs({ receipts, expected }))).toEqual({ a: '20.00', b: '30.00' });
    const alone = [receipt('a', 1, '10')];
    expect(goods(costs({ receipts: alone, bills: [bill('b', 2, [['4', '10']])] }))).toEqual({ a: '25.00' });
    expect(costs({ receipts: alone }).receipts.get('a')?.parts).toBeUndefined();
  });

  it('a foreign bill has its own rate, else that of its time; the rest the rate of the receipt', () => {
    const rates = [
      { currency: 'USD', at: 0n, rate: '0.9' },
      { currency: 'USD', at: 5n, rate: '0.8' },
    ];
    const receipts = [receipt('a', 1, '10', { unitCost: '1', currency: 'USD' })];
    expect(goods(costs({ receipts }, 'EUR', rates))).toEqual({ a: '9.00' });
    const at = (more: object) =>
      costs({ receipts, bills: [bill('b', 6, [['10', '10']], { currency: 'USD', ...more })] }, 'EUR', rates);
    expect(goods(at({}))).toEqual({ a: '8.00' });
    expect(goods(at({ rate: '0.75' }))).toEqual({ a: '7.50' });
    expect(() => costs({ receipts }, 'EUR', [])).toThrow('no rate of USD in EUR');
  });
});

describe('credit notes and goods sent back', () => {
  it('a credit for no goods changes the price of what was billed', () => {
    const receipts = [receipt('a', 1, '20')];
    const bills = [bill('b', 2, [['20', '100']]), bill('c', 3, [['0', '-10']])];
    expect(goods(costs({ receipts, bills }))).toEqual({ a: '90.00' });
  });

  it('a credit for goods sent back is theirs, and the receipt keeps its price; until it comes the supplier owes it', () => {
    const said = { receipts: [receipt('a', 1, '20')], sentBack: [sentBack('back', 3, '5')] };
    const owed = costs({ ...said, bills: [bill('b', 2, [['20', '110']])] });
    expect(owed.returns.get('back')).toMatchObject({
      credit: 2_750n,
      owed: { quantity: quantityFrom('5'), amount: 2_750n },
      unreceived: NOTHING,
    });
    const credited = costs({
      ...said,
      bills: [bill('b', 2, [['20', '110']]), bill('c', 9, [['-5', '-25']])],
    });
    expect(goods(credited)).toEqual({ a: '110.00' });
    expect(credited.returns.get('back')).toMatchObject({ credit: 2_500n, owed: NOTHING });
  });

  it('goods sent back before any bill take the unbilled ones with them, and the bill for the rest settles all', () => {
    const said = {
      receipts: [receipt('a', 1, '20', { unitCost: '5' })],
      sentBack: [sentBack('back', 2, '5')],
    };
    const answer = costs({ ...said, bills: [bill('b', 3, [['15', '82.50']])] });
    expect(goods(answer)).toEqual({ a: '107.50' });
    expect(creditOf(answer, 'back')).toBe(2_500n);
    expect(answer.receipts.get('a')?.unbilled).toEqual({ quantity: 0n, amount: 0n });
  });

  it('I11: goods sent back piece by piece take all they came in at, to the last unit', () => {
    const pieces = ['x', 'y', 'z'].map((id, index) => sentBack(id, 3 + index, '1'));
    const answer = costs({
      receipts: [receipt('a', 1, '3')],
      sentBack: pieces,
      bills: [bill('b', 2, [['3', '10']])],
    });
    expect([...answer.returns.values()].map(({ credit }) => credit)).toEqual([333n, 333n, 334n]);
  });

  it('more goods sent back than came: what no receipt brought is owed at the price of the others', () => {
    const receipts = [receipt('a', 1, '5', { unitCost: '2' })];
    const back = [sentBack('back', 2, '8')];
    const unbilled = costs({ receipts, sentBack: back });
    expect(unbilled.receipts.get('a')?.unbilled).toEqual(NOTHING);
    expect(unbilled.returns.get('back')).toMatchObject({
      credit: 1_600n,
      unbilled: [{ receipt: 'a', quantity: quantityFrom('5'), amount: 1_000n }],
      owed: NOTHING,
      unreceived: { quantity: quantityFrom('3'), amount: 600n },
    });
    const billed = costs({ receipts, sentBack: back, bills: [bill('b', 3, [['5', '12.50']])] });
    expect(billed.returns.get('back')).toMatchObject({
      credit: 2_000n,
      unbilled: [],
      owed: { quantity: quantityFrom('5'), amount: 1_250n },
      unreceived: { quantity: quantityFrom('3'), amount: 750n },
    });
    // the supplier credits six of the eight
    const credited = costs({
      receipts,
      sentBack: back,
      bills: [bill('b', 3, [['5', '12.50']]), bill('c', 4, [['-6', '-15']])],
    });
    expect(credited.returns.get('back')).toMatchObject({
      credit: 2_000n,
      owed: { quantity: quantityFrom('2'), amount: 500n },
      unreceived: NOTHING,
    });
  });

  it('goods that no receipt brought have no price of their own, and what a credit note says of some is kept', () => {
    const said = {
      receipts: [receipt('later', 3, '4', { unitCost: '2' })],
      sentBack: [sentBack('back', 2, '4')],
    };
    const before = costs(said);
    expect(before.receipts.get('later')?.unbilled).toEqual({ quantity: quantityFrom('4'), amount: 800n });
    expect(before.returns.get('back')).toMatchObject({
      credit: undefined,
      known: 0n,
      unreceived: { quantity: quantityFrom('4'), amount: undefined },
    });
    const credited = costs({ ...said, bills: [bill('c', 9, [['-1', '-3']])] });
    expect(credited.returns.get('back')).toMatchObject({
      credit: 1_200n,
      unreceived: { quantity: quantityFrom('3'), amount: 900n },
    });
  });

  it('no credit below nothing is awaited, whatever became of the price of the others', () => {
    const answer = costs({
      receipts: [receipt('a', 1, '2')],
      sentBack: [sentBack('back', 4, '3')],
      bills: [bill('b', 2, [['2', '10']]), bill('c', 3, [['0', '-15']])],
    });
    expect(answer.returns.get('back')).toMatchObject({
      credit: undefined,
      known: -500n,
      unreceived: { quantity: quantityFrom('1'), amount: undefined },
    });
  });

  it('goods of a receipt that nobody said the cost of are taken off it without a price', () => {
    const answer = costs({ receipts: [receipt('a', 1, '5')], sentBack: [sentBack('back', 2, '2')] });
    expect(answer.receipts.get('a')?.unbilled).toEqual({ quantity: quantityFrom('3'), amount: undefined });
    expect(answer.returns.get('back')).toMatchObject({
      credit: undefined,
      unbilled: [{ receipt: 'a', quantity: quantityFrom('2'), amount: undefined }],
      unreceived: NOTHING,
    });
  });

  it('a receipt that was undone is never billed: the bill goes to the right one', () => {
    const receipts = [
      receipt('wrong', 1, '20', { unitCost: '5' }),
      receipt('right', 1, '18', { unitCost: '5' }),
    ];
    const undone = [sentBack('undo', 1, '20', { receipt: 'wrong', isUndoing: true })];
    const answer = costs({
      receipts,
      sentBack: undone,
      bills: [bill('b', 3, [['18', '99']])],
      landed: [freight('f', '7')],
    });
    expect(goods(answer)).toEqual({ right: '99.00', wrong: '100.00' });
    expect(creditOf(answer, 'undo')).toBe(10_000n);
    expect(landedOf(answer)).toEqual({ right: '7.00', wrong: '0.00' });
  });
});

describe('landed costs', () => {
  const receipts = [
    receipt('a', 1, '1', { unitCost: '10' }),
    receipt('b', 2, '1', { itemId: 2, unitCost: '30' }),
    receipt('c', 3, '1', { itemId: 3, unitCost: '20' }),
  ];
  it.each([
    ['quantity', { a: '3.33', b: '3.34', c: '3.33' }],
    ['value', { a: '1.67', b: '5.00', c: '3.33' }],
    ['weight', { a: '2.50', b: '7.50', c: '0.00' }],
  ] as const)('by %s', (by, shares) => {
    const measures = new Map([
      [1, { weight: '0.1' }],
      [2, { weight: '0.3' }],
    ]);
    expect(landedOf(costs({ receipts, measures, landed: [freight('f', '10', { by })] }))).toEqual(shares);
  });

  it('by a measure that nobody knows go by quantity', () => {
    expect(landedOf(costs({ receipts, landed: [freight('f', '9', { by: 'volume' })] }))).toEqual({
      a: '3.00',
      b: '3.00',
      c: '3.00',
    });
  });

  it('wait for their receipts', () => {
    expect(landedOf(costs({ receipts, landed: [freight('f', '9', { receipts: ['OTHER'] })] }))).toEqual({
      a: '0.00',
      b: '0.00',
      c: '0.00',
    });
  });
});

// ---- what always holds

const total = (amounts: readonly bigint[]): bigint => amounts.reduce((sum, each) => sum + each, 0n);
const REFERENCES = ['PO', 'R1', 'R2'];
const small = fc.integer({ min: 1, max: 40 });
const references = fc.subarray(REFERENCES, { minLength: 1 });
const worlds = (home: string) => {
  const places = exponentOf(home);
  const amountText = (units: number): string => moneyText(BigInt(units) as Money, home);
  const receipts = fc.array(
    fc.record({
      at: small,
      item: fc.integer({ min: 1, max: 2 }),
      quantity: small,
      references,
      cost: fc.integer({ min: 0, max: 999 }),
    }),
    { maxLength: 6 },
  );
  const backs = fc.array(
    fc.record({ at: small, item: fc.integer({ min: 1, max: 2 }), quantity: small, references }),
    { maxLength: 2 },
  );
  const lines = fc.array(
    fc.record({
      item: fc.integer({ min: 1, max: 2 }),
      reference: fc.constantFrom(...REFERENCES),
      quantity: fc.integer({ min: -20, max: 40 }),
      amount: fc.integer({ min: 0, max: 9_999 }),
    }),
    { minLength: 1, maxLength: 3 },
  );
  const bills = fc.array(fc.record({ at: small, lines, isForeign: fc.boolean() }), { maxLength: 5 });
  const landed = fc.array(
    fc.record({
      amount: fc.integer({ min: -500, max: 9_999 }),
      receipts: references,
      by: fc.constantFrom('quantity', 'value', 'weight', 'volume'),
    }),
    { maxLength: 3 },
  );
  return fc.record({ receipts, backs, bills, landed }).map((world) => {
    const said: SaidOfReceipts = {
      receipts: world.receipts.map((each, index) =>
        receipt(`r${index}`, each.at, `${each.quantity}`, {
          itemId: each.item,
          references: each.references,
          unitCost: (each.cost / 100).toFixed(2),
        }),
      ),
      sentBack: world.backs.map((each, index) =>
        sentBack(`s${index}`, each.at, `${each.quantity}`, {
          itemId: each.item,
          references: each.references,
        }),
      ),
      bills: world.bills.map((each, index) =>
        bill(
          `b${index}`,
          each.at,
          each.lines.map(
            ({ item, reference, quantity, amount }): LineText => [
              `${quantity}`,
              each.isForeign
                ? quantity < 0
                  ? `-${amount}`
                  : `${amount}`
                : amountText(quantity < 0 ? -amount : amount),
              reference,
              item,
            ],
          ),
          { currency: each.isForeign ? 'CHF' : home },
        ),
      ),
      landed: world.landed.map((each, index) =>
        freight(`f${index}`, amountText(each.amount), {
          ...each,
          amount: amountText(each.amount),
          currency: home,
        }),
      ),
      expected: [],
      measures: new Map([[1, { weight: '1.5', volume: '0.3' }]]),
      rates: ratesOf(home, [
        { currency: 'CHF', at: 0n, rate: '1.07361' },
        { currency: 'CHF', at: 20n, rate: '0.33333' },
      ]),
    };
    expect(places).toBe(exponentOf(home));
    return said;
  });
};
const visible = (answer: ReceiptCosts) => ({
  receipts: [...answer.receipts].sort(([a], [b]) => (a < b ? -1 : 1)),
  returns: [...answer.returns].sort(([a], [b]) => (a < b ? -1 : 1)),
  waiting: answer.waiting
    .toSorted((a, b) => (`${a.key}${a.line}` < `${b.key}${b.line}` ? -1 : 1))
    .map(({ key, line, quantity }) => [key, line, quantity]),
});

describe.each(['JPY', 'USD', 'KWD'])('always, in %s', (home) => {
  it('I9: received, not billed is what the list of it says, to the last unit', () => {
    fc.assert(
      fc.property(worlds(home), (said) => {
        const answer = receiptCostsOf(said);
        const returns = [...answer.returns.values()];
        const received = total([...answer.receipts.values()].map((each) => each.goods ?? 0n));
        const billed = total(
          said.bills.map(({ at, content }) => {
            const units = content.lines.reduce((sum, line) => sum + BigInt(line.amount.replace('.', '')), 0n);
            return content.currency === home ? units : said.rates.amount(`${units}`, content.currency, at);
          }),
        );
        const balance = received - total(returns.map(({ credit, known }) => credit ?? known)) - billed;
        const listed =
          total([...answer.receipts.values()].map((each) => each.unbilled.amount ?? 0n)) -
          total(answer.waiting.map(({ amount }) => amount)) -
          // goods sent back that nobody received, or said the cost of, have none
          total(returns.map(({ owed, unreceived }) => owed.amount + (unreceived.amount ?? 0n)));
        expect(balance).toBe(listed);
      }),
      { numRuns: 400 },
    );
  });

  it('landed costs are shared out whole', () => {
    fc.assert(
      fc.property(worlds(home), (said) => {
        const answer = receiptCostsOf(said);
        const shared = total(
          [...answer.receipts.values()].flatMap(({ parts }) =>
            (parts ?? []).filter(({ kind }) => kind === 'landed_cost').map(({ amount }) => amount),
          ),
        );
        const due = said.landed.filter(({ content }) =>
          said.receipts.some((each) => each.references.some((name) => content.receipts.includes(name))),
        );
        expect(shared).toBe(total(due.map(({ content, at }) => said.rates.amount(content.amount, home, at))));
      }),
      { numRuns: 200 },
    );
  });

  it('I3: the order in which things were recorded changes nothing', () => {
    fc.assert(
      fc.property(worlds(home), fc.infiniteStream(fc.nat()), (said, random) => {
        const shuffled = <T>(values: readonly T[]): T[] =>
          values
            .map((value) => ({ value, by: random.next().value as number }))
            .sort((a, b) => a.by - b.by)
            .map(({ value }) => value);
        const again = receiptCostsOf({
          ...said,
          receipts: shuffled(said.receipts),
          sentBack: shuffled(said.sentBack),
          bills: shuffled(said.bills),
          landed: shuffled(said.landed),
        });
        expect(visible(again)).toEqual(visible(receiptCostsOf(said)));
      }),
      { numRuns: 200 },
    );
  });

  it('no unit is billed twice, and none is lost', () => {
    fc.assert(
      fc.property(worlds(home), (said) => {
        const answer = receiptCostsOf(said);
        for (const each of said.receipts) {
          const cost = answer.receipts.get(each.stepId);
          expect(cost?.billed ?? -1n).toBeGreaterThanOrEqual(0n);
          expect((cost?.billed ?? 0n) + (cost?.unbilled.quantity ?? 0n)).toBeLessThanOrEqual(each.quantity);
        }
      }),
      { numRuns: 200 },
    );
  });
});
