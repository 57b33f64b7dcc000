// What a person should know of a file of bills or landed costs although nothing in it is wrong: what waits for goods, what is
// billed beyond what came, and what cannot be divided as it asks. Rejects nothing.
import type pg from 'pg';
import type { Findings, Line } from '../catalog/report.ts';
import type { Quantity } from '../vocabulary/quantity.ts';
import { quantityFrom, quantityText } from '../vocabulary/quantity.ts';
import { cameUnder, namesLike } from './waiting-goods.ts';

const nameOf = (itemId: number, reference: string): string => JSON.stringify([itemId, reference]);

export interface BilledLine {
  readonly itemId: number;
  readonly reference: string;
  /** Base units, decimal text. */
  readonly quantity: string;
}

/** Notes on lines of bills; `keys` are those of the file's own documents, which may be recorded already. */
export async function noteBilled(
  session: pg.ClientBase,
  billed: ReadonlyMap<Line<unknown>, BilledLine>,
  keys: readonly string[],
  findings: Findings,
): Promise<void> {
  const lines = [...billed].filter(([line]) => !findings.isRejected(line));
  if (lines.length === 0) return;
  const references = lines.map(([, { reference }]) => reference);
  const came = new Map(
    (await cameUnder(session, references)).map((each) => [
      nameOf(each.itemId, each.reference),
      each.quantity,
    ]),
  );
  const total = await billedBefore(session, references, keys);
  for (const [, { itemId, reference, quantity }] of lines) {
    const name = nameOf(itemId, reference);
    total.set(name, (total.get(name) ?? 0n) + quantityFrom(quantity));
  }
  const near = await nearNames(
    session,
    lines
      .map(([, billedLine]) => billedLine)
      .filter((each) => !came.has(nameOf(each.itemId, each.reference))),
  );
  for (const [line, { itemId, reference, quantity }] of lines) {
    if (quantityFrom(quantity) <= 0n) continue;
    const arrived = came.get(nameOf(itemId, reference)) ?? 0n;
    const asked = total.get(nameOf(itemId, reference)) ?? 0n;
    if (arrived === 0n)
      findings.notice(line, 'reference', `waits for goods under ${reference}${near(itemId, reference)}`);
    else if (asked > arrived)
      findings.notice(
        line,
        'quantity',
        `${quantityText(asked as Quantity)} are billed under ${reference}, but ${quantityText(arrived as Quantity)} came: ${quantityText((asked - arrived) as Quantity)} wait for goods`,
      );
  }
}

const SHOWN = 3;

/** Says which names were probably meant; a bill takes none of them by itself, for it may be of goods that are still to come. */
async function nearNames(
  session: pg.ClientBase,
  lines: readonly BilledLine[],
): Promise<(itemId: number, reference: string) => string> {
  if (lines.length === 0) return () => '';
  const asked = new Map(
    lines.map(({ itemId, reference }) => [nameOf(itemId, reference), { itemId, word: reference }]),
  );
  const found = Map.groupBy(await namesLike(session, [...asked.values()]), ({ itemId, word }) =>
    nameOf(itemId, word),
  );
  return (itemId, reference) => {
    const names = (found.get(nameOf(itemId, reference)) ?? []).map(({ name }) => name);
    if (names.length === 0) return '';
    const more = names.length > SHOWN ? `, or one of ${names.length - SHOWN} more` : '';
    return `; did you mean ${names.slice(0, SHOWN).join(' or ')}${more}?`;
  };
}

async function billedBefore(
  session: pg.ClientBase,
  references: readonly string[],
  keys: readonly string[],
): Promise<Map<string, bigint>> {
  const { rows } = await session.query<{ item_id: number; reference: string; quantity: string }>(
    `select (l->>'itemId')::int as item_id, l->>'reference' as reference, trim_scale(sum((l->>'quantity')::numeric))::text as quantity
     from cost_document d cross join jsonb_array_elements(d.content->'lines') l
     where d.kind = 'bill' and d.key <> all ($2::uuid[]) and l->>'reference' = any ($1)
       and d.key in (select document_key from cost_document_item where reference = any ($1))
       and not exists (select from cost_document v where v.voids = d.key)
     group by 1, 2`,
    [references, keys],
  );
  return new Map(rows.map((row) => [nameOf(row.item_id, row.reference), quantityFrom(row.quantity)]));
}

export interface LandedLine {
  readonly receipt: string;
  readonly by?: string | undefined;
}

/** Notes on the lines of landed costs, one list per document. */
export async function noteLanded(
  session: pg.ClientBase,
  documents: readonly (readonly Line<LandedLine>[])[],
  findings: Findings,
): Promise<void> {
  const lines = documents.flat();
  if (lines.length === 0) return;
  const came = await cameUnder(
    session,
    lines.map(({ row }) => row.receipt),
  );
  const arrived = Map.groupBy(came, ({ reference }) => reference);
  for (const line of lines)
    if (!arrived.has(line.row.receipt))
      findings.notice(line, 'receipt', `waits for goods under ${line.row.receipt}`);
  const measured = await measuredItems(session);
  for (const document of documents) {
    const [first] = document;
    const by = first?.row.by;
    if (!first || (by !== 'weight' && by !== 'volume')) continue;
    const known = measured[by];
    const items = new Map(
      document
        .flatMap(({ row }) => arrived.get(row.receipt) ?? [])
        .map(({ itemId }) => [itemId, known.has(itemId)]),
    );
    const lacking = [...items.values()].filter((isKnown) => !isKnown).length;
    if (items.size === 0 ? known.size === 0 : lacking === items.size)
      findings.notice(
        first,
        'by',
        `no item of it has a ${by} so far: until one is imported (\`stockbridge import costing …\`) it is divided by quantity`,
      );
    else if (lacking > 0)
      findings.notice(
        first,
        'by',
        `${lacking} of its ${items.size} items ${lacking === 1 ? 'has' : 'have'} no ${by} and get nothing of it: import it (\`stockbridge import costing …\`)`,
      );
  }
}

async function measuredItems(
  session: pg.ClientBase,
): Promise<{ readonly weight: ReadonlySet<number>; readonly volume: ReadonlySet<number> }> {
  const { rows } = await session.query<{ id: number; weight: boolean; volume: boolean }>(
    'select item_id as id, coalesce(weight, 0) > 0 as weight, coalesce(volume, 0) > 0 as volume from item_costing',
  );
  const having = (what: 'weight' | 'volume'): Set<number> =>
    new Set(rows.filter((row) => row[what]).map(({ id }) => id));
  return { weight: having('weight'), volume: having('volume') };
}
