// CONTRL and APERAK: what became of something we sent. CONTRL speaks of envelopes by their references; APERAK of one
// business document by its number.
import type { EdiDocument, Segment } from '../edi/segment.ts';
import type { Acknowledgement } from './document.ts';
import { CODE, type EdifactMessageReader } from './edifact-message.ts';

/** The standard's error codes (0085) in words. */
const ERRORS: Readonly<Record<string, string>> = {
  '2': 'syntax version not supported',
  '7': 'recipient is not the actual one',
  '12': 'invalid value',
  '13': 'missing',
  '14': 'value not supported here',
  '15': 'not supported here',
  '16': 'too many parts',
  '17': 'no agreement',
  '18': 'unspecified error',
  '19': 'invalid decimal notation',
  '20': 'character invalid as service character',
  '21': 'invalid character',
  '22': 'invalid service character',
  '23': 'unknown sender',
  '24': 'too old',
  '25': 'test data not supported',
  '26': 'duplicate',
  '28': 'references do not match',
  '29': 'control count does not match',
  '30': 'groups and messages mixed',
  '32': 'lower level empty',
  '33': 'stands outside any message',
  '35': 'segment repeated too often',
  '36': 'segment group repeated too often',
  '37': 'invalid type of characters',
  '38': 'digit missing before the decimal mark',
  '39': 'data too long',
  '40': 'data too short',
};

const worded = (code: string): string => `${code} ${ERRORS[code] ?? 'error'}`;

/** Everything a CONTRL or APERAK says, outermost level first; empty, and said, when it acknowledges nothing. */
export const readAnswers = (reader: EdifactMessageReader): readonly Acknowledgement[] =>
  reader.document.type === 'CONTRL' ? readContrl(reader) : readAperak(reader);

/** Verdict by action (0083). 8 says that it arrived, and no more: it may still be refused. */
const VERDICTS: Readonly<Record<string, Acknowledgement['verdict']>> = {
  '4': 'rejected',
  '7': 'accepted',
  '8': 'arrived',
};

function readContrl(reader: EdifactMessageReader): readonly Acknowledgement[] {
  const said: (Acknowledgement & { errors: string[] })[] = [];
  let interchange = '';
  let group = '';
  let segment = '';
  for (const each of reader.document.segments) {
    if (each.tag === 'UCI') interchange = each.element(1);
    if (each.tag === 'UCF') group = each.element(1);
    if (each.tag === 'UCI' || each.tag === 'UCF' || each.tag === 'UCM') {
      const answer = answerAt(reader, each, interchange, group);
      if (answer) said.push(answer);
    } else if (each.tag === 'UCS') {
      segment = `segment ${each.element(1)}`;
      if (each.element(2) !== '') said.at(-1)?.errors.push(`${segment}: ${worded(each.element(2))}`);
    } else if (each.tag === 'UCD')
      said
        .at(-1)
        ?.errors.push(
          `${[segment, placeAt(each, 2)].filter(Boolean).join(', ')}: ${worded(each.element(1))}`,
        );
  }
  if (interchange === '')
    reader.note(undefined, {
      code: 'segment_missing',
      message: 'the CONTRL names no interchange (UCI)',
      standardCode: CODE.missing,
    });
  return interchange === '' ? [] : weighed(said);
}

function answerAt(
  reader: EdifactMessageReader,
  segment: Segment,
  interchange: string,
  group: string,
): (Acknowledgement & { errors: string[] }) | undefined {
  // UCI and UCF name sender and recipient before the action, UCM the message's type.
  const at = segment.tag === 'UCM' ? 3 : 4;
  const verdict = VERDICTS[segment.element(at)];
  if (verdict === undefined || segment.element(1) === '') {
    reader.note(segment, {
      code: 'action_unknown',
      message: `${segment.tag} names no reference or no action that is known`,
      element: { position: at, reference: '0083' },
      value: segment.element(at),
    });
    return undefined;
  }
  const code = segment.element(at + 1);
  const place = [segment.element(at + 2), placeAt(segment, at + 3)].filter(Boolean).join(', ');
  const errors = code === '' ? [] : [place === '' ? worded(code) : `${place}: ${worded(code)}`];
  return {
    kind: 'acknowledgement',
    source: 'CONTRL',
    interchange,
    ...(group !== '' && { group }),
    ...(segment.tag === 'UCM' && { document: segment.element(1), documentType: segment.element(2) }),
    verdict,
    errors,
  };
}

