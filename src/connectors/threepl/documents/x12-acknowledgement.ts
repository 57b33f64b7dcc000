// Reads what a partner answers to what we sent: 997, 999 and TA1. The answer to a single document (AK5) is believed before
// the one to its group (AK9), because files contradict themselves there.
import type { Segment } from '../edi/segment.ts';
import type { Acknowledgement } from './document.ts';
import type { ReadDocument } from './read-options.ts';
import {
  DOCUMENT_ERRORS,
  ELEMENT_ERRORS,
  GROUP_ERRORS,
  INTERCHANGE_ERRORS,
  meaningOf,
  SEGMENT_ERRORS,
} from './x12-codes.ts';
import { segmentOf } from './x12-loops.ts';
import { requiredAt, type X12Reading } from './x12-values.ts';

type Verdict = Acknowledgement['verdict'];

const VERDICTS: ReadonlyMap<string, Verdict> = new Map<string, Verdict>(
  Object.entries({
    A: 'accepted',
    E: 'accepted_with_errors',
    M: 'rejected',
    R: 'rejected',
    W: 'rejected',
    X: 'rejected',
  }),
);

/** Segments of ours that hold a ship-to: a copy of their value is personal data. */
const PERSONAL = ['N1', 'N2', 'N3', 'N4', 'PER', 'G61'];

const digitsOf = (text: string): number => (/^\d{1,9}$/.test(text.trim()) ? Number(text) : 0);

/** Codes of an answer from element `first` on, each with its meaning. */
function codesFrom(segment: Segment, first: number, meanings: Readonly<Record<string, string>>): string[] {
  return Array.from({ length: Math.max(0, Math.min(5, segment.count - first + 1)) }, (_, index) =>
    segment.element(first + index).trim(),
  )
    .filter((code) => code !== '')
    .map((code) => `${code} – ${meaningOf(meanings, code)}`);
}

/** AK3/IK3 and AK4/IK4 in words. */
function errorsOf(segments: readonly Segment[]): string[] {
  let at = '';
  let tag = '';
  return segments.flatMap((segment) => {
    if (segment.tag === 'AK3' || segment.tag === 'IK3') {
      tag = segment.element(1).trim();
      at = `${tag} at position ${segment.element(2).trim() || '?'}`;
      return codesFrom(segment, 4, SEGMENT_ERRORS).map((code) => `${at}: ${code}`);
    }
    if (segment.tag !== 'AK4' && segment.tag !== 'IK4') return [];
    const component = segment.component(1, 2).trim();
    const reference = segment.element(2).trim();
    const place = `element ${segment.component(1, 1).trim() || '?'}${component === '' ? '' : `, component ${component}`}`;
    const code = segment.element(3).trim();
    const copy = PERSONAL.includes(tag) ? '' : segment.raw(4).trim().slice(0, 70);
    return [
      `${at}, ${place}${reference === '' ? '' : ` (${reference})`}: ${code} – ${meaningOf(ELEMENT_ERRORS, code)}${
        copy === '' ? '' : `; it was ${JSON.stringify(copy)}`
      }`,
    ];
  });
}

function verdictAt(reading: X12Reading, segment: Segment): Verdict | undefined {
  const code = requiredAt(reading, segment, 1, 'the verdict');
  const verdict = code === undefined ? undefined : VERDICTS.get(code);
  if (code !== undefined && verdict === undefined) {
    reading.findings.reject(segment, {
      code: 'verdict_unknown',
      message: `${segment.tag}-01 is no verdict that is known: what became of the document is not certain`,
      standardCode: '7',
      element: 1,
    });
  }
  return verdict;
}

/** One AK2 loop: the segments from AK2 to before the next AK2 or AK9. */
function documentAnswer(
  reading: X12Reading,
  loop: readonly Segment[],
  group: string,
): readonly Acknowledgement[] {
  const [head, ...body] = loop;
  if (!head) return [];
  const verdictSegment = segmentOf(body, 'AK5') ?? segmentOf(body, 'IK5');
  if (!verdictSegment) {
    reading.findings.reject(head, {
      code: 'segment_missing',
      message: 'AK2 without AK5 or IK5: the verdict on this document is missing',
      standardCode: '3',
    });
    return [];
  }
  const documentType = requiredAt(reading, head, 1, 'the type of the answered document');
  const document = requiredAt(reading, head, 2, 'the number of the answered document');
  const verdict = verdictAt(reading, verdictSegment);
  if (documentType === undefined || document === undefined || verdict === undefined) return [];
  return [
    {
      kind: 'acknowledgement',
      source: reading.document.type,
      group,
      document,
      documentType,
      verdict,
      errors: [...errorsOf(body), ...codesFrom(verdictSegment, 2, DOCUMENT_ERRORS)],
    },
  ];
}

