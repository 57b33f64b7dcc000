// A mistake in the mapping of accounts hides no other: misspelt roles, roles that are missing and rules that are wrong are told together.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { checkConfig, problemText } from '../src/config.ts';
import { ACCOUNT_ROLES } from '../src/core/vocabulary/words.ts';

const cwd = mkdtempSync(join(tmpdir(), 'stockbridge-config-accounts-'));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

it('a misspelt role is told with the word that was meant and all that are allowed, beside everything else', () => {
  writeFileSync(
    join(cwd, 'F'),
    `books:
  currency: USD
  timeZone: America/New_York
  framework: us_gaap
  method: fifo
  accounts:
    inventory: 1
    received_not_bild: 2
    cogs: 3
    adjustment: 4
    opening: 5
  rules:
    - { role: inventory, location: MAIN, account: 7 }
    - { role: scrapp, location: MAIN, account: 7 }
`,
  );
  const result = checkConfig({ path: 'F', env: {}, cwd, connectors: new Map() });
  const told = result.valid ? [] : result.problems.map(problemText);
  const allowed = `Allowed: ${ACCOUNT_ROLES.join(', ')}.`;
  expect(told).toContain(
    `F:8:5 books.accounts.received_not_bild: is not a known setting; did you mean "received_not_billed"? ${allowed}`,
  );
  expect(told).toContain(`F:9:5 books.accounts.cogs: is not a known setting. ${allowed}`);
  expect(told).toContainEqual(expect.stringContaining('did you mean "scrap"?'));
  const all = told.join('\n');
  expect(all).toContain('has no account for received_not_billed, which the perpetual system always needs');
  expect(all).toContain('has no account for cost_of_goods_sold');
  expect(all).toContain('sets inventory by location while `pool` is item');
});
