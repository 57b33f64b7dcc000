// The one way to Shopify's Admin API: tokens, pacing, repeats and error names around the library's GraphQL client.
// Reads are repeated for a short while; writes are repeated here only when Shopify surely did not act.
import { setTimeout as sleep } from 'node:timers/promises';
import { Session } from '@shopify/shopify-api';
import type { z } from 'zod';
import { StockbridgeError } from '../../core/errors.ts';
import { type Instant, instantOf } from '../../core/vocabulary/instant.ts';
import type { ConnectionContext } from '../contract.ts';
import { costSchema, faultOf, openFault } from './faults.ts';
import { API_VERSION, shopifyLibrary } from './library.ts';
import { operation } from './operations.ts';
import type { ShopifySettings } from './settings.ts';
import { tokensOf } from './token.ts';
import { type Passage, through } from './transport.ts';

export interface Answer<T> {
  readonly data: T;
  /** The shop's clock when it answered, in whole seconds, cut. */
  readonly at: Instant;
}

export interface ShopifyClient {
  /** Asks one operation of operations.graphql; repeated for some seconds while the shop is busy or unavailable. */
  read<T>(name: string, shape: z.ZodType<T>, variables?: Record<string, unknown>): Promise<Answer<T>>;
  /**
   * Sends one mutation.
   * @throws StockbridgeError `outcome_unknown` when Shopify may have acted; every other code means that it did not.
   */
  write<T>(name: string, shape: z.ZodType<T>, variables: Record<string, unknown>): Promise<Answer<T>>;
  /** The version of the newest answer; undefined before the first. */
  answeredVersion(): string | undefined;
}

const ATTEMPTS = 3;
/** What an operation is taken to cost until its first answer says so. */
const FIRST_COST = 10;
const FIRST_PAUSE_MS = 250;
/** Longer waits are the queue's business: a worker that sleeps does nothing else. */
const LONGEST_WAIT_MS = 10_000;

export function shopifyClient(context: ConnectionContext<ShopifySettings>): ShopifyClient {
  const { settings } = context;
  const library =
    settings.auth.kind === 'client-credentials'
      ? shopifyLibrary(settings.auth.clientSecret, settings.auth.clientId)
      : shopifyLibrary('unused');
  const baseUrl = (settings.apiUrl ?? `https://${settings.shop}`).replace(/\/+$/, '');
  const tokens = tokensOf(context, library, baseUrl);
  // The bucket is checked against the cost a query asks for, known only from earlier answers of the same operation.
  const costs = new Map<string, number>();
  let answeredVersion: string | undefined;

  const noteVersion = (version: string | undefined): void => {
    if (version === undefined || version === answeredVersion) return;
    answeredVersion = version;
    if (version === API_VERSION) return;
    context.log.warn(
      { connection: context.name, pinned: API_VERSION, answered: version },
      'Shopify answers in another API version',
    );
  };

  const sendOnce = async (
    name: string,
    variables: Record<string, unknown>,
    accessToken: string,
    effect: boolean,
  ) => {
    const session = new Session({
      id: context.name,
      shop: settings.shop,
      state: '',
      isOnline: false,
      accessToken,
    });
    const passage: Passage = { http: context.http, baseUrl, effect, cost: costs.get(name) ?? FIRST_COST };
    try {
      // The library's own repeats take Retry-After for milliseconds and know nothing of writes.
      const answer = await through(passage, () =>
        new library.clients.Graphql({ session }).request(operation(name), { variables, retries: 0 }),
      );
      const cost = costSchema.safeParse(answer.extensions?.cost);
      if (cost.success) {
        const { throttleStatus, requestedQueryCost } = cost.data;
        costs.set(name, requestedQueryCost);
        await context.http.learn?.({
          available: throttleStatus.currentlyAvailable,
          restorePerSecond: throttleStatus.restoreRate,
          maximum: throttleStatus.maximumAvailable,
        });
      }
      return { data: answer.data as unknown, headers: passage.headers ?? {} };
    } catch (error) {
      throw faultOf(passage.failure ?? error, { operation: name, effect, connection: context.name });
    } finally {
      noteVersion(passage.headers?.['x-shopify-api-version']);
    }
  };

  const send = async <T>(
    name: string,
    shape: z.ZodType<T>,
    variables: Record<string, unknown>,
    effect: boolean,
  ): Promise<Answer<T>> => {
    let accessToken = await tokens.current();
    let renewed = false;
    const startedMs = performance.now();
    for (let attempt = 1; ; attempt += 1) {
      try {
        const { data, headers } = await sendOnce(name, variables, accessToken, effect);
        const read = shape.safeParse(data);
        if (read.success) return { data: read.data, at: shopTime(headers.date, context.now()) };
        const problem = read.error.issues[0];
        throw openFault(
          `${name} answered in an unexpected shape at ${problem?.path.join('.')}: ${problem?.message}`,
          { operation: name, effect, connection: context.name },
        );
      } catch (error) {
        if (!(error instanceof StockbridgeError)) throw error;
        if (error.code === 'vendor_unauthorized' && error.details.status === 401 && !renewed) {
          renewed = true;
          accessToken = await tokens.insteadOf(accessToken);
          continue;
        }
        const pauseMs = pauseBefore(attempt, performance.now() - startedMs, error, effect);
        if (pauseMs === undefined) throw error;
        await sleep(pauseMs);
      }
    }
  };

  return {
    read: (name, shape, variables = {}) => send(name, shape, variables, false),
    write: (name, shape, variables) => send(name, shape, variables, true),
    answeredVersion: () => answeredVersion,
  };
}

/** How long to wait before trying again here, or undefined when it is for the caller to decide. */
function pauseBefore(
  attempt: number,
  elapsedMs: number,
  error: StockbridgeError,
  effect: boolean,
): number | undefined {
  const repeatable = error.code === 'vendor_throttled' || (error.code === 'vendor_unavailable' && !effect);
  if (!repeatable || attempt >= ATTEMPTS) return undefined;
  const backoffMs = FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + Math.random());
  const pauseMs = Math.max(error.retryAfterMs ?? 0, backoffMs);
  return elapsedMs + pauseMs > LONGEST_WAIT_MS ? undefined : pauseMs;
}

function shopTime(date: string | undefined, now: Date): Instant {
  const ms = date === undefined ? Number.NaN : Date.parse(date);
  return instantOf(Number.isNaN(ms) ? Math.floor(now.getTime() / 1000) * 1000 : ms);
}
