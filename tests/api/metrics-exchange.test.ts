// What Prometheus is told of the exchange with partners: by connection, from the database, whatever process is asked.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { metrics } from '../../src/api/metrics.ts';
import { interchange, openWarehouse, RECEIPT, SHIPMENT, type Warehouse } from '../e2e/warehouse.ts';

let rig: Warehouse;
beforeAll(async () => {
  rig = await openWarehouse();
});
afterAll(() => rig.close());

/** Value by name and labels. */
async function told(): Promise<ReadonlyMap<string, number>> {
  const lines = (await metrics(rig.database.pool))
    .split('\n')
    .filter((line) => line && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}
const NORTHWIND = '{connection="northwind"}';

test('files taken, repeated, waiting, sent and refused are counted by connection', async () => {
  expect([...(await told()).keys()].filter((key) => key.startsWith('stockbridge_files'))).toEqual([]);
  const receipt = interchange('RE', '944', RECEIPT);
  await rig.receive('944.txt', receipt);
  await rig.receive('944-again.txt', receipt);
  await rig.receive('944-again.txt', receipt);
  const wrong = interchange('SW', '945', SHIPMENT).replace(`SE*${SHIPMENT.length + 2}*`, 'SE*12*');
  await rig.receive('945-wrong.txt', wrong);
  await rig.receive('no-edi.txt', 'nothing that anybody could read');
  await rig.settle();
  const figures = await told();
  expect(figures.get(`stockbridge_files_taken${NORTHWIND}`)).toBe(3);
  expect(figures.get(`stockbridge_files_duplicate${NORTHWIND}`)).toBe(2);
  expect(figures.get(`stockbridge_files_sent${NORTHWIND}`)).toBe(0);
  expect(figures.get(`stockbridge_files_waiting${NORTHWIND}`)).toBe(2);
  expect(figures.get('stockbridge_documents_rejected{connection="northwind",by="us"}')).toBe(2);
  await rig.database.pool.query(
    `update partner_file set delivered_at = clock_timestamp() where id = (select max(id) from partner_file where is_outbound)`,
  );
  const after = await told();
  expect(after.get(`stockbridge_files_sent${NORTHWIND}`)).toBe(1);
  expect(after.get(`stockbridge_files_waiting${NORTHWIND}`)).toBe(1);
});

test('documents without an answer have an age, are late after a while, and are refused by the partner', async () => {
  const age = `stockbridge_oldest_unacknowledged_seconds${NORTHWIND}`;
  const late = `stockbridge_acknowledgements_overdue${NORTHWIND}`;
  const refused = 'stockbridge_documents_rejected{connection="northwind",by="partner"}';
  expect(await told().then((all) => [all.get(age), all.get(late), all.get(refused)])).toEqual([0, 0, 0]);
  const { stateStock } = await import('../../src/workers/state-stock.ts');
  await stateStock(rig.running.hub, rig.live, { now: new Date() });
  expect((await told()).get(late)).toBe(0);
  await rig.database.pool.query(
    `update partner_document set created_at = created_at - interval '90 seconds', acknowledge_by = acknowledge_by - interval '2 days' where is_outbound and acknowledgement = 'awaited'`,
  );
  const figures = await told();
  expect(figures.get(age)).toBeGreaterThan(89);
  expect(figures.get(age)).toBeLessThan(120);
  expect(figures.get(late)).toBe(1);
  const { rows } = await rig.database.pool.query<{ group: string }>(
    `select group_control as group from partner_document where acknowledgement = 'awaited'`,
  );
  const answer = [`AK1*IB*${rows[0]?.group}`, 'AK2*846*0001', 'AK5*R*5', 'AK9*R*1*1*0'];
  await rig.receive('997.txt', interchange('FA', '997', answer));
  expect(await told().then((all) => [all.get(age), all.get(late), all.get(refused)])).toEqual([0, 0, 1]);
});

test('a partner that is parked says so', async () => {
  const parked = `stockbridge_connection_parked${NORTHWIND}`;
  expect((await told()).get(parked)).toBe(0);
  await rig.running.hub.park(rig.live.id, 'host_key_changed', 'another key');
  expect((await told()).get(parked)).toBe(1);
});
