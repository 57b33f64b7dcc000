// The table of wrong files in docs/warehouses.md is true: every change that it names is made, and answered as it says.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadSettingsFile } from '../../src/config.ts';
import { dryRun } from '../../src/connectors/threepl/dry-run.ts';
import { profileSchema } from '../../src/connectors/threepl/profile/settings.ts';

const ROOT = join(import.meta.dirname, '../..');
const page = readFileSync(join(ROOT, 'docs/warehouses.md'), 'utf8');
const sample = readFileSync(join(ROOT, 'config/partners/northwind-x12/945-short-shipment.edi'), 'utf8');
const profile = loadSettingsFile({
  path: 'config/partners/northwind-x12.yaml',
  env: {},
  cwd: ROOT,
  schema: profileSchema,
  lenient: true,
});

const rows = [...page.matchAll(/^\| ([^|`]+) \| `([^`]+)` → `([^`]+)` \| `([^`]+)` \| ([^|]+) \|$/gm)].map(
  ([, what = '', before = '', after = '', answer = '', moves = '']) => ({
    what,
    before,
    after,
    answer,
    moves,
  }),
);

const OUTCOMES: Readonly<Record<string, string>> = {
  nothing: 'refused',
  'nothing yet': 'waits in quarantine',
  'what it says': 'shipment',
};

describe('the table of wrong files', () => {
  it('has its rows', () => {
    expect(rows.length).toBeGreaterThan(10);
    expect(sample).toContain('SHP-501');
  });

  it.each(rows)('$what: $before → $after', async ({ before, after, answer, moves }) => {
    expect(sample.split(before)).toHaveLength(2);
    const file = { name: '945.edi', bytes: Buffer.from(sample.replace(before, after)) };
    const { answers, documents } = await dryRun(profile, file);
    expect(answers.map(({ text }) => text).join('\n')).toContain(answer);
    expect(documents.map(({ outcome }) => outcome)).toEqual([OUTCOMES[moves]]);
  });
});

it('every cause of a difference has its row, and no other', () => {
  const section = page.split('## How a difference is explained')[1]?.split('\n## ')[0] ?? '';
  const schema = readFileSync(join(ROOT, 'src/core/migrations/0007_stock_report.sql'), 'utf8');
  const causes = /cause in \(([^)]+)\)/.exec(schema)?.[1]?.match(/\w+/g);
  expect(causes?.length).toBeGreaterThan(1);
  expect([...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, cause]) => cause)).toEqual(causes);
});
