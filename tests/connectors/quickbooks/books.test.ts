// What is read from the books: how the company is set up, balances and activity, whatever order a report has its columns in.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Journal } from '../../../src/connectors/contract.ts';
import { quickbooksClient } from '../../../src/connectors/quickbooks/client.ts';
import { companyOf } from '../../../src/connectors/quickbooks/company.ts';
import { journalOf } from '../../../src/connectors/quickbooks/journal.ts';
import {
  type Asked,
  apiCalls,
  company,
  contextFor,
  PREFERENCES,
  type Stub,
  startStub,
  type Told,
} from './stub.ts';

let stub: Stub;
beforeEach(async () => {
  stub = await startStub();
});
afterEach(() => stub.close());

function opened(rows: Readonly<Record<string, readonly unknown[]>>, other?: (asked: Asked) => Told): Journal {
  stub.api = company(rows, other);
  const context = contextFor(stub);
  const client = quickbooksClient(context);
  return journalOf(client, companyOf(client, context.now), context);
}

const account = (Id: string, AccountType: string, AccountSubType: string, more: object = {}) => ({
  ...{ Id, Name: `Account ${Id}`, FullyQualifiedName: `Group:Account ${Id}`, Active: true },
  ...{ AccountType, AccountSubType, Classification: 'Asset', CurrencyRef: { value: 'USD' } },
  ...more,
});

const ACCOUNTS = [
  account('81', 'Other Current Asset', 'Inventory'),
  account('91', 'Other Current Asset', 'OtherCurrentAssets', { AcctNum: '1310' }),
  account('84', 'Accounts Receivable', 'AccountsReceivable'),
  account('33', 'Accounts Payable', 'AccountsPayable'),
  account('92', 'Other Current Asset', 'OtherCurrentAssets', { Active: false }),
];

describe('the company', () => {
  it('is described with its closing date, and with why an account is unfit for journals', async () => {
    const described = await opened({
      Account: ACCOUNTS,
      Class: [{ Id: '2000', Name: 'Retail', Active: true }],
      Department: [{ Id: '1', Name: 'Main', FullyQualifiedName: 'East:Main', Active: false }],
    }).describe();
    expect(described).toMatchObject({
      ...{ company: 'Example Outfitters', currency: 'USD', multicurrency: false },
      ...{ closedThrough: '2026-09-30', usesClasses: true, usesDepartments: true },
      classes: [{ id: '2000', name: 'Retail', active: true }],
      departments: [{ id: '1', name: 'East:Main', active: false }],
    });
    const unfit = Object.fromEntries(described.accounts.map(({ id, unfit }) => [id, unfit]));
    expect(unfit['81']).toMatch(/its own inventory items/);
    expect(unfit['84']).toMatch(/customer/);
    expect(unfit['33']).toMatch(/vendor/);
    expect(unfit['91']).toBeUndefined();
    expect(described.accounts.find(({ id }) => id === '92')?.active).toBe(false);
    expect(described.accounts.find(({ id }) => id === '91')).toMatchObject({
      ...{ number: '1310', name: 'Group:Account 91', type: 'Other Current Asset' },
      ...{ subtype: 'OtherCurrentAssets', currency: 'USD' },
    });
    // A query leaves inactive ones out unless it asks for them.
    for (const { query } of apiCalls(stub).filter((one) =>
      /account|class|dep/.test(one.query.get('query') ?? ''),
    ))
      expect(query.get('query')).toContain('Active in (true, false)');
  });

  it('that keeps no items lets its Inventory account be used, and classes are not asked for where there are none', async () => {
    const plain = {
      AccountingInfoPrefs: { ClassTrackingPerTxnLine: false, TrackDepartments: false },
      CurrencyPrefs: { HomeCurrency: { value: 'CAD' }, MultiCurrencyEnabled: true },
      ProductAndServicesPrefs: { QuantityOnHand: false },
    };
    const described = await opened({ Account: ACCOUNTS, Preferences: [plain] }).describe();
    expect(described.accounts[0]?.unfit).toBeUndefined();
    expect(described).toMatchObject({
      ...{ currency: 'CAD', multicurrency: true, closedThrough: undefined },
      ...{ classes: [], departments: [], usesClasses: false, usesDepartments: false },
    });
    expect(apiCalls(stub).some(({ query }) => /class|department/i.test(query.get('query') ?? ''))).toBe(
      false,
    );
  });

  it('with more than 1000 accounts is read to the last', async () => {
    const many = Array.from({ length: 1_500 }, (_, at) => account(String(at + 1), 'Expense', 'Other'));
    stub.api = (asked) => {
      const start = Number(/startposition (\d+)/.exec(asked.query.get('query') ?? '')?.[1] ?? 1);
      return company({ Account: many.slice(start - 1, start + 999) })(asked) as Told;
    };
    const context = contextFor(stub);
    const accounts = await quickbooksClient(context).accounts();
    expect(new Set(accounts.map(({ Id }) => Id)).size).toBe(1_500);
  });
});

