// Drafts of journals from cost entries: by grain and currency, what happened on its day apart from corrections of other days.
// Pure: the same entries on the same standing make the same drafts, whatever order they come in. It never guesses an account:
// where one is missing, the whole day (or month) waits and the message names the movement.
import { withoutLine } from '../vocabulary/facts.ts';
import type { Money } from '../vocabulary/money.ts';
import type { AccountRole } from '../vocabulary/words.ts';
import type { BookableEntry } from './bookable.ts';
import { type Day, monthEnd } from './calendar.ts';
import { chartOf } from './chart.ts';
import { closingPairs, type OpeningStock } from './closing.ts';
import { isCounted } from './effect.ts';
import { chunksOf, type DraftLine, isUnseen, linesOf, type Pair, type Target } from './lines.ts';
import type { Books } from './rules.ts';
import { type Treatment, treatmentOf } from './treatment.ts';
import { stemOf, titleOf } from './wording.ts';

export type { BookableEntry } from './bookable.ts';

/** What is booked already, as far as drafts depend on it. */
export interface Standing {
  /** The running day; nothing of it is drafted unless `includeRunning`. */
  readonly today: Day;
  readonly includeRunning?: boolean;
  /** When the activity of a period was drafted that was over by then and is approved now, by `periodKey`, in microseconds. */
  readonly booked: ReadonlyMap<string, bigint>;
  /** Highest number in use per stem. */
  readonly taken: ReadonlyMap<string, number>;
  /** The numbers that drafts had until now, by `draftKey`, in their order: what people look at stays what it was called. */
  readonly drafted?: ReadonlyMap<string, readonly string[]>;
  /** Stock in approved journals, debit above zero; for closing journals. */
  readonly stock: readonly (OpeningStock & { readonly date: Day })[];
}

export interface JournalDraft {
  readonly number: string;
  readonly kind: 'activity' | 'correction' | 'closing';
  readonly date: Day;
  readonly forDate: Day | undefined;
  readonly reference: string | undefined;
  readonly currency: string;
  readonly title: string;
  readonly lines: readonly DraftLine[];
  /** All entries it settles, those that the books see nothing of among them. */
  readonly entries: readonly string[];
}

/** A day or month that waits for an account. */
export interface Stopped {
  readonly period: string;
  readonly role: AccountRole;
  readonly entries: readonly string[];
  readonly reason: string;
}

export interface Drafting {
  readonly journals: readonly JournalDraft[];
  readonly stopped: readonly Stopped[];
  /** Entries of a day or month that is not over. */
  readonly waiting: readonly BookableEntry[];
}

interface Group {
  readonly kind: JournalDraft['kind'];
  readonly date: Day;
  /** The day or month it is of. */
  readonly period: string;
  readonly forDate: Day | undefined;
  readonly reference: string | undefined;
  readonly members: Member[];
}

interface Member {
  readonly entry: BookableEntry;
  readonly treatment: Treatment;
}

/** Names the activity of a period among what is booked. */
export const periodKey = (kind: 'activity' | 'closing', period: string, reference?: string | null): string =>
  `${kind} ${period} ${reference ?? ''}`;

const byNumber = (a: BookableEntry, b: BookableEntry): number =>
  a.id.length - b.id.length || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

/** What a draft is of, whatever it holds. */
export const draftKey = (draft: Pick<JournalDraft, 'kind' | 'date' | 'forDate' | 'reference'>): string =>
  JSON.stringify([draft.kind, draft.date, draft.forDate ?? null, draft.reference ?? null]);

