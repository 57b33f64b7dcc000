// The gateway of the simulated QuickBooks: tokens that rotate and die, limits, and every fault that can be asked for.

import { describe, expect, test } from 'vitest';
import type { Faults } from '../../src/simulators/quickbooks/index.ts';
import { call, refresh, refusalIn, sale, startBooks } from './quickbooks-client.ts';

const CREATE = 'journalentry';
const HOUR = 3600;
const DAY = 24 * HOUR;

describe('tokens', () => {
  test('an access token lives an hour of the company’s clock', async () => {
    await using books = await startBooks();
    books.actions.advance({ seconds: HOUR - 1 });
    expect((await call(books, 'preferences')).status).toBe(200);
    books.actions.advance({ seconds: 1 });
    const expired = await call(books, 'preferences');
    expect(expired.status).toBe(401);
    expect(expired.text).toContain('message=AuthenticationFailed; errorCode=003200; statusCode=401');
    expect(expired.body).not.toHaveProperty('Fault');
    const { body } = await refresh(books, books.credentials.refreshToken);
    expect(body).toMatchObject({ token_type: 'bearer', expires_in: HOUR });
    expect((await call(books, 'preferences')).status).toBe(200);
    expect(books.refreshes()).toBe(1);
  });

  test('the refresh token keeps its value for a day; the old value dies when the new one is used', async () => {
    await using books = await startBooks();
    const first = books.credentials.refreshToken;
    expect((await refresh(books, first)).body.refresh_token).toBe(first);
    books.actions.advance({ seconds: DAY });
    const second = String((await refresh(books, first)).body.refresh_token);
    expect(second).not.toBe(first);
    expect((await refresh(books, first)).status).toBe(200);
    expect((await refresh(books, second)).status).toBe(200);
    expect(await refresh(books, first)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });

  test('the old value dies a day after the new one, used or not', async () => {
    await using books = await startBooks({ rotation: 'always' });
    const first = books.credentials.refreshToken;
    const answer = await refresh(books, first, { 'x-include-refresh-token-hard-expires-in': 'true' });
    expect(answer.body.x_refresh_token_expires_in).toBe(100 * DAY);
    expect(answer.body.x_refresh_token_hard_expires_in).toBe(5 * 365 * DAY);
    books.actions.advance({ seconds: DAY });
    expect(await refresh(books, first)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect((await refresh(books, String(answer.body.refresh_token))).status).toBe(200);
  });

  test('a grant ends after a hundred days without a refresh, by revocation, and for a stranger', async () => {
    await using idle = await startBooks();
    idle.actions.advance({ seconds: 100 * DAY });
    expect((await refresh(idle, idle.credentials.refreshToken)).status).toBe(400);
    await using books = await startBooks();
    const { clientId, clientSecret, refreshToken } = books.credentials;
    expect((await refresh(books, refreshToken, { authorization: 'Basic eDp5' })).status).toBe(401);
    const revoked = await fetch(books.revokeUrl, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` },
      body: JSON.stringify({ token: refreshToken }),
    });
    expect(revoked.status).toBe(200);
    expect((await call(books, 'preferences')).status).toBe(401);
    expect((await refresh(books, refreshToken)).body.error).toBe('invalid_grant');
  });

  test('another company answers 403, and XML is not spoken', async () => {
    await using books = await startBooks();
    const { accessToken } = books.credentials;
    const ask = (realm: string, accept: string) =>
      fetch(`${books.url}/v3/company/${realm}/preferences`, {
        headers: { authorization: `Bearer ${accessToken}`, accept },
      });
    expect((await ask('1', 'application/json')).status).toBe(403);
    expect((await ask(books.credentials.realmId, '*/*')).status).toBe(406);
  });
});

describe('limits', () => {
  const at = { ms: 0 };
  const limits = { nowMs: () => at.ms };

  test.each([
    [
      'ten requests a second',
      { perSecond: 10, perMinute: 500, batchesPerMinute: 40 },
      10,
      1000,
      'preferences',
    ],
    [
      '500 requests a minute',
      { perSecond: 1000, perMinute: 500, batchesPerMinute: 40 },
      500,
      60_000,
      'preferences',
    ],
    ['40 batches a minute', { perSecond: 1000, perMinute: 500, batchesPerMinute: 40 }, 40, 60_000, 'batch'],
  ] as const)('%s, then 429 until the time has passed', async (_what, given, most, waitMs, path) => {
    at.ms = 0;
    await using books = await startBooks({ limits: { ...limits, ...given } });
    const body = path === 'batch' ? { BatchItemRequest: [] } : undefined;
    for (let count = 0; count < most; count += 1) expect((await call(books, path, body)).status).toBe(200);
    const refused = await call(books, path, body);
    expect(refused.status).toBe(429);
    expect(refused.text).toContain('message=ThrottleExceeded; errorCode=003001');
    expect(refused.headers.get('retry-after')).toBeNull();
    at.ms = waitMs;
    expect((await call(books, path, body)).status).toBe(200);
  });

  test('ten requests at once, the eleventh answers 429', async () => {
    await using books = await startBooks({ latencyMs: 300 });
    const statuses = await Promise.all(
      Array.from({ length: 11 }, async () => (await call(books, 'preferences')).status),
    );
    expect(statuses.filter((status) => status === 429)).toHaveLength(1);
  });

  test('a refusal by a limit names a wait only where that is asked for', async () => {
    await using books = await startBooks({ limits: { perMinute: 0, retryAfterSeconds: 30 } });
    const refused = await call(books, 'preferences');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '30']);
  });
});

describe('faults', () => {
  const once = (fault: NonNullable<Faults['api']>[number]): Faults => ({ api: [fault], holdMs: 50 });

  test.each(['timeOut', 'reset'] as const)('%s: no answer, and nothing is booked', async (fault) => {
    await using books = await startBooks();
    books.faults(once({ fault }));
    await expect(call(books, CREATE, sale())).rejects.toThrow();
    expect(books.company.entries()).toEqual([]);
    expect((await call(books, CREATE, sale())).status).toBe(200);
  });

  test.each(['acceptThenTimeOut', 'acceptThenReset'] as const)(
    '%s: no answer, but it is booked',
    async (fault) => {
      await using books = await startBooks();
      books.faults(once({ fault, endpoint: 'create' }));
      await expect(call(books, `${CREATE}?requestid=a`, sale())).rejects.toThrow();
      expect(books.company.entries()).toHaveLength(1);
      expect((await call(books, `${CREATE}?requestid=a`, sale())).status).toBe(200);
      expect(books.company.entries()).toHaveLength(1);
      expect(books.requests().map(({ status, requestId }) => [status, requestId])).toEqual([
        [0, 'a'],
        [200, 'a'],
      ]);
    },
  );

  test.each([
    ['badGateway', 0],
    ['acceptThenBadGateway', 1],
  ] as const)('%s: HTML with 502, %i booked', async (fault, booked) => {
    await using books = await startBooks();
    books.faults(once({ fault }));
    const answer = await call(books, CREATE, sale());
    expect([answer.status, answer.headers.get('content-type')]).toEqual([502, 'text/html']);
    expect(answer.text).toContain('<h1>502 Bad Gateway</h1>');
    expect(answer.headers.get('intuit_tid')).not.toBeNull();
    expect(books.company.entries()).toHaveLength(booked);
  });

  test('throttle may name a wait, serverError is a SystemFault', async () => {
    await using books = await startBooks();
    books.faults({ api: [{ fault: 'throttle', retryAfterSeconds: 7 }, { fault: 'serverError' }] });
    const throttled = await call(books, CREATE, sale());
    expect([throttled.status, throttled.headers.get('retry-after')]).toEqual([429, '7']);
    const broken = await call(books, CREATE, sale());
    expect(refusalIn(broken)).toBe('500 10000');
    expect(broken.text).toContain('"type":"SystemFault"');
    expect(books.company.entries()).toEqual([]);
  });

  test('a Fault may come in HTTP 200, by request or as the company’s habit', async () => {
    await using books = await startBooks();
    books.faults({
      api: [
        { fault: 'faultIn200', code: '6190' },
        { fault: 'fault', code: '6190' },
      ],
    });
    expect(refusalIn(await call(books, CREATE, sale()))).toBe('200 6190');
    expect(refusalIn(await call(books, CREATE, sale()))).toBe('403 6190');
    await using odd = await startBooks({ faultsAnswer200: true });
    expect(refusalIn(await call(odd, CREATE, sale({ Line: [] })))).toBe('200 6000');
  });

  test('unauthorized refuses a good token once', async () => {
    await using books = await startBooks();
    books.faults(once({ fault: 'unauthorized' }));
    expect((await call(books, CREATE, sale())).status).toBe(401);
    expect((await call(books, CREATE, sale())).status).toBe(200);
  });

  test('a version of the API that is none is refused, an older one is taken as 75', async () => {
    await using books = await startBooks();
    expect(refusalIn(await call(books, 'preferences?minorversion=latest'))).toBe('400 2010');
    expect((await call(books, 'preferences?minorversion=4')).status).toBe(200);
  });

  test('tokenRevoked ends the grant', async () => {
    await using books = await startBooks();
    books.faults(once({ fault: 'tokenRevoked', endpoint: 'create' }));
    expect((await call(books, CREATE, sale())).status).toBe(401);
    expect((await refresh(books, books.credentials.refreshToken)).status).toBe(400);
  });

  test('a fault meets only its endpoint, as often as it was asked for', async () => {
    await using books = await startBooks();
    books.faults({ api: [{ fault: 'badGateway', endpoint: ['query', 'TrialBalance'], times: 2 }] });
    expect((await call(books, 'preferences')).status).toBe(200);
    expect((await call(books, 'reports/TrialBalance')).status).toBe(502);
    expect(books.faults().api).toHaveLength(1);
    expect((await call(books, 'query?query=select%20*%20from%20Class')).status).toBe(502);
    expect((await call(books, 'query?query=select%20*%20from%20Class')).status).toBe(200);
    expect(books.faults().api).toEqual([]);
  });
});
