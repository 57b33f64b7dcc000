// Which new movements of a posting cannot stand while another one of it is in conflict (I4), or is booked as an earlier catalogue
// read it. Pure; how each of them stands is the ledger's to say.
import { type Instant, microsOf } from '../vocabulary/instant.ts';
import type { Movement, Posting } from './movement.ts';

/** How a movement's key is known: not at all, with its content, with that of an earlier reading, or with another one. */
export type Standing = 'new' | 'same' | 'earlier' | 'contested';

/**
 * Why a new movement cannot stand beside the others: it takes back one that is contested or that is booked with other lines than
 * its own, and would undo what was never booked, or the posting is whole, and its document comes again under another number once
 * the conflict is settled. `standings` has the keys of all movements of the posting; of one alone it may be empty. `originals` says
 * when what it takes back was recorded, should that have been before the catalogue changed.
 */
export function reasonAgainst(
  posting: Posting,
  movement: Movement,
  standings: ReadonlyMap<string, Standing>,
  originals: ReadonlyMap<string, Instant>,
): string | undefined {
  const { corrects, changedAt } = movement;
  const recordedAt = corrects === null ? undefined : originals.get(corrects);
  if (recordedAt !== undefined && changedAt !== undefined && microsOf(recordedAt) <= microsOf(changedAt))
    return bookedWithOtherLines(movement);
  if (standings.size === 0 || standings.get(movement.key) !== 'new') return undefined;
  const original = movement.corrects === null ? undefined : standings.get(movement.corrects);
  if (original === 'contested')
    return `${movement.document} is not booked: what it takes back is in the ledger with other content`;
  if (original === 'earlier' && movement.earlier !== undefined) return bookedWithOtherLines(movement);
  if (posting.whole === true && [...standings.values()].includes('contested'))
    return `${movement.document} is not booked: another line of its document is in the ledger with other content`;
  return undefined;
}

const bookedWithOtherLines = ({ document }: Movement): string =>
  `${document} is not booked: what it takes back was booked before the catalogue changed, with other lines`;
