// CSV and XML files: which columns or paths say what, and the few transforms a value may pass. A list, not a language.
import { z } from 'zod';
import { patternProblem } from '../feeds/date-pattern.ts';
import { feedMistakes } from './feed-mistakes.ts';

const word = z.string().min(1).max(200);

export const transformSchema = z.union([
  z
    .enum(['trim', 'upper', 'lower', 'stripZeros', 'first', 'abs', 'negate'])
    .describe('Without more to say: `first` takes the first where an XML path leads to several values.'),
  z.strictObject({
    padLeft: z
      .strictObject({
        length: z.int().min(1).max(50).describe('How long the value becomes.'),
        with: z.string().length(1).describe('The character that fills.'),
      })
      .describe('Fill up on the left to this length.'),
  }),
  z.strictObject({
    map: z
      .record(z.string(), z.string())
      .describe(
        'The partner’s words as ours, or the other way in what we send; any other word is a mistake.',
      ),
  }),
  z.strictObject({
    split: z
      .strictObject({
        by: z.string().min(1).max(5).describe('What stands between the parts.'),
        take: z.int().min(1).max(20).describe('Which part, from 1.'),
      })
      .describe('One part of a value that holds several.'),
  }),
  z.strictObject({
    number: z
      .strictObject({
        decimal: z.enum(['.', ',']).describe('The decimal mark.').default('.'),
        thousands: z
          .enum(['', '.', ',', ' ', "'"])
          .describe('The mark between thousands; empty where there is none.')
          .default(''),
      })
      .refine(({ decimal, thousands }) => thousands !== decimal, 'must not have one mark for both')
      .describe('How a number is written.'),
  }),
  z.strictObject({
    date: z
      .string()
      .min(2)
      .max(40)
      .superRefine((pattern, context) => {
        const problem = patternProblem(pattern);
        if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
      })
      .describe('How a date is written: `MM/dd/yyyy`, `yyyy-MM-dd HH:mm`, `d-MMM-yy`, `MM/dd/yyyy hh:mm a`.'),
  }),
]);
export type Transform = z.infer<typeof transformSchema>;

const valueSchema = z.union([
  word,
  z.strictObject({
    from: word
      .describe(
        'Column name or number from 1, or path in the XML record. With `/` before it: of the header record, or from the document’s element.',
      )
      .optional(),
    const: z.string().describe('A fixed value.').optional(),
    concat: z.array(word).min(2).describe('Columns or paths joined.').optional(),
    with: z.string().max(5).describe('What joins them.').optional(),
    transforms: z
      .array(transformSchema)
      .max(10)
      .describe('What the value passes through, in order.')
      .optional(),
  }),
]);
export type FeedValue = z.infer<typeof valueSchema>;

/** What a feed's record may say, in and out. Which of them a kind needs is in `feed-mistakes.ts`. */
export const FEED_FIELDS = [
  'number',
  'purpose',
  'order',
  'line',
  'item',
  'barcode',
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
  'service',
  'code',
  'reference',
  'purchaseOrder',
  'supplier',
  'description',
  'dueAt',
  'onHand',
  'available',
  'shipToName',
  'shipToCompany',
  'shipToStreet',
  'shipToStreet2',
  'shipToCity',
  'shipToRegion',
  'shipToPostalCode',
  'shipToCountry',
  'shipToPhone',
  'shipToEmail',
] as const;
export type FeedField = (typeof FEED_FIELDS)[number];

export const csvSchema = z.strictObject({
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
      count: z
        .int()
        .min(1)
        .describe('Its column with the number of records between the column names and itself.')
        .optional(),
    })
    .describe('A closing line, which proves that the file is whole.')
    .optional(),
});
export type CsvShape = z.infer<typeof csvSchema>;

export const feedSchema = z
  .strictObject({
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
    repeats: z
      .boolean()
      .describe(
        'Whether a file of acknowledgements may say again what an earlier one said, such as all of the day. An acceptance in words that came before then answers nothing new, and a person settles what waits; `false` where each file says only what is new.',
      )
      .default(true),
    encoding: z
      .enum(['utf-8', 'windows-1252', 'iso-8859-1', 'utf-16le'])
      .describe('Characters; a byte order mark wins.')
      .default('utf-8'),
    csv: csvSchema.describe('For CSV files; without it they have commas and column names.').optional(),
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
    fields: z
      .partialRecord(z.enum(FEED_FIELDS), valueSchema)
      .describe('Where each fact stands in the record.'),
    quantities: z
      .record(word, valueSchema)
      .describe('Of a stock report with a column for each: quantity codes, and where each stands.')
      .optional(),
  })
  .superRefine((feed, context) => {
    for (const { path, message } of feedMistakes(feed))
      context.addIssue({ code: 'custom', path: [...path], message });
  });
export type Feed = z.infer<typeof feedSchema>;
