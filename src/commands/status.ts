// stockbridge status: where every accepted event is, what each channel waits for, and what needs a person.

import { unknownLocations, unknownLocationsText } from '../core/availability/unknown-locations.ts';
import { waitingForGoods } from '../core/costs/waiting-goods.ts';
import { troubledVisits } from '../core/exchange/visits.ts';
import { overdue } from '../core/fulfilment/overdue.ts';
import { type Accounting, accounting } from '../core/inbox/events.ts';
import type { Store } from '../core/inbox/store.ts';
import { booksAttention } from '../core/journals/attention.ts';
import { type RunningHubs, runningHubs } from '../core/running-hubs.ts';
import { accountingTable } from './accounting-table.ts';
import { testAgreements } from './orders-as-tests.ts';
import { output } from './output.ts';
import { type GlobalOptions, withDatabase } from './session.ts';
import { waitingLines } from './value/text.ts';

interface Attention {
  readonly connection: string;
  readonly what: string;
  readonly count: number;
  readonly example: string;
}

/** Exit code 1 when something needs a person: what is listed, or a hub to be started. */
export async function status(options: GlobalOptions): Promise<number> {
  const out = output(options);
  return withDatabase(options, async (database, config) => {
    const events = await accounting(database.pool);
    const attention = [
      ...(await attentionOf(database.pool)),
      ...(await unknownLocations(database.pool, config.connections.values())).map((unknown) => ({
        ...{ connection: unknown.connection, what: 'locations of its policy that there are not' },
        ...{ count: unknown.codes.length, example: unknownLocationsText(unknown) },
      })),
      ...(await troubledVisits(database.pool)),
      ...(await overdue(database.pool)),
      ...(await testAgreements(database.pool, config)),
      ...(await booksAttention(database.pool, config.books)),
    ];
    const waiting = await waitingForGoods(database.pool);
    const hubs = await runningHubs(database.pool);
    out.result({ events, hubs, attention, waiting }, () =>
      [
        accountingTable(events),
        ...closedLines(events),
        ...HUBS[hubs],
        attention.length === 0 ? 'Nothing needs a person.' : 'Needs a person:',
        ...attention.map((each) => `  ${attentionText(each)}`),
        ...waitingLines(waiting),
      ].join('\n'),
    );
    return attention.length === 0 && hubs === 'posting' ? 0 : 1;
  });
}

/** How many of the applied and ignored events a person closed, where there are any. */
const closedLines = (events: readonly Accounting[]): string[] => {
  const some = events.filter(({ closed }) => closed > 0n);
  if (some.length === 0) return [];
  return [
    `Of the applied and ignored, closed by a person: ${some.map(({ connection, closed }) => `${connection} ${closed}`).join(', ')}.`,
  ];
};

const HUBS: Readonly<Record<RunningHubs, readonly string[]>> = {
  posting: [],
  without_post: [
    'No hub that runs has the role post: events are stored, nothing is posted. `stockbridge start` without --roles has them all.',
  ],
  none: [
    'No hub is running: nothing comes in, and of what is stored nothing is posted. `stockbridge start` starts it.',
  ],
};

/** One thing is told as it is; of several, their number and an example. */
export const attentionText = ({ connection, what, count, example }: Attention): string =>
  count === 1
    ? `${connection}: ${what}${example === '' ? '' : `: ${example}`}`
    : `${connection}: ${count} ${what}, such as ${example}`;

/** Orders that want more than is there, parked connections, quarantined events by reason, conflicts, levels that cannot be told or were never counted, intents of unknown outcome. */
export async function attentionOf(store: Store): Promise<Attention[]> {
  const { rows } = await store.query<Attention>(
    `select c.name as connection, 'parked (' || c.parked_code || ')' as what, 1 as count, coalesce(c.parked_reason, '') as example
       from connection c where c.parked_at is not null
     union all select c.name, 'without a cut-over', 1, 'its events wait. stockbridge cutover ' || c.name || ' lets what is dated since its stock was counted move stock, else from now on, and nothing before ever; --at names another instant'
       from connection c where c.cutover_at is null
     union all select c.name, 'quarantined (' || e.code || ')', count(*)::int, 'event ' || min(e.id) || ': ' || left(min(e.reason), 200)
       from inbox_event e join connection c on c.id = e.connection_id where e.status = 'quarantined' group by c.name, e.code
     union all select c.name, 'levels stopped', count(*)::int, left(min(v.waiting), 200)
       from listing_level v join connection c on c.id = v.connection_id join listing l on l.id = v.listing_id
       where v.due_at is null and v.waiting is not null and exists (
         -- where nothing lies that could be sold, nothing is missed
         select from location_binding b join balance s on s.location_id = b.location_id and s.item_id = l.item_id
         where b.connection_id = v.connection_id and b.external_id = v.external_location and s.state = 'sellable' and s.quantity > 0)
       group by c.name
     union all select c.name, 'levels never counted', count(*)::int, min(v.waiting)
       from listing_level v join connection c on c.id = v.connection_id
       where v.due_at is null and v.waiting like 'never counted: %' group by c.name
     union all select c.name, 'batches of unknown outcome', count(*)::int, coalesce(min(b.failure), 'being sent')
       from publication_batch b join connection c on c.id = b.connection_id
       where b.settled_at is null and b.created_at < clock_timestamp() - interval '1 minute' group by c.name
     union all select o.connection, 'items promised beyond what is on the shelf', count(*)::int,
         min(o.sku || ' at ' || o.code || ': ' || trim_scale(o.reserved) || ' promised, ' || trim_scale(o.sellable) || ' there')
       from (select min(c.name) as connection, i.sku, l.code, sum(r.quantity) as reserved, coalesce(max(b.quantity), 0) as sellable
         from reservation r join item i on i.id = r.item_id join location l on l.id = r.location_id
         join sales_order so on so.id = r.order_id join connection c on c.id = so.connection_id
         left join balance b on b.item_id = r.item_id and b.location_id = r.location_id and b.state = 'sellable'
         group by r.item_id, r.location_id, i.sku, l.code having sum(r.quantity) > coalesce(max(b.quantity), 0)) o
       group by o.connection
     order by 1, 2`,
  );
  return rows;
}
