// One fact, whichever way it comes: by notification, by poll, twice, late or in the wrong order.
import { describe, expect, onTestFinished, test } from 'vitest';
import type { StoredEvent } from '../../../src/connectors/contract.ts';
import { instantOf } from '../../../src/core/vocabulary/instant.ts';
import { quantityFrom, quantityText } from '../../../src/core/vocabulary/quantity.ts';
import { seededRandom } from '../../../src/simulators/random.ts';
import { startReceiver } from '../../contract/suite/receiver.ts';
import { balancesOf } from './ledger.ts';
import {
  changeEvent,
  connect,
  countsUpdated,
  factsIn,
  received,
  type Shop,
  type ShopOptions,
  SIGNATURE_KEY,
  signed,
  startShop,
  startVendor,
  stored,
  sweep,
} from './shop.ts';

/** A shop whose notifications are kept: `heard` answers those since the last call, once nothing more is on its way. */
async function listeningShop(
  options: ShopOptions = {},
): Promise<Shop & { heard(): Promise<readonly StoredEvent[]> }> {
  const shop = await startShop(options);
  const receiver = await startReceiver();
  shop.simulator.subscribe({ url: receiver.url, signatureKey: SIGNATURE_KEY });
  onTestFinished(async () => {
    await shop[Symbol.asyncDispose]();
    await receiver.close();
  });
  const heard = async () => {
    await shop.simulator.settled();
    return receiver.take().flatMap(received);
  };
  return { ...shop, heard };
}

const polled = async (shop: Shop): Promise<StoredEvent[]> =>
  (await sweep(shop.connection)).events.map(stored);

/** Only what happened after the opening counts. */
async function sinceSeed(shop: Shop, seeded: ReadonlySet<string>): Promise<StoredEvent[]> {
  return (await polled(shop)).filter((event) => !seeded.has(event.dedupeKey));
}
const seedOf = async (shop: Shop) => new Set((await polled(shop)).map(({ dedupeKey }) => dedupeKey));

