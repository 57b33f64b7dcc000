// What the books hold, compared with what was booked: each difference is found once, in whatever order reports come, and an
// entry that reads again as it was booked settles what was found of it.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { noteAttempt, noteBooked, queueApproved } from '../../../src/core/journals/delivery.ts';
import { readJournals } from '../../../src/core/journals/document.ts';
import { redraftJournals } from '../../../src/core/journals/drafts.ts';
import { approveJournals } from '../../../src/core/journals/lifecycle.ts';
import type { BooksEntry } from '../../../src/core/ledger/movement.ts';
import { openLedger } from '../../../src/core/ledger/post.ts';
import { openFindings } from '../../../src/core/tieout/findings.ts';
import { type Bookkeeping, noon, openBookkeeping } from './bookkeeping.ts';
import { booksOf } from './company.ts';

let company: Bookkeeping;
beforeAll(async () => {
  company = await openBookkeeping();
});
afterAll(() => company.close());

type Present = Extract<BooksEntry, { deleted: false }>;
let day = 0;
let booked: Present;
let key = '';
let journalId = '';

/** A journal of two lines, sent and, unless `isOpen`, noted as entry `9<day>`. */
async function bookOne(isOpen = false): Promise<void> {
  day += 1;
  const date = `2026-03-${String(day).padStart(2, '0')}`;
  await company.book({
    kind: 'sale',
    debit: 'cost_of_goods_sold',
    credit: 'inventory',
    amount: 4_000,
    day: date,
  });
  const now = noon('2026-04-20');
  const { drafts } = await redraftJournals(company.database, booksOf(), { now });
  await approveJournals(company.database, [{ id: drafts[0]?.id ?? '' }], { by: 'Ada', now });
  await queueApproved(company.database.pool, company.connectionId);
  const [journal] = await readJournals(company.database.pool, { ids: [drafts[0]?.id ?? ''] });
  if (!journal) throw new Error('nothing was drafted');
  const { rows } = await company.database.pool.query<{ key: string }>(
    'select request_key as key from journal_delivery where journal_id = $1',
    [journal.id],
  );
  key = rows[0]?.key ?? '';
  journalId = journal.id;
  await noteAttempt(company.database.pool, key);
  booked = {
    id: `9${day}`,
    deleted: false,
    version: '0',
    number: journal.number,
    date,
    lines: journal.lines.map(({ side, account, amount }) => ({ side, account, amount })),
  };
  if (!isOpen) await noteBooked(company.database, { journal, key }, { id: booked.id, version: '0' }, now);
}
beforeEach(() => bookOne());

/** Says what the books hold as an interpreted event does; answers what became of the posting. */
async function report(...books: BooksEntry[]): Promise<void> {
  const none = { movements: [], counts: [], reservations: [], observations: [], note: null };
  await openLedger(company.database).post([
    { connectionId: company.connectionId, inboxEventId: null, books, ...none },
  ]);
}
const edited = (version: string, amount = '41.00'): Present => ({
  ...booked,
  version,
  lines: booked.lines.map((line) => ({ ...line, amount })),
});
const findings = async (id = booked.id) =>
  (
    await company.database.pool.query<{
      kind: string;
      version: string | null;
      open: boolean;
      reason: string;
    }>(
      `select kind::text, external_version as version, resolved_at is null as open, reason from books_finding where external_id = $1 order by id`,
      [id],
    )
  ).rows;

test('what reads as it was booked is no finding, whatever the order of its lines', async () => {
  await report({ ...booked, lines: booked.lines.toReversed() });
  expect(await findings()).toEqual([]);
});

const changes: [string, (entry: Present) => Partial<Present>, string][] = [
  ['day', () => ({ date: '2026-05-01' }), 'its day is 2026-05-01 instead of'],
  ['number', () => ({ number: 'X-1' }), 'its number is X-1 instead of INV-'],
  [
    'account',
    ({ lines }) => ({ lines: lines.map((line) => ({ ...line, account: `${line.account}9` })) }),
    'it has debit 40.00 on account cost_of_goods_sold9, which was not booked',
  ],
  [
    'class',
    ({ lines }) => ({ lines: lines.map((line, at) => (at === 0 ? { ...line, class: 'C1' } : line)) }),
    'it has debit 40.00 on account cost_of_goods_sold, class C1, which was not booked; it lacks debit 40.00',
  ],
  [
    'side',
    ({ lines }) => ({
      lines: lines.map((line) => ({ ...line, side: line.side === 'debit' ? 'credit' : 'debit' })),
    }),
    'it has credit 40.00',
  ],
  [
    'line twice',
    ({ lines }) => ({ lines: lines.flatMap((line) => [line, line]) }),
    'it has debit 40.00 on account cost_of_goods_sold, which was not booked; it has credit 40.00',
  ],
];
test.each(changes)('another %s is found, and says which', async (_name, change, reason) => {
  await report({ ...booked, version: '1', ...change(booked) });
  expect(await findings()).toMatchObject([
    { kind: 'edited', open: true, reason: expect.stringContaining(reason) },
  ]);
});

