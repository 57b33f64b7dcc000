// Drafts of journals from cost entries: by grain and currency, what happened on its day apart from corrections of other days.
// Pure: the same entries on the same standing make the same drafts, whatever order they come in. It never guesses an account:
// where one is missing, the whole day (or month) waits and the message names the movement.
import type { Money } from '../vocabulary/money.ts';
import type { AccountRole, CostKind } from '../vocabulary/words.ts';
import { type Day, monthEnd } from './calendar.ts';
import { chartOf } from './chart.ts';
import { closingPairs, type OpeningStock } from './closing.ts';
import { type Effect, effectOf, isCounted } from './effect.ts';
import { chunksOf, type DraftLine, isUnseen, linesOf, type Pair, type Target } from './lines.ts';
import type { Books } from './rules.ts';
import { stemOf, titleOf } from './wording.ts';

/** One side of an entry; `location` is the code of the pool’s location, for stock that is priced by location. */
export interface EntrySide {
  readonly role: AccountRole;
  readonly location?: string | undefined;
}

/** A cost entry that is in no approved journal. */
export interface BookableEntry {
  readonly id: string;
  readonly kind: CostKind;
  readonly debit: EntrySide;
  readonly credit: EntrySide;
  readonly amount: Money;
  /** Codes and names of where it happened, for the chart. */
  readonly location?: string | undefined;
  readonly group?: string | undefined;
  readonly connection?: string | undefined;
  /** The order it belongs to. */
  readonly reference?: string | undefined;
  /** Key of the movement or cost document. */
  readonly step: string;
  /** For people: `shipment 4711, item TEE-M`. */
  readonly source: string;
  /** The day it takes effect and the day it is booked on. */
  readonly day: Day;
  readonly postingDay: Day;
  /** Microseconds since 1970. */
  readonly recordedAt: bigint;
}

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
  readonly effect: Effect;
}

/** Names the activity of a period among what is booked. */
export const periodKey = (kind: 'activity' | 'closing', period: string, reference?: string | null): string =>
  JSON.stringify([kind, period, reference ?? null]);

const byNumber = (a: BookableEntry, b: BookableEntry): number =>
  a.id.length - b.id.length || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

/** What a draft is of, whatever it holds. */
export const draftKey = (draft: Pick<JournalDraft, 'kind' | 'date' | 'forDate' | 'reference'>): string =>
  JSON.stringify([draft.kind, draft.date, draft.forDate ?? null, draft.reference ?? null]);

/** Makes all drafts of a company. */
export function draftJournals(entries: readonly BookableEntry[], books: Books, standing: Standing): Drafting {
  const waiting: BookableEntry[] = [];
  const groups = new Map<string, Group>();
  for (const entry of [...entries].sort(byNumber)) {
    const member = {
      entry,
      effect: effectOf({ kind: entry.kind, debit: entry.debit.role, credit: entry.credit.role }, books),
    };
    const place = placeOf(member, books, standing);
    if (place === undefined) waiting.push(entry);
    else {
      const key = JSON.stringify([place.date, RANK[place.kind], place.forDate ?? '', place.reference ?? '']);
      const group = groups.get(key) ?? { ...place, members: [] };
      group.members.push(member);
      groups.set(key, group);
    }
  }
  const ordered = [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
  return { ...drafted(ordered, books, standing), waiting };
}

/** Order within a day: a closing comes last, because it takes the stock that all others leave. */
const RANK = { activity: 0, correction: 1, closing: 2 } as const;

/** Which journal an entry belongs in; undefined while its day or month is not over. */
function placeOf(
  { entry, effect }: Member,
  { journal }: Books,
  { today, includeRunning, booked }: Standing,
): Omit<Group, 'members'> | undefined {
  const isClosing = effect.when === 'closing';
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
  const targets = targetsOf(books);
  const stopped = stoppedOf(groups, books, targets);
  const halted = new Set(stopped.map(({ period }) => period));
  const stock = [...standing.stock];
  const made: Made[] = [];
  let unseen: string[] = [];
  for (const group of groups) {
    if (halted.has(haltKey(group, books))) continue;
    for (const pairs of pairsOf(group, books, targets, stock)) {
      const lines = linesOf(pairs);
      const ids = [...new Set(pairs.flatMap(({ entry }) => (entry === undefined ? [] : [entry])))];
      unseen = [...unseen, ...ids];
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

type Targets = (entry: BookableEntry, side: EntrySide) => Target | undefined;

function targetsOf(books: Books): Targets {
  const chart = chartOf(books);
  return (entry, side) => {
    const { account, ...labels } = chart({
      role: side.role,
      location: isStock(side.role) ? side.location : entry.location,
      group: entry.group,
      connection: entry.connection,
      kind: entry.kind,
    });
    return account === undefined ? undefined : { account, ...labels, role: side.role };
  };
}

const isStock = (role: AccountRole): boolean => isCounted(role) && role !== 'work_in_progress';

/** Both sides of an entry as its effect has them. */
const sidesOf = ({ entry, effect }: Member): readonly [EntrySide, EntrySide] => [
  { ...entry.debit, role: effect.debit },
  { ...entry.credit, role: effect.credit },
];

/** The day, or the month in whose closing it is: nothing of it is drafted while an account is missing. */
const haltKey = (group: Group, books: Books): string =>
  group.kind === 'closing' || books.journal.grain === 'month' ? group.date.slice(0, 7) : group.date;

function stoppedOf(groups: readonly Group[], books: Books, targets: Targets): Stopped[] {
  const found = new Map<string, { role: AccountRole; period: string; entries: BookableEntry[] }>();
  for (const group of groups)
    for (const member of group.members) {
      const { entry, effect } = member;
      if (effect.when === 'never' || entry.amount === 0n) continue;
      for (const side of sidesOf(member)) {
        if (targets(entry, side) !== undefined) continue;
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

/** The amounts of a group, cut into as many journals as their lines ask for. */
function pairsOf(
  group: Group,
  books: Books,
  targets: Targets,
  stock: readonly (OpeningStock & { readonly date: Day })[],
): Pair[][] {
  const nowhere: Target = { account: '', class: undefined, department: undefined, role: 'inventory' };
  const plain = group.members.map((member): Pair => {
    const { entry, effect } = member;
    const [debit, credit] = sidesOf(member);
    return {
      debit: targets(entry, debit) ?? nowhere,
      credit: targets(entry, credit) ?? nowhere,
      // The books hear of it from somebody else.
      amount: effect.when === 'never' ? (0n as Money) : entry.amount,
      kind: entry.kind,
      entry: entry.id,
      counted: entry.reference ?? entry.step,
    };
  });
  if (group.kind !== 'closing')
    return chunksOf(
      plain.map((pair) => [pair]),
      books.journal.linesMax,
    );
  const cost = (entry: BookableEntry) => targets(entry, { role: 'cost_of_goods_sold' }) ?? nowhere;
  const closing = group.members.map(({ entry }, index) => ({
    ...(plain[index] as Pair),
    entry: entry.id,
    counted: entry.reference ?? entry.step,
    cost: cost(entry),
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
