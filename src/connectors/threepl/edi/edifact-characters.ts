// Character sets of EDIFACT: how a file's bytes become text, and what each set that we send can carry. Reality first: a body
// in UTF-8 under a header that says UNOA is read as UTF-8, and said.
import { isAscii, isUtf8 } from 'node:buffer';
import type { Decode } from './edifact-segment.ts';

/** Syntax identifiers (0001) and the encodings they mean. UNOA and UNOB are seven bits. */
const ENCODINGS: Readonly<Record<string, string>> = {
  UNOA: 'ascii',
  UNOB: 'ascii',
  UNOC: 'iso-8859-1',
  UNOD: 'iso-8859-2',
  UNOE: 'iso-8859-5',
  UNOF: 'iso-8859-7',
  UNOG: 'iso-8859-3',
  UNOH: 'iso-8859-4',
  UNOI: 'iso-8859-6',
  UNOJ: 'iso-8859-8',
  UNOK: 'iso-8859-9',
  UNOW: 'utf-8',
  UNOY: 'utf-8',
};

export interface Characters {
  readonly decode: Decode;
  /** What is odd about them; undefined when they are what the header says. */
  readonly oddity?: { readonly severity: 'reject' | 'warning'; readonly message: string };
}

const LATIN: Decode = (bytes) => buffered(bytes).toString('latin1');
const UTF_8: Decode = (bytes) => buffered(bytes).toString('utf8');
const buffered = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** How the bytes of a file are read whose interchange declares `syntax`, such as `UNOA`. */
export function charactersOf(bytes: Uint8Array, syntax: string): Characters {
  if (isAscii(bytes)) return { decode: LATIN };
  const declared = ENCODINGS[syntax];
  if (isUtf8(bytes)) {
    return declared === 'utf-8'
      ? { decode: UTF_8 }
      : {
          decode: UTF_8,
          oddity: { severity: 'warning', message: `the header says ${syntax} and the text is UTF-8` },
        };
  }
  if (declared === 'utf-8' || declared === undefined) {
    const message = `the text is not valid in ${syntax === '' ? 'any' : syntax} character set`;
    return { decode: LATIN, oddity: { severity: 'reject', message } };
  }
  if (declared === 'ascii') {
    const message = `the header says ${syntax} and the text has eight-bit characters; they are read as ISO 8859-1`;
    return { decode: LATIN, oddity: { severity: 'warning', message } };
  }
  const decoder = new TextDecoder(declared);
  return { decode: declared === 'iso-8859-1' ? LATIN : (part) => decoder.decode(part) };
}

const CARRIED: Readonly<Record<string, RegExp>> = {
  UNOA: /^[A-Z0-9 .,\-()/='+:?!"%&*;<>]*$/,
  UNOB: /^[A-Za-z0-9 .,\-()/='+:?!"%&*;<>]*$/,
  UNOC: /^[\u0020-\u007e\u00a0-\u00ff]*$/,
};

/** True when the character set `syntax` can carry `text` unchanged. */
export const canCarry = (syntax: string, text: string): boolean => CARRIED[syntax]?.test(text) ?? false;

/** Letters that Unicode does not take apart. */
const PLAIN: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  Æ: 'AE',
  ø: 'o',
  Ø: 'O',
  œ: 'oe',
  Œ: 'OE',
  đ: 'd',
  Đ: 'D',
  ł: 'l',
  Ł: 'L',
  ı: 'i',
  þ: 'th',
  Þ: 'TH',
  ð: 'd',
  '‘': "'",
  '’': "'",
  '“': '"',
  '”': '"',
  '–': '-',
  '—': '-',
  '…': '...',
  '\u00a0': ' ',
};

/**
 * Free text in the letters of `syntax`: accents are dropped and, for UNOA, letters made capitals, character by character and
 * only where it must be. For names and addresses, never for ids.
 */
export function folded(syntax: string, text: string): string {
  return [...text]
    .map((character) => {
      if (canCarry(syntax, character)) return character;
      const plain = (PLAIN[character] ?? character.normalize('NFKD')).replace(/\p{M}/gu, '');
      return canCarry(syntax, plain) ? plain : plain.toUpperCase();
    })
    .join('');
}

/** No element that an acknowledgement repeats may be longer. */
const LONGEST_REPEATED = 35;

/**
 * What somebody sent, as an acknowledgement in `syntax` repeats it: whatever they sent, the answer must come out. What has no
 * plainer letter becomes an X.
 */
export const repeated = (syntax: string, text: string): string =>
  [...folded(syntax, text)]
    .map((character) => (canCarry(syntax, character) ? character : 'X'))
    .join('')
    .slice(0, LONGEST_REPEATED);
