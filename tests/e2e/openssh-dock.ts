// A partner's real SFTP server in front of the simulated warehouse: the hub speaks to OpenSSH, and a courier carries files
// between its folders and the warehouse's desk, as the partner's own system would. It changes no byte and answers nothing.
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import { type Config, loadConfig } from '../../src/config.ts';
import { connectors } from '../../src/connectors/index.ts';
import type { World } from '../../src/demo/world.ts';
import type { SftpServer } from '../../src/simulators/threepl/sftp-server.ts';
import { startOpenSsh } from '../support/openssh.ts';

export interface OpenSshDock {
  /** The world's configuration, with the partner at the OpenSSH server. */
  readonly config: Config;
  /** Names that ever stood in the partner's folder for our files, half-written ones too. */
  readonly seen: ReadonlySet<string>;
  /** Names left in a folder of the server: `in`, `out`, `out/archive`. */
  list(folder: string): Promise<string[]>;
  stop(): Promise<void>;
}

const LOOK_EVERY_MS = 20;

export async function openOpenSshDock(world: World): Promise<OpenSshDock> {
  const { warehouse } = world;
  if (!warehouse) throw new Error('the world has no warehouse');
  const openssh = await startOpenSsh();
  const folderOf = (name: string): string => join(openssh.root, name);
  for (const name of ['in/archive', 'out']) await mkdir(folderOf(name), { recursive: true });
  const seen = new Set<string>();
  const courier = startCourier(warehouse.server, folderOf('in'), folderOf('out'), seen);
  return {
    config: await atServer(world, {
      host: openssh.host,
      port: openssh.port,
      user: openssh.user,
      privateKey: openssh.privateKey,
      hostKey: openssh.hostKey(),
      in: [
        {
          folder: folderOf('out'),
          files: '*',
          ready: { mode: 'rename' },
          archive: 'archive',
        },
      ],
      out: { folder: folderOf('in'), name: '{type}_{number}_{control}.edi' },
      everySeconds: 1,
    }),
    seen,
    list: async (folder) => (await readdir(folderOf(folder))).toSorted(),
    stop: async () => {
      await courier.stop();
      await openssh.stop();
    },
  };
}

async function atServer(world: World, transport: object): Promise<Config> {
  const given = parse(await readFile(world.configFile, 'utf8')) as {
    connections: { northwind: { settings: object } };
  };
  const { northwind } = given.connections;
  northwind.settings = { ...northwind.settings, transport };
  const path = world.configFile.replace(/\.yaml$/, '.openssh.yaml');
  await writeFile(path, stringify(given));
  return loadConfig({ path, env: {}, cwd: dirname(path), connectors });
}

function startCourier(desk: SftpServer, fromHub: string, toHub: string, seen: Set<string>) {
  let stopped = false;
  const carry = async (): Promise<void> => {
    for (const { name, isFile } of await filesIn(fromHub)) {
      if (!isFile) continue;
      seen.add(name);
      if (name.startsWith('.')) continue;
      desk.put(`/in/${name}`, await readFile(join(fromHub, name)));
      await rename(join(fromHub, name), join(fromHub, 'archive', name));
    }
    for (const name of desk.list('/out')) {
      const bytes = desk.files().get(`/out/${name}`);
      if (!bytes) continue;
      await writeFile(join(toHub, `.${name}.part`), bytes);
      await rename(join(toHub, `.${name}.part`), join(toHub, name));
      desk.remove(`/out/${name}`);
    }
  };
  // A file may go or change between two looks at it; what could not be carried now is carried at the next look.
  let failure: unknown;
  const working = (async () => {
    while (!stopped) {
      failure = await carry().then(
        () => undefined,
        (error: unknown) => error ?? new Error('a file could not be carried'),
      );
      await sleep(LOOK_EVERY_MS);
    }
  })();
  return {
    stop: async () => {
      stopped = true;
      await working;
      if (failure !== undefined) throw failure;
    },
  };
}

const filesIn = async (folder: string) =>
  (await readdir(folder, { withFileTypes: true })).map((entry) => ({
    name: entry.name,
    isFile: entry.isFile(),
  }));
