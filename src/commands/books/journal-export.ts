// stockbridge journals export: journals as a file for books that the hub does not post to, or for an archive. It books nothing
// and marks nothing: the same journals can be exported as often as wanted, to the same bytes.
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, YAMLParseError } from 'yaml';
import { StockbridgeError } from '../../core/errors.ts';
import {
  JOURNAL_STATUSES,
  type JournalDocument,
  type JournalStatus,
  readJournals,
} from '../../core/journals/document.ts';
import type { AccountNames } from '../../core/journals/export/account-names.ts';
import { sortedOnce } from '../../core/journals/export/checked.ts';
import { EXPORT_FORMATS, type ExportFormatName } from '../../core/journals/export/formats.ts';
import { sha256Of, type WrittenFile, writeExport } from '../../core/journals/export/write.ts';
import { type Money, moneyFrom, moneyText, NO_MONEY } from '../../core/vocabulary/money.ts';
import { givenFolder } from '../given-file.ts';
import { type Output, output } from '../output.ts';
import { type GlobalOptions, withDatabase } from '../session.ts';

export interface ExportJournalsOptions extends GlobalOptions {
  readonly format: ExportFormatName;
  /** A folder (there already, or ending in `/`), where the file is named after its days; a file; or `-`, standard output. */
  readonly to: string;
  /** First and last day of booking, `YYYY-MM-DD`, both included. */
  readonly from?: string;
  readonly through?: string;
  /** Default approved and posted: what never changes. */
  readonly status?: readonly JournalStatus[];
  /** hledger, beancount: a YAML file of account id → name. */
  readonly accounts?: string;
  /** hledger, beancount: default true. */
  readonly declarations?: boolean;
  /** Xero: posted at once instead of drafts. */
  readonly post?: boolean;
  /** Xero: names of the tracking categories. */
  readonly classCategory?: string;
  readonly departmentCategory?: string;
  readonly taxType?: string;
  /** Replaces a file that has other content. */
  readonly overwrite?: boolean;
}

/** Exports journals; exit code 1 when there are none, and then nothing is written. */
export async function exportJournals(options: ExportJournalsOptions): Promise<number> {
  const out = output(options);
  checkDays(options);
  const format = EXPORT_FORMATS[options.format];
  const accounts = await accountNamesIn(options);
  out.progress('reading journals');
  const documents = await withDatabase(options, (database) =>
    readJournals(database.pool, {
      ...(options.from !== undefined && { from: options.from }),
      ...(options.through !== undefined && { through: options.through }),
      statuses: options.status ?? FINAL,
      withSources: format.hasSources,
    }),
  );
  if (documents.length === 0) {
    out.progressDone();
    tell(out, options, { journals: 0 }, 'No journals to export; nothing was written.');
    return 1;
  }
  out.progress(`writing ${documents.length} journals`);
  const bytes = format.bytesOf(documents, {
    xero: {
      ...(options.post && { status: 'POSTED' }),
      ...(options.classCategory !== undefined && { classCategory: options.classCategory }),
      ...(options.departmentCategory !== undefined && { departmentCategory: options.departmentCategory }),
      ...(options.taxType !== undefined && { taxType: options.taxType }),
    },
    plainText: { accounts, declares: options.declarations ?? true },
  });
  const file = await deliver(bytes, documents, options);
  out.progressDone();
  const summary = summaryOf(documents);
  tell(out, options, { ...summary, file }, summaryText(summary, file));
  return 0;
}

const FINAL = JOURNAL_STATUSES.filter((status) => status !== 'draft');
const DAY = /^\d{4}-\d{2}-\d{2}$/;

function checkDays({ from, through }: ExportJournalsOptions): void {
  for (const [option, day] of Object.entries({ from, through })) {
    if (day === undefined) continue;
    const midnight = DAY.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
    if (Number.isNaN(midnight) || !new Date(midnight).toISOString().startsWith(day))
      throw new StockbridgeError(
        'argument_invalid',
        `--${option} must be a day such as 2026-11-30, not ${day}`,
      );
  }
  if (from !== undefined && through !== undefined && from > through)
    throw new StockbridgeError('argument_invalid', `--from ${from} comes after --through ${through}`);
}

async function accountNamesIn({ accounts, format }: ExportJournalsOptions): Promise<AccountNames> {
  if (format !== 'hledger' && format !== 'beancount') return new Map();
  if (accounts === undefined)
    throw new StockbridgeError(
      'argument_invalid',
      `${format} needs --accounts <file>, a YAML file with a line such as "84": Assets:Inventory for each account`,
    );
  return accountNamesOf(accounts, await readFile(accounts, 'utf8').catch(unreadable(accounts)));
}

