// A QuickBooks of a few lines: answers what a test tells it to and keeps what it was asked. It knows no rule of the books;
// what the connector makes of a company that has rules is tested on the simulator.
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import type { ConnectionContext, ConnectionState } from '../../../src/connectors/contract.ts';
import { type QuickbooksSettings, settings } from '../../../src/connectors/quickbooks/settings.ts';
import { httpClient } from '../../../src/connectors/toolkit/http.ts';
import type { Limiter } from '../../../src/connectors/toolkit/rate-limit.ts';

export const REALM = '9130357992221046';
export const SECRETS = {
  client: 'stub-client-secret-8e21',
  refresh: 'stub-refresh-token-first',
  verifier: 'stub-verifier-token-77',
  previous: 'stub-verifier-token-66',
};

export interface Asked {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export type Told =
  | { readonly status?: number; readonly body?: unknown; readonly headers?: Record<string, string> }
  /** Never answers. */
  | 'hang'
  /** Closes the connection without an answer. */
  | 'reset';

export interface Stub {
  readonly url: string;
  readonly asked: Asked[];
  /** Requests of the token's address are answered by `token`, everything else by `api`. */
  api: (asked: Asked) => Told | Promise<Told>;
  token: (asked: Asked) => Told | Promise<Told>;
  close(): Promise<void>;
}

export const TOKEN_PATH = '/oauth2/v1/tokens/bearer';

/** A token endpoint that gives `access-1`, `access-2`, … and new refresh tokens to match. */
export function countingTokens(): (asked: Asked) => Told {
  let count = 0;
  return () => {
    count += 1;
    return {
      body: {
        access_token: `access-token-${count}`,
        refresh_token: `refresh-token-${count}`,
        token_type: 'bearer',
        expires_in: 3600,
        x_refresh_token_expires_in: 8_726_400,
        x_refresh_token_hard_expires_in: 157_680_000,
      },
    };
  };
}

export async function startStub(): Promise<Stub> {
  const asked: Asked[] = [];
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
    const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://stub');
    const one: Asked = {
      method: incoming.method ?? '',
      path: pathname,
      query: searchParams,
      headers: incoming.headers,
      body: Buffer.concat(chunks).toString('utf8'),
    };
    asked.push(one);
    const told = await (pathname === TOKEN_PATH ? stub.token(one) : stub.api(one));
    if (told === 'hang') return;
    if (told === 'reset') {
      incoming.socket.destroy();
      return;
    }
    const text = typeof told.body === 'string' ? told.body : JSON.stringify(told.body ?? {});
    response.writeHead(told.status ?? 200, {
      'content-type': typeof told.body === 'string' ? 'text/html' : 'application/json',
      intuit_tid: `tid-${asked.length}`,
      ...told.headers,
    });
    response.end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stub: Stub = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    api: () => ({ status: 500 }),
    token: countingTokens(),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return stub;
}

export const apiCalls = (stub: Stub): Asked[] => stub.asked.filter(({ path }) => path !== TOKEN_PATH);
export const tokenCalls = (stub: Stub): Asked[] => stub.asked.filter(({ path }) => path === TOKEN_PATH);

/** State as the hub keeps it: through JSON, and one at a time per key. */
export function stateOf(values = new Map<string, string>()): ConnectionState {
  const queues = new Map<string, Promise<unknown>>();
  return {
    read: async (key) => {
      const text = values.get(key);
      return text === undefined ? undefined : (JSON.parse(text) as unknown);
    },
    write: async (key, value) => {
      values.set(key, JSON.stringify(value));
    },
    exclusively: <T>(key: string, work: () => Promise<T>): Promise<T> => {
      const turn = (queues.get(key) ?? Promise.resolve()).then(work, work);
      queues.set(key, turn);
      return turn;
    },
  };
}

export interface TestContext extends ConnectionContext<QuickbooksSettings> {
  /** Every line that was logged. */
  readonly logged: string[];
}

export function contextFor(
  stub: Pick<Stub, 'url'>,
  options: {
    readonly state?: ConnectionState;
    readonly now?: () => Date;
    readonly limiter?: Limiter;
    readonly timeoutMs?: number;
    readonly settings?: Readonly<Record<string, unknown>>;
  } = {},
): TestContext {
  const logged: string[] = [];
  const sink = new Writable({
    write: (chunk, _encoding, done) => {
      logged.push(String(chunk));
      done();
    },
  });
  const log = pino({ level: 'trace' }, sink);
  return {
    name: 'books',
    settings: settings.parse({
      realmId: REALM,
      clientId: 'stub-client',
      clientSecret: SECRETS.client,
      refreshToken: SECRETS.refresh,
      webhookVerifierToken: SECRETS.verifier,
      previousWebhookVerifierToken: SECRETS.previous,
      apiUrl: stub.url,
      tokenUrl: `${stub.url}${TOKEN_PATH}`,
      ...options.settings,
    }),
    http: httpClient({
      connection: 'books',
      log,
      timeoutMs: options.timeoutMs ?? 5_000,
      ...(options.limiter === undefined ? {} : { limiter: options.limiter }),
    }),
    log,
    now: options.now ?? (() => new Date()),
    state: options.state ?? stateOf(),
    logged,
  };
}

/** A fault as validation gives it. */
export const fault = (code: string, message: string, detail = message, status = 400): Told => ({
  status,
  body: {
    Fault: { Error: [{ Message: message, Detail: detail, code, element: '' }], type: 'ValidationFault' },
    time: '2026-11-22T01:00:00.000-08:00',
  },
});

/** Answers queries by the entity they name, and everything else as told. */
export function company(
  rows: Readonly<Record<string, readonly unknown[]>>,
  other: (asked: Asked) => Told | Promise<Told> = () => ({ status: 404 }),
): (asked: Asked) => Told | Promise<Told> {
  return (asked) => {
    const query = asked.query.get('query');
    if (query === null) return other(asked);
    const name = /from (\w+)/i.exec(query)?.[1]?.toLowerCase() ?? '';
    const entity = Object.keys({ ...DEFAULTS, ...rows }).find((one) => one.toLowerCase() === name);
    const found = entity === undefined ? [] : ({ ...DEFAULTS, ...rows }[entity] ?? []);
    return {
      body: {
        QueryResponse:
          found.length === 0 ? {} : { [entity ?? '']: found, startPosition: 1, maxResults: found.length },
        time: '2026-11-22T01:00:00.000-08:00',
      },
    };
  };
}

export const PREFERENCES = {
  AccountingInfoPrefs: {
    BookCloseDate: '2026-09-30',
    ClassTrackingPerTxnLine: true,
    ClassTrackingPerTxn: false,
    TrackDepartments: true,
  },
  CurrencyPrefs: { HomeCurrency: { value: 'USD' }, MultiCurrencyEnabled: false },
  ProductAndServicesPrefs: { QuantityOnHand: true },
};

const DEFAULTS: Readonly<Record<string, readonly unknown[]>> = {
  Preferences: [PREFERENCES],
  CompanyInfo: [{ CompanyName: 'Example Outfitters', Id: '1' }],
};
