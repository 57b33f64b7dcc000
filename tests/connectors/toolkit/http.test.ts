// The HTTP client: every way a vendor can fail has its name, and nothing secret comes out of any of them.
import { Writable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type HttpClientOptions,
  type HttpRequest,
  httpClient,
  retryAfterOf,
} from '../../../src/connectors/toolkit/http.ts';
import { limiter, memoryBuckets } from '../../../src/connectors/toolkit/rate-limit.ts';
import { StockbridgeError } from '../../../src/core/errors.ts';
import { startVendor, type Vendor } from './vendor.ts';

let vendor: Vendor;
beforeEach(async () => {
  vendor = await startVendor();
});
afterEach(() => vendor.close());

const client = (options: Partial<HttpClientOptions> = {}) => httpClient({ connection: 'shop', ...options });
const get = (more: Partial<HttpRequest> = {}): HttpRequest => ({
  method: 'GET',
  url: `${vendor.url}/things`,
  ...more,
});
const failureOf = async (work: Promise<unknown>): Promise<StockbridgeError> => {
  const failure = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(StockbridgeError);
  return failure as StockbridgeError;
};
const answerStatus = (status: number, headers: Record<string, string> = {}, body = '') => {
  vendor.answer = (_request, response) => response.writeHead(status, headers).end(body);
};

describe('an answer', () => {
  it('keeps every digit of its numbers', async () => {
    vendor.answer = (_request, response) => response.end('{"id":9007199254740993,"price":1.10,"count":3}');
    expect((await client().request(get())).json()).toEqual({
      id: '9007199254740993',
      price: '1.10',
      count: 3,
    });
  });

  it('comes with lower-case headers and its bytes', async () => {
    answerStatus(200, { 'X-Page': 'two' }, 'plain');
    const { status, headers, body } = await client().request(get());
    expect({ status, page: headers['x-page'], text: body.toString() }).toEqual({
      status: 200,
      page: 'two',
      text: 'plain',
    });
  });

  it('is outcome_unknown or vendor_unavailable when it is no JSON, by whether the request writes', async () => {
    answerStatus(200, {}, '{"half":');
    const read = await client().request(get());
    expect(() => read.json()).toThrowError(expect.objectContaining({ code: 'vendor_unavailable' }));
    const written = await client().request(get({ method: 'POST', effect: true }));
    expect(() => written.json()).toThrowError(expect.objectContaining({ code: 'outcome_unknown' }));
  });
});

describe('a body', () => {
  it('is sent as JSON, as text or as bytes', async () => {
    await client().request(get({ method: 'POST', body: { sku: 'A', count: 12345678901234567890n } }));
    await client().request(get({ method: 'POST', body: 'a=b', headers: { 'content-type': 'text/plain' } }));
    await client().request(get({ method: 'POST', body: Buffer.from([0x7b, 0x7d]) }));
    expect(vendor.received.map(({ body }) => body)).toEqual([
      '{"sku":"A","count":12345678901234567890}',
      'a=b',
      '{}',
    ]);
    expect(vendor.received.map(({ headers }) => headers['content-type']).slice(0, 2)).toEqual([
      'application/json',
      'text/plain',
    ]);
  });
});

describe('a failure', () => {
  it.each([
    [500, 'vendor_unavailable', 'outcome_unknown'],
    [502, 'vendor_unavailable', 'outcome_unknown'],
    [408, 'vendor_unavailable', 'outcome_unknown'],
    [429, 'vendor_throttled', 'vendor_throttled'],
    [401, 'vendor_unauthorized', 'vendor_unauthorized'],
    [403, 'vendor_unauthorized', 'vendor_unauthorized'],
    [400, 'vendor_rejected', 'vendor_rejected'],
    [410, 'vendor_rejected', 'vendor_rejected'],
    [422, 'vendor_rejected', 'vendor_rejected'],
    [302, 'vendor_rejected', 'vendor_rejected'],
  ])('%i is %s, and with effect %s', async (status, reading, writing) => {
    answerStatus(status, { location: `${vendor.url}/elsewhere` }, 'because');
    expect((await failureOf(client().request(get()))).code).toBe(reading);
    expect((await failureOf(client().request(get({ method: 'POST', effect: true })))).code).toBe(writing);
    expect(vendor.received.filter(({ url }) => url === '/elsewhere')).toEqual([]);
  });

  it('is answered instead of thrown where the caller expects it', async () => {
    answerStatus(409, {}, '{"error":"conflict"}');
    expect((await client().request(get({ expect: [409] }))).status).toBe(409);
  });

  it('F32: ends a vendor that drips bytes after the whole time, not after the last byte', async () => {
    vendor.answer = (_request, response) => {
      const drip = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(drip));
    };
    const startedMs = performance.now();
    expect((await failureOf(client({ timeoutMs: 200 }).request(get()))).code).toBe('vendor_unavailable');
    expect((await failureOf(client({ timeoutMs: 200 }).request(get({ effect: true })))).code).toBe(
      'outcome_unknown',
    );
    expect(performance.now() - startedMs).toBeLessThan(20_000);
  });

  it('F30: a connection cut after the request was sent leaves a write open', async () => {
    vendor.answer = (request) => request.socket.destroy();
    expect((await failureOf(client().request(get({ effect: true })))).code).toBe('outcome_unknown');
    expect((await failureOf(client().request(get()))).code).toBe('vendor_unavailable');
  });

  it('is surely without effect when nobody listens or no such host exists', async () => {
    const gone = await startVendor();
    await gone.close();
    for (const url of [gone.url, 'http://stockbridge.invalid/']) {
      expect((await failureOf(client().request(get({ url, effect: true })))).code).toBe('vendor_unavailable');
    }
  });

  it('refuses an answer that is too large, also when it is small on the wire', async () => {
    vendor.answer = (_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(2_000_000)));
    const failure = await failureOf(client({ maxResponseBytes: 100_000 }).request(get()));
    expect(failure.code).toBe('vendor_unavailable');
  });
});