interface Column {
  readonly ColTitle: string;
  readonly ColType: string;
  readonly MetaData?: { Name: string; Value: string }[];
}
const keyed = (ColKey: string, ColType: string, ColTitle = ''): Column => ({
  ...{ ColTitle, ColType },
  MetaData: [{ Name: 'ColKey', Value: ColKey }],
});
const report = (columns: readonly Column[], rows: readonly unknown[]): Told => ({
  body: { Header: { ReportName: 'X' }, Columns: { Column: columns }, Rows: { Row: rows } },
});

describe('balances', () => {
  const TITLED = [
    { ColTitle: '', ColType: 'Account' },
    { ColTitle: 'Debit', ColType: 'Money' },
    { ColTitle: 'Credit', ColType: 'Money' },
  ];
  const cells = (...values: [string, string?][]) => ({
    ColData: values.map(([value, id]) => ({ value, ...(id === undefined ? {} : { id }) })),
  });

  it.each([
    ['titled', TITLED, cells(['Inventory', '91'], ['4151.7'], ['']), cells(['GRNI', '95'], [''], ['.40'])],
    [
      'in another order and language',
      [
        { ColTitle: 'Crédit', ColType: 'Money' },
        { ColTitle: '', ColType: 'Account' },
        { ColTitle: 'Débit', ColType: 'Money' },
      ],
      cells([''], ['Inventory', '91'], ['4151.7']),
      cells(['.40'], ['GRNI', '95'], ['']),
    ],
  ])(
    'are debits less credits, columns %s; an account that is left out stands at zero',
    async (_n, columns, a, b) => {
      const total = { Summary: cells(['TOTAL'], ['4151.70'], ['.40']), type: 'Section', group: 'GrandTotal' };
      const books = opened({}, () => report(columns, [a, b, total]));
      // The words of the second set are French; their accents are no part of them.
      expect(await books.balances(['95', '91', '12'], '2026-11-30')).toEqual([
        { account: '95', balance: '-0.40' },
        { account: '91', balance: '4151.70' },
        { account: '12', balance: '0.00' },
      ]);
      const asked = apiCalls(stub).find(({ path }) => path.endsWith('/reports/TrialBalance'));
      expect(asked?.query.get('end_date')).toBe('2026-11-30');
      expect(asked?.query.get('accounting_method')).toBe('Accrual');
    },
  );

  it('in columns that nobody knows are refused rather than guessed', async () => {
    const strange = [
      TITLED[0]!,
      { ColTitle: 'Soll', ColType: 'Money' },
      { ColTitle: 'Haben', ColType: 'Money' },
    ];
    const books = opened({}, () => report(strange, [cells(['Inventory', '91'], ['1.00'], [''])]));
    await expect(books.balances(['91'], '2026-11-30')).rejects.toMatchObject({ code: 'vendor_rejected' });
    const words = opened({}, () => report(TITLED, [cells(['Inventory', '91'], ['n/a'], [''])]));
    await expect(words.balances(['91'], '2026-11-30')).rejects.toMatchObject({ code: 'vendor_rejected' });
  });
});

