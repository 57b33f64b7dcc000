// Taking back a journal of a closed month at the command line, with rules that changed meanwhile.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Accountant, openAccountant } from '../e2e/accountant.ts';

let accountant: Accountant;
beforeAll(async () => {
  accountant = await openAccountant({ inBooks: false });
  await accountant.move('receipt', '2026-03-10', 20, '5');
  await accountant.bookAll();
  await accountant.type('journal', 'posted', 'INV-20260310-1');
});
afterAll(() => accountant.stop());

it('I10: a journal of a closed day that is taken back, and the one in its place, are booked on the same open day', async () => {
  expect(await accountant.ask('close', '2026-03', '--yes', '--by', 'Ada')).toMatchObject({ code: 0 });
  const reversed = await accountant.ask('journal', 'reverse', 'INV-20260310-1', '--reason', 'wrong class');
  expect(reversed).toMatchObject({ outcome: 'reversed', number: 'R-INV-20260310-1', freed: 1 });
  expect(reversed.date > '2026-03-31').toBe(true);
  // That day is still running, so that its draft waits unless it is asked for.
  await accountant.type('journal', 'draft', '--running');
  const { text } = await accountant.type('--json', 'journal', 'list', '--status', 'draft');
  expect(JSON.parse(text)).toMatchObject([{ date: reversed.date, forDate: '2026-03-10', amount: '100.00' }]);
});

it('rules that another hub runs by are replaced aloud, and status says what to do', async () => {
  const { pool } = accountant.world.database;
  await pool.query(
    `insert into drafting_rules (fingerprint, taken_at, taken_by) values ('other', '2026-04-01T00:00:00Z', 'the hub')`,
  );
  expect((await accountant.type('status')).text).toContain('the books block was changed: restart the hub');
  const left = await accountant.type('journal', 'approve', '--through', '2026-03-31');
  expect(left).toEqual({
    code: 0,
    text: expect.stringContaining('left out: the books block was changed since drafts were made'),
  });
  const drafts = await accountant.type('--json', 'journal', 'list', '--status', 'draft');
  const [{ number, date }] = JSON.parse(drafts.text);
  for (const words of [[number], ['--through', date]]) {
    const refused = await accountant.type('journal', 'approve', ...words);
    expect(refused.text).not.toContain('made anew meanwhile');
    expect(refused).toEqual({
      code: 1,
      text: expect.stringContaining(
        `${number}: NOT approved: drafted by other rules than the books block has now (the hub took the last ones at 2026-04-01T00:00:00Z); \`stockbridge journal draft\``,
      ),
    });
  }
  const { text } = await accountant.type('journal', 'draft');
  expect(text).toContain('these rules replace those that the hub took at 2026-04-01T00:00:00Z');
  expect(text).toContain('Restart the hub if it runs');
  expect((await accountant.type('status')).text).not.toContain('books block');
  expect((await accountant.type('journal', 'draft')).text).not.toContain('replace');
});

it('list says that somebody edited a journal in the books', async () => {
  await accountant.world.database.pool.query(
    `with own as (select id, posting_date from journal where number = 'INV-20260310-1'),
       delivery as (insert into journal_delivery (journal_id, connection_id, request_key, booked_on, status, external_id)
         select id, 1, gen_random_uuid(), posting_date, 'posted', '77' from own)
     insert into books_finding (connection_id, kind, external_id, journal_id, reason) select 1, 'edited', '77', id, 'amount' from own`,
  );
  const { text } = await accountant.type('journal', 'list', '--through', '2026-03-10');
  expect(text).toMatch(/INV-20260310-1 .*USD +posted +entry 77 on 2026-03-10, edited there \(finding \d+\)/);
});