const unreadable =
  (path: string) =>
  (error: unknown): never => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StockbridgeError('argument_invalid', `${path} cannot be read: ${reason}`, { cause: error });
  };

/** Every key and value is taken as the text that stands there: account 0400 is not account 400. */
function accountNamesOf(path: string, text: string): AccountNames {
  const invalid = (what: string) => new StockbridgeError('content_invalid', `${path}: ${what}`);
  let content: unknown;
  try {
    content = parse(text, { schema: 'failsafe' });
  } catch (error) {
    if (error instanceof YAMLParseError) throw invalid(error.message.split('\n', 1)[0] ?? 'is no YAML');
    throw error;
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content))
    throw invalid('must be a list of lines such as "84": Assets:Inventory');
  return new Map(
    Object.entries(content).map(([account, name]: [string, unknown]) => {
      if (typeof name !== 'string') throw invalid(`the name of account ${account} must be text`);
      return [account, name];
    }),
  );
}

type Delivered = Omit<WrittenFile, 'outcome'> & { readonly outcome: WrittenFile['outcome'] | 'printed' };

async function deliver(
  bytes: Buffer,
  documents: readonly JournalDocument[],
  options: ExportJournalsOptions,
): Promise<Delivered> {
  if (options.to === '-') {
    await new Promise<void>((resolve, reject) => {
      process.stdout.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
    return { path: '-', outcome: 'printed', bytes: bytes.byteLength, sha256: sha256Of(bytes) };
  }
  const isFolder =
    /[/\\]$/.test(options.to) || (await stat(options.to).catch(() => undefined))?.isDirectory();
  if (!isFolder) return writeExport(options.to, bytes, { overwrite: options.overwrite ?? false });
  await givenFolder(options.to);
  return writeExport(join(options.to, fileName(documents, options)), bytes, {
    overwrite: options.overwrite ?? false,
  });
}

/** Named after the days asked for, so that the same question leads to the same file. */
function fileName(
  documents: readonly JournalDocument[],
  { from, through, format }: ExportJournalsOptions,
): string {
  const days = sortedOnce(documents.map(({ date }) => date));
  return `journals-${from ?? days[0]}_${through ?? days.at(-1)}${EXPORT_FORMATS[format].ending}`;
}

interface Summary {
  readonly journals: number;
  readonly lines: number;
  readonly drafts: number;
  readonly from: string;
  readonly through: string;
  /** Debits of each currency, which are its credits too. */
  readonly totals: readonly { readonly currency: string; readonly amount: string }[];
}

function summaryOf(documents: readonly JournalDocument[]): Summary {
  const days = sortedOnce(documents.map(({ date }) => date));
  return {
    journals: documents.length,
    lines: documents.reduce((sum, { lines }) => sum + lines.length, 0),
    drafts: documents.filter(({ status }) => status === 'draft').length,
    from: days[0] ?? '',
    through: days.at(-1) ?? '',
    totals: sortedOnce(documents.map(({ currency }) => currency)).map((currency) => ({
      currency,
      amount: moneyText(debitsIn(currency, documents), currency),
    })),
  };
}

const debitsIn = (currency: string, documents: readonly JournalDocument[]): Money =>
  documents
    .filter((journal) => journal.currency === currency)
    .flatMap(({ lines }) => lines)
    .filter(({ side }) => side === 'debit')
    .reduce((sum, { amount }) => (sum + moneyFrom(amount, currency)) as Money, NO_MONEY);

function summaryText(summary: Summary, file: Delivered): string {
  const outcomes = {
    written: 'written',
    unchanged: 'there already with the same content; nothing changed',
    replaced: 'replaced',
    printed: 'printed',
  };
  return [
    `${summary.journals} journals with ${summary.lines} lines, ${summary.from} to ${summary.through}; debits and credits each ${summary.totals.map(({ currency, amount }) => `${amount} ${currency}`).join(', ')}`,
    ...(summary.drafts === 0
      ? []
      : [`${summary.drafts} of them are drafts, which may still change: do not book them yet.`]),
    `${file.path === '-' ? 'standard output' : file.path}: ${outcomes[file.outcome]}, ${file.bytes} bytes`,
    `sha256 ${file.sha256}`,
  ].join('\n');
}

/** What a file on standard output must not be mixed with goes to standard error. */
function tell(out: Output, { to }: ExportJournalsOptions, value: unknown, text: string): void {
  if (to !== '-') out.result(value, () => text);
  else if (!out.json) process.stderr.write(`${text}\n`);
}
