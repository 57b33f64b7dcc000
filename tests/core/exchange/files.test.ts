// Files from and to a partner, byte for byte: stored once, resent as they were, sealed where they are personal.
import { randomBytes } from 'node:crypto';
import { zstdDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { vaultOf } from '../../../src/connectors/threepl/vault.ts';
import { type Database, openDatabase, type Transaction } from '../../../src/core/database.ts';
import { nextControl } from '../../../src/core/exchange/controls.ts';
import { storeDocuments } from '../../../src/core/exchange/documents.ts';
import {
  dueFiles,
  eraseIncoming,
  fileBytes,
  markDelivered,
  noteRepeat,
  noteUndelivered,
  storeIncoming,
  storeOutgoing,
  usedControls,
} from '../../../src/core/exchange/files.ts';
import { overdue } from '../../../src/core/fulfilment/overdue.ts';
import { clock, pauseSince } from '../../support/pause.ts';
import { type TestDatabase, testDatabase } from '../../support/postgres.ts';

let test: TestDatabase;
let database: Database;
let connectionId: number;

beforeAll(async () => {
  test = await testDatabase();
  database = openDatabase({ url: test.url, poolSize: 6 });
  connectionId = await partner('northwind');
});
afterAll(async () => {
  await database.close();
  await test.drop();
});

async function partner(name: string): Promise<number> {
  const { rows } = await test.pool.query<{ id: number }>(
    `insert into connection (name, connector, cutover_at) values ($1, 'threepl', '2026-01-01') returning id`,
    [name],
  );
  return rows[0]?.id ?? 0;
}

const tx = <T>(work: (client: Transaction) => Promise<T>): Promise<T> => database.transaction(work);
const incoming = (name: string, text = name, by = connectionId) => ({
  connectionId: by,
  name,
  folder: '',
  bytes: Buffer.from(text),
});
const nothing = { complete: true, findings: [], controls: [] };
const send = (name: string, text = name, more: object = {}) =>
  tx((client) => storeOutgoing(client, { connectionId, name, bytes: Buffer.from(text), ...more }));
const due = async () =>
  (await dueFiles(database.pool, connectionId, undefined)).files.map((file) => file.name);
const row = async (id: string | undefined) =>
  (await test.pool.query('select * from partner_file where id = $1', [id])).rows[0];

/** A file with one document, which is right in form or not. */
const withDocument = (name: string, valid: boolean, controls: readonly string[], text = name) =>
  tx(async (client) => {
    const id = await storeIncoming(client, incoming(name, text), { ...nothing, controls });
    await storeDocuments(client, { connectionId, id, outbound: false }, [
      {
        ...{ type: '944', number: name, chain: '', valid, findings: [] },
        control: { interchange: '', group: '', document: '' },
      },
    ]);
    return id;
  });

describe('what comes', () => {
  it('I3: the same bytes again are noted on the file they were, whatever they are called', async () => {
    const id = await tx((client) => storeIncoming(client, incoming('a.txt', 'bytes'), nothing));
    expect(await noteRepeat(database.pool, incoming('b.txt', 'bytes'))).toBe(id);
    expect(await noteRepeat(database.pool, incoming('b.txt', 'bytes.'))).toBeUndefined();
    expect(await row(id)).toMatchObject({ name: 'a.txt', deliveries: 2 });
  });

  it('a repeat makes the answers due again: the same names, bytes and numbers, and no failure of theirs stands', async () => {
    const id = await tx((client) => storeIncoming(client, incoming('asked.txt'), nothing));
    const answers = [
      await send('997_1.txt', 'numbers 41', { answers: id }),
      await send('997_2.txt', 'numbers 42', { answers: id }),
    ];
    const other = await send('940.txt', 'no answer');
    for (const file of [...answers, other]) {
      for (let times = 0; times < 3; times += 1) await noteUndelivered(database.pool, file, 'away');
      await markDelivered(database.pool, file);
    }
    expect(await due()).toEqual([]);
    const before = await test.pool.query('select * from control_sequence');
    await noteRepeat(database.pool, incoming('asked-again.txt', 'asked.txt'));
    const { files: again } = await dueFiles(database.pool, connectionId, undefined);
    expect(again.map(({ id: file, name, bytes }) => [file, name, bytes.toString()])).toEqual([
      [answers[0], '997_1.txt', 'numbers 41'],
      [answers[1], '997_2.txt', 'numbers 42'],
    ]);
    expect((await test.pool.query('select * from control_sequence')).rows).toEqual(before.rows);
    // A delivery that went well once is no trouble that a person must look at.
    expect((await overdue(database.pool)).filter((each) => each.what === 'files not delivered')).toEqual([]);
    for (const file of answers) await markDelivered(database.pool, file);
  });

  it('a repeat of one partner makes nothing of another partner due', async () => {
    const other = await partner('southwind');
    const id = await tx((client) => storeIncoming(client, incoming('both.txt'), nothing));
    const answer = await send('997_both.txt', 'x', { answers: id });
    await markDelivered(database.pool, answer);
    expect(await noteRepeat(database.pool, incoming('both.txt', 'both.txt', other))).toBeUndefined();
    expect(await due()).toEqual([]);
  });

  it('the database itself keeps a second file of the same bytes out', async () => {
    await tx((client) => storeIncoming(client, incoming('once.txt'), nothing));
    const second = tx((client) => storeIncoming(client, incoming('twice.txt', 'once.txt'), nothing));
    await expect(second).rejects.toThrow(/i3_one_file_per_content/);
  });

  it('control numbers that came are known, per partner, and come once per file', async () => {
    await withDocument('controls.txt', true, ['A|1', 'A|2', 'A|2']);
    const used = await usedControls(database.pool, connectionId, ['A|1', 'A|2', 'A|3']);
    expect([...used].sort()).toEqual(['A|1', 'A|2']);
    expect((await usedControls(database.pool, connectionId + 1, ['A|1'])).size).toBe(0);
    expect((await usedControls(database.pool, connectionId, [])).size).toBe(0);
  });

  it('I3: a file of which nothing counts uses up no control number, and the right one does', async () => {
    const used = () => usedControls(database.pool, connectionId, ['A|9']);
    await withDocument('cut.txt', false, ['A|9']);
    expect((await used()).size).toBe(0);
    await withDocument('whole.txt', true, ['A|9']);
    expect([...(await used())]).toEqual(['A|9']);
  });
});

describe('what goes', () => {
  it('no two files have one name, within a transaction or after', async () => {
    await tx(async (client) => {
      for (let times = 0; times < 3; times += 1)
        await storeOutgoing(client, { connectionId, name: 'order.v1.txt', bytes: Buffer.from(`${times}`) });
    });
    const last = await send('order.v1.txt');
    expect((await row(last)).name).toBe('order.v1-4.txt');
    expect((await row(await send('order'))).name).toBe('order');
    expect((await row(await send('order'))).name).toBe('order-2');
  });

  it('two transactions at once that choose one name both store their file, under two names', async () => {
    const ids = await Promise.all(
      ['x', 'y', 'z'].map((text) =>
        tx(async (client) => {
          const id = await storeOutgoing(client, {
            connectionId,
            name: 'race.txt',
            bytes: Buffer.from(text),
          });
          await client.query('select pg_sleep(0.05)');
          return id;
        }),
      ),
    );
    const names = await Promise.all(ids.map(async (id) => (await row(id)).name));
    expect(names.sort()).toEqual(['race-2.txt', 'race-3.txt', 'race.txt']);
  });

  it('an undelivered file is tried again after a pause that doubles from half a minute to an hour', async () => {
    const id = await send('slow.txt');
    const expected = [30, 60, 120, 240, 480, 960, 1920, 3600, 3600];
    const pauses: number[] = [];
    const until = 'select retry_at from partner_file where id = $1';
    for (const each of expected) {
      const before = await clock(test.pool);
      await noteUndelivered(database.pool, id, `no route for ${each} ${'x'.repeat(600)}`);
      pauses.push(await pauseSince(test.pool, each, { before, until, values: [id] }));
      expect((await row(id)).failure).toHaveLength(500);
    }
    expect(pauses).toEqual(expected);
    expect(await due()).not.toContain('slow.txt');
    await test.pool.query(`update partner_file set retry_at = clock_timestamp() where id = $1`, [id]);
    expect(await due()).toContain('slow.txt');
    expect((await overdue(database.pool)).map((each) => each.what)).toContain('files not delivered');
    await markDelivered(database.pool, id);
    expect(await due()).not.toContain('slow.txt');
    expect(await row(id)).toMatchObject({ attempts: 10, failure: null });
  });

  it('a change of an order waits until the order has arrived, and holds up no other', async () => {
    await test.pool.query('update partner_file set delivered_at = now() where delivered_at is null');
    const about = async (chain: string, name: string) => {
      const id = await send(name);
      await tx((client) =>
        storeDocuments(client, { connectionId, id, outbound: true }, [
          {
            type: '940',
            number: chain,
            chain,
            control: { interchange: '', group: '', document: '' },
            valid: true,
            findings: [],
          },
        ]),
      );
      return id;
    };
    const first = await about('FO-7', 'new.txt');
    await about('FO-7', 'change.txt');
    await about('FO-8', 'other.txt');
    await noteUndelivered(database.pool, first, 'no route');
    expect(await due()).toEqual(['other.txt']);
    await markDelivered(database.pool, first);
    expect(await due()).toEqual(['change.txt', 'other.txt']);
  });

  it('content that came is erased after its retention; name, hash and control number stay, and the same bytes are still a repeat', async () => {
    const controls = ['ZZ|A|ZZ|B|77'];
    const id = await withDocument('945-old.txt', true, controls, 'N3*14 Larkspur Close');
    const young = await tx((client) => storeIncoming(client, incoming('945-young.txt'), nothing));
    const answer = await send('997-old.txt', 'AK9*A', { answers: id });
    const before = await row(id);
    await test.pool.query(
      `update partner_file set created_at = now() - interval '31 days' where id = any($1::bigint[])`,
      [[id, answer]],
    );
    expect(await eraseIncoming(database.pool, connectionId, 32)).toBe(0);
    expect(await eraseIncoming(database.pool, connectionId + 1, 30)).toBe(0);
    expect(await eraseIncoming(database.pool, connectionId, 30)).toBe(1);
    expect(await eraseIncoming(database.pool, connectionId, 30)).toBe(0);
    const { name, size, sha256, is_complete } = before;
    expect(await row(id)).toMatchObject({ name, size, sha256, is_complete, body: null });
    expect((await row(young)).body).not.toBeNull();
    expect(await fileBytes(database.pool, connectionId, id, undefined)).toBeUndefined();
    expect(await usedControls(database.pool, connectionId, controls)).toEqual(new Set(controls));
    await markDelivered(database.pool, answer);
    expect(await noteRepeat(database.pool, incoming('again.txt', 'N3*14 Larkspur Close'))).toBe(id);
    expect(await due()).toContain('997-old.txt');
    expect(await noteRepeat(database.pool, incoming('other.txt', 'N3*15 Larkspur Close'))).toBeUndefined();
  });

  it('a sealed body cannot be read without its key, not even decompressed, and no other file is touched by it', async () => {
    const key = randomBytes(32).toString('base64');
    const vault = vaultOf(key);
    const text = 'N3*14 Larkspur Close~'.repeat(20);
    const id = await send('940.txt', text, { seal: vault.seal });
    const stored = await row(id);
    expect(stored.is_sealed).toBe(true);
    expect(stored.body.includes('Larkspur')).toBe(false);
    expect(() => zstdDecompressSync(stored.body)).toThrow();
    const read = (open?: (sealed: Buffer) => Buffer) => fileBytes(database.pool, connectionId, id, open);
    await expect(read()).rejects.toMatchObject({ code: 'configuration_invalid' });
    await expect(read(vaultOf(randomBytes(32).toString('base64')).open)).rejects.toMatchObject({
      code: 'configuration_invalid',
    });
    expect((await read(vault.open))?.bytes.toString()).toBe(text);
    expect(await fileBytes(database.pool, connectionId + 1, id, vault.open)).toBeUndefined();
    const file = (await dueFiles(database.pool, connectionId, vault.open)).files.find(
      (each) => each.id === id,
    );
    expect(file?.bytes.toString()).toBe(text);
    await markDelivered(database.pool, id);
  });

  it('an erased body is nothing to send and nothing to read', async () => {
    const id = await send('erased.txt');
    await test.pool.query('update partner_file set body = null where id = $1', [id]);
    expect(await due()).not.toContain('erased.txt');
    expect(await fileBytes(database.pool, connectionId, id, undefined)).toBeUndefined();
  });
});

describe('control numbers', () => {
  it('transactions at once get one number each, from 1, per partner and kind', async () => {
    const by = await partner('counting');
    const numbers = await Promise.all(
      Array.from({ length: 20 }, () => tx((client) => nextControl(client, by, 'interchange'))),
    );
    expect(numbers.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, at) => at + 1));
    expect(await tx((client) => nextControl(client, by, 'group'))).toBe(1n);
    expect(await tx((client) => nextControl(client, connectionId, 'interchange'))).toBe(1n);
  });

  it('a transaction that is rolled back uses none up, and while it is open nobody gets its number', async () => {
    const by = await partner('rolling');
    expect(await tx((client) => nextControl(client, by, 'file'))).toBe(1n);
    const order: string[] = [];
    const isTaken = Promise.withResolvers<void>();
    const failing = tx(async (client) => {
      const taken = await nextControl(client, by, 'file');
      isTaken.resolve();
      // Until somebody stands in line for it.
      for (let waiting = 0; waiting === 0; await new Promise((resolve) => setTimeout(resolve, 10))) {
        const { rowCount } = await test.pool.query(
          `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        );
        waiting = rowCount ?? 0;
      }
      order.push(`failed with ${taken}`);
      throw new Error('not stored');
    }).catch(() => undefined);
    await isTaken.promise;
    const next = tx((client) => nextControl(client, by, 'file')).then((taken) => order.push(`took ${taken}`));
    await Promise.all([failing, next]);
    expect(order).toEqual(['failed with 2', 'took 2']);
    expect(await tx((client) => nextControl(client, by, 'file'))).toBe(3n);
  });

  it('after nine nines comes 1', async () => {
    const by = await partner('wrapping');
    await test.pool.query(`insert into control_sequence values ($1, 'interchange', 999999998)`, [by]);
    const take = () => tx((client) => nextControl(client, by, 'interchange'));
    expect([await take(), await take(), await take()]).toEqual([999_999_999n, 1n, 2n]);
  });
});
