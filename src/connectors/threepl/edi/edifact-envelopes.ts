// Puts segments into messages, groups and interchanges, and checks every trailer against its header: counts, references,
// order and duplicates. Holds what is open; reads no bytes.
import {
  countFault,
  duplicate,
  emptyFault,
  invalid,
  MIXED,
  misplaced,
  referenceFault,
} from './edifact-faults.ts';
import {
  CODE,
  type Fault,
  findingAt,
  groupless,
  groupOpened,
  interchangeOpened,
  type MessageHead,
  messageOpened,
  type Where,
} from './edifact-heads.ts';
import type { EdifactSegment, Window } from './edifact-segment.ts';
import type { EdiGroup, EdiInterchange } from './file.ts';
import type { Finding } from './finding.ts';
import type { Delimiters, EdiDocument, EdiLimits, GroupHead, InterchangeHead, Segment } from './segment.ts';

/** A file of nonsense must not fill the memory with what is wrong with it: warnings beyond this are not kept. */
const MOST_FINDINGS = 500;

interface OpenMessage {
  readonly head: MessageHead;
  readonly segments: Segment[];
  readonly findings: Finding[];
  readonly start: number;
}

interface OpenGroup {
  readonly head: GroupHead;
  readonly documents: EdiDocument[];
  readonly findings: Finding[];
  /** Opened by a UNG, not by a message that stands without one. */
  readonly named: boolean;
  declared: number | undefined;
}

interface OpenInterchange {
  readonly head: InterchangeHead;
  readonly unb: Segment;
  readonly groups: OpenGroup[];
  readonly findings: Finding[];
  readonly references: Set<string>;
  readonly groupReferences: Set<string>;
  messages: number;
}

export interface LimitReached {
  readonly code: string;
  readonly message: string;
}

const countOf = (text: string): number | undefined =>
  /^\d{1,10}$/.test(text.trim()) ? Number(text) : undefined;

export class EdifactEnvelopes {
  readonly #limits: EdiLimits;
  readonly #done: EdiInterchange[] = [];
  readonly #controls = new Set<string>();
  #interchange: OpenInterchange | undefined;
  #group: OpenGroup | undefined;
  #message: OpenMessage | undefined;
  #envelopes = 0;
  #messages = 0;

  constructor(limits: EdiLimits) {
    this.#limits = limits;
  }

  /** An interchange is open: the next segment belongs in it. */
  get open(): boolean {
    return this.#interchange !== undefined;
  }

  /** Where the next segment stands in its message. */
  get nextPosition(): number {
    return this.#message === undefined ? 1 : this.#message.segments.length + 1;
  }

