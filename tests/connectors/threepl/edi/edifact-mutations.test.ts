// Damage of every kind to EDIFACT files that were right: whatever the bytes, reading, documents, findings and the CONTRL end,
// throw nothing, and a file that was cut or whose counts were changed is never used.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  damagedOf,
  damagesOf,
  fewer,
  inTime,
  oneOf,
  otherDigit,
  piecesOf,
  place,
  RUNS,
  refigured,
  settings,
  step,
  TIMEOUT_MS,
} from '../damage.ts';
import { type Start, walked } from '../product-path.ts';
import { SEVERAL, SINGLE } from './edifact-starts.ts';

const damaged = damagedOf([...SINGLE, ...SEVERAL], damagesOf("'+:?.,* \r\n\0UNHTZBGALIQY0129-", "'+\n~:"));
const start = oneOf([...SINGLE, ...SEVERAL]);
const single = oneOf(SINGLE);

const terminatorOf = ({ bytes }: Start): number =>
  bytes.includes('~') ? 0x7e : bytes.includes("'") ? 0x27 : 0x0a;
/** A file without its last terminator is whole. */
const contentOf = (from: Start): number => {
  const length = from.bytes.toString('latin1').trimEnd().length;
  return from.bytes[length - 1] === terminatorOf(from) ? length - 1 : length;
};
const usable = async (from: Start, bytes: Buffer): Promise<number> =>
  (await walked(from, bytes)).reading.documents.filter((document) => document.usable).length;

test('every file is right before it is damaged', async () => {
  for (const from of [...SINGLE, ...SEVERAL]) {
    const { reading, answers } = await walked(from, from.bytes);
    const found = [...reading.findings, ...reading.documents.flatMap(({ findings }) => findings)];
    expect([from.name, ...found.filter(({ severity }) => severity === 'reject')]).toEqual([from.name]);
    expect(reading.documents.every((document) => document.usable)).toBe(true);
    expect(answers.every(({ bytes }) => /UCI[^']*\+7[+']/.test(bytes.toString('latin1')))).toBe(true);
  }
});

test(
  'any damage is read, becomes documents and is answered without a throw, and in time',
  async () => {
    let tried = 0;
    await fc.assert(
      fc.asyncProperty(damaged, async ({ from, bytes }) => {
        tried += 1;
        await inTime(() => walked(from, bytes));
      }),
      settings,
    );
    expect(tried).toBe(RUNS);
  },
  TIMEOUT_MS,
);

test(
  'a mark before a digit makes no quantity that cannot be',
  async () => {
    const marked = damagedOf(
      SINGLE,
      refigured().map((one) => [one]),
    );
    await fc.assert(
      fc.asyncProperty(marked, async ({ from, bytes }) => void (await walked(from, bytes))),
      settings,
    );
  },
  TIMEOUT_MS,
);

test(
  'any bytes at all are read and answered without a throw',
  async () => {
    const heads = [
      '',
      'UNA',
      "UNA:+.? '",
      'UNB+',
      'UNB+UNOA:2+THEM:ZZ+US:ZZ+261120:1405+1',
      "UNB+UNOW:4+A+B'",
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
      fc.asyncProperty(single, place, async (from, share) => {
        const { reading, answers } = await walked(
          from,
          from.bytes.subarray(0, Math.floor(share * contentOf(from))),
        );
        expect(reading.documents.filter((document) => document.usable)).toEqual([]);
        expect(reading.complete).toBe(false);
        expect(answers).toEqual([]);
      }),
      settings,
    );
  },
  TIMEOUT_MS,
);

test(
  'a file of several interchanges that was cut says nothing that it did not say whole',
  async () => {
    await fc.assert(
      fc.asyncProperty(oneOf(SEVERAL), place, async (from, share) => {
        const whole = (await walked(from, from.bytes)).said.map((said) => JSON.stringify(said));
        const { said } = await walked(from, from.bytes.subarray(0, Math.floor(share * from.bytes.length)));
        expect(whole).toEqual(expect.arrayContaining(said.map((each) => JSON.stringify(each))));
      }),
      fewer,
    );
  },
  TIMEOUT_MS,
);

test(
  'damage to a count, a reference or a total is never accepted',
  async () => {
    const numbers = /(?<=['~\n])UN[TEZ][+*]\w+[+*]\w+|(?<=CNT[+*][12][:|])[\d.,]+/g;
    await fc.assert(
      fc.asyncProperty(start, place, step, async (from, share, by) => {
        const changed = otherDigit(from.bytes.toString('latin1'), numbers, share, by);
        expect(await usable(from, Buffer.from(changed, 'latin1'))).toBeLessThan(
          await usable(from, from.bytes),
        );
      }),
      fewer,
    );
  },
  TIMEOUT_MS,
);

test(
  'a segment that is lost or comes twice is never accepted',
  async () => {
    await fc.assert(
      fc.asyncProperty(single, place, fc.boolean(), async (from, share, isLost) => {
        const pieces = piecesOf(from.bytes, terminatorOf(from)).filter((piece) =>
          /[A-Z]/.test(piece.toString('latin1')),
        );
        const first = pieces.findIndex((piece) => piece.includes('UNB')) + (isLost ? 0 : 1);
        const index = first + Math.floor(share * (pieces.length - first));
        const piece = pieces[index];
        if (piece) pieces.splice(index, 1, ...(isLost ? [] : [piece, piece]));
        expect(await usable(from, Buffer.concat(pieces))).toBeLessThan(await usable(from, from.bytes));
      }),
      fewer,
    );
  },
  TIMEOUT_MS,
);
