// What was said about cost, in our words: the shape of each kind of document, its key and its fingerprint. Amounts are exact
// decimal text, checked against the places of their currency. Nothing here knows what follows from a document.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { derivedKey } from '../ledger/movement.ts';
import { type Instant, instantSchema, microsOf } from '../vocabulary/instant.ts';
import { CURRENCY, exponentOf } from '../vocabulary/money.ts';
import { plainText } from '../vocabulary/text.ts';

const DECIMAL = /^(-?)0*(\d{1,15})(?:\.(\d{1,12}))?$/;

/** Decimal text in its shortest form, so that `12.50` and `12.5` are one content; `places` at most. */
const decimal = (places: number) =>
  z
    .string()
    .refine((text) => DECIMAL.test(text), 'must be a decimal such as 12.50')
    .transform((text) => {
      const [, sign = '', whole = '0', fraction = ''] = DECIMAL.exec(text) ?? [];
      const digits = fraction.replace(/0+$/, '');
      const shortest = `${whole}${digits === '' ? '' : `.${digits}`}`;
      return shortest === '0' ? '0' : `${sign}${shortest}`;
    })
    .refine((text) => placesOf(text) <= places, `must have at most ${places} decimal places`);

const placesOf = (text: string): number => text.split('.')[1]?.length ?? 0;
const isPositive = (text: string): boolean => text !== '0' && !text.startsWith('-');

export const currencySchema = z.string().regex(CURRENCY, 'must be a currency code such as EUR');
/** An amount of a currency named beside it; may be negative. */
export const amountSchema = decimal(4);
/** What one base unit costs. */
export const unitCostSchema = decimal(6).refine((text) => !text.startsWith('-'), 'must not be below zero');
/** Units of the company's currency for one of another. */
export const rateSchema = decimal(12).refine(isPositive, 'must be above zero');
const quantity = decimal(6);
const positiveQuantity = quantity.refine(isPositive, 'must be above zero');
const percent = decimal(6).refine(
  (text) => !text.startsWith('-') && Number(text) <= 100,
  'must be from 0 to 100',
);

const itemId = z.int().positive();
const reference = plainText(300);
const number = plainText(200);

/** The content's `amount`s have no more places than its currency has. */
const inPlacesOf = (
  content: { readonly currency: string },
  amounts: readonly string[],
  context: z.RefinementCtx,
): void => {
  const places = exponentOf(content.currency);
  if (amounts.some((amount) => placesOf(amount) > places))
    context.addIssue(`${content.currency} has ${places} decimal places`);
};

const expectedCost = z.object({ itemId, unitCost: unitCostSchema, currency: currencySchema.optional() });
const revaluation = z.object({ itemId, unitCost: unitCostSchema });
const writeDown = z.object({ itemId, netRealisable: unitCostSchema });

const billLine = z.object({
  itemId,
  /** The receipt or purchase order: a movement's reference or document. */
  reference,
  /** Base units; below zero in a supplier's credit note, zero when only the price changes. */
  quantity,
  /** Of all of them, in the bill's currency. */
  amount: amountSchema,
});

const bill = z
  .object({
    number,
    supplier: plainText(200),
    currency: currencySchema,
    /** Absent: the rate of the bill's own time. */
    rate: rateSchema.optional(),
    lines: z.array(billLine).min(1).max(5000),
  })
  .superRefine((content, context) =>
    inPlacesOf(
      content,
      content.lines.map(({ amount }) => amount),
      context,
    ),
  );

export const LANDED_BASES = ['quantity', 'value', 'weight', 'volume'] as const;
/** What a landed cost is divided by. */
export type LandedBasis = (typeof LANDED_BASES)[number];
export const LANDED_ROLES = ['landed_clearing', 'payable'] as const;

const landedCost = z
  .object({
    number,
    amount: amountSchema,
    currency: currencySchema,
    rate: rateSchema.optional(),
    by: z.enum(LANDED_BASES),
    /** References of the receipts it is for. */
    receipts: z.array(reference).min(1).max(1000),
    role: z.enum(LANDED_ROLES),
  })
  .superRefine((content, context) => inPlacesOf(content, [content.amount], context));

