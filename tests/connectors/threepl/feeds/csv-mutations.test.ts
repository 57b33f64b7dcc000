// Damage of every kind to CSV files that were right: whatever the bytes, reading, documents and findings end, throw nothing,
// and no quantity is made up; a file that was cut or whose lines were changed in number is never used.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { feedFor } from '../../../../src/connectors/threepl/profile/read-file.ts';
import { quantityFrom, quantityText } from '../../../../src/core/vocabulary/quantity.ts';
import {
  damagedOf,
  damagesOf,
  fewer,
  inTime,
  oneOf,
  otherDigit,
  place,
  RUNS,
  refigured,
  settings,
  step,
  TIMEOUT_MS,
} from '../damage.ts';
import { quantitiesOf, type Start, type Walked, walked } from '../product-path.ts';
import { CLOSED, COUNTED, OPEN } from './csv-starts.ts';
import { textOf } from './starts.ts';

const ALL = [...CLOSED, ...OPEN];
const damaged = damagedOf(ALL, damagesOf(',;\t|"\'\r\n \0-+.0129EZTOLx/:\xef\xff\x1a', '\n,;\t|'));

const usable = ({ reading }: Walked): number =>
  reading.documents.filter((document) => document.usable).length;
/** What stands between delimiters, quotes and line breaks, as a number where it is one. */
function figuresIn(from: Start, bytes: Buffer): ReadonlySet<string> {
  const { delimiter = ',', quote = '"' } = feedFor(from.name, from.profile)?.csv ?? {};
  const cells = textOf(from, bytes).split(new RegExp(`[${delimiter}${quote}\\r\\n]`));
  return new Set(
    cells.flatMap((cell) => {
      const text = cell.trim().replace(/^\+/, '');
      return [text, text.replaceAll('.', '').replace(',', '.')]
        .flatMap((plain) => [plain, plain.replace(/^-/, '')])
        .flatMap((plain) =>
          /^-?\d{1,15}(\.\d{1,6})?$/.test(plain) ? quantityText(quantityFrom(plain)) : [],
        );
    }),
  );
}

/** Reads the file in time, and finds every quantity that it is said to hold in it; a difference stands nowhere. */
async function soundlyRead(from: Start, bytes: Buffer): Promise<void> {
  const { said } = await inTime(() => walked(from, bytes));
  if (said.length === 0 || /^ADJ|^adjustments/.test(from.name)) return;
  const figures = figuresIn(from, bytes);
  for (const { value } of said.flatMap(quantitiesOf))
    if (!figures.has(quantityText(quantityFrom(value)))) expect.fail(`${value} does not stand in the file`);
}

test('every file is right before it is damaged', async () => {
  for (const from of ALL) {
    const { reading, said } = await walked(from, from.bytes);
    const found = [...reading.findings, ...reading.documents.flatMap(({ findings }) => findings)];
    // one of the shipped samples has one wrong line
    const expected = from.name.startsWith('ADJ_') ? ['quantity_not_numeric'] : [];
    expect([from.name, ...found.map(({ code }) => code)]).toEqual([from.name, ...expected]);
    expect(from.name.startsWith('answers') || said.length > 0).toBe(true);
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
          ALL,
          refigured().map((one) => [one]),
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
    await fc.assert(
      fc.asyncProperty(oneOf(ALL), fc.uint8Array({ maxLength: 400 }), place, async (from, tail, share) => {
        await walked(
          from,
          Buffer.concat([from.bytes.subarray(0, Math.floor(share * from.bytes.length)), tail]),
        );
      }),
      fewer,
    );
  },
  TIMEOUT_MS,
);

test(
  'a file with a closing line that was cut is never used, wherever it was cut',
  async () => {
    await fc.assert(
      fc.asyncProperty(oneOf(CLOSED), place, async (from, share) => {
        const content = from.encoded(from.text.trimEnd()).length;
        expect(usable(await walked(from, from.bytes.subarray(0, Math.floor(share * content))))).toBe(0);
      }),
      settings,
    );
  },
  TIMEOUT_MS,
);

test(
  'a file without a closing line that was cut within a line is not used, or says that its end is uncertain',
  async () => {
    await fc.assert(
      fc.asyncProperty(oneOf(OPEN), place, async (from, share) => {
        const part = from.bytes.subarray(0, Math.floor(share * from.bytes.length));
        const read = await walked(from, part);
        const isOpen = !/[\r\n]$/.test(textOf(from, part));
        const isSaid = read.reading.findings.some(({ code }) => code === 'end_uncertain');
        expect(usable(read) === 0 || isOpen === isSaid).toBe(true);
      }),
      settings,
    );
  },
  TIMEOUT_MS,
);

test(
  'another number in the closing line is never accepted',
  async () => {
    await fc.assert(
      fc.asyncProperty(oneOf(COUNTED), place, step, async (from, share, by) => {
        const changed = otherDigit(from.text, /(?<=[\r\n](?:Z;|END,|T\||SUM;))\d+/g, share, by);
        expect(usable(await walked(from, from.encoded(changed)))).toBe(0);
      }),
      fewer,
    );
  },
  TIMEOUT_MS,
);

test(
  'a line that is lost, comes twice or is put in is never accepted',
  async () => {
    const change = fc.constantFrom('lost', 'doubled', 'put in');
    await fc.assert(
      fc.asyncProperty(oneOf(COUNTED), place, change, async (from, share, what) => {
        // a break inside quotes ends no line
        const lines = from.text.match(/(?:"(?:[^"]|"")*"|[^"\r\n])*(?:\r\n|\r|\n)/g) ?? [];
        const index = Math.floor(share * lines.length);
        const line = lines[index] ?? '';
        lines.splice(index, 1, ...(what === 'lost' ? [] : what === 'doubled' ? [line, line] : [`x\n`, line]));
        expect(usable(await walked(from, from.encoded(lines.join(''))))).toBe(0);
      }),
      fewer,
    );
  },
  TIMEOUT_MS,
);

test(
  'a delimiter that is lost or comes twice is never accepted',
  async () => {
    const named = COUNTED.filter(({ name }) => !name.startsWith('records'));
    await fc.assert(
      fc.asyncProperty(oneOf(named), place, fc.boolean(), async (from, share, isLost) => {
        const { delimiter = ',' } = feedFor(from.name, from.profile)?.csv ?? {};
        // quoted values hold none that is one of the lines' own
        const own = from.text.replace(/"(?:[^"]|"")*"/g, (value) => 'x'.repeat(value.length));
        const closing = own.trimEnd().search(/[\r\n][^\r\n]*$/);
        const places = [...own.slice(0, closing)].flatMap((character, index) =>
          character === delimiter ? [index] : [],
        );
        const at = places[Math.floor(share * places.length)] ?? 0;
        const text = from.text.slice(0, at) + (isLost ? '' : delimiter + delimiter) + from.text.slice(at + 1);
        expect(usable(await walked(from, from.encoded(text)))).toBe(0);
      }),
      fewer,
    );
  },
  TIMEOUT_MS,
);

test(
  'another digit in a quantity that two levels prove is never accepted',
  async () => {
    const proven = COUNTED.filter(({ name }) => name.startsWith('adjustments'));
    await fc.assert(
      fc.asyncProperty(oneOf(proven), place, step, async (from, share, by) => {
        const figures = /(?<=,)[+-]?[\d.]+,-?[\d.]+,-?[\d.]+(?=,[A-Z])/g;
        const changed = otherDigit(from.text, figures, share, by);
        expect(usable(await walked(from, from.encoded(changed)))).toBe(2);
      }),
      fewer,
    );
  },
  TIMEOUT_MS,
);
