// The stock book of one shop: quantities per state for each inventory item at each location.
// Arithmetic only. It knows no orders, no webhooks and no API; on_hand is always derived, never stored.
import { gid, type Ids } from './ids.ts';

/** States that add up to on_hand. */
export const onHandStates = [
  'available',
  'committed',
  'reserved',
  'damaged',
  'safety_stock',
  'quality_control',
] as const;
/** States that are stored; incoming lies outside on_hand. */
export const storedStates = [...onHandStates, 'incoming'] as const;
export type StoredState = (typeof storedStates)[number];
export type StateName = StoredState | 'on_hand';

export type Level = {
  kind: 'InventoryLevel';
  id: string;
  numericId: string;
  itemId: string;
  locationId: string;
  isActive: boolean;
  quantities: Record<StoredState, number>;
  changedAt: Partial<Record<StateName, number>>;
  createdAt: number;
  updatedAt: number;
};

export type Change = { level: Level; name: StateName; delta: number; quantityAfterChange: number };

export const isStateName = (name: string): name is StateName =>
  name === 'on_hand' || storedStates.some((state) => state === name);

export const onHandOf = (level: Level): number =>
  onHandStates.reduce((sum, state) => sum + level.quantities[state], 0);

export const quantityOf = (level: Level, name: StateName): number =>
  name === 'on_hand' ? onHandOf(level) : level.quantities[name];

export class Book {
  readonly #levels = new Map<string, Level>();
  readonly #byLocation = new Map<string, Level[]>();
  readonly #byItem = new Map<string, Level[]>();
  readonly #byId = new Map<string, Level>();
  readonly #ids: Ids;
  readonly #now: () => number;

  constructor(ids: Ids, now: () => number) {
    this.#ids = ids;
    this.#now = now;
  }

  level(itemId: string, locationId: string): Level | undefined {
    return this.#levels.get(`${itemId}|${locationId}`);
  }

  levelById(id: string): Level | undefined {
    return this.#byId.get(id);
  }

  /** Levels of one location in the order they were created, inactive ones included. */
  levelsAt(locationId: string): readonly Level[] {
    return this.#byLocation.get(locationId) ?? [];
  }

  levelsOf(itemId: string): readonly Level[] {
    return this.#byItem.get(itemId) ?? [];
  }

  /** Makes the item stocked at the location. A level that was inactive comes back with its former quantities. */
  activate(itemId: string, locationId: string): Level {
    const existing = this.level(itemId, locationId);
    if (existing) {
      if (!existing.isActive) this.#touch(existing);
      existing.isActive = true;
      return existing;
    }
    const numericId = this.#ids.next();
    const now = this.#now();
    const itemDigits = itemId.slice(itemId.lastIndexOf('/') + 1);
    const level: Level = {
      kind: 'InventoryLevel',
      id: `${gid('InventoryLevel', numericId)}?inventory_item_id=${itemDigits}`,
      numericId,
      itemId,
      locationId,
      isActive: true,
      quantities: {
        available: 0,
        committed: 0,
        reserved: 0,
        damaged: 0,
        safety_stock: 0,
        quality_control: 0,
        incoming: 0,
      },
      changedAt: {},
      createdAt: now,
      updatedAt: now,
    };
    this.#levels.set(`${itemId}|${locationId}`, level);
    this.#byId.set(level.id, level);
    append(this.#byLocation, locationId, level);
    append(this.#byItem, itemId, level);
    return level;
  }

  deactivate(level: Level): void {
    level.isActive = false;
    this.#touch(level);
  }

  /** Applies deltas to one level at once and returns every named change, on_hand included when it moved. */
  apply(level: Level, deltas: Partial<Record<StoredState, number>>): Change[] {
    const before = onHandOf(level);
    const now = this.#touch(level);
    const changes: Change[] = [];
    for (const state of storedStates) {
      const delta = deltas[state] ?? 0;
      if (delta === 0) continue;
      level.quantities[state] += delta;
      level.changedAt[state] = now;
      changes.push({ level, name: state, delta, quantityAfterChange: level.quantities[state] });
    }
    const onHand = onHandOf(level);
    if (onHand !== before) {
      level.changedAt.on_hand = now;
      changes.push({ level, name: 'on_hand', delta: onHand - before, quantityAfterChange: onHand });
    }
    return changes;
  }

  #touch(level: Level): number {
    level.updatedAt = this.#now();
    return level.updatedAt;
  }
}

function append(index: Map<string, Level[]>, key: string, level: Level): void {
  const list = index.get(key);
  if (list) list.push(level);
  else index.set(key, [level]);
}

/** What each thing that happens to `quantity` units does to the level where it happens. */
export const effects = {
  /** An order takes units that may still be cancelled. */
  commit: (quantity: number) => ({ available: -quantity, committed: quantity }),
  /** Committed units go back on sale. */
  release: (quantity: number) => ({ available: quantity, committed: -quantity }),
  /** Committed units leave the building; also what removing an unfulfilled line without restocking does. */
  ship: (quantity: number) => ({ committed: -quantity }),
  /** A cancelled fulfilment. Derived as the inverse of shipping; the vendor documents no number for it. */
  unship: (quantity: number) => ({ committed: quantity }),
  /** A sale handed over the counter: ordered and shipped in one step. */
  sellAtCounter: (quantity: number) => ({ available: -quantity }),
  /** A restocked return, or a merchant's correction. */
  restock: (quantity: number) => ({ available: quantity }),
} satisfies Record<string, (quantity: number) => Partial<Record<StoredState, number>>>;
