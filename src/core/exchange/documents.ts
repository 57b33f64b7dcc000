// Where every document stands with its partner: valid or not, delivered or not, acknowledged or not. The three are never
// mixed: a delivered file may be refused, and an acknowledged one may still name an item nobody knows.
import type { Transaction } from '../database.ts';
import type { Instant } from '../vocabulary/instant.ts';
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

/** A document that took effect at some time from `from` until `until`; `topic` is its event’s. */
interface Untimed {
  readonly topic: string;
  readonly number: string;
  readonly from: Instant;
  readonly until: Instant;
}

const untimedKey = ({ topic, number, from }: Untimed): string => JSON.stringify([topic, number, from]);

/**
 * From when documents count that name no time and came before, by topic, number and span: the first that was right in form
 * is what all later ones are dated by, whatever files they come in (I3).
 */
export async function knownInstants(
  client: Transaction,
  connectionId: number,
  documents: readonly Untimed[],
): Promise<(document: Untimed) => Instant | undefined> {
  if (documents.length === 0) return () => undefined;
  const { rows } = await client.query<Untimed & { at: Instant }>(
    `select w.topic, w.number, w.from_text as "from",
       to_char(first.occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at
     from (select distinct * from unnest($2::text[], $3::text[], $4::text[], $5::text[])
             as w(topic, number, from_text, until_text)) w
     cross join lateral (
       select e.occurred_at from partner_document d join inbox_event e on e.id = d.inbox_event_id
       where d.connection_id = $1 and not d.is_outbound and d.number = w.number and length(d.number) <= 200 and e.topic = w.topic
         and e.occurred_at between w.from_text::timestamptz and w.until_text::timestamptz
       order by d.id limit 1) first`,
    [
      connectionId,
      documents.map((each) => each.topic),
      documents.map((each) => each.number),
      documents.map((each) => each.from),
      documents.map((each) => each.until),
    ],
  );
  const known = new Map(rows.map((row) => [untimedKey(row), row.at]));
  return (document) => known.get(untimedKey(document));
}

export interface Acknowledged {
  readonly interchange?: string | undefined;
  readonly group?: string | undefined;
  readonly document?: string | undefined;
  /** `arrived` says nothing of the content: another word about it is still to come. */
  readonly verdict: 'arrived' | 'accepted' | 'accepted_with_errors' | 'rejected';
  readonly errors: readonly string[];
}

/** A document of ours that an acknowledgement is about. */
export interface NamedDocument {
  readonly type: string;
  readonly number: string;
  readonly chain: string;
  readonly fileId: string;
  /** Nothing was said of its content. */
  readonly onlyArrived: boolean;
}

// Of a partner whose server is visited it is known what has arrived; who is handed files may have any of them.
const HAS_LEFT = `(f.delivered_at is not null or not exists (
  select from partner_document w join partner_file v on v.id = w.file_id
  where w.connection_id = d.connection_id and w.chain = d.chain and w.is_outbound and v.attempts > 0))`;

// That an X12 interchange has arrived (TA1) says nothing of the documents in its groups: only its refusal does. A syntax
// without groups (CONTRL) speaks of them at this level, and says by the verdict when it means no more than that.
const ACKNOWLEDGE = `
with named as (
  select d.id, d.type, d.number, d.chain, d.file_id,
    $5 = 'arrived' or ($3::text is null and $4::text is null and $5 = 'accepted' and d.group_control <> '') as only_arrived
  from partner_document d join partner_file f on f.id = d.file_id
  where d.connection_id = $1 and d.is_outbound and d.acknowledgement <> 'not_expected'
    and ($2::text is null or ltrim(d.interchange_control, '0') = ltrim($2, '0'))
    and ($3::text is null or ltrim(d.group_control, '0') = ltrim($3, '0'))
    -- a document named alone is named by its own number (APERAK, CSV, XML): in every envelope some document has the same control
    and ($4::text is null or case when $2::text is null and $3::text is null
      then d.number = $4 or (d.interchange_control = '' and d.group_control = '' and d.document_control = $4)
      else ltrim(d.document_control, '0') = ltrim($4, '0') end)
    and ($4::text is not null or d.acknowledgement = 'awaited')
    and (not $7 or d.acknowledgement = 'awaited' and ${HAS_LEFT})
  -- A number alone does not say which of our files is meant: the oldest that has left and waits for its answer, for partners answer
  -- one after the other; where none waits, the newest.
  order by case when $2::text is null and $3::text is null then ${HAS_LEFT}::int end desc nulls last,
    case when $2::text is null and $3::text is null and d.acknowledgement = 'awaited' then d.id end nulls last, d.id desc
  limit case when $4::text is null then 1000 else 1 end),
-- what is answered has arrived, by whatever way: it is sent no more
arrived as (
  update partner_file f set delivered_at = clock_timestamp(), failure = null from named n where f.id = n.file_id and f.delivered_at is null),
noted as (
  update partner_document d
  set acknowledgement = nullif($5, 'arrived')::acknowledgement_status, acknowledged_at = clock_timestamp(), acknowledgement_errors = $6
  from named n where d.id = n.id and not n.only_arrived)
select type, number, chain, file_id as "fileId", only_arrived as "onlyArrived" from named`;

/**
 * Notes what a partner says became of our documents; numbers are compared as numbers, because partners pad them as they
 * like. What is named more closely wins over a word about all of it; a word that names nothing changes nothing. With `awaited` it
 * counts only for a document that has left and waits for its answer. Answers the documents it was about.
 */
export async function acknowledge(
  client: Transaction,
  connectionId: number,
  about: Acknowledged,
  only: 'awaited' | 'any' = 'any',
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
    only === 'awaited',
  ]);
  return rows;
}
