// The HTTP around every simulator: listening, reading bodies, answering JSON, and the control API under /__simulator/.
// The control API is for whoever rehearses or tests; it is never part of the vendor's interface and takes no credentials.

import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';

/** The name of each action is its last path segment: `POST /__simulator/sell` calls `sell`. */
export type ControlActions = Record<string, (input: unknown) => unknown>;

export interface ListeningServer {
  port: number;
  /** `http://127.0.0.1:<port>`, without a trailing slash. */
  url: string;
  /** Stops listening and cuts open connections, those that a fault keeps waiting included. */
  close(): Promise<void>;
}

export const CONTROL_PREFIX = '/__simulator/';
const BODY_LIMIT_BYTES = 16 * 1024 * 1024;

/** Listens on 127.0.0.1; port 0 (the default) picks a free one. */
export async function listen(listener: RequestListener, port = 0): Promise<ListeningServer> {
  const server = createServer(listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address() as AddressInfo;
  return {
    port: address.port,
    url: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Reads a whole request body; throws a RangeError above 16 MiB. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_LIMIT_BYTES)
      throw new RangeError(`The request body is larger than ${BODY_LIMIT_BYTES} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Answers `value` as JSON; `undefined` becomes `null`. */
export function sendJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): void {
  const body = JSON.stringify(value ?? null);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    ...headers,
  });
  response.end(body);
}

/**
 * Answers a request under `/__simulator/` and returns true; returns false for any other path.
 * The input of an action is the JSON body of a POST, or the query of a GET as strings.
 * Unknown actions answer 404, input an action refuses (zod errors included) 400.
 */
export async function answerControl(
  request: IncomingMessage,
  response: ServerResponse,
  actions: ControlActions,
): Promise<boolean> {
  const url = new URL(request.url ?? '/', 'http://simulator');
  if (!url.pathname.startsWith(CONTROL_PREFIX)) return false;
  const name = url.pathname.slice(CONTROL_PREFIX.length);
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action === undefined) {
    sendJson(response, 404, { error: `No action "${name}".`, actions: Object.keys(actions).sort() });
    return true;
  }
  try {
    const raw = request.method === 'GET' ? undefined : (await readBody(request)).toString('utf8');
    const input: unknown =
      raw === undefined
        ? Object.fromEntries(url.searchParams)
        : raw.trim() === ''
          ? undefined
          : JSON.parse(raw);
    sendJson(response, 200, await action(input));
  } catch (error) {
    const message =
      error instanceof z.ZodError
        ? z.prettifyError(error)
        : error instanceof Error
          ? error.message
          : String(error);
    sendJson(response, 400, { error: message });
  }
  return true;
}
