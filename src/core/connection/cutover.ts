// The cut-over: from one instant on a connection's documents move stock. What was there before comes in as opening counts
// and open orders; counts are assertions, so a document that is already in them cannot be booked a second time.
import { readDirectory } from '../catalog/directory.ts';
import { resolve } from '../catalog/resolve.ts';
import type { OpeningCount } from '../catalog/stock.ts';
import type { Database } from '../database.ts';
import { StockbridgeError } from '../errors.ts';
import { settle } from '../inbox/events.ts';
import { storeEvents } from '../inbox/store.ts';
import { laneOf } from '../ledger/chain.ts';
import { factKey, type Posting } from '../ledger/movement.ts';
import type { Ledger } from '../ledger/post.ts';
import type { Facts, ReportedCount, ReportedReservations } from '../vocabulary/facts.ts';
import { type Instant, instantFrom, instantOfMicros } from '../vocabulary/instant.ts';

/** What a channel holds at one instant: levels per listing and location, and orders still open. */
export interface OpeningPage {
  readonly asOf: Instant;
  readonly levels: readonly {
    readonly listing: string;
    readonly location: string;
    readonly onHand: string;
  }[];
  readonly reservations: readonly ReportedReservations[];
}

export interface CutoverReport {
  readonly connection: string;
  readonly at: Instant;
  readonly counts: number;
  readonly orders: number;
  /** What could not be taken, with why: unbound listings and locations, shortages. */
  readonly leftOut: readonly string[];
}

export interface CutoverRequest {
  readonly connection: {
    readonly id: number;
    readonly name: string;
    readonly cutoverAt: Instant | undefined;
  };
  /** Default: now, by the database's clock. */
  readonly at?: Instant;
  /** The channel's own levels and open orders; absent: none are taken. */
  readonly pages?: AsyncIterable<OpeningPage>;
  /** Counts from a file. */
  readonly counts?: readonly OpeningCount[];
}

/**
 * Takes the cut-over of one connection. May be repeated after a failure: nothing takes effect until its last step.
 * @throws StockbridgeError `argument_invalid` when the connection had its cut-over already.
 */
export async function takeCutover(
  database: Database,
  ledger: Ledger,
  request: CutoverRequest,
): Promise<CutoverReport> {
  const { connection } = request;
  if (connection.cutoverAt !== undefined) {
    throw new StockbridgeError(
      'argument_invalid',
      `${connection.name} was cut over at ${connection.cutoverAt}; correct stock with a count instead`,
    );
  }
  const at = request.at ?? (await databaseNow(database));
  const run = new Cutover(database, ledger, connection.id, at);
  for await (const page of request.pages ?? nothing()) await run.takePage(page);
  if (request.counts && request.counts.length > 0) await run.takeCounts(request.counts);
  // The last step: from here on events are interpreted.
  await database.pool.query('update connection set cutover_at = $2 where id = $1 and cutover_at is null', [
    connection.id,
    at,
  ]);
  return { connection: connection.name, at, counts: run.counts, orders: run.orders, leftOut: run.leftOut };
}

async function* nothing(): AsyncGenerator<OpeningPage> {}

async function databaseNow(database: Database): Promise<Instant> {
  const { rows } = await database.pool.query<{ micros: string }>(
    'select (extract(epoch from clock_timestamp()) * 1000000)::bigint as micros',
  );
  return instantOfMicros(BigInt(rows[0]?.micros ?? 0));
}

class Cutover {
  counts = 0;
  orders = 0;
  readonly leftOut: string[] = [];
  readonly #database: Database;
  readonly #ledger: Ledger;
  readonly #connectionId: number;
  readonly #at: Instant;
  #page = 0;

  constructor(database: Database, ledger: Ledger, connectionId: number, at: Instant) {
    this.#database = database;
    this.#ledger = ledger;
    this.#connectionId = connectionId;
    this.#at = at;
  }

  /** The page is kept in the inbox first, so that every opening balance can be explained by the bytes it came from. */
  async takePage(page: OpeningPage): Promise<void> {
    const facts = [
      ...page.levels.map((level) => countFacts(level, page.asOf)),
      ...page.reservations.map(orderFacts),
    ];
    if (facts.length === 0) return;
    const eventId = await this.#keep({
      asOf: page.asOf,
      levels: page.levels,
      orders: page.reservations.map((order) => order.order),
    });
    const directory = await readDirectory(this.#database.pool, this.#connectionId, facts);
    const postings: Posting[] = [];
    for (const each of facts) {
      const resolution = resolve(each, directory, { inboxEventId: null, cutoverAt: BEGINNING });
      if (resolution.outcome === 'resolved') postings.push(resolution.posting);
      else this.leftOut.push(resolution.reason);
    }
    await this.#post(postings, eventId);
    this.counts += postings.reduce((sum, posting) => sum + posting.counts.length, 0);
    this.orders += postings.reduce((sum, posting) => sum + posting.reservations.length, 0);
  }

  async takeCounts(counts: readonly OpeningCount[]): Promise<void> {
    const eventId = await this.#keep({ asOf: this.#at, counts });
    const postings = counts.map((count): Posting => {
      const document = {
        type: 'opening-count',
        id: `${count.sku} at ${count.location} ${count.state}`,
        line: this.#at,
      };
      return {
        connectionId: this.#connectionId,
        inboxEventId: null,
        movements: [],
        counts: [
          {
            key: factKey(this.#connectionId, document),
            document: `opening count of ${count.sku} at ${count.location}`,
            itemId: count.itemId,
            place: { locationId: count.locationId, state: count.state },
            countedAt: count.countedAt ?? this.#at,
            quantity: count.quantity,
          },
        ],
        reservations: [],
        observations: [],
        note: null,
      };
    });
    await this.#post(postings, eventId);
    this.counts += counts.length;
  }

  async #keep(content: object): Promise<string> {
    this.#page += 1;
    const [answer] = await storeEvents(this.#database.pool, [
      {
        connectionId: this.#connectionId,
        dedupeKey: `cutover ${this.#at} page ${this.#page}`,
        topic: 'cutover',
        source: 'cutover',
        body: Buffer.from(JSON.stringify(content)),
      },
    ]);
    return answer?.id ?? '';
  }

  async #post(postings: readonly Posting[], eventId: string): Promise<void> {
    for (const [lane, own] of Map.groupBy(postings, (posting) => laneOf(posting.counts[0]?.itemId ?? 0))) {
      const stamped = own.map((posting) => ({ ...posting, inboxEventId: eventId }));
      const results = await this.#ledger.post(stamped, { lane });
      for (const result of results)
        for (const outcome of result.counts) if ('reason' in outcome) this.leftOut.push(outcome.reason);
    }
    await settle(this.#database.pool, [{ id: eventId, status: 'applied' }]);
  }
}

const BEGINNING = instantFrom('0001-01-01T00:00:00Z');

const countFacts = (level: OpeningPage['levels'][number], asOf: Instant): Facts => {
  const count: ReportedCount = {
    document: { type: 'opening', id: `${level.listing} at ${level.location}`, line: asOf },
    item: { listing: level.listing },
    location: level.location,
    countedAt: asOf,
    quantity: level.onHand,
  };
  return { movements: [], counts: [count], reservations: [], observations: [] };
};

const orderFacts = (order: ReportedReservations): Facts => ({
  movements: [],
  counts: [],
  reservations: [order],
  observations: [],
});
