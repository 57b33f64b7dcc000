// Decides, without touching a database, what a batch of postings does to the ledger: which movements are new, which are
// duplicates, conflicts or short of stock, and what follows from counts. The caller reads the view and writes the plan.
import { createHash } from 'node:crypto';
import { type Instant, microsOf } from '../vocabulary/instant.ts';
import {
  difference,
  negated,
  type Quantity,
  quantityFrom,
  quantityText,
  sum,
  ZERO,
} from '../vocabulary/quantity.ts';
import { plainTextOf } from '../vocabulary/text.ts';
import { reasonAgainst, type Standing } from './contested.ts';
import { addDelta, type Delta, netOf, placeKey } from './deltas.ts';
import { isEarlierReading } from './earlier-reading.ts';
import {
  contentsOf,
  countFingerprint,
  derivedKey,
  fingerprintOf,
  type LineContent,
  type Movement,
  type Place,
  type Posting,
  type StockCount,
} from './movement.ts';

/** What one movement or count came to (I3, I4, I6); a value, not an exception. */
export type Outcome =
  | { readonly outcome: 'posted' }
  /** `note`: it is booked, and not as it would be read today. */
  | { readonly outcome: 'duplicate'; readonly note?: string }
  | { readonly outcome: 'conflict'; readonly reason: string }
  | { readonly outcome: 'short'; readonly reason: string; readonly itemId: number };

export interface PostingResult {
  readonly movements: readonly Outcome[];
  readonly counts: readonly Outcome[];
  /** Set when the posting has stock reports. */
  readonly reports?: readonly Outcome[];
}

/** What the ledger holds where the batch touches it, read under lock. */
export interface LedgerView {
  /** Stored line fingerprints (hex) of every key of the batch that exists. */
  readonly storedLines: ReadonlyMap<string, readonly string[]>;
  readonly storedCounts: ReadonlyMap<string, string>;
  /** Balances of the real places the batch touches, by {@link placeKey}, all locked. Virtual places are absent. */
  readonly balances: ReadonlyMap<string, { readonly quantity: Quantity; readonly overdraft: boolean }>;
  /** Counts of those places that are not older than everything in the batch, oldest first. */
  readonly counts: ReadonlyMap<string, readonly CountMark[]>;
  /** For each new count of the batch: what stored movements after it added to its place. */
  readonly addedSince: ReadonlyMap<string, Quantity>;
  /** When what a movement takes back was recorded, for those whose lines an earlier catalogue read in another way. */
  readonly originals: ReadonlyMap<string, Instant>;
  readonly adjustmentLocationId: number;
  /** Names for messages: `SKU-1 at MAIN (sellable)`. */
  readonly nameOf: (itemId: number, place: Place) => string;
}

/** A count as far as later facts need it; (countedAt, key) orders counts even within one instant. */
export interface CountMark {
  readonly key: string;
  readonly countedAt: Instant;
}

export interface PlannedLine extends LineContent {
  readonly inboxEventId: string | null;
  readonly fingerprint: Buffer;
}

export interface PlannedCount extends StockCount {
  readonly connectionId: number;
  readonly inboxEventId: string | null;
  readonly ledgerQuantity: Quantity;
  readonly fingerprint: Buffer;
}

export interface PlannedConflict {
  readonly key: string;
  readonly connectionId: number;
  readonly inboxEventId: string | null;
  readonly document: string;
  readonly content: Movement | StockCount;
  readonly fingerprint: Buffer;
}

export interface Plan {
  readonly results: readonly PostingResult[];
  readonly lines: readonly PlannedLine[];
  readonly counts: readonly PlannedCount[];
  readonly conflicts: readonly PlannedConflict[];
  /** Net change per {@link placeKey}, virtual places included. */
  readonly deltas: ReadonlyMap<string, Delta>;
  /** Net change per `lotId|locationId|state`. */
  readonly lotDeltas: ReadonlyMap<string, Quantity>;
}

/**
 * The lines of each posting's movements as they will be stored, should they be new: what a decision needs and no view changes,
 * so that it can be worked out while the view is being read.
 */
export type Prepared = readonly (readonly (readonly PlannedLine[])[])[];

export const prepare = (postings: readonly Posting[]): Prepared =>
  postings.map((posting) => posting.movements.map((movement) => linesOf(movement, posting)));

const linesOf = (movement: Movement, posting: Posting): PlannedLine[] =>
  contentsOf(posting.connectionId, movement).map((content) => plannedLine(content, posting));

const plannedLine = (content: LineContent, posting: Posting): PlannedLine => ({
  ...content,
  inboxEventId: posting.inboxEventId,
  fingerprint: fingerprintOf(content),
});

