// Reads, under lock, what a batch needs to be decided: the lane's head, keys already posted, balances and counts.
// Keys are read after the locks: a fact that another lane posted while this one waited is seen as known, not as short.
import { ints, onceIfSame, plainArray, uuids } from '../columns.ts';
import type { Database, Transaction } from '../database.ts';
import { StockbridgeError } from '../errors.ts';
import { type Instant, instantOfMicros } from '../vocabulary/instant.ts';
import { type Quantity, storedQuantity } from '../vocabulary/quantity.ts';
import { STOCK_STATES } from '../vocabulary/words.ts';
import type { CountMark, LedgerView } from './decide.ts';
import { placeKey } from './deltas.ts';
import type { Place, Posting } from './movement.ts';
import type { Places } from './places.ts';

export interface LaneHead {
  readonly lane: number;
  readonly sequence: bigint;
  readonly hash: Buffer;
  /** The database's clock; stamps everything the batch writes. */
  readonly recordedAt: Instant;
}

// For the rest of the transaction nothing is scanned that an index finds: a plan made while the ledger was empty, and kept
// under its name, is then right for the large one too, whatever the statistics say. A client that is gone without a word, its
// machine without power, keeps the lane from nobody for longer than a minute.
const LOCK_LANE = `
select sequence, hash, (extract(epoch from clock_timestamp()) * 1000000)::bigint as recorded, set_config('enable_seqscan', 'off', true),
  set_config('idle_in_transaction_session_timeout', '60000', true)
from ledger_lane where id = $1 for update`;

/** Takes the lane: whoever posts in it next waits until this transaction ends. */
export async function lockLane(client: Transaction, lane: number): Promise<LaneHead> {
  const { rows } = await client.query<{ sequence: string; hash: Buffer; recorded: string }>({
    name: 'ledger-lane',
    text: LOCK_LANE,
    values: [lane],
  });
  const [row] = rows;
  if (!row) throw new RangeError(`there is no lane ${lane}`);
  return {
    lane,
    sequence: BigInt(row.sequence),
    hash: row.hash,
    recordedAt: instantOfMicros(BigInt(row.recorded)),
  };
}

interface Touched {
  readonly itemId: number;
  readonly place: Place;
}

/** The batch touches places that have no balance row yet: {@link storePlaces}, then post again. */
export class PlacesNotStored extends Error {
  readonly places: readonly Touched[];

  constructor(places: readonly Touched[]) {
    super(`${places.length} places have no balance yet`);
    this.places = places;
  }
}

/** Gives every place a balance row, empty and committed, so that whoever decides about the place can lock it. */
export async function storePlaces(database: Database, places: readonly Touched[]): Promise<void> {
  await database.transaction((client) =>
    client.query(
      `insert into balance (item_id, location_id, state, overdraft)
       select w.item_id, w.location_id, w.state, l.allows_negative
       from unnest($1::int[], $2::int[], $3::stock_state[]) as w(item_id, location_id, state) join location l on l.id = w.location_id
       order by 1, 2, 3 on conflict do nothing`,
      columnsOf(places),
    ),
  );
}

const columnsOf = (places: readonly Touched[]) => [
  places.map((each) => each.itemId),
  places.map((each) => each.place.locationId),
  places.map((each) => each.place.state),
];

/** A balance with the place of its row in the table, which stays the same as long as the row is locked. */
export interface LockedBalance {
  readonly quantity: Quantity;
  readonly overdraft: boolean;
  readonly row: string;
}

/** What is decided by, and what is needed to write it. */
export interface LockedView extends LedgerView, ReadAt {
  readonly balances: ReadonlyMap<string, LockedBalance>;
}

interface ReadAt {
  /** The database's clock once the places were locked: a batch's time comes after everything it had to wait for. */
  readonly readAt: Instant;
}

/** @throws PlacesNotStored when a place has no row to lock; StockbridgeError `content_invalid` for ids that do not exist. */
export async function readView(
  client: Transaction,
  places: Places,
  postings: readonly Posting[],
): Promise<LockedView> {
  await learnAll(client, places, postings);
  refuseVirtualCounts(places, postings);
  const since = oldestFact(postings);
  // Sent together and answered one after the other, so the keys are still read after the places are locked.
  const [{ balances, counted }, { storedLines, readAt }, storedCounts] = await Promise.all([
    lockBalances(client, realPlaces(places, postings), since),
    readLines(
      client,
      postings.flatMap((posting) => posting.movements.map((movement) => movement.key)),
    ),
    readCountKeys(client, postings),
  ]);
  return {
    readAt,
    storedLines,
    storedCounts,
    balances,
    counts: counted.length > 0 ? await readMarks(client, counted, since) : new Map(),
    addedSince: await readAddedSince(client, postings),
    originals: await readOriginals(client, postings),
    adjustmentLocationId: places.adjustmentLocationId,
    nameOf: places.nameOf,
  };
}

