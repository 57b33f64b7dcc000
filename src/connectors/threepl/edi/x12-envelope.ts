// Walks the segments of X12 interchanges and keeps what is open: interchange, group, document. Counts and control numbers of
// every trailer are held against what was seen. Knows nothing of bytes, windows or files.
import type { Finding } from './finding.ts';
import type { Delimiters, EdiLimits, GroupHead, InterchangeHead, Segment } from './segment.ts';
import { countOf, versionOf } from './x12-control.ts';
import type { X12Header } from './x12-delimiters.ts';
import type { X12Handler } from './x12-handler.ts';
import {
  documentRemarks,
  groupHeadOf,
  groupRemarks,
  interchangeHeadOf,
  interchangeRemarks,
  type Remark,
  rejectRemark as reject,
} from './x12-heads.ts';
import { SeenControls } from './x12-rising.ts';
import type { X12Segment } from './x12-segment.ts';
import { OpenSegments, X12Document } from './x12-segments.ts';
import type { X12Tag, X12Tags } from './x12-tags.ts';
import { documentTrailerRemarks, groupTrailerRemarks, interchangeTrailerRemarks } from './x12-trailers.ts';
import type { X12Window } from './x12-window.ts';

interface OpenInterchange {
  readonly head: InterchangeHead;
  readonly findings: Finding[];
  readonly groupControls: SeenControls;
  groups: number;
}
interface OpenGroup {
  readonly head: GroupHead;
  /** Of its head, without what stands behind the version's digits. */
  readonly version: string;
  readonly findings: Finding[];
  readonly controls: SeenControls;
  documents: number;
}
interface OpenDocument {
  readonly type: string;
  readonly control: string;
  readonly start: number;
  readonly findings: Finding[];
}

/** Of each kind, to hold the limits against. */
interface X12Seen {
  interchanges: number;
  acknowledgements: number;
  groups: number;
  documents: number;
  refusals: number;
}

const NO_GROUP: GroupHead = { functional: '', sender: '', receiver: '', control: '', version: '' };

export class X12Envelope {
  readonly #handler: X12Handler;
  readonly #limits: EdiLimits;
  #delimiters: Delimiters | undefined;
  #interchange: OpenInterchange | undefined;
  #group: OpenGroup | undefined;
  #document: OpenDocument | undefined;
  /** Of the open document; none when none is open. */
  readonly #segments = new OpenSegments();
  #isExceeding = false;
  readonly #seen: X12Seen = { interchanges: 0, acknowledgements: 0, groups: 0, documents: 0, refusals: 0 };

  constructor(handler: X12Handler, limits: EdiLimits) {
    this.#handler = handler;
    this.#limits = limits;
  }

  get isOpen(): boolean {
    return this.#interchange !== undefined || this.#document !== undefined;
  }

  get isBare(): boolean {
    return this.#interchange === undefined && this.#document !== undefined;
  }

  /** ISA13 of the open interchange, or ST02 of the open document that has none. */
  get outermostControl(): string | undefined {
    return this.#interchange?.head.control ?? this.#document?.control;
  }

  /** The number the next segment has within its document. */
  get nextPosition(): number {
    return this.#segments.length + 1;
  }

  get isExceeding(): boolean {
    return this.#isExceeding;
  }

