// Keeps what was said about cost: once each, never changed (I3, I5). The same key with other content is answered, not taken
// (I4). What follows is only noted here, as items whose value is behind.
import { z } from 'zod';
import type { Transaction } from '../database.ts';
import { markStale } from '../valuation/notice.ts';
import { concernedOf } from './concerned.ts';
import {
  type CostDocument,
  type CostDocumentKind,
  costDocumentSchema,
  fingerprintOf,
  mentionsOf,
} from './document.ts';

/** What became of one document; a value, not an exception. */
export type CostOutcome =
  | { readonly outcome: 'recorded' | 'duplicate' }
  | { readonly outcome: 'conflict'; readonly reason: string };

/** A stored document as far as new ones are judged by it. */
interface Known {
  readonly kind: CostDocumentKind;
  readonly document: string;
  readonly fingerprint: Buffer;
  readonly voided: boolean;
}

/**
 * Records documents in the caller's transaction and answers for each, in order; what they change is marked stale in the same
 * transaction. A document must stand before it can be voided, in the store or earlier in `documents`.
 * @throws ZodError when a document breaks {@link costDocumentSchema}; then nothing was recorded.
 */
export async function recordCosts(
  client: Transaction,
  documents: readonly z.input<typeof costDocumentSchema>[],
  options: { readonly inboxEventId?: string } = {},
): Promise<readonly CostOutcome[]> {
  const parsed = z.array(costDocumentSchema).parse(documents);
  if (parsed.length === 0) return [];
  const keys = parsed.flatMap((each) => (each.kind === 'void' ? [each.key, each.content.of] : [each.key]));
  await lockKeys(client, keys);
  const known = await knownOf(client, keys);
  const recorded: CostDocument[] = [];
  const outcomes = parsed.map((document) => {
    const outcome = judge(document, known);
    if (outcome.outcome === 'recorded') {
      recorded.push(document);
      note(document, known);
    }
    return outcome;
  });
  if (recorded.length > 0) {
    await write(client, recorded, options.inboxEventId ?? null);
    // Each item's difference belongs to the documents that concern it, not to the newest that came with them.
    const told = recorded.map(({ key, effectiveAt }) => ({ key, causedAt: effectiveAt }));
    await markStale(client, await concernedOf(client, told));
  }
  return outcomes;
}

/** Two writers of one key wait for each other, in one order; the second then sees what the first wrote. */
async function lockKeys(client: Transaction, keys: readonly string[]): Promise<void> {
  await client.query(
    `select pg_advisory_xact_lock(id) from (
       select distinct hashtextextended('cost ' || key, 0) as id from unnest($1::text[]) key order by 1) ids`,
    [keys],
  );
}

async function knownOf(client: Transaction, keys: readonly string[]): Promise<Map<string, Known>> {
  const { rows } = await client.query<Known & { key: string }>(
    `select d.key::text, d.kind::text, d.document, d.fingerprint,
       exists (select from cost_document v where v.voids = d.key) as voided
     from cost_document d where d.key = any($1::uuid[])`,
    [keys],
  );
  return new Map(rows.map((row) => [row.key, row]));
}

function judge(document: CostDocument, known: ReadonlyMap<string, Known>): CostOutcome {
  const stored = known.get(document.key);
  if (stored)
    return stored.fingerprint.equals(fingerprintOf(document))
      ? { outcome: 'duplicate' }
      : conflict(`${stored.document} was recorded with other content; void it before it is said anew`);
  if (document.kind !== 'void') return { outcome: 'recorded' };
  const voided = known.get(document.content.of);
  if (!voided) return conflict(`there is no cost document ${document.content.of} to void`);
  if (voided.kind === 'void') return conflict(`${voided.document} is a void itself; say the document anew`);
  if (voided.voided) return conflict(`${voided.document} is void already`);
  return { outcome: 'recorded' };
}

const conflict = (reason: string): CostOutcome => ({ outcome: 'conflict', reason });

function note(document: CostDocument, known: Map<string, Known>): void {
  known.set(document.key, {
    kind: document.kind,
    document: document.document,
    fingerprint: fingerprintOf(document),
    voided: false,
  });
  const voided = document.kind === 'void' ? known.get(document.content.of) : undefined;
  if (document.kind === 'void' && voided) known.set(document.content.of, { ...voided, voided: true });
}

async function write(
  client: Transaction,
  documents: readonly CostDocument[],
  inboxEventId: string | null,
): Promise<void> {
  await client.query(
    `insert into cost_document (key, kind, document, effective_at, inbox_event_id, content, fingerprint, voids)
     select g.key, g.kind, g.document, g.effective_at, $8, g.content, g.fingerprint, g.voids
     from unnest($1::uuid[], $2::cost_document_kind[], $3::text[], $4::timestamptz[], $5::jsonb[], $6::bytea[], $7::uuid[])
       with ordinality as g (key, kind, document, effective_at, content, fingerprint, voids, position)
     order by g.position`,
    [
      documents.map(({ key }) => key),
      documents.map(({ kind }) => kind),
      documents.map(({ document }) => document),
      documents.map(({ effectiveAt }) => effectiveAt),
      documents.map(({ content }) => JSON.stringify(content)),
      documents.map(fingerprintOf),
      documents.map((each) => (each.kind === 'void' ? each.content.of : null)),
      inboxEventId,
    ],
  );
  const mentions = documents.flatMap((document) =>
    mentionsOf(document).map((mention, line) => ({ key: document.key, line, ...mention })),
  );
  await client.query(
    `insert into cost_document_item (document_key, line, item_id, reference)
     select * from unnest($1::uuid[], $2::smallint[], $3::int[], $4::text[])`,
    [
      mentions.map(({ key }) => key),
      mentions.map(({ line }) => line),
      mentions.map(({ itemId }) => itemId),
      mentions.map(({ reference }) => reference),
    ],
  );
}
