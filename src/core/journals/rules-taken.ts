// Which `books` block drafts are made by. A hub reads the configuration once and a person may change it meanwhile, so the rules
// that were taken last hold, for everybody. It keeps a fingerprint of them, not the rules.
import { createHash } from 'node:crypto';
import type { Store } from '../inbox/store.ts';
import type { Instant } from '../vocabulary/instant.ts';
import type { Books } from './rules.ts';

export interface RulesTaken {
  readonly fingerprint: string;
  readonly takenAt: Instant;
  readonly takenBy: string;
}

/** SHA-256, hexadecimal, over the whole block; the order of its keys does not matter. */
export const fingerprintOf = (books: Books): string =>
  createHash('sha256').update(JSON.stringify(books, keysSorted)).digest('hex');

const keysSorted = (_key: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

/**
 * What a draft that is made now is made by: the block, and how often items were given another cost group, which decides accounts as
 * the block does. Read before the entries are.
 */
export async function draftingPrint(store: Store, books: Books): Promise<string> {
  const { rows } = await store.query<{ changes: string }>('select changes::text from cost_group_change');
  const changes = rows[0]?.changes ?? '0';
  const fingerprint = fingerprintOf(books);
  return changes === '0' ? fingerprint : `${fingerprint} ${changes}`;
}

/** The rules that hold; undefined: none were taken yet. */
export async function rulesInForce(store: Store): Promise<RulesTaken | undefined> {
  const { rows } = await store.query<RulesTaken>(
    `select fingerprint, to_char(taken_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "takenAt", taken_by as "takenBy"
     from drafting_rules order by id desc limit 1`,
  );
  return rows[0];
}

/** Whether nobody took other rules since; before any were taken all hold. */
export async function isInForce(store: Store, books: Books): Promise<boolean> {
  const newest = await rulesInForce(store);
  return newest === undefined || newest.fingerprint === fingerprintOf(books);
}

/** Makes these rules hold, in a transaction that has the lock on journals; answers the other ones that they replace. */
export async function takeRules(
  store: Store,
  books: Books,
  { by, now }: { readonly by: string; readonly now: Instant },
): Promise<RulesTaken | undefined> {
  const newest = await rulesInForce(store);
  const fingerprint = fingerprintOf(books);
  if (newest?.fingerprint === fingerprint) return undefined;
  await store.query('insert into drafting_rules (fingerprint, taken_at, taken_by) values ($1, $2, $3)', [
    fingerprint,
    now,
    by,
  ]);
  return newest;
}

/** Notes that a hub with other rules runs and drafts nothing, so that `status` can say so. */
export const noteIdleHub = (store: Store): Promise<unknown> =>
  store.query(
    `update drafting_rules set hub_idle_at = clock_timestamp() where id = (select max(id) from drafting_rules)
       and (hub_idle_at is null or hub_idle_at < clock_timestamp() - interval '1 minute')`,
  );

/** A hub that starts with the rules that hold is not idle. */
export const noteHubStarted = (store: Store): Promise<unknown> =>
  store.query('update drafting_rules set hub_idle_at = null where hub_idle_at is not null');

/** Whether a hub with other rules than those that hold was seen within ten minutes. */
export async function isHubIdle(store: Store): Promise<boolean> {
  const { rowCount } = await store.query(
    `select from drafting_rules where id = (select max(id) from drafting_rules)
       and hub_idle_at > clock_timestamp() - interval '10 minutes'`,
  );
  return (rowCount ?? 0) > 0;
}
