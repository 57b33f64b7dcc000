// Counts and receipts that a person enters, from a file. The file is kept as it came, its name makes it one fact however often it
// is given, and nothing of it is booked while one of its lines is wrong.
import { createHash } from 'node:crypto';
import { type Directory, readDirectory } from '../catalog/directory.ts';
import type { LineProblem } from '../catalog/report.ts';
import { resolve } from '../catalog/resolve.ts';
import type { Database } from '../database.ts';
import { StockbridgeError } from '../errors.ts';
import { settle } from '../inbox/events.ts';
import { type Store, storeEvents } from '../inbox/store.ts';
import { laneOf } from '../ledger/chain.ts';
import type { Outcome } from '../ledger/decide.ts';
import type { Posting } from '../ledger/movement.ts';
import type { Ledger } from '../ledger/post.ts';
import { ledgerAsOf } from '../reconcile/ledger-as-of.ts';
import type { DocumentLine, Facts, ReportedItem } from '../vocabulary/facts.ts';
import { type Instant, instantFrom, instantOfMicros } from '../vocabulary/instant.ts';
import { type Quantity, quantityFrom, quantityText, sum, ZERO } from '../vocabulary/quantity.ts';
import type { StockState } from '../vocabulary/words.ts';
import { databaseNow } from './counted.ts';

export type EnteredKind = 'count' | 'receipt';

/** One line of the file. */
export interface EnteredLine {
  /** From one, as an editor shows it. */
  readonly line: number;
  readonly item: ReportedItem;
  /** Code of our location. */
  readonly location: string;
  readonly state: StockState;
  readonly quantity: string;
  readonly unit: string | undefined;
  /** Default: when the file was given for the first time. */
  readonly at: Instant | undefined;
  /** For receipts only, as counts have no lots. */
  readonly lot?: string;
  readonly lotExpiresOn?: string;
  readonly reference?: string;
}

export interface EnteredRequest {
  readonly kind: EnteredKind;
  /** Whose word it is; undefined: the hub's own people. */
  readonly connectionId: number | undefined;
  /** Default: made of the content. */
  readonly name: string | undefined;
  readonly bytes: Buffer;
  readonly lines: readonly EnteredLine[];
  readonly preview: boolean;
  readonly progress?: (done: number) => void;
}

export interface EnteredChange {
  readonly line: number;
  readonly sku: string;
  readonly location: string;
  readonly state: StockState;
  readonly at: Instant;
  /** What the ledger said for that instant, in base units. */
  readonly before: string;
  readonly after: string;
  /** In a preview `new`, or `duplicate` for what was booked before. A duplicate leaves what is there: `after` is `before`. */
  readonly outcome: 'new' | Outcome['outcome'];
  readonly reason?: string;
}

export interface EnteredReport {
  readonly kind: EnteredKind;
  readonly name: string;
  /** When a file of this name and content was entered for the first time, where that was before. */
  readonly knownSince?: Instant;
  readonly applied: boolean;
  readonly changes: readonly EnteredChange[];
  readonly rejected: readonly LineProblem[];
}

/** What people enter is of this connection; it has no settings, and nothing is ever asked of it. */
const BY_HAND = 'by-hand';
const LINES_PER_BATCH = 500;

/**
 * Books a file of counts or receipts, or says what it would change. With `rejected` lines nothing was written.
 * @throws StockbridgeError `key_conflict` when a file of this name had other content.
 */
