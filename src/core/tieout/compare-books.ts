// The books’ side of a tie-out: our journals as they stand there, what others booked on our accounts, and bills that the
// accountant entered. Pure.
import { createHash } from 'node:crypto';
import { type Money, NO_MONEY } from '../vocabulary/money.ts';
import type { TiedAccount } from './accounts.ts';
import { isSameNumber, pairBills } from './bills.ts';
import type { Differences, TieOutFacts } from './compare.ts';
import type { DifferenceKind, Evidence } from './difference.ts';
import type { OwnJournal } from './journals.ts';
import { billsOn } from './known-bills.ts';
import { type BooksActivity, type BooksEntry, type BooksStatement, JOURNAL_ENTRY } from './statement.ts';

/** What the books show on each account; names whatever they show otherwise than our journals. Undefined: they were not asked. */
export function inBooks(
  facts: TieOutFacts,
  differences: Differences,
): ReadonlyMap<string, Money> | undefined {
  const { statement } = facts;
  if (statement === undefined) {
    for (const account of facts.accounts) nameBills(account, facts, [], differences);
    return undefined;
  }
  const mine = new Set<string>();
  const earlier = new Map<string, bigint>();
  const ours = new Map<string, bigint>();
  for (const journal of facts.journals) {
    if (journal.status === 'draft') continue;
    const entry = entryOf(journal, statement, mine);
    if (entry) mine.add(entry.id);
    nameJournal(facts, statement, journal, entry, differences);
    if (entry && entry.date <= facts.asOf)
      for (const [account, amount] of entry.sums) ours.set(account, (ours.get(account) ?? 0n) + amount);
    if (entry && entry.date < statement.from)
      for (const [account, amount] of entry.sums) earlier.set(account, (earlier.get(account) ?? 0n) + amount);
  }
  nameOthers(facts, statement, mine, differences);
  nameBefore(facts, statement, earlier, differences);
  return totalsOf(facts, statement, ours);
}

function totalsOf(
  { accounts }: TieOutFacts,
  { balances, activity }: BooksStatement,
  ours: ReadonlyMap<string, bigint>,
): Map<string, Money> {
  const moved = new Map<string, bigint>();
  for (const row of activity) moved.set(row.account, (moved.get(row.account) ?? 0n) + row.amount);
  return new Map(
    accounts.map(({ account, standing }) => [
      account,
      standing === 'own'
        ? (balances.get(account) ?? NO_MONEY)
        : (((standing === 'flow' ? moved : ours).get(account) ?? 0n) as Money),
    ]),
  );
}

/** The entry that is a journal of ours: by the id we were told, else by its number where its memo or its lines are ours too. */
function entryOf(
  journal: OwnJournal,
  { entries }: BooksStatement,
  taken: ReadonlySet<string>,
): BooksEntry | undefined {
  const told =
    journal.delivery?.externalId === undefined ? undefined : entries.get(journal.delivery.externalId);
  if (told) return told;
  return [...entries.values()].find(
    (entry) =>
      !taken.has(entry.id) &&
      entry.number === journal.number &&
      (entry.memo.includes(journal.id) || linesText(entry.lines) === linesText(journal.lines)),
  );
}

const linesText = (
  lines: readonly Pick<BooksEntry['lines'][number], 'side' | 'account' | 'amount' | 'class' | 'department'>[],
): string =>
  lines
    .map(({ side, account, amount, class: own, department }) =>
      JSON.stringify([side, account, String(amount), own ?? '', department ?? '']),
    )
    .sort()
    .join();

