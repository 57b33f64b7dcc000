// Each habit of node-quickbooks 2.0.50 that would lose money, time or a secret, and that it does not get out.
import { createRequire } from 'node:module';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { quickbooksClient } from '../../../src/connectors/quickbooks/client.ts';
import { payloadOf } from '../../../src/connectors/quickbooks/entry.ts';
import { called, type LibraryOptions } from '../../../src/connectors/quickbooks/library.ts';
import { StockbridgeError } from '../../../src/core/errors.ts';
import { entryFrom, journal, KEY } from './journals.ts';
import { apiCalls, company, contextFor, fault, REALM, SECRETS, type Stub, startStub } from './stub.ts';

const TOKEN = 'a-bearer-token-nobody-may-see';
const QuickBooks = createRequire(import.meta.url)('node-quickbooks') as {
  V3_ENDPOINT_BASE_URL: string;
  TOKEN_URL: string;
};

let stub: Stub;
beforeEach(async () => {
  stub = await startStub();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await stub.close();
});

const optionsFor = (timeoutMs = 20_000): LibraryOptions & { readonly logged: string[] } => {
  const context = contextFor(stub, { timeoutMs });
  return {
    connection: context.name,
    http: context.http,
    clientId: 'stub-client',
    clientSecret: SECRETS.client,
    realmId: REALM,
    apiUrl: stub.url,
    tokenUrl: `${stub.url}/oauth2/v1/tokens/bearer`,
    now: context.now,
    logged: context.logged,
  };
};

const anything = z.unknown();
const post = (options: LibraryOptions, entry: object, accessToken = TOKEN) =>
  called(options, { operation: 'posting', shape: anything, effect: true, accessToken }, (library, done) =>
    library.createJournalEntry(entry, done),
  );
const read = (options: LibraryOptions) =>
  called(options, { operation: 'reading', shape: anything, accessToken: TOKEN }, (library, done) =>
    library.findJournalEntries("where DocNumber = 'A' startposition 1 maxresults 1000", done),
  );

async function failureOf(work: Promise<unknown>): Promise<StockbridgeError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof StockbridgeError))
    throw new Error(`this had to fail, and answered ${String(error)}`);
  return error;
}

const everythingOf = (error: Error): string => {
  const parts: string[] = [];
  for (let present: unknown = error; present instanceof Error; present = present.cause)
    parts.push(present.stack ?? '', JSON.stringify(present), JSON.stringify(Object.entries(present)));
  return parts.join('\n');
};

describe('the request', () => {
  it('I8: bears the same request id on every attempt, although the library takes it out of the object', async () => {
    stub.api = ({ body }) => ({ body: { JournalEntry: entryFrom(body) } });
    const client = quickbooksClient(contextFor(stub));
    const entry = Object.freeze(payloadOf(journal(), false));
    await client.createJournalEntry(entry, KEY);
    await client.createJournalEntry(entry, KEY);
    const [first, second] = apiCalls(stub);
    expect(first?.query.get('requestid')).toBe(KEY);
    expect(second?.query.get('requestid')).toBe(KEY);
    expect(first?.query.get('minorversion')).toBe('75');
    expect(second?.body).toBe(first?.body);
    expect(JSON.parse(first?.body ?? '')).not.toHaveProperty('requestId');
    expect(first?.path).toBe(`/v3/company/${REALM}/journalentry`);
  });

  it('signs in by OAuth 2.0 with the token as it is, even one that reads like code', async () => {
    stub.api = () => ({ body: { QueryResponse: {} } });
    const token = 'process.exit(1)//';
    await called(
      optionsFor(),
      { operation: 'reading', shape: anything, accessToken: token },
      (library, done) => library.findAccounts('startposition 1', done),
    );
    expect(apiCalls(stub)[0]?.headers.authorization).toBe(`Bearer ${token}`);
  });

  it('goes to the address of its own connection, whoever changes the library’s statics', async () => {
    const { V3_ENDPOINT_BASE_URL, TOKEN_URL } = QuickBooks;
    try {
      QuickBooks.V3_ENDPOINT_BASE_URL = 'http://127.0.0.1:1/v3/company/';
      QuickBooks.TOKEN_URL = 'http://127.0.0.1:1/token';
      stub.api = () => ({ body: { QueryResponse: {} } });
      const client = quickbooksClient(contextFor(stub));
      expect(await client.accounts()).toEqual([]);
      expect(stub.asked).toHaveLength(2);
    } finally {
      Object.assign(QuickBooks, { V3_ENDPOINT_BASE_URL, TOKEN_URL });
    }
  });

  it('serves two companies at once, each with its own address and token', async () => {
    const other = await startStub();
    try {
      stub.api = () => ({ body: { QueryResponse: {} } });
      other.api = () => ({ body: { QueryResponse: {} } });
      const clients = [quickbooksClient(contextFor(stub)), quickbooksClient(contextFor(other))];
      await Promise.all(clients.flatMap((client) => [client.accounts(), client.accounts()]));
      expect(apiCalls(stub)).toHaveLength(2);
      expect(apiCalls(other)).toHaveLength(2);
    } finally {
      await other.close();
    }
  });

  it('writes a query so that quotes, percent signs and plus signs arrive as they were', async () => {
    stub.api = company({});
    const client = quickbooksClient(contextFor(stub));
    const where = "where DocNumber = 'A+B 100% \\'x\\' & #1'";
    await client.journalEntries(where);
    expect(apiCalls(stub)[0]?.query.get('query')).toBe(
      `select * from journalEntry ${where} startposition 1 maxresults 1000`,
    );
  });
});

