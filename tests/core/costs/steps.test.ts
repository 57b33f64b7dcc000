// What each movement is to valuation: one row of the table is one way that goods can go.
import { describe, expect, it } from 'vitest';
import { type CostLocation, endsOf, type StockLine } from '../../../src/core/costs/places.ts';
import { ratesOf } from '../../../src/core/costs/rates.ts';
import { type SaidOfItem, stepsOf } from '../../../src/core/costs/steps.ts';
import { type Money, NO_MONEY } from '../../../src/core/vocabulary/money.ts';
import type { Quantity } from '../../../src/core/vocabulary/quantity.ts';

const LOCATIONS: readonly CostLocation[] = [
  { id: 1, kind: 'supplier', ownership: 'own' },
  { id: 2, kind: 'customer', ownership: 'own' },
  { id: 3, kind: 'production', ownership: 'own' },
  { id: 4, kind: 'adjustment', ownership: 'own' },
  { id: 10, kind: 'warehouse', ownership: 'own' },
  { id: 11, kind: '3pl', ownership: 'own' },
  { id: 20, kind: 'transit', ownership: 'own' },
  { id: 30, kind: 'store', ownership: 'consigned_out' },
  { id: 40, kind: 'store', ownership: 'consigned_in' },
];
const NAMES = {
  supplier: 1,
  customer: 2,
  production: 3,
  adjustment: 4,
  main: 10,
  depot: 11,
  sea: 20,
  shop: 30,
  theirs: 40,
};
type Name = keyof typeof NAMES;

let keys = 0;
const next = (): number => {
  keys += 1;
  return keys;
};
const line = (from: Name, to: Name, more: Partial<StockLine> = {}): StockLine => ({
  key: `k${next()}`,
  line: 0,
  type: 'transfer',
  at: 100n,
  sequence: BigInt(keys),
  document: 'document 1',
  reference: 'ORDER',
  corrects: null,
  lotId: null,
  quantity: '2',
  from: { locationId: NAMES[from], state: 'sellable' },
  to: { locationId: NAMES[to], state: 'sellable' },
  unitCost: null,
  currency: null,
  ...more,
});
const stepsFrom = (lines: readonly StockLine[], more: Partial<SaidOfItem> = {}, byLocation = false) =>
  stepsOf({
    itemId: 7,
    lines,
    endOf: endsOf(LOCATIONS, byLocation),
    costs: { receipts: new Map(), returns: new Map() },
    assertions: [],
    methods: [],
    rates: ratesOf('EUR', [{ currency: 'USD', at: 0n, rate: '0.5' }]),
    outputCost: () => undefined,
    ...more,
  });
const expected = {
  key: 'e',
  kind: 'expected_cost',
  at: 0n,
  sequence: 0n,
  unitCost: '3',
  currency: undefined,
} as const;

const OWN = { id: 0, role: 'inventory' };
const SEA = { id: 20, role: 'in_transit' };
const SHOP = { id: 30, role: 'consigned_out' };

