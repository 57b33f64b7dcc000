// CSV and XML files: which columns or paths say what, and the few transforms a value may pass. A list, not a language.
import { z } from 'zod';

const word = z.string().min(1).max(200);

export const transformSchema = z.union([
  z.enum(['trim', 'upper', 'lower', 'stripZeros', 'first', 'abs', 'negate']),
  z.strictObject({ padLeft: z.strictObject({ length: z.int().min(1).max(50), with: z.string().length(1) }) }),
  z.strictObject({ map: z.record(z.string(), z.string()) }),
  z.strictObject({ split: z.strictObject({ by: z.string().min(1).max(5), take: z.int().min(1).max(20) }) }),
  z.strictObject({
    number: z.strictObject({
      decimal: z.enum(['.', ',']).default('.'),
      thousands: z.enum(['', '.', ',', ' ', "'"]).default(''),
    }),
  }),
  z.strictObject({ date: z.string().min(2).max(40) }),
]);
export type Transform = z.infer<typeof transformSchema>;

const valueSchema = z.union([
  word,
  z.strictObject({
    from: word.describe('Column name or number from 1, or path in the XML record.').optional(),
    const: z.string().describe('A fixed value.').optional(),
    concat: z.array(word).describe('Columns or paths joined.').optional(),
    with: z.string().max(5).describe('What joins them.').optional(),
    transforms: z
      .array(transformSchema)
      .max(10)
      .describe('What the value passes through, in order.')
      .optional(),
  }),
]);
export type FeedValue = z.infer<typeof valueSchema>;

/** What a feed's record may say. Which of them are needed depends on `kind`; all of that is checked when the profile is read. */
export const FEED_FIELDS = [
  'number',
  'order',
  'line',
  'item',
  'quantity',
  'ordered',
  'unit',
  'lot',
  'expiry',
  'warehouse',
  'occurredAt',
  'date',
  'time',
  'condition',
  'reason',
  'fromState',
  'toState',
  'before',
  'after',
  'tracking',
  'carrier',
  'code',
  'reference',
] as const;
export type FeedField = (typeof FEED_FIELDS)[number];

export const feedSchema = z.strictObject({
  name: word.describe('Name of the feed; shown with every document.'),
  files: word.describe('File names it is for, with `*` and `?`.'),
  direction: z.enum(['in', 'out']).describe('Whether we read or write it.').default('in'),
  kind: z
    .enum([
      'shipment',
      'receipt',
      'adjustment',
      'stock',
      'shipping_order',
      'inbound_notice',
      'stock_statement',
      'acknowledgement',
    ])
    .describe('What it says.'),
  extent: z
    .enum(['full', 'partial'])
    .describe('Whether a stock report lists the whole warehouse.')
    .default('full'),
  encoding: z
    .enum(['utf-8', 'windows-1252', 'iso-8859-1', 'utf-16le'])
    .describe('Characters; a byte order mark wins.')
    .default('utf-8'),
  csv: z
    .strictObject({
      delimiter: z.string().length(1).describe('Between columns.').default(','),
      quote: z.string().length(1).describe('Around values that hold the delimiter.').default('"'),
      header: z.boolean().describe('Whether the first line names the columns.').default(true),
      recordType: z
        .strictObject({
          column: z.int().min(1).describe('Which column tells the kind of a line.'),
          header: word.describe('Its value in lines whose fields hold for the lines after them.'),
          line: word.describe('Its value in lines that are document lines.'),
        })
        .describe('For files with header and line records.')
        .optional(),
      trailer: z
        .strictObject({
          match: word.describe('How the last line begins.'),
          count: z.int().min(1).describe('Its column with the number of lines.').optional(),
        })
        .describe('A closing line, which proves that the file is whole.')
        .optional(),
    })
    .describe('For CSV files.')
    .optional(),
  xml: z
    .strictObject({
      root: word.describe('Name of the document’s element.'),
      document: word.describe('Path from the root to each document; `.` is the root itself.').default('.'),
      line: word.describe('Path from the document to each line.'),
    })
    .describe(
      'For XML files. Field paths that begin with `/` start at the document, others at the line; `@name` is an attribute.',
    )
    .optional(),
  fields: z.partialRecord(z.enum(FEED_FIELDS), valueSchema).describe('Where each fact stands in the record.'),
});
export type Feed = z.infer<typeof feedSchema>;
