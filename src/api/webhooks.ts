// receive: verifies the raw bytes, stores them, then answers. Never parses before verifying, never answers 2xx before the
// commit, and needs no queue: what it stores is found by relay even if the hint after the commit is lost (I1).
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { Connector, WebhookRequest } from '../connectors/contract.ts';
import { createBatcher } from '../core/batcher.ts';
import { ERRORS, type ErrorCode, errorReason } from '../core/errors.ts';
import { type IncomingEvent, type Store, type StoreAnswer, storeEvents } from '../core/inbox/store.ts';
import { readBody } from './body.ts';

/** What the receiver must know of a connection. */
export interface ReceivingConnection {
  readonly id: number;
  readonly name: string;
  readonly connector: Connector;
  readonly settings: unknown;
  readonly webhookUrl: string;
}

export interface ReceiverOptions {
  readonly store: Store;
  readonly connections: readonly ReceivingConnection[];
  readonly maxBodyBytes: number;
  readonly log: Logger;
  /** Told after the commit, per connection; must not throw and is not waited for. */
  readonly onStored?: (connectionId: number, eventIds: readonly string[]) => void;
  readonly now?: () => Date;
}

export interface Receiver {
  /** Answers a request whose path starts with {@link HOOKS}. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Waits for what is being stored. */
  close(): Promise<void>;
}

export const HOOKS = '/hooks/';

/** Most events of one commit, and commits under way at once: senders share commits instead of queueing for one each. */
const COMMIT_EVENTS = 256;
const COMMITS_AT_ONCE = 2;

export function createReceiver(options: ReceiverOptions): Receiver {
  const connections = new Map(options.connections.map((connection) => [connection.name, connection]));
  const refusals = countRefusals(options.store);
  const batcher = createBatcher<readonly IncomingEvent[], readonly StoreAnswer[]>({
    maxItems: COMMIT_EVENTS,
    maxWaitMs: 10,
    maxInFlight: COMMITS_AT_ONCE,
    weigh: (events) => Math.max(1, events.length),
    run: async (requests) => {
      const answers = await storeEvents(options.store, requests.flat());
      hint(options, requests.flat(), answers);
      let end = 0;
      return requests.map((events) => {
        end += events.length;
        return answers.slice(end - events.length, end);
      });
    },
  });

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const connection = connections.get(nameIn(request.url ?? ''));
    const source = connection?.connector.webhook;
    if (!connection || !source)
      return refuse(response, 'connection_unknown', 'no connection receives webhooks here');
    if (request.method !== 'POST')
      return refuse(response, 'method_not_allowed', `${request.method} is not POST`);
    const body = await readBody(request, options.maxBodyBytes);
    if (body === 'too large') {
      refusals.add(connection.id);
      return refuse(response, 'body_too_large', `the body has more than ${options.maxBodyBytes} bytes`);
    }
    if (body === 'broken off') return;
    const webhook: WebhookRequest = {
      method: request.method,
      registeredUrl: connection.webhookUrl,
      headers: headersOf(request),
      body,
    };
    const verdict = await source.verify(webhook, connection.settings, options.now?.() ?? new Date());
    if (!verdict.genuine) {
      refusals.add(connection.id);
      return refuse(response, verdict.code, verdict.reason);
    }
    const events = source.events(webhook).map(
      (event): IncomingEvent => ({
        ...event,
        connectionId: connection.id,
        source: 'webhook',
        body,
        headers: keptHeaders(webhook, source.keptHeaders),
      }),
    );
    await batcher.submit(events);
    response.writeHead(200, ACCEPTED).end('{"accepted":true}');
  };

  return {
    handle: async (request, response) => {
      try {
        await handle(request, response);
      } catch (error) {
        options.log.error(
          { reason: errorReason(error), path: nameIn(request.url ?? '') },
          'an event could not be stored; its sender is told to come again',
        );
        if (!response.headersSent)
          refuse(response, 'database_unavailable', 'the event could not be stored; send it again', {
            'retry-after': '5',
          });
        else response.destroy();
      }
    },
    close: async () => {
      await batcher.close();
      await refusals.close();
    },
  };
}

const ACCEPTED = { 'content-type': 'application/json', 'content-length': '17' };

const nameIn = (url: string): string => {
  const path = url.slice(HOOKS.length);
  const end = path.search(/[?#/]/);
  return end === -1 ? path : path.slice(0, end);
};

function headersOf(request: IncomingMessage): Record<string, string | undefined> {
  const headers: Record<string, string | undefined> = Object.create(null);
  for (const [name, value] of Object.entries(request.headers))
    headers[name] = Array.isArray(value) ? value.join(', ') : value;
  return headers;
}

function keptHeaders(request: WebhookRequest, kept: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of kept) {
    const value = request.headers[name];
    if (value !== undefined) headers[name] = value.slice(0, 500);
  }
  return headers;
}

function refuse(
  response: ServerResponse,
  code: ErrorCode,
  reason: string,
  headers: Record<string, string> = {},
): void {
  const { status, help } = ERRORS[code];
  const body = JSON.stringify({
    type: `https://stockbridge.dev/errors/${code}`,
    title: code,
    status,
    detail: reason,
    help,
  });
  response.writeHead(status, { 'content-type': 'application/problem+json', ...headers }).end(body);
}

function hint(
  options: ReceiverOptions,
  events: readonly IncomingEvent[],
  answers: readonly StoreAnswer[],
): void {
  if (!options.onStored) return;
  const fresh = new Map<number, string[]>();
  for (const [index, answer] of answers.entries()) {
    const event = events[index];
    if (event && answer.outcome === 'stored')
      fresh.set(event.connectionId, [...(fresh.get(event.connectionId) ?? []), answer.id]);
  }
  for (const [connectionId, ids] of fresh) options.onStored(connectionId, ids);
}

/** Refused requests are counted, not stored; a flood of them costs one small update a second. */
function countRefusals(store: Store) {
  const counts = new Map<number, number>();
  const flush = async () => {
    const taken = [...counts];
    counts.clear();
    if (taken.length === 0) return;
    await store
      .query(
        `insert into intake_count as c (connection_id, refused) select * from unnest($1::smallint[], $2::bigint[])
         on conflict (connection_id) do update set refused = c.refused + excluded.refused`,
        [taken.map(([id]) => id), taken.map(([, count]) => count)],
      )
      .catch(() => undefined);
  };
  const timer = setInterval(flush, 1000);
  timer.unref();
  return {
    add: (connectionId: number) => counts.set(connectionId, (counts.get(connectionId) ?? 0) + 1),
    close: async () => {
      clearInterval(timer);
      await flush();
    },
  };
}
