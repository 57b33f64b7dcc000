// The simulated QuickBooks API refuses what QuickBooks refuses, answers a request id once, and shows what was booked.

import { describe, expect, test } from 'vitest';
import { call, entryIn, type Json, line, query, refusalIn, sale, startBooks } from './quickbooks-client.ts';

const CREATE = 'journalentry?minorversion=75';

describe('journal entries', () => {
  test('an entry is booked as sent, read by id and found by number, with exact amounts', async () => {
    await using books = await startBooks();
    const created = await call(books, CREATE, sale());
    expect(created.status).toBe(200);
    expect(created.headers.get('intuit_tid')).toMatch(/^1-/);
    expect(created.text).toContain('"Amount":2520.50');
    const entry = entryIn(created);
    expect(entry).toMatchObject({
      DocNumber: 'INV-1',
      TxnDate: '2026-11-20',
      SyncToken: '0',
      PrivateNote: 'hub:1',
    });
    expect((entry.MetaData as Json).CreateTime).toBe('2026-11-21T06:00:00-08:00');
    expect(entryIn(await call(books, `journalentry/${entry.Id}`))).toEqual(entry);
    const found = await query(books, "select * from JournalEntry where DocNumber = 'INV-1'");
    expect(found.body.QueryResponse).toEqual({ JournalEntry: [entry], startPosition: 1, maxResults: 1 });
    expect(books.company.balance('inventory')).toBe('-2520.50');
  });

  test.each<[string, Json, string]>([
    ['no credit', { Line: [line('Debit', '80', 1)] }, '400 6000'],
    ['unequal sides', { Line: [line('Debit', '80', 1), line('Credit', '91', 1.01)] }, '400 6000'],
    ['zero', { Line: [line('Debit', '80', 0), line('Credit', '91', 0)] }, '400 6000'],
    ['a negative amount', { Line: [line('Debit', '80', -1), line('Credit', '91', -1)] }, '400 6000'],
    ['a third decimal', { Line: [line('Debit', '80', 1.005), line('Credit', '91', 1.005)] }, '400 2010'],
    ['DEBIT in capitals', { Line: [line('DEBIT', '80', 1), line('Credit', '91', 1)] }, '400 2170'],
    ['an unknown account', { Line: [line('Debit', '999', 1), line('Credit', '91', 1)] }, '400 2500'],
    ['payables without a vendor', { Line: [line('Debit', '80', 1), line('Credit', '33', 1)] }, '400 6000'],
    [
      'receivables without a customer',
      { Line: [line('Debit', '84', 1), line('Credit', '91', 1)] },
      '400 6000',
    ],
    [
      'receivables with a vendor',
      {
        Line: [
          line('Debit', '84', 1, { Entity: { Type: 'Vendor', EntityRef: { value: '2' } } }),
          line('Credit', '91', 1),
        ],
      },
      '400 6000',
    ],
    ['a number of 22 characters', { DocNumber: 'X'.repeat(22) }, '400 2050'],
    ['a note of 4001 characters', { PrivateNote: 'x'.repeat(4001) }, '400 2050'],
    ['a day that is none', { TxnDate: '2026-02-30' }, '400 2010'],
    ['an unknown property', { Memo: 'x' }, '400 2010'],
    ['another currency', { CurrencyRef: { value: 'EUR' } }, '400 6000'],
    ['no lines', { Line: undefined }, '400 2020'],
    [
      'a class that is turned off',
      { Line: [line('Debit', '80', 1, { ClassRef: { value: '1' } }), line('Credit', '91', 1)] },
      '400 6000',
    ],
    [
      'a line with its description in the detail',
      { Line: [line('Debit', '80', 1, { Description: 'x' }), line('Credit', '91', 1)] },
      '400 2010',
    ],
  ])('%s is refused and books nothing', async (_what, over, refusal) => {
    await using books = await startBooks();
    expect(refusalIn(await call(books, CREATE, sale(over)))).toBe(refusal);
    expect(books.company.entries()).toEqual([]);
  });

  test('receivables with a customer and payables with a vendor are booked', async () => {
    await using books = await startBooks();
    const Line = [
      line('Debit', '84', 5, { Entity: { Type: 'Customer', EntityRef: { value: '1' } } }),
      line('Credit', '33', 5, { Entity: { Type: 'Vendor', EntityRef: { value: '2' } } }),
    ];
    expect((await call(books, CREATE, sale({ Line }))).status).toBe(200);
  });

  test('an account that people made inactive answers 610, and is left out of queries that do not ask for it', async () => {
    await using books = await startBooks();
    books.actions.setAccountActive({ account: 'inventory', active: false });
    expect(refusalIn(await call(books, CREATE, sale()))).toBe('400 610');
    const named = async (text: string) =>
      ((await query(books, text)).body.QueryResponse as { Account?: Json[] }).Account?.map(
        ({ Name }) => Name,
      );
    expect(await named("select * from Account where Id = '91'")).toBeUndefined();
    expect(await named("select * from account where Id = '91' and Active in (true, false)")).toEqual([
      'Inventory – hub (deleted)',
    ]);
  });

  test.each(['6200', '6210', '5010'] as const)(
    'closed books refuse with %s and one text, the closing day included',
    async (code) => {
      await using books = await startBooks({ closedBooksCode: code });
      books.actions.setClosingDate({ date: '2026-11-20' });
      const refused = await call(books, CREATE, sale());
      expect(refusalIn(refused)).toBe(`400 ${code}`);
      expect(refused.text).toContain('The account period has closed and the account books cannot be updated');
      expect((await call(books, CREATE, sale({ TxnDate: '2026-11-21' }))).status).toBe(200);
      const { body } = await query(books, 'select * from Preferences');
      expect(JSON.stringify(body)).toContain('"BookCloseDate":"2026-11-20"');
    },
  );

  test('a number used twice answers 6140 with the entry that has it, unless the request or the company allows it', async () => {
    await using books = await startBooks();
    const first = entryIn(await call(books, CREATE, sale()));
    const second = await call(books, CREATE, sale());
    expect(refusalIn(second)).toBe('400 6140');
    expect(second.text).toContain(`TxnId=${first.Id}`);
    expect((await call(books, `${CREATE}&include=allowduplicatedocnum`, sale())).status).toBe(200);
    await using lenient = await startBooks({ duplicateNumbers: 'warn' });
    await call(lenient, CREATE, sale());
    expect((await call(lenient, CREATE, sale())).status).toBe(200);
  });

  test('classes and locations must exist, be turned on, and be part of the plan', async () => {
    await using books = await startBooks();
    books.actions.setFeatures({ classes: true, departments: true });
    const { id } = books.actions.createClass({ name: 'Web' });
    const department = books.actions.createDepartment({ name: 'Main' }).id;
    const entry = (ClassRef: string): Json =>
      sale({
        Line: [
          line('Debit', '80', 1, { ClassRef: { value: ClassRef }, DepartmentRef: { value: department } }),
          line('Credit', '91', 1),
        ],
      });
    expect(refusalIn(await call(books, CREATE, entry('7')))).toBe('400 2500');
    expect((await call(books, CREATE, entry(id))).text).toContain('"name":"Web"');
    await using small = await startBooks({ plan: 'essentials' });
    expect(() => small.actions.setFeatures({ classes: true })).toThrow('essentials');
  });

  test('with multicurrency a currency is required, and home amounts balance to the cent', async () => {
    await using books = await startBooks();
    books.actions.setFeatures({ multicurrency: true });
    expect(refusalIn(await call(books, CREATE, sale()))).toBe('400 2020');
    const Line = [line('Debit', '80', 0.01), line('Debit', '102', 0.01), line('Credit', '91', 0.02)];
    const foreign = sale({ CurrencyRef: { value: 'EUR' }, ExchangeRate: 1.5, Line });
    expect((await call(books, CREATE, foreign)).text).toContain('"ExchangeRate":1.5');
    const balances = Object.values(books.books().balances).map(Number);
    expect(balances.reduce((sum, each) => sum + Math.round(each * 100), 0)).toBe(0);
  });

  test('updates need the newest SyncToken; a full one forgets what it omits, a sparse one keeps it', async () => {
    await using books = await startBooks();
    const { Id } = entryIn(await call(books, CREATE, sale()));
    const sparse = await call(books, CREATE, { Id, SyncToken: '0', sparse: true, DocNumber: 'INV-2' });
    expect(entryIn(sparse)).toMatchObject({ SyncToken: '1', DocNumber: 'INV-2', PrivateNote: 'hub:1' });
    expect(refusalIn(await call(books, CREATE, { ...sale(), Id, SyncToken: '0' }))).toBe('400 5010');
    expect(refusalIn(await call(books, CREATE, { ...sale(), Id }))).toBe('400 2020');
    const { PrivateNote: _note, ...rest } = sale();
    expect(entryIn(await call(books, CREATE, { ...rest, Id, SyncToken: '1' }))).not.toHaveProperty(
      'PrivateNote',
    );
  });

  test('a deleted entry answers 610 and is told by change data capture', async () => {
    await using books = await startBooks();
    const { Id } = entryIn(await call(books, CREATE, sale()));
    const gone = await call(books, 'journalentry?operation=delete', { Id, SyncToken: '0' });
    expect(gone.body.JournalEntry).toEqual({ status: 'Deleted', domain: 'QBO', Id });
    expect(refusalIn(await call(books, `journalentry/${Id}`))).toBe('400 610');
    const kept = entryIn(await call(books, CREATE, sale()));
    const { body } = await call(
      books,
      'cdc?entities=JournalEntry,Account&changedSince=2026-11-21T05:59:00-08:00',
    );
    const [
      {
        QueryResponse: [entries, accounts],
      },
    ] = body.CDCResponse as [{ QueryResponse: [Json, Json] }];
    expect(entries.JournalEntry).toEqual([
      { domain: 'QBO', status: 'Deleted', Id, MetaData: { LastUpdatedTime: '2026-11-21T06:00:00-08:00' } },
      kept,
    ]);
    expect(accounts).toEqual({});
    expect(refusalIn(await call(books, 'cdc?entities=JournalEntry&changedSince=2026-10-01'))).toBe(
      '400 6000',
    );
  });
});

