// stockbridge partner …: what a file would do without doing it, the guide for the partner, the key of its server, files
// handed in by hand, and where every document stands.
import { basename, join } from 'node:path';
import { pino } from 'pino';
import type { Config } from '../config.ts';
import { loadSettingsFile } from '../config.ts';
import { type DryRun, type DryRunDocument, dryRun } from '../connectors/threepl/dry-run.ts';
import { guideOf } from '../connectors/threepl/profile/guide.ts';
import { type Profile, profileSchema } from '../connectors/threepl/profile/settings.ts';
import { presentedHostKey } from '../connectors/threepl/sftp/session.ts';
import type { FileReading } from '../connectors/toolkit/file-exchange.ts';
import type { Database } from '../core/database.ts';
import { StockbridgeError } from '../core/errors.ts';
import { fileBytes, markHandedOver } from '../core/exchange/files.ts';
import { type DocumentStanding, documentStandings } from '../core/exchange/standings.ts';
import { differences } from '../core/reconcile/differences.ts';
import { receiveFile } from '../workers/exchange.ts';
import type { LiveConnection } from '../workers/hub.ts';
import { openQueues } from '../workers/queues.ts';
import { stateStock } from '../workers/state-stock.ts';
import { openConnections } from './connections.ts';
import { givenBytes, writeGiven } from './given-file.ts';
import { output, table } from './output.ts';
import { type GlobalOptions, withDatabase } from './session.ts';

/** Reads a profile by itself, with the environment's secrets where they are there. */
const profileAt = (path: string): Profile =>
  loadSettingsFile({
    path,
    env: process.env,
    cwd: process.cwd(),
    schema: profileSchema,
    lenient: true,
  });

/** Shows what each file would do: documents, movements, findings, the acknowledgement. Exit code 1 when one would be refused. */
export async function testPartner(
  path: string,
  files: readonly string[],
  options: GlobalOptions,
): Promise<number> {
  const out = output(options);
  const profile = profileAt(path);
  const results: ({ readonly file: string } & DryRun)[] = [];
  for (const file of files)
    results.push({
      file,
      ...(await dryRun(profile, { name: basename(file), bytes: await givenBytes(file) })),
    });
  out.result({ partner: profile.partner, version: profile.version, files: results }, () =>
    files.length === 0
      ? `${profile.title}, version ${profile.version}: the profile is valid. Name files to see what they would do.`
      : results
          .flatMap((result) => [
            `${result.file}: ${result.complete ? `${result.documents.length} documents` : 'NOT WHOLE, nothing of it is used'}`,
            ...result.findings.map((finding) => `  ${finding.severity}: ${finding.message}`),
            ...result.documents.flatMap(documentText),
            ...result.answers.map((answer) => `  answered with ${answer.name}\n${indented(answer.text, 6)}`),
          ])
          .join('\n'),
  );
  return results.every((result) => result.complete && result.documents.every((each) => each.usable)) ? 0 : 1;
}

const documentText = (document: DryRunDocument): string[] => [
  `  ${document.type} ${document.number}: ${document.usable ? document.outcome : 'REFUSED'}`,
  ...document.findings.map(
    (finding) => `    ${finding.severity} at byte ${finding.offset}: ${finding.message}`,
  ),
  ...document.effects.map((effect) => `    ${effect}`),
];

const indented = (text: string, by: number): string =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => ' '.repeat(by) + line)
    .join('\n');

/** Prints the implementation guide of a profile, as Markdown, to be sent to the partner. */
export async function partnerGuide(
  path: string,
  target: string | undefined,
  options: GlobalOptions,
): Promise<number> {
  const out = output(options);
  const guide = guideOf(profileAt(path));
  if (target === undefined) out.result({ guide }, () => guide.trimEnd());
  else {
    await writeGiven(target, guide);
    out.result({ file: target }, () => `The guide stands in ${target}.`);
  }
  return 0;
}

/** Shows the key that the partner's server presents now, to be compared with what the partner says and then pinned. */
export async function trustPartner(path: string, options: GlobalOptions): Promise<number> {
  const out = output(options);
  const profile = profileAt(path);
  if (!profile.transport)
    throw new StockbridgeError('configuration_invalid', `${profile.partner} has no transport to trust`);
  const presented = await presentedHostKey(profile.transport);
  const pinned = profile.transport.hostKey;
  out.result({ presented, pinned: pinned ?? null, same: presented === pinned }, () =>
    presented === pinned
      ? `The server shows ${presented}, the key that is pinned.`
      : [
          `The server shows ${presented}${pinned === undefined ? '' : `, and ${pinned} is pinned`}.`,
          'Compare it with what the partner tells you by another way, then write it into the profile:',
          `  transport:\n    hostKey: ${presented}`,
        ].join('\n'),
  );
  return pinned === undefined || presented === pinned ? 0 : 1;
}

/** Takes files as if they had come from the partner's server; a running hub posts what they say. */
export async function receivePartnerFiles(
  name: string,
  files: readonly string[],
  options: GlobalOptions,
): Promise<number> {
  const out = output(options);
  // A name that is mistyped is found before any file is taken.
  const given: { file: string; bytes: Buffer }[] = [];
  for (const file of files) given.push({ file, bytes: await givenBytes(file) });
  return withPartner(name, options, async ({ database, config, live }) => {
    const log = pino({ level: 'silent' });
    const queues = await openQueues({
      databaseUrl: database.url,
      ...(config.redis.url === undefined ? {} : { redisUrl: config.redis.url }),
    });
    try {
      const results: { file: string; outcome: string; reading: FileReading | undefined }[] = [];
      for (const { file, bytes } of given) {
        const answer = await receiveFile({ database, queues, log }, live, {
          name: basename(file),
          bytes,
        });
        results.push({
          file,
          outcome: answer.outcome,
          reading: 'reading' in answer ? answer.reading : undefined,
        });
      }
      out.result(
        results.map(({ file, outcome, reading }) => ({
          file,
          outcome,
          documents: reading?.documents.map(shown) ?? [],
        })),
        () => results.map(({ file, outcome, reading }) => receivedText(file, outcome, reading)).join('\n'),
      );
      return results.every(({ reading }) => reading?.documents.every((each) => each.usable) ?? true) ? 0 : 1;
    } finally {
      await queues.close({ deadlineMs: 1_000 });
    }
  });
}

