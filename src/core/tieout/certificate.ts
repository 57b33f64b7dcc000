// What a close certifies: the roll-forward of every account, three balances of each, the journals, what is open, and where the
// ledger stood, under a SHA-256 over all of it. Made within the transaction of the close; it settles nothing.
import { createHash } from 'node:crypto';
import type { Transaction } from '../database.ts';
import { type Day, dayAfter, startInstant } from '../journals/calendar.ts';
import type { Books } from '../journals/rules.ts';
import type { Instant } from '../vocabulary/instant.ts';
import { type Money, moneyText, storedMoney } from '../vocabulary/money.ts';
import type { AccountRole, CostKind } from '../vocabulary/words.ts';
import type { AccountName, AccountNames } from './account-name.ts';
import type { AccountTie } from './compare.ts';
import { type DifferenceKind, stateOf, type TieState } from './difference.ts';
import { type AcceptedFinding, acceptedFindings, settledFindings } from './findings.ts';
import { type OwnJournal, ownJournals } from './journals.ts';
import { type MethodsInForce, methodsInForce } from './methods.ts';
import type { TieOut } from './read.ts';
import { type RollForward, rollForwards } from './roll-forward.ts';

/** Amounts are decimal text, debit above zero. */
export interface Certificate extends CertificateContent {
  /** Of everything else: SHA-256, hexadecimal, over its canonical text. */
  readonly sha256: string;
}

export interface CertificateContent {
  readonly version: 1;
  readonly company: string | null;
  readonly period: { readonly from: Day; readonly through: Day };
  readonly closedAt: Instant;
  readonly closedBy: string;
  readonly rules: Pick<Books, 'currency' | 'timeZone' | 'framework' | 'system'>;
  /** What stock was costed by on the days of the period, and items that had a method of their own. */
  readonly costing: MethodsInForce;
  /** False: the books were not asked; journals leave as files. */
  readonly booksWereAsked: boolean;
  readonly accounts: readonly CertifiedAccount[];
  readonly journals: readonly CertifiedJournal[];
  /** What people accepted as it is in the books, with their note. */
  readonly findings: readonly AcceptedFinding[];
  /** What was found since the last close and went away by itself; certificates of before had it among `findings`. */
  readonly settledFindings?: readonly AcceptedFinding[];
  /** All accounts together, less bills by hand: nothing, when every entry stands on two of them. */
  readonly total: {
    readonly ledger: string;
    readonly journals: string;
    /** Bills that the accountant enters against payables in the books; debit above zero. */
    readonly billsByHand: string;
  };
  /** Numbers of journals of the period that correct days before it. */
  readonly corrections: readonly string[];
  /** By role, as the ledger has it at the end of the period. */
  readonly open: {
    readonly receivedNotBilled: string;
    readonly inTransit: string;
    readonly consignedOut: string;
  };
  /** Head of each lane of the ledger’s chain at the close, as `stockbridge verify` shows it. */
  readonly ledger: readonly { readonly lane: number; readonly sequence: string; readonly head: string }[];
}

export interface CertifiedAccount {
  readonly account: string;
  /** In the books; null: the books were not asked, or it has none. */
  readonly number: string | null;
  readonly name: string | null;
  readonly roles: readonly AccountRole[];
  readonly state: TieState;
  readonly opening: string;
  readonly flows: Readonly<Partial<Record<CostKind, string>>>;
  readonly corrections: string;
  readonly closing: string;
  /** By the end of the period, bills that the accountant enters on it: in `ledger`, and in no journal. Absent: not told apart. */
  readonly billsByHand?: string;
  readonly ledger: string;
  readonly journals: string;
  readonly books: string | null;
  readonly differences: readonly {
    readonly kind: DifferenceKind;
    readonly amount: string;
    readonly document: string;
    readonly what: string;
    readonly accepted: string | null;
  }[];
}

export interface CertifiedJournal {
  readonly number: string;
  readonly kind: OwnJournal['kind'];
  readonly date: Day;
  readonly forDate: Day | null;
  /** Of its debits, which are its credits too. */
  readonly amount: string;
  readonly sha256: string;
  /** Id of its entry in the books. */
  readonly entry: string | null;
  /** It was taken back before it ever went to the books. */
  readonly neverBooked?: true;
}

export interface CertificateQuestion {
  readonly company: string | null;
  readonly books: Books;
  readonly from: Day;
  readonly through: Day;
  readonly closedAt: Instant;
  readonly closedBy: string;
  readonly tieOut: TieOut;
  readonly names: AccountNames;
}