/** CONTRL counts the segment's tag as position 1. */
function placeAt(segment: Segment, n: number): string {
  const position = Number(segment.component(n, 1));
  if (!Number.isInteger(position) || position < 2) return '';
  const component = segment.component(n, 2);
  return `element ${position - 1}${component === '' ? '' : `, component ${component}`}`;
}

/** A level that is accepted although something inside it is not is accepted with errors. */
function weighed(all: readonly Acknowledgement[]): readonly Acknowledgement[] {
  const rejected = all.filter(({ verdict }) => verdict === 'rejected');
  const groups = new Set(rejected.map(({ group }) => group));
  return all.map((answer) => {
    const { verdict, document, group, errors } = answer;
    if (verdict !== 'accepted') return answer;
    const isBroken =
      document === undefined && (group === undefined ? rejected.length > 0 : groups.has(group));
    return errors.length === 0 && !isBroken ? answer : { ...answer, verdict: 'accepted_with_errors' };
  });
}

/** Documents (1001) that say what they think by their name: accepted, or an application error. */
const ACCEPTING = ['312'];
const REJECTING = ['313', '294'];
/** Message functions (1225) and responses (4343) likewise. */
const REFUSALS = ['27', 'RE', 'RJ'];
const APPROVALS = ['29', '44', 'AP', 'AA'];

function readAperak(reader: EdifactMessageReader): readonly Acknowledgement[] {
  const { segments } = reader.document;
  const bgm = segments.find(({ tag }) => tag === 'BGM');
  const errors = errorsOf(segments);
  const answers = segments
    .filter(
      (segment) => segment.tag === 'RFF' && segment.element(1) === 'ACW' && segment.component(1, 2) !== '',
    )
    .map((segment) => segment.component(1, 2));
  const named = [...new Set(answers)];
  if (!bgm || named.length === 0) {
    reader.note(bgm, {
      code: 'reference_missing',
      message: 'the APERAK does not say which message it answers (RFF ACW)',
      standardCode: CODE.missing,
    });
    return [];
  }
  const verdict = verdictOf(bgm, errors.length > 0);
  return named.map((document) => ({ kind: 'acknowledgement', source: 'APERAK', document, verdict, errors }));
}

/** What is said in so many words goes before what the message is called; errors without either are a refusal. */
function verdictOf(bgm: Segment, hasErrors: boolean): Acknowledgement['verdict'] {
  const words = [bgm.element(3), bgm.element(4)];
  const approved = hasErrors ? 'accepted_with_errors' : 'accepted';
  if (words.some((word) => REFUSALS.includes(word))) return 'rejected';
  if (words.some((word) => APPROVALS.includes(word))) return approved;
  if (REJECTING.includes(bgm.element(1))) return 'rejected';
  if (ACCEPTING.includes(bgm.element(1))) return approved;
  return hasErrors ? 'rejected' : 'accepted';
}

function errorsOf(segments: EdiDocument['segments']): readonly string[] {
  const errors: string[] = [];
  let isInError = false;
  for (const segment of segments) {
    if (segment.tag === 'ERC') {
      errors.push(segment.element(1));
      isInError = true;
    } else if (segment.tag === 'FTX' && isInError) {
      const text = [1, 2, 3, 4, 5].map((component) => segment.component(4, component)).filter(Boolean);
      errors.push(`${errors.pop() ?? ''} ${text.join(' ')}`.trim().slice(0, 300));
    }
  }
  return errors;
}
