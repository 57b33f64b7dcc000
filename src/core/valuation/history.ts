// Reads what the steps of one item follow from: its movements in a span of time, and everything that was said about the cost of
// its receipts, however far outside the span it was said.
import type { Bill } from '../costs/bills.ts';
import { billEntriesOf, billLinesOf } from '../costs/bills.ts';
import type { ContentOf, CostDocumentKind } from '../costs/document.ts';
import type { LandedCost, Measures } from '../costs/landed.ts';
import { type CostLocation, type EndOf, endsOf, type StockLine, stepIdOf } from '../costs/places.ts';
import { type Rates, ratesOf } from '../costs/rates.ts';
import { type ExpectedCost, type ReceiptCosts, receiptCostsOf } from '../costs/receipts.ts';
import { receivedOf } from '../costs/received.ts';
import { type CostAssertion, stepsOf } from '../costs/steps.ts';
import type { Transaction } from '../database.ts';
import { instantOfMicros } from '../vocabulary/instant.ts';
import type { Company, ItemRules } from './company.ts';
import { inOrder } from './order.ts';
import { productionOf } from './production-orders.ts';
import type { CostEntry, Step } from './step.ts';

/** A span of time in microseconds since 1970: from the first to before the second, or without end. */
export interface Span {
  readonly from: bigint;
  readonly before: bigint | undefined;
}

export interface ItemHistory {
  /** In the order they are valued in. */
  readonly steps: readonly Step[];
  /** What documents themselves book: bills, absorbed labour, what closed production orders leave. */
  readonly own: readonly CostEntry[];
  /** The connection that reported a step, by the step’s id. */
  readonly connectionOf: (stepId: string) => number | undefined;
}

/** Everything about one item that takes effect in a span. */
export async function historyOf(
  client: Transaction,
  company: Company,
  itemId: number,
  rules: ItemRules,
  span: Span,
  lines: readonly StoredLine[],
): Promise<ItemHistory> {
  const endOf = endsOf(await locationsOf(client), rules.byLocation);
  const rates = await ratesIn(client, company);
  const production = await productionOf(client, company, itemId, lines, endOf);
  const context = await contextOf(client, itemId, lines, production.references, endOf);
  const assertions = await assertionsOf(client, itemId);
  const expected = expectedIn(itemId, assertions);
  const { costs, bills } = await costsOf(client, itemId, span, lines, context, endOf, rates, expected);
  const known = [...context.filter((line) => line.itemId === itemId), ...lines];
  const within = (at: bigint): boolean => at >= span.from && (span.before === undefined || at < span.before);
  const steps = stepsOf({
    itemId,
    lines: known,
    endOf,
    costs,
    assertions,
    methods: rules.changes,
    rates,
    outputCost: (stepId) => production.values.get(stepId),
    plannedBy: production.plannedBy,
  }).filter((step) => within(step.at));
  const connections = new Map(lines.map((line) => [stepIdOf(line), line.connectionId]));
  return {
    steps: inOrder(steps, rules.policy, rules.timingAt),
    own: [
      ...billEntriesOf(billLinesOf(bills, rates).filter((line) => line.itemId === itemId)),
      ...production.entries,
    ].filter((entry) => within(entry.at)),
    connectionOf: (stepId) => connections.get(stepId),
  };
}

// ---- movements

export interface StoredLine extends StockLine {
  readonly itemId: number;
  readonly connectionId: number;
}

interface LineRow extends Omit<StoredLine, 'at' | 'sequence' | 'from' | 'to'> {
  readonly at: string;
  readonly batch: string;
  readonly position: number;
  readonly fromId: number;
  readonly fromState: StockLine['from']['state'];
  readonly toId: number;
  readonly toState: StockLine['to']['state'];
}

