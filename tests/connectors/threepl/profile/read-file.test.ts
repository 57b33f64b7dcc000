// The one entry for partner files: it reads by what is agreed, never by what merely looks similar, and hands out a document
// only where nothing stands against it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadSettingsFile } from '../../../../src/config.ts';
import { readPartnerFile } from '../../../../src/connectors/threepl/profile/read-file.ts';
import { type Profile, profileSchema } from '../../../../src/connectors/threepl/profile/settings.ts';
import { instantFrom } from '../../../../src/core/vocabulary/instant.ts';

const ROOT = join(import.meta.dirname, '../../../..');
const AT = instantFrom('2026-11-21T19:00:00Z');
const profileOf = (name: string): Profile =>
  loadSettingsFile({
    path: `config/partners/${name}.yaml`,
    env: {},
    cwd: ROOT,
    schema: profileSchema,
    lenient: true,
  });
const X12 = profileOf('northwind-x12');
const CSV = profileOf('harbour-csv');
const sample = (path: string) => readFileSync(join(ROOT, 'config/partners', path));
const SHIPMENT = sample('northwind-x12/945-short-shipment.edi');
const textOf = (bytes: Buffer, change: (text: string) => string) =>
  Buffer.from(change(bytes.toString('latin1')), 'latin1');
const read = (bytes: Buffer, profile = X12, name = 'f.edi') => readPartnerFile(bytes, name, profile, AT);

describe('X12', () => {
  test('documents carry their place in the file, and the envelopes go with them', () => {
    const { edi, documents } = read(SHIPMENT);
    const [document] = documents;
    expect(SHIPMENT.subarray(document?.start, document?.end).toString()).toMatch(
      /^ST\*945\*0001~[\s\S]*SE\*14\*0001~/,
    );
    expect(document).toMatchObject({ type: '945', control: '0001', document: { kind: 'shipment' } });
    expect(edi?.interchanges[0]?.head.control).toBe('000000301');
  });

  test('what stands against the envelope stands against its documents', () => {
    const wrong = textOf(SHIPMENT, (text) => text.replace(/IEA\*1\*\d+/, 'IEA*1*000000999'));
    const [document] = read(wrong).documents;
    expect(document?.document).toBeUndefined();
    expect(
      document?.findings.some(({ severity, level }) => severity === 'reject' && level === 'interchange'),
    ).toBe(true);
  });

  test('a mandatory element that is missing refuses its document', () => {
    const [document] = read(textOf(SHIPMENT, (text) => text.replace('*24*20*4*EA', '*24**4*EA'))).documents;
    expect(document?.document).toBeUndefined();
    expect(document?.findings.some(({ severity }) => severity === 'reject')).toBe(true);
  });

  test('a document without envelope is taken only where that is agreed', () => {
    const bare = textOf(SHIPMENT, (text) => text.slice(text.indexOf('ST*945'), text.indexOf('GE*1')));
    const agreed = profileSchema.parse({ ...X12, x12: { ...X12.x12, bareDocuments: true } });
    expect(read(bare).documents.filter(({ document }) => document)).toEqual([]);
    expect(read(bare, agreed).documents).toMatchObject([{ document: { number: 'SHP-501' } }]);
  });

  test('a finding at one place is told once', () => {
    const [document] = read(sample('northwind-x12/945-wrong-count.edi')).documents;
    expect(document?.findings.map(({ code }) => code)).toEqual(['segment_count_mismatch']);
  });
});

describe('another format than agreed is refused, not tried', () => {
  test.each([
    ['X12 where CSV is agreed', SHIPMENT, CSV, 'SHP_1.csv', 'format_not_agreed'],
    [
      'EDIFACT where X12 is agreed',
      Buffer.from("UNB+UNOC:3+A+B+261121:1200+1'UNZ+0+1'"),
      X12,
      'f.edi',
      'format_not_agreed',
    ],
    ['a name no feed is for', Buffer.from('a,b\n'), CSV, 'other.csv', 'feed_unknown'],
    ['the name of a feed we write', Buffer.from('a,b\n'), CSV, 'ORD_1.csv', 'feed_unknown'],
  ])('%s', (_, bytes, profile, name, code) => {
    expect(read(bytes, profile, name)).toMatchObject({
      documents: [],
      findings: [{ code, severity: 'reject' }],
    });
  });

  test.each([['CSV text'], [''], ['\u0000\u0001'], ['<xml/>']])('%j is no X12', (text) => {
    const reading = read(Buffer.from(text));
    expect(reading.documents).toEqual([]);
    expect(reading.findings.length).toBeGreaterThan(0);
  });
});

test('a file without a line is held, or means that nothing happened, as agreed', () => {
  const empty = textOf(sample('harbour-csv/SHP_20261121.csv'), (text) => `${text.split('\n')[0]}\nEND,0\n`);
  const ignoring = profileSchema.parse({ ...CSV, guards: { ...CSV.guards, empty: 'ignore' } });
  expect(read(empty, CSV, 'SHP_1.csv').findings).toMatchObject([{ code: 'file_empty', severity: 'reject' }]);
  expect(read(empty, ignoring, 'shp_1.CSV').findings).toMatchObject([
    { code: 'file_empty', severity: 'warning' },
  ]);
});
