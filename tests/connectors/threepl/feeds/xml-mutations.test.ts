// Damage of every kind to XML files that were right: whatever the bytes, reading, documents and findings end, throw nothing,
// and no quantity is made up; a file that was cut, or whose elements no longer nest, is never used.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { quantityFrom, quantityText } from '../../../../src/core/vocabulary/quantity.ts';
import {
  damagedOf,
  damagesOf,
  fewer,
  inTime,
  oneOf,
  place,
  RUNS,
  refigured,
  settings,
  TIMEOUT_MS,
} from '../damage.ts';
import { quantitiesOf, type Start, type Walked, walked } from '../product-path.ts';
import { textOf } from './starts.ts';
import { STARTS } from './xml-starts.ts';

const MARKS = ['<x/>', '<x>1</x>', '<![CDATA[1]]>', '<!-- 1 -->', '&#49;'];
const damaged = damagedOf(
  STARTS,
  damagesOf('<>/="\'&;![]-?:# \r\n\0.,+0129aQmxCDAT\xef\xff', '<>\n"', MARKS),
);
const start = oneOf(STARTS);

const usable = ({ reading }: Walked): number =>
  reading.documents.filter((document) => document.usable).length;
/** Where the file's element has ended. */
const contentOf = ({ text }: { readonly text: string }): string =>
  text.slice(0, text.lastIndexOf('</')) + closing(text);
const closing = (text: string): string => /<\/[^>]*>/.exec(text.slice(text.lastIndexOf('</')))?.[0] ?? '';

/** What stands between two marks, as a number where it is one. */
function figuresIn(from: Start, bytes: Buffer): ReadonlySet<string> {
  const text = textOf(from, bytes)
    .replace(/<!--[\s\S]*?-->|<\?[\s\S]*?\?>/g, '')
    .replace(/<!\[CDATA\[|\]\]>/g, '')
    .replace(/&#(\d{1,6});/g, (_, point: string) => String.fromCodePoint(Number(point)));
  return new Set(
    text.split(/[<>"']/).flatMap((part) => {
      const plain = part.trim().replace(/^\+/, '');
      return [plain, plain.replaceAll('.', '').replace(',', '.')].flatMap((each) =>
        /^-?\d{1,15}(\.\d{1,6})?$/.test(each) ? quantityText(quantityFrom(each)) : [],
      );
    }),
  );
}

/** Reads the file in time, and finds every quantity that it is said to hold in it. */
async function soundlyRead(from: Start, bytes: Buffer): Promise<void> {
  const { said } = await inTime(() => walked(from, bytes));
  if (said.length === 0) return;
  const figures = figuresIn(from, bytes);
  for (const { value } of said.flatMap(quantitiesOf))
    if (!figures.has(quantityText(quantityFrom(value)))) expect.fail(`${value} does not stand in the file`);
}

test('every file is right before it is damaged', async () => {
  for (const from of STARTS) {
    const read = await walked(from, from.bytes);
    const found = read.reading.documents.flatMap(({ findings }) => findings);
    // one of the shipped samples has one wrong date
    const expected = from.name.startsWith('Despatch_') ? ['date_invalid'] : [];
    expect([from.name, ...found.map(({ code }) => code)]).toEqual([from.name, ...expected]);
    expect(usable(read)).toBe(read.reading.documents.length - expected.length);
  }
});

test(
  'any damage is read and becomes documents without a throw, in time, and with quantities that stand in the file',
  async () => {
    let tried = 0;
    await fc.assert(
      fc.asyncProperty(damaged, async ({ from, bytes }) => {
        tried += 1;
        await soundlyRead(from, bytes);
      }),
      settings,
    );
    expect(tried).toBe(RUNS);
  },
  TIMEOUT_MS,
);

test(
  'a mark before a digit makes no quantity that stands nowhere or cannot be',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        damagedOf(
          STARTS,
          refigured(MARKS).map((one) => [one]),
        ),
        ({ from, bytes }) => soundlyRead(from, bytes),
      ),
      fewer,
    );
  },
  TIMEOUT_MS,
);

test(
  'any bytes at all are read without a throw',
  async () => {
    const heads = [
      '',
      '<',
      '<?xml version="1.0"?>',
      '<Responses>',
      '<Responses><Response id="1"><Lines><Line>',
    ];
    await fc.assert(
      fc.asyncProperty(
        start,
        fc.uint8Array({ maxLength: 400 }),
        fc.constantFrom(...heads),
        async (from, tail, head) => {
          await walked(from, Buffer.concat([Buffer.from(head), tail]));
        },
      ),
      fewer,
    );
  },
  TIMEOUT_MS,
);

test(
  'a file that was cut is never used, wherever it was cut',
  async () => {
    await fc.assert(
      fc.asyncProperty(start, place, async (from, share) => {
        const content = from.encoded(contentOf(from)).length;
        const { reading } = await walked(from, from.bytes.subarray(0, Math.floor(share * content)));
        expect(reading.documents.filter((document) => document.usable)).toEqual([]);
        const found = reading.findings.map(({ code }) => code);
        // an empty file and one that ends within a character are said to be that
        const isOther = found.includes('encoding_invalid') || found.includes('file_empty');
        expect(reading.complete).toBe(isOther);
      }),
      settings,
    );
  },
  TIMEOUT_MS,
);

test(
  'a tag that is lost, renamed or comes twice is never accepted',
  async () => {
    const change = fc.constantFrom(
      () => '',
      (tag: string) => tag + tag,
      (tag: string) => tag.replace(/[\w.-]+>$/, 'Xx>'),
    );
    await fc.assert(
      fc.asyncProperty(start, place, change, async (from, share, changed) => {
        const tags = [...from.text.matchAll(/<\/[^>]*>/g)];
        const tag = tags[Math.floor(share * tags.length)];
        const at = tag?.index ?? 0;
        const text =
          from.text.slice(0, at) + changed(tag?.[0] ?? '') + from.text.slice(at + (tag?.[0].length ?? 0));
        expect(usable(await walked(from, from.encoded(text)))).toBe(0);
      }),
      fewer,
    );
  },
  TIMEOUT_MS,
);

test(
  'a quantity that is there twice is never chosen from',
  async () => {
    await fc.assert(
      fc.asyncProperty(start, place, async (from, share) => {
        const names = /<(Qty|By|Free|Held|Shipped|Quantity|Available|Blocked)[ >].*?<\/\1>/g;
        const found = [...from.text.matchAll(names)];
        const one = found[Math.floor(share * found.length)];
        if (!one) return;
        const text = from.text.slice(0, one.index) + one[0] + from.text.slice(one.index);
        const { reading } = await walked(from, from.encoded(text));
        const refused = reading.documents.filter(({ findings }) =>
          findings.some(({ code }) => code === 'value_repeated'),
        );
        expect(refused.map((document) => document.usable)).toEqual([false]);
      }),
      fewer,
    );
  },
  TIMEOUT_MS,
);
