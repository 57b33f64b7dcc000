// The HTTP server: webhooks go straight to the receiver, everything else through Express. Slow senders are cut off.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import helmet from 'helmet';
import type pg from 'pg';
import { accounting } from '../core/inbox/events.ts';
import { FILES, type FileIntake, fileRoutes } from './files.ts';
import { metrics } from './metrics.ts';
import { HOOKS, type Receiver } from './webhooks.ts';

export interface ApiOptions {
  readonly host: string;
  readonly port: number;
  readonly pool: pg.Pool;
  /** Absent in a process that receives nothing. */
  readonly receiver?: Receiver;
  /** Absent in a process that takes no files. */
  readonly files?: FileIntake;
  /** How long a sender may take for its headers; its whole request may take three times that. Default 10 s. */
  readonly slowSenderMs?: number;
  /** Why this process cannot take work now; empty: it is ready. */
  readonly notReady?: () => Promise<readonly string[]>;
}

export interface Api {
  readonly port: number;
  /** Stops accepting, answers what is under way, and closes within the deadline. */
  close(deadlineMs: number): Promise<void>;
}

/** Starts listening and answers when it does. Throws when the address is taken. */
export async function startApi(options: ApiOptions): Promise<Api> {
  const app = application(options);
  const slowSenderMs = options.slowSenderMs ?? 10_000;
  const server = createServer(
    // A sender that trickles bytes holds a socket, never a worker. Node looks for such senders only every 30 s by itself.
    {
      requestTimeout: slowSenderMs * 3,
      headersTimeout: slowSenderMs,
      connectionsCheckingInterval: Math.min(2_000, slowSenderMs),
      maxHeaderSize: 32 * 1024,
      keepAliveTimeout: 15_000,
    },
    (request, response) => {
      if (options.receiver && request.url?.startsWith(HOOKS)) void options.receiver.handle(request, response);
      else app(request, response);
    },
  );
  await listen(server, options);
  return {
    port: (server.address() as AddressInfo).port,
    close: async (deadlineMs) => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const cut = setTimeout(() => server.closeAllConnections(), deadlineMs);
      await closed;
      clearTimeout(cut);
      await options.receiver?.close();
    },
  };
}

function application(options: ApiOptions): express.Express {
  const app = express();
  app.disable('x-powered-by');
  app.use(helmet());
  app.get('/health', (_request, response) => {
    response.json({ status: 'alive' });
  });
  app.get('/ready', async (_request, response) => {
    const reasons = await readiness(options);
    response.status(reasons.length === 0 ? 200 : 503).json({ ready: reasons.length === 0, reasons });
  });
  app.get('/metrics', async (_request, response) => {
    response.type('text/plain').send(await metrics(options.pool));
  });
  app.get('/v1/accounting', async (_request, response) => {
    const connections = await accounting(options.pool);
    response.json({
      connections: connections.map((each) =>
        JSON.parse(
          JSON.stringify(each, (_key, value) => (typeof value === 'bigint' ? value.toString() : value)),
        ),
      ),
    });
  });
  if (options.files) app.use(FILES, fileRoutes(options.files));
  app.use((_request, response) => {
    response
      .status(404)
      .type('application/problem+json')
      .json({ title: 'not_found', status: 404, detail: 'there is nothing at this address' });
  });
  return app;
}

async function readiness(options: ApiOptions): Promise<readonly string[]> {
  try {
    await options.pool.query('select 1');
  } catch {
    return ['PostgreSQL does not answer'];
  }
  return (await options.notReady?.()) ?? [];
}

const listen = (server: Server, { host, port }: ApiOptions): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
