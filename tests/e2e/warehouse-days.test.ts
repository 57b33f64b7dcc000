// Documents that name a day and no time: they count at the end of it, or from when they first came, and always from there.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { laneOf } from '../../src/core/ledger/chain.ts';
import { type Instant, instantFrom } from '../../src/core/vocabulary/instant.ts';
import { receiveFile } from '../../src/workers/exchange.ts';
import { interchange, openWarehouse, type Warehouse } from './warehouse.ts';

let rig: Warehouse;

/** Noon of the 20th of November in Chicago, which is six hours behind. */
const CUTOVER = '2026-11-20T18:00:00Z';
const END_OF_20TH = '2026-11-21 05:59:59.999999';

beforeAll(async () => {
  rig = await openWarehouse();
  await rig.database.pool.query('update connection set cutover_at = $1 where id = $2', [
    CUTOVER,
    rig.live.id,
  ]);
});
afterAll(async () => {
  await rig.expectSound();
  await rig.close();
});

/** Hands in a file as if it were `at` now, and waits until it is booked. */
async function receive(name: string, text: string, at: string): Promise<void> {
  await receiveFile(rig.running.hub, rig.live, {
    name,
    bytes: Buffer.from(text),
    now: () => new Date(at),
  });
  await rig.settle();
}
const receipt = (number: string, day: string, more: readonly string[] = []): string =>
  interchange('RE', '944', [
    `W17*F*${day}*${number}*TR-${number}`,
    'N1*WH*Northwind*92*WH01',
    ...more,
    'W07*40*EA**SK*MUG-01',
    'W14*40',
  ]);
const shipment = (number: string, day: string, quantity: number, more: readonly string[] = []): string =>
  interchange('SW', '945', [
    `W06*F*FO-${number}*${day}*${number}`,
    'N1*WH*Northwind*92*WH01',
    ...more,
    'LX*1',
    `W12*CC*${quantity}*${quantity}*0*EA**SK*MUG-01`,
    `W03*${quantity}`,
  ]);
/** When each movement of a document took effect, in UTC. */
const instantsOf = async (number: string): Promise<string[]> =>
  (
    await rig.database.pool.query<{ at: string }>(
      `select distinct to_char(occurred_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') as at from movement
       where document like '%' || $1 || '%' and type <> 'count' order by 1`,
      [number],
    )
  ).rows.map(({ at }) => at);
const last = async () => (await rig.events()).at(-1);

describe('a document that names its day alone', () => {
  it('of the day of the cut-over moves the stock, at the time it came', async () => {
    await receive('944.txt', receipt('RC-1', '20261120'), '2026-11-20T21:00:00Z');
    expect(await last()).toMatchObject({ status: 'applied' });
    expect(await instantsOf('RC-1')).toEqual(['2026-11-20 21:00:00.000000']);
    expect(await rig.stock()).toEqual({ 'MUG-01 sellable': '40' });
  });

  it('I3: counts from there when it comes again in another file the next day, whatever else that says', async () => {
    const before = await rig.ledgerPrint();
    const events = (await rig.events()).length;
    await receive('944-again.txt', receipt('RC-1', '20261120'), '2026-11-21T15:00:00Z');
    expect(await rig.events()).toHaveLength(events);
    await receive('944-more.txt', receipt('RC-1', '20261120', ['N9*BM*BOL-7']), '2026-11-21T15:00:00Z');
    expect(await rig.events()).toHaveLength(events + 1);
    expect(await last()).not.toMatchObject({ status: 'quarantined' });
    expect(await rig.ledgerPrint()).toBe(before);
  });

  it('I10: told a day later counts at its end, and within it', async () => {
    await receive('945.txt', shipment('SHP-1', '20261120', 1), '2026-11-22T09:00:00Z');
    expect(await instantsOf('SHP-1')).toEqual([END_OF_20TH]);
  });

  it('that has not begun where the warehouse stands counts from its beginning', async () => {
    await receive('945-early.txt', shipment('SHP-2', '20261123', 1), '2026-11-23T05:00:00Z');
    expect(await instantsOf('SHP-2')).toEqual(['2026-11-23 06:00:00.000000']);
  });

  it('I3: is the same one as before, whichever instant of its day it had then', async () => {
    const before = await rig.ledgerPrint();
    await receive('945-late.txt', shipment('SHP-2', '20261123', 1, ['N9*BM*BOL-8']), '2026-11-24T05:00:00Z');
    expect(await last()).not.toMatchObject({ status: 'quarantined' });
    expect(await rig.ledgerPrint()).toBe(before);
  });

  it('that was refused when it came dates nobody', async () => {
    const right = shipment('SHP-3', '20261124', 1);
    await receive('945-wrong.txt', right.replace('SE*7*', 'SE*9*'), '2026-11-24T15:00:00Z');
    const again = shipment('SHP-3', '20261124', 1);
    await receive('945-right.txt', again, '2026-11-24T16:00:00Z');
    expect(await instantsOf('SHP-3')).toEqual(['2026-11-24 16:00:00.000000']);
  });

  it('is not taken for counted by a count of the same morning', async () => {
    const { rows } = await rig.database.pool.query<{ item: number; place: number }>(
      `select i.id as item, l.id as place from item i, location l where i.sku = 'MUG-01' and l.code = 'NORTHWIND'`,
    );
    const [{ item, place } = { item: 0, place: 0 }] = rows;
    const countedAt: Instant = instantFrom('2026-11-25T14:00:00Z');
    const count = {
      ...{ key: '5d3c1bb0-6e0c-7000-8000-000000000001', document: 'count of the morning', itemId: item },
      ...{ place: { locationId: place, state: 'sellable' as const }, countedAt, quantity: '37' },
    };
    const none = { inboxEventId: null, movements: [], observations: [], reservations: [], note: null };
    await rig.running.hub.ledger.post([{ connectionId: rig.live.id, ...none, counts: [count] }], {
      lane: laneOf(item),
    });
    await receive('945-after.txt', shipment('SHP-4', '20261125', 5), '2026-11-25T21:10:00Z');
    expect((await rig.stock())['MUG-01 sellable']).toBe('32');
  });
});

describe('a document without any date', () => {
  it('I3: counts from when it first came, however often it comes', async () => {
    const text = (more: readonly string[] = []) => shipment('SHP-9', '', 2, more);
    await receive('undated.txt', text(), '2026-11-26T15:00:00Z');
    const before = await rig.ledgerPrint();
    await receive('undated-again.txt', text(['N9*BM*BOL-9']), '2026-11-28T15:00:00Z');
    expect(await last()).not.toMatchObject({ status: 'quarantined' });
    expect(await rig.ledgerPrint()).toBe(before);
    expect(await instantsOf('SHP-9')).toEqual(['2026-11-26 15:00:00.000000']);
  });
});