const LINE = `m.item_id as "itemId", m.connection_id as "connectionId", m.key, m.line, m.type::text as type,
  (extract(epoch from m.occurred_at) * 1000000)::bigint::text as at, m.batch_id::text as batch, m.position, m.document, m.reference,
  m.corrects, m.lot_id as "lotId", trim_scale(m.quantity)::text as quantity, m.from_location_id as "fromId",
  m.from_state::text as "fromState", m.to_location_id as "toId", m.to_state::text as "toState",
  trim_scale(m.unit_cost)::text as "unitCost", m.currency`;

/** Batches hold at most some thousands of lines, so that batch and position are one number that follows recording. */
const POSITIONS = 1_000_000n;

const lineOf = ({ batch, position, fromId, fromState, toId, toState, ...row }: LineRow): StoredLine => ({
  ...row,
  at: BigInt(row.at),
  sequence: BigInt(batch) * POSITIONS + BigInt(position),
  from: { locationId: fromId, state: fromState },
  to: { locationId: toId, state: toState },
});

/** The first `limit` movement lines of an item in a span, by time; never half of those of one instant. */
export async function linesIn(
  client: Transaction,
  itemId: number,
  span: Span,
  limit: number,
): Promise<{ readonly lines: readonly StoredLine[]; readonly isAll: boolean }> {
  const { rows } = await client.query<LineRow>(
    `select ${LINE} from movement m where m.item_id = $1 and m.occurred_at >= $2 and ($3::timestamptz is null or m.occurred_at < $3)
     order by m.occurred_at fetch first $4 rows with ties`,
    [
      itemId,
      instantOfMicros(span.from),
      span.before === undefined ? null : instantOfMicros(span.before),
      limit,
    ],
  );
  return { lines: rows.map(lineOf), isAll: rows.length < limit };
}

/**
 * Lines outside the span that those inside cannot be understood without: what they undo, other receipts that the same bills and
 * landed costs are for, and what was consumed for the same production orders.
 */
async function contextOf(
  client: Transaction,
  itemId: number,
  lines: readonly StoredLine[],
  production: ReadonlySet<string>,
  endOf: EndOf,
): Promise<StoredLine[]> {
  const inside = new Set(lines.map(stepIdOf));
  const undone = [...new Set(lines.flatMap((line) => line.corrects ?? []))];
  // Only what comes from suppliers or goes back to them has a bill.
  const isSupplier = ({ locationId }: StockLine['from']): boolean => endOf(locationId).is === 'supplier';
  const supplied = lines.some(({ from, to }) => isSupplier(from) || isSupplier(to));
  const references = supplied ? await relatedReferences(client, itemId, lines) : [];
  if (undone.length === 0 && references.length === 0 && production.size === 0) return [];
  const { rows } = await client.query<LineRow>(
    `select ${LINE} from movement m where m.key = any($1::uuid[]) and m.item_id = $2
     union
     select ${LINE} from cost_reference r join movement m on m.key = r.step_key and m.line = r.step_line
     where r.reference = any($3::text[]) and r.kind in ('received', 'sent_back')
     union
     select ${LINE} from cost_reference r join movement m on m.key = r.step_key and m.line = r.step_line
     where r.reference = any($4::text[]) and r.kind = 'consumed' and r.item_id = $2
       and not exists (
         -- takes an output back: nothing was used up
         select from movement o join location l on l.id = o.from_location_id
         where o.key = m.corrects and o.item_id = m.item_id and l.kind = 'production')`,
    [undone, itemId, references, [...production]],
  );
  return rows.map(lineOf).filter((line) => !inside.has(stepIdOf(line)));
}

/**
 * The references that the receipts of an item share bills or landed costs with, its own included, until no document adds one.
 * A receipt that no document names has none: it costs what was agreed or expected, whatever else came.
 */
