// What of value and books needs a person, and how far they are: for `status` and for monitoring. Reads only.
import type { Store } from '../inbox/store.ts';
import { type Money, moneyText, storedMoney } from '../vocabulary/money.ts';
import { NAMED } from './findings.ts';
import type { Books } from './rules.ts';
import { isHubIdle, isInForce, rulesInForce } from './rules-taken.ts';

/** Of items and the company itself, the connection is `books`. */
interface Attention {
  readonly connection: string;
  readonly what: string;
  readonly count: number;
  readonly example: string;
}

/**
 * Findings in the books, refused journals, journals of unknown outcome, drafts that may not be approved, items that cannot be
 * valued, days held for an account, and a hub that runs by other rules than those that hold. With `books`, also rules that nobody took yet.
 */
export async function booksAttention(store: Store, books?: Books): Promise<Attention[]> {
  const { rows } = await store.query<Attention>(
    `select c.name as connection, count(*)::int as count, left(min(f.reason), 300) as example,
       case ${NAMED} when 'edited' then 'journals edited in the books' when 'deleted' then 'journals deleted in the books'
         when 'redated' then 'journals moved to another day in the books'
         when 'bill_unknown' then 'bills in the books that the hub does not know'
         when 'bill_repeated' then 'bills in the books more than once'
         when 'bill_differs' then 'bills in the books with another amount'
         else 'entries in the books that are not ours' end as what
     from books_finding f join connection c on c.id = f.connection_id where f.resolved_at is null group by c.name, 4
     union all select c.name, count(*)::int, left(min(j.number || ': ' || coalesce(d.reason, '')), 300),
       'journals refused by the books (' || coalesce(d.code, 'rejected') || ')'
     from journal_delivery d join connection c on c.id = d.connection_id join journal j on j.id = d.journal_id
     where d.status = 'rejected' group by c.name, d.code
     union all select c.name, count(*)::int, left(min(j.number || ': ' || coalesce(d.reason, 'being sent')), 300),
       'journals of unknown outcome'
     from journal_delivery d join connection c on c.id = d.connection_id join journal j on j.id = d.journal_id
     where d.status in ('sent', 'unknown') and d.first_sent_at < clock_timestamp() - interval '10 minutes' group by c.name
     union all select 'books', count(*)::int, left(min(j.number || ': ' || j.refused), 300), 'drafts that the hub does not approve'
     from journal j where j.status = 'draft' and j.refused is not null having count(*) > 0
     union all select 'books', count(*)::int, left(min(i.sku || ': ' || s.failure), 300), 'items that cannot be valued'
     from valuation_stale s join item i on i.id = s.item_id where s.failure is not null having count(*) > 0
     order by 1, 4`,
  );
  return [...(await changedRules(store, books)), ...rows, ...(await heldDays(store))];
}

async function changedRules(store: Store, books: Books | undefined): Promise<Attention[]> {
  const isChanged = books !== undefined && !(await isInForce(store, books));
  if (!isChanged && !(await isHubIdle(store))) return [];
  const newest = await rulesInForce(store);
  return [
    {
      connection: 'books',
      what: 'the books block was changed: restart the hub',
      count: 1,
      example: isChanged
        ? `drafts are made by the rules that ${newest?.takenBy} took at ${newest?.takenAt}`
        : `it drafts and approves nothing since ${newest?.takenBy} took the new rules at ${newest?.takenAt}`,
    },
  ];
}

/** By role; the reason names the first day and the first movement. */
async function heldDays(store: Store): Promise<Attention[]> {
  const { rows } = await store.query<{
    role: string;
    count: number;
    amount: string;
    currency: string;
    reason: string;
  }>(
    `select h.role::text, count(*)::int, sum(h.amount)::text as amount, b.currency, (array_agg(h.reason order by h.period))[1] as reason
     from drafting_held h, books b group by h.role, b.currency order by 1`,
  );
  return rows.map(({ role, count, amount, currency, reason }) => ({
    connection: 'books',
    what: `days or months held without an account for ${role} (${moneyText(storedMoney(amount) as Money, currency)} ${currency})`,
    count,
    example: reason,
  }));
}

export interface BooksFigures {
  readonly drafts: number;
  /** Approved and not in the books yet. */
  readonly open: number;
  /** Since the oldest of them was approved. */
  readonly oldestOpenSeconds: number;
  /** Items whose value is behind their history, and how many of them fail. */
  readonly stale: number;
  readonly failing: number;
  readonly deliveries: readonly {
    readonly connection: string;
    readonly unknown: number;
    readonly rejected: number;
    readonly findings: number;
  }[];
}

/** Undefined where nothing is valued. */
export async function booksFigures(store: Store): Promise<BooksFigures | undefined> {
  const { rows } = await store.query<Omit<BooksFigures, 'deliveries'>>(
    `select (select count(*)::int from journal where status = 'draft') as drafts,
       (select count(*)::int from journal where status = 'approved') as open,
       (select coalesce(extract(epoch from clock_timestamp() - min(approved_at)), 0)::float8 from journal where status = 'approved')
         as "oldestOpenSeconds",
       (select count(*)::int from valuation_stale) as stale,
       (select count(*)::int from valuation_stale where failure is not null) as failing
     from books`,
  );
  const [figures] = rows;
  if (!figures) return undefined;
  const deliveries = await store.query<BooksFigures['deliveries'][number]>(
    `select c.name as connection,
       (select count(*)::int from journal_delivery d where d.connection_id = c.id and d.status in ('sent', 'unknown')) as unknown,
       (select count(*)::int from journal_delivery d where d.connection_id = c.id and d.status = 'rejected') as rejected,
       (select count(*)::int from books_finding f where f.connection_id = c.id and f.resolved_at is null) as findings
     from connection c where exists (select from journal_delivery d where d.connection_id = c.id) order by c.name`,
  );
  return { ...figures, deliveries: deliveries.rows };
}
