// How long something was told to wait, whatever time the test itself needed to look: the pause lies between two readings of the
// database's clock, one from before it was given and one from after.
import type pg from 'pg';

type Store = Pick<pg.Pool, 'query'>;

/** The database's clock, for {@link pauseSince}. */
export async function clock(store: Store): Promise<string> {
  const { rows } = await store.query<{ now: string }>('select clock_timestamp()::text as now');
  return rows[0]?.now ?? '';
}

export interface PauseAsked {
  /** A reading of {@link clock} from before the pause was given. */
  readonly before: string;
  /** SQL whose one column is the instant until when it is. */
  readonly until: string;
  readonly values: readonly unknown[];
}

/** Seconds: `expected` where that may have been the pause, else the nearest that it may have been. */
export async function pauseSince(store: Store, expected: number, asked: PauseAsked): Promise<number> {
  const { before, until, values } = asked;
  const { rows } = await store.query<{ least: number; most: number }>(
    `select extract(epoch from at - clock_timestamp())::float8 as least,
       extract(epoch from at - $${values.length + 1}::timestamptz)::float8 as most from (${until}) as w(at)`,
    [...values, before],
  );
  const { least = Number.NaN, most = Number.NaN } = rows[0] ?? {};
  return Math.min(Math.max(expected, least), most);
}