async function relatedReferences(
  client: Transaction,
  itemId: number,
  lines: readonly StoredLine[],
): Promise<string[]> {
  const { rows: own } = await client.query<{ reference: string }>(
    `select distinct r.reference from unnest($1::text[]) as r(reference)
     where exists (select from cost_reference c where c.reference = r.reference and c.item_id = $2 and c.kind in ('received', 'sent_back'))`,
    [
      [
        ...new Set(
          lines.flatMap((line) => [line.document, ...(line.reference === null ? [] : [line.reference])]),
        ),
      ],
      itemId,
    ],
  );
  let known = new Set(own.map((row) => row.reference));
  for (;;) {
    const { rows } = await client.query<{ reference: string }>(
      `with named as (
         select distinct i.document_key from cost_document_item i join cost_document d on d.key = i.document_key
         where i.reference = any($1::text[]) and d.kind in ('bill', 'landed_cost'))
       select distinct i.reference from cost_document_item i join named n on n.document_key = i.document_key where i.reference is not null
       union
       select distinct o.reference from cost_reference r join cost_reference o on o.step_key = r.step_key and o.step_line = r.step_line
       where r.reference = any($1::text[])`,
      [[...known]],
    );
    const grown = new Set([...known, ...rows.map((row) => row.reference)]);
    if (grown.size === known.size) return [...grown];
    known = grown;
  }
}

const locationsOf = async (client: Transaction): Promise<CostLocation[]> => {
  const { rows } = await client.query<CostLocation>('select id, kind::text, ownership::text from location');
  return rows;
};

// ---- costs

interface DocumentRow<Kind extends CostDocumentKind> {
  readonly key: string;
  readonly at: string;
  readonly sequence: string;
  readonly content: ContentOf<Kind>;
}

/** Documents of a kind that were not taken back. */
export async function documentsOf<Kind extends CostDocumentKind>(
  client: Transaction,
  kind: Kind,
  where: {
    readonly itemId?: number;
    readonly references?: readonly string[];
    readonly span?: Span;
    readonly keys?: readonly string[];
  } = {},
): Promise<
  (Omit<DocumentRow<Kind>, 'at' | 'sequence'> & { readonly at: bigint; readonly sequence: bigint })[]
> {
  const { rows } = await client.query<DocumentRow<Kind>>(
    `select d.key, (extract(epoch from d.effective_at) * 1000000)::bigint::text as at, d.sequence::text, d.content from cost_document d
     where d.kind = $1 and not exists (select from cost_document v where v.voids = d.key)
       and ($2::int is null or exists (select from cost_document_item i where i.document_key = d.key and i.item_id = $2))
       and ($3::text[] is null or d.key in (select i.document_key from cost_document_item i where i.reference = any($3)))
       and ($6::uuid[] is null or d.key = any($6))
       and ($4::timestamptz is null or d.effective_at >= $4) and ($5::timestamptz is null or d.effective_at < $5)
     order by d.effective_at, d.key`,
    [
      kind,
      where.itemId ?? null,
      where.references ?? null,
      where.span === undefined ? null : instantOfMicros(where.span.from),
      where.span?.before === undefined ? null : instantOfMicros(where.span.before),
      where.keys ?? null,
    ],
  );
  return rows.map((row) => ({ ...row, at: BigInt(row.at), sequence: BigInt(row.sequence) }));
}

/** All rates of exchange that were given. */
export async function ratesIn(client: Transaction, company: Company): Promise<Rates> {
  const rates = await documentsOf(client, 'exchange_rate');
  return ratesOf(
    company.currency,
    rates.map(({ at, content }) => ({ at, ...content })),
  );
}

