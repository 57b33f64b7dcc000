// What a refused batch means for each of its items. Square refuses a batch as a whole, so nothing was done: the item it
// names is to blame, and the others come again without it.
import { StockbridgeError } from '../../core/errors.ts';
import { plainTextOf } from '../../core/vocabulary/text.ts';
import type { PushAnswer, PushItem, Reading } from '../contract.ts';
import type { VendorError } from './wire.ts';

/** Refusals of the request as such: no item is to blame, and without a person every batch would meet the same. */
const REQUEST_CODES: ReadonlySet<string> = new Set([
  'IDEMPOTENCY_KEY_REUSED',
  'API_VERSION_INCOMPATIBLE',
  'INVALID_SQUARE_VERSION_FORMAT',
]);

export interface RefusalContext {
  /** An item's place in the request, or -1 when it was not part of it. */
  changeIndexOf(item: PushItem): number;
  /** What Square says about the items now; asked only when the refusal names none. */
  read(): Promise<readonly Reading[]>;
}

/**
 * Answers per item, in order.
 * @throws StockbridgeError vendor_rejected when the request as such is refused.
 */
export async function refusalAnswers(
  errors: readonly VendorError[],
  items: readonly PushItem[],
  changeCount: number,
  context: RefusalContext,
): Promise<readonly PushAnswer[]> {
  const whole = errors.find(({ code }) => REQUEST_CODES.has(code));
  if (whole !== undefined)
    throw new StockbridgeError('vendor_rejected', `Square refuses the push: ${sentenceOf(whole)}`);
  // Our clock ran ahead of Square's, or the batch grew old on its way; a new one carries a new time.
  const badTime = errors.find(({ code }) => code === 'INVALID_TIME');
  if (badTime !== undefined) return items.map(() => again(sentenceOf(badTime)));
  const blamed = new Map(
    errors.flatMap((error) => indexIn(error.field).map((index) => [index, error] as const)),
  );
  if (blamed.size > 0 || changeCount === 1) {
    return items.map((item) => {
      const index = context.changeIndexOf(item);
      const error = blamed.get(index) ?? (changeCount === 1 && index === 0 ? errors[0] : undefined);
      return error === undefined
        ? again('another item of the batch was refused')
        : rejected(sentenceOf(error));
    });
  }
  return answersByReading(errors, items, await context.read());
}

function answersByReading(
  errors: readonly VendorError[],
  items: readonly PushItem[],
  readings: readonly Reading[],
): readonly PushAnswer[] {
  const isExplained = readings.some(({ outcome }) => outcome !== 'read');
  const sentence = errors.map(sentenceOf).join('; ');
  return items.map((_, index) => {
    const reading = readings[index];
    if (reading !== undefined && reading.outcome !== 'read') return rejected(reading.reason);
    return isExplained ? again('another item of the batch was refused') : rejected(sentence);
  });
}

const indexIn = (field: string | null | undefined): readonly number[] => {
  const match = /^changes\[(\d+)\]/.exec(field ?? '');
  return match === null ? [] : [Number(match[1])];
};

const sentenceOf = ({ code, detail, field }: VendorError): string =>
  plainTextOf([code, detail, field && `(${field})`].filter(Boolean).join(' '), 300);

const again = (reason: string): PushAnswer => ({ outcome: 'retry', reason });
const rejected = (reason: string): PushAnswer => ({ outcome: 'rejected', reason });
