// The page about connectors names everything that the contract asks for: what it leaves out, nobody builds right.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const page = readFileSync(join(ROOT, 'docs/connectors.md'), 'utf8');

/** The members of an interface, as its source writes them: at two spaces. */
function membersOf(file: string, name: string): string[] {
  const source = readFileSync(join(ROOT, file), 'utf8');
  const body =
    new RegExp(`^export interface ${name}(?:<[^>]*>)? \\{\\n(.*?)^\\}`, 'ms').exec(source)?.[1] ?? '';
  return [...body.matchAll(/^ {2}(?:readonly )?(\w+)\??[:(]/gm)].map(([, member = '']) => member);
}

describe.each([
  ['src/connectors/contract.ts', 'Connector', 'keepsBooks'],
  ['src/connectors/contract.ts', 'Connection', 'ensureSubscriptions'],
  ['src/connectors/contract.ts', 'WebhookSource', 'keptHeaders'],
  ['src/connectors/contract.ts', 'Poll', 'read'],
  ['src/connectors/contract.ts', 'Push', 'batchSize'],
  ['src/connectors/contract.ts', 'Fulfilment', 'shipTo'],
  ['src/connectors/toolkit/journal.ts', 'Journal', 'activity'],
])('%s, %s', (file, name, one) => {
  const members = membersOf(file, name);
  it('has members', () => expect(members).toContain(one));
  it.each(members)('%s is named on the page', (member) => {
    expect(page).toMatch(new RegExp(`\`${member}[\`(]`));
  });
});
