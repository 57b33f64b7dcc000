// Turns stored events into facts. An entry of the change log is a fact by itself; a notification is only a hint, and
// makes us read the change log for what it names, so that a sale arrives in seconds and not at the next poll.
// Poll and notification name a change by the same document, so whichever comes first, it is one fact (I3).
import type { Logger } from 'pino';
import type { ErrorCode } from '../../core/errors.ts';
import { instantOf } from '../../core/vocabulary/instant.ts';
import type { Facts, Interpretation, StoredEvent } from '../contract.ts';
import { readJson } from '../toolkit/json.ts';
import {
  type ChangeReading,
  isRecount,
  readingOfAdjustment,
  readingOfCount,
  readingOfGroup,
} from './change.ts';
import type { SquareClient } from './client.ts';
import { publicationOf } from './echo.ts';
import { type HintedCounts, levelsOf, readHints } from './hints.ts';
import { type RelatedChanges, relatedChanges } from './related.ts';
import type { SquareSettings } from './settings.ts';
import { UNREADABLE } from './webhook.ts';
import { type Change, changeSchema, countsUpdatedSchema } from './wire.ts';

export const CHANGE_TOPIC = 'inventory-change';
export const COUNT_TOPIC = 'inventory.count.updated';

/** Topics that are heard and say nothing about quantities, by their beginning. */
const SILENT_TOPICS: readonly (readonly [beginning: string, why: string])[] = [
  ['order.', 'an order carries no lines here; the stock it moves arrives in the inventory change log'],
  ['payment.', 'a payment is money only; the stock it moves arrives in the inventory change log'],
  ['refund.', 'a refund is money only; the stock it moves arrives in the inventory change log'],
  ['transfer_order.', 'the stock a transfer order moves arrives in the inventory change log'],
  ['catalog.version.updated', 'the catalogue changed, not the stock; import the listings to see what is new'],
];

export interface InterpretContext {
  readonly client: SquareClient;
  readonly settings: SquareSettings;
  readonly log: Logger;
}

type Parsed =
  | { readonly kind: 'change'; readonly change: Change }
  | { readonly kind: 'hint'; readonly counts: HintedCounts }
  | { readonly kind: 'done'; readonly interpretation: Interpretation };

/** Answers one interpretation per event, in order. Throws only what the client throws: then nothing was decided. */
export async function interpretEvents(
  events: readonly StoredEvent[],
  context: InterpretContext,
): Promise<readonly Interpretation[]> {
  const parsed = events.map(parsedOf);
  const hints = parsed.flatMap((event) => (event.kind === 'hint' ? [event.counts] : []));
  const hinted = await readHints(context.client, hints, context.settings.overlapSeconds);
  const own = parsed.flatMap((event) => (event.kind === 'change' ? [event.change] : []));
  const related = relatedChanges(context.client, [...own, ...[...hinted.values()].flat()]);
  const interpretations: Interpretation[] = [];
  for (const event of parsed) {
    if (event.kind === 'done') interpretations.push(event.interpretation);
    else if (event.kind === 'change')
      interpretations.push(await interpretationOf(event.change, related, context));
    else
      interpretations.push(
        await hintInterpretation(event.counts, hinted.get(event.counts) ?? [], related, context),
      );
  }
  return interpretations;
}

function parsedOf(event: StoredEvent): Parsed {
  if (event.topic === 'oauth.authorization.revoked') {
    return quarantine('vendor_unauthorized', 'the seller revoked the authorization of this application');
  }
  const silent = SILENT_TOPICS.find(([beginning]) => event.topic.startsWith(beginning));
  if (silent !== undefined) return done({ outcome: 'ignored', reason: silent[1] });
  const isKnown = event.topic === CHANGE_TOPIC || event.topic === COUNT_TOPIC || event.topic === UNREADABLE;
  if (!isKnown)
    return done({ outcome: 'ignored', reason: `Square's ${event.topic} says nothing about stock` });
  const read = readJson(event.body);
  if (!read.ok) return quarantine('body_malformed', read.reason);
  if (event.topic === UNREADABLE)
    return quarantine('body_malformed', 'the body is no notification of Square');
  return event.topic === CHANGE_TOPIC ? parsedChange(read.value) : parsedHint(read.value, event);
}

