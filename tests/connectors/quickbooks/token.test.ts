// The tokens of a company: renewed once however many ask, stored before use, and never given up without a second look.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { quickbooksClient } from '../../../src/connectors/quickbooks/client.ts';
import { healthFindings } from '../../../src/connectors/quickbooks/health.ts';
import { STATE_KEY } from '../../../src/connectors/quickbooks/token.ts';
import { StockbridgeError } from '../../../src/core/errors.ts';
import {
  apiCalls,
  company,
  contextFor,
  countingTokens,
  SECRETS,
  type Stub,
  startStub,
  stateOf,
  tokenCalls,
} from './stub.ts';

let stub: Stub;
beforeEach(async () => {
  stub = await startStub();
  stub.api = company({});
});
afterEach(() => stub.close());

const refreshTokenIn = (body: string): string | null => new URLSearchParams(body).get('refresh_token');
const invalidGrant = { status: 400, body: { error: 'invalid_grant' } };

it('renews once for many callers in two processes, and sends the secret only to the token’s address', async () => {
  const values = new Map<string, string>();
  const clients = [
    quickbooksClient(contextFor(stub, { state: stateOf(values) })),
    quickbooksClient(contextFor(stub, { state: stateOf(values) })),
  ];
  // The second process asks while the first one holds the lock of one state; they share what is stored.
  await clients[0]?.company();
  await Promise.all(clients.flatMap((client) => [client.company(), client.company(), client.company()]));
  expect(tokenCalls(stub)).toHaveLength(1);
  const [renewal] = tokenCalls(stub);
  expect(renewal?.headers.authorization).toBe(
    `Basic ${Buffer.from(`stub-client:${SECRETS.client}`).toString('base64')}`,
  );
  expect(renewal?.headers['x-include-refresh-token-hard-expires-in']).toBe('true');
  expect(new Set(apiCalls(stub).map(({ headers }) => headers.authorization))).toEqual(
    new Set(['Bearer access-token-1']),
  );
});

it('two processes that come at the same moment renew once, because they wait for one lock', async () => {
  const state = stateOf();
  const clients = [
    quickbooksClient(contextFor(stub, { state })),
    quickbooksClient(contextFor(stub, { state })),
  ];
  await Promise.all(clients.map((client) => client.company()));
  expect(tokenCalls(stub)).toHaveLength(1);
});

it('stores the new refresh token before the new access token is used, and neither in the clear', async () => {
  const values = new Map<string, string>();
  const atUse: (string | undefined)[] = [];
  stub.api = (asked) => {
    atUse.push(values.get(STATE_KEY));
    return company({})(asked);
  };
  await quickbooksClient(contextFor(stub, { state: stateOf(values) })).company();
  expect(atUse[0]).toBeDefined();
  expect(atUse[0]).not.toMatch(/access-token|refresh-token/);
  expect(Buffer.from(JSON.parse(atUse[0] ?? '""') as string, 'base64').toString('latin1')).not.toMatch(
    /access-token|refresh-token/,
  );
  // A process that starts anew goes on from what is stored, not from the settings.
  const later = contextFor(stub, {
    state: stateOf(values),
    now: () => new Date(Date.now() + 2 * 3_600_000),
  });
  await quickbooksClient(later).company();
  expect(tokenCalls(stub).map(({ body }) => refreshTokenIn(body))).toEqual([
    SECRETS.refresh,
    'refresh-token-1',
  ]);
});

it('an access token that is refused is renewed once and the call made again once', async () => {
  stub.api = (asked) =>
    asked.headers.authorization === 'Bearer access-token-1' ? { status: 401 } : company({})(asked);
  const client = quickbooksClient(contextFor(stub));
  expect((await client.company()).CompanyName).toBe('Example Outfitters');
  expect(tokenCalls(stub)).toHaveLength(2);
  stub.api = () => ({ status: 401 });
  const asked = stub.asked.length;
  await expect(client.company()).rejects.toMatchObject({ code: 'vendor_unauthorized' });
  expect(stub.asked.length - asked).toBe(3);
});

it('of many callers refused at once, one renews', async () => {
  stub.api = (asked) =>
    asked.headers.authorization === 'Bearer access-token-1' ? { status: 401 } : company({})(asked);
  const client = quickbooksClient(contextFor(stub));
  await Promise.all(Array.from({ length: 8 }, () => client.company()));
  expect(tokenCalls(stub)).toHaveLength(2);
});

it('a refresh token that died because another process won is looked up again, and the winner’s is used', async () => {
  const values = new Map<string, string>();
  const state = stateOf(values);
  await quickbooksClient(contextFor(stub, { state })).company();
  const winner = values.get(STATE_KEY);
  const give = countingTokens();
  let refused = 0;
  stub.token = (asked) => {
    if (refreshTokenIn(asked.body) !== SECRETS.refresh) return give(asked);
    refused += 1;
    if (winner !== undefined) values.set(STATE_KEY, winner);
    return invalidGrant;
  };
  values.clear();
  const client = quickbooksClient(contextFor(stub, { state }));
  expect((await client.company()).CompanyName).toBe('Example Outfitters');
  expect(refused).toBe(1);
});

it('parks with a clear sentence when the grant is really gone, and holds no token in it', async () => {
  stub.token = () => invalidGrant;
  const context = contextFor(stub);
  const error: unknown = await quickbooksClient(context)
    .company()
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(StockbridgeError);
  expect(error).toMatchObject({ code: 'vendor_unauthorized', disposition: 'park' });
  expect(String(error)).toMatch(/connect the company to the app again/);
  expect(`${String(error)}${JSON.stringify(error)}${context.logged.join()}`).not.toContain(SECRETS.refresh);
  expect(tokenCalls(stub)).toHaveLength(1);
});

it('a token endpoint that is down is no reason to park', async () => {
  stub.token = () => ({ status: 503, body: '<html>' });
  await expect(quickbooksClient(contextFor(stub)).company()).rejects.toMatchObject({
    code: 'vendor_unavailable',
  });
});

it('a new refresh token in the settings, after connecting again, replaces what is stored', async () => {
  const state = stateOf();
  await quickbooksClient(contextFor(stub, { state })).company();
  const again = contextFor(stub, { state, settings: { refreshToken: 'another-refresh-token' } });
  await quickbooksClient(again).company();
  expect(refreshTokenIn(tokenCalls(stub)[1]?.body ?? '')).toBe('another-refresh-token');
});

it('warns 30 days before a grant ends, idle or for good, and not before', async () => {
  const state = stateOf();
  const first = contextFor(stub, { state });
  const client = quickbooksClient(first);
  await client.company();
  const levels = async (days: number) => {
    const context = contextFor(stub, { now: () => new Date(Date.now() + days * 86_400_000) });
    return (await healthFindings({ ...client }, context)).filter(({ level }) => level === 'warn').length;
  };
  // Intuit said 101 days idle, and 1825 days whatever is done.
  expect(await levels(0)).toBe(0);
  expect(await levels(70)).toBe(0);
  expect(await levels(72)).toBe(1);
  expect(await levels(1_794)).toBe(1);
  expect(await levels(1_796)).toBe(2);
});
