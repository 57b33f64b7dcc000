// Which items' value does not say everything that the ledger and the cost documents say: because valuing them fails, whenever it
// is tried again, or because nobody has got round to them. Reads only.
import type { Store } from '../inbox/store.ts';
import type { Instant } from '../vocabulary/instant.ts';

export interface Unvalued {
  /** By SKU; also those that wait out a pause before they are tried again. */
  readonly failed: readonly { readonly sku: string; readonly reason: string }[];
  /** SKUs with something new that is valued soon. */
  readonly behind: readonly string[];
}

/** Items of which something that took effect before an instant is not valued; without it, items of which anything is not. */
export async function unvaluedItems(store: Store, before?: Instant): Promise<Unvalued> {
  const { rows } = await store.query<{ sku: string; failure: string | null }>(
    `with posted as (
       select distinct m.item_id from ledger_batch b join valuation_cursor c on c.lane = b.lane and b.sequence > c.sequence
       join movement m on m.batch_id = b.id where m.occurred_at < coalesce($1::timestamptz, 'infinity'))
     select i.sku, s.failure
     from (select item_id from valuation_stale where from_at < coalesce($1::timestamptz, 'infinity') union select item_id from posted) u
     join item i on i.id = u.item_id left join valuation_stale s on s.item_id = u.item_id
     order by i.sku`,
    [before ?? null],
  );
  return {
    failed: rows.flatMap(({ sku, failure }) => (failure === null ? [] : [{ sku, reason: failure }])),
    behind: rows.flatMap(({ sku, failure }) => (failure === null ? [sku] : [])),
  };
}

const NAMED = 5;

/** One sentence for each way of not being valued, without a full stop; none: all is valued. */
export function unvaluedText({ failed, behind }: Unvalued): readonly string[] {
  const items = (count: number): string => (count === 1 ? '1 item' : `${count} items`);
  const first = (skus: readonly string[]): string =>
    `${skus.slice(0, NAMED).join(', ')}${skus.length > NAMED ? ', …' : ''}`;
  return [
    ...(failed.length === 0
      ? []
      : [
          `${items(failed.length)} could not be valued (${first(failed.map(({ sku }) => sku))}): ${failed[0]?.reason ?? ''}; \`stockbridge value status\` shows all`,
        ]),
    ...(behind.length === 0
      ? []
      : [
          `${items(behind.length)} ${behind.length === 1 ? 'is' : 'are'} not valued up to the ledger yet (${first(behind)})`,
        ]),
  ];
}
