// stockbridge journal list, show and explain: journals to look at, from a list down to the events behind one line. Reads only.
import { StockbridgeError } from '../../core/errors.ts';
import type { Store } from '../../core/inbox/store.ts';
import { businessMinute } from '../../core/journals/calendar.ts';
import {
  type JournalDocument,
  type JournalFilter,
  type JournalStatus,
  readJournals,
} from '../../core/journals/document.ts';
import { type DrilledEntry, drillLine } from '../../core/journals/drill.ts';
import { NAMED } from '../../core/journals/findings.ts';
import { contentHashOf } from '../../core/journals/lifecycle.ts';
import { readCompany } from '../../core/valuation/company.ts';
import { type Money, moneyFrom, moneyText } from '../../core/vocabulary/money.ts';
import { output, table } from '../output.ts';
import { type GlobalOptions, withDatabase } from '../session.ts';
import { dayFrom } from './session.ts';

export const JOURNAL_KINDS = [
  'activity',
  'correction',
  'reversal',
  'closing',
] as const satisfies readonly JournalDocument['kind'][];

export interface ListJournalsOptions extends GlobalOptions {
  readonly from?: string;
  readonly through?: string;
  readonly status?: readonly JournalStatus[];
  readonly kind?: readonly JournalDocument['kind'][];
  /** Journals shown, the newest; default 1,000 for people and all as JSON. */
  readonly limit?: number;
}

const SHOWN = 1_000;

interface Standing {
  readonly approvedBy: string | null;
  readonly delivery: string | null;
  readonly bookedOn: string | null;
  readonly attempts: number | null;
  readonly entry: string | null;
  readonly reason: string | null;
  /** An open finding that somebody changed it in the books. */
  readonly finding: { readonly id: string; readonly kind: string } | null;
}

/** Lists journals by day and number, for people no more than they can read; exit code 0. */
export async function listJournals(options: ListJournalsOptions): Promise<number> {
  const out = output(options);
  const filter: JournalFilter = {
    ...(options.from !== undefined && { from: dayFrom(options.from, '--from') }),
    ...(options.through !== undefined && { through: dayFrom(options.through, '--through') }),
    ...(options.status && { statuses: options.status }),
    ...(options.kind && { kinds: options.kind }),
  };
  const limit = options.limit ?? (out.json ? undefined : SHOWN);
  return withDatabase(options, async (database) => {
    // One more than is shown tells whether there are more.
    const found = await readJournals(database.pool, {
      ...filter,
      ...(limit !== undefined && { newest: limit + 1 }),
    });
    const hasMore = limit !== undefined && found.length > limit;
    const journals = hasMore ? found.slice(1) : found;
    const standings = await standingsOf(database.pool, journals);
    out.result(
      journals.map((journal) => ({ ...headOf(journal), ...standings.get(journal.id) })),
      () =>
        journals.length === 0
          ? 'No journals.'
          : [
              table(
                ['number', 'day', 'of', 'amount', 'currency', 'status', 'in the books'],
                journals.map((journal) => [
                  journal.number,
                  journal.date,
                  journal.forDate ?? journal.date,
                  amountOf(journal),
                  journal.currency,
                  journal.status,
                  deliveryText(standings.get(journal.id)),
                ]),
              ),
              ...(hasMore ? [`These are the newest ${limit}; --through and --limit show older ones.`] : []),
            ].join('\n'),
    );
    return 0;
  });
}

async function standingsOf(
  store: Store,
  journals: readonly JournalDocument[],
): Promise<Map<string, Standing>> {
  const { rows } = await store.query<Standing & { id: string }>(
    `select j.id::text, j.approved_by as "approvedBy", d.status::text as delivery, d.booked_on::text as "bookedOn", d.attempts,
       d.external_id as entry, coalesce(d.reason, case j.status when 'draft' then j.refused end) as reason,
       (select json_build_object('id', f.id::text, 'kind', ${NAMED}) from books_finding f where f.journal_id = j.id
          and f.kind in ('edited', 'deleted') and f.resolved_at is null order by f.kind = 'deleted' desc, f.id desc limit 1) as finding
     from journal j left join journal_delivery d on d.journal_id = j.id where j.id = any ($1::uuid[])`,
    [journals.map(({ id }) => id)],
  );
  return new Map(rows.map(({ id, ...standing }) => [id, standing]));
}

function deliveryText(standing: Standing | undefined): string {
  if (!standing?.delivery) return standing?.reason ? `not approved: ${standing.reason}` : '';
  const { delivery, entry, reason, attempts, finding } = standing;
  if (delivery === 'posted') {
    const found = finding === null ? '' : `, ${finding.kind} there (finding ${finding.id})`;
    return `${entry === null ? (reason ?? 'settled') : `entry ${entry} on ${standing.bookedOn}`}${found}`;
  }
  return `${delivery}${attempts ? `, sent ${attempts === 1 ? 'once' : `${attempts} times`}` : ''}${reason === null ? '' : `: ${reason}`}`;
}

const headOf = ({ lines: _lines, ...journal }: JournalDocument): object => ({
  ...journal,
  amount: amountOf({ ...journal, lines: _lines }),
});

