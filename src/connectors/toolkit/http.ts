// Every request a connector makes: bounded in time and size, paced by the connection's limiter, failures named.
// It follows no redirect, trusts no status, and lets no token, header or query string into an error or a log.
import axios, { type AxiosResponse, isAxiosError } from 'axios';
import { stringify } from 'lossless-json';
import type { Logger } from 'pino';
import { StockbridgeError } from '../../core/errors.ts';
import { readJson } from './json.ts';
import type { LearnedBucket, Limiter } from './rate-limit.ts';
import { excerptOf, sensitiveValues, targetOf } from './redaction.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Absolute, http or https. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes and text are sent as they are; anything else as JSON, with its content type unless one is given. */
  readonly body?: unknown;
  /** From the first byte to the last, in milliseconds; default 10,000. */
  readonly timeoutMs?: number;
  /** Points taken from the connection's limiter before sending; default 1, and 0 does not wait. */
  readonly cost?: number;
  /**
   * True when sending twice may do twice (writes). An open outcome is then thrown as `outcome_unknown`, and nothing is
   * repeated here.
   */
  readonly effect?: boolean;
  /** How many times a request without effect is sent again at once when the vendor is unavailable; default 0. */
  readonly retry?: number;
  /** Statuses answered to the caller instead of thrown, besides 2xx: a list, or `any`. */
  readonly expect?: readonly number[] | 'any';
  /** What errors call the target; default the host and path. For addresses whose path is a secret. */
  readonly label?: string;
}

export interface HttpResponse {
  readonly status: number;
  /** Lower-case names; a header sent several times is joined with `, `. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /**
   * The body as JSON. Integers up to 2^53 are numbers; larger and fractional numbers are their exact text.
   * @throws StockbridgeError `vendor_unavailable` (with effect: `outcome_unknown`) when the body is no JSON.
   */
  json(): unknown;
}

export interface HttpClient {
  /**
   * Sends one request and answers 2xx (and what `expect` names).
   * @throws StockbridgeError vendor_unavailable, vendor_throttled, vendor_unauthorized, vendor_rejected, outcome_unknown.
   */
  request(request: HttpRequest): Promise<HttpResponse>;
  /**
   * Tells the connection's limiter what the vendor said about its own bucket, in the points that `cost` counts; there
   * only where requests are paced.
   */
  readonly learn?: (bucket: LearnedBucket) => Promise<void>;
}

export interface HttpClientOptions {
  /** The connection's name, for errors and logs. */
  readonly connection: string;
  readonly log?: Logger;
  /** Without one requests are not paced. */
  readonly limiter?: Limiter;
  /** Values that must never be shown, e.g. every secret setting; an echo of them in a vendor's answer is masked. */
  readonly secrets?: readonly string[];
  /** Default 10,000. */
  readonly timeoutMs?: number;
  /** Largest answer read, after decompression; default 32 MiB. */
  readonly maxResponseBytes?: number;
  readonly now?: () => Date;
}

const TIMEOUT_MS = 10_000;
const MAX_RESPONSE_BYTES = 32 * 1024 * 1024;

/** Failures that happen before a byte of the request leaves: the vendor cannot have acted on it. */
const NEVER_SENT =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ERR_INVALID_URL|ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/;

/** Makes the HTTP client of one connection; see {@link HttpClient.request} for what it promises. */
export function httpClient(options: HttpClientOptions): HttpClient {
  const now = options.now ?? (() => new Date());
  const request = async (wanted: HttpRequest): Promise<HttpResponse> => {
    const attempts = wanted.effect ? 1 : 1 + (wanted.retry ?? 0);
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await requestOnce(wanted, options, now);
      } catch (error) {
        const again =
          error instanceof StockbridgeError && error.code === 'vendor_unavailable' && attempt < attempts;
        if (!again) throw error;
      }
    }
  };
  const { limiter } = options;
  return limiter === undefined ? { request } : { request, learn: (bucket) => limiter.learn(bucket) };
}

async function requestOnce(
  wanted: HttpRequest,
  options: HttpClientOptions,
  now: () => Date,
): Promise<HttpResponse> {
  const target = `${wanted.method} ${wanted.label ?? targetOf(wanted.url)}`;
  const cost = wanted.cost ?? 1;
  if (cost > 0) await options.limiter?.take(cost);
  const startedMs = performance.now();
  let answer: AxiosResponse<unknown>;
  try {
    answer = await send(wanted, options);
  } catch (error) {
    throw transportFailure(error, target, wanted, options);
  }
  const durationMs = Math.round(performance.now() - startedMs);
  options.log?.debug(
    { connection: options.connection, target, status: answer.status, durationMs },
    'vendor answered',
  );
  const response = responseOf(answer, target, wanted, options);
  const retryAfterMs = retryAfterOf(response.headers['retry-after'], now());
  if (retryAfterMs !== undefined && (response.status === 429 || response.status === 503)) {
    await options.limiter?.pauseUntil(new Date(now().getTime() + retryAfterMs));
  }
  const expected = wanted.expect === 'any' || (wanted.expect?.includes(response.status) ?? false);
  if (expected || (response.status >= 200 && response.status < 300)) return response;
  throw statusFailure(response, target, retryAfterMs, wanted, options);
}

