// A change at the demo market as its API and its webhooks say it: one shape for both, checked here once.
import { z } from 'zod';
import { instantSchema } from '../../core/vocabulary/instant.ts';
import { plainText } from '../../core/vocabulary/text.ts';

const id = plainText(100);
const whole = z.string().regex(/^\d{1,12}$/, 'must be a whole number as text');
const stocked = { listing: id, location: id, quantity: whole };
const base = { id, at: instantSchema };

export const openLineSchema = z.object({ line: id, ...stocked });

// Unknown fields are let through: a vendor adds some without asking, and none of them may stop us.
export const changeSchema = z.discriminatedUnion('kind', [
  z.object({ ...base, kind: z.literal('sold'), ...stocked, sku: z.string(), order: id }),
  z.object({ ...base, kind: z.literal('returned'), ...stocked, sku: z.string(), order: id }),
  z.object({ ...base, kind: z.literal('counted'), ...stocked, sku: z.string() }),
  z.object({ ...base, kind: z.literal('offered'), ...stocked, sku: z.string(), reference: id.nullable() }),
  z.object({
    ...base,
    kind: z.literal('ordered'),
    order: id,
    version: z.number().int().min(1),
    open: z.array(openLineSchema),
  }),
  z.object({ ...base, kind: z.literal('renamed'), listing: id }),
]);

export type Change = z.output<typeof changeSchema>;
