// A hub that is killed in the middle of a download, of an upload, and at the points between a file's arrival and what is
// noted of it; on our own SFTP server and on OpenSSH. Every file is taken once, arrives once, and is never seen half.
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fileBytes } from '../../src/core/exchange/files.ts';
import { seededRandom } from '../../src/simulators/random.ts';
import { stateStock } from '../../src/workers/state-stock.ts';
import { opensshIsInstalled } from '../support/openssh.ts';
import { type ExchangeRig, ITEMS, RECEIPTS, raiseExchangeRig, receiptsOf } from './exchange-rig.ts';
import { breaches, doubled, quarantined, unbalanced } from './oracle.ts';
import { isUnfinished, opensshDock, simulatedDock } from './partner-dock.ts';

/** Kills in the middle of a transfer, in each direction. */
const ROUNDS = 3;
const DEADLINE_MS = 30_000;
const seed = Number(process.env.STOCKBRIDGE_SEED ?? Date.now() % 1_000_000_000);
const openssh = await opensshIsInstalled();

describe.each([
  { name: 'the simulated server', open: simulatedDock, runs: true },
  { name: 'OpenSSH', open: opensshDock, runs: openssh },
])('exchanging with $name', ({ name: server, open, runs }) => {
  describe.runIf(runs)('a hub that is killed', () => {
    const random = seededRandom(seed);
    let rig: ExchangeRig;
    /** Receipt files offered so far: the stock of every item, once they are taken. */
    let offered = 0;
    let kills = 0;
    /** What a visit costs the line when there is nothing to do. */
    let idleBytes = 0;

    beforeAll(async () => {
      process.stderr.write(`killed exchange with ${server}: STOCKBRIDGE_SEED=${seed}\n`);
      rig = await raiseExchangeRig(open);
      idleBytes = await costOfAnIdleVisit();
    }, 120_000);
    afterAll(() => rig?.close(), 60_000);

    async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
      const deadline = Date.now() + DEADLINE_MS;
      while (!(await holds())) {
        if (Date.now() > deadline)
          throw new Error(
            `not within ${DEADLINE_MS} ms: ${what}\n${rig.process.lines.slice(-20).join('\n')}`,
          );
        await sleep(25);
      }
    }
    /** The line has stalled. */
    async function happened(stalled: Promise<void>): Promise<void> {
      let isStalled = false;
      void stalled.then(() => {
        isStalled = true;
      });
      await until('the line stalls', () => isStalled);
    }
    const count = async (text: string, values: unknown[] = []): Promise<number> =>
      Number((await rig.database.pool.query<{ n: string }>(text, values)).rows[0]?.n);

    async function costOfAnIdleVisit(): Promise<number> {
      const from = rig.dock.line.carried();
      await until('three visits', () => rig.dock.line.carried().connections >= from.connections + 4);
      const to = rig.dock.line.carried();
      return Math.ceil((to.down + to.up - from.down - from.up) / 3);
    }

    /** Everything offered is booked and tidied away, and everything of ours has arrived. */
    async function quiet(): Promise<void> {
      await until(
        'all is taken and sent, and nothing is in quarantine',
        async () =>
          (await rig.dock.offered()).length === 0 &&
          (await count(`select count(*) as n from inbox_event where status = 'applied'`)) ===
            offered * RECEIPTS &&
          (await count(
            `select count(*) as n from partner_file where is_outbound and delivered_at is null`,
          )) === 0,
      );
    }

    async function kill(): Promise<void> {
      await rig.process.kill(0);
      kills += 1;
      // What the dead process had on the line is gone with it.
      rig.dock.line.heal();
      rig.dock.line.cut();
    }
    async function isBack(): Promise<void> {
      await rig.process.ready(30_000);
      await quiet();
    }

    const nextReceipts = (): { name: string; bytes: Buffer } => {
      offered += 1;
      return { name: `944_${offered}.edi`, bytes: receiptsOf(offered) };
    };
    const filesNamed = (name: string) =>
      count('select count(*) as n from partner_file where not is_outbound and name = $1', [name]);
    /** Our newest statement, large enough to be killed in: its name and size. */
    async function statement(): Promise<{ name: string; size: number }> {
      await stateStock(rig, rig.live, { now: new Date() });
      const { rows } = await rig.database.pool.query<{ name: string; size: number }>(
        'select name, size from partner_file where is_outbound order by id desc limit 1',
      );
      return rows[0] ?? { name: '', size: 0 };
    }

    /** Keeps a table from being written until the answered function is called. */
    async function hold(table: string): Promise<() => Promise<void>> {
      const client = new pg.Client({ connectionString: rig.databaseUrl });
      await client.connect();
      await client.query(`begin; lock table ${table} in share mode`);
      return async () => {
        await client.query('rollback');
        await client.end();
      };
    }
    const someoneWaitsFor = (table: string) => async (): Promise<boolean> =>
      (await count('select count(*) as n from pg_locks where relation = $1::regclass and not granted', [
        table,
      ])) > 0;

    /** What a killed process asked for last would else be done when the table is free: its session does not know yet. */
    const endSessionsWaitingFor = (table: string) =>
      rig.database.pool.query(
        'select pg_terminate_backend(pid, 10000) from pg_locks where relation = $1::regclass and not granted',
        [table],
      );

    /** A moment between the first fifth and the last tenth of a transfer; each round has a part of it of its own. */
    const momentIn = (size: number, round: number): number =>
      Math.round(size * (0.2 + (0.7 * (round + random.next())) / ROUNDS));

    test.each(Array.from({ length: ROUNDS }, (_, round) => round))(
      'I3: in the middle of a download (%i) has taken nothing, and takes the file once when it is back',
      { timeout: 120_000 },
      async (round) => {
        const { name, bytes } = nextReceipts();
        const moment = momentIn(bytes.length, round);
        const before = rig.dock.line.carried();
        const stalled = rig.dock.line.after(moment, 'down', 'stall');
        await rig.dock.offer(name, bytes);
        await happened(stalled);
        const now = rig.dock.line.carried();
        // So much of it had come, whatever the rest of the conversation was; and not all of it.
        expect(now.connections - before.connections).toBeLessThanOrEqual(3);
        expect(now.down - before.down).toBe(moment);
        expect(moment - 3 * idleBytes).toBeGreaterThan(0);
        expect(moment).toBeLessThan(bytes.length);
        expect(await rig.dock.offered()).toEqual([name]);
        await kill();
        expect(await filesNamed(name)).toBe(0);
        expect(await rig.dock.offered()).toEqual([name]);
        await isBack();
        expect(await filesNamed(name)).toBe(1);
        expect(await count('select deliveries as n from partner_file where name = $1', [name])).toBe(1);
      },
    );

    test.each(Array.from({ length: ROUNDS }, (_, round) => round))(
      'I8: in the middle of an upload (%i) leaves nothing under the name, and the file arrives once and whole when it is back',
      { timeout: 120_000 },
      async (round) => {
        const size = Buffer.byteLength((await newestStatement()) ?? '') || ITEMS * 90;
        const moment = momentIn(size, round);
        const stalled = rig.dock.line.after(moment, 'up', 'stall');
        const sent = await statement();
        await happened(stalled);
        const half = await rig.dock.arrived();
        const unfinished = half.filter((each) => isUnfinished(each.name));
        expect(unfinished).toMatchObject([{ name: `.${sent.name}.part` }]);
        expect(unfinished[0]?.size).toBeLessThan(sent.size);
        expect(moment - 3 * idleBytes).toBeGreaterThan(0);
        expect(moment).toBeLessThan(sent.size);
        expect(half.map((each) => each.name)).not.toContain(sent.name);
        await kill();
        // What is left of it is under a name that says so.
        expect((await rig.dock.arrived()).map((each) => each.name)).not.toContain(sent.name);
        await isBack();
        const arrived = await rig.dock.arrived();
        expect(arrived.find((each) => each.name === sent.name)?.size).toBe(sent.size);
        expect(arrived.filter((each) => isUnfinished(each.name))).toEqual([]);
      },
    );

    async function newestStatement(): Promise<string | undefined> {
      const names = (await rig.dock.arrived())
        .map((each) => each.name)
        .filter((name) => name.startsWith('846_'));
      const last = names.at(-1);
      return last === undefined ? undefined : (await rig.dock.read(last))?.toString('latin1');
    }

    test('I1: between a download and its commit has taken nothing, and takes the file once when it is back', {
      timeout: 120_000,
    }, async () => {
      const release = await hold('partner_file');
      const { name, bytes } = nextReceipts();
      await rig.dock.offer(name, bytes);
      await until('the file is being stored', someoneWaitsFor('partner_file'));
      await kill();
      await endSessionsWaitingFor('partner_file');
      await release();
      expect(await filesNamed(name)).toBe(0);
      expect(await rig.dock.offered()).toEqual([name]);
      await isBack();
      expect(await filesNamed(name)).toBe(1);
    });

    test('I3: between the commit of a file and its archiving finds it to be a duplicate, archives it, and repeats its answer', {
      timeout: 120_000,
    }, async () => {
      const release = await hold('partner_file');
      const { name, bytes } = nextReceipts();
      await rig.dock.offer(name, bytes);
      await until('the file is being stored', someoneWaitsFor('partner_file'));
      const stalled = rig.dock.line.after(0, 'up', 'stall');
      await release();
      await happened(stalled);
      expect(await filesNamed(name)).toBe(1);
      expect(await rig.dock.offered()).toEqual([name]);
      await kill();
      await isBack();
      expect(await filesNamed(name)).toBe(1);
      expect(await count('select deliveries as n from partner_file where name = $1', [name])).toBe(2);
      expect(await rig.dock.archived()).toContain(name);
    });

    test('I8: between the arrival of our file and the note of it finds that it has arrived, and does not send it again', {
      timeout: 120_000,
    }, async () => {
      const sent = await statement();
      const release = await hold('partner_file');
      await until('the arrival is being noted', someoneWaitsFor('partner_file'));
      expect((await rig.dock.arrived()).find((each) => each.name === sent.name)?.size).toBe(sent.size);
      await kill();
      await endSessionsWaitingFor('partner_file');
      await release();
      const before = rig.dock.line.carried();
      expect(
        await count('select count(*) as n from partner_file where is_outbound and delivered_at is null'),
      ).toBe(1);
      await isBack();
      expect(rig.dock.line.carried().up - before.up).toBeLessThan(sent.size / 2);
    });

    test('I1 I3 I8: in the end every file was taken once, arrived once and was never seen half; nothing is missing', {
      timeout: 120_000,
    }, async () => {
      await quiet();
      expect(kills).toBe(2 * ROUNDS + 3);
      expect(rig.process.kills).toBe(kills);
      expect(rig.process.deaths).toEqual([]);

      // Taken: one unit of each item for every file, by one movement each.
      expect(await count('select count(*) as n from movement')).toBe(offered * ITEMS);
      const { rows: stock } = await rig.database.pool.query<{ quantity: string; items: number }>(
        `select trim_scale(b.quantity)::text as quantity, count(*)::int as items from balance b join location l on l.id = b.location_id
         where l.code = 'NORTHWIND' group by 1`,
      );
      expect(stock).toEqual([{ quantity: String(offered), items: ITEMS }]);
      expect(await doubled(rig.database)).toEqual([]);
      expect(await quarantined(rig.database)).toEqual([]);
      expect(await unbalanced(rig.database)).toEqual([]);
      expect(await breaches(rig.database)).toEqual([]);
      const names = Array.from({ length: offered }, (_, index) => `944_${index + 1}.edi`);
      expect((await rig.dock.archived()).toSorted()).toEqual(names.toSorted());

      // Arrived: what we meant to send, byte for byte, and nothing else.
      const { rows: sent } = await rig.database.pool.query<{ id: string; name: string }>(
        'select id, name from partner_file where is_outbound order by name',
      );
      expect(sent).toHaveLength(offered + ROUNDS + 1);
      const arrived = await rig.dock.arrived();
      expect(arrived.map((each) => each.name).toSorted()).toEqual(sent.map((each) => each.name).toSorted());
      for (const { id, name } of sent) {
        const meant = await fileBytes(
          rig.database.pool,
          rig.live.id,
          id,
          rig.live.connection.files?.vault?.open,
        );
        expect((await rig.dock.read(name))?.equals(meant?.bytes ?? Buffer.alloc(0)), name).toBe(true);
      }
      // Whoever looked at any time saw each of them as it is now, and under its name no other.
      const seen = [...rig.dock.sightings()].map(([name, prints]) => [name, [...prints]]);
      expect(Object.fromEntries(seen)).toEqual(
        Object.fromEntries(arrived.map(({ name, print }) => [name, [print]])),
      );
    });
  });
});