describe('the answer', () => {
  it('settles once, and an exception of ours is not handed back as a failure of QuickBooks', async () => {
    stub.api = () => ({ body: { JournalEntry: { Id: '1' } } });
    let parsed = 0;
    const shape = z.unknown().transform(() => {
      parsed += 1;
      throw new RangeError('a fault of our own');
    });
    const outcome = called(
      optionsFor(),
      { operation: 'posting', shape, effect: true, accessToken: TOKEN },
      (library, done) => library.createJournalEntry({ a: 1 }, done),
    );
    await expect(outcome).rejects.toThrow('a fault of our own');
    expect(parsed).toBe(1);
    expect(apiCalls(stub)).toHaveLength(1);
  });

  it.each([
    ['an HTTP error with a Fault', 400],
    ['a Fault inside an HTTP 200', 200],
  ])('is the same refusal in both shapes: %s', async (_name, status) => {
    stub.api = () => fault('6140', 'Duplicate Document Number Error', 'DocNumber=A TxnId=77', status);
    const error = await failureOf(post(optionsFor(), { a: 1 }));
    expect(error).toMatchObject({ code: 'vendor_rejected', details: { fault: '6140', trace: 'tid-1' } });
    expect(error.message).toContain('TxnId=77');
  });

  it('is refused as a query in both shapes as well', async () => {
    for (const status of [200, 400]) {
      stub.api = () => fault('4000', 'Error parsing query', 'QueryParserError', status);
      expect((await failureOf(read(optionsFor()))).code).toBe('vendor_rejected');
    }
  });

  it.each([
    ['a write', true, 'outcome_unknown'],
    ['a read', false, 'vendor_unavailable'],
  ] as const)(
    'that is a gateway’s page leaves %s open, and the page is shown nowhere',
    async (_n, effect, code) => {
      stub.api = () => ({ status: 502, body: `<html>Bad Gateway for ${TOKEN}</html>` });
      const options = optionsFor();
      const error = await failureOf(effect ? post(options, { a: 1 }) : read(options));
      expect(error.code).toBe(code);
      expect(everythingOf(error)).not.toContain('html');
    },
  );

  it('that is a page under HTTP 200, or of an unknown shape, is never taken for a success', async () => {
    stub.api = () => ({ status: 200, body: '<html>maintenance</html>' });
    expect((await failureOf(post(optionsFor(), { a: 1 }))).code).toBe('outcome_unknown');
    expect((await failureOf(read(optionsFor()))).code).toBe('vendor_unavailable');
    stub.api = () => ({ body: { nothing: 'known' } });
    expect((await failureOf(read(optionsFor()))).code).toBe('vendor_unavailable');
    const client = quickbooksClient(contextFor(stub));
    expect((await failureOf(client.createJournalEntry({}, KEY))).code).toBe('outcome_unknown');
  });

  it('that never comes ends at the time limit: a write is then open, a read is not', async () => {
    stub.api = () => 'hang';
    expect((await failureOf(post(optionsFor(150), { a: 1 }))).code).toBe('outcome_unknown');
    expect((await failureOf(read(optionsFor(150)))).code).toBe('vendor_unavailable');
    stub.api = () => 'reset';
    expect((await failureOf(post(optionsFor(), { a: 1 }))).code).toBe('outcome_unknown');
  });

  it('of a limit says how long to stay away, in both spellings of a fault', async () => {
    stub.api = () => ({
      status: 429,
      headers: { 'retry-after': '2' },
      body: { fault: { error: [{ message: 'message=ThrottleExceeded; errorCode=003001; statusCode=429' }] } },
    });
    expect(await failureOf(post(optionsFor(), { a: 1 }))).toMatchObject({
      code: 'vendor_throttled',
      retryAfterMs: 2_000,
    });
    stub.api = () => fault('3001', 'ThrottleExceeded', 'slow down', 200);
    expect((await failureOf(read(optionsFor()))).code).toBe('vendor_throttled');
  });

  it.each([
    [401, '3200', 'vendor_unauthorized'],
    [403, '3100', 'vendor_unauthorized'],
    [403, '6190', 'vendor_rejected'],
    [500, '10000', 'outcome_unknown'],
    [503, '', 'outcome_unknown'],
    [400, '2500', 'vendor_rejected'],
  ])('%i with code %s is %s', async (status, code, expected) => {
    stub.api = () => fault(code, 'a message', 'a detail', status);
    expect((await failureOf(post(optionsFor(), { a: 1 }))).code).toBe(expected);
  });

  it('of a server that nobody reaches means that a write surely did nothing', async () => {
    const options = { ...optionsFor(), apiUrl: 'http://127.0.0.1:1' };
    expect((await failureOf(post(options, { a: 1 }))).code).toBe('vendor_unavailable');
  });
});

