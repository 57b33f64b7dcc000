// Square's REST API as far as stock needs it: version header, paging, lookups, and error bodies as named failures.
// It decides nothing about stock, repeats no write, and reads no clock of its own: Square's Date header is the clock.
import type { z } from 'zod';
import { StockbridgeError } from '../../core/errors.ts';
import type { HttpClient, HttpRequest, HttpResponse } from '../toolkit/http.ts';
import type { SquareSettings } from './settings.ts';
import {
  type Count,
  changesPageSchema,
  countsPageSchema,
  errorsSchema,
  itemsPageSchema,
  locationsSchema,
  type PhysicalCount,
  physicalCountSchema,
  type Variation,
  type VendorError,
  variationSchema,
  variationsSchema,
} from './wire.ts';

const PAGE_SIZE = 1000;

export interface ChangeFilter {
  readonly updatedAfter?: string;
  readonly updatedBefore?: string;
  readonly listings?: readonly string[];
  readonly locations?: readonly string[];
  readonly types?: readonly ('ADJUSTMENT' | 'PHYSICAL_COUNT')[];
}

export interface CountFilter {
  readonly listings?: readonly string[];
  readonly locations?: readonly string[];
  readonly states: readonly string[];
}

export interface ChangesPage {
  /** As Square sent them, unread: one that cannot be read is quarantined alone. */
  readonly changes: readonly unknown[];
  /** Square's clock when it answered, cut to the second. */
  readonly serverTime: Date;
  readonly last: boolean;
}

export interface CountsPage {
  readonly counts: readonly Count[];
  readonly serverTime: Date;
}

export type CatalogItem = { readonly name: string; readonly variations: readonly Variation[] };
export type AccountLocation = { readonly id: string; readonly name: string; readonly active: boolean };

export type WriteAnswer =
  | { readonly outcome: 'accepted' }
  | { readonly outcome: 'refused'; readonly errors: readonly VendorError[] };

export interface SquareClient {
  changes(filter: ChangeFilter): AsyncIterable<ChangesPage>;
  counts(filter: CountFilter): AsyncIterable<CountsPage>;
  /** Undefined when Square has no such count. */
  physicalCount(id: string): Promise<PhysicalCount | undefined>;
  /** Variations by id; those that Square does not have are absent. */
  variations(ids: readonly string[]): Promise<ReadonlyMap<string, Variation>>;
  items(): AsyncIterable<readonly CatalogItem[]>;
  locations(): Promise<{
    locations: readonly AccountLocation[];
    serverTime: Date;
    version: string | undefined;
  }>;
  /** Writes a body as it is; Square takes one idempotency key into account once. A 400 is an answer: nothing was done. */
  createChanges(body: unknown): Promise<WriteAnswer>;
}

