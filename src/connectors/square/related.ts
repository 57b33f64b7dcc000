// Finds what belongs to a change and may not be at hand: the count behind a recount, the other members of a group.
// Every lookup is made once per run; nothing is remembered beyond it.
import { type Instant, instantOfMicros, microsOf } from '../../core/vocabulary/instant.ts';
import type { SquareClient } from './client.ts';
import { type Adjustment, type Change, changeSchema, occurredAtOf, type PhysicalCount } from './wire.ts';

/** Square makes linked changes together; their times of creation differ by far less. */
const TOGETHER_MICROS = 30_000_000n;

export interface RelatedChanges {
  /** The physical count that made an adjustment, or undefined when Square does not show one. */
  countOf(adjustment: Adjustment): Promise<PhysicalCount | undefined>;
  /**
   * All members of an adjustment's group that Square shows, itself included. The root of a composed variation has no
   * stock of its own and stays invisible.
   */
  groupOf(adjustment: Adjustment): Promise<readonly Adjustment[]>;
}

/** Starts with the changes at hand; a count among them needs no lookup. */
export function relatedChanges(client: SquareClient, atHand: readonly Change[]): RelatedChanges {
  const countsAtHand = atHand.flatMap((change) =>
    change.type === 'PHYSICAL_COUNT' ? [change.physical_count] : [],
  );
  const counts = new Map<string, Promise<PhysicalCount | undefined>>();
  const groups = new Map<string, Promise<readonly Adjustment[]>>();
  return {
    countOf: (adjustment) =>
      once(counts, adjustment.id, async () => {
        const near = countsAtHand.find((count) => isCountOf(count, adjustment));
        return near ?? (await countInLog(client, adjustment)) ?? (await countById(client, adjustment));
      }),
    groupOf: (adjustment) =>
      once(groups, adjustment.adjustment_group?.id ?? adjustment.id, () => membersInLog(client, adjustment)),
  };
}

/** Either side may name the other: the count names its adjustment only for sellers with a paid plan. */
const isCountOf = (count: PhysicalCount, adjustment: Adjustment): boolean =>
  count.id === adjustment.physical_count_id || count.adjustment_id === adjustment.id;

function once<T>(known: Map<string, Promise<T>>, key: string, look: () => Promise<T>): Promise<T> {
  const found = known.get(key) ?? look();
  known.set(key, found);
  return found;
}

async function countInLog(client: SquareClient, adjustment: Adjustment): Promise<PhysicalCount | undefined> {
  const listings = [adjustment.catalog_object_id];
  for await (const change of changesAround(client, adjustment, { types: ['PHYSICAL_COUNT'], listings })) {
    if (change.type === 'PHYSICAL_COUNT' && isCountOf(change.physical_count, adjustment))
      return change.physical_count;
  }
  return undefined;
}

const countById = async (client: SquareClient, adjustment: Adjustment): Promise<PhysicalCount | undefined> =>
  adjustment.physical_count_id ? await client.physicalCount(adjustment.physical_count_id) : undefined;

async function membersInLog(client: SquareClient, adjustment: Adjustment): Promise<readonly Adjustment[]> {
  const members = new Map([[adjustment.id, adjustment]]);
  for await (const change of changesAround(client, adjustment, { types: ['ADJUSTMENT'] })) {
    if (change.type !== 'ADJUSTMENT') continue;
    const group = change.adjustment.adjustment_group?.id;
    if (group !== undefined && group === adjustment.adjustment_group?.id)
      members.set(change.adjustment.id, change.adjustment);
  }
  return [...members.values()];
}

async function* changesAround(
  client: SquareClient,
  adjustment: Adjustment,
  filter: { types: readonly ('ADJUSTMENT' | 'PHYSICAL_COUNT')[]; listings?: readonly string[] },
): AsyncIterable<Change> {
  const made: Instant | undefined = occurredAtOf(adjustment.created_at ?? adjustment.occurred_at).occurredAt;
  if (made === undefined) return;
  const updatedAfter = instantOfMicros(microsOf(made) - TOGETHER_MICROS);
  const updatedBefore = instantOfMicros(microsOf(made) + TOGETHER_MICROS);
  for await (const page of client.changes({ ...filter, updatedAfter, updatedBefore })) {
    for (const entry of page.changes) {
      const read = changeSchema.safeParse(entry);
      if (read.success) yield read.data;
    }
  }
}