test('what was only moved to another day is called as the tie-out calls it', async () => {
  await report({ ...booked, version: '1', date: '2026-05-02' });
  const [found] = (await openFindings(company.database.pool)).slice(-1);
  expect(found).toMatchObject({ kind: 'redated', reason: expect.stringContaining('was moved in the books') });
});

test('one finding for each version; a newer one takes its place, and one that reads as booked settles it', async () => {
  await report(edited('1'));
  await report(edited('1'), edited('1'));
  await report(edited('2', '42.00'));
  expect((await findings()).map(({ version, open }) => [version, open])).toEqual([
    ['1', false],
    ['2', true],
  ]);
  await report({ ...booked, version: '3' });
  expect((await findings()).some(({ open }) => open)).toBe(false);
});

test('a report that comes late changes nothing: neither an old edit nor an old good word', async () => {
  await report(edited('2'));
  await report({ ...booked, version: '1' });
  expect((await findings()).map(({ version, open }) => [version, open])).toEqual([['2', true]]);
  await report({ ...booked, version: '10' });
  await report(edited('9'));
  expect((await findings()).filter(({ open }) => open).map(({ version }) => version)).toEqual([]);
});

test('a deletion is found once, takes the place of edits, and is not undone by a report from before it', async () => {
  await report(edited('1'));
  await report({ id: booked.id, deleted: true }, { id: booked.id, deleted: true });
  await report({ ...booked, version: '7' });
  expect((await findings()).map(({ kind, open }) => [kind, open])).toEqual([
    ['edited', false],
    ['deleted', true],
  ]);
});

test('a copy under our number and mark is found as foreign', async () => {
  await report({ ...booked, id: '777', version: '0' });
  expect(await findings('777')).toMatchObject([{ kind: 'foreign', open: true }]);
  expect(await findings()).toEqual([]);
});

test('I9: an edit of ours is found by its id, whatever became of its number and mark', async () => {
  await report({ ...edited('1'), number: undefined, isMarked: false });
  expect(await findings()).toMatchObject([{ kind: 'edited', open: true }]);
});

test('somebody else’s entry that only has our number is none of ours', async () => {
  await report({ ...booked, id: '888', isMarked: false });
  expect(await findings('888')).toEqual([]);
  await bookOne(true);
  await report({ ...edited('1'), id: '889', isMarked: false });
  expect(await findings('889')).toEqual([]);
});

test('an edit is found before our own note that the books have it', async () => {
  await bookOne(true);
  await report(edited('1'));
  expect(await findings()).toMatchObject([{ kind: 'edited' }]);
  const { rows } = await company.database.pool.query(
    'select journal_id from books_finding where external_id = $1',
    [booked.id],
  );
  expect(rows).toEqual([{ journal_id: journalId }]);
});

test('what is none of ours is left alone', async () => {
  await report({ id: '5555', deleted: true }, { ...booked, id: '5556', number: 'HAND-1' });
  expect([...(await findings('5555')), ...(await findings('5556'))]).toEqual([]);
});

test('the order of reports of the running version does not matter once all are there', async () => {
  const reports: BooksEntry[] = [
    edited('1'),
    edited('2', '42.00'),
    { ...booked, version: '3' },
    edited('4', '44.00'),
  ];
  for (const order of [reports, reports.toReversed(), [2, 0, 3, 1].map((at) => reports[at] as BooksEntry)]) {
    await bookOne();
    const own = order.map(
      (each) =>
        ({
          ...each,
          id: booked.id,
          ...(each.deleted ? {} : { number: booked.number, date: booked.date }),
        }) as BooksEntry,
    );
    for (const each of own) await report(each);
    expect((await findings()).filter(({ open }) => open).map(({ version }) => version)).toEqual(['4']);
  }
});
