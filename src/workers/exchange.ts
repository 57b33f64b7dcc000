// exchange: takes partners' files and sends ours. A file is stored whole, with its documents, its acknowledgement and their
// control numbers, in one transaction; only then may it leave the partner's server. Never uses anything of half a file.
import type {
  Controls,
  DraftFile,
  FileDocument,
  FileExchange,
  FileReading,
  VisitReport,
} from '../connectors/toolkit/file-exchange.ts';
import type { Transaction } from '../core/database.ts';
import { errorReason, StockbridgeError } from '../core/errors.ts';
import { nextControl } from '../core/exchange/controls.ts';
import { knownInstants, storeDocuments } from '../core/exchange/documents.ts';
import {
  dueFiles,
  markDelivered,
  noteOtherName,
  noteRepeat,
  noteUndelivered,
  storeIncoming,
  storeOutgoing,
  usedControls,
} from '../core/exchange/files.ts';
import { refusedBefore, settleFirstReading, storeSecondReading } from '../core/exchange/second-reading.ts';
import { noteFailedVisit, noteVisit } from '../core/exchange/visits.ts';
import { type Settlement, settle } from '../core/inbox/events.ts';
import { storeEvents } from '../core/inbox/store.ts';
import { withAdvisoryLock } from '../core/lock.ts';
import { instantOf } from '../core/vocabulary/instant.ts';
import { takeAnswers, takeAnswersAgain } from './acknowledgements.ts';
import type { Hub, LiveConnection, Running } from './hub.ts';
import { enqueueEvents } from './jobs.ts';

export interface ExchangeOptions {
  /** Shortest time between two visits of one partner, whatever its profile says; for tests and rehearsals. */
  readonly intervalMs?: number;
  readonly now?: () => Date;
}

/** After a visit that failed. */
const RETRY_MS = 30_000;

export function startExchange(hub: Hub, options: ExchangeOptions = {}): Running {
  const timers = new Set<NodeJS.Timeout>();
  const running = new Set<Promise<void>>();
  let stopped = false;
  const keep = (live: LiveConnection, files: FileExchange) => {
    const run = visitOnce(hub, live, files, options).then((againMs) => {
      running.delete(run);
      if (stopped) return;
      const timer = setTimeout(() => {
        timers.delete(timer);
        keep(live, files);
      }, againMs);
      timers.add(timer);
    });
    running.add(run);
  };
  for (const live of hub.connections.values()) if (live.connection.files) keep(live, live.connection.files);
  return {
    stop: async () => {
      stopped = true;
      for (const timer of timers) clearTimeout(timer);
      await Promise.all(running);
    },
  };
}

/** One visit, unless another process is there or a person must act first; answers when to come again. */
async function visitOnce(
  hub: Hub,
  live: LiveConnection,
  files: FileExchange,
  options: ExchangeOptions,
): Promise<number> {
  const againMs = options.intervalMs ?? files.intervalMs;
  if (!files.visit) return againMs;
  try {
    const standing = await hub.standingOf(live.id);
    if (standing.parked !== undefined) return againMs;
    await withAdvisoryLock(hub.database, `exchange ${live.id}`, async () => {
      const report = await visit(hub, live, files, options);
      if (report.taken + report.delivered + report.refused.length > 0)
        hub.log.info({ connection: live.name, ...report }, 'files were exchanged');
      await noteVisit(hub.database.pool, live.id, [
        ...report.refused.map((each) => ({ kind: 'taken' as const, ...each })),
        ...report.untidy.map((each) => ({ kind: 'tidied' as const, ...each })),
      ]);
    });
    return againMs;
  } catch (error) {
    const reason = errorReason(error);
    if (error instanceof StockbridgeError && error.disposition === 'park')
      await hub
        .park(live.id, error.code, reason)
        .catch((failure: unknown) =>
          hub.log.warn({ connection: live.name, reason: errorReason(failure) }, 'it could not be parked'),
        );
    else {
      hub.log.warn({ connection: live.name, reason }, 'the partner could not be visited');
      // Where it is the database that is away, this fails too, and everybody knows.
      await noteFailedVisit(hub.database.pool, live.id, reason).catch(() => undefined);
    }
    return Math.max(againMs, options.intervalMs ?? RETRY_MS);
  }
}