const shown = ({ type, number, usable, findings }: FileReading['documents'][number]) => ({
  type,
  number,
  usable,
  findings,
});

function receivedText(file: string, outcome: string, reading: FileReading | undefined): string {
  if (!reading) return `${file}: these bytes came before; nothing changes`;
  return [
    `${file}: ${outcome}`,
    ...reading.documents.flatMap((document) => [
      `  ${document.type} ${document.number}: ${document.usable ? 'taken' : 'REFUSED'}`,
      ...document.findings.map((finding) => `    ${finding.severity}: ${finding.message}`),
    ]),
  ].join('\n');
}

/** Where every document stands: valid, delivered, acknowledged. */
export async function partnerDocuments(
  name: string,
  options: GlobalOptions & { readonly order?: string; readonly limit: number },
): Promise<number> {
  const out = output(options);
  return withPartner(name, options, async ({ database, live }) => {
    const standings = await documentStandings(database.pool, live.id, options);
    out.result(standings, () =>
      standings.length === 0
        ? 'No documents yet.'
        : table(
            [
              'when',
              'way',
              'document',
              'number',
              'order',
              'valid',
              'delivered',
              'acknowledged',
              'file',
              'name',
            ],
            standings.map(standingRow),
          ),
    );
    return 0;
  });
}

const standingRow = (each: DocumentStanding): string[] => [
  each.createdAt.toISOString().slice(0, 19).replace('T', ' '),
  each.outbound ? 'out' : 'in',
  each.type,
  each.number,
  each.chain,
  each.valid ? 'yes' : 'NO',
  each.outbound ? (each.deliveredAt ? 'yes' : 'not yet') : '—',
  acknowledgementText(each),
  each.fileId,
  each.file,
];

function acknowledgementText({ acknowledgement, overdue, acknowledgeBy }: DocumentStanding): string {
  if (acknowledgement === 'not_expected') return '—';
  if (overdue) return `OVERDUE since ${acknowledgeBy?.toISOString().slice(0, 16).replace('T', ' ')}`;
  return acknowledgement.replaceAll('_', ' ');
}

/** Writes one file by its number into a folder. One of ours for a partner without a server counts as delivered by this. */
export async function fetchPartnerFile(
  name: string,
  id: string,
  folder: string,
  options: GlobalOptions,
): Promise<number> {
  const out = output(options);
  return withPartner(name, options, async ({ database, live }) => {
    const file = await fileBytes(database.pool, live.id, id, live.connection.files?.vault?.open);
    if (!file) throw new StockbridgeError('content_invalid', `${name} has no file ${id}, or it was erased`);
    const path = join(folder, file.name.replace(/[^\w.+-]/g, '-'));
    await writeGiven(path, file.bytes, { mode: 0o600 });
    const delivered = !live.connection.files?.visit && (await markHandedOver(database.pool, live.id, id));
    out.result(
      { path, bytes: file.bytes.length, delivered },
      () =>
        `${path} (${file.bytes.length} bytes)${delivered ? `; it counts as delivered, for ${name} has no server: take it there` : ''}`,
    );
    return 0;
  });
}

interface Partner {
  readonly database: Database;
  readonly config: Config;
  readonly live: LiveConnection;
}

export function withPartner<T>(
  name: string,
  options: GlobalOptions,
  work: (partner: Partner) => Promise<T>,
): Promise<T> {
  return withDatabase(options, async (database, config) => {
    const connections = await openConnections(database, config);
    const live = connections.get(name);
    if (!live?.connection.files) {
      const known = [...connections.values()]
        .filter((each) => each.connection.files)
        .map((each) => each.name);
      throw new StockbridgeError(
        'argument_invalid',
        `${name} is no connection that exchanges files; there are ${known.join(', ') || 'none'}`,
      );
    }
    return work({ database, config, live });
  });
}

/** Where the partner's stock reports and the ledger disagree today, each with its cause. Exit code 1 when anything does. */
export async function partnerDifferences(name: string, options: GlobalOptions): Promise<number> {
  const out = output(options);
  return withPartner(name, options, async ({ database }) => {
    const found = await differences(database.pool, { connection: name });
    out.result(found, () =>
      found.length === 0
        ? 'The ledger agrees with the last stock reports.'
        : found.map((each) => `${each.cause.replaceAll('_', ' ')}: ${each.sentence}`).join('\n'),
    );
    return found.length === 0 ? 0 : 1;
  });
}

/** Writes a statement of what the ledger holds at the partner's warehouses; a running hub sends it. */
export async function statePartnerStock(
  name: string,
  options: GlobalOptions & { readonly warehouse?: string },
): Promise<number> {
  const out = output(options);
  return withPartner(name, options, async ({ database, live }) => {
    const stated = await stateStock({ database }, live, { warehouse: options.warehouse, now: new Date() });
    out.result(stated, () =>
      stated
        .map(({ warehouse, number, lines }) => `${warehouse}: ${number} with ${lines} items waits to be sent`)
        .join('\n'),
    );
    return 0;
  });
}
