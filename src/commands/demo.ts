// stockbridge demo: the main job end to end, on a database of its own and against simulators, told so that a person can follow it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectors } from '../connectors/index.ts';
import type { Database } from '../core/database.ts';
import { explainItem } from '../core/explain/item.ts';
import { accounting } from '../core/inbox/events.ts';
import { verifyLedger } from '../core/ledger/verify.ts';
import { removeEmbedded, startEmbedded } from '../core/storage/embedded.ts';
import { accountantDay } from '../demo/accountant.ts';
import { behave, misbehave, tradingDay } from '../demo/day.ts';
import { forgedWebhook, strangerAtTheTill } from '../demo/incidents.ts';
import { type BookLine, compareBooks, untilSettled } from '../demo/settled.ts';
import { type WarehouseDay, warehouseDay } from '../demo/warehouse-day.ts';
import { buildWorld, openBooks, quietLog, SHELF, type World } from '../demo/world.ts';
import { type RunningHub, startHub } from '../hub.ts';
import type { Hub } from '../workers/hub.ts';
import { accountingTable } from './accounting-table.ts';
import { accountantText } from './demo-accountant.ts';
import { itemText } from './explain.ts';
import { type Output, output, table } from './output.ts';
import { migrateAll } from './session.ts';
import { attentionOf } from './status.ts';

export interface DemoOptions {
  readonly orders: number;
  readonly seed: number;
  readonly json?: boolean;
}

const ITEMS = [
  { sku: 'MUG-RED', title: 'Mug, red', onHand: 60 },
  { sku: 'MUG-BLUE', title: 'Mug, blue', onHand: 45 },
  { sku: 'TEE-S', title: 'T-shirt, small', onHand: 40 },
  { sku: 'TEE-M', title: 'T-shirt, medium', onHand: 80 },
  { sku: 'CAP', title: 'Cap', onHand: 30 },
  { sku: 'POSTER', title: 'Poster', onHand: 25 },
  { sku: 'TOTE', title: 'Tote bag', onHand: 50 },
  { sku: 'PIN', title: 'Enamel pin', onHand: 12 },
];

/** These lie at a partner's warehouse, which the shop sells from too. */
const STORED = [
  { sku: 'CANDLE', title: 'Candle', onHand: 40 },
  { sku: 'SOAP', title: 'Soap', onHand: 30 },
];

/** Exit code 0 when the vendors' books equal the ledger and the ledger proves itself, 1 otherwise. */
export async function demo(options: DemoOptions): Promise<number> {
  const out = output(options);
  const directory = await mkdtemp(join(tmpdir(), 'stockbridge-demo-'));
  const startedAt = Date.now();
  out.say(
    'Stockbridge demo: a Shopify shop and a Square till sell from one shelf, and a partner’s warehouse ships for the shop.\n',
  );
  const server = await startEmbedded({ dataDir: directory });
  const world = await buildWorld({
    items: ITEMS,
    stored: STORED,
    books: true,
    databaseUrl: server.url,
    seed: options.seed,
  });
  let running: RunningHub | undefined;
  try {
    await migrateAll(world.config, server.url);
    const opening = await openBooks(world);
    running = await startHub({
      config: world.config,
      databaseUrl: server.url,
      connectors,
      log: quietLog(),
      exchange: { intervalMs: 500, tickMs: 300 },
      value: { tickMs: 500 },
    });
    return await tell(out, world, running.hub, opening, options, startedAt);
  } finally {
    out.progressDone();
    await running?.stop();
    await world.close();
    await server.stop();
    await removeEmbedded({ dataDir: directory });
    await rm(directory, { recursive: true, force: true });
  }
}

