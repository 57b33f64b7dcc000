// Goods are announced to a warehouse once per number: in transit here, a notice there, and received by the partner's receipt.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { instantFrom } from '../../src/core/vocabulary/instant.ts';
import { announceInbound, type InboundShipment } from '../../src/workers/announce.ts';
import { fulfilOnce } from '../../src/workers/fulfil.ts';
import { interchange, openWarehouse, PROFILE, type Warehouse } from '../e2e/warehouse.ts';

let rig: Warehouse;
let tests = 0;
let number = '';

beforeAll(async () => {
  const warehouses = {
    ...PROFILE.meaning.warehouses,
    WH09: { location: 'NOT-BUILT', inTransit: 'TO-NORTHWIND' },
  };
  rig = await openWarehouse({ ...PROFILE, meaning: { warehouses } }, {}, { tickMs: 3_600_000 });
});
beforeEach(() => {
  tests += 1;
  number = `IN-${tests}`;
});
afterAll(async () => {
  await rig.expectSound();
  await rig.close();
});

const shipment = (more: Partial<InboundShipment> = {}): InboundShipment => ({
  number,
  warehouse: 'WH01',
  shippedAt: instantFrom('2026-11-20T08:00:00Z'),
  lines: [
    { sku: 'MUG-01', quantity: '24' },
    { sku: 'TEE-RED-M', quantity: '10' },
  ],
  ...more,
});
const announced = (more: Partial<InboundShipment> = {}) =>
  announceInbound(rig.running.hub, rig.live, shipment(more), new Date('2026-11-20T09:00:00Z'));
const rows = async () =>
  (
    await rig.database.pool.query<{ status: string; at: Date | null }>(
      'select status::text as status, received_at as at from inbound_shipment where number = $1',
      [number],
    )
  ).rows;
const everything = async () =>
  (
    await rig.database.pool.query(
      `select (select count(*) from inbound_shipment) as shipments, (select count(*) from partner_file) as files,
         (select count(*) from partner_document) as documents, (select count(*) from inbox_event) as events,
         (select json_agg(c order by kind) from control_sequence c) as controls`,
    )
  ).rows[0];
const notices = async () => (await rig.outgoing()).filter((file) => file.text.includes(`*${number}*`));

