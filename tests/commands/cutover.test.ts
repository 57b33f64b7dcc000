// A connection that keeps books and nothing else works without a cut-over; every other one waits for it, and the commands say so.
import { afterEach, expect, it } from 'vitest';
import { instantAt } from '../../src/commands/cutover.ts';
import { readConnections } from '../../src/core/connection/connections.ts';
import { keepsOnlyBooks } from '../../src/hub.ts';
import { type Accountant, openAccountant } from '../e2e/accountant.ts';

let accountant: Accountant;
const opened: Accountant[] = [];
const open = async () => {
  accountant = await openAccountant();
  opened.push(accountant);
};
afterEach(async () => {
  for (const each of opened.splice(0)) await each.stop();
});

const cutovers = async () =>
  new Map(
    (await readConnections(accountant.world.database.pool)).map(({ name, cutoverAt }) => [name, cutoverAt]),
  );

it('books are heard of from the day they were configured on, also where they waited for a cut-over before', async () => {
  await open();
  const { pool } = accountant.world.database;
  await pool.query(
    `insert into connection (name, connector, created_at) values ('ledger', 'quickbooks', '2026-02-03T00:00:00Z'), ('till', 'square', now())`,
  );
  const waiting = async () =>
    (await accountant.ask('status')).attention
      .filter(({ what }: { what: string }) => what === 'without a cut-over')
      .map(({ connection }: { connection: string }) => connection);
  expect(await waiting()).toEqual(['ledger', 'till']);
  expect((await accountant.type('books', 'check')).code).toBe(0);
  expect(await waiting()).toEqual(['till']);
  expect((await cutovers()).get('ledger')).toBe('2026-02-03T00:00:00.000000Z');
});

it('`cutover` on books says that none is needed, and does not pretend to have taken what it was given', async () => {
  await open();
  expect(await accountant.type('cutover', 'ledger')).toEqual({
    code: 0,
    text: 'ledger keeps books and moves no stock: it needs no cut-over.\n',
  });
  expect(await accountant.ask('cutover', 'ledger')).toEqual({ code: 0, connection: 'ledger', needed: false });
  for (const given of [
    ['--at', '2026-03-01T00:00:00Z'],
    ['--from', 'channel'],
    ['--stock', 'counts.csv'],
  ])
    expect(await accountant.type('cutover', 'ledger', ...given)).toEqual({
      code: 1,
      text: 'argument_invalid: ledger keeps books and moves no stock: it needs no cut-over. Nothing was taken',
    });
});

it('books that also hold, sell, count or ship stock need a cut-over like any other', () => {
  const there = {} as never;
  const interpret = async () => [];
  expect(keepsOnlyBooks({ interpret, journal: there })).toBe(true);
  expect(keepsOnlyBooks({ interpret, journal: there, poll: there, health: async () => [] })).toBe(true);
  expect(keepsOnlyBooks({ interpret })).toBe(false);
  for (const part of ['push', 'fulfilment', 'catalogue', 'snapshot', 'files'])
    expect(keepsOnlyBooks({ interpret, journal: there, [part]: there }), part).toBe(false);
});

it('--at takes an instant, and a day alone where its time zone is known; anything else is refused with the form that is wanted', async () => {
  expect(instantAt('2026-09-01T00:00:00+02:00', undefined)).toBe('2026-08-31T22:00:00.000000Z');
  expect(instantAt('2026-09-01', 'Pacific/Auckland')).toBe('2026-08-31T12:00:00.000000Z');
  expect(() => instantAt('2026-09-01', undefined)).toThrow('such as 2026-09-01T00:00:00Z');
  for (const text of ['01/09/2026', '2026-02-30', '2026-09-01T00:00:00', ''])
    expect(() => instantAt(text, 'Pacific/Auckland'), text).toThrow(
      'must be now or an instant with its zone, such as 2026-11-01T00:00:00Z',
    );
  await open();
  expect((await accountant.type('cutover', 'whole')).text).toBe(
    'not_found: there is no connection whole; there are ledger',
  );
});
