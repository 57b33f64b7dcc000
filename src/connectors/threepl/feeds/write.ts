// What we send as a CSV or XML file, by the same map of fields that reads the partner's files. Values are written as they
// are: none is shortened or left out to make it fit, and what the file's characters cannot say is refused.
import { stringify } from 'csv-stringify/sync';
import { XMLBuilder } from 'fast-xml-parser';
import { StockbridgeError } from '../../../core/errors.ts';
import type { OutboundDocument } from '../documents/document.ts';
import { csvSchema, type Feed, type FeedField, type FeedValue } from '../profile/feed-settings.ts';
import { bytesOf } from './encode.ts';
import { lineFactsOf } from './outbound-facts.ts';
import { transformed } from './transform.ts';

/** A value and the column or path it goes to. */
interface Cell {
  readonly to: string;
  readonly text: string;
}

/**
 * One file of an outbound feed with everything `document` says that the feed has a place for.
 * @param timeZone zone of the dates and times in it
 * @throws StockbridgeError `content_invalid` when a value does not pass its transforms or the file's encoding cannot write it
 */
export function writeFeed(document: OutboundDocument, feed: Feed, timeZone = 'UTC'): Buffer {
  const lines = lineFactsOf(document, timeZone).map((facts) => cellsOf(facts, feed));
  return feed.xml ? xmlOf(lines, feed, feed.xml) : csvOf(lines, feed);
}

function cellsOf(facts: Readonly<Partial<Record<FeedField, string>>>, feed: Feed): readonly Cell[] {
  return Object.entries(feed.fields).flatMap(([field, value]) => {
    const given: Exclude<FeedValue, string> = typeof value === 'string' ? { from: value } : value;
    if (given.from === undefined) return [];
    const text = given.const ?? facts[field as FeedField] ?? '';
    const result = transformed([text], given.transforms ?? [], { direction: 'out', year: 0 });
    if ('code' in result)
      throw new StockbridgeError(
        'content_invalid',
        `Cannot write ${field} to the feed ${feed.name}: it ${result.problem}.`,
      );
    return [{ to: given.from, text: result.value }];
  });
}

function csvOf(lines: readonly (readonly Cell[])[], feed: Feed): Buffer {
  const { delimiter, quote, header, trailer } = feed.csv ?? csvSchema.parse({});
  const columns = Object.values(feed.fields).flatMap((value) =>
    typeof value === 'string' ? [value] : (value.from ?? []),
  );
  const rows = lines.map((cells) => (header ? cells.map(({ text }) => text) : byNumber(cells)));
  const closing = trailer ? [closingRow(trailer, delimiter, rows.length)] : [];
  const text = stringify([...(header ? [columns] : []), ...rows, ...closing], {
    delimiter,
    quote,
    escape: quote,
    record_delimiter: '\n',
    // a spreadsheet runs what begins like this; the quotes keep it the text that it is for everyone else
    quoted_match: /^[=+\-@\t]/,
  });
  return bytesOf(text, feed.encoding, feed.name);
}

function byNumber(cells: readonly Cell[]): readonly string[] {
  const row: string[] = [];
  for (const { to, text } of cells) row[Number(to) - 1] = text;
  return Array.from(row, (text) => text ?? '');
}

function closingRow(
  { match, count }: { readonly match: string; readonly count?: number | undefined },
  delimiter: string,
  lines: number,
): readonly string[] {
  const row = match.split(delimiter);
  if (count !== undefined) row[count - 1] = String(lines);
  return Array.from(row, (text) => text ?? '');
}

interface Node {
  [name: string]: string | Node | Node[];
}

function xmlOf(lines: readonly (readonly Cell[])[], feed: Feed, shape: NonNullable<Feed['xml']>): Buffer {
  const root: Node = {};
  const document = nodeAt(root, stepsOf(shape.document));
  for (const { to, text } of lines[0] ?? []) if (to.startsWith('/')) setAt(document, to, text);
  const path = stepsOf(shape.line);
  const last = path.at(-1) ?? 'Line';
  nodeAt(document, path.slice(0, -1))[last] = lines.map((cells) => {
    const line: Node = {};
    for (const { to, text } of cells) if (!to.startsWith('/')) setAt(line, to, text);
    return line;
  });
  const body = new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: '@', format: true }).build({
    [shape.root]: root,
  });
  return bytesOf(
    `<?xml version="1.0" encoding="${feed.encoding}"?>\n${body.trimEnd()}\n`,
    feed.encoding,
    feed.name,
  );
}

const stepsOf = (path: string): readonly string[] =>
  path.split('/').filter((step) => step !== '' && step !== '.');

function nodeAt(from: Node, steps: readonly string[]): Node {
  return steps.reduce((node, step) => {
    const there = node[step];
    if (typeof there === 'object' && !Array.isArray(there)) return there;
    const made: Node = typeof there === 'string' ? { '#text': there } : {};
    node[step] = made;
    return made;
  }, from);
}

/** An empty value has no element, so that nobody has to tell an empty one from a missing one. */
function setAt(from: Node, path: string, text: string): void {
  if (text === '') return;
  const steps = stepsOf(path);
  const owner = nodeAt(from, steps.slice(0, -1));
  const name = steps.at(-1) ?? '#text';
  const there = owner[name];
  if (typeof there === 'object' && !Array.isArray(there)) there['#text'] = text;
  else owner[name] = text;
}
