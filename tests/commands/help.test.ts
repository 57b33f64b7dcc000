// --help says what must be given and what the exit code means, and the page of commands says the same.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { expect, it } from 'vitest';
import { program } from '../../src/cli.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/reference/commands.md'), 'utf8');

const all = (command: Command, path: readonly string[] = []): { path: string; command: Command }[] => [
  { path: path.join(' '), command },
  ...command.commands.flatMap((inner) => all(inner, [...path, inner.name()])),
];
const commands = all(program());
const helpOf = (path: string): string =>
  (commands.find((each) => each.path === path)?.command.helpInformation() ?? '').replaceAll(/\s+/g, ' ');
const sectionOf = (path: string): string =>
  page.split(`\n## stockbridge ${path}\n`)[1]?.split('\n## ')[0] ?? '';

it('an option that must be given is marked as required, and no other is', () => {
  const options = commands.flatMap(({ path, command }) =>
    command.options.map((option) => ({ path, option, text: `${path} ${option.long}` })),
  );
  const required = options.filter(({ option }) => option.mandatory);
  expect(required.map(({ text }) => text)).toEqual(
    expect.arrayContaining([
      'resolve --note',
      'partner resolve --rest',
      'partner resolve --note',
      'reopen --reason',
      'journal export --format',
      'journal export --to',
    ]),
  );
  const marked = options.filter(({ option }) => option.description.endsWith('; required'));
  expect(marked.map(({ text }) => text)).toEqual(required.map(({ text }) => text));
  for (const { path, option } of required) {
    expect(helpOf(path), path).toContain('; required');
    expect(sectionOf(path), path).toMatch(new RegExp(`\\| \`${option.flags}\` \\|.*; required`));
  }
});

it.each([
  'check',
  'status',
  'verify',
  'partner test',
  'partner receive',
  'partner differences',
  'inbound',
  'tieout',
])('%s says what its exit code means', (path) => {
  expect(helpOf(path)).toMatch(/Exit code: 0 [^.]+, 1 |Exit code: 0 [^.]+, 2 /);
  expect(sectionOf(path)).toContain('Exit code: 0 ');
  // the list of all commands stays short
  expect(program().helpInformation()).not.toContain('Exit code');
});
