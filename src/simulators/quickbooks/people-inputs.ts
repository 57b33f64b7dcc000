// What people may do in the company, as input that is checked: by hand in QuickBooks, past the rules of the API.

import { z } from 'zod';
import { centsOf } from './books/amounts.ts';
import { ACCOUNT_TYPES } from './books/chart.ts';
import { isDay } from './books/dates.ts';

const day = z.string().refine(isDay, 'A day is written YYYY-MM-DD.');
const amount = z
  .string()
  .refine((text) => (centsOf(text) ?? 0n) > 0n, 'An amount is decimal text above zero with two decimals.');
/** By id, number, name, or the key of the seeded chart. */
const account = z.string().min(1);
const memo = z.string().max(4000).optional();
const number = z.string().min(1).max(21).optional();

export const editEntrySchema = z
  .strictObject({
    /** The entry or bill, by id or by number. */
    id: z.string().optional(),
    number: z.string().optional(),
    /** New amount of its first debit; its first credit changes by the same difference. */
    amount: amount.optional(),
    date: day.optional(),
    /** Lines on one account go to another. */
    account: z.strictObject({ from: account, to: account }).optional(),
    note: memo,
    newNumber: number,
  })
  .refine(({ id, number: given }) => (id === undefined) !== (given === undefined), 'Give an id or a number.');

export const whichEntrySchema = z
  .strictObject({ id: z.string().optional(), number: z.string().optional() })
  .refine(({ id, number: given }) => (id === undefined) !== (given === undefined), 'Give an id or a number.');

export const bookEntrySchema = z.strictObject({
  date: day,
  number,
  note: memo,
  lines: z
    .array(
      z.strictObject({
        account,
        side: z.enum(['Debit', 'Credit']),
        amount,
        description: memo,
        class: z.string().optional(),
        department: z.string().optional(),
      }),
    )
    .min(2),
});

/** A bill or an expense: what was bought is debited; payables or the bank are credited. */
export const spendSchema = z.strictObject({ date: day, account, amount, number, note: memo });

export const closingDateSchema = z.strictObject({ date: day.nullable() });
export const accountActiveSchema = z.strictObject({ account, active: z.boolean() });
export const newAccountSchema = z.strictObject({
  name: z.string().min(1).max(100),
  number: z.string().max(7).default(''),
  type: z.enum(ACCOUNT_TYPES),
  subtype: z.string().optional(),
  parent: account.optional(),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .optional(),
});
export const featuresSchema = z.strictObject({
  multicurrency: z.literal(true, 'Multicurrency cannot be turned off again.').optional(),
  classes: z.boolean().optional(),
  departments: z.boolean().optional(),
});
export const nameSchema = z.strictObject({ name: z.string().min(1).max(100) });
export const newItemSchema = nameSchema.extend({ type: z.enum(['Inventory', 'NonInventory', 'Service']) });
export const listedActiveSchema = z.strictObject({
  list: z.enum(['Class', 'Department', 'Customer', 'Vendor', 'Item']),
  id: z.string(),
  active: z.boolean(),
});
