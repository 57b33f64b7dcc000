// What a reader of X12 tells, whoever listens: the only thing that the two know of each other.
import type { Finding } from './finding.ts';
import type { Delimiters, EdiDocument, GroupHead, InterchangeHead } from './segment.ts';

/** Told of everything in the order of the file; a document as soon as its trailer is read. */
export interface X12Handler {
  interchangeStart?(head: InterchangeHead): void;
  /** A TA1 segment: its elements and where it stands. */
  acknowledgement?(sent: { readonly elements: readonly string[]; readonly offset: number }): void;
  groupStart?(head: GroupHead): void;
  documentStart?(start: { readonly type: string; readonly control: string; readonly offset: number }): void;
  /** Its group and interchange may yet prove wrong: use nothing of it before `fileEnd` has said so. */
  document(document: EdiDocument): void;
  groupEnd?(end: {
    readonly declaredDocuments: number | undefined;
    readonly findings: readonly Finding[];
  }): void;
  interchangeEnd?(end: { readonly findings: readonly Finding[] }): void;
  fileEnd?(end: {
    readonly findings: readonly Finding[];
    readonly complete: boolean;
    readonly delimiters: Delimiters | undefined;
  }): void;
}
