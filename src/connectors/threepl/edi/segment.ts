// What X12 and EDIFACT have in common once their delimiters are known: segments with numbered elements, and documents
// (X12 transaction sets, EDIFACT messages) inside groups and interchanges. Values are text exactly as sent.
import type { Finding } from './finding.ts';

/** Splits its text only when asked: most segments of a file are never looked at. */
export interface Segment {
  readonly tag: string;
  /** Of its first byte in the file, from 0. */
  readonly offset: number;
  /** Within its document, from 1; ST and UNH are 1. */
  readonly position: number;
  /** Elements after the tag. */
  readonly count: number;
  /** Element `n`, from 1: its first component's first repetition, trailing blanks removed; '' when absent. */
  element(n: number): string;
  /** Component `c`, from 1, of element `n`. Composite data such as C001 or EDIFACT's C212; '' when absent. */
  component(n: number, c: number): string;
  /** Element `n` as sent, with its components. */
  raw(n: number): string;
}

export type Syntax = 'x12' | 'edifact';

export interface Delimiters {
  readonly element: string;
  readonly component: string;
  /** Of repeated elements; absent in older versions. */
  readonly repetition?: string;
  readonly segment: string;
  /** EDIFACT's release character. */
  readonly release?: string;
  /** EDIFACT's decimal mark; X12 has the point. */
  readonly decimal: '.' | ',';
}

/** Party as the envelope names it: qualifier and id, trimmed. */
export interface EnvelopeParty {
  readonly qualifier: string;
  readonly id: string;
}

export interface InterchangeHead {
  readonly syntax: Syntax;
  readonly delimiters: Delimiters;
  readonly sender: EnvelopeParty;
  readonly receiver: EnvelopeParty;
  /** ISA13 or UNB05, as sent. */
  readonly control: string;
  /** `YYMMDD`/`YYYYMMDD` and `HHMM` as sent. */
  readonly date: string;
  readonly time: string;
  /** ISA12 or the syntax identifier and version, such as `UNOA:2`. */
  readonly version: string;
  /** ISA15 / UNB11: `T` or `1` means test data. */
  readonly test: boolean;
  /** The sender asks for an interchange acknowledgement (ISA14, UNB09). */
  readonly acknowledgementRequested: boolean;
}

export interface GroupHead {
  /** GS01 such as `SW`; EDIFACT files seldom have groups. */
  readonly functional: string;
  readonly sender: string;
  readonly receiver: string;
  readonly control: string;
  /** GS08, such as `004010VICS`. */
  readonly version: string;
}

/** One transaction set or message with everything that is known about it. */
export interface EdiDocument {
  readonly syntax: Syntax;
  readonly interchange: InterchangeHead | undefined;
  readonly group: GroupHead | undefined;
  /** ST01 such as `945`, or the message type such as `DESADV`. */
  readonly type: string;
  /** `004010` / `005010` (six digits, suffix cut), or `D.96A`. */
  readonly version: string;
  /** ST02 or UNH01. */
  readonly control: string;
  /** ST…SE or UNH…UNT, both included. */
  readonly segments: readonly Segment[];
  /** Bytes of the document in the file: [start, end). */
  readonly start: number;
  readonly end: number;
  readonly delimiters: Delimiters;
  /** Everything found inside this document, its own trailer included. */
  readonly findings: readonly Finding[];
}

/** Hard limits, so that no file can take the process down. A file beyond one is refused whole with a finding. */
export interface EdiLimits {
  readonly fileBytes: number;
  readonly segmentBytes: number;
  readonly segmentsPerDocument: number;
  readonly documentsPerFile: number;
}

export const EDI_LIMITS: EdiLimits = {
  fileBytes: 256 * 1024 * 1024,
  segmentBytes: 16 * 1024,
  segmentsPerDocument: 500_000,
  documentsPerFile: 100_000,
};