describe('a sale', () => {
  test('I3: is the same movement by notification and by poll', async () => {
    const shop = await listeningShop();
    const seeded = await seedOf(shop);
    const { orderId } = shop.simulator.sell({ location: 'Main', lines: [{ sku: 'MUG', quantity: 3 }] });
    const hooks = await shop.heard();
    const hinted = await shop.connection.interpret(hooks);
    const stated = await shop.connection.interpret(await sinceSeed(shop, seeded));
    expect(hinted.map((each) => 'readAt' in each)).toContain(true);
    expect(stated.map((each) => 'readAt' in each)).not.toContain(true);
    const [byHook, byPoll] = [factsIn(hinted), factsIn(stated)];
    const sale = byHook.movements.find(({ reference }) => reference === orderId);
    expect(byPoll.movements).toEqual([sale]);
    expect(sale).toMatchObject({
      type: 'shipment',
      lines: [
        {
          item: { listing: shop.mug },
          quantity: '3',
          from: { location: shop.main },
          to: { virtual: 'customer' },
        },
      ],
    });
    expect(byHook.observations).toContainEqual(
      expect.objectContaining({
        item: { listing: shop.mug },
        location: shop.main,
        basis: 'available',
        quantity: '97',
      }),
    );
  });

  test('I3: heard of twice changes nothing', async () => {
    const shop = await listeningShop();
    shop.simulator.setFaults({ webhooks: { duplicate: 1 } });
    shop.simulator.sell({ location: 'Main', lines: [{ sku: 'MUG', quantity: 3 }] });
    const hooks = await shop.heard();
    const log = await polled(shop);
    const once = factsIn(await shop.connection.interpret(log));
    const twice = factsIn(await shop.connection.interpret([...hooks, ...log, ...log]));
    expect(new Set(hooks.map(({ dedupeKey }) => dedupeKey)).size).toBeLessThan(hooks.length);
    expect(twice.movements.length).toBeGreaterThan(2);
    expect(balancesOf(twice)).toEqual(balancesOf(once));
    expect(balancesOf(once)).toMatchObject({ [`${shop.mug} ${shop.main} sellable`]: '97' });
  });

  test('costs one reading of the change log for many notifications', async () => {
    const shop = await listeningShop();
    for (let sale = 0; sale < 20; sale += 1)
      shop.simulator.sell({ location: 'Main', lines: [{ sku: 'MUG', quantity: 1 }] });
    const hooks = await shop.heard();
    const before = shop.simulator.requests().length;
    await shop.connection.interpret(hooks);
    expect(shop.simulator.requests().length - before).toBe(1);
  });

  test('is told only by the notification that names it', async () => {
    const shop = await listeningShop({ settings: { overlapSeconds: 10 } });
    shop.simulator.sell({ location: 'Main', lines: [{ sku: 'MUG', quantity: 3 }] });
    shop.simulator.sell({ location: 'Main', lines: [{ sku: 'TEA', quantity: 1 }] });
    const hooks = (await shop.heard()).filter(({ topic }) => topic === 'inventory.count.updated');
    const told = await shop.connection.interpret(hooks);
    const listings = told.map((each) =>
      factsIn([each]).movements.flatMap(({ lines }) => lines.map(({ item }) => item.listing)),
    );
    expect(listings).toHaveLength(2);
    expect(listings).toContainEqual([shop.mug]);
    expect(listings).toContainEqual([shop.tea]);
  });

  test('is not held up by another change that cannot be read, which is left to the poll', async () => {
    const sale = {
      id: 'SALE',
      from_state: 'IN_STOCK',
      to_state: 'SOLD',
      from_location_id: 'L',
      catalog_object_id: 'V',
      quantity: '2',
      occurred_at: '2026-11-21T10:00:00Z',
    };
    const strange = { ...sale, id: 'STRANGE', to_state: 'CUSTOM' };
    const changes = [sale, strange].map((adjustment) => ({ type: 'ADJUSTMENT', adjustment }));
    await using vendor = await startVendor({ changes });
    await using shop = await startShop();
    const connection = connect({ ...shop.settings, baseUrl: vendor.url });
    const count = { catalog_object_id: 'V', location_id: 'L', state: 'IN_STOCK', quantity: '4' };
    const told = await connection.interpret(received(countsUpdated([count])));
    expect(factsIn(told).movements.map(({ document }) => document.id)).toEqual(['SALE']);
    expect(await connection.interpret(changes.map(changeEvent))).toMatchObject([
      { outcome: 'facts' },
      { outcome: 'quarantined', code: 'content_invalid' },
    ]);
  });

  test('of a kit takes all its components in one movement', async () => {
    const shop = await listeningShop();
    const seeded = await seedOf(shop);
    const { orderId } = shop.simulator.sell({ location: 'Main', lines: [{ sku: 'BOX', quantity: 1 }] });
    const byPoll = factsIn(await shop.connection.interpret(await sinceSeed(shop, seeded)));
    const byHook = factsIn(await shop.connection.interpret(await shop.heard()));
    const [movement] = byPoll.movements;
    expect(new Set(byPoll.movements.map(({ document }) => document.id)).size).toBe(1);
    expect(movement).toMatchObject({
      type: 'shipment',
      document: { type: 'inventory-change-group' },
      reference: orderId,
    });
    const taken = movement?.lines.map(({ item, quantity, from, to }) => ({ item, quantity, from, to }));
    expect(taken).toHaveLength(2);
    const place = { from: { location: shop.main }, to: { virtual: 'customer' } };
    expect(taken).toContainEqual({ item: { listing: shop.mug }, quantity: '2', ...place });
    expect(taken).toContainEqual({ item: { listing: shop.tea }, quantity: '0.5', ...place });
    expect(byHook.movements.filter(({ document }) => document.id === movement?.document.id)[0]).toEqual(
      movement,
    );
  });

  test('rung up offline before a count arrives late and stays before it', async () => {
    const shop = await listeningShop();
    const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
    shop.simulator.count({
      location: 'Main',
      occurredAt: minutesAgo(10),
      lines: [{ sku: 'MUG', quantity: 90 }],
    });
    const late = { location: 'Main', offline: true, lines: [{ sku: 'MUG', quantity: 4 }] };
    shop.simulator.sell({ ...late, occurredAt: minutesAgo(20) });
    const facts = factsIn(await shop.connection.interpret(await polled(shop)));
    const sale = facts.movements.find(({ type }) => type === 'shipment');
    const count = facts.counts.find(({ quantity }) => quantity === '90');
    expect(sale?.occurredAt && count && sale.occurredAt < count.countedAt).toBe(true);
    expect(balancesOf(facts)[`${shop.mug} ${shop.main} sellable`]).toBe('90');
    expect(shop.simulator.books().MUG?.Main?.IN_STOCK).toBe('90');
  });
});

