// How a connector that exchanges files works with the hub: the hub keeps every byte, decides what was here before and
// hands out control numbers; the connector reads, answers and writes in the partner's format, and visits its server.
import type { Instant } from '../../core/vocabulary/instant.ts';
import type { LateChanges, OutboundDocument } from '../../core/vocabulary/warehouse.ts';

export interface FileExchange {
  /** How often the partner's server is visited, in milliseconds. */
  readonly intervalMs: number;
  /** By when what is due; hours. */
  readonly deadlines: FileDeadlines;
  /**
   * Reads a file into its documents. MUST NOT throw for any bytes and MUST NOT use anything of a file that is not whole.
   * `used` names the control numbers of interchanges that came before in other files, `known` the instants from which
   * documents without a time counted when they came before.
   */
  read(file: ReceivedFile, used: ReadonlySet<string>, known: KnownInstants): FileReading;
  /** The control numbers of a file's interchanges, for `used`. MUST NOT throw. */
  controlsOf(file: ReceivedFile): readonly string[];
  /** The documents of a file that name a day and no time, or no date, for `known`. MUST NOT throw. */
  untimedIn(file: ReceivedFile): readonly UntimedDocument[];
  /** Acknowledgements of what was read, each a file to send; none where the partner wants none. */
  answer(reading: FileReading, controls: Controls, now: Date): Promise<readonly DraftFile[]>;
  /** Writes one document as a file; undefined when the agreement has no such document. */
  write(document: OutboundDocument, controls: Controls, now: Date): Promise<DraftFile | undefined>;
  /** The hub's location behind one of the partner's warehouse codes, and back; undefined when there is none. */
  readonly warehouses: readonly {
    readonly code: string;
    readonly location: string;
    readonly inTransit?: string;
  }[];
  /** How our items are named in what we send. */
  readonly itemNaming: { readonly as: 'sku' | 'barcode' | 'listing'; readonly qualifier: string };
  readonly late: LateChanges;
  /** Our unit words as the partner's. */
  unitOf(unit: string): string;
  /** Encrypts and decrypts personal data at rest; absent: no shipping orders are made. */
  readonly vault?: Vault;
  /** Whether a token may hand in files over HTTP. Absent: nobody may. */
  admits?(token: string): boolean;
  /** One visit of the partner's server: takes what is complete, puts what is due. Absent: files are handed in and out. */
  visit?(desk: FileDesk): Promise<VisitReport>;
}

/** A document that took effect at some time from `from` until `until`. */
export interface UntimedDocument {
  /** As of its event. */
  readonly topic: string;
  readonly number: string;
  readonly from: Instant;
  readonly until: Instant;
}

/** The instant that an earlier document of the same topic and number has within the span; undefined: none came. */
export type KnownInstants = (document: UntimedDocument) => Instant | undefined;

/** Encrypts what is personal before it is stored. */
export interface Vault {
  seal(plain: Buffer): Buffer;
  /** Throws for bytes that were sealed with another key, or changed since. */
  open(sealed: Buffer): Buffer;
}

export interface FileDeadlines {
  readonly acknowledgeHours: number;
  readonly shipHours: number;
  readonly receiveHours: number;
  /** How long an order rests before it is sent. */
  readonly holdMinutes: number;
  readonly shipToRetentionDays: number;
  /** How long the contents of what the partner sent are kept. */
  readonly fileRetentionDays: number;
}

export interface ReceivedFile {
  readonly name: string;
  readonly bytes: Buffer;
  readonly receivedAt: Instant;
}

/** A number of the partner's own sequence, allocated in the transaction that stores the file it goes into. */
export type Controls = (kind: 'interchange' | 'group' | 'document' | 'file') => Promise<bigint>;

export interface FileReading {
  readonly complete: boolean;
  /** Of the file and its envelopes. */
  readonly findings: readonly FileFinding[];
  readonly documents: readonly FileDocument[];
  /** Control numbers of the interchanges of which something is usable: only those are used up. */
  readonly controls: readonly string[];
  /** The connector's own view of the file, for `answer`. */
  readonly parsed: unknown;
}

