// A company for tests of journals: rules whose accounts are named for their roles, and entries said in one line.
import type { BookableEntry, JournalDraft, Standing } from '../../../src/core/journals/draft.ts';
import { type Books, booksSchema } from '../../../src/core/journals/rules.ts';
import { moneyFrom, moneyText } from '../../../src/core/vocabulary/money.ts';
import { ACCOUNT_ROLES, type AccountRole, type CostKind } from '../../../src/core/vocabulary/words.ts';

export const EVERY_ACCOUNT = Object.fromEntries(ACCOUNT_ROLES.map((role) => [role, role]));

/** The `books` block as somebody would write it; what is given replaces what is here. */
export const booksText = (given: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({
  currency: 'USD',
  timeZone: 'America/New_York',
  framework: 'us_gaap',
  method: 'fifo',
  accounts: EVERY_ACCOUNT,
  ...given,
});

export const booksOf = (given: Readonly<Record<string, unknown>> = {}): Books =>
  booksSchema.parse(booksText(given));

/** Accounts without those named. */
export const accountsWithout = (...roles: AccountRole[]): Record<string, string> =>
  Object.fromEntries(Object.entries(EVERY_ACCOUNT).filter(([role]) => !roles.includes(role as AccountRole)));

export const NOTHING_BOOKED: Standing = {
  today: '2027-01-15',
  booked: new Map(),
  taken: new Map(),
  stock: [],
};

let made = 0;

export function entry(
  kind: CostKind,
  debit: AccountRole,
  credit: AccountRole,
  amount: string,
  given: Partial<BookableEntry> = {},
): BookableEntry {
  made += 1;
  const day = given.day ?? '2026-11-14';
  return {
    id: String(made),
    kind,
    debit: { role: debit },
    credit: { role: credit },
    amount: moneyFrom(amount, 'USD'),
    step: `step-${made}`,
    document: `document ${made}`,
    source: `document ${made}, item TEE`,
    day,
    postingDay: day,
    recordedAt: 0n,
    ...given,
  };
}

/** `Dr inventory 100.00`, with class and department behind a slash. */
export const linesText = (journals: readonly JournalDraft[]): string[] =>
  journals.flatMap(({ lines, currency }) =>
    lines.map((line) =>
      [
        `${line.side === 'debit' ? 'Dr' : 'Cr'} ${line.account} ${moneyText(line.amount, currency)}`,
        ...(line.class === undefined ? [] : [line.class]),
        ...(line.department === undefined ? [] : [line.department]),
      ].join(' / '),
    ),
  );
