// Closing at the command line: everything in the way at once, each with its command; files of the certificate; reopening.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { lastDayOf } from '../../src/commands/books/close.ts';
import { costKey } from '../../src/core/costs/document.ts';
import { ERRORS, StockbridgeError } from '../../src/core/errors.ts';
import { isGenuine } from '../../src/core/tieout/certificate.ts';
import { type Accountant, noon, openAccountant } from '../e2e/accountant.ts';

let accountant: Accountant;
let folder: string;
beforeAll(async () => {
  accountant = await openAccountant({ inBooks: false });
  folder = await mkdtemp(join(tmpdir(), 'stockbridge-close-'));
  await accountant.move('receipt', '2026-03-10', 20, '5');
  await accountant.move('shipment', '2026-03-28', 28);
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await accountant.stop();
});

const lastMonthOver = (): string => {
  const now = new Date();
  return new Date(Date.UTC(now.getFullYear(), now.getMonth(), 0)).toISOString().slice(0, 7);
};

interface Booked {
  readonly number: string;
}

interface Hindrance {
  readonly kind: string;
  readonly command: string;
}

it('what stands in the way is listed at once, each with the command that settles it, and nothing is closed', async () => {
  const { code, hindrances } = await accountant.ask('close', '2026-03', '--yes');
  expect(code).toBe(1);
  expect(hindrances.map(({ kind, command }: Hindrance) => [kind, command])).toEqual([
    ['negative_stock', 'stockbridge explain item SKU-1'],
    ['unapproved_journals', 'stockbridge journal approve --through 2026-03-31'],
  ]);
  const { text } = await accountant.type('close', '2026-03');
  expect(text).toContain('nothing was changed');
  expect(text).toContain('$ stockbridge journal approve --through 2026-03-31');
  expect((await accountant.ask('close', '2099-01')).hindrances[0]).toMatchObject({
    kind: 'day',
    command: `stockbridge close ${lastMonthOver()}`,
  });
  for (const wrong of ['2026-13', '2026-9', 'Sept', '2026-02-30'])
    expect((await accountant.type('close', wrong)).text, wrong).toMatch(
      /^argument_invalid: .* must be a (month such as 2026-11, or a )?day such as/,
    );
});

it('ready is not closed; closed writes a certificate whose seal holds, and the same again changes nothing', async () => {
  await accountant.move('receipt', '2026-03-20', 10, '6');
  await accountant.bookAll();
  const { text } = await accountant.type('--json', 'journal', 'list');
  const numbers = (JSON.parse(text) as { number: string }[]).map(({ number }) => number);
  await accountant.type('journal', 'posted', ...numbers);
  expect(await accountant.ask('close', '2026-03')).toMatchObject({ code: 0, outcome: 'ready' });
  expect((await accountant.type('reopen', '2026-03', '--reason', 'x')).text).toContain('nothing is closed');

  const taken = join(folder, 'taken');
  await writeFile(taken, 'by something else');
  expect((await accountant.type('close', '2026-03', '--yes', '--to', taken)).text).toBe(
    `argument_invalid: ${taken} is no folder`,
  );
  await rm(taken);
  expect((await accountant.type('reopen', '2026-03', '--reason', 'x')).text).toContain('nothing is closed');

  const closed = await accountant.ask('close', '2026-03', '--yes', '--by', 'Ada', '--to', folder);
  expect(closed).toMatchObject({
    code: 0,
    outcome: 'closed',
    certificate: { company: null, booksWereAsked: false },
  });
  expect(await readdir(folder)).toEqual(['certificate-2026-03.json', 'certificate-2026-03.md']);
  const written = JSON.parse(await readFile(join(folder, 'certificate-2026-03.json'), 'utf8'));
  expect(isGenuine(written)).toBe(true);
  expect(written.ledger.length).toBeGreaterThan(0);
  const verified = await accountant.ask('verify');
  for (const { lane, head } of written.ledger) expect(verified.heads[lane]).toBe(head);

  const again = await accountant.ask('close', '2026-03', '--yes', '--to', folder);
  expect(again.certificate).toEqual(written);
  expect(again.openFindings).toEqual([]);
  expect(again.files).toMatchObject([{ outcome: 'unchanged' }, { outcome: 'unchanged' }]);

  const page = await accountant.type('close', '2026-03', '--yes', '--to', folder);
  expect(page.text).toBe(await readFile(join(folder, 'certificate-2026-03.md'), 'utf8'));
  expect(accountant.heard()).toContain('2026-03-31 is closed already; this is its certificate.');
  expect(accountant.heard()).toContain('No finding about the books is open.');
  expect(accountant.heard()).toContain('certificate-2026-03.md: unchanged, sha256 ');
});

