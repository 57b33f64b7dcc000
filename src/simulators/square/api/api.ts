// The REST API of the pinned version: who may call, which route answers, and idempotent writes.
// Needs no HTTP: it turns a request into a status and a body. It speaks one `Square-Version` and refuses every other.

import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Random } from '../../random.ts';
import type { Webhooks } from '../seller/webhooks.ts';
import type { Book, Count } from '../stock/book.ts';
import { type Catalog, wireItem, wireLocation, wireVariation } from '../stock/catalog.ts';
import { instantOfDate } from '../stock/scalars.ts';
import { SQUARE_VERSION } from '../stock/states.ts';
import { draftsOf } from './change-drafts.ts';
import { type Wire, wireChange, wireCount } from './inventory-wire.ts';
import { changesPage, countsPage, listPage } from './queries.ts';
import { SquareError } from './refusals.ts';

const MAX_KEY_LENGTH = 128;
const MAX_OBJECT_IDS = 1000;

export interface ApiRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface ApiOptions {
  book: Book;
  catalog: Catalog;
  webhooks: Webhooks;
  random: Random;
  now: () => Date;
  merchantId: string;
  application: { id: string; secret: string; name: string };
  catalogPageSize: number;
  accessToken: string;
}

export interface Api {
  /** Returns the body of a 200; throws SquareError for everything else. */
  answer(request: ApiRequest): unknown;
  accessToken(): string;
  /** Makes the present token answer ACCESS_TOKEN_EXPIRED; a new one comes from `POST /oauth2/token`. */
  expireToken(): void;
  refreshToken: string;
}

type Route = (request: ApiRequest) => unknown;

/** Returns the API of one seller and one application. */
export function apiOf(options: ApiOptions): Api {
  const { book, catalog, random } = options;
  const refreshToken = `EQAA${random.text(60)}`;
  const expired = new Set<string>();
  const results = new Map<string, { bodyHash: string; response: unknown }>();
  let accessToken = options.accessToken;

  const authorize = ({ authorization }: IncomingHttpHeaders): void => {
    const token = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1];
    if (token !== undefined && expired.has(token)) {
      throw new SquareError('ACCESS_TOKEN_EXPIRED', 'The access token has expired.');
    }
    if (token !== accessToken) throw new SquareError('UNAUTHORIZED', 'The request could not be authorized.');
  };

  const isSoldOut = (variationId: string, locationId: string): boolean =>
    book.quantity(variationId, locationId, 'IN_STOCK') <= 0n;
  const variationObject = (id: string): Wire | undefined => {
    const variation = catalog.variationById(id);
    return variation === undefined ? undefined : wireVariation(variation, catalog, isSoldOut);
  };
  const itemObject = (itemId: string): Wire => {
    const variations = catalog.variationsOfItem(itemId);
    return wireItem(
      itemId,
      catalog,
      variations.map(({ id }) => variationObject(id)),
    );
  };

  const listCatalog: Route = ({ query }) => {
    const types = (query.get('types') ?? 'ITEM').split(',').map((type) => type.trim().toUpperCase());
    const ids = [
      ...(types.includes('ITEM') ? catalog.itemIds() : []),
      ...(types.includes('ITEM_VARIATION') ? catalog.variations().map(({ id }) => id) : []),
    ];
    const page = listPage(ids, query.get('cursor') ?? undefined, options.catalogPageSize);
    const objects = page.rows.map((id) => variationObject(id) ?? itemObject(id));
    return page.cursor === undefined ? { objects } : { objects, cursor: page.cursor };
  };

  // Ids that do not exist are left out of the answer without an error (unverified).
  const retrieveCatalog: Route = ({ body }) => {
    const ids = jsonOf(body).object_ids;
    if (!Array.isArray(ids)) throw new SquareError('EXPECTED_ARRAY', 'Expected an array.', 'object_ids');
    if (ids.length === 0) throw new SquareError('ARRAY_EMPTY', 'Name at least one object.', 'object_ids');
    if (ids.length > MAX_OBJECT_IDS) {
      throw new SquareError('ARRAY_LENGTH_TOO_LONG', `At most ${MAX_OBJECT_IDS} ids.`, 'object_ids');
    }
    const objects = ids.flatMap((value: unknown) => {
      const id = String(value);
      const variation = variationObject(id);
      if (variation !== undefined) return [variation];
      return catalog.variationsOfItem(id).length === 0 ? [] : [itemObject(id)];
    });
    return { objects };
  };

  const createChanges: Route = ({ body }) => {
    const input = jsonOf(body);
    const key = keyOf(input.idempotency_key);
    const bodyHash = createHash('sha256')
      .update(JSON.stringify(sortedKeys(input)))
      .digest('hex');
    const known = results.get(key);
    if (known !== undefined) {
      if (known.bodyHash === bodyHash) return known.response;
      throw new SquareError(
        'IDEMPOTENCY_KEY_REUSED',
        'This key was used with another request.',
        'idempotency_key',
      );
    }
    const drafts = draftsOf(input.changes, {
      catalog,
      now: instantOfDate(options.now()),
      source: {
        product: 'EXTERNAL_API',
        applicationId: options.application.id,
        name: options.application.name,
      },
    });
    const ignore = input.ignore_unchanged_counts ?? true;
    if (typeof ignore !== 'boolean') {
      throw new SquareError('EXPECTED_BOOLEAN', 'Expected a boolean.', 'ignore_unchanged_counts');
    }
    const posted = book.post(drafts, { ignoreUnchangedCounts: ignore });
    const places = drafts.flatMap((draft) =>
      draft.type === 'ADJUSTMENT'
        ? [`${draft.variationId} ${draft.fromLocationId}`, `${draft.variationId} ${draft.toLocationId}`]
        : [`${draft.variationId} ${draft.locationId}`],
    );
    const counts = [...new Set(places)].flatMap((place): Count[] => {
      const [variationId = '', locationId = ''] = place.split(' ');
      return book.countsOf(variationId, locationId);
    });
    const response = { counts: counts.map(wireCount), changes: posted.changes.map(wireChange) };
    // A refused request stores nothing, so its key may be used again; whether Square remembers it is unverified.
    results.set(key, { bodyHash, response });
    options.webhooks.publishCounts(posted.movedCounts);
    return response;
  };

  // The access token that a refresh replaces stays valid at Square until it expires; so it does here.
  const obtainToken: Route = ({ body }) => {
    const input = jsonOf(body);
    const { id, secret } = options.application;
    if (input.client_id !== id || input.client_secret !== secret || input.refresh_token !== refreshToken) {
      throw new SquareError('UNAUTHORIZED', 'Unknown client or refresh token.');
    }
    if (expired.has(accessToken)) accessToken = `EAAA${random.text(60)}`;
    const expiresAt = new Date(options.now().getTime() + 30 * 24 * 3_600_000).toISOString();
    return {
      access_token: accessToken,
      token_type: 'bearer',
      expires_at: expiresAt,
      merchant_id: options.merchantId,
      refresh_token: refreshToken,
      short_lived: false,
    };
  };

  const routes: Record<string, Record<string, Route>> = {
    '/v2/locations': {
      GET: () => ({
        locations: catalog.locations().map((location) => wireLocation(location, options.merchantId)),
      }),
    },
    '/v2/catalog/list': { GET: listCatalog },
    '/v2/catalog/batch-retrieve': { POST: retrieveCatalog },
    '/v2/inventory/changes/batch-retrieve': { POST: ({ body }) => changesPage(jsonOf(body), book) },
    '/v2/inventory/counts/batch-retrieve': { POST: ({ body }) => countsPage(jsonOf(body), book, catalog) },
    '/v2/inventory/changes/batch-create': { POST: createChanges },
  };

  return {
    refreshToken,
    accessToken: () => accessToken,
    expireToken: () => expired.add(accessToken),
    answer: (request) => {
      if (request.path === '/oauth2/token' && request.method === 'POST') return obtainToken(request);
      authorize(request.headers);
      checkVersion(request.headers['square-version']);
      const methods = routes[request.path];
      if (methods === undefined) throw new SquareError('NOT_FOUND', 'No such resource.');
      const route = methods[request.method];
      if (route === undefined)
        throw new SquareError('METHOD_NOT_ALLOWED', `${request.method} is not allowed here.`);
      return route(request);
    },
  };
}

