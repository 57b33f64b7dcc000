// Answers a query over the company's entities: which properties may be asked for, the default of active entries only, paging.

import { LosslessNumber } from 'lossless-json';
import type { ChangedEntity, Company } from '../books/company.ts';
import { QuickbooksFault } from './fault.ts';
import {
  type Condition,
  MOST_RESULTS,
  type Operator,
  type Query,
  queryOf,
  type Value,
} from './query-language.ts';
import { entitiesWire, type Wire } from './wire.ts';

const TIMES = ['Id', 'MetaData.CreateTime', 'MetaData.LastUpdatedTime'];
const NAMED = [...TIMES, 'Name', 'FullyQualifiedName', 'Active'];

/** Properties that conditions and orders may name. A journal entry's PrivateNote is not among them. */
const PROPERTIES: Partial<Record<ChangedEntity | 'CompanyInfo', readonly string[]>> = {
  Account: [
    ...NAMED,
    ...['AccountType', 'AccountSubType', 'Classification', 'SubAccount', 'CurrentBalance', 'AcctNum'],
  ],
  Class: NAMED,
  Department: NAMED,
  Customer: [...TIMES, 'DisplayName', 'Active'],
  Vendor: [...TIMES, 'DisplayName', 'Active'],
  Item: [...NAMED, 'Type'],
  Preferences: TIMES,
  CompanyInfo: TIMES,
  JournalEntry: [...TIMES, 'DocNumber', 'TxnDate'],
  Bill: [...TIMES, 'DocNumber', 'TxnDate', 'TotalAmt'],
  Purchase: [...TIMES, 'DocNumber', 'TxnDate', 'TotalAmt'],
};

const invalid = (detail: string): QuickbooksFault =>
  new QuickbooksFault('4001', `QueryValidationError: ${detail}`);

/** The content of `QueryResponse`. A page without rows is an empty object, not an empty list. */
export function queryResponse(company: Company, text: string): Wire {
  const query = queryOf(text);
  const entity = (Object.keys(PROPERTIES) as (keyof typeof PROPERTIES)[]).find(
    (name) => name.toLowerCase() === query.entity.toLowerCase(),
  );
  const properties = entity && PROPERTIES[entity];
  if (entity === undefined || properties === undefined)
    throw invalid(`${query.entity} is no entity that can be asked for here.`);
  for (const { property } of [...query.where, ...query.orderBy])
    if (!properties.includes(property)) throw invalid(`Property ${property} not found for Entity ${entity}`);
  if (query.maxResults > MOST_RESULTS) throw invalid(`maxresults is at most ${MOST_RESULTS}.`);
  const found = entitiesWire(company, entity).filter((wire) => isWanted(wire, query));
  if (query.select === 'count') return { totalCount: found.length };
  const page = ordered(found, query).slice(
    query.startPosition - 1,
    query.startPosition - 1 + query.maxResults,
  );
  if (page.length === 0) return {};
  const { select } = query;
  return {
    [entity]: select === '*' ? page : page.map((wire) => chosen(wire, select)),
    startPosition: query.startPosition,
    maxResults: page.length,
  };
}

function isWanted(wire: Wire, { where }: Query): boolean {
  const asksForActive = where.some(({ property }) => property === 'Active');
  // Entries made inactive are left out unless the query speaks of them.
  if (!asksForActive && wire.Active === false) return false;
  return where.every((condition) => holds(wire, condition));
}

function valueIn(wire: Wire, property: string): Value {
  let value: unknown = wire;
  for (const step of property.split('.')) value = (value as Wire | undefined)?.[step];
  if (value instanceof LosslessNumber) return value.toString();
  return typeof value === 'boolean' ? value : typeof value === 'string' ? value : '';
}

function holds(wire: Wire, { property, operator, values }: Condition): boolean {
  const actual = valueIn(wire, property);
  if (operator === 'LIKE') return values.some((value) => likeness(String(value)).test(String(actual)));
  return values.some((value) => MEANS[operator](compared(property, actual, value)));
}

/** What an operator asks of the order of the actual value and the given one. */
const MEANS: Record<Exclude<Operator, 'LIKE'>, (order: number) => boolean> = {
  '=': (order) => order === 0,
  IN: (order) => order === 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

const likeness = (pattern: string): RegExp =>
  new RegExp(`^${pattern.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('%', '.*')}$`, 'is');

const NUMERIC = new Set(['Id', 'CurrentBalance', 'TotalAmt']);

function compared(property: string, left: Value, right: Value): number {
  if (property.startsWith('MetaData.')) return Date.parse(String(left)) - momentOf(String(right));
  if (NUMERIC.has(property)) {
    const difference = Number(left) - Number(right);
    // Ids beyond a float's reach are compared as text of equal length.
    if (difference !== 0 || String(left) === String(right) || property !== 'Id') return difference;
  }
  return left === right ? 0 : String(left) < String(right) ? -1 : 1;
}

function momentOf(text: string): number {
  const moment = Date.parse(text);
  if (Number.isNaN(moment)) throw invalid(`${text} is no time.`);
  return moment;
}

/** By the order asked for, then by id; without one by id, whose direction in the real service is unverified. */
function ordered(wires: Wire[], { orderBy }: Query): Wire[] {
  const keys = [...orderBy, { property: 'Id', descending: false }];
  return wires.toSorted((left, right) => {
    for (const { property, descending } of keys) {
      const order = compared(property, valueIn(left, property), valueIn(right, property));
      if (order !== 0) return descending ? -order : order;
    }
    return 0;
  });
}

function chosen(wire: Wire, properties: readonly string[]): Wire {
  const heads = new Set(properties.map((property) => property.split('.')[0] ?? property));
  return Object.fromEntries(Object.entries(wire).filter(([name]) => heads.has(name)));
}
