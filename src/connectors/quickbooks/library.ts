// The one place that touches node-quickbooks, set up so that none of its habits gets out: its requests go through the
// connection's own HTTP client to an address of our choosing, its callbacks become promises that settle once, it gets a
// copy of what it may change, it never prints, and its errors, which carry the bearer token, are dropped here.
import { AsyncLocalStorage } from 'node:async_hooks';
import { createRequire } from 'node:module';
import type { AxiosAdapter, AxiosStatic } from 'axios';
import type { z } from 'zod';
import { StockbridgeError } from '../../core/errors.ts';
import type { HttpClient } from '../toolkit/http.ts';
import { readJson } from '../toolkit/json.ts';
import { type Answered, type Call, failureIn, open, traceOf } from './fault.ts';

/** Values below it are ignored by Intuit since August 2025; fields are only ever added to it. */
export const MINOR_VERSION = 75;

type Callback = (error: unknown, data?: unknown) => void;

/** The part of a node-quickbooks instance that this connector uses. */
export interface LibraryInstance {
  endpoint: string;
  createJournalEntry(entry: object, callback: Callback): void;
  findJournalEntries(criteria: string, callback: Callback): void;
  findAccounts(criteria: string, callback: Callback): void;
  findClasses(criteria: string, callback: Callback): void;
  findDepartments(criteria: string, callback: Callback): void;
  findCompanyInfos(criteria: string, callback: Callback): void;
  findPreferenceses(criteria: string, callback: Callback): void;
  changeDataCapture(entities: readonly string[], since: string, callback: Callback): void;
  reportTrialBalance(options: Readonly<Record<string, string>>, callback: Callback): void;
  reportGeneralLedgerDetail(options: Readonly<Record<string, string>>, callback: Callback): void;
  refreshAccessToken(callback: Callback): void;
}

type LibraryClass = new (
  consumerKey: string,
  consumerSecret: string,
  token: string,
  tokenSecret: false,
  realmId: string,
  useSandbox: boolean,
  debug: false,
  minorversion: number,
  oauthversion: '2.0',
  refreshToken: string | null,
) => LibraryInstance;

const load = createRequire(import.meta.url);
const QuickBooks = load('node-quickbooks') as LibraryClass;
/** The library's own axios: the CommonJS build, which is not the one that the HTTP client imports. */
const axios = createRequire(load.resolve('node-quickbooks'))('axios') as AxiosStatic;

export interface LibraryOptions {
  readonly connection: string;
  readonly http: HttpClient;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly realmId: string;
  /** Of the API, without a trailing slash. */
  readonly apiUrl: string;
  readonly tokenUrl: string;
  readonly now: () => Date;
}

/** One call of the library on its way out, and what came of it. */
interface Passage {
  readonly options: LibraryOptions;
  readonly kind: 'api' | 'token';
  readonly effect: boolean;
  answer?: Answered;
  /** What the HTTP client threw. */
  failure?: unknown;
}

const passages = new AsyncLocalStorage<Passage>();

const send: AxiosAdapter = async (config) => {
  const passage = passages.getStore();
  if (passage === undefined) throw new Error('A request of node-quickbooks left outside of a connection.');
  const { options, kind, effect } = passage;
  try {
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(config.headers.toJSON()))
      if (value !== null && value !== undefined) headers[name.toLowerCase()] = String(value);
    delete headers['user-agent'];
    headers.accept = 'application/json';
    // Asks for the instant after which no renewal helps, whoever's token it is.
    if (kind === 'token') headers['x-include-refresh-token-hard-expires-in'] = 'true';
    const answer = await options.http.request({
      method: config.method?.toUpperCase() === 'POST' ? 'POST' : 'GET',
      // The library's addresses are statics that anybody in the process may change.
      url: kind === 'token' ? options.tokenUrl : new URL(axios.getUri(config)).href,
      headers,
      ...(config.data === undefined ? {} : { body: String(config.data) }),
      effect,
      expect: 'any',
      // The token's address has a limit of its own.
      cost: kind === 'token' ? 0 : 1,
    });
    const read = readJson(answer.body, { brokenText: 'keep' });
    passage.answer = {
      status: answer.status,
      headers: answer.headers,
      body: read.ok ? read.value : undefined,
    };
  } catch (error) {
    passage.failure = error;
    throw error;
  }
  const { status, headers, body } = passage.answer;
  const response = { data: body, status, statusText: '', headers: { ...headers }, config };
  if (status >= 200 && status < 300) return response;
  throw new axios.AxiosError('refused', 'ERR_BAD_RESPONSE', config, undefined, response);
};
axios.defaults.adapter = send;