/**
 * Square falls back to the application's default version when the header is absent. Which one that is cannot be seen
 * from outside, and the inventory shapes differ between versions, so an absent header is refused here.
 */
function checkVersion(header: string | string[] | undefined): void {
  const version = String(header ?? '');
  if (!/^\d{4}-\d{2}-\d{2}$/.test(version)) {
    throw new SquareError(
      'INVALID_SQUARE_VERSION_FORMAT',
      `Send the header Square-Version: ${SQUARE_VERSION}.`,
    );
  }
  if (version !== SQUARE_VERSION) {
    throw new SquareError(
      'API_VERSION_INCOMPATIBLE',
      `This simulator speaks ${SQUARE_VERSION}, not ${version}.`,
    );
  }
}

function keyOf(value: unknown): string {
  const field = 'idempotency_key';
  if (value === undefined || value === null) {
    throw new SquareError('MISSING_REQUIRED_PARAMETER', 'Missing required parameter.', field);
  }
  if (typeof value !== 'string') throw new SquareError('EXPECTED_STRING', 'Expected a string.', field);
  if (value === '') throw new SquareError('VALUE_EMPTY', 'Must not be empty.', field);
  if (value.length > MAX_KEY_LENGTH)
    throw new SquareError('VALUE_TOO_LONG', `At most ${MAX_KEY_LENGTH} characters.`, field);
  return value;
}

function jsonOf(body: Buffer): Wire {
  let value: unknown;
  try {
    value = JSON.parse(body.length === 0 ? '{}' : body.toString('utf8'));
  } catch {
    throw new SquareError('EXPECTED_JSON_BODY', 'The body is no JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new SquareError('EXPECTED_OBJECT', 'Expected an object.');
  }
  return value as Wire;
}

/** Two spellings of one JSON value hash alike. */
function sortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([key, entry]) => [key, sortedKeys(entry)]));
}