function nameJournal(
  facts: TieOutFacts,
  statement: BooksStatement,
  journal: OwnJournal,
  entry: BooksEntry | undefined,
  differences: Differences,
): void {
  const document = `journal ${journal.number}`;
  const isDue = journal.date <= facts.asOf;
  if (entry === undefined) {
    if (!isDue || isSettledUnbooked(journal, facts)) return;
    const { kind, what } = whyAbsent(journal);
    const id = journal.delivery?.externalId;
    for (const [account, amount] of journal.sums)
      differences.add(account, {
        ...{ kind, document, what, amount: -amount as Money },
        ...(kind === 'deleted' &&
          id !== undefined && {
            evidence: { kind, externalId: id, version: null, journalId: journal.id },
          }),
      });
    return;
  }
  const bookedOn = journal.delivery?.bookedOn ?? journal.date;
  const evidence = {
    kind: 'edited' as const,
    externalId: entry.id,
    version: entry.version,
    journalId: journal.id,
  };
  for (const { account, standing } of facts.accounts) {
    const own = journal.sums.get(account) ?? 0n;
    const held = entry.sums.get(account) ?? 0n;
    // What moved on a flow account before our first day is not in what is compared.
    const isThere = entry.date <= facts.asOf && (standing !== 'flow' || entry.date >= statement.from);
    if (isThere)
      differences.add(account, {
        ...{ kind: 'edited', document, evidence, amount: (held - own) as Money },
        what: `was changed in the books: entry ${entry.id} is no longer what was approved`,
      });
    if (isThere === isDue) continue;
    const amount = (isThere ? own : -own) as Money;
    differences.add(
      account,
      entry.date === bookedOn
        ? {
            kind: 'redated_here',
            amount,
            document,
            what: `of ${journal.date} is booked there on ${entry.date}`,
          }
        : {
            ...{ kind: 'redated', amount, document, evidence },
            what: `was moved in the books from ${bookedOn} to ${entry.date}`,
          },
    );
  }
}

/** Taken back before it was booked: the journal and its reversal are nothing together, in the books and here. */
const isSettledUnbooked = ({ id, delivery }: OwnJournal, { journals, asOf }: TieOutFacts): boolean =>
  delivery?.isTakenBack === true && !journals.some(({ reverses, date }) => reverses === id && date > asOf);

/** Why a journal is not in the books, as far as is known here. */
function whyAbsent(journal: OwnJournal): { kind: DifferenceKind; what: string } {
  const { delivery, status } = journal;
  if (delivery?.isTakenBack)
    return { kind: 'reversed_later', what: 'was taken back on a later day, before it was booked' };
  if (delivery?.externalId !== undefined)
    return { kind: 'deleted', what: `was deleted in the books: entry ${delivery.externalId} is gone` };
  if (delivery?.status === 'rejected')
    return { kind: 'rejected', what: `was refused by the books: ${delivery.reason ?? 'no reason given'}` };
  if (delivery?.parked !== undefined)
    return { kind: 'held', what: `waits because its connection is parked: ${delivery.parked}` };
  if (delivery?.status === 'unknown' || delivery?.status === 'sent')
    return {
      kind: 'outcome_unknown',
      what: `was sent ${delivery.attempts} times, and what became of it is not known`,
    };
  if (status === 'posted')
    return { kind: 'not_sent', what: 'was marked as posted here, and the books show no entry of its number' };
  return {
    kind: 'not_sent',
    what: `is approved and not in the books${delivery?.reason ? `: ${delivery.reason}` : ''}`,
  };
}

interface Foreign {
  readonly key: string;
  readonly row: BooksActivity;
  /** By account. */
  readonly sums: Map<string, Money>;
}

/** What somebody else booked on our accounts, by transaction. */
function foreignOf({ activity }: BooksStatement, mine: ReadonlySet<string>): readonly Foreign[] {
  const found = new Map<string, Foreign>();
  for (const row of activity) {
    if (row.kind === JOURNAL_ENTRY && mine.has(row.id)) continue;
    const key = `${row.kind} ${row.id}`;
    const own = found.get(key) ?? { key, row, sums: new Map<string, Money>() };
    own.sums.set(row.account, ((own.sums.get(row.account) ?? 0n) + row.amount) as Money);
    found.set(key, own);
  }
  return [...found.values()];
}

const documentOf = ({ row }: Foreign): string =>
  `${row.kind} ${row.number === undefined ? `with id ${row.id}` : `${row.number} (id ${row.id})`} of ${row.date}`;

