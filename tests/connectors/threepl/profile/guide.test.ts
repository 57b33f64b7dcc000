// The implementation guide says what the profile and the code do, and nothing that is secret.
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadSettingsFile } from '../../../../src/config.ts';
import type {
  InboundNotice,
  ShippingOrder,
  StockStatement,
} from '../../../../src/connectors/threepl/documents/document.ts';
import { writeEdifactDocument } from '../../../../src/connectors/threepl/documents/edifact-write.ts';
import { writeX12Document } from '../../../../src/connectors/threepl/documents/x12-write.ts';
import { guideOf } from '../../../../src/connectors/threepl/profile/guide.ts';
import { EDIFACT_WRITTEN, X12_WRITTEN } from '../../../../src/connectors/threepl/profile/guide-edi.ts';
import { type Profile, profileSchema } from '../../../../src/connectors/threepl/profile/settings.ts';
import { instantFrom } from '../../../../src/core/vocabulary/instant.ts';

const ROOT = join(import.meta.dirname, '../../../..');
const SECRET = 'do-not-tell-anyone-0123456789';
const SECRETS = Object.fromEntries(
  ['NORTHWIND_PRIVATE_KEY', 'FJORD_PRIVATE_KEY', 'HARBOUR_PASSWORD', 'MERIDIAN_PRIVATE_KEY'].map((name) => [
    name,
    SECRET,
  ]),
);
const profileOf = (name: string): Profile =>
  loadSettingsFile({
    path: `config/partners/${name}.yaml`,
    env: SECRETS,
    cwd: ROOT,
    schema: profileSchema,
    lenient: true,
  });

const EDIFACT = profileSchema.parse({
  partner: 'oslo',
  title: 'Oslo Lager',
  version: 3,
  timeZone: 'Europe/Oslo',
  format: 'edifact',
  edifact: {
    us: { qualifier: '14', id: 'US' },
    them: { qualifier: '14', id: 'THEM' },
    shippingOrder: 'INSDES',
  },
  meaning: { warehouses: { OSL: { location: 'OSLO' } } },
  intakeToken: SECRET,
});

