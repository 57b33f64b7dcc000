// From what a source reports to canonical facts, on a real catalogue: everything that is unknown is named at once, nothing is guessed.
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readDirectory } from '../../../src/core/catalog/directory.ts';
import { type Resolution, resolve } from '../../../src/core/catalog/resolve.ts';
import { readingOf } from '../../../src/core/ledger/earlier-reading.ts';
import { factKey, type Movement, type Posting, postingSchema } from '../../../src/core/ledger/movement.ts';
import type {
  Facts,
  ReportedCount,
  ReportedLine,
  ReportedMovement,
  ReportedStock,
} from '../../../src/core/vocabulary/facts.ts';
import { type Instant, instantFrom } from '../../../src/core/vocabulary/instant.ts';
import { type TestDatabase, testDatabase } from '../../support/postgres.ts';

let database: TestDatabase;
let shop = 0;
let partner = 0;
const items = new Map<string, number>();
const locations = new Map<string, number>();
const CUTOVER = instantFrom('2026-01-01T00:00:00Z');
const AFTER = instantFrom('2026-01-02T00:00:00Z');

beforeAll(async () => {
  database = await testDatabase();
  const { pool } = database;
  const connections = await pool.query<{ id: number }>(
    `insert into connection (name, connector) values ('shop', 'demo'), ('partner', 'demo') returning id`,
  );
  [shop = 0, partner = 0] = connections.rows.map((row) => row.id);
  const rows = await pool.query<{ id: number; sku: string }>(
    `insert into item (sku, base_unit, is_divisible, is_kit) values ('TEE', 'each', false, false), ('MUG', 'each', false, false), ('TEA', 'kg', true, false),
       ('GIFT', 'each', false, true), ('HALVES', 'each', false, true), ('EMPTY', 'each', false, true) returning id, sku`,
  );
  for (const row of rows.rows) items.set(row.sku, row.id);
  await pool.query(
    `insert into item_unit (item_id, unit, factor) select id, 'case', 12 from item where sku = 'TEE' union all select id, 'g', 0.001 from item where sku = 'TEA'`,
  );
  await pool.query(
    `insert into kit_component (kit_id, component_id, quantity)
     select k.id, c.id, q from (values ('GIFT', 'MUG', 2), ('GIFT', 'TEA', 0.25), ('HALVES', 'MUG', 0.5), ('HALVES', 'TEA', 0.000001)) v(kit, component, q)
     join item k on k.sku = v.kit join item c on c.sku = v.component`,
  );
  await pool.query(
    `insert into location (code, kind, authority_id) values ('MAIN', 'warehouse', null), ('DEPOT', '3pl', $1)`,
    [partner],
  );
  for (const row of (await pool.query<{ id: number; code: string }>('select id, code from location')).rows)
    locations.set(row.code, row.id);
  await pool.query(
    `insert into listing (connection_id, external_id, item_id, factor)
     select $1, v.id, i.id, v.factor from (values ('v-tee', 'TEE', 1), ('v-tee-6', 'TEE', 6), ('v-gift', 'GIFT', 1), ('v-tea', 'TEA', 0.1)) v(id, sku, factor) join item i on i.sku = v.sku`,
    [shop],
  );
  await pool.query(
    `insert into barcode (code, item_id) select v.code, i.id from (values ('4006381333931', 'TEE'), ('4006381333948', 'GIFT')) v(code, sku)
     join item i on i.sku = v.sku`,
  );
  await pool.query(
    `insert into location_binding (connection_id, external_id, location_id) select $1, 'loc-' || lower(code), id from location where code in ('MAIN', 'DEPOT')`,
    [shop],
  );
});
afterAll(() => database.drop());

const facts = (given: Partial<Facts>): Facts => ({
  movements: [],
  counts: [],
  reservations: [],
  observations: [],
  ...given,
});
const lineOf = (given: Partial<ReportedLine>): ReportedLine => ({
  item: { listing: 'v-tee' },
  quantity: '1',
  from: { location: 'loc-main' },
  to: { virtual: 'customer' },
  ...given,
});
const movementOf = (
  lines: readonly Partial<ReportedLine>[],
  given: Partial<ReportedMovement> = {},
): ReportedMovement => ({
  type: 'shipment',
  document: { type: 'fulfillment', id: '1' },
  occurredAt: AFTER,
  lines: lines.map(lineOf),
  ...given,
});
const countOf = (given: Partial<ReportedCount>): ReportedCount => ({
  document: { type: 'count', id: '1' },
  item: { listing: 'v-tee' },
  location: 'loc-main',
  countedAt: AFTER,
  quantity: '3',
  ...given,
});
async function resolved(
  given: Partial<Facts>,
  options: { connectionId?: number; cutoverAt?: Instant } = {},
): Promise<Resolution> {
  const own = facts(given);
  const directory = await readDirectory(database.pool, options.connectionId ?? shop, [own]);
  return resolve(own, directory, { inboxEventId: '1', cutoverAt: options.cutoverAt ?? CUTOVER });
}
async function postingOf(
  given: Partial<Facts>,
  options: { connectionId?: number; cutoverAt?: Instant } = {},
): Promise<Posting & { empty: boolean }> {
  const resolution = await resolved(given, options);
  if (resolution.outcome !== 'resolved') throw new Error(resolution.reason);
  // What comes out must be what the ledger’s job takes.
  expect(postingSchema.parse(resolution.posting)).toEqual(resolution.posting);
  return { ...resolution.posting, empty: resolution.empty };
}
const linesOf = async (...lines: Partial<ReportedLine>[]) =>
  (await postingOf({ movements: [movementOf(lines)] })).movements[0]?.lines.map((each) => [
    each.itemId,
    each.quantity,
  ]);
