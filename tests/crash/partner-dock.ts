// A partner's server for the crash tests: files appear in its `out` whole, what arrives in its `in` is watched all the time,
// and the line to it can be stalled at an exact byte. Simulated or OpenSSH, it behaves the same here.
import { mkdir, readdir, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Transport } from '../../src/connectors/threepl/profile/transport-settings.ts';
import type { Line } from '../connectors/threepl/sftp/line.ts';
import { opensshWarehouse, simulatedWarehouse, type Warehouse } from '../connectors/threepl/sftp/servers.ts';

export interface Arrived {
  readonly name: string;
  readonly size: number;
  /** Other for every file that was ever written under the name. */
  readonly print: string;
}

export interface PartnerDock {
  readonly line: Line;
  /** As the profile has it. */
  readonly transport: object;
  /** A whole file for the hub appears. */
  offer(name: string, bytes: Buffer): Promise<void>;
  /** Names the hub has not taken away yet. */
  offered(): Promise<string[]>;
  archived(): Promise<string[]>;
  /** What stands in the folder for our files now, under whatever name. */
  arrived(): Promise<Arrived[]>;
  read(name: string): Promise<Buffer | undefined>;
  /** Every file that anybody could have seen under a final name, by name; one entry each when all goes right. */
  sightings(): ReadonlyMap<string, ReadonlySet<string>>;
  stop(): Promise<void>;
}

const WATCH_EVERY_MS = 5;
export const isUnfinished = (name: string): boolean => name.startsWith('.');

export async function simulatedDock(): Promise<PartnerDock> {
  const warehouse = await simulatedWarehouse();
  const { server } = warehouse;
  for (const folder of ['/in', '/out', '/out/archive']) server.makeFolder(folder);
  const prints = new WeakMap<Buffer, number>();
  let last = 0;
  const printOf = (bytes: Buffer): string => {
    if (!prints.has(bytes)) prints.set(bytes, ++last);
    return `${prints.get(bytes)} ${bytes.length}`;
  };
  return watched(
    warehouse,
    { in: '/in', out: '/out' },
    {
      offer: async (name, bytes) => server.put(`/out/${name}`, bytes),
      arrived: async () =>
        server.list('/in').flatMap((name) => {
          const bytes = server.files().get(`/in/${name}`);
          return bytes ? [{ name, size: bytes.length, print: printOf(bytes) }] : [];
        }),
    },
  );
}

export async function opensshDock(): Promise<PartnerDock> {
  const warehouse = await opensshWarehouse();
  const folders = { in: warehouse.folder('in'), out: warehouse.folder('out') };
  await mkdir(folders.in, { recursive: true });
  await mkdir(join(folders.out, 'archive'), { recursive: true });
  return watched(warehouse, folders, {
    offer: async (name, bytes) => {
      const staged = `${folders.out}.${name}`;
      await writeFile(staged, bytes);
      await rename(staged, join(folders.out, name));
    },
    arrived: async () => {
      const found: Arrived[] = [];
      for (const name of await readdir(folders.in)) {
        // Renamed between the listing and the look: the next look sees it under its new name.
        const at = await stat(join(folders.in, name)).catch(() => undefined);
        if (at) found.push({ name, size: at.size, print: `${at.ino} ${at.mtimeMs} ${at.size}` });
      }
      return found;
    },
  });
}

function watched(
  warehouse: Warehouse,
  folders: { readonly in: string; readonly out: string },
  own: Pick<PartnerDock, 'offer' | 'arrived'>,
): PartnerDock {
  const sightings = new Map<string, Set<string>>();
  let stopped = false;
  const watch = async (): Promise<void> => {
    while (!stopped) {
      for (const { name, print } of await own.arrived())
        if (!isUnfinished(name)) sightings.set(name, (sightings.get(name) ?? new Set()).add(print));
      await new Promise((resolve) => setTimeout(resolve, WATCH_EVERY_MS));
    }
  };
  const watching = watch();
  const { host, port, user, privateKey, hostKey }: Transport = warehouse.transport;
  return {
    ...own,
    line: warehouse.line,
    transport: {
      ...{ host, port, user, privateKey, hostKey },
      in: [{ folder: folders.out, files: '*.edi', ready: { mode: 'rename' }, archive: 'archive' }],
      out: { folder: folders.in, name: '{type}_{number}_{control}.edi' },
      everySeconds: 1,
      timeoutSeconds: 30,
    },
    offered: async () => (await warehouse.list(folders.out)).filter((name) => name !== 'archive'),
    archived: () => warehouse.list(`${folders.out}/archive`),
    read: (name) => warehouse.read(`${folders.in}/${name}`),
    sightings: () => sightings,
    stop: async () => {
      stopped = true;
      await watching;
      await warehouse.stop();
    },
  };
}
