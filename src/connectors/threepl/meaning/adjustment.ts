// Adjustments and changes of state: which way a reason moves the stock, and what its sign adds to that. A reason without a
// meaning and a sign that contradicts its reason wait for a person, unless the profile says who is right.
import type { ReportedLine, ReportedMovement, ReportedPlace } from '../../../core/vocabulary/facts.ts';
import { negated, type Quantity, quantityText, ZERO } from '../../../core/vocabulary/quantity.ts';
import type { StockState } from '../../../core/vocabulary/words.ts';
import type { AdjustmentAdvice } from '../documents/document.ts';
import type { Profile } from '../profile/settings.ts';
import { ADJUSTMENT_REASONS, DECREASE_TRANSACTION, type ReasonEffect } from './codes.ts';
import { keysOf, lotOf, movementOf } from './lines.ts';
import { itemOf, numberOf, Unclear, unitOf, warehouseOf } from './words.ts';

type Line = AdjustmentAdvice['lines'][number];

/** The movements of an adjustment advice, one per line. @throws Unclear */
export function adjustments(
  document: AdjustmentAdvice,
  profile: Profile,
  notes: string[],
): ReportedMovement[] {
  const { location } = warehouseOf(document.warehouse, profile);
  const keyOf = keysOf(document);
  return document.lines.flatMap((line) => {
    const key = keyOf(line);
    const where = `adjustment ${document.number} line ${line.line}`;
    const moved = placesOf(line, location, profile, where);
    if (moved.quantity === ZERO || isSamePlace(moved)) {
      notes.push(`${where} (reason ${line.reason}) changes nothing`);
      return [];
    }
    const reported: ReportedLine = {
      item: itemOf(line.ids, profile, where),
      quantity: quantityText(moved.quantity),
      ...unitOf(line.quantity.unit, profile),
      ...lotOf(line),
      from: moved.from,
      to: moved.to,
    };
    return movementOf(document, { key, type: moved.type, lines: [reported], reversal: false });
  });
}

interface Moved {
  readonly type: ReportedMovement['type'];
  /** Zero or more. */
  readonly quantity: Quantity;
  readonly from: ReportedPlace;
  readonly to: ReportedPlace;
}

const isSamePlace = ({ from, to }: Moved): boolean =>
  'code' in from && 'code' in to && from.state === to.state;

function placesOf(line: Line, code: string, profile: Profile, where: string): Moved {
  const effect = effectOf(line, profile, where);
  const given = numberOf(line.quantity.value, where);
  if ('from' in effect) {
    const forward = forwardOf(given, line, profile, where);
    const [from, to] = forward < 0n ? [effect.to, effect.from] : [effect.from, effect.to];
    return {
      type: 'status_change',
      quantity: sizeOf(forward),
      from: { code, state: from },
      to: { code, state: to },
    };
  }
  const isReturn = line.reason === 'CR' && effect.counterpart === 'customer';
  const shelf = { code, state: stateOf(line, profile, isReturn, where) };
  const outside = { virtual: effect.counterpart };
  const delta = adjustedBy(given, effect.direction, line, profile, where);
  return {
    type: isReturn ? 'return' : 'adjustment',
    quantity: sizeOf(delta),
    from: delta < 0n ? shelf : outside,
    to: delta < 0n ? outside : shelf,
  };
}

const sizeOf = (quantity: Quantity): Quantity => (quantity < 0n ? negated(quantity) : quantity);

/** The profile's word first, then states the document itself names, then the standard. */
function effectOf(line: Line, profile: Profile, where: string): ReasonEffect {
  const { reasons } = profile.meaning;
  const agreed = Object.hasOwn(reasons, line.reason) ? reasons[line.reason] : undefined;
  if (agreed) return 'from' in agreed ? agreed : { ...agreed, counterpart: 'adjustment' };
  if (line.fromState !== undefined && line.toState !== undefined) {
    return {
      from: conditionOf(line.fromState, profile, where),
      to: conditionOf(line.toState, profile, where),
    };
  }
  const standard = ADJUSTMENT_REASONS.get(line.reason);
  if (standard) return standard;
  throw new Unclear(
    'content_invalid',
    `${where}: reason ${JSON.stringify(line.reason)} has no meaning here; add it to meaning.reasons`,
  );
}

/** The one state an adjustment is about: what can be sold, unless the document names another. */
function stateOf(line: Line, profile: Profile, isReturn: boolean, where: string): StockState {
  const named = line.fromState ?? line.toState;
  if (named !== undefined) return conditionOf(named, profile, where);
  const { conditions, customerReturns } = profile.meaning;
  const byType = line.transactionType;
  const agreed = byType !== undefined && Object.hasOwn(conditions, byType) ? conditions[byType] : undefined;
  return agreed ?? (isReturn ? customerReturns : 'sellable');
}

/** A partner's word for a state. @throws Unclear `content_invalid`, naming the word. */
export function conditionOf(word: string, profile: Profile, where: string): StockState {
  const { conditions } = profile.meaning;
  const state = Object.hasOwn(conditions, word) ? conditions[word] : undefined;
  if (state) return state;
  throw new Unclear(
    'content_invalid',
    `${where}: ${JSON.stringify(word)} is no state here; add it to meaning.conditions`,
  );
}

function adjustedBy(
  given: Quantity,
  direction: 'increase' | 'decrease' | 'signed',
  line: Line,
  profile: Profile,
  where: string,
): Quantity {
  const signed = line.transactionType === DECREASE_TRANSACTION ? negated(sizeOf(given)) : given;
  switch (direction) {
    case 'signed':
      return signed;
    case 'decrease':
      // Partners write a decrease with either sign; both mean that it is gone.
      return negated(sizeOf(given));
    case 'increase':
      return forwardOf(signed, line, profile, where);
  }
}

/** A code that adds or moves, with a quantity that takes off: who is right is the profile's to say, else a person's. */
function forwardOf(given: Quantity, line: Line, profile: Profile, where: string): Quantity {
  if (given >= 0n) return given;
  switch (profile.meaning.adjustmentSign) {
    case 'code':
      return negated(given);
    case 'quantity':
      return given;
    case 'both-negative-ok':
    case undefined:
      throw new Unclear(
        'content_invalid',
        `${where}: reason ${line.reason} and the quantity ${quantityText(given)} contradict each other; say in meaning.adjustmentSign which one counts`,
      );
  }
}
