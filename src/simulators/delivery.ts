// Delivers signed webhook messages over real HTTP the way a vendor does: time limit, retries, and faults on request.
// Knows no vendor: headers, bodies and retry schedules are given. Promises neither order nor single delivery.

import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Random } from './random.ts';

export type FailureReason = 'timeout' | 'http_error' | 'tls_error' | 'connection_error';

/** What the headers of one attempt may depend on. */
export interface AttemptContext {
  /** 0 for the first try, 1 for the first retry. */
  attempt: number;
  /** Why the previous try failed; absent on the first. */
  previousFailure?: FailureReason;
  firstAttemptAt: Date;
  attemptAt: Date;
}

export interface Message {
  id: string;
  topic: string;
  /** Exactly as registered; it is never normalised, because vendors sign it byte for byte. */
  url: string;
  body: Buffer;
  headers(context: AttemptContext): Record<string, string>;
}

/** Probabilities in 0…1 per message. A dropped message is lost for good: the vendor believes it was delivered. */
export interface DeliveryFaults {
  duplicate?: number | undefined;
  /** The message is held back until a later one has overtaken it, or `reorderHoldMs` have passed. */
  reorder?: number | undefined;
  delay?: number | undefined;
  drop?: number | undefined;
  /** Upper bound of a delay; default 200. */
  delayMs?: number | undefined;
  /** Default 200. */
  reorderHoldMs?: number | undefined;
}

export interface DeliveryAttempt {
  messageId: string;
  topic: string;
  url: string;
  attempt: number;
  /** True for the second copy made by the `duplicate` fault. */
  duplicate: boolean;
  at: string;
  durationMs: number;
  outcome: 'delivered' | 'dropped' | FailureReason;
  status?: number;
  headers: Record<string, string>;
  body: string;
}

export interface DeliveryOptions {
  /** Waits before retry 1, 2, 3…; when they are used up the message is given up. */
  retryScheduleMs: readonly number[];
  timeoutMs: number;
  random: Random;
  now?: () => Date;
  /** Sockets per receiver; default 8. */
  concurrency?: number;
  /** How many attempts the log keeps, newest last; default 20,000. */
  logLimit?: number;
  onAttempt?: (attempt: DeliveryAttempt) => void;
}

export interface Delivery {
  send(message: Message): void;
  setFaults(faults: DeliveryFaults): void;
  /** Every attempt in the order it ended, drops included. */
  attempts(): DeliveryAttempt[];
  /** Messages not yet delivered, dropped or given up. */
  pending(): number;
  /** Resolves when nothing is in flight, held back or waiting for a retry. */
  settled(): Promise<void>;
  /** Cancels what waits and aborts what is in flight. */
  close(): Promise<void>;
}

interface PostResult {
  outcome: 'delivered' | FailureReason;
  status?: number;
}

