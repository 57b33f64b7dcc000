// The word lists in the code and the enums in the database hold the same words in the same order.
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  EVENT_SOURCES,
  INBOX_STATUSES,
  ITEM_KINDS,
  LOCATION_KINDS,
  MOVEMENT_TYPES,
  STOCK_STATES,
  VIRTUAL_PLACES,
} from '../../../src/core/vocabulary/words.ts';
import { type TestDatabase, testDatabase } from '../../support/postgres.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

it.each([
  ['stock_state', STOCK_STATES],
  ['item_kind', ITEM_KINDS],
  ['location_kind', LOCATION_KINDS],
  ['movement_type', MOVEMENT_TYPES],
  ['inbox_status', INBOX_STATUSES],
  ['event_source', EVENT_SOURCES],
])('%s', async (type, words) => {
  const { rows } = await database.pool.query<{ word: string }>(
    'select e.enumlabel as word from pg_enum e join pg_type t on t.oid = e.enumtypid where t.typname = $1 order by e.enumsortorder',
    [type],
  );
  expect(rows.map((row) => row.word)).toEqual([...words]);
});

it('there is one location for every virtual place, and it may go below zero', async () => {
  const { rows } = await database.pool.query<{ code: string; kind: string; allows_negative: boolean }>(
    `select code, kind::text as kind, allows_negative from location order by id`,
  );
  expect(rows).toEqual(VIRTUAL_PLACES.map((kind) => ({ code: `@${kind}`, kind, allows_negative: true })));
});
