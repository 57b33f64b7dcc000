// What the exchange with each partner amounts to, counted from what is stored: files taken and sent, what came twice, what
// was refused on either side, and how long our documents have waited for their answer. It judges nothing.
import type { Store } from '../inbox/store.ts';

export interface ExchangeFigures {
  readonly connection: string;
  /** Files that came, each once per content. */
  readonly taken: number;
  /** Deliveries of bytes that were here already. */
  readonly duplicates: number;
  /** Our files that arrived at the partner. */
  readonly sent: number;
  /** Our files that have not arrived yet. */
  readonly waiting: number;
  /** Documents, and files without any, that we refused. */
  readonly refusedByUs: number;
  /** Documents of ours that the partner refused. */
  readonly refusedByPartner: number;
  /** Age of the oldest document of ours that waits for its acknowledgement; 0 when none does. */
  readonly oldestUnacknowledgedSeconds: number;
  /** Documents of ours whose acknowledgement is late. */
  readonly overdue: number;
}

/** One row for each connection that has exchanged a file, or wrote one. */
export async function exchangeFigures(store: Store): Promise<ExchangeFigures[]> {
  const { rows } = await store.query<ExchangeFigures>(
    `with files as (
       select connection_id, (count(*) filter (where not is_outbound))::int as taken,
         coalesce(sum(deliveries - 1) filter (where not is_outbound), 0)::int as duplicates,
         (count(*) filter (where is_outbound and delivered_at is not null))::int as sent,
         (count(*) filter (where is_outbound and delivered_at is null))::int as waiting,
         (count(*) filter (where not is_outbound and not exists (select from partner_document d where d.file_id = f.id)))::int as empty
       from partner_file f group by 1),
     documents as (
       select connection_id, (count(*) filter (where not is_outbound and not is_valid))::int as refused_by_us,
         (count(*) filter (where acknowledgement = 'rejected'))::int as refused_by_partner,
         extract(epoch from clock_timestamp() - min(created_at) filter (where acknowledgement = 'awaited'))::float8 as oldest,
         (count(*) filter (where acknowledgement = 'awaited' and acknowledge_by < clock_timestamp()))::int as overdue
       from partner_document group by 1)
     select c.name as connection, f.taken, f.duplicates, f.sent, f.waiting, f.empty + coalesce(d.refused_by_us, 0) as "refusedByUs",
       coalesce(d.refused_by_partner, 0) as "refusedByPartner", coalesce(d.oldest, 0) as "oldestUnacknowledgedSeconds",
       coalesce(d.overdue, 0) as overdue
     from files f join connection c on c.id = f.connection_id left join documents d on d.connection_id = f.connection_id order by 1`,
  );
  return rows;
}