/** Plans a batch in the order given. Shapes in: canonical postings and the view under lock. Throws nothing for valid input. */
export function decide(postings: readonly Posting[], view: LedgerView, prepared = prepare(postings)): Plan {
  const batch = new BatchLedger(view);
  const results = postings.map((posting, index) => {
    const movements = posting.movements.map((movement, at) => ({
      movement,
      lines: prepared[index]?.[at] ?? linesOf(movement, posting),
    }));
    // A movement alone has none beside it that it could be held back for.
    const standings = new Map<string, Standing>();
    for (const { movement, lines } of movements.length > 1 ? movements : []) {
      if (standings.get(movement.key) !== 'contested')
        standings.set(movement.key, batch.standingOf(movement, lines));
    }
    return {
      // Counts after movements: an event that carries both asserts what is there once its own movements are in.
      movements: movements.map(({ movement, lines }) =>
        batch.move(posting, movement, lines, reasonAgainst(posting, movement, standings, view.originals)),
      ),
      counts: posting.counts.map((count) => batch.count(posting, count)),
    };
  });
  return { results, ...batch.plan() };
}

class BatchLedger {
  readonly #view: LedgerView;
  readonly #counts = new Map<string, CountMark[]>();
  readonly #lines: PlannedLine[] = [];
  readonly #planned: PlannedCount[] = [];
  readonly #conflicts: PlannedConflict[] = [];
  readonly #deltas = new Map<string, Delta>();
  readonly #lotDeltas = new Map<string, Quantity>();
  readonly #seenLines = new Map<string, readonly PlannedLine[]>();
  readonly #seenCounts = new Map<string, string>();

  constructor(view: LedgerView) {
    this.#view = view;
  }

  plan() {
    return {
      lines: this.#lines,
      counts: this.#planned,
      conflicts: this.#conflicts,
      deltas: this.#deltas,
      lotDeltas: this.#lotDeltas,
    };
  }

  /** Other content than an earlier catalogue's under a known key is contested (I4). */
  standingOf(movement: Movement, lines: readonly PlannedLine[]): Standing {
    const stored = this.#storedOf(movement.key);
    if (!stored) return 'new';
    if (isSame(stored, lines)) return 'same';
    return isEarlierReading(stored, movement) ? 'earlier' : 'contested';
  }

