// What was said about cost and value stays as it was said: the database itself refuses to change or remove it.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { factKey } from '../../../src/core/ledger/movement.ts';
import { at, line, movement } from '../ledger/world.ts';
import { type BooksWorld, openBooksWorld } from './books-world.ts';

let world: BooksWorld;
beforeAll(async () => {
  world = await openBooksWorld();
  const [itemId = 0] = world.items;
  await world.say({
    kind: 'expected_cost',
    key: factKey(1, { type: 'expected', id: '1' }),
    document: 'expected cost 1',
    effectiveAt: at(0),
    content: { itemId, unitCost: '2' },
  });
  await world.post(movement('receipt', 10, [line(itemId, 5, world.place('@supplier'), world.place('MAIN'))]));
  await world.value();
});
afterAll(() => world.close());

it.each([
  ['cost_entry', 'update cost_entry set amount = amount + 1'],
  ['cost_entry', 'update cost_entry set effective_at = now()'],
  ['cost_entry', 'delete from cost_entry'],
  ['cost_entry', 'truncate cost_entry cascade'],
  ['cost_document', `update cost_document set content = '{}'`],
  ['cost_document', 'delete from cost_document'],
  ['cost_document', 'truncate cost_document cascade'],
  ['cost_policy', `update cost_policy set method = 'average'`],
  ['cost_policy', 'delete from cost_policy'],
])('I5: %s refuses “%s”', async (table, statement) => {
  const contents = async () => (await world.database.pool.query(`select * from ${table}`)).rows;
  const before = await contents();
  expect(before.length).toBeGreaterThan(0);
  await expect(world.database.pool.query(statement)).rejects.toMatchObject({
    code: '23000',
    message: expect.stringMatching(/^I5: /),
  });
  expect(await contents()).toEqual(before);
});