/** A parsed answer. */
export interface Reply<T> {
  readonly value: T;
  readonly trace: string | undefined;
}

export interface Wanted<T> {
  /** What errors call it. */
  readonly operation: string;
  readonly shape: z.ZodType<T>;
  /** True when it may book something. */
  readonly effect?: boolean;
  readonly kind?: 'api' | 'token';
  readonly accessToken?: string;
  readonly refreshToken?: string;
}

/**
 * Makes one call through the library and answers its result, parsed.
 * @throws StockbridgeError vendor_unavailable, vendor_throttled, vendor_unauthorized, vendor_rejected, and with `effect`
 *   outcome_unknown; `details.fault` is QuickBooks’ code and `details.trace` its request id. Nothing else is thrown.
 */
export async function called<T>(
  options: LibraryOptions,
  wanted: Wanted<T>,
  invoke: (library: LibraryInstance, callback: Callback) => void,
): Promise<Reply<T>> {
  const effect = wanted.effect ?? false;
  const passage: Passage = { options, kind: wanted.kind ?? 'api', effect };
  const call: Call = {
    operation: wanted.operation,
    effect,
    connection: options.connection,
    secrets: [options.clientSecret, wanted.accessToken ?? '', wanted.refreshToken ?? ''],
  };
  // The library calls back a second time when a callback throws; this one only settles a promise, which settles once.
  const { error, data } = await new Promise<{ error: unknown; data: unknown }>((resolve) => {
    try {
      const library = instanceOf(options, wanted);
      passages.run(passage, () => invoke(library, (error, data) => resolve({ error, data })));
    } catch (error) {
      resolve({ error: error ?? true, data: undefined });
    }
  });
  if (passage.failure instanceof StockbridgeError) throw passage.failure;
  if (passage.answer === undefined) throw neverSent(passage, call);
  const failure = failureIn(passage.answer, call, options.now());
  if (failure !== undefined) throw failure;
  if (error !== null && error !== undefined) throw open(passage.answer, call, 'has an unexpected shape');
  const read = wanted.shape.safeParse(data);
  if (read.success) return { value: read.data, trace: traceOf(passage.answer.headers) };
  const place = read.error.issues[0]?.path.join('.') ?? '';
  throw open(passage.answer, call, `has an unexpected shape at ${place === '' ? 'the top' : place}`);
}

/** A new instance for every call: the library writes tokens and endpoints into it. */
function instanceOf(
  options: LibraryOptions,
  { accessToken = '', refreshToken }: Pick<Wanted<unknown>, 'accessToken' | 'refreshToken'>,
): LibraryInstance {
  const { clientId, clientSecret, realmId, apiUrl } = options;
  const made = new QuickBooks(
    clientId,
    clientSecret,
    accessToken,
    false,
    realmId,
    false,
    false,
    MINOR_VERSION,
    '2.0',
    refreshToken ?? null,
  );
  made.endpoint = `${apiUrl}/v3/company/`;
  return made;
}

/** The library's own sentence is left out: it prints whole entities. */
const neverSent = (passage: Passage, { operation, connection }: Call): StockbridgeError =>
  new StockbridgeError(
    passage.failure === undefined ? 'vendor_rejected' : 'vendor_unavailable',
    `${operation} was not sent: ${passage.failure === undefined ? 'node-quickbooks refuses it as it is' : 'the request could not be made'}`,
    { details: { connection } },
  );
