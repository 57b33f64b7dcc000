// Where events stand that a person named for a command which had nothing to do with them, so that it can say why. Reads only.
import type { InboxStatus } from '../vocabulary/words.ts';
import { COUNTS_FOR_ITS_ORDER } from './reopen.ts';
import type { Store } from './store.ts';

export interface LeftAlone {
  readonly id: string;
  readonly status: InboxStatus;
  readonly code: string | null;
  readonly conflictsWith: string | null;
  /** When the retention erased its bytes. */
  readonly erasedAt: Date | null;
  /** A person closed it. */
  readonly isClosed: boolean;
  /** It is closed, and what it says of its order has counted: it is opened no more. */
  readonly hasCounted: boolean;
}

/** Where events stand that were named and not changed, by their numbers; one that does not exist is not among them. */
export async function leftAlone(store: Store, ids: readonly string[]): Promise<LeftAlone[]> {
  const { rows } = await store.query<LeftAlone>(
    `select e.id, e.status::text as status, e.code, e.conflicts_with as "conflictsWith", e.erased_at as "erasedAt",
       c.event_id is not null as "isClosed", c.event_id is not null and ${COUNTS_FOR_ITS_ORDER} as "hasCounted"
     from inbox_event e left join inbox_closing c on c.event_id = e.id and c.reopened_at is null
     where e.id = any($1::bigint[]) order by e.id`,
    [ids],
  );
  return rows;
}
