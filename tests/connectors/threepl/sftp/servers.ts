// The two servers the transport must behave the same on, behind one line that can be cut: ours in memory, and OpenSSH.

import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Transport,
  transportSchema,
} from '../../../../src/connectors/threepl/profile/transport-settings.ts';
import { newKeyPair } from '../../../../src/simulators/threepl/host-key.ts';
import { type SftpServer, startSftpServer } from '../../../../src/simulators/threepl/sftp-server.ts';
import { startOpenSsh } from '../../../support/openssh.ts';
import { type Line, startLine } from './line.ts';

/** A warehouse as the contract sees it; folders are named from the client's start folder. */
export interface Warehouse {
  readonly line: Line;
  readonly transport: Transport;
  /** The folder on the server under which a test works; other for each test. */
  folder(name: string): string;
  put(path: string, text: string | Buffer, modifiedAtMs?: number): Promise<void>;
  read(path: string): Promise<Buffer | undefined>;
  list(folder: string): Promise<string[]>;
  changeHostKey(): Promise<string>;
  stop(): Promise<void>;
}

const STRANGER = newKeyPair();

/** The same server, asked by somebody it does not know. */
export const strangerTo = (transport: Transport): Transport => ({
  ...transport,
  privateKey: STRANGER.private,
});

export const transportTo = (port: number, settings: Partial<Transport>): Transport => ({
  ...transportSchema.parse({ host: '127.0.0.1', port, user: 'edi', timeoutSeconds: 10 }),
  ...settings,
});

export async function simulatedWarehouse(): Promise<Warehouse & { readonly server: SftpServer }> {
  const key = newKeyPair();
  const server = await startSftpServer({ users: [{ user: 'edi', publicKeys: [key.public] }] });
  const line = await startLine(server.port);
  return {
    server,
    line,
    transport: transportTo(line.port, { privateKey: key.private, hostKey: server.hostKey() }),
    folder: (name) => {
      server.put(`/${name}/.made`, '');
      server.remove(`/${name}/.made`);
      return `/${name}`;
    },
    put: async (path, text, modifiedAtMs) => server.put(path, text, modifiedAtMs),
    read: async (path) => server.files().get(path),
    list: async (folder) => server.list(folder),
    changeHostKey: async () => server.changeHostKey(),
    stop: async () => {
      await line.stop();
      await server.stop();
    },
  };
}

export async function opensshWarehouse(): Promise<Warehouse> {
  const server = await startOpenSsh();
  const line = await startLine(server.port);
  return {
    line,
    transport: transportTo(line.port, {
      user: server.user,
      privateKey: server.privateKey,
      hostKey: server.hostKey(),
    }),
    folder: (name) => join(server.root, name),
    put: async (path, text, modifiedAtMs) => {
      await mkdir(join(path, '..'), { recursive: true });
      await writeFile(path, text);
      if (modifiedAtMs !== undefined) await utimes(path, modifiedAtMs / 1000, modifiedAtMs / 1000);
    },
    read: async (path) => (existsSync(path) ? await readFile(path) : undefined),
    list: async (folder) => {
      await mkdir(folder, { recursive: true });
      return (await readdir(folder)).toSorted();
    },
    changeHostKey: () => server.changeHostKey(),
    stop: async () => {
      await line.stop();
      await server.stop();
      await rm(server.root, { recursive: true, force: true });
    },
  };
}