describe.each([
  ['northwind-x12', () => profileOf('northwind-x12')],
  ['fjord-edifact', () => profileOf('fjord-edifact')],
  ['harbour-csv', () => profileOf('harbour-csv')],
  ['meridian-xml', () => profileOf('meridian-xml')],
  ['an EDIFACT partner', () => EDIFACT],
])('the guide of %s', (_, profile) => {
  const guide = guideOf(profile());

  test('has every part, holds no secret and leaves nothing unsaid', () => {
    for (const part of [
      'How files travel',
      'What you send us',
      'What we send you',
      'Your words',
      'Acknowledgements and deadlines',
      'What we refuse',
      'How we test together',
    ])
      expect(guide).toContain(`## ${part}`);
    expect(guide).not.toContain(SECRET);
    expect(guide).not.toMatch(/undefined|\[object|NaN|\$\{/);
    expect(guide.endsWith('\n')).toBe(true);
  });

  test('has tables that are tables: as many cells in each row as in its head', () => {
    const cells = (line: string) => line.split(/(?<!\\)\|/).length;
    const lines = guide.split('\n');
    for (const [index, line] of lines.entries())
      if (line.startsWith('|') && lines[index - 1]?.startsWith('|'))
        expect([line, cells(line)]).toEqual([line, cells(lines[index - 1] ?? '')]);
  });
});

test('X12: ids, delimiters, folders, deadlines and code meanings are the profile’s', () => {
  const guide = guideOf(profileOf('northwind-x12'));
  for (const said of [
    '`12 5125550142`',
    '`ZZ STOCKBRIDGE`',
    '`/outbound`',
    '`*.edi`',
    '60 seconds',
    'a 997',
    '72 hours',
    '`WH01` | NORTHWIND-DALLAS',
    'with a key',
    '`CP` | shipped in part',
  ])
    expect(guide).toContain(said);
});

test.each([
  ['replace', 'as a replacement.'],
  ['reorder', 'whose number continues the old one'],
  ['none', 'Other quantities are told by our people.'],
] as const)('an order that changes late: `%s` is told as what is done', (orderChanges, said) => {
  const profile = profileOf('northwind-x12');
  const guide = guideOf({ ...profile, lifecycle: { ...profile.lifecycle, orderChanges } });
  expect(guide).toContain(said);
  expect(guide).toContain('as a cancellation');
});

test('CSV: every column is there with how it is written', () => {
  const profile = profileOf('harbour-csv');
  const guide = guideOf(profile);
  expect(guide).toContain('| `SHIPPED_AT` | M | When it took effect, written dd/MM/yyyy HH:mm |');
  expect(guide).toContain('"RMA" is return');
  expect(guide).toContain('The last line begins with `END,` and has the number of records in column 2');
  expect(guide).toContain('with a password');
  for (const { fields } of profile.feeds)
    for (const value of Object.values(fields)) {
      const column = typeof value === 'string' ? value : value.from;
      expect(guide).toContain(`| \`${column}\` |`);
    }
});

const LINES = [
  {
    line: '1',
    ids: [
      { qualifier: 'VN', value: 'A' },
      { qualifier: 'UP', value: '012345678905' },
    ],
    quantity: { value: '2', unit: 'EA' },
    lot: { code: 'A-LONG-LOT-CODE', expiresOn: '2027-05-31' },
    description: 'A thing',
  },
];
const AT = instantFrom('2026-11-21T12:00:00Z');
const ORDER: ShippingOrder = {
  kind: 'shipping_order',
  number: 'SO-1',
  purpose: 'original',
  orderedAt: AT,
  shipBy: AT,
  warehouse: 'W',
  purchaseOrder: 'PO',
  shipTo: {
    name: 'N',
    company: 'C',
    street: ['S'],
    city: 'T',
    region: 'TX',
    postalCode: '1',
    country: 'US',
    phone: '1',
    email: 'a@b.example',
  },
  carrier: 'FDEG',
  service: 'Ground',
  lines: LINES,
};
const NOTICE: InboundNotice = {
  kind: 'inbound_notice',
  number: 'N-1',
  shippedAt: AT,
  expectedAt: AT,
  warehouse: 'W',
  supplier: 'S',
  lines: LINES,
};
const STATEMENT: StockStatement = {
  kind: 'stock_statement',
  number: 'S-1',
  asOf: AT,
  warehouse: 'W',
  lines: [
    { ids: LINES[0]?.ids ?? [], onHand: { value: '3', unit: 'EA' }, available: { value: '2', unit: 'EA' } },
  ],
};

test.each([
  [0, ORDER],
  [1, NOTICE],
  [2, STATEMENT],
])('no segment that we write is missing from the guide (%i)', (index, document) => {
  const places = (rows: (typeof X12_WRITTEN)[number] | undefined) =>
    new Set((rows?.rows ?? []).flatMap(({ place }) => place.match(/\b[A-Z][A-Z0-9]{1,2}\b/g) ?? []));
  const x12 = writeX12Document(document, {
    timeZone: 'UTC',
    itemQualifier: 'VN',
    depositorName: 'Us',
    warehouseName: 'Them',
  } as never);
  const edifact = writeEdifactDocument(document, {
    message: 'ORDERS',
    version: 'D.01B',
    itemQualifier: 'SA',
    timeZone: 'UTC',
  });
  const tagsOf = (segments: readonly (readonly (string | readonly string[])[])[]) => [
    ...new Set(segments.map(([tag]) => (typeof tag === 'string' ? tag : (tag?.[0] ?? '')))),
  ];
  expect(tagsOf(x12.segments).filter((tag) => !places(X12_WRITTEN[index]).has(tag))).toEqual([]);
  expect(tagsOf(edifact.segments as never).filter((tag) => !places(EDIFACT_WRITTEN[index]).has(tag))).toEqual(
    [],
  );
});
