// From one X12 transaction set to what it says: chooses the reader by ST-01, never by the group's GS-01, which files get
// wrong. Refuses a document whose content cannot be said for certain, whole: half a document moves no stock.
import type { EdiDocument } from '../edi/segment.ts';
import type { WarehouseDocument } from './document.ts';
import type { ReadDocument, ReadOptions } from './read-options.ts';
import { acknowledgementsOf } from './x12-acknowledgement.ts';
import { adjustmentAdviceOf } from './x12-adjustment.ts';
import { despatchNoticeOf } from './x12-despatch.ts';
import { DocumentFindings } from './x12-findings.ts';
import { receiptAdviceOf } from './x12-receipt.ts';
import { receivingAdviceOf } from './x12-receiving-advice.ts';
import { shipmentAdviceOf } from './x12-shipment.ts';
import { partnerSourcesOf } from './x12-sources.ts';
import { stockReportOf } from './x12-stock-report.ts';
import type { X12Reading } from './x12-values.ts';

export { readTA1 } from './x12-acknowledgement.ts';

const READERS: ReadonlyMap<string, (reading: X12Reading) => WarehouseDocument | undefined> = new Map<
  string,
  (reading: X12Reading) => WarehouseDocument | undefined
>([
  ['944', receiptAdviceOf],
  ['945', shipmentAdviceOf],
  ['947', adjustmentAdviceOf],
  ['846', stockReportOf],
  ['856', despatchNoticeOf],
  ['861', receivingAdviceOf],
]);

const ACKNOWLEDGEMENTS = ['997', '999'];

/** Types of transaction set that are understood, by ST-01. */
export const X12_TYPES: readonly string[] = [...READERS.keys(), ...ACKNOWLEDGEMENTS];

/**
 * Reads one transaction set. Versions 004010 and 005010 are read alike, lines stand in LX loops or without.
 *
 * The findings are those of the content alone; what is wrong with the envelope and the counts stands in the document and
 * its file. With a `reject` among them there is no `document`. A 997 or 999 has one acknowledgement for each document
 * it answers. Nothing is thrown for what a partner wrote.
 */
export function readX12Document(document: EdiDocument, options: ReadOptions): ReadDocument {
  const findings = new DocumentFindings(document);
  const sources = partnerSourcesOf(options.reading);
  const reading: X12Reading = { document, options, findings, sources };
  if (ACKNOWLEDGEMENTS.includes(document.type)) {
    const acknowledgements = acknowledgementsOf(reading);
    const [first] = acknowledgements;
    if (findings.rejects || first === undefined) return { findings: findings.list };
    return { document: first, acknowledgements, findings: findings.list };
  }
  const reader = READERS.get(document.type);
  if (!reader) {
    findings.refuse(
      'document_type_unsupported',
      `${document.type.slice(0, 10) || 'a document without a type'} is not read; these types are: ${X12_TYPES.join(', ')}`,
      '1',
    );
    return { findings: findings.list };
  }
  const read = reader(reading);
  return read === undefined || findings.rejects
    ? { findings: findings.list }
    : { document: read, findings: findings.list };
}