const refusal = async (given: Partial<Facts>) => {
  const resolution = await resolved(given);
  return resolution.outcome === 'refused' ? { code: resolution.code, reason: resolution.reason } : resolution;
};
const itemId = (sku: string) => items.get(sku) ?? 0;

describe('quantities become base units', () => {
  it.each([
    ['a listing sold by the piece', { item: { listing: 'v-tee' }, quantity: '3' }, 'TEE', '3'],
    ['a listing that is a six-pack', { item: { listing: 'v-tee-6' }, quantity: '3' }, 'TEE', '18'],
    [
      'a named unit, whatever the listing’s factor',
      { item: { listing: 'v-tee-6' }, quantity: '2', unit: 'case' },
      'TEE',
      '24',
    ],
    ['the base unit by name', { item: { listing: 'v-tee-6' }, quantity: '2', unit: 'each' }, 'TEE', '2'],
    ['a fraction of what can be divided', { item: { listing: 'v-tea' }, quantity: '1.5' }, 'TEA', '0.15'],
    [
      'grams of kilograms, from a source that knows only SKUs',
      { item: { sku: 'TEA' }, quantity: '250', unit: 'g' },
      'TEA',
      '0.25',
    ],
    [
      'a fraction of a case that is whole pieces',
      { item: { sku: 'TEE' }, quantity: '0.5', unit: 'case' },
      'TEE',
      '6',
    ],
  ] as const)('%s', async (_, line, sku, quantity) => {
    expect(await linesOf(line)).toEqual([[itemId(sku), quantity]]);
  });

  it('a kit moves as its components, each in its own base unit', async () => {
    expect(await linesOf({ item: { listing: 'v-gift' }, quantity: '3' })).toEqual([
      [itemId('MUG'), '6'],
      [itemId('TEA'), '0.75'],
    ]);
  });

  it.each([
    ['a fraction of a piece', { quantity: '0.5' }, '0.5 each of TEE is not whole'],
    ['zero', { quantity: '0' }, 'the quantity of TEE is not above zero'],
    ['less than nothing', { quantity: '-2' }, 'the quantity of TEE is not above zero'],
    ['no number', { quantity: '1e3' }, 'the quantity of TEE cannot be read'],
    [
      'finer than the hub can hold',
      { item: { sku: 'TEA' }, quantity: '0.0001', unit: 'g' },
      'the quantity of TEA cannot be read',
    ],
    [
      'half a component of what cannot be divided',
      { item: { sku: 'HALVES' }, quantity: '1' },
      '1 of the kit HALVES is no exact quantity of its component MUG',
    ],
    [
      'a kit that lost its components',
      { item: { sku: 'EMPTY' }, quantity: '1' },
      'EMPTY is a kit without components',
    ],
    ['a lot of a kit', { item: { listing: 'v-gift' }, lot: 'L1' }, 'its components have lots, not the kit'],
  ])('refuses %s', async (_, line, reason) => {
    expect(await refusal({ movements: [movementOf([line])] })).toMatchObject({
      code: 'content_invalid',
      reason: expect.stringContaining(reason),
    });
  });

  it('no quantity, however odd, throws or slips through: it is exact or refused', async () => {
    const odd = fc.oneof(
      fc.string(),
      fc.float().map(String),
      fc.bigInt().map(String),
      fc.constantFrom('0.0000001', '999999999999999', '٣', '1 '),
    );
    const directory = await readDirectory(database.pool, shop, [
      facts({
        movements: ['v-tee', 'v-tee-6', 'v-gift', 'v-tea'].map((listing) =>
          movementOf([{ item: { listing } }]),
        ),
      }),
    ]);
    fc.assert(
      fc.property(
        odd,
        fc.constantFrom('v-tee', 'v-tee-6', 'v-gift', 'v-tea'),
        fc.option(fc.constantFrom('case', 'g', 'each', 'kg'), { nil: undefined }),
        (quantity, listing, unit) => {
          const own = facts({
            movements: [movementOf([{ item: { listing }, quantity, ...(unit && { unit }) }])],
          });
          const resolution = resolve(own, directory, { inboxEventId: null, cutoverAt: CUTOVER });
          if (resolution.outcome === 'refused')
            expect(['content_invalid', 'unit_unknown']).toContain(resolution.code);
          else
            for (const each of resolution.posting.movements[0]?.lines ?? [])
              expect(Number(each.quantity)).toBeGreaterThan(0);
        },
      ),
      { numRuns: 400 },
    );
  });
});

