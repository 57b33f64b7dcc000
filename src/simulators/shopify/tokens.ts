// Access tokens of the simulated shop: one that never expires, and those granted for client credentials.
import { randomUUID } from 'node:crypto';

export type TokenOptions = {
  accessToken: string;
  clientId: string;
  clientSecret: string;
  /** The vendor grants 86399 seconds and no refresh token. */
  expiresInSeconds: number;
  scopes: readonly string[];
};

export type GrantForm = { grant_type?: unknown; client_id?: unknown; client_secret?: unknown };
export type Grant = { status: number; body: Record<string, unknown> };

export class Tokens {
  readonly #options: TokenOptions;
  readonly #now: () => number;
  readonly #granted = new Map<string, number>();
  #permanent: string | undefined;

  constructor(options: TokenOptions, now: () => number) {
    this.#options = options;
    this.#now = now;
    this.#permanent = options.accessToken;
  }

  isValid(token: string | undefined): boolean {
    if (token === undefined) return false;
    if (token === this.#permanent) return true;
    return (this.#granted.get(token) ?? 0) > this.#now();
  }

  grant(form: GrantForm): Grant {
    const { clientId, clientSecret, expiresInSeconds, scopes } = this.#options;
    if (form.grant_type !== 'client_credentials') return refused('unsupported_grant_type');
    if (form.client_id !== clientId || form.client_secret !== clientSecret) return refused('invalid_client');
    const token = `shpat_${randomUUID().replaceAll('-', '')}`;
    this.#granted.set(token, this.#now() + expiresInSeconds * 1000);
    return {
      status: 200,
      body: { access_token: token, scope: scopes.join(','), expires_in: expiresInSeconds },
    };
  }

  /** Every token handed out so far stops working; credentials can still buy a new one. */
  revokeAll(): void {
    this.#granted.clear();
    this.#permanent = undefined;
  }
}

const refused = (error: string): Grant => ({ status: 400, body: { error } });