  /** Of what there is more than a limit allows, in words; undefined while there is not. */
  get excess(): string | undefined {
    const { documentsPerFile, segmentsPerDocument } = this.#limits;
    const { interchanges, acknowledgements, groups, documents, refusals } = this.#seen;
    if (documents > documentsPerFile) return `${documentsPerFile} documents`;
    if (Math.max(interchanges, acknowledgements, groups) > documentsPerFile)
      return `${documentsPerFile} envelopes`;
    if (this.#segments.length > segmentsPerDocument) return `${segmentsPerDocument} segments in a document`;
    return refusals > documentsPerFile ? `${documentsPerFile} errors` : undefined;
  }

  openInterchange(header: X12Header, offset: number): void {
    this.closeInterchange(offset);
    const head = interchangeHeadOf(header);
    this.#delimiters = header.delimiters;
    this.#interchange = { head, findings: [], groupControls: new SeenControls(), groups: 0 };
    this.#count('interchanges');
    for (const remark of interchangeRemarks(header, head))
      this.#note(this.#interchange.findings, remark, offset);
    this.#handler.interchangeStart?.(head);
  }

  /** A document without an envelope begins with the ST segment that comes next. */
  openBare(delimiters: Delimiters): void {
    this.#delimiters = delimiters;
  }

  /** The next segment that `append` does not take; `end` is after its terminator. Answers whether it ended what was outermost. */
  take(segment: X12Segment, end: number): boolean {
    switch (segment.tag) {
      case 'ST':
        this.#openDocument(segment);
        return false;
      case 'SE':
        this.#endDocument(segment, end);
        return this.#interchange === undefined;
      case 'GS':
        this.#openGroup(segment);
        return false;
      case 'GE':
        this.#endGroup(segment);
        return false;
      case 'IEA':
        this.#endInterchange(segment);
        return true;
      default:
        this.#outsideDocument(segment);
        return false;
    }
  }

  /** A segment that is none of an envelope, if a document is open. Answers whether one was. */
  append(tag: X12Tag, window: X12Window, place: number): boolean {
    if (this.#document === undefined) return false;
    this.#segments.add(tag, window, place);
    if (this.#segments.length > this.#limits.segmentsPerDocument) this.#isExceeding = true;
    return true;
  }

  /** As `OpenSegments.addRun`, while a document is open; where none is, all are left. */
  appendRun(tags: X12Tags, bytes: Uint8Array, window: X12Window, at: number, most: number): number {
    if (this.#document === undefined) return at;
    const { segmentsPerDocument, segmentBytes } = this.#limits;
    const room = Math.min(most, segmentsPerDocument - this.#segments.length);
    return this.#segments.addRun(tags, bytes, window, at, room, segmentBytes);
  }

  /** Something found at the innermost thing open, or at the interchange where it says so. */
  remark(remark: Remark, offset: number): void {
    const findings =
      (remark.level === 'interchange' ? this.#interchange?.findings : undefined) ??
      (this.#document ?? this.#group ?? this.#interchange)?.findings;
    if (findings && !(remark.severity === 'warning' && findings.some(({ code }) => code === remark.code)))
      this.#note(findings, remark, offset);
  }

  /** Where the file stands, for findings about the file itself. */
  located(remark: Remark, offset: number): Finding {
    const interchange = this.#interchange?.head.control;
    const group = this.#group?.head.control;
    const document = this.#document?.control;
    return {
      ...remark,
      offset,
      ...(interchange === undefined ? {} : { interchange }),
      ...(group === undefined || group === '' ? {} : { group }),
      ...(document === undefined ? {} : { document }),
    };
  }

  /** The end of what is open, without its trailer. */
  closeInterchange(offset: number): void {
    this.#closeGroup(offset);
    const open = this.#interchange;
    if (!open) return;
    this.#note(
      open.findings,
      reject('interchange', 'interchange_trailer_missing', 'The interchange ends without IEA.', '023'),
      offset,
    );
    this.#finishInterchange(open);
  }

  #count(kind: keyof X12Seen): void {
    this.#seen[kind] += 1;
    if (this.#seen[kind] > this.#limits.documentsPerFile) this.#isExceeding = true;
  }

  #note(findings: Finding[], remark: Remark, offset: number): void {
    if (remark.severity === 'reject') this.#count('refusals');
    findings.push(this.located(remark, offset));
  }

  #outsideDocument(segment: Segment): void {
    const { tag, offset } = segment;
    if (tag === 'TA1' && !this.#group) {
      this.#count('acknowledgements');
      const elements = Array.from({ length: segment.count }, (_, index) => segment.raw(index + 1));
      this.#handler.acknowledgement?.({ elements, offset });
      return;
    }
    const findings = (this.#group ?? this.#interchange)?.findings;
    if (!findings || findings.some(({ code }) => code === 'segment_outside_document')) return;
    const level = this.#group ? 'group' : 'interchange';
    const message = 'A segment stands outside any document.';
    this.#note(
      findings,
      { ...reject(level, 'segment_outside_document', message, this.#group ? '6' : '024'), value: tag },
      offset,
    );
  }

  #openGroup(segment: Segment): void {
    const interchange = this.#interchange;
    if (!interchange) {
      this.#strayed(segment);
      return;
    }
    this.#closeGroup(segment.offset);
    const head = groupHeadOf(segment);
    this.#startGroup(interchange, head);
    const findings = this.#group?.findings ?? [];
    for (const remark of groupRemarks(segment, head)) this.#note(findings, remark, segment.offset);
    if (interchange.groupControls.isRepeated(head.control))
      this.#note(
        findings,
        reject(
          'group',
          'group_control_repeated',
          'Another group of this interchange has the same GS06.',
          '19',
        ),
        segment.offset,
      );
  }

  #startGroup(interchange: OpenInterchange, head: GroupHead): void {
    const version = versionOf(head.version);
    this.#group = { head, version, findings: [], controls: new SeenControls(), documents: 0 };
    interchange.groups += 1;
    this.#count('groups');
    this.#handler.groupStart?.(head);
  }

  #endGroup(segment: Segment): void {
    const group = this.#group;
    if (!group) {
      this.#strayed(segment);
      return;
    }
    this.#closeDocument(segment.offset);
    const declared = countOf(segment.element(1));
    for (const remark of groupTrailerRemarks(segment, group.head.control, group.documents))
      this.#note(group.findings, remark, segment.offset);
    this.#finishGroup(group, declared);
  }

  #closeGroup(offset: number): void {
    this.#closeDocument(offset);
    const group = this.#group;
    if (!group) return;
    if (group.head !== NO_GROUP)
      this.#note(
        group.findings,
        reject('group', 'group_trailer_missing', 'The group ends without GE.', '3'),
        offset,
      );
    this.#finishGroup(group, undefined);
  }

