// What the entrance does with good, bad and hostile requests: the right answer, and nothing accepted is ever lost.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { pino } from 'pino';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Api, startApi } from '../../src/api/server.ts';
import { createReceiver } from '../../src/api/webhooks.ts';
import { marketHeaders } from '../../src/connectors/demo/market-server.ts';
import { digestKey } from '../../src/connectors/toolkit/event-names.ts';
import { replay } from '../../src/core/inbox/replay.ts';
import { DOCK_SECRET } from '../../src/demo/world.ts';
import { MARKET_SECRETS, type MarketRig, MUG, openMarket, PLACE, until } from '../e2e/market.ts';

const MAX_BODY = 64 * 1024;
const RELAY = { tickMs: 100, graceMs: 400, pauseMs: 500, generations: 40 };
const log: string[] = [];
let rig: MarketRig;
let base: string;

beforeAll(async () => {
  rig = await openMarket({
    roles: ['api', 'interpret', 'post', 'relay'],
    maxBodyBytes: MAX_BODY,
    relay: RELAY,
    log: pino({ level: 'trace' }, { write: (line: string) => void log.push(line) }),
  });
  base = `http://127.0.0.1:${rig.running.apiPort}`;
});
afterAll(() => rig.close());

/** Headers of the dock's own format over these bytes. */
function signed(
  body: string | Buffer,
  { id = randomUUID() as string, at = new Date(), secret = DOCK_SECRET } = {},
) {
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign(id, at, body.toString()),
  };
}

interface Problem {
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly help: string;
}

