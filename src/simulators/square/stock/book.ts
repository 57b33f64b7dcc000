// The seller's inventory: every change as Square keeps it, and the counts that follow from them.
// Accepts whatever it is told (negative counts included); what a client may write is decided before it gets here.

import type { Random } from '../../random.ts';
import { byOccurrence, insertionIndex, type Level, startLevel } from './level.ts';
import type { Instant, Quantity } from './scalars.ts';
import { isAnnounced, isCounted, type Reason, STATES, type State } from './states.ts';

export interface Source {
  product: 'SQUARE_POS' | 'EXTERNAL_API' | 'DASHBOARD' | 'ONLINE_STORE';
  applicationId?: string;
  name?: string;
}

export interface AdjustmentGroup {
  id: string;
  rootAdjustmentId: string;
  fromState: State;
  toState: State;
}

interface ChangeFacts {
  variationId: string;
  quantity: Quantity;
  occurredAt: Instant;
  source: Source;
  referenceId?: string | undefined;
}

export interface AdjustmentDraft extends ChangeFacts {
  type: 'ADJUSTMENT';
  /** Chosen by the caller only where something else must refer to it, as a kit's group does. */
  id?: string | undefined;
  fromState: State;
  toState: State;
  fromLocationId: string;
  toLocationId: string;
  reason?: Reason | undefined;
  transactionId?: string | undefined;
  refundId?: string | undefined;
  goodsReceiptId?: string | undefined;
  group?: AdjustmentGroup | undefined;
}

export interface PhysicalCountDraft extends ChangeFacts {
  type: 'PHYSICAL_COUNT';
  state: State;
  locationId: string;
}

export type Draft = AdjustmentDraft | PhysicalCountDraft;

interface Kept {
  id: string;
  sequence: number;
  createdAt: Instant;
}

export type Adjustment = AdjustmentDraft & Kept & { physicalCountId?: string };
export type PhysicalCount = PhysicalCountDraft & Kept & { adjustmentId?: string };
export type Change = Adjustment | PhysicalCount;

export interface Count {
  variationId: string;
  locationId: string;
  state: State;
  quantity: Quantity;
  calculatedAt: Instant;
}

export interface Posted {
  changes: Change[];
  /** Per change the counts it moved, as they stood right after it. */
  movedCounts: Count[][];
}

export interface Book {
  /** Applies the drafts in the order they occurred, whatever order they are given in. */
  post(drafts: readonly Draft[], options?: { ignoreUnchangedCounts?: boolean }): Posted;
  /** The counts Square answers for, of all variations and locations, in no particular order. */
  counts(): Count[];
  countsOf(variationId: string, locationId: string): Count[];
  quantity(variationId: string, locationId: string, state: State): Quantity;
  /** Changes by occurrence, oldest first. */
  byOccurrence(): readonly Change[];
  /** Changes in the order they arrived. */
  arrivals(): readonly Change[];
}

export interface BookOptions {
  clock: () => Instant;
  random: Random;
  /** False leaves `adjustment_id` off physical counts, as for sellers without a Plus or Premium subscription. */
  linkRecounts: boolean;
}

interface LevelEntry {
  count: Omit<Count, 'quantity' | 'calculatedAt'>;
  level: Level;
  calculatedAt: Instant;
}

