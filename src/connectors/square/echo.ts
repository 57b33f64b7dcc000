// How a change that we made ourselves is known again when Square reports it.
// The reference decides: our application's id alone does not, because a person's script may use the same token.
import { plainTextOf } from '../../core/vocabulary/text.ts';
import type { Adjustment, PhysicalCount } from './wire.ts';

const PREFIX = 'stockbridge:';

/** The `reference_id` of a pushed change, at most 255 characters. */
export const referenceOf = (publication: string): string => `${PREFIX}${publication}`;

/**
 * The publication that caused a change, or undefined when somebody else did. A copied reference is no echo where the
 * configured application and the one that Square names differ.
 */
export function publicationOf(
  change: Pick<Adjustment | PhysicalCount, 'reference_id' | 'source'>,
  applicationId: string | undefined,
): string | undefined {
  const { reference_id: reference, source } = change;
  if (!reference?.startsWith(PREFIX)) return undefined;
  const author = source?.application_id;
  if (applicationId !== undefined && author && author !== applicationId) return undefined;
  return plainTextOf(reference.slice(PREFIX.length), 200);
}
