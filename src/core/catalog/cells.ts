// What a cell of an import file may say, as columns are built of it: ids that no spreadsheet has mangled, words, flags.
// It knows no kind of file.
import { z } from 'zod';
import { plainText } from '../vocabulary/text.ts';
import { STOCK_STATES } from '../vocabulary/words.ts';

const TRUE_WORDS = ['yes', 'true', '1'];
const FALSE_WORDS = ['no', 'false', '0'];

/** An id or code; spreadsheets that turned it into `8.7E+12` have lost its digits. */
export const code = (maxLength: number) =>
  plainText(maxLength)
    .refine(
      (text) => !text.includes('\uFFFD'),
      'holds characters that are not UTF-8; save the file as “CSV UTF-8”',
    )
    .refine(
      (text) => !/^\d([.,]\d+)?E\+\d+$/i.test(text),
      'was turned into a number by a spreadsheet; format the column as text',
    );

/** What people call something. */
export const name = plainText(300).refine(
  (text) => !text.includes('\uFFFD'),
  'holds characters that are not UTF-8; save the file as “CSV UTF-8”',
);

/** A cell that says yes or no. */
export const flag = z
  .string()
  .toLowerCase()
  .refine((word) => [...TRUE_WORDS, ...FALSE_WORDS].includes(word), 'must be yes or no')
  .transform((word) => TRUE_WORDS.includes(word));

/** One of a closed list of words, in any case. */
export const word = <const Words extends readonly [string, ...string[]]>(words: Words) =>
  z
    .string()
    .toLowerCase()
    .pipe(z.enum(words, `must be one of ${words.join(', ')}`));

/** A column with its meaning and the other names it is understood by. */
export const column = <T extends z.ZodType>(
  schema: T,
  description: string,
  ...aliases: readonly string[]
): T => schema.describe(description).meta({ aliases });

const ITEM_ALIASES = ['item', 'item sku', 'product sku', 'variant sku', 'article', 'part number'];
/** The column that names an item. */
export const sku = (description = 'The item’s SKU, exactly as it is written everywhere.') =>
  column(code(200), description, ...ITEM_ALIASES);
/** The column that names a unit of measure. */
export const unit = (description: string) => column(code(40), description, 'uom', 'unit of measure');
/** The column that names one of our locations. */
export const ourLocation = column(code(100), 'The code of our location.', 'location code', 'warehouse');
/** The column that says whether goods are for sale. */
export const state = column(
  word(STOCK_STATES),
  `One of ${STOCK_STATES.join(', ')}; default sellable.`,
  'status',
  'condition',
).optional();