function parsedChange(value: unknown): Parsed {
  const change = changeSchema.safeParse(value);
  if (change.success) return { kind: 'change', change: change.data };
  return quarantine('content_invalid', `the inventory change cannot be read: ${issueOf(change.error)}`);
}

function parsedHint(value: unknown, event: StoredEvent): Parsed {
  const body = countsUpdatedSchema.safeParse(value);
  if (!body.success)
    return quarantine('content_invalid', `the counts cannot be read: ${issueOf(body.error)}`);
  const counts = body.data.data.object.inventory_counts;
  const levels = levelsOf(counts, event.occurredAt ?? event.receivedAt);
  if (!levels.ok) return quarantine('content_invalid', levels.reason);
  return { kind: 'hint', counts: { counts, levels: levels.value, at: event.occurredAt ?? event.receivedAt } };
}

async function interpretationOf(
  change: Change,
  related: RelatedChanges,
  context: InterpretContext,
): Promise<Interpretation> {
  const reading = await readingOf(change, related, context.settings);
  if (reading.kind === 'unreadable')
    return { outcome: 'quarantined', code: 'content_invalid', reason: reading.reason };
  if (reading.kind === 'ignored') return { outcome: 'ignored', reason: reading.reason };
  return { outcome: 'facts', facts: factsOf([reading]) };
}

/** What one hint made us read. A change that cannot be read is left to the poll, which quarantines it by itself. */
async function hintInterpretation(
  hint: HintedCounts,
  changes: readonly Change[],
  related: RelatedChanges,
  context: InterpretContext,
): Promise<Interpretation> {
  const readings: ChangeReading[] = [];
  for (const change of changes) {
    const reading = await readingOf(change, related, context.settings);
    if (reading.kind === 'unreadable')
      context.log.warn({ reason: reading.reason }, 'a change is left to the poll');
    readings.push(reading);
  }
  const facts = { ...factsOf(readings), observations: hint.levels };
  if (facts.movements.length + facts.counts.length + facts.observations.length > 0)
    return { outcome: 'facts', facts, readAt: instantOf(Date.now()) };
  return {
    outcome: 'ignored',
    reason: 'the counts name no stock for sale, and the change log shows no movement for them',
  };
}

async function readingOf(
  change: Change,
  related: RelatedChanges,
  settings: SquareSettings,
): Promise<ChangeReading> {
  const entry = change.type === 'ADJUSTMENT' ? change.adjustment : change.physical_count;
  const publication = publicationOf(entry, settings.applicationId);
  if (publication !== undefined)
    return { kind: 'ignored', reason: `the echo of our publication ${publication}` };
  if (change.type === 'PHYSICAL_COUNT') return readingOfCount(change.physical_count);
  const { adjustment } = change;
  if (isRecount(adjustment)) {
    const count = await related.countOf(adjustment);
    if (count !== undefined) return readingOfCount(count);
    return {
      kind: 'unreadable',
      reason: `adjustment ${adjustment.id} comes from a recount that Square does not show`,
    };
  }
  if (adjustment.adjustment_group)
    return readingOfGroup(adjustment.adjustment_group, await related.groupOf(adjustment));
  return readingOfAdjustment(adjustment);
}

/** The facts of several readings; a document that was read twice, as a recount's count is, appears once. */
function factsOf(readings: readonly ChangeReading[]): Facts {
  const movements = new Map<string, Facts['movements'][number]>();
  const counts = new Map<string, Facts['counts'][number]>();
  for (const reading of readings) {
    if (reading.kind === 'movement') {
      const { type, id } = reading.movement.document;
      movements.set(`${type} ${id}`, reading.movement);
    } else if (reading.kind === 'count') {
      counts.set(reading.count.document.id, reading.count);
    }
  }
  return {
    movements: [...movements.values()],
    counts: [...counts.values()],
    reservations: [],
    observations: [],
  };
}

const done = (interpretation: Interpretation): Parsed => ({ kind: 'done', interpretation });

const quarantine = (code: ErrorCode, reason: string): Parsed =>
  done({ outcome: 'quarantined', code, reason });

function issueOf(error: { issues: readonly { path: readonly PropertyKey[]; message: string }[] }): string {
  const [issue] = error.issues;
  return issue === undefined ? 'unknown shape' : `${issue.path.join('.')}: ${issue.message}`;
}