async function costsOf(
  client: Transaction,
  itemId: number,
  span: Span,
  lines: readonly StoredLine[],
  context: readonly StoredLine[],
  endOf: EndOf,
  rates: Rates,
  expected: readonly ExpectedCost[],
): Promise<{ costs: ReceiptCosts; bills: readonly Bill[] }> {
  const all = Map.groupBy([...context, ...lines], (line) => line.itemId);
  const goods = [...all].map(([id, own]) => receivedOf(id, own, endOf));
  const others = [...all.keys()].filter((id) => id !== itemId);
  const references = [
    ...new Set(
      goods.flatMap(({ receipts, sentBack }) =>
        [...receipts, ...sentBack].flatMap((each) => each.references),
      ),
    ),
  ];
  const own = await documentsOf(client, 'bill', { itemId, span });
  const named = references.length === 0 ? [] : await documentsOf(client, 'bill', { references });
  const bills = [...new Map([...own, ...named].map((bill) => [bill.key, bill])).values()];
  const landed: LandedCost[] =
    references.length === 0 ? [] : await documentsOf(client, 'landed_cost', { references });
  const costs = receiptCostsOf({
    receipts: goods.flatMap(({ receipts }) => receipts),
    sentBack: goods.flatMap(({ sentBack }) => sentBack),
    bills: bills.filter(({ content }) => content.lines.some((line) => references.includes(line.reference))),
    landed,
    expected: others.length === 0 ? expected : [...expected, ...(await expectedOf(client, others))],
    measures: landed.length === 0 ? new Map() : await measuresOf(client, [...all.keys()]),
    rates,
  });
  return { costs, bills: own };
}

/** What items were expected to cost, in order of time. */
export async function expectedOf(client: Transaction, itemIds: readonly number[]): Promise<ExpectedCost[]> {
  const { rows } = await client.query<{ at: string; content: ContentOf<'expected_cost'> }>(
    `select (extract(epoch from d.effective_at) * 1000000)::bigint::text as at, d.content from cost_document d
     join cost_document_item i on i.document_key = d.key
     where d.kind = 'expected_cost' and i.item_id = any($1::int[]) and not exists (select from cost_document v where v.voids = d.key)
     order by d.effective_at, d.sequence`,
    [itemIds],
  );
  return rows.map(({ at, content }) => ({
    itemId: content.itemId,
    at: BigInt(at),
    unitCost: content.unitCost,
    ...(content.currency === undefined ? {} : { currency: content.currency }),
  }));
}

async function measuresOf(client: Transaction, itemIds: readonly number[]): Promise<Map<number, Measures>> {
  const { rows } = await client.query<{ item_id: number; weight: string | null; volume: string | null }>(
    'select item_id, trim_scale(weight)::text as weight, trim_scale(volume)::text as volume from item_costing where item_id = any($1::int[])',
    [itemIds],
  );
  return new Map(
    rows.map(({ item_id, weight, volume }) => [
      item_id,
      { ...(weight === null ? {} : { weight }), ...(volume === null ? {} : { volume }) },
    ]),
  );
}

/** Expected costs, revaluations and write-downs of the item, of all times: what was expected before the span holds in it. */
async function assertionsOf(client: Transaction, itemId: number): Promise<CostAssertion[]> {
  const { rows } = await client.query<{
    key: string;
    at: string;
    sequence: string;
    kind: CostAssertion['kind'];
    unitCost: string;
    currency: string | null;
  }>(
    `select d.key, (extract(epoch from d.effective_at) * 1000000)::bigint::text as at, d.sequence::text, d.kind::text,
            d.content->>case when d.kind = 'write_down' then 'netRealisable' else 'unitCost' end as "unitCost",
            case when d.kind = 'expected_cost' then d.content->>'currency' end as currency
     from cost_document d
     where d.key in (select i.document_key from cost_document_item i where i.item_id = $1)
       and d.kind in ('expected_cost', 'revaluation', 'write_down')
       and not exists (select from cost_document v where v.voids = d.key)
     order by d.effective_at, d.sequence`,
    [itemId],
  );
  return rows.map(({ at, sequence, currency, ...row }) => ({
    ...row,
    at: BigInt(at),
    sequence: BigInt(sequence),
    currency: currency ?? undefined,
  }));
}

/** What was expected of the item itself. */
const expectedIn = (itemId: number, assertions: readonly CostAssertion[]): ExpectedCost[] =>
  assertions.flatMap(({ kind, at, unitCost, currency }) =>
    kind === 'expected_cost'
      ? [{ itemId, at, unitCost, ...(currency === undefined ? {} : { currency }) }]
      : [],
  );
