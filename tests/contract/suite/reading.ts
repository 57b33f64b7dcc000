// Does with a connection what the hub would do: stores webhooks and polled events, has them interpreted, and folds
// the facts by document. The same document must say the same wherever it turns up.
import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type {
  Facts,
  Interpretation,
  PollPage,
  PushTarget,
  ReportedCount,
  ReportedMovement,
  StoredEvent,
  WebhookRequest,
} from '../../../src/connectors/contract.ts';
import type { ReportedBooksEntry } from '../../../src/core/vocabulary/facts.ts';
import { type Instant, instantOf } from '../../../src/core/vocabulary/instant.ts';
import { quantityFrom, quantityText, sum, ZERO } from '../../../src/core/vocabulary/quantity.ts';
import { textOf, type World } from './world.ts';

/** A time before anything that an outside can have done. */
export const LONG_AGO: Instant = instantOf(new Date(Date.now() - 7 * 24 * 60 * 60 * 1000));

/** The events of a verified request as the inbox would hold them. */
export function storedFrom(world: World, request: WebhookRequest): StoredEvent[] {
  const source = world.connector.webhook;
  if (source === undefined) throw new Error('this connector receives no webhooks');
  const headers: Record<string, string> = {};
  for (const name of source.keptHeaders) {
    const value = request.headers[name];
    if (value !== undefined) headers[name] = value;
  }
  return source.events(request).map((event) => ({
    id: randomUUID(),
    source: 'webhook',
    topic: event.topic,
    dedupeKey: event.dedupeKey,
    occurredAt: event.occurredAt,
    receivedAt: instantOf(new Date()),
    headers,
    body: request.body,
  }));
}

export interface StreamReading {
  readonly stream: string;
  readonly pages: readonly PollPage[];
  readonly events: readonly StoredEvent[];
  /** As the hub gets it back: through JSON. */
  readonly cursor: unknown;
}

/** Reads every stream to its end; `cursors` continues where an earlier reading stopped. */
export async function readStreams(
  world: World,
  cursors: Readonly<Record<string, unknown>> = {},
  since: Instant = LONG_AGO,
): Promise<StreamReading[]> {
  const poll = world.connection.poll;
  const readings: StreamReading[] = [];
  for (const stream of poll?.streams ?? []) {
    const pages: PollPage[] = [];
    for await (const page of poll?.read(stream, cursors[stream], since) ?? []) pages.push(page);
    world.saw(pages);
    const events = pages.flatMap((page) =>
      page.events.map(
        (event): StoredEvent => ({
          id: randomUUID(),
          source: 'poll',
          topic: event.topic,
          dedupeKey: event.dedupeKey,
          occurredAt: event.occurredAt,
          receivedAt: instantOf(new Date()),
          headers: {},
          body: event.body,
        }),
      ),
    );
    const cursor: unknown = JSON.parse(JSON.stringify(pages.at(-1)?.cursor ?? null));
    readings.push({ stream, pages, events, cursor });
  }
  return readings;
}

export const cursorsOf = (readings: readonly StreamReading[]): Record<string, unknown> =>
  Object.fromEntries(readings.map(({ stream, cursor }) => [stream, cursor]));

/** Interprets in one call, and checks that every event got its answer. */
export async function interpret(
  world: World,
  events: readonly StoredEvent[],
): Promise<readonly Interpretation[]> {
  if (events.length === 0) return [];
  const answers = world.saw(await world.connection.interpret(events));
  expect(answers).toHaveLength(events.length);
  return answers;
}

/** What a set of interpretations amounts to, by document: what the ledger would keep. */
export interface Folded {
  readonly movements: ReadonlyMap<string, ReportedMovement>;
  readonly counts: ReadonlyMap<string, ReportedCount>;
  readonly reservations: ReadonlyMap<string, Facts['reservations'][number]>;
  readonly books: ReadonlyMap<string, ReportedBooksEntry>;
}

export function folded(interpretations: readonly Interpretation[]): Folded {
  const movements = new Map<string, ReportedMovement>();
  const counts = new Map<string, ReportedCount>();
  const reservations = new Map<string, Facts['reservations'][number]>();
  const books = new Map<string, ReportedBooksEntry>();
  for (const interpretation of interpretations) {
    if (interpretation.outcome !== 'facts') continue;
    for (const movement of interpretation.facts.movements)
      keep(movements, textOf(movement.document), movement);
    for (const count of interpretation.facts.counts) keep(counts, textOf(count.document), count);
    for (const entry of interpretation.facts.books ?? []) keep(books, entry.id, entry);
    for (const open of interpretation.facts.reservations) {
      const known = reservations.get(open.order);
      if (known === undefined || known.version <= open.version) reservations.set(open.order, open);
    }
  }
  return { movements, counts, reservations, books };
}

function keep<T>(facts: Map<string, T>, key: string, fact: T): void {
  const known = facts.get(key);
  if (known !== undefined) expect(fact, `I3: the document ${key} says two things`).toEqual(known);
  facts.set(key, fact);
}

/** The same facts in an order of their own, for comparing. */
export const textOfFolded = ({ movements, counts, reservations, books }: Folded): string =>
  textOf(
    [movements, counts, reservations, books].map((map) => [...map].sort(([a], [b]) => (a < b ? -1 : 1))),
  );

/** Units that left the target for the customer, decimal text. */
export function soldUnits({ movements }: Folded, target: PushTarget): string {
  let units = ZERO;
  for (const { lines } of movements.values()) {
    for (const { item, from, to, quantity } of lines) {
      const left = 'location' in from && from.location === target.location && item.listing === target.listing;
      if (left && 'virtual' in to && to.virtual === 'customer') units = sum(units, quantityFrom(quantity));
    }
  }
  return quantityText(units);
}

/** Everything that webhooks and streams have to say up to now, folded. */
export async function everythingSaid(world: World): Promise<Folded> {
  const requests = (await world.outside.shop?.received?.()) ?? [];
  const events = [
    ...requests.flatMap((request) => storedFrom(world, request)),
    ...(await readStreams(world)).flatMap((reading) => reading.events),
  ];
  return folded(await interpret(world, events));
}
