// The rest of an order that was shipped short: shown until it ships, until the shop no longer wants it, or until a person says
// what becomes of it.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { overdue } from '../../../src/core/fulfilment/overdue.ts';
import { type Told, typed } from '../../e2e/accountant.ts';
import { interchange, PROFILE } from '../../e2e/warehouse.ts';
import { openShop, ready, type Shop, type Wanted } from '../../e2e/warehouse-shop.ts';

let shop: Shop;
let folder = '';
let tests = 0;
let order = '';
let number = '';

beforeAll(async () => {
  shop = await openShop();
  folder = await mkdtemp(join(tmpdir(), 'stockbridge-rest-'));
  await writeFile(
    join(folder, 'stockbridge.yaml'),
    stringify({
      database: { url: shop.rig.database.url },
      log: { level: 'error' },
      connections: {
        northwind: { connector: 'threepl', settings: PROFILE, cutover: '2026-01-01T00:00:00Z' },
      },
    }),
  );
});
beforeEach(() => {
  tests += 1;
  order = `rest-${tests}`;
  shop.ask = () => ready({ L1: 1 });
});
afterAll(async () => {
  await shop.rig.expectSound();
  await shop.close();
  await rm(folder, { recursive: true, force: true });
});

const type = (...words: string[]): Promise<Told> => typed(['-c', join(folder, 'stockbridge.yaml'), ...words]);
const resolve = (rest: string, ...more: string[]) =>
  type('partner', 'resolve', 'northwind', number, '--rest', rest, '--by', 'Ada', ...more);
const status = async () => (await shop.row(order)).status;
const shown = async (): Promise<string[]> =>
  (await overdue(shop.rig.database.pool))
    .filter(({ example }) => new RegExp(`\\b${number}\\b`).test(example))
    .map(({ what }) => what);

async function sent(wanted: Wanted): Promise<void> {
  // What a person is shown of the orders before would stand in front of this one's.
  await shop.all(`update fulfilment_order set status = 'rejected' where status in ('sent', 'short')`);
  await shop.order(order, wanted);
  await shop.round();
  number = (await shop.row(order)).number;
  expect(await status()).toBe('sent');
}
const mugs = (ordered: number, shipped: number, code?: string) => [
  { sku: 'MUG-01', ordered, shipped, ...(code === undefined ? {} : { status: code }) },
];
/** Orders six, of which four leave, and nothing will follow. */
async function short(): Promise<void> {
  await sent({ L1: { 'MUG-01': 6 } });
  await shop.ship(number, mugs(6, 4));
  await shop.round();
  expect(await status()).toBe('short');
  expect(await shown()).toEqual(['orders shipped short']);
}

describe('an order that was shipped short is shown no more', () => {
  beforeEach(short);

  it('once the rest ships after all', async () => {
    await shop.ship(number, mugs(2, 2));
    await shop.round();
    expect(await status()).toBe('shipped');
    expect(await shown()).toEqual([]);
  });

  it('once the shop cancels it', async () => {
    await shop.order(order, {});
    await shop.round();
    expect(await shown()).toEqual([]);
    // Wanted again, it is a person's business again: nobody asks for it by itself.
    await shop.order(order, { L1: { 'MUG-01': 1 } });
    await shop.round();
    expect(await shown()).toEqual(['orders shipped short']);
  });

  it('once the shop edits it to what has left, and not as long as it wants more', async () => {
    await shop.order(order, { L1: { 'MUG-01': 1 } });
    await shop.round();
    expect(await shown()).toEqual(['orders shipped short']);
    await shop.order(order, { L2: { 'CAP-01': 1 } });
    await shop.round();
    expect(await shown()).toEqual([]);
  });

  it.each(['cancelled', 'never'])(
    'once a person says that the rest was or is `%s`; what is still reserved is named',
    async (rest) => {
      const { code, text } = await resolve(rest, '--note', 'told by telephone');
      expect(code).toBe(0);
      expect(text).toContain('2 MUG-01 of line L1 stay reserved until the shop no longer wants them');
      expect(await shown()).toEqual([]);
      expect(await shop.row(order)).toMatchObject({ status: 'short' });
      expect(
        await shop.all('select rest, rest_note, rest_by from fulfilment_order where number = $1', [number]),
      ).toEqual([{ rest, rest_note: 'told by telephone', rest_by: 'Ada' }]);
      await shop.round();
      expect(await shop.rows(order)).toHaveLength(1);
      expect(await shop.reserved(order)).toEqual(['L1 MUG-01 2']);
    },
  );

  it('once a person says that the rest comes later: it is waited for, and shown as late when it does not come', async () => {
    const { code, text } = await resolve('later', '--note', 'next lorry');
    expect([code, text]).toEqual([0, expect.stringMatching(/^FO-\d+: the rest is waited for until 20\d\d-/)]);
    expect(await status()).toBe('sent');
    expect(await shown()).toEqual([]);
    await shop.round();
    expect(await shop.files(number)).toHaveLength(1);
    await shop.all('update fulfilment_order set ship_by = clock_timestamp() where number = $1', [number]);
    expect(await shown()).toEqual(['orders sent and not shipped in time']);
    await resolve('later', '--note', 'the lorry after it');
    expect(await shown()).toEqual([]);
    await shop.ship(number, mugs(2, 2));
    await shop.round();
    expect(await status()).toBe('shipped');
    expect(await shown()).toEqual([]);
    expect(await shop.reserved(order)).toEqual([]);
  });

  it('until it falls short again, though a person had said that the rest comes later', async () => {
    await resolve('later', '--note', 'next lorry');
    await shop.ship(number, mugs(2, 0, 'DS'));
    await shop.round();
    expect(await status()).toBe('short');
    expect(await shown()).toEqual(['orders shipped short']);
  });
});

