// Builds transaction sets for the tests of X12's documents with a splitter of its own, apart from the product's tokenizer,
// so that neither hides the other's mistakes.
import { expect } from 'vitest';
import type {
  Acknowledgement,
  WarehouseDocument,
} from '../../../../src/connectors/threepl/documents/document.ts';
import type { ReadDocument, ReadOptions } from '../../../../src/connectors/threepl/documents/read-options.ts';
import { readX12Document } from '../../../../src/connectors/threepl/documents/x12-read.ts';
import type { Finding } from '../../../../src/connectors/threepl/edi/finding.ts';
import type { EdiDocument, Segment } from '../../../../src/connectors/threepl/edi/segment.ts';
import { type Reading, readingSchema } from '../../../../src/connectors/threepl/profile/settings.ts';
import { instantFrom } from '../../../../src/core/vocabulary/instant.ts';

export const reading = (changes: Partial<Reading> = {}): Reading => ({
  ...readingSchema.parse({}),
  ...changes,
});

export const readOptions = (changes: Partial<ReadOptions> = {}): ReadOptions => ({
  timeZone: 'America/Chicago',
  receivedAt: instantFrom('2026-11-28T12:00:00Z'),
  totals: 'reject',
  reading: reading(),
  ...changes,
});

function segmentFrom(text: string, offset: number, position: number): Segment {
  const [tag = '', ...elements] = text.split('*');
  const raw = (n: number) => elements[n - 1] ?? '';
  const component = (n: number, c: number) => (raw(n).split('>')[c - 1] ?? '').trimEnd();
  return { tag, offset, position, count: elements.length, raw, component, element: (n) => component(n, 1) };
}

/** A set of type `type` with these segments between ST and SE; offsets are those of the segments joined by `~`. */
export function transactionSet(type: string, segments: readonly string[], control = '0001'): EdiDocument {
  const lines = [`ST*${type}*${control}`, ...segments, `SE*${segments.length + 2}*${control}`];
  let offset = 0;
  const read = lines.map((line, index) => {
    const segment = segmentFrom(line, offset, index + 1);
    offset += line.length + 1;
    return segment;
  });
  return {
    syntax: 'x12',
    interchange: undefined,
    group: { functional: 'IN', sender: 'THEM', receiver: 'US', control: '71', version: '004010' },
    type,
    version: '004010',
    control,
    segments: read,
    start: 0,
    end: offset,
    delimiters: { element: '*', component: '>', segment: '~', decimal: '.' },
    findings: [],
  };
}

export const readSet = (
  type: string,
  segments: readonly string[],
  options: Partial<ReadOptions> = {},
): ReadDocument => readX12Document(transactionSet(type, segments), readOptions(options));

type Said = WarehouseDocument | Acknowledgement;

/** The document of this kind, which must be there. */
export function documentOf<K extends Said['kind']>(read: ReadDocument, kind: K): Extract<Said, { kind: K }> {
  expect(read.findings.filter(({ severity }) => severity === 'reject')).toEqual([]);
  const { document } = read;
  if (document?.kind !== kind) throw new Error(`expected a ${kind}, got ${document?.kind ?? 'nothing'}`);
  return document as Extract<Said, { kind: K }>;
}

/** What refused it, as `code @ segment position [- element] : standard code`; there is no document then. */
export function refusals(read: ReadDocument): readonly string[] {
  expect(read.document).toBeUndefined();
  const rejects = read.findings.filter(({ severity }) => severity === 'reject');
  expect(rejects.length).toBeGreaterThan(0);
  return rejects.map(placed);
}

export const warnings = (read: ReadDocument): readonly string[] =>
  read.findings.filter(({ severity }) => severity === 'warning').map(placed);

function placed({ code, segment, element, standardCode }: Finding): string {
  const at = segment ? ` ${segment.tag}@${segment.position}` : '';
  return `${code}${at}${element ? `-${element.position}` : ''} ${standardCode}`;
}

/** The same segments with the first that begins with `start` replaced, or left out. */
export function changed(
  segments: readonly string[],
  start: string,
  ...replacement: readonly string[]
): readonly string[] {
  const at = segments.findIndex((segment) => segment.startsWith(start));
  if (at < 0) throw new Error(`no segment begins with ${start}`);
  return segments.toSpliced(at, 1, ...replacement);
}