/**
 * AK9 for the documents that no AK2 names. P says that some were refused: with every refused one named, the others were
 * accepted; with none named, nobody can tell which.
 */
function groupAnswer(
  reading: X12Reading,
  segment: Segment,
  group: string,
  named: readonly Acknowledgement[],
): readonly Acknowledgement[] {
  const included = digitsOf(segment.element(2));
  const accepted = digitsOf(segment.element(4));
  if (named.length > 0 && included <= named.length) return [];
  const acceptedByName = named.filter(({ verdict }) => verdict !== 'rejected').length;
  const allOthersAccepted = named.length > 0 && accepted - acceptedByName >= included - named.length;
  const verdict =
    segment.element(1) === 'P' || (segment.element(1) === 'R' && allOthersAccepted)
      ? allOthersAccepted
        ? 'accepted'
        : undefined
      : verdictAt(reading, segment);
  if (verdict === undefined) {
    if (segment.element(1) === 'P') {
      reading.findings.reject(segment, {
        code: 'verdict_unclear',
        message: 'AK9 accepts the group in part, and not every refused document is named',
        standardCode: '7',
        element: 1,
      });
    }
    return [];
  }
  return [
    {
      kind: 'acknowledgement',
      source: reading.document.type,
      group,
      verdict,
      errors: codesFrom(segment, 5, GROUP_ERRORS),
    },
  ];
}

function loopsOfAk2(segments: readonly Segment[]): readonly (readonly Segment[])[] {
  const loops: Segment[][] = [];
  for (const segment of segments) {
    if (segment.tag === 'AK2') loops.push([segment]);
    else if (segment.tag !== 'AK9' && segment.tag !== 'SE') loops.at(-1)?.push(segment);
  }
  return loops;
}

/**
 * Reads a 997 or 999: an answer for each document it names, and one for the group where it includes documents that it does
 * not name. What a partner has to say about our segments and elements is told in words; copies of addresses are left out.
 */
export function acknowledgementsOf(reading: X12Reading): readonly Acknowledgement[] {
  const { findings, document } = reading;
  const head = segmentOf(document.segments, 'AK1');
  if (!head) {
    findings.missing('AK1', 'the answered group is not named');
    return [];
  }
  const group = requiredAt(reading, head, 2, 'the number of the answered group');
  if (group === undefined) return [];
  const named = loopsOfAk2(document.segments).flatMap((loop) => documentAnswer(reading, loop, group));
  const closing = segmentOf(document.segments, 'AK9');
  if (!closing) {
    const warnOrMiss = named.length === 0;
    if (warnOrMiss) findings.missing('AK9', 'neither the group nor one of its documents has a verdict');
    else {
      findings.warn(head, {
        code: 'segment_missing',
        message: 'the 997 ends without AK9; the verdicts on its documents are used',
        standardCode: '3',
      });
    }
    return named;
  }
  const everyAccepted = named.every(({ verdict }) => verdict !== 'rejected');
  if (
    named.length > 0 &&
    !everyAccepted &&
    named.some(({ verdict }) => verdict !== 'rejected') &&
    closing.element(1) !== 'P'
  ) {
    findings.warn(closing, {
      code: 'group_verdict_differs',
      message:
        'AK9-01 should be P: some documents of the group were accepted and some refused; their own verdicts are used',
      standardCode: '7',
      element: 1,
    });
  }
  return [...named, ...groupAnswer(reading, closing, group, named)];
}

/**
 * Reads a TA1, the answer to a whole interchange.
 *
 * @param elements TA1-01 to TA1-05 as sent, without the tag
 * @param offset of the segment in its file, for findings
 */
export function readTA1(elements: readonly string[], offset = 0): ReadDocument {
  const [control = '', , , code = '', note = ''] = elements.map((element) => element.trim());
  const verdict = VERDICTS.get(code);
  const refused = (code723: string, position: number, message: string): ReadDocument => ({
    findings: [
      {
        code: code723 === '1' ? 'element_missing' : 'verdict_unknown',
        severity: 'reject',
        level: 'element',
        message,
        offset,
        ...(control !== '' && { interchange: control.slice(0, 20) }),
        segment: { tag: 'TA1', position: 1 },
        element: { position },
        ...(code723 !== '1' && { value: code.slice(0, 70) }),
        standardCode: code723,
      },
    ],
  });
  if (control === '') return refused('1', 1, 'TA1-01 is empty: the answered interchange is not named');
  if (verdict === undefined)
    return refused(
      code === '' ? '1' : '7',
      4,
      'TA1-04 is no verdict: what became of the interchange is not certain',
    );
  const document: Acknowledgement = {
    kind: 'acknowledgement',
    source: 'TA1',
    interchange: control,
    verdict,
    errors: note === '' || note === '000' ? [] : [`${note} – ${meaningOf(INTERCHANGE_ERRORS, note)}`],
  };
  return { document, acknowledgements: [document], findings: [] };
}
