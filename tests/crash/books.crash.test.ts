// A hub process that is killed while it books journals in QuickBooks, at the worst moment and at any: each journal is booked
// once all the same (I8). It ends only the process that it started.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { openConnections } from '../../src/commands/connections.ts';
import { seededRandom } from '../../src/simulators/random.ts';
import { type BooksRig, openBooksRig } from '../e2e/books-rig.ts';
import { type HubProcess, startProcess } from './hub-process.ts';

const seed = Number(process.env.STOCKBRIDGE_SEED ?? Date.now() % 1_000_000_000);
const KILLS = 4;
const DAYS = 120;

let rig: BooksRig;
let hub: HubProcess | undefined;
afterEach(async () => {
  await hub?.destroy();
  await rig.close();
});

async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await holds())) {
    if (Date.now() > deadline)
      throw new Error(`not within a minute: ${what}\n${hub?.lines.slice(-20).join('\n')}`);
    await sleep(20);
  }
}

const creates = () => rig.simulator.requests().filter(({ endpoint }) => endpoint === 'create');
const statuses = async () => (await rig.deliveries()).map(({ status }) => status);
const allBooked = (journals: number) => async () => {
  const all = await statuses();
  return all.length === journals && all.every((status) => status === 'posted');
};

/** Journals here and entries there, one for one. */
async function expectOnce(journals: number): Promise<void> {
  const here = (await rig.deliveries()).map(({ number, external_id }) => `${number} ${external_id}`);
  const there = rig.simulator.company.entries().map(({ number, id }) => `${number} ${id}`);
  expect(here).toHaveLength(journals);
  expect(there.sort()).toEqual(here.sort());
}

async function raise(days: number, latencyMs: number): Promise<HubProcess> {
  rig = await openBooksRig({ simulator: { latencyMs } });
  await openConnections(rig.database, rig.config);
  for (let day = 0; day < days; day += 1)
    await rig.sold(new Date(Date.UTC(2026, 0, 1 + day)).toISOString().slice(0, 10), 100 + day);
  return startProcess('hub', rig.loudFile, ['value', 'relay']);
}

test('I8: killed after QuickBooks has booked a journal and before its answer came', async () => {
  hub = await raise(3, 0);
  // Nobody answers: the process is surely in the middle of it.
  rig.simulator.faults({ holdMs: 60_000, api: [{ fault: 'acceptThenTimeOut', endpoint: 'create' }] });
  await until('the first is accepted', () => rig.simulator.company.entries().length === 1);
  expect(await statuses()).toContain('sent');
  await hub.kill(0);
  await until('all are booked', allBooked(3));
  await expectOnce(3);
  expect(creates()).toHaveLength(4);
  expect(hub.deaths).toEqual([]);
});

test(`I8: killed ${KILLS} times while it books ${DAYS} journals`, async () => {
  process.stderr.write(`killed booking: STOCKBRIDGE_SEED=${seed}\n`);
  const random = seededRandom(seed);
  hub = await raise(DAYS, 15);
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const from = rig.simulator.company.entries().length;
    await until('it books', () => rig.simulator.company.entries().length > from + random.integer(0, 12));
    await sleep(random.integer(0, 40));
    await hub.kill(0);
    await hub.ready(30_000);
  }
  await until('all are booked', allBooked(DAYS));
  await expectOnce(DAYS);
  expect(hub.kills).toBe(KILLS);
  expect(hub.deaths).toEqual([]);
}, 120_000);
