// Codes in a policy's locations that no location has: stock is looked for where there is none. It names them; what is told of
// such levels is decided by publication.
import type { Store } from '../inbox/store.ts';
import type { Policy } from './policy.ts';

export interface UnknownLocations {
  readonly connection: string;
  /** In the order of the policy, each once. */
  readonly codes: readonly string[];
  /** Codes that there are and that differ in case alone. */
  readonly nearby: readonly string[];
}

/** Of each connection whose policy names codes that no location has: the connection and the codes. */
export async function unknownLocations(
  store: Store,
  sellers: Iterable<{ readonly name: string; readonly policy?: Policy | undefined }>,
): Promise<UnknownLocations[]> {
  const named = [...sellers].map(({ name, policy }) => ({
    name,
    codes: [...new Set(Object.values(policy?.locations ?? {}).flat())],
  }));
  const all = named.flatMap(({ codes }) => codes);
  if (all.length === 0) return [];
  // `check` may look at a database that no hub has set up yet.
  const { rows: tables } = await store.query<{ isThere: boolean }>(
    `select to_regclass('location') is not null as "isThere"`,
  );
  if (!tables[0]?.isThere) return [];
  const { rows } = await store.query<{ code: string }>(
    'select code from location where lower(code) = any(select lower(w.code) from unnest($1::text[]) as w(code))',
    [all],
  );
  const known = new Set(rows.map(({ code }) => code));
  return named.flatMap(({ name, codes }) => {
    const unknown = codes.filter((code) => !known.has(code));
    const lower = new Set(unknown.map((code) => code.toLowerCase()));
    const nearby = [...known].filter((code) => lower.has(code.toLowerCase()));
    return unknown.length === 0 ? [] : [{ connection: name, codes: unknown, nearby }];
  });
}

/** For people: what is wrong and what to do. */
export const unknownLocationsText = ({ codes, nearby }: Omit<UnknownLocations, 'connection'>): string =>
  `policy.locations names ${codes.join(', ')}, and there is no such location${nearby.length === 0 ? '' : ` (there is ${nearby.join(', ')})`}: stock is offered without it; correct the code and restart the hub, or import the location`;
