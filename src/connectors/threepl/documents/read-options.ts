// What a reader of documents needs from the partner's profile, and what it answers.
import type { Instant } from '../../../core/vocabulary/instant.ts';
import type { Finding } from '../edi/finding.ts';
import type { Reading } from '../profile/settings.ts';
import type { Acknowledgement, WarehouseDocument } from './document.ts';

export interface ReadOptions {
  /** IANA zone of dates and times that name none. */
  readonly timeZone: string;
  /** When the file came: for documents that carry no time of their own, and to give two-digit years their century. */
  readonly receivedAt: Instant;
  /** What a hash total that does not match is. */
  readonly totals: 'ignore' | 'warn' | 'reject';
  readonly reading: Reading;
}

/** `document` is absent when what stands there cannot be said for certain; the findings then hold at least one `reject`. */
export interface ReadDocument {
  readonly document?: WarehouseDocument | Acknowledgement;
  /**
   * All that one file of acknowledgements says, `document` being the first of them: a 997 answers a whole group, a CONTRL an
   * interchange. Where a document and the level above it are both answered, the document's own answer counts.
   */
  readonly acknowledgements?: readonly Acknowledgement[];
  readonly findings: readonly Finding[];
}