/** Makes the certificate of a period. */
export async function certificateOf(
  client: Transaction,
  question: CertificateQuestion,
): Promise<Certificate> {
  const { books, from, through, tieOut, names } = question;
  const text = (amount: Money) => moneyText(amount, books.currency);
  const rolls = await rollForwards(client, {
    from,
    through,
    accounts: tieOut.accounts.map(({ account }) => account),
    statuses: ['approved', 'posted'],
  });
  const journals = (await ownJournals(client)).filter(({ date }) => date >= from && date <= through);
  const roles = await roleBalances(client, books, through);
  const { currency, timeZone, framework, system } = books;
  const totalOf = (column: 'ledger' | 'journals') =>
    tieOut.accounts.reduce((sum, each) => sum + each[column], 0n);
  return sealed({
    version: 1,
    company: question.company,
    period: { from, through },
    closedAt: question.closedAt,
    closedBy: question.closedBy,
    rules: { currency, timeZone, framework, system },
    costing: await methodsInForce(client, books, { from, through }),
    booksWereAsked: tieOut.isThreeWay,
    accounts: tieOut.accounts.flatMap((tie, index) => {
      const roll = rolls[index];
      return roll ? [accountOf(tie, roll, names.get(tie.account), text)] : [];
    }),
    findings: await acceptedFindings(
      client,
      tieOut.accounts.flatMap(({ differences }) => differences.flatMap(({ finding }) => finding ?? [])),
    ),
    settledFindings: await settledFindings(client),
    total: {
      ledger: text((totalOf('ledger') - tieOut.billsByHand) as Money),
      journals: text(totalOf('journals') as Money),
      billsByHand: text(tieOut.billsByHand),
    },
    journals: journals.map((journal) => ({
      number: journal.number,
      kind: journal.kind,
      date: journal.date,
      forDate: journal.forDate ?? null,
      amount: text(
        journal.lines.reduce((sum, { side, amount }) => sum + (side === 'debit' ? amount : 0n), 0n) as Money,
      ),
      sha256: journal.contentHash ?? '',
      entry: journal.delivery?.externalId ?? null,
      ...(journal.delivery?.isTakenBack && !journal.delivery.externalId && { neverBooked: true as const }),
    })),
    corrections: journals
      .filter(({ forDate }) => forDate !== undefined && forDate < from)
      .map(({ number }) => number),
    open: {
      receivedNotBilled: text(-(roles.get('received_not_billed') ?? 0n) as Money),
      inTransit: text((roles.get('in_transit') ?? 0n) as Money),
      consignedOut: text((roles.get('consigned_out') ?? 0n) as Money),
    },
    ledger: await headsOf(client),
  });
}

const accountOf = (
  tie: AccountTie,
  roll: RollForward,
  name: AccountName | undefined,
  text: (amount: Money) => string,
): CertifiedAccount => ({
  account: tie.account,
  number: name?.number ?? null,
  name: name?.name ?? null,
  roles: tie.roles,
  state: stateOf(tie.differences),
  opening: text(roll.opening),
  flows: Object.fromEntries(roll.flows.map(({ kind, amount }) => [kind, text(amount)])),
  corrections: text(roll.corrections),
  closing: text(roll.closing),
  billsByHand: text(tie.billsByHand),
  ledger: text(tie.ledger),
  journals: text(tie.journals),
  books: tie.books === undefined ? null : text(tie.books),
  differences: tie.differences.map(({ kind, amount, document, what, accepted }) => ({
    ...{ kind, document, what },
    amount: text(amount),
    accepted: accepted ?? null,
  })),
});

/** What each role stands at by all entries that took effect by the end of a day, debit above zero. */
async function roleBalances(
  client: Transaction,
  { timeZone }: Books,
  through: Day,
): Promise<Map<string, Money>> {
  const { rows } = await client.query<{ role: string; amount: string }>(
    `select role, sum(amount)::text as amount from (
       select debit::text as role, amount from cost_entry where effective_at < $1
       union all select credit::text, -amount from cost_entry where effective_at < $1) e group by role`,
    [startInstant(dayAfter(through), timeZone)],
  );
  return new Map(rows.map(({ role, amount }) => [role, storedMoney(amount)]));
}

async function headsOf(client: Transaction): Promise<CertificateContent['ledger']> {
  const { rows } = await client.query<CertificateContent['ledger'][number]>(
    `select distinct on (lane) lane, sequence::text, encode(hash, 'hex') as head from ledger_batch order by lane, sequence desc`,
  );
  return rows;
}

/** Puts the seal on a content. */
export const sealed = (content: CertificateContent): Certificate => ({ ...content, sha256: sealOf(content) });

/** Whether a certificate is as it was made. */
export function isGenuine(certificate: Certificate): boolean {
  const { sha256, ...content } = certificate;
  return sha256 === sealOf(content);
}

const sealOf = (content: CertificateContent): string =>
  createHash('sha256').update(canonicalText(content)).digest('hex');

/** JSON with members sorted by name: the same however the content was stored meanwhile; `indent` only for people. */
export const canonicalText = (value: unknown, indent?: number): string =>
  JSON.stringify(
    value,
    (_key, own: unknown) =>
      typeof own === 'object' && own !== null && !Array.isArray(own)
        ? Object.fromEntries(Object.entries(own).sort(([a], [b]) => (a < b ? -1 : 1)))
        : own,
    indent,
  );
