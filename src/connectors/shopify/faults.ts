// Gives every failure of a GraphQL call its name. What decides is whether Shopify can have acted: a read is simply
// tried again, a write whose outcome is open stays open until the same key has been answered.
import { GraphqlQueryError } from '@shopify/shopify-api';
import { z } from 'zod';
import { StockbridgeError } from '../../core/errors.ts';
import { plainTextOf } from '../../core/vocabulary/text.ts';

export const costSchema = z.object({
  requestedQueryCost: z.number(),
  throttleStatus: z.object({
    maximumAvailable: z.number(),
    currentlyAvailable: z.number(),
    restoreRate: z.number(),
  }),
});

const graphqlErrors = z.array(
  z.object({
    message: z.string().catch(''),
    path: z.array(z.union([z.string(), z.number()])).optional(),
    extensions: z.object({ code: z.string().optional() }).optional(),
  }),
);

const errorBody = z.object({
  errors: z.object({ graphQLErrors: graphqlErrors }),
  extensions: z.object({ cost: costSchema }).partial().optional().catch(undefined),
});

interface Call {
  readonly operation: string;
  readonly effect: boolean;
  readonly connection: string;
}

/** Codes that Shopify gives before it acts on anything. */
const REFUSED_BEFORE_ACTING = new Set(['MAX_COST_EXCEEDED', 'BAD_REQUEST', 'GRAPHQL_VALIDATION_FAILED']);

/**
 * The failure of one call as a StockbridgeError.
 * @param thrown what the HTTP client threw, or else what Shopify's library did
 */
export function faultOf(thrown: unknown, call: Call): StockbridgeError {
  if (thrown instanceof StockbridgeError) return thrown;
  const body = thrown instanceof GraphqlQueryError ? errorBody.safeParse(thrown.body) : undefined;
  if (body?.success) return graphqlFault(body.data, call);
  return openFault(`${call.operation} was not answered in a readable way`, call);
}

function graphqlFault(body: z.infer<typeof errorBody>, call: Call): StockbridgeError {
  const errors = body.errors.graphQLErrors;
  const codes = errors.map((error) => error.extensions?.code ?? '');
  const message = `${call.operation}: ${plainTextOf(errors.map((error) => error.message).join('; '), 500)}`;
  const details = { connection: call.connection, cause: codes.find((code) => code !== '') ?? 'none' };
  if (codes.includes('THROTTLED')) {
    const cost = body.extensions?.cost;
    return new StockbridgeError('vendor_throttled', message, {
      details,
      ...(cost === undefined ? {} : { retryAfterMs: refillMs(cost) }),
    });
  }
  if (codes.includes('ACCESS_DENIED'))
    return new StockbridgeError('vendor_unauthorized', message, { details });
  // An error without a path arose before execution: the text or its variables were refused as such.
  const beforeActing = errors.every(
    (error, index) => error.path === undefined && !/INTERNAL|TIMEOUT|UNAVAILABLE/.test(codes[index] ?? ''),
  );
  if (beforeActing || codes.every((code) => REFUSED_BEFORE_ACTING.has(code))) {
    return new StockbridgeError('vendor_rejected', message, { details });
  }
  return openFault(message, call);
}

/** wait = (requested − available) / restore rate, and at least a moment. */
function refillMs({ requestedQueryCost, throttleStatus }: z.infer<typeof costSchema>): number {
  const missing =
    Math.min(requestedQueryCost, throttleStatus.maximumAvailable) - throttleStatus.currentlyAvailable;
  return Math.max(100, Math.ceil((missing / Math.max(1, throttleStatus.restoreRate)) * 1000));
}

/** Nobody knows whether it was done: harmless for a read, open for a write. */
export const openFault = (message: string, call: Call): StockbridgeError =>
  new StockbridgeError(call.effect ? 'outcome_unknown' : 'vendor_unavailable', message, {
    details: { connection: call.connection },
  });
