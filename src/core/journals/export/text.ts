// What the text of a journal may carry into a file that another program reads. Escaping belongs to each format.

/** Keeps tabs and line ends; every other control character and broken Unicode becomes `�`. */
export const printable = (text: string): string =>
  text
    .toWellFormed()
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what this replaces
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g, '\uFFFD');

/** On one line: where a line ended there is one space. */
export const onOneLine = (text: string): string =>
  printable(text)
    .replace(/[\s\u0085]+/gu, ' ')
    .trim();
