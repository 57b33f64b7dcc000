// Which hubs run on this database, by what their connections are called there: it is true at once, however a hub ended, and
// whatever carries its queues. A hub keeps one connection for as long as it runs. Stores nothing.
import type { Store } from './inbox/store.ts';

const HUB = 'stockbridge hub';
const WITHOUT_POST = `${HUB} without post`;

/** What the connections of a hub process are called in PostgreSQL. */
export const hubConnectionName = (roles: ReadonlySet<string>): string =>
  roles.has('post') ? HUB : WITHOUT_POST;

/** `none`: no hub runs; `without_post`: none of those that run posts movements. */
export type RunningHubs = 'posting' | 'without_post' | 'none';

export async function runningHubs(store: Store): Promise<RunningHubs> {
  const { rows } = await store.query<{ name: string }>(
    `select distinct application_name as name from pg_stat_activity
     where datname = current_database() and application_name in ($1, $2)`,
    [HUB, WITHOUT_POST],
  );
  if (rows.length === 0) return 'none';
  return rows.some(({ name }) => name === HUB) ? 'posting' : 'without_post';
}
