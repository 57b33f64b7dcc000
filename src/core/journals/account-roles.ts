// What the account of each role holds, in words for whoever maps it, and the shape of that mapping. Says nothing of ids.
import { z } from 'zod';
import type { AccountRole } from '../vocabulary/words.ts';

/** One sentence each, for people. */
export const ROLE_WORDS: Readonly<Record<AccountRole, string>> = {
  inventory: 'Stock on hand at own locations. An asset.',
  in_transit: 'Stock that left one own location and has not come to the next. An asset.',
  consigned_out: 'Own stock that others hold until they sell it. An asset.',
  received_not_billed: 'Goods that came and nobody has billed yet; for this alone. A liability.',
  landed_clearing:
    'Freight, duty and the like, put on goods and not yet booked from their bill. A liability.',
  payable:
    'What is owed to suppliers, where the hub books their bills. A liability; without it you enter bills in the books.',
  consignor_payable: 'What is owed for sold goods that others own. A liability.',
  cost_of_goods_sold: 'The cost of what was sold. An expense.',
  adjustment: 'What counts and corrections find more or less. An expense.',
  scrap: 'The cost of what was thrown away. An expense.',
  price_variance:
    'What purchases cost more or less than their standard, and what a supplier’s credit differs from the cost. An expense.',
  work_in_progress: 'What production orders have taken and not yet given. An asset.',
  production_variance: 'What closed production orders cost more or less than they gave. An expense.',
  absorbed: 'The other side of labour and overhead that are put on produced goods. An expense, in credit.',
  revaluation: 'The other side of stock that is given another standard or value. An expense.',
  write_down_expense: 'The loss where stock is worth less than it cost. An expense.',
  write_down_allowance: 'The other side of write-downs, beside stock. An asset, in credit.',
  opening: 'The other side of stock that was there at the beginning. Equity.',
  purchases: 'Purchases of the period, in the periodic system. An expense.',
  freight_in: 'Freight and duty on purchases, in the periodic system. An expense.',
  purchase_returns: 'Goods sent back to suppliers, in the periodic system. An expense, in credit.',
};

/** An object with a field of one shape for each role, any of which may be left out. */
export const accountsOf = <Id extends z.ZodType>(id: Id) =>
  z.strictObject(
    Object.fromEntries(
      Object.entries(ROLE_WORDS).map(([role, words]) => [role, z.exactOptional(id.describe(words))]),
    ) as Record<AccountRole, z.ZodExactOptional<Id>>,
  );
