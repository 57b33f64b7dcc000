// What goes wrong on request: which fault meets which request. Draws from the simulator's seed; does nothing itself.

import { z } from 'zod';
import type { Random } from '../../random.ts';
import { FAULT_CODES } from './fault.ts';

export const ENDPOINTS = [
  ...(['token', 'revoke', 'create', 'update', 'delete', 'read', 'query', 'cdc', 'batch'] as const),
  ...(['TrialBalance', 'GeneralLedger', 'companyinfo', 'preferences', 'other'] as const),
] as const;
export type Endpoint = (typeof ENDPOINTS)[number];

/**
 * `timeOut` and `reset` do nothing and never answer; `acceptThenTimeOut` and `acceptThenReset` do the work first.
 * `unauthorized` refuses a token that is good, as after a refresh elsewhere. `tokenRevoked` kills the grant before the request is looked at. `fault` answers the given code without doing the work.
 */
export const REQUEST_FAULTS = [
  ...(['timeOut', 'reset', 'acceptThenTimeOut', 'acceptThenReset', 'throttle'] as const),
  ...([
    'serverError',
    'badGateway',
    'acceptThenBadGateway',
    'faultIn200',
    'fault',
    'unauthorized',
    'tokenRevoked',
  ] as const),
] as const;
export type RequestFault = (typeof REQUEST_FAULTS)[number];

export const requestFaultSchema = z.strictObject({
  fault: z.enum(REQUEST_FAULTS),
  /** Only for these endpoints; all when absent. `create` is a journal entry without an Id, `update` one with it. */
  endpoint: z.union([z.enum(ENDPOINTS), z.array(z.enum(ENDPOINTS))]).optional(),
  /** In 0…1 for each request; 1 when absent. */
  probability: z.number().min(0).max(1).optional(),
  /** How often at most; without it and without a probability once, with a probability for ever. */
  times: z.number().int().min(1).optional(),
  /** Of `fault` and `faultIn200`; 6000 when absent. */
  code: z.enum(FAULT_CODES).optional(),
  /** Of `throttle`: seconds in Retry-After; without it there is no such header, as is often so. */
  retryAfterSeconds: z.number().int().min(0).optional(),
});
export type RequestFaultRule = z.output<typeof requestFaultSchema>;

export interface FaultPlan {
  faultFor(endpoint: Endpoint): RequestFaultRule | undefined;
  /** The rules that may still strike. */
  left(): RequestFaultRule[];
}

/** Takes the first rule that fits and whose chance comes up. */
export function faultPlan(rules: readonly RequestFaultRule[], random: Random): FaultPlan {
  const standing = rules.map((rule) => ({
    rule,
    left: rule.times ?? (rule.probability === undefined ? 1 : Number.POSITIVE_INFINITY),
  }));
  const fits = ({ endpoint }: RequestFaultRule, asked: Endpoint): boolean =>
    endpoint === undefined || (typeof endpoint === 'string' ? endpoint === asked : endpoint.includes(asked));
  return {
    faultFor: (endpoint) => {
      const found = standing.find(
        ({ rule, left }) => left > 0 && fits(rule, endpoint) && random.chance(rule.probability ?? 1),
      );
      if (found === undefined) return undefined;
      found.left -= 1;
      return found.rule;
    },
    left: () => standing.filter(({ left }) => left > 0).map(({ rule }) => rule),
  };
}
