// A channel's catalogue is bound where its SKUs decide it; everything else is left to a person, readably.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CataloguePage } from '../../../src/connectors/contract.ts';
import { importCatalog } from '../../../src/core/catalog/import.ts';
import { importFromChannel } from '../../../src/core/catalog/import-channel.ts';
import { type TestDatabase, testDatabase } from '../../support/postgres.ts';

let database: TestDatabase;
let shop: number;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  await database.pool.query(`
    delete from listing; delete from location_binding; delete from barcode; delete from item;
    delete from location where code not like '@%'; delete from connection`);
  const { rows } = await database.pool.query(
    `insert into connection (name, connector) values ('shop', 'demo') returning id`,
  );
  shop = rows[0].id;
});

type Listing = CataloguePage['listings'][number];
const listing = (id: string, sku: string, more: Partial<Listing> = {}): Listing => ({
  id,
  sku,
  title: `Title of ${id}`,
  pushable: true,
  ...more,
});
async function* pagesOf(...pages: Partial<CataloguePage>[]): AsyncGenerator<CataloguePage> {
  for (const page of pages) yield { locations: [], listings: [], ...page };
}
const bindings = async () =>
  (
    await database.pool.query(
      'select external_id as listing, sku from listing join item on item.id = item_id order by 1',
    )
  ).rows;
const items = (csv: string) => importCatalog(database.pool, 'items', csv);
const run = (
  pages: AsyncIterable<CataloguePage>,
  createItems = false,
  locations: 'create' | 'match' = 'match',
) => importFromChannel(database.pool, shop, pages, { createItems, locations });

describe('listings', () => {
  it('bind by exact SKU; repeating it changes nothing', async () => {
    await items('sku\nA\nB\n');
    const pages = () =>
      pagesOf({ listings: [listing('1', 'A')] }, { listings: [listing('2', 'B'), listing('1', 'A')] });
    expect((await run(pages())).listings).toEqual({
      bound: 2,
      createdItems: 0,
      kept: 0,
      changed: 0,
      undecided: [],
    });
    expect((await run(pages())).listings).toEqual({
      bound: 0,
      createdItems: 0,
      kept: 2,
      changed: 0,
      undecided: [],
    });
    expect(await bindings()).toEqual([
      { listing: '1', sku: 'A' },
      { listing: '2', sku: 'B' },
    ]);
  });

  it.each([false, true])(
    'what is not certain is left to a person (creating items: %s)',
    async (createItems) => {
      await items('sku\nA\nTee-M\n');
      const { listings } = await run(
        pagesOf(
          { listings: [listing('1', ''), listing('2', '  '), listing('3', 'A')] },
          {
            listings: [
              listing('4', 'A'),
              listing('5', 'TEE-M'),
              listing('6', ' B '),
              listing('7', 'N\u0000'),
            ],
          },
        ),
        createItems,
      );
      expect(listings).toMatchObject({ bound: 0, createdItems: 0 });
      expect(listings.undecided.map(({ id, problem }) => [id, problem])).toEqual([
        ['1', 'has no SKU'],
        ['2', 'has no SKU'],
        ['3', 'shares its SKU with 1 other listing'],
        ['4', 'shares its SKU with 1 other listing'],
        ['5', 'differs from item “Tee-M” in upper and lower case only'],
        ['6', 'has a SKU with spaces around it'],
        ['7', 'has a SKU that cannot be kept'],
      ]);
      for (const { help } of listings.undecided) expect(help).not.toBe('');
      expect(await bindings()).toEqual([]);
    },
  );

  it('an unknown SKU is reported, or made into an item with its title and its own barcode', async () => {
    const pages = () =>
      pagesOf({
        listings: [
          listing('1', 'A', { barcode: '4001' }),
          listing('2', 'B', { barcode: '4002' }),
          listing('3', 'C', { barcode: '4002' }),
        ],
      });
    expect((await run(pages())).listings.undecided.map(({ problem }) => problem)).toEqual(
      Array(3).fill('no item has this SKU'),
    );
    expect((await run(pages(), true)).listings).toMatchObject({ bound: 3, createdItems: 3, undecided: [] });
    const { rows } = await database.pool.query(
      'select sku, name, code from item left join barcode on item_id = item.id order by 1',
    );
    expect(rows).toEqual([
      { sku: 'A', name: 'Title of 1', code: '4001' },
      { sku: 'B', name: 'Title of 2', code: null },
      { sku: 'C', name: 'Title of 3', code: null },
    ]);
  });

  it('a listing never moves to another item by itself', async () => {
    await items('sku\nA\nB\n');
    await run(pagesOf({ listings: [listing('1', 'A')] }));
    const { listings } = await run(pagesOf({ listings: [listing('1', 'B')] }), true);
    expect(listings.undecided).toMatchObject([
      { id: '1', sku: 'B', problem: expect.stringContaining('stays bound to item “A”') },
    ]);
    expect(await bindings()).toEqual([{ listing: '1', sku: 'A' }]);
  });

  it('whether it can be pushed to follows the channel, unless a person said no', async () => {
    await items('sku\nA\nB\n');
    const pages = (pushable: boolean) =>
      pagesOf({
        listings: ['A', 'B'].map((sku) =>
          listing(sku, sku, pushable ? {} : { pushable, reason: 'a bundle' }),
        ),
      });
    await run(pages(true));
    await importCatalog(database.pool, 'listings', 'connection,listing,sku,pushable\nshop,B,B,no\n');
    expect((await run(pages(false))).listings).toMatchObject({ kept: 2, changed: 1 });
    expect((await run(pages(true))).listings).toMatchObject({ kept: 2, changed: 1 });
    const { rows } = await database.pool.query(
      'select external_id, pushable, reason from listing order by 1',
    );
    expect(rows).toEqual([
      { external_id: 'A', pushable: true, reason: null },
      { external_id: 'B', pushable: false, reason: 'set in the catalogue' },
    ]);
  });

  it('a channel that fails half way leaves everything as it was', async () => {
    await items('sku\nA\n');
    async function* failing(): AsyncGenerator<CataloguePage> {
      yield* pagesOf({ listings: [listing('1', 'A')] });
      throw new Error('connection reset');
    }
    await expect(run(failing())).rejects.toThrow('connection reset');
    expect(await bindings()).toEqual([]);
  });
});

