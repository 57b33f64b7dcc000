// Which account, class and department a line of a journal has. Account, class and department are settled each for itself:
// the most specific rule that gives one wins. A rule that names the role beats one that does not; between two that agree in
// that, the one that names the location; then the item group, the connection, the kind. Two rules that name the same things
// and both fit would be the same rule, and the configuration refuses those. Pure; it never takes an account for want of one.
import type { AccountRole, CostKind } from '../vocabulary/words.ts';
import type { Books, ChartRule } from './rules.ts';

/** What is known of one side of an entry. */
export interface ChartKey {
  readonly role: AccountRole;
  /** Code of the location: of the pool for stock, of the event for everything else; undefined for a pool over all locations. */
  readonly location?: string | undefined;
  readonly group?: string | undefined;
  readonly connection?: string | undefined;
  readonly kind: CostKind;
}

export interface ChartAnswer {
  /** Undefined: the role has no account. */
  readonly account: string | undefined;
  readonly class: string | undefined;
  readonly department: string | undefined;
}

/** By weight, heaviest first. */
const ORDER = ['role', 'location', 'group', 'connection', 'kind'] as const;

const weightOf = (rule: ChartRule): number =>
  ORDER.reduce((weight, name) => weight * 2 + (rule[name] === undefined ? 0 : 1), 0);

const fits = (rule: ChartRule, key: ChartKey): boolean =>
  ORDER.every((name) => rule[name] === undefined || rule[name] === key[name]);

/** Answers by key for one set of rules; the same key is looked up once. */
export function chartOf(books: Pick<Books, 'accounts' | 'rules'>): (key: ChartKey) => ChartAnswer {
  const rules = [...books.rules].sort((a, b) => weightOf(b) - weightOf(a));
  const known = new Map<string, ChartAnswer>();
  const found = (key: ChartKey): ChartAnswer => {
    const own = rules.filter((rule) => fits(rule, key));
    const first = (name: 'account' | 'class' | 'department') =>
      own.find((rule) => rule[name] !== undefined)?.[name] ?? undefined;
    return {
      account: first('account') ?? books.accounts[key.role],
      class: first('class'),
      department: first('department'),
    };
  };
  return (key) => {
    const name = JSON.stringify(ORDER.map((each) => key[each] ?? null));
    const answer = known.get(name) ?? found(key);
    known.set(name, answer);
    return answer;
  };
}
