// Drafts as they are stored: each entry in the journal that holds it and in no other, each part of a line where it leads
// somewhere, and what the database refuses so that this stays true.
import { beforeEach, describe, expect, test } from 'vitest';
import { readJournals } from '../../../src/core/journals/document.ts';
import { redraftJournals } from '../../../src/core/journals/drafts.ts';
import { closePeriod } from '../../../src/core/journals/periods.ts';
import { type Bookkeeping, type EntryGiven, noon, openBookkeeping } from './bookkeeping.ts';
import { booksOf } from './company.ts';

let company: Bookkeeping;
beforeEach(async () => {
  company = await openBookkeeping();
  return () => company.close();
});

const books = booksOf();
const sale = (amount: number, day: string, more: Partial<EntryGiven> = {}): EntryGiven => ({
  ...{ kind: 'sale', debit: 'cost_of_goods_sold', credit: 'inventory', amount, day },
  ...more,
});
const redraft = (day = '2026-04-20') => redraftJournals(company.database, books, { now: noon(day) });
const query = async (sql: string, values: readonly unknown[] = []) =>
  (await company.database.pool.query(sql, [...values])).rows;
/** Entries by the number of their journal; `-`: none. */
const held = async () =>
  (
    await query(
      `select e.id::text || ' ' || coalesce(j.number, e.journal_id::text, '-') as held from cost_entry e left join journal j on j.id = e.journal_id order by e.id`,
    )
  ).map((row) => row.held);

describe('an entry is in the journal that holds it', () => {
  test('one that comes to a draft changes neither its id nor its other entries’ rows', async () => {
    const [first] = await company.book(sale(100, '2026-03-10'));
    await redraft();
    const row = () => query('select xmin::text, journal_id from cost_entry where id = $1', [first]);
    const before = await row();
    const [second] = await company.book(sale(7, '2026-03-10'));
    await redraft();
    expect(await row()).toEqual(before);
    expect(await held()).toEqual([`${first} INV-20260310-1`, `${second} INV-20260310-1`]);
    const [journal] = await readJournals(company.database.pool, { withSources: true });
    expect(journal?.lines[0]).toMatchObject({
      amount: '1.07',
      sources: [{ entry: first }, { entry: second }],
    });
  });

  test('one that waits for the running day leaves the draft of its own, which goes on without it', async () => {
    await redraft();
    const certificate = async () => ({});
    const request = { through: '2026-03-31', by: 'Ada', now: noon('2026-04-02'), certificate };
    expect(await closePeriod(company.database, books, request)).toMatchObject({ outcome: 'closed' });
    const step = '00000000-0000-4000-8000-00000000000a';
    const [stays] = await company.book(sale(3, '2026-03-10', { cause: '2026-04-05' }));
    const [leaves] = await company.book(sale(5, '2026-03-10', { cause: '2026-04-05', step }));
    const [draft] = (await redraft('2026-04-06')).drafts;
    const [opposite] = await company.book(sale(-5, '2026-03-10', { cause: '2026-04-08', step }));
    expect((await redraft('2026-04-08')).drafts).toEqual([draft]);
    expect(await held()).toEqual([`${stays} ${draft?.number}`, `${leaves} -`, `${opposite} -`]);
  });

  test('a draft that is gone frees its entries, and takes its lines and their parts along', async () => {
    const [entry] = await company.book(sale(100, '2026-03-10'));
    await redraft();
    await query('delete from journal');
    expect(await held()).toEqual([`${entry} -`]);
    expect(await query('select from journal_line union all select from journal_line_entry')).toEqual([]);
  });

  test('a day of more entries than one statement carries is drafted whole', async () => {
    await query(
      `insert into valuation_run (item_id, steps, recorded_at) values ($1, 1, '2026-03-10T17:00:00Z')`,
      [company.items[0]],
    );
    await query(
      `insert into cost_entry (run_id, item_id, step_key, step_line, effective_at, recorded_at, kind, debit, credit, amount, quantity)
       select (select max(id) from valuation_run), $1, gen_random_uuid(), 0, '2026-03-10T17:00:00Z', '2026-03-10T17:00:00Z', 'sale',
         'cost_of_goods_sold', 'inventory', 1, 0 from generate_series(1, 25000)`,
      [company.items[0]],
    );
    expect((await redraft()).drafts).toHaveLength(1);
    expect(await query('select count(*) from cost_entry where journal_id is null')).toEqual([{ count: '0' }]);
    expect(
      await query(
        `select l.amount::text, count(*), count(distinct s.cost_entry_id) as entries, sum(s.amount)::text as parts
         from journal_line l join journal_line_entry s using (journal_id, line) group by l.line, l.amount`,
      ),
    ).toEqual(Array(2).fill({ amount: '25000', count: '25000', entries: '25000', parts: '25000' }));
  });
});

describe('the database refuses', () => {
  let entry = '';
  beforeEach(async () => {
    entry = (await company.book(sale(100, '2026-03-10')))[0] ?? '';
    await redraft();
  });
  const DRAFT = '(select id from journal limit 1)';
  const NOWHERE = `'00000000-0000-4000-8000-000000000000'`;

  test.each([
    ['I9: a part of a line that is not there', `insert into journal_line_entry values (${DRAFT}, 9, 1, 1)`],
    [
      'I9: a part of a journal that is not there',
      `insert into journal_line_entry values (${NOWHERE}, 1, 1, 1)`,
    ],
    [
      'I9: a part of an entry that is not there',
      `insert into journal_line_entry values (${DRAFT}, 1, 999, 1)`,
    ],
    ['I9: an entry in a journal that is not there', `update cost_entry set journal_id = ${NOWHERE}`],
    ['I9: a line of another number', 'update journal_line set line = 9 where line = 1'],
    ['I10: a part that is changed', 'update journal_line_entry set amount = amount + 1'],
    [
      'I10: an entry that begins in a journal',
      `insert into cost_entry (run_id, item_id, step_key, step_line, effective_at, recorded_at, kind, debit, credit, amount, quantity, journal_id)
       select run_id, item_id, step_key, step_line, effective_at, recorded_at, kind, debit, credit, amount, quantity, ${DRAFT} from cost_entry`,
    ],
    ['I5: another amount of an entry', 'update cost_entry set amount = amount + 1'],
  ])('%s', async (title, statement) => {
    await expect(query(statement)).rejects.toMatchObject({
      code: '23000',
      message: expect.stringMatching(new RegExp(`^${title.split(':')[0]}: `)),
    });
    expect(await held()).toEqual([`${entry} INV-20260310-1`]);
  });

  test('I5: every column of an entry is kept but the journal it is in', async () => {
    const columns = await query(
      `select column_name as name from information_schema.columns where table_name = 'cost_entry' and column_name <> 'journal_id' order by 1`,
    );
    expect(
      await query(
        `select event_object_column as name from information_schema.triggered_update_columns
         where trigger_name = 'i5_cost_entry_keeps_its_content' order by 1`,
      ),
    ).toEqual(columns);
  });
});
