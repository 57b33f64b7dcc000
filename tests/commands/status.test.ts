// What `stockbridge status` brings before a person: each kind of trouble is there when it is, and gone when it is not.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attentionOf, attentionText } from '../../src/commands/status.ts';
import { overdue } from '../../src/core/fulfilment/overdue.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';

let database: TestDatabase;
const run = (text: string) => database.pool.query(text);

beforeAll(async () => {
  database = await testDatabase();
  await run(`
    insert into connection (name, connector, cutover_at) values ('shop', 'demo', now()), ('northwind', 'threepl', now());
    insert into item (sku) values ('PIN'), ('MUG');
    insert into location (code, kind, authority_id) select 'NORTHWIND', '3pl', id from connection where name = 'northwind';
    insert into balance (item_id, location_id, state, quantity, overdraft)
      select i.id, l.id, 'sellable', 6, false from item i, location l where l.code = 'NORTHWIND' and i.sku in ('PIN', 'MUG');
    insert into sales_order (connection_id, document, version) select id, 'order-1', 1 from connection where name = 'shop';
    insert into reservation (order_id, line, item_id, location_id, quantity, reserved_at)
      select o.id, 'line-1', i.id, l.id, case i.sku when 'PIN' then 8 else 2 end, now() from sales_order o, item i, location l where l.code = 'NORTHWIND';
    insert into fulfilment_order (connection_id, channel_id, order_document, location_id, number, status, send_after, ship_by)
      select n.id, s.id, 'order-1', l.id, 'FO-1', 'sent', now(), now() - interval '1 hour' from connection n, connection s, location l
      where n.name = 'northwind' and s.name = 'shop' and l.code = 'NORTHWIND';
    insert into fulfilment_order_line (fulfilment_order_id, line, item_id, quantity)
      select f.id, 'line-1', i.id, 2 from fulfilment_order f, item i where i.sku = 'MUG'`);
});
afterAll(() => database.drop());

const found = async () => [...(await attentionOf(database.pool)), ...(await overdue(database.pool))];

describe('what a person must look at', () => {
  it('names the item of which more is promised than is there, and no other', async () => {
    expect(await found()).toContainEqual({
      connection: 'shop',
      what: 'items promised beyond what is on the shelf',
      count: 1,
      example: 'PIN at NORTHWIND: 8 promised, 6 there',
    });
    await run(`update reservation set quantity = 6 where quantity = 8`);
    expect((await found()).map((each) => each.what)).not.toContain(
      'items promised beyond what is on the shelf',
    );
  });

  it('names an order that the warehouse has not shipped in time', async () => {
    const late = (await found()).find((each) => each.what === 'orders sent and not shipped in time');
    expect(late).toMatchObject({ connection: 'northwind', count: 1 });
    expect(late?.example).toMatch(/^FO-1, due \d{4}-\d\d-\d\d \d\d:\d\d UTC$/);
    await run(`update fulfilment_order set ship_by = now() + interval '1 day'`);
    expect((await found()).map((each) => each.what)).not.toContain('orders sent and not shipped in time');
  });

  it('names an order that was changed at the shop after it was sent', async () => {
    expect((await found()).map((each) => each.what)).not.toContain('orders changed after they were sent');
    await run(`update reservation r set quantity = 1 from item i where i.id = r.item_id and i.sku = 'MUG'`);
    expect(await found()).toContainEqual({
      connection: 'northwind',
      what: 'orders changed after they were sent',
      count: 1,
      example: 'FO-1: MUG was sent as 2, and 1 are wanted now',
    });
  });

  it('names a document whose acknowledgement is overdue', async () => {
    await run(`
      insert into partner_file (connection_id, is_outbound, name, sha256, size) select id, true, '940.txt', '\\x00', 1 from connection where name = 'northwind';
      insert into partner_document (connection_id, file_id, is_outbound, type, number, is_valid, acknowledgement, acknowledge_by)
        select connection_id, id, true, '940', 'FO-1', true, 'awaited', now() - interval '1 minute' from partner_file`);
    expect((await found()).find((each) => each.what === 'acknowledgements overdue')).toMatchObject({
      count: 1,
    });
    await run(`update partner_document set acknowledgement = 'accepted'`);
    expect((await found()).map((each) => each.what)).not.toContain('acknowledgements overdue');
  });

  it('says what a cut-over is about, and tells one thing without counting it', async () => {
    await run("insert into connection (name, connector) values ('till', 'square')");
    const till = (await found()).filter(({ connection }) => connection === 'till');
    expect(till.map(attentionText)).toEqual([
      'till: without a cut-over: its events wait. stockbridge cutover till lets what is dated since its stock was counted move stock, else from now on, and nothing before ever; --at names another instant',
    ]);
    expect(attentionText({ connection: 'c', what: 'orders', count: 2, example: 'A' })).toBe(
      'c: 2 orders, such as A',
    );
  });
});
