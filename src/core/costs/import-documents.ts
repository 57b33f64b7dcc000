// What all files of cost documents have in common: lines that belong together become one document, checked against what was said
// before, and recorded. A document is taken as a whole, or not at all.
import type pg from 'pg';
import type { z } from 'zod';
import type { Written } from '../catalog/kind.ts';
import { type ItemReference, itemsBySku, type References } from '../catalog/references.ts';
import type { Findings, Line } from '../catalog/report.ts';
import { dayAfter, startInstant, startOfDay } from '../journals/calendar.ts';
import { isDay } from '../vocabulary/facts.ts';
import { type Instant, instantFrom, instantOf, instantOfMicros } from '../vocabulary/instant.ts';
import { type CostDocument, costDocumentSchema, costKey, fingerprintOf, voidOf } from './document.ts';
import { recordCosts } from './store.ts';

/** The company, as far as files leave it out. */
export interface Company {
  /** Undefined: not set up, so every amount must name its currency. */
  readonly currency: string | undefined;
  readonly timeZone: string;
}

export async function companyOf(session: pg.ClientBase): Promise<Company> {
  const { rows } = await session.query<{ currency: string; timeZone: string }>(
    'select currency, time_zone as "timeZone" from books',
  );
  return rows[0] ?? { currency: undefined, timeZone: 'UTC' };
}

/** A document as a file says it, before its key is known. */
export type Draft =
  z.input<typeof costDocumentSchema> extends infer Input
    ? Input extends { key: string }
      ? Omit<Input, 'key'>
      : never
    : never;

export interface Drafted {
  readonly lines: readonly Line<unknown>[];
  /** What makes it this document and no other. */
  readonly identity: readonly string[];
  readonly draft: Draft;
  /** True: other content takes the place of what was said before. */
  readonly replaces?: boolean;
}

export interface ReadyDocument {
  readonly document: CostDocument;
  /** Lines of the file that say it. */
  readonly lines: number;
  /** What it takes the place of. */
  readonly voids: CostDocument | undefined;
}

/** Checks drafts and gives them their keys; what contradicts something said before is rejected with its lines (I4). */
export async function readyDocuments(
  session: pg.ClientBase,
  drafts: readonly Drafted[],
  findings: Findings,
): Promise<readonly ReadyDocument[]> {
  const standing = await standingOf(session, drafts);
  return drafts.flatMap((drafted, index): ReadyDocument[] => {
    const { lines, draft, identity, replaces = false } = drafted;
    const { revision, fingerprint } = standing[index] ?? { revision: 0, fingerprint: undefined };
    const result = costDocumentSchema.safeParse({ ...draft, key: costKey(draft.kind, identity, revision) });
    if (!result.success) {
      const problem = result.error.issues[0]?.message ?? 'cannot be read';
      for (const line of lines) findings.reject(line, '', problem, 'Correct the document as a whole.');
      return [];
    }
    const document = result.data;
    const isOther = fingerprint !== undefined && !fingerprint.equals(fingerprintOf(document));
    if (!isOther) return [{ document, lines: lines.length, voids: undefined }];
    if (!replaces) {
      const help = `Void ${document.document} first (key ${document.key}), or give this one a number of its own.`;
      for (const line of lines) findings.reject(line, '', 'was recorded with other content before', help);
      return [];
    }
    for (const line of lines)
      findings.notice(line, '', `${document.document} takes the place of what was said before`);
    const key = costKey(draft.kind, identity, revision + 1);
    return [{ document: { ...document, key }, lines: lines.length, voids: document }];
  });
}

interface Standing {
  readonly revision: number;
  readonly fingerprint: Buffer | undefined;
}

/** The revision of each document that stands, or that comes next; what was voided is said anew under another key. */
async function standingOf(session: pg.ClientBase, drafts: readonly Drafted[]): Promise<readonly Standing[]> {
  const standing: Standing[] = drafts.map(() => ({ revision: 0, fingerprint: undefined }));
  let open = drafts.map((_, index) => index);
  while (open.length > 0) {
    const keys = open.map((index) => {
      const drafted = drafts[index];
      return drafted ? costKey(drafted.draft.kind, drafted.identity, standing[index]?.revision ?? 0) : '';
    });
    const { rows } = await session.query<{ key: string; fingerprint: Buffer; voided: boolean }>(
      `select key::text, fingerprint, exists (select from cost_document v where v.voids = d.key) as voided
       from cost_document d where key = any($1::uuid[])`,
      [keys],
    );
    const known = new Map(rows.map((row) => [row.key, row]));
    open = open.filter((index, position) => {
      const found = known.get(keys[position] ?? '');
      const revision = standing[index]?.revision ?? 0;
      standing[index] = found?.voided
        ? { revision: revision + 1, fingerprint: undefined }
        : { revision, fingerprint: found?.fingerprint };
      return found?.voided ?? false;
    });
  }
  return standing;
}

