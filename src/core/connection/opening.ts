// Takes opening stock and open orders of one connection into the ledger, once all pages are read. It decides nothing about
// instants, and what it cannot take it names.
import { readDirectory } from '../catalog/directory.ts';
import { knownPartOf } from '../catalog/known-part.ts';
import { resolve } from '../catalog/resolve.ts';
import type { OpeningCount } from '../catalog/stock.ts';
import type { Database } from '../database.ts';
import { settle } from '../inbox/events.ts';
import { storeEvents } from '../inbox/store.ts';
import { laneOf } from '../ledger/chain.ts';
import { emptyPosting, factKey, type Posting, type StockCount } from '../ledger/movement.ts';
import type { Ledger } from '../ledger/post.ts';
import type { Facts, ReportedCount, ReportedReservations, SnapshotPage } from '../vocabulary/facts.ts';
import { type Instant, instantFrom } from '../vocabulary/instant.ts';
import { abandonedOrders } from './abandoned-orders.ts';
import type { CountedPlace } from './counted.ts';
import { placeKey, SharedShelves } from './shared-shelves.ts';
import { levelsToldByHub } from './told-levels.ts';

export class Opening {
  counts = 0;
  held = 0;
  orders = 0;
  /** The oldest instant that anything was counted at. */
  oldest: Instant | undefined;
  readonly leftOut: string[] = [];
  readonly #places = new Map<string, CountedPlace>();
  /** How many levels each remark is about. */
  readonly #remarks = new Map<string, number>();
  readonly #database: Database;
  readonly #ledger: Ledger;
  readonly #connectionId: number;
  readonly #at: Instant;
  readonly #startedAt: Instant;
  readonly #shelves = new SharedShelves();
  readonly #ordersTold = new Set<string>();
  readonly #pages: { readonly eventId: string; readonly postings: readonly Posting[] }[] = [];
  #page = 0;

  /** `at`: when counts without an instant of their own were taken; `startedAt` names this attempt in the inbox. */
  constructor(database: Database, ledger: Ledger, connectionId: number, at: Instant, startedAt: Instant) {
    this.#database = database;
    this.#ledger = ledger;
    this.#connectionId = connectionId;
    this.#at = at;
    this.#startedAt = startedAt;
  }

  /** What is counted, and where: what is posted, and what the pages read so far agree about. */
  get places(): readonly CountedPlace[] {
    const split = this.#shelves.disagreements();
    const told = this.#pages.flatMap(({ postings }) => postings.flatMap(({ counts }) => counts));
    return [
      ...this.#places.values(),
      ...told.filter((count) => !split.has(placeKey(count))).map(countedPlace),
    ];
  }

  get notes(): readonly string[] {
    return [...this.#remarks].map(
      ([remark, levels]) => `${levels} ${levels === 1 ? 'level' : 'levels'}: ${remark}`,
    );
  }

