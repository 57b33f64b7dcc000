// What system and chart make of an entry: when it is booked, and where both its sides go. Pure. Entries that are alike get the
// very same answer, since a day has many of them and few kinds; it never takes an account for want of one.
import type { Charted, EntrySide } from './bookable.ts';
import { chartOf } from './chart.ts';
import { type Effect, effectOf, isCounted } from './effect.ts';
import type { Target } from './lines.ts';
import type { Books } from './rules.ts';

export interface TreatedSide {
  readonly role: Target['role'];
  /** Undefined: the role has no account. */
  readonly target: Target | undefined;
}

export interface Treatment {
  readonly when: Effect['when'];
  readonly debit: TreatedSide;
  readonly credit: TreatedSide;
  /** Where the cost of goods sold of its place goes. */
  readonly cost: Target | undefined;
}

/** Answers for one set of rules; entries that are alike are looked up once. */
export function treatmentOf(books: Books): (entry: Charted) => Treatment {
  const targets = targetsOf(books);
  const known = new Map<string, Treatment>();
  return (entry) => {
    const key = keyOf(entry);
    const treatment = known.get(key) ?? treated(entry, books, targets);
    known.set(key, treatment);
    return treatment;
  };
}

// Neither codes nor names hold a line feed.
const keyOf = ({ kind, debit, credit, location, group, connection }: Charted): string =>
  `${kind}\n${debit.role}\n${debit.location ?? ''}\n${credit.role}\n${credit.location ?? ''}\n${location ?? ''}\n${group ?? ''}\n${connection ?? ''}`;

type Targets = (entry: Charted, side: EntrySide) => Target | undefined;

function treated(entry: Charted, books: Books, targets: Targets): Treatment {
  const effect = effectOf({ kind: entry.kind, debit: entry.debit.role, credit: entry.credit.role }, books);
  const sided = (side: EntrySide): TreatedSide => ({ role: side.role, target: targets(entry, side) });
  return {
    when: effect.when,
    debit: sided({ ...entry.debit, role: effect.debit }),
    credit: sided({ ...entry.credit, role: effect.credit }),
    cost: targets(entry, { role: 'cost_of_goods_sold' }),
  };
}

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

const isStock = (role: Target['role']): boolean => isCounted(role) && role !== 'work_in_progress';
