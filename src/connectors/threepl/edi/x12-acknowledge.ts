// What a partner is told of what it sent: 997 or 999 for a group, TA1 for an interchange, made of the same findings that the
// screen shows. Answers segments without ST and SE; never acknowledges an acknowledgement, or two hubs would never stop.
import type { EdiGroup, EdiInterchange } from './file.ts';
import { type Finding, rejects } from './finding.ts';
import type { EdiDocument, GroupHead } from './segment.ts';

/** A segment to write: its tag, then its elements; an element in parts is a composite. */
export type X12Elements = readonly (string | readonly string[])[];

/** Elements 717 and 715: accepted, accepted with errors, partly accepted, rejected. */
type Verdict = 'A' | 'E' | 'P' | 'R';

const MOST_CODES = 5;
const MOST_OF_VALUE = 99;
const LARGEST_COUNT = 999_999;
const NOT_PLAIN = /[^A-Za-z0-9]/g;
const ACKNOWLEDGEMENTS = new Set(['997', '999']);
const SEGMENTS_IN_ERROR = '5';
const ELEMENTS_IN_ERROR = '8';
const UNSPECIFIC = '024';

interface Form {
  readonly segment: string;
  readonly element: string;
  readonly document: string;
  readonly withVersion: boolean;
  /** Tells which element made another one wrong. */
  readonly withContext: boolean;
}
const FORMS: Readonly<Record<'997' | '999', Form>> = {
  '997': { segment: 'AK3', element: 'AK4', document: 'AK5', withVersion: false, withContext: false },
  '999': { segment: 'IK3', element: 'IK4', document: 'IK5', withVersion: true, withContext: true },
};

/**
 * The segments of a 997 or 999 about one group, from AK1 to AK9; empty when the group itself holds acknowledgements, or has
 * no name and number that an acknowledgement could repeat. Every document of a group that is refused is refused with it. `findingsOf` answers all that stands against a document: its own,
 * those of its validation, and those of the envelopes around it where they refuse it.
 */
export function functionalAcknowledgement(
  group: EdiGroup,
  findingsOf: (document: EdiDocument) => readonly Finding[],
  form: '997' | '999' = '997',
): X12Elements[] {
  const { head, documents, declaredDocuments, findings } = group;
  const told = documents.filter(({ type }) => !ACKNOWLEDGEMENTS.has(type));
  if (head.functional === 'FA' || (documents.length > 0 && told.length === 0)) return [];
  if (!isNamed(head)) return [];
  const isRefused = rejects(findings);
  const answers = documents.map((document) => answerOf(document, findingsOf(document), isRefused));
  const accepted = answers.filter(({ verdict }) => verdict !== 'R').length;
  const version = FORMS[form].withVersion ? [head.version.replace(NOT_PLAIN, '').slice(0, 12)] : [];
  return [
    ['AK1', head.functional, head.control, ...version],
    ...answers
      .filter(({ document }) => told.includes(document))
      .flatMap((answer) => documentSegments(answer, FORMS[form])),
    [
      'AK9',
      groupVerdict(
        isRefused,
        findings,
        answers.map(({ verdict }) => verdict),
      ),
      String(Math.min(declaredDocuments ?? documents.length, LARGEST_COUNT)),
      String(documents.length),
      String(accepted),
      ...codesOf(findings),
    ],
  ];
}

/** The TA1 segment about one interchange; its code is that of the first finding that refuses, element I18. */
export function interchangeAcknowledgement({ head, findings }: EdiInterchange): X12Elements {
  const refusing = findings.filter(({ severity }) => severity === 'reject');
  const told = refusing.length > 0 ? refusing : findings.filter(hasCode);
  const verdict: Verdict = refusing.length > 0 ? 'R' : told.length > 0 ? 'E' : 'A';
  const code = verdict === 'A' ? '000' : (told.find(hasCode)?.standardCode ?? UNSPECIFIC);
  const control = head.control.replace(/\D/g, '').slice(0, 9).padStart(9, '0');
  const date = /^\d{6}$/.test(head.date) ? head.date : '';
  const time = /^\d{4}$/.test(head.time) ? head.time : '';
  return ['TA1', control, date, time, verdict, code];
}

/** AK1 repeats GS01 and GS06 as they are. */
const isNamed = ({ functional, control }: GroupHead): boolean =>
  /^[A-Z]{2}$/.test(functional) && /^\d{1,9}$/.test(control);

