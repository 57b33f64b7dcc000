// What a warehouse reports against the ledger as of its own instant, on a real PostgreSQL: levels are rolled back and
// forward in effective time, every difference has a cause, and no report ever moves stock.
import { zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeEvents } from '../../../src/core/inbox/close.ts';
import { factKey, type StockReport } from '../../../src/core/ledger/movement.ts';
import { type DifferenceFilter, differences } from '../../../src/core/reconcile/differences.ts';
import { stockedNames } from '../../../src/core/reconcile/stock-report.ts';
import type { StockState } from '../../../src/core/vocabulary/words.ts';
import { at, line, movement, moves, openWorld, posting, type World } from '../ledger/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld({ items: 60 });
  await world.database.pool.query(
    `insert into location (code, kind, allows_negative) values ('WATER', 'transit', true)`,
  );
});
afterAll(() => world.close());

let usedItems = 0;
const nextItem = (): { id: number; sku: string } => {
  usedItems += 1;
  return { id: world.items[usedItems - 1] ?? 0, sku: `SKU-${usedItems}` };
};
let usedShelves = 0;
/** A location no other test touches. */
async function nextShelf(): Promise<{ id: number; code: string }> {
  usedShelves += 1;
  const code = `SHELF-${usedShelves}`;
  const { rows } = await world.database.pool.query<{ id: number }>(
    `insert into location (code, kind) values ($1, '3pl') returning id`,
    [code],
  );
  return { id: rows[0]?.id ?? 0, code };
}
const here = (locationId: number, state: StockState = 'sellable') => ({ locationId, state });
const receive = (
  itemId: number,
  shelf: number,
  quantity: number,
  seconds: number,
  state: StockState = 'sellable',
  lotId: number | null = null,
) =>
  movement('receipt', seconds, [line(itemId, quantity, world.place('@supplier'), here(shelf, state), lotId)]);
const ship = (
  itemId: number,
  shelf: number,
  quantity: number,
  seconds: number,
  lotId: number | null = null,
) => movement('shipment', seconds, [line(itemId, quantity, here(shelf), world.place('@customer'), lotId)]);

type Said = readonly [itemId: number, quantity: number, state?: StockState, lotId?: number];
const report = (
  id: string,
  locationId: number,
  seconds: number,
  lines: readonly Said[],
  given: Partial<StockReport> = {},
): StockReport => ({
  key: factKey(1, { type: 'stock', id }),
  document: `stock ${id}`,
  locationId,
  inTransitId: null,
  asOf: at(seconds),
  extent: 'full',
  lines: lines.map(([itemId, quantity, state = 'sellable', lotId]) => ({
    itemId,
    state,
    lotId: lotId ?? null,
    quantity: String(quantity),
  })),
  ...given,
});
const posts = async (...reports: StockReport[]) =>
  (await world.ledger.post(reports.map((each) => posting({ reports: [each] })))).map(
    (result) => result.reports?.[0]?.outcome,
  );
const storedLines = async (key: string) =>
  (
    await world.database.pool.query(
      `select i.sku, l.state::text as state, l.lot_id, trim_scale(l.quantity)::text as quantity,
         trim_scale(l.ledger_quantity)::text as ledger, trim_scale(l.difference)::text as difference, l.cause
       from stock_report_line l join item i on i.id = l.item_id where report_key = $1 order by position`,
      [key],
    )
  ).rows;
const differ = async (filter: DifferenceFilter) =>
  (await differences(world.database.pool, filter)).map(({ sku, state, lot, reported, ledger, cause }) => ({
    sku,
    state,
    ...(lot !== null && { lot }),
    reported,
    ledger,
    cause,
  }));
const sentenceOf = async (location: string) =>
  (await differences(world.database.pool, { location }))[0]?.sentence;

async function event(
  key: string,
  body: string,
  topic: string,
  status = 'pending',
  code: string | null = null,
) {
  const { rows } = await world.database.pool.query<{ id: string }>(
    `insert into inbox_event (connection_id, dedupe_key, topic, source, sha256, body, status, code, reason)
     values (1, $1, $2, 'file', 'x', $3, $4::inbox_status, $5, 'as planned') returning id`,
    [key, topic, zstdCompressSync(Buffer.from(body)), status, code],
  );
  return rows[0]?.id ?? '';
}
const forget = (id: string) =>
  world.database.pool.query(`update inbox_event set status = 'ignored', reason = 'test' where id = $1`, [id]);
