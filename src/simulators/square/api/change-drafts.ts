// Turns the body of `changes/batch-create` into drafts, or refuses it with Square's codes and the path of the field.
// One bad change refuses the whole request (unverified, and the stricter reading). Touches no book.

import type { AdjustmentDraft, Draft, PhysicalCountDraft, Source } from '../stock/book.ts';
import type { Catalog } from '../stock/catalog.ts';
import { type Instant, instantOf, instantText, type Quantity, quantityOf } from '../stock/scalars.ts';
import {
  isReason,
  isState,
  isWritableReason,
  isWritableTransition,
  type Reason,
  type State,
} from '../stock/states.ts';
import { SquareError } from './refusals.ts';

/** From the official client's documentation of BatchChangeInventoryRequest. */
const MAX_CHANGES = 100;
const MAX_REFERENCE_LENGTH = 255;
const MAX_QUANTITY_LENGTH = 26;
const DAY_NS = 24n * 3_600_000_000_000n;

type Body = Record<string, unknown>;

export interface DraftContext {
  catalog: Catalog;
  /** The instant of the request. */
  now: Instant;
  source: Source;
}

/** Returns one draft per change; throws SquareError naming the first field that is wrong. */
export function draftsOf(changes: unknown, context: DraftContext): Draft[] {
  if (!Array.isArray(changes)) throw new SquareError('EXPECTED_ARRAY', 'Expected an array.', 'changes');
  if (changes.length === 0) throw new SquareError('ARRAY_EMPTY', 'There is nothing to change.', 'changes');
  if (changes.length > MAX_CHANGES) {
    throw new SquareError('ARRAY_LENGTH_TOO_LONG', `At most ${MAX_CHANGES} changes are allowed.`, 'changes');
  }
  return changes.map((change, index) =>
    draftOf(objectAt(change, `changes[${index}]`), `changes[${index}]`, context),
  );
}

function draftOf(change: Body, path: string, context: DraftContext): Draft {
  if (change.type === 'ADJUSTMENT') {
    return adjustmentOf(objectAt(change.adjustment, `${path}.adjustment`), `${path}.adjustment`, context);
  }
  if (change.type === 'PHYSICAL_COUNT') {
    return physicalCountOf(
      objectAt(change.physical_count, `${path}.physical_count`),
      `${path}.physical_count`,
      context,
    );
  }
  if (change.type === undefined) throw missing(`${path}.type`);
  // TRANSFER was retired with version 2026-07-15 and is refused like any unknown type.
  throw new SquareError(
    'INVALID_ENUM_VALUE',
    `\`${String(change.type)}\` is no type of change.`,
    `${path}.type`,
  );
}

function adjustmentOf(body: Body, path: string, context: DraftContext): AdjustmentDraft {
  if (body.location_id !== undefined) {
    throw new SquareError(
      'UNKNOWN_BODY_PARAMETER',
      'Use from_location_id and to_location_id.',
      `${path}.location_id`,
    );
  }
  const facts = factsOf(body, path, context);
  if (facts.quantity === 0n)
    throw new SquareError('VALUE_TOO_LOW', 'Must be above zero.', `${path}.quantity`);
  const fromState = stateAt(body.from_state, `${path}.from_state`);
  const toState = stateAt(body.to_state, `${path}.to_state`);
  // Whether one of the two locations may be left out is unverified; a missing one is taken to equal the other.
  const fromLocationId = locationAt(
    body.from_location_id ?? body.to_location_id,
    `${path}.from_location_id`,
    context,
  );
  const toLocationId = locationAt(
    body.to_location_id ?? body.from_location_id,
    `${path}.to_location_id`,
    context,
  );
  if (!isWritableTransition(fromState, toState, fromLocationId === toLocationId)) {
    throw new SquareError(
      'INVALID_VALUE',
      `Cannot move from ${fromState} to ${toState}.`,
      `${path}.to_state`,
    );
  }
  const reason = reasonAt(body.reason_id, `${path}.reason_id`, toState === 'IN_STOCK');
  return { type: 'ADJUSTMENT', ...facts, fromState, toState, fromLocationId, toLocationId, reason };
}

function physicalCountOf(body: Body, path: string, context: DraftContext): PhysicalCountDraft {
  const facts = factsOf(body, path, context);
  const state = stateAt(body.state, `${path}.state`);
  // Which states may be counted is unverified; the seller's own apps count stock in hand.
  if (state !== 'IN_STOCK') {
    throw new SquareError('INVALID_VALUE', `The state ${state} cannot be counted.`, `${path}.state`);
  }
  const locationId = locationAt(body.location_id, `${path}.location_id`, context);
  return { type: 'PHYSICAL_COUNT', ...facts, state, locationId };
}

