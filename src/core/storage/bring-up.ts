// Gets one server running on a cluster, whatever the last one left behind: adopts it, waits for it, or starts a new one.
// Whether a lock file is stale is PostgreSQL's judgement, not ours.
import { setTimeout as sleep } from 'node:timers/promises';
import { StockbridgeError } from '../errors.ts';
import { type Cluster, choosePort } from './cluster.ts';
import { explained } from './explained.ts';
import { commandOf, type ServerState, serverState, startServer } from './postmaster.ts';

/** A server that was just started by another process, or is just ending, shows itself well within this time. */
const LOCK_WAIT_MS = 15_000;
const POLL_MS = 50;

export interface BringUpOptions {
  readonly port?: number | undefined;
  readonly timeoutMs: number;
  readonly log: (line: string) => void;
}

/** Resolves when a server with our password serves this cluster; `adopted` when it was there already. */
export async function bringUp(
  cluster: Cluster,
  options: BringUpOptions,
): Promise<{ port: number; adopted: boolean }> {
  const deadline = Date.now() + options.timeoutMs;
  const patience = Date.now() + Math.min(LOCK_WAIT_MS, options.timeoutMs);
  for (let round = 0; ; round += 1) {
    const state = await serverState(cluster);
    if (state.kind === 'ours') return { port: state.port, adopted: true };
    if (state.kind === 'unready') {
      if (Date.now() > deadline) throw explained('recovering', cluster);
      if (round % 100 === 99) options.log(`PostgreSQL (process ${state.pid}) is still starting or stopping`);
      await sleep(POLL_MS);
      continue;
    }
    const failure = await attempt(cluster, options, deadline);
    if (typeof failure === 'number') return { port: failure, adopted: false };
    const lockHeld = failure.details.reason === 'lock_held';
    const portLost =
      failure.details.reason === 'port_taken' && (options.port === undefined || (await appeared(cluster)));
    if (!(lockHeld || portLost) || Date.now() > patience)
      throw lockHeld ? await lockRefusal(cluster, failure) : failure;
    await sleep(POLL_MS);
  }
}

async function attempt(
  cluster: Cluster,
  options: BringUpOptions,
  deadline: number,
): Promise<number | StockbridgeError> {
  try {
    const port = await choosePort(cluster.dataDir, options.port);
    const outcome = await startServer(cluster, port, deadline);
    return outcome.kind === 'ready' ? port : explained(outcome.said, cluster);
  } catch (error) {
    if (error instanceof StockbridgeError && error.details.reason === 'port_taken') return error;
    throw error;
  }
}

/** The port may be taken by the very server another process has just started on this cluster. */
const appeared = async (cluster: Cluster): Promise<boolean> => (await serverState(cluster)).kind !== 'absent';

async function lockRefusal(cluster: Cluster, failure: StockbridgeError): Promise<StockbridgeError> {
  const state: ServerState = await serverState(cluster);
  if (state.kind === 'absent') return failure;
  const command = await commandOf(state.pid);
  return new StockbridgeError(
    'storage_refused',
    `The lock file ${cluster.directory}/postmaster.pid names process ${state.pid}${command && ` (${command})`}, which is alive but ` +
      'does not answer as the PostgreSQL of this data directory. If it is one, stop it; if it is an unrelated program ' +
      'that got the number of a server long gone, and no other server uses the directory, remove that lock file.',
    { cause: failure, details: { reason: 'lock_held', pid: state.pid } },
  );
}