describe('what is not bound', () => {
  it('item, unit and location are named all at once, over all lines and facts', async () => {
    const answer = await refusal({
      movements: [
        movementOf([
          { item: { listing: 'v-gone', sku: 'OLD' }, from: { location: 'loc-gone' } },
          { unit: 'pallet', to: { location: 'loc-none' } },
        ]),
      ],
      counts: [countOf({ item: { sku: 'NOPE' } })],
      reservations: [
        {
          order: 'o',
          version: 1n,
          reservedAt: AFTER,
          lines: [{ line: '1', item: { listing: 'v-off' }, location: 'loc-main', quantity: '1' }],
        },
      ],
    });
    expect(answer).toMatchObject({ code: 'location_unknown' });
    for (const name of [
      'loc-gone',
      'listing v-gone (SKU OLD)',
      'TEE has no unit pallet; it has each, case',
      'loc-none',
      'SKU NOPE',
      'listing v-off',
    ]) {
      expect('reason' in answer && answer.reason).toContain(name);
    }
  });

  it('a virtual location’s code, another connection’s listing, and an item without a listing id are not guessed', async () => {
    expect(await refusal({ movements: [movementOf([{ from: { location: '@supplier' } }])] })).toMatchObject({
      code: 'location_unknown',
    });
    expect((await resolved({ movements: [movementOf([{}])] }, { connectionId: partner })).outcome).toBe(
      'refused',
    );
    expect(await refusal({ movements: [movementOf([{ item: { listing: 'TEE' } }])] })).toMatchObject({
      code: 'item_unknown',
    });
  });

  it('a source without ids of its own may say our SKU and our location code', async () => {
    const own = await postingOf(
      { movements: [movementOf([{ item: { sku: 'TEE' }, from: { location: 'DEPOT' } }])] },
      { connectionId: partner },
    );
    expect(own.movements[0]?.lines[0]).toMatchObject({
      itemId: itemId('TEE'),
      from: { locationId: locations.get('DEPOT'), state: 'sellable' },
    });
  });

  it('text that no store can hold is unknown, not an error that stops its neighbours', async () => {
    const evil = ['\u0000', 'a\u0000b', '\ud800'];
    for (const text of evil) {
      expect(
        await refusal({ movements: [movementOf([{ item: { sku: text }, from: { location: text } }])] }),
      ).toMatchObject({ code: 'location_unknown' });
      expect(await refusal({ movements: [movementOf([{ item: { listing: text } }])] })).toMatchObject({
        code: 'item_unknown',
      });
      expect(await refusal({ movements: [movementOf([{ lot: text }])] })).toMatchObject({
        code: 'content_invalid',
        reason: expect.stringContaining('lot'),
      });
    }
  });

  it('a level of something unknown holds nothing back: it is noted and left out', async () => {
    const own = await postingOf({
      observations: [
        { item: { listing: 'v-gone' }, location: 'loc-main', basis: 'available', quantity: '1', asOf: AFTER },
        { item: { listing: 'v-tee' }, location: 'loc-main', basis: 'on_hand', quantity: '7', asOf: AFTER },
      ],
    });
    expect(own.observations).toEqual([
      {
        listingId: expect.any(Number),
        locationId: locations.get('MAIN'),
        basis: 'on_hand',
        quantity: '7',
        asOf: AFTER,
      },
    ]);
    expect(own.note).toContain('listing v-gone at loc-main is not bound');
  });
});

