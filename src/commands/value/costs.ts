// stockbridge costs: what was said about cost, newest first, and taking a document back. Documents come in with
// `stockbridge import`; nothing is changed here.

import { voidOf } from '../../core/costs/document.ts';
import { recordCosts } from '../../core/costs/store.ts';
import { businessDate } from '../../core/costs/waiting-goods.ts';
import type { Database } from '../../core/database.ts';
import { StockbridgeError } from '../../core/errors.ts';
import { instantOf } from '../../core/vocabulary/instant.ts';
import { output, table } from '../output.ts';
import { type GlobalOptions, withDatabase } from '../session.ts';
import { grouped } from './text.ts';

interface ShownDocument {
  readonly key: string;
  readonly kind: string;
  readonly document: string;
  /** The company’s day. */
  readonly date: string;
  readonly effectiveAt: string;
  readonly voided: boolean;
  readonly content: unknown;
  /** Of all of it, decimal text; a unit cost where it says one, a rate of exchange. */
  readonly amount: string | null;
  readonly currency: string | null;
  readonly skus: readonly string[];
  readonly references: readonly string[];
  /** Base units of all lines; null where it names none. */
  readonly quantity: string | null;
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
            ['date', 'document', 'amount', 'currency', 'quantity', 'item', 'reference', 'stands', 'key'],
            documents.map((each) => [
              each.date,
              each.document,
              each.amount === null ? '' : grouped(each.amount),
              each.currency ?? '',
              each.quantity ?? '',
              shortly(each.skus),
              shortly(each.references),
              each.voided ? 'void' : 'yes',
              each.key,
            ]),
          ),
    );
    return 0;
  });
}

const shortly = (names: readonly string[]): string =>
  names.length <= 3 ? names.join(', ') : `${names.slice(0, 2).join(', ')} and ${names.length - 2} more`;

/** What was said about cost, newest first. */
export async function documentsIn(
  database: Database,
  { sku, limit }: ListCostsOptions,
): Promise<readonly ShownDocument[]> {
  if (sku !== undefined) {
    const { rowCount } = await database.pool.query('select from item where sku = $1', [sku]);
    if (rowCount === 0) throw new StockbridgeError('not_found', `there is no item with SKU ${sku}`);
  }
  const { rows } = await database.pool.query<ShownDocument>(
    `select d.key::text, d.kind::text, d.document, d.content, ${businessDate('d.effective_at')} as date,
            to_char(d.effective_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "effectiveAt",
            exists (select from cost_document v where v.voids = d.key) as voided,
            case d.kind when 'bill' then (select ${PLACES('sum(a)', 'max(scale(a))')} from (
                   select (l->>'amount')::numeric as a from jsonb_array_elements(d.content->'lines') l) s)
                 when 'landed_cost' then ${PLACES("(d.content->>'amount')::numeric", "scale((d.content->>'amount')::numeric)")}
                 else coalesce(d.content->>'unitCost', d.content->>'netRealisable', d.content->>'rate') end as amount,
            coalesce(d.content->>'currency', case when d.kind in ('expected_cost', 'revaluation', 'write_down') then (select currency from books) end) as currency,
            array(select distinct item.sku from cost_document_item i join item on item.id = i.item_id where i.document_key = d.key order by 1) as skus,
            array(select distinct i.reference from cost_document_item i where i.document_key = d.key and i.reference is not null order by 1) as "references",
            case d.kind when 'bill' then (select trim_scale(sum((l->>'quantity')::numeric))::text from jsonb_array_elements(d.content->'lines') l)
                 when 'production_order' then (select trim_scale(sum((l->>'quantity')::numeric))::text from jsonb_array_elements(d.content->'planned') l) end as quantity
     from cost_document d
     where d.kind <> 'void' and ($1::text is null or exists (
       select from cost_document_item i join item on item.id = i.item_id where i.document_key = d.key and item.sku = $1))
     order by d.effective_at desc, d.sequence desc limit $2`,
    [sku ?? null, limit],
  );
  return rows;
}

/** With the places that were said, two at least. */
const PLACES = (amount: string, scale: string): string => `round(${amount}, greatest(${scale}, 2))::text`;

/**
 * Takes a document back as if it had never been said; what followed from it is valued anew.
 * @throws StockbridgeError `not_found` when there is no such document, `argument_invalid` when it is void already or the key is none.
 */
export async function voidCost(key: string, options: GlobalOptions): Promise<number> {
  const out = output(options);
  return withDatabase(options, async (database) => {
    const document = await database.transaction(async (client) => {
      if (!/^[0-9a-f-]{36}$/i.test(key))
        throw new StockbridgeError(
          'argument_invalid',
          `${key} is no key of a document; \`stockbridge costs list\` shows them`,
        );
      const { rows } = await client.query<{ key: string; document: string; voided: boolean }>(
        `select key::text, document, exists (select from cost_document v where v.voids = d.key) as voided
         from cost_document d where key::text = lower($1)`,
        [key],
      );
      const [found] = rows;
      if (!found)
        throw new StockbridgeError(
          'not_found',
          `no cost document has the key ${key}; \`stockbridge costs list\` shows them`,
        );
      if (found.voided)
        throw new StockbridgeError(
          'argument_invalid',
          `${found.document} is void already; nothing was changed. It may be said anew with \`stockbridge import\``,
        );
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
