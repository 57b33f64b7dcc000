// Books that were closed behind our back: an approved journal keeps its own day here, and is booked there on the first day
// that is open. Only after a definite refusal, so that nothing can have two effects (I8).
import type { Store } from '../inbox/store.ts';
import { type Day, dayAfter, laterDay } from './calendar.ts';

/**
 * Moves a delivery that the books refused as closed to the first open day there, under a new key; answers that day, or
 * undefined when the delivery was posted meanwhile. `today` is taken when the books do not say through when they are closed.
 */
export async function redateDelivery(
  store: Store,
  journalId: string,
  refusal: { readonly closedThrough: Day | undefined; readonly reason: string; readonly today: Day },
): Promise<Day | undefined> {
  const { rows } = await store.query<{ booked_on: Day }>(
    'select booked_on::text from journal_delivery where journal_id = $1',
    [journalId],
  );
  const own = rows[0]?.booked_on;
  if (own === undefined) return undefined;
  const open = refusal.closedThrough === undefined ? refusal.today : dayAfter(refusal.closedThrough);
  const day = laterDay(own, open);
  const { rowCount } = await store.query(
    `update journal_delivery set booked_on = $2, request_key = gen_random_uuid(), generation = generation + 1, status = 'queued',
       attempts = 0, first_sent_at = null, last_sent_at = null, retry_at = clock_timestamp(), code = 'closed', reason = $3
     where journal_id = $1 and status <> 'posted'`,
    [journalId, day, refusal.reason],
  );
  return rowCount === 0 ? undefined : day;
}
