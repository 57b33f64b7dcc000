// Booking a journal: at most once, whatever is lost on the way (I8), and a sentence for every refusal.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JournalToPost } from '../../../src/connectors/contract.ts';
import { quickbooksClient } from '../../../src/connectors/quickbooks/client.ts';
import { companyOf } from '../../../src/connectors/quickbooks/company.ts';
import { noteOf } from '../../../src/connectors/quickbooks/entry.ts';
import { journalOf } from '../../../src/connectors/quickbooks/journal.ts';
import { type Instant, instantOf } from '../../../src/core/vocabulary/instant.ts';
import { entryFrom, journal, KEY } from './journals.ts';
import { type Asked, apiCalls, company, contextFor, fault, type Stub, startStub, type Told } from './stub.ts';

let stub: Stub;
/** What is booked, by request id, as QuickBooks keeps it. */
let booked: Map<string, object>;
beforeEach(async () => {
  stub = await startStub();
  booked = new Map();
});
afterEach(() => stub.close());

const book = ({ query, body }: Asked): Told => {
  const id = query.get('requestid') ?? '';
  const entry = booked.get(id) ?? entryFrom(body, { Id: String(1001 + booked.size) });
  booked.set(id, entry);
  return { body: { JournalEntry: entry, time: '2026-11-14T10:00:00-08:00' } };
};

const opened = (post: (asked: Asked) => Told | Promise<Told> = book, timeoutMs = 20_000) => {
  stub.api = (asked) => company({ JournalEntry: matching(asked) }, post)(asked);
  const context = contextFor(stub, { timeoutMs });
  const client = quickbooksClient(context);
  return { books: journalOf(client, companyOf(client, context.now), context), logged: context.logged };
};
const matching = (asked: Asked): object[] => {
  const number = /DocNumber = '([^']*)'/.exec(asked.query.get('query') ?? '')?.[1];
  return [...booked.values()].filter((entry) => (entry as { DocNumber: string }).DocNumber === number);
};
const ago = (minutes: number): Instant => instantOf(Date.now() - minutes * 60_000);
const posts = (): Asked[] => apiCalls(stub).filter(({ method }) => method === 'POST');
const lookUps = (): Asked[] =>
  apiCalls(stub).filter(({ query }) => query.get('query')?.includes('DocNumber'));
const again = (changes: Partial<JournalToPost>): JournalToPost => journal({ attempts: 1, ...changes });

