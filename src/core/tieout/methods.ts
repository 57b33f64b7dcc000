// How stock was costed during a period: the company’s method from day to day, and how many items had one of their own. Reads
// only; what the configuration says today is not asked.
import type { Transaction } from '../database.ts';
import { businessDay, type Day, dayAfter, laterDay, startInstant } from '../journals/calendar.ts';
import type { CostMethod, CostTiming } from '../vocabulary/words.ts';

export interface MethodInForce {
  /** First day of the period on which it held. */
  readonly from: Day;
  readonly method: CostMethod;
  readonly timing: CostTiming;
  readonly pool: 'item' | 'item_location';
}

export interface ItemException extends MethodInForce {
  /** How many items began on it that day. */
  readonly items: number;
}

export interface MethodsInForce {
  readonly methods: readonly MethodInForce[];
  readonly exceptions: readonly ItemException[];
}

interface Row {
  readonly of_item: boolean;
  readonly at: string;
  readonly method: CostMethod;
  readonly timing: CostTiming;
  readonly by_location: boolean;
  readonly items: number;
}

/** Every method that held on some day of a period: the one at its beginning and each that came later. */
export async function methodsInForce(
  client: Pick<Transaction, 'query'>,
  { timeZone }: { readonly timeZone: string },
  { from, through }: { readonly from: Day; readonly through: Day },
): Promise<MethodsInForce> {
  const { rows } = await client.query<Row>(
    `with held as (
       select item_id, method::text, timing::text, by_location, greatest(effective_at, $1) as at,
         lead(effective_at) over (partition by item_id order by effective_at) as until
       from cost_policy where effective_at < $2)
     select item_id is not null as of_item, (extract(epoch from at) * 1000000)::bigint::text as at, method, timing, by_location,
       count(*)::int as items
     from held where until is null or until > $1 group by 1, 2, 3, 4, 5 order by 1, min(at), 3, 4, 5`,
    [startInstant(from, timeZone), startInstant(dayAfter(through), timeZone)],
  );
  const inForce = (row: Row): MethodInForce => ({
    from: laterDay(from, businessDay(BigInt(row.at), timeZone)),
    method: row.method,
    timing: row.timing,
    pool: row.by_location ? 'item_location' : 'item',
  });
  return {
    methods: rows.filter(({ of_item }) => !of_item).map(inForce),
    exceptions: rows.filter(({ of_item }) => of_item).map((row) => ({ ...inForce(row), items: row.items })),
  };
}
