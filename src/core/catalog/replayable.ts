// Counts the quarantined events that a better catalogue may have cured; replaying them is the inbox's work.
import type pg from 'pg';
import type { ErrorCode } from '../errors.ts';

export const CATALOGUE_CODES = [
  'item_unknown',
  'unit_unknown',
  'location_unknown',
] as const satisfies readonly ErrorCode[];

/** How many events wait in quarantine for one of these reasons. */
export async function replayable(
  db: pg.Pool | pg.ClientBase,
  codes: readonly ErrorCode[] = CATALOGUE_CODES,
): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `select count(*)::int as count from inbox_event where status = 'quarantined' and code = any($1)`,
    [codes],
  );
  return rows[0]?.count ?? 0;
}
