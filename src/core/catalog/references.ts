// Finds what a file refers to by our words: items by SKU, locations by code, connections by name. It creates nothing.
import type pg from 'pg';
import { nearest } from '../vocabulary/nearest.ts';
import type { LocationKind } from '../vocabulary/words.ts';
import { VIRTUAL_PLACES } from '../vocabulary/words.ts';
import type { Findings, Line } from './report.ts';

export interface ItemReference {
  readonly id: number;
  readonly sku: string;
  readonly baseUnit: string;
  readonly isKit: boolean;
}

export interface LocationReference {
  readonly id: number;
  readonly code: string;
  readonly kind: LocationKind;
}

/** Known things by the word a file uses for them. */
export interface References<T> {
  get(word: string): T | undefined;
  /** As `get`, and a finding on the line when nothing has that name. */
  require(line: Line<unknown>, column: string, word: string, findings: Findings): T | undefined;
}

export async function itemsBySku(
  session: pg.ClientBase,
  skus: readonly string[],
): Promise<References<ItemReference>> {
  const { rows } = await session.query<ItemReference>(
    `select id, sku, base_unit as "baseUnit", is_kit as "isKit" from item
     where sku = any($1) or lower(sku) in (select lower(s) from unnest($1::text[]) s)`,
    [[...new Set(skus)]],
  );
  return references(
    rows,
    ({ sku }) => sku,
    'no item has this SKU',
    'Import the item first; SKUs are compared exactly.',
  );
}

export async function locationsByCode(session: pg.ClientBase): Promise<References<LocationReference>> {
  const { rows } = await session.query<LocationReference>('select id, code, kind from location');
  return references(rows, ({ code }) => code, 'no location has this code', 'Import the location first.');
}

export async function connectionsByName(
  session: pg.ClientBase,
): Promise<References<{ id: number; name: string }>> {
  const { rows } = await session.query<{ id: number; name: string }>('select id, name from connection');
  const help =
    'Use a name from `connections` in the configuration; a new one is known once the hub has started with it.';
  return references(rows, ({ name }) => name, 'no connection has this name', help);
}

/** False, with a finding, when stock there is only the other end of movements. */
export function isShelf(location: LocationReference, line: Line<unknown>, findings: Findings): boolean {
  if (!(VIRTUAL_PLACES as readonly string[]).includes(location.kind)) return true;
  findings.reject(
    line,
    'location',
    'is a virtual location',
    'Name a warehouse, store, 3pl or transit location.',
  );
  return false;
}

function references<T>(
  rows: readonly T[],
  nameOf: (row: T) => string,
  problem: string,
  help: string,
): References<T> {
  const known = new Map(rows.map((row) => [nameOf(row), row]));
  return {
    get: (word) => known.get(word),
    require: (line, column, word, findings) => {
      const found = known.get(word);
      if (found === undefined) {
        const meant = nearest(word, known.keys());
        findings.reject(
          line,
          column,
          problem,
          `${meant === undefined ? '' : `Did you mean “${meant}”? `}${help}`,
        );
      }
      return found;
    },
  };
}
