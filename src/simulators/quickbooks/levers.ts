// The levers of the simulated QuickBooks company, each with an input to start from: what people do there by hand.
import type { PeopleInputs } from './people.ts';

/** One input per lever, with every field that matters; a number or an id names the entry. */
export const QUICKBOOKS_LEVERS: { readonly [Name in keyof PeopleInputs]: PeopleInputs[Name] } = {
  editEntry: {
    number: 'INV-20261102-1',
    amount: '120.00',
    date: '2026-11-03',
    account: { from: 'inventory', to: 'adjustment' },
    note: 'by hand',
    newNumber: 'EDITED-1',
  },
  deleteEntry: { number: 'INV-20261102-1' },
  bookEntry: {
    date: '2026-11-02',
    number: 'HAND-1',
    note: 'by hand',
    lines: [
      { account: 'inventory', side: 'Debit', amount: '10.00', description: 'by hand' },
      { account: 'adjustment', side: 'Credit', amount: '10.00' },
    ],
  },
  bookBill: { date: '2026-11-02', account: 'inventory', amount: '120.00', number: 'B-1', note: 'by hand' },
  editBill: {
    ...{ number: 'B-1', amount: '125.00', date: '2026-11-03' },
    account: { from: 'inventory', to: 'receivedNotBilled' },
    ...{ note: 'corrected', newNumber: 'B-2' },
  },
  deleteBill: { number: 'B-1' },
  bookExpense: { date: '2026-11-02', account: 'inventory', amount: '12.00', number: 'E-1', note: 'by hand' },
  setClosingDate: { date: '2026-10-31' },
  setAccountActive: { account: 'adjustment', active: false },
  createAccount: { name: 'Freight clearing', number: '2110', type: 'Other Current Liability' },
  setFeatures: { classes: true, departments: true },
  createClass: { name: 'Shop' },
  createDepartment: { name: 'North' },
  createItem: { name: 'Mug', type: 'Inventory' },
  setListedActive: { list: 'Class', id: '1', active: false },
};

/** How to pull each of them, a line each. */
export const quickbooksLevers = (url: string): string =>
  [
    'Pull its levers with POST and JSON; fields but date, account, amount and lines may be left out, and an entry or a bill goes by id or number:',
    ...Object.entries(QUICKBOOKS_LEVERS).map(
      ([name, input]) => `  curl ${url}/__simulator/${name} -d '${JSON.stringify(input)}'`,
    ),
    `  curl ${url}/__simulator/advance -d '{"seconds":3600}'`,
    ...['expireAccessTokens', 'disconnect', 'reconnect', 'books', 'requests'].map(
      (name) => `  curl ${url}/__simulator/${name} -d '{}'`,
    ),
    'It runs until you stop it (Ctrl-C).',
  ].join('\n');
