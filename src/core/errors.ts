// Every failure the hub can name: one class, one table. The code chooses what the queue does, which HTTP status
// a caller sees and which sentence tells a person what to do next. Messages carry ids, never secrets or raw bodies.
import { plainTextOf } from './vocabulary/text.ts';

/** What the pipeline does with a failure: try again, try again later, stop until a person acts, give the event up to quarantine, or stop the process. */
export type Disposition = 'retry' | 'wait' | 'park' | 'reject' | 'crash';

interface ErrorKind {
  readonly disposition: Disposition;
  readonly status: number;
  readonly help: string;
}

export const ERRORS = {
  // what a sender did
  signature_missing: {
    disposition: 'reject',
    status: 401,
    help: 'Send the signature header named in the connector’s page.',
  },
  signature_invalid: {
    disposition: 'reject',
    status: 401,
    help: 'Check that the secret in the configuration is the one the sender signs with; after a rotation keep the old one as previous secret.',
  },
  timestamp_stale: {
    disposition: 'reject',
    status: 401,
    help: 'The signed time is too far from ours: check the sender’s clock, and ours.',
  },
  body_too_large: {
    disposition: 'reject',
    status: 413,
    help: 'Split the document, or raise api.maxBodyBytes.',
  },
  connection_unknown: {
    disposition: 'reject',
    status: 404,
    help: 'The address names no connection of this hub; copy it from `stockbridge check`.',
  },
  method_not_allowed: { disposition: 'reject', status: 405, help: 'Webhooks are sent with POST.' },
  // what a person typed
  argument_invalid: {
    disposition: 'reject',
    status: 400,
    help: 'See --help of the command for what it takes.',
  },
  not_found: {
    disposition: 'reject',
    status: 404,
    help: 'Look at how it is written; nothing was changed.',
  },
  // what an event says
  body_malformed: {
    disposition: 'reject',
    status: 422,
    help: 'The bytes are kept as received; ask the sender to send a valid document, then close this one with `stockbridge resolve --ignore`, or fix and replay.',
  },
  content_invalid: {
    disposition: 'reject',
    status: 422,
    help: 'The reason names the field; correct it at the source or in the mapping, then replay. If nothing of it is to be booked, close it with `stockbridge resolve --ignore`.',
  },
  key_conflict: {
    disposition: 'reject',
    status: 409,
    help: 'The same id came with other content. The first one stands; compare both with `stockbridge explain`, correct the stock with `stockbridge count` if the second is right, and settle it with `stockbridge resolve`.',
  },
  item_unknown: {
    disposition: 'reject',
    status: 422,
    help: 'Bind the listing to an item (`stockbridge import listings …`), then replay.',
  },
  unit_unknown: {
    disposition: 'reject',
    status: 422,
    help: 'Give the item this unit with a factor (`stockbridge import units …`), then replay.',
  },
  location_unknown: {
    disposition: 'reject',
    status: 422,
    help: 'Bind the channel’s location to one of yours (`stockbridge import bindings …`), then replay.',
  },
  stock_short: {
    disposition: 'reject',
    status: 409,
    help: 'The movement would take stock below zero. Enter the missing stock with `stockbridge receive` or `stockbridge count`, or allow negative stock at the location; it is retried by itself when stock arrives.',
  },
  held_by_guard: {
    disposition: 'reject',
    status: 422,
    help: 'The document looks wrong as a whole; the reason gives the figures. If it is right all the same, release it with `stockbridge replay --release <event>`; if not, close it with `stockbridge resolve --ignore`.',
  },
  // what a vendor's system did
  vendor_unavailable: {
    disposition: 'retry',
    status: 502,
    help: 'The vendor did not answer properly; it is tried again by itself.',
  },
  vendor_throttled: {
    disposition: 'wait',
    status: 429,
    help: 'The vendor’s limit is reached; work goes on when it allows.',
  },
  vendor_unauthorized: {
    disposition: 'park',
    status: 401,
    help: 'Renew the token or the app’s installation, then `stockbridge resume` the connection. Nothing was lost.',
  },
  vendor_rejected: {
    disposition: 'park',
    status: 422,
    help: 'The vendor refuses the request as such; the reason names the field.',
  },
  outcome_unknown: {
    disposition: 'retry',
    status: 504,
    help: 'The request may or may not have taken effect; it is repeated under the same key until the outcome is known.',
  },
  // what a partner's server did
  partner_unreachable: {
    disposition: 'retry',
    status: 502,
    help: 'The partner’s server did not answer, or the line broke; nothing is half done, and it is tried again by itself.',
  },
  host_key_unknown: {
    disposition: 'park',
    status: 409,
    help: 'Ask the partner for the fingerprint of the server’s key, compare it with what `stockbridge partner trust` shows, and put it into the profile as hostKey.',
  },
  host_key_changed: {
    disposition: 'park',
    status: 409,
    help: 'Nothing was exchanged and no password was sent. Ask the partner whether the server’s key was replaced; if so, trust the new one, then `stockbridge resume` the connection.',
  },
  sign_in_refused: {
    disposition: 'park',
    status: 401,
    help: 'Correct the user, key or password, then `stockbridge resume` the connection; it is not tried again by itself, because many servers lock an account after a few refusals.',
  },
  partner_refused_file: {
    disposition: 'reject',
    status: 422,
    help: 'The partner’s server refuses the file or folder named (rights, space, or another file under that name); settle it with the partner, then exchange again.',
  },
  // what this installation is
  configuration_invalid: {
    disposition: 'crash',
    status: 500,
    help: 'Correct what is named in the configuration; `stockbridge check` shows every mistake of the file at once.',
  },
  database_unavailable: {
    disposition: 'retry',
    status: 503,
    help: 'PostgreSQL does not answer; senders are told to come again.',
  },
  storage_refused: {
    disposition: 'crash',
    status: 500,
    help: 'The boot check names the setting that endangers data, and the value it needs.',
  },
  instance_running: {
    disposition: 'crash',
    status: 500,
    help: 'Another Stockbridge owns this data directory; stop it, or give this one its own with --data.',
  },
  schema_behind: { disposition: 'crash', status: 500, help: 'Run `stockbridge migrate`.' },
  invariant_broken: {
    disposition: 'crash',
    status: 500,
    help: 'A number that must hold does not. Stop posting, run `stockbridge verify` and report what it prints.',
  },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERRORS;

/** The one error class; `details` hold ids and figures that are safe to log and show. */
export class StockbridgeError extends Error {
  override readonly name = 'StockbridgeError';
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, string | number | boolean | null>>;
  /** Only with `wait`: how long the vendor asked us to stay away. */
  readonly retryAfterMs: number | undefined;
  /** What to do next: of this failure where it says more than its code. */
  readonly help: string;

  constructor(
    code: ErrorCode,
    message: string,
    options: {
      cause?: unknown;
      details?: Record<string, string | number | boolean | null>;
      retryAfterMs?: number;
      help?: string;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
    this.retryAfterMs = options.retryAfterMs;
    this.help = options.help ?? ERRORS[code].help;
  }

  get disposition(): Disposition {
    return ERRORS[this.code].disposition;
  }
}

/** What to do with anything thrown: a named failure says it itself, anything else is tried again. */
export const dispositionOf = (error: unknown): Disposition =>
  error instanceof StockbridgeError ? error.disposition : 'retry';

/** One line that says what went wrong, safe to store and show. */
export const errorReason = (error: unknown): string =>
  plainTextOf(error instanceof Error ? error.message || error.name : String(error), 500);
