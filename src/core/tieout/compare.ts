// Ledger, journals and books against each other, account by account: every difference is named, and what is named adds up to
// the whole difference to the last unit, because what does not is named a rest. Pure.
import type { BookableEntry } from '../journals/draft.ts';
import { type Money, NO_MONEY } from '../vocabulary/money.ts';
import type { TiedAccount } from './accounts.ts';
import { inBooks } from './compare-books.ts';
import { type Difference, isOpen } from './difference.ts';
import type { OwnJournal } from './journals.ts';
import { billsOn, type KnownBill } from './known-bills.ts';
import { type BookedGroup, type Charted, type EntryGroup, groupOf } from './ledger.ts';
import type { BooksStatement } from './statement.ts';

/** An entry that no journal holds, and why. */
export interface Unbooked {
  readonly entry: BookableEntry;
  readonly kind: 'held' | 'not_drafted';
  readonly document: string;
  readonly what: string;
}

export interface TieOutFacts {
  readonly asOf: string;
  /** Last closed day; absent: nothing is closed. */
  readonly closed?: string;
  readonly accounts: readonly TiedAccount[];
  readonly chart: (group: EntryGroup) => Charted;
  readonly booked: readonly BookedGroup[];
  readonly unbooked: readonly Unbooked[];
  readonly bills: readonly KnownBill[];
  readonly journals: readonly OwnJournal[];
  /** Undefined: the books are not asked; ledger and journals are compared. */
  readonly statement: BooksStatement | undefined;
}

export interface AccountTie extends TiedAccount {
  /** Debit above zero. */
  readonly ledger: Money;
  /** Approved and posted journals. */
  readonly journals: Money;
  /** Undefined: not asked. Of `flow` accounts what moved since the first journal; of `entries` our own entries there. */
  readonly books: Money | undefined;
  /** Bills that the ledger knows and that the accountant enters on it. */
  readonly billsByHand: Money;
  /** They add up to books (else journals) less ledger. */
  readonly differences: readonly Difference[];
  /** Nothing on it waits for a person or time. */
  readonly isSettled: boolean;
}

/** Collects differences by account; equal ones are added up, and nothing is not a difference. */
export class Differences {
  readonly #found = new Map<string, Map<string, Difference>>();

  add(account: string, difference: Difference): void {
    const own = this.#found.get(account) ?? new Map<string, Difference>();
    const key = JSON.stringify([difference.kind, difference.document, difference.what]);
    own.set(key, { ...difference, amount: ((own.get(key)?.amount ?? 0n) + difference.amount) as Money });
    this.#found.set(account, own);
  }

