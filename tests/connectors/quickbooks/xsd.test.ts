// What is sent is held against Intuit's own schema, which was written by nobody here: JSON becomes XML in the order of the
// schema, and xmllint judges it. The schema knows neither balance nor lengths; those are checked before sending.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import type { JournalToPost } from '../../../src/connectors/contract.ts';
import { payloadOf, problemOf } from '../../../src/connectors/quickbooks/entry.ts';
import { journal } from './journals.ts';

const SAMPLES =
  process.env.STOCKBRIDGE_SAMPLES ?? new URL('../../../../shared/samples', import.meta.url).pathname;
const FOLDER = join(SAMPLES, 'quickbooks/xsd');
const isThere = existsSync(FOLDER);
if (!isThere)
  console.warn(
    `Intuit’s schemas were not found at ${FOLDER}, so payloads were NOT validated. Name the samples’ folder in STOCKBRIDGE_SAMPLES.`,
  );

const NAMESPACE = 'http://schema.intuit.com/finance/v3';
const ORDER = ['DocNumber', 'TxnDate', 'DepartmentRef', 'CurrencyRef', 'ExchangeRate', 'PrivateNote', 'Line'];
const LINE_ORDER = ['Id', 'Description', 'Amount', 'DetailType', 'JournalEntryLineDetail'];
const DETAIL_ORDER = ['PostingType', 'Entity', 'AccountRef', 'ClassRef', 'DepartmentRef'];

type Fields = Readonly<Record<string, unknown>>;

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Fields in the order of the schema; one that the order does not name fails the test. */
function xmlOf(fields: Fields, order: readonly string[]): string {
  const unknown = Object.keys(fields).filter((name) => !order.includes(name));
  if (unknown.length > 0)
    throw new Error(`the payload has fields that are not in the schema’s order: ${unknown}`);
  return order
    .flatMap((name) =>
      fields[name] === undefined ? [] : [fields[name]].flat().map((value) => elementOf(name, value)),
    )
    .join('');
}

function elementOf(name: string, value: unknown): string {
  if (name === 'Line') return `<Line>${xmlOf(value as Fields, LINE_ORDER)}</Line>`;
  if (name === 'JournalEntryLineDetail') return `<${name}>${xmlOf(value as Fields, DETAIL_ORDER)}</${name}>`;
  const text = name.endsWith('Ref') ? (value as { value: string }).value : String(value);
  return `<${name}>${escaped(text)}</${name}>`;
}

const documentOf = (payload: object): string =>
  `<?xml version="1.0" encoding="UTF-8"?><JournalEntry xmlns="${NAMESPACE}">${xmlOf(
    // Through JSON, as it is sent.
    JSON.parse(JSON.stringify(payload)) as Fields,
    ORDER,
  )}</JournalEntry>`;

const cents = (amount: bigint): string => `${amount / 100n}.${String(amount % 100n).padStart(2, '0')}`;

const anyJournal: fc.Arbitrary<JournalToPost> = fc
  .record({
    debits: fc.array(fc.bigInt({ min: 1n, max: 10n ** 9n }), { minLength: 1, maxLength: 12 }),
    key: fc.uuid(),
    number: fc.stringMatching(/^[A-Z0-9-]{1,21}$/),
    day: fc.date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true }),
    memo: fc.string({ unit: 'grapheme', maxLength: 200 }),
    description: fc.constantFrom('', 'Ware <neu> & "alt"', 'Coût des marchandises', '価値', '’'),
    named: fc.boolean(),
  })
  .map(({ debits, key, number, day, memo, description, named }) => {
    const total = debits.reduce((sum, amount) => sum + amount, 0n);
    const names = named ? { class: '2000000000000123', department: '7' } : {};
    return journal({
      key,
      number,
      date: day.toISOString().slice(0, 10),
      // XML has no control characters; a memo has none either.
      memo: memo.replace(/\p{C}/gu, ' '),
      lines: [
        ...debits.map((amount, index) => ({
          ...{ side: 'debit' as const, account: String(80 + index), amount: cents(amount) },
          ...{ description, ...names },
        })),
        { side: 'credit', account: '91', amount: cents(total), description },
      ],
    });
  });

describe.skipIf(!isThere)('Intuit’s schema', () => {
  let files: { fileName: string; contents: string }[];
  beforeAll(() => {
    files = ['IntuitRestServiceDef', 'Finance', 'IntuitBaseTypes', 'IntuitNamesTypes', 'Report'].map(
      (name) => ({
        fileName: `${name}.xsd`,
        contents: readFileSync(join(FOLDER, `${name}.xsd`), 'utf8'),
      }),
    );
  });

  const verdictOn = async (documents: readonly string[]) => {
    const [schema, ...preload] = files;
    if (schema === undefined) throw new Error('there is no schema');
    return validateXML({
      xml: documents.map((contents, index) => ({ fileName: `entry-${index}.xml`, contents })),
      schema: [schema],
      preload,
      maxMemoryPages: 4096,
    });
  };

  it('takes journals of many shapes as they are sent', async () => {
    const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
    const journals = fc.sample(anyJournal, { numRuns: 150, seed });
    for (const one of journals) expect(problemOf(one, 500), `seed ${seed}`).toBeUndefined();
    const documents = journals.map((one, index) => documentOf(payloadOf(one, index % 2 === 0)));
    const verdict = await verdictOn([documentOf(payloadOf(journal(), false)), ...documents]);
    expect(
      verdict.errors.map(({ rawMessage }) => rawMessage),
      `seed ${seed}`,
    ).toEqual([]);
    expect(verdict.valid).toBe(true);
  });

  it.each([
    ['a posting type in capitals', '<PostingType>Debit</PostingType>', '<PostingType>DEBIT</PostingType>'],
    ['an unknown kind of line', '<DetailType>JournalEntryLineDetail', '<DetailType>JournalLine'],
    ['an amount that is no decimal', '<Amount>2520.1<', '<Amount>2,520.10<'],
    ['a day written otherwise', '<TxnDate>2026-11-14<', '<TxnDate>11/14/2026<'],
    [
      'fields in another order',
      '<DocNumber>INV-20261114-01</DocNumber><TxnDate>2026-11-14</TxnDate>',
      '<TxnDate>2026-11-14</TxnDate><DocNumber>INV-20261114-01</DocNumber>',
    ],
  ])('refuses %s, so that it does not pass everything', async (_name, good, bad) => {
    const document = documentOf(payloadOf(journal(), true));
    expect(document).toContain(good);
    expect((await verdictOn([document])).valid).toBe(true);
    expect((await verdictOn([document.replace(good, bad)])).valid).toBe(false);
  });
});
