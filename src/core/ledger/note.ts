// Tells the change log that items mean something else now (a kit, a unit, a binding), though no stock has moved.
import type { Database } from '../database.ts';
import { laneOf } from './chain.ts';
import { lockLane } from './view.ts';
import { noteItems } from './write-lines.ts';

/** What may be sold of these items is computed again. */
export async function noteItemsChanged(database: Database, itemIds: readonly number[]): Promise<void> {
  for (const [lane, own] of Map.groupBy(itemIds, laneOf)) {
    await database.transaction(async (client) => noteItems(client, await lockLane(client, lane), own));
  }
}