describe('which facts move stock', () => {
  it.each([
    ['before', '2025-12-31T23:59:59.999999Z', false],
    ['at', '2026-01-01T00:00:00Z', false],
    ['after', '2026-01-01T00:00:00.000001Z', true],
  ])('a fact %s the cut-over: moved %3$s', async (_, time, moved) => {
    const own = await postingOf({
      movements: [movementOf([{}], { occurredAt: instantFrom(time) })],
      counts: [countOf({ countedAt: instantFrom(time) })],
    });
    expect([own.movements.length, own.counts.length, own.empty]).toEqual(
      moved ? [1, 1, false] : [0, 0, true],
    );
    if (moved) expect(own.note).toBeNull();
    else
      expect(own.note).toMatch(/fulfillment 1 took effect at .*, before the cut-over.*; count 1 took effect/);
  });

  it.each([
    ['shipped and voided after the cut-over', '2026-01-02T00:00:00Z', '2026-01-05T00:00:00Z', '2026-01-02'],
    ['shipped before and voided after it', '2025-12-30T00:00:00Z', '2026-01-05T00:00:00Z', '2026-01-05'],
    ['shipped and voided before it', '2025-12-30T00:00:00Z', '2025-12-31T00:00:00Z', undefined],
  ])(
    'the goods of what was %s come back when they did, if the ledger missed them',
    async (_, occurredAt, undoneAt, day) => {
      const shipped = movementOf([{}], { occurredAt: instantFrom(occurredAt) });
      const undoing: ReportedMovement = {
        ...movementOf([{ from: { virtual: 'customer' }, to: { location: 'loc-main' } }]),
        document: { type: 'fulfillment', id: '1', line: 'rev' },
        occurredAt: instantFrom(occurredAt),
        reverses: shipped.document,
        undoneAt: instantFrom(undoneAt),
      };
      const { movements } = await postingOf({ movements: [shipped, undoing] });
      const back = movements.filter((each) => each.corrects !== null);
      expect(back.map((each) => each.occurredAt.slice(0, 10))).toEqual(day === undefined ? [] : [day]);
      expect(movements.length).toBe(occurredAt > CUTOVER ? 2 : back.length);
    },
  );

  it('an order’s reservations count whenever it was placed', async () => {
    const early = instantFrom('2025-06-01T00:00:00Z');
    const own = await postingOf({
      reservations: [
        {
          order: 'o',
          version: 5n,
          reservedAt: early,
          lines: [{ line: '1', item: { listing: 'v-gift' }, location: 'loc-main', quantity: '2' }],
        },
      ],
    });
    expect(own.reservations).toEqual([
      {
        order: 'o',
        version: '5',
        reservedAt: early,
        lines: [
          { line: '1', itemId: itemId('MUG'), locationId: locations.get('MAIN'), quantity: '4' },
          { line: '1', itemId: itemId('TEA'), locationId: locations.get('MAIN'), quantity: '0.5' },
        ],
      },
    ]);
    const released = await postingOf({
      reservations: [
        {
          order: 'o',
          version: 6n,
          reservedAt: early,
          lines: [{ line: '1', item: { listing: 'v-tee' }, location: 'loc-main', quantity: '0' }],
        },
      ],
    });
    expect(released.reservations[0]?.lines).toEqual([]);
    expect(released.empty).toBe(false);
  });

  it('where another connection is the authority, this one’s documents move and count nothing, and it is noted; reservations stay', async () => {
    const given: Partial<Facts> = {
      movements: [movementOf([{ from: { location: 'loc-depot' } }])],
      counts: [countOf({ location: 'loc-depot' })],
      reservations: [
        {
          order: 'o',
          version: 1n,
          reservedAt: AFTER,
          lines: [{ line: '1', item: { listing: 'v-tee' }, location: 'loc-depot', quantity: '1' }],
        },
      ],
    };
    const own = await postingOf(given);
    expect([own.movements, own.counts]).toEqual([[], []]);
    expect(own.reservations[0]?.lines).toHaveLength(1);
    expect(own.note).toContain('fulfillment 1: stock at DEPOT is moved by the documents of partner');
    expect(own.note).toContain('count 1: DEPOT is counted by partner');
    const theirs = await postingOf(
      { movements: [movementOf([{ item: { sku: 'TEE' }, from: { location: 'DEPOT' } }])] },
      { connectionId: partner },
    );
    expect(theirs.movements).toHaveLength(1);
  });

  it('a movement of which only some lines are at another’s location moves the rest', async () => {
    const own = await postingOf({ movements: [movementOf([{}, { from: { location: 'loc-depot' } }])] });
    expect(own.movements[0]?.lines.map(({ from }) => from.locationId)).toEqual([locations.get('MAIN')]);
    expect(own.note).toContain('stock at DEPOT is moved by the documents of partner');
  });

  it('a kit is not counted; what is counted may be nothing, or less', async () => {
    expect(await refusal({ counts: [countOf({ item: { listing: 'v-gift' } })] })).toMatchObject({
      code: 'content_invalid',
      reason: expect.stringContaining('count its components'),
    });
    for (const quantity of ['0', '-2']) {
      const own = await postingOf({
        counts: [countOf({ quantity, item: { listing: 'v-tee-6' }, state: 'damaged' })],
      });
      expect(own.counts[0]).toMatchObject({
        quantity: String(Number(quantity) * 6 || 0),
        place: { state: 'damaged' },
      });
    }
  });
});

describe('documents and lots', () => {
  it('I3: the key is made of connection, document and line; what is reversed is named by its key', async () => {
    const own = await postingOf({
      movements: [
        movementOf([{}], {
          document: { type: 'refund', id: '9', line: '2' },
          reverses: { type: 'fulfillment', id: '1' },
          reference: 'order 5',
        }),
      ],
    });
    expect(own.movements[0]).toMatchObject({
      key: factKey(shop, { type: 'refund', id: '9', line: '2' }),
      corrects: factKey(shop, { type: 'fulfillment', id: '1' }),
      document: 'refund 9 line 2',
      reference: 'order 5',
    });
  });

  it('a lot is made by the first document that names it, and is the same afterwards, also when two name it at once', async () => {
    const lots = await Promise.all(
      [1, 2, 3].map(
        async () =>
          (await postingOf({ movements: [movementOf([{ lot: 'LOT-7' }])] })).movements[0]?.lines[0]?.lotId,
      ),
    );
    expect(new Set(lots).size).toBe(1);
    const { rows } = await database.pool.query('select id, item_id from lot where code = $1', ['LOT-7']);
    expect(rows).toEqual([{ id: lots[0], item_id: itemId('TEE') }]);
  });

  it('an event about nothing is empty', async () => {
    expect(await postingOf({})).toMatchObject({ empty: true, note: null });
  });
});

