// An account that the books do not have is found before a journal is signed, and one that was signed all the same has a way out.
import { afterEach, expect, it } from 'vitest';
import { readJournals } from '../../src/core/journals/document.ts';
import { approveJournals, noteRefused } from '../../src/core/journals/lifecycle.ts';
import { type Accountant, noon, openAccountant } from './accountant.ts';

let accountant: Accountant | undefined;
afterEach(async () => {
  await accountant?.stop();
  accountant = undefined;
});

const WHAT =
  'the books have no account with the id 1310; 1310 is the number of Inventory – hub, whose id is 91';

it('a number in place of an id: draft warns, approve refuses, retry says what settles it', async () => {
  accountant = await openAccountant({ accounts: { inventory: '1310' } });
  const { type, world } = accountant;
  await accountant.move('receipt', '2026-03-10', 20, '5');

  const drafted = await type('journal', 'draft');
  expect(drafted).toMatchObject({ code: 0 });
  expect(drafted.text).toContain(`warning: books.accounts.inventory: ${WHAT}`);
  expect((await type('books', 'check')).text).toContain(WHAT);
  expect((await type('books', 'accounts')).text).toContain(`MAPPED WRONG  books.accounts.inventory: ${WHAT}`);

  expect(await type('journal', 'approve', 'INV-20260310-1', '--by', 'Ada')).toEqual({
    code: 1,
    text: `INV-20260310-1: NOT approved: ${WHAT}; correct the mapping, then \`stockbridge journal draft\`\n`,
  });
  const through = await type('journal', 'approve', '--through', '2026-03-31', '--by', 'Ada');
  expect(through.code).toBe(1);
  expect(through.text).toContain('INV-20260310-1: NOT approved');
  expect(through.text).not.toContain('left out');

  // What the hub finds when it is to approve by itself stands in the list, until the draft is another one.
  const [draft] = await readJournals(world.database.pool, { statuses: ['draft'] });
  const id = draft?.id ?? '';
  await noteRefused(world.database.pool, [id], [{ id, reason: WHAT }]);
  expect((await type('journal', 'list')).text).toContain(`draft   not approved: ${WHAT}`);
  expect((await type('status')).text).toContain('drafts that the hub does not approve');
  await accountant.move('receipt', '2026-03-10', 1, '5');
  await type('journal', 'draft');
  expect((await type('journal', 'list')).text).not.toContain('not approved');

  // As the hub or a person does while the books cannot be asked.
  await approveJournals(world.database, [{ id }], { by: 'Ada', now: noon('2026-03-11') });
  await accountant.deliver();
  expect((await type('journal', 'list')).text).toContain('rejected');
  expect((await type('journal', 'list')).text).toContain('`stockbridge journal reverse`');
  const again = await type('journal', 'retry', 'INV-20260310-1');
  expect(again.code).toBe(1);
  expect(again.text).toContain(
    `not sent: ${WHAT}; the journal keeps its account, so correct the mapping, then`,
  );
  expect(again.text).toContain('`stockbridge journal reverse INV-20260310-1 --reason "…"`');
});

it('books that cannot be asked hold nothing up', async () => {
  accountant = await openAccountant();
  await accountant.move('receipt', '2026-03-10', 20, '5');
  await accountant.simulator?.stop();
  expect((await accountant.type('journal', 'draft')).text).toBe('1 draft: INV-20260310-1\n');
  expect((await accountant.type('journal', 'approve', 'INV-20260310-1', '--by', 'Ada')).code).toBe(0);
});
