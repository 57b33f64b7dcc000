// What stands in the way of closing the books through a day: each with its ids and what to do about it. Reads only.
import type { Transaction } from '../database.ts';
import type { Instant } from '../vocabulary/instant.ts';
import { type Day, dayAfter, monthEnd, startInstant } from './calendar.ts';
import type { Redrafted } from './drafts.ts';
import type { Books } from './rules.ts';

export const OBSTACLE_KINDS = [
  'day',
  'unvalued_movements',
  'stale_items',
  'negative_stock',
  'missing_account',
  'unbooked_entries',
  'unapproved_journals',
  'undelivered_journals',
] as const;

export interface Obstacle {
  readonly kind: (typeof OBSTACLE_KINDS)[number];
  /** One sentence for people. */
  readonly what: string;
  /** SKUs, entries or numbers of journals, at most a hundred. */
  readonly ids: readonly string[];
  readonly count: number;
  /** What to do about it. */
  readonly help: string;
}

export interface ClosingQuestion {
  readonly books: Books;
  readonly through: Day;
  readonly today: Day;
  readonly closed: Day | undefined;
  /** Drafts made in this transaction. */
  readonly drafting: Redrafted;
}

const SHOWN = 100;

/** Everything that stands in the way, at once; none: the period can be closed. */
export async function obstaclesTo(client: Transaction, question: ClosingQuestion): Promise<Obstacle[]> {
  const end = startInstant(dayAfter(question.through), question.books.timeZone);
  return [
    ...wrongDay(question),
    ...(await unvalued(client, end)),
    ...(await stale(client, end)),
    ...(await negative(client, end)),
    ...missingAccounts(question),
    ...unbooked(question),
    ...(await unposted(client, question.through)),
  ];
}

const obstacle = (kind: Obstacle['kind'], ids: readonly string[], what: string, help: string): Obstacle[] =>
  ids.length === 0 ? [] : [{ kind, what, ids: ids.slice(0, SHOWN), count: ids.length, help }];

const counted = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

function wrongDay({ books, through, today, closed }: ClosingQuestion): Obstacle[] {
  const isMonthly = books.system === 'periodic' || books.journal.grain === 'month';
  return [
    ...(through >= today
      ? obstacle('day', [through], `${through} is not over`, 'Close through a day that is past.')
      : []),
    ...(closed !== undefined && through <= closed
      ? obstacle(
          'day',
          [closed],
          `the books are closed through ${closed} already`,
          'Choose a later day, or reopen.',
        )
      : []),
    ...(isMonthly && through !== monthEnd(through)
      ? obstacle(
          'day',
          [through],
          `journals are made by the month, and ${through} is not the end of one`,
          `Close through ${monthEnd(through)}.`,
        )
      : []),
  ];
}

// The lanes say how far the ledger is, the cursors how far valuation has looked.
async function unvalued(client: Transaction, end: Instant): Promise<Obstacle[]> {
  const { rows } = await client.query<{ document: string }>(
    `select distinct m.document from ledger_batch b
     join valuation_cursor v on v.lane = b.lane and b.sequence > v.sequence
     join movement m on m.batch_id = b.id where m.occurred_at < $1 order by 1`,
    [end],
  );
  return obstacle(
    'unvalued_movements',
    rows.map(({ document }) => document),
    `${counted(rows.length, 'document is', 'documents are')} in the ledger and not valued yet`,
    'Wait for the valuation worker; `stockbridge status` shows whether it runs.',
  );
}

async function stale(client: Transaction, end: Instant): Promise<Obstacle[]> {
  const { rows } = await client.query<{ sku: string; failure: string | null }>(
    `select i.sku, s.failure from valuation_stale s join item i on i.id = s.item_id where s.from_at < $1 order by 1`,
    [end],
  );
  const failure = rows.find((row) => row.failure !== null);
  return obstacle(
    'stale_items',
    rows.map(({ sku }) => sku),
    `the value of ${counted(rows.length, 'item is behind its', 'items is behind their')} history${failure ? `; ${failure.sku}: ${failure.failure}` : ''}`,
    failure
      ? 'Remove the cause of the failure; the items are valued again by themselves.'
      : 'Wait for the valuation worker; the items are valued by themselves.',
  );
}

