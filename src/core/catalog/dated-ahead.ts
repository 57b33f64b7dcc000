// Holds what is dated after it came: a clock or a time zone is wrong at its source. Believed, a count from tomorrow would give every
// sale until then back to the shelf, and a sale from tomorrow would be taken off once more by the next count. Pure; it never
// puts a time right, for nobody knows which one was meant.
import { emptyPosting, type Posting } from '../ledger/movement.ts';
import { type Instant, instantOfMicros, microsOf } from '../vocabulary/instant.ts';

/** Clocks differ by minutes; time zones by half an hour at least. */
export const AHEAD_MINUTES = 15;

/**
 * What is posted instead of an event that moves or counts stock later than it came, or was read where it only hints: nothing, with the reason, and with the items that
 * it took, of which no more is offered until it is released. Undefined: nothing is too far ahead.
 */
export function heldAhead(posting: Posting, knownAt: Instant): Posting | undefined {
  const latest = instantOfMicros(microsOf(knownAt) + BigInt(AHEAD_MINUTES) * 60_000_000n);
  const ahead = [
    ...posting.movements.map(({ document, occurredAt }) => ({ document, at: occurredAt })),
    ...posting.counts.map(({ document, countedAt }) => ({ document, at: countedAt })),
  ].filter(({ at }) => at > latest);
  const [first] = ahead;
  if (!first) return undefined;
  const more = ahead.length > 1 ? `, and ${ahead.length - 1} more of it` : '';
  const items = posting.movements.flatMap(({ lines }) => lines.map(({ itemId }) => itemId));
  return {
    ...emptyPosting(posting.connectionId, posting.inboxEventId),
    held: {
      code: 'held_by_guard',
      reason: `${first.document} is dated ${first.at}, and came at ${knownAt}: that is more than ${AHEAD_MINUTES} minutes ahead${more}. Put the clock or the time zone at its source right; \`stockbridge replay --release\` takes it as it is dated`,
      waitsFor: [...new Set(items)],
    },
  };
}