describe('repetition', () => {
  it('is for requests without effect only', async () => {
    let calls = 0;
    vendor.answer = (_request, response) => {
      calls += 1;
      response.writeHead(calls < 3 ? 503 : 200).end('{}');
    };
    expect((await client().request(get({ retry: 2 }))).status).toBe(200);
    calls = 0;
    await failureOf(client().request(get({ method: 'POST', effect: true, retry: 2 })));
    expect(calls).toBe(1);
  });
});

describe('Retry-After', () => {
  const now = new Date('2026-11-21T09:30:00Z');
  it.each([
    ['2', 2_000],
    ['0.5', 500],
    ['0', 0],
    ['Sat, 21 Nov 2026 09:31:00 GMT', 60_000],
    ['Sat, 21 Nov 2026 09:00:00 GMT', 0],
    ['999999999', 86_400_000],
    ['soon', undefined],
    [undefined, undefined],
  ])('%s means %s ms', (header, ms) => expect(retryAfterOf(header, now)).toBe(ms));

  it('F31: travels with the failure and pauses the connection’s limiter', async () => {
    answerStatus(429, { 'retry-after': 'Sat, 21 Nov 2026 09:30:07 GMT' });
    const pauses: Date[] = [];
    const taken: number[] = [];
    const limiter = {
      take: async (points: number) => void taken.push(points),
      learn: async () => undefined,
      pauseUntil: async (until: Date) => void pauses.push(until),
    };
    const failure = await failureOf(client({ limiter, now: () => now }).request(get({ cost: 3 })));
    expect(failure.retryAfterMs).toBe(7_000);
    expect(pauses).toEqual([new Date('2026-11-21T09:30:07Z')]);
    expect(taken).toEqual([3]);
  });
});

it('passes on what a vendor says about its bucket, where requests are paced', async () => {
  let nowMs = 0;
  const slept: number[] = [];
  const paced = limiter({
    key: 'shop',
    store: memoryBuckets(() => nowMs),
    maximum: 10,
    restorePerSecond: 1,
    sleep: async (ms) => {
      slept.push(ms);
      nowMs += ms;
    },
  });
  const http = client({ limiter: paced });
  await http.learn?.({ available: 0, restorePerSecond: 100, maximum: 2_000 });
  await http.request(get({ cost: 50 }));
  await http.request(get({ cost: 0 }));
  expect(slept).toEqual([500]);
  expect(client().learn).toBeUndefined();
});

describe('S3: secrets', () => {
  const SECRET = 'canary-token-0123456789';
  const secretRequest = (): HttpRequest =>
    get({
      url: `${vendor.url}/things?access_token=${SECRET}&page=2`,
      headers: { authorization: `Bearer ${SECRET}`, 'x-api-key': SECRET },
    });

  it('are in no error and no log, not even when the vendor echoes them', async () => {
    const lines: string[] = [];
    const log = pino(
      { level: 'trace' },
      new Writable({ write: (chunk, _encoding, done) => done(void lines.push(String(chunk)) as undefined) }),
    );
    const texts: string[] = [];
    for (const status of [200, 302, 400, 401, 429, 500]) {
      answerStatus(status, {}, `you sent ${SECRET} and Bearer ${SECRET}`);
      const outcome = await client({ log, secrets: [SECRET] })
        .request(secretRequest())
        .catch((error: unknown) => error);
      if (outcome instanceof Error) texts.push(describe_(outcome));
    }
    vendor.answer = (request) => request.socket.destroy();
    texts.push(describe_(await failureOf(client({ log }).request(secretRequest()))));
    const gone = await startVendor();
    await gone.close();
    texts.push(
      describe_(
        await failureOf(client({ log }).request({ ...secretRequest(), url: `${gone.url}/?key=${SECRET}` })),
      ),
    );
    expect(texts).toHaveLength(7);
    expect(lines.length).toBeGreaterThan(0);
    expect([...texts, ...lines].filter((text) => text.includes(SECRET) || text.includes('page=2'))).toEqual(
      [],
    );
  });

  it('in a path are hidden by a label', async () => {
    answerStatus(400);
    const failure = await failureOf(
      client().request(get({ url: `${vendor.url}/hook/${SECRET}`, label: 'the hook' })),
    );
    expect(failure.message).toContain('the hook');
    expect(failure.message).not.toContain(SECRET);
  });

  const describe_ = (error: Error): string =>
    `${error.stack} ${JSON.stringify(error)} ${JSON.stringify(Object.entries(error))} ${String(error.cause)}`;
});