interface Answer {
  readonly document: EdiDocument;
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
}

function answerOf(document: EdiDocument, findings: readonly Finding[], isGroupRefused: boolean): Answer {
  const isRefused = isGroupRefused || rejects(findings);
  const isTold = findings.some((finding) => hasCode(finding) && isInside(finding));
  return { document, verdict: isRefused ? 'R' : isTold ? 'E' : 'A', findings };
}

function documentSegments({ document, verdict, findings }: Answer, form: Form): X12Elements[] {
  const errors = segmentErrors(
    findings.filter((finding) => hasCode(finding) && finding.segment !== undefined),
    form,
  );
  const ownCodes = codesOf(findings.filter(({ level }) => level === 'document'));
  const isInsideRefused = findings.some((finding) => finding.severity === 'reject' && isInside(finding));
  const needsCode = errors.length > 0 || (isInsideRefused && ownCodes.length === 0);
  const codes = [...ownCodes, ...(needsCode ? [SEGMENTS_IN_ERROR] : [])].slice(0, MOST_CODES);
  const implementation = form.withVersion
    ? (document.segments[0]?.element(3) ?? '').replace(NOT_PLAIN, '')
    : '';
  return [
    [
      'AK2',
      document.type.slice(0, 3),
      document.control.slice(0, 9),
      ...(implementation === '' ? [] : [implementation]),
    ],
    ...errors,
    [form.document, verdict, ...codes],
  ];
}

/** Segments in the order they stand in the document, each followed by its elements. */
function segmentErrors(findings: readonly Finding[], form: Form): X12Elements[] {
  const byPosition = Map.groupBy(findings, ({ segment }) => segment?.position ?? 0);
  return [...byPosition]
    .sort(([a], [b]) => a - b)
    .flatMap(([position, found]) => {
      const [first] = found;
      const start = [form.segment, tagToTell(first?.segment?.tag ?? ''), String(position), ''];
      const whole = new Set(
        found.filter(({ element }) => element === undefined).map(({ standardCode = '' }) => standardCode),
      );
      const elements = found.filter(({ element }) => element !== undefined);
      return [
        ...[...whole].map((code) => [...start, code]),
        ...(elements.length > 0 ? [[...start, ELEMENTS_IN_ERROR]] : []),
        ...elements.flatMap((finding) => [
          elementError(finding, form),
          ...(form.withContext ? contextOf(finding) : []),
        ]),
      ];
    });
}

function elementError({ element, standardCode = '', value = '' }: Finding, form: Form): X12Elements {
  const place = String(element?.position ?? '');
  const reference = /^\d{1,4}$/.test(element?.reference ?? '') ? (element?.reference ?? '') : '';
  const position = element?.component === undefined ? place : [place, String(element.component)];
  return [form.element, position, reference, standardCode, value.slice(0, MOST_OF_VALUE)];
}

/** The segment CTX of a 999: the element that makes the one before it wanted or unwanted. */
const contextOf = ({ segment, trigger }: Finding): X12Elements[] =>
  segment && trigger
    ? [
        [
          'CTX',
          'SITUATIONAL TRIGGER',
          tagToTell(segment.tag),
          String(segment.position),
          '',
          String(trigger.position),
          trigger.reference,
        ],
      ]
    : [];

function groupVerdict(
  isRefused: boolean,
  findings: readonly Finding[],
  verdicts: readonly Verdict[],
): Verdict {
  const refused = verdicts.filter((verdict) => verdict === 'R').length;
  if (isRefused || (refused > 0 && refused === verdicts.length)) return 'R';
  if (refused > 0) return 'P';
  return verdicts.includes('E') || findings.some(hasCode) ? 'E' : 'A';
}

const hasCode = ({ standardCode }: Finding): boolean => standardCode !== undefined;
const isInside = ({ level }: Finding): boolean =>
  level === 'document' || level === 'segment' || level === 'element';
const codesOf = (findings: readonly Finding[]): string[] =>
  [...new Set(findings.flatMap(({ standardCode }) => standardCode ?? []))].slice(0, MOST_CODES);

/** Two or three characters, whatever stood where a tag should. */
const tagToTell = (tag: string): string =>
  tag
    .replace(/[^A-Za-z0-9]/g, 'X')
    .slice(0, 3)
    .padEnd(2, 'X');