// The balance now, less everything that took effect after the day; item by item, since the ledger knows its days only by item.
async function negative(client: Transaction, end: Instant): Promise<Obstacle[]> {
  const { rows } = await client.query<{ place: string }>(
    `with later as (
       select i.id as item_id, m.location_id, sum(m.quantity) as quantity from item i cross join lateral (
         select to_location_id as location_id, quantity from movement where item_id = i.id and occurred_at >= $1
         union all select from_location_id, -quantity from movement where item_id = i.id and occurred_at >= $1) m group by 1, 2),
     own as (select item_id, location_id, sum(quantity) as quantity from balance group by 1, 2)
     select i.sku || ' at ' || l.code as place from own b
     join location l on l.id = b.location_id and l.kind not in ('supplier', 'customer', 'production', 'adjustment')
     join item i on i.id = b.item_id left join later on later.item_id = b.item_id and later.location_id = b.location_id
     where b.quantity - coalesce(later.quantity, 0) < 0 order by 1`,
    [end],
  );
  return obstacle(
    'negative_stock',
    rows.map(({ place }) => place),
    `${counted(rows.length, 'place', 'places')} had less than no stock at the end of the day; what was sold there is costed at a guess`,
    'Receive or count the missing stock, dated before the end of the period.',
  );
}

const missingAccounts = ({ drafting, through }: ClosingQuestion): Obstacle[] =>
  drafting.stopped
    .filter(({ period }) => period <= through)
    .map(({ reason, entries }) => ({
      kind: 'missing_account',
      what: reason,
      ids: entries.slice(0, SHOWN),
      count: entries.length,
      help: 'Give the role an account under books.accounts, then draft again.',
    }));

const unbooked = ({ drafting, through }: ClosingQuestion): Obstacle[] => {
  const own = drafting.waiting.filter(({ postingDay }) => postingDay <= through);
  return obstacle(
    'unbooked_entries',
    own.map(({ id }) => id),
    `${counted(own.length, 'cost entry', 'cost entries')} up to ${through} ${own.length === 1 ? 'is' : 'are'} in no journal yet, because their day or month is not over`,
    'Close when it is over, or close an earlier day.',
  );
};

async function unposted(client: Transaction, through: Day): Promise<Obstacle[]> {
  const { rows } = await client.query<{
    number: string;
    status: string;
    delivery: string | null;
    reason: string | null;
  }>(
    `select j.number, j.status::text, d.status::text as delivery, d.reason from journal j left join journal_delivery d on d.journal_id = j.id
     where j.posting_date <= $1 and j.id in (select id from journal where status <> 'posted'
       union all select journal_id from journal_delivery where status <> 'posted') order by j.posting_date, j.number`,
    [through],
  );
  const drafts = rows.filter(({ status }) => status === 'draft');
  const approved = rows.filter(({ status }) => status !== 'draft');
  const refused = approved.find(({ delivery }) => delivery === 'rejected');
  return [
    ...obstacle(
      'unapproved_journals',
      drafts.map(({ number }) => number),
      counted(drafts.length, 'journal is a draft', 'journals are drafts'),
      'Look at them and approve them.',
    ),
    ...obstacle(
      'undelivered_journals',
      approved.map(({ number }) => number),
      `${counted(approved.length, 'approved journal is', 'approved journals are')} not in the books yet${refused ? `; ${refused.number} was refused: ${refused.reason ?? 'no reason given'}` : ''}`,
      refused
        ? 'Settle what the books refuse, then deliver again.'
        : 'Wait for their delivery, or mark them posted once the exported file is in the books.',
    ),
  ];
}
