// The stock-changing mutations with the rules they obey at run time: idempotency keys, compare-and-set, limits.
// All rows of a request are judged before any is applied; whether the vendor rejects a whole batch for one bad row
// is unverified, and rejecting it is the harder case for a caller.
import { type GraphQLResolveInfo, type GraphQLSchema, getDirectiveValues } from 'graphql';
import { isStateName, quantityOf, type StoredState } from '../shop/book.ts';
import { type ActivateInput, activate } from './activation.ts';
import { apiError } from './errors.ts';
import { type Answer, applyAll, judge, type Row, type UserError } from './inventory-rules.ts';
import { type Arguments, answer, type Context } from './schema.ts';

type SetInput = {
  name: string;
  reason: string;
  referenceDocumentUri?: string | null;
  quantities: {
    inventoryItemId: string;
    locationId: string;
    quantity: number;
    changeFromQuantity?: number | null;
  }[];
};
type AdjustInput = {
  name: string;
  reason: string;
  referenceDocumentUri?: string | null;
  changes: {
    inventoryItemId: string;
    locationId: string;
    delta: number;
    changeFromQuantity?: number | null;
    ledgerDocumentUri?: string | null;
  }[];
};

const maxRows = 250;

export function answerInventoryMutations(schema: GraphQLSchema): void {
  answer<unknown>(schema, 'Mutation', {
    inventorySetQuantities: (_root, args, context, info) => {
      const { input } = args as Arguments & { input: SetInput };
      return once(
        args,
        context,
        info,
        (code) => userErrors(code),
        () => setQuantities(context, input),
      );
    },
    inventoryAdjustQuantities: (_root, args, context, info) => {
      const { input } = args as Arguments & { input: AdjustInput };
      return once(
        args,
        context,
        info,
        (code) => userErrors(code),
        () => adjustQuantities(context, input),
      );
    },
    inventoryActivate: (_root, args, context, info) => {
      const input = args as Arguments & ActivateInput;
      // Its user errors carry no code field, so a key conflict can only be read from the text.
      const refuse = (code: string) => ({
        inventoryLevel: null,
        userErrors: [{ field: null, message: code }],
      });
      return once(args, context, info, refuse, () => activate(context.shop, input));
    },
  });
}

const userErrors = (code: string) => ({
  inventoryAdjustmentGroup: null,
  userErrors: [{ code, field: null, message: `The idempotency key cannot be used: ${code}` }],
});

/**
 * Runs a mutation at most once per key. The key is required at run time, not by the schema. A first answer with
 * user errors is replayed like any other; the vendor may answer IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED there instead.
 */
async function once(
  args: Arguments,
  context: Context,
  info: GraphQLResolveInfo,
  refuse: (code: string) => unknown,
  run: () => unknown,
): Promise<unknown> {
  const key = keyOf(info);
  const body = JSON.stringify(args);
  const lookup = context.keys.look(key, info.fieldName, body);
  if (lookup.outcome === 'replay') return lookup.answer;
  if (lookup.outcome === 'concurrent') return refuse('IDEMPOTENCY_CONCURRENT_REQUEST');
  if (lookup.outcome === 'mismatch') return refuse('IDEMPOTENCY_KEY_PARAMETER_MISMATCH');
  context.keys.begin(key, body);
  let result: unknown;
  try {
    if (context.mutationLatencyMs > 0)
      await new Promise((done) => setTimeout(done, context.mutationLatencyMs));
    result = run();
    return result;
  } finally {
    context.keys.end(key, info.fieldName, body, result);
  }
}

/** The exact text and code the vendor answers without a key are unknown; callers must not match on them. */
function keyOf(info: GraphQLResolveInfo): string {
  const directive = info.schema.getDirective('idempotent');
  const node = info.fieldNodes[0];
  const values = directive && node ? getDirectiveValues(directive, node, info.variableValues) : undefined;
  const key = values?.key;
  if (typeof key !== 'string' || key.trim() === '' || key.length > 255) {
    throw apiError('BAD_REQUEST', `The @idempotent directive with a key is required on ${info.fieldName}`);
  }
  return key;
}

/** Null skips the comparison, leaving it out does not: the field is nullable in the schema but required here. */
function requireComparison(rows: readonly object[], listName: string): void {
  if (rows.length > maxRows) {
    throw apiError(
      'MAX_INPUT_SIZE_EXCEEDED',
      `The input array size of ${rows.length} is greater than the maximum allowed of ${maxRows}.`,
    );
  }
  rows.forEach((row, index) => {
    if (!('changeFromQuantity' in row)) {
      throw apiError(
        'BAD_REQUEST',
        `input.${listName}[${index}].changeFromQuantity must be given; null skips the comparison`,
      );
    }
  });
}

