// Journals as JSON, nested, with every source of every line. Amounts are decimal text, so that no reader takes them for
// floats. The schema is the promise to those who read the file; a change that breaks a reader gets a new version.
import { z } from 'zod';
import { CURRENCY } from '../../vocabulary/money.ts';
import { ACCOUNT_ROLES, COST_KINDS } from '../../vocabulary/words.ts';
import type { JournalDocument, JournalDocumentLine, JournalSource } from '../document.ts';
import { checkedJournals } from './checked.ts';

export const JOURNALS_SCHEMA_VERSION = 1;

const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);
const amount = z.string().regex(/^\d+(\.\d+)?$/);
const signed = z.string().regex(/^-?\d+(\.\d+)?$/);

const source = z.strictObject({
  type: z.enum(['movement', 'cost_document']),
  id: z.string().describe('Key and line of the movement or cost document; `stockbridge explain` knows it.'),
  entry: z.string().describe('The cost entry’s id.'),
  document: z.string().optional().describe('The document behind it, for people.'),
  sku: z.string().optional(),
  quantity: signed.describe('Base units that came in, or went out when below zero.'),
  amount: signed.describe('Its part of the line; all parts add up to the line’s amount.'),
});

const line = z.strictObject({
  line: z.int().min(1),
  side: z.enum(['debit', 'credit']),
  account: z.string().describe('The account’s id in the books.'),
  role: z.enum(ACCOUNT_ROLES).describe('What the account was mapped for.'),
  kind: z.enum(COST_KINDS).describe('What happened to the value.'),
  class: z.string().optional(),
  department: z.string().optional(),
  amount: amount.describe('Decimal text above zero, with all the places of the currency.'),
  description: z.string(),
  sources: z.array(source).optional().describe('What the line is made of.'),
});

const journal = z.strictObject({
  id: z.uuid().describe('The hub’s id of the journal, the same in every export: import each id once.'),
  number: z.string().regex(/^[A-Z0-9-]{1,21}$/),
  kind: z
    .enum(['activity', 'correction', 'reversal', 'closing'])
    .describe(
      'What happened on the day; what later facts changed about a day; another journal taken back; a month’s close.',
    ),
  approved: z
    .boolean()
    .describe('False for a draft, which may still change; an approved journal never does.'),
  date: day.describe('The day it is booked on.'),
  forDate: day.optional().describe('The day its entries belong to, when that is another one.'),
  reference: z.string().optional().describe('The order it is for, when there is a journal for each order.'),
  currency: z.string().regex(CURRENCY).describe('ISO 4217.'),
  memo: z.string(),
  reverses: z.uuid().optional().describe('The journal it takes back.'),
  lines: z.array(line).min(1).describe('Debits and credits add up to the same.'),
});

/** A file of journals. */
export const journalsSchema = z.strictObject({
  format: z.literal('stockbridge-journals'),
  version: z.literal(JOURNALS_SCHEMA_VERSION),
  journals: z.array(journal).describe('By day of booking and number.'),
});

type JournalsFile = z.infer<typeof journalsSchema>;

/**
 * The journals as JSON that {@link journalsSchema} describes. That an approved journal has reached the books is not said, so
 * that the file stays the same from its approval on.
 * @throws StockbridgeError `invariant_broken` as {@link checkedJournals}.
 */
export function jsonOf(documents: readonly JournalDocument[]): Buffer {
  const file: JournalsFile = {
    format: 'stockbridge-journals',
    version: JOURNALS_SCHEMA_VERSION,
    journals: checkedJournals(documents).map(journalOf),
  };
  return Buffer.from(`${JSON.stringify(file, null, 2)}\n`);
}

// Member by member, so that what a reader of documents adds one day does not leave the hub unnamed.
const journalOf = (given: JournalDocument): JournalsFile['journals'][number] => ({
  id: given.id,
  number: given.number,
  kind: given.kind,
  approved: given.status !== 'draft',
  date: given.date,
  forDate: given.forDate,
  reference: given.reference,
  currency: given.currency,
  memo: given.memo,
  reverses: given.reverses,
  lines: given.lines.map(lineOf),
});

const lineOf = (given: JournalDocumentLine): z.infer<typeof line> => ({
  line: given.line,
  side: given.side,
  account: given.account,
  role: given.role,
  kind: given.kind,
  class: given.class,
  department: given.department,
  amount: given.amount,
  description: given.description,
  sources: given.sources?.map(sourceOf),
});

const sourceOf = (given: JournalSource): z.infer<typeof source> => ({
  type: given.type,
  id: given.id,
  entry: given.entry,
  document: given.document,
  sku: given.sku,
  quantity: given.quantity,
  amount: given.amount,
});
