// A document is told again after its kit or its listing was changed: what is booked stays, what is not is read by the catalogue of
// today, and what says something else is a conflict as ever.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { afterImport } from '../../src/commands/import.ts';
import { type ImportKind, importCatalog } from '../../src/core/catalog/import.ts';
import { explainEvent } from '../../src/core/explain/event.ts';
import { replay } from '../../src/core/inbox/replay.ts';
import { type MarketRig, openMarket } from '../e2e/market.ts';

let rig: MarketRig;
let soldAt = '';
beforeEach(async () => {
  rig = await openMarket({ stock: 100 });
  await given('items', 'sku,name\nSET,Set\nPOT,Pot\n');
  await given('kits', 'kit,component,quantity\nSET,MUG,2\nSET,TEA,1\n');
  await given('listings', 'connection,listing,sku,factor\ndock,six,MUG,6\n');
  await rig.move('POT', 100);
  soldAt = new Date().toISOString();
});
afterEach(() => rig.close());

async function given(kind: ImportKind, csv: string): Promise<void> {
  const report = await importCatalog(rig.database.pool, kind, csv);
  expect(report.rejected).toEqual([]);
  await afterImport(rig.hub.database, report.touched);
}

/** Tells a sale, under an id of its own, and answers how its event ends. The same document is the same sale. */
async function tell(document: string, item: { sku: string } | { listing: string }, ...quantities: string[]) {
  const lines = quantities.map((quantity) => ({ ...item, quantity, location: 'gate' }));
  const id = await rig.store({ type: 'sale', document, occurredAt: soldAt, lines });
  await rig.interpret();
  return rig.status(id);
}
const stock = async () => [await rig.free('MUG'), await rig.free('TEA'), await rig.free('POT')];
const conflicts = async () => (await rig.database.pool.query('select from ledger_conflict')).rowCount;
const APPLIED = { status: 'applied', code: null };
const STAYS = {
  ...APPLIED,
  reason: expect.stringContaining('stays as it was booked: by the catalogue of then'),
};
const SET = { sku: 'SET' };
const SIX = { listing: 'six' };

test('I4: a sale of a kit that was changed since stays as it was booked, and the next one moves what the kit holds now', async () => {
  expect(await tell('S-1', SET, '1')).toMatchObject(APPLIED);
  expect(await stock()).toEqual([98, 99, 100]);
  await given('kits', 'kit,component,quantity\nSET,MUG,1\nSET,POT,3\n');
  expect(await tell('S-1', SET, '1')).toMatchObject(STAYS);
  expect(await stock()).toEqual([98, 99, 100]);
  const { rows } = await rig.database.pool.query<{ id: string }>(
    'select max(id)::text as id from inbox_event',
  );
  expect((await explainEvent(rig.database.pool, rows[0]?.id ?? ''))?.reason).toContain(
    'stays as it was booked',
  );
  expect(await tell('S-2', SET, '1')).toMatchObject(APPLIED);
  expect(await stock()).toEqual([97, 99, 97]);
  // Of a document that grew, only what is new moves.
  expect(await tell('S-1', SET, '1', '1')).toMatchObject(APPLIED);
  expect(await stock()).toEqual([96, 99, 94]);
  await given('kits', 'kit,component,quantity\nSET,TEA,5\n');
  for (const document of ['S-1', 'S-2']) expect(await tell(document, SET, '1')).toMatchObject(APPLIED);
  expect(await stock()).toEqual([96, 99, 94]);
  expect(await conflicts()).toBe(0);
  expect(await tell('S-1', SET, '2')).toMatchObject({ status: 'quarantined', code: 'key_conflict' });
  expect(await stock()).toEqual([96, 99, 94]);
  expect(await conflicts()).toBe(1);
});

test('I4: a sale of a listing that is bound to another item or factor since stays as it was booked', async () => {
  expect(await tell('R-1', SIX, '1')).toMatchObject(APPLIED);
  expect(await stock()).toEqual([94, 100, 100]);
  await given('listings', 'connection,listing,sku,factor\ndock,six,TEA,2\n');
  expect(await tell('R-1', SIX, '1')).toMatchObject(APPLIED);
  expect(await tell('R-2', SIX, '1')).toMatchObject(APPLIED);
  await given('listings', 'connection,listing,sku,factor\ndock,six,TEA,3\n');
  for (const document of ['R-1', 'R-2']) expect(await tell(document, SIX, '1')).toMatchObject(APPLIED);
  expect(await stock()).toEqual([94, 98, 100]);
  // Six of the item of today are as many as were booked of the other.
  expect(await tell('R-1', SIX, '2')).toMatchObject({ status: 'quarantined', code: 'key_conflict' });
  expect(await tell('R-2', SIX, '2')).toMatchObject({ status: 'quarantined', code: 'key_conflict' });
  expect(await stock()).toEqual([94, 98, 100]);
});

test('what is not booked yet is read by the catalogue of today', async () => {
  const short = await tell('N-1', SET, '60');
  expect(short).toMatchObject({ status: 'quarantined', code: 'stock_short' });
  await given('kits', 'kit,component,quantity\nSET,POT,1\n');
  await replay(rig.database.pool, { codes: ['stock_short'] });
  await rig.interpret();
  expect(await stock()).toEqual([100, 100, 40]);
});

test('an item that moved itself before it was a kit', async () => {
  expect(await tell('K-1', { sku: 'POT' }, '100')).toMatchObject(APPLIED);
  await given('kits', 'kit,component,quantity\nPOT,TEA,1\n');
  expect(await tell('K-1', { sku: 'POT' }, '100')).toMatchObject(APPLIED);
  expect(await tell('K-2', { sku: 'POT' }, '1')).toMatchObject(APPLIED);
  expect(await stock()).toEqual([100, 99, 0]);
});
