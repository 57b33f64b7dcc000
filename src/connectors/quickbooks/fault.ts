// Gives every answer of QuickBooks that is no success its name. What decides is whether it can have acted: a read is
// simply tried again, a write whose outcome is open stays open. Bodies are never shown, only the words of a fault.
import { z } from 'zod';
import { StockbridgeError } from '../../core/errors.ts';
import { plainTextOf } from '../../core/vocabulary/text.ts';
import { retryAfterOf } from '../toolkit/http.ts';
import { withoutSecrets } from '../toolkit/redaction.ts';

export interface Call {
  /** What errors call it, e.g. `posting a journal entry`. */
  readonly operation: string;
  readonly effect: boolean;
  readonly connection: string;
  /** Values that must not be shown even if the vendor repeats them. */
  readonly secrets: readonly string[];
}

export interface Answered {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined when the body is no JSON, such as a gateway’s page. */
  readonly body: unknown;
}

const words = z.union([z.string(), z.number()]).transform(String).nullish().catch(undefined);

const lowerKeyed = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key.toLowerCase(), inner]))
    : value;

/** Validation faults spell `Fault.Error[].Message`, the gateway spells `fault.error[].message`. */
const faultBody = z.preprocess(
  lowerKeyed,
  z.object({
    fault: z.preprocess(
      lowerKeyed,
      z.object({
        type: words,
        error: z
          .array(
            z.preprocess(
              lowerKeyed,
              z.object({ message: words, detail: words, code: words, element: words }),
            ),
          )
          .min(1),
      }),
    ),
  }),
);

export interface Fault {
  /** Without leading zeros; empty when there is none. */
  readonly code: string;
  readonly type: string;
  readonly text: string;
}

/** The fault in a body, whichever way it is spelt and whatever the status was. */
export function faultIn(body: unknown): Fault | undefined {
  const read = faultBody.safeParse(body);
  if (!read.success) return undefined;
  const { type, error: errors } = read.data.fault;
  const text = errors
    .map(({ message, detail }) =>
      detail && detail !== message ? `${message ?? ''}: ${detail}` : (message ?? ''),
    )
    .join('; ');
  const code = errors.map((error) => error.code ?? '').find((one) => one !== '') ?? '';
  const spelt = /errorCode=(\d+)/.exec(text)?.[1] ?? code;
  return { code: spelt.replace(/^0+(?=\d)/, ''), type: type ?? '', text };
}

/** Refusals of one document, whatever status they come under. */
const REFUSALS = new Set(['610', '2050', '2170', '2500', '5010', '6000', '6140', '6190', '6200', '6210']);
const UNAUTHORIZED = new Set(['120', '3100', '3200', '3202']);

/** The failure that an answer is; undefined for a success. */
export function failureIn(answer: Answered, call: Call, now: Date): StockbridgeError | undefined {
  const { status, headers } = answer;
  const fault = faultIn(answer.body);
  if (status >= 200 && status < 300 && fault === undefined)
    return answer.body === undefined ? open(answer, call, 'is no JSON') : undefined;
  const said = fault === undefined ? '' : `: ${shown([fault.code, fault.text].join(' '), call)}`;
  const message = `${call.operation} was answered with ${status}${said}`;
  const details = { ...detailsOf(answer, call), fault: fault?.code ?? '' };
  const code = fault?.code ?? '';
  if (status === 429 || code === '3001') {
    const retryAfterMs = retryAfterOf(headers['retry-after'], now);
    return new StockbridgeError('vendor_throttled', message, {
      details,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
  }
  if (REFUSALS.has(code)) return new StockbridgeError('vendor_rejected', message, { details });
  if (status === 401 || status === 403 || UNAUTHORIZED.has(code) || /^Auth/i.test(fault?.type ?? ''))
    return new StockbridgeError('vendor_unauthorized', message, { details });
  const isOpen = status >= 500 || status === 408 || /^(System|Service)/i.test(fault?.type ?? '');
  if (isOpen || code === '10000')
    return open(answer, call, `was ${fault === undefined ? `status ${status}` : shown(fault.text, call)}`);
  return new StockbridgeError('vendor_rejected', message, { details });
}

/** Nobody knows whether it was done: harmless for a read, open for a write. */
export const open = (answer: Answered, call: Call, what: string): StockbridgeError =>
  new StockbridgeError(
    call.effect ? 'outcome_unknown' : 'vendor_unavailable',
    `The answer to ${call.operation} ${what}`,
    { details: detailsOf(answer, call) },
  );

const shown = (text: string, call: Call): string =>
  plainTextOf(withoutSecrets(text.replace(/\s+/g, ' ').trim(), call.secrets), 400);

const detailsOf = ({ status, headers }: Answered, { connection }: Call) => ({
  connection,
  status,
  trace: traceOf(headers) ?? null,
});

/** Intuit’s id of one request, for its support. */
export const traceOf = (headers: Readonly<Record<string, string>>): string | undefined => {
  const trace = headers.intuit_tid ?? headers['intuit-tid'];
  return trace === undefined || trace === '' ? undefined : plainTextOf(trace, 100);
};