describe('our own words where a source has none of its own', () => {
  it('a barcode names its item; one that is not ours is named, and nothing is guessed', async () => {
    expect(await linesOf({ item: { barcode: '4006381333931' }, unit: 'case' })).toEqual([
      [items.get('TEE'), '12'],
    ]);
    expect(await linesOf({ item: { barcode: '4006381333948' } })).toHaveLength(2);
    expect(
      await refusal({ movements: [movementOf([{ item: { barcode: '000' } }, { item: { sku: 'NO' } }])] }),
    ).toEqual({
      code: 'item_unknown',
      reason: 'there is no item with barcode 000; there is no item with SKU NO',
    });
  });

  it('a code names our location, with its state; it is no channel’s id and no virtual place', async () => {
    const posting = await postingOf({
      movements: [movementOf([{ from: { code: 'MAIN', state: 'hold' } }])],
    });
    expect(posting.movements[0]?.lines[0]?.from).toEqual({
      locationId: locations.get('MAIN'),
      state: 'hold',
    });
    for (const code of ['loc-main', '@supplier', 'NOWHERE']) {
      expect(await refusal({ movements: [movementOf([{ from: { code } }])] })).toEqual({
        code: 'location_unknown',
        reason: `there is no location ${code}`,
      });
    }
  });

  it('a location by its code is moved by its own authority only', async () => {
    const movements = [movementOf([{ item: { sku: 'TEE' }, from: { code: 'DEPOT' } }])];
    expect(await postingOf({ movements })).toMatchObject({
      empty: true,
      note: 'fulfillment 1: stock at DEPOT is moved by the documents of partner',
    });
    expect((await postingOf({ movements }, { connectionId: partner })).movements).toHaveLength(1);
  });

  it('a new lot gets its expiry, a known one the first that is named, and no day is refused', async () => {
    const expiryOf = async (lot: string, lotExpiresOn?: string) => {
      await postingOf({
        movements: [movementOf([{ lot, ...(lotExpiresOn !== undefined && { lotExpiresOn }) }])],
      });
      const { rows } = await database.pool.query('select expires_on::text as day from lot where code = $1', [
        lot,
      ]);
      return rows[0]?.day;
    };
    expect(await expiryOf('E1', '2027-02-28')).toBe('2027-02-28');
    expect(await expiryOf('E1', '2029-01-01')).toBe('2027-02-28');
    expect(await expiryOf('E1')).toBe('2027-02-28');
    expect(await expiryOf('E2')).toBeNull();
    expect(await expiryOf('E2', '2028-02-29')).toBe('2028-02-29');
    for (const lotExpiresOn of ['2027-02-29', '27-02-28', '2027-02-28T00:00:00Z']) {
      expect(await refusal({ movements: [movementOf([{ lot: 'E3', lotExpiresOn }])] })).toMatchObject({
        code: 'content_invalid',
      });
    }
  });

  it('notes of the source are kept with the posting, and with an event that says nothing else', async () => {
    expect(await postingOf({ notes: ['4 short'] })).toMatchObject({ empty: true, note: '4 short' });
    expect(await postingOf({ movements: [movementOf([{}])], notes: ['a', 'b'] })).toMatchObject({
      empty: false,
      note: 'a; b',
    });
  });
});

describe('stock reports', () => {
  const report = (given: Partial<ReportedStock> = {}): ReportedStock => ({
    document: { type: 'stock', id: '1' },
    code: 'MAIN',
    asOf: AFTER,
    extent: 'full',
    lines: [{ item: { sku: 'TEE' }, state: 'sellable', quantity: '3' }],
    ...given,
  });
  const reported = async (given: Partial<ReportedStock> = {}, options = {}) =>
    await postingOf({ reports: [report(given)] }, options);

  it('become base units, one line per item, state and lot, under the key of their document', async () => {
    const tee = { item: { sku: 'TEE' }, state: 'sellable' } as const;
    const posting = await reported({
      inTransit: 'DEPOT',
      lines: [
        { ...tee, quantity: '2', unit: 'case' },
        { ...tee, item: { barcode: '4006381333931' }, quantity: '1' },
        { ...tee, quantity: '0', state: 'hold' },
        { ...tee, quantity: '5', lot: 'R1' },
      ],
    });
    const lot = await database.pool.query(`select id from lot where code = 'R1'`);
    const itemId = items.get('TEE');
    expect(posting).toMatchObject({ empty: false });
    expect(posting.reports).toEqual([
      {
        key: factKey(shop, { type: 'stock', id: '1' }),
        document: 'stock 1',
        locationId: locations.get('MAIN'),
        inTransitId: locations.get('DEPOT'),
        asOf: AFTER,
        extent: 'full',
        lines: [
          { itemId, state: 'sellable', lotId: null, quantity: '25' },
          { itemId, state: 'hold', lotId: null, quantity: '0' },
          { itemId, state: 'sellable', lotId: lot.rows[0]?.id, quantity: '5' },
        ],
      },
    ]);
  });

  it('are refused whole for what is unknown, and for kits', async () => {
    const line = { item: { sku: 'TEE' }, state: 'sellable', quantity: '1' } as const;
    const refused = (given: Partial<ReportedStock>) => refusal({ reports: [report(given)] });
    expect(await refused({ lines: [line, { ...line, item: { sku: 'NO' } }] })).toMatchObject({
      code: 'item_unknown',
    });
    expect(await refused({ lines: [{ ...line, unit: 'pallet' }] })).toMatchObject({ code: 'unit_unknown' });
    expect(await refused({ code: 'NOWHERE' })).toMatchObject({ code: 'location_unknown' });
    expect(await refused({ inTransit: 'NOWHERE' })).toMatchObject({ code: 'location_unknown' });
    expect(await refused({ lines: [{ ...line, item: { sku: 'GIFT' } }] })).toMatchObject({
      code: 'content_invalid',
    });
    expect(await refused({ lines: [{ ...line, lot: 'a\u0000b' }] })).toMatchObject({
      code: 'content_invalid',
    });
  });

  it('from before the cut-over, and of another’s location, are noted and not compared', async () => {
    expect(await reported({ asOf: CUTOVER })).toMatchObject({
      empty: true,
      note: expect.stringContaining('before the cut-over'),
    });
    expect(await reported({ code: 'DEPOT' })).toMatchObject({
      empty: true,
      note: 'stock 1: stock at DEPOT is reported by partner',
    });
    expect((await reported({ code: 'DEPOT' }, { connectionId: partner })).reports).toHaveLength(1);
  });
});

