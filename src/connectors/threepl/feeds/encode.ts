// Text as the bytes of a file in the agreed encoding. A character that the encoding does not have is refused: a name with
// question marks in it would be delivered to the wrong door.
import { StockbridgeError } from '../../../core/errors.ts';
import type { Feed } from '../profile/feed-settings.ts';

/** The characters that windows-1252 has where ISO 8859-1 has control codes. */
const EXTRA = new Map(
  [
    ...new TextDecoder('windows-1252').decode(Uint8Array.from({ length: 32 }, (_, index) => 0x80 + index)),
  ].map((character, index) => [character, 0x80 + index] as const),
);

/** @throws StockbridgeError `content_invalid` naming how many characters cannot be written. */
export function bytesOf(text: string, encoding: Feed['encoding'], feed: string): Buffer {
  if (encoding === 'utf-8') return Buffer.from(text, 'utf8');
  if (encoding === 'utf-16le') return Buffer.from(`\uFEFF${text}`, 'utf16le');
  const codes = Array.from(text, (character) => byteOf(character, encoding));
  const lacking = codes.filter((code) => code === undefined).length;
  if (lacking > 0)
    throw new StockbridgeError(
      'content_invalid',
      `Cannot write ${lacking} characters to the feed ${feed}: ${encoding} does not have them.`,
    );
  return Buffer.from(codes.map((code) => code ?? 0));
}

function byteOf(character: string, encoding: Feed['encoding']): number | undefined {
  const point = character.codePointAt(0) ?? 0;
  if (encoding === 'windows-1252' && EXTRA.has(character)) return EXTRA.get(character);
  return point < 0x80 || (point >= 0xa0 && point <= 0xff) ? point : undefined;
}