async function tell(
  out: Output,
  world: World,
  hub: Hub,
  opening: Awaited<ReturnType<typeof openBooks>>,
  options: DemoOptions,
  startedAt: number,
): Promise<number> {
  const { database } = hub;
  const settle = (deadlineMs = 45_000) =>
    untilSettled(world, database, {
      deadlineMs,
      onWait: (left) => out.progress(`waiting: ${left.pending} events, ${left.due} levels to tell`),
    });

  out.say('1  Opening');
  const counts = opening.cutovers.find((each) => each.connection === 'shop');
  out.say(
    `   ${opening.items} items imported from the shop and matched at the till by SKU; ${counts?.counts} opening counts taken from the shop.`,
  );
  await settle();
  out.progressDone();
  out.say('   The till held nothing and has been told what it may sell.\n');

  out.say('2  One sale, followed');
  const followed = await followOneSale(world);
  out.say(
    `   The shop sold 2 × MUG-RED: the till went from ${followed.till.from} to ${followed.till.to} in ${followed.till.ms} ms.`,
  );
  out.say(
    `   The till sold 1 × MUG-RED: the shop went from ${followed.shop.from} to ${followed.shop.to} in ${followed.shop.ms} ms.\n`,
  );

  out.say('3  A day of trade, with webhooks that come twice, late, out of order or never');
  misbehave(world);
  const day = await tradingDay(world, {
    ...options,
    skus: ITEMS.map((item) => item.sku),
    paceMs: 40,
    onProgress: (done) => out.progress(`   ${done} of ${options.orders} events`),
  });
  const forged = await forgedWebhook(world);
  const stranger = strangerAtTheTill(world);
  behave(world);
  await settle();
  out.progressDone();
  out.say(
    `   ${day.webOrders} web orders (${day.shipped} shipped, ${day.cancelled} cancelled, ${day.returned} returned), ${day.counterSales} counter sales (${day.counterRefunds} refunded), ${day.deliveries} deliveries of goods; ${day.soldOut} customers met a sold-out item.`,
  );
  out.say(
    `   A forged order was refused (${forged.status}), and the till sold ${stranger.sku}, which no catalogue knows:`,
  );
  const mended = await stranger.mend(database, world);
  await settle();
  out.progressDone();
  out.say(`   event ${mended.event} waited in quarantine: ${mended.reason}`);
  out.say(
    `   Once it was mapped, ${mended.replayed} waiting events were replayed and its ${mended.sold} sales booked exactly once.\n`,
  );

  out.say('4  The warehouse: files over SFTP, X12');
  const stored = await warehouseDay(world, hub);
  await settle();
  out.progressDone();
  out.say(warehouseText(stored));
  out.say();

  const events = await accounting(database.pool);
  const refused = await refusals(database);
  out.say('5  What came in: accepted = applied + duplicate + ignored + quarantined + pending');
  out.say(accountingTable(events, { refused, indent: '   ' }));
  out.say();

  const attention = await attentionOf(database.pool);
  for (const each of attention)
    out.say(`   for a person: ${each.connection}: ${each.count} ${each.what}, such as ${each.example}`);
  const posted = await movementsByType(database);
  const told = await publications(database);
  out.say('6  What was posted, and what each channel was told');
  out.say(
    table(
      ['movement', 'posted', 'units'],
      posted.map((each) => [each.type, String(each.posted), each.units]),
      '   ',
    ),
  );
  out.say();
  out.say(
    table(
      ['channel', 'told', 'of these confirmed', 'stale, computed again', 'increases'],
      told.map((each) => [
        each.connection,
        String(each.told),
        String(each.confirmed),
        String(each.stale),
        String(each.increases),
      ]),
      '   ',
    ),
  );
  out.say();

  const books = await compareBooks(world, database);
  const equal = books.every((line) => line.equal);
  out.say('7  The books afterwards');
  out.say(
    table(
      ['SKU', 'ledger', 'reserved', 'may be sold', 'shop says', 'till says', ''],
      books.map((line) => [
        line.sku,
        String(line.ledger),
        String(line.reserved),
        String(Math.max(0, line.ledger - line.reserved)),
        String(line.shopAvailable ?? '—'),
        String(line.tillInStock ?? '—'),
        verdictOf(line),
      ]),
      '   ',
    ),
  );
  out.say();

  out.say('8  The accountant: value, journals, QuickBooks');
  const accountant = await accountantDay(world, hub, [...ITEMS, ...STORED]);
  const ties = accountant.tie.settled && accountant.lateBill.unchanged;
  out.say(accountantText(accountant, (id) => world.books?.company.account(id).name ?? id));
  out.say();

  const verified = await verifyLedger(database);
  const holds = verified.breaches.length === 0 && events.every((each) => each.balanced);
  out.say('9  Why is a number what it is?');
  const explanation = await explainItem(database.pool, 'MUG-RED', {
    location: SHELF.toUpperCase(),
    limit: 4,
  });
  if (explanation) out.say(itemText(explanation).replaceAll(/^/gm, '   '));
  out.say();
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(0);
  const verdict =
    equal && holds && ties
      ? 'Every book is equal to the cent, every event is accounted for, and the ledger proves itself'
      : 'SOMETHING IS WRONG: see above';
  out.result(
    {
      equal,
      holds,
      ties,
      seconds: Number(seconds),
      followed,
      day,
      stored,
      events,
      posted,
      told,
      books,
      accountant,
      breaches: verified.breaches,
    },
    () => `${verdict} (${verified.lines} lines, ${verified.balances} balances; ${seconds} s).`,
  );
  return equal && holds && ties ? 0 : 1;
}

