// Who may start and stop the embedded database of a data directory: one process at a time, the owner.
// The claim is an advisory lock of a PostgreSQL session, so it ends with the process however that ends; no file can go stale.
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { StockbridgeError } from '../errors.ts';
import type { ClusterPlace } from './cluster.ts';
import { processAlive } from './postmaster.ts';

const OWNER_LOCK = 7_305_101_002n;
/** PostgreSQL notices the end of a killed owner within milliseconds; this covers a machine under load. */
const RELEASE_WAIT_MS = 3_000;

export interface Ownership {
  /** Resolves when the session ended without `release`: the server went away, or somebody ended the session. */
  readonly lost: Promise<void>;
  release(): Promise<void>;
}

/** Claims the data directory for this process. Throws `instance_running` naming the process that has it. */
export async function takeOwnership(place: ClusterPlace, port: number): Promise<Ownership> {
  const client = new pg.Client({
    connectionString: place.url(port, 'postgres'),
    application_name: `stockbridge owner ${process.pid} ${hostname()}`.slice(0, 63),
    keepAlive: true,
  });
  let open = true;
  const lost = new Promise<void>((resolve) => {
    client.on('error', () => undefined);
    client.on('end', () => {
      if (open) resolve();
      open = false;
    });
  });
  const release = async (): Promise<void> => {
    if (!open) return;
    open = false;
    await client.end();
  };
  await client.connect();
  try {
    await claim(client, place);
  } catch (error) {
    await release();
    throw error;
  }
  return { lost, release };
}

async function claim(client: pg.Client, place: ClusterPlace): Promise<void> {
  const deadline = Date.now() + RELEASE_WAIT_MS;
  for (;;) {
    const { rows } = await client.query<{ taken: boolean }>('select pg_try_advisory_lock($1) as taken', [
      OWNER_LOCK,
    ]);
    if (rows[0]?.taken) return;
    const owner = await currentOwner(client);
    if ((owner && (await processAlive(owner.pid))) || Date.now() > deadline) {
      const who = owner ? `process ${owner.pid} on ${owner.host}` : 'of another process';
      throw new StockbridgeError(
        'instance_running',
        `Stockbridge ${who} owns the data directory ${place.dataDir}. ` +
          'Stop that process, or give this one a data directory of its own.',
        { details: { pid: owner?.pid ?? null, host: owner?.host ?? null, dataDir: place.dataDir } },
      );
    }
    await sleep(50);
  }
}

async function currentOwner(client: pg.Client): Promise<{ pid: number; host: string } | undefined> {
  const { rows } = await client.query<{ application: string }>(
    `select a.application_name as application
       from pg_locks l join pg_stat_activity a using (pid)
      where l.locktype = 'advisory' and l.granted and l.objsubid = 1
        and (l.classid::bigint << 32) + l.objid::bigint = $1`,
    [OWNER_LOCK],
  );
  const [, pid, host] = /^stockbridge owner (\d+) (.*)$/.exec(rows[0]?.application ?? '') ?? [];
  return pid === undefined ? undefined : { pid: Number(pid), host: host ?? '' };
}