  /**
   * The page is kept in the inbox first, so that every opening balance can be explained by the bytes it came from. Nothing of it is
   * posted before {@link finish}: a later page may tell otherwise of the same shelf, or never come.
   */
  async takePage(page: SnapshotPage): Promise<void> {
    const { asOf, levels, reservations, leftOut = [] } = page;
    this.leftOut.push(...leftOut);
    if (levels.length === 0 && reservations.length === 0) return;
    const orders = reservations.map((order) => order.order);
    for (const order of orders) this.#ordersTold.add(order);
    const eventId = await this.#keep({ asOf, levels, orders, leftOut });
    const told = await levelsToldByHub(this.#database.pool, this.#connectionId, levels);
    for (const _ of told) this.#remark(TOLD_BY_HUB);
    const own = levels.filter((level) => !told.has(level));
    const facts = [...own.map((level) => levelFacts(level, asOf)), ...reservations.map(orderFacts)];
    const directory = await readDirectory(this.#database.pool, this.#connectionId, facts);
    const postings: Posting[] = [];
    for (const [index, each] of facts.entries()) {
      const resolution = resolve(each, directory, OPENED);
      if (resolution.outcome === 'refused') {
        // Nothing asks for the order again, so what is known of it is reserved now.
        const known = each.reservations.length > 0 && knownPartOf(each, directory, OPENED, resolution);
        this.leftOut.push(known ? `${resolution.reason}; ${ORDER_IN_PART}` : resolution.reason);
        if (known) postings.push(withoutHold(known));
        continue;
      }
      const { posting } = resolution;
      if (posting.note !== null) this.#remark(remarkOf(posting.note));
      postings.push(posting);
      const level = own[index];
      const sku = directory.item(posting.counts[0]?.itemId ?? 0)?.sku ?? '';
      if (level) this.#shelves.hear({ ...level, sku, counts: posting.counts });
    }
    this.#pages.push({ eventId, postings });
  }

  /** Posts what the pages told, but for shelves that they disagree about. */
  async finish(): Promise<void> {
    const split = this.#shelves.disagreements();
    this.leftOut.push(...split.values());
    for (const { eventId, postings } of this.#pages.splice(0)) {
      const agreed = postings.map((posting) => ({
        ...posting,
        counts: posting.counts.filter((count) => !split.has(placeKey(count))),
      }));
      await this.#post(await this.#withoutEmptyHolds(agreed), eventId);
      this.orders += agreed.reduce((sum, posting) => sum + posting.reservations.length, 0);
    }
  }

  /** Releases what an earlier attempt reserved and this one was not told: those orders were closed meanwhile. */
  async releaseAbandoned(): Promise<void> {
    const { pool } = this.#database;
    const orders = await abandonedOrders(pool, this.#connectionId, this.#startedAt, this.#ordersTold);
    if (orders.length === 0) return;
    const eventId = await this.#keep({ asOf: this.#startedAt, released: orders.map(({ order }) => order) });
    await this.#post(
      orders.map((order) => ({ ...emptyPosting(this.#connectionId, null), reservations: [order] })),
      eventId,
    );
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
  }

  /** One remark about many levels is told once: `10 levels: EAST is counted by northwind`. */
  #remark(remark: string): void {
    this.#remarks.set(remark, (this.#remarks.get(remark) ?? 0) + 1);
  }

  /** Nothing on hold is said of a place only where the ledger holds something, as after an attempt that failed half way. */
  async #withoutEmptyHolds(postings: readonly Posting[]): Promise<Posting[]> {
    const isEmptyHold = ({ place, quantity }: StockCount) => place.state === 'hold' && quantity === '0';
    const empty = postings.flatMap(({ counts }) => counts.filter(isEmptyHold));
    const { rows } = await this.#database.pool.query<{ item_id: number; location_id: number }>(
      `select b.item_id, b.location_id from unnest($1::int[], $2::int[]) as w(item_id, location_id)
       join balance b on b.item_id = w.item_id and b.location_id = w.location_id and b.state = 'hold' and b.quantity <> 0`,
      [empty.map(({ itemId }) => itemId), empty.map(({ place }) => place.locationId)],
    );
    const held = new Set(rows.map((row) => `${row.item_id}|${row.location_id}`));
    return postings.map((posting) => ({
      ...posting,
      counts: posting.counts.filter(
        (count) => !isEmptyHold(count) || held.has(`${count.itemId}|${count.place.locationId}`),
      ),
    }));
  }

  async #keep(content: object): Promise<string> {
    this.#page += 1;
    const [answer] = await storeEvents(this.#database.pool, [
      {
        connectionId: this.#connectionId,
        dedupeKey: `cutover ${this.#startedAt} page ${this.#page}`,
        topic: 'cutover',
        source: 'cutover',
        body: Buffer.from(JSON.stringify(content)),
      },
    ]);
    const id = answer?.id ?? '';
    // Evidence, and no work: whatever becomes of this attempt, a connector is never asked what it means.
    await settle(this.#database.pool, [{ id, status: 'applied' }]);
    return id;
  }

  async #post(postings: readonly Posting[], eventId: string): Promise<void> {
    for (const [lane, own] of Map.groupBy(postings, (posting) => laneOf(posting.counts[0]?.itemId ?? 0))) {
      const stamped = own.map((posting) => ({ ...posting, inboxEventId: eventId }));
      const results = await this.#ledger.post(stamped, { lane });
      for (const [index, result] of results.entries())
        for (const [place, outcome] of result.counts.entries())
          this.#note(own[index]?.counts[place], 'reason' in outcome ? outcome.reason : undefined);
    }
  }

  #note(count: StockCount | undefined, refused: string | undefined): void {
    if (refused !== undefined) this.leftOut.push(refused);
    if (refused !== undefined || count === undefined) return;
    const { place, countedAt, quantity } = count;
    if (this.oldest === undefined || countedAt < this.oldest) this.oldest = countedAt;
    this.#places.set(placeKey(count), countedPlace(count));
    this.counts += 1;
    if (place.state === 'hold' && quantity !== '0') this.held += 1;
  }
}

const countedPlace = ({ itemId, place }: StockCount): CountedPlace => ({
  itemId,
  locationId: place.locationId,
});

/** Opening stock is before nothing. */
const OPENED = { inboxEventId: null, cutoverAt: instantFrom('0001-01-01T00:00:00Z') };
const ORDER_IN_PART =
  'the other lines of the order are reserved, and this one is once it can be read and the order changes in the channel, be it by a note';

const TOLD_BY_HUB = 'the hub told the channel its number, which is no count, so it was left alone';

/** Of a note about a document, what is so: `EAST is counted by northwind`. */
function remarkOf(note: string): string {
  const [first = note] = note.split('; ');
  return first.slice(first.indexOf(': ') + 2);
}

const withoutHold = ({ held: _, ...posting }: Posting): Posting => posting;

/** Two counts of two states; the one of what is for sale has the key that it had when there was no other. */
function levelFacts(level: SnapshotPage['levels'][number], asOf: Instant): Facts {
  const { listing, location, sellable, held } = level;
  const counted = { item: { listing }, location, countedAt: asOf };
  const id = `${listing} at ${location}`;
  const counts: ReportedCount[] = [
    { ...counted, document: { type: 'opening', id, line: asOf }, quantity: sellable },
    { ...counted, document: { type: 'opening-hold', id, line: asOf }, state: 'hold', quantity: held },
  ];
  return { movements: [], counts, reservations: [], observations: [] };
}

const orderFacts = (order: ReportedReservations): Facts => ({
  movements: [],
  counts: [],
  reservations: [order],
  observations: [],
});
