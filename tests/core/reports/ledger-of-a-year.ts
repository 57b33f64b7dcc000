// Short ways to tell a year of a small company in New York: what was bought, sold, billed and moved, by day, through the real
// ledger and the real cost store.
import type { recordCosts } from '../../../src/core/costs/store.ts';
import { factKey, type Movement } from '../../../src/core/ledger/movement.ts';
import { instantFrom } from '../../../src/core/vocabulary/instant.ts';
import type { MovementType } from '../../../src/core/vocabulary/words.ts';
import { line, movement } from '../ledger/world.ts';
import type { BooksWorld } from '../valuation/books-world.ts';

/** Noon in New York. */
export const noon = (day: string) => instantFrom(`${day}T12:00:00-05:00`);

export interface Told {
  readonly day: string;
  readonly item: number;
  readonly quantity: string | number;
  readonly from: string;
  readonly to: string;
  readonly id: string;
  readonly reference?: string;
  readonly unitCost?: string;
  readonly lotId?: number;
  readonly corrects?: string;
}

const TYPES: Readonly<Record<string, MovementType>> = { '@supplier': 'receipt', '@customer': 'return' };

export function moved(world: BooksWorld, told: Told): Movement {
  const place = (code: string) => ({ locationId: world.site(code), state: 'sellable' as const });
  const type: MovementType =
    told.to === '@customer'
      ? 'shipment'
      : told.to === '@adjustment'
        ? 'adjustment'
        : (TYPES[told.from] ?? 'transfer');
  const own = line(told.item, told.quantity, place(told.from), place(told.to), told.lotId ?? null);
  return {
    ...movement(
      type,
      0,
      [{ ...own, unitCost: told.unitCost ?? null, currency: told.unitCost === undefined ? null : 'USD' }],
      {
        id: told.id,
      },
    ),
    occurredAt: noon(told.day),
    document: told.id,
    reference: told.reference ?? null,
    corrects: told.corrects ?? null,
  };
}

type Document = Parameters<typeof recordCosts>[1][number];

export const billed = (
  id: string,
  day: string,
  lines: readonly { itemId: number; reference: string; quantity: string; amount: string }[],
): Document => ({
  kind: 'bill',
  key: factKey(1, { type: 'bill', id }),
  document: `bill ${id}`,
  effectiveAt: noon(day),
  content: { number: id, supplier: 'Northmill', currency: 'USD', lines: [...lines] },
});

export const freight = (id: string, day: string, amount: string, receipts: string[]): Document => ({
  kind: 'landed_cost',
  key: factKey(1, { type: 'freight', id }),
  document: `freight ${id}`,
  effectiveAt: noon(day),
  content: { number: id, amount, currency: 'USD', by: 'quantity', receipts, role: 'landed_clearing' },
});

export const writtenDown = (id: string, day: string, itemId: number, netRealisable: string): Document => ({
  kind: 'write_down',
  key: factKey(1, { type: 'write-down', id }),
  document: `write-down ${id}`,
  effectiveAt: noon(day),
  content: { itemId, netRealisable },
});