/** Records them; a conflict that came up since the check undoes the whole import. */
export async function writeDocuments(
  session: pg.PoolClient,
  ready: readonly ReadyDocument[],
): Promise<Written> {
  const now = instantOf(Date.now());
  const documents = ready.flatMap(({ document, voids }) =>
    voids === undefined ? [document] : [voidOf(voids, now), document],
  );
  const outcomes = await recordCosts(session, documents);
  const recorded = new Set<string>();
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.outcome === 'conflict') throw new Error(outcome.reason);
    if (outcome.outcome === 'recorded') recorded.add(documents[index]?.key ?? '');
  }
  return {
    changed: ready.reduce((sum, each) => sum + (recorded.has(each.document.key) ? each.lines : 0), 0),
  };
}

/** Lines of one document, in file order; all of them are rejected when one is, or when they contradict each other. */
export function documentsOf<Row>(
  lines: readonly Line<Row>[],
  column: keyof Row & string,
  identityOf: (row: Row) => readonly string[],
  common: readonly (keyof Row & string)[],
  findings: Findings,
): readonly (readonly [Line<Row>, ...Line<Row>[]])[] {
  const broken = new Set(findings.rejectedCells.map((cells) => cells[column] ?? ''));
  const groups = [...Map.groupBy(lines, ({ row }) => JSON.stringify(identityOf(row))).values()];
  return groups.flatMap((group) => {
    const [first, ...rest] = group;
    if (!first) return [];
    for (const line of rest)
      for (const name of common)
        if (line.row[name] !== first.row[name])
          findings.reject(
            line,
            name,
            `is other than on line ${first.line}`,
            'All lines of a document say the same there.',
          );
    const isBroken = group.some((line) => findings.isRejected(line)) || broken.has(first.cells[column] ?? '');
    if (!isBroken) return [[first, ...rest]];
    for (const line of group)
      if (!findings.isRejected(line))
        findings.reject(
          line,
          column,
          'another line of this document is wrong',
          'It is taken as a whole, or not at all.',
        );
    return [];
  });
}

/** An item with a cost of its own: not a kit, for that costs what its components cost. */
export function costedItem(
  line: Line<unknown>,
  sku: string,
  known: References<ItemReference>,
  findings: Findings,
): ItemReference | undefined {
  const item = known.require(line, 'sku', sku, findings);
  if (!item?.isKit) return item;
  findings.reject(line, 'sku', 'is a kit', 'A kit costs what its components cost: name those.');
  return undefined;
}

export const itemsNamed = (
  session: pg.ClientBase,
  lines: readonly { readonly row: { readonly sku?: string | undefined } }[],
): Promise<References<ItemReference>> =>
  itemsBySku(
    session,
    lines.flatMap(({ row }) => (row.sku === undefined ? [] : [row.sku])),
  );

/** The currency of a document, or a finding when neither file nor company says one. */
export function currencyOf(
  line: Line<unknown>,
  given: string | undefined,
  company: Company,
  findings: Findings,
): string | undefined {
  const currency = given ?? company.currency;
  if (currency === undefined)
    findings.reject(
      line,
      'currency',
      'is empty',
      'Name the currency, or set `books.currency` in the configuration.',
    );
  return currency;
}

/** A day of the company as its first instant; an instant as it is. */
export const momentOf = (text: string, timeZone: string): Instant =>
  isDay(text) ? startInstant(text, timeZone) : instantFrom(text);

/** A day of the company as its last instant: a write-down judges what was left at the end of it. */
export const endOf = (text: string, timeZone: string): Instant =>
  isDay(text) ? instantOfMicros(startOfDay(dayAfter(text), timeZone) - 1n) : instantFrom(text);

/** For people: a day where the instant is the start of one. */
export const dayText = (text: string): string => text.slice(0, 10);