  of(account: string): readonly Difference[] {
    return [...(this.#found.get(account)?.values() ?? [])].filter(({ amount }) => amount !== 0n);
  }
}

const plus = (sums: Map<string, Money>, account: string, amount: bigint): void => {
  sums.set(account, ((sums.get(account) ?? 0n) + amount) as Money);
};

/** Compares all three; one answer for each tied account, in their order. */
export function tieOut(facts: TieOutFacts): readonly AccountTie[] {
  const differences = new Differences();
  const ledger = new Map<string, Money>();
  const journals = new Map<string, Money>();
  const byJournal = entrySums(facts, ledger);
  const numbers = new Map(facts.journals.map((journal) => [journal.id, journal]));
  for (const journal of facts.journals) {
    const own = byJournal.get(journal.id) ?? { within: new Map(), beyond: new Map() };
    if (journal.status === 'draft') nameDraft(facts, journal, own, differences);
    else if (journal.date > facts.asOf) nameLater(journal, own, differences);
    else {
      for (const [account, amount] of journal.sums) plus(journals, account, amount);
      nameBooked(facts, journal, own, numbers, differences);
    }
  }
  nameUnbooked(facts, ledger, differences);
  for (const each of facts.accounts)
    for (const { amount } of billsOn(each, facts.bills)) plus(ledger, each.account, amount);
  const books = inBooks(facts, differences);
  return facts.accounts.map((account) =>
    tieOf(account, {
      ledger: ledger.get(account.account) ?? NO_MONEY,
      journals: journals.get(account.account) ?? NO_MONEY,
      books: books?.get(account.account),
      billsByHand: billsOn(account, facts.bills).reduce((sum, { amount }) => sum + amount, 0n) as Money,
      differences: differences.of(account.account),
    }),
  );
}

function tieOf(
  account: TiedAccount,
  found: Pick<AccountTie, 'ledger' | 'journals' | 'books' | 'billsByHand' | 'differences'>,
): AccountTie {
  const named = found.differences.reduce((sum, { amount }) => sum + amount, 0n);
  const rest = (found.books ?? found.journals) - found.ledger - named;
  const differences: readonly Difference[] =
    rest === 0n
      ? found.differences
      : [
          ...found.differences,
          {
            kind: 'unexplained',
            amount: rest as Money,
            document: `account ${account.account}`,
            what: 'this much is left when everything that is known is accounted for',
          },
        ];
  return { ...account, ...found, differences, isSettled: !differences.some(isOpen) };
}

interface EntrySums {
  /** Taking effect by the end of the day, and after it. */
  readonly within: Map<string, Money>;
  readonly beyond: Map<string, Money>;
}

/** What the entries of each journal come to under the mapping of today; what is within the day is value of the ledger. */
function entrySums({ booked, chart }: TieOutFacts, ledger: Map<string, Money>): Map<string, EntrySums> {
  const byJournal = new Map<string, EntrySums>();
  for (const group of booked) {
    const { isBooked, sides } = chart(group);
    if (!isBooked) continue;
    const own = byJournal.get(group.journalId) ?? { within: new Map(), beyond: new Map() };
    for (const [account, amount] of sides) {
      plus(group.isWithin ? own.within : own.beyond, account, amount);
      if (group.isWithin) plus(ledger, account, amount);
    }
    byJournal.set(group.journalId, own);
  }
  return byJournal;
}

function nameDraft(
  { asOf }: TieOutFacts,
  { number, date }: OwnJournal,
  own: EntrySums,
  differences: Differences,
): void {
  const isLater = date > asOf;
  for (const [account, amount] of own.within)
    differences.add(account, {
      kind: isLater ? 'draft_later' : 'draft',
      amount: -amount as Money,
      document: `journal ${number}`,
      what: isLater ? `is a draft for ${date} that nobody has approved` : `is a draft of ${date}`,
    });
}

function nameLater(
  { number, date, kind, forDate }: OwnJournal,
  own: EntrySums,
  differences: Differences,
): void {
  for (const [account, amount] of own.within)
    differences.add(account, {
      kind: 'booked_later',
      amount: -amount as Money,
      document: `journal ${number}`,
      what: `${kind === 'correction' ? `corrects ${forDate ?? 'an earlier day'} and ` : ''}is booked on ${date}`,
    });
}

/**
 * A journal of the day or before: its lines against its own entries as they would be booked today. On closed days it keeps the
 * accounts of its time, and what is left there is one line for all of them.
 */
function nameBooked(
  { asOf, closed, journals }: TieOutFacts,
  journal: OwnJournal,
  own: EntrySums,
  known: ReadonlyMap<string, OwnJournal>,
  differences: Differences,
): void {
  const { number } = journal;
  const reversal = journals.find(({ reverses }) => reverses === journal.id);
  const original = journal.reverses === undefined ? undefined : known.get(journal.reverses);
  // A journal and the one that takes it back come to nothing together.
  if (original !== undefined || (reversal !== undefined && reversal.date <= asOf)) return;
  for (const account of new Set([...journal.sums.keys(), ...own.within.keys(), ...own.beyond.keys()])) {
    const beyond = own.beyond.get(account) ?? 0n;
    const apart = (journal.sums.get(account) ?? 0n) - (own.within.get(account) ?? 0n) - beyond;
    differences.add(account, {
      kind: 'booked_later',
      amount: beyond as Money,
      document: `journal ${number}`,
      what: `holds entries of days after ${asOf}`,
    });
    differences.add(
      account,
      reversal
        ? {
            kind: 'reversed_later',
            amount: apart as Money,
            document: `journal ${number}`,
            what: `was taken back by ${reversal.number} on ${reversal.date}`,
          }
        : closed !== undefined && journal.date <= closed
          ? {
              kind: 'mapped_then',
              amount: apart as Money,
              document: `journals through ${closed}`,
              what: 'were booked under the mapping of accounts of their time, on days that are closed',
            }
          : {
              kind: 'mapped_elsewhere',
              amount: apart as Money,
              document: `journal ${number}`,
              what: `was booked under another mapping of accounts than today’s`,
            },
    );
  }
}

function nameUnbooked(
  { unbooked, chart, asOf }: TieOutFacts,
  ledger: Map<string, Money>,
  differences: Differences,
): void {
  for (const { entry, kind, document, what } of unbooked) {
    const { isBooked, sides } = chart(groupOf(entry));
    if (!isBooked || entry.day > asOf) continue;
    for (const [account, amount] of sides) {
      plus(ledger, account, amount);
      const isLater = entry.postingDay > asOf;
      differences.add(account, {
        kind: isLater ? 'draft_later' : kind,
        amount: -amount as Money,
        document: isLater ? entry.source : document,
        what: isLater ? `will be booked on ${entry.postingDay}` : what,
      });
    }
  }
}
