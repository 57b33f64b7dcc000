// stockbridge close and reopen: a period is closed with a certificate, or everything that stands in the way is listed with the
// command that settles it.
import { join } from 'node:path';
import { errorReason, StockbridgeError } from '../../core/errors.ts';
import { type Day, dayBefore, monthEnd } from '../../core/journals/calendar.ts';
import { isTaken, type WrittenFile, writeExport } from '../../core/journals/export/write.ts';
import { reopenLastPeriod } from '../../core/journals/periods.ts';
import { closedThrough } from '../../core/journals/unbooked.ts';
import { namesOf } from '../../core/tieout/account-name.ts';
import { type Certificate, canonicalText } from '../../core/tieout/certificate.ts';
import { certificateText } from '../../core/tieout/certificate-text.ts';
import {
  closeWithCertificate,
  type Hindrance,
  hindrancesTo,
  storedCertificate,
} from '../../core/tieout/close.ts';
import { type Finding, openFindings } from '../../core/tieout/findings.ts';
import { givenFolder } from '../given-file.ts';
import { type Output, output } from '../output.ts';
import type { GlobalOptions } from '../session.ts';
import { actorOf, type BooksSession, dayFrom, replacedText, withBooks } from './session.ts';

export interface CloseOptions extends GlobalOptions {
  /** Close; without it only what stands in the way is shown. */
  readonly yes?: boolean;
  readonly by?: string;
  /** Folder for the certificate. */
  readonly to?: string;
  /** Do not ask the books. */
  readonly offline?: boolean;
}

/** The last day of a month, or the day itself. @throws StockbridgeError `argument_invalid` when it is neither. */
export function lastDayOf(period: string): Day {
  if (/^\d{4}-(0[1-9]|1[0-2])$/.test(period)) return monthEnd(`${period}-01`);
  if (/^\d{4}-\d{2}-\d{2}$/.test(period)) return dayFrom(period, 'the period');
  throw new StockbridgeError(
    'argument_invalid',
    `the period must be a month such as 2026-11, or a day such as 2026-11-15 through which to close, not ${period}`,
    { help: 'Write months and days with all their digits; nothing was changed.' },
  );
}

/** Exit code 0 when it is closed (or can be, without --yes), 1 when something stands in the way. */
export async function close(period: string, options: CloseOptions): Promise<number> {
  const out = output(options);
  const through = lastDayOf(period);
  const by = actorOf(options.by);
  return withBooks(options, async (session) => {
    const { database, books, now } = session;
    const { connection } = books.journal;
    if (options.offline && connection !== undefined)
      throw new StockbridgeError(
        'argument_invalid',
        `--offline is for journals that leave as files; books.journal.connection is ${connection}, so a close asks the books. Leave --offline out`,
      );
    const stored = await storedCertificate(database.pool, through);
    // Before anything is closed: a certificate that finds no place comes too late.
    if (options.to !== undefined && (stored || options.yes)) await givenFolder(options.to);
    if (stored)
      return closed(out, period, options, stored, {
        first: `${through} is closed already; this is its certificate.`,
        openFindings: await openFindings(database.pool),
      });
    await session.value();
    for (const line of replacedText(await session.take(`close (${by})`))) out.aside(line);
    const { asked } = session;
    const described = await session.connection?.connection.journal.describe();
    const names = namesOf(described?.accounts ?? []);
    if (!options.yes) {
      const hindrances = await hindrancesTo(database, books, { through, now, asked, names });
      if (hindrances.length > 0) return refused(out, session, through, hindrances);
      out.result(
        { outcome: 'ready', through },
        () =>
          `Nothing stands in the way. Nothing was closed yet: \`stockbridge close ${period} --yes\` closes through ${through}.`,
      );
      return 0;
    }
    const answer = await closeWithCertificate(database, books, {
      ...{ through, by, now, asked, names },
      company: described?.company ?? null,
    });
    return answer.outcome === 'refused'
      ? refused(out, session, through, answer.hindrances)
      : closed(out, period, options, answer.certificate, {
          first: `The books are closed through ${through}.`,
        });
  });
}