describe('what is kept quiet', () => {
  it('no error and no log line holds a token, a secret or a body, although the library’s error holds them', async () => {
    const body = { PrivateNote: 'a-very-private-note' };
    const seen: string[] = [];
    for (const told of [
      fault('6000', 'Business Validation Error', `said ${TOKEN} and ${SECRETS.client}`),
      fault('6000', 'Business Validation Error', 'again', 200),
      { status: 401, body: { token: TOKEN } },
      { status: 502, body: `<p>${TOKEN}</p>` },
      'hang' as const,
      'reset' as const,
    ]) {
      stub.api = () => told;
      const options = optionsFor(150);
      seen.push(everythingOf(await failureOf(post(options, { ...body }))), ...options.logged);
    }
    const text = seen.join('\n');
    for (const secret of [TOKEN, SECRETS.client, 'a-very-private-note', 'Bearer'])
      expect(text).not.toContain(secret);
  });

  it('the library prints nothing, whatever happens', async () => {
    const printed: unknown[] = [];
    for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const)
      vi.spyOn(console, method).mockImplementation((...args) => void printed.push(args));
    stub.api = () => fault('6000', 'Business Validation Error');
    await failureOf(post(optionsFor(), { a: 1 }));
    stub.api = () => ({ body: { JournalEntry: {} } });
    await post(optionsFor(), { a: 1 });
    expect(printed).toEqual([]);
  });

  it('what the library throws at once, with the whole entity in its words, becomes a refusal without them', async () => {
    const entity = { PrivateNote: 'a-very-private-note' };
    const error = await failureOf(
      called(optionsFor(), { operation: 'changing', shape: anything, effect: true }, (library, done) => {
        const { updateJournalEntry } = library as unknown as {
          updateJournalEntry: (entry: object, callback: unknown) => void;
        };
        updateJournalEntry.call(library, entity, done);
      }),
    );
    expect(error.code).toBe('vendor_rejected');
    expect(everythingOf(error)).not.toContain('a-very-private-note');
    expect(stub.asked).toEqual([]);
  });
});
