// Books one journal, once (I8). A repetition goes out under the same request id, which QuickBooks answers with its first
// answer; because nobody says for how long, an older attempt is looked up first, and so is everything before "not booked" is
// said of a journal that was sent before.
import { StockbridgeError } from '../../core/errors.ts';
import { type Instant, instantOf, microsOf } from '../../core/vocabulary/instant.ts';
import type { ConnectionContext, JournalAnswer, JournalToPost } from '../contract.ts';
import type { QuickbooksClient } from './client.ts';
import type { Company } from './company.ts';
import { differenceOf, keyIn, memoIn, payloadOf, problemOf } from './entry.ts';
import type { Reply } from './library.ts';
import { namedEntry, refusalOf, sentenceOf } from './refusal.ts';
import type { QuickbooksSettings } from './settings.ts';
import type { JournalEntry } from './wire.ts';

/** How long a repetition under the same request id is trusted to be recognised without looking. */
const TRUSTED_MICROS = 10n * 60n * 1_000_000n;

interface Desk {
  readonly client: QuickbooksClient;
  readonly company: Company;
  readonly context: ConnectionContext<QuickbooksSettings>;
}

/** See `Journal.post` of the contract. */
export async function postJournal(desk: Desk, journal: JournalToPost): Promise<JournalAnswer> {
  const { client, company, context } = desk;
  const sentBefore = journal.attempts > 0;
  const { currency, multicurrency } = await company.money();
  const problem =
    problemOf(journal, context.settings.mostLines) ??
    (journal.currency === currency
      ? undefined
      : `it is in ${journal.currency}, and the books are in ${currency}`);
  // Settings may have changed since an earlier attempt; what it booked stands all the same.
  if (sentBefore && (problem !== undefined || isOld(journal.lastSentAt, context.now()))) {
    const found = await adopted(desk, journal);
    if (found !== undefined) return found;
  }
  if (problem !== undefined) return rejected(`Journal ${journal.number} was not sent: ${problem}`);
  try {
    const reply = await client.createJournalEntry(payloadOf(journal, multicurrency), journal.key);
    noteDifference(desk, journal, reply.value, currency);
    return postedAs(reply);
  } catch (error) {
    if (!(error instanceof StockbridgeError) || error.code !== 'vendor_rejected') throw error;
    const refusal = refusalOf(error);
    // Without a fault it is no word of the books about this journal: the address is wrong, or somebody stands in between.
    if (refusal === 'rejected' && !error.details.fault) throw error;
    // The refusal may be of this repetition only: an earlier attempt can have been booked.
    if (sentBefore || refusal === 'number_taken') {
      const found = await adopted(desk, journal);
      if (found !== undefined) return found;
    }
    return answerTo(desk, journal, error, refusal);
  }
}

const isOld = (lastSentAt: Instant | undefined, now: Date): boolean =>
  lastSentAt === undefined || microsOf(instantOf(now)) - microsOf(lastSentAt) > TRUSTED_MICROS;

/** The entry that an earlier attempt has booked: it has our number, and our key or our memo. */
async function adopted(desk: Desk, journal: JournalToPost): Promise<JournalAnswer | undefined> {
  const entries = await withNumber(desk.client, journal.number);
  const own =
    entries.find(({ PrivateNote }) => keyIn(PrivateNote) === journal.key) ??
    entries.find(
      ({ PrivateNote }) => keyIn(PrivateNote) !== undefined && memoIn(PrivateNote) === journal.memo,
    );
  if (own === undefined) return undefined;
  noteDifference(desk, journal, own, (await desk.company.money()).currency);
  return { outcome: 'already', id: own.Id, version: own.SyncToken };
}

const withNumber = (client: QuickbooksClient, number: string): Promise<readonly JournalEntry[]> =>
  client.journalEntries(`where DocNumber = '${number.replace(/[\\']/g, '\\$&')}'`);

async function answerTo(
  { client, company }: Desk,
  journal: JournalToPost,
  error: StockbridgeError,
  refusal: ReturnType<typeof refusalOf>,
): Promise<JournalAnswer> {
  const reason = sentenceOf(error);
  switch (refusal) {
    case 'closed':
      // Known for certain already; the day itself may be read later.
      return {
        outcome: 'closed',
        closedThrough: await company.closedThrough().catch(() => undefined),
        reason,
      };
    case 'number_taken': {
      const [other] = await withNumber(client, journal.number);
      return { outcome: 'number_taken', id: other?.Id ?? namedEntry(error.message) ?? '', reason };
    }
    // A new entry cannot be stale. Under the same key QuickBooks may repeat this answer for ever, so a person must look.
    case 'stale':
    case 'rejected':
      return rejected(reason);
  }
}

const postedAs = ({ value, trace }: Reply<JournalEntry>): JournalAnswer => ({
  outcome: 'posted',
  id: value.Id,
  version: value.SyncToken,
  ...(trace === undefined ? {} : { trace }),
});

/** It is booked all the same; the comparison of what was booked with what the books hold will list it. */
function noteDifference(
  { context }: Desk,
  journal: JournalToPost,
  entry: JournalEntry,
  homeCurrency: string,
): void {
  const difference = differenceOf(entry, journal, homeCurrency);
  if (difference === undefined) return;
  context.log.error(
    { connection: context.name, journal: journal.number, entry: entry.Id, difference },
    'the books hold a journal otherwise than it was sent',
  );
}

const rejected = (reason: string): JournalAnswer => ({ outcome: 'rejected', reason });