describe('a recount', () => {
  test.each([true, false])(
    'I3: is one count, whichever of its two entries comes first (linked: %s)',
    async (linkRecounts) => {
      const shop = await listeningShop({ simulator: { linkRecounts } });
      const seeded = await seedOf(shop);
      shop.simulator.count({ location: 'Main', lines: [{ sku: 'MUG', quantity: 93 }] });
      const pair = await sinceSeed(shop, seeded);
      expect(pair).toHaveLength(2);
      const both = [...pair, ...[...pair].reverse()].map((event) => [event]);
      const alone = await Promise.all(
        both.map(async (events) => factsIn(await shop.connection.interpret(events))),
      );
      for (const facts of alone) {
        expect(facts.movements).toEqual([]);
        expect(facts.counts).toEqual(alone[0]?.counts);
      }
      expect(alone[0]?.counts).toMatchObject([
        { item: { listing: shop.mug }, location: shop.main, quantity: '93' },
      ]);
    },
  );

  test('heard of by notification is one count and no movement', async () => {
    const shop = await listeningShop();
    shop.simulator.count({ location: 'Main', lines: [{ sku: 'TEA', quantity: 12 }] });
    const facts = factsIn(await shop.connection.interpret(await shop.heard()));
    expect(facts.movements).toEqual([]);
    expect(facts.counts.filter(({ quantity }) => quantity === '12')).toHaveLength(1);
  });

  test('whose count Square does not show is quarantined', async () => {
    const shop = await listeningShop();
    const adjustment = {
      id: 'ORPHAN',
      from_state: 'IN_STOCK',
      to_state: 'WASTE',
      from_location_id: shop.main,
      to_location_id: shop.main,
      catalog_object_id: shop.mug,
      quantity: '7',
      occurred_at: new Date().toISOString(),
      physical_count_id: 'GONE',
      reason_id: { type: 'RECOUNT' },
    };
    expect(await shop.connection.interpret([changeEvent({ type: 'ADJUSTMENT', adjustment })])).toMatchObject([
      { outcome: 'quarantined', code: 'content_invalid', reason: expect.stringContaining('ORPHAN') },
    ]);
  });
});

describe('the echo of our own push', () => {
  async function pushed(shop: Shop): Promise<StoredEvent[]> {
    const seeded = await seedOf(shop);
    const target = { listing: shop.mug, location: shop.main };
    await shop.connection.push?.send({
      key: crypto.randomUUID(),
      createdAt: instantOf(new Date()),
      items: [
        {
          ...target,
          publication: 'pub-1',
          available: '80',
          readAvailable: '100',
          expected: { inStock: '100' },
        },
      ],
    });
    return sinceSeed(shop, seeded);
  }

  test('is no movement, and names the publication', async () => {
    const shop = await listeningShop();
    const echo = await pushed(shop);
    expect(await shop.connection.interpret(echo)).toMatchObject([
      { outcome: 'ignored', reason: expect.stringContaining('pub-1') },
    ]);
    const facts = factsIn(await shop.connection.interpret(await shop.heard()));
    expect(facts.movements).toEqual([]);
    expect(facts.observations).toMatchObject([{ quantity: '80' }]);
  });

  test('is a real movement when another application copied our reference', async () => {
    const shop = await listeningShop({ settings: { applicationId: 'another-application' } });
    expect(await shop.connection.interpret(await pushed(shop))).toMatchObject([{ outcome: 'facts' }]);
  });

  test('is not assumed for a change of the same application without our reference', async () => {
    const shop = await listeningShop();
    const adjustment = {
      id: 'SCRIPT',
      reference_id: 'a-script',
      from_state: 'IN_STOCK',
      to_state: 'WASTE',
      from_location_id: shop.main,
      catalog_object_id: shop.mug,
      quantity: '1',
      occurred_at: '2026-11-20T10:00:00Z',
      source: { product: 'EXTERNAL_API', application_id: shop.simulator.applicationId },
    };
    expect(await shop.connection.interpret([changeEvent({ type: 'ADJUSTMENT', adjustment })])).toMatchObject([
      { outcome: 'facts' },
    ]);
  });
});

