// The ways in which ledger, journals and books can differ on an account, and what a person does about each. Only words; which
// of them an amount is, is decided beside it.
import type { Money } from '../vocabulary/money.ts';

/**
 * `opens`: it hinders a close until it is gone or accepted. `timing`: time or the other side’s part settles it, nothing is
 * wrong. `accept`: a person may say that it is right.
 */
interface DifferenceRule {
  readonly opens: boolean;
  readonly timing: boolean;
  readonly accept: boolean;
  readonly help: string;
}

export const DIFFERENCES = {
  not_drafted: {
    opens: true,
    timing: false,
    accept: false,
    help: 'Their day or month is not over, or nothing was drafted since: `stockbridge journal draft`.',
  },
  held: {
    opens: true,
    timing: false,
    accept: false,
    help: 'Remove what holds it: give the role an account under `books.accounts`, or `stockbridge resume` the connection.',
  },
  draft: {
    opens: true,
    timing: false,
    accept: false,
    help: 'Look at it with `stockbridge journal show`, then `stockbridge journal approve`.',
  },
  not_sent: {
    opens: true,
    timing: false,
    accept: false,
    help: 'It waits for its delivery; `stockbridge journal list --status approved` shows how far it is. Where journals leave as files, `stockbridge journal posted` says that it is in the books.',
  },
  outcome_unknown: {
    opens: true,
    timing: false,
    accept: false,
    help: 'It was sent and the answer was lost. It is asked for again by itself under the same key; do not book it by hand.',
  },
  rejected: {
    opens: true,
    timing: false,
    accept: false,
    help: 'Settle what the books refuse, then `stockbridge journal retry`; where they lack its account, correct the mapping, then `stockbridge journal reverse`.',
  },
  booked_later: {
    opens: false,
    timing: true,
    accept: false,
    help: 'Nothing to do: a fact about a day that was closed is booked on a later day.',
  },
  draft_later: {
    opens: false,
    timing: true,
    accept: false,
    help: 'A fact about a day that was closed, for a later day: it is booked there once its journal is drafted and approved: `stockbridge journal draft`, `stockbridge journal show`, then `stockbridge journal approve`.',
  },
  reversed_later: {
    opens: false,
    timing: true,
    accept: false,
    help: 'Nothing to do: the journal was taken back on a later day.',
  },
  mapped_elsewhere: {
    opens: true,
    timing: false,
    accept: false,
    help: 'The mapping of accounts was changed after it was booked: `stockbridge journal reverse` takes it back and books it anew under the mapping of today.',
  },
  mapped_then: {
    opens: false,
    timing: false,
    accept: false,
    help: 'Nothing to do: what was booked on closed days keeps its accounts. Where a balance should stand on the new account, move it in the books by an entry on an open day, and accept that with `stockbridge books resolve`.',
  },
  redated_here: {
    opens: false,
    timing: true,
    accept: false,
    help: 'Nothing to do: the books were closed on its own day, so it is booked there on their first open day.',
  },
  redated: {
    opens: true,
    timing: false,
    accept: true,
    help: 'Put the date back in the books, or accept it with `stockbridge books resolve`.',
  },
  edited: {
    opens: true,
    timing: false,
    accept: true,
    help: 'Put it back in the books as `stockbridge journal show` has it, or accept it with `stockbridge books resolve`.',
  },
  deleted: {
    opens: true,
    timing: false,
    accept: true,
    help: 'Send it again with `stockbridge journal retry`, or accept it with `stockbridge books resolve`.',
  },
  foreign: {
    opens: true,
    timing: false,
    accept: true,
    help: 'Move it to another account in the books; or, if stock really changed, record the cause in the ledger and delete it there; or accept it with `stockbridge books resolve`.',
  },
  shared: {
    opens: false,
    timing: false,
    accept: false,
    help: 'Nothing to do if it belongs there: others may book on this account too.',
  },
  before: {
    opens: true,
    timing: false,
    accept: true,
    help: 'The account stood at this before the first journal of the hub: move it to another account, or accept it with `stockbridge books resolve`.',
  },
  bill_not_entered: {
    opens: false,
    timing: true,
    accept: false,
    help: 'An open item: enter the bill in the books on this account, with the same number and amount.',
  },
  bill_unknown: {
    opens: true,
    timing: true,
    accept: true,
    help: 'Tell the hub of the bill: `stockbridge import bills`, for freight and duty `stockbridge import landed`. If it is for neither, move it to another account, or accept it with `stockbridge books resolve`.',
  },
  bill_repeated: {
    opens: true,
    timing: false,
    accept: true,
    help: 'Compare with the paper: of bills that are entered more than once, delete in the books what is too much. If it is another bill of the same number, tell the hub of it: `stockbridge import bills`, for freight `stockbridge import landed`; or accept it with `stockbridge books resolve`.',
  },
  bill_differs: {
    opens: true,
    timing: false,
    accept: true,
    help: 'Compare both with the paper: correct the bill in the books, or `stockbridge costs void` it and import it anew; or accept it with `stockbridge books resolve`.',
  },
  unexplained: {
    opens: true,
    timing: false,
    accept: false,
    help: 'Tie out again: the books may have changed while they were read. If it stays, look through the account in the books for this amount.',
  },
} as const satisfies Record<string, DifferenceRule>;

export type DifferenceKind = keyof typeof DIFFERENCES;

/** One named part of what lies between the ledger and the books. */
export interface Difference {
  readonly kind: DifferenceKind;
  /** What the books (or, without them, the journals) show more than the ledger; below zero: less. */
  readonly amount: Money;
  /** For people: `journal INV-20261114-1`, `Bill 4711 of 2026-11-14`. */
  readonly document: string;
  /** One sentence: what is so. */
  readonly what: string;
  /** Number of the finding that keeps it, once recorded. */
  readonly finding?: string;
  /** Why somebody said that it is right. */
  readonly accepted?: string;
  /** How the finding is known again. */
  readonly evidence?: Evidence;
}

/** What a finding about the books is kept under; the same evidence is one finding for ever. */
export interface Evidence {
  readonly kind: 'edited' | 'deleted' | 'foreign';
  readonly externalId: string;
  /** Another version is another finding; null where there is none. */
  readonly version: string | null;
  readonly journalId: string | null;
}

/** Whether a difference still needs a person or time. */
export const isOpen = (difference: Difference): boolean =>
  DIFFERENCES[difference.kind].opens && difference.accepted === undefined;

/** How an account stands: in one word, for tie-out and certificate. */
export type TieState = 'equal' | 'open items' | 'explained' | 'not settled';

/**
 * `equal`: no difference. `open items`: what only time or a bill’s entry settles is left. `explained`: whatever differs was
 * accepted, or others booked where they may. `not settled`: anything else.
 */
export function stateOf(differences: readonly Difference[]): TieState {
  if (differences.length === 0) return 'equal';
  const isTiming = ({ kind, accepted }: Difference) => DIFFERENCES[kind].timing && accepted === undefined;
  if (differences.some((each) => isOpen(each) && !isTiming(each))) return 'not settled';
  return differences.some(isTiming) ? 'open items' : 'explained';
}
