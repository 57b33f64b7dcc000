// What a connection remembers of the shipments it told Shopify, one record per order: what it is about to send, before
// it sends it, and the shipment that came of it. It holds ids, counts and tracking numbers; no person.
import { z } from 'zod';
import type { ConnectionState } from '../contract.ts';

const attemptSchema = z.object({
  atMs: z.number(),
  /** Shipments that existed before the first attempt: none of them is ours. */
  known: z.array(z.string()),
  footprint: z.object({
    location: z.string().nullable(),
    units: z.record(z.string(), z.number()),
    tracking: z.array(z.string()).readonly(),
  }),
});
export type Attempt = z.infer<typeof attemptSchema>;

const toldSchema = z.object({
  key: z.string(),
  content: z.string(),
  /** Known to Shopify under this id. */
  id: z.string().optional(),
  /** Sent, and perhaps known to Shopify. */
  attempt: attemptSchema.optional(),
});
export type Told = z.infer<typeof toldSchema>;

export interface Memory {
  /** What was said under the key at hand. */
  readonly mine: Told | undefined;
  /** What was said of the same order under other keys. */
  readonly others: readonly Told[];
  /** Puts this in the place of `mine`; undefined forgets it. */
  keep(mine: Omit<Told, 'key'> | undefined): Promise<void>;
}

/** The memory of one order. To be read and kept within `exclusively` of the same record. */
export async function memoryOf(state: ConnectionState, record: string, key: string): Promise<Memory> {
  const all = z.array(toldSchema).parse((await state.read(record)) ?? []);
  const others = all.filter((one) => one.key !== key);
  return {
    mine: all.find((one) => one.key === key),
    others,
    keep: (mine) => state.write(record, mine === undefined ? others : [...others, { ...mine, key }]),
  };
}
