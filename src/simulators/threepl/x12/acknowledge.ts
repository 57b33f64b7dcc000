// Acknowledgements in both directions: the 997 and TA1 the warehouse writes about what it took in, and what a 997, 999 or TA1
// of the hub says about what the warehouse sent. Acknowledges no acknowledgement.
import type { Draft, Written } from './build.ts';
import type { SegmentFault } from './check.ts';
import { elementOf, type ReceivedGroup, type ReceivedSet, type Segment } from './split.ts';

const MOST_CODES = 5;

/** A set as the warehouse judged it. */
export interface Judged {
  readonly set: ReceivedSet;
  readonly faults: readonly SegmentFault[];
}

export const isRefused = ({ set, faults }: Judged): boolean => set.codes.length > 0 || faults.length > 0;

/** The 997 about one group. A group that is refused takes its sets with it. */
export function acknowledgementOf(group: ReceivedGroup, judged: readonly Judged[]): Draft {
  const groupRefused = group.codes.length > 0;
  const accepted = groupRefused ? 0 : judged.filter((each) => !isRefused(each)).length;
  const verdict = accepted === judged.length && !groupRefused ? 'A' : accepted > 0 ? 'P' : 'R';
  return {
    type: '997',
    functional: 'FA',
    segments: [
      ['AK1', group.functional, group.control],
      ...judged.flatMap((each) => setAnswer(each, groupRefused)),
      [
        ...['AK9', verdict, group.declaredSets === '' ? '0' : group.declaredSets, String(judged.length)],
        ...[String(accepted), ...group.codes.slice(0, MOST_CODES)],
      ],
    ],
  };
}

function setAnswer({ set, faults }: Judged, groupRefused: boolean): Written[] {
  const codes = [...set.codes, ...(faults.length > 0 ? ['5'] : [])].slice(0, MOST_CODES);
  return [
    ['AK2', set.type, set.control],
    ...faults.flatMap(({ tag, position, code, elements }) => [
      ['AK3', tag, String(position), '', code],
      ...elements.map((fault) => [
        'AK4',
        String(fault.position),
        fault.reference,
        fault.code,
        copyOf(fault.value),
      ]),
    ]),
    ['AK5', groupRefused || codes.length > 0 ? 'R' : 'A', ...codes],
  ];
}

/** A bad value is copied back without what cannot be written, 99 characters at most. */
const copyOf = (value: string): string =>
  value
    .replace(/[*>~\p{Cc}]/gu, ' ')
    .slice(0, 99)
    .trimEnd();

/** The TA1 about one interchange. */
export const interchangeAnswerOf = (
  about: { readonly control: string; readonly date: string; readonly time: string },
  code: string,
): Draft => ({
  type: 'TA1',
  functional: '',
  segments: [['TA1', about.control, about.date, about.time, code === '000' ? 'A' : 'R', code]],
});

export type Verdict = 'accepted' | 'accepted_with_errors' | 'rejected';

/** What the hub said of one of the warehouse's documents; without `document` of the whole group or interchange. */
export interface Answer {
  readonly by: string;
  readonly interchange?: string;
  readonly group?: string;
  readonly document?: string;
  readonly verdict: Verdict;
  /** As they stand in the answer: `AK4*3*382*6*2O`. */
  readonly errors: readonly string[];
}

const VERDICTS: Readonly<Record<string, Verdict>> = {
  A: 'accepted',
  E: 'accepted_with_errors',
  P: 'accepted_with_errors',
  R: 'rejected',
  M: 'rejected',
  W: 'rejected',
  X: 'rejected',
};

function verdictOf(code: string, segment: string): Verdict {
  const verdict = VERDICTS[code];
  if (!verdict) throw new Error(`${segment} says ${JSON.stringify(code)}, which is no verdict.`);
  return verdict;
}

/** What a TA1 of the hub says. Throws when its verdict cannot be read. */
export const answerOfTa1 = (segment: Segment): Answer => ({
  by: 'TA1',
  interchange: elementOf(segment, 1),
  verdict: verdictOf(elementOf(segment, 4), 'TA1-04'),
  errors: elementOf(segment, 5) === '000' ? [] : [segment.join('*')],
});

/** What a 997 or 999 of the hub says, set by set. Throws when its order is wrong or a verdict cannot be read. */
export function answersOf({ type, segments }: ReceivedSet): Answer[] {
  const [prefix, body] = [type === '999' ? 'IK' : 'AK', segments.slice(1, -1)];
  const [first, last] = [body[0], body.at(-1)];
  if (elementOf(first, 0) !== 'AK1' || elementOf(last, 0) !== 'AK9') {
    throw new Error(`The ${type} does not run from AK1 to AK9.`);
  }
  const group = elementOf(first, 2);
  const answers: Answer[] = [];
  let open: { document: string; errors: string[] } | undefined;
  for (const segment of body.slice(1, -1)) {
    const tag = elementOf(segment, 0);
    if (tag === 'AK2' && !open) open = { document: elementOf(segment, 2), errors: [] };
    else if (tag === `${prefix}5` && open) {
      const verdict = verdictOf(elementOf(segment, 1), `${prefix}5-01`);
      answers.push({ by: type, group, ...open, verdict });
      open = undefined;
    } else if (open && (tag === `${prefix}3` || tag === `${prefix}4` || tag === 'CTX'))
      open.errors.push(segment.join('*'));
    else throw new Error(`The ${type} has ${tag} where it does not belong.`);
  }
  if (open) throw new Error(`The ${type} has no ${prefix}5 for ${open.document}.`);
  if (
    elementOf(last, 4) !== String(answers.filter(({ verdict }) => verdict !== 'rejected').length) &&
    answers.length > 0
  ) {
    throw new Error(
      `The ${type} says in AK9-04 that it accepts ${elementOf(last, 4)}, and its sets say otherwise.`,
    );
  }
  if (answers.length > 0) return answers;
  const verdict = verdictOf(elementOf(last, 1), 'AK9-01');
  return [{ by: type, group, verdict, errors: verdict === 'accepted' ? [] : [(last ?? []).join('*')] }];
}
