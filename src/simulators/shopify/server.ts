// The HTTP face of the simulated vendor: the Admin API, the token endpoint, bulk files and the simulator's levers.
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { BulkOperations } from './admin/bulk.ts';
import {
  type Endpoint,
  type GraphqlRequest,
  isPrepared,
  type Prepared,
  type Reply,
} from './admin/endpoint.ts';
import type { Context } from './admin/schema.ts';
import type { Levers, RequestEntry } from './control.ts';
import type { ApiFaultKind, Faults } from './faults.ts';
import { ShopRefusal } from './shop/refusal.ts';
import type { Tokens } from './tokens.ts';

export type ServerParts = {
  endpoint: Endpoint;
  tokens: Tokens;
  faults: Faults;
  bulk: BulkOperations;
  levers: Levers;
  requests: RequestEntry[];
  keptRequests: number;
  apiVersion: string;
  context: () => Context;
  now: () => number;
};

const maxBodyBytes = 20 * 1024 * 1024;

export function createServer(parts: ServerParts): http.Server {
  return http.createServer((request, response) => {
    route(parts, request, response).catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      if (response.headersSent) response.destroy();
      else send(response, error instanceof ShopRefusal ? 422 : 500, { error: message, ...codeOf(error) });
    });
  });
}

const codeOf = (error: unknown): { code?: string } =>
  error instanceof ShopRefusal ? { code: error.code } : {};

async function route(parts: ServerParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = new URL(request.url ?? '/', 'http://simulator').pathname;
  if (/^\/admin\/api\/[^/]+\/graphql\.json$/.test(path) && request.method === 'POST') {
    return graphql(parts, request, response);
  }
  if (path === '/admin/oauth/access_token' && request.method === 'POST') {
    const { status, body } = parts.tokens.grant(formOf(await read(request), request.headers['content-type']));
    return send(response, status, body);
  }
  const bulk = /^\/bulk\/(\d+)\.jsonl$/.exec(path);
  const file = bulk?.[1] === undefined ? undefined : parts.bulk.file(bulk[1]);
  if (file !== undefined) {
    response.writeHead(200, { 'content-type': 'application/jsonl' });
    response.end(file);
    return;
  }
  if (path.startsWith('/__simulator/'))
    return pullLever(parts.levers, path.slice('/__simulator/'.length), request, response);
  send(response, 404, { errors: 'Not Found' });
}

async function graphql(
  parts: ServerParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // Whatever version the path asks for, this is the one that answers: an unsupported version falls forward silently.
  response.setHeader('x-shopify-api-version', parts.apiVersion);
  const body = await read(request);
  const token = request.headers['x-shopify-access-token'];
  if (typeof token !== 'string' || !parts.tokens.isValid(token)) {
    log(parts, [], 401, undefined, null, []);
    return send(response, 401, {
      errors: '[API] Invalid API key or access token (unrecognized login or wrong password)',
    });
  }
  const asked = requestOf(body);
  if (!asked) return send(response, 400, { errors: { query: 'Required parameter missing or invalid' } });
  const prepared = parts.endpoint.prepare(asked);
  if (!isPrepared(prepared)) return answer(parts, response, [], prepared, undefined);
  const fault = parts.faults.nextApiFault(prepared.names);
  if (fault) return misbehave(parts, response, prepared, fault);
  answer(parts, response, prepared.names, await parts.endpoint.run(prepared, parts.context()), undefined);
}

function answer(
  parts: ServerParts,
  response: ServerResponse,
  names: string[],
  reply: Reply,
  fault: ApiFaultKind | undefined,
): void {
  log(
    parts,
    names,
    200,
    fault,
    reply,
    (reply.errors ?? []).map((error) => error.message),
  );
  send(response, 200, reply);
}

async function misbehave(
  parts: ServerParts,
  response: ServerResponse,
  prepared: Prepared,
  fault: ApiFaultKind,
): Promise<void> {
  const { names } = prepared;
  switch (fault) {
    case 'throttled':
      return answer(parts, response, names, parts.endpoint.throttled(prepared), fault);
    case '429':
      log(parts, names, 429, fault, null, []);
      response.setHeader('retry-after', '2.0');
      return send(response, 429, {
        errors: 'Exceeded the request limit. Reduce request rates to resume uninterrupted service.',
      });
    case 'unauthorized':
      log(parts, names, 401, fault, null, []);
      return send(response, 401, {
        errors: '[API] Invalid API key or access token (unrecognized login or wrong password)',
      });
    case '502':
      return badGateway(parts, response, names, fault);
    case 'timeout':
      // Never answered and never applied: the caller's own timeout ends it, or the simulator's end does.
      log(parts, names, 0, fault, null, []);
      return;
    case 'accept-then-502':
      await parts.endpoint.run(prepared, parts.context());
      return badGateway(parts, response, names, fault);
    case 'accept-then-timeout':
      await parts.endpoint.run(prepared, parts.context());
      log(parts, names, 0, fault, null, []);
      response.destroy();
      return;
  }
}

function badGateway(
  parts: ServerParts,
  response: ServerResponse,
  names: string[],
  fault: ApiFaultKind,
): void {
  log(parts, names, 502, fault, null, []);
  response.writeHead(502, { 'content-type': 'text/html' });
  response.end('<html><body><h1>502 Bad Gateway</h1></body></html>');
}

function log(
  parts: ServerParts,
  names: string[],
  status: number,
  fault: ApiFaultKind | undefined,
  reply: Reply | null,
  errors: string[],
): void {
  const cost = reply?.extensions?.cost;
  parts.requests.push({
    at: parts.now(),
    names,
    status,
    requestedCost: cost?.requestedQueryCost ?? null,
    actualCost: cost?.actualQueryCost ?? null,
    fault: fault ?? null,
    errors,
  });
  if (parts.requests.length > parts.keptRequests * 1.2) {
    parts.requests.splice(0, parts.requests.length - parts.keptRequests);
  }
}

async function pullLever(
  levers: Levers,
  name: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await read(request);
  const lever = Object.hasOwn(levers, name) ? levers[name as keyof Levers] : undefined;
  if (!lever)
    return send(response, 404, { error: `no lever ${name}; there are: ${Object.keys(levers).join(', ')}` });
  const wish = lever.input.safeParse(body === '' ? {} : jsonOf(body));
  if (!wish.success) return send(response, 400, { error: wish.error.message });
  const run = lever.run as (input: unknown) => unknown;
  send(response, 200, { result: (await run(wish.data)) ?? null });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function requestOf(body: string): GraphqlRequest | undefined {
  const parsed = jsonOf(body);
  if (
    typeof parsed !== 'object' ||
    parsed === null ||
    !('query' in parsed) ||
    typeof parsed.query !== 'string'
  )
    return undefined;
  const variables = 'variables' in parsed && typeof parsed.variables === 'object' ? parsed.variables : null;
  const name =
    'operationName' in parsed && typeof parsed.operationName === 'string' ? parsed.operationName : undefined;
  return {
    query: parsed.query,
    operationName: name,
    variables: (variables ?? {}) as Record<string, unknown>,
  };
}

/** The token endpoint takes JSON and form encoding. */
function formOf(body: string, contentType: string | undefined): Record<string, unknown> {
  if (contentType?.includes('application/x-www-form-urlencoded'))
    return Object.fromEntries(new URLSearchParams(body));
  const parsed = jsonOf(body);
  return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBodyBytes) throw new Error(`a request body is larger than ${maxBodyBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}
