// What commands say of an event whose bytes the retention has erased: all that is left, the day, and the hash.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eraseNext } from '../../src/core/inbox/retention.ts';
import { storeEvents } from '../../src/core/inbox/store.ts';
import { factKey } from '../../src/core/ledger/movement.ts';
import { posting } from '../core/ledger/world.ts';
import { type Accountant, noon, openAccountant } from '../e2e/accountant.ts';

const BODY = '{"id":"goods-1","contact":"canary@example.com"}';
const today = () => new Date().toISOString().slice(0, 10);
let accountant: Accountant;
let erased = '';
let conflict = '';
let waiting = '';
let from = '';

beforeAll(async () => {
  accountant = await openAccountant({ inBooks: false });
  const { world } = accountant;
  const { pool } = world.database;
  const store = async (dedupeKey: string, body: string) => {
    const event = { connectionId: 1, dedupeKey, topic: 'receipt', source: 'webhook' as const };
    return (await storeEvents(pool, [{ ...event, body: Buffer.from(body) }]))[0]?.id ?? '';
  };
  erased = await store('goods-1', BODY);
  waiting = await store('goods-2', 'not yet');
  await world.ledger.post([
    posting({
      inboxEventId: erased,
      movements: [
        {
          key: factKey(1, { type: 'receipt', id: 'goods-1' }),
          ...{ type: 'receipt', occurredAt: noon('2026-03-10'), document: 'receipt goods-1' },
          ...{ reference: null, corrects: null },
          lines: [
            {
              ...{ itemId: world.items[0] ?? 0, lotId: null, quantity: '12' },
              ...{ from: world.place('@supplier'), to: world.place('LOOSE') },
              ...{ unitCost: '5', currency: 'USD' },
            },
          ],
        },
      ],
    }),
  ]);
  await pool.query(`update inbox_event set received_at = received_at - interval '500 days'`);
  from = today();
  await eraseNext(pool, { days: 400, limit: 100 });
  conflict = await store('goods-1', 'other content');
});
afterAll(() => accountant.stop());

it('`explain event` shows what it caused, when its bytes were erased, and the hash they had', async () => {
  const { code, text } = await accountant.type('explain', 'event', erased);
  const hash = createHash('sha256').update(BODY).digest('hex');
  expect(code).toBe(0);
  expect(text).toMatch(/\n {2}applied\n/);
  expect(text).toMatch(/receipt goods-1 +receipt +SKU-1 +12 +@supplier +LOOSE/);
  expect(
    [from, today()].map(
      (day) => `its bytes were erased on ${day}, after inbox.retentionDays; their SHA-256 was ${hash}`,
    ),
  ).toContain(text.trimEnd().split('\n').at(-1)?.trim());
  expect(await accountant.ask('explain', 'event', erased)).toMatchObject({
    ...{ status: 'applied', body: null, sha256: hash, erasedAt: expect.stringMatching(/^\d{4}-/) },
    movements: [{ document: 'receipt goods-1', quantity: '12' }],
  });
});

it('`explain event` of one that is kept has its bytes, its hash and no such day', async () => {
  expect(await accountant.ask('explain', 'event', conflict)).toMatchObject({
    ...{ body: 'other content', erasedAt: null, conflictsWith: erased },
    sha256: createHash('sha256').update('other content').digest('hex'),
  });
});

it('`replay` of named events says of each that stays where it is why', async () => {
  const { code, text } = await accountant.type('replay', erased, conflict, waiting);
  expect(code).toBe(0);
  const [count, ...why] = text.trimEnd().split('\n');
  expect(count).toBe('0 events are pending again.');
  expect(why[0]).toMatch(
    new RegExp(
      `^Event ${erased} is applied and is not read again, and its bytes were erased on \\d{4}-\\d\\d-\\d\\d\\.$`,
    ),
  );
  expect(why.slice(1)).toEqual([
    `Event ${waiting} is pending already.`,
    `Event ${conflict} conflicts with event ${erased}, which stands.`,
  ]);
  expect(await accountant.ask('replay', erased)).toMatchObject({
    replayed: [],
    left: [{ id: erased, status: 'applied', erasedAt: expect.any(String) }],
  });
});

it('a journal still leads down to the event, and `verify` and `explain item` read it as before', async () => {
  await accountant.type('journal', 'draft');
  const { entries } = await accountant.ask('journal', 'explain', 'INV-20260310-1', '1');
  expect(entries).toMatchObject([
    { cause: { type: 'movement', document: 'receipt goods-1', event: erased } },
  ]);
  expect((await accountant.type('explain', 'item', 'SKU-1')).text).toContain(`${erased} receipt`);
  expect((await accountant.type('verify')).code).toBe(0);
});