describe('between a shelf of ours and a place that a partner moves', () => {
  const toDepot = movementOf([{ to: { location: 'loc-depot' } }], {
    type: 'transfer',
    document: { type: 'transfer', id: '1' },
  });
  const addTransit = (code: string) =>
    database.pool.query(
      `insert into location (code, kind, allows_negative, authority_id) values ($1, 'transit', true, $2)`,
      [code, partner],
    );
  afterEach(() => database.pool.query(`delete from location where code like 'TO-DEPOT%'`));

  it('without a place for what is on its way it is held, never dropped, and says what to do', async () => {
    expect(await refusal({ movements: [toDepot] })).toEqual({
      code: 'held_by_guard',
      reason: expect.stringMatching(
        /^transfer 1: it moves stock from MAIN to DEPOT, and at DEPOT only the documents of partner do; import one location of kind transit/,
      ),
    });
    await addTransit('TO-DEPOT');
    await addTransit('TO-DEPOT-2');
    expect(await refusal({ movements: [toDepot] })).toMatchObject({ code: 'held_by_guard' });
    const back = movementOf([{ from: { location: 'loc-depot' }, to: { location: 'loc-main' } }]);
    expect(await refusal({ movements: [back] })).toMatchObject({
      code: 'held_by_guard',
      reason: expect.stringContaining('from DEPOT to MAIN'),
    });
  });

  it('it leaves our shelf for the one place where things are on their way to the partner', async () => {
    await addTransit('TO-DEPOT');
    const { rows } = await database.pool.query(`select id from location where code = 'TO-DEPOT'`);
    for (const code of ['DEPOT', 'TO-DEPOT']) {
      const own = await postingOf({
        movements: [{ ...toDepot, lines: [lineOf({ to: { code } })] }],
      });
      expect(own.movements[0]?.lines[0]).toMatchObject({
        from: { locationId: locations.get('MAIN') },
        to: { locationId: rows[0]?.id, state: 'sellable' },
      });
      expect(own.note).toContain('what goes to partner is at TO-DEPOT until its receipt comes');
    }
  });

  it('released by a person, it is booked at both ends', async () => {
    const given = facts({ movements: [toDepot] });
    const directory = await readDirectory(database.pool, shop, [given]);
    const released = resolve(given, directory, { inboxEventId: '1', cutoverAt: CUTOVER, isReleased: true });
    expect(released.outcome === 'resolved' && released.posting.movements[0]?.lines[0]).toMatchObject({
      from: { locationId: locations.get('MAIN') },
      to: { locationId: locations.get('DEPOT') },
    });
  });
});

