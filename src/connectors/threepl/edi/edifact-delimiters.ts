// Which characters divide an EDIFACT interchange: those its UNA names, or the standard's own. Decides too whether segments
// end at line breaks, as some senders write without saying so. Looks at the first bytes only; never guesses beyond them.
import type { Delimiters } from './segment.ts';

/** How the segments of one interchange are divided. */
export interface EdifactDivision {
  readonly delimiters: Delimiters;
  /** Line breaks end segments; otherwise they are no data at all. */
  readonly newlines: boolean;
  /** Named by a UNA. Without one an unreleased `'` can be no data, whatever ends the segments. */
  readonly named: boolean;
}

const STANDARD: Delimiters = {
  element: '+',
  component: ':',
  segment: "'",
  release: '?',
  decimal: '.',
};

export const STANDARD_DIVISION: EdifactDivision = { delimiters: STANDARD, newlines: false, named: false };

/** UNA and its six characters. */
export const UNA_BYTES = 9;

const CARRIAGE_RETURN = 13;
const LINE_FEED = 10;
export const isLineBreak = (byte: number | undefined): boolean =>
  byte === CARRIAGE_RETURN || byte === LINE_FEED;

/** Punctuation, or one of the information separators that level B once used. */
const isDivider = (character: string): boolean => {
  const code = character.charCodeAt(0);
  return /^[!-/:-@[-`{-~]$/.test(character) || (code >= 0x1c && code <= 0x1f);
};

/** The division that the UNA at `at` names; undefined when its characters cannot divide anything. */
export function divisionOfUna(bytes: Uint8Array, at: number): EdifactDivision | undefined {
  const [component = '', element = '', decimal = '', release = '', repetition = '', segment = ''] = [
    ...bytes.subarray(at + 3, at + UNA_BYTES),
  ].map((byte) => String.fromCharCode(byte));
  const newlines = segment === '\n' || segment === '\r';
  const named = [component, element, ...(newlines ? [] : [segment])];
  const optional = [release, repetition].filter((character) => character !== ' ');
  const all = [...named, ...optional, decimal];
  if (!all.every(isDivider) || new Set(all).size !== all.length) return undefined;
  if (decimal !== '.' && decimal !== ',') return undefined;
  const delimiters: Delimiters = {
    element,
    component,
    segment,
    decimal,
    ...(release !== ' ' && { release }),
    ...(repetition !== ' ' && { repetition }),
  };
  return { delimiters, newlines, named: true };
}

/**
 * The division of an interchange that has no UNA and whose UNB stands at `at`. A line break ends segments only where the next
 * service segment follows it before any `'` does: elsewhere the sender merely breaks lines.
 */
export function divisionWithoutUna(bytes: Uint8Array, at: number, most: number): EdifactDivision {
  const end = Math.min(bytes.length, at + most);
  for (let i = at; i < end; i += 1) {
    const byte = bytes[i];
    if (byte === 0x3f) i += 1;
    else if (byte === 0x27) return STANDARD_DIVISION;
    else if (isLineBreak(byte) && startsService(bytes, i)) {
      return {
        delimiters: { ...STANDARD, segment: byte === LINE_FEED ? '\n' : '\r' },
        newlines: true,
        named: false,
      };
    }
  }
  return STANDARD_DIVISION;
}

function startsService(bytes: Uint8Array, lineBreak: number): boolean {
  let at = lineBreak;
  while (isLineBreak(bytes[at]) || bytes[at] === 0x20) at += 1;
  return /^UN[GHZ]\+$/.test(String.fromCharCode(...bytes.subarray(at, at + 4)));
}
