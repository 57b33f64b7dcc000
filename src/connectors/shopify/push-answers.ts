// What Shopify's answer to a push means for each of its rows. Pure. Nothing is ever called applied that Shopify
// did not say it applied; a code that nobody knows means: read again and try later.
import { z } from 'zod';
import { StockbridgeError } from '../../core/errors.ts';
import { plainTextOf } from '../../core/vocabulary/text.ts';
import type { PushAnswer, PushBatch, PushTarget } from '../contract.ts';
import { targetKey } from './levels.ts';

const setQuantities = z.object({
  inventoryAdjustmentGroup: z
    .object({
      changes: z.array(
        z.object({
          item: z.object({ id: z.string() }).nullable(),
          location: z.object({ id: z.string() }).nullable(),
        }),
      ),
    })
    .nullable(),
  userErrors: z.array(
    z.object({
      code: z.string().nullable(),
      field: z.array(z.string()).nullable(),
      message: z.string(),
    }),
  ),
});
export const setQuantitiesAnswer = z.object({ inventorySetQuantities: setQuantities });

type SetQuantities = z.infer<typeof setQuantities>;
type UserError = SetQuantities['userErrors'][number];

const OUTCOMES: Readonly<Record<string, 'stale' | 'rejected'>> = {
  CHANGE_FROM_QUANTITY_STALE: 'stale',
  COMPARE_QUANTITY_STALE: 'stale',
  COMPARE_QUANTITY_REQUIRED: 'rejected',
  INVALID_INVENTORY_ITEM: 'rejected',
  INVALID_LOCATION: 'rejected',
  NON_MUTABLE_INVENTORY_ITEM: 'rejected',
  INVALID_NAME: 'rejected',
  INVALID_REASON: 'rejected',
  INVALID_REFERENCE_DOCUMENT: 'rejected',
  INVALID_QUANTITY_NEGATIVE: 'rejected',
  INVALID_QUANTITY_TOO_HIGH: 'rejected',
  INVALID_QUANTITY_TOO_LOW: 'rejected',
  NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR: 'rejected',
  IDEMPOTENCY_KEY_PARAMETER_MISMATCH: 'rejected',
};

/** Nothing can be said of the batch yet: the same key has to come again. */
const COME_AGAIN = new Set(['IDEMPOTENCY_CONCURRENT_REQUEST', 'SERVICE_UNAVAILABLE']);

/** One answer per row, in order. @throws StockbridgeError `vendor_throttled` when the same key must be sent again. */
export function answersOf(batch: PushBatch, answer: SetQuantities): readonly PushAnswer[] {
  const { userErrors } = answer;
  if (userErrors.length === 0) return batch.items.map(() => ({ outcome: 'applied' }));
  const wait = userErrors.find((error) => error.code !== null && COME_AGAIN.has(error.code));
  if (wait !== undefined) {
    throw new StockbridgeError('vendor_throttled', `Shopify is still busy with this batch (${wait.code})`, {
      details: { key: batch.key },
      retryAfterMs: 2_000,
    });
  }
  const changed = new Set(
    (answer.inventoryAdjustmentGroup?.changes ?? []).flatMap(({ item, location }) =>
      item === null || location === null ? [] : [targetKey({ listing: item.id, location: location.id })],
    ),
  );
  const byRow = new Map(userErrors.map((error) => [rowOf(error), error]));
  return batch.items.map((item, row) => answerOf(item, byRow.get(row) ?? byRow.get(undefined), changed));
}

/**
 * A row without an error of its own shared the call with a bad one. Whether Shopify applies such a row is not known;
 * what it lists as changed it did apply, and the rest is read and computed anew, which is safe for absolute numbers.
 */
function answerOf(item: PushTarget, error: UserError | undefined, changed: ReadonlySet<string>): PushAnswer {
  if (error !== undefined) return { outcome: outcomeOf(error), reason: reasonOf(error) };
  if (changed.has(targetKey(item))) return { outcome: 'applied' };
  return { outcome: 'retry', reason: 'another row of the same call was refused' };
}

const outcomeOf = ({ code }: UserError): 'stale' | 'rejected' | 'retry' => OUTCOMES[code ?? ''] ?? 'retry';

function reasonOf({ code, message }: UserError): string {
  const text = plainTextOf(`${code ?? 'no code'}: ${message}`, 300);
  return code === 'IDEMPOTENCY_KEY_PARAMETER_MISMATCH'
    ? `${text} (a fault of Stockbridge: one key was sent with two bodies; please report it)`
    : text;
}

/** `["input", "quantities", "3", …]` names row 3; anything else concerns the whole call. */
function rowOf({ field }: UserError): number | undefined {
  const at = field?.indexOf('quantities') ?? -1;
  const digits = at < 0 ? undefined : field?.[at + 1];
  return digits !== undefined && /^\d+$/.test(digits) ? Number(digits) : undefined;
}
