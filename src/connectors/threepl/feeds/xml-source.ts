// What stands in one element, read from the file's own text: the parser joins the parts of a text in an order of its own and
// keeps one of two attributes whose prefixes differ. Asked only where that can matter; the file has been found well formed.
import { decodedText } from './xml-text.ts';

/** One mark or run of text. Closing tags come before opening ones, which may hold any sign in quotes. */
const PART =
  /<!\[CDATA\[([\s\S]*?)\]\]>|(<!--[\s\S]*?-->|<\?[\s\S]*?\?>)|(<\/[^>]*>)|(<(?:"[^"]*"|'[^']*'|[^>"'])*>)|[^<]+/gy;

/**
 * The texts of the element that begins at `start`: one, unless elements stand between parts of it. Comments part nothing.
 * An element without text has one empty text.
 */
export function textsAt(xml: string, start: number): readonly string[] {
  const texts = [''];
  let depth = 0;
  const say = (text: string) => {
    if (depth === 1) texts.push(`${texts.pop() ?? ''}${text}`);
  };
  PART.lastIndex = start;
  for (let part = PART.exec(xml); part !== null; part = PART.exec(xml)) {
    const [whole, section, aside, closing, opening] = part;
    if (section !== undefined) say(section);
    else if (closing !== undefined) depth -= 1;
    else if (opening !== undefined) {
      if (depth === 1) texts.push('');
      if (!opening.endsWith('/>')) depth += 1;
    } else if (aside === undefined) say(decodedText(whole));
    if (depth <= 0) break;
  }
  const said = texts.map((text) => text.trim()).filter((text) => text !== '');
  return said.length > 0 ? said : [''];
}

const ATTRIBUTE = /([^\s=<>"'/]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

/** True when an attribute of the file has a prefix that is not one for declaring prefixes. */
export const hasPrefixedAttributes = (xml: string): boolean =>
  /[\s"'](?!xmlns:)[^\s=<>"'/:]+:[^\s=<>"'/]+\s*=\s*["']/.test(xml);

/** Every value of the attribute `name`, whatever its prefix, of the element that begins at `start`. */
export function attributesAt(xml: string, start: number, name: string): readonly string[] {
  PART.lastIndex = start;
  const tag = PART.exec(xml)?.[0] ?? '';
  return [...tag.matchAll(ATTRIBUTE)].flatMap(([, full = '', double, single]) => {
    const [prefix, local] = full.includes(':') ? full.split(':', 2) : ['', full];
    return local === name && prefix !== 'xmlns' ? [decodedText(double ?? single ?? '').trim()] : [];
  });
}