describe('locations', () => {
  const location = (id: string, name: string, active = true) => ({ id, name, active });

  it('match by exact code or name; the rest is left to a person', async () => {
    await importCatalog(database.pool, 'locations', 'code,name\nMAIN,Main shop\nL-2,\nX1,Twin\nX2,Twin\n');
    const pages = () =>
      pagesOf({
        locations: [
          location('1', 'Main shop'),
          location('L-2', 'Back'),
          location('3', 'Twin'),
          location('4', 'main shop'),
          location('5', 'Closed', false),
          location('6', 'Same'),
          location('7', 'Same'),
        ],
      });
    const { locations } = await run(pages());
    expect(locations.bound.map(({ id, code, created }) => [id, code, created])).toEqual([
      ['1', 'MAIN', false],
      ['L-2', 'L-2', false],
    ]);
    expect(locations.inactive).toBe(1);
    expect(locations.undecided.map(({ id, problem }) => [id, problem])).toEqual([
      ['3', 'several locations have this name'],
      ['4', 'no location of ours has this code or name'],
      ['6', 'several locations have this name'],
      ['7', 'several locations have this name'],
    ]);
    expect((await run(pages())).locations).toMatchObject({ bound: [], unchanged: 2 });
  });

  it('on request those without a match are made, under codes of their own', async () => {
    await importCatalog(database.pool, 'locations', 'code,name\nHIGH-STREET,Old\n');
    const { locations } = await run(
      pagesOf({ locations: [location('1', 'High Street!'), location('2', '東京'), location('3', '!!!')] }),
      false,
      'create',
    );
    expect(locations.bound.map(({ code, created }) => [code, created])).toEqual([
      ['HIGH-STREET-2', true],
      ['東京', true],
      ['LOCATION', true],
    ]);
    const { rows } = await database.pool.query(
      'select code from location_binding join location on location.id = location_id order by external_id',
    );
    expect(rows.map(({ code }) => code)).toEqual(['HIGH-STREET-2', '東京', 'LOCATION']);
  });

  it('the hub’s own virtual locations are never matched', async () => {
    const { locations } = await run(pagesOf({ locations: [location('@customer', 'Customers')] }));
    expect(locations).toMatchObject({ bound: [], undecided: [{ id: '@customer' }] });
  });
});
