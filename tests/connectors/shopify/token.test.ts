// Tokens of an app: fetched by one for all, stored before use, renewed before they end and after a refusal.
import { describe, expect, it } from 'vitest';
import type { ConnectionContext } from '../../../src/connectors/contract.ts';
import { shopify } from '../../../src/connectors/shopify/index.ts';
import type { ShopifySettings } from '../../../src/connectors/shopify/settings.ts';
import { StockbridgeError } from '../../../src/core/errors.ts';
import { type ShopifySimulator, startShopifySimulator } from '../../../src/simulators/shopify/simulator.ts';
import { memoryState } from '../../contract/suite/world.ts';
import { connectTo } from './shop.ts';

const HOUR_MS = 60 * 60 * 1000;

interface Process {
  readonly health: () => Promise<unknown>;
  /** Tokens fetched by this process. */
  readonly grants: () => number;
  moveClock(ms: number): void;
}

function processOf(
  simulator: ShopifySimulator,
  state: ConnectionContext<ShopifySettings>['state'],
  clientSecret = simulator.clientSecret,
): Process {
  const auth = { kind: 'client-credentials', clientId: simulator.clientId, clientSecret };
  const { context } = connectTo(simulator, { state, settings: { auth, webhookSecret: undefined } });
  let grants = 0;
  let aheadMs = 0;
  const connection = shopify.connect({
    ...context,
    now: () => new Date(Date.now() + aheadMs),
    http: {
      request: async (request) => {
        if (!request.url.endsWith('/admin/oauth/access_token')) return context.http.request(request);
        grants += 1;
        return context.http.request(request);
      },
    },
  });
  return {
    health: () => connection.health!(),
    grants: () => grants,
    moveClock: (ms) => {
      aheadMs += ms;
    },
  };
}

const twenty = (work: () => Promise<unknown>) => Promise.all(Array.from({ length: 20 }, work));

describe('client credentials', () => {
  it('fetch one token for twenty callers in two processes, and store it', async () => {
    await using simulator = await startShopifySimulator();
    const state = memoryState();
    const [one, other] = [processOf(simulator, state), processOf(simulator, state)];
    await Promise.all([twenty(one.health), twenty(other.health)]);
    expect(one.grants() + other.grants()).toBe(1);
    expect(await state.read('access-token')).toMatchObject({ accessToken: expect.stringMatching(/^shpat_/) });
  });

  it('take the lock once for twenty callers of one process', async () => {
    await using simulator = await startShopifySimulator();
    const state = memoryState();
    let locks = 0;
    const counting: typeof state = {
      ...state,
      exclusively: (key, work) => {
        locks += 1;
        return state.exclusively(key, work);
      },
    };
    await twenty(processOf(simulator, counting).health);
    expect(locks).toBe(1);
  });

  it('fetch one new token when twenty callers are refused at once', async () => {
    await using simulator = await startShopifySimulator();
    const state = memoryState();
    const [one, other] = [processOf(simulator, state), processOf(simulator, state)];
    await Promise.all([one.health(), other.health()]);
    simulator.revokeTokens();
    await Promise.all([twenty(one.health), twenty(other.health)]);
    expect(one.grants() + other.grants()).toBe(2);
  });

  it('renew within the last hour of a token', async () => {
    await using simulator = await startShopifySimulator();
    const process = processOf(simulator, memoryState());
    await process.health();
    process.moveClock(22 * HOUR_MS);
    await process.health();
    expect(process.grants()).toBe(1);
    process.moveClock(1.5 * HOUR_MS);
    await process.health();
    expect(process.grants()).toBe(2);
  });

  it('do not fetch for every call when tokens live less than an hour', async () => {
    await using simulator = await startShopifySimulator({ tokenLifetimeSeconds: 1200 });
    const process = processOf(simulator, memoryState());
    for (let call = 0; call < 5; call += 1) await process.health();
    expect(process.grants()).toBe(1);
  });

  it('that are wrong are for a person, and are not shown', async () => {
    await using simulator = await startShopifySimulator();
    const process = processOf(simulator, memoryState(), 'canary-wrong-secret');
    const error = await process.health().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(StockbridgeError);
    expect(error).toMatchObject({ code: 'vendor_unauthorized' });
    expect(`${(error as Error).stack} ${JSON.stringify(error)}`).not.toContain('canary-wrong-secret');
  });

  it('are asked only once more when the new token is refused too', async () => {
    await using simulator = await startShopifySimulator();
    const process = processOf(simulator, memoryState());
    simulator.setFaults({ api: [{ kind: 'unauthorized', times: 50 }] });
    await expect(process.health()).rejects.toMatchObject({ code: 'vendor_unauthorized' });
    expect(process.grants()).toBe(2);
  });
});
