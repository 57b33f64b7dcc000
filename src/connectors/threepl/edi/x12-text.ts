// The texts that files repeat without end: codes of two characters and small numbers. Each is made once; making text, and
// clearing it away, is most of what reading a file costs.

const ZERO = 48;
/** Characters of plain ASCII. */
const CHARACTERS = 128;
const DIGITS = 10;

const pairs: string[] = new Array<string>(CHARACTERS * CHARACTERS).fill('');
const numbers: string[] = new Array<string>(DIGITS ** 3).fill('');

/** What stands in `text`, ASCII there, from `start` to before `end`. */
export function textBetween(text: string, start: number, end: number): string {
  const length = end - start;
  if (length === 1) return text.charAt(start);
  if (length === 2) {
    const pair = text.charCodeAt(start) * CHARACTERS + text.charCodeAt(start + 1);
    const known = pairs[pair];
    if (known !== undefined && known !== '') return known;
    return remembered(pairs, pair, text.substring(start, end));
  }
  if (length === 3) {
    const first = text.charCodeAt(start) - ZERO;
    const second = text.charCodeAt(start + 1) - ZERO;
    const third = text.charCodeAt(start + 2) - ZERO;
    if (first >>> 0 < DIGITS && second >>> 0 < DIGITS && third >>> 0 < DIGITS) {
      const number = (first * DIGITS + second) * DIGITS + third;
      const known = numbers[number];
      if (known !== undefined && known !== '') return known;
      return remembered(numbers, number, text.substring(start, end));
    }
  }
  return length === 0 ? '' : text.substring(start, end);
}

function remembered(texts: string[], index: number, text: string): string {
  const known = uniqueText(text);
  texts[index] = known;
  return known;
}

/** The same text as the one of its kind in the whole program, as keys are: comparing it with others costs least. */
export const uniqueText = (text: string): string => Object.keys({ [text]: 0 })[0] ?? text;
