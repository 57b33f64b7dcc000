// What a connector is. Present means supported: an optional member that is there works, one that is not there
// does not, and there are no flags to lie. A connector translates; it knows no queue, no table and no other connector,
// and it never guesses: what it cannot say for certain it quarantines with a reason a person can act on.
import type { Logger } from 'pino';
import type { z } from 'zod';
import type { ErrorCode } from '../core/errors.ts';
import type { Facts, SnapshotPage } from '../core/vocabulary/facts.ts';
import type { Instant } from '../core/vocabulary/instant.ts';
import type { EventSource } from '../core/vocabulary/words.ts';
import type { FileExchange } from './toolkit/file-exchange.ts';
import type { HttpClient } from './toolkit/http.ts';
import type { Journal } from './toolkit/journal.ts';

/** A kind of outside system. One folder per connector holds the same rooms: index, settings, webhook, interpret, push, client. */
export interface Connector<Settings = unknown> {
  /** The word used in configuration: lower case, digits and dashes. */
  readonly name: string;
  readonly title: string;
  /** One sentence: what it connects, and what moves stock there. */
  readonly summary: string;
  /** Every field MUST carry `.describe()`; a secret carries `.meta({ secret: true })`. Docs, JSON Schema and masking are made from it. */
  readonly settings: z.ZodType<Settings>;
  readonly webhook?: WebhookSource<Settings>;
  /** Its connections have `journal`: known before one is opened, so that `check` can tell, and held against it by the contract's tests. */
  readonly keepsBooks?: boolean;
  /** Makes a live connection. MUST NOT do any I/O: a hub starts while a vendor is down. */
  connect(context: ConnectionContext<Settings>): Connection;
}

/** What the hub gives a connection. */
export interface ConnectionContext<Settings> {
  readonly name: string;
  readonly settings: Settings;
  /** HTTP with timeouts, the connection's shared rate limit, error classes and secret-free errors. */
  readonly http: HttpClient;
  readonly log: Logger;
  readonly now: () => Date;
  /** Names (SKU, barcodes, own ids) of the items that the ledger has stock of at a location of ours, by its code; for guards. */
  readonly stocked?: (locationCode: string) => Promise<ReadonlySet<string>>;
  /** Small durable state such as a token or a subscription id, shared by all processes. */
  readonly state: ConnectionState;
}

export interface ConnectionState {
  read(key: string): Promise<unknown>;
  write(key: string, value: unknown): Promise<void>;
  /** Runs `work` while no other process runs work under the same key of this connection: single-flight renewals. */
  exclusively<T>(key: string, work: () => Promise<T>): Promise<T>;
}

/** A running connection of one configured account. */
export interface Connection {
  /**
   * Turns stored events into facts. MUST be idempotent and order-free: where an event is only a hint, read the
   * present state through the client and describe that. Answers one interpretation per event, in the same order.
   */
  interpret(events: readonly StoredEvent[]): Promise<readonly Interpretation[]>;
  /** Reads what happened since a cursor. MAY repeat, MUST NOT skip. */
  readonly poll?: Poll;
  /** Sends availability. */
  readonly push?: Push;
  /** Present on a channel whose orders a warehouse of ours ships. */
  readonly fulfilment?: Fulfilment;
  /** Every listing and location the account has, for the catalogue import. */
  catalogue?(): AsyncIterable<CataloguePage>;
  /** What the outside says it holds now, with the instant it was read. Levels are observations, never movements. */
  snapshot?(): AsyncIterable<SnapshotPage>;
  /** Makes subscriptions exist as wanted. Called at start and hourly; MUST change nothing that is right already. */
  ensureSubscriptions?(callbackUrl: string): Promise<SubscriptionReport>;
  /** Exchanges files with a partner. */
  readonly files?: FileExchange;
  /** Keeps an accountant’s books. */
  readonly journal?: Journal;
  /** Is the token valid, the subscription alive, the version the one we pin? MUST be cheap. */
  health?(): Promise<readonly HealthFinding[]>;
}

// ---- receiving

/** Pure functions over the raw request; run before anything is parsed or stored. */
export interface WebhookSource<Settings> {
  /**
   * Proves that the sender knows the secret. Uses constant-time comparison and tries the current, then the previous secret.
   * Answers `genuine`, or the code and one sentence. MUST NOT throw for any bytes.
   */
  verify(request: WebhookRequest, settings: Settings, now: Date): Verdict | Promise<Verdict>;
  /**
   * Names the events in a verified request: dedupe key, topic, time. MUST NOT throw for any bytes: what cannot be
   * read becomes one event with topic `unreadable`, so that it is kept and quarantined.
   */
  events(request: WebhookRequest): readonly WebhookEvent[];
  /** Headers worth keeping, lower case; everything else is dropped before storage. */
  readonly keptHeaders: readonly string[];
}

