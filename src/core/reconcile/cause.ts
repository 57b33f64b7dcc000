// Why a warehouse's number is not ours: tries what is known in a fixed order and says the first that fits, with figures.
// Pure, and it never settles anything: an explanation is a reason to wait or to look, not a movement.
import type { Instant } from '../vocabulary/instant.ts';
import { difference, negated, type Quantity, quantityText, sum, ZERO } from '../vocabulary/quantity.ts';
import type { StockState } from '../vocabulary/words.ts';

export type Cause = 'missing' | 'movement_pending' | 'order_sent' | 'in_transit' | 'recent' | 'unexplained';

/** What is known about one item, state and location around the instant of a report. */
export interface Evidence {
  /** Events that name the item and are not in the ledger. */
  readonly waiting: readonly {
    readonly id: string;
    readonly topic: string;
    readonly status: 'pending' | 'quarantined';
    readonly code: string | null;
  }[];
  /** Open reservations made up to the report's instant, one per order, in the order they were granted. */
  readonly orders: readonly { readonly order: string; readonly quantity: Quantity }[];
  /** What the ledger had on its way to the location at that instant. */
  readonly inTransit: Quantity;
  /** Movements near the instant, oldest first; `added` is negative for what left. */
  readonly near: readonly NearMovement[];
}

export interface NearMovement {
  readonly document: string;
  readonly occurredAt: Instant;
  readonly added: Quantity;
}

export interface Compared {
  /** `TEE-RED-M at DALLAS (sellable)`. */
  readonly name: string;
  readonly state: StockState;
  readonly asOf: Instant;
  /** Undefined: the report does not name it. */
  readonly reported: Quantity | undefined;
  readonly ledger: Quantity;
  /** Set when only a lot differs and the item's total agrees. */
  readonly lot?: string;
}

export interface Explanation {
  readonly cause: Cause;
  /** One or two sentences for a person, with the figures. */
  readonly sentence: string;
}

/** Explains a difference; undefined when there is none. */
export function causeOf(compared: Compared, evidence: Evidence): Explanation | undefined {
  const { reported, ledger } = compared;
  if (reported === undefined) {
    return {
      cause: 'missing',
      sentence: `${compared.name} is missing from the report; the ledger has ${quantityText(ledger)} as of ${compared.asOf}. That is not taken as zero.`,
    };
  }
  const more = difference(reported, ledger);
  if (more === ZERO) return undefined;
  const figures = figuresOf(compared, reported, more);
  const found =
    waitingCause(evidence) ??
    (compared.lot === undefined
      ? (orderCause(compared, evidence, more) ??
        transitCause(evidence, more) ??
        recentCause(compared, evidence, more))
      : undefined);
  if (found) return { cause: found.cause, sentence: `${figures} ${found.sentence}` };
  const total = compared.lot === undefined ? '' : ' The item’s total agrees, so lots may be mixed up.';
  return {
    cause: 'unexplained',
    sentence: `${figures}${total} Nothing known here explains it: ask the warehouse, or have it counted.`,
  };
}

function figuresOf(compared: Compared, reported: Quantity, more: Quantity): string {
  const size = quantityText(more > 0n ? more : negated(more));
  return `${compared.name}: the warehouse reports ${quantityText(reported)}, the ledger has ${quantityText(compared.ledger)} as of ${compared.asOf}, so it reports ${size} ${more > 0n ? 'more' : 'fewer'}.`;
}

function waitingCause({ waiting }: Evidence): Explanation | undefined {
  const [first] = waiting;
  if (!first) return undefined;
  const others = waiting.length > 1 ? ` and ${waiting.length - 1} more` : '';
  const how = first.status === 'pending' ? 'pending' : `in quarantine: ${first.code ?? 'unknown'}`;
  return {
    cause: 'movement_pending',
    sentence: `Event ${first.id} (${first.topic}, ${how})${others} names the item and is not in the ledger yet.`,
  };
}

function orderCause({ state }: Compared, { orders }: Evidence, more: Quantity): Explanation | undefined {
  if (more > 0n || state !== 'sellable') return undefined;
  const wanted = negated(more);
  const shipped = adding(orders, wanted);
  if (!shipped) return undefined;
  return {
    cause: 'order_sent',
    sentence: `${listed(shipped.map((each) => `${each.order} (${quantityText(each.quantity)})`))} ${shipped.length === 1 ? 'is' : 'are'} reserved there and may have shipped without the warehouse having said so.`,
  };
}

function transitCause({ inTransit }: Evidence, more: Quantity): Explanation | undefined {
  if (more < 0n || inTransit < more) return undefined;
  return {
    cause: 'in_transit',
    sentence: `${quantityText(inTransit)} are on their way there; ${quantityText(more)} of them may have arrived without a receipt advice.`,
  };
}

/** The warehouse drew its line a little earlier or later, or left one movement out. */
function recentCause({ asOf }: Compared, { near }: Evidence, more: Quantity): Explanation | undefined {
  const before = near.filter((each) => each.occurredAt <= asOf).reverse();
  const after = near.filter((each) => each.occurredAt > asOf);
  const notYet = upTo(before, negated(more)) ?? single(before, negated(more));
  if (notYet) {
    return {
      cause: 'recent',
      sentence: `The report fits if it leaves out ${listed(notYet.map(told))}, just before its instant.`,
    };
  }
  const already = upTo(after, more) ?? single(after, more);
  if (!already) return undefined;
  return {
    cause: 'recent',
    sentence: `The report fits if it holds ${listed(already.map(told))}, just after its instant.`,
  };
}

const told = (each: NearMovement): string =>
  `${each.document} (${each.added > 0n ? '+' : ''}${quantityText(each.added)}, ${each.occurredAt})`;

/** The shortest beginning that adds up to `wanted`. */
function upTo(movements: readonly NearMovement[], wanted: Quantity): readonly NearMovement[] | undefined {
  let total = ZERO;
  for (const [index, each] of movements.entries()) {
    total = sum(total, each.added);
    if (total === wanted) return movements.slice(0, index + 1);
  }
  return undefined;
}

function single(movements: readonly NearMovement[], wanted: Quantity): readonly NearMovement[] | undefined {
  const one = movements.find((each) => each.added === wanted);
  return one && [one];
}

/** Beyond this many, some set of orders adds up to nearly anything, and would explain nothing. */
const MOST_ORDERS = 12;

/** The orders that together are exactly `wanted`: all, else one, else any set of a few. */
function adding<T extends { readonly quantity: Quantity }>(
  orders: readonly T[],
  wanted: Quantity,
): readonly T[] | undefined {
  const total = orders.reduce((sofar, each) => sum(sofar, each.quantity), ZERO);
  if (total < wanted) return undefined;
  if (total === wanted) return orders;
  const one = orders.find((each) => each.quantity === wanted);
  if (one) return [one];
  if (orders.length > MOST_ORDERS) return undefined;
  let sets = new Map<bigint, readonly T[]>([[0n, []]]);
  for (const each of orders) {
    const grown = new Map(sets);
    for (const [size, own] of sets) {
      const next = size + each.quantity;
      if (next <= wanted && !grown.has(next)) grown.set(next, [...own, each]);
    }
    sets = grown;
  }
  return sets.get(wanted);
}

const MOST_LISTED = 5;

function listed(names: readonly string[]): string {
  const shown = names.slice(0, MOST_LISTED).join(', ');
  return names.length > MOST_LISTED ? `${shown} and ${names.length - MOST_LISTED} more` : shown;
}
