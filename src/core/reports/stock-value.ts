// The value of stock at the end of a business day, as what is known now says or as it was known then: by item, location, lot,
// group or method. Reads only.
import type { Database, Transaction } from '../database.ts';
import type { Day } from '../journals/calendar.ts';
import { type Money, moneyText, NO_MONEY, spread } from '../vocabulary/money.ts';
import type { Quantity } from '../vocabulary/quantity.ts';
import { type AsClosed, asClosed } from './as-closed.ts';
import {
  allowancesAt,
  heldAt,
  itemsAt,
  type PooledValue,
  pooledValue,
  type ReportItem,
  type StockRole,
} from './pools.ts';
import { sharesOf } from './share.ts';
import { type Cut, cutAfter, type Report, reportOf } from './snapshot.ts';
import { type Measured, measuredText, moneySum, unitCostOf } from './totals.ts';

export const VALUE_GROUPINGS = ['item', 'location', 'lot', 'group', 'method'] as const;
export type ValueGrouping = (typeof VALUE_GROUPINGS)[number];

export interface StockValueRow {
  /** The SKU, location code, lot (`SKU lot`), group or method. */
  readonly key: string;
  readonly name: string;
  readonly sku: string | null;
  readonly lot: string | null;
  /** Base units, decimal text; null where items of several units are added up. */
  readonly quantity: string | null;
  readonly unit: string | null;
  /** At cost. */
  readonly value: string;
  /** Derived from quantity and value, to six places. */
  readonly unitCost: string | null;
  /** Written down so far. */
  readonly allowance: string;
  /** Value less allowance. */
  readonly net: string;
}

export interface StockValue {
  readonly asOf: Day;
  /** Null: as known now. */
  readonly knownAt: Day | null;
  readonly by: ValueGrouping;
  readonly rows: readonly StockValueRow[];
  readonly total: {
    readonly value: string;
    readonly allowance: string;
    readonly net: string;
    readonly inventory: string;
    readonly inTransit: string;
    readonly consignedOut: string;
  };
  /** Pools of one price were shared out by quantity to make the rows. */
  readonly isShared: boolean;
  /** The day is yet to come: this is what is known so far. */
  readonly isFuture: boolean;
  /** What the day was closed with; null while it is open, and with `knownAt`. */
  readonly asClosed: AsClosed | null;
}

/** Value of stock at the end of a day; `today` tells which days are yet to come. `knownAt` leaves out what was recorded after the end of that day. */
export const stockValueOf = (
  database: Database,
  options: {
    readonly asOf: Day;
    readonly knownAt?: Day;
    readonly by: ValueGrouping;
    readonly today?: Day;
  },
): Promise<Report<StockValue>> =>
  reportOf(database, async ({ client, company: { currency }, company }) => {
    const cut = cutAfter(company, options.asOf, options.knownAt);
    const pools = await pooledValue(client, cut, options.by === 'lot');
    const allowances = await allowancesAt(client, cut);
    const { pieces, isShared } = await piecesOf(client, cut, options.by, pools);
    const items = await itemsAt(client, cut, [...pools.map(({ itemId }) => itemId), ...allowances.keys()]);
    const rows = rowsOf(options.by, withAllowances(pieces, allowances), items, currency);
    const value = moneySum(pools.map((pool) => pool.value));
    const allowance = moneySum(allowances.values());
    const of = (role: StockRole): string =>
      moneyText(moneySum(pools.filter((pool) => pool.role === role).map((pool) => pool.value)), currency);
    return {
      asOf: options.asOf,
      knownAt: options.knownAt ?? null,
      by: options.by,
      rows,
      total: {
        value: moneyText(value, currency),
        allowance: moneyText(allowance, currency),
        net: moneyText((value - allowance) as Money, currency),
        inventory: of('inventory'),
        inTransit: of('in_transit'),
        consignedOut: of('consigned_out'),
      },
      isShared,
      isFuture: options.today !== undefined && options.asOf > options.today,
      asClosed: options.knownAt === undefined ? await asClosed(client, options.asOf, value, currency) : null,
    };
  });

/** Part of an item's stock: at a place, of a lot, or all of it. */
interface Piece {
  readonly itemId: number;
  /** Location or lot; null: none, or not valued there yet. */
  readonly place: number | null;
  readonly quantity: Quantity;
  readonly value: Money;
}