function visit(
  hub: Hub,
  live: LiveConnection,
  files: FileExchange,
  options: ExchangeOptions,
): Promise<VisitReport> {
  const { pool } = hub.database;
  if (!files.visit) throw new RangeError(`${live.name} has no server to visit`);
  return files.visit({
    store: async (file) =>
      (await receiveFile(hub, live, { ...file, ...options }).catch(ofThisFile(hub, live, file.name))).outcome,
    pending: async () => {
      const due = await dueFiles(pool, live.id, files.vault?.open);
      for (const { id, reason } of due.unreadable) await noteUndelivered(pool, id, reason);
      return due.files;
    },
    delivered: (id) => markDelivered(pool, id),
    failed: (id, reason) => noteUndelivered(pool, id, reason),
  });
}

/** A failure that will not pass by itself is this file's own, and holds up no other. */
const ofThisFile = (hub: Hub, live: LiveConnection, file: string) => (error: unknown) => {
  if (error instanceof StockbridgeError && PASSING.has(error.disposition)) throw error;
  const reason = errorReason(error);
  hub.log.warn({ connection: live.name, file, reason }, 'a file could not be stored, and stays where it is');
  throw new StockbridgeError('content_invalid', `it could not be stored: ${reason}`, { cause: error });
};

const PASSING: ReadonlySet<string> = new Set(['retry', 'wait', 'park']);

export interface HandedFile {
  readonly name: string;
  readonly folder?: string;
  readonly bytes: Buffer;
  readonly now?: () => Date;
}

export type ReceivedAnswer =
  | { readonly outcome: 'duplicate'; readonly file: string }
  | { readonly outcome: 'stored'; readonly file: string; readonly reading: FileReading };

/**
 * Takes one file: from the partner's server, by API or from the command line. The same bytes again change nothing, and get
 * the answer they got; unless all of them was refused, and something is right by today's profile. All is decided in one transaction.
 */
export async function receiveFile(
  hub: Pick<Hub, 'database' | 'queues' | 'log'>,
  live: LiveConnection,
  given: HandedFile,
): Promise<ReceivedAnswer> {
  const { files } = live.connection;
  if (!files) throw new StockbridgeError('content_invalid', `${live.name} exchanges no files`);
  const now = given.now?.() ?? new Date();
  const file = {
    connectionId: live.id,
    name: given.name,
    folder: given.folder ?? '',
    bytes: given.bytes,
    seal: files.vault && ((plain: Buffer) => files.vault?.seal(plain) ?? plain),
  };
  const taken = await hub.database.transaction(async (client) => {
    // One file of a partner at a time: whether a control number was used is decided here.
    await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`files of ${live.id}`]);
    const refused = await refusedBefore(client, file);
    const received = {
      name: given.name,
      bytes: given.bytes,
      receivedAt: refused?.receivedAt ?? instantOf(now),
    };
    if (refused === undefined) {
      const repeated = await noteRepeat(client, file);
      if (repeated !== undefined && (await noteOtherName(client, repeated, given.name)))
        await takeAnswersAgain(
          client,
          live.id,
          files.read(received, new Set(), () => undefined),
        );
      if (repeated !== undefined) return { repeated };
    }
    const used = await usedControls(client, live.id, files.controlsOf(received));
    const known = await knownInstants(client, live.id, files.untimedIn(received));
    const reading = files.read(received, used, known);
    if (refused && !reading.documents.some((document) => document.usable))
      return { repeated: await noteRepeat(client, file) };
    if (refused) await storeSecondReading(client, live.id, refused, reading);
    const id = refused?.id ?? (await storeIncoming(client, file, reading));
    const events = await storeDocumentsOf(client, live, id, reading);
    if (refused) await settleFirstReading(client, refused);
    await answer(client, live, files, { id, reading, now });
    return { id, reading, events };
  });
  if ('repeated' in taken) return { outcome: 'duplicate', file: taken.repeated ?? '' };
  await enqueueEvents(hub.queues, live.id, taken.events).catch((error: unknown) =>
    hub.log.warn({ reason: errorReason(error) }, 'the queue did not take new events; relay hands them over'),
  );
  return { outcome: 'stored', file: taken.id, reading: taken.reading };
}

