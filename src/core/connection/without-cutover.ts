// Connections that move no stock have nothing to cut over: what they tell is heard from the day they were configured on.
// Which connections these are is not known here.
import type { Store } from '../inbox/store.ts';

/** Lets connections work whose documents never move stock. One that works already keeps its instant. */
export async function beginWithoutCutover(store: Store, connectionIds: readonly number[]): Promise<void> {
  if (connectionIds.length === 0) return;
  await store.query(
    'update connection set cutover_at = created_at where id = any($1::smallint[]) and cutover_at is null',
    [connectionIds],
  );
}