function factsOf(body: Body, path: string, { catalog, now, source }: DraftContext) {
  const variationId = textAt(body.catalog_object_id, `${path}.catalog_object_id`);
  if (catalog.variationById(variationId) === undefined) {
    throw new SquareError('NOT_FOUND', `No item variation \`${variationId}\`.`, `${path}.catalog_object_id`);
  }
  const referenceId =
    body.reference_id === undefined || body.reference_id === null
      ? undefined
      : textAt(body.reference_id, `${path}.reference_id`);
  if (referenceId !== undefined && referenceId.length > MAX_REFERENCE_LENGTH) {
    throw new SquareError(
      'VALUE_TOO_LONG',
      `At most ${MAX_REFERENCE_LENGTH} characters.`,
      `${path}.reference_id`,
    );
  }
  const quantity = quantityAt(body.quantity, `${path}.quantity`);
  const occurredAt = occurredAtOf(body.occurred_at, `${path}.occurred_at`, now);
  return { variationId, referenceId, quantity, occurredAt, source };
}

/** No allowance for clocks that differ: whether Square grants one is unverified. */
function occurredAtOf(value: unknown, field: string, now: Instant): Instant {
  const instant = instantOf(textAt(value, field));
  if (instant === undefined) throw new SquareError('INVALID_TIME', 'Expected an RFC 3339 timestamp.', field);
  if (instant > now) {
    throw new SquareError('INVALID_TIME', `Is in the future; it is ${instantText(now)}.`, field);
  }
  if (now - instant > DAY_NS) throw new SquareError('INVALID_TIME', 'Is older than 24 hours.', field);
  return instant;
}

function quantityAt(value: unknown, field: string): Quantity {
  const text = textAt(value, field);
  if (text.length > MAX_QUANTITY_LENGTH) {
    throw new SquareError('VALUE_TOO_LONG', `At most ${MAX_QUANTITY_LENGTH} characters.`, field);
  }
  const quantity = quantityOf(text);
  if (quantity === undefined) {
    throw new SquareError('INVALID_VALUE', 'Expected a decimal number with at most 5 places.', field);
  }
  if (quantity < 0n) throw new SquareError('VALUE_TOO_LOW', 'Must not be negative.', field);
  return quantity;
}

function reasonAt(value: unknown, field: string, raises: boolean): Reason | undefined {
  if (value === undefined || value === null) return undefined;
  const type = textAt(objectAt(value, field).type, `${field}.type`);
  if (type === 'CUSTOM') throw new SquareError('NOT_FOUND', 'The seller has no custom reasons.', field);
  if (!isReason(type))
    throw new SquareError('INVALID_ENUM_VALUE', `\`${type}\` is no reason.`, `${field}.type`);
  if (!isWritableReason(type, raises)) {
    throw new SquareError('INVALID_VALUE', `${type} cannot be given to this change.`, `${field}.type`);
  }
  return type;
}

function stateAt(value: unknown, field: string): State {
  const text = textAt(value, field);
  if (!isState(text))
    throw new SquareError('INVALID_ENUM_VALUE', `\`${text}\` is no inventory state.`, field);
  return text;
}

function locationAt(value: unknown, field: string, { catalog }: DraftContext): string {
  const id = textAt(value, field);
  const location = catalog.locationById(id);
  if (location === undefined) throw new SquareError('NOT_FOUND', `No location \`${id}\`.`, field);
  if (location.status !== 'ACTIVE')
    throw new SquareError('INVALID_VALUE', `Location \`${id}\` is inactive.`, field);
  return id;
}

function textAt(value: unknown, field: string): string {
  if (value === undefined || value === null) throw missing(field);
  if (typeof value !== 'string') throw new SquareError('EXPECTED_STRING', 'Expected a string.', field);
  if (value === '') throw new SquareError('VALUE_EMPTY', 'Must not be empty.', field);
  return value;
}

function objectAt(value: unknown, field: string): Body {
  if (value === undefined || value === null) throw missing(field);
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new SquareError('EXPECTED_OBJECT', 'Expected an object.', field);
  }
  return value as Body;
}

const missing = (field: string): SquareError =>
  new SquareError('MISSING_REQUIRED_PARAMETER', `Missing required parameter.`, field);