  #storedOf(key: string): readonly string[] | undefined {
    return (
      this.#view.storedLines.get(key) ??
      this.#seenLines.get(key)?.map(({ fingerprint }) => fingerprint.toString('hex'))
    );
  }

  /** `against`: why it is not booked, should it be new. */
  move(posting: Posting, movement: Movement, lines: readonly PlannedLine[], against?: string): Outcome {
    switch (this.standingOf(movement, lines)) {
      case 'same':
        return { outcome: 'duplicate' };
      case 'earlier':
        return {
          outcome: 'duplicate',
          note: `${movement.document} stays as it was booked: by the catalogue of then, which has changed`,
        };
      case 'contested':
        return this.#conflict(posting, movement, lines);
      case 'new':
    }
    if (against !== undefined) return { outcome: 'conflict', reason: against };
    const follow = lines.flatMap((line) => this.#compensationsOf(line, posting));
    const refused = this.#apply([...lines, ...follow]);
    if (refused) return refused;
    this.#seenLines.set(movement.key, lines);
    return { outcome: 'posted' };
  }

  count(posting: Posting, count: StockCount): Outcome {
    const fingerprint = countFingerprint(count);
    const print = fingerprint.toString('hex');
    const stored = this.#view.storedCounts.get(count.key) ?? this.#seenCounts.get(count.key);
    if (stored === print) return { outcome: 'duplicate' };
    if (stored) return this.#conflict(posting, count, [{ fingerprint }]);
    const ledgerQuantity = this.#quantityAsOf(count);
    const adjustment = this.#adjustmentOf(
      posting,
      count,
      difference(quantityFrom(count.quantity), ledgerQuantity),
    );
    const refused = this.#apply(adjustment);
    if (refused) return refused;
    this.#planned.push({
      ...count,
      connectionId: posting.connectionId,
      inboxEventId: posting.inboxEventId,
      ledgerQuantity,
      fingerprint,
    });
    this.#mark(count);
    this.#seenCounts.set(count.key, print);
    return { outcome: 'posted' };
  }

  #conflict(posting: Posting, content: Movement | StockCount, prints: readonly Printed[]): Outcome {
    this.#conflicts.push({
      key: content.key,
      connectionId: posting.connectionId,
      inboxEventId: posting.inboxEventId,
      document: content.document,
      content,
      fingerprint: createHash('sha256')
        .update(Buffer.concat(prints.map((each) => each.fingerprint)))
        .digest(),
    });
    return {
      outcome: 'conflict',
      reason: `${content.document} is in the ledger already, with other content`,
    };
  }

  /** Applies lines together, or none of them: answers the shortage when a guarded place would go below zero (I6). */
  #apply(lines: readonly PlannedLine[]): Outcome | undefined {
    const net = netOf(lines);
    for (const [key, { itemId, place, quantity }] of net) {
      const balance = this.#view.balances.get(key);
      if (!balance || balance.overdraft || quantity >= 0n) continue;
      const before = this.#quantityNow(key);
      if (sum(before, quantity) < 0n) {
        const name = this.#view.nameOf(itemId, place);
        return {
          outcome: 'short',
          itemId,
          reason: `${name} has ${quantityText(before)}, the movement takes ${quantityText(negated(quantity))}`,
        };
      }
    }
    for (const [key, delta] of net) addDelta(this.#deltas, key, delta);
    for (const line of lines) {
      this.#lines.push(line);
      if (line.lotId === null) continue;
      const quantity = quantityFrom(line.quantity);
      addTo(this.#lotDeltas, `${line.lotId}|${line.from.locationId}|${line.from.state}`, negated(quantity));
      addTo(this.#lotDeltas, `${line.lotId}|${line.to.locationId}|${line.to.state}`, quantity);
    }
    return undefined;
  }

  #quantityNow(key: string): Quantity {
    return sum(this.#view.balances.get(key)?.quantity ?? ZERO, this.#deltas.get(key)?.quantity ?? ZERO);
  }

  /** What follows when a movement arrives after a later count of the same place: the count stands, so its difference changes. */
  #compensationsOf(content: LineContent, posting: Posting): PlannedLine[] {
    if (this.#counts.size === 0 && this.#view.counts.size === 0) return [];
    const ends = [
      { place: content.from, gained: false },
      { place: content.to, gained: true },
    ];
    return ends.flatMap(({ place, gained }) => {
      const count = this.#countAfter(content, place);
      if (!count) return [];
      const adjustment: Place = { locationId: this.#view.adjustmentLocationId, state: 'sellable' };
      const compensation: LineContent = {
        ...content,
        key: derivedKey('compensation', content.key, content.line, count.key, gained ? 'to' : 'from'),
        line: 0,
        type: 'count',
        occurredAt: count.countedAt,
        document: plainTextOf(`count kept true after ${content.document}`, 300),
        corrects: count.key,
        lotId: null,
        from: gained ? place : adjustment,
        to: gained ? adjustment : place,
        unitCost: null,
        currency: null,
      };
      return [plannedLine(compensation, posting)];
    });
  }

  /** The first count of the place that a fact comes before. A count's own difference comes before later counts only. */
  #countAfter(content: LineContent, place: Place): CountMark | undefined {
    const marks = this.#marksOf(placeKey(content.itemId, place));
    const ownCount = content.type === 'count' ? content.key : undefined;
    return marks.find((mark) =>
      ownCount === undefined
        ? mark.countedAt >= content.occurredAt
        : mark.countedAt > content.occurredAt ||
          (mark.countedAt === content.occurredAt && mark.key > ownCount),
    );
  }

  #marksOf(key: string): readonly CountMark[] {
    return this.#counts.get(key) ?? this.#view.counts.get(key) ?? [];
  }

  #mark(count: StockCount): void {
    const key = placeKey(count.itemId, count.place);
    const marks = [...this.#marksOf(key), { key: count.key, countedAt: count.countedAt }];
    this.#counts.set(
      key,
      marks.sort((a, b) =>
        a.countedAt === b.countedAt ? compare(a.key, b.key) : compare(a.countedAt, b.countedAt),
      ),
    );
  }

  /** The ledger's quantity at the count's instant: what is there now, less everything that took effect after it. */
  #quantityAsOf(count: StockCount): Quantity {
    const key = placeKey(count.itemId, count.place);
    let quantity = difference(this.#quantityNow(key), this.#view.addedSince.get(count.key) ?? ZERO);
    for (const line of this.#lines) {
      if (line.itemId !== count.itemId || !isAfter(line, count)) continue;
      if (placeKey(line.itemId, line.to) === key)
        quantity = difference(quantity, quantityFrom(line.quantity));
      if (placeKey(line.itemId, line.from) === key) quantity = sum(quantity, quantityFrom(line.quantity));
    }
    return quantity;
  }

  #adjustmentOf(posting: Posting, count: StockCount, missing: Quantity): PlannedLine[] {
    if (missing === ZERO) return [];
    const adjustment: Place = { locationId: this.#view.adjustmentLocationId, state: 'sellable' };
    const content: LineContent = {
      key: count.key,
      line: 0,
      type: 'count',
      occurredAt: count.countedAt,
      connectionId: posting.connectionId,
      document: count.document,
      reference: null,
      corrects: null,
      itemId: count.itemId,
      lotId: null,
      quantity: quantityText(missing < 0n ? negated(missing) : missing),
      from: missing > 0n ? adjustment : count.place,
      to: missing > 0n ? count.place : adjustment,
      unitCost: null,
      currency: null,
    };
    return [plannedLine(content, posting), ...this.#compensationsOf(content, posting)];
  }
}

type Printed = Pick<PlannedLine, 'fingerprint'>;

const isSame = (stored: readonly string[], given: readonly Printed[]): boolean =>
  stored.length === given.length &&
  given.every(({ fingerprint }, index) => fingerprint.toString('hex') === stored[index]);

const addTo = (map: Map<string, Quantity>, key: string, delta: Quantity): void => {
  map.set(key, sum(map.get(key) ?? ZERO, delta));
};

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** True when a line takes effect after a count: later, or at its instant because of a count that comes after it. */
function isAfter(line: LineContent, count: StockCount): boolean {
  if (line.occurredAt !== count.countedAt) return microsOf(line.occurredAt) > microsOf(count.countedAt);
  return line.type === 'count' && (line.corrects ?? line.key) > count.key;
}
