// What is wrong with a file, said once: the screen, the log and the acknowledgement all read the same findings.
// A finding knows where it stands to the byte, and which code the standards' own acknowledgements have for it.

/** `reject`: nothing of its document is used. `warning`: the document is used, and the partner may be told. */
export type Severity = 'reject' | 'warning';

/** Where in the envelope a finding belongs, from the outside in: it decides what an acknowledgement refuses. */
export type FindingLevel = 'file' | 'interchange' | 'group' | 'document' | 'segment' | 'element';

export interface Finding {
  /** Our own word, stable: `segment_count_mismatch`, `quantity_not_numeric`. */
  readonly code: string;
  readonly severity: Severity;
  readonly level: FindingLevel;
  /** One sentence for a person, without personal data. */
  readonly message: string;
  /** Of the segment's first byte in the file, from 0. */
  readonly offset: number;
  /** Control numbers of the interchange, group and document it stands in, as far as they are known. */
  readonly interchange?: string;
  readonly group?: string;
  readonly document?: string;
  readonly segment?: {
    readonly tag: string;
    /** Within its document; ST and UNH are 1. */
    readonly position: number;
  };
  readonly element?: {
    /** From 1, as the standards count: W12-03 is 3. */
    readonly position: number;
    readonly component?: number;
    /** The element's number in the dictionary, such as 380. */
    readonly reference?: string;
  };
  /** The element of the same segment that makes this one wanted, or excludes it. */
  readonly trigger?: { readonly position: number; readonly reference: string };
  /** The bad value, cut to 70 characters. */
  readonly value?: string;
  /**
   * The standard's own code: X12 element 723 (element), 720 (segment), 718 (document), 716 (group), I18 (interchange);
   * EDIFACT 0085 at every level.
   */
  readonly standardCode?: string;
}

export const rejects = (findings: readonly Finding[]): boolean =>
  findings.some((finding) => finding.severity === 'reject');