  /** True when `unz` closes the open interchange with nothing to object to: only then may its terminator be missing. */
  endsWell(unz: Segment): boolean {
    const open = this.#interchange;
    if (!open || this.#message || this.#group?.named) return false;
    return unz.count === 2 && this.#faultsOfEnd(open, unz).length === 0;
  }

  /** Takes the next segment; answers which limit it breaks, if any. */
  take(segment: EdifactSegment, window: Window, delimiters: Delimiters): LimitReached | undefined {
    switch (segment.tag) {
      case 'UNB':
        return this.#openInterchange(segment, delimiters);
      case 'UNG':
        return this.#openGroup(segment);
      case 'UNH':
        return this.#openMessage(segment, window);
      case 'UNT':
        this.#closeMessage(segment, window.next);
        return undefined;
      case 'UNE':
        this.#closeGroup(segment);
        return undefined;
      case 'UNZ':
        this.#closeInterchange(segment);
        return undefined;
      default:
        return this.#data(segment, window);
    }
  }

  /** Adds what was found about the open interchange by somebody who reads bytes. */
  against(finding: Finding): void {
    this.#interchange?.findings.push(finding);
  }

  /** Everything read, with what is still open as it stands; `end` is where the file ends. */
  finish(end: number): readonly EdiInterchange[] {
    if (this.#interchange) {
      this.#lackingUnt(end);
      this.#shut();
    }
    return this.#done;
  }

  #where(): Where {
    return {
      ...(this.#interchange && { interchange: this.#interchange.head.control }),
      ...(this.#group?.named && { group: this.#group.head.control }),
      ...(this.#message && { document: this.#message.head.control }),
    };
  }

  #note(segment: Segment, fault: Fault): void {
    const list =
      this.#message && fault.level !== 'interchange' && fault.level !== 'group'
        ? this.#message.findings
        : this.#group?.named && fault.level === 'group'
          ? this.#group.findings
          : this.#interchange?.findings;
    if (list === undefined || (list.length >= MOST_FINDINGS && list.some(isReject))) return;
    list.push(findingAt(segment, this.#where(), fault));
  }

  #openInterchange(unb: Segment, delimiters: Delimiters): LimitReached | undefined {
    if (this.#interchange) {
      this.#note(unb, misplaced('interchange', 'UNB stands before the UNZ of the interchange before it'));
      this.#lackingUnt(unb.offset);
      this.#shut();
    }
    const { head, findings } = interchangeOpened(unb, delimiters);
    const key = [head.sender.qualifier, head.sender.id, head.control].join('\u0000');
    this.#interchange = {
      head,
      unb,
      groups: [],
      findings: [...findings],
      references: new Set(),
      groupReferences: new Set(),
      messages: 0,
    };
    if (head.control !== '' && this.#controls.has(key))
      this.#note(
        unb,
        duplicate('interchange', 'another interchange of the file has this control reference', 5),
      );
    this.#controls.add(key);
    this.#envelopes += 1;
    return this.#tooMany(this.#envelopes);
  }

  #openGroup(ung: Segment): LimitReached | undefined {
    const open = this.#interchange;
    if (!open) return undefined;
    this.#lackingUnt(ung.offset);
    if (this.#group?.named) this.#lackingUne(ung);
    const { head, findings } = groupOpened(ung, { interchange: open.head.control });
    this.#group = { head, documents: [], findings: [...findings], named: true, declared: undefined };
    open.groups.push(this.#group);
    if (head.control !== '' && open.groupReferences.has(head.control))
      this.#note(ung, duplicate('group', 'another group of the interchange has this reference', 5));
    open.groupReferences.add(head.control);
    this.#envelopes += 1;
    return this.#tooMany(this.#envelopes);
  }

  #openMessage(unh: Segment, window: Window): LimitReached | undefined {
    const open = this.#interchange;
    if (!open) return undefined;
    this.#lackingUnt(unh.offset);
    if (this.#group === undefined) {
      this.#group = {
        head: groupless(),
        documents: [],
        findings: [],
        named: false,
        declared: undefined,
      };
      open.groups.push(this.#group);
    }
    const { head, findings } = messageOpened(unh, this.#where());
    this.#message = { head, segments: [unh], findings: [...findings], start: unh.offset };
    this.#checkCharacters(unh, window);
    if (head.control !== '' && open.references.has(head.control))
      this.#note(unh, duplicate('document', 'another message of the interchange has this reference', 1));
    open.references.add(head.control);
    open.messages += 1;
    this.#messages += 1;
    return this.#tooMany(this.#messages);
  }

  #data(segment: Segment, window: Window): LimitReached | undefined {
    const message = this.#message;
    if (!message) {
      const level = this.#group?.named ? 'group' : 'interchange';
      this.#note(segment, {
        code: 'segment_outside_document',
        level,
        message: 'a segment stands outside any message',
        standardCode: CODE.outside,
        value: segment.tag,
      });
      return undefined;
    }
    // An empty segment is a doubled terminator, and counts as none.
    if (window.end === window.start || (segment.tag === '' && segment.count === 0)) {
      this.#note(segment, { ...invalid('empty_segment', 'a segment is empty'), severity: 'warning' });
      return undefined;
    }
    message.segments.push(segment);
    if (!/^[A-Z][A-Z0-9]{2}$/.test(segment.tag))
      this.#note(segment, { ...invalid('segment_tag_invalid', 'a segment has no tag'), value: segment.tag });
    this.#checkCharacters(segment, window);
    return message.segments.length <= this.#limits.segmentsPerDocument
      ? undefined
      : {
          code: 'document_too_long',
          message: `a message has more than ${this.#limits.segmentsPerDocument} segments`,
        };
  }

