// Availability read from the database: the right places, reservations, lots, kits and factors, all of one instant.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { policySchema } from '../../../src/core/availability/policy.ts';
import { readAvailability } from '../../../src/core/availability/stock.ts';
import { at, line, movement, moves, openWorld, posting, type Shelf, type World } from '../ledger/world.ts';

let world: World;
/** The database's day, which the lots are made for. */
let day = '';
const listings = new Map<string, number>();
const lots = new Map<string, number>();

beforeAll(async () => {
  world = await openWorld({ items: 6 });
  const { pool } = world.database;
  day = (await pool.query<{ day: string }>('select current_date::text as day')).rows[0]?.day ?? '';
  await pool.query(`update item set is_kit = true where sku in ('SKU-5', 'SKU-6')`);
  await pool.query(
    `insert into kit_component (kit_id, component_id, quantity) select k.id, c.id, q from (values ('SKU-5', 'SKU-1', 2), ('SKU-5', 'SKU-2', 1)) v(kit, component, q)
     join item k on k.sku = v.kit join item c on c.sku = v.component`,
  );
  const rows = await pool.query<{ id: number; external_id: string }>(
    `insert into listing (connection_id, external_id, item_id, factor)
     select 1, v.id, i.id, v.factor from (values ('one', 'SKU-1', 1), ('six', 'SKU-1', 6), ('two', 'SKU-2', 1), ('lots', 'SKU-3', 1), ('none', 'SKU-4', 1), ('kit', 'SKU-5', 1), ('bare', 'SKU-6', 1)) v(id, sku, factor)
     join item i on i.sku = v.sku returning id, external_id`,
  );
  for (const row of rows.rows) listings.set(row.external_id, row.id);
  await pool.query(
    `insert into location_binding (connection_id, external_id, location_id) values (1, 'web', $1), (1, 'shop', $2)`,
    [world.location('MAIN'), world.location('SHOP')],
  );
  const [one = 0, two = 0, three = 0] = world.items;
  const expiries = await pool.query<{ id: number; code: string }>(
    `insert into lot (item_id, code, expires_on) values ($1, 'old', current_date - 1), ($1, 'soon', current_date + 9), ($1, 'fresh', current_date + 90), ($1, 'undated', null) returning id, code`,
    [three],
  );
  for (const row of expiries.rows) lots.set(row.code, row.id);
  const receive = (itemId: number, quantity: number, shelf: Shelf = 'MAIN', lot?: string) =>
    moves(
      movement('receipt', 0, [
        line(
          itemId,
          quantity,
          world.place('@supplier'),
          world.place(shelf),
          lot === undefined ? null : (lots.get(lot) ?? null),
        ),
      ]),
    );
  await world.ledger.post([
    receive(one, 20),
    receive(one, 5, 'SHOP'),
    receive(one, 100, 'BACK'),
    moves(movement('status_change', 1, [line(one, 3, world.place('MAIN'), world.place('MAIN', 'damaged'))])),
    receive(two, 6),
    ...['old', 'soon', 'fresh', 'undated'].map((lot) => receive(three, 10, 'MAIN', lot)),
    posting({
      reservations: [
        {
          order: 'o',
          version: '1',
          reservedAt: at(0),
          lines: [
            { line: '1', itemId: one, locationId: world.location('MAIN'), quantity: '4' },
            { line: '2', itemId: one, locationId: world.location('SHOP'), quantity: '1' },
          ],
        },
      ],
    }),
  ]);
});
afterAll(() => world.close());

const read = async (listing: string, externalLocation: string, policy: object = {}) => {
  const listingId = listings.get(listing) ?? 0;
  const terms = await readAvailability(
    world.database.pool,
    [{ listingId, externalLocation }],
    policySchema.parse(policy),
    day,
  );
  return terms.get(`${listingId}|${externalLocation}`);
};
const available = async (listing: string, externalLocation: string, policy: object = {}) =>
  (await read(listing, externalLocation, policy))?.available;

