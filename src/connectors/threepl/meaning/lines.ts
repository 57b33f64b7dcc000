// What the lines of all moving documents have in common: the key that makes one a fact, what undoing it means, and how it
// becomes a movement. The key holds no file name and no control number, so a document sent again changes nothing (I3).
import type { DocumentLine, ReportedLine, ReportedMovement } from '../../../core/vocabulary/facts.ts';
import type { LotMark, WarehouseDocument } from '../documents/document.ts';

/** The words under which documents are kept; they are part of every key and never change. */
export const DOCUMENT_TYPES = {
  shipment: 'warehouse-shipment',
  receipt: 'warehouse-receipt',
  adjustment: 'warehouse-adjustment',
  stock: 'warehouse-stock',
  despatch: 'warehouse-despatch',
} as const;

interface NamedLine {
  readonly line: string;
  readonly lot?: LotMark;
}

/** Names each line once: a line that comes several times in a document, for one lot, is told apart by its turn. */
export function keysOf(document: WarehouseDocument): (line: NamedLine) => DocumentLine {
  const turns = new Map<string, number>();
  const type = DOCUMENT_TYPES[document.kind];
  return (line) => {
    const name = line.lot === undefined ? line.line : `${line.line} lot ${line.lot.code}`;
    const turn = (turns.get(name) ?? 0) + 1;
    turns.set(name, turn);
    return { type, id: document.number, line: turn === 1 ? name : `${name} again ${turn}` };
  };
}

/** The lot of a line as facts carry it. */
export const lotOf = (line: NamedLine): Pick<ReportedLine, 'lot' | 'lotExpiresOn'> =>
  line.lot === undefined
    ? {}
    : {
        lot: line.lot.code,
        ...(line.lot.expiresOn !== undefined && { lotExpiresOn: line.lot.expiresOn }),
      };

interface Moved {
  readonly key: DocumentLine;
  readonly type: ReportedMovement['type'];
  readonly lines: readonly ReportedLine[];
  /** The line undoes an earlier one. */
  readonly reversal: boolean;
  /** The order of the line, where it is not the document's. */
  readonly order?: string | undefined;
}

/**
 * One document line as a movement, or as what undoes it: the same lines back, linked to the movement they undo (I5).
 * A reversal undoes the line of its own number unless the document names the original; a cancelling document has the number
 * of the one it cancels.
 */
export function movementOf(document: WarehouseDocument, moved: Moved): ReportedMovement[] {
  const { key, type, lines, reversal } = moved;
  if (lines.length === 0) return [];
  const reference = moved.order || document.order;
  const own = reversal ? { ...key, type: `${key.type}-reversal` } : key;
  const cancels = document.purpose === 'cancel';
  return [
    {
      type,
      document: cancels ? { ...own, type: `${own.type}-cancel` } : own,
      occurredAt: document.occurredAt,
      ...(reference !== '' && { reference }),
      ...((reversal || cancels) && { reverses: cancels ? own : originalOf(document, key) }),
      lines: reversal === cancels ? lines : lines.map((line) => ({ ...line, from: line.to, to: line.from })),
    },
  ];
}

/** Where the number of the original document stands among the references: F8 is the standard's qualifier for it. */
const ORIGINALS = ['N9:F8', 'REF:F8', 'F8'];

function originalOf(document: WarehouseDocument, key: DocumentLine): DocumentLine {
  const named = ORIGINALS.find((reference) => Object.hasOwn(document.references, reference));
  const id = named === undefined ? undefined : document.references[named];
  return id ? { ...key, id } : key;
}