describe('announcing', () => {
  it('puts the goods in transit and writes one notice', async () => {
    const before = await rig.stock('TO-NORTHWIND');
    expect(await announced()).toBe('announced');
    await rig.settle();
    const after = await rig.stock('TO-NORTHWIND');
    expect(Number(after['MUG-01 sellable']) - Number(before['MUG-01 sellable'] ?? 0)).toBe(24);
    expect(Number(after['TEE-RED-M sellable']) - Number(before['TEE-RED-M sellable'] ?? 0)).toBe(10);
    const [notice, ...more] = await notices();
    expect(more).toEqual([]);
    expect(notice?.text).toContain('ST*943*');
    expect(notice?.text).toMatch(/W04\*24\*EA\*\*VN\*MUG-01/);
    expect(await rows()).toEqual([{ status: 'announced', at: null }]);
  });

  it('I3: the same number again, or many times at once, changes nothing more', async () => {
    const answers = await Promise.all([announced(), announced(), announced()]);
    expect(answers.sort()).toEqual(['announced', 'known', 'known']);
    await rig.settle();
    const before = [await everything(), await rig.ledgerPrint()];
    // The same, said in another order and with another spelling of the quantities.
    const lines = [...shipment().lines]
      .reverse()
      .map((line) => ({ ...line, quantity: `${line.quantity}.00` }));
    expect(await announced({ lines })).toBe('known');
    await rig.settle();
    expect([await everything(), await rig.ledgerPrint()]).toEqual(before);
    expect(await notices()).toHaveLength(1);
  });

  const other: [string, Partial<InboundShipment>][] = [
    ['another quantity', { lines: [{ sku: 'MUG-01', quantity: '99' }] }],
    ['one line less', { lines: shipment().lines.slice(1) }],
    ['a lot', { lines: shipment().lines.map((line) => ({ ...line, lot: 'L7' })) }],
    ['another day', { shippedAt: instantFrom('2026-11-21T08:00:00Z') }],
    ['another day of arrival', { expectedAt: instantFrom('2026-11-25T08:00:00Z') }],
    ['another supplier', { supplier: 'Somebody Else' }],
  ];
  it.each(other)(
    'I4: a known number with %s is a conflict: kept, shown, and nothing moves',
    async (_name, more) => {
      expect(await announced()).toBe('announced');
      await rig.settle();
      const before = [await rig.ledgerPrint(), await rig.outgoing()];
      await expect(announced(more)).rejects.toMatchObject({ code: 'key_conflict' });
      // Said again it is the same conflict, and no second one.
      await expect(announced(more)).rejects.toMatchObject({ code: 'key_conflict' });
      await rig.settle();
      expect([await rig.ledgerPrint(), await rig.outgoing()]).toEqual(before);
      const kept = await rig.database.pool.query(
        `select status::text as status, code from inbox_event where dedupe_key like $1 order by id`,
        [`inbound:${number}%`],
      );
      expect(kept.rows).toEqual([
        { status: 'applied', code: null },
        { status: 'quarantined', code: 'key_conflict' },
      ]);
      expect(await announced()).toBe('known');
    },
  );

  it('I3: a number announced again without its day is known, whenever that is', async () => {
    const { shippedAt: _said, ...unsaid } = shipment();
    const at = (day: string) =>
      announceInbound(rig.running.hub, rig.live, unsaid, new Date(`${day}T09:00:00Z`));
    expect(await at('2026-11-20')).toBe('announced');
    expect(await at('2026-11-23')).toBe('known');
    await rig.settle();
  });

  it('I4: the same conflict without its day is kept once, whenever it is said', async () => {
    const { shippedAt: _said, ...unsaid } = shipment();
    const at = (day: string, lines = unsaid.lines) =>
      announceInbound(rig.running.hub, rig.live, { ...unsaid, lines }, new Date(`${day}T09:00:00Z`));
    expect(await at('2026-11-20')).toBe('announced');
    const changed = unsaid.lines.slice(1);
    await expect(at('2026-11-21', changed)).rejects.toMatchObject({ code: 'key_conflict' });
    const before = await everything();
    await expect(at('2026-11-22', changed)).rejects.toMatchObject({ code: 'key_conflict' });
    expect(await everything()).toEqual(before);
    await rig.settle();
  });

  const refused: [string, Partial<InboundShipment>, string][] = [
    [
      'a SKU that nobody knows',
      {
        lines: [
          { sku: 'MUG-01', quantity: '1' },
          { sku: 'NOBODY', quantity: '1' },
        ],
      },
      'item_unknown',
    ],
    ['a warehouse that the partner does not have', { warehouse: 'WH77' }, 'location_unknown'],
    ['a warehouse whose location does not exist', { warehouse: 'WH09' }, 'location_unknown'],
  ];
  it.each(refused)('announces nothing for %s', async (_name, more, code) => {
    const before = [await everything(), await rig.ledgerPrint()];
    await expect(announced(more)).rejects.toMatchObject({ code });
    expect([await everything(), await rig.ledgerPrint()]).toEqual(before);
    // It is no word about the number: mended, it is announced.
    expect(await announced()).toBe('announced');
    await rig.settle();
  });
});

describe('the receipt', () => {
  const receive = async (order: string, name: string, day = '20261122') => {
    await rig.receive(
      `${name}.txt`,
      interchange('RE', '944', [
        `W17*F*${day}*${name}*${order}`,
        'N1*WH*Northwind*92*WH01',
        'W07*24*EA**SK*MUG-01',
        'W07*10*EA**SK*TEE-RED-M',
        'W14*34',
      ]),
    );
    await rig.settle();
    // The hub's own round may be under way.
    while (!(await fulfilOnce(rig.running.hub, rig.live)))
      await new Promise((resolve) => setTimeout(resolve, 20));
  };
  const orderOf = async (name: string) =>
    (
      await rig.database.pool.query<{ chain: string }>(
        'select chain from partner_document where number = $1',
        [name],
      )
    ).rows[0]?.chain;

  it('marks the shipment that it names as received, once, and leaves others', async () => {
    await announced();
    await rig.settle();
    const other = number;
    number = `IN-${tests}-B`;
    await announced();
    await rig.settle();
    await receive(number, `RC-${tests}`);
    expect(await orderOf(`RC-${tests}`)).toBe(number);
    const [row] = await rows();
    expect(row?.status).toBe('received');
    await receive(number, `RC-${tests}-again`, '20261123');
    expect(await rows()).toEqual([row]);
    number = other;
    expect(await rows()).toEqual([{ status: 'announced', at: null }]);
  });
});