describe('a line from and to', () => {
  it.each<[Name, Name, readonly object[]]>([
    ['supplier', 'main', [{ kind: 'receive', cost: 'receipt', from: 'received_not_billed', pool: OWN }]],
    ['supplier', 'sea', [{ kind: 'receive', cost: 'receipt', from: 'received_not_billed', pool: SEA }]],
    ['sea', 'main', [{ kind: 'transfer', pool: SEA, to: OWN }]],
    ['main', 'shop', [{ kind: 'transfer', pool: OWN, to: SHOP }]],
    [
      'shop',
      'customer',
      [{ kind: 'issue', cost: 'sale', to: 'cost_of_goods_sold', pool: SHOP, reference: 'ORDER' }],
    ],
    ['main', 'depot', []],
    [
      'main',
      'customer',
      [{ kind: 'issue', cost: 'sale', to: 'cost_of_goods_sold', pool: OWN, reference: 'ORDER' }],
    ],
    ['customer', 'main', [{ kind: 'return', pool: OWN, from: 'cost_of_goods_sold', reference: 'ORDER' }]],
    [
      'customer',
      'adjustment',
      [{ kind: 'return', pool: undefined, from: 'cost_of_goods_sold', reference: 'ORDER' }],
    ],
    ['main', 'supplier', [{ kind: 'supplier_return', pool: OWN, receipt: undefined, credit: undefined }]],
    ['main', 'adjustment', [{ kind: 'issue', cost: 'adjustment', to: 'adjustment' }]],
    ['adjustment', 'main', [{ kind: 'receive', cost: 'adjustment', from: 'adjustment', parts: undefined }]],
    [
      'main',
      'production',
      [{ kind: 'issue', cost: 'consumption', to: 'work_in_progress', reference: 'ORDER' }],
    ],
    ['production', 'main', [{ kind: 'receive', cost: 'output', from: 'work_in_progress', parts: undefined }]],
    ['supplier', 'theirs', []],
    ['theirs', 'supplier', []],
    ['theirs', 'adjustment', []],
    ['theirs', 'customer', [{ kind: 'consignor_sale', amount: 600n, isReturn: false, locationId: 40 }]],
    ['customer', 'theirs', [{ kind: 'consignor_sale', amount: 600n, isReturn: true, locationId: 40 }]],
    [
      'theirs',
      'main',
      [
        {
          kind: 'receive',
          from: 'consignor_payable',
          pool: OWN,
          parts: [{ kind: 'receipt', from: 'consignor_payable', amount: 600n }],
        },
      ],
    ],
    [
      'supplier',
      'customer',
      [
        { kind: 'receive', cost: 'receipt', pool: { id: 2, role: 'inventory' } },
        { kind: 'issue', cost: 'sale', pool: { id: 2, role: 'inventory' } },
      ],
    ],
    [
      'theirs',
      'production',
      [
        { kind: 'receive', from: 'consignor_payable' },
        { kind: 'issue', cost: 'consumption', to: 'work_in_progress' },
      ],
    ],
  ])('%s to %s', (from, to, steps) => {
    const made = stepsFrom([line(from, to)], { assertions: [expected] }).filter(
      ({ kind }) => kind !== 'expect',
    );
    expect(made).toHaveLength(steps.length);
    for (const [index, step] of steps.entries()) expect(made[index]).toMatchObject(step);
    expect(new Set(made.map(({ id }) => id)).size).toBe(made.length);
  });

  it('own locations are pools of their own where the item is costed by location', () => {
    expect(stepsFrom([line('main', 'depot')], {}, true)).toMatchObject([
      { kind: 'transfer', pool: { id: 10, role: 'inventory' }, to: { id: 11, role: 'inventory' } },
    ]);
  });

  it('another state at the same place is nothing', () => {
    const damaged = { locationId: NAMES.main, state: 'damaged' } as const;
    expect(stepsFrom([line('main', 'main', { to: damaged })], {}, true)).toEqual([]);
  });
});

describe('what leaves for good', () => {
  it.each([
    ['damaged goods', { from: { locationId: 10, state: 'damaged' as const } }, 'scrap'],
    ['expired goods', { from: { locationId: 10, state: 'expired' as const } }, 'scrap'],
    ['a document of scrap', { document: 'Waste 12 line 1' }, 'scrap'],
    ['a count', { document: 'count 12', type: 'count' as const }, 'adjustment'],
  ])('%s', (_, more, role) => {
    expect(stepsFrom([line('main', 'adjustment', more)])).toMatchObject([
      { kind: 'issue', cost: role, to: role },
    ]);
  });
});

describe('opening stock', () => {
  it.each(['opening count of A at MAIN', 'opening 7 at MAIN line 2026-01-01'])(
    '“%s” comes at the expected cost',
    (document) => {
      const opening = line('adjustment', 'main', { type: 'count', document });
      const parts = [{ kind: 'opening', from: 'opening', amount: 600n }];
      expect(stepsFrom([opening], { assertions: [expected] })[0]).toMatchObject({
        kind: 'receive',
        cost: 'opening',
        from: 'opening',
        parts,
      });
      expect(stepsFrom([{ ...opening, unitCost: '4', currency: 'USD' }])[0]).toMatchObject({
        parts: [{ amount: 400n }],
      });
    },
  );
});

