// What a query costs and whether the shop's bucket can pay for it. The vendor keeps its formula to itself; this one
// reproduces every published pair of query and cost we know: scalars 0, objects 1, mutations 10, and a connection
// 2 + children * floor(2 * ln(max(2, page size))). See community.shopify.dev/t/24364 and /t/23101.
// Plain lists, nodes(ids:) among them, count as one row however long they are; for long id lists that is unverified.
import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

export type Variables = Readonly<Record<string, unknown>>;
export type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

/** A single query dearer than this is refused whatever the bucket holds. */
export const maximumQueryCost = 1000;

const mutationCost = 10;
/** Wrappers without an identity of their own are free. */
const freeFields = new Set(['pageInfo', 'edges']);

const pageMultiplier = (size: number): number =>
  size <= 0 ? 0 : Math.floor(2 * Math.log(Math.max(2, size)));

/** The cost asked for before the query runs: known from its text and variables alone. */
export function requestedCost(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  fragments: Fragments,
  variables: Variables,
): number {
  const root = schema.getRootType(operation.operation);
  if (!root) return 0;
  const context = { schema, fragments, variables: { ...defaultsOf(operation), ...variables } };
  // A mutation's price is flat: what it returns is included.
  if (operation.operation === 'mutation')
    return fieldsOf(context, operation.selectionSet, root).size * mutationCost;
  return selectionCost(context, operation.selectionSet, root);
}

type Context = { schema: GraphQLSchema; fragments: Fragments; variables: Variables };

function defaultsOf(operation: OperationDefinitionNode): Record<string, unknown> {
  const defaults: Record<string, unknown> = {};
  for (const { variable, defaultValue } of operation.variableDefinitions ?? []) {
    if (defaultValue?.kind === Kind.INT) defaults[variable.name.value] = Number(defaultValue.value);
  }
  return defaults;
}

/** Selections on an interface cost what the dearest concrete type costs. */
function selectionCost(context: Context, selections: SelectionSetNode, type: GraphQLCompositeType): number {
  if (isInterfaceType(type)) {
    const concrete = new Set(conditionsIn(context, selections));
    const costs = [...concrete].map((name) => {
      const candidate = context.schema.getType(name);
      return isObjectType(candidate) ? ownCost(context, selections, candidate) : 0;
    });
    return Math.max(0, ...costs);
  }
  return ownCost(context, selections, type);
}

function ownCost(context: Context, selections: SelectionSetNode, type: GraphQLCompositeType): number {
  let cost = 0;
  for (const fields of fieldsOf(context, selections, type).values()) cost += fieldCost(context, fields, type);
  return cost;
}

function fieldCost(context: Context, fields: FieldNode[], parent: GraphQLCompositeType): number {
  const first = fields[0];
  if (!first || !('getFields' in parent)) return 0;
  const definition = parent.getFields()[first.name.value];
  if (!definition) return 0;
  const type = getNamedType(definition.type);
  if (!isCompositeType(type)) return 0;
  const merged: SelectionSetNode = {
    kind: Kind.SELECTION_SET,
    selections: fields.flatMap((field) => field.selectionSet?.selections ?? []),
  };
  const children = selectionCost(context, merged, type);
  if (type.name.endsWith('Connection')) return 2 + children * pageMultiplier(sizeOf(context, first));
  if (first.name.value === 'pageInfo') return 0;
  return (freeFields.has(first.name.value) ? 0 : 1) + children;
}

function sizeOf(context: Context, field: FieldNode): number {
  for (const argument of field.arguments ?? []) {
    if (argument.name.value !== 'first' && argument.name.value !== 'last') continue;
    if (argument.value.kind === Kind.INT) return Number(argument.value.value);
    if (argument.value.kind === Kind.VARIABLE) {
      const value = context.variables[argument.value.name.value];
      if (typeof value === 'number') return value;
    }
  }
  return 1;
}