async function reserve(order: string, itemId: number, locationId: number, quantity: number, seconds: number) {
  await world.ledger.post([
    posting({
      reservations: [
        {
          order,
          version: '1',
          reservedAt: at(seconds),
          lines: [{ line: '1', itemId, locationId, quantity: String(quantity) }],
        },
      ],
    }),
  ]);
}

describe('the instant', () => {
  it('compares with the ledger as of the report, whatever moved after it', async () => {
    const item = nextItem();
    const shelf = await nextShelf();
    await world.ledger.post([
      moves(receive(item.id, shelf.id, 40, 0)),
      moves(ship(item.id, shelf.id, 5, 100)),
      moves(ship(item.id, shelf.id, 7, 101)),
      moves(receive(item.id, shelf.id, 3, 102)),
    ]);
    const stock = report('as-of', shelf.id, 100, [[item.id, 35]]);
    expect(await posts(stock)).toEqual(['posted']);
    expect(await storedLines(stock.key)).toEqual([
      {
        sku: item.sku,
        state: 'sellable',
        lot_id: null,
        quantity: '35',
        ledger: '35',
        difference: '0',
        cause: null,
      },
    ]);
    expect(await differ({ location: shelf.code })).toEqual([]);
  });

  it('takes off a change of state that came after the report, on both of its sides', async () => {
    const item = nextItem();
    const shelf = await nextShelf();
    await world.ledger.post([
      moves(receive(item.id, shelf.id, 20, 0)),
      moves(movement('status_change', 200, [line(item.id, 6, here(shelf.id), here(shelf.id, 'hold'))])),
    ]);
    await posts(
      report('states', shelf.id, 100, [
        [item.id, 20],
        [item.id, 0, 'hold'],
      ]),
    );
    expect(await differ({ location: shelf.code })).toEqual([]);
    await posts(
      report('states later', shelf.id, 300, [
        [item.id, 14],
        [item.id, 6, 'hold'],
      ]),
    );
    expect(await differ({ location: shelf.code })).toEqual([]);
  });

  it('a movement that arrives late for the time before the report heals the difference; what was stored stays', async () => {
    const item = nextItem();
    const shelf = await nextShelf();
    await world.ledger.post([moves(receive(item.id, shelf.id, 40, 0))]);
    const stock = report('late', shelf.id, 200_000, [[item.id, 35]]);
    await posts(stock);
    expect(await differ({ location: shelf.code })).toEqual([
      { sku: item.sku, state: 'sellable', reported: '35', ledger: '40', cause: 'unexplained' },
    ]);
    await world.ledger.post([moves(ship(item.id, shelf.id, 5, 150_000))]);
    expect(await differ({ location: shelf.code })).toEqual([]);
    expect(await storedLines(stock.key)).toMatchObject([
      { ledger: '40', difference: '-5', cause: 'unexplained' },
    ]);
  });

  it('counts movements of the same posting, and never changes a balance', async () => {
    const item = nextItem();
    const shelf = await nextShelf();
    const before = await world.balances();
    await world.ledger.post([
      posting({
        movements: [receive(item.id, shelf.id, 12, 0)],
        reports: [report('together', shelf.id, 10, [[item.id, 9]])],
      }),
    ]);
    expect(await differ({ location: shelf.code })).toMatchObject([{ reported: '9', ledger: '12' }]);
    expect(await world.balances()).toEqual({
      ...before,
      [`${item.sku} @supplier sellable`]: '-12',
      [`${item.sku} ${shelf.code} sellable`]: '12',
    });
  });

  it('compares lots where they are named, and tells a mix-up apart from a loss', async () => {
    const item = nextItem();
    const shelf = await nextShelf();
    const { rows } = await world.database.pool.query<{ id: number }>(
      `insert into lot (item_id, code) values ($1, 'L1'), ($1, 'L2') returning id`,
      [item.id],
    );
    const [one = 0, two = 0] = rows.map((row) => row.id);
    await world.ledger.post([
      moves(receive(item.id, shelf.id, 10, 0, 'sellable', one)),
      moves(receive(item.id, shelf.id, 10, 0, 'sellable', two)),
      moves(ship(item.id, shelf.id, 4, 500, two)),
    ]);
    await posts(
      report('lots', shelf.id, 100, [
        [item.id, 9, 'sellable', one],
        [item.id, 11, 'sellable', two],
      ]),
    );
    expect(await differ({ location: shelf.code })).toEqual([
      { sku: item.sku, state: 'sellable', lot: 'L1', reported: '9', ledger: '10', cause: 'unexplained' },
      { sku: item.sku, state: 'sellable', lot: 'L2', reported: '11', ledger: '10', cause: 'unexplained' },
    ]);
    expect(await sentenceOf(shelf.code)).toContain('lots may be mixed up');
    await posts(
      report('lots 2', shelf.id, 101, [
        [item.id, 9, 'sellable', one],
        [item.id, 10, 'sellable', two],
      ]),
    );
    expect(await differ({ location: shelf.code })).toEqual([
      { sku: item.sku, state: 'sellable', reported: '19', ledger: '20', cause: 'unexplained' },
    ]);
  });
});