export interface FileFinding {
  readonly code: string;
  readonly severity: 'reject' | 'warning';
  readonly level: string;
  readonly message: string;
  readonly offset: number;
}

export interface FileDocument {
  /** `945`, `DESADV`, or the feed's name. */
  readonly type: string;
  /** The business number, such as the shipment's; '' where it could not be read. */
  readonly number: string;
  /** Our order or inbound shipment it belongs to; '' when it names none. */
  readonly order: string;
  readonly control: { readonly interchange: string; readonly group: string; readonly document: string };
  /** False: nothing of it is used; the findings say why. */
  readonly usable: boolean;
  readonly findings: readonly FileFinding[];
  /** What the inbox keeps of it: enough to read it again by itself. Absent for acknowledgements. */
  readonly event?: {
    readonly topic: string;
    readonly dedupeKey: string;
    readonly body: Buffer;
    readonly headers: Readonly<Record<string, string>>;
    readonly occurredAt?: Instant;
  };
  /** What of ours it acknowledges. */
  readonly acknowledges?: readonly AcknowledgedDocument[];
  /** What it says about an order or an inbound shipment of ours, for the clock. */
  readonly progress?: DocumentProgress;
}

export interface AcknowledgedDocument {
  /** Absent: the whole level above it. */
  readonly interchange?: string;
  readonly group?: string;
  readonly document?: string;
  /** `arrived` says nothing of the content: another word about it is still to come. */
  readonly verdict: 'arrived' | 'accepted' | 'accepted_with_errors' | 'rejected';
  readonly errors: readonly string[];
  /** An acceptance that may be an old one, said once more: in words that came before it answers nothing new. */
  readonly mayBeOld?: true;
}

export type DocumentProgress =
  | {
      readonly kind: 'shipment';
      readonly order: string;
      readonly shippedAt: Instant;
      readonly carrier?: string;
      /** False when the partner says that more of the order will follow. */
      readonly final: boolean;
      /** Why less was shipped than ordered, in words; '' when nothing is short. */
      readonly shortReason: string;
      readonly tracking: readonly string[];
    }
  | { readonly kind: 'receipt'; readonly shipment: string; readonly receivedAt: Instant };

/** A file made here, not yet sent. */
export interface DraftFile {
  /** It holds personal data: it is kept sealed, and erased after the retention. */
  readonly personal?: boolean;
  /** As it is named on the partner's server; the hub makes sure that it is unique. */
  readonly name: string;
  readonly bytes: Buffer;
  readonly documents: readonly {
    readonly type: string;
    readonly number: string;
    readonly control: { readonly interchange: string; readonly group: string; readonly document: string };
    /** The partner is expected to acknowledge it. */
    readonly acknowledged: boolean;
  }[];
}

/** The hub's side of a visit. */
export interface FileDesk {
  /**
   * Stores a file that was taken; only once it answers may the file leave the server.
   * @throws StockbridgeError whose disposition is `reject` where it will not have this one file: it stays on the server, and the
   * visit goes on. Anything else ends the visit.
   */
  store(file: {
    readonly name: string;
    readonly folder: string;
    readonly bytes: Buffer;
  }): Promise<'stored' | 'duplicate'>;
  /** What is due to be sent, oldest first. */
  pending(): Promise<readonly { readonly id: string; readonly name: string; readonly bytes: Buffer }[]>;
  delivered(id: string): Promise<void>;
  failed(id: string, reason: string): Promise<void>;
}

export interface VisitReport {
  readonly taken: number;
  readonly duplicates: number;
  /** Seen but not complete yet. */
  readonly waiting: number;
  readonly delivered: number;
  /** Files and folders that could not be taken, with the reason; they are tried again at the next visit. */
  readonly refused: readonly { readonly name: string; readonly reason: string }[];
  /** Files that are stored and still stand on the server, because they cannot be moved away or deleted there. */
  readonly untidy: readonly { readonly name: string; readonly reason: string }[];
}
