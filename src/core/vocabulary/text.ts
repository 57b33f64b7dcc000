// Text that every store downstream can hold: no NUL, no control characters, no lone surrogates, bounded length.
import { z } from 'zod';

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what this finds
const CONTROL = /[\u0000-\u001f\u007f]/;

/** True when PostgreSQL text and JSON, BullMQ and a log line can all carry `text` unchanged. */
export const isPlainText = (text: string): boolean => !CONTROL.test(text) && text.isWellFormed();

/** A name or an outside id: plain text of 1 to `maxLength` characters. */
export const plainText = (maxLength: number) =>
  z
    .string()
    .min(1, 'must not be empty')
    .max(maxLength, `must have at most ${maxLength} characters`)
    .refine(isPlainText, 'must not contain NUL, control characters or broken Unicode');

/** Makes any text safe to store and show: control characters and broken Unicode become `�`, the rest is cut at `maxLength`. */
export const plainTextOf = (text: string, maxLength = 2000): string =>
  // Cut first: a cut may itself break a character in two.
  text
    .slice(0, maxLength)
    .toWellFormed()
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what this replaces
    .replace(/[\u0000-\u001f\u007f]/g, '\uFFFD');
