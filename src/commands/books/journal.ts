// stockbridge journal: drafts, looked at, approved, sent, taken back. What is approved is never changed here (I10); the way back is
// another journal.
import { StockbridgeError } from '../../core/errors.ts';
import { type Day, laterDay } from '../../core/journals/calendar.ts';
import { type RetryAnswer, retryDelivery } from '../../core/journals/delivery.ts';
import { type JournalDocument, readJournals } from '../../core/journals/document.ts';
import { redraftJournals } from '../../core/journals/drafts.ts';
import { type LeftOut, leftOutOf, unvaluedThrough } from '../../core/journals/left-out.ts';
import {
  type ApprovalAnswer,
  approveJournals,
  markPosted,
  reverseJournal,
} from '../../core/journals/lifecycle.ts';
import { deletedEntryOf, retryDeleted } from '../../core/tieout/repair.ts';
import { unvaluedItems, unvaluedText } from '../../core/valuation/unvalued.ts';
import { CORRECT_DRAFT, chartIfAsked, lackingAccounts, whyNotApproved } from '../../workers/chart.ts';
import { output, table } from '../output.ts';
import type { GlobalOptions } from '../session.ts';
import { amountOf } from './journal-show.ts';
import { mappingFailures } from './mapping.ts';
import { actorOf, type BooksSession, dayFrom, replacedText, withBooks } from './session.ts';

export interface DraftOptions extends GlobalOptions {
  /** Also of the day or month that is not over. */
  readonly running?: boolean;
}

/** Makes all drafts anew, and names what is not valued; exit code 1 when something waits for an account or could not be valued. */
export async function draftJournals(options: DraftOptions): Promise<number> {
  const out = output(options);
  return withBooks(options, async ({ database, books, connection, now, value }) => {
    out.progress('bringing value up to date');
    await value();
    const unvalued = await unvaluedItems(database.pool);
    const { failed, behind } = unvalued;
    const { drafts, stopped, waiting, replaced } = await redraftJournals(database, books, {
      now,
      takenBy: `journal draft (${actorOf(undefined)})`,
      includeRunning: options.running ?? false,
    });
    out.progress('asking the books for their accounts');
    const mapping = mappingFailures(books, await chartIfAsked(connection));
    out.progressDone();
    const told = {
      ...{ drafts, stopped, mapping, waiting: waiting.length },
      ...{ itemsNotValued: failed.length, itemsBehind: behind.length, notValued: unvalued },
    };
    out.result({ ...told, ...(replaced && { replaced }) }, () =>
      [
        ...replacedText(replaced),
        drafts.length === 0
          ? 'Nothing to draft.'
          : `${drafts.length} ${drafts.length === 1 ? 'draft' : 'drafts'}: ${drafts.map(({ number }) => number).join(', ')}`,
        ...stopped.map(({ reason }) => `  held: ${reason}`),
        ...mapping.map((what) => `  warning: ${what}`),
        ...(waiting.length === 0
          ? []
          : [`  ${waiting.length} entries wait until their day or month is over`]),
        ...unvaluedText(unvalued).map((what) => `  warning: ${what}`),
      ].join('\n'),
    );
    return stopped.length === 0 && failed.length === 0 ? 0 : 1;
  });
}

export interface ApproveOptions extends GlobalOptions {
  /** All drafts through this day. */
  readonly through?: string;
  readonly by?: string;
  /** Hash that `journal show` printed; only with one number. */
  readonly hash?: string;
}

/**
 * Approves drafts by number or through a day; they go to the books by themselves. A draft with an account that the books do not
 * have is left as it is: approved, it would keep the account, and the books would refuse it for good. Exit code 1 when one was not
 * approved.
 */