describe('activity', () => {
  const COLUMNS = [
    keyed('tx_date', 'Date'),
    keyed('txn_type', 'String'),
    keyed('doc_num', 'String'),
    keyed('memo', 'String'),
    keyed('debt_amt', 'Money'),
    keyed('credit_amt', 'Money'),
  ];
  const all = async (books: Journal, accounts: string[], from: string, through: string) => {
    const found = [];
    for await (const one of books.activity(accounts, from, through)) found.push(one);
    return found;
  };
  const line = (day: string, kind: [string, string], rest: string[]) => ({
    ColData: [{ value: day }, { value: kind[0], id: kind[1] }, ...rest.map((value) => ({ value }))],
    type: 'Data',
  });
  const section = (id: string, rows: readonly unknown[]) => ({
    Header: { ColData: [{ value: `Account ${id}`, id }, { value: '' }] },
    Rows: { Row: rows },
    Summary: { ColData: [{ value: 'Total' }, { value: '' }, { value: '' }, { value: '' }, { value: '9' }] },
    type: 'Section',
  });
  const LEDGER = section('91', [
    { ColData: [{ value: 'Beginning Balance' }, { value: '' }], type: 'Data' },
    line('2026-11-14', ['Journal Entry', '1001'], ['INV-1', 'orders', '', '2000.00']),
    line('2026-11-15', ['Bill Payment (Check)', '77'], ['', '', '12.50', '']),
    section('911', [line('2026-11-15', ['Bill', '78'], ['', '', '99.00', ''])]),
  ]);
  const EXPECTED = [
    {
      ...{ account: '91', id: '1001', kind: 'JournalEntry', number: 'INV-1', date: '2026-11-14' },
      amount: '-2000.00',
      memo: 'orders',
    },
    {
      ...{ account: '91', id: '77', kind: 'BillPayment(Check)', number: undefined, date: '2026-11-15' },
      amount: '12.50',
      memo: '',
    },
  ];

  it('is everything booked on the account, without its opening balance, its sums and its sub-accounts', async () => {
    const books = opened({}, () => report(COLUMNS, [LEDGER]));
    expect(await all(books, ['91'], '2026-11-01', '2026-11-30')).toEqual(EXPECTED);
  });

  it('is found by the name of a column, in any order, whether the name is its key or its type', async () => {
    const mixed = JSON.parse(JSON.stringify(LEDGER)) as typeof LEDGER;
    const turn = (rows: { ColData?: unknown[]; Rows?: { Row: never[] } }[]): void => {
      for (const row of rows) {
        if (row.ColData)
          row.ColData = [...Array(6 - row.ColData.length).fill({ value: '' }), ...row.ColData.toReversed()];
        if (row.Rows) turn(row.Rows.Row);
      }
    };
    turn(mixed.Rows.Row as never[]);
    const types = COLUMNS.map(({ MetaData }) => ({ ColTitle: '', ColType: MetaData?.[0]?.Value ?? '' }));
    const books = opened({}, () => report(types.toReversed(), [mixed]));
    expect(await all(books, ['91'], '2026-11-01', '2026-11-30')).toEqual(EXPECTED);
  });

  it('that is too much for one report is read in halves, each day once', async () => {
    const days: string[] = [];
    const books = opened({}, ({ query }) => {
      const [from, through] = [query.get('start_date') ?? '', query.get('end_date') ?? ''];
      if (from !== through)
        return report(COLUMNS, [
          { ColData: [{ value: 'Unable to display more data. Please reduce the date range.' }] },
        ]);
      days.push(from);
      return report(COLUMNS, [
        section('91', [line(from, ['Bill', from.replaceAll('-', '')], ['', '', '1.00', ''])]),
      ]);
    });
    const found = await all(books, ['91'], '2026-02-25', '2026-03-03');
    expect(days).toEqual([
      '2026-02-25',
      '2026-02-26',
      '2026-02-27',
      '2026-02-28',
      '2026-03-01',
      '2026-03-02',
      '2026-03-03',
    ]);
    expect(found.map(({ date }) => date)).toEqual(days);
  });

  it('of an account without any is nothing', async () => {
    const books = opened({}, () => report([], []));
    expect(await all(books, ['91'], '2026-11-01', '2026-11-30')).toEqual([]);
    expect(PREFERENCES.CurrencyPrefs.HomeCurrency.value).toBe('USD');
  });
});