const duplicatePair = {
  code: 'NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR',
  message: 'The combination of inventory item and location must be unique.',
};

function setQuantities(context: Context, input: SetInput): Answer {
  requireComparison(input.quantities, 'quantities');
  const errors: UserError[] = [];
  const { name } = input;
  if (name !== 'available' && name !== 'on_hand') {
    return refused([
      {
        code: 'INVALID_NAME',
        field: ['input', 'name'],
        message: 'The quantity name must be available or on_hand.',
      },
    ]);
  }
  const rows = judge(context.shop, input, 'quantities', input.quantities, errors);
  const seen = new Set<string>();
  input.quantities.forEach(({ quantity, inventoryItemId, locationId }, index) => {
    const pair = `${inventoryItemId}|${locationId}`;
    if (seen.has(pair)) errors.push({ ...duplicatePair, field: ['input', 'quantities', String(index)] });
    seen.add(pair);
    const field = ['input', 'quantities', String(index), 'quantity'];
    if (quantity < 0)
      errors.push({ code: 'INVALID_QUANTITY_NEGATIVE', field, message: "The quantity can't be negative." });
    if (quantity > 1e9)
      errors.push({
        code: 'INVALID_QUANTITY_TOO_HIGH',
        field,
        message: "The quantity can't be higher than 1,000,000,000.",
      });
  });
  compareAll(rows, name, input.quantities, 'quantities', errors);
  if (errors.length > 0) return refused(errors);
  const deltas = rows.map((row, index) => (input.quantities[index]?.quantity ?? 0) - currentOf(row, name));
  // Setting on_hand moves available by the same difference: committed and the rest are not the caller's to change.
  return applyAll(context.shop, input, rows, deltas, 'available');
}

/** committed is read-only and on_hand has no delta; the vendor does not list the names it accepts. */
const adjustable: ReadonlySet<string> = new Set([
  'available',
  'reserved',
  'damaged',
  'safety_stock',
  'quality_control',
  'incoming',
]);

function adjustQuantities(context: Context, input: AdjustInput): Answer {
  requireComparison(input.changes, 'changes');
  const { name } = input;
  if (!adjustable.has(name) || !isStateName(name)) {
    return refused([
      {
        code: 'INVALID_QUANTITY_NAME',
        field: ['input', 'name'],
        message: 'The specified quantity name is invalid.',
      },
    ]);
  }
  const errors: UserError[] = [];
  const rows = judge(context.shop, input, 'changes', input.changes, errors);
  input.changes.forEach((change, index) => {
    const path = ['input', 'changes', String(index)];
    const document = documentError(name, change.ledgerDocumentUri);
    if (document)
      errors.push({
        code: document,
        field: [...path, 'ledgerDocumentUri'],
        message: 'The ledger document URI is not acceptable.',
      });
    if (change.delta > 2e9)
      errors.push({
        code: 'INVALID_QUANTITY_TOO_HIGH',
        field: [...path, 'delta'],
        message: 'The delta is too high.',
      });
    if (change.delta < -2e9)
      errors.push({
        code: 'INVALID_QUANTITY_TOO_LOW',
        field: [...path, 'delta'],
        message: 'The delta is too low.',
      });
  });
  compareAll(rows, name, input.changes, 'changes', errors);
  if (errors.length > 0) return refused(errors);
  const deltas = input.changes.map((change) => change.delta);
  return applyAll(context.shop, input, rows, deltas, name as StoredState, input.changes);
}

/** A document names why stock is in a state; `available` takes none, every other state needs one. */
function documentError(name: string, uri: string | null | undefined): string | undefined {
  if (name === 'available') return uri == null ? undefined : 'INVALID_AVAILABLE_DOCUMENT';
  if (uri == null) return 'INVALID_QUANTITY_DOCUMENT';
  return uri.startsWith('gid://shopify/') ? 'INTERNAL_LEDGER_DOCUMENT' : undefined;
}

const currentOf = (row: Row, name: 'available' | 'on_hand' | StoredState): number =>
  row.level ? quantityOf(row.level, name) : 0;

function compareAll(
  rows: readonly Row[],
  name: 'available' | 'on_hand' | StoredState,
  inputs: readonly { changeFromQuantity?: number | null }[],
  listName: string,
  errors: UserError[],
): void {
  rows.forEach((row, index) => {
    const expected = inputs[index]?.changeFromQuantity;
    if (expected == null || currentOf(row, name) === expected) return;
    errors.push({
      code: 'CHANGE_FROM_QUANTITY_STALE',
      field: ['input', listName, String(index), 'changeFromQuantity'],
      message: 'The changeFromQuantity argument no longer matches the persisted quantity.',
    });
  });
}

const refused = (errors: UserError[]): Answer => ({ inventoryAdjustmentGroup: null, userErrors: errors });
