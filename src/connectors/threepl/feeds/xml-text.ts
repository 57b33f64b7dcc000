// The text of XML: the five named characters and characters by number, read in one pass so that nothing is read twice,
// and whether a file was cut. An entity that a file defines itself is never looked up.

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** `text` with its references replaced; one that is not known stays as it was sent. */
export const decodedText = (text: string): string =>
  text.replace(
    /&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(\w{1,8}));/g,
    (whole, decimal?: string, hex?: string, name?: string) => {
      if (name !== undefined) return NAMED[name] ?? whole;
      const point = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
      return point > 0 && point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff)
        ? String.fromCodePoint(point)
        : whole;
    },
  );

/** True when the last thing of the file is not the closing tag of its first element. */
export function isXmlCut(text: string): boolean {
  const root = /<([A-Za-z_][\w.:-]*)/.exec(text.replace(/<!--[\s\S]*?-->/g, ''))?.[1];
  if (root === undefined) return true;
  const end = text.replace(/<!--[\s\S]*?-->\s*$/, '').trimEnd();
  const closing = new RegExp(`</${root.replace(/[.]/g, '\\.')}\\s*>$`);
  return !closing.test(end);
}
