// Bills that the accountant enters in the books, as the ledger knows them: of goods against what was received, of freight and duty
// against what was landed. Reads only.
import type { Transaction } from '../database.ts';
import { type Day, dayAfter, startInstant } from '../journals/calendar.ts';
import type { Books } from '../journals/rules.ts';
import { ratesIn } from '../valuation/history.ts';
import { type Money, storedMoney } from '../vocabulary/money.ts';
import type { BillRole, TiedAccount } from './accounts.ts';

/** A bill that the accountant enters in the books, as the ledger knows it. */
export interface KnownBill {
  readonly key: string;
  /** What it is set against. */
  readonly role: BillRole;
  readonly document: string;
  readonly number: string | undefined;
  readonly date: Day;
  /** What it takes from its account; debit above zero. */
  readonly amount: Money;
}

/** The bills that are expected on an account. */
export const billsOn = (
  { takesBills }: Pick<TiedAccount, 'takesBills'>,
  bills: readonly KnownBill[],
): readonly KnownBill[] => bills.filter(({ role }) => takesBills.includes(role));

/**
 * Bills that took effect by the end of the day and that no journal books.
 * @throws StockbridgeError `content_invalid` when one is in a currency whose rate nobody gave.
 */
export async function knownBills(
  client: Transaction,
  books: Books,
  asOf: Day,
): Promise<readonly KnownBill[]> {
  const goods = books.accounts.payable === undefined ? await goodsBills(client, books, asOf) : [];
  return [...goods, ...(await landedBills(client, books, asOf))];
}

async function goodsBills(client: Transaction, books: Books, asOf: Day): Promise<readonly KnownBill[]> {
  const { rows } = await client.query<
    Omit<KnownBill, 'amount' | 'number' | 'role'> & { amount: string; number: string | null }
  >(
    `select d.key::text, d.document, d.content ->> 'number' as number, (d.effective_at at time zone $2)::date::text as date,
       sum(e.amount)::text as amount
     from cost_entry e join cost_document d on d.key = e.step_key
     where e.kind = 'bill' and e.debit = 'received_not_billed' and e.effective_at < $1
     group by d.key having sum(e.amount) <> 0 order by d.effective_at, d.key`,
    [startInstant(dayAfter(asOf), books.timeZone), books.timeZone],
  );
  return rows.map(({ number, amount, ...row }) => ({
    ...row,
    role: 'received_not_billed',
    number: number ?? undefined,
    amount: storedMoney(amount),
  }));
}

interface LandedRow {
  readonly key: string;
  readonly document: string;
  readonly date: Day;
  readonly micros: string;
  readonly content: {
    readonly number: string;
    readonly amount: string;
    readonly currency: string;
    readonly rate?: string;
  };
}

/** By what their documents say: what they put on goods is entered for the receipts, not for them. */
async function landedBills(client: Transaction, books: Books, asOf: Day): Promise<readonly KnownBill[]> {
  const { rows } = await client.query<LandedRow>(
    `select d.key::text, d.document, (d.effective_at at time zone $2)::date::text as date, d.content,
       (extract(epoch from d.effective_at) * 1000000)::bigint::text as micros
     from cost_document d
     where d.kind = 'landed_cost' and d.content ->> 'role' = 'landed_clearing' and d.effective_at < $1
       and not exists (select from cost_document v where v.voids = d.key)
     order by d.effective_at, d.key`,
    [startInstant(dayAfter(asOf), books.timeZone), books.timeZone],
  );
  if (rows.length === 0) return [];
  const rates = await ratesIn(client, books);
  return rows.map(({ key, document, date, micros, content: { number, amount, currency, rate } }) => ({
    ...{ key, document, date, number },
    role: 'landed_clearing',
    amount: rates.amount(amount, currency, BigInt(micros), rate),
  }));
}