const exchangeRate = z.object({ currency: currencySchema, rate: rateSchema });

const productionOrder = z.object({
  reference,
  /** What it is to make; absent: not known. */
  planned: z
    .array(z.object({ itemId, quantity: positiveQuantity }))
    .min(1)
    .optional(),
  /** Labour and overhead in the company's currency: once for the order, or for each base unit it makes (of one item). */
  absorption: z
    .array(
      z.union([
        z.object({ amount: amountSchema }),
        z.object({ perUnit: unitCostSchema, itemId: itemId.optional() }),
      ]),
    )
    .default([]),
  byProducts: z
    .array(z.union([z.object({ itemId, share: percent }), z.object({ itemId, unitValue: unitCostSchema })]))
    .default([]),
  closedAt: instantSchema.optional(),
});

// Lower case, as the database prints it: a key read back must equal the key given.
const key = z.uuid().toLowerCase();
const base = { key, document: plainText(300), effectiveAt: instantSchema };

export const costDocumentSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('expected_cost'), ...base, content: expectedCost }),
  z.object({ kind: z.literal('revaluation'), ...base, content: revaluation }),
  z.object({ kind: z.literal('write_down'), ...base, content: writeDown }),
  z.object({ kind: z.literal('bill'), ...base, content: bill }),
  z.object({ kind: z.literal('landed_cost'), ...base, content: landedCost }),
  z.object({ kind: z.literal('exchange_rate'), ...base, content: exchangeRate }),
  z.object({ kind: z.literal('production_order'), ...base, content: productionOrder }),
  z.object({ kind: z.literal('void'), ...base, content: z.object({ of: key }) }),
]);

/** One thing that was said about cost. */
export type CostDocument = z.infer<typeof costDocumentSchema>;
export type CostDocumentKind = CostDocument['kind'];
export type DocumentOf<Kind extends CostDocumentKind> = Extract<CostDocument, { kind: Kind }>;
export type ContentOf<Kind extends CostDocumentKind> = DocumentOf<Kind>['content'];

/**
 * The key of a cost document: the same business document gives the same key for ever (I3). `revision` counts how often it
 * was taken back before, for what is said anew after a void is another document.
 */
export const costKey = (kind: CostDocumentKind, identity: readonly string[], revision = 0): string =>
  derivedKey('cost', kind, JSON.stringify(identity), revision);

/** The document that takes another one back, as if it had never been said. */
export const voidOf = (
  voided: { readonly key: string; readonly document: string },
  at: Instant,
): DocumentOf<'void'> => ({
  kind: 'void',
  key: costKey('void', [voided.key]),
  document: `void of ${voided.document}`.slice(0, 300),
  effectiveAt: at,
  content: { of: voided.key },
});

/**
 * SHA-256 over what a document says; equal content has equal fingerprints (I4). The document must have passed
 * {@link costDocumentSchema}, which gives its fields one order and its decimals one form.
 */
export const fingerprintOf = (document: CostDocument): Buffer =>
  createHash('sha256')
    .update(
      JSON.stringify([
        document.kind,
        document.document,
        microsOf(document.effectiveAt).toString(),
        document.content,
      ]),
    )
    .digest();

/** One line of `cost_document_item`: the item a document speaks of, the reference it is for, or both. */
export interface Mention {
  readonly itemId: number | null;
  readonly reference: string | null;
}

/** The items and references that a document names, in its own order. */
export function mentionsOf(document: CostDocument): readonly Mention[] {
  switch (document.kind) {
    case 'expected_cost':
    case 'revaluation':
    case 'write_down':
      return [{ itemId: document.content.itemId, reference: null }];
    case 'bill':
      return document.content.lines.map((line) => ({ itemId: line.itemId, reference: line.reference }));
    case 'landed_cost':
      return document.content.receipts.map((receipt) => ({ itemId: null, reference: receipt }));
    case 'production_order': {
      const order = document.content;
      const items = [...(order.planned ?? []), ...order.byProducts].map((each) => each.itemId);
      return [
        { itemId: null, reference: order.reference },
        ...[...new Set(items)].map((each) => ({ itemId: each, reference: order.reference })),
      ];
    }
    case 'exchange_rate':
    case 'void':
      return [];
  }
}