  #finishGroup(group: OpenGroup, declaredDocuments: number | undefined): void {
    this.#group = undefined;
    this.#handler.groupEnd?.({ declaredDocuments, findings: group.findings });
  }

  #endInterchange(segment: Segment): void {
    this.#closeGroup(segment.offset);
    const open = this.#interchange;
    if (!open) {
      this.#strayed(segment);
      return;
    }
    for (const remark of interchangeTrailerRemarks(segment, open.head.control, open.groups))
      this.#note(open.findings, remark, segment.offset);
    this.#finishInterchange(open);
  }

  #finishInterchange(open: OpenInterchange): void {
    this.#interchange = undefined;
    this.#handler.interchangeEnd?.({ findings: open.findings });
  }

  #openDocument(segment: X12Segment): void {
    this.#closeDocument(segment.offset);
    const { offset } = segment;
    if (this.#interchange && !this.#group) {
      this.#startGroup(this.#interchange, NO_GROUP);
      this.remark(
        reject('group', 'group_header_missing', 'A document stands outside any group.', '6'),
        offset,
      );
    }
    const document = {
      type: segment.element(1),
      control: segment.element(2),
      start: offset,
      findings: [],
    };
    this.#document = document;
    this.#segments.add(segment.known, segment.window, segment.at);
    this.#count('documents');
    if (this.#group) this.#group.documents += 1;
    this.#handler.documentStart?.({ type: document.type, control: document.control, offset });
    for (const remark of documentRemarks(segment, this.#group?.head)) this.remark(remark, offset);
    if (this.#group?.controls.isRepeated(document.control))
      this.remark(
        reject(
          'document',
          'document_control_repeated',
          'Another document of this group has the same ST02.',
          '23',
        ),
        offset,
      );
  }

  #endDocument(segment: X12Segment, end: number): void {
    const document = this.#document;
    if (!document) {
      this.#strayed(segment);
      return;
    }
    this.#segments.add(segment.known, segment.window, segment.at);
    for (const remark of documentTrailerRemarks(segment, document.control, this.#segments.length))
      this.remark(remark, segment.offset);
    this.#finishDocument(document, end);
  }

  #closeDocument(offset: number): void {
    if (!this.#document) return;
    this.remark(reject('document', 'document_trailer_missing', 'The document ends without SE.', '2'), offset);
    this.#finishDocument(this.#document, offset);
  }

  #finishDocument(document: OpenDocument, end: number): void {
    this.#document = undefined;
    const { head: group, version = '' } = this.#group ?? {};
    const segments = this.#segments.close();
    const delimiters = this.#delimiters;
    if (!delimiters) return;
    const said = {
      interchange: this.#interchange?.head,
      group: group === NO_GROUP ? undefined : group,
      type: document.type,
      version,
      control: document.control,
      start: document.start,
      end,
      delimiters,
      findings: document.findings,
    };
    this.#handler.document(new X12Document(said, segments));
  }

  #strayed({ tag, offset }: Segment): void {
    const level = this.#group ? 'group' : 'interchange';
    const remark = reject(
      level,
      'envelope_out_of_order',
      `${tag} stands where nothing is open that it belongs to.`,
    );
    this.remark({ ...remark, standardCode: level === 'group' ? '6' : '022' }, offset);
  }
}