/** Makes all drafts of a company. */
export function draftJournals(entries: readonly BookableEntry[], books: Books, standing: Standing): Drafting {
  const waiting: BookableEntry[] = [];
  const groups = new Map<string, Group>();
  const treat = treatmentOf(books);
  for (const entry of [...entries].sort(byNumber)) {
    const member = { entry, treatment: treat(entry) };
    const place = placeOf(member, books, standing);
    if (place === undefined) waiting.push(entry);
    else {
      const key = `${place.date} ${RANK[place.kind]} ${place.forDate ?? ''} ${place.reference ?? ''}`;
      const group = groups.get(key);
      if (group) group.members.push(member);
      else groups.set(key, { ...place, members: [member] });
    }
  }
  const ordered = [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
  return { ...drafted(ordered, books, standing), waiting };
}

/** Order within a day: a closing comes last, because it takes the stock that all others leave. */
const RANK = { activity: 0, correction: 1, closing: 2 } as const;

/** Which journal an entry belongs in; undefined while its day or month is not over. */
function placeOf(
  { entry, treatment }: Member,
  { journal }: Books,
  { today, includeRunning, booked }: Standing,
): Omit<Group, 'members'> | undefined {
  const isClosing = treatment.when === 'closing';
  const byMonth = isClosing || journal.grain === 'month';
  const periodOf = (day: Day) => (byMonth ? day.slice(0, 7) : day);
  const lastOf = (day: Day) => (byMonth ? monthEnd(day) : day);
  const end = lastOf(entry.postingDay);
  if (entry.postingDay > today || (end >= today && !includeRunning)) return undefined;
  const date = end > today ? today : end;
  const own = periodOf(entry.day);
  const reference = journal.grain === 'order' && !isClosing ? entry.reference : undefined;
  const activity = isClosing ? 'closing' : 'activity';
  const before = booked.get(periodKey(activity, own, reference));
  const isLate = own !== periodOf(entry.postingDay) || (before !== undefined && entry.recordedAt > before);
  return isLate
    ? { kind: 'correction', date, period: own, forDate: lastOf(entry.day), reference }
    : { kind: activity, date, period: own, forDate: undefined, reference };
}

function drafted(groups: readonly Group[], books: Books, standing: Standing): Omit<Drafting, 'waiting'> {
  const stopped = stoppedOf(groups, books);
  const halted = new Set(stopped.map(({ period }) => period));
  const stock = [...standing.stock];
  const made: Made[] = [];
  let unseen: string[] = [];
  for (const group of groups) {
    if (halted.has(haltKey(group, books))) continue;
    for (const pairs of pairsOf(group, books, stock)) {
      const lines = linesOf(pairs);
      for (const id of new Set(pairs.map(({ entry }) => entry))) if (id !== undefined) unseen.push(id);
      if (lines.length === 0) continue;
      // What the books see nothing of rides along, so that a later change of the chart does not bring it up again.
      made.push({ group, lines, entries: unseen });
      unseen = [];
      for (const line of lines)
        if (isCounted(line.role))
          stock.push({
            target: line,
            date: group.date,
            amount: (line.side === 'debit' ? line.amount : -line.amount) as Money,
          });
    }
  }
  const numberOf = numbering(made, standing);
  return { journals: made.map((each) => journalOf(each, books.currency, numberOf(each))), stopped };
}

interface Made {
  readonly group: Group;
  readonly lines: readonly DraftLine[];
  readonly entries: readonly string[];
}

function journalOf(
  { group, lines, entries }: Made,
  currency: string,
  { number, ordinal }: Numbered,
): JournalDraft {
  const { kind, date, forDate, reference, period } = group;
  return {
    number,
    kind,
    date,
    forDate,
    reference,
    currency,
    title: titleOf({ kind, period, ordinal, reference }),
    lines,
    entries,
  };
}

interface Numbered {
  readonly number: string;
  readonly ordinal: number;
}

/** Gives each journal the number it had, and a new one the next that nobody has. */
function numbering(made: readonly Made[], { taken, drafted: earlier }: Standing): (made: Made) => Numbered {
  const kept = new Map<Made, string>();
  for (const [key, journals] of Map.groupBy(made, ({ group }) => draftKey(group)))
    for (const [index, number] of (earlier?.get(key) ?? []).entries()) {
      const journal = journals[index];
      if (journal) kept.set(journal, number);
    }
  const used = new Set(kept.values());
  const last = new Map(taken);
  return (journal) => {
    const { kind, period, date, forDate } = journal.group;
    const own = kept.get(journal);
    if (own !== undefined) return { number: own, ordinal: Number(own.slice(own.lastIndexOf('-') + 1)) };
    const stem = stemOf(kind, kind === 'closing' ? period : (forDate ?? date));
    let ordinal = last.get(stem) ?? 0;
    do ordinal += 1;
    while (used.has(`${stem}-${ordinal}`));
    last.set(stem, ordinal);
    return { number: `${stem}-${ordinal}`, ordinal };
  };
}

/** The day, or the month in whose closing it is: nothing of it is drafted while an account is missing. */
const haltKey = (group: Group, books: Books): string =>
  group.kind === 'closing' || books.journal.grain === 'month' ? group.date.slice(0, 7) : group.date;

function stoppedOf(groups: readonly Group[], books: Books): Stopped[] {
  const found = new Map<string, { role: AccountRole; period: string; entries: BookableEntry[] }>();
  for (const group of groups)
    for (const { entry, treatment } of group.members) {
      if (treatment.when === 'never' || entry.amount === 0n) continue;
      for (const side of [treatment.debit, treatment.credit]) {
        if (side.target !== undefined) continue;
        const period = haltKey(group, books);
        const key = JSON.stringify([period, side.role]);
        const stop = found.get(key) ?? { role: side.role, period, entries: [] };
        stop.entries.push(entry);
        found.set(key, stop);
      }
    }
  return [...found.values()].map(({ role, period, entries }) => ({
    period,
    role,
    entries: entries.map(({ id }) => id),
    reason: `${period} is not drafted: ${entries[0]?.source}${entries.length > 1 ? ` and ${entries.length - 1} more` : ''} need${entries.length > 1 ? '' : 's'} an account for ${role}; set books.accounts.${role}`,
  }));
}

/** For amounts that the books see nothing of. */
const NOWHERE: Target = { account: '', class: undefined, department: undefined, role: 'inventory' };

/** What people count: orders where goods were sold, else documents; never their lines. */
const countedOf = ({ kind, reference, document }: BookableEntry): string =>
  (kind === 'sale' ? reference : undefined) ?? withoutLine(document);

/** The amounts of a group, cut into as many journals as their lines ask for. */
function pairsOf(
  group: Group,
  books: Books,
  stock: readonly (OpeningStock & { readonly date: Day })[],
): Pair[][] {
  const plain = group.members.map(
    ({ entry, treatment }): Pair => ({
      debit: treatment.debit.target ?? NOWHERE,
      credit: treatment.credit.target ?? NOWHERE,
      // The books hear of it from somebody else.
      amount: treatment.when === 'never' ? (0n as Money) : entry.amount,
      kind: entry.kind,
      entry: entry.id,
      counted: countedOf(entry),
    }),
  );
  if (group.kind !== 'closing')
    return chunksOf(
      plain.map((pair) => [pair]),
      books.journal.linesMax,
    );
  const closing = group.members.map(({ entry, treatment }, index) => ({
    ...(plain[index] as Pair),
    entry: entry.id,
    counted: countedOf(entry),
    cost: treatment.cost ?? NOWHERE,
  }));
  if (plain.every(isUnseen)) return [plain];
  const common = chartOf(books)({ role: 'cost_of_goods_sold', kind: 'opening' });
  return chunksOf(
    closingPairs(group.period, closing, openingOf(stock, group.date), {
      ...common,
      account: common.account ?? '',
      role: 'cost_of_goods_sold',
    }),
    books.journal.linesMax,
  );
}

/** What is booked as stock at the end of the month before anything of its closing. */
function openingOf(stock: readonly (OpeningStock & { readonly date: Day })[], date: Day): OpeningStock[] {
  const sums = new Map<string, OpeningStock>();
  for (const { target, amount, date: own } of stock) {
    if (own > date) continue;
    const key = JSON.stringify([target.account, target.class ?? null, target.department ?? null]);
    sums.set(key, { target, amount: ((sums.get(key)?.amount ?? 0n) + amount) as Money });
  }
  return [...sums.values()].filter(({ amount }) => amount !== 0n);
}
