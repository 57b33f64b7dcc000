// Reads the change log from a cursor with overlap: one event per change, each under the change's own id.
// It never skips: the cursor is the instant a sweep began by Square's clock, and moves only when the sweep is whole.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import {
  type Instant,
  instantOf,
  instantOfMicros,
  instantSchema,
  microsOf,
} from '../../core/vocabulary/instant.ts';
import { isPlainText } from '../../core/vocabulary/text.ts';
import type { Poll, PolledEvent, PollPage } from '../contract.ts';
import type { SquareClient } from './client.ts';
import { CHANGE_TOPIC } from './interpret.ts';
import type { SquareSettings } from './settings.ts';
import { occurredAtOf } from './wire.ts';

export const CHANGES_STREAM = 'inventory-changes';

/** What Square did in the last moments before it answered may not be in the log yet; its Date is cut to the second. */
const SETTLING_MS = 5_000;

/** `from` is where the first sweep began: the overlap never reaches back behind it. */
const cursorSchema = z.object({ through: instantSchema, from: instantSchema });

/** The poll of one account. A sweep that breaks off is begun again from its cursor; what is seen twice counts once. */
export function changesPoll(client: SquareClient, settings: SquareSettings): Poll {
  const overlapMicros = BigInt(settings.overlapSeconds) * 1_000_000n;
  return {
    streams: [CHANGES_STREAM],
    intervalMs: settings.intervalSeconds * 1000,
    async *read(_stream, cursor, since): AsyncIterable<PollPage> {
      const read = cursorSchema.safeParse(cursor);
      // A cursor that is not ours, or of another version, is no reason to skip: the log is read from the start again.
      const known = read.success ? read.data : { through: since, from: since };
      // Square leaves out what happened at the named instant itself, hence a microsecond less.
      const earliest = microsOf(known.from) - 1n;
      const overlapping = microsOf(known.through) - overlapMicros;
      const updatedAfter = instantOfMicros(overlapping > earliest ? overlapping : earliest);
      let through: Instant | undefined;
      for await (const page of client.changes({ updatedAfter })) {
        through ??= instantOf(page.serverTime.getTime() - SETTLING_MS);
        const events = page.changes.map(eventOf);
        if (!page.last) yield { events, cursor: known };
        // A clock that stepped back must not move the cursor back with it.
        else
          yield {
            events,
            cursor: { ...known, through: through > known.through ? through : known.through },
            through,
          };
      }
    },
  };
}

const entrySchema = z.object({
  adjustment: z.object({ id: z.string(), occurred_at: z.string().nullish() }).optional(),
  physical_count: z.object({ id: z.string(), occurred_at: z.string().nullish() }).optional(),
});

/** An entry without a readable id is kept under the digest of its content, and quarantined when it is interpreted. */
function eventOf(entry: unknown): PolledEvent {
  const body = Buffer.from(JSON.stringify(entry), 'utf8');
  const read = entrySchema.safeParse(entry);
  const change = read.success ? (read.data.adjustment ?? read.data.physical_count) : undefined;
  const isUsable =
    change !== undefined && change.id !== '' && change.id.length <= 200 && isPlainText(change.id);
  return {
    dedupeKey: isUsable ? change.id : `sha256:${createHash('sha256').update(body).digest('hex')}`,
    topic: CHANGE_TOPIC,
    ...occurredAtOf(change?.occurred_at),
    body,
  };
}