/** Says first that it is closed: whatever becomes of the files, the close stands. */
async function closed(
  out: Output,
  period: string,
  { to }: CloseOptions,
  certificate: Certificate,
  { first, openFindings: open }: { readonly first: string; readonly openFindings?: readonly Finding[] },
): Promise<number> {
  for (const line of [first, ...(open ? sinceText(open, certificate) : [])]) out.aside(line);
  const { files, failure } = await filesIn(to, period, certificate);
  for (const { path, outcome, sha256 } of files) out.aside(`${path}: ${outcome}, sha256 ${sha256}`);
  const warning =
    failure &&
    `the certificate was not written: ${failure}; \`stockbridge close ${period} --yes --to FOLDER\` writes it`;
  if (warning) out.aside(`warning: ${warning}`);
  const told = { outcome: 'closed', certificate, files };
  out.result({ ...told, ...(warning && { warning }), ...(open && { openFindings: open }) }, () =>
    // The result ends its last line itself.
    certificateText(certificate).replace(/\n$/, ''),
  );
  // Asked for once more, the file is all there was to do.
  return warning && open ? 1 : 0;
}

async function filesIn(
  to: string | undefined,
  period: string,
  certificate: Certificate,
): Promise<{ readonly files: readonly WrittenFile[]; readonly failure?: string }> {
  try {
    return { files: to === undefined ? [] : await writeCertificate(to, period, certificate) };
  } catch (error) {
    return { files: [], failure: errorReason(error) };
  }
}

const sinceText = (open: readonly Finding[], { period, booksWereAsked }: Certificate): string[] => [
  open.length === 0
    ? `No finding about the books is open.${booksWereAsked ? ` \`stockbridge tieout --as-of ${period.through}\` looks again.` : ''}`
    : `Since then ${open.length === 1 ? 'a finding is' : `${open.length} findings are`} open; \`stockbridge books findings\` shows more:`,
  ...open.map(({ id, kind, reason }) => `  ${id}  ${kind}: ${reason}`),
];

/** Beside the certificate of a close that was taken back, or whatever else has its name, this one is named by its seal. */
async function writeCertificate(
  to: string,
  period: string,
  certificate: Certificate,
): Promise<WrittenFile[]> {
  const pages = [
    ['md', Buffer.from(certificateText(certificate))],
    ['json', Buffer.from(`${canonicalText(certificate, 2)}\n`)],
  ] as const;
  const plain = join(to, `certificate-${period}`);
  const taken = await Promise.all(pages.map(([ending, bytes]) => isTaken(`${plain}.${ending}`, bytes)));
  const name = taken.includes(true) ? `${plain}-${certificate.sha256.slice(0, 8)}` : plain;
  const files: WrittenFile[] = [];
  for (const [ending, bytes] of pages) files.push(await writeExport(`${name}.${ending}`, bytes));
  return files;
}

async function refused(
  out: Output,
  session: BooksSession,
  through: Day,
  hindrances: readonly Hindrance[],
): Promise<number> {
  const closedDay = await closedThrough(session.database.pool);
  const shown = hindrances.map((each) => ({
    ...each,
    command: commandFor(each, {
      through,
      today: session.today,
      closedDay,
      hasBooks: session.asked !== undefined,
    }),
  }));
  out.result({ outcome: 'refused', through, hindrances: shown }, () =>
    [
      `${through} cannot be closed; nothing was changed. In the way:`,
      ...shown.flatMap(({ kind, what, ids, count, help, command }) => [
        `  ${kind}: ${what}`,
        // What the sentence or the command names already is not said again.
        ...(count > 1 || !`${what} ${command}`.includes(ids[0] ?? '')
          ? [`      ${ids.slice(0, 5).join(', ')}${count > 5 ? ` and ${count - 5} more` : ''}`]
          : []),
        `      ${help}`,
        `      $ ${command}`,
      ]),
    ].join('\n'),
  );
  return 1;
}