describe('notifications without stock', () => {
  test.each([
    ['order.updated', 'ignored'],
    ['order.fulfillment.updated', 'ignored'],
    ['payment.created', 'ignored'],
    ['refund.updated', 'ignored'],
    ['catalog.version.updated', 'ignored'],
    ['transfer_order.updated', 'ignored'],
    ['webhooks.test_notification', 'ignored'],
  ])('%s is %s, with the reason', async (type, outcome) => {
    await using shop = await startShop();
    const events = received(
      signed(JSON.stringify({ type, event_id: 'e-1', created_at: '2026-11-21T00:00:00Z' })),
    );
    expect(await shop.connection.interpret(events)).toMatchObject([{ outcome, reason: expect.any(String) }]);
    expect(shop.simulator.requests()).toEqual([]);
  });

  test('a revoked authorization waits for a person', async () => {
    await using shop = await startShop();
    const events = received(signed(JSON.stringify({ type: 'oauth.authorization.revoked', event_id: 'e-1' })));
    expect(await shop.connection.interpret(events)).toMatchObject([
      { outcome: 'quarantined', code: 'vendor_unauthorized' },
    ]);
  });

  test('what cannot be read is quarantined as malformed', async () => {
    await using shop = await startShop();
    const events = [...received(signed('not json')), ...received(signed('{"type":1}'))];
    expect(await shop.connection.interpret(events)).toMatchObject([
      { outcome: 'quarantined', code: 'body_malformed' },
      { outcome: 'quarantined', code: 'body_malformed' },
    ]);
  });
});

describe('counts in a notification', () => {
  const count = {
    catalog_object_id: 'V',
    location_id: 'L',
    state: 'IN_STOCK',
    quantity: '4',
    calculated_at: '2026-11-21T10:00:00Z',
  };

  test.each([
    ['the state UNTRACKED', { state: 'UNTRACKED' }],
    ['the state CUSTOM', { state: 'CUSTOM' }],
    ['a state of a newer version', { state: 'SUPPORTED_BY_NEWER_VERSION' }],
    ['a quantity that is no number', { quantity: 'n/a' }],
    ['no quantity', { quantity: undefined }],
  ])('with %s are quarantined, never read as zero', async (_, over) => {
    await using shop = await startShop();
    const events = received(countsUpdated([count, { ...count, ...over }]));
    expect(await shop.connection.interpret(events)).toMatchObject([
      { outcome: 'quarantined', code: 'content_invalid' },
    ]);
  });

  test('of what was sold are no level, and without a movement nothing is left to say', async () => {
    await using shop = await startShop();
    const events = received(countsUpdated([{ ...count, state: 'SOLD' }]));
    expect(await shop.connection.interpret(events)).toMatchObject([{ outcome: 'ignored' }]);
  });

  test('may be negative, and keep the instant they were calculated at', async () => {
    await using shop = await startShop();
    const events = received(countsUpdated([{ ...count, quantity: '-2.50' }]));
    expect(await shop.connection.interpret(events)).toMatchObject([
      { facts: { observations: [{ quantity: '-2.5', asOf: '2026-11-21T10:00:00.000000Z' }] } },
    ]);
  });
});

