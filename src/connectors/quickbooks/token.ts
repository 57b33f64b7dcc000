// The tokens of one company. Intuit gives a new refresh token about once a day and lets the old one die, so of any number of
// callers and processes one renews at a time, looks first whether another already has, and stores what it got before
// anybody uses it.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { StockbridgeError } from '../../core/errors.ts';
import type { ConnectionContext } from '../contract.ts';
import { called, type LibraryOptions } from './library.ts';
import { sealOf } from './seal.ts';
import type { QuickbooksSettings } from './settings.ts';

export interface Tokens {
  /** A token with enough life left for the work at hand. */
  current(): Promise<string>;
  /** Another token than the one just refused. @throws StockbridgeError `vendor_unauthorized` when there is none. */
  insteadOf(refused: string): Promise<string>;
  /** When the refresh token dies by itself, in milliseconds since 1970; as far as Intuit has said. */
  expiries(): Promise<TokenExpiries>;
}

export interface TokenExpiries {
  /** Unless it is used before: each renewal moves it on. */
  readonly idleAt: number | undefined;
  /** Whatever is done; the company must be connected again before. */
  readonly hardAt: number | undefined;
}

export const STATE_KEY = 'tokens';
const RENEW_BEFORE_MS = 5 * 60 * 1000;

const storedTokens = z.object({
  accessToken: z.string().min(1),
  renewAt: z.number(),
  refreshToken: z.string().min(1),
  idleAt: z.number().optional(),
  hardAt: z.number().optional(),
  /** Digest of the refresh token in the settings that these descend from. */
  root: z.string(),
});
type StoredTokens = z.infer<typeof storedTokens>;

const seconds = z.union([z.number(), z.string().transform(Number)]).pipe(z.number().min(0));
const tokenAnswer = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1),
  expires_in: seconds.catch(3600),
  x_refresh_token_expires_in: seconds.optional().catch(undefined),
  x_refresh_token_hard_expires_in: seconds.optional().catch(undefined),
});

export function tokensOf(context: ConnectionContext<QuickbooksSettings>, library: LibraryOptions): Tokens {
  const { settings, state } = context;
  const seal = sealOf(settings.clientSecret, settings.realmId);
  const root = createHash('sha256').update(settings.refreshToken).digest('hex');
  let known: StoredTokens | undefined;
  let renewal: Promise<StoredTokens> | undefined;

  const isFresh = (tokens: StoredTokens | undefined): tokens is StoredTokens =>
    tokens !== undefined && context.now().getTime() < tokens.renewAt;

  /** What is stored and descends from the token in the settings; a new token there means that somebody connected again. */
  const stored = async (): Promise<StoredTokens | undefined> => {
    const sealed = z.string().safeParse(await state.read(STATE_KEY));
    const text = sealed.success ? seal.open(sealed.data) : undefined;
    const read = storedTokens.safeParse(text === undefined ? undefined : JSON.parse(text));
    return read.success && read.data.root === root ? read.data : undefined;
  };

  const exchange = async (refreshToken: string): Promise<StoredTokens> => {
    const { value } = await called(
      library,
      { operation: 'renewing the access token', shape: tokenAnswer, kind: 'token', refreshToken },
      (quickbooks, callback) => quickbooks.refreshAccessToken(callback),
    );
    const now = context.now().getTime();
    const lifeMs = value.expires_in * 1000;
    const idle = value.x_refresh_token_expires_in;
    const hard = value.x_refresh_token_hard_expires_in;
    const fetched: StoredTokens = {
      accessToken: value.access_token,
      renewAt: now + Math.max(lifeMs - RENEW_BEFORE_MS, lifeMs / 2),
      refreshToken: value.refresh_token,
      ...(idle === undefined ? {} : { idleAt: now + idle * 1000 }),
      ...(hard === undefined ? {} : { hardAt: now + hard * 1000 }),
      root,
    };
    await state.write(STATE_KEY, seal.seal(JSON.stringify(fetched)));
    return fetched;
  };

  /** Under the lock somebody else may already have fetched what we came for. */
  const renew = (refused: string | undefined): Promise<StoredTokens> =>
    state.exclusively(STATE_KEY, async () => {
      const present = await stored();
      if (isFresh(present) && present.accessToken !== refused) return present;
      const used = present?.refreshToken ?? settings.refreshToken;
      try {
        return await exchange(used);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        // Another hub, or a restored database, may have renewed it outside of our lock.
        const newer = await stored();
        if (newer === undefined || newer.refreshToken === used) throw reconnect(context.name, error);
        if (isFresh(newer) && newer.accessToken !== refused) return newer;
        return exchange(newer.refreshToken).catch((again: unknown) => {
          throw isRefusal(again) ? reconnect(context.name, again) : again;
        });
      }
    });

  const renewOnce = async (refused: string | undefined): Promise<string> => {
    renewal ??= renew(refused).finally(() => {
      renewal = undefined;
    });
    known = await renewal;
    return known.accessToken;
  };

  return {
    current: async () => (isFresh(known) ? known.accessToken : renewOnce(undefined)),
    insteadOf: async (refused) => {
      if (isFresh(known) && known.accessToken !== refused) return known.accessToken;
      const other = await renewOnce(refused);
      // A renewal that was under way before the refusal may have brought the very token that was refused.
      return other === refused ? renewOnce(refused) : other;
    },
    expiries: async () => {
      const tokens = await stored();
      return { idleAt: tokens?.idleAt, hardAt: tokens?.hardAt };
    },
  };
}

/** The token endpoint answers 400 `invalid_grant` to a dead refresh token and 401 to a wrong client. */
const isRefusal = (error: unknown): error is StockbridgeError =>
  error instanceof StockbridgeError &&
  (error.code === 'vendor_rejected' || error.code === 'vendor_unauthorized');

const reconnect = (connection: string, { details }: StockbridgeError): StockbridgeError =>
  new StockbridgeError(
    'vendor_unauthorized',
    'Intuit no longer accepts the refresh token or the app’s client: check client id and secret, connect the company to the app again and put the new refresh token into the settings. Nothing was lost; journals wait until then',
    { details: { connection, status: details.status ?? null, trace: details.trace ?? null } },
  );