async function piecesOf(
  client: Transaction,
  cut: Cut,
  by: ValueGrouping,
  pools: readonly PooledValue[],
): Promise<{ pieces: readonly Piece[]; isShared: boolean }> {
  if (by !== 'location' && by !== 'lot')
    return { pieces: pools.map((pool) => ({ ...pool, place: null })), isShared: false };
  const isOwnPlace = ({ pool, isByLot }: PooledValue): boolean => (by === 'location' ? pool !== 0 : isByLot);
  const own = pools
    .filter(isOwnPlace)
    .map((pool) => ({ ...pool, place: by === 'location' ? pool.pool : pool.lotId }));
  const shared = Map.groupBy(
    pools.filter((pool) => !isOwnPlace(pool)),
    ({ itemId }) => itemId,
  );
  if (shared.size === 0) return { pieces: ofLots(own), isShared: false };
  const held = await heldAt(client, cut, by, [...shared.keys()]);
  let isShared = false;
  const pieces = [...shared].flatMap(([itemId, parts]) => {
    const places = held.get(itemId) ?? [];
    if (places.filter(({ quantity }) => quantity !== 0n).length > 1) isShared = true;
    return sharesOf(
      {
        quantity: parts.reduce((total, { quantity }) => total + quantity, 0n) as Quantity,
        value: moneySum(parts.map(({ value }) => value)),
      },
      places,
      null,
    ).map((share) => ({ itemId, ...share }));
  });
  return { pieces: [...ofLots(own), ...pieces], isShared };
}

/** Value that moved without goods, such as a revaluation, belongs to an item's lots by quantity. */
const ofLots = (pieces: readonly Piece[]): readonly Piece[] =>
  [...Map.groupBy(pieces, ({ itemId }) => itemId).values()].flatMap((own) => {
    const isLoose = ({ place, quantity }: Piece): boolean => place === null && quantity === 0n;
    const firm = own.filter((piece) => !isLoose(piece));
    if (firm.length === 0) return own;
    const shares = spread(
      moneySum(own.filter(isLoose).map(({ value }) => value)),
      firm.map(({ quantity }) => (quantity > 0n ? quantity : 0n)),
    );
    return firm.map((piece, index) => ({
      ...piece,
      value: (piece.value + (shares[index] ?? NO_MONEY)) as Money,
    }));
  });

interface WrittenDown extends Piece {
  readonly allowance: Money;
}

/** An item's allowance over its pieces by quantity, as it is released when goods leave. */
function withAllowances(
  pieces: readonly Piece[],
  allowances: ReadonlyMap<number, Money>,
): readonly WrittenDown[] {
  const given = [...Map.groupBy(pieces, ({ itemId }) => itemId)].flatMap(([itemId, own]) => {
    const shares = spread(
      allowances.get(itemId) ?? NO_MONEY,
      own.map(({ quantity }) => (quantity > 0n ? quantity : 0n)),
    );
    return own.map((piece, index) => ({ ...piece, allowance: shares[index] ?? NO_MONEY }));
  });
  const known = new Set(pieces.map(({ itemId }) => itemId));
  const alone = [...allowances].filter(([itemId]) => !known.has(itemId));
  return [
    ...given,
    ...alone.map(([itemId, allowance]) => ({
      itemId,
      allowance,
      place: null,
      quantity: 0n as Quantity,
      value: NO_MONEY,
    })),
  ];
}

/** What a row is called that has no place: stock of no lot, or that the ledger moved and value does not know of yet. */
export const NOWHERE = { location: '(not valued yet)', lot: '(no lot)' } as const;

function rowsOf(
  by: ValueGrouping,
  pieces: readonly WrittenDown[],
  items: ReadonlyMap<number, ReportItem>,
  currency: string,
): StockValueRow[] {
  const keyOf = (piece: WrittenDown): Pick<StockValueRow, 'key' | 'name' | 'sku' | 'lot'> => {
    const item = items.get(piece.itemId);
    const sku = item?.sku ?? String(piece.itemId);
    const none = { sku: null, lot: null, name: '' };
    switch (by) {
      case 'item':
        return { key: sku, name: item?.name ?? '', sku, lot: null };
      case 'group':
        return { ...none, key: item?.group ?? '(no group)' };
      case 'method':
        return { ...none, key: item?.method ?? '' };
      case 'location':
        return { ...none, key: placeOf(item, by, piece.place) };
      case 'lot': {
        const lot = placeOf(item, by, piece.place);
        return { key: `${sku} ${lot}`, name: item?.name ?? '', sku, lot };
      }
    }
  };
  const rows = Map.groupBy(
    pieces.map((piece) => ({ piece, of: keyOf(piece) })),
    ({ of }) => of.key,
  );
  return [...rows.values()]
    .flatMap((parts): StockValueRow[] => {
      const [first] = parts;
      if (!first) return [];
      const measured = parts.map(
        ({ piece }): Measured => ({
          quantity: piece.quantity,
          unit: items.get(piece.itemId)?.unit ?? '',
        }),
      );
      const value = moneySum(parts.map(({ piece }) => piece.value));
      const allowance = moneySum(parts.map(({ piece }) => piece.allowance));
      return [
        {
          ...first.of,
          ...measuredText(measured),
          value: moneyText(value, currency),
          unitCost: unitCostOf(measured, value, currency),
          allowance: moneyText(allowance, currency),
          net: moneyText((value - allowance) as Money, currency),
        },
      ];
    })
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

const placeOf = (item: ReportItem | undefined, by: 'location' | 'lot', place: number | null): string =>
  place === null ? NOWHERE[by] : (item?.placeName(by, place) ?? String(place));
