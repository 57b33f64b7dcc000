// Top-level GraphQL errors of the simulated Admin API. The codes are the vendor's; texts are not to be matched on.
import { GraphQLError } from 'graphql';

/** An error that replaces the answer, as opposed to a `userErrors` row inside it. */
export function apiError(code: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}
