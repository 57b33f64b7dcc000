// What the API asks of a journal entry before it books one. Refuses with the code that is known for it; where none is
// known, with 6000 (rules of accounting) or 2010 (malformed), which is unverified. Books nothing itself.

import { LosslessNumber } from 'lossless-json';
import { z } from 'zod';
import { centsOf, rateOf } from '../books/amounts.ts';
import type { Company } from '../books/company.ts';
import { isDay, serverDay } from '../books/dates.ts';
import { type Draft, imbalanceOf, type Line, withHomeAmounts } from '../books/transaction.ts';
import { CLOSED_TEXT, QuickbooksFault } from './fault.ts';

export interface RuleOptions {
  /** The code differs between regions (6200, 6210 and 5010 were all seen), the message does not. */
  readonly closedBooksCode: '6200' | '6210' | '5010';
  /** `refuse`: 6140 unless the request says `include=allowduplicatedocnum`; `warn`: it is booked. A company's own choice. */
  readonly duplicateNumbers: 'refuse' | 'warn';
}

const text = z.string();
const decimal = z.union([z.instanceof(LosslessNumber), z.string()]).transform(String);
const reference = z.strictObject({ value: text, name: text.optional(), type: text.optional() });

const detailSchema = z.strictObject({
  PostingType: text.optional(),
  AccountRef: reference.optional(),
  Entity: z
    .strictObject({ Type: text.optional(), EntityRef: reference.optional(), type: text.optional() })
    .optional(),
  ClassRef: reference.optional(),
  DepartmentRef: reference.optional(),
  BillableStatus: text.optional(),
  TaxCodeRef: reference.optional(),
  TaxApplicableOn: text.optional(),
  TaxAmount: decimal.optional(),
  JournalCodeRef: reference.optional(),
});

const lineSchema = z.strictObject({
  Id: text.optional(),
  LineNum: decimal.optional(),
  Description: text.nullish(),
  Amount: decimal.optional(),
  DetailType: text.optional(),
  JournalEntryLineDetail: detailSchema.optional(),
  ProjectRef: reference.optional(),
});

/** Properties the service does not know are refused, as its reader of JSON does. */
export const journalEntrySchema = z.strictObject({
  Id: text.optional(),
  SyncToken: z.union([text, z.instanceof(LosslessNumber).transform(String)]).optional(),
  domain: text.optional(),
  sparse: z.boolean().optional(),
  MetaData: z.unknown().optional(),
  DocNumber: text.nullish(),
  TxnDate: text.nullish(),
  PrivateNote: text.nullish(),
  CurrencyRef: reference.nullish(),
  ExchangeRate: decimal.nullish(),
  DepartmentRef: reference.nullish(),
  Adjustment: z.boolean().nullish(),
  TxnTaxDetail: z.unknown().optional(),
  GlobalTaxCalculation: text.nullish(),
  TotalAmt: decimal.optional(),
  HomeTotalAmt: decimal.optional(),
  RecurDataRef: z.unknown().optional(),
  Line: z.array(lineSchema).optional(),
});
export type JournalEntryBody = z.output<typeof journalEntrySchema>;
type LineBody = z.output<typeof lineSchema>;

/** Reads a body; throws 2010 for what the service would not know what to do with. */
export function journalEntryBodyOf(body: unknown): JournalEntryBody {
  const parsed = journalEntrySchema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const at = [...(issue?.path ?? []), ...(issue?.code === 'unrecognized_keys' ? issue.keys : [])].join('.');
  throw new QuickbooksFault(
    '2010',
    `Property Name:${at || 'JournalEntry'} specified is unsupported or invalid`,
    at,
  );
}

const required = <Value>(value: Value | undefined | null, name: string): Value => {
  if (value === undefined || value === null)
    throw new QuickbooksFault('2020', `Required parameter ${name} is missing in the request`, name);
  return value;
};

const broken = (detail: string): QuickbooksFault =>
  new QuickbooksFault('6000', `Business Validation Error: ${detail}`);

function fitting(value: string | null | undefined, longest: number, name: string): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (value.length > longest) {
    const detail = `String length specified does not match the supported length. Min:0 Max:${longest} supported. Supplied length:${value.length}`;
    throw new QuickbooksFault('2050', detail, name);
  }
  return value;
}

function usableAccount(company: Company, id: string, currency: string): string {
  const account = company.account(id);
  if (account === undefined)
    throw new QuickbooksFault('2500', `Accounts element id ${id} not found`, 'AccountRef');
  if (!account.active) throw inactive();
  if (account.currency !== currency && account.currency !== company.options.homeCurrency)
    throw broken(`Account ${account.name} is kept in ${account.currency}, not in ${currency}.`);
  return id;
}

const inactive = (): QuickbooksFault =>
  new QuickbooksFault(
    '610',
    "Something you're trying to use has been made inactive. Check the fields with accounts, customers, items, vendors or employees.",
  );

function usableListed(
  company: Company,
  name: 'Class' | 'Department' | 'Customer' | 'Vendor',
  id: string,
): string {
  const listed = company.listed(name, id);
  if (listed === undefined)
    throw new QuickbooksFault('2500', `${name} element id ${id} not found`, `${name}Ref`);
  if (!listed.active) throw inactive();
  return id;
}

/** Classes and locations exist in the plans Plus and Advanced only, and there only once a person turned them on. */
function tracked(company: Company, name: 'Class' | 'Department', id: string | undefined): string | undefined {
  if (id === undefined) return undefined;
  const { plan } = company.options;
  const isOn = name === 'Class' ? company.preferences.classes : company.preferences.departments;
  if (plan === 'simple_start' || plan === 'essentials')
    throw broken(`This plan has no ${name === 'Class' ? 'classes' : 'locations'}.`);
  if (!isOn) throw broken(`${name === 'Class' ? 'Class' : 'Location'} tracking is turned off.`);
  return usableListed(company, name, id);
}

