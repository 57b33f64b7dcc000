// A line to a server that can be cut or stalled after so many bytes in one direction; what it carries it does not read.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface Line {
  readonly port: number;
  /** Lets so many more bytes through in one direction, then does it; resolves when it has happened. */
  after(bytes: number, direction: 'up' | 'down', what: 'cut' | 'stall'): Promise<void>;
  /** Everything it has carried, in bytes, and over how many connections. */
  carried(): { readonly up: number; readonly down: number; readonly connections: number };
  /** Ends every connection at once. */
  cut(): void;
  /** Carries everything again. */
  heal(): void;
  stop(): Promise<void>;
}

interface Trouble {
  left: number;
  readonly direction: 'up' | 'down';
  readonly what: 'cut' | 'stall';
  readonly happened: () => void;
}

export async function startLine(target: number): Promise<Line> {
  const sockets = new Set<Socket>();
  let trouble: Trouble | undefined;
  const carried = { up: 0, down: 0, connections: 0 };
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const carry = (from: Socket, to: Socket, direction: 'up' | 'down'): void => {
    sockets.add(from);
    from.setNoDelay(true);
    from.on('error', () => undefined);
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
    from.on('data', (bytes: Buffer) => {
      const now = trouble;
      if (now?.direction !== direction || now.left >= bytes.length) {
        if (now?.direction === direction) now.left -= bytes.length;
        carried[direction] += bytes.length;
        to.write(bytes);
        return;
      }
      to.write(bytes.subarray(0, now.left));
      carried[direction] += now.left;
      now.left = 0;
      if (now.what === 'cut') {
        trouble = undefined;
        cut();
      } else from.pause();
      now.happened();
    });
  };
  const server = createServer((client) => {
    carried.connections += 1;
    const upstream = connect(target, '127.0.0.1');
    carry(client, upstream, 'up');
    carry(upstream, client, 'down');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    after: (left, direction, what) =>
      new Promise((resolve) => {
        trouble = { left, direction, what, happened: resolve };
      }),
    carried: () => ({ ...carried }),
    cut,
    heal: () => {
      trouble = undefined;
    },
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      cut();
      await closed;
    },
  };
}