function refuseVirtualCounts(places: Places, postings: readonly Posting[]): void {
  for (const count of postings.flatMap((posting) => posting.counts)) {
    if (!places.isVirtual(count.place.locationId)) continue;
    throw new StockbridgeError(
      'content_invalid',
      `${count.document} counts ${places.nameOf(count.itemId, count.place)}, where there is no shelf`,
    );
  }
}

function learnAll(client: Transaction, places: Places, postings: readonly Posting[]): Promise<void> {
  const items = new Set<number>();
  const locations = new Set<number>();
  eachPlace(postings, (itemId, { locationId }) => {
    items.add(itemId);
    locations.add(locationId);
  });
  return places.learn(client, items, locations);
}

/** Every place the batch says something about and that can run short, once. */
function realPlaces(places: Places, postings: readonly Posting[]): Touched[] {
  const touched = new Map<string, Touched>();
  eachPlace(postings, (itemId, place) => {
    if (places.isVirtual(place.locationId)) return;
    const key = placeKey(itemId, place);
    if (!touched.has(key)) touched.set(key, { itemId, place });
  });
  return [...touched.values()];
}

/** When the oldest movement or count of the batch took effect; null where it has neither. */
function oldestFact(postings: readonly Posting[]): Instant | null {
  let oldest: Instant | null = null;
  const see = (at: Instant) => {
    if (oldest === null || at < oldest) oldest = at;
  };
  for (const { movements, counts } of postings) {
    for (const { occurredAt } of movements) see(occurredAt);
    for (const { countedAt } of counts) see(countedAt);
  }
  return oldest;
}

function eachPlace(postings: readonly Posting[], see: (itemId: number, place: Place) => void): void {
  for (const posting of postings) {
    for (const movement of posting.movements) {
      for (const line of movement.lines) {
        see(line.itemId, line.from);
        see(line.itemId, line.to);
      }
    }
    for (const count of posting.counts) see(count.itemId, count.place);
    for (const order of posting.reservations) {
      for (const line of order.lines) see(line.itemId, { locationId: line.locationId, state: 'sellable' });
    }
  }
}

const READ_LINES = `
select c.now, m.key, m.line, m.fingerprint
from (select (extract(epoch from clock_timestamp()) * 1000000)::bigint as now) c
left join movement m on m.key = any($1::uuid[])`;

async function readLines(
  client: Transaction,
  keys: readonly string[],
): Promise<{ storedLines: Map<string, string[]> } & ReadAt> {
  const { rows } = await client.query<{ now: string; key: string | null; line: number; fingerprint: Buffer }>(
    {
      name: 'ledger-lines',
      text: READ_LINES,
      values: [uuids([...new Set(keys)], (key) => key)],
    },
  );
  const storedLines = new Map<string, string[]>();
  for (const row of rows.sort((a, b) => a.line - b.line)) {
    if (row.key !== null)
      storedLines.set(row.key, [...(storedLines.get(row.key) ?? []), row.fingerprint.toString('hex')]);
  }
  return { storedLines, readAt: instantOfMicros(BigInt(rows[0]?.now ?? 0)) };
}

async function readCountKeys(
  client: Transaction,
  postings: readonly Posting[],
): Promise<Map<string, string>> {
  const keys = postings.flatMap((posting) => posting.counts.map((count) => count.key));
  if (keys.length === 0) return new Map();
  const { rows } = await client.query<{ key: string; fingerprint: Buffer }>(
    'select key, fingerprint from stock_count where key = any($1::uuid[])',
    [keys],
  );
  return new Map(rows.map((row) => [row.key, row.fingerprint.toString('hex')]));
}

// Locks are taken in the order of the primary key, so that two batches never wait for each other in a circle: the places
// come sorted, and each is found and locked before the next one is looked for.
const LOCK_BALANCES = `
select w.position::int as position, b.ctid as row, b.quantity::text as quantity, b.overdraft, b.counted_at >= $4::timestamptz as counted
from unnest($1::int[], $2::int[], $3::stock_state[]) with ordinality as w(item_id, location_id, state, position)
cross join lateral (
  select ctid, quantity, overdraft, counted_at from balance
  where balance.item_id = w.item_id and balance.location_id = w.location_id
    and balance.state = coalesce(w.state, ($3::stock_state[])[1]) for update) b`;

