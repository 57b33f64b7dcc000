// The books of the simulated company always balance, its reports are the sum of what is booked, and people's work shows.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { call, entryIn, type Json, line, sale, startBooks } from './quickbooks-client.ts';
import { startReceiver } from './square-client.ts';

interface Cell {
  value: string;
  id?: string;
}
interface Row {
  Header?: { ColData: Cell[] };
  Rows?: { Row: Row[] };
  Summary?: { ColData: Cell[] };
  ColData?: Cell[];
  type: string;
}

const rowsOf = ({ body }: { body: Json }): Row[] => (body.Rows as { Row?: Row[] }).Row ?? [];
const centsOf = (text: string): number => Math.round(Number(text || '0') * 100);
const ACCOUNTS = ['80', '91', '35', '102', '103', '96', '34'] as const;

describe('reports', () => {
  test('I9: the trial balance is the sum of what is booked, whatever is booked, edited and deleted', async () => {
    const amount = fc.integer({ min: 1, max: 10_000_000 });
    const account = fc.constantFrom(...ACCOUNTS);
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({ kind: fc.constant('book' as const), from: account, to: account, amount }),
      },
      fc.record({ kind: fc.constant('edit' as const), at: fc.nat(20), amount }),
      fc.record({ kind: fc.constant('delete' as const), at: fc.nat(20) }),
      fc.record({ kind: fc.constant('spend' as const), to: account, amount }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 15 }), async (steps) => {
        await using books = await startBooks();
        for (const [index, each] of steps.entries()) {
          const entries = books.company.entries();
          const at = 'at' in each ? entries[each.at % Math.max(1, entries.length)] : undefined;
          if (each.kind === 'book') {
            const text = (each.amount / 100).toFixed(2);
            const Line = [line('Debit', each.to, text), line('Credit', each.from, text)];
            expect((await call(books, 'journalentry', sale({ DocNumber: `N${index}`, Line }))).status).toBe(
              200,
            );
          } else if (each.kind === 'spend')
            books.actions.bookExpense({
              date: '2026-11-20',
              account: each.to,
              amount: (each.amount / 100).toFixed(2),
            });
          else if (at && each.kind === 'edit')
            books.actions.editEntry({ id: at.id, amount: (each.amount / 100).toFixed(2) });
          else if (at) books.actions.deleteEntry({ id: at.id });
        }
        const rows = rowsOf(
          await call(books, 'reports/TrialBalance?start_date=2026-11-01&end_date=2026-11-30'),
        );
        const shown = new Map<string | undefined, number>();
        for (const { ColData } of rows)
          if (ColData)
            shown.set(ColData[0]?.id, centsOf(ColData[1]?.value ?? '') - centsOf(ColData[2]?.value ?? ''));
        for (const id of ACCOUNTS)
          expect(shown.get(id) ?? 0).toBe(centsOf(books.company.balance(id, '2026-11-30')));
        const total = rows.at(-1)?.Summary?.ColData.map(({ value }) => value);
        expect(total?.[1]).toBe(total?.[2]);
      }),
      { numRuns: 25, seed: 20261121 },
    );
  });

  test('a trial balance starts profit and loss anew each fiscal year and keeps the rest in retained earnings', async () => {
    await using books = await startBooks();
    for (const [number, date] of [
      ['A', '2025-12-31'],
      ['B', '2026-01-01'],
    ] as const)
      await call(books, 'journalentry', sale({ DocNumber: number, TxnDate: date }, 100));
    const report = await call(books, 'reports/TrialBalance?end_date=2026-11-30');
    const cells = Object.fromEntries(
      rowsOf(report).map(({ ColData, Summary }) => [
        ColData?.[0]?.id ?? Summary?.ColData[0]?.value,
        (ColData ?? Summary?.ColData ?? []).slice(1).map(({ value }) => value),
      ]),
    );
    expect(cells).toEqual({
      '91': ['', '200.00'],
      '2': ['100.00', ''],
      '80': ['100.00', ''],
      TOTAL: ['200.00', '200.00'],
    });
    expect(report.body.Columns).toMatchObject({
      Column: [{ ColType: 'Account' }, { ColTitle: 'Debit', ColType: 'Money' }, { ColTitle: 'Credit' }],
    });
    expect(report.body.Header).toMatchObject({
      ReportName: 'TrialBalance',
      StartPeriod: '2026-01-01',
      Currency: 'USD',
    });
  });

  test('a general ledger has a section an account, sub-accounts nested, beginning and running balances, natural signs', async () => {
    await using books = await startBooks();
    const booked = (DocNumber: string, TxnDate: string, debit: string, credit: string, amount: number) =>
      call(books, 'journalentry', {
        DocNumber,
        TxnDate,
        PrivateNote: `n ${DocNumber}`,
        Line: [line('Debit', debit, amount), line('Credit', credit, amount)],
      });
    await booked('OPEN', '2026-10-31', '91', '34', 1000);
    await booked('SCRAP', '2026-11-02', '103', '91', 40);
    const receipt = entryIn(await booked('GRNI', '2026-11-03', '91', '96', 60));
    books.actions.bookBill({ date: '2026-11-04', account: '96', amount: '60.00', number: 'BILL-1' });
    const report = await call(
      books,
      'reports/GeneralLedger?start_date=2026-11-01&end_date=2026-11-30&account=91,96,103',
    );
    const text = (cells: Cell[] | undefined) => cells?.map(({ value }) => value).join('|');
    const flat = (rows: Row[], depth = 0): string[] =>
      rows.flatMap(({ Header, Rows, Summary, ColData }) => [
        ...(Header ? [`${depth} # ${Header.ColData[0]?.id}`] : []),
        ...(ColData ? [`${depth} ${text(ColData)}`] : []),
        ...flat(Rows?.Row ?? [], depth + 1),
        ...(Summary ? [`${depth} = ${text(Summary.ColData)}`] : []),
      ]);
    expect(flat(rowsOf(report))).toEqual([
      '0 # 91',
      '1 Beginning Balance|||||||1000.00',
      '1 2026-11-02|Journal Entry|SCRAP||n SCRAP|Scrap|-40.00|960.00',
      '1 2026-11-03|Journal Entry|GRNI||n GRNI|Goods received not billed|60.00|1020.00',
      '0 = Total for 1310 Inventory – hub||||||20.00|',
      '0 # 96',
      '1 2026-11-03|Journal Entry|GRNI||n GRNI|Inventory – hub|60.00|60.00',
      '1 2026-11-04|Bill|BILL-1|||Accounts Payable (A/P)|-60.00|0.00',
      '0 = Total for 2100 Goods received not billed||||||0.00|',
      '0 # 102',
      '1 # 103',
      '2 2026-11-02|Journal Entry|SCRAP||n SCRAP|Inventory – hub|40.00|40.00',
      '1 = Total for 5110 Scrap||||||40.00|',
      '0 = Total for 5100 Inventory adjustments with sub-accounts||||||40.00|',
    ]);
    expect(rowsOf(report)[1]?.Rows?.Row[0]?.ColData?.[1]?.id).toBe(receipt.Id);
    const sides = await call(
      books,
      'reports/GeneralLedger?start_date=2026-11-01&end_date=2026-11-30&account=96&columns=tx_date,credit_amt,debt_amt',
    );
    expect(rowsOf(sides)[0]?.Rows?.Row.map(({ ColData }) => text(ColData))).toEqual([
      '2026-11-03||60.00',
      '2026-11-04|60.00|',
    ]);
    const empty = await call(books, 'reports/GeneralLedger?start_date=2020-01-01&end_date=2020-12-31');
    expect(empty.body.Rows).toEqual({});
    expect(empty.text).toContain('{"Name":"NoReportData","Value":"true"}');
  });

  test('a report that grows too large says so in a row, with HTTP 200', async () => {
    await using books = await startBooks({ mostReportCells: 16 });
    for (let index = 0; index < 3; index += 1)
      await call(books, 'journalentry', sale({ DocNumber: `N${index}` }));
    const report = await call(books, 'reports/GeneralLedger?start_date=2026-11-01&end_date=2026-11-30');
    expect(report.status).toBe(200);
    expect(rowsOf(report).at(-1)?.ColData?.[0]?.value).toContain('Unable to display more data');
  });
});