function send(wanted: HttpRequest, options: HttpClientOptions): Promise<AxiosResponse<unknown>> {
  const { data, contentType } = bodyOf(wanted.body);
  return axios.request<unknown>({
    method: wanted.method,
    url: wanted.url,
    headers: {
      'user-agent': 'Stockbridge',
      accept: 'application/json',
      ...(contentType === undefined ? {} : { 'content-type': contentType }),
      ...wanted.headers,
    },
    ...(data === undefined ? {} : { data }),
    // axios' own timeout watches idle sockets only; a vendor that drips bytes must be cut off as well.
    signal: AbortSignal.timeout(wanted.timeoutMs ?? options.timeoutMs ?? TIMEOUT_MS),
    maxContentLength: options.maxResponseBytes ?? MAX_RESPONSE_BYTES,
    maxBodyLength: Number.POSITIVE_INFINITY,
    maxRedirects: 0,
    // A proxy from the environment would see every token; whoever needs one sets it for the whole process.
    proxy: false,
    responseType: 'arraybuffer',
    transformRequest: [(sent: unknown) => sent],
    validateStatus: () => true,
  });
}

function bodyOf(body: unknown): { data?: Buffer; contentType?: string } {
  if (body === undefined) return {};
  if (Buffer.isBuffer(body)) return { data: body };
  if (typeof body === 'string') return { data: Buffer.from(body, 'utf8') };
  return { data: Buffer.from(stringify(body) ?? 'null', 'utf8'), contentType: 'application/json' };
}

function responseOf(
  answer: AxiosResponse<unknown>,
  target: string,
  wanted: HttpRequest,
  options: HttpClientOptions,
): HttpResponse {
  const headers: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined && value !== null) headers[name.toLowerCase()] = [value].flat().join(', ');
  }
  const body = Buffer.isBuffer(answer.data) ? answer.data : Buffer.alloc(0);
  return {
    status: answer.status,
    headers,
    body,
    json: () => {
      const read = readJson(body, { brokenText: 'keep' });
      if (read.ok) return read.value;
      throw openFailure(
        `${target} answered ${answer.status} with no readable JSON: ${read.reason}`,
        wanted,
        options,
      );
    },
  };
}

/** What a failure is called when the vendor may have acted: harmless without effect, open with one. */
function openFailure(
  message: string,
  wanted: HttpRequest,
  options: HttpClientOptions,
  extra: { details?: Record<string, string | number>; retryAfterMs?: number } = {},
): StockbridgeError {
  return new StockbridgeError(wanted.effect ? 'outcome_unknown' : 'vendor_unavailable', message, {
    ...extra,
    details: { connection: options.connection, ...extra.details },
  });
}

/** axios' own error is never passed on as cause: it carries the whole request, headers and all. */
function transportFailure(
  error: unknown,
  target: string,
  wanted: HttpRequest,
  options: HttpClientOptions,
): StockbridgeError {
  const code = isAxiosError(error) ? (error.code ?? 'unknown') : 'unknown';
  const details = { connection: options.connection, cause: code };
  if (NEVER_SENT.test(code)) {
    return new StockbridgeError('vendor_unavailable', `${target} could not be reached (${code})`, {
      details,
    });
  }
  const timeoutMs = wanted.timeoutMs ?? options.timeoutMs ?? TIMEOUT_MS;
  const what =
    code === 'ERR_CANCELED' ? `gave no whole answer within ${timeoutMs} ms` : `broke off (${code})`;
  return openFailure(`${target} ${what}`, wanted, options, { details: { cause: code } });
}

function statusFailure(
  response: HttpResponse,
  target: string,
  retryAfterMs: number | undefined,
  wanted: HttpRequest,
  options: HttpClientOptions,
): StockbridgeError {
  const { status } = response;
  const masked = [...(options.secrets ?? []), ...sensitiveValues(wanted)];
  const excerpt = excerptOf(response.body, masked);
  const message = `${target} answered ${status}${excerpt === '' ? '' : `: ${excerpt}`}`;
  const details = { connection: options.connection, status };
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  if (status === 429) return new StockbridgeError('vendor_throttled', message, { details, ...wait });
  if (status === 401 || status === 403)
    return new StockbridgeError('vendor_unauthorized', message, { details });
  if (status >= 500 || status === 408)
    return openFailure(message, wanted, options, { details: { status }, ...wait });
  if (status < 400) {
    const where = 'redirects are not followed; correct the address in the configuration';
    return new StockbridgeError('vendor_rejected', `${target} answered ${status}; ${where}`, { details });
  }
  return new StockbridgeError('vendor_rejected', message, { details });
}

/**
 * Milliseconds that a `Retry-After` header asks for, given as seconds (fractions too) or as an HTTP date.
 * Never negative; at most one day, so that a broken clock elsewhere cannot stop a connection for ever.
 */
export function retryAfterOf(header: string | undefined, now: Date): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  const ms = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now.getTime();
  if (Number.isNaN(ms)) return undefined;
  return Math.min(Math.max(0, Math.ceil(ms)), 24 * 60 * 60 * 1000);
}