export async function enter(
  database: Database,
  ledger: Ledger,
  request: EnteredRequest,
): Promise<EnteredReport> {
  const { kind, bytes } = request;
  const name = request.name ?? createHash('sha256').update(bytes).digest('hex').slice(0, 16);
  // Nothing is written before every line is right, not even whose word it is.
  const connectionId = request.connectionId ?? (await byHand(database.pool)) ?? NOBODY;
  const now = await databaseNow(database.pool);
  const known = await knownFile(database.pool, connectionId, { kind, name, bytes });
  const at = known?.at ?? now;
  const since = known ? { knownSince: known.at } : {};
  const report = { kind, name, ...since, applied: false, changes: [] };
  // Looking up a lot makes it, so the first look leaves lots out.
  const lotless = request.lines.map(({ lot: _, lotExpiresOn: __, ...line }) => line);
  const draft = new Entries({ ...request, lines: lotless }, name, at, now);
  const directory = await readDirectory(database.pool, connectionId, draft.facts);
  const drafted = draft.resolve(directory);
  if (draft.rejected.length > 0) return { ...report, rejected: draft.rejected };
  const booked = known ? await bookedBefore(database.pool, drafted) : new Set<Posting>();
  const changes = await changesOf(database.pool, kind, drafted, { directory, lineOf: draft.lineOf, booked });
  if (request.preview) return { ...report, changes, rejected: [] };
  const ownId = connectionId === NOBODY ? await makeByHand(database.pool) : connectionId;
  const entries = new Entries(request, name, at, now);
  const postings = entries.resolve(await readDirectory(database.pool, ownId, entries.facts));
  if (entries.rejected.length > 0) return { ...report, rejected: entries.rejected };
  const eventId = await keepFile(database.pool, ownId, request, name, at);
  const outcomes = await post(ledger, postings, eventId, entries.lineOf, request.progress);
  return {
    ...report,
    ...{ applied: true, rejected: [] },
    changes: changes.map((change) => ({ ...change, ...outcomes.get(change.line) })),
  };
}

/** No connection has this number, so nothing is bound to it. */
const NOBODY = 0;

async function byHand(store: Store): Promise<number | undefined> {
  const { rows } = await store.query<{ id: number }>('select id from connection where name = $1', [BY_HAND]);
  return rows[0]?.id;
}

async function makeByHand(store: Store): Promise<number> {
  await store.query(
    `insert into connection (name, connector, cutover_at) values ($1, $1, clock_timestamp()) on conflict (name) do nothing`,
    [BY_HAND],
  );
  return (await byHand(store)) ?? NOBODY;
}

const dedupeKey = (kind: EnteredKind, name: string): string => `entered ${kind} ${name}`;

async function knownFile(
  store: Store,
  connectionId: number,
  { kind, name, bytes }: { kind: EnteredKind; name: string; bytes: Buffer },
): Promise<{ at: Instant } | undefined> {
  const { rows } = await store.query<{ id: string; sha256: Buffer; at: string }>(
    `select id, sha256, (extract(epoch from occurred_at) * 1000000)::bigint as at from inbox_event
     where connection_id = $1 and dedupe_key = $2`,
    [connectionId, dedupeKey(kind, name)],
  );
  const [row] = rows;
  if (!row) return undefined;
  if (row.sha256.equals(createHash('sha256').update(bytes).digest()))
    return { at: instantOfMicros(BigInt(row.at)) };
  throw new StockbridgeError(
    'key_conflict',
    `a ${kind} named ${name} was entered with other content (event ${row.id}); nothing was booked`,
    { help: 'Give this one another --name.' },
  );
}

/** The file as it came, and when it came first: lines without an instant are of then, also when it is given again. */
async function keepFile(
  store: Store,
  connectionId: number,
  { kind, bytes }: EnteredRequest,
  name: string,
  occurredAt: Instant,
): Promise<string> {
  const [answer] = await storeEvents(store, [
    {
      ...{ connectionId, dedupeKey: dedupeKey(kind, name), topic: kind, source: 'file', body: bytes },
      occurredAt,
    },
  ]);
  const id = answer?.id ?? '';
  await settle(store, [{ id, status: 'applied' }]);
  return id;
}

class Entries {
  readonly rejected: LineProblem[] = [];
  readonly facts: readonly Facts[];
  readonly #lines: readonly EnteredLine[];
  readonly #kind: EnteredKind;
  readonly #now: Instant;
  readonly #at: Instant;
  readonly #lineOf = new Map<Posting, EnteredLine>();