/** The sum of its debits, which is that of its credits. */
export const amountOf = ({ lines, currency }: Pick<JournalDocument, 'lines' | 'currency'>): string =>
  moneyText(
    lines.reduce(
      (sum, { side, amount }) => sum + (side === 'debit' ? moneyFrom(amount, currency) : 0n),
      0n,
    ) as Money,
    currency,
  );

export interface ShowJournalOptions extends GlobalOptions {
  /** Also what each line is made of. */
  readonly sources?: boolean;
}

/** Shows one journal as it is, or would be, booked; exit code 1 when there is none of that number. */
export async function showJournal(number: string, options: ShowJournalOptions): Promise<number> {
  const out = output(options);
  return withDatabase(options, async (database) => {
    const journal = await journalNumbered(database.pool, number, options.sources ?? false);
    const standing = (await standingsOf(database.pool, [journal])).get(journal.id);
    const hash = contentHashOf(journal).toString('hex');
    out.result({ ...journal, amount: amountOf(journal), contentHash: hash, ...standing }, () =>
      showText(journal, standing, hash),
    );
    return 0;
  });
}

async function journalNumbered(store: Store, number: string, withSources: boolean): Promise<JournalDocument> {
  const [journal] = await readJournals(store, { numbers: [number], withSources });
  if (!journal)
    throw new StockbridgeError(
      'not_found',
      `there is no journal ${number}; \`stockbridge journal list\` shows them`,
    );
  return journal;
}

function showText(journal: JournalDocument, standing: Standing | undefined, hash: string): string {
  const label = (line: JournalDocument['lines'][number]) =>
    [line.class, line.department].filter((each) => each !== undefined).join(' / ');
  return [
    `${journal.number}: ${journal.kind}, ${journal.status}${standing?.approvedBy ? ` by ${standing.approvedBy}` : ''}, booked on ${journal.date}${journal.forDate === undefined ? '' : ` for ${journal.forDate}`}`,
    journal.memo,
    ...(deliveryText(standing) === '' ? [] : [`in the books: ${deliveryText(standing)}`]),
    table(
      ['line', 'account', 'debit', 'credit', 'for', ''],
      [
        ...journal.lines.map((line) => [
          String(line.line),
          line.account,
          line.side === 'debit' ? line.amount : '',
          line.side === 'credit' ? line.amount : '',
          line.description,
          label(line),
        ]),
        ['', '', amountOf(journal), amountOf(journal), journal.currency, ''],
      ],
    ),
    ...journal.lines.flatMap((line) =>
      (line.sources ?? []).map(
        (source) =>
          `  line ${line.line}: ${source.amount}  ${source.document ?? source.id}${source.sku === undefined ? '' : `, ${source.quantity} of ${source.sku}`}`,
      ),
    ),
    `hash ${hash}`,
  ].join('\n');
}

export interface ExplainLineOptions extends GlobalOptions {
  /** Entries shown. */
  readonly limit: number;
  /** The last entry of the page before. */
  readonly after?: string;
}

/** Where one line comes from: its entries, what caused each, and the events that said so; exit code 0. */
export async function explainLine(
  number: string,
  line: number,
  options: ExplainLineOptions,
): Promise<number> {
  const out = output(options);
  if (options.after !== undefined && !/^\d{1,18}$/.test(options.after))
    throw new StockbridgeError('argument_invalid', '--after must be the number of an entry');
  return withDatabase(options, async (database) => {
    const journal = await journalNumbered(database.pool, number, false);
    const timeZone = (await readCompany(database.pool))?.timeZone ?? 'UTC';
    const own = journal.lines.find((each) => each.line === line);
    if (!own)
      throw new StockbridgeError(
        'not_found',
        `${number} has lines 1 to ${journal.lines.length}, not ${line}`,
        { help: `\`stockbridge journal show ${number}\` lists them.` },
      );
    const entries = await drillLine(database.pool, journal.id, line, {
      limit: options.limit,
      ...(options.after !== undefined && { after: options.after }),
    });
    out.result({ number, ...own, entries }, () =>
      [
        `${number} line ${line}: ${own.side} ${own.account} ${own.amount} ${journal.currency}, ${own.description}`,
        ...entries.flatMap((entry) => entryText(entry, timeZone)),
        ...(entries.length === options.limit
          ? [`More: stockbridge journal explain ${number} ${line} --after ${entries.at(-1)?.entry}`]
          : []),
      ].join('\n'),
    );
    return 0;
  });
}

function entryText(entry: DrilledEntry, timeZone: string): string[] {
  const { cause, about } = entry;
  const time = `${businessMinute(entry.effectiveAt, timeZone)} ${timeZone}`;
  return [
    `  entry ${entry.entry}: ${entry.amount}  ${entry.kind}, ${entry.quantity} of ${entry.sku}${entry.location === null ? '' : ` at ${entry.location}`}, ${time}, ${entry.debit} from ${entry.credit}${entry.isCorrection ? ', a correction' : ''}`,
    ...(cause === null
      ? []
      : [
          `      ${cause.what} ${cause.document}${cause.reference === null ? '' : ` (${cause.reference})`}${cause.event === null ? '' : `; its bytes: stockbridge explain event ${cause.event}`}`,
        ]),
    ...(about === null ? [] : [`      about ${about.document ?? about.step}`]),
    `      layers: stockbridge value explain ${entry.sku}`,
  ];
}
