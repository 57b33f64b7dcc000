// What is wrong with a partner's server, kept until a visit finds it mended, so that a person is shown it. It visits nobody.
import type { Store } from '../inbox/store.ts';

export interface VisitTrouble {
  /** `taken`: a file or folder cannot be taken; `tidied`: a file was taken and cannot be moved away. */
  readonly kind: 'taken' | 'tidied';
  /** The file or folder there. */
  readonly name: string;
  readonly reason: string;
}

/** What a visit that came to its end has found; what it no longer found is forgotten. */
export const noteVisit = async (
  store: Store,
  connectionId: number,
  troubles: readonly VisitTrouble[],
): Promise<void> =>
  void (await store.query(
    `with found as (
       select distinct on (kind, name) kind, name, reason
       from unnest($2::text[], $3::text[], $4::text[]) as f(kind, name, reason)),
     mended as (
       delete from visit_trouble v where v.connection_id = $1
         and not exists (select from found f where f.kind = v.kind and f.name = v.name))
     insert into visit_trouble (connection_id, kind, name, reason) select $1, kind, name, reason from found
     on conflict (connection_id, kind, name) do update set reason = excluded.reason, seen_at = excluded.seen_at`,
    [
      connectionId,
      troubles.map((each) => each.kind),
      troubles.map((each) => each.name.slice(0, 300)),
      troubles.map((each) => each.reason.slice(0, 500)),
    ],
  ));

/** A visit that came to no end. What was known of files and folders stands. */
export const noteFailedVisit = async (store: Store, connectionId: number, reason: string): Promise<void> =>
  void (await store.query(
    `insert into visit_trouble (connection_id, kind, name, reason) values ($1, 'visit', '', $2)
     on conflict (connection_id, kind, name) do update set reason = excluded.reason, seen_at = excluded.seen_at`,
    [connectionId, reason.slice(0, 500)],
  ));

export interface VisitOverdue {
  readonly connection: string;
  readonly what: string;
  readonly count: number;
  readonly example: string;
}

const TROUBLE_MINUTES = 15;

/** What is wrong for longer than a quarter of an hour; of a parked partner, the parking says it. */
export async function troubledVisits(store: Store): Promise<VisitOverdue[]> {
  const { rows } = await store.query<VisitOverdue>(
    `select c.name as connection,
       case v.kind when 'visit' then 'not visited since ' || to_char(min(v.since) at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC'
         when 'taken' then 'files or folders on the server that cannot be taken'
         else 'files taken that cannot be moved away on the server' end as what,
       count(*)::int as count, min(case when v.name = '' then '' else v.name || ': ' end || v.reason) as example
     from visit_trouble v join connection c on c.id = v.connection_id
     where c.parked_at is null and v.since < clock_timestamp() - make_interval(mins => $1)
       -- a partner may be visited once a day
       and v.seen_at > clock_timestamp() - interval '2 days'
     group by c.name, v.kind order by 1, 2`,
    [TROUBLE_MINUTES],
  );
  return rows;
}
