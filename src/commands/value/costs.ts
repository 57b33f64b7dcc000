// stockbridge costs: what was said about cost, newest first, and taking a document back. Documents come in with
// `stockbridge import`; nothing is changed here.

import { voidOf } from '../../core/costs/document.ts';
import { recordCosts } from '../../core/costs/store.ts';
import type { Database } from '../../core/database.ts';
import { StockbridgeError } from '../../core/errors.ts';
import { instantOf } from '../../core/vocabulary/instant.ts';
import { output, table } from '../output.ts';
import { type GlobalOptions, withDatabase } from '../session.ts';

interface ShownDocument {
  readonly key: string;
  readonly kind: string;
  readonly document: string;
  readonly effectiveAt: string;
  readonly voided: boolean;
  readonly content: unknown;
}

export interface ListCostsOptions extends GlobalOptions {
  readonly sku?: string;
  readonly limit: number;
}

/** Lists documents, newest first; of one item when a SKU is given. */
export async function listCosts(options: ListCostsOptions): Promise<number> {
  const out = output(options);
  return withDatabase(options, async (database) => {
    const documents = await documentsIn(database, options);
    out.result(documents, () =>
      documents.length === 0
        ? 'Nothing was said about cost so far: `stockbridge import costs <file>`, or bills, landed, rates, production.'
        : table(
            ['date', 'document', 'stands', 'key'],
            documents.map((each) => [
              each.effectiveAt.slice(0, 10),
              each.document,
              each.voided ? 'void' : 'yes',
              each.key,
            ]),
          ),
    );
    return 0;
  });
}

async function documentsIn(
  database: Database,
  { sku, limit }: ListCostsOptions,
): Promise<readonly ShownDocument[]> {
  const { rows } = await database.pool.query<ShownDocument>(
    `select d.key::text, d.kind::text, d.document, d.content,
            to_char(d.effective_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "effectiveAt",
            exists (select from cost_document v where v.voids = d.key) as voided
     from cost_document d
     where d.kind <> 'void' and ($1::text is null or exists (
       select from cost_document_item i join item on item.id = i.item_id where i.document_key = d.key and item.sku = $1))
     order by d.effective_at desc, d.sequence desc limit $2`,
    [sku ?? null, limit],
  );
  return rows;
}

/**
 * Takes a document back as if it had never been said; what followed from it is valued anew.
 * @throws StockbridgeError `key_conflict` when there is no such document, or it is void already.
 */
export async function voidCost(key: string, options: GlobalOptions): Promise<number> {
  const out = output(options);
  return withDatabase(options, async (database) => {
    const document = await database.transaction(async (client) => {
      const { rows } = await client.query<{ key: string; document: string; voided: boolean }>(
        `select key::text, document, exists (select from cost_document v where v.voids = d.key) as voided
         from cost_document d where key::text = lower($1)`,
        [key],
      );
      const [found] = rows;
      if (!found) throw new StockbridgeError('key_conflict', `there is no cost document ${key}`);
      if (found.voided) throw new StockbridgeError('key_conflict', `${found.document} is void already`);
      const [outcome] = await recordCosts(client, [voidOf(found, instantOf(Date.now()))]);
      if (outcome?.outcome === 'conflict') throw new StockbridgeError('key_conflict', outcome.reason);
      return found;
    });
    out.result(
      { voided: document.key },
      () => `${document.document} is void; what followed from it is valued anew.`,
    );
    return 0;
  });
}
