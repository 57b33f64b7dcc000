// What the books show that we did not do, kept so that a person can say that it is right: found once, and settled by itself when
// it is gone. It never changes a journal.
import type { Store } from '../inbox/store.ts';
import { BY_ITSELF, GONE, NAMED, SETTLED } from '../journals/findings.ts';
import { moneyText } from '../vocabulary/money.ts';
import type { AccountTie } from './compare.ts';
import type { Difference, DifferenceKind, Evidence } from './difference.ts';
import type { BooksStatement } from './statement.ts';

interface FindingRow {
  readonly id: string;
  readonly resolved_note: string | null;
  readonly resolved: boolean;
}

/**
 * Records what the accounts show, settles what they show no more, and answers them with the number of each finding and with
 * what was accepted.
 */
export async function keepFindings(
  store: Store,
  connectionId: number,
  ties: readonly AccountTie[],
  statement: BooksStatement,
  currency: string,
): Promise<readonly AccountTie[]> {
  const seen = new Map<string, { difference: Difference; accounts: Readonly<Record<string, string>> }>();
  for (const { account, differences } of ties)
    for (const difference of differences) {
      if (!difference.evidence) continue;
      const key = keyOf(difference.evidence);
      const known = seen.get(key);
      // An entry that was changed and moved besides is one finding: that it was changed says more.
      const tells = known && difference.kind !== difference.evidence.kind ? known.difference : difference;
      seen.set(key, {
        difference: tells,
        accounts: { ...known?.accounts, [account]: moneyText(difference.amount, currency) },
      });
    }
  const rows = new Map<string, FindingRow>();
  for (const [key, { difference, accounts }] of seen)
    rows.set(key, await record(store, connectionId, difference, { accounts, asOf: statement.asOf }));
  await settleGone(
    store,
    connectionId,
    [...rows.values()].map(({ id }) => id),
    statement,
  );
  return ties.map((tie) => withFindings(tie, rows));
}

const keyOf = ({ kind, externalId, version }: Evidence): string =>
  JSON.stringify([kind, externalId, version ?? '']);

async function record(
  store: Store,
  connectionId: number,
  { kind: difference, evidence, document, what }: Difference,
  seen: { readonly accounts: Readonly<Record<string, string>>; readonly asOf: string },
): Promise<FindingRow> {
  if (!evidence) throw new RangeError('a finding needs evidence');
  const { kind, externalId, version, journalId } = evidence;
  const { rows } = await store.query<FindingRow>(
    `insert into books_finding (connection_id, kind, external_id, external_version, journal_id, reason, content)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (connection_id, kind, external_id, coalesce(external_version, '')) do update set
       resolved_at = case when books_finding.resolved_note = $8 then null else books_finding.resolved_at end,
       resolved_note = nullif(books_finding.resolved_note, $8),
       reason = case when books_finding.resolved_note <> $8 then books_finding.reason else excluded.reason end,
       content = case when books_finding.resolved_note <> $8 then books_finding.content
         else books_finding.content || (excluded.content - 'asOf') end
     returning id::text, resolved_at is not null as resolved, resolved_note`,
    [
      ...[connectionId, kind, externalId, version, journalId, `${document} ${what}`.slice(0, 1000)],
      ...[{ ...seen, difference }, GONE],
    ],
  );
  const [row] = rows;
  if (!row) throw new RangeError('a finding was not recorded');
  return row;
}

/** Findings of journals that are read again as they were booked, and foreign ones that the books show no more. */
const settleGone = (
  store: Store,
  connectionId: number,
  seen: readonly string[],
  { asOf, entries }: BooksStatement,
) =>
  store.query(
    `update books_finding set resolved_at = clock_timestamp(), resolved_note = $3
     where connection_id = $1 and resolved_at is null and not id = any ($2::bigint[])
       and (kind = 'foreign' or kind = 'edited' and external_id = any ($4::text[])
         or kind = 'deleted' and exists (select from journal_delivery d where d.journal_id = books_finding.journal_id
           and (d.external_id = any ($4::text[]) or d.status <> 'posted')))
       and content ->> 'asOf' <= $5`,
    [connectionId, seen, GONE, [...entries.keys()], asOf],
  );

function withFindings(tie: AccountTie, rows: ReadonlyMap<string, FindingRow>): AccountTie {
  const differences = tie.differences.map((difference): Difference => {
    const row = difference.evidence && rows.get(keyOf(difference.evidence));
    if (!row) return difference;
    return {
      ...difference,
      finding: row.id,
      ...(row.resolved && { accepted: row.resolved_note ?? 'accepted' }),
    };
  });
  return { ...tie, differences };
}

export interface Finding {
  readonly id: string;
  readonly connection: string;
  /** What the tie-out calls it. */
  readonly kind: DifferenceKind;
  readonly reason: string;
  readonly seenAt: Date;
}

export interface AcceptedFinding {
  readonly id: string;
  readonly kind: DifferenceKind;
  readonly reason: string;
  /** Why it is right, and who said so. */
  readonly accepted: string;
}

/** What people accepted since the last close, and those of `ids` whenever it was. */
export async function acceptedFindings(
  store: Store,
  ids: readonly string[],
): Promise<readonly AcceptedFinding[]> {
  const { rows } = await store.query<AcceptedFinding>(
    `select id::text, ${NAMED} as kind, reason, resolved_note as accepted from books_finding f
     where not resolved_note = any ($2) and (id = any ($1::bigint[])
       or resolved_at > (select coalesce(max(closed_at), '-infinity') from period_closing where reopened_at is null))
     order by f.id`,
    [ids, BY_ITSELF],
  );
  return rows;
}

/** What went away since the last close because the books were put right or changed again; `accepted` says which. */
export async function settledFindings(store: Store): Promise<readonly AcceptedFinding[]> {
  const { rows } = await store.query<AcceptedFinding>(
    `select id::text, ${NAMED} as kind, reason, resolved_note as accepted from books_finding f
     where resolved_note = any ($1)
       and resolved_at > (select coalesce(max(closed_at), '-infinity') from period_closing where reopened_at is null)
     order by f.id`,
    [SETTLED],
  );
  return rows;
}

/** Findings that nobody has settled, oldest first. */
export async function openFindings(store: Store): Promise<readonly Finding[]> {
  const { rows } = await store.query<Finding>(
    `select f.id::text, c.name as connection, ${NAMED} as kind, f.reason, f.seen_at as "seenAt" from books_finding f
     join connection c on c.id = f.connection_id where f.resolved_at is null order by f.id`,
  );
  return rows;
}

/** Accepts a finding as it is, with the reason; answers its text, or undefined when none of that number is open. */
export async function acceptFinding(
  store: Store,
  id: string,
  note: string,
  by: string,
): Promise<string | undefined> {
  const { rows } = await store.query<{ reason: string }>(
    `update books_finding set resolved_at = clock_timestamp(), resolved_note = $2 where id::text = $1 and resolved_at is null
     returning reason`,
    [id, `${note} (${by})`],
  );
  return rows[0]?.reason;
}
