// How the API says no: Square's error body with the status of each code, and refusals on request (faults).
// Only codes that the simulated endpoints answer; the wording of `detail` is our own.

import { z } from 'zod';
import type { Random } from '../../random.ts';

export type ErrorCategory =
  | 'API_ERROR'
  | 'AUTHENTICATION_ERROR'
  | 'INVALID_REQUEST_ERROR'
  | 'RATE_LIMIT_ERROR';

/** Statuses by code. Those for IDEMPOTENCY_KEY_REUSED, NOT_FOUND and API_VERSION_INCOMPATIBLE are unverified. */
const STATUS_BY_CODE = {
  UNAUTHORIZED: 401,
  ACCESS_TOKEN_EXPIRED: 401,
  BAD_REQUEST: 400,
  MISSING_REQUIRED_PARAMETER: 400,
  INVALID_TIME: 400,
  INVALID_VALUE: 400,
  INVALID_CURSOR: 400,
  INVALID_ENUM_VALUE: 400,
  CONFLICTING_PARAMETERS: 400,
  EXPECTED_JSON_BODY: 400,
  EXPECTED_STRING: 400,
  EXPECTED_INTEGER: 400,
  EXPECTED_BOOLEAN: 400,
  EXPECTED_ARRAY: 400,
  EXPECTED_OBJECT: 400,
  VALUE_EMPTY: 400,
  VALUE_TOO_LONG: 400,
  VALUE_TOO_LOW: 400,
  VALUE_TOO_HIGH: 400,
  ARRAY_EMPTY: 400,
  ARRAY_LENGTH_TOO_LONG: 400,
  UNKNOWN_BODY_PARAMETER: 400,
  IDEMPOTENCY_KEY_REUSED: 400,
  INVALID_SQUARE_VERSION_FORMAT: 400,
  API_VERSION_INCOMPATIBLE: 400,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  REQUEST_ENTITY_TOO_LARGE: 413,
  RATE_LIMITED: 429,
  INTERNAL_SERVER_ERROR: 500,
} as const;
export type ErrorCode = keyof typeof STATUS_BY_CODE;

/** A refusal that the API answers as `{errors: [...]}` with the status of its code. */
export class SquareError extends Error {
  readonly code: ErrorCode;
  readonly field: string | undefined;

  constructor(code: ErrorCode, detail: string, field?: string) {
    super(detail);
    this.name = 'SquareError';
    this.code = code;
    this.field = field;
  }

  get status(): number {
    return STATUS_BY_CODE[this.code];
  }

  get body(): { errors: Array<Record<string, string>> } {
    const error: Record<string, string> = { category: this.category, code: this.code, detail: this.message };
    if (this.field !== undefined) error.field = this.field;
    return { errors: [error] };
  }

  private get category(): ErrorCategory {
    if (this.status === 401) return 'AUTHENTICATION_ERROR';
    if (this.status === 429) return 'RATE_LIMIT_ERROR';
    return this.status >= 500 ? 'API_ERROR' : 'INVALID_REQUEST_ERROR';
  }
}

export const API_FAULTS = [
  'throttle',
  'serverError',
  'timeout',
  'acceptThenTimeout',
  'unauthorized',
] as const;
export type ApiFault = (typeof API_FAULTS)[number];

/**
 * Faults of the REST API. Each named fault is a probability in 0…1 per request; `next` lists faults for the coming
 * requests, each used once, optionally only for a path. `acceptThenTimeout` does the work and never answers.
 */
export const apiFaultsSchema = z.strictObject({
  throttle: z.number().min(0).max(1).optional(),
  serverError: z.number().min(0).max(1).optional(),
  timeout: z.number().min(0).max(1).optional(),
  acceptThenTimeout: z.number().min(0).max(1).optional(),
  unauthorized: z.number().min(0).max(1).optional(),
  next: z.array(z.strictObject({ fault: z.enum(API_FAULTS), path: z.string().optional() })).optional(),
  /** Seconds in the Retry-After header of a 429; null leaves it out, since Square does not document one. */
  retryAfterSeconds: z.number().int().min(0).nullable().optional(),
  /** How long a request that gets no answer is held before its connection is cut. */
  holdMs: z.number().int().min(0).optional(),
});
export type ApiFaults = z.input<typeof apiFaultsSchema>;

export interface FaultPlan {
  faultFor(path: string): ApiFault | undefined;
  retryAfterSeconds: number | null;
  holdMs: number;
}

/** Turns the wanted faults into a plan that uses up `next` in order and draws the rest from `random`. */
export function faultPlan(faults: ApiFaults, random: Random): FaultPlan {
  const waiting = [...(faults.next ?? [])];
  return {
    faultFor: (path) => {
      const index = waiting.findIndex((entry) => entry.path === undefined || entry.path === path);
      const [planned] = index < 0 ? [] : waiting.splice(index, 1);
      return planned?.fault ?? API_FAULTS.find((fault) => random.chance(faults[fault] ?? 0));
    },
    retryAfterSeconds: faults.retryAfterSeconds === undefined ? 1 : faults.retryAfterSeconds,
    holdMs: faults.holdMs ?? 30_000,
  };
}

/** Returns the refusal that stands for a fault which answers at all. */
export function refusalOf(fault: 'throttle' | 'serverError' | 'unauthorized'): SquareError {
  if (fault === 'throttle') return new SquareError('RATE_LIMITED', 'Too many requests in a short time.');
  if (fault === 'unauthorized')
    return new SquareError('UNAUTHORIZED', 'The request could not be authorized.');
  return new SquareError('INTERNAL_SERVER_ERROR', 'Something went wrong on the server.');
}
