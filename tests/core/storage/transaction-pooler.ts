// A small PgBouncer in transaction mode: any number of clients share few server sessions, each for one transaction.
// It speaks only what the boot check needs: trust login and simple queries.
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import pg from 'pg';

interface ServerSession {
  readonly stream: Socket;
  readonly close: () => Promise<void>;
}

export async function transactionPooler(
  url: string,
  sessions: number,
): Promise<{ url: string; close(): Promise<void> }> {
  const idle = await Promise.all(Array.from({ length: sessions }, () => serverSession(url)));
  const all = [...idle];
  const waiting: ((session: ServerSession) => void)[] = [];
  const acquire = async (): Promise<ServerSession> =>
    idle.shift() ?? new Promise((resolve) => waiting.push(resolve));
  // Back to the end of the line: a client that asks twice meets another server session, as under load.
  const release = (session: ServerSession): void => {
    const next = waiting.shift();
    if (next) next(session);
    else idle.push(session);
  };

  const clients = new Set<Socket>();
  const server = createServer((client) => {
    clients.add(client);
    client.on('error', () => undefined);
    let held: ServerSession | undefined;
    let buffered = Buffer.alloc(0);
    let loggedIn = false;
    let answering = Promise.resolve();
    client.on('data', (chunk: Buffer) => {
      buffered = Buffer.concat([buffered, chunk]);
      if (!loggedIn) {
        loggedIn = true;
        buffered = buffered.subarray(buffered.readInt32BE(0));
        client.write(LOGGED_IN);
      }
      while (buffered.length >= 5 && buffered.length > buffered.readInt32BE(1)) {
        const message = buffered.subarray(0, buffered.readInt32BE(1) + 1);
        buffered = buffered.subarray(message.length);
        if (message.toString('latin1', 0, 1) === 'X') client.end();
        else answering = answering.then(() => answer(message));
      }
    });
    const answer = async (query: Buffer): Promise<void> => {
      held ??= await acquire();
      const { reply, inTransaction } = await roundTrip(held.stream, query);
      if (!inTransaction) {
        release(held);
        held = undefined;
      }
      client.write(reply);
    };
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const own = new URL(url);
  own.port = String(typeof address === 'object' && address ? address.port : 0);
  return {
    url: own.href,
    close: async () => {
      for (const client of clients) client.destroy();
      server.close();
      await Promise.all(all.map((session) => session.close()));
    },
  };
}

const frame = (type: string, body: Buffer): Buffer => {
  const head = Buffer.alloc(5);
  head.write(type, 0, 'latin1');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
};

const LOGGED_IN = Buffer.concat([
  frame('R', Buffer.alloc(4)),
  frame('K', Buffer.alloc(8)),
  frame('Z', Buffer.from('I')),
]);

/** node-postgres logs in; then its socket is used as it is. */
async function serverSession(url: string): Promise<ServerSession> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
  stream.removeAllListeners('data');
  return {
    stream,
    close: async () => {
      stream.destroy();
    },
  };
}

async function roundTrip(stream: Socket, query: Buffer): Promise<{ reply: Buffer; inTransaction: boolean }> {
  stream.write(query);
  let reply = Buffer.alloc(0);
  for (;;) {
    const [chunk] = (await once(stream, 'data')) as [Buffer];
    reply = Buffer.concat([reply, chunk]);
    // ReadyForQuery is the last message of every answer: Z, length 5, transaction status.
    const end = reply.subarray(-6);
    if (end.subarray(0, 5).equals(Buffer.from([0x5a, 0, 0, 0, 5]))) {
      return { reply, inTransaction: end[5] !== 'I'.charCodeAt(0) };
    }
  }
}