describe('what a report says', () => {
  it('an item that a full report does not name is missing from the report, never zero', async () => {
    const [named, left, empty] = [nextItem(), nextItem(), nextItem()];
    const shelf = await nextShelf();
    await world.ledger.post([
      moves(receive(named.id, shelf.id, 5, 0)),
      moves(receive(left.id, shelf.id, 8, 0)),
      moves(receive(left.id, shelf.id, 2, 0, 'damaged')),
      moves(receive(empty.id, shelf.id, 3, 0)),
      moves(ship(empty.id, shelf.id, 3, 1)),
    ]);
    const stock = report('missing', shelf.id, 10, [[named.id, 5]]);
    await posts(stock);
    expect(await differ({ location: shelf.code })).toEqual([
      { sku: left.sku, state: 'sellable', reported: null, ledger: '8', cause: 'missing' },
    ]);
    expect(await sentenceOf(shelf.code)).toBe(
      `${left.sku} at ${shelf.code} (sellable) is missing from the report; the ledger has 8 as of ${at(10)}. That is not taken as zero.`,
    );
    expect(await storedLines(stock.key)).toMatchObject([
      { sku: named.sku },
      { sku: left.sku, quantity: null, difference: null, cause: 'missing' },
    ]);
    expect(await stockedNames(world.database.pool, 1, shelf.code)).toEqual(new Set([named.sku, left.sku]));
  });

  it('a partial report says nothing about what it does not name', async () => {
    const [named, left] = [nextItem(), nextItem()];
    const shelf = await nextShelf();
    await world.ledger.post([
      moves(receive(named.id, shelf.id, 5, 0)),
      moves(receive(left.id, shelf.id, 8, 0)),
    ]);
    await world.ledger.post([moves(receive(left.id, shelf.id, 2, 0, 'hold'))]);
    await posts(
      report('partial', shelf.id, 10, [[named.id, 4]], { extent: 'partial' }),
      report('partial state', shelf.id, 11, [[left.id, 2, 'hold']], { extent: 'partial' }),
    );
    expect(await differ({ location: shelf.code })).toMatchObject([{ sku: named.sku, reported: '4' }]);
  });

  it('the newest report of each item stands: a partial one over the full one before it', async () => {
    const [a, b] = [nextItem(), nextItem()];
    const shelf = await nextShelf();
    await world.ledger.post([moves(receive(a.id, shelf.id, 5, 0)), moves(receive(b.id, shelf.id, 8, 0))]);
    await posts(
      report('night', shelf.id, 10, [
        [a.id, 4],
        [b.id, 7],
      ]),
      report('noon', shelf.id, 20, [[a.id, 5]], { extent: 'partial' }),
    );
    expect(await differ({ location: shelf.code })).toMatchObject([{ sku: b.sku, reported: '7' }]);
    await posts(
      report('next night', shelf.id, 30, [
        [a.id, 5],
        [b.id, 8],
      ]),
    );
    expect(await differ({ location: shelf.code })).toEqual([]);
  });

  it('I3: the same report twice changes nothing, in one batch and in a later one', async () => {
    const item = nextItem();
    const shelf = await nextShelf();
    const stock = report('twice', shelf.id, 10, [
      [item.id, 5],
      [item.id, 1, 'hold'],
    ]);
    const turned = { ...stock, lines: stock.lines.toReversed() };
    expect(await posts(stock, stock)).toEqual(['posted', 'duplicate']);
    expect(await posts(turned)).toEqual(['duplicate']);
    expect(await storedLines(stock.key)).toHaveLength(2);
  });

  it('I3: the same report in two lanes at once is stored once', async () => {
    const item = nextItem();
    const shelf = await nextShelf();
    const stock = report('lanes', shelf.id, 10, [[item.id, 5]]);
    const answers = await Promise.all(
      [0, 1, 2, 3].map((lane) => world.ledger.post([posting({ reports: [stock] })], { lane })),
    );
    expect(answers.map(([result]) => result?.reports?.[0]?.outcome).sort()).toEqual([
      'duplicate',
      'duplicate',
      'duplicate',
      'posted',
    ]);
    expect(await storedLines(stock.key)).toHaveLength(1);
  });

  it('I4: other content under the same key is a conflict: kept once, shown, and the first one stands', async () => {
    const item = nextItem();
    const shelf = await nextShelf();
    const first = report('clash', shelf.id, 10, [[item.id, 5]]);
    const other = report('clash', shelf.id, 10, [[item.id, 6]]);
    await posts(first);
    const id = await event('clash', 'stock', 'stock');
    const [answer] = await world.ledger.post([posting({ inboxEventId: id, reports: [other] })]);
    await posts(other);
    expect(answer?.reports).toEqual([
      { outcome: 'conflict', reason: 'stock clash was reported before, with other content' },
    ]);
    expect(await storedLines(first.key)).toMatchObject([{ quantity: '5' }]);
    const conflicts = await world.database.pool.query('select content from ledger_conflict where key = $1', [
      first.key,
    ]);
    expect(conflicts.rows).toMatchObject([{ content: { lines: [{ quantity: '6' }] } }]);
    const settled = await world.database.pool.query(
      'select status::text as status, code from inbox_event where id = $1',
      [id],
    );
    expect(settled.rows).toEqual([{ status: 'quarantined', code: 'key_conflict' }]);
  });

  it('a report older than the newest one is kept, marked, and not believed', async () => {
    const [a, b] = [nextItem(), nextItem()];
    const shelf = await nextShelf();
    await world.ledger.post([moves(receive(a.id, shelf.id, 5, 0)), moves(receive(b.id, shelf.id, 5, 0))]);
    const newest = report('newest', shelf.id, 50, [
      [a.id, 5],
      [b.id, 5],
    ]);
    const old = report('old', shelf.id, 40, [
      [a.id, 1],
      [b.id, 1],
    ]);
    const oldPart = report('old part', shelf.id, 45, [[a.id, 1]], { extent: 'partial' });
    expect(await posts(newest, old, oldPart)).toEqual(['posted', 'posted', 'posted']);
    const { rows } = await world.database.pool.query(
      'select document, superseded_by from stock_report where location_id = $1 order by as_of',
      [shelf.id],
    );
    expect(rows).toEqual([
      { document: 'stock old', superseded_by: newest.key },
      { document: 'stock old part', superseded_by: newest.key },
      { document: 'stock newest', superseded_by: null },
    ]);
    expect(await differ({ location: shelf.code })).toEqual([]);
  });

  it('a newer partial report supersedes an older one only when it names all of its items', async () => {
    const [a, b] = [nextItem(), nextItem()];
    const shelf = await nextShelf();
    const partial = (id: string, seconds: number, ...lines: Said[]) =>
      report(id, shelf.id, seconds, lines, { extent: 'partial' });
    await posts(partial('p-new', 50, [a.id, 0]));
    await posts(partial('p-both', 40, [a.id, 0], [b.id, 0]), partial('p-one', 40, [a.id, 0]));
    const { rows } = await world.database.pool.query(
      `select document, superseded_by is not null as superseded from stock_report where location_id = $1 order by document`,
      [shelf.id],
    );
    expect(rows).toEqual([
      { document: 'stock p-both', superseded: false },
      { document: 'stock p-new', superseded: false },
      { document: 'stock p-one', superseded: true },
    ]);
  });

  it('a superseded report is not believed in what the newer one left out either', async () => {
    const item = nextItem();
    const shelf = await nextShelf();
    await world.ledger.post([moves(receive(item.id, shelf.id, 5, 0))]);
    await posts(
      report('s-new', shelf.id, 50, [[item.id, 5]], { extent: 'partial' }),
      report('s-old', shelf.id, 40, [[item.id, 9, 'hold']], { extent: 'partial' }),
    );
    expect(await differ({ location: shelf.code })).toEqual([]);
  });

  it('a newer total covers the lots of an older report', async () => {
    const item = nextItem();
    const shelf = await nextShelf();
    const { rows } = await world.database.pool.query<{ id: number }>(
      `insert into lot (item_id, code) values ($1, 'L1') returning id`,
      [item.id],
    );
    const lot = rows[0]?.id ?? 0;
    await world.ledger.post([moves(receive(item.id, shelf.id, 5, 0))]);
    await posts(report('by lot', shelf.id, 40, [[item.id, 5, 'sellable', lot]]));
    expect(await differ({ location: shelf.code })).toMatchObject([{ lot: 'L1', reported: '5', ledger: '0' }]);
    await posts(report('in all', shelf.id, 50, [[item.id, 5]], { extent: 'partial' }));
    expect(await differ({ location: shelf.code })).toEqual([]);
  });

  it.each([
    ['I5', 'stock_report', 'update stock_report set document = document'],
    ['I5', 'stock_report', 'delete from stock_report'],
    ['I5', 'stock_report_line', 'update stock_report_line set quantity = 0'],
    ['I5', 'stock_report_line', 'delete from stock_report_line'],
    ['I5', 'stock_report_line', 'truncate stock_report_line'],
  ])('%s: %s refuses “%s”', async (_number, table, statement) => {
    await posts(report('kept', (await nextShelf()).id, 1, [[nextItem().id, 1]]));
    await expect(world.database.pool.query(statement)).rejects.toThrow(new RegExp(`I5: ${table} is`));
  });
});

