// The gateway in front of the company over real HTTP: tokens, limits, faults on request, and the log of requests.
// Decides nothing about books: what is let through is answered by the API.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from '../control.ts';
import type { Random } from '../random.ts';
import { type Api, type ApiAnswer, type ApiRequest, endpointOf } from './api/api.ts';
import { BAD_GATEWAY_HTML, GatewayRefusal, QuickbooksFault } from './api/fault.ts';
import type { Endpoint, FaultPlan, RequestFault, RequestFaultRule } from './api/request-faults.ts';
import type { Throttle } from './api/throttle.ts';
import type { Grant } from './oauth.ts';

export const TOKEN_PATH = '/oauth2/v1/tokens/bearer';
export const REVOKE_PATH = '/v2/oauth2/tokens/revoke';
const COMPANY_PATH = /^\/v3\/company\/([^/]+)\/(.+)$/;
const MOST_REQUESTS_KEPT = 50_000;

export interface LoggedRequest {
  at: string;
  method: string;
  path: string;
  endpoint: Endpoint;
  requestId?: string;
  minorVersion?: string;
  /** The first day that a report was asked for. */
  from?: string;
  /** 0 when the request got no answer. */
  status: number;
  fault?: RequestFault;
  /** Header `intuit_tid` of the answer. */
  tid: string;
}

export interface GatewayParts {
  readonly api: Api;
  readonly grant: Grant;
  readonly throttle: Throttle;
  /** Of refusals by a limit. */
  readonly retryAfterSeconds: number | undefined;
  readonly realmId: string;
  readonly random: Random;
  readonly now: () => Date;
  readonly plan: () => FaultPlan;
  /** How long a request without an answer is held before its connection is cut. */
  readonly holdMs: () => number;
  /** How long every answer takes. */
  readonly latencyMs: number;
}

export interface Gateway {
  respond(request: IncomingMessage, response: ServerResponse): Promise<void>;
  requests(): LoggedRequest[];
}

interface Answer extends ApiAnswer {
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Incoming {
  readonly endpoint: Endpoint;
  readonly request: ApiRequest;
  readonly realmId: string | undefined;
  readonly pathname: string;
  readonly headers: IncomingMessage['headers'];
}

export function gatewayOf(parts: GatewayParts): Gateway {
  const { api, grant, random } = parts;
  const log: LoggedRequest[] = [];

  const tokenAnswer = ({ endpoint, request, headers }: Incoming): Answer => {
    const form = request.body.toString('utf8');
    const wantsHardExpiry = headers['x-include-refresh-token-hard-expires-in'] === 'true';
    const { status, body } =
      endpoint === 'revoke'
        ? grant.revokeBy(headers.authorization, form)
        : grant.token(headers.authorization, form, wantsHardExpiry);
    return { status, body: body === undefined ? '' : JSON.stringify(body) };
  };

  const apiAnswer = ({ request, realmId, headers }: Incoming): Answer => {
    const refusal = grant.refusalOf(headers.authorization);
    if (refusal !== undefined) throw new GatewayRefusal('AuthenticationFailed', refusal);
    if (realmId !== parts.realmId)
      throw new GatewayRefusal('ApplicationAuthorizationFailed', 'The app is not connected to this company');
    // Without this the real service answers XML, which is not simulated; refusing shows the mistake at once.
    const wantsJson =
      (headers.accept ?? '').includes('application/json') || request.query.get('format') === 'json';
    if (!wantsJson)
      return { status: 406, body: 'Ask with Accept: application/json', contentType: 'text/plain' };
    return api.answer(request);
  };

  const worked = (incoming: Incoming): Answer => {
    try {
      return incoming.endpoint === 'token' || incoming.endpoint === 'revoke'
        ? tokenAnswer(incoming)
        : apiAnswer(incoming);
    } catch (error) {
      if (error instanceof GatewayRefusal) return { status: error.status, body: JSON.stringify(error.body) };
      const message = error instanceof Error ? error.message : String(error);
      return api.faultAnswer(new QuickbooksFault('10000', message));
    }
  };

  /** The answer under a fault; undefined when there is to be none. */
  const answerUnder = (incoming: Incoming, rule: RequestFaultRule | undefined): Answer | undefined => {
    switch (rule?.fault) {
      case undefined:
        return worked(incoming);
      case 'tokenRevoked':
        grant.revoke();
        return worked(incoming);
      case 'acceptThenTimeOut':
      case 'acceptThenReset':
        worked(incoming);
        return undefined;
      case 'acceptThenBadGateway':
        worked(incoming);
        return badGateway;
      case 'timeOut':
      case 'reset':
        return undefined;
      case 'badGateway':
        return badGateway;
      case 'throttle':
        return throttled('by request', rule.retryAfterSeconds);
      case 'unauthorized': {
        const refusal = new GatewayRefusal('AuthenticationFailed', 'Token refused by request');
        return { status: refusal.status, body: JSON.stringify(refusal.body) };
      }
      case 'serverError':
        return api.faultAnswer(new QuickbooksFault('10000', 'Something went wrong on the server.'));
      case 'fault':
      case 'faultIn200': {
        const fault = new QuickbooksFault(rule.code ?? '6000', 'Refused by request.');
        return api.faultAnswer(fault, rule.fault === 'faultIn200' ? 200 : fault.status);
      }
    }
  };

  const note = (incoming: Incoming, tid: string, status: number, fault: RequestFault | undefined): void => {
    const { query, method } = incoming.request;
    const [requestId, minorVersion] = [query.get('requestid'), query.get('minorversion')];
    const from = query.get('start_date');
    log.push({
      ...{ at: parts.now().toISOString(), method, path: incoming.pathname, endpoint: incoming.endpoint },
      ...{ status, tid },
      ...(requestId !== null && { requestId }),
      ...(minorVersion !== null && { minorVersion }),
      ...(from !== null && { from }),
      ...(fault !== undefined && { fault }),
    });
    if (log.length > MOST_REQUESTS_KEPT) log.shift();
  };

  const admitted = (incoming: Incoming, response: ServerResponse): Answer | undefined => {
    if (incoming.realmId === undefined) return undefined;
    const place = parts.throttle.enter(incoming.endpoint === 'batch');
    if ('limit' in place) return throttled(place.limit, parts.retryAfterSeconds);
    response.on('close', place.leave);
    return undefined;
  };

  return {
    requests: () => [...log],
    respond: async (message, response) => {
      const tid = `1-${random.text(8, HEX)}-${random.text(24, HEX)}`;
      const incoming = await incomingOf(message);
      if (incoming === undefined) {
        send(response, tid, { status: 404, body: 'Not Found', contentType: 'text/plain' });
        return;
      }
      const refused = admitted(incoming, response);
      const rule = refused === undefined ? parts.plan().faultFor(incoming.endpoint) : undefined;
      const answer = refused ?? answerUnder(incoming, rule);
      note(incoming, tid, answer?.status ?? 0, rule?.fault);
      if (answer === undefined) {
        const cutsAtOnce = rule?.fault === 'reset' || rule?.fault === 'acceptThenReset';
        cut(message, response, cutsAtOnce ? 0 : parts.holdMs());
        return;
      }
      if (parts.latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, parts.latencyMs));
      send(response, tid, answer);
    },
  };
}