function nameOthers(
  facts: TieOutFacts,
  statement: BooksStatement,
  mine: ReadonlySet<string>,
  differences: Differences,
): void {
  const others = foreignOf(statement, mine);
  for (const tied of facts.accounts) {
    const { account, standing } = tied;
    if (standing === 'entries') continue;
    const takesBills = tied.takesBills.length > 0;
    const here = others.filter(({ sums }) => sums.has(account));
    const bills = takesBills ? here.filter(({ row }) => row.kind !== JOURNAL_ENTRY) : [];
    for (const each of here) {
      if (bills.includes(each)) continue;
      differences.add(account, {
        kind: standing === 'own' ? 'foreign' : 'shared',
        amount: each.sums.get(account) ?? NO_MONEY,
        document: documentOf(each),
        what: `is no journal of the hub${each.row.memo === '' ? '' : `: ${each.row.memo.slice(0, 200)}`}`,
        ...(standing === 'own' && { evidence: evidenceOf(each) }),
      });
    }
    nameBills(tied, facts, bills, differences);
  }
}

const evidenceOf = (foreign: Foreign): Evidence => ({
  ...{ kind: 'foreign', externalId: foreign.key, version: versionOf(foreign), journalId: null },
});

/** Changes with whatever the transaction says on our accounts. */
const versionOf = ({ row, sums }: Foreign): string =>
  createHash('sha256')
    .update(
      JSON.stringify([row.date, [...sums].map(([account, amount]) => [account, String(amount)]).sort()]),
    )
    .digest('hex')
    .slice(0, 16);

/** Bills on one account: what both know of cancels, whatever only one knows is named. */
function nameBills(
  tied: TiedAccount,
  facts: TieOutFacts,
  others: readonly Foreign[],
  differences: Differences,
): void {
  const { account } = tied;
  const bills = billsOn(tied, facts.bills);
  const entered = others.map((foreign) => ({
    key: foreign.key,
    foreign,
    number: foreign.row.number,
    date: foreign.row.date,
    amount: foreign.sums.get(account) ?? NO_MONEY,
  }));
  const { pairs, notEntered, unknown } = pairBills(bills, entered);
  for (const { known, entered: one } of pairs)
    differences.add(account, {
      kind: 'bill_differs',
      amount: (one.amount - known.amount) as Money,
      document: known.document,
      what: `is entered in the books as ${documentOf(one.foreign)} with another amount`,
      evidence: evidenceOf(one.foreign),
    });
  for (const bill of notEntered)
    differences.add(account, {
      kind: 'bill_not_entered',
      amount: -bill.amount as Money,
      document: bill.document,
      what:
        facts.statement === undefined
          ? 'is entered in the books by hand'
          : 'is known here and not entered in the books',
    });
  for (const one of unknown) {
    const namesake = bills.find(({ number }) => isSameNumber(number, one.number));
    const others = entered.filter((each) => each !== one && isSameNumber(each.number, one.number));
    const besides =
      others.length === 0
        ? 'and another amount'
        : `and so has ${others.map(({ foreign }) => documentOf(foreign)).join(' and ')}`;
    differences.add(account, {
      kind: namesake ? 'bill_repeated' : 'bill_unknown',
      amount: one.amount,
      document: documentOf(one.foreign),
      what: namesake
        ? `has the number of ${namesake.document}, ${besides}`
        : 'is entered in the books and not known here',
      evidence: evidenceOf(one.foreign),
    });
  }
}

function nameBefore(
  facts: TieOutFacts,
  { before, from }: BooksStatement,
  earlier: ReadonlyMap<string, bigint>,
  differences: Differences,
): void {
  for (const { account, standing } of facts.accounts) {
    if (standing !== 'own') continue;
    const amount = ((before.get(account) ?? 0n) - (earlier.get(account) ?? 0n)) as Money;
    differences.add(account, {
      ...{ kind: 'before', amount, document: `account ${account} before ${from}` },
      what: 'held this before the first journal of the hub',
      evidence: {
        ...{ kind: 'foreign', externalId: `before ${from} on ${account}` },
        ...{ version: String(amount), journalId: null },
      },
    });
  }
}
