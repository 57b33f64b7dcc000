// Every file from and to partners, byte for byte. What comes is stored once per content, and its content is erased after the
// retention; what goes is stored before it is sent, so that a resend is the same bytes. It refuses to delete a row and to know
// what a file says.
import { hash } from 'node:crypto';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { Transaction } from '../database.ts';
import { errorReason, StockbridgeError } from '../errors.ts';
import type { Store } from '../inbox/store.ts';

export interface KeptFinding {
  readonly code: string;
  readonly severity: 'reject' | 'warning';
  readonly level: string;
  readonly message: string;
  readonly offset: number;
}

export interface IncomingFile {
  readonly connectionId: number;
  readonly name: string;
  readonly folder: string;
  readonly bytes: Buffer;
  /** It may repeat where an order goes: it is stored as what this answers. */
  readonly seal?: ((plain: Buffer) => Buffer) | undefined;
}

export const contentHash = (bytes: Buffer): Buffer => hash('sha256', bytes, 'buffer');

/**
 * Counts one more delivery of a file whose bytes came before and answers its id; the answers it got then are due again,
 * with their own numbers and bytes. Undefined: these bytes are new.
 */
export async function noteRepeat(store: Store, file: IncomingFile): Promise<string | undefined> {
  const { rows } = await store.query<{ id: string }>(
    `with repeated as (
       update partner_file set deliveries = deliveries + 1
       where connection_id = $1 and sha256 = $2 and not is_outbound returning id),
     again as (
       update partner_file f set delivered_at = null, retry_at = clock_timestamp(), attempts = 0, failure = null
       from repeated r where f.answers = r.id and f.is_outbound
         -- what refused the file before it was taken is no answer any more
         and not exists (
           select from partner_document a where a.file_id = f.id
             and a.id < (select min(d.id) from partner_document d where d.file_id = r.id and d.is_valid)))
     select id from repeated`,
    [file.connectionId, contentHash(file.bytes)],
  );
  return rows[0]?.id;
}

/** Notes the name of a file whose bytes came before. False: they came under this name too, and may be the same file still. */
export const noteOtherName = async (store: Store, id: string, name: string): Promise<boolean> =>
  (
    await store.query(
      `update partner_file set repeated_as = repeated_as || $2::text
       where id = $1 and name <> $2 and not ($2 = any(repeated_as))`,
      [id, name],
    )
  ).rowCount === 1;

/** What reading a file as a whole came to. */
export interface KeptReading {
  readonly complete: boolean;
  readonly findings: readonly KeptFinding[];
  /** Control numbers that it has used up. */
  readonly controls: readonly string[];
}

/** Stores a file that came, and the control numbers that it has used up. Answers its id. */
export async function storeIncoming(
  client: Transaction,
  file: IncomingFile,
  reading: KeptReading,
): Promise<string> {
  const body = zstdCompressSync(file.bytes);
  const { rows } = await client.query<{ id: string }>(
    `insert into partner_file (connection_id, is_outbound, name, folder, sha256, size, body, is_complete, findings, is_sealed)
     values ($1, false, $2, $3, $4, $5, $6, $7, $8, $9) returning id`,
    [
      file.connectionId,
      file.name,
      file.folder,
      contentHash(file.bytes),
      file.bytes.length,
      file.seal?.(body) ?? body,
      reading.complete,
      JSON.stringify(reading.findings),
      file.seal !== undefined,
    ],
  );
  const id = rows[0]?.id ?? '';
  await keepControls(client, file.connectionId, id, reading.controls);
  return id;
}

/** Keeps the control numbers that a file has used up. */
export const keepControls = async (
  client: Transaction,
  connectionId: number,
  fileId: string,
  controls: readonly string[],
): Promise<void> =>
  void (await client.query(
    `insert into partner_interchange (connection_id, control, file_id)
     select $1, control, $3 from unnest($2::text[]) as c(control) on conflict do nothing`,
    [connectionId, [...new Set(controls)], fileId],
  ));

/**
 * Which of these control numbers came before, in whatever file. One that was not whole, or refused whole, has used none up:
 * nothing of it counts, and what is right may come under the same number.
 */
export async function usedControls(
  store: Store,
  connectionId: number,
  controls: readonly string[],
): Promise<ReadonlySet<string>> {
  if (controls.length === 0) return new Set();
  const { rows } = await store.query<{ control: string }>(
    `select distinct i.control from partner_interchange i where i.connection_id = $1 and i.control = any($2::text[])
       and exists (select from partner_document d where d.file_id = i.file_id and d.is_valid)`,
    [connectionId, controls],
  );
  return new Set(rows.map((row) => row.control));
}

export interface OutgoingFile {
  readonly connectionId: number;
  readonly name: string;
  readonly bytes: Buffer;
  /** The file it answers. */
  readonly answers?: string;
  /** For a file with personal data: it is stored as what this answers. */
  readonly seal?: ((plain: Buffer) => Buffer) | undefined;
}

/** Stores a file to send and answers its id. A name that was used before gets a number, so that nothing is overwritten at the partner. */
export async function storeOutgoing(client: Transaction, file: OutgoingFile): Promise<string> {
  const name = await freeName(client, file);
  const body = zstdCompressSync(file.bytes);
  const { rows } = await client.query<{ id: string }>(
    `insert into partner_file (connection_id, is_outbound, name, sha256, size, body, answers, is_sealed)
     values ($1, true, $2, $3, $4, $5, $6, $7) returning id`,
    [
      file.connectionId,
      name,
      contentHash(file.bytes),
      file.bytes.length,
      file.seal?.(body) ?? body,
      file.answers ?? null,
      file.seal !== undefined,
    ],
  );
  return rows[0]?.id ?? '';
}

