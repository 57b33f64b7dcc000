// What is in the ledger and in the inbox stays: the database itself refuses to change or remove it (I1, I5, I12).
import { afterAll, beforeAll, expect, it } from 'vitest';
import { count, counts, line, movement, moves, openWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  const [itemId = 0] = world.items;
  await world.ledger.post([
    moves(movement('receipt', 0, [line(itemId, 5, world.place('@supplier'), world.place('MAIN'))])),
    counts(count(5, itemId, world.place('MAIN'), 4)),
  ]);
  await world.database.pool.query(
    `insert into inbox_event (connection_id, dedupe_key, topic, source, sha256, body) values (1, 'kept', 't', 'webhook', 'x', 'x')`,
  );
});
afterAll(() => world.close());

const contents = async (table: string) => (await world.database.pool.query(`select * from ${table}`)).rows;

it.each([
  ['I5', 'movement', 'update movement set quantity = quantity + 1'],
  ['I5', 'movement', 'delete from movement'],
  ['I5', 'movement', 'truncate movement'],
  ['I12', 'ledger_batch', 'update ledger_batch set lines = lines + 1'],
  ['I12', 'ledger_batch', 'delete from ledger_batch'],
  ['I12', 'ledger_batch', 'truncate ledger_batch'],
  ['I5', 'stock_count', 'update stock_count set quantity = 9'],
  ['I5', 'stock_count', 'delete from stock_count'],
  ['I5', 'stock_count', 'truncate stock_count'],
  ['I1', 'inbox_event', 'delete from inbox_event'],
  ['I1', 'inbox_event', 'truncate inbox_event cascade'],
])('%s: %s refuses “%s”', async (invariant, table, statement) => {
  const before = await contents(table);
  expect(before.length).toBeGreaterThan(0);
  await expect(world.database.pool.query(statement)).rejects.toMatchObject({
    code: '23000',
    message: expect.stringMatching(new RegExp(`^${invariant}: `)),
  });
  expect(await contents(table)).toEqual(before);
});

it.each([
  ['i2_quantity_is_positive', '0', 'sellable'],
  ['i2_quantity_is_positive', '-1', 'sellable'],
  ['i2_two_different_ends', '1', 'same'],
])('I2: the database refuses a line that breaks %s', async (constraint, quantity, to) => {
  const attempt = world.database.pool.query(
    `insert into movement (batch_id, position, key, line, type, occurred_at, recorded_at, connection_id, document, item_id, quantity,
       from_location_id, from_state, to_location_id, to_state, fingerprint)
     select batch_id, position + 100, gen_random_uuid(), 0, type, occurred_at, recorded_at, connection_id, document, item_id, $1,
       from_location_id, from_state, case when $2 = 'same' then from_location_id else to_location_id end, from_state, fingerprint
     from movement order by position limit 1`,
    [quantity, to],
  );
  await expect(attempt).rejects.toMatchObject({ constraint });
});

it('I3: the database refuses a second line under the same key', async () => {
  await expect(
    world.database.pool.query(
      `insert into movement select batch_id, position + 100, key, line, type, occurred_at, recorded_at, connection_id, inbox_event_id, document, reference,
         item_id, lot_id, quantity, from_location_id, from_state, to_location_id, to_state, unit_cost, currency, corrects, fingerprint from movement limit 1`,
    ),
  ).rejects.toMatchObject({ constraint: 'i3_one_effect_per_fact' });
});

it('I6: the database refuses a guarded balance below zero', async () => {
  await expect(
    world.database.pool.query(`update balance set quantity = -1 where location_id = $1`, [
      world.location('MAIN'),
    ]),
  ).rejects.toMatchObject({ constraint: 'i6_stock_not_negative' });
});
