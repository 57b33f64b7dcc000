// Which new movements of a posting cannot stand while another one of it is in conflict (I4). Pure; who is in conflict is the
// ledger's to say.
import type { Movement, Posting } from './movement.ts';

/**
 * Why a movement cannot stand beside those that are contested: it takes one of them back, and would undo what was never booked,
 * or the posting is whole, and its document comes again under another number once the conflict is settled.
 */
export function reasonAgainst(
  posting: Posting,
  movement: Movement,
  contested: ReadonlySet<string>,
): string | undefined {
  if (contested.size === 0 || contested.has(movement.key)) return undefined;
  if (movement.corrects !== null && contested.has(movement.corrects))
    return `${movement.document} is not booked: what it takes back is in the ledger with other content`;
  if (posting.whole === true)
    return `${movement.document} is not booked: another line of its document is in the ledger with other content`;
  return undefined;
}
