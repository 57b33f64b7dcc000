// Which catalogue an event was read with: what was unknown in an older one may be known now, and is read again instead of being
// refused for good. It binds no name, and orders no two imports.
import type pg from 'pg';
import type { Database, Transaction } from '../database.ts';
import { replay } from '../inbox/replay.ts';
import type { Store } from '../inbox/store.ts';
import { CATALOGUE_CODES } from './replayable.ts';

/** Held shared by whoever quarantines an event for a name, and exclusively by whoever replays such events. */
const NAMES_LOCK = 7_305_101_003n;

/** The version of the catalogue that is read after this, or an older one; decimal text. */
export async function readVersion(store: Store): Promise<string> {
  const { rows } = await store.query<{ version: string }>('select version from catalogue_version');
  return rows[0]?.version ?? '0';
}

/** Says that the catalogue is another one, from the end of the transaction that changes it. */
export const raiseVersion = async (session: pg.ClientBase): Promise<void> =>
  void (await session.query('update catalogue_version set version = version + 1'));

/**
 * The version now. What the transaction quarantines for a name that is unknown in this version is seen by the replay after the
 * next import. It has to be asked for before any event is locked.
 */
export async function holdVersion(client: Transaction): Promise<string> {
  await client.query('select pg_advisory_xact_lock_shared($1)', [NAMES_LOCK]);
  return readVersion(client);
}

/** Makes the events pending that were quarantined for a name, once an import is committed; answers their ids. */
export const replayUnknown = (database: Database): Promise<string[]> =>
  database.transaction(async (client) => {
    await client.query('select pg_advisory_xact_lock($1)', [NAMES_LOCK]);
    return replay(client, { codes: [...CATALOGUE_CODES] });
  });
