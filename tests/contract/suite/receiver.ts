// A place where an outside delivers its webhooks during a test: keeps them as the hub's own entrance would see them.
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WebhookRequest } from '../../../src/connectors/contract.ts';

export interface Receiver {
  /** The address to register. */
  readonly url: string;
  /** What has arrived since the last call, in order. */
  take(): WebhookRequest[];
  close(): Promise<void>;
}

/** What to answer to a delivery; `hang` never answers. */
export type Reception = { readonly status: number; readonly headers?: Record<string, string> } | 'hang';

export async function startReceiver(
  answer: (request: WebhookRequest) => Reception = () => ({ status: 204 }),
): Promise<Receiver> {
  let arrived: WebhookRequest[] = [];
  const server = createServer(async (incoming, response) => {
    const request = await requestFrom(incoming, url);
    arrived.push(request);
    const reception = answer(request);
    if (reception === 'hang') return;
    response.writeHead(reception.status, reception.headers).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/contract`;
  return {
    url,
    take: () => {
      const taken = arrived;
      arrived = [];
      return taken;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function requestFrom(incoming: IncomingMessage, registeredUrl: string): Promise<WebhookRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers))
    headers[name] = [value ?? ''].flat().join(', ');
  return { method: incoming.method ?? '', registeredUrl, headers, body: Buffer.concat(chunks) };
}