describe('once', () => {
  it('books what was said: sides, exact amounts, class, department, number, day, and whose it is', async () => {
    const { books } = opened();
    expect(await books.post(journal())).toEqual({
      outcome: 'posted',
      id: '1001',
      version: '0',
      trace: expect.stringMatching(/^tid-/) as string,
    });
    const sent = JSON.parse(posts()[0]?.body ?? '') as Record<string, unknown>;
    expect(sent).toMatchObject({
      DocNumber: 'INV-20261114-01',
      TxnDate: '2026-11-14',
      PrivateNote: `Stock of 2026-11-14, journal 0198f2 [stockbridge ${KEY}]`,
    });
    expect(sent).not.toHaveProperty('CurrencyRef');
    expect(posts()[0]?.body).toContain('"Amount":2520.1,');
    expect(sent.Line).toMatchObject([
      {
        JournalEntryLineDetail: {
          PostingType: 'Debit',
          AccountRef: { value: '80' },
          ClassRef: { value: '2000' },
        },
      },
      { JournalEntryLineDetail: { PostingType: 'Credit', AccountRef: { value: '81' } } },
      { JournalEntryLineDetail: { PostingType: 'Credit', DepartmentRef: { value: '1' } } },
    ]);
  });

  it('I8: an answer that never came is open, and the repetition under the same id books nothing new', async () => {
    let lose = true;
    const { books } = opened((asked) => {
      const told = book(asked);
      return lose ? 'hang' : told;
    }, 1_000);
    await expect(books.post(journal())).rejects.toMatchObject({ code: 'outcome_unknown' });
    lose = false;
    expect(await books.post(again({ lastSentAt: ago(1) }))).toMatchObject({ outcome: 'posted', id: '1001' });
    expect(posts().map(({ query }) => query.get('requestid'))).toEqual([KEY, KEY]);
    expect(lookUps()).toEqual([]);
    expect(booked.size).toBe(1);
  });

  it.each([
    ['long ago', 11],
    ['at an unknown time', undefined],
  ] as const)('I8: an attempt made %s is looked up first and adopted', async (_name, minutes) => {
    const { books } = opened();
    await books.post(journal());
    const lastSentAt = minutes === undefined ? undefined : ago(minutes);
    expect(await books.post(again({ lastSentAt }))).toEqual({ outcome: 'already', id: '1001', version: '0' });
    expect(posts()).toHaveLength(1);
  });

  it('an old attempt that left nothing is sent again under its id', async () => {
    const { books } = opened();
    expect(await books.post(again({ lastSentAt: ago(60) }))).toMatchObject({ outcome: 'posted' });
    expect(lookUps()).toHaveLength(1);
    expect(posts()[0]?.query.get('requestid')).toBe(KEY);
  });

  it('a foreign entry under our number is not adopted', async () => {
    const { books } = opened();
    await books.post(journal());
    const [entry] = booked.values();
    Object.assign(entry ?? {}, { PrivateNote: 'typed in by hand' });
    expect(await books.post(again({ lastSentAt: ago(60), attempts: 2 }))).toMatchObject({
      outcome: 'posted',
    });
    expect(posts()).toHaveLength(2);
  });

  it('I8: a repetition that is refused is no proof that the first attempt was', async () => {
    let closed = false;
    const { books } = opened((asked) => {
      if (closed) return fault('6200', 'Account Period Closed');
      book(asked);
      return 'reset';
    });
    await expect(books.post(journal())).rejects.toMatchObject({ code: 'outcome_unknown' });
    closed = true;
    expect(await books.post(again({ lastSentAt: ago(1) }))).toMatchObject({ outcome: 'already', id: '1001' });
  });

  it('I8: what an earlier attempt booked stands, although the settings would no longer let it be sent', async () => {
    const { books } = opened();
    await books.post(journal());
    stub.api = company({ JournalEntry: [...booked.values()] });
    const strict = contextFor(stub, { settings: { mostLines: 2 } });
    const client = quickbooksClient(strict);
    const changed = journalOf(client, companyOf(client, strict.now), strict);
    expect(await changed.post(again({ lastSentAt: ago(1) }))).toMatchObject({
      outcome: 'already',
      id: '1001',
    });
    expect(await changed.post(journal())).toMatchObject({ outcome: 'rejected' });
  });

  it('says in the log when the books hold another amount than was sent', async () => {
    const { books, logged } = opened(({ body }) => ({
      body: { JournalEntry: entryFrom(body.replace('2520.1,', '2520.11,')) },
    }));
    expect(await books.post(journal())).toMatchObject({ outcome: 'posted' });
    expect(logged.join()).toContain('otherwise than it was sent');
    const { books: honest, logged: quiet } = opened();
    await honest.post(journal());
    expect(quiet.join()).not.toContain('otherwise than it was sent');
  });
});