describe('what a listing has at a channel location', () => {
  it('sellable stock less reservations of the bound location alone', async () => {
    expect(await read('one', 'web')).toMatchObject({
      available: '13',
      components: [
        { sku: 'SKU-1', places: [{ location: 'MAIN', sellable: '17', reserved: '4', expiring: '0' }] },
      ],
    });
    expect(await available('one', 'shop')).toBe('4');
  });

  it.each<[string, string, string, object, string]>([
    ['a listing sold in sixes', 'six', 'web', {}, '2'],
    [
      'locations pooled by the policy, instead of the bound one',
      'one',
      'web',
      { locations: { web: ['MAIN', 'SHOP'] } },
      '17',
    ],
    ['pooled without the bound one', 'one', 'web', { locations: { web: ['BACK'] } }, '100'],
    ['a location that is only pooled, not bound', 'one', 'outlet', { locations: { outlet: ['SHOP'] } }, '4'],
    [
      'pooling of another location changes nothing here',
      'one',
      'shop',
      { locations: { web: ['BACK'] } },
      '4',
    ],
    ['a location neither bound nor pooled', 'one', 'nowhere', {}, '0'],
    ['an item that never had stock', 'none', 'web', {}, '0'],
    ['a kit: the least over its components, reservations of components included', 'kit', 'web', {}, '6'],
    ['a kit without components', 'bare', 'web', {}, '0'],
    ['terms of the item’s own', 'one', 'web', { items: { 'SKU-1': { buffer: { units: 3 } } } }, '10'],
    [
      'a kit is judged by its own terms, not by its components’',
      'kit',
      'web',
      { items: { 'SKU-1': { share: 0 }, 'SKU-5': { cap: 2 } } },
      '2',
    ],
    ['expired lots are left out', 'lots', 'web', {}, '30'],
    ['with a window, lots that expire within it too', 'lots', 'web', { shelfLifeDays: 10 }, '20'],
    ['the last day inside the window counts as inside', 'lots', 'web', { shelfLifeDays: 9 }, '30'],
    ['a window for one item', 'lots', 'web', { items: { 'SKU-3': { shelfLifeDays: 100 } } }, '10'],
    ['a window for another item', 'lots', 'web', { items: { 'SKU-1': { shelfLifeDays: 100 } } }, '30'],
  ])('%s', async (_, listing, location, policy, units) => {
    expect(await available(listing, location, policy)).toBe(units);
  });

  it('what expires is never more than what is sellable: a count that knew no lots does not take from other places', async () => {
    const [, , three = 0] = world.items;
    await world.ledger.post([
      moves(
        movement('receipt', 0, [
          line(three, 10, world.place('@supplier'), world.place('SHOP'), lots.get('old') ?? null),
        ]),
      ),
      moves(movement('adjustment', 1, [line(three, 8, world.place('SHOP'), world.place('@adjustment'))])),
    ]);
    expect(await available('lots', 'shop')).toBe('0');
    expect(await available('lots', 'web', { locations: { web: ['MAIN', 'SHOP'] } })).toBe('30');
  });

  it('many levels in one reading, each with its own terms', async () => {
    const levels = [...listings.values()].flatMap((listingId) =>
      ['web', 'shop'].map((externalLocation) => ({ listingId, externalLocation })),
    );
    const terms = await readAvailability(world.database.pool, levels, policySchema.parse({}), day);
    expect(terms.size).toBe(levels.length);
    for (const level of levels) {
      const alone = await readAvailability(world.database.pool, [level], policySchema.parse({}), day);
      const key = `${level.listingId}|${level.externalLocation}`;
      expect(terms.get(key)).toEqual(alone.get(key));
    }
  });

  it('stock beyond what a document may say is still read', async () => {
    const [, , , four = 0] = world.items;
    const huge = () =>
      moves(
        movement('receipt', 0, [
          line(four, '999999999999999', world.place('@supplier'), world.place('BACK')),
        ]),
      );
    await world.ledger.post([huge(), huge(), huge()]);
    expect(await available('none', 'web', { locations: { web: ['BACK'] } })).toBe('2999999999999997');
    const [result] = await world.ledger.post([
      moves(movement('shipment', 1, [line(four, 1, world.place('BACK'), world.place('@customer'))])),
    ]);
    expect(result?.movements[0]?.outcome).toBe('posted');
  });
});