  constructor({ kind, lines }: EnteredRequest, name: string, at: Instant, now: Instant) {
    this.#kind = kind;
    this.#lines = lines;
    this.#now = now;
    this.#at = at;
    this.facts = lines.map((line) =>
      factsOf(kind, line, { type: kind, id: name, line: String(line.line) }, at),
    );
  }

  readonly lineOf = (posting: Posting): EnteredLine | undefined => this.#lineOf.get(posting);

  resolve(directory: Directory): Posting[] {
    const places = new Map<string, number>();
    const postings: Posting[] = [];
    for (const [index, line] of this.#lines.entries()) {
      const facts = this.facts[index];
      if (!facts) continue;
      if ((line.at ?? this.#at) > this.#now)
        this.#reject(line, `${line.at} has not come yet`, 'Correct the time.');
      if (this.#kind === 'count' && quantityFrom(line.quantity) < 0n)
        this.#reject(line, 'a shelf holds no less than nothing', 'Count what is there; zero is a count.');
      const resolution = resolve(facts, directory, { inboxEventId: null, cutoverAt: BEGINNING });
      if (resolution.outcome === 'refused') {
        this.#reject(
          line,
          plainReason(line, resolution.reason),
          'Import what is missing, or correct the line.',
        );
        continue;
      }
      if (resolution.empty) {
        const note = resolution.posting.note ?? 'it says nothing';
        this.#reject(
          line,
          note.slice(note.indexOf(': ') + 2),
          'Give --connection with that name when it is their word.',
        );
        continue;
      }
      this.#lineOf.set(resolution.posting, line);
      postings.push(resolution.posting);
      for (const { itemId, place } of resolution.posting.counts) {
        const key = `${itemId}|${place.locationId}|${place.state}`;
        const first = places.get(key);
        if (first === undefined) places.set(key, line.line);
        else this.#reject(line, `counts the same as line ${first}`, 'Add the two up, or keep one.');
      }
    }
    return postings;
  }

  #reject({ line, item, quantity }: EnteredLine, problem: string, help: string): void {
    const value = item.sku ?? item.barcode ?? '';
    this.rejected.push({ line, column: '', value: `${quantity} of ${value}`, problem, help });
  }
}

/** Without the document, whose line is named beside it, and in our own words for our own codes. */
const plainReason = ({ line, location }: EnteredLine, reason: string): string =>
  reason
    .replace(new RegExp(`^.* line ${line}: `), '')
    .replace(`location ${location} is bound to none of ours`, `there is no location ${location}`);

const BEGINNING = instantFrom('0001-01-01T00:00:00Z');

function factsOf(kind: EnteredKind, entered: EnteredLine, document: DocumentLine, at: Instant): Facts {
  const { item, location, state, quantity, unit, lot, lotExpiresOn, reference } = entered;
  const instant = entered.at ?? at;
  const nothing = { movements: [], counts: [], reservations: [], observations: [] };
  const measured = { item, quantity, ...(unit === undefined ? {} : { unit }) };
  if (kind === 'count')
    return { ...nothing, counts: [{ ...measured, document, location, state, countedAt: instant }] };
  const line = {
    ...measured,
    ...(lot === undefined ? {} : { lot }),
    ...(lotExpiresOn === undefined ? {} : { lotExpiresOn }),
    from: { virtual: 'supplier' as const },
    to: { code: location, state },
  };
  const movement = { type: 'receipt' as const, document, occurredAt: instant, lines: [line] };
  return { ...nothing, movements: [{ ...movement, ...(reference === undefined ? {} : { reference }) }] };
}

/** Of a file that was given before: what the ledger has of it. An attempt that was interrupted has left out some. */
async function bookedBefore(store: Store, postings: readonly Posting[]): Promise<Set<Posting>> {
  const keysOf = ({ counts, movements }: Posting) => [...counts, ...movements].map(({ key }) => key);
  const { rows } = await store.query<{ key: string }>(
    `select key from stock_count where key = any($1::uuid[]) union select key from movement where key = any($1::uuid[])`,
    [postings.flatMap(keysOf)],
  );
  const keys = new Set<string>(rows.map(({ key }) => key));
  return new Set(postings.filter((posting) => keysOf(posting).some((key) => keys.has(key))));
}

