// A whole EDI file once read: its interchanges and groups with their findings, and the documents inside. The readers of
// X12 and EDIFACT both answer this, so that storing, acknowledging and interpreting need not know which it was.
import type { Finding } from './finding.ts';
import type { Delimiters, EdiDocument, GroupHead, InterchangeHead } from './segment.ts';

export interface EdiGroup {
  readonly head: GroupHead;
  readonly documents: readonly EdiDocument[];
  /** Documents its trailer declares; undefined when the trailer is missing. */
  readonly declaredDocuments: number | undefined;
  /** Found at the group itself, such as a control number that does not match. */
  readonly findings: readonly Finding[];
}

export interface EdiInterchange {
  readonly head: InterchangeHead;
  /** EDIFACT messages without UNG stand in one group with empty ids. */
  readonly groups: readonly EdiGroup[];
  /** Interchange acknowledgements (TA1) that travel in it, as they were sent. */
  readonly acknowledgements: readonly { readonly elements: readonly string[]; readonly offset: number }[];
  readonly findings: readonly Finding[];
}

export interface EdiFile {
  readonly syntax: 'x12' | 'edifact';
  readonly delimiters: Delimiters;
  readonly interchanges: readonly EdiInterchange[];
  /** Documents outside any envelope, where the profile takes them. */
  readonly bare: readonly EdiDocument[];
  /** Found at the file: unreadable, cut, beyond a limit, unknown bytes after the end. */
  readonly findings: readonly Finding[];
  /** False when the file ends before its envelope does: then none of it may be used, for the rest may still come. */
  readonly complete: boolean;
}

/** Every document of the file, in its order. */
export const documentsOf = (file: EdiFile): readonly EdiDocument[] => [
  ...file.interchanges.flatMap((interchange) => interchange.groups.flatMap((group) => group.documents)),
  ...file.bare,
];

/**
 * What stands against using a document: its own findings and those of every envelope around it. An interchange with a wrong
 * control number carries no document that may be believed.
 */
export function findingsAgainst(file: EdiFile, document: EdiDocument): readonly Finding[] {
  const around = file.interchanges.flatMap((interchange) =>
    interchange.groups.flatMap((group) =>
      group.documents.includes(document) ? [...interchange.findings, ...group.findings] : [],
    ),
  );
  return [...file.findings, ...around, ...document.findings];
}
