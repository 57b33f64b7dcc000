// CONTRL: what we tell a sender about an interchange of theirs, from the findings that stand against it. Answers no CONTRL,
// for two sides that acknowledge each other's acknowledgements would never stop.
import type { EdifactMessage, EdifactSegments } from './edifact-write.ts';
import type { EdiGroup, EdiInterchange } from './file.ts';
import { type Finding, rejects } from './finding.ts';
import type { EdiDocument } from './segment.ts';

export interface AcknowledgeOptions {
  /** What stands against a document: its own findings unless it says more, such as those of reading what it says. */
  readonly findings?: (document: EdiDocument) => readonly Finding[];
  /** Found at the interchange by somebody else, such as a control reference that came before. */
  readonly against?: readonly Finding[];
  /** The interchange has arrived and has not been looked at yet. */
  readonly receiptOnly?: boolean;
}

/** Actions (0083). */
const REJECTED = '4';
const ACKNOWLEDGED = '7';
const RECEIVED = '8';
const UNSPECIFIED = '18';
/** As many as CONTRL takes for one message and for one segment. */
const MOST_SEGMENTS = 999;
const MOST_ELEMENTS = 99;

/**
 * The CONTRL for `interchange`: action 4 for what is rejected, 7 for what is taken, 8 for what has merely arrived.
 * Messages are named only where something was found; the others share the action of the level above.
 * Undefined for an interchange that holds acknowledgements only.
 * Source: CONTRL D.3, ISO 9735 Part 4, code lists 0083 and 0085.
 */
export function acknowledgeEdifact(
  interchange: EdiInterchange,
  options: AcknowledgeOptions = {},
): EdifactMessage | undefined {
  const documents = interchange.groups.flatMap((group) => group.documents);
  if (documents.length > 0 && documents.every(isAcknowledgement)) return undefined;
  const findingsOf = options.findings ?? ((document: EdiDocument) => document.findings);
  const { head } = interchange;
  const repeated = documents.flatMap((document) => findingsOf(document)).filter(refusesAll);
  const found = [...interchange.findings, ...(options.against ?? []), ...repeated];
  const isRejected = rejects(found);
  const action = isRejected ? REJECTED : options.receiptOnly ? RECEIVED : ACKNOWLEDGED;
  const uci = [
    ['UCI'],
    [head.control],
    [head.sender.id, head.sender.qualifier],
    [head.receiver.id, head.receiver.qualifier],
    [action],
    ...faultOf(found, isRejected),
  ];
  const inside =
    action === ACKNOWLEDGED ? interchange.groups.flatMap((group) => answerTo(group, findingsOf)) : [];
  return { type: 'CONTRL', version: 'D.3', agency: 'UN', segments: [uci, ...inside] };
}

/** A message's findings may repeat what stands against the envelopes around it; only a refusal matters up there. */
const refusesAll = ({ severity, level }: Finding): boolean =>
  severity === 'reject' && (level === 'file' || level === 'interchange');
const isOwn = ({ level }: Finding): boolean =>
  level === 'document' || level === 'segment' || level === 'element';

const isAcknowledgement = (document: EdiDocument): boolean => document.type === 'CONTRL';

function answerTo(
  group: EdiGroup,
  findingsOf: (document: EdiDocument) => readonly Finding[],
): EdifactSegments {
  const isRejected = rejects(group.findings);
  const messages = isRejected
    ? []
    : group.documents
        .filter((document) => !isAcknowledgement(document))
        .flatMap((document) => answerToMessage(document, findingsOf(document).filter(isOwn)));
  if (group.head.control === '' || (!isRejected && messages.length === 0)) return messages;
  const ucf = [
    ['UCF'],
    [group.head.control],
    [group.head.sender],
    [group.head.receiver],
    [isRejected ? REJECTED : ACKNOWLEDGED],
    ...faultOf(group.findings, isRejected),
  ];
  return [ucf, ...messages];
}

function answerToMessage(document: EdiDocument, findings: readonly Finding[]): EdifactSegments {
  if (findings.length === 0) return [];
  const isRejected = rejects(findings);
  const atMessage = findings.filter(({ level }) => level !== 'segment' && level !== 'element');
  const inside = findings.filter(({ level }) => level === 'segment' || level === 'element');
  const [version = '', release = ''] = document.version.split('.');
  const ucm = [
    ['UCM'],
    [document.control],
    [document.type, version, release, 'UN'],
    [isRejected ? REJECTED : ACKNOWLEDGED],
    ...faultOf(atMessage, isRejected),
  ];
  return [ucm, ...segmentErrors(inside)];
}

/** UCS for each segment at fault, and UCD for each of its elements. */
function segmentErrors(findings: readonly Finding[]): EdifactSegments {
  const bySegment = Map.groupBy(findings, (finding) => finding.segment?.position ?? 1);
  return [...bySegment]
    .sort(([a], [b]) => a - b)
    .slice(0, MOST_SEGMENTS)
    .flatMap(([position, all]) => {
      const whole = all.find((finding) => finding.element === undefined);
      const elements = all.filter((finding) => finding.element !== undefined).slice(0, MOST_ELEMENTS);
      return [
        [['UCS'], [String(position)], [whole ? codeOf(whole) : '']],
        ...elements.map((finding) => [['UCD'], [codeOf(finding)], placeOf(finding)]),
      ];
    });
}

/** Error code, service segment and place of the finding that decides; nothing when nothing was found. */
function faultOf(findings: readonly Finding[], isRejected: boolean): readonly (readonly string[])[] {
  const decisive = findings.find(({ severity }) => !isRejected || severity === 'reject');
  if (!decisive) return [];
  const service = /^UN[BGHTEZ]$/.test(decisive.segment?.tag ?? '') ? (decisive.segment?.tag ?? '') : '';
  return [[codeOf(decisive)], [service], service === '' ? [] : placeOf(decisive)];
}

const codeOf = (finding: Finding): string => finding.standardCode ?? UNSPECIFIED;

/** CONTRL counts the segment's tag as position 1 (0098). */
const placeOf = ({ element }: Finding): readonly string[] =>
  element === undefined
    ? []
    : [String(element.position + 1), element.component === undefined ? '' : String(element.component)];
