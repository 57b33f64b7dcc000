// One holder at a time over all processes, by a lock that PostgreSQL releases when its holder dies.
import type { Database } from './database.ts';

/** Runs `work` if nobody else holds `name` now, and answers whether it ran. Never waits. */
export async function withAdvisoryLock(
  database: Database,
  name: string,
  work: () => Promise<void>,
): Promise<boolean> {
  return holding(database, name, 'select pg_try_advisory_lock(hashtextextended($1, 0)) as held', work);
}

/** Runs `work` once nobody else holds `name`, and answers its result. */
export async function exclusively<T>(database: Database, name: string, work: () => Promise<T>): Promise<T> {
  let result: { value: T } | undefined;
  await holding(
    database,
    name,
    'select true as held from pg_advisory_lock(hashtextextended($1, 0))',
    async () => {
      result = { value: await work() };
    },
  );
  if (!result) throw new Error(`the lock ${name} was not given`);
  return result.value;
}

async function holding(
  database: Database,
  name: string,
  take: string,
  work: () => Promise<void>,
): Promise<boolean> {
  const client = await database.locks.connect();
  let broken: Error | undefined;
  try {
    const { rows } = await client.query<{ held: boolean }>(take, [name]);
    if (!rows[0]?.held) return false;
    try {
      await work();
    } finally {
      // A session that broke has lost its lock already.
      await client
        .query('select pg_advisory_unlock(hashtextextended($1, 0))', [name])
        .catch((error: Error) => {
          broken = error;
        });
    }
    return true;
  } finally {
    client.release(broken);
  }
}