describe('request ids', () => {
  test('the same id gets the first answer again, whatever body it carries and even for a Fault', async () => {
    await using books = await startBooks();
    const first = await call(books, `${CREATE}&requestid=one`, sale());
    const again = await call(books, `${CREATE}&requestid=one`, sale({ DocNumber: 'INV-9' }));
    expect(again.text).toBe(first.text);
    books.actions.setClosingDate({ date: '2026-11-20' });
    const refused = await call(books, `${CREATE}&requestid=two`, sale({ DocNumber: 'INV-2' }));
    books.actions.setClosingDate({ date: null });
    expect((await call(books, `${CREATE}&requestid=two`, sale({ DocNumber: 'INV-2' }))).text).toBe(
      refused.text,
    );
    expect(books.company.entries()).toHaveLength(1);
    expect(refusalIn(await call(books, `${CREATE}&requestid=${'x'.repeat(51)}`, sale()))).toBe('400 2050');
  });

  test('I8: a request id has one effect under 1000 answers that never come', async () => {
    await using books = await startBooks();
    books.faults({ api: [{ fault: 'acceptThenReset', endpoint: 'create', probability: 0.7 }] });
    let lost = 0;
    const postUntilAnswered = async (journal: number): Promise<void> => {
      const body = sale({ DocNumber: `J-${journal}` }, '0.01');
      for (let done = false; !done; )
        await call(books, `${CREATE}&requestid=journal-${journal}`, body).then(
          ({ status }) => {
            expect(status).toBe(200);
            done = true;
          },
          () => {
            lost += 1;
          },
        );
    };
    const lanes = Array.from({ length: 4 }, async (_, lane) => {
      for (let journal = lane; journal < 600; journal += 4) await postUntilAnswered(journal);
    });
    await Promise.all(lanes);
    expect(lost).toBeGreaterThan(1000);
    expect(books.company.entries()).toHaveLength(600);
    expect(books.company.balance('inventory')).toBe('-6.00');
  });
});

