// Turns EDIFACT messages into documents: DESADV, RECADV, INVRPT, APERAK and CONTRL. A message that cannot be read for
// certain becomes no document at all; what any of it means for the stock is decided elsewhere.
import { rejects } from '../edi/finding.ts';
import type { EdiDocument } from '../edi/segment.ts';
import type { Acknowledgement, WarehouseDocument } from './document.ts';
import { readAnswers } from './edifact-answers.ts';
import { readDespatch } from './edifact-despatch.ts';
import { EdifactMessageReader } from './edifact-message.ts';
import { readReceipt } from './edifact-receipt.ts';
import { readInventory } from './edifact-stock.ts';
import type { ReadDocument, ReadOptions } from './read-options.ts';

/**
 * What `document` says. Findings are those of reading it; the ones its envelope has are not repeated. A CONTRL or
 * APERAK may answer several things: `acknowledgements` has them all.
 */
export function readEdifactDocument(document: EdiDocument, options: ReadOptions): ReadDocument {
  const reader = new EdifactMessageReader(document, options);
  if (ANSWERS.has(document.type)) {
    const { acknowledgements, findings } = readEdifactAcknowledgements(document, options);
    const [first] = acknowledgements;
    return first === undefined ? { findings } : { document: first, acknowledgements, findings };
  }
  const said = documentOf(reader);
  const { findings } = reader;
  return said === undefined || rejects(findings) ? { findings } : { document: said, findings };
}

const ANSWERS: ReadonlySet<string> = new Set(['CONTRL', 'APERAK']);

function documentOf(reader: EdifactMessageReader): WarehouseDocument | undefined {
  const { type } = reader.document;
  switch (type) {
    case 'DESADV':
      return readDespatch(reader);
    case 'RECADV':
      return readReceipt(reader);
    case 'INVRPT':
      return readInventory(reader);
    default:
      reader.note(undefined, {
        code: 'message_unsupported',
        message: 'messages of this type are not read',
        standardCode: '14',
        element: { position: 2, component: 1, reference: '0065' },
        value: type,
      });
      return undefined;
  }
}

/** Every acknowledgement in a CONTRL or APERAK: the interchange's first, then those of its groups and messages. */
export function readEdifactAcknowledgements(
  document: EdiDocument,
  options: ReadOptions,
): { readonly acknowledgements: readonly Acknowledgement[]; readonly findings: ReadDocument['findings'] } {
  const reader = new EdifactMessageReader(document, options);
  const acknowledgements = readAnswers(reader);
  return { acknowledgements: rejects(reader.findings) ? [] : acknowledgements, findings: reader.findings };
}
