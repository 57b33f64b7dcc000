// The app's grant: access tokens for an hour, refresh tokens whose value rotates and whose old value dies.
// A grant ends by revocation, by a hundred days without a refresh, and by its five years.

import { z } from 'zod';
import type { Random } from '../random.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const ACCESS_MS = HOUR_MS;
const REFRESH_MS = 100 * DAY_MS;
const HARD_MS = 5 * 365 * DAY_MS;
const TOKEN_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

export interface GrantOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly random: Random;
  readonly now: () => Date;
  /** `daily`: a new value once the current one is a day old; `always`: at each refresh. */
  readonly rotation: 'daily' | 'always';
}

export interface TokenAnswer {
  readonly status: number;
  readonly body: unknown;
}

export interface Grant {
  accessToken(): string;
  refreshToken(): string;
  /** How often a refresh succeeded. */
  refreshes(): number;
  /** Answers the token endpoint for a form body. */
  token(authorization: string | undefined, form: string, wantsHardExpiry: boolean): TokenAnswer;
  revokeBy(authorization: string | undefined, body: string): TokenAnswer;
  /** What a user does who disconnects the app. */
  revoke(): void;
  /** What a user does who connects the app again: a new grant, with tokens of its own. */
  connect(): void;
  expireAccessTokens(): void;
  /** Undefined when the token opens the company, else why not. */
  refusalOf(authorization: string | undefined): string | undefined;
}

interface RefreshToken {
  readonly value: string;
  readonly issuedAtMs: number;
  /** Set once a successor is issued. */
  diesAtMs: number;
  readonly before: RefreshToken | undefined;
}

export function openGrant({ clientId, clientSecret, random, now, rotation }: GrantOptions): Grant {
  const nowMs = (): number => now().getTime();
  let grantedAtMs = nowMs();
  const accessTokens = new Map<string, number>();
  const known = new Map<string, RefreshToken>();
  let refreshes = 0;
  let isRevoked = false;
  let latestAccess = '';

  const issueAccess = (): string => {
    latestAccess = `eyJ${random.text(120, TOKEN_ALPHABET)}`;
    accessTokens.set(latestAccess, nowMs() + ACCESS_MS);
    return latestAccess;
  };
  const issueRefresh = (before: RefreshToken | undefined): RefreshToken => {
    const issuedAtMs = nowMs();
    const token = {
      value: `RT1-${random.text(38, TOKEN_ALPHABET)}`,
      ...{ issuedAtMs, before, diesAtMs: issuedAtMs + REFRESH_MS },
    };
    if (before !== undefined) before.diesAtMs = Math.min(before.diesAtMs, issuedAtMs + DAY_MS);
    known.set(token.value, token);
    return token;
  };
  let current = issueRefresh(undefined);
  issueAccess();

  const isClient = (authorization: string | undefined): boolean =>
    authorization === `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
  const invalidClient: TokenAnswer = { status: 401, body: { error: 'invalid_client' } };
  const invalidGrant: TokenAnswer = {
    status: 400,
    body: { error: 'invalid_grant', error_description: 'Incorrect or invalid refresh token' },
  };

  const revoke = (): void => {
    isRevoked = true;
    accessTokens.clear();
  };

  const connect = (): void => {
    known.clear();
    accessTokens.clear();
    isRevoked = false;
    grantedAtMs = nowMs();
    current = issueRefresh(undefined);
    issueAccess();
  };

  const refreshed = (used: RefreshToken, wantsHardExpiry: boolean): TokenAnswer => {
    const at = nowMs();
    // The new value has been used, so the one before it is dead. Using the old value within its last day answers the new one
    // (unverified: whether the real service would answer yet another).
    if (used.before !== undefined) used.before.diesAtMs = Math.min(used.before.diesAtMs, at);
    const isDue = rotation === 'always' || at - current.issuedAtMs >= DAY_MS;
    if (used === current && isDue) current = issueRefresh(current);
    refreshes += 1;
    const seconds = (ms: number): number => Math.max(0, Math.floor(ms / 1000));
    return {
      status: 200,
      body: {
        token_type: 'bearer',
        access_token: issueAccess(),
        expires_in: seconds(ACCESS_MS),
        refresh_token: current.value,
        x_refresh_token_expires_in: seconds(current.diesAtMs - at),
        ...(wantsHardExpiry && { x_refresh_token_hard_expires_in: seconds(grantedAtMs + HARD_MS - at) }),
      },
    };
  };

  return {
    accessToken: () => latestAccess,
    refreshToken: () => current.value,
    refreshes: () => refreshes,
    token: (authorization, form, wantsHardExpiry) => {
      if (!isClient(authorization)) return invalidClient;
      const fields = new URLSearchParams(form);
      if (fields.get('grant_type') !== 'refresh_token')
        return { status: 400, body: { error: 'unsupported_grant_type' } };
      const used = known.get(fields.get('refresh_token') ?? '');
      const at = nowMs();
      const isDead = used === undefined || used.diesAtMs <= at || grantedAtMs + HARD_MS <= at;
      return isRevoked || isDead ? invalidGrant : refreshed(used, wantsHardExpiry);
    },
    revokeBy: (authorization, body) => {
      if (!isClient(authorization)) return invalidClient;
      const token = tokenIn(body);
      if (token === undefined || (!known.has(token) && !accessTokens.has(token)))
        return { status: 400, body: { error: 'invalid_request' } };
      revoke();
      return { status: 200, body: undefined };
    },
    revoke,
    connect,
    expireAccessTokens: () => accessTokens.clear(),
    refusalOf: (authorization) => {
      const token = /^Bearer (.+)$/.exec(authorization ?? '')?.[1];
      if (token === undefined) return 'Missing or malformed bearer token';
      const expiresAtMs = accessTokens.get(token);
      if (expiresAtMs === undefined) return 'Token revoked or unknown';
      return expiresAtMs <= nowMs() ? 'Token expired' : undefined;
    },
  };
}

const revocationSchema = z.looseObject({ token: z.string() });

/** Takes a form as well as JSON. */
function tokenIn(body: string): string | undefined {
  const field = new URLSearchParams(body).get('token');
  if (field !== null) return field;
  try {
    return revocationSchema.safeParse(JSON.parse(body)).data?.token;
  } catch {
    return undefined;
  }
}
