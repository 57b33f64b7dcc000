// Cost of goods sold over a range of days: what was sold, what came back, what was only known later, and what belongs to other
// days than it is booked on. Reads only.
import type { Database, Transaction } from '../database.ts';
import { closedThrough } from '../journals/unbooked.ts';
import { type Money, storedMoney } from '../vocabulary/money.ts';
import { type Quantity, storedQuantity, ZERO } from '../vocabulary/quantity.ts';
import type { CostKind } from '../vocabulary/words.ts';
import {
  beginningOf,
  cutAfter,
  type Range,
  type Report,
  rangeFrom,
  reportOf,
  type Snapshot,
} from './snapshot.ts';
import { amountsSum, type Measured, measuredText, moneyTexts } from './totals.ts';

export const COGS_GROUPINGS = ['item', 'channel', 'location', 'group', 'month'] as const;
export type CogsGrouping = (typeof COGS_GROUPINGS)[number];

/** Amounts of the company's currency; a cost is above zero. */
const AMOUNTS = [
  /** Sales of these days, as first valued. */
  'sold',
  /** What customers brought back on these days. */
  'returned',
  /** What goods that were sold before they came cost more or less than assumed. */
  'trueUps',
  /** Anything else of these days, such as write-downs released. */
  'other',
  /** Differences that later facts made to these days. */
  'corrections',
  /** All of these days. */
  'total',
  /** Differences to days before, booked on these days because theirs were closed. */
  'earlierDays',
  /** Differences to these days, booked on days after them. */
  'bookedLater',
  /** What the books show for these days: total + earlierDays − bookedLater. */
  'booked',
] as const;
export type CogsAmount = (typeof AMOUNTS)[number];

export interface CogsRow extends Readonly<Record<CogsAmount, string>> {
  readonly key: string;
  readonly name: string;
  /** Base units sold less returned on these days; null where items of several units are added up. */
  readonly quantity: string | null;
  readonly unit: string | null;
}

export interface CostOfGoods {
  readonly from: string;
  readonly through: string;
  readonly by: CogsGrouping;
  readonly rows: readonly CogsRow[];
  readonly total: Readonly<Record<CogsAmount, string>>;
}

/** Cost of goods sold from the first through the last day, both included. */
export const costOfGoodsOf = (
  database: Database,
  options: Range & { readonly by: CogsGrouping },
): Promise<Report<CostOfGoods>> =>
  reportOf(database, async (snapshot) => {
    const { from, through } = rangeFrom(options);
    const { currency } = snapshot.company;
    const read = await soldIn(snapshot, { from, through }, options.by);
    const rows = [...Map.groupBy(read, ({ key }) => key)].map(([key, parts]) => ({
      key,
      name: parts[0]?.name ?? '',
      ...measuredText(parts.filter(({ quantity }) => quantity !== 0n)),
      amounts: amountsSum(
        AMOUNTS,
        parts.map(({ amounts }) => amounts),
      ),
    }));
    return {
      from,
      through,
      by: options.by,
      rows: rows
        .map(({ amounts, ...row }) => ({ ...row, ...moneyTexts(amounts, currency) }))
        .sort((a, b) => (a.key < b.key ? -1 : 1)),
      total: moneyTexts(
        amountsSum(
          AMOUNTS,
          rows.map(({ amounts }) => amounts),
        ),
        currency,
      ),
    };
  });

interface Sold extends Measured {
  readonly key: string;
  readonly name: string;
  readonly amounts: Record<CogsAmount, Money>;
}

// Entries add up to few sums before anything is named. A difference is booked on another day than its own when the journals say
// so: in a correction for another day, or, while no journal has it, by the days that are closed ($5: the end of the last one). A
// month has one journal on its last day; that moves nothing.
const SUMS = `
with told as (
  select e.item_id, e.connection_id, e.location_id, e.kind, e.is_correction, e.effective_at, e.amount, e.quantity, e.debit, e.credit,
    e.effective_at >= $1 as is_own,
    case when e.journal_id is not null then case when j.kind = 'correction' and j.for_date is distinct from j.posting_date then j.posting_date end
         when e.effective_at < $5 then greatest($6::date + 1, (coalesce(r.caused_at, e.recorded_at) at time zone $3)::date) end as moved_to
  from cost_entry e join valuation_run r on r.id = e.run_id left join journal j on j.id = e.journal_id
  where 'cost_of_goods_sold' in (e.debit, e.credit) and e.debit <> e.credit and e.effective_at < $2),
summed as (
  select item_id, connection_id, location_id, kind, is_correction, is_own, coalesce(moved_to > $4::date, false) as is_later, MONTH as month,
    sum(case when debit = 'cost_of_goods_sold' then amount else -amount end) as cost,
    sum(case when kind not in ('sale', 'customer_return') then 0 when kind = 'sale' and debit = 'cost_of_goods_sold' then quantity else -quantity end) as quantity
  from told where is_own or moved_to between $7::date and $4::date
  group by 1, 2, 3, 4, 5, 6, 7, 8)`;

