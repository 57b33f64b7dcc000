// What each kind of movement and cost document means in the journals, for a perpetual and for a periodic system. Every case
// is written by hand. Amounts are dollars; an account has the name of its role unless the case has rules of its own.
import type { AccountRole, CostKind } from '../../../../src/core/vocabulary/words.ts';

/** Kind, debit, credit, amount; `from` and `to` are the locations of the credited and the debited pool. */
export type GoldenEntry = readonly [
  kind: CostKind,
  debit: AccountRole,
  credit: AccountRole,
  amount: string,
  pools?: { readonly from?: string; readonly to?: string },
];

export interface Golden {
  readonly what: string;
  readonly entries: readonly GoldenEntry[];
  /** Without it the hub books bills itself. */
  readonly withoutPayable?: true;
  /** Accounts of inventory by location, priced by location. */
  readonly inventoryBy?: Readonly<Record<string, string>>;
  /** `Dr account amount` and `Cr account amount`, of all journals. */
  readonly perpetual: readonly string[];
  readonly periodic: { readonly atOnce: readonly string[]; readonly closing: readonly string[] };
}

export const GOLDENS: readonly Golden[] = [
  {
    what: 'a receipt before its bill, at the price of the order',
    entries: [['receipt', 'inventory', 'received_not_billed', '100.00']],
    perpetual: ['Dr inventory 100.00', 'Cr received_not_billed 100.00'],
    periodic: {
      atOnce: [],
      closing: [
        'Dr cost_of_goods_sold 100.00',
        'Cr purchases 100.00',
        'Dr inventory 100.00',
        'Cr cost_of_goods_sold 100.00',
      ],
    },
  },
  {
    what: 'the opening count',
    entries: [['opening', 'inventory', 'opening', '70.00']],
    perpetual: ['Dr inventory 70.00', 'Cr opening 70.00'],
    periodic: {
      atOnce: [],
      closing: [
        'Dr cost_of_goods_sold 70.00',
        'Cr opening 70.00',
        'Dr inventory 70.00',
        'Cr cost_of_goods_sold 70.00',
      ],
    },
  },
  {
    what: 'the bill at the same price',
    entries: [['bill', 'received_not_billed', 'payable', '100.00']],
    perpetual: ['Dr received_not_billed 100.00', 'Cr payable 100.00'],
    periodic: { atOnce: ['Dr purchases 100.00', 'Cr payable 100.00'], closing: [] },
  },
  {
    what: 'the bill, where the accountant enters bills in the books',
    entries: [['bill', 'received_not_billed', 'payable', '100.00']],
    withoutPayable: true,
    perpetual: [],
    periodic: { atOnce: [], closing: [] },
  },
  {
    what: 'the bill at another price: 12 of 20 on hand, 8 gone',
    entries: [
      ['receipt', 'inventory', 'received_not_billed', '10.00'],
      ['sale', 'cost_of_goods_sold', 'inventory', '4.00'],
      ['bill', 'received_not_billed', 'payable', '110.00'],
    ],
    perpetual: [
      'Dr inventory 10.00',
      'Cr received_not_billed 10.00',
      'Dr received_not_billed 110.00',
      'Cr payable 110.00',
      'Dr cost_of_goods_sold 4.00',
      'Cr inventory 4.00',
    ],
    periodic: {
      atOnce: ['Dr purchases 110.00', 'Cr payable 110.00'],
      closing: [
        'Dr cost_of_goods_sold 10.00',
        'Cr purchases 10.00',
        'Dr inventory 6.00',
        'Cr cost_of_goods_sold 6.00',
      ],
    },
  },
  {
    what: 'the bill at another price, under standard cost',
    entries: [
      ['receipt', 'inventory', 'received_not_billed', '95.00'],
      ['receipt', 'price_variance', 'received_not_billed', '5.00'],
    ],
    perpetual: ['Dr inventory 95.00', 'Dr price_variance 5.00', 'Cr received_not_billed 100.00'],
    periodic: {
      atOnce: [],
      closing: [
        'Dr cost_of_goods_sold 100.00',
        'Cr purchases 100.00',
        'Dr inventory 95.00',
        'Cr cost_of_goods_sold 95.00',
      ],
    },
  },
  {
    what: 'the bill before the receipt, goods on their way meanwhile',
    entries: [
      ['bill', 'received_not_billed', 'payable', '100.00'],
      ['receipt', 'in_transit', 'received_not_billed', '100.00', { to: 'SHIP' }],
      ['transfer', 'inventory', 'in_transit', '100.00', { from: 'SHIP' }],
    ],
    perpetual: [
      'Dr in_transit 100.00',
      'Cr received_not_billed 100.00',
      'Dr received_not_billed 100.00',
      'Cr payable 100.00',
      'Dr inventory 100.00',
      'Cr in_transit 100.00',
    ],
    periodic: {
      atOnce: ['Dr purchases 100.00', 'Cr payable 100.00'],
      closing: [
        'Dr cost_of_goods_sold 100.00',
        'Cr purchases 100.00',
        'Dr inventory 100.00',
        'Cr cost_of_goods_sold 100.00',
      ],
    },
  },
  {
    what: 'landed cost: 95 for what is on hand, 5 for what is gone',
    entries: [
      ['landed_cost', 'inventory', 'landed_clearing', '100.00'],
      ['sale', 'cost_of_goods_sold', 'inventory', '5.00'],
    ],
    perpetual: [
      'Dr inventory 100.00',
      'Cr landed_clearing 100.00',
      'Dr cost_of_goods_sold 5.00',
      'Cr inventory 5.00',
    ],
    periodic: {
      atOnce: [],
      closing: [
        'Dr cost_of_goods_sold 100.00',
        'Cr freight_in 100.00',
        'Dr inventory 95.00',
        'Cr cost_of_goods_sold 95.00',
      ],
    },
  },
  {
    what: 'a supplier’s discount: 6 for what is on hand, 4 for what is gone',
    entries: [
      ['receipt', 'inventory', 'received_not_billed', '-10.00'],
      ['sale', 'cost_of_goods_sold', 'inventory', '-4.00'],
      ['bill', 'received_not_billed', 'payable', '-10.00'],
    ],
    perpetual: [
      'Dr received_not_billed 10.00',
      'Cr inventory 10.00',
      'Dr payable 10.00',
      'Cr received_not_billed 10.00',
      'Dr inventory 4.00',
      'Cr cost_of_goods_sold 4.00',
    ],
    periodic: {
      atOnce: ['Dr payable 10.00', 'Cr purchases 10.00'],
      closing: [
        'Dr purchases 10.00',
        'Cr cost_of_goods_sold 10.00',
        'Dr cost_of_goods_sold 6.00',
        'Cr inventory 6.00',
      ],
    },
  },
  {
    what: 'a sale',
    entries: [['sale', 'cost_of_goods_sold', 'inventory', '40.00']],
    perpetual: ['Dr cost_of_goods_sold 40.00', 'Cr inventory 40.00'],
    periodic: { atOnce: [], closing: ['Dr cost_of_goods_sold 40.00', 'Cr inventory 40.00'] },
  },
  {
    what: 'a customer’s return to stock, at the cost it left at',
    entries: [['customer_return', 'inventory', 'cost_of_goods_sold', '10.00']],
    perpetual: ['Dr inventory 10.00', 'Cr cost_of_goods_sold 10.00'],
    periodic: { atOnce: [], closing: ['Dr inventory 10.00', 'Cr cost_of_goods_sold 10.00'] },
  },
  {
    what: 'a customer’s return that is scrapped',
    entries: [['customer_return', 'scrap', 'cost_of_goods_sold', '10.00']],
    perpetual: ['Dr scrap 10.00', 'Cr cost_of_goods_sold 10.00'],
    periodic: { atOnce: [], closing: [] },
  },
  {
    what: 'goods back to the supplier for less than they are worth, the hub booking his credit',
    entries: [
      ['supplier_return', 'received_not_billed', 'inventory', '22.00'],
      ['supplier_return', 'price_variance', 'inventory', '2.00'],
      ['bill', 'received_not_billed', 'payable', '-22.00'],
    ],
    perpetual: [
      'Dr payable 22.00',
      'Cr received_not_billed 22.00',
      'Dr price_variance 2.00',
      'Dr received_not_billed 22.00',
      'Cr inventory 24.00',
    ],
    periodic: {
      atOnce: ['Dr payable 22.00', 'Cr purchases 22.00'],
      closing: [
        'Dr purchases 22.00',
        'Cr cost_of_goods_sold 22.00',
        'Dr cost_of_goods_sold 24.00',
        'Cr inventory 24.00',
      ],
    },
  },
  {
    what: 'goods back to the supplier, the accountant entering his credit',
    entries: [['supplier_return', 'received_not_billed', 'inventory', '22.00']],
    withoutPayable: true,
    perpetual: ['Dr received_not_billed 22.00', 'Cr inventory 22.00'],
    periodic: {
      atOnce: [],
      closing: [
        'Dr purchase_returns 22.00',
        'Cr cost_of_goods_sold 22.00',
        'Dr cost_of_goods_sold 22.00',
        'Cr inventory 22.00',
      ],
    },
  },
  {
    what: 'a count that found less',
    entries: [['adjustment', 'adjustment', 'inventory', '7.00']],
    perpetual: ['Dr adjustment 7.00', 'Cr inventory 7.00'],
    periodic: { atOnce: [], closing: ['Dr cost_of_goods_sold 7.00', 'Cr inventory 7.00'] },
  },
  {
    what: 'a count that found more',
    entries: [['adjustment', 'inventory', 'adjustment', '7.00']],
    perpetual: ['Dr inventory 7.00', 'Cr adjustment 7.00'],
    periodic: { atOnce: [], closing: ['Dr inventory 7.00', 'Cr cost_of_goods_sold 7.00'] },
  },
  {
    what: 'stock that is scrapped',
    entries: [['scrap', 'scrap', 'inventory', '3.00']],
    perpetual: ['Dr scrap 3.00', 'Cr inventory 3.00'],
    periodic: { atOnce: [], closing: ['Dr cost_of_goods_sold 3.00', 'Cr inventory 3.00'] },
  },
  {
    what: 'a transfer within one inventory account',
    entries: [['transfer', 'inventory', 'inventory', '50.00', { from: 'MAIN', to: 'SHOP' }]],
    perpetual: [],
    periodic: { atOnce: [], closing: [] },
  },
  {
    what: 'a transfer between locations with accounts of their own',
    entries: [['transfer', 'inventory', 'inventory', '50.00', { from: 'MAIN', to: 'SHOP' }]],
    inventoryBy: { MAIN: 'inventory main', SHOP: 'inventory shop' },
    perpetual: ['Dr inventory shop 50.00', 'Cr inventory main 50.00'],
    periodic: { atOnce: [], closing: ['Dr inventory shop 50.00', 'Cr inventory main 50.00'] },
  },
  {
    what: 'a transfer that is on its way, and loses some',
    entries: [
      ['transfer', 'in_transit', 'inventory', '50.00', { to: 'TRUCK' }],
      ['transfer', 'inventory', 'in_transit', '40.00', { from: 'TRUCK' }],
      ['adjustment', 'adjustment', 'in_transit', '10.00', { from: 'TRUCK' }],
    ],
    perpetual: ['Dr in_transit 10.00', 'Cr inventory 10.00', 'Dr adjustment 10.00', 'Cr in_transit 10.00'],
    periodic: { atOnce: [], closing: ['Dr cost_of_goods_sold 10.00', 'Cr inventory 10.00'] },
  },
  {
    what: 'production: 30 of components and 12 of labour become 40 of goods and 2 of variance',
    entries: [
      ['consumption', 'work_in_progress', 'inventory', '30.00'],
      ['absorption', 'work_in_progress', 'absorbed', '12.00'],
      ['output', 'inventory', 'work_in_progress', '40.00'],
      ['output', 'production_variance', 'work_in_progress', '2.00'],
    ],
    perpetual: [
      'Dr work_in_progress 30.00',
      'Cr inventory 30.00',
      'Dr inventory 40.00',
      'Dr production_variance 2.00',
      'Cr work_in_progress 42.00',
      'Dr work_in_progress 12.00',
      'Cr absorbed 12.00',
    ],
    periodic: {
      atOnce: [],
      closing: [
        'Dr cost_of_goods_sold 12.00',
        'Cr absorbed 12.00',
        'Dr inventory 10.00',
        'Cr cost_of_goods_sold 10.00',
      ],
    },
  },
  {
    what: 'a write-down to what it will fetch',
    entries: [['write_down', 'write_down_expense', 'write_down_allowance', '15.00']],
    perpetual: ['Dr write_down_expense 15.00', 'Cr write_down_allowance 15.00'],
    periodic: { atOnce: ['Dr write_down_expense 15.00', 'Cr write_down_allowance 15.00'], closing: [] },
  },
  {
    what: 'a write-down taken back',
    entries: [['write_down', 'write_down_expense', 'write_down_allowance', '-9.00']],
    perpetual: ['Dr write_down_allowance 9.00', 'Cr write_down_expense 9.00'],
    periodic: { atOnce: ['Dr write_down_allowance 9.00', 'Cr write_down_expense 9.00'], closing: [] },
  },
  {
    what: 'a new standard cost for what is on hand',
    entries: [['revaluation', 'inventory', 'revaluation', '8.00']],
    perpetual: ['Dr inventory 8.00', 'Cr revaluation 8.00'],
    periodic: { atOnce: [], closing: ['Dr inventory 8.00', 'Cr cost_of_goods_sold 8.00'] },
  },
  {
    what: 'our goods on consignment, some of them sold there',
    entries: [
      ['transfer', 'consigned_out', 'inventory', '60.00', { to: 'GALLERY' }],
      ['sale', 'cost_of_goods_sold', 'consigned_out', '20.00', { from: 'GALLERY' }],
    ],
    perpetual: [
      'Dr cost_of_goods_sold 20.00',
      'Cr consigned_out 20.00',
      'Dr consigned_out 60.00',
      'Cr inventory 60.00',
    ],
    periodic: {
      atOnce: [],
      closing: ['Dr consigned_out 40.00', 'Dr cost_of_goods_sold 20.00', 'Cr inventory 60.00'],
    },
  },
  {
    what: 'somebody else’s goods on consignment with us, sold',
    entries: [['sale', 'cost_of_goods_sold', 'consignor_payable', '25.00']],
    perpetual: ['Dr cost_of_goods_sold 25.00', 'Cr consignor_payable 25.00'],
    periodic: { atOnce: [], closing: ['Dr cost_of_goods_sold 25.00', 'Cr purchases 25.00'] },
  },
  {
    what: 'the true-up of goods that were sold before they came',
    entries: [['true_up', 'cost_of_goods_sold', 'inventory', '50.00']],
    perpetual: ['Dr cost_of_goods_sold 50.00', 'Cr inventory 50.00'],
    periodic: { atOnce: [], closing: ['Dr cost_of_goods_sold 50.00', 'Cr inventory 50.00'] },
  },
  {
    what: 'the end of a period: three receipts of 16,155 and 7,200 sold, first in first out',
    entries: [
      ['receipt', 'inventory', 'received_not_billed', '3150.00'],
      ['sale', 'cost_of_goods_sold', 'inventory', '2520.00'],
      ['receipt', 'inventory', 'received_not_billed', '6075.00'],
      ['sale', 'cost_of_goods_sold', 'inventory', '4680.00'],
      ['receipt', 'inventory', 'received_not_billed', '6930.00'],
    ],
    perpetual: [
      'Dr inventory 16155.00',
      'Cr received_not_billed 16155.00',
      'Dr cost_of_goods_sold 7200.00',
      'Cr inventory 7200.00',
    ],
    periodic: {
      atOnce: [],
      closing: [
        'Dr cost_of_goods_sold 16155.00',
        'Cr purchases 16155.00',
        'Dr inventory 8955.00',
        'Cr cost_of_goods_sold 8955.00',
      ],
    },
  },
];