async function freeName(client: Transaction, file: OutgoingFile): Promise<string> {
  const dot = file.name.lastIndexOf('.');
  const stem = dot > 0 ? file.name.slice(0, dot) : file.name;
  const extension = dot > 0 ? file.name.slice(dot) : '';
  // Two writers that choose one name at once must see each other; the lock ends with the transaction that stores the file.
  await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
    `file names of ${file.connectionId}`,
  ]);
  const { rows } = await client.query<{ name: string }>(
    `select name from partner_file where connection_id = $1 and is_outbound and starts_with(name, $2)`,
    [file.connectionId, stem],
  );
  const used = new Set(rows.map((row) => row.name));
  let name = file.name;
  for (let number = 2; used.has(name); number += 1) name = `${stem}-${number}${extension}`;
  return name;
}

export interface DueFile {
  readonly id: string;
  readonly name: string;
  readonly bytes: Buffer;
}

export interface DueFiles {
  readonly files: readonly DueFile[];
  /** Due as well, but their contents cannot be opened: no other file waits for them. */
  readonly unreadable: readonly { readonly id: string; readonly name: string; readonly reason: string }[];
}

/**
 * Files to send whose time has come, oldest first. A change of an order waits until the order itself has arrived: whoever
 * gets them the other way round refuses one and keeps the other.
 */
export async function dueFiles(
  store: Store,
  connectionId: number,
  open: Open,
  limit = 100,
): Promise<DueFiles> {
  const { rows } = await store.query<StoredBody & { id: string }>(
    `select f.id, f.name, f.body, f.is_sealed from partner_file f
     where f.connection_id = $1 and f.is_outbound and f.delivered_at is null and f.body is not null and f.retry_at <= clock_timestamp()
       and not exists (
         select from partner_document d join partner_document e on e.connection_id = d.connection_id and e.chain = d.chain
         join partner_file earlier on earlier.id = e.file_id
         where d.file_id = f.id and d.chain <> '' and e.is_outbound and e.file_id < f.id
           and earlier.delivered_at is null and earlier.body is not null)
     order by f.id limit $2`,
    [connectionId, limit],
  );
  const files: DueFile[] = [];
  const unreadable: { id: string; name: string; reason: string }[] = [];
  for (const row of rows) {
    const { id, name } = row;
    try {
      files.push({ id, name, bytes: bytesOf(row, open) });
    } catch (error) {
      unreadable.push({ id, name, reason: errorReason(error) });
    }
  }
  return { files, unreadable };
}

interface StoredBody {
  readonly name: string;
  readonly body: Buffer;
  readonly is_sealed: boolean;
}

/** Opens what the connection's vault has sealed. */
export type Open = ((sealed: Buffer) => Buffer) | undefined;

function bytesOf(row: StoredBody, open: Open): Buffer {
  if (!row.is_sealed) return zstdDecompressSync(row.body);
  if (!open)
    throw new StockbridgeError(
      'configuration_invalid',
      `${row.name} is encrypted, and the partner's encryptionKey is not configured`,
    );
  return zstdDecompressSync(open(row.body));
}

export const markDelivered = async (store: Store, id: string): Promise<void> =>
  void (await store.query(
    'update partner_file set delivered_at = clock_timestamp(), attempts = attempts + 1, failure = null where id = $1',
    [id],
  ));

/** A person takes the file to the partner, which has no server: it is sent no more, should there be one later. Answers whether it was due. */
export async function markHandedOver(store: Store, connectionId: number, id: string): Promise<boolean> {
  const { rowCount } = await store.query(
    `update partner_file set delivered_at = clock_timestamp(), failure = null
     where connection_id = $1 and id = $2 and is_outbound and delivered_at is null`,
    [connectionId, id],
  );
  return rowCount === 1;
}

/** Tries again after a pause that doubles from half a minute to an hour. */
export const noteUndelivered = async (store: Store, id: string, reason: string): Promise<void> =>
  void (await store.query(
    `update partner_file set attempts = attempts + 1, failure = $2,
       retry_at = clock_timestamp() + make_interval(secs => least(3600, 30 * power(2, least(attempts, 7)))) where id = $1`,
    [id, reason.slice(0, 500)],
  ));

/** The bytes of one file; undefined when there is none, or its body was erased. */
export async function fileBytes(
  store: Store,
  connectionId: number,
  id: string,
  open: Open,
): Promise<{ name: string; bytes: Buffer } | undefined> {
  const { rows } = await store.query<StoredBody>(
    'select name, body, is_sealed from partner_file where connection_id = $1 and id = $2 and body is not null',
    [connectionId, id],
  );
  const [row] = rows;
  return row && { name: row.name, bytes: bytesOf(row, open) };
}

/**
 * Erases the contents of files that came longer ago than `days`, and answers how many. Name, size, hash and control numbers
 * stay, so the same bytes are still known, and get the answer they got.
 */
export async function eraseIncoming(store: Store, connectionId: number, days: number): Promise<number> {
  const { rowCount } = await store.query(
    `update partner_file set body = null where connection_id = $1 and not is_outbound and body is not null
       and created_at < clock_timestamp() - make_interval(days => $2)`,
    [connectionId, days],
  );
  return rowCount ?? 0;
}
