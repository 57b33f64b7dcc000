// From amounts between two accounts to the lines of one journal: netted per account, class, department and kind, what comes
// to nothing left out, a negative sum on the other side. Pure; it balances because every amount is added on both sides.
import type { Money } from '../vocabulary/money.ts';
import { ACCOUNT_ROLES, type AccountRole, COST_KINDS, type CostKind } from '../vocabulary/words.ts';
import { lineText } from './wording.ts';

/** Where one side of an amount goes. */
export interface Target {
  readonly account: string;
  readonly class: string | undefined;
  readonly department: string | undefined;
  readonly role: AccountRole;
}

/** An amount from one account to another; below zero it goes the other way. */
export interface Pair {
  readonly debit: Target;
  readonly credit: Target;
  readonly amount: Money;
  readonly kind: CostKind;
  /** Lines of different sections are never netted and stand in their order, after those of none; the text replaces the usual description. */
  readonly section?: { readonly name: number; readonly text: (role: AccountRole) => string };
  /** The entry it is of, and what is counted for the description: the order or the document. */
  readonly entry?: string;
  readonly counted?: string;
}

export interface DraftLine extends Target {
  readonly line: number;
  readonly side: 'debit' | 'credit';
  readonly kind: CostKind;
  /** Above zero. */
  readonly amount: Money;
  readonly description: string;
  readonly parts: readonly { readonly entry: string; readonly amount: Money }[];
}

interface Sum {
  readonly target: Target;
  readonly pair: Pair;
  readonly roles: Set<AccountRole>;
  /** The last one is still added to: all amounts of one entry stand together. */
  readonly parts: { readonly entry: string; amount: bigint }[];
  readonly counted: Set<string>;
  /** Debit above zero. */
  net: bigint;
}

const accountKeys = new WeakMap<Target, string>();

function accountKey(target: Target): string {
  const known = accountKeys.get(target);
  if (known !== undefined) return known;
  const { account, class: own, department } = target;
  const key = JSON.stringify([account, own ?? null, department ?? null]);
  accountKeys.set(target, key);
  return key;
}

/** The line an amount’s side belongs to. */
const lineKey = (target: Target, pair: Pair): string =>
  `${pair.section?.name ?? ''} ${pair.kind} ${accountKey(target)}`;

/** True when both sides are the same line, so that the books see nothing of it. */
export const isUnseen = ({ amount, debit, credit }: Pair): boolean =>
  amount === 0n || accountKey(debit) === accountKey(credit);

/** The lines of a journal made of these amounts, those of one entry together; none when they cancel out. */
export function linesOf(pairs: readonly Pair[]): DraftLine[] {
  const sums = new Map<string, Sum>();
  for (const pair of pairs) {
    if (isUnseen(pair)) continue;
    add(sums, pair.debit, pair, pair.amount);
    add(sums, pair.credit, pair, -pair.amount);
  }
  return [...sums]
    .filter(([, { net }]) => net !== 0n)
    .sort(([aKey, a], [bKey, b]) => rankOf(a) - rankOf(b) || (aKey < bKey ? -1 : 1))
    .map(([, sum], index) => lineOf(sum, index + 1));
}

function add(sums: Map<string, Sum>, target: Target, pair: Pair, amount: bigint): void {
  const key = lineKey(target, pair);
  const sum = sums.get(key) ?? {
    target,
    pair,
    roles: new Set(),
    parts: [],
    counted: new Set(),
    net: 0n,
  };
  sums.set(key, sum);
  sum.net += amount;
  sum.roles.add(target.role);
  if (pair.counted !== undefined) sum.counted.add(pair.counted);
  if (pair.entry === undefined) return;
  const last = sum.parts.at(-1);
  if (last?.entry === pair.entry) last.amount += amount;
  else sum.parts.push({ entry: pair.entry, amount });
}

/** By section, then by kind, debits first. */
const rankOf = ({ pair, net }: Sum): number =>
  (Number(pair.section?.name ?? 0) * COST_KINDS.length + COST_KINDS.indexOf(pair.kind)) * 2 +
  (net > 0n ? 0 : 1);

function lineOf(sum: Sum, line: number): DraftLine {
  const { pair, net, target, roles } = sum;
  const sign = net > 0n ? 1n : -1n;
  // Several roles may share an account: the line goes by the first of them in the list of roles.
  const role = ACCOUNT_ROLES.find((each) => roles.has(each)) ?? target.role;
  return {
    ...target,
    role,
    line,
    side: net > 0n ? 'debit' : 'credit',
    kind: pair.kind,
    amount: (net * sign) as Money,
    description: pair.section?.text(role) ?? lineText(role, pair.kind, sum.counted.size),
    parts: sum.parts
      .filter(({ amount }) => amount !== 0n)
      .map(({ entry, amount }) => ({ entry, amount: (amount * sign) as Money })),
  };
}

/**
 * Cuts amounts into runs that make at most `linesMax` lines each. An amount keeps both its sides, so each run balances; amounts
 * between the same two accounts stay together, and those given together, such as all of one entry, are never parted.
 */
export function chunksOf(together: readonly (readonly Pair[])[], linesMax: number): Pair[][] {
  const alike = Map.groupBy(together, orderOf);
  const sorted = [...alike].sort(([a], [b]) => (a < b ? -1 : 1));
  const chunks: Pair[][] = [];
  let chunk: Pair[] = [];
  let keys = new Set<string>();
  for (const [, entries] of sorted) {
    // Those that are alike need the same lines, so they are never parted.
    const own = entries[0] === undefined ? [] : keysOf(entries[0]);
    const added = own.filter((key) => !keys.has(key)).length;
    if (chunk.length > 0 && keys.size + added > linesMax) {
      chunks.push(chunk);
      chunk = [];
      keys = new Set();
    }
    for (const pairs of entries) chunk.push(...pairs);
    for (const key of own) keys.add(key);
  }
  return chunk.length > 0 ? [...chunks, chunk] : chunks;
}

/** The lines that amounts need, as text that sorts; the same for entries that are alike. */
function orderOf(pairs: readonly Pair[]): string {
  const [pair, ...more] = pairs;
  if (pair === undefined || more.length > 0) return keysOf(pairs).join('\n');
  // Most entries are one amount, and a day has very many of them.
  if (isUnseen(pair)) return '';
  const debit = lineKey(pair.debit, pair);
  const credit = lineKey(pair.credit, pair);
  return debit < credit ? `${debit}\n${credit}` : `${credit}\n${debit}`;
}

/** The lines that amounts need, those left out that the books see nothing of. */
const keysOf = (pairs: readonly Pair[]): string[] => [
  ...new Set(
    pairs
      .filter((pair) => !isUnseen(pair))
      .flatMap((pair) => [lineKey(pair.debit, pair), lineKey(pair.credit, pair)])
      .sort(),
  ),
];