/** The places, locked, and those of them that were counted at `since` or later: only such a count can come after a fact. */
async function lockBalances(client: Transaction, touched: readonly Touched[], since: Instant | null) {
  const balances = new Map<string, LockedBalance>();
  const counted: Touched[] = [];
  if (touched.length === 0) return { balances, counted };
  const real = [...touched].sort(inKeyOrder);
  const { rows } = await client.query<{
    position: number;
    row: string;
    quantity: string;
    overdraft: boolean;
    counted: boolean | null;
  }>({
    name: 'ledger-balances',
    text: LOCK_BALANCES,
    values: [
      ints(real, (each) => each.itemId),
      ints(real, (each) => each.place.locationId),
      onceIfSame(real, (each) => each.place.state, plainArray),
      since,
    ],
  });
  for (const row of rows) {
    const own = real[row.position - 1];
    if (!own) continue;
    balances.set(placeKey(own.itemId, own.place), {
      quantity: storedQuantity(row.quantity),
      overdraft: row.overdraft,
      row: row.row,
    });
    if (row.counted) counted.push(own);
  }
  if (balances.size < real.length)
    throw new PlacesNotStored(real.filter((each) => !balances.has(placeKey(each.itemId, each.place))));
  return { balances, counted };
}

/** The order of the primary key; the states are listed in the order of their enum. */
const inKeyOrder = (a: Touched, b: Touched): number =>
  a.itemId - b.itemId ||
  a.place.locationId - b.place.locationId ||
  STOCK_STATES.indexOf(a.place.state) - STOCK_STATES.indexOf(b.place.state);

async function readMarks(
  client: Transaction,
  counted: readonly Touched[],
  since: Instant | null,
): Promise<Map<string, CountMark[]>> {
  const { rows } = await client.query<{
    item_id: number;
    location_id: number;
    state: Place['state'];
    key: string;
    micros: string;
  }>(
    `select c.item_id, c.location_id, c.state::text as state, c.key, (extract(epoch from c.counted_at) * 1000000)::bigint as micros
     from unnest($1::int[], $2::int[], $3::stock_state[]) as w(item_id, location_id, state)
     join stock_count c on c.item_id = w.item_id and c.location_id = w.location_id and c.state = w.state and c.counted_at >= $4::timestamptz
     order by c.counted_at, c.key`,
    [...columnsOf(counted), since],
  );
  const marks = new Map<string, CountMark[]>();
  for (const row of rows) {
    const key = placeKey(row.item_id, { locationId: row.location_id, state: row.state });
    const own = marks.get(key) ?? [];
    own.push({ key: row.key, countedAt: instantOfMicros(BigInt(row.micros)) });
    marks.set(key, own);
  }
  return marks;
}

/** Rare, and so a question of its own: what takes something back that may have been booked by another catalogue. */
async function readOriginals(
  client: Transaction,
  postings: readonly Posting[],
): Promise<Map<string, Instant>> {
  const keys: string[] = [];
  for (const { movements } of postings) {
    for (const { corrects, changedAt } of movements)
      if (corrects !== null && changedAt !== undefined) keys.push(corrects);
  }
  if (keys.length === 0) return new Map();
  const { rows } = await client.query<{ key: string; micros: string }>(
    `select key, (extract(epoch from min(recorded_at)) * 1000000)::bigint as micros from movement
     where key = any($1::uuid[]) group by key`,
    [keys],
  );
  return new Map(rows.map((row) => [row.key, instantOfMicros(BigInt(row.micros))]));
}

// What took effect at a place after a count: later movements, and at the same instant those of a count that comes after it.
const ADDED_SINCE = `
select c.key, coalesce(sum(case when m.to_location_id = c.location_id and m.to_state = c.state then m.quantity else -m.quantity end), 0)::text as added
from unnest($1::uuid[], $2::int[], $3::int[], $4::stock_state[], $5::timestamptz[]) as c(key, item_id, location_id, state, counted_at)
join movement m on m.item_id = c.item_id
  and (m.occurred_at > c.counted_at
    or (m.occurred_at = c.counted_at and m.type = 'count' and coalesce(m.corrects, m.key) > c.key))
  and ((m.to_location_id = c.location_id and m.to_state = c.state) or (m.from_location_id = c.location_id and m.from_state = c.state))
group by c.key`;

async function readAddedSince(
  client: Transaction,
  postings: readonly Posting[],
): Promise<Map<string, Quantity>> {
  // The first of a key is the one that is decided; asked for twice, every movement would be added twice.
  const counts = [
    ...new Map(
      postings
        .flatMap((posting) => posting.counts)
        .reverse()
        .map((count) => [count.key, count]),
    ).values(),
  ];
  if (counts.length === 0) return new Map();
  const { rows } = await client.query<{ key: string; added: string }>(ADDED_SINCE, [
    counts.map((count) => count.key),
    counts.map((count) => count.itemId),
    counts.map((count) => count.place.locationId),
    counts.map((count) => count.place.state),
    counts.map((count) => count.countedAt),
  ]);
  return new Map(rows.map((row) => [row.key, storedQuantity(row.added)]));
}