export async function approve(numbers: readonly string[], options: ApproveOptions): Promise<number> {
  const out = output(options);
  if ((numbers.length === 0) === (options.through === undefined))
    throw new StockbridgeError('argument_invalid', 'name journals by number, or give --through and a day');
  if (options.hash !== undefined && numbers.length !== 1)
    throw new StockbridgeError('argument_invalid', '--hash belongs to one journal');
  const through = options.through === undefined ? undefined : dayFrom(options.through, '--through');
  const by = actorOf(options.by);
  return withBooks(options, async ({ database, books, connection, now }) => {
    const journals =
      through === undefined
        ? await named(database.pool, numbers)
        : await readJournals(database.pool, { through, statuses: ['draft'] });
    const chart = journals.length === 0 ? undefined : await chartIfAsked(connection);
    const lacking = new Map(
      journals.flatMap((journal) => {
        const reason = journal.status === 'draft' ? whyNotApproved(journal, chart) : undefined;
        return reason === undefined ? [] : [[journal.id, reason] as const];
      }),
    );
    const approvals = journals
      .filter(({ id }) => !lacking.has(id))
      .map(({ id }) => ({ id, ...(options.hash !== undefined && { contentHash: options.hash }) }));
    const given = await approveJournals(database, approvals, {
      ...{ by, now, rules: books },
      ...(connection && { deliverTo: connection.id }),
    });
    const byId = new Map(given.map((answer) => [answer.id, answer]));
    const answers = journals.flatMap(({ id }): Answer[] => {
      const reason = lacking.get(id);
      if (reason !== undefined) return [{ id, outcome: 'no_account', reason }];
      const answer = byId.get(id);
      return answer ? [answer] : [];
    });
    const refused = new Set(
      answers.flatMap(({ id, outcome }) => (outcome === 'outdated' || outcome === 'no_account' ? [id] : [])),
    );
    const leftOut =
      through === undefined
        ? await unvaluedThrough(database.pool, books, lastDayOf(journals))
        : await leftOutOf(database, books, { through, now, refused });
    out.result(
      [...answers.map((answer, index) => ({ number: journals[index]?.number, ...answer })), ...leftOut],
      () =>
        [
          ...(answers.length === 0 ? ['There are no drafts to approve.'] : []),
          ...answers.flatMap((answer, index) =>
            answer.outcome === 'outdated' || answer.outcome === 'no_account'
              ? []
              : [approvalText(answer, journals[index])],
          ),
          ...refusedText(answers, journals),
          ...leftOut.map(leftOutText),
        ].join('\n'),
    );
    return answers.every(({ outcome }) => outcome === 'approved' || outcome === 'already') ? 0 : 1;
  });
}

/** The last day that any of them is booked on. */
const lastDayOf = (journals: readonly JournalDocument[]): Day =>
  journals.reduce((latest, { date }) => laterDay(latest, date), '0001-01-01');

/** What came of a draft: that of the approval, or that it was not tried, because the books lack an account of it. */
type Answer =
  | ApprovalAnswer
  | { readonly id: string; readonly outcome: 'no_account'; readonly reason: string };

const SHOWN = 10;

function leftOutText({ journals, reason }: LeftOut): string {
  const more = journals.length > SHOWN ? ` and ${journals.length - SHOWN} more` : '';
  return `left out: ${reason}${journals.length === 0 ? '' : `: ${journals.slice(0, SHOWN).join(', ')}${more}`}`;
}

/** One line for all that the same change of rules made outdated, or that lack the same account. */
function refusedText(answers: readonly Answer[], journals: readonly JournalDocument[]): string[] {
  const numbers = new Map(journals.map(({ id, number }) => [id, number]));
  const refused = answers.flatMap((answer) =>
    answer.outcome === 'outdated' || answer.outcome === 'no_account' ? [answer] : [],
  );
  return [...Map.groupBy(refused, ({ reason }) => reason)].map(([reason, own]) => {
    const shown = own.slice(0, SHOWN).map(({ id }) => numbers.get(id) ?? id);
    return `${shown.join(', ')}${own.length > SHOWN ? ` and ${own.length - SHOWN} more` : ''}: NOT approved: ${reason}`;
  });
}

function approvalText(answer: ApprovalAnswer, journal: JournalDocument | undefined): string {
  const number = journal?.number ?? answer.id;
  switch (answer.outcome) {
    case 'approved':
      return `${number}: approved${journal ? `, ${amountOf(journal)} ${journal.currency} on ${journal.date}` : ''}`;
    case 'already':
      return `${number}: was approved before; nothing changed`;
    case 'changed':
    case 'unknown':
    case 'outdated':
      return `${number}: NOT approved: ${answer.reason}`;
  }
}

/** The journals of these numbers, in their order. @throws StockbridgeError `not_found` for one that does not exist. */
export async function named(
  store: BooksSession['database']['pool'],
  numbers: readonly string[],
  withSources = false,
): Promise<readonly JournalDocument[]> {
  const found = new Map(
    (await readJournals(store, { numbers, withSources })).map((journal) => [journal.number, journal]),
  );
  return numbers.map((number) => {
    const journal = found.get(number);
    if (!journal)
      throw new StockbridgeError(
        'not_found',
        `there is no journal ${number}; \`stockbridge journal list\` shows them`,
      );
    return journal;
  });
}

/** Marks approved journals as being in the books, where files carry them there. Exit code 1 when one was not approved. */
export async function posted(numbers: readonly string[], options: GlobalOptions): Promise<number> {
  const out = output(options);
  return withBooks(options, async ({ database, connection, now }) => {
    if (connection)
      throw new StockbridgeError(
        'argument_invalid',
        `journals go to the books through ${connection.name}; what is there is read back, not said`,
        {
          help: '`stockbridge journal list` shows how far each is; `stockbridge journal retry` sends one again that was refused.',
        },
      );
    const journals = await named(database.pool, numbers);
    const drafts = journals.filter(({ status }) => status === 'draft').map(({ number }) => number);
    if (drafts.length > 0)
      throw new StockbridgeError(
        'argument_invalid',
        `${drafts.join(', ')}: a draft may still change; approve it first`,
        { help: `\`stockbridge journal approve ${drafts.join(' ')}\` approves; then say it again.` },
      );
    const ids = await markPosted(
      database.pool,
      journals.map(({ id }) => id),
      now,
    );
    out.result({ posted: ids.length }, () => `${ids.length} journals are marked as posted.`);
    return 0;
  });
}