async function post(
  body: string | Buffer,
  headers: Record<string, string>,
  path = '/hooks/dock',
): Promise<{ status: number; headers: Headers; problem: Problem; text: string }> {
  const response = await fetch(`${base}${path}`, {
    method: 'POST',
    headers,
    body: typeof body === 'string' ? body : new Uint8Array(body),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    problem: (text === '' ? {} : JSON.parse(text)) as Problem,
  };
}

const send = (body: string, id: string = randomUUID()) => post(body, signed(body, { id }));

const receipt = (fields: Record<string, unknown> = {}, line: Record<string, unknown> = {}) =>
  JSON.stringify({
    id: randomUUID(),
    type: 'receipt',
    occurredAt: new Date().toISOString(),
    document: randomUUID(),
    lines: [{ sku: 'MUG', quantity: '1', location: 'gate', ...line }],
    ...fields,
  });

interface Kept {
  readonly id: string;
  readonly status: string;
  readonly code: string | null;
  readonly reason: string | null;
  readonly conflicts_with: string | null;
}

/** By the delivery's id; what could not be read has no id but its bytes. */
async function kept(deliveryId: string, body?: string | Buffer): Promise<Kept[]> {
  const { rows } = await rig.database.pool.query<Kept>(
    `select id, status::text, code, reason, conflicts_with from inbox_event where dedupe_key like $1 || '%' or dedupe_key = $2 order by id`,
    [`delivery:${deliveryId}`, body === undefined ? null : digestKey(Buffer.from(body))],
  );
  return rows;
}

async function ending(deliveryId: string, body?: string | Buffer): Promise<Kept> {
  let last: Kept | undefined;
  await until(async () => {
    [last] = await kept(deliveryId, body);
    return last !== undefined && last.status !== 'pending';
  }, `delivery ${deliveryId} stays pending`);
  if (!last) throw new Error('not kept');
  return last;
}

async function counted(): Promise<{ accepted: number; duplicates: number; refused: number; events: number }> {
  const { rows } = await rig.database.pool.query<{
    accepted: string;
    duplicates: string;
    refused: string;
    events: string;
  }>(
    `select coalesce(n.accepted, 0) as accepted, coalesce(n.duplicates, 0) as duplicates, coalesce(n.refused, 0) as refused,
       (select count(*) from inbox_event e where e.connection_id = c.id) as events
     from connection c left join intake_count n on n.connection_id = c.id where c.name = 'dock'`,
  );
  const row = rows[0];
  return {
    accepted: Number(row?.accepted),
    duplicates: Number(row?.duplicates),
    refused: Number(row?.refused),
    events: Number(row?.events),
  };
}

const balanced = async (): Promise<boolean> => {
  const answer = (await (await fetch(`${base}/v1/accounting`)).json()) as {
    connections: { balanced: boolean }[];
  };
  return answer.connections.length > 0 && answer.connections.every((each) => each.balanced);
};

describe('refused before anything is read', () => {
  const stale = new Date(Date.now() - 3_600_000);
  const early = new Date(Date.now() + 3_600_000);
  const other = `whsec_${Buffer.from('the secret of somebody else entirely').toString('base64')}`;
  const good = (body: string): Record<string, string> => signed(body);
  const cases: [string, (body: string) => Record<string, string>, string][] = [
    ['without a signature', (body) => ({ ...good(body), 'webhook-signature': '' }), 'signature_missing'],
    ['without an id', (body) => ({ ...good(body), 'webhook-id': '' }), 'signature_missing'],
    ['without a time', (body) => ({ ...good(body), 'webhook-timestamp': '' }), 'signature_missing'],
    ['signed with another secret', (body) => signed(body, { secret: other }), 'signature_invalid'],
    ['signed over other bytes', (body) => signed(`${body} `), 'signature_invalid'],
    [
      'with a signature cut short',
      (body) => ({
        ...good(body),
        'webhook-signature': (good(body)['webhook-signature'] ?? '').slice(0, -3),
      }),
      'signature_invalid',
    ],
    [
      'with a signature that is no base64',
      (body) => ({ ...good(body), 'webhook-signature': 'v1,%%%%' }),
      'signature_invalid',
    ],
    [
      'under another id than signed',
      (body) => ({ ...good(body), 'webhook-id': 'another' }),
      'signature_invalid',
    ],
    ['signed an hour ago', (body) => signed(body, { at: stale }), 'timestamp_stale'],
    ['signed an hour ahead', (body) => signed(body, { at: early }), 'timestamp_stale'],
  ];
  test.each(cases)('%s: 401, nothing stored', async (_name, headersFor, code) => {
    const body = receipt();
    const before = await counted();
    const { status, problem, headers } = await post(body, headersFor(body));
    expect(status).toBe(401);
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(problem).toMatchObject({
      title: code,
      status: 401,
      help: expect.stringMatching(/\S{3}/),
      detail: expect.stringMatching(/\S{3}/),
    });
    expect((await counted()).events).toBe(before.events);
  });

  test('refusals are counted', async () => {
    const before = await counted();
    for (let n = 0; n < 3; n += 1) expect((await post('{}', {})).status).toBe(401);
    await until(async () => (await counted()).refused >= before.refused + 3, 'the refusals are not counted');
  });

  test('an address that names no connection: 404, also with a name that an object has by nature', async () => {
    for (const name of ['nobody', 'constructor', '__proto__', '', '%00', 'dock2', 'DOCK']) {
      const { status, problem } = await post('{}', {}, `/hooks/${name}`);
      expect(status, name).toBe(404);
      expect(problem.title).toBe('connection_unknown');
    }
    expect((await post(receipt(), {}, '/hooks/dock?x=1')).status, 'a query does not change the name').toBe(
      401,
    );
  });

  test.each(['GET', 'PUT', 'DELETE', 'PATCH'])('%s: 405', async (method) => {
    const response = await fetch(`${base}/hooks/dock`, { method });
    expect(response.status).toBe(405);
    expect(await response.json()).toMatchObject({ title: 'method_not_allowed' });
  });
});

describe('bodies of any size', () => {
  test('with a Content-Length above the limit: 413 before the body, and the connection serves the next request', async () => {
    const socket = await dial();
    const size = MAX_BODY + 1;
    socket.write(`POST /hooks/dock HTTP/1.1\r\nHost: h\r\nContent-Length: ${size}\r\n\r\n`);
    const answer = await received(socket, /body_too_large/);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    socket.write(Buffer.alloc(size));
    socket.write('GET /health HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
    expect(await received(socket, /"alive"/)).toContain('"alive"');
    socket.destroy();
  });

  test('with a Content-Length above the limit and never sent: the connection is closed', async () => {
    const socket = await dial();
    socket.write(`POST /hooks/dock HTTP/1.1\r\nHost: h\r\nContent-Length: ${MAX_BODY * 100}\r\n\r\n`);
    await received(socket, /body_too_large/);
    const closed = new Promise<string>((resolve) => socket.on('close', () => resolve('closed')));
    expect(await Promise.race([closed, sleep(20_000, 'open', { ref: false })])).toBe('closed');
  });

  test('without a Content-Length, a hundred times the limit: 413, memory stays flat and others are served', async () => {
    const before = process.memoryUsage();
    const chunk = Buffer.alloc(64 * 1024, 'x');
    let sent = 0;
    let most = 0;
    const status = await new Promise<number>((resolve) => {
      const outgoing = httpRequest(
        `${base}/hooks/dock`,
        { method: 'POST', headers: { 'transfer-encoding': 'chunked' } },
        (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        },
      );
      outgoing.on('error', () => undefined);
      const pump = () => {
        while (sent < 100 * MAX_BODY) {
          sent += chunk.length;
          const { arrayBuffers } = process.memoryUsage();
          most = Math.max(most, arrayBuffers - before.arrayBuffers);
          if (!outgoing.write(chunk)) return void outgoing.once('drain', pump);
        }
        outgoing.end();
      };
      pump();
    });
    expect(status).toBe(413);
    expect(most).toBeLessThan(4 * 1024 * 1024);
    const id = randomUUID();
    expect((await send(receipt(), id)).status).toBe(200);
    expect((await ending(id)).status).toBe('applied');
  });

  test('exactly at the limit it is taken, one byte above it is not', async () => {
    const fill = (size: number) => {
      const bare = receipt({ reference: '' });
      return bare.replace('"reference":""', `"reference":"${'r'.repeat(size - bare.length)}"`);
    };
    expect((await send(fill(MAX_BODY))).status).toBe(200);
    expect((await send(fill(MAX_BODY + 1))).status).toBe(413);
  });

  test('a sender that goes away half-way leaves nothing behind', async () => {
    const before = await counted();
    const body = receipt();
    const headers = Object.entries(signed(body))
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('');
    const socket = await dial();
    socket.write(
      `POST /hooks/dock HTTP/1.1\r\nHost: h\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body.slice(0, 40)}`,
    );
    await sleep(50);
    socket.destroy();
    await sleep(100);
    expect((await counted()).events).toBe(before.events);
    expect((await fetch(`${base}/health`)).status).toBe(200);
  });

  test('a slow sender is cut off, with its headers or with its body, while others are served', async () => {
    const receiver = createReceiver({
      store: rig.database.pool,
      connections: [],
      maxBodyBytes: MAX_BODY,
      log: pino({ level: 'silent' }),
    });
    const api: Api = await startApi({
      host: '127.0.0.1',
      port: 0,
      pool: rig.database.pool,
      receiver,
      slowSenderMs: 300,
    });
    try {
      const slowHeaders = await dial(api.port);
      const slowBody = await dial(api.port);
      const drip = setInterval(() => {
        if (!slowHeaders.destroyed) slowHeaders.write('x');
        if (!slowBody.destroyed) slowBody.write('x');
      }, 50);
      slowHeaders.write('POST /hooks/dock HTTP/1.1\r\nHost: h\r\nX-Slow: ');
      slowBody.write('POST /nothing HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n');
      const cut = (socket: Socket) =>
        new Promise<'cut'>((resolve) => socket.on('close', () => resolve('cut')));
      const cuts = Promise.all([cut(slowHeaders), cut(slowBody)]);
      expect((await fetch(`http://127.0.0.1:${api.port}/health`)).status).toBe(200);
      const ends = await Promise.race([cuts, sleep(30_000, 'open', { ref: false })]);
      clearInterval(drip);
      expect(ends).toEqual(['cut', 'cut']);
    } finally {
      await api.close(500);
    }
  });
});

describe('accepted and quarantined, with a reason that says what to do', () => {
  const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
  const line = (fields: Record<string, unknown>) => receipt({}, fields);
  const cases: [string, () => string, string, RegExp][] = [
    ['malformed JSON', () => '{"id": "a", ', 'body_malformed', /not JSON|valid/i],
    ['an empty body', () => '', 'body_malformed', /empty/],
    ['an array', () => '[1,2]', 'content_invalid', /./],
    [
      'a NUL in a text',
      () => receipt({ reference: 'a\u0000b' }),
      'body_malformed',
      /NUL or broken Unicode at reference/,
    ],
    [
      'half a surrogate pair',
      () => receipt().replace('"receipt"', '"receipt","reference":"\\ud83d"'),
      'body_malformed',
      /NUL or broken Unicode at reference/,
    ],
    ['a key twice', () => receipt().replace('"type"', '"id":"other","type"'), 'body_malformed', /"?id"?/],
    ['very deep nesting', () => `{"id":${nested(5_000)}}`, 'body_malformed', /deeper than 64 levels/],
    ['an unknown SKU', () => line({ sku: 'NO-SUCH-THING' }), 'item_unknown', /NO-SUCH-THING/],
    ['an unknown unit', () => line({ unit: 'pallet' }), 'unit_unknown', /MUG has no unit pallet; it has/],
    [
      'an unknown location',
      () => line({ location: 'nowhere' }),
      'location_unknown',
      /location nowhere is bound to none of ours/,
    ],
    ['a negative quantity', () => line({ quantity: '-1' }), 'content_invalid', /quantity.*above zero/],
    ['a quantity of zero', () => line({ quantity: '0' }), 'content_invalid', /quantity.*above zero/],
    [
      'a fraction of an item that is whole',
      () => line({ quantity: '1.5' }),
      'content_invalid',
      /1\.5 .* of MUG is not whole/,
    ],
    [
      'a quantity as a fraction number',
      () => receipt().replace('"quantity":"1"', '"quantity":1e400'),
      'content_invalid',
      /quantity/,
    ],
    [
      'a quantity beyond what is exact',
      () => receipt().replace('"quantity":"1"', '"quantity":9007199254740993'),
      'content_invalid',
      /15 digits/,
    ],
    [
      'an unknown field',
      () => line({ qty: 5 }),
      'content_invalid',
      /unknown field "qty"; remove it, or use one of/,
    ],
    ['an unknown type', () => receipt({ type: 'gift' }), 'content_invalid', /sale, return, receipt/],
    [
      'no zone in the time',
      () => receipt({ occurredAt: '2026-11-21T10:00:00' }),
      'content_invalid',
      /occurredAt.*zone/,
    ],
    ['no lines', () => receipt({ lines: [] }), 'content_invalid', /at least one line/],
    [
      'a key that reaches for the prototype',
      () => receipt().replace('"type"', '"__proto__":{"admin":true},"type"'),
      'content_invalid',
      /./,
    ],
    [
      'more stock than there is',
      () => receipt({ type: 'sale' }, { quantity: '123456' }),
      'stock_short',
      /MUG/,
    ],
  ];
  test.each(cases)('%s', async (_name, bodyOf, code, reason) => {
    const id = randomUUID();
    const body = bodyOf();
    const { status } = await send(body, id);
    expect(status, 'the sender must not repeat it for ever').toBe(200);
    const event = await ending(id, body);
    expect(event).toMatchObject({ status: 'quarantined', code });
    expect(event.reason).toMatch(reason);
    const { rows } = await rig.database.pool.query<{ kept: boolean }>(
      'select body is not null as kept from inbox_event where id = $1',
      [event.id],
    );
    expect(rows[0]?.kept, 'the bytes are kept').toBe(true);
    expect(({} as Record<string, unknown>).admin).toBeUndefined();
  });

  test('bytes that are no UTF-8 are kept and quarantined', async () => {
    const id = randomUUID();
    const body = Buffer.from([0x7b, 0xff, 0xfe, 0x7d]);
    const at = new Date();
    const { createHmac } = await import('node:crypto');
    const digest = createHmac('sha256', Buffer.from(DOCK_SECRET.slice(6), 'base64'))
      .update(`${id}.${Math.floor(at.getTime() / 1000)}.`)
      .update(body)
      .digest('base64');
    expect(
      (await post(body, { ...signed('', { id, at }), 'webhook-signature': `v1,${digest}` })).status,
    ).toBe(200);
    expect(await ending(id, body)).toMatchObject({
      status: 'quarantined',
      code: 'body_malformed',
      reason: expect.stringContaining('UTF-8'),
    });
  });

  test('what was quarantined goes through once its cause is mended, exactly once, also when replayed twice', async () => {
    const id = randomUUID();
    await send(receipt({}, { unit: 'dozen', quantity: '2' }), id);
    const event = await ending(id);
    expect(event.code).toBe('unit_unknown');
    const { importCatalog } = await import('../../src/core/catalog/import.ts');
    const report = await importCatalog(rig.database.pool, 'units', 'sku,unit,factor\nMUG,dozen,12\n');
    expect(report).toMatchObject({ applied: true, rejected: [] });
    expect(await replay(rig.database.pool, { ids: [event.id] })).toEqual([event.id]);
    expect(await ending(id)).toMatchObject({ status: 'applied' });
    expect(await replay(rig.database.pool, { ids: [event.id] })).toEqual([]);
    const { rows } = await rig.database.pool.query<{ quantity: string }>(
      'select trim_scale(quantity)::text as quantity from movement where inbox_event_id = $1',
      [event.id],
    );
    expect(rows).toEqual([{ quantity: '24' }]);
  });
});

describe('one event, many deliveries', () => {
  test('I3: fifty identical posts at once are one event and forty-nine duplicates, each answered 200', async () => {
    const before = await counted();
    const id = randomUUID();
    const body = receipt({}, { quantity: '3' });
    const answers = await Promise.all(Array.from({ length: 50 }, () => send(body, id)));
    expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200));
    const after = await counted();
    expect({
      accepted: after.accepted - before.accepted,
      duplicates: after.duplicates - before.duplicates,
      events: after.events - before.events,
    }).toEqual({ accepted: 50, duplicates: 49, events: 1 });
    const event = await ending(id);
    const { rows } = await rig.database.pool.query<{ lines: number }>(
      'select count(*)::int as lines from movement where inbox_event_id = $1',
      [event.id],
    );
    expect(rows).toEqual([{ lines: 1 }]);
  });

  test('I3: the same fact under fifty delivery ids moves stock once', async () => {
    const before = await rig.free('MUG');
    const body = receipt({}, { quantity: '2' });
    const ids = Array.from({ length: 50 }, () => randomUUID());
    await Promise.all(ids.map((id) => send(body, id)));
    for (const id of ids) await ending(id);
    expect(await rig.free('MUG')).toBe(before + 2);
  });

  test('I4: the same id with another body is kept beside the first, in quarantine, and the first one stands', async () => {
    const id = randomUUID();
    const first = receipt({}, { quantity: '1' });
    await send(first, id);
    await ending(id);
    expect((await send(first.replace('"quantity":"1"', '"quantity":"7"'), id)).status).toBe(200);
    const [original, conflict, ...more] = await kept(id);
    expect(more).toEqual([]);
    expect(original).toMatchObject({ status: 'applied' });
    expect(conflict).toMatchObject({
      status: 'quarantined',
      code: 'key_conflict',
      conflicts_with: original?.id,
    });
    expect(conflict?.reason).toMatch(/\S{3}/);
    // The conflicting bytes are told once; their own repetition is a duplicate.
    await send(first.replace('"quantity":"1"', '"quantity":"7"'), id);
    expect(await kept(id)).toHaveLength(2);
    expect(await balanced()).toBe(true);
  });

  test('the secret before the last rotation still works, and one that was never given does not', async () => {
    const change = { id: randomUUID(), at: new Date().toISOString(), kind: 'renamed', listing: MUG.id };
    const body = Buffer.from(JSON.stringify({ change }));
    for (const [secret, status] of [
      [MARKET_SECRETS.previousWebhookSecret, 200],
      [MARKET_SECRETS.webhookSecret, 200],
      ['a-secret-never-configured', 401],
    ] as const) {
      expect((await post(body, marketHeaders(body, secret), '/hooks/market')).status).toBe(status);
    }
  });
});

