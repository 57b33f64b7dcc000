// The query language of the API, as far as the simulator reads it: select … from … where … and … orderby … startposition … maxresults.
// There is no `or` and no join in it. Reads only; what the words mean for an entity is decided elsewhere.

import { QuickbooksFault } from './fault.ts';

export const OPERATORS = ['=', '<=', '>=', '<', '>', 'LIKE', 'IN'] as const;
export type Operator = (typeof OPERATORS)[number];
export type Value = string | boolean;

export interface Condition {
  readonly property: string;
  readonly operator: Operator;
  readonly values: readonly Value[];
}

export interface Query {
  /** `*`, `count`, or the properties asked for. */
  readonly select: '*' | 'count' | readonly string[];
  readonly entity: string;
  readonly where: readonly Condition[];
  readonly orderBy: readonly { readonly property: string; readonly descending: boolean }[];
  /** From 1. */
  readonly startPosition: number;
  readonly maxResults: number;
}

export const MOST_RESULTS = 1000;
const DEFAULT_RESULTS = 100;
const TOKEN = /\s*(?:('(?:\\.|[^'\\])*')|(<=|>=|[=<>(),*])|([^\s=<>(),*']+))/gy;

interface Token {
  readonly text: string;
  readonly quoted: boolean;
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  const trimmed = text.trim();
  while (TOKEN.lastIndex < trimmed.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(trimmed);
    if (match === null) throw unreadable(`Lexical error at ${at}`);
    const [, quoted, sign, word] = match;
    tokens.push(
      quoted === undefined
        ? { text: sign ?? word ?? '', quoted: false }
        : { text: quoted.slice(1, -1).replaceAll(/\\(.)/g, '$1'), quoted: true },
    );
  }
  return tokens;
}

const unreadable = (detail: string): QuickbooksFault =>
  new QuickbooksFault('4000', `QueryParserError: ${detail}`);

/** Reads a query; throws 4000 for what is none. Keywords may be written in any case. */
export function queryOf(text: string): Query {
  const tokens = tokensOf(text);
  let at = 0;
  const isNext = (word: string): boolean => {
    const token = tokens[at];
    return token !== undefined && !token.quoted && token.text.toLowerCase() === word;
  };
  const taken = (word: string): boolean => {
    const found = isNext(word);
    if (found) at += 1;
    return found;
  };
  const next = (): Token => {
    const token = tokens[at];
    if (token === undefined) throw unreadable('Encountered "<EOF>"');
    at += 1;
    return token;
  };
  const expect = (word: string): void => {
    if (!taken(word)) throw unreadable(`Encountered "${tokens[at]?.text ?? '<EOF>'}" instead of "${word}"`);
  };
  const name = (): string => {
    const token = next();
    if (token.quoted || !/^[A-Za-z][\w.]*$/.test(token.text)) throw unreadable(`Encountered "${token.text}"`);
    return token.text;
  };
  const whole = (): number => {
    const { text: digits } = next();
    if (!/^\d+$/.test(digits)) throw unreadable(`Encountered "${digits}" instead of a number`);
    return Number(digits);
  };
  const value = (): Value => {
    const token = next();
    if (token.quoted) return token.text;
    if (/^(true|false)$/i.test(token.text)) return token.text.toLowerCase() === 'true';
    if (!/^-?\d+(\.\d+)?$/.test(token.text))
      throw unreadable(`Encountered "${token.text}" instead of a value`);
    return token.text;
  };
  const listOf = <Item>(item: () => Item): Item[] => {
    const items = [item()];
    while (taken(',')) items.push(item());
    return items;
  };
  const condition = (): Condition => {
    const property = name();
    const sign = next().text.toUpperCase();
    const operator = OPERATORS.find((each) => each === sign);
    if (operator === undefined) throw unreadable(`Encountered "${sign}" instead of an operator`);
    if (operator !== 'IN') return { property, operator, values: [value()] };
    expect('(');
    const values = listOf(value);
    expect(')');
    return { property, operator, values };
  };

  expect('select');
  const select = ((): Query['select'] => {
    if (taken('*')) return '*';
    if (!taken('count')) return listOf(name);
    expect('(');
    expect('*');
    expect(')');
    return 'count';
  })();
  expect('from');
  const entity = name();
  const where: Condition[] = [];
  if (taken('where')) {
    do where.push(condition());
    while (taken('and'));
  }
  let orderBy: Query['orderBy'] = [];
  const isOrdered = taken('orderby') || taken('order');
  if (isOrdered) {
    taken('by');
    orderBy = listOf(() => {
      const property = name();
      const descending = taken('desc');
      if (!descending) taken('asc');
      return { property, descending };
    });
  }
  const startPosition = taken('startposition') ? whole() : 1;
  const maxResults = taken('maxresults') ? whole() : DEFAULT_RESULTS;
  const rest = tokens[at];
  if (rest !== undefined) throw unreadable(`Encountered "${rest.text}"`);
  return { select, entity, where, orderBy, startPosition: Math.max(1, startPosition), maxResults };
}
