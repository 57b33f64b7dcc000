// The known part of a channel's event in which a name is unknown, on a real catalogue: what is sold is taken, nothing is guessed.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readDirectory } from '../../../src/core/catalog/directory.ts';
import { knownPartOf } from '../../../src/core/catalog/known-part.ts';
import { resolve } from '../../../src/core/catalog/resolve.ts';
import { type Posting, postingSchema } from '../../../src/core/ledger/movement.ts';
import type { Facts, ReportedLine, ReportedMovement } from '../../../src/core/vocabulary/facts.ts';
import { instantFrom } from '../../../src/core/vocabulary/instant.ts';
import { type TestDatabase, testDatabase } from '../../support/postgres.ts';

let database: TestDatabase;
let shop = 0;
let tee = 0;
beforeAll(async () => {
  database = await testDatabase();
  const { pool } = database;
  const id = async (text: string, values: unknown[] = []) =>
    (await pool.query<{ id: number }>(text, values)).rows[0]?.id ?? 0;
  shop = await id(`insert into connection (name, connector) values ('shop', 'demo') returning id`);
  tee = await id(`insert into item (sku, base_unit) values ('TEE', 'each') returning id`);
  const main = await id(`insert into location (code, kind) values ('MAIN', 'warehouse') returning id`);
  await pool.query(`insert into listing (connection_id, external_id, item_id) values ($1, 'v-tee', $2)`, [
    shop,
    tee,
  ]);
  await pool.query(
    `insert into location_binding (connection_id, external_id, location_id) values ($1, 'main', $2)`,
    [shop, main],
  );
});
afterAll(() => database.drop());

const AT = instantFrom('2026-01-02T00:00:00Z');
const sold = (listing: string, quantity = '1'): ReportedLine => ({
  ...{ item: { listing }, quantity, from: { location: 'main' }, to: { virtual: 'customer' } },
});
const shipment = (id: string, ...lines: ReportedLine[]): ReportedMovement => ({
  ...{ type: 'shipment', document: { type: 'fulfillment', id }, occurredAt: AT, lines },
});
const line = (name: string, listing: string, quantity = '2') => ({
  ...{ line: name, item: { listing }, location: 'main', quantity },
});
const order = (...lines: ReturnType<typeof line>[]) => [{ order: 'o', version: 7n, reservedAt: AT, lines }];

async function knownPart(given: Partial<Facts>): Promise<Posting | undefined> {
  const facts: Facts = { movements: [], counts: [], reservations: [], observations: [], ...given };
  const directory = await readDirectory(database.pool, shop, [facts]);
  const event = { inboxEventId: '1', cutoverAt: instantFrom('2026-01-01T00:00:00Z') };
  const refused = resolve(facts, directory, event);
  if (refused.outcome !== 'refused') throw new Error('nothing is unknown');
  const part = knownPartOf(facts, directory, event, refused);
  if (part) expect(postingSchema.parse(part)).toEqual(part);
  return part;
}

it('of an order its known lines, with its version, and why the rest waits', async () => {
  expect(await knownPart({ reservations: order(line('1', 'v-tee'), line('2', 'v-new')) })).toMatchObject({
    movements: [],
    reservations: [{ order: 'o', version: '7', lines: [{ line: '1', itemId: tee, quantity: '2' }] }],
    held: {
      code: 'item_unknown',
      reason: expect.stringContaining('v-new is bound to no item'),
      waitsFor: [],
    },
  });
});

it('of its shipments those that are known as a whole; of another, which items it took', async () => {
  const part = await knownPart({
    movements: [shipment('f-1', sold('v-tee')), shipment('f-2', sold('v-tee'), sold('v-new'))],
    reservations: order(line('1', 'v-tee')),
  });
  expect(part?.movements.map(({ document }) => document)).toEqual([expect.stringContaining('f-1')]);
  expect(part?.held?.waitsFor).toEqual([tee]);
});

it('nothing where nothing is known, and nothing where more than a name was refused', async () => {
  expect(await knownPart({ reservations: order(line('1', 'v-new')) })).toBeUndefined();
  expect(
    await knownPart({
      reservations: order(line('1', 'v-tee', '0.5'), line('2', 'v-new'), line('3', 'v-tee')),
    }),
  ).toBeUndefined();
});
