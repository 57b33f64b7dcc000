// Bulk reads: runs an inner query without pages, a little later, and keeps the answer as JSON lines.
// A child line names its parent in __parentId and may stand far from it.
import { execute, type GraphQLSchema, parse, validate } from 'graphql';
import { graphqlTime } from '../shop/clock.ts';
import type { Shop } from '../shop/shop.ts';

export type BulkOperation = {
  kind: 'BulkOperation';
  id: string;
  status: 'CREATED' | 'RUNNING' | 'COMPLETED' | 'FAILED';
  errorCode: string | null;
  createdAt: string;
  completedAt: string | null;
  objectCount: string;
  rootObjectCount: string;
  fileSize: string | null;
  url: string | null;
  partialDataUrl: string | null;
};

type BulkAnswer = {
  bulkOperation: BulkOperation | null;
  userErrors: { code: string; field: string[] | null; message: string }[];
};

const maxRunning = 5;

export class BulkOperations {
  readonly #operations = new Map<string, BulkOperation>();
  readonly #files = new Map<string, string>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #shop: Shop;
  readonly #schema: GraphQLSchema;
  readonly #delayMs: number;
  readonly #context: () => object;
  readonly #urlOf: (id: string) => string;

  constructor(options: {
    shop: Shop;
    schema: GraphQLSchema;
    delayMs: number;
    context: () => object;
    urlOf: (id: string) => string;
  }) {
    this.#shop = options.shop;
    this.#schema = options.schema;
    this.#delayMs = options.delayMs;
    this.#context = options.context;
    this.#urlOf = options.urlOf;
  }

  get(id: string): BulkOperation | undefined {
    return this.#operations.get(id);
  }

  /** The JSON lines of a finished run, by the digits of its id. */
  file(digits: string): string | undefined {
    return this.#files.get(digits);
  }

  run(query: string): BulkAnswer {
    const problem = this.#problem(query);
    if (problem)
      return { bulkOperation: null, userErrors: [{ code: 'INVALID', field: ['query'], message: problem }] };
    const running = [...this.#operations.values()].filter((one) => one.completedAt === null);
    if (running.length >= maxRunning) {
      return {
        bulkOperation: null,
        userErrors: [
          { code: 'LIMIT_REACHED', field: null, message: `${maxRunning} bulk operations are running` },
        ],
      };
    }
    const { id, digits } = this.#shop.newId('BulkOperation');
    const startedAt = this.#shop.now();
    const operation: BulkOperation = {
      kind: 'BulkOperation',
      id,
      status: 'CREATED',
      errorCode: null,
      createdAt: graphqlTime(startedAt),
      completedAt: null,
      objectCount: '0',
      rootObjectCount: '0',
      fileSize: null,
      url: null,
      partialDataUrl: null,
    };
    this.#operations.set(id, operation);
    this.#later(() => {
      operation.status = 'RUNNING';
      this.#later(() => this.#finish(operation, digits, query, startedAt));
    });
    // The answer shows the operation as it was created, whatever becomes of it before the answer is read.
    return { bulkOperation: { ...operation }, userErrors: [] };
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #later(act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, this.#delayMs / 2);
    this.#timers.add(timer);
  }

  #problem(query: string): string | undefined {
    try {
      const document = parse(query);
      const errors = validate(this.#schema, document);
      if (errors[0]) return errors[0].message;
      const definition = document.definitions[0];
      const roots = definition?.kind === 'OperationDefinition' ? definition.selectionSet.selections : [];
      if (roots.length !== 1) return 'Bulk queries have exactly one top-level field';
      const root = roots[0]?.kind === 'Field' ? roots[0].name.value : '';
      return root === 'node' || root === 'nodes' ? `Bulk queries cannot start at ${root}` : undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  #finish(operation: BulkOperation, digits: string, query: string, startedAt: number): void {
    const contextValue = { ...this.#context(), limits: { unbounded: true } };
    const result = execute({ schema: this.#schema, document: parse(query), contextValue });
    if (result instanceof Promise) throw new Error('a bulk query reads and cannot wait');
    const lines: Record<string, unknown>[] = [];
    for (const root of Object.values(result.data ?? {})) flatten(root, undefined, lines);
    const completedAt = this.#shop.now();
    operation.completedAt = graphqlTime(completedAt);
    if (result.errors) {
      operation.status = 'FAILED';
      operation.errorCode = 'INTERNAL_SERVER_ERROR';
    } else {
      const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
      operation.status = 'COMPLETED';
      operation.objectCount = String(lines.length);
      operation.rootObjectCount = String(lines.filter((line) => !('__parentId' in line)).length);
      operation.fileSize = String(Buffer.byteLength(text));
      // An empty result has no file.
      operation.url = lines.length === 0 ? null : this.#urlOf(digits);
      this.#files.set(digits, text);
    }
    const { id, status, errorCode } = operation;
    this.#shop.emit({
      topic: 'bulk_operations/finish',
      bulk: { id, createdAt: startedAt, completedAt, status, errorCode },
    });
  }
}

/** Turns nested connections into lines; the children of a line come after all its scalar content. */
function flatten(connection: unknown, parentId: string | undefined, lines: Record<string, unknown>[]): void {
  for (const row of rowsOf(connection) ?? []) {
    const line: Record<string, unknown> = {};
    const nested: unknown[] = [];
    for (const [name, value] of Object.entries(row)) {
      if (rowsOf(value)) nested.push(value);
      else line[name] = detach(value, nested);
    }
    if (parentId !== undefined) line.__parentId = parentId;
    lines.push(line);
    const id = typeof line.id === 'string' ? line.id : parentId;
    for (const child of nested) flatten(child, id, lines);
  }
}

/** Takes connections out of nested objects: they become lines of their own. */
function detach(value: unknown, nested: unknown[]): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const kept: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value)) {
    if (rowsOf(inner)) nested.push(inner);
    else kept[name] = detach(inner, nested);
  }
  return kept;
}

function rowsOf(value: unknown): object[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if ('edges' in value && Array.isArray(value.edges))
    return value.edges.map((edge: { node: object }) => edge.node);
  if ('nodes' in value && Array.isArray(value.nodes)) return value.nodes;
  return undefined;
}
