// What the opening segments of EDIFACT's envelopes say: UNB, UNG and UNH. Reads them as they are; what is missing becomes a
// finding with the standard's own code, and the rest is still said, so that an acknowledgement can name what it refuses.
import type { Finding, FindingLevel, Severity } from './finding.ts';
import type { Delimiters, GroupHead, InterchangeHead, Segment } from './segment.ts';

/** Control numbers around a finding, as far as they are known. */
export interface Where {
  readonly interchange?: string;
  readonly group?: string;
  readonly document?: string;
}

/** EDIFACT's error codes (0085) that the envelope knows. */
export const CODE = {
  versionUnsupported: '2',
  invalid: '12',
  missing: '13',
  misplaced: '15',
  tooMany: '16',
  other: '18',
  notation: '19',
  character: '21',
  duplicate: '26',
  reference: '28',
  count: '29',
  mixed: '30',
  empty: '32',
  outside: '33',
} as const;

export interface Fault {
  readonly code: string;
  readonly severity?: Severity;
  readonly level: FindingLevel;
  readonly message: string;
  readonly standardCode: string;
  readonly element?: NonNullable<Finding['element']>;
  readonly value?: string;
}

/** A finding at `segment`, inside `where`. */
export const findingAt = (segment: Segment, where: Where, { value, ...fault }: Fault): Finding => ({
  ...where,
  ...fault,
  severity: fault.severity ?? 'reject',
  offset: segment.offset,
  segment: { tag: segment.tag, position: segment.position },
  ...(value !== undefined && { value: value.slice(0, 70) }),
});

const missing = (
  segment: Segment,
  where: Where,
  level: FindingLevel,
  position: number,
  reference: string,
  what: string,
): Finding =>
  findingAt(segment, where, {
    code: 'envelope_element_missing',
    level,
    message: `${segment.tag} has no ${what}`,
    standardCode: CODE.missing,
    element: { position, reference },
  });

export interface Opened<Head> {
  readonly head: Head;
  readonly findings: readonly Finding[];
}

/** UNB: sender, receiver and control reference of an interchange. */
export function interchangeOpened(unb: Segment, delimiters: Delimiters): Opened<InterchangeHead> {
  const head: InterchangeHead = {
    syntax: 'edifact',
    delimiters,
    sender: { qualifier: unb.component(2, 2), id: unb.component(2, 1) },
    receiver: { qualifier: unb.component(3, 2), id: unb.component(3, 1) },
    control: unb.element(5),
    date: unb.component(4, 1),
    time: unb.component(4, 2),
    version: [unb.component(1, 1), unb.component(1, 2)].filter(Boolean).join(':'),
    test: unb.element(11) === '1',
    acknowledgementRequested: unb.element(9) === '1',
  };
  const where = { interchange: head.control };
  const lacks = (position: number, reference: string, what: string, value: string): readonly Finding[] =>
    value === '' ? [missing(unb, where, 'interchange', position, reference, what)] : [];
  const version = unb.component(1, 2);
  return {
    head,
    findings: [
      ...lacks(1, '0001', 'syntax identifier', unb.component(1, 1)),
      ...lacks(2, '0004', 'sender', head.sender.id),
      ...lacks(3, '0010', 'receiver', head.receiver.id),
      ...lacks(4, '0017', 'date of preparation', head.date),
      ...lacks(5, '0020', 'control reference', head.control),
      ...(/^[1-4]?$/.test(version)
        ? []
        : [
            findingAt(unb, where, {
              code: 'syntax_version_unknown',
              level: 'interchange',
              message: 'UNB names a version of the syntax that is not one of 1 to 4',
              standardCode: CODE.versionUnsupported,
              element: { position: 1, component: 2, reference: '0002' },
              value: version,
            }),
          ]),
    ],
  };
}

const NO_GROUP: GroupHead = { functional: '', sender: '', receiver: '', control: '', version: '' };
/** Messages without UNG stand in one group that has no ids. */
export const groupless = (): GroupHead => NO_GROUP;

/** UNG: a functional group. */
export function groupOpened(ung: Segment, where: Where): Opened<GroupHead> {
  const head: GroupHead = {
    functional: ung.element(1),
    sender: ung.component(2, 1),
    receiver: ung.component(3, 1),
    control: ung.element(5),
    version: versionOf(ung.component(7, 1), ung.component(7, 2)),
  };
  const findings =
    head.control === ''
      ? [missing(ung, where, 'group', 5, '0048', 'group reference')]
      : ([] as readonly Finding[]);
  return { head, findings };
}

export interface MessageHead {
  readonly control: string;
  readonly type: string;
  readonly version: string;
}

/** UNH: reference, type and directory of a message. */
export function messageOpened(unh: Segment, where: Where): Opened<MessageHead> {
  const head = {
    control: unh.element(1),
    type: unh.component(2, 1),
    version: versionOf(unh.component(2, 2), unh.component(2, 3)),
  };
  const inside = { ...where, document: head.control };
  return {
    head,
    findings: [
      ...(head.control === '' ? [missing(unh, inside, 'document', 1, '0062', 'message reference')] : []),
      ...(head.type === '' ? [missing(unh, inside, 'document', 2, '0065', 'message type')] : []),
      ...(head.version === '' ? [missing(unh, inside, 'document', 2, '0052', 'message version')] : []),
    ],
  };
}

const versionOf = (version: string, release: string): string => [version, release].filter(Boolean).join('.');