describe('people', () => {
  test('an edit by hand moves amount, day and account, past closed books, under a new SyncToken', async () => {
    await using books = await startBooks();
    const { Id } = entryIn(await call(books, 'journalentry', sale()));
    books.actions.setClosingDate({ date: '2026-11-30' });
    books.actions.editEntry({
      number: 'INV-1',
      amount: '9.99',
      date: '2026-11-19',
      account: { from: 'costOfGoodsSold', to: 'scrap' },
    });
    expect(books.company.entries()).toMatchObject([
      {
        id: Id,
        syncToken: '1',
        date: '2026-11-19',
        lines: [
          { account: '103', amount: '9.99' },
          { account: '91', amount: '9.99' },
        ],
      },
    ]);
    expect(() => books.actions.editEntry({ id: '999' })).toThrow('no journal entry');
  });

  test('foreign journals, bills and expenses reach the accounts they name', async () => {
    await using books = await startBooks();
    books.actions.bookEntry({
      date: '2026-11-05',
      lines: [
        { account: 'inventory', side: 'Debit', amount: '5.00' },
        { account: 'opening', side: 'Credit', amount: '5.00' },
      ],
    });
    books.actions.bookBill({ date: '2026-11-06', account: 'inventory', amount: '7.00' });
    books.actions.bookExpense({ date: '2026-11-07', account: '1310', amount: '11.00' });
    expect(books.company.balance('inventory', '2026-11-06')).toBe('12.00');
    expect(books.books()).toMatchObject({
      balances: { 'Inventory – hub': '23.00', Checking: '-11.00', 'Accounts Payable (A/P)': '-7.00' },
      booked: { JournalEntry: 1, Bill: 1, Purchase: 1 },
    });
    expect(() =>
      books.actions.bookEntry({
        date: '2026-11-05',
        lines: [
          { account: 'inventory', side: 'Debit', amount: '5.00' },
          { account: 'opening', side: 'Credit', amount: '4.00' },
        ],
      }),
    ).toThrow('equal');
  });

  test('a bill that was booked wrongly is corrected or deleted, in balances, reports and what is told of changes', async () => {
    await using receiver = await startReceiver();
    await using books = await startBooks({ webhooks: [{ url: receiver.url, verifierToken: 'verifier' }] });
    const { actions, company } = books;
    const bill = { date: '2026-11-04', account: 'inventory', amount: '60.00', number: 'BILL-1' };
    const { id } = actions.bookBill(bill);
    actions.editBill({ number: 'BILL-1', amount: '66.00', date: '2026-11-05', newNumber: 'BILL-2' });
    actions.editBill({ id, account: { from: 'inventory', to: 'receivedNotBilled' }, note: 'corrected' });
    const standing = () => ['inventory', '96', '33'].map((account) => company.balance(account));
    expect(standing()).toEqual(['0.00', '66.00', '-66.00']);
    expect(company.balance('96', '2026-11-04')).toBe('0.00');
    const shown = async () => [
      (await call(books, 'reports/GeneralLedger?start_date=2026-11-01&end_date=2026-11-30&account=96')).text,
      (await call(books, 'cdc?entities=Bill&changedSince=2026-11-20')).text,
    ];
    const [report, changed] = await shown();
    expect(report).toMatch(/"2026-11-05".*"Bill".*"BILL-2".*"corrected".*"-66.00"/s);
    expect(report).not.toContain('BILL-1');
    expect(changed).toMatch(/"SyncToken":"2".*"TotalAmt":66/s);

    expect(() => actions.editBill({ number: 'BILL-1' })).toThrow('no bill BILL-1');
    expect(() => actions.editEntry({ id })).toThrow('no journal entry');
    expect(() => actions.deleteEntry({ id })).toThrow('no journal entry');
    expect(() => actions.editBill({ id, account: { from: '33', to: '96' } })).toThrow('payables');

    actions.deleteBill({ number: 'BILL-2' });
    expect(standing()).toEqual(['0.00', '0.00', '0.00']);
    const [emptied, deleted] = await shown();
    expect(emptied).not.toContain('BILL-2');
    expect(deleted).toContain('"status":"Deleted"');
    await books.settled();
    expect(receiver.received.flatMap(({ json }) => json)).toMatchObject(
      ['created', 'updated', 'updated', 'deleted'].map((operation) => ({
        type: `qbo.bill.${operation}.v1`,
        intuitentityid: id,
      })),
    );
  });

  test('the levers are also pulled over HTTP, with the same checks', async () => {
    await using books = await startBooks();
    const pull = async (name: string, input: unknown) => {
      const response = await fetch(`${books.url}/__simulator/${name}`, {
        method: 'POST',
        body: JSON.stringify(input),
      });
      return { status: response.status, body: (await response.json()) as Json };
    };
    const created = await pull('createAccount', { name: 'Samples', type: 'Expense', number: '6100' });
    expect(books.company.account('Samples')).toMatchObject({
      id: created.body.id,
      type: 'Expense',
      active: true,
    });
    expect((await pull('setClosingDate', { date: '31.10.2026' })).status).toBe(400);
    expect((await pull('setClosingDate', { date: '2026-10-31' })).status).toBe(200);
    expect(books.company.closingDate()).toBe('2026-10-31');
  });
});