describe('when something is down', () => {
  test('I1: without the database the sender is told to come again, and its retry is stored', async () => {
    const server = new pg.Client({ connectionString: inject('postgresUrl') });
    await server.connect();
    const name = new URL(rig.database.url).pathname.slice(1);
    const id = randomUUID();
    const body = receipt();
    try {
      await server.query(`alter database ${name} allow_connections false`);
      await server.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
      const { status, headers, problem } = await send(body, id);
      expect(status).toBe(503);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
      expect(problem.title).toBe('database_unavailable');
      expect((await fetch(`${base}/ready`)).status).toBe(503);
      expect((await fetch(`${base}/health`)).status).toBe(200);
    } finally {
      await server.query(`alter database ${name} allow_connections true`);
      await server.end();
    }
    await until(async () => (await send(body, id)).status === 200, 'the retry is not accepted');
    expect(await ending(id)).toMatchObject({ status: 'applied' });
    expect((await fetch(`${base}/ready`)).status).toBe(200);
  });

  test('I1: without the queue the sender is answered as ever, and relay brings the event in later', async () => {
    const { pool } = rig.database;
    await pool.query('alter schema bullmq rename to bullmq_away');
    const id = randomUUID();
    try {
      const startedAt = Date.now();
      expect((await send(receipt(), id)).status).toBe(200);
      expect(Date.now() - startedAt).toBeLessThan(10_000);
      await sleep(700);
      expect((await kept(id))[0]?.status).toBe('pending');
    } finally {
      await pool.query('alter schema bullmq_away rename to bullmq');
    }
    expect(await ending(id)).toMatchObject({ status: 'applied' });
  });
});

