// Storing events: each once, conflicts beside the first, and both sides of I1 equal in every interleaving.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../../src/core/database.ts';
import { accounting, pendingEvents, settle } from '../../../src/core/inbox/events.ts';
import { bodyOf, type IncomingEvent, storeEvents } from '../../../src/core/inbox/store.ts';
import { type TestDatabase, testDatabase } from '../../support/postgres.ts';
import { dice } from '../ledger/history.ts';

let test: TestDatabase;
let database: Database;
const ids: number[] = [];
beforeAll(async () => {
  test = await testDatabase();
  database = openDatabase({ url: test.url, poolSize: 16 });
  const { rows } = await database.pool.query<{ id: number }>(
    `insert into connection (name, connector, cutover_at) select 'c' || n, 'demo', 'epoch' from generate_series(0, 9) n order by n returning id`,
  );
  ids.push(...rows.map((row) => row.id));
});
afterAll(async () => {
  await database.close();
  await test.drop();
});

const event = (
  connectionId: number,
  dedupeKey: string,
  body: string | Buffer = dedupeKey,
): IncomingEvent => ({
  connectionId,
  dedupeKey,
  topic: 'orders/updated',
  source: 'webhook',
  body: Buffer.from(body),
});
const outcomes = async (events: readonly IncomingEvent[]) =>
  (await storeEvents(database.pool, events)).map((answer) => answer.outcome);
const account = async (index: number) => {
  const own = (await accounting(database.pool)).find((each) => each.connection === `c${index}`);
  if (!own) throw new Error(`no accounting of c${index}`);
  return own;
};
const rowsOf = async (connectionId: number) =>
  (
    await database.pool.query<{
      id: string;
      dedupe_key: string;
      status: string;
      code: string;
      conflicts_with: string | null;
      body: Buffer;
    }>(
      'select id, dedupe_key, status::text as status, code, conflicts_with, body from inbox_event where connection_id = $1 order by id',
      [connectionId],
    )
  ).rows;

describe('storing', () => {
  it('I3: a key is stored once, within a batch and across batches; the answers name the row', async () => {
    const [connection = 0] = ids;
    const first = await storeEvents(database.pool, [
      event(connection, 'a'),
      event(connection, 'b'),
      event(connection, 'a'),
    ]);
    expect(first.map((answer) => answer.outcome)).toEqual(['stored', 'stored', 'duplicate']);
    expect(first[2]?.id).toBe(first[0]?.id);
    const again = await storeEvents(database.pool, [event(connection, 'b'), event(connection, 'c')]);
    expect(again.map((answer) => answer.outcome)).toEqual(['duplicate', 'stored']);
    expect(again[0]?.id).toBe(first[1]?.id);
    expect(await account(0)).toMatchObject({
      accepted: 5n,
      duplicate: 2n,
      balanced: true,
      byStatus: { pending: 3n },
    });
  });

  it('the same key at another connection is another event', async () => {
    expect(await outcomes([event(ids[1] ?? 0, 'a'), event(ids[2] ?? 0, 'a')])).toEqual(['stored', 'stored']);
  });

  it('bodies come back byte for byte, whatever bytes they are', async () => {
    const [connection = 0] = ids;
    const bodies = [
      Buffer.alloc(0),
      Buffer.from([0, 255, 254, 13, 10]),
      Buffer.from('{"id": 12345678901234567890}'),
      Buffer.alloc(100_000, 7),
    ];
    const answers = await storeEvents(
      database.pool,
      bodies.map((body, index) => event(connection, `bytes-${index}`, body)),
    );
    const events = await pendingEvents(
      database.pool,
      answers.map((answer) => answer.id),
    );
    expect(events.map((each) => each.body)).toEqual(bodies);
    expect(bodyOf((await rowsOf(connection)).at(-1)?.body ?? Buffer.alloc(0))).toEqual(bodies[3]);
  });

  it('I4: the same key with other bytes is kept beside the first, in quarantine, once', async () => {
    const connection = ids[3] ?? 0;
    const [stored] = await storeEvents(database.pool, [event(connection, 'k', 'one')]);
    const [conflict] = await storeEvents(database.pool, [event(connection, 'k', 'two')]);
    const [again] = await storeEvents(database.pool, [event(connection, 'k', 'two')]);
    expect([stored?.outcome, conflict?.outcome, again?.outcome]).toEqual(['stored', 'conflict', 'conflict']);
    expect(again?.id).toBe(conflict?.id);
    const rows = await rowsOf(connection);
    expect(
      rows.map((row) => [row.status, row.code, row.conflicts_with, bodyOf(row.body).toString()]),
    ).toEqual([
      ['pending', null, null, 'one'],
      ['quarantined', 'key_conflict', stored?.id, 'two'],
    ]);
    expect(await account(3)).toMatchObject({ accepted: 3n, duplicate: 1n, balanced: true });
  });

  it('I4: two bodies under one new key in one batch: the first is stored, the others conflict with it', async () => {
    const connection = ids[4] ?? 0;
    expect(
      await outcomes([
        event(connection, 'k', '1'),
        event(connection, 'k', '2'),
        event(connection, 'k', '1'),
        event(connection, 'k', '3'),
        event(connection, 'k', '2'),
      ]),
    ).toEqual(['stored', 'conflict', 'duplicate', 'conflict', 'conflict']);
    expect((await rowsOf(connection)).map((row) => bodyOf(row.body).toString())).toEqual(['1', '2', '3']);
    expect(await account(4)).toMatchObject({ accepted: 5n, duplicate: 2n, balanced: true });
  });

  it('I1: a batch that fails stores and counts nothing', async () => {
    const connection = ids[5] ?? 0;
    await expect(
      storeEvents(database.pool, [event(connection, 'ok'), event(connection, 'bad\u0000key')]),
    ).rejects.toThrow();
    expect(await rowsOf(connection)).toEqual([]);
    expect(await account(5)).toMatchObject({ accepted: 0n, balanced: true });
  });

  it('I1: accepted = rows + duplicates while overlapping keys and conflicts are stored at once', async () => {
    const connection = ids[6] ?? 0;
    const roll = dice(11);
    let accepted = 0;
    const unbalanced: unknown[] = [];
    let storing = true;
    const watch = (async () => {
      while (storing) {
        const own = await account(6);
        if (!own.balanced) unbalanced.push(own);
      }
    })();
    const batches = Array.from({ length: 60 }, () =>
      Array.from({ length: 1 + roll(8) }, () => event(connection, `key-${roll(12)}`, `body-${roll(3)}`)),
    );
    await Promise.all(
      batches.map(async (batch, index) => {
        accepted += batch.length;
        // Some on their own, some as a poll does it: in a transaction with something else.
        const answers =
          index % 3 === 0
            ? await database.transaction((client) => storeEvents(client, batch))
            : await storeEvents(database.pool, batch);
        for (const answer of answers) expect(answer.id).toMatch(/^\d+$/);
      }),
    );
    storing = false;
    await watch;
    expect(unbalanced).toEqual([]);
    const own = await account(6);
    expect(own).toMatchObject({ accepted: BigInt(accepted), balanced: true });
    const rows = await rowsOf(connection);
    expect(rows.filter((row) => row.conflicts_with === null)).toHaveLength(12);
    // Every body that came is kept exactly once under its key.
    const came = new Set(batches.flat().map((each) => `${each.dedupeKey} ${each.body}`));
    expect(new Set(rows.map((row) => `${row.dedupe_key.split('#')[0]} ${bodyOf(row.body)}`))).toEqual(came);
    expect(rows).toHaveLength(came.size);
  });
});