/** Starts an empty book. */
export function startBook(options: BookOptions): Book {
  const levels = new Map<string, LevelEntry>();
  const arrived: Change[] = [];
  const occurred: Change[] = [];

  const levelFor = (variationId: string, locationId: string, state: State): LevelEntry => {
    const key = `${variationId} ${locationId} ${state}`;
    let entry = levels.get(key);
    if (entry === undefined) {
      entry = { count: { variationId, locationId, state }, level: startLevel(), calculatedAt: 0n };
      levels.set(key, entry);
    }
    return entry;
  };

  const countOf = (entry: LevelEntry): Count => ({
    ...entry.count,
    quantity: entry.level.quantity(),
    calculatedAt: entry.calculatedAt,
  });

  const keep = <T extends Change>(change: T): T => {
    arrived.push(change);
    occurred.splice(insertionIndex<Change>(occurred, change, byOccurrence), 0, change);
    return change;
  };

  // A change hidden behind a later physical count moves no count in that state. Whether Square still announces it is
  // unverified; it stays silent here, so that only polling the changes finds it.
  const affect = (
    change: Change,
    state: State,
    locationId: string,
    kind: 'change' | 'assertion',
    quantity: Quantity,
  ): Count[] => {
    if (!isAnnounced(state)) return [];
    const entry = levelFor(change.variationId, locationId, state);
    const { occurredAt, sequence } = change;
    if (!entry.level.add({ occurredAt, sequence, kind, quantity })) return [];
    entry.calculatedAt = change.createdAt;
    return [countOf(entry)];
  };

  const kept = (): Kept => ({
    id: options.random.text(24),
    sequence: arrived.length,
    createdAt: options.clock(),
  });

  const adjust = (draft: AdjustmentDraft): { change: Adjustment; moved: Count[] } => {
    const marks = kept();
    const change = keep<Adjustment>({ ...draft, ...marks, id: draft.id ?? marks.id });
    const from = affect(change, draft.fromState, draft.fromLocationId, 'change', -draft.quantity);
    const to = affect(change, draft.toState, draft.toLocationId, 'change', draft.quantity);
    const moved = [...from, ...to];
    return { change, moved: moved.some(({ state }) => isCounted(state)) ? moved : [] };
  };

  /**
   * Keeps the count and, when it found a difference, the adjustment that explains it: a shortage goes to WASTE, a
   * surplus comes from NONE (developer.squareup.com/docs/inventory-api/cookbook/reconcile-computed-quantity).
   * That both appear in one page of changes and the reason is RECOUNT is inferred from the types alone. The adjustment
   * keeps its quantity when a sale from before the count arrives later (unverified), so summing adjustments drifts.
   */
  const recount = (draft: PhysicalCountDraft): { changes: Change[]; moved: Count[] } => {
    const { variationId, locationId, state } = draft;
    const before = levelFor(variationId, locationId, state).level.quantityAt(draft.occurredAt);
    const difference = draft.quantity - before;
    const count = keep<PhysicalCount>({ ...draft, ...kept() });
    const moved = affect(count, state, locationId, 'assertion', draft.quantity);
    if (difference === 0n) return { changes: [count], moved };
    const surplus = difference > 0n;
    const otherState: State = surplus || state === 'WASTE' ? 'NONE' : 'WASTE';
    const adjustment = keep<Adjustment>({
      ...kept(),
      type: 'ADJUSTMENT',
      variationId,
      quantity: surplus ? difference : -difference,
      occurredAt: draft.occurredAt,
      source: draft.source,
      fromState: surplus ? 'NONE' : state,
      toState: surplus ? state : otherState,
      fromLocationId: locationId,
      toLocationId: locationId,
      reason: 'RECOUNT',
      physicalCountId: count.id,
    });
    if (options.linkRecounts) count.adjustmentId = adjustment.id;
    // The counted state already stands at what was counted; only the other side moves.
    const otherMoved = affect(
      adjustment,
      otherState,
      locationId,
      'change',
      surplus ? difference : -difference,
    );
    return { changes: [count, adjustment], moved: [...moved, ...otherMoved] };
  };

  // "Unchanged" is read as: equal to the level at the time of the count. Square's wording also allows "equal to the
  // last physical count", which would swallow real differences; which of the two holds is unverified.
  const isUnchanged = (draft: PhysicalCountDraft): boolean => {
    const entry = levelFor(draft.variationId, draft.locationId, draft.state);
    return entry.level.effects().length > 0 && entry.level.quantityAt(draft.occurredAt) === draft.quantity;
  };

  return {
    post: (drafts, { ignoreUnchangedCounts = false } = {}) => {
      const posted: Posted = { changes: [], movedCounts: [] };
      const inOrder = drafts.map((draft, sequence) => ({ draft, occurredAt: draft.occurredAt, sequence }));
      for (const { draft } of inOrder.sort(byOccurrence)) {
        if (draft.type === 'ADJUSTMENT') {
          const { change, moved } = adjust(draft);
          posted.changes.push(change);
          posted.movedCounts.push(moved);
        } else if (!(ignoreUnchangedCounts && isUnchanged(draft))) {
          const { changes, moved } = recount(draft);
          posted.changes.push(...changes);
          posted.movedCounts.push(moved);
        }
      }
      return posted;
    },
    counts: () =>
      [...levels.values()].flatMap((entry) =>
        isCounted(entry.count.state) && entry.level.effects().length > 0 ? [countOf(entry)] : [],
      ),
    countsOf: (variationId, locationId) => {
      const found = STATES.filter(isCounted).map((state) =>
        levels.get(`${variationId} ${locationId} ${state}`),
      );
      return found.flatMap((entry) =>
        entry !== undefined && entry.level.effects().length > 0 ? [countOf(entry)] : [],
      );
    },
    quantity: (variationId, locationId, state) =>
      levels.get(`${variationId} ${locationId} ${state}`)?.level.quantity() ?? 0n,
    byOccurrence: () => occurred,
    arrivals: () => arrived,
  };
}