describe('I3: whose documents move stock is asked as of the time of the fact', () => {
  const BEFORE_CHANGE = instantFrom('2026-02-01T00:00:00Z');
  const CHANGE = instantFrom('2026-02-01T00:00:00.000001Z');
  const AFTER_CHANGE = instantFrom('2026-02-01T00:00:00.000002Z');
  const factsAt = (at: Instant, code: string): Partial<Facts> => ({
    movements: [movementOf([{ from: { location: code } }], { occurredAt: at })],
    counts: [countOf({ location: code, countedAt: at })],
  });
  const placesAt = async (at: Instant, code: string) => {
    const own = await postingOf(factsAt(at, code));
    const moved = own.movements.flatMap(({ lines }) => lines.map(({ from }) => from.locationId));
    const places = [...moved, ...own.counts.map(({ place }) => place.locationId)];
    return places.map((id) => [...locations].find(([, each]) => each === id)?.[0]);
  };
  afterEach(() => database.pool.query('delete from location_authority; delete from earlier_binding'));

  it.each([
    ['taken back from a partner', 'MAIN', true, [], ['MAIN', 'MAIN']],
    ['given to a partner', 'DEPOT', false, ['DEPOT', 'DEPOT'], []],
  ])('a location that was %s', async (_name, code, wasPartners, before, after) => {
    await database.pool.query(
      `insert into location_authority (location_id, authority_id, until) select id, $2, $3 from location where code = $1`,
      [code, wasPartners ? partner : null, CHANGE],
    );
    const external = `loc-${code.toLowerCase()}`;
    expect(await placesAt(BEFORE_CHANGE, external)).toEqual(before);
    expect(await placesAt(CHANGE, external)).toEqual(before);
    expect(await placesAt(AFTER_CHANGE, external)).toEqual(after);
    const report = (asOf: Instant) =>
      postingOf({
        reports: [
          {
            ...{ document: { type: 'stock', id: '1' }, code, asOf, extent: 'full' },
            lines: [{ item: { sku: 'TEE' }, state: 'sellable', quantity: '3' }],
          },
        ],
      });
    expect((await report(BEFORE_CHANGE)).empty).toBe(before.length === 0);
    expect((await report(AFTER_CHANGE)).empty).toBe(after.length === 0);
  });

  it('a location that changed hands twice is judged by whoever had it then', async () => {
    await database.pool.query(
      `insert into location_authority (location_id, authority_id, until)
       select l.id, v.authority_id, v.until from location l, (values ($1::smallint, $2::timestamptz), (null, $3)) v(authority_id, until)
       where l.code = 'DEPOT'`,
      [partner, CUTOVER, CHANGE],
    );
    expect(await placesAt(AFTER, 'loc-depot')).toEqual(['DEPOT', 'DEPOT']);
    expect(await placesAt(AFTER_CHANGE, 'loc-depot')).toEqual([]);
  });

  it.each([
    ['off a partner’s location', 'loc-main', 'DEPOT', [], ['MAIN', 'MAIN']],
    ['to a partner’s location', 'loc-depot', 'MAIN', ['MAIN', 'MAIN'], []],
  ])('a binding that was moved %s', async (_name, external, old, before, after) => {
    await database.pool.query(
      `insert into earlier_binding (connection_id, external_id, location_id, until) select $1, $2, id, $4 from location where code = $3`,
      [shop, external, old, CHANGE],
    );
    expect(await placesAt(BEFORE_CHANGE, external)).toEqual(before);
    expect(await placesAt(AFTER_CHANGE, external)).toEqual(after);
  });

  it('a wrong binding between two places of ours is put right for facts of any time', async () => {
    await database.pool.query(`insert into location (code, kind) values ('ANNEX', 'warehouse')`);
    await database.pool.query(
      `insert into earlier_binding (connection_id, external_id, location_id, until) select $1, 'loc-main', id, $2 from location where code = 'ANNEX'`,
      [shop, CHANGE],
    );
    expect(await placesAt(BEFORE_CHANGE, 'loc-main')).toEqual(['MAIN', 'MAIN']);
  });
});

