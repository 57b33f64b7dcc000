// Collects what is wrong with the content of one transaction set, each finding with its place to the byte and the code
// an acknowledgement has for it. It judges nothing: the readers do.
import type { Finding, Severity } from '../edi/finding.ts';
import type { EdiDocument, Segment } from '../edi/segment.ts';
import { segmentRuleOf } from '../edi/x12-dictionary.ts';

/** Beyond this many, one more finding says that there are others: a broken file must not become a larger one. */
const MOST_FINDINGS = 500;

export interface Fault {
  /** Our own word, stable. */
  readonly code: string;
  readonly message: string;
  /** Of 723 when `element` is given, of 720 otherwise. */
  readonly standardCode: string;
  readonly element?: number;
  readonly component?: number;
  /** The bad value where it is not the element's own. */
  readonly value?: string;
}

export class DocumentFindings {
  readonly #document: EdiDocument;
  readonly #list: Finding[] = [];
  #rejects = false;

  constructor(document: EdiDocument) {
    this.#document = document;
  }

  get list(): readonly Finding[] {
    return this.#list;
  }

  get rejects(): boolean {
    return this.#rejects;
  }

  reject(segment: Segment, fault: Fault): undefined {
    this.#rejects = true;
    this.#add('reject', segment, fault);
  }

  warn(segment: Segment, fault: Fault): undefined {
    this.#add('warning', segment, fault);
  }

  /** A segment the document cannot do without; it is missed where the document begins. */
  missing(tag: string, why: string): undefined {
    this.#rejects = true;
    const { segments, start } = this.#document;
    this.#push({
      ...this.#around(),
      code: 'segment_missing',
      severity: 'reject',
      level: 'segment',
      message: `${this.#document.type} without ${tag}: ${why}`,
      offset: segments[0]?.offset ?? start,
      segment: { tag, position: Math.min(2, segments.length + 1) },
      standardCode: '3',
    });
  }

  /** The whole document, with a code of 718. */
  refuse(code: string, message: string, standardCode: string): undefined {
    this.#rejects = true;
    this.#push({
      ...this.#around(),
      code,
      severity: 'reject',
      level: 'document',
      message,
      offset: this.#document.start,
      standardCode,
    });
  }

  #add(severity: Severity, segment: Segment, fault: Fault): void {
    const { element, component } = fault;
    const rule = element === undefined ? undefined : segmentRuleOf(segment.tag)?.elements[element - 1];
    // Composites have names such as C001 and no number.
    const reference = rule && /^\d+$/.test(rule.reference) ? rule.reference : undefined;
    const value = fault.value ?? (element === undefined ? '' : segment.raw(element));
    this.#push({
      ...this.#around(),
      code: fault.code,
      severity,
      level: element === undefined ? 'segment' : 'element',
      message: fault.message,
      offset: segment.offset,
      segment: { tag: segment.tag, position: segment.position },
      ...(element !== undefined && {
        element: {
          position: element,
          ...(component !== undefined && { component }),
          ...(reference !== undefined && { reference }),
        },
      }),
      ...(value !== '' && { value: value.slice(0, 70) }),
      standardCode: fault.standardCode,
    });
  }

  #around() {
    const { interchange, group, control } = this.#document;
    return {
      ...(interchange && { interchange: interchange.control }),
      ...(group && { group: group.control }),
      ...(control !== '' && { document: control }),
    };
  }

  #push(finding: Finding): void {
    if (this.#list.length < MOST_FINDINGS) this.#list.push(finding);
    else if (this.#list.length === MOST_FINDINGS) {
      this.#list.push({
        ...this.#around(),
        code: 'findings_cut',
        severity: this.#rejects ? 'reject' : 'warning',
        level: 'document',
        message: `more than ${MOST_FINDINGS} findings; only the first are listed`,
        offset: finding.offset,
        standardCode: '5',
      });
    }
  }
}
