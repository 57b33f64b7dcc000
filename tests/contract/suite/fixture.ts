// What the contract suite cannot know about a connector: its outside world, and what that world looks like to us.
// Every connector of the registry has `tests/contract/fixtures/<name>.ts` exporting `fixture: ConnectorFixture`.
// A member is left out only where the connector leaves the matching member of the contract out; the suite checks that.
import type {
  Facts,
  JournalToPost,
  PushTarget,
  ReportedItem,
  WebhookRequest,
} from '../../../src/connectors/contract.ts';
import type { ErrorCode } from '../../../src/core/errors.ts';

export interface ConnectorFixture {
  /** Starts a fresh outside with a small account; called once for every group of tests, always followed by `close`. */
  start(): Promise<Outside>;
}

export interface Outside {
  /** As written in the configuration (before the schema); every secret field holds one of `canaries`. */
  readonly settings: unknown;
  /** Every secret value, previous ones included: none may ever be seen in a log, an error or a fact. */
  readonly canaries: readonly string[];
  close(): Promise<void>;
  /** Required where the connector has `webhook`. */
  readonly webhook?: OutsideWebhook;
  /** Required where the connector has `poll` or `push` and no `journal`, and wherever something outside can sell. */
  readonly shop?: OutsideShop;
  /** Required where the connector has `push`. */
  readonly push?: OutsidePush;
  /** Required where the connector has `fulfilment`. */
  readonly fulfilment?: OutsideFulfilment;
  /** Required where the connector has `journal`. */
  readonly books?: OutsideBooks;
  /** Required where the connector talks to anything: makes every following call of the vendor's API fail this way. */
  fail?(fault: OutsideFault): Promise<void>;
}

/**
 * `unauthorized` 401 · `throttled` 429 with `Retry-After: 2` · `unavailable` 500 or 503 before anything happens ·
 * `timeout` no answer and no effect · `accept_then_timeout` the effect happens, the answer never comes · `none` heals.
 */
export type OutsideFault =
  | 'none'
  | 'unauthorized'
  | 'throttled'
  | 'unavailable'
  | 'timeout'
  | 'accept_then_timeout';

export interface OutsideWebhook {
  /** The header that holds the signature, lower case. */
  readonly signatureHeader: string;
  /** Other headers that the signature covers, lower case; changing one must be refused. Often none. */
  readonly signedHeaders: readonly string[];
  /** What the verifier takes for now; default the real time. */
  readonly now?: Date;
  /** A request as the vendor sends it, signed with the current secret unless said otherwise. */
  signed(body: Buffer, options?: { secret?: 'current' | 'previous' | 'unknown' }): WebhookRequest;
  /** At least three, with one of every outcome that the connector can give. */
  readonly samples: readonly WebhookSample[];
  /** A business event about an item that nobody bound, and the item exactly as it must be reported. */
  readonly unknownItem?: { readonly request: WebhookRequest; readonly item: ReportedItem };
}

export interface WebhookSample {
  readonly name: string;
  readonly request: WebhookRequest;
  /** One per event of the request, in order. */
  readonly expected: readonly ExpectedInterpretation[];
}

/** Lists of facts that are left out must be empty; those given are compared exactly. */
export type ExpectedInterpretation =
  | { readonly outcome: 'facts'; readonly facts: Partial<Facts> }
  | { readonly outcome: 'ignored' }
  | { readonly outcome: 'quarantined'; readonly code: ErrorCode };

export interface OutsideShop {
  /** The listing and location that `sell` takes from, with enough stock for the whole suite (at least 50). */
  readonly target: PushTarget;
  /**
   * Sells and hands over `count` single units as separate documents, all at the same instant where the outside's
   * clock allows it. Afterwards the facts must say that exactly `count` units left the target for the customer.
   */
  sell(count: number): Promise<void>;
  /** Every webhook that the outside has sent since the last call, once nothing more is on its way. */
  received?(): Promise<readonly WebhookRequest[]>;
}

export interface OutsidePush {
  /**
   * How a sale between reading and sending survives: `compare_and_set` answers `stale` and changes nothing; `relative`
   * applies a difference, so the sale stays counted; `announce` only tells the outside, which holds no count of its own.
   */
  readonly style: 'compare_and_set' | 'relative' | 'announce';
  readonly target: PushTarget;
  /** What the outside itself would sell of the target now, decimal text; with `announce` the last number it was told. */
  available(): Promise<string>;
  /** How many pushes took effect since the start; with one key at most one. */
  effects(): Promise<number>;
}

export interface OutsideBooks {
  /** Somebody changes `count` entries of ours by hand, each of them for the first time. */
  touch(count: number): Promise<void>;
  /** A journal that the books take, with a key and a number that were never used. */
  journal(): JournalToPost;
  /** How many journal entries the books hold. */
  effects(): Promise<number>;
}

export interface OutsideFulfilment {
  /** Part of every address at the outside: may be seen by who asks for it, and in no log, error or fact. */
  readonly person: string;
  /** Somebody orders `quantity` units of one listing to be shipped; nothing is in the way of it. */
  order(quantity: number): Promise<{ readonly order: string; readonly location: string }>;
  /** From now on the order must wait: it is not paid, or held back. */
  withhold(order: string): Promise<void>;
  cancel(order: string): Promise<void>;
  /** How many shipments the outside knows of, all orders together. */
  effects(): Promise<number>;
}
