// How soon the other channels know: from the moment a signed sale is accepted until a channel has confirmed a number that
// was computed from a ledger with that sale in it. The hub runs as a process of its own, as it does in use.
import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openConnections } from '../src/commands/connections.ts';
import { migrateAll } from '../src/commands/session.ts';
import { type Database, openDatabase } from '../src/core/database.ts';
import { instantOf } from '../src/core/vocabulary/instant.ts';
import { compareBooks, untilSettled } from '../src/demo/settled.ts';
import { buildWorld, DOCK_SECRET, openBooks, SHELF, type World } from '../src/demo/world.ts';
import { type Bench, benchDatabaseUrl, median, scattered } from './support.ts';

const ITEMS = 50;
const OPENING = 10_000;
const PER_SECOND = 100;
const SECONDS = 20;
const CHANNELS = ['shop', 'till'] as const;

export const freshness: Bench = {
  name: 'freshness',
  what: `accepted sale → both channels told, ${PER_SECOND} sales a second for ${SECONDS} s ÷ one read and one write at the vendor`,
  async run({ serverUrl, say }) {
    const own = await benchDatabaseUrl(serverUrl);
    const items = Array.from({ length: ITEMS }, (_, n) => ({
      sku: `SKU-${n}`,
      title: `Item ${n}`,
      onHand: OPENING,
    }));
    const world = await buildWorld({ databaseUrl: own.url, items });
    const database = openDatabase({ url: own.url, poolSize: 4 });
    await migrateAll(world.config, own.url);
    await openBooks(world);
    const hub = await startHubProcess(world);
    try {
      await untilSettled(world, database, { deadlineMs: 60_000 });
      const first = await lastEvent(database);
      say(`${PER_SECOND} sales a second for ${SECONDS} s`);
      await sellAtPace(world);
      await untilSettled(world, database, { deadlineMs: 60_000 });
      const told = await waits(database, first);
      const vendor = await vendorRoundTrip(world, database);
      const books = await compareBooks(world, database);
      const complete = told.every((wait) => wait.ms.length === PER_SECOND * SECONDS);
      const all = told.flatMap((wait) => wait.ms);
      const p50 = percentile(all, 0.5);
      const p99 = percentile(all, 0.99);
      const posted = told.flatMap((wait) => wait.postedMs);
      const perChannel = told
        .map(
          ({ channel, ms }) =>
            `${channel} ${percentile(ms, 0.5).toFixed(0)}/${percentile(ms, 0.99).toFixed(0)}`,
        )
        .join(', ');
      return [
        {
          bench: 'freshness',
          unit: 'ms (p50)',
          value: p50,
          reference: vendor,
          ratio: p50 / vendor,
          correct: complete && books.length === ITEMS && books.every((line) => line.equal),
          p99,
          note: `p99 ${p99.toFixed(0)} ms; p50/p99 by channel: ${perChannel}; of which until the sale is in the ledger ${percentile(posted, 0.5).toFixed(0)}/${percentile(posted, 0.99).toFixed(0)}; reference: one read and one write at the vendor, sequential, on the idle hub`,
        },
      ];
    } finally {
      await stopProcess(hub);
      await database.close();
      await world.close();
      await own.drop();
    }
  },
};

interface Waits {
  readonly channel: string;
  /** From accepted to told. */
  readonly ms: readonly number[];
  /** The part of it from accepted to being in the ledger. */
  readonly postedMs: readonly number[];
}

async function startHubProcess(world: World): Promise<ChildProcess> {
  const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url));
  const hub = spawn(process.execPath, [cli, '-c', world.configFile, 'start'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  process.once('exit', () => hub.kill('SIGKILL'));
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if (hub.exitCode !== null) throw new Error(`the hub ended with ${hub.exitCode}`);
    const ready = await fetch(`${world.hubUrl}/ready`).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) return hub;
    await sleep(100);
  }
  throw new Error('the hub did not get ready within 30 s');
}

async function stopProcess(hub: ChildProcess): Promise<void> {
  if (hub.exitCode !== null || hub.signalCode !== null) return;
  const ended = once(hub, 'exit');
  hub.kill('SIGTERM');
  await ended;
}

/** Keeps to the clock, not to the answers: a slow hub is not asked less often. */
async function sellAtPace(world: World): Promise<void> {
  const startedAt = performance.now();
  const answers: Promise<void>[] = [];
  for (let n = 0; n < PER_SECOND * SECONDS; n += 1) {
    const waitMs = startedAt + (n * 1_000) / PER_SECOND - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    answers.push(sell(world, n));
  }
  await Promise.all(answers);
}

