// Reads the market's changes from a time, with overlap: several changes share one instant, and one may become visible
// a moment after its time. Repeating is free, because every change has its own id; skipping would lose a sale.
import { z } from 'zod';
import { type Instant, instantOfMicros, instantSchema, microsOf } from '../../core/vocabulary/instant.ts';
import type { Poll, PolledEvent, PollPage } from '../contract.ts';
import type { Change } from './change.ts';
import type { DemoClient } from './client.ts';
import { nameOf } from './webhook.ts';

const OVERLAP_MICROS = 60_000_000n;
const cursorSchema = z.object({ at: instantSchema });

export const pollOf = (client: DemoClient): Poll => ({
  streams: ['changes'],
  intervalMs: 60_000,
  read: (_stream, cursor, since) => readChanges(client, startOf(cursor, since)),
});

/** A cursor of another shape comes from an older version; starting over repeats, which is allowed. */
function startOf(cursor: unknown, since: Instant): Instant {
  const parsed = cursorSchema.safeParse(cursor);
  return parsed.success ? instantOfMicros(microsOf(parsed.data.at) - OVERLAP_MICROS) : since;
}

async function* readChanges(client: DemoClient, start: Instant): AsyncGenerator<PollPage> {
  let page = await client.changes(start);
  // What happened after the first page was made may be missing in it; only up to there are we sure.
  const through = page.asOf;
  let at = start;
  while (page.next !== null) {
    at = page.changes.at(-1)?.at ?? at;
    yield { events: page.changes.map(eventOf), cursor: { at } };
    page = await client.changes(start, page.next);
  }
  yield { events: page.changes.map(eventOf), cursor: { at: through }, through };
}

const eventOf = (change: Change): PolledEvent => ({
  ...nameOf(change),
  body: Buffer.from(JSON.stringify({ change }), 'utf8'),
});
