// The shipped partner profiles: each passes its schema, reads its own samples as its expectations say, and no sample is
// without one. A profile of your own beside them is tested in the same way.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { loadSettingsFile } from '../../../../src/config.ts';
import type {
  OutboundDocument,
  WarehouseDocument,
} from '../../../../src/connectors/threepl/documents/document.ts';
import { dryRun } from '../../../../src/connectors/threepl/dry-run.ts';
import { fileExchangeOf } from '../../../../src/connectors/threepl/exchange.ts';
import { countingId } from '../../../../src/connectors/threepl/meaning/words.ts';
import { readPartnerFile } from '../../../../src/connectors/threepl/profile/read-file.ts';
import { type Profile, profileSchema } from '../../../../src/connectors/threepl/profile/settings.ts';
import { instantFrom } from '../../../../src/core/vocabulary/instant.ts';
import { memoryState } from '../../../contract/suite/world.ts';

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
    /** Verdicts on what was sent, outermost first. */
    acknowledges: z.array(z.string()).default([]),
    /** What each document would do here, line by line. */
    effects: z.array(z.string()).optional(),
    /** What each answer to the partner says. */
    answered: z.array(z.string()).optional(),
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
  expect(names).toEqual(
    expect.arrayContaining(['northwind-x12', 'fjord-edifact', 'harbour-csv', 'meridian-xml']),
  );
  expect(names.map((name) => profileOf(name).format)).toEqual(
    expect.arrayContaining(['x12', 'edifact', 'csv', 'xml']),
  );
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
    const { complete, documents, findings, acknowledges } = expected[file] ?? {
      complete: true,
      documents: [],
      findings: [],
      acknowledges: [],
    };
    const found = new Set(
      [...reading.findings, ...reading.documents.flatMap((each) => each.findings)].map(({ code }) => code),
    );
    expect(reading.complete).toBe(complete);
    if (findings.length > 0 || complete) expect([...found].sort()).toEqual([...findings].sort());
    expect(
      reading.documents.flatMap((each) => (each.acknowledgements ?? []).map(({ verdict }) => verdict)),
    ).toEqual(acknowledges);
    const used = reading.documents.flatMap(({ document }) =>
      document && document.kind !== 'acknowledgement' ? [document] : [],
    );
    expect(
      used.map((document, index) => ({
        kind: document.kind,
        number: document.number,
        ...(documents[index]?.occurredAt !== undefined && { occurredAt: document.occurredAt }),
        lines: document.lines.map((line, at) => ({
          item: countingId(line.ids, profileOf(name))?.value,
          quantity: quantityOf(document, at),
          ...(line.lot !== undefined && { lot: line.lot.code }),
        })),
      })),
    ).toEqual(documents);
  });

  test.each(samples.filter((file) => expected[file]?.answered))(
    '%s does what is expected, and is answered so',
    async (file) => {
      const bytes = readFileSync(join(folder, file));
      const { documents, answers } = await dryRun(profileOf(name), { name: file, bytes });
      const { effects, answered = [] } = expected[file] ?? {};
      if (effects) expect(documents.flatMap((document) => document.effects)).toEqual(effects);
      expect(answers).toHaveLength(answered.length);
      for (const [index, text] of answered.entries()) expect(answers[index]?.text).toContain(text);
    },
  );

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

test('fjord-edifact: an order, its change and its cancellation go out as INSDES, goods and stock as DESADV and INVRPT', async () => {
  const profile = profileOf('fjord-edifact');
  const textOf = async (document: OutboundDocument) =>
    (
      await fileExchangeOf(profile, memoryState()).write(document, async () => 7n, new Date(0))
    )?.bytes.toString();
  const at = instantFrom('2026-11-21T12:00:00Z');
  const ids = [
    { qualifier: 'EN', value: '7080009000112' },
    { qualifier: 'SA', value: 'MUG-01' },
  ];
  const lines = [{ line: '1', ids, quantity: { value: '2', unit: 'PCE' } }];
  const order = (purpose: 'original' | 'replace' | 'cancel'): OutboundDocument => ({
    ...{ kind: 'shipping_order', number: 'FO-7', purpose, orderedAt: at, warehouse: 'OSL1', lines },
    shipTo: { name: 'Robin Tester', street: ['Storgata 1'], city: 'Oslo', postalCode: '0155', country: 'NO' },
  });
  for (const [purpose, code] of [
    ['original', '9'],
    ['replace', '5'],
    ['cancel', '1'],
  ] as const) {
    const text = await textOf(order(purpose));
    expect(text).toContain('UNB+UNOC:3+7080001000004:14+7080003000019:14+');
    expect(text).toContain('+INSDES:D:98A:UN');
    expect(text).toContain(`BGM+350+FO-7+${code}'`);
    expect(text).toContain("NAD+WH+OSL1::92'");
    expect(text).toMatch(/LIN\+1\+\+MUG-01:SA'.*QTY\+21:2:PCE'/s);
  }
  const notice = await textOf({
    ...{ kind: 'inbound_notice', number: 'IN-91', shippedAt: at, expectedAt: at, warehouse: 'OSL1', lines },
    supplier: 'Northmill',
  });
  expect(notice).toMatch(/\+DESADV:D:96A:UN.*BGM\+351\+IN-91\+9'.*QTY\+12:2:PCE'/s);
  const statement = await textOf({
    ...{ kind: 'stock_statement', number: 'ST-1', asOf: at, warehouse: 'OSL1' },
    lines: [
      {
        ids,
        ...{ onHand: { value: '9', unit: 'PCE' }, available: { value: '7', unit: 'PCE' } },
      },
    ],
  });
  expect(statement).toMatch(/\+INVRPT:D:96A:UN.*BGM\+35\+ST-1\+9'.*QTY\+17:9:PCE'QTY\+66:2:PCE'/s);
});
