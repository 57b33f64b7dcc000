// What a rehearsing user or a test may tell the simulated seller to do, as schemas shared by the handle and its HTTP twin.
// Locations go by name or id, variations by SKU or id, quantities by decimal string or whole number.

import { z } from 'zod';
import { instantOf, instantOfDate, quantityOf } from '../stock/scalars.ts';
import { REASONS } from '../stock/states.ts';

const quantity = z.union([z.string(), z.number().int()]).transform((value, context) => {
  const parsed = quantityOf(String(value));
  if (parsed !== undefined) return parsed;
  context.addIssue({ code: 'custom', message: `"${value}" is no decimal with at most five places.` });
  return z.NEVER;
});
const positive = quantity.refine((value) => value > 0n, 'must be above zero');

const occurredAt = z
  .union([z.string(), z.date()])
  .transform((value, context) => {
    const parsed = typeof value === 'string' ? instantOf(value) : instantOfDate(value);
    if (parsed !== undefined) return parsed;
    context.addIssue({ code: 'custom', message: `"${String(value)}" is no RFC 3339 timestamp.` });
    return z.NEVER;
  })
  .optional();

const name = z.string().min(1);
const line = z.strictObject({ sku: name, quantity: positive });
const lines = z.array(line).min(1);
const at = { location: name, occurredAt };

export const seedSchema = z.strictObject({
  locations: z
    .array(
      z.strictObject({
        name,
        id: name.optional(),
        timezone: z.string().default('America/New_York'),
        status: z.enum(['ACTIVE', 'INACTIVE']).default('ACTIVE'),
      }),
    )
    .default([]),
  variations: z
    .array(
      z.strictObject({
        name,
        id: name.optional(),
        itemName: name.optional(),
        sku: name.optional(),
        upc: name.optional(),
        priceCents: z.number().int().min(0).default(1000),
        /** Whether Square tracks its stock, for all locations or by location. */
        trackInventory: z.union([z.boolean(), z.record(z.string(), z.boolean())]).default(true),
        /** Makes it a kit: sold as one, counted on its components only. */
        components: z.array(line).default([]),
        /** Opening quantity by location. */
        counts: z.record(z.string(), quantity).default({}),
      }),
    )
    .default([]),
  /** When the opening counts were taken; 30 days ago when absent, so that late sales fall after them. */
  countedAt: occurredAt,
});

export const sellSchema = z
  .strictObject({
    ...at,
    lines: z.array(line.extend({ priceCents: z.number().int().min(0).optional() })).min(1),
    /** Rung up without a connection: arrives now, occurred earlier. */
    offline: z.boolean().default(false),
    channel: z.enum(['pos', 'online']).default('pos'),
    /** Sells what `reserve` set aside. */
    reserved: z.boolean().default(false),
  })
  .refine((sale) => !sale.offline || sale.occurredAt !== undefined, 'an offline sale needs occurredAt');

export const refundSchema = z.strictObject({
  ...at,
  lines,
  /** The order being refunded; absent for `unlinked`. */
  orderId: name.optional(),
  /**
   * straight: SOLD to IN_STOCK. inspected: SOLD to RETURNED_BY_CUSTOMER to IN_STOCK. pending: the first half of it.
   * unlinked: UNLINKED_RETURN to IN_STOCK. canceled: SOLD to IN_STOCK because the sale was called off.
   */
  path: z.enum(['straight', 'inspected', 'pending', 'unlinked', 'canceled']).default('straight'),
});

export const restockSchema = z.strictObject({ ...at, lines, refundId: name.optional() });
export const receiveSchema = z.strictObject({ ...at, lines, reference: name.optional() });
export const wasteSchema = z.strictObject({
  ...at,
  lines,
  reason: z.enum(REASONS).default('DAMAGED'),
  from: z.enum(['IN_STOCK', 'RETURNED_BY_CUSTOMER']).default('IN_STOCK'),
  /** NONE takes stock out without calling it waste. */
  to: z.enum(['WASTE', 'NONE']).default('WASTE'),
});
export const countSchema = z.strictObject({ ...at, lines: z.array(line.extend({ quantity })).min(1) });
export const transferSchema = z.strictObject({
  from: name,
  to: name,
  occurredAt,
  lines,
  /** whole: in one step. send and receive: through IN_TRANSIT; `receive` takes the id that `send` returned. */
  step: z.enum(['whole', 'send', 'receive']).default('whole'),
  transferId: name.optional(),
});
export const kitSchema = z.strictObject({ ...at, sku: name, quantity: positive, components: lines });
export const reserveSchema = z.strictObject({ ...at, lines });
export const editOrderSchema = z.strictObject({ orderId: name });

export type Line = z.output<typeof line>;