describe('what a person said of the rest', () => {
  it('does not stand against what leaves or comes back afterwards', async () => {
    await short();
    await resolve('never', '--note', 'sold out');
    await shop.ship(number, mugs(2, 1));
    await shop.round();
    expect(await shown()).toEqual(['orders shipped short']);
    await resolve('cancelled', '--note', 'refunded');
    await shop.ship(number, mugs(1, 1));
    await shop.round();
    expect(await status()).toBe('shipped');
  });

  it.each([
    ['never', 'PR', 'short'],
    ['later', 'CP', 'sent'],
  ])(
    'I3: `%s` stands although the shipment comes once more, %s and with a tracking number',
    async (rest, code, as) => {
      await sent({ L1: { 'MUG-01': 6 } });
      const first = { number: `SHP-${tests}` };
      await shop.ship(number, mugs(6, 4, code), { ...first, tracking: '1Z-FIRST' });
      await shop.round();
      await resolve(rest, '--note', 'told by telephone');
      expect(await status()).toBe(as);
      await shop.ship(number, mugs(6, 4, code), { ...first, tracking: '1Z-SECOND' });
      await shop.round();
      expect(
        await shop.all(
          'select from partner_document where number = $1 and progress is not null and progressed_at is not null',
          [first.number],
        ),
      ).toHaveLength(2);
      expect(await status()).toBe(as);
      expect(await shown()).toEqual([]);
    },
  );

  it('is asked for when a shipment came back: the shop was told that it left', async () => {
    await sent({ L1: { 'MUG-01': 2 } });
    await shop.ship(number, mugs(2, 2), { number: `SHP-${tests}` });
    await shop.round();
    await shop.ship(number, [{ sku: 'MUG-01', ordered: 2, shipped: 2, reversal: true }], {
      ...{ number: `SHP-${tests}-R`, original: `SHP-${tests}` },
    });
    await shop.round();
    expect(await shop.reserved(order)).toEqual([]);
    expect(await shown()).toEqual(['orders shipped short']);
    const { text } = await resolve('cancelled', '--note', 'refunded');
    expect(text).not.toContain('reserved');
    expect(await shown()).toEqual([]);
  });
});

describe('an order that the warehouse may ship although nobody wants it', () => {
  it('is settled by a person whose word stands for the answer, until the warehouse refuses all the same', async () => {
    await sent({ L1: { 'MUG-01': 2 } });
    await shop.order(order, {});
    await shop.round();
    expect(await status()).toBe('cancelled');
    expect((await resolve('later', '--note', 'soon')).text).toContain('no part of it is to come later');
    expect(await resolve('cancelled', '--note', 'told by telephone')).toEqual({
      code: 0,
      text: `${number}: the warehouse has cancelled it; what the shop still wants goes by another order.\n`,
    });
    const group = (await shop.files(number))[1]?.match(/GS\*OW\*(?:[^*]*\*){4}(\d+)/)?.[1] ?? '';
    const refusal = [
      `AK1*OW*${group}`,
      'AK2*940*0001',
      'AK3*W05*2**8',
      'AK4*1*473*7*R',
      'AK5*R*5',
      'AK9*R*1*1*0',
    ];
    await shop.rig.receive(`997-${number}.txt`, interchange('FA', '997', refusal));
    expect(
      await shop.all('select status, rest, rest_by from fulfilment_order where number = $1', [number]),
    ).toEqual([{ status: 'sent', rest: null, rest_by: null }]);
    expect((await resolve('never', '--note', 'told again')).code).toBe(0);
    expect(await status()).toBe('cancelled');
  });
});

describe('a rest that there is none of', () => {
  it('is refused: an order of which nothing is short, one that nobody knows, and one without a reason', async () => {
    await sent({ L1: { 'MUG-01': 2 } });
    expect(await resolve('never', '--note', 'no')).toEqual({
      code: 1,
      text: `argument_invalid: ${number} is sent: only of an order that was shipped short or in part is there a rest`,
    });
    await shop.ship(number, mugs(2, 2));
    await shop.round();
    expect((await resolve('later', '--note', 'no')).text).toContain(`${number} is shipped`);
    number = 'FO-NOBODY';
    expect((await resolve('never', '--note', 'no')).text).toBe('not_found: northwind has no order FO-NOBODY');
    expect((await resolve('never', '--note', ' ')).text).toContain('--note must say why');
  });
});