describe('settling', () => {
  it('I1: whoever settles first stands, and every status has its place in the equation', async () => {
    const connection = ids[7] ?? 0;
    const answers = await storeEvents(
      database.pool,
      ['a', 'b', 'c', 'd'].map((key) => event(connection, key)),
    );
    const [a = '', b = '', c = ''] = answers.map((answer) => answer.id);
    await settle(database.pool, [
      { id: b, status: 'quarantined', code: 'item_unknown', reason: 'no\u0000 item \ud800' },
      { id: a, status: 'ignored', reason: 'says nothing' },
      { id: c, status: 'applied' },
    ]);
    await settle(database.pool, [
      { id: a, status: 'applied' },
      { id: b, status: 'ignored', reason: 'later' },
    ]);
    expect(await account(7)).toMatchObject({
      accepted: 4n,
      duplicate: 0n,
      balanced: true,
      byStatus: { pending: 1n, applied: 1n, ignored: 1n, quarantined: 1n },
    });
    const { rows } = await database.pool.query('select reason from inbox_event where id = $1', [b]);
    expect(rows).toEqual([{ reason: 'no\uFFFD item \uFFFD' }]);
  });

  it('I1: the database refuses a settled event without a reason', async () => {
    const connection = ids[8] ?? 0;
    const [stored] = await storeEvents(database.pool, [event(connection, 'x')]);
    await expect(
      database.pool.query(`update inbox_event set status = 'ignored' where id = $1`, [stored?.id]),
    ).rejects.toMatchObject({ constraint: 'i1_settled_has_a_reason' });
  });

  it('I1: a lost or uncounted event unbalances the equation', async () => {
    const connection = ids[9] ?? 0;
    await storeEvents(database.pool, [event(connection, 'x'), event(connection, 'y')]);
    expect((await account(9)).balanced).toBe(true);
    const client = await database.pool.connect();
    try {
      await client.query('begin');
      await client.query('set local session_replication_role = replica');
      await client.query(`delete from inbox_event where connection_id = $1 and dedupe_key = 'x'`, [
        connection,
      ]);
      expect((await accounting(client)).find((each) => each.connection === 'c9')?.balanced).toBe(false);
    } finally {
      await client.query('rollback');
      client.release();
    }
  });
});