/** Characters: books take memos of 4,000, and what a memo says besides the reason needs room too. */
const LONGEST_REASON = 3_500;

export interface ReverseOptions extends GlobalOptions {
  readonly reason: string;
  readonly by?: string;
}

/** Takes a journal back with one that mirrors it; what it held is drafted anew. Exit code 1 when it cannot be. */
export async function reverse(number: string, options: ReverseOptions): Promise<number> {
  const out = output(options);
  const why = options.reason.trim();
  if (why === '') throw new StockbridgeError('argument_invalid', '--reason must say why');
  if (why.length > LONGEST_REASON)
    throw new StockbridgeError(
      'argument_invalid',
      `--reason has ${why.length} characters, and the memo of a journal has room for ${LONGEST_REASON}; say it shorter`,
    );
  const by = actorOf(options.by);
  return withBooks(options, async ({ database, books, connection, now }) => {
    const [journal] = await named(database.pool, [number]);
    const id = journal?.id ?? '';
    const answer = await reverseJournal(database, books, id, {
      ...{ by, why, now },
      ...(connection && {
        deliverTo: connection.id,
        deletedEntry: await deletedEntryOf(database, id, connection.id, connection.connection.journal),
      }),
    });
    const takenBy = `journal reverse (${by})`;
    const { replaced } =
      answer.outcome === 'reversed' ? await redraftJournals(database, books, { now, takenBy }) : {};
    out.result({ ...answer, ...(replaced && { replaced }) }, () =>
      answer.outcome === 'refused'
        ? `Not reversed: ${answer.reason}`
        : [
            `${answer.number} takes ${number} back on ${answer.date}; ${answer.freed} entries are drafted anew.`,
            ...(answer.isUnbooked
              ? [`The entry of ${number} was deleted in the books, so ${answer.number} is not booked either.`]
              : []),
            ...(answer.reopened === undefined
              ? []
              : [
                  `The entry of ${number} was edited in the books, and ${answer.number} mirrors what was approved: finding ${answer.reopened} is open again.`,
                ]),
            ...replacedText(replaced),
          ].join('\n'),
    );
    return answer.outcome === 'reversed' ? 0 : 1;
  });
}

/**
 * Sends journals again that the books refused, or that somebody deleted there; not one with an account that they do not have,
 * because it keeps it. Exit code 1 when one is not sent again.
 */
export async function retry(numbers: readonly string[], options: GlobalOptions): Promise<number> {
  const out = output(options);
  return withBooks(options, async ({ database, connection }) => {
    const answers: RetryAnswer[] = [];
    const chart = await chartIfAsked(connection);
    for (const journal of await named(database.pool, numbers)) {
      const { number, id, status } = journal;
      if (!connection) {
        answers.push({ outcome: 'refused', reason: `${number} ${asFile(status)}` });
        continue;
      }
      const lacking = status === 'posted' ? undefined : lackingAccounts(journal, chart);
      if (lacking !== undefined) {
        answers.push({
          outcome: 'refused',
          reason:
            status === 'draft' ? `${lacking}; ${CORRECT_DRAFT}` : `${lacking}; ${correctApproved(number)}`,
        });
        continue;
      }
      const again = await retryDeleted(database, id, connection.id, connection.connection.journal);
      const answer = again
        ? { outcome: 'queued' as const, number }
        : await retryDelivery(database.pool, number);
      answers.push(answer);
    }
    out.result(
      answers.map((answer, index) => ({ number: numbers[index], ...answer })),
      () =>
        table(
          ['journal', 'what'],
          answers.map((answer, index) => [
            numbers[index] ?? '',
            answer.outcome === 'queued'
              ? 'is sent again as soon as the hub runs'
              : `not sent: ${answer.reason}`,
          ]),
        ),
    );
    return answers.every(({ outcome }) => outcome === 'queued') ? 0 : 1;
  });
}

const correctApproved = (number: string): string =>
  `the journal keeps its account, so correct the mapping, then \`stockbridge journal reverse ${number} --reason "…"\`, which drafts anew what it held`;

/** Where no connection keeps the books, nothing is sent. */
function asFile(status: JournalDocument['status']): string {
  if (status === 'draft')
    return 'is a draft and leaves as a file: approve it, then `stockbridge journal export`';
  if (status === 'posted') return 'left as a file and is marked as posted; there is nothing to send';
  return 'leaves as a file, so nothing is sent: `stockbridge journal export` writes it, book it, then `stockbridge journal posted`';
}
