// The warehouse's own stock, per item, lot and condition, as a journal of changes: any earlier level can be asked for. It
// knows nothing of the hub's ledger and never goes below zero.

export const CONDITIONS = ['good', 'hold', 'damaged'] as const;
export type Condition = (typeof CONDITIONS)[number];

/** Whole units. */
export type Levels = Record<Condition, number>;

export interface StockedItem {
  readonly sku: string;
  /** X12 code of the unit it is counted in. */
  readonly unit: string;
  /** UPC, EAN or GTIN it may be called by as well. */
  readonly barcode?: string;
}

export interface Change {
  readonly sku: string;
  /** '' where the item is not kept by lot. */
  readonly lot: string;
  readonly condition: Condition;
  /** Whole units, signed. */
  readonly quantity: number;
}

export interface LotLevels extends Levels {
  readonly lot: string;
  readonly expiresOn?: string;
}

export interface Books {
  /** Makes an item known; one that is known stays as it is. */
  keep(item: StockedItem): void;
  items(): readonly StockedItem[];
  /** By its SKU or barcode. */
  item(id: string): StockedItem | undefined;
  expires(sku: string, lot: string, on: string): void;
  /** All or nothing. Throws a RangeError when a level would go below zero. */
  post(changes: readonly Change[], at: Date): void;
  /** Lots with a level, those that expire first at the front; as of an instant, or now. */
  lots(sku: string, asOf?: Date): LotLevels[];
}

const NEVER = '9999-12-31';

export function startBooks(): Books {
  const items = new Map<string, StockedItem>();
  const journal = new Map<string, (Change & { readonly at: number })[]>();
  const expiries = new Map<string, string>();

  const lots = (sku: string, asOf?: Date): LotLevels[] => {
    const levels = new Map<string, Levels>();
    for (const change of journal.get(sku) ?? []) {
      if (asOf && change.at > asOf.getTime()) continue;
      const level = levels.get(change.lot) ?? { good: 0, hold: 0, damaged: 0 };
      level[change.condition] += change.quantity;
      levels.set(change.lot, level);
    }
    const named = [...levels].map(([lot, level]) => {
      const expiresOn = expiries.get(`${sku}\n${lot}`);
      return { lot, ...level, ...(expiresOn !== undefined && { expiresOn }) };
    });
    const order = (each: LotLevels): string => `${each.expiresOn ?? NEVER} ${each.lot}`;
    return named.toSorted((one, other) => (order(one) < order(other) ? -1 : 1));
  };

  return {
    keep: (item) => {
      if (!items.has(item.sku)) items.set(item.sku, item);
    },
    items: () => [...items.values()],
    item: (id) => items.get(id) ?? [...items.values()].find(({ barcode }) => barcode === id),
    expires: (sku, lot, on) => void expiries.set(`${sku}\n${lot}`, on),
    post: (changes, at) => {
      for (const { sku } of changes) {
        if (!items.has(sku)) throw new RangeError(`The warehouse keeps no item ${sku}.`);
      }
      const places = Map.groupBy(changes, ({ sku, lot, condition }) => `${sku}\n${lot}\n${condition}`);
      for (const [first, ...more] of places.values()) {
        if (!first) continue;
        const { sku, lot, condition } = first;
        const has = lots(sku).find((level) => level.lot === lot)?.[condition] ?? 0;
        const left = [first, ...more].reduce((sum, { quantity }) => sum + quantity, has);
        if (left < 0) {
          const name = `${sku}${lot === '' ? '' : ` lot ${lot}`}`;
          throw new RangeError(`${name}: the warehouse has ${has} ${condition}, too few by ${-left}.`);
        }
      }
      for (const change of changes) {
        const entries = journal.get(change.sku) ?? [];
        entries.push({ ...change, at: at.getTime() });
        journal.set(change.sku, entries);
      }
    },
    lots,
  };
}

/** All lots of an item together. */
export const levelsOf = (lots: readonly Levels[]): Levels =>
  lots.reduce<Levels>(
    (sum, each) => ({
      good: sum.good + each.good,
      hold: sum.hold + each.hold,
      damaged: sum.damaged + each.damaged,
    }),
    { good: 0, hold: 0, damaged: 0 },
  );
