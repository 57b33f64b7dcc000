// XML files as records: checked for being whole before they are parsed, every value kept as the text that was sent, no
// entity but the five of the standard and characters by number. The only file that reads with fast-xml-parser.
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import type { Finding } from '../edi/finding.ts';
import type { Feed } from '../profile/feed-settings.ts';
import { fileFinding, fileFindingAt, type Place } from './finding.ts';
import { type FeedRecord, type FeedRecords, refused } from './record.ts';
import { type FeedText, feedTextOf } from './text.ts';
import { attributesAt, hasPrefixedAttributes, textsAt } from './xml-source.ts';
import { decodedText, isXmlCut } from './xml-text.ts';

/** Above this a file is refused: the parser builds the whole tree in memory. */
export const LARGEST_XML_BYTES = 20 * 1024 * 1024;

type XmlShape = NonNullable<Feed['xml']>;
/** An element as parsed: `@name` attributes, `#text`, `#cdata`, and every child as a list. */
type Element = Readonly<Record<string | symbol, unknown>>;

const META: unknown = XMLParser.getMetaDataSymbol();

/** The records of an XML file: one for each line of each document. */
export function xmlRecordsOf(bytes: Buffer, feed: Feed & { readonly xml: XmlShape }): FeedRecords {
  if (bytes.length > LARGEST_XML_BYTES)
    return refused(fileFinding('file_too_large', `The file has more than ${LARGEST_XML_BYTES} bytes.`));
  const file = feedTextOf(bytes, feed.encoding);
  if ('code' in file) return refused(file);
  if (file.text.trim() === '') return { records: [], findings: [], complete: true };
  const { tree, finding } = treeOf(file);
  if (!tree) return refused(finding, finding.code !== 'xml_cut');
  const names = Object.keys(tree).filter((name) => !name.startsWith('#'));
  const roots = childrenOf(tree, feed.xml.root);
  if (roots.length === 0 || names.length !== 1) {
    const found = names.map((name) => JSON.stringify(name.slice(0, 70))).join(', ');
    return refused(
      fileFinding(
        'xml_root_unknown',
        `The file’s element is ${found} instead of ${JSON.stringify(feed.xml.root)}.`,
      ),
    );
  }
  return recordsOf(roots, feed.xml, file);
}

type Tree =
  | { readonly tree: Element; readonly finding?: never }
  | { readonly tree?: never; readonly finding: Finding };

function treeOf(file: FeedText): Tree {
  if (/<!DOCTYPE/i.test(file.text))
    return {
      finding: fileFinding(
        'xml_doctype',
        'The file has a DOCTYPE, which is refused: it can pull in anything.',
      ),
    };
  const valid = XMLValidator.validate(file.text);
  if (valid !== true) {
    const isCut = isXmlCut(file.text);
    const offset = isCut
      ? file.byteOf(file.text.length)
      : file.byteOf(indexOfLine(file.text, valid.err.line));
    const [code, message] = isCut
      ? ['xml_cut', 'The file ends before its element is closed.']
      : ['xml_invalid', `This is no well-formed XML: line ${valid.err.line}, column ${valid.err.col}.`];
    return { finding: fileFinding(code, message, offset) };
  }
  try {
    const parser = new XMLParser({
      parseTagValue: false,
      parseAttributeValue: false,
      ignoreAttributes: false,
      attributeNamePrefix: '@',
      removeNSPrefix: true,
      processEntities: false,
      cdataPropName: '#cdata',
      alwaysCreateTextNode: true,
      ignoreDeclaration: true,
      ignorePiTags: true,
      captureMetaData: true,
      isArray: (_name, _path, _isLeaf, isAttribute) => !isAttribute,
    });
    return { tree: parser.parse(file.text) as Element };
  } catch {
    return {
      finding: fileFinding(
        'xml_invalid',
        'This is no XML that can be read: too deep, or with names that are not allowed.',
      ),
    };
  }
}

const indexOfLine = (text: string, line: number): number =>
  text.split('\n', Math.max(0, line - 1)).join('\n').length + (line > 1 ? 1 : 0);

function recordsOf(roots: readonly Element[], shape: XmlShape, file: FeedText): FeedRecords {
  const documents = roots.flatMap((root) => elementsAt([root], shape.document));
  const values = valuesIn(file.text);
  const findings: Finding[] = [];
  const tag = stepsOf(shape.line).at(-1) ?? shape.root;
  let position = 0;
  const records = documents.flatMap((document, index) => {
    const lines = elementsAt([document], shape.line);
    if (lines.length === 0) {
      const place = placeOf(document, stepsOf(shape.document).at(-1) ?? shape.root, index + 1, file);
      findings.push(
        fileFindingAt(
          'document_without_lines',
          `Document ${index + 1} of the file has no ${shape.line}.`,
          place,
        ),
      );
    }
    return lines.map((line) => {
      position += 1;
      return recordOf(line, document, placeOf(line, tag, position, file), values);
    });
  });
  return { records, findings, complete: true };
}

type ValuesAt = (element: Element, path: string) => readonly string[];

const recordOf = (line: Element, document: Element, place: Place, valuesAt: ValuesAt): FeedRecord => ({
  place,
  columnOf: () => undefined,
  valuesAt: (from) => (from.startsWith('/') ? valuesAt(document, from.slice(1)) : valuesAt(line, from)),
});

function placeOf(element: Element, tag: string, position: number, file: FeedText): Place {
  const start = file.byteOf(startOf(element));
  return { tag, position, start, end: start };
}

const startOf = (element: Element): number =>
  (element[META as symbol] as { startIndex?: number } | undefined)?.startIndex ?? 0;

const stepsOf = (path: string): readonly string[] =>
  path.split('/').filter((step) => step !== '' && step !== '.');

const childrenOf = (element: Element, name: string): readonly Element[] => {
  const children = Object.hasOwn(element, name) ? element[name] : undefined;
  return Array.isArray(children) ? (children as Element[]) : [];
};

const elementsAt = (from: readonly Element[], path: string): readonly Element[] =>
  stepsOf(path).reduce((elements, step) => elements.flatMap((element) => childrenOf(element, step)), from);

/** Answers every text at a path such as `Item/@sku` or `Quantity`. An element with nothing in it is an empty text. */
function valuesIn(xml: string): ValuesAt {
  const isPrefixed = hasPrefixedAttributes(xml);
  const known = new WeakMap<Element, readonly string[]>();
  const textsOf = (element: Element): readonly string[] => {
    if (isOneText(element)) return [decodedText(ownText(element)).trim()];
    const texts = known.get(element) ?? textsAt(xml, startOf(element));
    known.set(element, texts);
    return texts;
  };
  return (element, path) => {
    const steps = stepsOf(path);
    const last = steps.at(-1);
    if (last === undefined || !last.startsWith('@')) return elementsAt([element], path).flatMap(textsOf);
    return elementsAt([element], steps.slice(0, -1).join('/')).flatMap((owner) => {
      if (!Object.hasOwn(owner, last)) return [];
      return isPrefixed
        ? attributesAt(xml, startOf(owner), last.slice(1))
        : [decodedText(String(owner[last])).trim()];
    });
  };
}

const ownText = (element: Element): string => (typeof element['#text'] === 'string' ? element['#text'] : '');

/** Nothing but one run of text, or elements without any: what the parser has is then what the file says. */
function isOneText(element: Element): boolean {
  if (Object.hasOwn(element, '#cdata')) return false;
  return ownText(element).trim() === '' || Object.keys(element).every((key) => /^[@#]/.test(key));
}
