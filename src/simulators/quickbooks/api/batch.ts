// Batches: up to thirty items, each answered on its own under its bId. There is no atomicity between items.

import { z } from 'zod';
import type { Company } from '../books/company.ts';
import { QuickbooksFault } from './fault.ts';
import type { JournalEntries } from './journal-entries.ts';
import { queryResponse } from './query.ts';
import type { Wire } from './wire.ts';

export const MOST_ITEMS = 30;
const LONGEST_ITEM_ID = 10;

const itemSchema = z.looseObject({
  bId: z.string(),
  operation: z.string().optional(),
  Query: z.string().optional(),
  JournalEntry: z.unknown().optional(),
  optionsData: z.string().optional(),
});
const batchSchema = z.strictObject({ BatchItemRequest: z.array(itemSchema) });
type Item = z.output<typeof itemSchema>;

/** `BatchItemResponse` in the order of the request. Throws for the batch as a whole, when it is none or too long. */
export function batchResponse(
  company: Company,
  entries: JournalEntries,
  body: unknown,
  hasRequestId: boolean,
): Wire[] {
  const parsed = batchSchema.safeParse(body);
  if (!parsed.success)
    throw new QuickbooksFault('2010', 'Property Name:BatchItemRequest is missing or malformed');
  const items = parsed.data.BatchItemRequest;
  if (items.length > MOST_ITEMS)
    throw new QuickbooksFault('6000', `Business Validation Error: A batch has at most ${MOST_ITEMS} items.`);
  if (new Set(items.map(({ bId }) => bId)).size < items.length)
    throw new QuickbooksFault('2010', 'Property Name:bId is used twice in one batch', 'bId');
  if (hasRequestId && items.some(({ bId }) => bId.length > LONGEST_ITEM_ID))
    throw new QuickbooksFault(
      '2050',
      `bId is at most ${LONGEST_ITEM_ID} characters beside a requestid`,
      'bId',
    );
  return items.map((item) => {
    try {
      return { bId: item.bId, ...itemResponse(company, entries, item) };
    } catch (error) {
      if (!(error instanceof QuickbooksFault)) throw error;
      return { bId: item.bId, Fault: error.body };
    }
  });
}

function itemResponse(company: Company, entries: JournalEntries, item: Item): Wire {
  if (item.Query !== undefined) return { QueryResponse: queryResponse(company, item.Query) };
  const { JournalEntry: entry, operation } = item;
  if (entry === undefined)
    throw new QuickbooksFault('2010', 'Only JournalEntry and Query are known to the simulator’s batches');
  switch (operation) {
    case 'create':
      return { JournalEntry: entries.save(entry, item.optionsData) };
    case 'update':
      return { JournalEntry: entries.save(entry, item.optionsData) };
    case 'delete':
      return { JournalEntry: entries.remove(entry) };
    default:
      throw new QuickbooksFault('2170', `${operation ?? 'nothing'} is no operation`, 'operation');
  }
}
