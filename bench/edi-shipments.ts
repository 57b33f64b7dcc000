// What the EDI benchmarks measure: bytes turned into shipments that may be believed, the way the product does it. Run as a
// program it reads the file named and tells its peak memory.
import { closeSync, openSync, readSync } from 'node:fs';
import { readX12Document } from '../src/connectors/threepl/documents/x12-read.ts';
import { rejects } from '../src/connectors/threepl/edi/finding.ts';
import type { EdiDocument } from '../src/connectors/threepl/edi/segment.ts';
import { createX12Reader } from '../src/connectors/threepl/edi/x12-read.ts';
import { validateX12 } from '../src/connectors/threepl/edi/x12-validate.ts';
import { readingSchema } from '../src/connectors/threepl/profile/settings.ts';
import { instantOf } from '../src/core/vocabulary/instant.ts';
import { PORTION_BYTES } from './edi-file.ts';

export interface ShippedTotals {
  documents: number;
  lines: number;
  shipped: number;
  /** Documents and envelopes that were refused, and findings of a file that deserves none. */
  refused: number;
}

/** Reads 945s and adds up what was shipped; `add` says what one document holds, and is the product's own way unless said. */
export function shipmentsIn(
  portions: Iterable<Buffer>,
  add: (document: EdiDocument, totals: ShippedTotals) => void = addDocument,
): ShippedTotals {
  const totals: ShippedTotals = { documents: 0, lines: 0, shipped: 0, refused: 0 };
  const refuse = ({ findings }: { readonly findings: EdiDocument['findings'] }): void => {
    if (rejects(findings)) totals.refused += 1;
  };
  const reader = createX12Reader({
    document: (document) => {
      refuse(document);
      totals.documents += 1;
      add(document, totals);
    },
    groupEnd: refuse,
    interchangeEnd: refuse,
    fileEnd: (end) => {
      refuse(end);
      if (!end.complete) totals.refused += 1;
    },
  });
  for (const portion of portions) reader.push(portion);
  reader.end();
  return totals;
}

const READ_OPTIONS = {
  timeZone: 'Europe/Berlin',
  receivedAt: instantOf(Date.parse('2026-11-03T09:00:00Z')),
  totals: 'warn',
  reading: readingSchema.parse({}),
} as const;

/** Every element held against the dictionary, then the whole document read as a shipment advice. */
function addDocument(document: EdiDocument, totals: ShippedTotals): void {
  totals.refused += validateX12(document).length;
  const { document: read, findings } = readX12Document(document, READ_OPTIONS);
  totals.refused += findings.length;
  if (read?.kind !== 'shipment') {
    totals.refused += 1;
    return;
  }
  for (const { shipped } of read.lines) {
    totals.lines += 1;
    totals.shipped += Number(shipped.value);
  }
}

const WHOLE_NUMBER = /^\d{1,10}$/;

/** No product: the shipped quantities alone, to tell what the reader and its envelope checks take of the time. */
export function addQuantities(document: EdiDocument, totals: ShippedTotals): void {
  for (const segment of document.segments) {
    if (segment.tag !== 'W12') continue;
    const quantity = segment.element(3);
    const isWhole = WHOLE_NUMBER.test(quantity) && segment.element(1) !== '' && segment.element(8) !== '';
    if (!isWhole) totals.refused += 1;
    totals.lines += 1;
    totals.shipped += Number(quantity);
  }
}

/** The file in portions of one buffer, used again and again: what is kept of it is the reader's own. */
function* portionsOf(path: string): Generator<Buffer> {
  const file = openSync(path, 'r');
  const buffer = Buffer.alloc(PORTION_BYTES);
  for (let length = readSync(file, buffer); length > 0; length = readSync(file, buffer))
    yield buffer.subarray(0, length);
  closeSync(file);
}

if (import.meta.main) {
  const [, , path] = process.argv;
  if (path === undefined) throw new Error('Name the file.');
  const found = shipmentsIn(portionsOf(path));
  process.stdout.write(JSON.stringify({ ...found, peakKilobytes: process.resourceUsage().maxRSS }));
}
