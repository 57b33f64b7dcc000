// The table of differences in docs/books.md has a row for each that there is, and every command it names exists. The page’s own
// commands are run beside the recipes.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { expect, it } from 'vitest';
import { program } from '../../src/cli.ts';
import { DIFFERENCES } from '../../src/core/tieout/difference.ts';
import { startQuickbooksSimulator } from '../../src/simulators/quickbooks/index.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/books.md'), 'utf8');
const section = page.split('## What to do with each difference')[1]?.split('\n## ')[0] ?? '';

it('every difference has its row, and no other', () => {
  expect([...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, kind]) => kind)).toEqual(Object.keys(DIFFERENCES));
});

it('a person may accept exactly what the page says', () => {
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  const acceptable = rows
    .filter((line) => line.includes('books resolve'))
    .map((line) => /`(\w+)`/.exec(line)?.[1]);
  expect(acceptable).toEqual(
    Object.entries(DIFFERENCES).flatMap(([kind, { accept }]) => (accept ? [kind] : [])),
  );
});

/** The command that words lead to, as far as they are names of commands. */
function commandOf(words: readonly string[]): string[] {
  let at: Command = program();
  const found: string[] = [];
  for (const word of words) {
    const next = at.commands.find((each) => each.name() === word);
    if (!next) break;
    at = next;
    found.push(word);
  }
  return at.commands.length > 0 && found.length < 2 ? [] : found;
}

it.each([
  ...new Set(
    [page, ...Object.values(DIFFERENCES).map(({ help }) => help)].flatMap((text) =>
      [...text.matchAll(/`stockbridge ([^`]+)`/g)].map(([, words = '']) => words),
    ),
  ),
])('`stockbridge %s` is a command', (words) => {
  expect(commandOf(words.split(' ').filter((word) => !word.startsWith('-')))).not.toEqual([]);
});

it('the levers of the rehearsal are pulled as they stand, and leave the bill corrected', async () => {
  await using simulator = await startQuickbooksSimulator();
  const levers = [...page.matchAll(/^curl \$BOOKS\/__simulator\/(\w+) -d '(.*)'$/gm)];
  expect(levers.map(([, name]) => name)).toEqual(['bookBill', 'editBill']);
  for (const [, name = '', body = ''] of levers) {
    const response = await fetch(`${simulator.url}/__simulator/${name}`, { method: 'POST', body });
    expect(response.status, await response.text()).toBe(200);
  }
  expect(simulator.company.balance('receivedNotBilled')).toBe('110.00');
});