const TLS_CODES = /^(CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/;

/** Starts a delivery loop; `send` returns at once and the outcome is seen in `attempts()`. */
export function startDelivery(options: DeliveryOptions): Delivery {
  const now = options.now ?? (() => new Date());
  const logLimit = options.logLimit ?? 20_000;
  const sockets = { keepAlive: true, maxSockets: options.concurrency ?? 8 };
  const agents = { http: new HttpAgent(sockets), https: new HttpsAgent(sockets) };
  const stop = new AbortController();
  const timers = new Map<NodeJS.Timeout, () => void>();
  const log: DeliveryAttempt[] = [];
  let faults: DeliveryFaults = {};
  let held: Array<() => void> = [];
  let open = 0;
  let waiters: Array<() => void> = [];

  const wait = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      if (stop.signal.aborted) return resolve();
      const timer = setTimeout(() => {
        timers.delete(timer);
        resolve();
      }, ms);
      timers.set(timer, resolve);
    });

  const record = (attempt: DeliveryAttempt): void => {
    log.push(attempt);
    if (log.length > logLimit) log.splice(0, log.length - logLimit);
    options.onAttempt?.(attempt);
  };

  const holdUntilOvertaken = async (holdMs: number): Promise<void> => {
    const overtaken = new Promise<void>((resolve) => held.push(resolve));
    await Promise.race([overtaken, wait(holdMs)]);
  };

  const attemptOnce = async (
    message: Message,
    context: AttemptContext,
    duplicate: boolean,
  ): Promise<PostResult> => {
    const headers = message.headers(context);
    const startedMs = performance.now();
    const result = await post(message, headers, options.timeoutMs, agents, stop.signal);
    if (stop.signal.aborted) return result;
    record({
      messageId: message.id,
      topic: message.topic,
      url: message.url,
      attempt: context.attempt,
      duplicate,
      at: context.attemptAt.toISOString(),
      durationMs: performance.now() - startedMs,
      ...result,
      headers,
      body: message.body.toString('utf8'),
    });
    return result;
  };

  const deliver = async (message: Message, duplicate: boolean): Promise<void> => {
    const firstAttemptAt = now();
    let previousFailure: FailureReason | undefined;
    for (let attempt = 0; !stop.signal.aborted; attempt += 1) {
      const context: AttemptContext = { attempt, firstAttemptAt, attemptAt: now() };
      if (previousFailure !== undefined) context.previousFailure = previousFailure;
      const { outcome } = await attemptOnce(message, context, duplicate);
      if (outcome === 'delivered') return;
      previousFailure = outcome;
      const waitMs = options.retryScheduleMs[attempt];
      if (waitMs === undefined) return;
      await wait(waitMs);
    }
  };

  const track = (work: Promise<void>): void => {
    open += 1;
    void work.finally(() => {
      open -= 1;
      if (open > 0) return;
      for (const resolve of waiters) resolve();
      waiters = [];
    });
  };

  const sendWithFaults = async (message: Message): Promise<void> => {
    const { random } = options;
    if (random.chance(faults.drop ?? 0)) {
      record({
        messageId: message.id,
        topic: message.topic,
        url: message.url,
        attempt: 0,
        duplicate: false,
        at: now().toISOString(),
        durationMs: 0,
        outcome: 'dropped',
        headers: {},
        body: message.body.toString('utf8'),
      });
      return;
    }
    const copies = random.chance(faults.duplicate ?? 0) ? 2 : 1;
    if (random.chance(faults.reorder ?? 0)) await holdUntilOvertaken(faults.reorderHoldMs ?? 200);
    else if (random.chance(faults.delay ?? 0)) await wait(random.integer(1, faults.delayMs ?? 200));
    const overtaken = held;
    held = [];
    const sending = Array.from({ length: copies }, (_, copy) => deliver(message, copy > 0));
    const settle = Promise.all(sending);
    await settle;
    for (const release of overtaken) release();
  };

  return {
    send: (message) => {
      if (!stop.signal.aborted) track(sendWithFaults(message));
    },
    setFaults: (next) => {
      faults = next;
    },
    attempts: () => [...log],
    pending: () => open,
    settled: () => (open === 0 ? Promise.resolve() : new Promise((resolve) => waiters.push(resolve))),
    close: async () => {
      stop.abort();
      for (const [timer, resolve] of timers) {
        clearTimeout(timer);
        resolve();
      }
      timers.clear();
      for (const release of held) release();
      if (open > 0) await new Promise<void>((resolve) => waiters.push(resolve));
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

/** Redirects are not followed and count as failures, as a 4xx or 5xx does. */
function post(
  message: Message,
  headers: Record<string, string>,
  timeoutMs: number,
  agents: { http: HttpAgent; https: HttpsAgent },
  stop: AbortSignal,
): Promise<PostResult> {
  return new Promise((resolve) => {
    if (stop.aborted) return resolve({ outcome: 'connection_error' });
    const secure = message.url.startsWith('https:');
    const limit = AbortSignal.timeout(timeoutMs);
    const outgoing = (secure ? httpsRequest : httpRequest)(message.url, {
      method: 'POST',
      agent: secure ? agents.https : agents.http,
      headers: { ...headers, 'content-length': String(message.body.length) },
      signal: AbortSignal.any([limit, stop]),
    });
    const fail = (error: NodeJS.ErrnoException): void => {
      if (limit.aborted) resolve({ outcome: 'timeout' });
      else if (TLS_CODES.test(error.code ?? '')) resolve({ outcome: 'tls_error' });
      else resolve({ outcome: 'connection_error' });
    };
    outgoing.on('error', fail);
    outgoing.on('response', (incoming) => {
      const status = incoming.statusCode ?? 0;
      incoming.on('error', fail);
      incoming.on('end', () =>
        resolve({ outcome: status >= 200 && status < 300 ? 'delivered' : 'http_error', status }),
      );
      incoming.resume();
    });
    outgoing.end(message.body);
  });
}