/** Fields selected on a type, fragments opened, grouped by the name they answer under. */
function fieldsOf(
  context: Context,
  selections: SelectionSetNode,
  type: GraphQLCompositeType,
): Map<string, FieldNode[]> {
  const grouped = new Map<string, FieldNode[]>();
  const collect = (set: SelectionSetNode): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        const key = selection.alias?.value ?? selection.name.value;
        grouped.set(key, [...(grouped.get(key) ?? []), selection]);
        continue;
      }
      const fragment =
        selection.kind === Kind.FRAGMENT_SPREAD ? context.fragments.get(selection.name.value) : selection;
      if (!fragment) continue;
      const condition = fragment.typeCondition?.name.value;
      if (condition === undefined || condition === type.name || condition === 'Node')
        collect(fragment.selectionSet);
    }
  };
  collect(selections);
  return grouped;
}

function conditionsIn(context: Context, selections: SelectionSetNode): string[] {
  return selections.selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return [];
    const fragment =
      selection.kind === Kind.FRAGMENT_SPREAD ? context.fragments.get(selection.name.value) : selection;
    if (!fragment) return [];
    const condition = fragment.typeCondition?.name.value;
    return [...(condition === undefined ? [] : [condition]), ...conditionsIn(context, fragment.selectionSet)];
  });
}

/**
 * What the answer really cost, never more than was asked for. The vendor derives it from the size of the response by
 * rules it may change; here the same formula is applied to what came back.
 */
export function actualCost(data: unknown, isMutation: boolean, requested: number): number {
  if (isMutation) return requested;
  if (typeof data !== 'object' || data === null) return 0;
  const cost = Object.values(data).reduce<number>((sum, value) => sum + valueCost(value), 0);
  return Math.min(requested, Math.max(1, cost));
}

function valueCost(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (Array.isArray(value))
    return value.reduce<number>((dearest, one) => Math.max(dearest, valueCost(one)), 0);
  const rows = 'nodes' in value ? value.nodes : 'edges' in value ? value.edges : undefined;
  if (Array.isArray(rows)) {
    const dearest = valueCost(rows) - ('nodes' in value ? 0 : rows.length > 0 ? 1 : 0);
    return 2 + dearest * pageMultiplier(rows.length);
  }
  let cost = 1;
  for (const [name, child] of Object.entries(value)) if (name !== 'pageInfo') cost += valueCost(child);
  return cost;
}

export type ThrottleStatus = { maximumAvailable: number; currentlyAvailable: number; restoreRate: number };

/** A bucket of points per app and shop: checked against the requested cost, refunded down to the actual one. */
export class CostBucket {
  readonly #maximum: number;
  readonly #restoreRate: number;
  readonly #now: () => number;
  #available: number;
  #restoredAt: number;

  constructor(maximum: number, restoreRatePerSecond: number, now: () => number) {
    this.#maximum = maximum;
    this.#restoreRate = restoreRatePerSecond;
    this.#now = now;
    this.#available = maximum;
    this.#restoredAt = now();
  }

  /** Takes the points, or takes nothing and answers false. */
  take(points: number): boolean {
    this.#restore();
    if (points > this.#available) return false;
    this.#available -= points;
    return true;
  }

  giveBack(points: number): void {
    this.#available = Math.min(this.#maximum, this.#available + points);
  }

  /** Another client of the same app spent this much. */
  drain(points: number): void {
    this.#restore();
    this.#available = Math.max(0, this.#available - points);
  }

  status(): ThrottleStatus {
    this.#restore();
    return {
      maximumAvailable: this.#maximum,
      currentlyAvailable: Math.floor(this.#available),
      restoreRate: this.#restoreRate,
    };
  }

  #restore(): void {
    const now = this.#now();
    this.#available = Math.min(
      this.#maximum,
      this.#available + ((now - this.#restoredAt) / 1000) * this.#restoreRate,
    );
    this.#restoredAt = now;
  }
}