interface Drafted {
  readonly directory: Directory;
  readonly lineOf: (posting: Posting) => EnteredLine | undefined;
  readonly booked: ReadonlySet<Posting>;
}

/** What the ledger says of each place before, as of the line's own instant, and what it says after. */
async function changesOf(
  store: Store,
  kind: EnteredKind,
  postings: readonly Posting[],
  { directory, lineOf, booked }: Drafted,
): Promise<EnteredChange[]> {
  const told = postings.flatMap((posting) => {
    const entered = lineOf(posting);
    return entered
      ? partsOf(posting).map((part) => ({ ...part, entered, isBooked: booked.has(posting) }))
      : [];
  });
  const before = new Map<string, Quantity>();
  const keyOf = ({ itemId, place, at }: Part) => `${itemId}|${place.locationId}|${place.state}|${at}`;
  for (const [group, own] of Map.groupBy(told, ({ place, at }) => `${place.locationId}|${at}`)) {
    const [locationId] = group.split('|');
    const at = own[0]?.at ?? BEGINNING;
    const ids = [...new Set(own.map(({ itemId }) => itemId))];
    for (const level of await ledgerAsOf(store, Number(locationId), at, ids))
      if (level.lotId === null)
        before.set(`${level.itemId}|${locationId}|${level.state}|${at}`, level.quantity);
  }
  return told.map((part) => {
    const { itemId, place, at, quantity, entered, isBooked } = part;
    const was = before.get(keyOf(part)) ?? ZERO;
    const added = kind === 'count' ? quantity : sum(was, quantity);
    const after = isBooked ? was : added;
    if (kind === 'receipt') before.set(keyOf(part), after);
    return {
      ...{ line: entered.line, sku: directory.item(itemId)?.sku ?? '', location: entered.location },
      ...{ state: place.state, at, before: quantityText(was), after: quantityText(after) },
      outcome: isBooked ? 'duplicate' : 'new',
    };
  });
}

interface Part {
  readonly itemId: number;
  readonly place: { readonly locationId: number; readonly state: StockState };
  readonly at: Instant;
  readonly quantity: Quantity;
}

const partsOf = ({ counts, movements }: Posting): Part[] => [
  ...counts.map(({ itemId, place, countedAt, quantity }) => ({
    ...{ itemId, place, at: countedAt, quantity: quantityFrom(quantity) },
  })),
  ...movements.flatMap(({ occurredAt, lines }) =>
    lines.map(({ itemId, to, quantity }) => ({
      ...{ itemId, place: to, at: occurredAt, quantity: quantityFrom(quantity) },
    })),
  ),
];

/** Outcomes by line. A line whose booking was interrupted before is found to be a duplicate (I3). */
async function post(
  ledger: Ledger,
  postings: readonly Posting[],
  inboxEventId: string,
  lineOf: (posting: Posting) => EnteredLine | undefined,
  progress: (done: number) => void = () => undefined,
): Promise<Map<number, { outcome: Outcome['outcome']; reason?: string }>> {
  const outcomes = new Map<number, { outcome: Outcome['outcome']; reason?: string }>();
  let done = 0;
  for (const [lane, own] of Map.groupBy(postings, (posting) => laneOf(partsOf(posting)[0]?.itemId ?? 0))) {
    for (let start = 0; start < own.length; start += LINES_PER_BATCH) {
      const batch = own.slice(start, start + LINES_PER_BATCH);
      const results = await ledger.post(
        batch.map((posting) => ({ ...posting, inboxEventId })),
        { lane },
      );
      for (const [index, result] of results.entries()) {
        const [outcome] = [...result.counts, ...result.movements];
        const posting = batch[index];
        const entered = posting && lineOf(posting);
        if (outcome && entered)
          outcomes.set(entered.line, {
            outcome: outcome.outcome,
            ...('reason' in outcome ? { reason: outcome.reason } : {}),
          });
      }
      done += batch.length;
      progress(done);
    }
  }
  return outcomes;
}