/** Stores the documents and their events; answers the ids of those to interpret. */
async function storeDocumentsOf(
  client: Transaction,
  live: LiveConnection,
  fileId: string,
  reading: FileReading,
): Promise<string[]> {
  const withEvent = reading.documents.filter((document) => document.event !== undefined);
  const stored = await storeEvents(
    client,
    withEvent.flatMap(({ event }) =>
      event ? [{ ...event, connectionId: live.id, source: 'file' as const }] : [],
    ),
  );
  const eventOf = new Map(withEvent.map((document, index) => [document, stored[index]]));
  const settlements = await settlementsOf(client, live, reading.documents, eventOf);
  await settle(client, settlements);
  await storeDocuments(
    client,
    { connectionId: live.id, id: fileId, outbound: false },
    reading.documents.map((document) => ({
      type: document.type,
      number: document.number,
      chain: document.order,
      control: document.control,
      valid: document.usable,
      findings: document.findings,
      inboxEventId: eventOf.get(document)?.id,
      // A document that came before has its progress from then, under whatever numbers it comes again (I3).
      progress:
        document.usable && eventOf.get(document)?.outcome === 'stored' ? document.progress : undefined,
    })),
  );
  const settled = new Set(settlements.map((each) => each.id));
  return stored.filter((each) => each.outcome === 'stored' && !settled.has(each.id)).map((each) => each.id);
}

type Stored = ReadonlyMap<FileDocument, { readonly id: string; readonly outcome: string } | undefined>;

/** What is known of an event as soon as its file was read: acknowledgements move nothing, and bad documents wait for a person. */
async function settlementsOf(
  client: Transaction,
  live: LiveConnection,
  documents: readonly FileDocument[],
  eventOf: Stored,
): Promise<Settlement[]> {
  const settlements: Settlement[] = [];
  for (const document of documents) {
    const event = eventOf.get(document);
    if (document.usable && document.acknowledges) {
      // Said before: what came after it stands.
      if (event && event.outcome !== 'stored') continue;
      const about = await takeAnswers(client, live.id, document.acknowledges);
      const reason =
        about.length > 0 ? `acknowledges ${namesOf(about)}` : 'acknowledges nothing that was sent';
      if (event) settlements.push({ id: event.id, status: 'ignored', reason });
    } else if (event && event.outcome === 'stored' && !document.usable) {
      const reason = document.findings.find((finding) => finding.severity === 'reject')?.message;
      settlements.push({
        id: event.id,
        status: 'quarantined',
        code: 'content_invalid',
        reason: reason ?? 'the file is not whole',
      });
    }
  }
  return settlements;
}

const namesOf = (about: readonly { readonly type: string; readonly number: string }[]): string =>
  about
    .slice(0, 5)
    .map((each) => `${each.type} ${each.number}`)
    .join(', ') + (about.length > 5 ? ` and ${about.length - 5} more` : '');

async function answer(
  client: Transaction,
  live: LiveConnection,
  files: FileExchange,
  { id, reading, now }: { id: string; reading: FileReading; now: Date },
): Promise<void> {
  const drafts = await files.answer(reading, controlsOf(client, live.id), now);
  for (const draft of drafts) await storeDraft(client, live, draft, { answers: id });
}

export const controlsOf =
  (client: Transaction, connectionId: number): Controls =>
  (kind) =>
    nextControl(client, connectionId, kind);

/** Stores a file to send with the documents in it; answers its id. */
export async function storeDraft(
  client: Transaction,
  live: Pick<LiveConnection, 'id' | 'name' | 'connection'>,
  draft: DraftFile,
  options: { readonly answers?: string; readonly chain?: string; readonly acknowledgeHours?: number } = {},
): Promise<string> {
  const seal = draft.personal ? sealOf(live) : undefined;
  const id = await storeOutgoing(client, {
    connectionId: live.id,
    name: draft.name,
    bytes: draft.bytes,
    seal,
    ...(options.answers === undefined ? {} : { answers: options.answers }),
  });
  await storeDocuments(
    client,
    { connectionId: live.id, id, outbound: true },
    draft.documents.map((document) => ({
      type: document.type,
      number: document.number,
      chain: options.chain ?? '',
      control: document.control,
      valid: true,
      findings: [],
      acknowledgeHours: document.acknowledged ? (options.acknowledgeHours ?? 24) : undefined,
    })),
  );
  return id;
}

function sealOf(live: Pick<LiveConnection, 'name' | 'connection'>): (plain: Buffer) => Buffer {
  const { vault } = live.connection.files ?? {};
  if (!vault)
    throw new StockbridgeError(
      'configuration_invalid',
      `${live.name} needs an encryptionKey before personal data is kept`,
    );
  return (plain) => vault.seal(plain);
}
