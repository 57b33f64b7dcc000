// Where every document stands with its partner: valid or not, delivered or not, acknowledged or not. The three are never
// mixed: a delivered file may be refused, and an acknowledged one may still name an item nobody knows.
import type { Transaction } from '../database.ts';
import type { KeptFinding } from './files.ts';

export interface ControlNumbers {
  readonly interchange: string;
  readonly group: string;
  readonly document: string;
}

export interface KeptDocument {
  readonly type: string;
  readonly number: string;
  /** The order or inbound shipment it belongs to. */
  readonly chain: string;
  readonly control: ControlNumbers;
  readonly valid: boolean;
  readonly findings: readonly KeptFinding[];
  readonly inboxEventId?: string | undefined;
  /** Hours an acknowledgement may take; absent: none is expected. */
  readonly acknowledgeHours?: number | undefined;
  /** What it says about an order, for the clock. */
  readonly progress?: unknown;
}

export async function storeDocuments(
  client: Transaction,
  file: { readonly connectionId: number; readonly id: string; readonly outbound: boolean },
  documents: readonly KeptDocument[],
): Promise<void> {
  if (documents.length === 0) return;
  await client.query(
    `insert into partner_document (connection_id, file_id, is_outbound, type, number, chain, interchange_control, group_control,
       document_control, is_valid, findings, inbox_event_id, acknowledgement, acknowledge_by, progress)
     select $1, $2, $3, d.type, d.number, d.chain, d.interchange, d.grp, d.document, d.valid, d.findings, d.event,
       (case when d.hours is null then 'not_expected' else 'awaited' end)::acknowledgement_status,
       clock_timestamp() + make_interval(secs => d.hours * 3600), d.progress
     from unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::boolean[], $11::jsonb[], $12::bigint[],
       $13::float8[], $14::jsonb[]) as d(type, number, chain, interchange, grp, document, valid, findings, event, hours, progress)`,
    [
      file.connectionId,
      file.id,
      file.outbound,
      documents.map((each) => each.type),
      documents.map((each) => each.number),
      documents.map((each) => each.chain),
      documents.map((each) => each.control.interchange),
      documents.map((each) => each.control.group),
      documents.map((each) => each.control.document),
      documents.map((each) => each.valid),
      documents.map((each) => JSON.stringify(each.findings)),
      documents.map((each) => each.inboxEventId ?? null),
      documents.map((each) => each.acknowledgeHours ?? null),
      documents.map((each) => (each.progress === undefined ? null : JSON.stringify(each.progress))),
    ],
  );
}

export interface Acknowledged {
  readonly interchange?: string | undefined;
  readonly group?: string | undefined;
  readonly document?: string | undefined;
  readonly verdict: 'accepted' | 'accepted_with_errors' | 'rejected';
  readonly errors: readonly string[];
}

/** A document of ours that an acknowledgement is about. */
export interface NamedDocument {
  readonly type: string;
  readonly number: string;
  readonly chain: string;
  readonly fileId: string;
}

// That an X12 interchange has arrived (TA1) says nothing of the documents in its groups: only its refusal does. A syntax
// without groups (CONTRL) speaks of them at this level.
const ACKNOWLEDGE = `
with named as (
  select d.id, d.type, d.number, d.chain, d.file_id, $3::text is null and $4::text is null and $5 = 'accepted' and d.group_control <> '' as only_arrived
  from partner_document d
  where d.connection_id = $1 and d.is_outbound and d.acknowledgement <> 'not_expected'
    and ($2::text is null or ltrim(d.interchange_control, '0') = ltrim($2, '0'))
    and ($3::text is null or ltrim(d.group_control, '0') = ltrim($3, '0'))
    and ($4::text is null or ltrim(d.document_control, '0') = ltrim($4, '0'))
    -- a document named alone stands in no envelope: in every group some document has the same number
    and ($2::text is not null or $3::text is not null or (d.interchange_control = '' and d.group_control = ''))
    and ($4::text is not null or d.acknowledgement = 'awaited')
  order by d.id desc limit case when $4::text is null then 1000 else 1 end),
noted as (
  update partner_document d
  set acknowledgement = $5::acknowledgement_status, acknowledged_at = clock_timestamp(), acknowledgement_errors = $6
  from named n where d.id = n.id and not n.only_arrived)
select type, number, chain, file_id as "fileId" from named`;

/**
 * Notes what a partner says became of our documents; numbers are compared as numbers, because partners pad them as they
 * like. What is named more closely wins over a word about all of it; a word that names nothing changes nothing. Answers the
 * documents it was about.
 */
export async function acknowledge(
  client: Transaction,
  connectionId: number,
  about: Acknowledged,
): Promise<readonly NamedDocument[]> {
  const { interchange, group, document } = about;
  const given = [interchange, group, document].filter((each) => each !== undefined);
  // An empty number would stand for every document without one.
  if (given.length === 0 || given.includes('')) return [];
  const { rows } = await client.query<NamedDocument>(ACKNOWLEDGE, [
    connectionId,
    interchange ?? null,
    group ?? null,
    document ?? null,
    about.verdict,
    JSON.stringify(about.errors),
  ]);
  return rows;
}
