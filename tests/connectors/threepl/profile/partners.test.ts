// The shipped partner profiles: each passes its schema, reads its own samples as its expectations say, and no sample is
// without one. A profile of your own beside them is tested in the same way.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { loadSettingsFile } from '../../../../src/config.ts';
import type { WarehouseDocument } from '../../../../src/connectors/threepl/documents/document.ts';
import { readPartnerFile } from '../../../../src/connectors/threepl/profile/read-file.ts';
import { type Profile, profileSchema } from '../../../../src/connectors/threepl/profile/settings.ts';
import { instantFrom } from '../../../../src/core/vocabulary/instant.ts';

const ROOT = join(import.meta.dirname, '../../../..');
const PARTNERS = join(ROOT, 'config/partners');
const RECEIVED = instantFrom('2026-11-21T19:00:00Z');

const expectedSchema = z.record(
  z.string(),
  z.strictObject({
    complete: z.boolean().default(true),
    documents: z
      .array(
        z.strictObject({
          kind: z.string(),
          number: z.string(),
          occurredAt: z.string().optional(),
          lines: z.array(
            z.strictObject({ item: z.string(), quantity: z.string(), lot: z.string().optional() }),
          ),
        }),
      )
      .default([]),
    findings: z.array(z.string()).default([]),
  }),
);

/** A profile reads the same with its secrets and without them. */
const profileOf = (name: string): Profile =>
  loadSettingsFile({
    path: `config/partners/${name}.yaml`,
    env: {},
    cwd: ROOT,
    schema: profileSchema,
    lenient: true,
  });

const names = readdirSync(PARTNERS).flatMap((file) => (file.endsWith('.yaml') ? [file.slice(0, -5)] : []));

function quantityOf(document: WarehouseDocument, index: number): string {
  switch (document.kind) {
    case 'shipment':
    case 'despatch':
      return document.lines[index]?.shipped.value ?? '';
    case 'receipt':
      return document.lines[index]?.received.value ?? '';
    case 'adjustment':
      return document.lines[index]?.quantity.value ?? '';
    case 'stock':
      return (document.lines[index]?.quantities ?? [])
        .map(({ code, quantity }) => `${code} ${quantity.value}`)
        .join(', ');
  }
}

test('there is a profile for each format', () => {
  expect(names).toEqual(expect.arrayContaining(['northwind-x12', 'harbour-csv', 'meridian-xml']));
  expect(names.map((name) => profileOf(name).format)).toEqual(expect.arrayContaining(['x12', 'csv', 'xml']));
});

describe.each(names)('%s', (name) => {
  const folder = join(PARTNERS, name);
  const expected = expectedSchema.parse(parse(readFileSync(join(folder, 'expected.yaml'), 'utf8')));
  const samples = readdirSync(folder).filter((file) => file !== 'expected.yaml');

  test('has samples, each with what is expected of it, among them one that is used and one that is not', () => {
    expect(existsSync(folder)).toBe(true);
    expect(Object.keys(expected).sort()).toEqual(samples.sort());
    expect(Object.values(expected).some(({ documents }) => documents.length > 0)).toBe(true);
    expect(Object.values(expected).some(({ complete }) => !complete)).toBe(true);
  });

  test.each(samples)('%s becomes what is expected', (file) => {
    const reading = readPartnerFile(readFileSync(join(folder, file)), file, profileOf(name), RECEIVED);
    const { complete, documents, findings } = expected[file] ?? {
      complete: true,
      documents: [],
      findings: [],
    };
    const found = new Set(
      [...reading.findings, ...reading.documents.flatMap((each) => each.findings)].map(({ code }) => code),
    );
    expect(reading.complete).toBe(complete);
    if (findings.length > 0 || complete) expect([...found].sort()).toEqual([...findings].sort());
    const used = reading.documents.flatMap(({ document }) =>
      document && document.kind !== 'acknowledgement' ? [document] : [],
    );
    expect(
      used.map((document, index) => ({
        kind: document.kind,
        number: document.number,
        ...(documents[index]?.occurredAt !== undefined && { occurredAt: document.occurredAt }),
        lines: document.lines.map((line, at) => ({
          item: line.ids[0]?.value,
          quantity: quantityOf(document, at),
          ...(line.lot !== undefined && { lot: line.lot.code }),
        })),
      })),
    ).toEqual(documents);
  });

  test('cut anywhere, no sample ever says more than it did whole', () => {
    const profile = profileOf(name);
    for (const file of samples) {
      const bytes = readFileSync(join(folder, file));
      const saidBy = (part: Buffer) =>
        readPartnerFile(part, file, profile, RECEIVED).documents.flatMap(
          ({ document }) => JSON.stringify(document) ?? [],
        );
      const whole = saidBy(bytes);
      for (let end = 0; end < bytes.length; end += 7)
        expect(saidBy(bytes.subarray(0, end)).filter((document) => !whole.includes(document))).toEqual([]);
    }
  });

  test('holds no secret, and needs none to be looked at', () => {
    const text = readFileSync(join(PARTNERS, `${name}.yaml`), 'utf8');
    for (const line of text
      .split('\n')
      .filter((each) => /^\s*(password|privateKey|passphrase|encryptionKey|intakeToken):/.test(each)))
      expect(line).toMatch(/: \$\{[A-Z_]+(:-)?\}$/);
  });
});
