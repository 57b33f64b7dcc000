// A channel's locations bound to ours: by exact code or name, or as new ones when that is asked for.
import type pg from 'pg';
import { plainTextOf } from '../vocabulary/text.ts';

export interface ChannelLocation {
  readonly id: string;
  readonly name: string;
  readonly active: boolean;
}

export interface LocationsResult {
  /** With the code of our location. */
  readonly bound: readonly {
    readonly id: string;
    readonly name: string;
    readonly code: string;
    readonly created: boolean;
  }[];
  /** Bound before, and left as they are. */
  readonly unchanged: number;
  /** Closed at the channel and not bound. */
  readonly inactive: number;
  readonly undecided: readonly {
    readonly id: string;
    readonly name: string;
    readonly problem: string;
    readonly help: string;
  }[];
}

interface Own {
  readonly id: number;
  readonly code: string;
  readonly name: string;
}

type Match = { readonly own: Own } | { readonly ambiguous: boolean };

/** Binds every active location that is not bound yet and that exactly one of ours matches. */
export async function bindLocations(
  session: pg.ClientBase,
  connectionId: number,
  locations: readonly ChannelLocation[],
  mode: 'create' | 'match',
): Promise<LocationsResult> {
  const { rows: before } = await session.query<{ external: string }>(
    'select external_id as external from location_binding where connection_id = $1',
    [connectionId],
  );
  const known = new Set(before.map(({ external }) => external));
  const fresh = locations.filter(({ id, active }) => active && !known.has(id));
  const own = await ownLocations(session);
  const matches = fresh.map((location) => ({ location, match: matchOf(location, fresh, own) }));
  const toCreate =
    mode === 'match' ? [] : matches.filter(({ match }) => 'ambiguous' in match && !match.ambiguous);
  const created = await createLocations(
    session,
    toCreate.map(({ location }) => location),
    own,
  );
  const bound = matches.flatMap(({ location, match }) => {
    const place = 'own' in match ? match.own : created.get(location.id);
    return place ? [{ location, place, created: !('own' in match) }] : [];
  });
  await session.query(
    `insert into location_binding (connection_id, external_id, location_id, name)
     select $1, * from unnest($2::text[], $3::int[], $4::text[]) order by 2`,
    [
      connectionId,
      bound.map(({ location }) => location.id),
      bound.map(({ place }) => place.id),
      bound.map(({ location }) => plainTextOf(location.name, 300)),
    ],
  );
  const undecided = matches.filter(
    ({ location, match }) => 'ambiguous' in match && !created.has(location.id),
  );
  return {
    bound: bound.map(({ location, place, created }) => ({
      id: location.id,
      name: location.name,
      code: place.code,
      created,
    })),
    unchanged: locations.filter(({ id }) => known.has(id)).length,
    inactive: locations.filter(({ id, active }) => !active && !known.has(id)).length,
    undecided: undecided.map(({ location, match }) => ({
      id: location.id,
      name: location.name,
      problem:
        'ambiguous' in match && match.ambiguous
          ? 'several locations have this name'
          : 'no location of ours has this code or name',
      help: 'Bind it with `stockbridge import bindings`.',
    })),
  };
}

function matchOf(location: ChannelLocation, fresh: readonly ChannelLocation[], own: readonly Own[]): Match {
  const byCode = own.find(({ code }) => code === location.id || code === location.name);
  const byName = byCode ? [byCode] : own.filter(({ name }) => name !== '' && name === location.name);
  const namesakes = fresh.filter(({ name }) => name === location.name).length;
  const [only] = byName;
  if (only && byName.length === 1 && namesakes === 1) return { own: only };
  return { ambiguous: byName.length > 0 || namesakes > 1 };
}

async function ownLocations(session: pg.ClientBase): Promise<readonly Own[]> {
  const { rows } = await session.query<Own>(
    `select id, code, name from location
     where kind not in ('supplier', 'customer', 'production', 'adjustment') order by id`,
  );
  return rows;
}

/** New warehouses by the channel's id of the location, each under a code made from its name. */
async function createLocations(
  session: pg.ClientBase,
  locations: readonly ChannelLocation[],
  own: readonly Own[],
): Promise<ReadonlyMap<string, Own>> {
  const taken = new Set(own.map(({ code }) => code));
  const wanted = locations.map((location) => {
    const code = freeCode(location.name, taken);
    taken.add(code);
    return { external: location.id, code, name: plainTextOf(location.name, 300) };
  });
  const { rows } = await session.query<Own>(
    `insert into location (code, name, kind) select code, name, 'warehouse'
     from unnest($1::text[], $2::text[]) as given (code, name) order by code returning id, code, name`,
    [wanted.map(({ code }) => code), wanted.map(({ name }) => name)],
  );
  const byCode = new Map(rows.map((row) => [row.code, row]));
  return new Map(
    wanted.flatMap(({ external, code }) => {
      const row = byCode.get(code);
      return row ? [[external, row] as const] : [];
    }),
  );
}

function freeCode(name: string, taken: ReadonlySet<string>): string {
  const base =
    name
      .toUpperCase()
      .replace(/[^\p{L}\p{N}]+/gu, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 80) || 'LOCATION';
  let code = base;
  for (let number = 2; taken.has(code); number += 1) code = `${base}-${number}`;
  return code;
}