describe('queries and batches', () => {
  test('pages, orders and counts; properties that cannot be asked for are refused', async () => {
    await using books = await startBooks();
    for (const day of ['18', '20', '19'])
      await call(books, CREATE, sale({ DocNumber: `D'${day}`, TxnDate: `2026-11-${day}` }));
    const numbers = async (text: string) =>
      ((await query(books, text)).body.QueryResponse as { JournalEntry?: Json[] }).JournalEntry?.map(
        ({ DocNumber }) => DocNumber,
      );
    expect(await numbers('select * from JournalEntry orderby TxnDate desc')).toEqual([
      "D'20",
      "D'19",
      "D'18",
    ]);
    expect(await numbers('select DocNumber from JournalEntry startposition 2 maxresults 1')).toEqual([
      "D'20",
    ]);
    expect(
      await numbers("select * from JournalEntry where TxnDate > '2026-11-18' and TxnDate <= '2026-11-19'"),
    ).toEqual(["D'19"]);
    expect(await numbers("SELECT * FROM JournalEntry WHERE DocNumber = 'D\\'18'")).toEqual(["D'18"]);
    expect(
      await numbers("select * from JournalEntry where MetaData.LastUpdatedTime > '2026-11-21T14:00:00Z'"),
    ).toBeUndefined();
    expect((await query(books, 'select count(*) from JournalEntry')).body.QueryResponse).toEqual({
      totalCount: 3,
    });
    expect(refusalIn(await query(books, "select * from JournalEntry where PrivateNote = 'x'"))).toBe(
      '400 4001',
    );
    expect(refusalIn(await query(books, 'select * from JournalEntry maxresults 1001'))).toBe('400 4001');
    expect(refusalIn(await query(books, 'select from JournalEntry'))).toBe('400 4000');
    expect(refusalIn(await query(books, "select * from JournalEntry where Id = '1' or Id = '2'"))).toBe(
      '400 4000',
    );
  });

  test('a batch answers each item on its own: a bad one does not undo the others', async () => {
    await using books = await startBooks();
    const BatchItemRequest = [
      { bId: 'a', operation: 'create', JournalEntry: sale() },
      { bId: 'b', operation: 'create', JournalEntry: sale({ DocNumber: 'INV-2', Line: [] }) },
      { bId: 'c', Query: 'select count(*) from JournalEntry' },
    ];
    const { body } = await call(books, 'batch?requestid=batch-1', { BatchItemRequest });
    expect(body.BatchItemResponse).toMatchObject([
      { bId: 'a', JournalEntry: { DocNumber: 'INV-1' } },
      { bId: 'b', Fault: { Error: [{ code: '6000' }], type: 'ValidationFault' } },
      { bId: 'c', QueryResponse: { totalCount: 1 } },
    ]);
    await call(books, 'batch?requestid=batch-1', { BatchItemRequest });
    expect(books.company.entries()).toHaveLength(1);
    const many = Array.from({ length: 31 }, (_, index) => ({
      bId: String(index),
      Query: 'select * from Class',
    }));
    expect(refusalIn(await call(books, 'batch', { BatchItemRequest: many }))).toBe('400 6000');
  });
});