const HEX = '0123456789abcdef';
const badGateway: Answer = { status: 502, body: BAD_GATEWAY_HTML, contentType: 'text/html' };

function throttled(limit: string, retryAfterSeconds: number | undefined): Answer {
  const { status, body } = new GatewayRefusal('ThrottleExceeded', `Too many requests: ${limit}`);
  return {
    ...{ status, body: JSON.stringify(body) },
    ...(retryAfterSeconds !== undefined && { headers: { 'retry-after': String(retryAfterSeconds) } }),
  };
}

async function incomingOf(message: IncomingMessage): Promise<Incoming | undefined> {
  const target = new URL(message.url ?? '/', 'http://simulator');
  const [, realmId, path] = COMPANY_PATH.exec(target.pathname) ?? [];
  const { method = '', headers } = message;
  const isPost = method === 'POST';
  const own =
    isPost && target.pathname === TOKEN_PATH
      ? 'token'
      : isPost && target.pathname === REVOKE_PATH
        ? 'revoke'
        : undefined;
  if (own === undefined && path === undefined) return undefined;
  const request: ApiRequest = {
    ...{ method, path: path ?? '', query: target.searchParams },
    body: await readBody(message),
    contentType: headers['content-type'] ?? '',
  };
  return { endpoint: own ?? endpointOf(request), request, realmId, pathname: target.pathname, headers };
}

function send(response: ServerResponse, tid: string, { status, body, contentType, headers }: Answer): void {
  response.writeHead(status, {
    'content-type': contentType ?? 'application/json;charset=UTF-8',
    'content-length': String(Buffer.byteLength(body)),
    intuit_tid: tid,
    ...headers,
  });
  response.end(body);
}

function cut(message: IncomingMessage, response: ServerResponse, holdMs: number): void {
  if (holdMs === 0) {
    message.socket.resetAndDestroy();
    return;
  }
  const timer = setTimeout(() => response.destroy(), holdMs);
  response.on('close', () => clearTimeout(timer));
}