const MONTH = `case when is_own then to_char(effective_at at time zone $3, 'YYYY-MM') else to_char(moved_to, 'YYYY-MM') end`;

const KEYS: Readonly<Record<CogsGrouping, readonly [key: string, name: string]>> = {
  item: ['i.sku', 'i.name'],
  channel: [`coalesce(c.name, '(no channel)')`, `''`],
  location: [`coalesce(l.code, '(no location)')`, `coalesce(l.name, '')`],
  group: [`coalesce(g.cost_group, '(no group)')`, `''`],
  month: ['s.month', `''`],
};

interface SumRow {
  readonly key: string;
  readonly name: string;
  readonly unit: string;
  readonly kind: CostKind;
  readonly is_correction: boolean;
  readonly is_own: boolean;
  readonly is_later: boolean;
  readonly cost: string;
  readonly quantity: string;
}

async function soldIn({ client, company }: Snapshot, range: Range, by: CogsGrouping): Promise<Sold[]> {
  const [key, name] = KEYS[by];
  const closed = await closedThrough(client);
  const { rows } = await client.query<SumRow>(
    `${SUMS.replace('MONTH', () => (by === 'month' ? MONTH : 'null::text'))}
     select ${key} as key, ${name} as name, i.base_unit as unit, s.kind::text as kind, s.is_correction, s.is_own, s.is_later,
       sum(s.cost)::text as cost, trim_scale(sum(s.quantity))::text as quantity
     from summed s join item i on i.id = s.item_id left join item_costing g on g.item_id = i.id
     left join connection c on c.id = s.connection_id left join location l on l.id = s.location_id
     group by 1, 2, 3, 4, 5, 6, 7`,
    [
      beginningOf(company, range.from),
      cutAfter(company, range.through).before,
      company.timeZone,
      range.through,
      closed === undefined ? null : cutAfter(company, closed).before,
      closed ?? null,
      range.from,
    ],
  );
  return rows.map((row) => ({
    key: row.key,
    name: row.name,
    unit: row.unit,
    quantity: row.is_own ? storedQuantity(row.quantity) : ZERO,
    amounts: amountsOf(row, storedMoney(row.cost)),
  }));
}

/** Under which amounts a sum stands. */
function amountsOf(row: SumRow, cost: Money): Record<CogsAmount, Money> {
  const amounts = amountsSum(AMOUNTS, []);
  if (!row.is_own) return { ...amounts, earlierDays: cost, booked: cost };
  const name = row.is_correction ? 'corrections' : (NAMES[row.kind] ?? 'other');
  return { ...amounts, [name]: cost, total: cost, [row.is_later ? 'bookedLater' : 'booked']: cost };
}

const NAMES: Readonly<Partial<Record<CostKind, CogsAmount>>> = {
  sale: 'sold',
  customer_return: 'returned',
  true_up: 'trueUps',
};

/** Cost and units sold per item in a range, for other reports; by item id. */
export async function soldByItem(
  client: Transaction,
  company: Snapshot['company'],
  range: Range,
): Promise<ReadonlyMap<number, { readonly cost: Money; readonly quantity: Quantity }>> {
  const { rows } = await client.query<{ item_id: number; cost: string; quantity: string }>(
    `select item_id, sum(case when debit = 'cost_of_goods_sold' then amount else -amount end)::text as cost,
       trim_scale(sum(case kind when 'sale' then case when debit = 'cost_of_goods_sold' then quantity else -quantity end
                                when 'customer_return' then -quantity else 0 end))::text as quantity
     from cost_entry where 'cost_of_goods_sold' in (debit, credit) and debit <> credit and effective_at >= $1 and effective_at < $2
     group by item_id`,
    [beginningOf(company, range.from), cutAfter(company, range.through).before],
  );
  return new Map(
    rows.map((row) => [row.item_id, { cost: storedMoney(row.cost), quantity: storedQuantity(row.quantity) }]),
  );
}