function partyOf(company: Company, { Entity: entity }: z.output<typeof detailSchema>): Line['party'] {
  if (entity === undefined) return undefined;
  const type = required(entity.Type ?? entity.type, 'Entity.Type');
  if (type !== 'Customer' && type !== 'Vendor' && type !== 'Employee')
    throw new QuickbooksFault('2170', `${type} is no type of a name`, 'Entity.Type');
  const id = required(entity.EntityRef, 'EntityRef').value;
  if (type !== 'Employee') usableListed(company, type, id);
  return { type, id };
}

function lineOf(
  company: Company,
  body: LineBody,
  index: number,
  header: { currency: string; department: string | undefined },
): Line {
  const amountText = required(body.Amount, 'Amount');
  const amount = centsOf(amountText);
  // That a third decimal is refused, and not rounded, is unverified; rounding would change what was sent.
  if (amount === undefined)
    throw new QuickbooksFault('2010', `Amount ${amountText} is no amount with two decimals`, 'Amount');
  if (amount <= 0n)
    throw broken('The amount of a line must be above zero; its posting type carries the sign.');
  const detailType = required(body.DetailType, 'DetailType');
  if (detailType !== 'JournalEntryLineDetail')
    throw new QuickbooksFault('2170', `${detailType} is no type of a journal entry's line`, 'DetailType');
  const detail = required(body.JournalEntryLineDetail, 'JournalEntryLineDetail');
  const side = required(detail.PostingType, 'PostingType');
  if (side !== 'Debit' && side !== 'Credit')
    throw new QuickbooksFault('2170', `${side} is neither Debit nor Credit`, 'PostingType');
  const account = usableAccount(company, required(detail.AccountRef, 'AccountRef').value, header.currency);
  const party = partyOf(company, detail);
  const type = company.account(account)?.type;
  if (type === 'Accounts Receivable' && party?.type !== 'Customer')
    throw broken('When you use Accounts Receivable, you must choose a customer in the Name field.');
  if (type === 'Accounts Payable' && party?.type !== 'Vendor')
    throw broken('When you use Accounts Payable, you must choose a vendor in the Name field.');
  return {
    ...{ id: String(index), amount, home: amount, side, account, party },
    description: fitting(body.Description, 4000, 'Description'),
    class: tracked(company, 'Class', detail.ClassRef?.value),
    department: tracked(company, 'Department', detail.DepartmentRef?.value ?? header.department),
  };
}

function currencyOf(
  company: Company,
  body: JournalEntryBody,
): { currency: string; rate: string | undefined } {
  const { homeCurrency } = company.options;
  const currency = body.CurrencyRef?.value;
  if (!company.preferences.multicurrency) {
    if (currency !== undefined && currency !== homeCurrency)
      throw broken('Multi Currency should be enabled to perform this operation.');
    return { currency: homeCurrency, rate: undefined };
  }
  const given = required(currency, 'CurrencyRef');
  if (!/^[A-Z]{3}$/.test(given))
    throw new QuickbooksFault('2500', `Currency ${given} not found`, 'CurrencyRef');
  if (given === homeCurrency) return { currency: given, rate: undefined };
  // Without a rate the real service takes one of its own for the day; which one cannot be known here.
  const rate = rateOf(required(body.ExchangeRate, 'ExchangeRate'));
  if (rate === undefined)
    throw new QuickbooksFault('2010', 'ExchangeRate is no rate above zero', 'ExchangeRate');
  return { currency: given, rate };
}

/** Throws when the books are closed on the day. The closing day itself is closed. */
export function mustBeOpen(company: Company, day: string, { closedBooksCode }: RuleOptions): void {
  const { bookCloseDate } = company.preferences;
  if (bookCloseDate !== undefined && day <= bookCloseDate)
    throw new QuickbooksFault(closedBooksCode, `${CLOSED_TEXT}. (books closed through ${bookCloseDate})`);
}

/** Throws when another journal entry has the number and the company minds. */
export function mustBeUnused(company: Company, number: string | undefined, own: string | undefined): void {
  if (number === undefined) return;
  const other = company.numbered('JournalEntry', number).find(({ id }) => id !== own);
  if (other === undefined) return;
  const detail = `You must specify a different number. This number has already been used. DocNumber=${number} is assigned to TxnType=Journal Entry with TxnId=${other.id}`;
  throw new QuickbooksFault('6140', detail);
}

/** The entry that a complete body asks for; throws the first thing that is wrong with it. */
export function draftOf(company: Company, body: JournalEntryBody): Draft {
  const number = fitting(body.DocNumber, 21, 'DocNumber');
  const note = fitting(body.PrivateNote, 4000, 'PrivateNote');
  const date = body.TxnDate ?? serverDay(company.options.now());
  if (!isDay(date)) throw new QuickbooksFault('2010', `TxnDate ${date} is no day`, 'TxnDate');
  const { currency, rate } = currencyOf(company, body);
  const header = { currency, department: body.DepartmentRef?.value };
  const lines = required(body.Line, 'Line').map((line, index) => lineOf(company, line, index, header));
  for (const side of ['Debit', 'Credit'] as const)
    if (!lines.some((line) => line.side === side))
      throw broken('A journal entry needs at least one debit and one credit.');
  if (imbalanceOf(lines) !== 0n) throw broken('The debits and credits of a journal entry must be equal.');
  return {
    kind: 'JournalEntry',
    ...{ number, note, date, currency, rate },
    adjustment: body.Adjustment ?? false,
    lines: withHomeAmounts(lines, rate),
  };
}
