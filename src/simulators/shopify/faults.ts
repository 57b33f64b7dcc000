// How the simulated vendor misbehaves on request. Chance comes from a seeded generator, so a run can be repeated.
import { z } from 'zod';

/** A repeatable source of numbers in [0, 1) (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export const apiFaultKinds = [
  'throttled',
  '429',
  '502',
  'timeout',
  'accept-then-timeout',
  'accept-then-502',
  'unauthorized',
] as const;
export type ApiFaultKind = (typeof apiFaultKinds)[number];

const apiFault = z.strictObject({
  kind: z.enum(apiFaultKinds).describe('what goes wrong; accept-then-* apply the operation first'),
  operation: z.string().optional().describe('only operations whose name or root field contains this text'),
  times: z
    .int()
    .positive()
    .optional()
    .describe('how many matching requests; default 1 without a probability'),
  probability: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('chance per matching request instead of the very next one'),
});
export type ApiFault = z.infer<typeof apiFault>;

export const faultsSchema = z.strictObject({
  seed: z.int().optional().describe('restarts the generator of chance'),
  webhooks: z
    .strictObject({
      duplicate: z.int().min(0).describe('extra copies of each delivery'),
      reorderWindowMs: z.int().min(0).describe('deliveries of one window arrive shuffled'),
      delayMs: z.int().min(0).describe('every delivery waits this long'),
      dropProbability: z.number().min(0).max(1).describe('chance that a delivery is never attempted'),
      mergeLevelsMs: z
        .int()
        .min(0)
        .describe('level webhooks are assembled this late: several changes show only the last state'),
    })
    .partial()
    .optional(),
  api: z.array(apiFault).optional().describe('replaces the queue of API faults'),
});
export type FaultSettings = z.infer<typeof faultsSchema>;
export type WebhookFaults = Record<keyof NonNullable<FaultSettings['webhooks']>, number>;

const calm: WebhookFaults = {
  duplicate: 0,
  reorderWindowMs: 0,
  delayMs: 0,
  dropProbability: 0,
  mergeLevelsMs: 0,
};

export class Faults {
  webhooks: WebhookFaults = calm;
  #random: () => number;
  #api: (ApiFault & { left: number })[] = [];

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  random(): number {
    return this.#random();
  }

  /** Replaces what is named and leaves the rest; an empty `webhooks` object calms all of them. */
  set(settings: FaultSettings): void {
    if (settings.seed !== undefined) this.#random = seededRandom(settings.seed);
    if (settings.webhooks) this.webhooks = { ...calm, ...definedOf(settings.webhooks) };
    if (settings.api) {
      this.#api = settings.api.map((fault) => ({
        ...fault,
        left: fault.times ?? (fault.probability === undefined ? 1 : Number.POSITIVE_INFINITY),
      }));
    }
  }

  /** The fault that befalls this request, if any, counted off the queue. */
  nextApiFault(names: readonly string[]): ApiFaultKind | undefined {
    for (const fault of this.#api) {
      if (fault.left <= 0) continue;
      const wanted = fault.operation;
      if (wanted !== undefined && !names.some((name) => name.includes(wanted))) continue;
      if (fault.probability !== undefined && this.random() >= fault.probability) continue;
      fault.left -= 1;
      return fault.kind;
    }
    return undefined;
  }
}

function definedOf(settings: NonNullable<FaultSettings['webhooks']>): Partial<WebhookFaults> {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}