test('a failing vendor fails the whole run, so that nothing is decided on half the facts', async () => {
  const shop = await listeningShop();
  shop.simulator.sell({ location: 'Main', lines: [{ sku: 'MUG', quantity: 1 }] });
  const hooks = await shop.heard();
  shop.simulator.setFaults({ api: { throttle: 1, retryAfterSeconds: 2 } });
  await expect(shop.connection.interpret(hooks)).rejects.toMatchObject({
    code: 'vendor_throttled',
    retryAfterMs: 2000,
  });
  shop.simulator.setFaults({ api: { unauthorized: 1 } });
  await expect(shop.connection.interpret(hooks)).rejects.toMatchObject({ code: 'vendor_unauthorized' });
});

test.each([1, 2, 3])(
  'I3: a busy day comes to the seller’s own counts, in any order and twice (seed %i)',
  async (seed) => {
    const random = seededRandom(seed);
    let minutes = 0;
    const start = Date.now() - 36 * 3_600_000;
    const clock = () => new Date(start + minutes * 60_000);
    const shop = await listeningShop({ simulator: { now: clock, seed } });
    const { simulator } = shop;
    const location = () => (random.chance(0.7) ? 'Main' : 'Harbour');
    const lines = () => [{ sku: random.chance(0.5) ? 'MUG' : 'TEA', quantity: random.integer(1, 3) }];
    const orders: string[] = [];
    const actions: (() => unknown)[] = [
      () => orders.push(simulator.sell({ location: 'Main', lines: lines() }).orderId),
      () => simulator.sell({ location: 'Main', lines: [{ sku: 'BOX', quantity: 1 }] }),
      () => simulator.receive({ location: location(), lines: lines() }),
      () => simulator.waste({ location: location(), lines: lines() }),
      () => simulator.count({ location: location(), lines: lines() }),
      () => simulator.transfer({ from: 'Main', to: 'Harbour', lines: lines() }),
      () => simulator.transfer({ from: 'Main', to: 'Harbour', lines: lines(), step: 'send' }),
      () => simulator.reserve({ location: 'Main', lines: lines() }),
      () => simulator.release({ location: 'Main', lines: lines() }),
      () => simulator.refund({ location: 'Main', lines: lines(), path: 'unlinked' }),
      () =>
        orders[0] &&
        simulator.refund({ location: 'Main', lines: lines(), orderId: orders[0], path: 'inspected' }),
      () =>
        orders[0] &&
        simulator.refund({ location: 'Main', lines: lines(), orderId: orders[0], path: 'pending' }),
      () => {
        const occurredAt = new Date(
          clock().getTime() - random.integer(1, 90) * 60_000 + 17_000,
        ).toISOString();
        return simulator.sell({ location: 'Main', lines: lines(), offline: true, occurredAt });
      },
    ];
    for (let step = 0; step < 120; step += 1) {
      minutes += 7;
      actions[random.integer(0, actions.length - 1)]?.();
    }
    const events = [...(await polled(shop)), ...(await shop.heard()), ...(await polled(shop))];
    const shuffled = events.map((event) => ({ event, rank: random.next() })).sort((a, b) => a.rank - b.rank);
    const facts = factsIn(await shop.connection.interpret(shuffled.map(({ event }) => event)));
    expect(balancesOf(facts)).toEqual(shelvesOf(shop));
  },
);

/** The seller's own counts in our words: what is not IN_STOCK but on hand is held. */
function shelvesOf(shop: Shop): Record<string, string> {
  const shelves: [string, string][] = [];
  const locations: Record<string, string> = { Main: shop.main, Harbour: shop.harbour };
  for (const [sku, listing] of Object.entries({ MUG: shop.mug, TEA: shop.tea })) {
    for (const [name, states] of Object.entries(shop.simulator.books()[sku] ?? {})) {
      const held = ['RESERVED_FOR_SALE', 'RETURNED_BY_CUSTOMER', 'IN_TRANSIT'].map((state) =>
        quantityFrom(states[state] ?? '0'),
      );
      const hold = held.reduce((total, quantity) => (total + quantity) as typeof quantity);
      shelves.push([`${listing} ${locations[name]} sellable`, states.IN_STOCK ?? '0']);
      shelves.push([`${listing} ${locations[name]} hold`, quantityText(hold)]);
    }
  }
  return Object.fromEntries(
    shelves.filter(([, quantity]) => quantity !== '0').sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}