interface Situation {
  readonly through: Day;
  readonly today: Day;
  readonly closedDay: Day | undefined;
  readonly hasBooks: boolean;
}

/** Closes the month of a day, or the last one that is over; what is closed already leaves nothing to close. */
function closeCommand({ through, today, closedDay }: Situation): string {
  const before = (day: Day) => dayBefore(`${day.slice(0, 7)}-01`);
  const own = monthEnd(through);
  const end = own < today ? own : before(today);
  return closedDay !== undefined && end <= closedDay
    ? 'stockbridge tieout'
    : `stockbridge close ${end.slice(0, 7)}`;
}

/** The command that settles what stands in the way, or shows how far it is. */
function commandFor({ kind, ids, what }: Hindrance, situation: Situation): string {
  const { through, hasBooks } = situation;
  const [id = ''] = ids;
  switch (kind) {
    case 'day':
      // Closed further already; not the end of a month; or not over.
      if (id !== through) return `stockbridge reopen ${id} --reason "why"`;
      return closeCommand(situation);
    case 'unvalued_movements':
    case 'stale_items':
      return 'stockbridge tieout --offline';
    case 'negative_stock':
      return `stockbridge explain item ${id.split(' ')[0]}`;
    case 'missing_account':
    case 'held':
      // Only books that can be asked have accounts to check against.
      return hasBooks ? 'stockbridge books check' : 'stockbridge journal draft';
    case 'bill_unknown':
      return 'stockbridge import bills FILE';
    case 'unbooked_entries':
    case 'not_drafted':
      return 'stockbridge journal draft';
    case 'unapproved_journals':
    case 'draft':
      return `stockbridge journal approve --through ${through}`;
    case 'undelivered_journals':
    case 'not_sent':
    case 'outcome_unknown':
      return `stockbridge journal show ${id}`;
    case 'rejected':
      return `stockbridge journal retry ${id}`;
    case 'deleted':
      return `stockbridge journal retry ${/journal (\S+)/.exec(what)?.[1] ?? id}`;
    case 'mapped_elsewhere':
      return `stockbridge journal reverse ${id} --reason "booked on another account"`;
    case 'edited':
    case 'redated':
    case 'foreign':
    case 'before':
    case 'bill_differs':
    case 'bill_repeated':
      return `stockbridge books resolve ${id} --note "why it is right"`;
    case 'booked_later':
    case 'draft_later':
    case 'reversed_later':
    case 'mapped_then':
    case 'redated_here':
    case 'shared':
    case 'bill_not_entered':
    case 'unexplained':
      return `stockbridge tieout --as-of ${through}`;
  }
}

export interface ReopenOptions extends GlobalOptions {
  readonly reason: string;
  readonly by?: string;
}

/** Takes the last close back; exit code 1 when the period is not the last that was closed. */
export async function reopen(period: string, options: ReopenOptions): Promise<number> {
  const out = output(options);
  const through = lastDayOf(period);
  const by = actorOf(options.by);
  return withBooks(options, async ({ database, now }) => {
    const last = await closedThrough(database.pool);
    if (last !== through)
      throw new StockbridgeError(
        'argument_invalid',
        last === undefined
          ? 'nothing is closed'
          : `only the last close can be taken back, and that is ${last}${last > through ? '; reopen it first' : ''}`,
        {
          help:
            last === undefined
              ? 'There is nothing to take back.'
              : `\`stockbridge reopen ${last} --reason "why"\` takes the last close back.`,
        },
      );
    const answer = await reopenLastPeriod(database, { by, reason: options.reason, now });
    if (answer.outcome === 'refused') throw new StockbridgeError('argument_invalid', answer.reason);
    out.result(
      answer,
      () =>
        `${answer.through} is open again; ${answer.closedThrough === undefined ? 'nothing is closed' : `the books are closed through ${answer.closedThrough}`}.`,
    );
    return 0;
  });
}
