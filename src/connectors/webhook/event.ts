// The document that any till, shop or script can send: one event, or several in `{"events": […]}`.
// Strict on purpose: a field that nobody reads is a misunderstanding, and it is said at once instead of lost.
import { z } from 'zod';
import { instantSchema } from '../../core/vocabulary/instant.ts';
import { isQuantityText, quantityFrom, quantityText } from '../../core/vocabulary/quantity.ts';
import { plainText } from '../../core/vocabulary/text.ts';
import { STOCK_STATES } from '../../core/vocabulary/words.ts';

/** Refuses unknown fields and says which ones exist. */
const strict = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return undefined;
      const unknown = (issue.keys ?? []).map((key) => JSON.stringify(String(key).slice(0, 60))).join(', ');
      return `unknown field ${unknown}; remove it, or use one of ${Object.keys(shape).join(', ')}`;
    },
  });

const decimal = z
  .union([z.string().max(40), z.int()], {
    error: 'must be a decimal as JSON string such as "1.5", or an integer',
  })
  .transform((value, context): string => {
    const text = String(value);
    if (isQuantityText(text)) return quantityText(quantityFrom(text));
    context.addIssue('must be a decimal with at most 15 digits before and 6 after the point, such as "1.5"');
    return z.NEVER;
  });

const above = decimal.refine(
  (text) => quantityFrom(text) > 0n,
  'must be above zero; the type says the direction',
);
const zeroOrMore = decimal.refine((text) => quantityFrom(text) >= 0n, 'must be zero or more');
const signed = decimal.refine(
  (text) => quantityFrom(text) !== 0n,
  'must not be zero; negative takes stock away',
);

const state = z.enum(STOCK_STATES, { error: `must be one of ${STOCK_STATES.join(', ')}` });
const location = plainText(100).describe(
  'Your id of the location; it is bound to a location of the hub once.',
);

const item = {
  listing: plainText(200).optional().describe('Your id of the article. Either this or `sku` is needed.'),
  sku: plainText(200).optional().describe('The item’s SKU, when you have no ids of your own.'),
  unit: plainText(40).optional().describe('Unit of the quantity, when it is not the article’s own.'),
};
const lineId = {
  line: plainText(100)
    .optional()
    .describe('Your id of the line within the document; default its position, from 1.'),
};
const lot = { lot: plainText(100).optional().describe('Lot or batch of the goods.') };

const named = <Line extends z.ZodType<{ listing?: string | undefined; sku?: string | undefined }>>(
  line: Line,
) =>
  line.refine(({ listing, sku }) => listing !== undefined || sku !== undefined, 'needs a listing or a sku');

const stocked = (quantity: typeof above, what: string) =>
  named(
    strict({
      ...lineId,
      ...item,
      quantity: quantity.describe(what),
      location,
      state: state.optional().describe('State of the stock there; default `sellable`.'),
      ...lot,
    }),
  );

const lines = <Line extends z.ZodType<{ line?: string | undefined }>>(line: Line, least: number) =>
  z
    .array(line)
    .min(least, 'must have at least one line')
    .max(1000, 'must have at most 1000 lines; split the document')
    .superRefine((all, context) => {
      const ids = all.map((entry, index) => entry.line ?? String(index + 1));
      const twice = ids.findIndex((id, index) => ids.indexOf(id) !== index);
      if (twice >= 0)
        context.addIssue({ code: 'custom', path: [twice, 'line'], message: 'is used by an earlier line' });
    })
    .describe('The lines of the document.');

const head = {
  id: plainText(150).describe('Your id of the event; the same on every repetition.'),
  occurredAt: instantSchema.describe(
    'When it happened, ISO 8601 with zone; the same on every repetition. What is dated ahead is held for a person.',
  ),
  document: plainText(150).describe(
    'Your id of the receipt, order or count. Document, type and line make a fact one fact.',
  ),
  reference: plainText(200).optional().describe('Another number to show and to search by.'),
};

const quantityAbove = 'How much, above zero: a decimal as JSON string, or an integer.';
const transferLine = named(
  strict({
    ...lineId,
    ...item,
    quantity: above.describe(quantityAbove),
    location: location.describe('Where it left.'),
    toLocation: location.describe('Where it arrived.'),
    state: state.optional().describe('State of the stock; default `sellable`.'),
    ...lot,
  }),
).refine((line) => line.location !== line.toLocation, {
  path: ['toLocation'],
  message: 'must differ from location',
});
const statusLine = named(
  strict({
    ...lineId,
    ...item,
    quantity: above.describe(quantityAbove),
    location,
    state: state.default('sellable').describe('State before; default `sellable`.'),
    toState: state.describe('State afterwards.'),
    ...lot,
  }),
).refine((line) => line.state !== line.toState, { path: ['toState'], message: 'must differ from state' });
const reservationLine = named(
  strict({ ...lineId, ...item, quantity: above.describe('How much is still open, above zero.'), location }),
);
const levelLine = named(
  strict({
    ...lineId,
    ...item,
    quantity: decimal.describe('What you hold; may be negative when you have oversold.'),
    location,
  }),
);

const moved = stocked(above, quantityAbove);
const event = z.discriminatedUnion(
  'type',
  [
    strict({ ...head, type: z.literal('sale'), lines: lines(moved, 1) }),
    strict({ ...head, type: z.literal('return'), lines: lines(moved, 1) }),
    strict({ ...head, type: z.literal('receipt'), lines: lines(moved, 1) }),
    strict({
      ...head,
      type: z.literal('adjustment'),
      lines: lines(stocked(signed, 'By how much, not zero; negative takes stock away.'), 1),
    }),
    strict({ ...head, type: z.literal('transfer'), lines: lines(transferLine, 1) }),
    strict({ ...head, type: z.literal('count'), lines: lines(countLine(), 1) }),
    strict({ ...head, type: z.literal('status_change'), lines: lines(statusLine, 1) }),
    strict({
      ...head,
      type: z.literal('reservation'),
      version: z
        .int()
        .min(0)
        .optional()
        .describe('Grows with every change of the order; default the microseconds of `occurredAt`.'),
      lines: lines(reservationLine, 0).describe(
        'Everything of the order that is still open; empty releases it all.',
      ),
    }),
    strict({
      ...head,
      type: z.literal('level'),
      basis: z
        .enum(['available', 'on_hand'])
        .default('available')
        .describe('What the quantities are: for sale, or on the shelf.'),
      lines: lines(levelLine, 1),
    }),
  ],
  {
    error: (issue) =>
      issue.code === 'invalid_union'
        ? 'must be sale, return, receipt, adjustment, transfer, count, status_change, reservation or level'
        : undefined,
  },
);

/** A count asserts; it has no lot-free shortcut and no direction. */
function countLine() {
  return named(
    strict({
      ...lineId,
      ...item,
      quantity: zeroOrMore.describe('What was counted, zero or more.'),
      location,
      state: state.optional().describe('State that was counted; default `sellable`.'),
    }),
  );
}

export const singleEventSchema = event;
export const batchSchema = strict({
  events: z
    .array(event)
    .min(1, 'must have at least one event')
    .max(1000, 'must have at most 1000 events')
    .describe('Events, in any order.'),
});

/** What a delivery may hold: one event, or several; published as JSON Schema. */
export const eventSchema = z.union([singleEventSchema, batchSchema]);

export type CanonicalEvent = z.output<typeof singleEventSchema>;