export interface WebhookRequest {
  readonly method: string;
  /** The address as registered with the vendor, byte for byte; never rebuilt from Host headers. */
  readonly registeredUrl: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

export type Verdict =
  | { readonly genuine: true }
  | {
      readonly genuine: false;
      readonly code: 'signature_missing' | 'signature_invalid' | 'timestamp_stale';
      readonly reason: string;
    };

export interface WebhookEvent {
  /** The same for every delivery of the same event, for ever. At most 200 plain characters. */
  readonly dedupeKey: string;
  readonly topic: string;
  readonly occurredAt?: Instant;
}

/** A raw event as the inbox holds it. */
export interface StoredEvent {
  readonly id: string;
  readonly source: EventSource;
  readonly topic: string;
  readonly dedupeKey: string;
  readonly occurredAt: Instant | undefined;
  readonly receivedAt: Instant;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

// ---- polling

export interface Poll {
  /** The streams this source has, each with a cursor of its own, e.g. `orders`. */
  readonly streams: readonly string[];
  /** How often a stream is read when nothing asks for it sooner, in milliseconds. */
  readonly intervalMs: number;
  /**
   * Reads one stream from a cursor (`undefined`: from `since`) with overlap, page by page. Each page carries the cursor
   * that is safe to continue from once its events are stored. `through` of the last page: everything that the outside
   * did up to that instant is in the pages.
   */
  read(stream: string, cursor: unknown, since: Instant): AsyncIterable<PollPage>;
}

export interface PollPage {
  readonly events: readonly PolledEvent[];
  readonly cursor: unknown;
  /** Set on the last page only. */
  readonly through?: Instant;
}

export interface PolledEvent extends WebhookEvent {
  readonly body: Buffer;
}

// ---- interpreting

export type Interpretation =
  /** `readAt`: when the facts were read, where the event was only a hint of them; without it they came with the event. */
  | { readonly outcome: 'facts'; readonly facts: Facts; readonly readAt?: Instant }
  | { readonly outcome: 'ignored'; readonly reason: string }
  | { readonly outcome: 'quarantined'; readonly code: ErrorCode; readonly reason: string };

export type {
  DocumentLine,
  Facts,
  ReportedCount,
  ReportedItem,
  ReportedLevel,
  ReportedLine,
  ReportedMovement,
  ReportedPlace,
  ReportedReservations,
  ReportedStock,
  SnapshotPage,
} from '../core/vocabulary/facts.ts';

// ---- pushing

/**
 * Sends what a channel may sell. The hub speaks of availability only; which field of the vendor holds it (on hand plus
 * what the vendor has committed, a difference to the present count) is the connector’s knowledge.
 * The hub reads first, waits with increases until everything up to the reading is ingested, and then sends.
 */
export interface Push {
  /** Most targets the vendor takes in one call; the hub never sends more. */
  readonly batchSize: number;
  /** What the channel holds now. MUST answer for every target, with the instant before which nothing is missing. */
  read(targets: readonly PushTarget[]): Promise<readonly Reading[]>;
  /**
   * Sends one batch under a key that was stored before the first attempt. The same key with the same items MUST have
   * at most one effect at the vendor. Answers per item, in the same order. A transport failure after which the outcome
   * is open is thrown as `outcome_unknown`; the hub repeats the batch under the same key.
   */
  send(batch: PushBatch): Promise<readonly PushAnswer[]>;
}

export interface PushTarget {
  /** The listing’s id at the channel. */
  readonly listing: string;
  /** The channel’s location id. */
  readonly location: string;
}

export type Reading = PushTarget &
  (
    | {
        readonly outcome: 'read';
        /** What the channel offers for sale there, decimal text; may be negative. */
        readonly available: string;
        readonly asOf: Instant;
        /** What `send` compares against, in the connector’s own words; stored with the intent. */
        readonly expected: Readonly<Record<string, string>>;
      }
    | { readonly outcome: 'not_stocked'; readonly reason: string }
    | { readonly outcome: 'not_pushable'; readonly reason: string }
  );

export interface PushBatch {
  /** UUID made and stored before the first attempt. */
  readonly key: string;
  /** When the intent was made; the same on every attempt. */
  readonly createdAt: Instant;
  readonly items: readonly PushItem[];
}

export interface PushItem extends PushTarget {
  /** Ties the channel’s echo to this intent, where the channel carries a reference. */
  readonly publication: string;
  /** What the channel may sell from now on: whole, zero or more. */
  readonly available: string;
  /** The availability the reading gave. */
  readonly readAvailable: string;
  readonly expected: Readonly<Record<string, string>>;
}

export type PushAnswer =
  | { readonly outcome: 'applied' }
  /** What we compared against is no longer true: ingest, compute again, new key. */
  | { readonly outcome: 'stale'; readonly reason: string }
  | { readonly outcome: 'rejected'; readonly reason: string }
  /** This item was not tried, or surely had no effect; come again, with a new key. */
  | { readonly outcome: 'retry'; readonly reason: string };

// ---- fulfilment

/** Asks the channel where an order goes, and tells it what has left. The goods themselves are moved by the warehouse. */
export interface Fulfilment {
  /**
   * Where the open lines of an order go, read when it is needed: personal data, never logged and never put into a job.
   * With `location`, the channel’s location id, only the lines that ship from there. What cannot be said for certain,
   * such as an address without a street, is a `wait` with the reason.
   */
  shipTo(order: string, location?: string): Promise<ShipToAnswer>;
  /**
   * Tells the channel that lines have left. The same `key` with the same content MUST have at most one effect at the
   * vendor, also when an answer was lost. A failure is thrown as everywhere: `outcome_unknown` when the effect is open,
   * any other code when surely nothing happened; the hub repeats the shipment under the same key.
   */
  report(shipment: FulfilledShipment): Promise<FulfilmentAnswer>;
}

export type ShipToAnswer =
  | {
      readonly outcome: 'ready';
      /** What people call the order, e.g. `#1001`. */
      readonly number: string;
      readonly purchaseOrder?: string;
      readonly orderedAt: Instant;
      readonly shipTo: ShipTo;
      /** The delivery option as the buyer chose it. */
      readonly service?: string;
      /** What may leave now; what is held back or goes later is not in it. Never empty. */
      readonly lines: readonly FulfilmentLine[];
    }
  /** Not yet: payment pending, on hold, scheduled. */
  | { readonly outcome: 'wait'; readonly reason: string }
  /** The channel no longer wants it shipped. */
  | { readonly outcome: 'gone'; readonly reason: string };

export interface ShipTo {
  readonly name: string;
  readonly company?: string;
  /** One to three lines, the first never empty. */
  readonly street: readonly string[];
  readonly city: string;
  /** The code where the channel has one, e.g. `ON`; else the name. */
  readonly region?: string;
  /** Empty where the address has none: some countries know no postal codes. */
  readonly postalCode: string;
  /** ISO 3166, two letters. */
  readonly country: string;
  readonly phone?: string;
  readonly email?: string;
}

export interface FulfilmentLine {
  /** The id that the line of the order’s reservation carries. */
  readonly line: string;
  /** Decimal text, above zero. */
  readonly quantity: string;
}

export interface FulfilledShipment {
  /** Made and stored before the first attempt; at most 200 plain characters. */
  readonly key: string;
  readonly order: string;
  readonly shippedAt: Instant;
  /** What left, from one location of the channel: all that is open, or less. */
  readonly lines: readonly FulfilmentLine[];
  readonly tracking?: readonly {
    readonly number: string;
    readonly carrier?: string;
    readonly url?: string;
  }[];
  /** Whether the channel writes to the buyer. */
  readonly notifyCustomer: boolean;
}

export type FulfilmentAnswer =
  /** `id` is the channel’s own id of the shipment. */
  | { readonly outcome: 'applied'; readonly id: string }
  /** The channel knows of it: from an earlier attempt, or from somebody who told it the same. */
  | { readonly outcome: 'already'; readonly id: string }
  /** It will never take this as it is; a person must look. */
  | { readonly outcome: 'rejected'; readonly reason: string }
  /** Not now: come again with the same key. */
  | { readonly outcome: 'retry'; readonly reason: string };

// ---- books

export type * from './toolkit/journal.ts';

// ---- catalogue, snapshots, health

export interface CataloguePage {
  readonly locations: readonly { readonly id: string; readonly name: string; readonly active: boolean }[];
  readonly listings: readonly CatalogueListing[];
}

export interface CatalogueListing {
  readonly id: string;
  /** Proposes the item; empty or not unique means that a person decides. */
  readonly sku: string;
  readonly title: string;
  readonly barcode?: string;
  /** False for bundles and untracked items: never pushed, with the reason. */
  readonly pushable: boolean;
  readonly reason?: string;
}

export interface SubscriptionReport {
  readonly created: readonly string[];
  readonly kept: readonly string[];
  readonly removed: readonly string[];
}

export interface HealthFinding {
  readonly level: 'ok' | 'warn' | 'fail';
  readonly what: string;
  readonly help?: string;
}