  #checkCharacters(segment: Segment, window: Window): void {
    if (window.control === undefined) return;
    const name = `0x${window.control.toString(16).padStart(2, '0')}`;
    this.#note(segment, {
      code: 'character_invalid',
      severity: window.control === 9 ? 'warning' : 'reject',
      level: 'segment',
      message: `the segment holds the control character ${name}`,
      standardCode: CODE.character,
    });
  }

  #closeMessage(unt: Segment, end: number): void {
    const message = this.#message;
    if (!message) {
      this.#note(unt, misplaced('interchange', 'UNT stands where no message is open'));
      return;
    }
    message.segments.push(unt);
    const counted = message.segments.length;
    if (countOf(unt.element(1)) !== counted)
      this.#note(unt, countFault('document', 'segment', unt.element(1), counted, '0074'));
    if (unt.element(2) !== message.head.control)
      this.#note(unt, referenceFault('document', unt.element(2), 'UNH', '0062'));
    this.#shutMessage(end);
  }

  #closeGroup(une: Segment): void {
    const group = this.#group;
    if (!group?.named) {
      this.#note(une, misplaced('interchange', 'UNE stands where no group is open'));
      return;
    }
    this.#lackingUnt(une.offset);
    group.declared = countOf(une.element(1));
    if (group.declared !== group.documents.length)
      this.#note(une, countFault('group', 'message', une.element(1), group.documents.length, '0060'));
    if (une.element(2) !== group.head.control)
      this.#note(une, referenceFault('group', une.element(2), 'UNG', '0048'));
    if (group.documents.length === 0) this.#note(une, emptyFault('group'));
    this.#group = undefined;
  }

  #closeInterchange(unz: Segment): void {
    const open = this.#interchange;
    if (!open) return;
    this.#lackingUnt(unz.offset);
    if (this.#group?.named) this.#lackingUne(unz);
    for (const fault of this.#faultsOfEnd(open, unz)) this.#note(unz, fault);
    if (open.messages === 0) this.#note(unz, emptyFault('interchange'));
    const loose = open.groups.find((group) => !group.named);
    if (loose) loose.declared = countOf(unz.element(1));
    this.#shut();
  }

  #faultsOfEnd(open: OpenInterchange, unz: Segment): readonly Fault[] {
    const named = open.groups.filter((group) => group.named).length;
    const mixed = named > 0 && open.groups.some((group) => !group.named);
    const counted = named > 0 ? named : open.messages;
    return [
      ...(mixed ? [MIXED] : []),
      ...(countOf(unz.element(1)) === counted
        ? []
        : [countFault('interchange', named > 0 ? 'group' : 'message', unz.element(1), counted, '0036')]),
      ...(unz.element(2) === open.head.control
        ? []
        : [referenceFault('interchange', unz.element(2), 'UNB', '0020')]),
    ];
  }

  #lackingUnt(end: number): void {
    const message = this.#message;
    const unh = message?.segments[0];
    if (!message || !unh) return;
    this.#note(unh, {
      code: 'document_trailer_missing',
      level: 'document',
      message: 'the message has no UNT',
      standardCode: CODE.missing,
    });
    this.#shutMessage(end);
  }

  #lackingUne(at: Segment): void {
    this.#note(at, {
      code: 'group_trailer_missing',
      level: 'group',
      message: 'the group has no UNE',
      standardCode: CODE.missing,
    });
    this.#group = undefined;
  }

  #shutMessage(end: number): void {
    const { message, group, interchange } = {
      message: this.#message,
      group: this.#group,
      interchange: this.#interchange,
    };
    if (!message || !group || !interchange) return;
    group.documents.push({
      syntax: 'edifact',
      interchange: interchange.head,
      group: group.head,
      ...message.head,
      segments: message.segments,
      start: message.start,
      end,
      delimiters: interchange.head.delimiters,
      findings: message.findings,
    });
    this.#message = undefined;
  }

  #shut(): void {
    const open = this.#interchange;
    if (!open) return;
    const groups = open.groups.map(
      ({ head, documents, findings, declared }): EdiGroup => ({
        head,
        documents,
        findings,
        declaredDocuments: declared,
      }),
    );
    this.#done.push({ head: open.head, groups, acknowledgements: [], findings: open.findings });
    this.#interchange = undefined;
    this.#group = undefined;
    this.#message = undefined;
  }

  #tooMany(count: number): LimitReached | undefined {
    return count <= this.#limits.documentsPerFile
      ? undefined
      : { code: 'file_too_many_documents', message: 'the file has more messages than a file may have' };
  }
}

const isReject = (finding: Finding): boolean => finding.severity === 'reject';
