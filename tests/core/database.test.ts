// Transactions as the ledger uses them: questions sent at once, one error for all of them, repeated when somebody was faster.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Database, LostRace, openDatabase } from '../../src/core/database.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';

let test: TestDatabase;
let database: Database;
beforeAll(async () => {
  test = await testDatabase({ empty: true });
  database = openDatabase({ url: test.url, poolSize: 2 });
  await test.pool.query('create table kept (n int primary key)');
});
beforeEach(async () => {
  await test.pool.query('truncate kept');
});
afterAll(async () => {
  await database.close();
  await test.drop();
});

const kept = async () => (await test.pool.query('select n from kept order by n')).rows.map((row) => row.n);

describe('a pipelined transaction', () => {
  it('answers questions in the order asked, inside the transaction that begins with them', async () => {
    const answers = await database.pipelined(async (client, begun) => {
      const asked = Promise.all([
        begun,
        client.query('insert into kept values (1)'),
        client.query('select count(*)::int as n from kept'),
        client.query({ name: 'twice', text: 'select $1::int as n', values: [7] }),
        client.query({ name: 'twice', text: 'select $1::int as n', values: [8] }),
      ]);
      expect(await kept()).toEqual([]);
      return (await asked).slice(2).map((answer) => (answer as { rows: { n: number }[] }).rows[0]?.n);
    });
    expect(answers).toEqual([1, 7, 8]);
    expect(await kept()).toEqual([1]);
  });

  it('gives the error of the question that failed, keeps nothing, and leaves the connection usable', async () => {
    const failing = database.pipelined(async (client, begun) => {
      await Promise.all([
        begun,
        client.query('insert into kept values (1)'),
        client.query('select 1 / 0'),
        client.query('insert into kept values (2)'),
      ]);
    });
    await expect(failing).rejects.toThrow('division by zero');
    expect(await kept()).toEqual([]);
    expect(await database.pipelined(async (client) => (await client.query('select 5 as n')).rows[0].n)).toBe(
      5,
    );
  });

  it('waits for every question before the rollback, when the work gives up early', async () => {
    const failing = database.pipelined(async (client, begun) => {
      await begun;
      const slow = client.query('insert into kept select 3 from pg_sleep(0.1)');
      await Promise.all([slow, Promise.reject(new Error('given up'))]);
    });
    await expect(failing).rejects.toThrow('given up');
    expect(await kept()).toEqual([]);
  });

  it('is repeated as a whole after a lost race', async () => {
    let attempts = 0;
    await database.pipelined(async (client, begun) => {
      attempts += 1;
      await Promise.all([begun, client.query('insert into kept values ($1)', [attempts])]);
      if (attempts < 3) throw new LostRace('overtaken');
    });
    expect(await kept()).toEqual([3]);
  });

  it('says that the database is away when it cannot begin', async () => {
    const away = openDatabase({ url: 'postgres://nobody@127.0.0.1:1/nothing', poolSize: 1 });
    await expect(away.pipelined((client) => client.query('select 1'))).rejects.toMatchObject({
      code: 'database_unavailable',
    });
    await away.close();
  });

  it('ends with the connection that is killed under its questions, and the next one works', async () => {
    const killed = database.pipelined(async (client, begun) => {
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
      const asked = Promise.all([
        begun,
        client.query('insert into kept values (1)'),
        client.query('select pg_sleep(10)'),
        client.query('insert into kept values (2)'),
      ]);
      const refused = expect(asked).rejects.toThrow();
      await test.pool.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
      await refused;
      return asked;
    });
    await expect(killed).rejects.toMatchObject({ code: 'database_unavailable' });
    await database.pipelined(async (client, begun) => {
      await Promise.all([begun, client.query('insert into kept values (4)')]);
    });
    expect(await kept()).toEqual([4]);
  });
});