async function sell(world: World, n: number): Promise<void> {
  const line = { sku: `SKU-${scattered(n) % ITEMS}`, quantity: '1', location: SHELF.toUpperCase() };
  const body = JSON.stringify({
    type: 'sale',
    id: `sale-${n}`,
    document: `S-${n}`,
    occurredAt: instantOf(Date.now()),
    lines: [line],
  });
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const key = Buffer.from(DOCK_SECRET.slice('whsec_'.length), 'base64');
  const signature = createHmac('sha256', key).update(`sale-${n}.${timestamp}.${body}`).digest('base64');
  const response = await fetch(`${world.hubUrl}/hooks/dock`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'webhook-id': `sale-${n}`,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${signature}`,
    },
    body,
  });
  await response.arrayBuffer();
  if (response.status !== 200) throw new Error(`a sale was answered ${response.status}`);
}

async function lastEvent(database: Database): Promise<string> {
  const { rows } = await database.pool.query<{ id: string }>(
    'select coalesce(max(id), 0)::text as id from inbox_event',
  );
  return rows[0]?.id ?? '0';
}

/**
 * For each sale and channel the milliseconds from the row's `received_at` to the confirmation of the first publication whose
 * number includes the sale. Every sale takes one unit and nothing else moves stock, so the n-th sale of an item leaves
 * `opening − n`, and a published number at or below that was computed from a ledger that holds it.
 */
async function waits(database: Database, afterEvent: string): Promise<Waits[]> {
  const { rows } = await database.pool.query<{ channel: string; ms: number; posted_ms: number }>(
    `with sold as (
       select m.item_id, e.received_at, m.recorded_at, row_number() over (partition by m.item_id order by b.lane, b.sequence, m.position) as n
       from movement m join ledger_batch b on b.id = m.batch_id join inbox_event e on e.id = m.inbox_event_id
       where m.inbox_event_id > $1 and m.type = 'shipment'),
     channel as (select id, name from connection where name = any($3::text[]))
     select c.name as channel, (extract(epoch from t.settled_at - s.received_at) * 1000)::float8 as ms,
       (extract(epoch from s.recorded_at - s.received_at) * 1000)::float8 as posted_ms
     from sold s cross join channel c join listing l on l.item_id = s.item_id and l.connection_id = c.id
     cross join lateral (
       select min(p.settled_at) as settled_at from publication p
       where p.listing_id = l.id and p.status = 'confirmed' and p.created_at > s.received_at and p.available <= $2::int - s.n) t
     where t.settled_at is not null`,
    [afterEvent, OPENING, [...CHANNELS]],
  );
  return CHANNELS.map((channel) => {
    const own = rows.filter((row) => row.channel === channel);
    return { channel, ms: own.map((row) => row.ms), postedMs: own.map((row) => row.posted_ms) };
  });
}

/** The mean over the channels of the median of ten rounds: what each holds is read, and the same number is written back. */
async function vendorRoundTrip(world: World, database: Database): Promise<number> {
  const connections = await openConnections(database, world.config);
  const medians: number[] = [];
  for (const channel of CHANNELS) {
    const live = connections.get(channel);
    const push = live?.connection.push;
    if (!live || !push) throw new Error(`${channel} cannot be pushed to`);
    const { rows } = await database.pool.query<{ listing: string; location: string }>(
      `select l.external_id as listing, v.external_location as location from listing_level v join listing l on l.id = v.listing_id
       where v.connection_id = $1 order by l.id limit 10`,
      [live.id],
    );
    const times: number[] = [];
    for (const [n, target] of rows.entries()) {
      const startedAt = performance.now();
      const [reading] = await push.read([target]);
      if (reading?.outcome !== 'read') throw new Error(`${channel} did not read its level`);
      await push.send({
        key: randomUUID(),
        createdAt: instantOf(Date.now()),
        items: [
          {
            ...target,
            publication: `bench-${n}`,
            available: reading.available,
            readAvailable: reading.available,
            expected: reading.expected,
          },
        ],
      });
      times.push(performance.now() - startedAt);
    }
    medians.push(median(times));
  }
  return medians.reduce((sum, each) => sum + each, 0) / medians.length;
}

const percentile = (values: readonly number[], part: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] ??
  Number.NaN;
