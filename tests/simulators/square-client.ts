// A plain HTTP client and a plain webhook receiver, as a connector would have them; no test lives here.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SQUARE_VERSION, type SquareSimulator } from '../../src/simulators/square/index.ts';

export type Json = Record<string, unknown>;

export interface Answer {
  status: number;
  headers: Headers;
  body: Json;
}

/** Calls the simulated API with the right token and version unless `headers` says otherwise. */
export async function call(
  square: SquareSimulator,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(`${square.url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      authorization: `Bearer ${square.accessToken()}`,
      'square-version': SQUARE_VERSION,
      'content-type': 'application/json',
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Json };
}

/** The first error of a refusal as `CODE field`. */
export function refusalIn({ body }: Answer): string {
  const [error] = body.errors as Array<{ code: string; field?: string }>;
  return `${error?.code}${error?.field === undefined ? '' : ` ${error.field}`}`;
}

/** Every row of a paged POST endpoint, page by page. */
export async function pagesOf(
  square: SquareSimulator,
  path: string,
  rows: string,
  query: Json,
): Promise<Json[][]> {
  const pages: Json[][] = [];
  let cursor: unknown;
  do {
    const { body } = await call(square, path, cursor === undefined ? query : { ...query, cursor });
    pages.push((body[rows] ?? []) as Json[]);
    cursor = body.cursor;
  } while (cursor !== undefined);
  return pages;
}

export interface Received {
  headers: Record<string, string>;
  raw: Buffer;
  json: Json;
}

export interface Receiver extends AsyncDisposable {
  url: string;
  received: Received[];
  /** Status to answer with; undefined leaves the sender waiting. */
  answer: (index: number) => number | undefined;
}

/** Listens for notifications on a free port and answers 200 until `answer` is replaced. */
export async function startReceiver(): Promise<Receiver> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const raw = Buffer.concat(chunks);
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([key, value]) => [key, String(value)]),
      );
      const status = receiver.answer(
        receiver.received.push({ headers, raw, json: JSON.parse(raw.toString()) as Json }) - 1,
      );
      if (status !== undefined) response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/square?tenant=1`,
    received: [],
    answer: () => 200,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return receiver;
}
