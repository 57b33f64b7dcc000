// Reads which entries and accounts were touched since a cursor, from QuickBooks' change log, as a backstop for notifications.
// The log reaches back 30 days and names at most 1000 objects; what lies beyond is found by a query, which cannot see what
// was deleted. Deleted entries of ours are found all the same when the books are compared.

import { z } from 'zod';
import {
  type Instant,
  instantFrom,
  instantOf,
  instantOfMicros,
  instantSchema,
  microsOf,
} from '../../core/vocabulary/instant.ts';
import type { ConnectionContext, Poll, PolledEvent } from '../contract.ts';
import { PAGE, type QuickbooksClient } from './client.ts';
import { hintsIn, type PolledBody } from './hints.ts';
import type { QuickbooksSettings } from './settings.ts';
import { topicOfHint } from './webhook.ts';
import { changedRows } from './wire.ts';

export const CHANGES_STREAM = 'changes';
const ENTITIES = ['JournalEntry', 'Account'] as const;
/** Less than the 30 days of the log, so that a request does not fall off its edge on the way. */
const REACH_MICROS = 29n * 86_400_000_000n;
/** What was done in the moments before the answer may not be in the log yet. */
const SETTLING_MS = 5_000;

const cursorSchema = z.object({ through: instantSchema });

export function changesPoll(client: QuickbooksClient, context: ConnectionContext<QuickbooksSettings>): Poll {
  const { settings, now, log } = context;
  return {
    streams: [CHANGES_STREAM],
    intervalMs: settings.pollIntervalMs,
    async *read(_stream, cursor, since) {
      const known = cursorSchema.safeParse(cursor).data?.through ?? since;
      const begun = instantOf(now());
      const from = instantOfMicros(microsOf(known) - BigInt(settings.overlapMs) * 1000n);
      const oldest = instantOfMicros(microsOf(begun) - REACH_MICROS);
      const events: PolledEvent[] = [];
      let through: Instant | undefined;
      for (const entity of ENTITIES) {
        const answer = await client.changes(entity, from > oldest ? from : oldest);
        const rows = changedRows(answer, entity);
        events.push(
          ...rows.map(({ Id, status, SyncToken, MetaData }) =>
            eventOf(settings.realmId, entity, {
              id: Id,
              operation: status === 'Deleted' ? 'deleted' : 'updated',
              at: MetaData?.LastUpdatedTime ?? undefined,
              version: SyncToken ?? undefined,
            }),
          ),
        );
        // The earliest of the answers: nothing before it is missing from any of them.
        const at = settled(answer.time, begun);
        through = through === undefined || at < through ? at : through;
        if (entity !== 'JournalEntry' || (rows.length < PAGE && from >= oldest)) continue;
        log.warn(
          { connection: context.name, from, rows: rows.length },
          'more was changed in the books than the change log names; entries that were deleted meanwhile are found by the comparison',
        );
        for await (const page of touchedSince(client, settings.realmId, from))
          yield { events: page, cursor: { through: known } };
      }
      const last = through === undefined || through < known ? known : through;
      yield { events, cursor: { through: last }, through: last };
    },
  };
}

async function* touchedSince(
  client: QuickbooksClient,
  realm: string,
  from: Instant,
): AsyncIterable<PolledEvent[]> {
  const where = `where MetaData.LastUpdatedTime >= '${from}' orderby MetaData.LastUpdatedTime asc`;
  for (let start = 1; ; start += PAGE) {
    const entries = await client.journalEntries(where, start);
    yield entries.map(({ Id, MetaData, SyncToken }) =>
      eventOf(realm, 'JournalEntry', {
        id: Id,
        operation: 'updated',
        at: MetaData.LastUpdatedTime,
        version: SyncToken,
      }),
    );
    if (entries.length < PAGE) return;
  }
}

function settled(time: string | null | undefined, begun: Instant): Instant {
  try {
    const at = time ? instantFrom(time) : begun;
    return instantOfMicros(microsOf(at < begun ? at : begun) - BigInt(SETTLING_MS) * 1000n);
  } catch {
    return instantOfMicros(microsOf(begun) - BigInt(SETTLING_MS) * 1000n);
  }
}

function eventOf(
  realm: string,
  entity: string,
  change: {
    readonly id: string;
    readonly operation: string;
    readonly at: string | undefined;
    readonly version: string | undefined;
  },
): PolledEvent {
  const said: PolledBody = {
    polled: true,
    realm,
    entity,
    id: change.id,
    operation: change.operation,
    ...(change.at === undefined ? {} : { lastUpdated: change.at }),
    ...(change.version === undefined ? {} : { version: change.version }),
  };
  const body = Buffer.from(JSON.stringify(said), 'utf8');
  const [hint] = hintsIn(body) ?? [];
  if (hint === undefined) throw new RangeError(`no hint in what was written of ${entity} ${change.id}`);
  const { dedupeKey, occurredAt } = hint;
  return {
    dedupeKey,
    topic: topicOfHint(hint),
    ...(occurredAt === undefined ? {} : { occurredAt }),
    body,
  };
}
