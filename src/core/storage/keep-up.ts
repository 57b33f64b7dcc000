// The owner's watch over its server: when the server dies, it is brought back under the same address and owned again.
// It never stops a server that another process has come to own.
import { setTimeout as sleep } from 'node:timers/promises';
import { type BringUpOptions, bringUp } from './bring-up.ts';
import type { Cluster } from './cluster.ts';
import { type Ownership, takeOwnership } from './ownership.ts';
import { stopServer } from './postmaster.ts';

const MAX_RETRY_MS = 2_000;

/** Watches from now on, until the one function it answers is called: that stops the server and resolves when it is gone. */
export function keepUp(
  cluster: Cluster,
  claimed: Ownership,
  options: BringUpOptions & { readonly port: number },
): () => Promise<void> {
  let ownership: Ownership | undefined = claimed;
  let recovery: Promise<void> = Promise.resolve();
  let stopped: Promise<void> | undefined;

  const watch = (current: Ownership): void => {
    void current.lost.then(() => {
      if (stopped) return;
      ownership = undefined;
      recovery = recover();
    });
  };
  const recover = async (): Promise<void> => {
    options.log('the PostgreSQL server went away; bringing it back');
    for (let waitMs = 50; !stopped; waitMs = Math.min(waitMs * 2, MAX_RETRY_MS)) {
      try {
        await bringUp(cluster, options);
        ownership = await takeOwnership(cluster, options.port);
        options.log('PostgreSQL is back');
        return watch(ownership);
      } catch (error) {
        options.log(`PostgreSQL is not back yet: ${error instanceof Error ? error.message : String(error)}`);
        await sleep(waitMs);
      }
    }
  };
  const stop = async (): Promise<void> => {
    await recovery;
    // A recovery that was cut short may have left a server that nobody owns; one that somebody owns stays.
    ownership ??= await takeOwnership(cluster, options.port).catch(() => undefined);
    if (!ownership) return;
    await stopServer(cluster);
    await ownership.release();
  };

  watch(claimed);
  return () => {
    stopped ??= stop();
    return stopped;
  };
}