it('a day within a month closes through it, and the same words take it back', async () => {
  const page = await accountant.type('close', '2026-04-15', '--yes');
  expect(page.text).toMatch(/^# Stock certificate 2026-04-01 to 2026-04-15\n/);
  expect(accountant.heard()).toContain('The books are closed through 2026-04-15.');
  const closed = await accountant.ask('close', '2026-04-15', '--yes');
  expect(closed).toMatchObject({ code: 0, certificate: { period: { through: '2026-04-15' } } });
  expect(await accountant.ask('reopen', '2026-04-15', '--reason', 'too early')).toMatchObject({
    code: 0,
    closedThrough: '2026-03-31',
  });
});

it('what is refused says what to do about this very thing', () => {
  expect(() => lastDayOf('2026-9')).toThrow(
    expect.objectContaining({ help: expect.stringContaining('all their digits') }),
  );
  expect(new StockbridgeError('not_found', 'no such line').help).toBe(ERRORS.not_found.help);
});

it('only the last close is taken back, with a reason', async () => {
  await accountant.type('close', '2026-04', '--yes');
  expect((await accountant.type('reopen', '2026-03', '--reason', 'x')).text).toContain(
    '2026-04-30; reopen it first',
  );
  expect((await accountant.type('reopen', '2026-04', '--reason', ' ')).code).toBe(1);
  expect(
    await accountant.ask('reopen', '2026-04', '--reason', 'bill was missing', '--by', 'Ada'),
  ).toMatchObject({
    code: 0,
    closedThrough: '2026-03-31',
  });
  const { rows } = await accountant.world.database.pool.query(
    'select through::text, reopened_by, reopened_reason from period_closing where extract(day from through) > 15 order by id',
  );
  expect(rows).toEqual([
    { through: '2026-03-31', reopened_by: null, reopened_reason: null },
    { through: '2026-04-30', reopened_by: 'Ada', reopened_reason: 'bill was missing' },
  ]);
});

it('where no books can be asked, a missing account is no matter of `books check`, and is said once', async () => {
  const { world } = accountant;
  await accountant.move('receipt', '2026-04-10', 10, '6');
  await world.say({
    kind: 'revaluation',
    key: costKey('revaluation', ['SKU-1', '2026-04-15']),
    document: 'revaluation of SKU-1 on 2026-04-15',
    effectiveAt: noon('2026-04-15'),
    content: { itemId: world.items[0] ?? 0, unitCost: '5' },
  });
  const { hindrances } = await accountant.ask('close', '2026-04');
  expect(hindrances.find(({ kind }: Hindrance) => kind === 'missing_account')).toMatchObject({
    command: 'stockbridge journal draft',
  });
  const { text } = await accountant.type('tieout', '--as-of', '2026-04-30', '--offline');
  expect(text).toContain('entries of 2026-04-15 are not drafted: ');
  expect(text).toContain('NOT SETTLED');
  expect(text).toContain('Differences, in USD:');
});

it('the certificate of a close after a reopen lies beside the old one, and neither is lost', async () => {
  const own = await mkdtemp(join(folder, 'again-'));
  const first = await accountant.ask('close', '2026-03', '--yes', '--to', own);
  const before = await readFile(join(own, 'certificate-2026-03.md'), 'utf8');
  await accountant.type('reopen', '2026-03', '--reason', 'a late receipt');
  await accountant.move('receipt', '2026-03-30', 1, '6');
  await accountant.bookAll();
  const { text } = await accountant.type('--json', 'journal', 'list', '--status', 'approved');
  await accountant.type('journal', 'posted', ...(JSON.parse(text) as Booked[]).map(({ number }) => number));

  const page = await accountant.type('close', '2026-03', '--yes', '--to', own);
  expect(page.code).toBe(0);
  expect(accountant.heard()).toMatch(/^The books are closed through 2026-03-31\.\n/);
  const { certificate, files } = await accountant.ask('close', '2026-03', '--yes', '--to', own);
  expect(certificate.sha256).not.toBe(first.certificate.sha256);
  const name = `certificate-2026-03-${certificate.sha256.slice(0, 8)}`;
  expect(files).toMatchObject([
    { path: join(own, `${name}.md`), outcome: 'unchanged' },
    { path: join(own, `${name}.json`), outcome: 'unchanged' },
  ]);
  expect(await readFile(join(own, `${name}.md`), 'utf8')).toBe(page.text);
  expect(isGenuine(JSON.parse(await readFile(join(own, `${name}.json`), 'utf8')))).toBe(true);
  expect(await readFile(join(own, 'certificate-2026-03.md'), 'utf8')).toBe(before);

  // a page without its twin: both keep one name
  const half = await mkdtemp(join(folder, 'half-'));
  await writeFile(join(half, 'certificate-2026-03.json'), 'of somebody else');
  await accountant.ask('close', '2026-03', '--yes', '--to', half);
  expect(await readdir(half)).toEqual(['certificate-2026-03.json', `${name}.json`, `${name}.md`].sort());
});

it('a month that is closed is told with its certificate, though the file finds no place', async () => {
  await accountant.type('reopen', '2026-03', '--reason', 'again');
  const own = await mkdtemp(join(folder, 'full-'));
  await mkdir(join(own, 'certificate-2026-03.md'));
  const page = await accountant.type('close', '2026-03', '--yes', '--to', own);
  expect(page).toEqual({
    code: 0,
    text: expect.stringMatching(/^# Stock certificate 2026-03-01 to 2026-03-31\n/),
  });
  expect(accountant.heard()).toMatch(/^The books are closed through 2026-03-31\.\n/);
  expect(accountant.heard()).toContain('certificate-2026-03.md is a folder');
  expect(accountant.heard()).toContain('`stockbridge close 2026-03 --yes --to FOLDER` writes it');
  expect(await accountant.ask('close', '2026-03', '--yes', '--to', join(own, 'other'))).toMatchObject({
    code: 0,
    files: [{ outcome: 'written' }, { outcome: 'written' }],
  });
});
