// From one day’s stock to another’s by journals: what an account stood at, what came and went by kind, what was corrected of
// days before, and what it stands at. Reads only; what it answers adds up, or it does not answer. The reports have another one, by
// item and effective day, in which a late fact is no correction but changes the opening.

import { StockbridgeError } from '../errors.ts';
import type { Store } from '../inbox/store.ts';
import type { JournalStatus } from '../journals/document.ts';
import { type Money, NO_MONEY, storedMoney } from '../vocabulary/money.ts';
import { COST_KINDS, type CostKind } from '../vocabulary/words.ts';

export interface RollForward {
  readonly account: string;
  /** Debit above zero, as everything here. */
  readonly opening: Money;
  /** Booked in the span for days in it; a kind whose bookings came to nothing together is there with nothing. */
  readonly flows: readonly { readonly kind: CostKind; readonly amount: Money }[];
  /** Booked in the span for days before it. */
  readonly corrections: Money;
  readonly closing: Money;
}

interface Span {
  readonly from: string;
  readonly through: string;
  readonly accounts: readonly string[];
  readonly statuses: readonly JournalStatus[];
}

const SIGNED = `sum(case when l.side = 'debit' then l.amount else -l.amount end)::text as amount`;

/** The roll-forward of each account, in their order. @throws StockbridgeError `invariant_broken` when one does not add up. */
export async function rollForwards(store: Store, span: Span): Promise<readonly RollForward[]> {
  const given = [span.accounts, span.through, span.statuses];
  const moved = await store.query<{ account: string; flow: CostKind | 'before' | 'earlier'; amount: string }>(
    `select l.account, case when j.posting_date < $4 then 'before' when coalesce(j.for_date, j.posting_date) < $4 then 'earlier'
       else l.kind::text end as flow, ${SIGNED}
     from journal_line l join journal j on j.id = l.journal_id
     where l.account = any ($1) and j.posting_date <= $2 and j.status::text = any ($3) group by 1, 2`,
    [...given, span.from],
  );
  const stands = await store.query<{ account: string; amount: string }>(
    `select l.account, ${SIGNED} from journal_line l join journal j on j.id = l.journal_id
     where l.account = any ($1) and j.posting_date <= $2 and j.status::text = any ($3) group by 1`,
    given,
  );
  const closings = new Map(stands.rows.map((row) => [row.account, storedMoney(row.amount)]));
  return span.accounts.map((account) => {
    const sums = new Map(
      moved.rows.filter((row) => row.account === account).map((row) => [row.flow, storedMoney(row.amount)]),
    );
    return checked({
      account,
      opening: sums.get('before') ?? NO_MONEY,
      flows: COST_KINDS.flatMap((kind) => {
        const amount = sums.get(kind);
        return amount === undefined ? [] : [{ kind, amount }];
      }),
      corrections: sums.get('earlier') ?? NO_MONEY,
      closing: closings.get(account) ?? NO_MONEY,
    });
  });
}

function checked(roll: RollForward): RollForward {
  const sum = roll.flows.reduce((total, { amount }) => total + amount, roll.opening + roll.corrections);
  if (sum !== roll.closing)
    throw new StockbridgeError(
      'invariant_broken',
      `I9: the roll-forward of account ${roll.account} comes to ${sum}, and its journals to ${roll.closing}`,
    );
  return roll;
}
