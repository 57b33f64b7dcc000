// Short ways to answer an interpretation, and to say in one sentence what is wrong with somebody's document.
import type { z } from 'zod';
import type { ErrorCode } from '../../core/errors.ts';
import type { Instant } from '../../core/vocabulary/instant.ts';
import { plainTextOf } from '../../core/vocabulary/text.ts';
import type { Facts, Interpretation } from '../contract.ts';

/** Facts of which only the given kinds exist; the others are empty. */
export const facts = (some: Partial<Facts>): Interpretation => ({
  outcome: 'facts',
  facts: { movements: [], counts: [], reservations: [], observations: [], ...some },
});

/** What the outside said when it was asked because of the event, be that long after the event came. */
export const readBecauseOf = (interpretation: Interpretation, readAt: Instant): Interpretation =>
  interpretation.outcome === 'facts' ? { ...interpretation, readAt } : interpretation;

/** The event says nothing about stock; `reason` tells why, for whoever asks later. */
export const ignored = (reason: string): Interpretation => ({ outcome: 'ignored', reason });

/** The event cannot be said for certain; `reason` names the place and what to do. */
export const quarantined = (code: ErrorCode, reason: string): Interpretation => ({
  outcome: 'quarantined',
  code,
  reason: plainTextOf(reason, 500),
});

const MOST_PROBLEMS = 5;

/** All problems of a document as `lines[0].quantity: must be above zero`, joined with `; ` and at most five. */
export function reasonOf(error: z.ZodError): string {
  const problems = error.issues.map((issue) => `${pathOf(issue.path)}: ${messageOf(issue)}`);
  const shown = problems.slice(0, MOST_PROBLEMS).join('; ');
  const more = problems.length - MOST_PROBLEMS;
  return plainTextOf(more > 0 ? `${shown}; and ${more} more` : shown, 500);
}

function messageOf(issue: z.core.$ZodIssue): string {
  // Only the library's own words are replaced; a schema that says it better is left to say it.
  if (issue.code !== 'invalid_type' || !issue.message.startsWith('Invalid input')) return issue.message;
  return issue.message.endsWith('received undefined')
    ? `is missing; give it as ${issue.expected}`
    : `must be given as ${issue.expected}`;
}

function pathOf(path: readonly PropertyKey[]): string {
  const text = path.reduce<string>(
    (sofar, part) =>
      typeof part === 'number'
        ? `${sofar}[${part}]`
        : sofar === ''
          ? String(part)
          : `${sofar}.${String(part)}`,
    '',
  );
  return text === '' ? 'the document' : text;
}
