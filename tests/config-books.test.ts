// What `stockbridge check` finds in the block `books` without opening anything, each with its line.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { z } from 'zod';
import { configurationWarnings } from '../src/config/warnings.ts';
import { checkConfig, loadConfig, problemText } from '../src/config.ts';
import { connectors as own } from '../src/connectors/index.ts';

const settings = z.object({});
const connectors = new Map([
  ['shop', { settings }],
  ['books', { settings, keepsBooks: true }],
]);
const cwd = mkdtempSync(join(tmpdir(), 'stockbridge-config-books-'));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

/** The mistakes of a file whose books are kept by a connection, with more lines under `books`. */
function problemsOf(connection: string, more = '', connections = 'ledger: { connector: books }'): string[] {
  writeFileSync(
    join(cwd, 'F'),
    `connections:
  web: { connector: shop }
  ${connections}
books:
  currency: USD
  timeZone: America/New_York
  framework: us_gaap
  method: fifo
  journal: { connection: ${connection} }
  accounts:
    inventory: 1
    received_not_billed: 2
    cost_of_goods_sold: 3
    adjustment: 4
    opening: 5
${more}`,
  );
  const result = checkConfig({ path: 'F', env: {}, cwd, connectors });
  return result.valid ? [] : result.problems.map(problemText);
}

it('books kept by a connection that is there and keeps books are right', () => {
  expect(problemsOf('ledger')).toEqual([]);
});

it.each([
  [
    'ledgr',
    'F:9:26 books.journal.connection: names no connection of this file; did you mean "ledger"? Allowed: ledger.',
  ],
  ['web', 'F:9:26 books.journal.connection: is a shop connection, which keeps no books. Allowed: ledger.'],
])('books kept by %s are a mistake of this line', (connection, problem) => {
  expect(problemsOf(connection)).toEqual([problem]);
});

it('without a connection that could keep them, it says what to do', () => {
  expect(problemsOf('web', '', 'other: { connector: shop }')).toEqual([
    'F:9:26 books.journal.connection: is a shop connection, which keeps no books. Add a connection that keeps books, or leave it out: then journals leave as files.',
  ]);
});

it('the account of received_not_billed is given to nothing else, neither to a role nor by a rule', () => {
  const problem =
    'is the account for received_not_billed, too: its balance would no longer say what is received and not billed;';
  const more = `    payable: 2
  rules:
    - { role: scrap, location: MAIN, account: 2 }
    - { role: received_not_billed, group: toys, account: 4 }
    - { role: received_not_billed, group: tools, account: 20 }
`;
  expect(problemsOf('ledger', more).map((text) => text.slice(0, 170))).toEqual([
    expect.stringContaining(`F:14:17 books.accounts.adjustment: ${problem}`),
    expect.stringContaining(`F:16:14 books.accounts.payable: ${problem}`),
    expect.stringContaining(`F:18:47 books.rules[0].account: ${problem}`),
  ]);
});

it('books that no connection is named for are warned of where one could keep them, and so is a process that values nothing', () => {
  const warnings = (file: string) => {
    writeFileSync(join(cwd, 'F'), file);
    return configurationWarnings(loadConfig({ path: 'F', env: {}, cwd, connectors }), connectors);
  };
  const books = (journal: string) =>
    `books: { currency: USD, timeZone: UTC, framework: us_gaap, method: fifo, ${journal}accounts: { inventory: 1, received_not_billed: 2, cost_of_goods_sold: 3, adjustment: 4, opening: 5 } }\n`;
  const ledger = 'connections: { web: { connector: shop }, ledger: { connector: books } }\n';
  expect(warnings(books('') + ledger)).toEqual([
    expect.stringMatching(/^ledger could keep the books.*`connection: ledger` under books\.journal/),
  ]);
  expect(warnings(books('journal: { connection: ledger }, ') + ledger)).toEqual([]);
  expect(warnings(`${books('')}connections: { web: { connector: shop } }\n`)).toEqual([]);
  expect(warnings(ledger)).toEqual([]);
  const roles = 'workers: { roles: [api, post] }\n';
  expect(warnings(books('journal: { connection: ledger }, ') + ledger + roles)).toEqual([
    expect.stringMatching(/^workers\.roles leaves out value/),
  ]);
  expect(warnings(ledger + roles)).toEqual([]);
});

it('of the connectors that there are, those that keep books say so', () => {
  expect([...own.values()].filter(({ keepsBooks }) => keepsBooks).map(({ name }) => name)).toEqual([
    'quickbooks',
  ]);
});