const verdictOf = (line: BookLine): string =>
  line.equal
    ? line.oversold > 0
      ? `equal; ${line.oversold} sold twice in the same moment, for a person`
      : 'equal'
    : 'DIFFERENT';

const warehouseText = ({ order, arrival, refused, repeated }: WarehouseDay): string =>
  [
    `The shop sold ${order.quantity} × ${order.sku}, which lies there: ${order.number} went out and came back shipped in ${order.ms} ms`,
    `  (${order.files.join(' → ')}); the shop was told, and has ${order.shopOnHand} on hand there.`,
    `${arrival.announced} × ${arrival.sku} were announced (943 ${arrival.number}) and received (944): ${arrival.good} good, ${arrival.damaged} damaged; the good ones may be sold.`,
    `${refused.document} came with a wrong count and was refused (997: R, code 4), so its stock report (846) disagreed:`,
    `  ${refused.difference.sentence}`,
    `  Sent again as it should be, it took ${refused.units} units, once, and the difference was gone.`,
    `${repeated.document} came again under new control numbers: ${repeated.movements} movements.`,
  ]
    .map((line) => `   ${line}`)
    .join('\n');

interface Followed {
  readonly from: number;
  readonly to: number;
  readonly ms: number;
}

async function followOneSale(world: World): Promise<{ till: Followed; shop: Followed }> {
  const tillStock = () => Number(world.till.books()['MUG-RED']?.[SHELF]?.IN_STOCK ?? 0);
  const shopStock = () => world.shop.books().find((row) => row.sku === 'MUG-RED')?.available ?? 0;
  const till = await follow(tillStock, () => world.shop.sell({ lines: [{ sku: 'MUG-RED', quantity: 2 }] }));
  const shop = await follow(shopStock, () =>
    world.till.sell({ location: SHELF, lines: [{ sku: 'MUG-RED', quantity: '1' }] }),
  );
  return { till, shop };
}

/** Does something in one channel and waits until the other one shows it. */
async function follow(read: () => number, act: () => unknown): Promise<Followed> {
  const from = read();
  const at = performance.now();
  act();
  while (read() === from) {
    if (performance.now() - at > 30_000) throw new Error('the other channel was not told within 30 s');
    await sleep(2);
  }
  return { from, to: read(), ms: Math.round(performance.now() - at) };
}

async function refusals(database: Database): Promise<Map<string, string>> {
  const { rows } = await database.pool.query<{ name: string; refused: string }>(
    'select c.name, n.refused from connection c join intake_count n on n.connection_id = c.id',
  );
  return new Map(rows.map((row) => [row.name, row.refused]));
}

async function movementsByType(database: Database) {
  const { rows } = await database.pool.query<{ type: string; posted: number; units: string }>(
    'select type::text as type, count(*)::int as posted, trim_scale(sum(quantity))::text as units from movement group by 1 order by 2 desc',
  );
  return rows;
}

async function publications(database: Database) {
  const { rows } = await database.pool.query<{
    connection: string;
    told: number;
    confirmed: number;
    stale: number;
    increases: number;
  }>(
    `select c.name as connection, count(*)::int as told, count(*) filter (where p.status = 'confirmed')::int as confirmed,
       count(*) filter (where p.status = 'stale')::int as stale,
       count(*) filter (where p.available > p.read_available)::int as increases
     from publication p join publication_batch b on b.key = p.batch_key join connection c on c.id = b.connection_id group by 1 order by 1`,
  );
  return rows;
}
