// The reference of the intake benchmark: bare node:http with the same signature check and the same kind of durable group
// commit, and nothing else. It shares no code with the receiver, so that it cannot become slow with it.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { zstdCompressSync } from 'node:zlib';
import type pg from 'pg';

const COMMIT_ROWS = 256;
const COMMITS_AT_ONCE = 2;

interface Waiting {
  readonly id: string;
  readonly body: Buffer;
  readonly response: ServerResponse;
}

export interface BareIntake {
  readonly port: number;
  close(): Promise<void>;
}

export async function bareTable(pool: pg.Pool): Promise<void> {
  await pool.query(
    'create table bare_event (id bigint generated always as identity primary key, name text not null unique, sha256 bytea not null, body bytea not null)',
  );
  await pool.query('alter table bare_event alter column body set storage external');
}

export async function startBareIntake(pool: pg.Pool, secret: string): Promise<BareIntake> {
  const key = Buffer.from(secret, 'base64');
  const waiting: Waiting[] = [];
  let underWay = 0;
  let planned = false;

  const commit = async (rows: readonly Waiting[]): Promise<void> => {
    const stored = {
      name: 'bare-store',
      text: 'insert into bare_event (name, sha256, body) select * from unnest($1::text[], $2::bytea[], $3::bytea[]) on conflict (name) do nothing',
      values: [
        rows.map((row) => row.id),
        rows.map((row) => createHash('sha256').update(row.body).digest()),
        rows.map((row) => zstdCompressSync(row.body)),
      ],
    };
    const status = await pool.query(stored).then(
      () => 200,
      () => 500,
    );
    for (const { response } of rows) response.writeHead(status, { 'content-length': '2' }).end('ok');
    underWay -= 1;
    plan();
  };
  const plan = (): void => {
    if (planned || waiting.length === 0 || underWay >= COMMITS_AT_ONCE) return;
    planned = true;
    setImmediate(() => {
      planned = false;
      underWay += 1;
      void commit(waiting.splice(0, COMMIT_ROWS));
    });
  };

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      const id = String(request.headers['webhook-id']);
      if (!isGenuine(request, key, id, body)) {
        response.writeHead(401, { 'content-length': '0' }).end();
        return;
      }
      waiting.push({ id, body, response });
      plan();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function isGenuine({ headers }: IncomingMessage, key: Buffer, id: string, body: Buffer): boolean {
  const expected = createHmac('sha256', key)
    .update(`${id}.${headers['webhook-timestamp']}.`)
    .update(body)
    .digest();
  const given = Buffer.from(String(headers['webhook-signature']).slice('v1,'.length), 'base64');
  return given.length === expected.length && timingSafeEqual(given, expected);
}