/** Makes the client of one account. Failures are those of {@link HttpClient.request}. */
export function squareClient(http: HttpClient, settings: SquareSettings): SquareClient {
  const base = settings.baseUrl.replace(/\/+$/, '');
  const headers = {
    authorization: `Bearer ${settings.accessToken}`,
    'square-version': settings.apiVersion,
  };
  const call = (
    method: 'GET' | 'POST',
    path: string,
    rest: Partial<HttpRequest> = {},
  ): Promise<HttpResponse> => http.request({ method, url: `${base}${path}`, headers, ...rest });

  async function* pages<Page extends { cursor?: string | null | undefined }>(
    path: string,
    body: Record<string, unknown>,
    schema: z.ZodType<Page>,
  ): AsyncIterable<{ page: Page; response: HttpResponse; last: boolean }> {
    for (let cursor: string | undefined; ; ) {
      const response = await call('POST', path, { body: { ...body, ...(cursor ? { cursor } : {}) } });
      const page = readAs(schema, response, path);
      cursor = page.cursor ?? undefined;
      const last = cursor === undefined || cursor === '';
      yield { page, response, last };
      if (last) return;
    }
  }

  async function lookup<T>(path: string, member: string, schema: z.ZodType<T>): Promise<T | undefined> {
    const response = await call('GET', path, { expect: [404] });
    if (response.status === 404) return undefined;
    const found = response.json();
    const value =
      typeof found === 'object' && found !== null ? (found as Record<string, unknown>)[member] : undefined;
    return readValue(schema, value, path);
  }

  return {
    async *changes({ updatedAfter, updatedBefore, listings, locations, types }) {
      const body = present({
        updated_after: updatedAfter,
        updated_before: updatedBefore,
        catalog_object_ids: listings,
        location_ids: locations,
        types,
        limit: PAGE_SIZE,
      });
      for await (const { page, response, last } of pages(
        '/v2/inventory/changes/batch-retrieve',
        body,
        changesPageSchema,
      )) {
        yield { changes: page.changes ?? [], serverTime: serverTimeOf(response), last };
      }
    },

    async *counts({ listings, locations, states }) {
      const body = present({
        catalog_object_ids: listings,
        location_ids: locations,
        states,
        limit: PAGE_SIZE,
      });
      for await (const { page, response } of pages(
        '/v2/inventory/counts/batch-retrieve',
        body,
        countsPageSchema,
      )) {
        yield { counts: page.counts ?? [], serverTime: serverTimeOf(response) };
      }
    },

    physicalCount: (id) =>
      lookup(`/v2/inventory/physical-counts/${encodeURIComponent(id)}`, 'count', physicalCountSchema),

    async variations(ids) {
      if (ids.length === 0) return new Map();
      const path = '/v2/catalog/batch-retrieve';
      const { objects } = readAs(
        variationsSchema,
        await call('POST', path, { body: { object_ids: ids } }),
        path,
      );
      const variations = (objects ?? []).flatMap((object) => {
        const read = variationSchema.safeParse(object);
        return read.success ? [read.data] : [];
      });
      return new Map(variations.map((variation) => [variation.id, variation]));
    },

    async *items() {
      for (let cursor = ''; ; ) {
        const path = `/v2/catalog/list?types=ITEM${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
        const page = readAs(itemsPageSchema, await call('GET', path), '/v2/catalog/list');
        yield (page.objects ?? []).flatMap(({ is_deleted, item_data }) =>
          is_deleted || !item_data
            ? []
            : [{ name: item_data.name ?? '', variations: item_data.variations ?? [] }],
        );
        cursor = page.cursor ?? '';
        if (cursor === '') return;
      }
    },

    async locations() {
      const response = await call('GET', '/v2/locations');
      const { locations } = readAs(locationsSchema, response, '/v2/locations');
      return {
        locations: (locations ?? []).map(({ id, name, status }) => ({
          id,
          name: name ?? id,
          active: status !== 'INACTIVE',
        })),
        serverTime: serverTimeOf(response),
        version: response.headers['square-version'],
      };
    },

    async createChanges(body) {
      const path = '/v2/inventory/changes/batch-create';
      const response = await call('POST', path, { body, effect: true, expect: [400, 404] });
      if (response.status === 200) return { outcome: 'accepted' };
      const read = errorsSchema.safeParse(response.json());
      if (read.success) return { outcome: 'refused', errors: read.data.errors };
      throw new StockbridgeError(
        'vendor_rejected',
        `Square refused ${path} with ${response.status} and named no error`,
      );
    },
  };
}

/** Square's clock when it answered, from the Date header, which is cut to the second. */
function serverTimeOf(response: HttpResponse): Date {
  const time = new Date(response.headers.date ?? '');
  if (Number.isNaN(time.getTime())) {
    throw new StockbridgeError(
      'vendor_unavailable',
      'Square answered without a Date header, so nobody can say as of when',
    );
  }
  return time;
}

const readAs = <T>(schema: z.ZodType<T>, response: HttpResponse, path: string): T =>
  readValue(schema, response.json(), path);

function readValue<T>(schema: z.ZodType<T>, value: unknown, path: string): T {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const where = issue === undefined ? '' : ` at ${issue.path.join('.')}: ${issue.message}`;
  throw new StockbridgeError(
    'vendor_rejected',
    `Square answered ${path} in a shape that cannot be read${where}`,
  );
}

const present = (body: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