describe('afterwards', () => {
  test('I1: everything that was accepted in this file is accounted for, and nothing is pending', async () => {
    await until(async () => {
      const { rowCount } = await rig.database.pool.query(`select from inbox_event where status = 'pending'`);
      return rowCount === 0;
    }, 'events stay pending');
    expect(await balanced()).toBe(true);
    const { rows } = await rig.database.pool.query<{ n: number }>(
      `select count(*)::int as n from inbox_event where status in ('ignored', 'quarantined') and coalesce(reason, '') = ''`,
    );
    expect(rows).toEqual([{ n: 0 }]);
    rig.market.sell(MUG.id, PLACE, 1);
  });

  test('no secret is in any log line, and no body either', () => {
    expect(log.length).toBeGreaterThan(0);
    const all = log.join('\n');
    for (const secret of [DOCK_SECRET, DOCK_SECRET.slice(6), ...Object.values(MARKET_SECRETS)])
      expect(all).not.toContain(secret);
    expect(all).not.toContain('"lines":[');
  });
});

async function dial(port = rig.running.apiPort ?? 0): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

async function received(socket: Socket, wanted: RegExp): Promise<string> {
  let text = '';
  for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    text += chunk.toString();
    if (wanted.test(text)) return text;
  }
  throw new Error(`the connection ended with: ${text}`);
}
