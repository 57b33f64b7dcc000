// Writing EDIFACT: what is written is read back the same, in every character set, and what cannot be written is refused.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readEdifact } from '../../../../src/connectors/threepl/edi/edifact-read.ts';
import {
  type EdifactEnvelope,
  type EdifactMessage,
  writeEdifact,
} from '../../../../src/connectors/threepl/edi/edifact-write.ts';
import { documentsOf, findingsAgainst } from '../../../../src/connectors/threepl/edi/file.ts';
import { instantFrom } from '../../../../src/core/vocabulary/instant.ts';

const RUNS = Number(process.env.STOCKBRIDGE_EDI_RUNS ?? 600);
const ENVELOPE: EdifactEnvelope = {
  us: { qualifier: 'ZZ', id: 'HUBCO' },
  them: { qualifier: '', id: 'WAREHOUSE9' },
  syntax: 'UNOC:3',
  newlines: false,
  test: false,
  controls: { interchange: '88', message: (index) => `M${index + 1}` },
  writtenAt: instantFrom('2026-11-20T23:59:00+01:00'),
  acknowledgementRequested: true,
};
const message = (...segments: EdifactMessage['segments']): EdifactMessage => ({
  type: 'ORDERS',
  version: 'D.96A',
  agency: 'UN',
  association: 'EAN008',
  segments,
});
const textOf = (envelope: Partial<EdifactEnvelope>, ...messages: readonly EdifactMessage[]): string =>
  writeEdifact({ envelope: { ...ENVELOPE, ...envelope }, messages }).toString('latin1');

test('the envelope counts its messages and segments, and releases what divides', () => {
  const text = textOf(
    { newlines: true },
    message([['BGM'], ['220'], ["A'1"], ['9']], [['FTX'], [''], [''], [''], ['a+b:c?', '', 'd', ''], ['']]),
    message([['BGM'], ['220'], ['A2'], ['9']]),
  );
  expect(text.split('\r\n')).toEqual([
    "UNA:+.? '",
    "UNB+UNOC:3+HUBCO:ZZ+WAREHOUSE9+261120:2259+88++++1'",
    "UNH+M1+ORDERS:D:96A:UN:EAN008'",
    "BGM+220+A?'1+9'",
    "FTX++++a?+b?:c??::d'",
    "UNT+4+M1'",
    "UNH+M2+ORDERS:D:96A:UN:EAN008'",
    "BGM+220+A2+9'",
    "UNT+3+M2'",
    "UNZ+2+88'",
    '',
  ]);
});

test('test data and the decimal comma are said in the envelope', () => {
  const text = textOf({ test: true, acknowledgementRequested: false, decimal: ',' }, message([['BGM']]));
  expect(text).toMatch(/^UNA:\+,\? 'UNB\+UNOC:3\+HUBCO:ZZ\+WAREHOUSE9\+261120:2259\+88\+\+\+\+\+\+1'/);
});

const CHARACTERS: Readonly<Record<string, string>> = {
  'UNOA:2': "AZ09 .,-()/='+:?",
  'UNOB:2': "azAZ09 '+:?%&",
  'UNOC:3': "azAZ'+:?' äÿ~|*",
};

describe('what is written is read back the same', () => {
  test.each(Object.keys(CHARACTERS))('in %s, whatever the values', (syntax) => {
    const character = fc.constantFrom(...(CHARACTERS[syntax] ?? ''));
    // Blanks at the end of a value are padding to a reader.
    const value = fc.string({ unit: character, maxLength: 12 }).map((text) => text.trimEnd());
    const segment = fc.array(fc.array(value, { minLength: 1, maxLength: 5 }), { maxLength: 6 });
    fc.assert(
      fc.property(
        fc.array(fc.array(segment, { maxLength: 6 }), { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        (messages, newlines) => {
          const written = messages.map((segments) =>
            message(...segments.map((elements) => [['QTY'], ...elements])),
          );
          const file = readEdifact(
            writeEdifact({ envelope: { ...ENVELOPE, syntax, newlines }, messages: written }),
          );
          const documents = documentsOf(file);
          expect(documents.flatMap((document) => findingsAgainst(file, document))).toEqual([]);
          expect(documents.length).toBe(messages.length);
          for (const [index, segments] of messages.entries()) {
            const read = documents[index]?.segments.slice(1, -1) ?? [];
            const same = segments.map((elements) => elements.map((components) => [...components]));
            const back = segments.map((elements, at) =>
              elements.map((components, n) => components.map((_, c) => read[at]?.component(n + 1, c + 1))),
            );
            expect(back).toEqual(same);
            expect(read.every((each, at) => each.count <= (segments[at]?.length ?? 0))).toBe(true);
          }
        },
      ),
      { numRuns: RUNS },
    );
  });
});

describe('what the character set does not have', () => {
  const named = (syntax: string, name: string) => {
    const text = textOf({ syntax }, message([['NAD'], ['DP'], [''], [''], [name]]));
    return /NAD\+DP\+\+\+([^']*)'/.exec(text)?.[1];
  };
  test('is put into plainer letters in names, and only as far as needed', () => {
    expect(named('UNOC:3', 'Zoë Łęcka')).toBe('Zoë Lecka');
    expect(named('UNOB:2', 'Zoë Straße')).toBe('Zoe Strasse');
    expect(named('UNOA:2', 'Zoë Straße')).toBe('ZOE STRASSE');
  });

  test('is refused where the value is an id, and where there is no plainer letter', () => {
    const id = (syntax: string, value: string) => () =>
      textOf({ syntax }, message([['LIN'], ['1'], [''], [value]]));
    expect(id('UNOA:2', 'tee-red')).toThrow(/character that UNOA does not have/);
    expect(id('UNOC:3', 'Ł1')).toThrow(/LIN/);
    expect(id('UNOC:3', 'A\nB')).toThrow(/LIN/);
    expect(() => named('UNOC:3', '仓库')).toThrow(/NAD/);
    expect(() => named('UNOC:3', 'A\u0000B')).toThrow(/NAD/);
  });

  test('an interchange without messages, and a segment without tag, are refused', () => {
    expect(() => textOf({})).toThrow(/at least one message/);
    expect(() => textOf({}, message([['lin']]))).toThrow(/no segment tag/);
  });
});
