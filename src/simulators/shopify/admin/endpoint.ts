// Executes one GraphQL request: parse, price, pay, answer. It knows no HTTP.
import {
  type ExecutionResult,
  execute,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  parse,
  validate,
} from 'graphql';
import { actualCost, type CostBucket, maximumQueryCost, requestedCost, type ThrottleStatus } from './cost.ts';
import { apiError } from './errors.ts';
import type { Context } from './schema.ts';

export type GraphqlRequest = {
  query: string;
  operationName: string | undefined;
  variables: Record<string, unknown>;
};

/** A request whose text is understood, with everything needed to price and run it. */
export type Prepared = {
  request: GraphqlRequest;
  operation: OperationDefinitionNode;
  document: ReturnType<typeof parse>;
  /** The operation's own name and its root fields: what a fault or a log entry can name it by. */
  names: string[];
  requestedCost: number;
};

export type CostReport = {
  requestedQueryCost: number;
  actualQueryCost: number | null;
  throttleStatus: ThrottleStatus;
};
export type Reply = ExecutionResult & { extensions?: { cost: CostReport } };

type Known = {
  document: ReturnType<typeof parse>;
  errors: readonly GraphQLError[];
  fragments: Map<string, FragmentDefinitionNode>;
};

const keptDocuments = 500;

export class Endpoint {
  readonly #schema: GraphQLSchema;
  readonly #bucket: CostBucket;
  readonly #documents = new Map<string, Known>();

  constructor(schema: GraphQLSchema, bucket: CostBucket) {
    this.#schema = schema;
    this.#bucket = bucket;
  }

  /** Understands and prices a request, or answers why it cannot be run; neither costs any points. */
  prepare(request: GraphqlRequest): Prepared | Reply {
    const known = this.#document(request.query);
    if (known.errors.length > 0) return { errors: known.errors };
    const operations = known.document.definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION);
    const operation = request.operationName
      ? operations.find((one) => one.name?.value === request.operationName)
      : operations.length === 1
        ? operations[0]
        : undefined;
    if (!operation) return { errors: [apiError('BAD_REQUEST', 'An operation name is required')] };
    const names = operation.selectionSet.selections.flatMap((one) =>
      one.kind === Kind.FIELD ? [one.name.value] : [],
    );
    if (operation.name) names.unshift(operation.name.value);
    const cost = requestedCost(this.#schema, operation, known.fragments, request.variables);
    if (cost > maximumQueryCost) {
      const message = `Query cost is ${cost}, which exceeds the single query max cost limit (${maximumQueryCost}).`;
      return { errors: [apiError('MAX_COST_EXCEEDED', message)] };
    }
    return { request, operation, document: known.document, names, requestedCost: cost };
  }

  /** Runs a prepared request if the bucket can pay the requested cost, and gives back what was not used. */
  async run(prepared: Prepared, contextValue: Context): Promise<Reply> {
    if (!this.#bucket.take(prepared.requestedCost)) return this.throttled(prepared);
    const { document, request, operation } = prepared;
    const result = await execute({
      schema: this.#schema,
      document,
      contextValue,
      variableValues: request.variables,
      operationName: operation.name?.value ?? null,
    });
    const actual = actualCost(result.data, operation.operation === 'mutation', prepared.requestedCost);
    this.#bucket.giveBack(prepared.requestedCost - actual);
    return { ...result, extensions: { cost: this.#report(prepared, actual) } };
  }

  /** The answer of a shop whose bucket cannot pay: HTTP 200 with an error inside. */
  throttled(prepared: Prepared): Reply {
    const report = this.#report(prepared, null);
    // Also when a full bucket was told to refuse, the status must not contradict the refusal.
    const currentlyAvailable = Math.min(
      report.throttleStatus.currentlyAvailable,
      Math.max(0, prepared.requestedCost - 1),
    );
    const throttleStatus = { ...report.throttleStatus, currentlyAvailable };
    return {
      errors: [apiError('THROTTLED', 'Throttled')],
      extensions: { cost: { ...report, throttleStatus } },
    };
  }

  #report(prepared: Prepared, actual: number | null): CostReport {
    return {
      requestedQueryCost: prepared.requestedCost,
      actualQueryCost: actual,
      throttleStatus: this.#bucket.status(),
    };
  }

  #document(query: string): Known {
    const known = this.#documents.get(query);
    if (known) return known;
    const made = this.#understand(query);
    if (this.#documents.size >= keptDocuments) this.#documents.clear();
    this.#documents.set(query, made);
    return made;
  }

  #understand(query: string): Known {
    const fragments = new Map<string, FragmentDefinitionNode>();
    try {
      const document = parse(query);
      for (const one of document.definitions)
        if (one.kind === Kind.FRAGMENT_DEFINITION) fragments.set(one.name.value, one);
      return { document, errors: validate(this.#schema, document), fragments };
    } catch (error) {
      const reason = error instanceof GraphQLError ? error : new GraphQLError(String(error));
      return { document: { kind: Kind.DOCUMENT, definitions: [] }, errors: [reason], fragments };
    }
  }
}

export const isPrepared = (value: Prepared | Reply): value is Prepared => 'requestedCost' in value;