describe('refusals', () => {
  const refusedWith = (told: Told) => opened(() => told).books.post(journal());
  const CLOSED =
    'The account period has closed and the account books cannot be updated through the QBO Services API';

  it.each([
    ['6200', 'Account Period Closed', 400],
    ['6210', CLOSED, 400],
    ['5010', CLOSED, 400],
    ['6200', 'Account Period Closed', 200],
    ['6000', CLOSED, 400],
  ])('code %s with "%s" under %i is a closed period', async (code, words, status) => {
    expect(await refusedWith(fault(code, 'A fault', words, status))).toMatchObject({
      outcome: 'closed',
      closedThrough: '2026-09-30',
    });
  });

  it('a taken number is ours when the entry is, and otherwise says whose', async () => {
    const duplicate = fault(
      '6140',
      'Duplicate Document Number Error',
      'DocNumber=INV TxnType=Journal TxnId=4711',
    );
    expect(await refusedWith(duplicate)).toMatchObject({ outcome: 'number_taken', id: '4711' });
    const { books } = opened();
    await books.post(journal());
    const { books: refusing } = opened(() => duplicate);
    expect(await refusing.post(journal())).toMatchObject({ outcome: 'already', id: '1001' });
    const [entry] = booked.values();
    Object.assign(entry ?? {}, { PrivateNote: noteOf({ memo: 'another journal', key: 'another-key' }) });
    expect(await refusing.post(journal())).toMatchObject({ outcome: 'number_taken', id: '1001' });
  });

  it('6210 with the words of a duplicate is a taken number', async () => {
    const told = fault('6210', 'Duplicate Document Number Error', 'TxnId=9');
    expect(await refusedWith(told)).toMatchObject({ outcome: 'number_taken', id: '9' });
  });

  it.each([
    ['610', /make it active there or map another/],
    ['2500', /correct the mapping/],
    ['6000', /a rule of the books forbids it/],
    ['6190', /subscription/],
    ['2050', /what QuickBooks said/],
  ])('code %s is a rejection with a sentence for a person', async (code, sentence) => {
    const answer = await refusedWith(
      fault(code, 'A fault', 'what QuickBooks said', code === '6190' ? 403 : 400),
    );
    expect(answer.outcome).toBe('rejected');
    expect('reason' in answer ? answer.reason : '').toMatch(sentence);
    expect('reason' in answer ? answer.reason : '').toContain('what QuickBooks said');
  });

  it('a stale object, which a new entry cannot be, is left to a person: the same key may get the same answer for ever', async () => {
    expect(await refusedWith(fault('5010', 'Stale Object Error'))).toMatchObject({ outcome: 'rejected' });
  });

  it('an answer without a fault is no refusal of the journal, but of the whole connection', async () => {
    await expect(refusedWith({ status: 404, body: {} })).rejects.toMatchObject({ code: 'vendor_rejected' });
    await expect(refusedWith({ status: 302, body: {} })).rejects.toMatchObject({ code: 'vendor_rejected' });
  });

  it('a limit is waited for, and nothing was booked', async () => {
    await expect(refusedWith({ status: 429, headers: { 'retry-after': '3' } })).rejects.toMatchObject({
      code: 'vendor_throttled',
      retryAfterMs: 3_000,
    });
  });

  it.each([
    [
      'out of balance',
      { lines: [{ ...journal().lines[0]!, amount: '2520.11' }, ...journal().lines.slice(1)] },
      /out of balance by 0\.01 USD/,
    ],
    ['one side only', { lines: [journal().lines[0]!] }, /a debit and a credit/],
    [
      'a third decimal',
      { lines: journal().lines.map((line) => ({ ...line, amount: '1.005' })) },
      /decimal places/,
    ],
    [
      'an amount of zero',
      { lines: journal().lines.map((line) => ({ ...line, amount: '0.00' })) },
      /above zero/,
    ],
    [
      'a negative amount',
      { lines: journal().lines.map((line) => ({ ...line, amount: '-1.00' })) },
      /above zero/,
    ],
    ['a long number', { number: 'N'.repeat(22) }, /1 to 21 characters/],
    ['a long memo', { memo: 'm'.repeat(4000) }, /memo has 4000 characters/],
    [
      'a long description',
      { lines: journal().lines.map((line) => ({ ...line, description: 'd'.repeat(4001) })) },
      /description of line 1/,
    ],
    [
      'too many lines',
      { lines: Array.from({ length: 501 }, () => journal().lines[0]!) },
      /501 lines, and 500/,
    ],
    ['no day', { date: '2026-02-30' }, /is no day/],
    ['a long key', { key: 'k'.repeat(51) }, /request key/],
    ['another currency', { currency: 'EUR' }, /books are in USD/],
  ] as const)('%s is found before anything is sent', async (_name, changes, reason) => {
    const { books } = opened();
    const answer = await books.post(journal(changes));
    expect(answer.outcome).toBe('rejected');
    expect('reason' in answer ? answer.reason : '').toMatch(reason);
    expect(posts()).toEqual([]);
  });
});
