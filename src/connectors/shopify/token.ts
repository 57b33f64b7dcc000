// The access token of a connection: a fixed one, or a daily one fetched with the app's credentials.
// Of any number of callers and processes one fetches; a new token is stored before anybody uses it.
import { HttpResponseError, type Shopify } from '@shopify/shopify-api';
import { z } from 'zod';
import { StockbridgeError } from '../../core/errors.ts';
import type { ConnectionContext } from '../contract.ts';
import type { ShopifySettings } from './settings.ts';
import { type Passage, through } from './transport.ts';

export interface Tokens {
  /** A token with enough life left for the work at hand. */
  current(): Promise<string>;
  /** Another token than the one just refused. @throws StockbridgeError `vendor_unauthorized` when there is none. */
  insteadOf(refused: string): Promise<string>;
}

const STATE_KEY = 'access-token';
const RENEW_BEFORE_MS = 60 * 60 * 1000;
/** Taken for the life of a token that comes without one. */
const UNKNOWN_LIFE_MS = 2 * RENEW_BEFORE_MS;

const storedToken = z.object({ accessToken: z.string().min(1), renewAt: z.number() });
type StoredToken = z.infer<typeof storedToken>;

export function tokensOf(
  context: ConnectionContext<ShopifySettings>,
  library: Shopify,
  baseUrl: string,
): Tokens {
  const { auth } = context.settings;
  return auth.kind === 'token'
    ? fixedToken(auth.accessToken, context.name)
    : dailyTokens(context, library, baseUrl);
}

const fixedToken = (accessToken: string, connection: string): Tokens => ({
  current: async () => accessToken,
  insteadOf: async () => {
    throw new StockbridgeError('vendor_unauthorized', 'Shopify refuses the access token of this connection', {
      details: { connection },
    });
  },
});

function dailyTokens(context: ConnectionContext<ShopifySettings>, library: Shopify, baseUrl: string): Tokens {
  let known: StoredToken | undefined;
  let renewal: Promise<StoredToken> | undefined;

  const isFresh = (token: StoredToken | undefined): token is StoredToken =>
    token !== undefined && context.now().getTime() < token.renewAt;

  /** Under the lock somebody else may already have fetched what we came for. */
  const renew = (refused: string | undefined): Promise<StoredToken> =>
    context.state.exclusively(STATE_KEY, async () => {
      const stored = storedToken.safeParse(await context.state.read(STATE_KEY)).data;
      if (isFresh(stored) && stored.accessToken !== refused) return stored;
      const fetched = await fetchToken(context, library, baseUrl);
      await context.state.write(STATE_KEY, fetched);
      return fetched;
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
    insteadOf: async (refused) =>
      isFresh(known) && known.accessToken !== refused ? known.accessToken : renewOnce(refused),
  };
}

async function fetchToken(
  context: ConnectionContext<ShopifySettings>,
  library: Shopify,
  baseUrl: string,
): Promise<StoredToken> {
  // Fetching a token twice does no harm, so this counts as a read.
  const passage: Passage = { http: context.http, baseUrl, effect: false, cost: 0 };
  try {
    const { session } = await through(passage, () =>
      library.auth.clientCredentials({ shop: context.settings.shop }),
    );
    const now = context.now().getTime();
    const lifeMs = session.expires === undefined ? UNKNOWN_LIFE_MS : session.expires.getTime() - now;
    // Half of a short life, or a token that lives less than an hour would be fetched for every call.
    return {
      accessToken: session.accessToken ?? '',
      renewAt: now + Math.max(lifeMs - RENEW_BEFORE_MS, lifeMs / 2),
    };
  } catch (error) {
    throw tokenFailure(passage.failure ?? error, context.name);
  }
}

/** The token endpoint answers 400 to wrong credentials and to shops of another organisation: a person must act. */
function tokenFailure(error: unknown, connection: string): unknown {
  const status =
    error instanceof StockbridgeError
      ? error.details.status
      : error instanceof HttpResponseError
        ? error.response.code
        : undefined;
  const refused =
    typeof status === 'number' && status >= 400 && status < 500 && status !== 429 && status !== 408;
  if (refused) {
    return new StockbridgeError(
      'vendor_unauthorized',
      'Shopify gives no token for these client credentials: check client id and secret, and that the app is installed in this shop and belongs to the same organisation',
      { details: { connection, status } },
    );
  }
  if (error instanceof StockbridgeError) return error;
  return new StockbridgeError('vendor_unavailable', 'Shopify’s token endpoint gave no readable answer', {
    details: { connection },
  });
}
