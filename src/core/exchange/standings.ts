// Where documents stand, for the screen: the three statuses side by side, newest first.
import type { Store } from '../inbox/store.ts';

export interface DocumentStanding {
  readonly id: string;
  readonly createdAt: Date;
  readonly outbound: boolean;
  readonly type: string;
  readonly number: string;
  readonly chain: string;
  readonly valid: boolean;
  readonly findings: readonly { readonly severity: string; readonly message: string }[];
  readonly acknowledgement: string;
  readonly acknowledgedAt: Date | null;
  readonly acknowledgementErrors: readonly string[];
  readonly acknowledgeBy: Date | null;
  /** Its acknowledgement is late. */
  readonly overdue: boolean;
  /** Why what it says could not be counted for its order yet. */
  readonly failure: string | null;
  readonly fileId: string;
  readonly file: string;
  readonly deliveredAt: Date | null;
  readonly deliveries: number;
}

/** Documents of one partner, or those of one order or inbound shipment. */
export async function documentStandings(
  store: Store,
  connectionId: number,
  filter: { readonly order?: string; readonly limit: number },
): Promise<DocumentStanding[]> {
  const { rows } = await store.query<DocumentStanding>(
    `select d.id, d.created_at as "createdAt", d.is_outbound as outbound, d.type, d.number, d.chain, d.is_valid as valid, d.findings,
       d.acknowledgement::text as acknowledgement, d.acknowledged_at as "acknowledgedAt", d.acknowledge_by as "acknowledgeBy",
       d.acknowledgement = 'awaited' and coalesce(d.acknowledge_by < clock_timestamp(), false) as overdue, d.progress_failure as failure,
       d.acknowledgement_errors as "acknowledgementErrors", f.id as "fileId", f.name as file, f.delivered_at as "deliveredAt", f.deliveries
     from partner_document d join partner_file f on f.id = d.file_id
     where d.connection_id = $1 and ($2::text is null or d.chain = $2 or d.number = $2) order by d.id desc limit $3`,
    [connectionId, filter.order ?? null, filter.limit],
  );
  return rows;
}
