// The columns of the files that say what things cost. Days without a time are days of the company; amounts are exact decimals.
import { z } from 'zod';
import { code, column, sku, unit, word } from '../catalog/cells.ts';
import { isDay } from '../vocabulary/facts.ts';
import { instantSchema } from '../vocabulary/instant.ts';
import { positiveQuantitySchema, quantitySchema } from '../vocabulary/quantity.ts';
import {
  amountSchema,
  currencySchema,
  LANDED_BASES,
  LANDED_ROLES,
  rateSchema,
  unitCostSchema,
} from './document.ts';

const when = z
  .string()
  .refine(
    (text) => isDay(text) || instantSchema.safeParse(text).success,
    'must be a day such as 2026-11-21, or an instant with a zone such as 2026-11-21T09:30:00Z',
  );
const day = (description: string, ...aliases: readonly string[]) => column(when, description, ...aliases);
const currency = column(
  z.string().toUpperCase().pipe(currencySchema),
  'Currency of the amounts; default the company’s.',
  'currency code',
).optional();
const rate = column(
  rateSchema,
  'Units of the company’s currency for one of this; default the rate of the date.',
  'exchange rate',
).optional();

export const COST_COLUMNS = {
  costs: z.object({
    sku: sku(),
    unit_cost: column(unitCostSchema, 'What one base unit costs.', 'cost', 'standard cost', 'expected cost'),
    from: day('The day or instant from which it holds.', 'date', 'effective', 'valid from'),
    currency,
    what: column(
      word(['expected', 'revaluation', 'write_down']),
      'expected: assumed where nothing better is known, and the standard of items costed so; revaluation: what is on hand is valued at it; ' +
        'write_down: its net realisable value, at the end of the day. Default expected.',
      'type',
      'kind',
    ).optional(),
  }),
  bills: z.object({
    bill: column(
      code(200),
      'The supplier’s number of the bill or credit note. All lines of a number are one bill.',
      'number',
      'bill number',
      'invoice',
      'invoice number',
    ),
    supplier: column(code(200), 'Who sent it.', 'vendor', 'supplier name'),
    date: day('The bill’s date.', 'bill date', 'invoice date'),
    reference: column(
      code(300),
      'The receipt or purchase order that the goods came with, exactly as the movement names it: its reference or its document. `stockbridge value unbilled` shows the names.',
      'receipt',
      'purchase order',
      'po',
      'po number',
    ),
    sku: sku(),
    quantity: column(
      quantitySchema,
      'How many are billed; below zero in a credit note for goods, 0 when only the price changes.',
      'qty',
    ),
    unit: unit('The unit billed in; default the base unit.').optional(),
    amount: column(
      amountSchema,
      'Of all of them, without tax; below zero in a credit note.',
      'line amount',
      'net amount',
      'total',
    ),
    currency,
    rate,
  }),
  landed: z.object({
    document: column(
      code(200),
      'The number of the freight, duty or insurance document. All lines of a number are one.',
      'number',
      'bill',
      'invoice',
    ),
    date: day('Its date.', 'document date', 'bill date', 'invoice date'),
    receipt: column(
      code(300),
      'A receipt or purchase order that it is for, as the movement names it.',
      'reference',
      'purchase order',
      'po',
    ),
    amount: column(
      amountSchema,
      'Of the whole document, without tax; the same on each of its lines.',
      'total',
      'net amount',
    ),
    by: column(
      word(LANDED_BASES),
      `Divided by ${LANDED_BASES.join(', ')}; default value.`,
      'basis',
      'allocation',
    ).optional(),
    role: column(
      word(LANDED_ROLES),
      'Where it comes from: landed_clearing, an account that its bill is booked on; payable, when the hub books the bill too. Default landed_clearing.',
      'from',
    ).optional(),
    currency,
    rate,
  }),
  rates: z.object({
    currency: column(z.string().toUpperCase().pipe(currencySchema), 'The other currency.', 'currency code'),
    rate: column(rateSchema, 'Units of the company’s currency for one of it.', 'exchange rate'),
    from: day('The day or instant from which it holds.', 'date', 'effective', 'valid from'),
  }),
  production: z.object({
    order: column(
      code(300),
      'The production order, as movements name it. All lines of an order are its whole plan.',
      'reference',
      'production order',
      'work order',
    ),
    date: day('When it starts.', 'start', 'order date'),
    what: column(
      word(['output', 'cost', 'cost_per_unit', 'by_product']),
      'output: what it is to make; cost: labour or overhead of the order; cost_per_unit: the same for each unit made; by_product: what comes out besides.',
      'line',
      'type',
      'kind',
    ),
    sku: sku('What is made; with cost_per_unit only where it is for one item.').optional(),
    quantity: column(positiveQuantitySchema, 'Base units planned, with output.', 'qty', 'planned').optional(),
    amount: column(
      amountSchema,
      'With cost: of the order; with cost_per_unit and by_product: of one base unit.',
      'unit value',
      'value',
    ).optional(),
    share: column(
      quantitySchema,
      'Percent of the order’s cost that a by-product carries, instead of an amount.',
      'percent',
    ).optional(),
    closed_at: day(
      'When the order was closed; what it cost is all on its goods then.',
      'closed',
      'finished',
    ).optional(),
  }),
  costing: z.object({
    sku: sku(),
    group: column(code(100), 'Chooses accounts by rule.', 'cost group', 'category').optional(),
    weight: column(positiveQuantitySchema, 'Of one base unit, in a unit used throughout.').optional(),
    volume: column(positiveQuantitySchema, 'Of one base unit, in a unit used throughout.').optional(),
  }),
} as const;