describe('corrections', () => {
  it('of a receipt take its own goods back, at what they came in at', () => {
    const received = line('supplier', 'main', { key: 'in', line: 0 });
    const undone = line('main', 'supplier', { key: 'out', corrects: 'in', reference: null, document: 'x' });
    const none = { quantity: 0n as Quantity, amount: NO_MONEY };
    const back = { stepId: 'out:0', itemId: 7, at: 100n, unbilled: [], owed: none, unreceived: none };
    const returns = new Map([['out:0', { ...back, known: 1_000n as Money, credit: 1_000n as Money }]]);
    expect(stepsFrom([received, undone], { costs: { receipts: new Map(), returns } })[1]).toMatchObject({
      kind: 'supplier_return',
      receipt: 'in:0',
      credit: 1_000n,
    });
  });

  it('of a sale come back under the reference of the sale', () => {
    const sold = line('main', 'customer', { key: 'sale', reference: 'S-1' });
    const undone = line('customer', 'main', { corrects: 'sale', reference: null });
    expect(stepsFrom([sold, undone])[1]).toMatchObject({ kind: 'return', reference: 'S-1' });
  });

  it('of scrap come back at what was scrapped; a count kept true does not', () => {
    const scrapped = line('main', 'adjustment', { key: 'scrap', document: 'scrap 1' });
    const undone = line('adjustment', 'main', { corrects: 'scrap', type: 'adjustment' });
    const steps = stepsFrom([scrapped, undone]);
    expect(steps).toMatchObject([
      { kind: 'issue', reference: 'scrap' },
      { kind: 'return', from: 'scrap', reference: 'scrap' },
    ]);
    const kept = line('adjustment', 'main', { corrects: 'scrap', type: 'count' });
    expect(stepsFrom([scrapped, kept])[1]).toMatchObject({ kind: 'receive', cost: 'adjustment' });
  });

  it('leftovers of production come back at what they were consumed at; what the order plans to make does not', () => {
    const lines = [line('main', 'production'), line('production', 'main')];
    expect(stepsFrom(lines)[1]).toMatchObject({
      kind: 'return',
      from: 'work_in_progress',
      reference: 'ORDER',
    });
    expect(stepsFrom(lines, { plannedBy: new Set(['ORDER']) })[1]).toMatchObject({
      kind: 'receive',
      cost: 'output',
    });
  });
});

describe('output that is taken back', () => {
  const made = line('production', 'main', { key: 'made', line: 1 });
  const undone = line('main', 'production', { corrects: 'made', document: 'undo 1', reference: null });

  it('is undone at what it came in at, and is no use of goods: other outputs of the order stay outputs', () => {
    const other = line('production', 'main', { key: 'other' });
    const outputCost = () => 500n as Money;
    expect(stepsFrom([made, other, undone], { outputCost })).toMatchObject([
      { kind: 'receive', cost: 'output' },
      { kind: 'receive', cost: 'output' },
      { kind: 'undone_output', output: 'made:1', credit: 500n },
    ]);
  });

  it('and put back again is output, also of an order that uses up what it makes', () => {
    const used = line('main', 'production');
    const again = line('production', 'main', { corrects: undone.key });
    const steps = stepsFrom([used, made, undone, again], { plannedBy: new Set(['ORDER']) });
    expect(steps[3]).toMatchObject({ kind: 'receive', cost: 'output' });
  });

  it('of another lot is undone lot by lot', () => {
    const lots = [1, 2].map((lotId) => line('production', 'main', { key: 'lots', line: lotId, lotId }));
    const back = line('main', 'production', { corrects: 'lots', lotId: 2 });
    expect(stepsFrom([...lots, back])[2]).toMatchObject({ kind: 'undone_output', output: 'lots:2' });
  });
});

it('what was said of the item becomes steps in the company’s currency', () => {
  const assertions = [
    { ...expected, currency: 'USD' },
    { ...expected, key: 'r', kind: 'revaluation' as const },
    { ...expected, key: 'w', kind: 'write_down' as const },
  ];
  expect(stepsFrom([], { assertions })).toMatchObject([
    { id: 'e:0', kind: 'expect', unitCost: '1.5', revalues: false },
    { id: 'r:0', kind: 'expect', unitCost: '3', revalues: true },
    { id: 'w:0', kind: 'write_down', netRealisable: '3' },
  ]);
});