describe('the cause', () => {
  /** An item with 40 on a shelf of its own since the beginning, far from the report at 200,000 seconds. */
  async function shelved() {
    const item = nextItem();
    const shelf = await nextShelf();
    await world.ledger.post([moves(receive(item.id, shelf.id, 40, 0))]);
    return { item, shelf };
  }
  const REPORTED_AT = 200_000;
  const causes = async (code: string) => (await differ({ location: code })).map((each) => each.cause);

  it('movement_pending: an event that names the item waits', async () => {
    const { item, shelf } = await shelved();
    await posts(report('waits', shelf.id, REPORTED_AT, [[item.id, 35]]));
    const other = await event('w-0', `{"sku":"${item.sku}-XL"}`, 'shipment');
    expect(await causes(shelf.code)).toEqual(['unexplained']);
    const id = await event(
      'w-1',
      `W12*CC*5*5**EA**SK*${item.sku}~`,
      'shipment',
      'quarantined',
      'unit_unknown',
    );
    expect(await causes(shelf.code)).toEqual(['movement_pending']);
    expect(await sentenceOf(shelf.code)).toBe(
      `${item.sku} at ${shelf.code} (sellable): the warehouse reports 35, the ledger has 40 as of ${at(REPORTED_AT)}, so it reports 5 fewer. ` +
        `Event ${id} (shipment, in quarantine: unit_unknown) names the item and is not in the ledger yet.`,
    );
    await forget(id);
    await forget(other);
    expect(await causes(shelf.code)).toEqual(['unexplained']);
  });

  it('movement_pending: a shortage waits for the item, and a barcode names it too', async () => {
    const { item, shelf } = await shelved();
    await posts(report('waits too', shelf.id, REPORTED_AT, [[item.id, 35]]));
    const id = await event('w-2', 'no name', 'shipment', 'quarantined', 'stock_short');
    await world.database.pool.query('update inbox_event set waits_for = $2 where id = $1', [id, [item.id]]);
    expect(await causes(shelf.code)).toEqual(['movement_pending']);
    await forget(id);
    await world.database.pool.query(`insert into barcode values ('4006381333931', $1)`, [item.id]);
    const coded = await event('w-3', 'LIN+1++4006381333931:EN', 'receipt');
    expect(await causes(shelf.code)).toEqual(['movement_pending']);
    await forget(coded);
  });

  it('movement_pending: what a guard holds is not in the ledger either, until a person closes it', async () => {
    const { item, shelf } = await shelved();
    await posts(report('held', shelf.id, REPORTED_AT, [[item.id, 35]]));
    const id = await event('w-10', item.sku, 'count', 'quarantined', 'held_by_guard');
    expect(await causes(shelf.code)).toEqual(['movement_pending']);
    expect(await sentenceOf(shelf.code)).toContain(`Event ${id} (count, in quarantine: held_by_guard)`);
    await closeEvents(world.database, [id], { note: 'not ours', by: 'Ada', which: 'all' });
    expect(await causes(shelf.code)).toEqual(['unexplained']);
  });

  it('movement_pending: another report, held or not, and those of a stranger to the place are no movements', async () => {
    const { item, shelf } = await shelved();
    const own = await event('w-4', item.sku, 'stock');
    await world.ledger.post([
      posting({ inboxEventId: own, reports: [report('own', shelf.id, REPORTED_AT, [[item.id, 35]])] }),
    ]);
    const next = await event('w-5', item.sku, 'stock');
    const held = await event('w-6', item.sku, 'stock', 'quarantined', 'held_by_guard');
    expect(await causes(shelf.code)).toEqual(['unexplained']);
    const { rows } = await world.database.pool.query<{ id: number }>(
      `insert into connection (name, connector) values ('depot', 'demo') returning id`,
    );
    const strange = await event('w-7', item.sku, 'shipment');
    expect(await causes(shelf.code)).toEqual(['movement_pending']);
    await world.database.pool.query('update location set authority_id = $2 where id = $1', [
      shelf.id,
      rows[0]?.id,
    ]);
    expect(await causes(shelf.code)).toEqual(['unexplained']);
    for (const id of [next, held, strange]) await forget(id);
  });

  it('movement_pending: what is posted together with the report waits for nothing', async () => {
    const { item, shelf } = await shelved();
    const [moving, stock] = [await event('w-8', item.sku, 'shipment'), await event('w-9', item.sku, 'stock')];
    const own = report('beside', shelf.id, REPORTED_AT, [[item.id, 30]]);
    await world.ledger.post([
      posting({ inboxEventId: moving, movements: [ship(item.id, shelf.id, 5, 100)] }),
      posting({ inboxEventId: stock, reports: [own] }),
    ]);
    expect(await storedLines(own.key)).toMatchObject([{ ledger: '35', cause: 'unexplained' }]);
  });

  it('order_sent: open reservations add up to what the warehouse has less', async () => {
    const { item, shelf } = await shelved();
    await reserve('SO-1', item.id, shelf.id, 2, 10);
    await reserve('SO-2', item.id, shelf.id, 3, 20);
    await reserve('SO-3', item.id, shelf.id, 9, 30);
    await reserve('SO-4', item.id, shelf.id, 6, REPORTED_AT + 1);
    for (const [id, quantity, cause] of [
      ['three', 40 - 3, 'order_sent'],
      ['two and three', 40 - 5, 'order_sent'],
      ['all', 40 - 14, 'order_sent'],
      ['no set of them', 40 - 4, 'unexplained'],
      ['made after the report', 40 - 6, 'unexplained'],
      ['more, not less', 40 + 3, 'unexplained'],
    ] as const) {
      await posts(report(`orders ${id}`, shelf.id, REPORTED_AT, [[item.id, quantity]]));
      expect(await causes(shelf.code), id).toEqual([cause]);
      if (id === 'two and three')
        expect(await sentenceOf(shelf.code)).toContain('SO-1 (2), SO-2 (3) are reserved');
    }
  });

  it('order_sent: one order that fits is named rather than several', async () => {
    const { item, shelf } = await shelved();
    await reserve('SO-5', item.id, shelf.id, 2, 10);
    await reserve('SO-6', item.id, shelf.id, 3, 20);
    await reserve('SO-7', item.id, shelf.id, 5, 30);
    await posts(report('one order', shelf.id, REPORTED_AT, [[item.id, 35]]));
    expect(await sentenceOf(shelf.code)).toMatch(/fewer\. SO-7 \(5\) is reserved there/);
  });

  it('in_transit: goods on their way may have arrived', async () => {
    const { item, shelf } = await shelved();
    const { rows } = await world.database.pool.query<{ id: number }>(
      `select id from location where code = 'WATER'`,
    );
    const water = rows[0]?.id ?? 0;
    await world.ledger.post([
      moves(receive(item.id, water, 12, 0)),
      moves(receive(item.id, water, 90, 300_000)),
    ]);
    const said = (id: string, quantity: number, inTransitId: number | null) =>
      posts(report(id, shelf.id, REPORTED_AT, [[item.id, quantity]], { inTransitId }));
    await said('arrived', 50, water);
    expect(await causes(shelf.code)).toEqual(['in_transit']);
    expect(await sentenceOf(shelf.code)).toContain('12 are on their way there; 10 of them may have arrived');
    await said('all of it', 52, water);
    expect(await causes(shelf.code)).toEqual(['in_transit']);
    await said('too many', 53, water);
    expect(await causes(shelf.code)).toEqual(['unexplained']);
    await said('no such place', 50, null);
    expect(await causes(shelf.code)).toEqual(['unexplained']);
    await said('less', 30, water);
    expect(await causes(shelf.code)).toEqual(['unexplained']);
  });

  it('recent: the line was drawn a little earlier or later, or one movement was left out', async () => {
    const { item, shelf } = await shelved();
    await world.ledger.post([
      moves(ship(item.id, shelf.id, 3, REPORTED_AT - 3600)),
      moves(ship(item.id, shelf.id, 4, REPORTED_AT - 60)),
      moves(receive(item.id, shelf.id, 10, REPORTED_AT + 60)),
      moves(ship(item.id, shelf.id, 1, REPORTED_AT + 3600)),
    ]);
    for (const [id, quantity, cause] of [
      ['without the last', 37, 'recent'],
      ['without the last two', 40, 'recent'],
      ['without the one before', 36, 'recent'],
      ['with the next', 43, 'recent'],
      ['with the next two', 42, 'recent'],
      ['with nothing known', 35, 'unexplained'],
    ] as const) {
      await posts(report(`recent ${id}`, shelf.id, REPORTED_AT, [[item.id, quantity]]));
      expect(await causes(shelf.code), id).toEqual([cause]);
    }
    await posts(report('recent once more', shelf.id, REPORTED_AT, [[item.id, 40]]));
    expect((await differ({ location: shelf.code, nearMs: 600_000 })).map((each) => each.cause)).toEqual([
      'unexplained',
    ]);
  });

  it('differences are told per location and per connection, in order', async () => {
    const { item, shelf } = await shelved();
    await posts(report('filters', shelf.id, REPORTED_AT, [[item.id, 1]]));
    const all = await differences(world.database.pool);
    expect(all.length).toBeGreaterThan(1);
    expect(all.map((each) => each.location)).toEqual(all.map((each) => each.location).toSorted());
    expect(await differ({ connection: 'shop', location: shelf.code })).toHaveLength(1);
    expect(await differ({ connection: 'depot', location: shelf.code })).toEqual([]);
    expect(all.find((each) => each.location === shelf.code)).toMatchObject({
      connection: 'shop',
      difference: '-39',
      asOf: at(REPORTED_AT),
      document: 'stock filters',
      extent: 'full',
    });
  });
});