describe('I4: what is booked is known by the catalogue it was read with', () => {
  const DAYS = [5, 6, 7].map((day) => instantFrom(`2026-03-0${day}T00:00:00Z`));
  afterEach(() =>
    database.pool.query(
      'delete from earlier_kit; delete from earlier_listing; delete from earlier_unit; delete from earlier_barcode; delete from earlier_binding',
    ),
  );
  const kitWas = (sku: string, day: number, components: [string, string][] | null) =>
    database.pool.query('insert into earlier_kit (item_id, components, until) values ($1, $2, $3)', [
      itemId(sku),
      components && JSON.stringify(components.map(([part, quantity]) => ({ id: itemId(part), quantity }))),
      DAYS[day],
    ]);
  const listingWas = (listing: string, day: number, sku: string, factor = '1') =>
    database.pool.query(
      'insert into earlier_listing (connection_id, external_id, item_id, factor, until) values ($1, $2, $3, $4, $5)',
      [shop, listing, itemId(sku), factor, DAYS[day]],
    );
  const only = async (...lines: Partial<ReportedLine>[]): Promise<Movement> => {
    const [movement] = (await postingOf({ movements: [movementOf(lines)] })).movements;
    if (!movement) throw new Error('nothing moves');
    return movement;
  };
  /** The same movement with these items instead, as it would have been read then. */
  const asOf = (movement: Movement, ...parts: [sku: string, quantity: string][]): string => {
    const [line] = movement.lines;
    if (!line) throw new Error('nothing moves');
    const lines = parts.map(([sku, quantity]) => ({ ...line, itemId: itemId(sku), quantity }));
    return readingOf(shop, { ...movement, lines });
  };

  it('what was never changed has one reading', async () => {
    expect(Object.keys(await only({}))).not.toContain('earlier');
    await listingWas('v-other', 0, 'MUG');
    await kitWas('HALVES', 0, [['TEE', '1']]);
    expect(Object.keys(await only({}, { item: { listing: 'v-gift' } }))).not.toContain('earlier');
  });

  it('what is again as it was has one reading for that', async () => {
    await kitWas('GIFT', 0, [
      ['MUG', '2'],
      ['TEA', '0.25'],
    ]);
    expect(Object.keys(await only({ item: { listing: 'v-gift' } }))).not.toContain('earlier');
  });

  it('a kit with what it held, and what was no kit with itself', async () => {
    await kitWas('GIFT', 0, null);
    await kitWas('GIFT', 1, [['TEE', '3']]);
    const sale = await only({ item: { listing: 'v-gift' }, quantity: '2' });
    expect(sale.lines.map((line) => line.quantity)).toEqual(['4', '0.5']);
    expect(sale.earlier).toEqual([asOf(sale, ['GIFT', '2']), asOf(sale, ['TEE', '6'])]);
  });

  it('what takes something back says besides since when it is read as it is', async () => {
    await listingWas('v-gift', 1, 'MUG');
    await listingWas('v-gift', 0, 'TEE');
    const sold = movementOf([{ item: { listing: 'v-gift' } }]);
    const back = { ...sold, document: { ...sold.document, line: 'rev' }, reverses: sold.document };
    const { movements } = await postingOf({ movements: [sold, back] });
    expect(movements.map(({ earlier, changedAt }) => [earlier?.length, changedAt])).toEqual([
      [2, undefined],
      [2, DAYS[1]],
    ]);
  });

  it('a listing with the item and the factor it had, which may be a kit of then', async () => {
    await listingWas('v-tee', 0, 'GIFT', '2');
    await listingWas('v-tee', 2, 'MUG');
    await kitWas('GIFT', 1, [['TEE', '5']]);
    const sale = await only({});
    expect(sale.earlier).toEqual([asOf(sale, ['TEE', '10']), asOf(sale, ['MUG', '1'])]);
    await kitWas('GIFT', 0, [['TEE', '4']]);
    await listingWas('v-tea', 2, 'GIFT');
    const gift = await only({ item: { listing: 'v-tea' } });
    expect(gift.earlier).toEqual([
      asOf(gift, ['TEE', '4']),
      asOf(gift, ['TEE', '5']),
      asOf(gift, ['MUG', '2'], ['TEA', '0.25']),
    ]);
  });

  it('a unit with the factor it had, a barcode with its item of then, a binding with its place', async () => {
    await database.pool.query(
      'insert into earlier_unit (item_id, unit, factor, until) values ($1, $2, 10, $3)',
      [itemId('TEE'), 'case', DAYS[0]],
    );
    const cases = await only({ unit: 'case' });
    expect(cases.earlier).toEqual([asOf(cases, ['TEE', '10'])]);
    expect(Object.keys(await only({}))).not.toContain('earlier');
    await database.pool.query('insert into earlier_barcode (code, item_id, until) values ($1, $2, $3)', [
      '4006381333931',
      itemId('MUG'),
      DAYS[0],
    ]);
    const scanned = await only({ item: { barcode: '4006381333931' } });
    expect(scanned.earlier).toEqual([asOf(scanned, ['MUG', '1'])]);
    await database.pool.query(
      `insert into earlier_binding (connection_id, external_id, location_id, until) select $1, 'loc-main', id, $2 from location where code = 'ANNEX'`,
      [shop, DAYS[0]],
    );
    const { rows } = await database.pool.query<{ id: number }>(
      `select id from location where code = 'ANNEX'`,
    );
    const moved = await only({});
    const annex = { locationId: rows[0]?.id ?? 0, state: 'sellable' as const };
    expect(moved.earlier).toEqual([
      readingOf(shop, { ...moved, lines: moved.lines.map((line) => ({ ...line, from: annex })) }),
    ]);
  });

  it('a lot of the item that the name meant then is looked up, and none is made', async () => {
    await database.pool.query(`insert into lot (item_id, code) values ($1, 'KNOWN')`, [itemId('MUG')]);
    await listingWas('v-tee', 0, 'MUG');
    const mugLots = () =>
      database.pool.query<{ id: number }>('select id from lot where item_id = $1', [itemId('MUG')]);
    const known = await only({ lot: 'KNOWN' });
    const lotId = (await mugLots()).rows[0]?.id ?? 0;
    expect(known.earlier).toEqual([
      readingOf(shop, {
        ...known,
        lines: known.lines.map((line) => ({ ...line, itemId: itemId('MUG'), lotId })),
      }),
    ]);
    expect(Object.keys(await only({ lot: 'NEW' }))).not.toContain('earlier');
    expect((await mugLots()).rows).toHaveLength(1);
  });

  it('all lines are read as of one instant; of the instants, the newest eight count', async () => {
    await kitWas('GIFT', 0, [['TEE', '1']]);
    await listingWas('v-tee', 2, 'MUG');
    const both = await only({}, { item: { listing: 'v-gift' } });
    expect(both.earlier).toEqual([
      asOf(both, ['MUG', '1'], ['TEE', '1']),
      asOf(both, ['MUG', '1'], ['MUG', '2'], ['TEA', '0.25']),
    ]);
    await database.pool.query(
      `insert into earlier_listing (connection_id, external_id, item_id, factor, until)
       select $1, 'v-tee-6', $2, n + 6, timestamptz '2026-04-01' + n * interval '1 day' from generate_series(1, 10) n`,
      [shop, itemId('TEE')],
    );
    const six = await only({ item: { listing: 'v-tee-6' } });
    expect(six.earlier).toEqual(
      [9, 10, 11, 12, 13, 14, 15, 16].map((quantity) => asOf(six, ['TEE', `${quantity}`])),
    );
  });

  it('a reading that was refused then is none, and the one of today stays refused', async () => {
    await kitWas('GIFT', 0, [['MUG', '0.5']]);
    await kitWas('GIFT', 1, [['TEE', '1']]);
    const sale = await only({ item: { listing: 'v-gift' } });
    expect(sale.earlier).toEqual([asOf(sale, ['TEE', '1'])]);
    const two = await only({}, { item: { listing: 'v-gift' } });
    expect(two.earlier).toEqual([asOf(two, ['TEE', '1'], ['TEE', '1'])]);
    await kitWas('HALVES', 0, [['TEE', '1']]);
    expect(await refusal({ movements: [movementOf([{ item: { sku: 'HALVES' } }])] })).toMatchObject({
      code: 'content_invalid',
    });
  });
});
