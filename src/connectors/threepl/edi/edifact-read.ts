// Reads EDIFACT files: delimiters, interchanges, groups and messages, with everything that is wrong with them as findings.
// Never throws, whatever the bytes; understands no message, and repairs nothing.
import { charactersOf } from './edifact-characters.ts';
import {
  divisionOfUna,
  divisionWithoutUna,
  type EdifactDivision,
  isLineBreak,
  STANDARD_DIVISION,
  UNA_BYTES,
} from './edifact-delimiters.ts';
import { EdifactEnvelopes } from './edifact-envelopes.ts';
import { CODE, findingAt } from './edifact-heads.ts';
import { type Decode, EdifactSegment, type Window, windowAt } from './edifact-segment.ts';
import type { EdiFile } from './file.ts';
import type { Finding } from './finding.ts';
import { EDI_LIMITS, type EdiLimits } from './segment.ts';

/**
 * Reads `bytes` as one or several EDIFACT interchanges. Segments are split when somebody looks at them. A file that ends
 * before its UNZ is not complete; beyond a limit, or with anything that is no interchange, it has a rejecting finding.
 * Sources: ISO 9735:1988 §§ 4–8 and 9735-1:2002, with what real files do.
 */
export function readEdifact(
  bytes: Uint8Array,
  options: { readonly limits?: Partial<EdiLimits> } = {},
): EdiFile {
  const limits = { ...EDI_LIMITS, ...options.limits };
  if (bytes.length > limits.fileBytes)
    return refused(beyond(0, 'file_too_large', `the file has more than ${limits.fileBytes} bytes`), true);
  return new FileReader(bytes, limits).read();
}

/** Of UTF-8, byte for byte. */
const BYTE_ORDER_MARK = '\u00ef\u00bb\u00bf';

const fileFinding = (offset: number, code: string, message: string, standardCode: string): Finding => ({
  code,
  severity: 'reject',
  level: 'file',
  message,
  offset,
  standardCode,
});

const beyond = (offset: number, code: string, message: string): Finding =>
  fileFinding(offset, code, message, '16');

const refused = (finding: Finding, complete: boolean): EdiFile => ({
  syntax: 'edifact',
  delimiters: STANDARD_DIVISION.delimiters,
  interchanges: [],
  bare: [],
  findings: [finding],
  complete,
});

class FileReader {
  readonly #bytes: Uint8Array;
  readonly #limits: EdiLimits;
  readonly #findings: Finding[] = [];
  readonly #envelopes: EdifactEnvelopes;
  #division: EdifactDivision = STANDARD_DIVISION;
  #first: EdifactDivision | undefined;
  #decode: Decode = () => '';
  #complete = true;
  #at = 0;
  /** After the byte order mark, which is no text of the sender's. */
  #textAt = 0;

  constructor(bytes: Uint8Array, limits: EdiLimits) {
    this.#bytes = bytes;
    this.#limits = limits;
    this.#envelopes = new EdifactEnvelopes(limits);
  }

  read(): EdiFile {
    if (this.#starts(BYTE_ORDER_MARK)) this.#at = BYTE_ORDER_MARK.length;
    this.#textAt = this.#at;
    this.#skipBlanks();
    if (this.#at === this.#bytes.length) return refused(this.#cut('the file is empty'), false);
    while (this.#at < this.#bytes.length && this.#step()) this.#skipBlanks();
    if (this.#envelopes.open && this.#complete && !this.#findings.some(({ level }) => level === 'file')) {
      this.#complete = false;
      this.#findings.push(this.#cut('the file ends before its interchange does'));
    }
    return {
      syntax: 'edifact',
      delimiters: (this.#first ?? STANDARD_DIVISION).delimiters,
      interchanges: this.#envelopes.finish(this.#bytes.length),
      bare: [],
      findings: this.#findings,
      complete: this.#complete,
    };
  }

  /** One segment, or the delimiters of an interchange; false when nothing further can be read. */
  #step(): boolean {
    if (!this.#envelopes.open) {
      if (!this.#openDivision()) return false;
      this.#skipBlanks();
    }
    const window = windowAt(this.#bytes, this.#at, this.#division, this.#limits.segmentBytes);
    if (window === undefined)
      return this.#stop(
        beyond(this.#at, 'segment_too_long', `a segment has more than ${this.#limits.segmentBytes} bytes`),
      );
    if (window.mixedAt !== undefined)
      return this.#stop(
        fileFinding(
          window.mixedAt,
          'terminators_mixed',
          'some segments end with a line break and some with an apostrophe',
          '20',
        ),
      );
    const oddity = this.#envelopes.open ? undefined : this.#chooseCharacters(window);
    const position = this.#envelopes.nextPosition;
    const segment = new EdifactSegment(this.#bytes, window, position, this.#division, this.#decode);
    if (!window.terminated && !(segment.tag === 'UNZ' && this.#envelopes.endsWell(segment))) {
      this.#complete = false;
      this.#findings.push(this.#cut('the file ends within a segment'));
      return false;
    }
    this.#at = window.next;
    const limit = this.#envelopes.take(segment, window, this.#division.delimiters);
    if (oddity) this.#envelopes.against(oddity);
    return limit === undefined || this.#stop(beyond(window.start, limit.code, limit.message));
  }

  /** At the start of an interchange: its UNA if there is one, and its UNB. */
  #openDivision(): boolean {
    let named: EdifactDivision | undefined;
    if (this.#starts('UNA')) {
      if (this.#at + UNA_BYTES > this.#bytes.length) return this.#cutAtStart();
      named = divisionOfUna(this.#bytes, this.#at);
      if (named === undefined)
        return this.#stop(
          fileFinding(this.#at, 'delimiters_invalid', 'UNA names characters that cannot divide data', '22'),
        );
      this.#at += UNA_BYTES;
      this.#skipBlanks();
    }
    if (!this.#starts('UNB')) {
      const rest = String.fromCharCode(...this.#bytes.subarray(this.#at, this.#at + 3));
      const starts = this.#at === 0 ? ['UNA', 'UNB', BYTE_ORDER_MARK] : ['UNA', 'UNB'];
      if (this.#bytes.length - this.#at < 3 && starts.some((start) => start.startsWith(rest)))
        return this.#cutAtStart();
      return this.#stop(this.#notAnInterchange());
    }
    this.#division = named ?? divisionWithoutUna(this.#bytes, this.#at, this.#limits.segmentBytes);
    this.#first ??= this.#division;
    return true;
  }

  #notAnInterchange(): Finding {
    return this.#first === undefined
      ? fileFinding(this.#at, 'not_edifact', 'the file does not start with UNA or UNB', '18')
      : fileFinding(this.#at, 'bytes_after_end', 'something that is no interchange follows UNZ', '33');
  }

  /** Answers what is odd about them. The syntax identifier stands in UNB itself, in letters that every set has. */
  #chooseCharacters(window: Window): Finding | undefined {
    const unb = new EdifactSegment(this.#bytes, window, 1, this.#division, (part) =>
      Buffer.from(part.buffer, part.byteOffset, part.byteLength).toString('latin1'),
    );
    const { decode, oddity } = charactersOf(this.#bytes.subarray(this.#textAt), unb.component(1, 1));
    this.#decode = decode;
    return (
      oddity &&
      findingAt(
        unb,
        { interchange: unb.element(5) },
        {
          code: oddity.severity === 'reject' ? 'characters_invalid' : 'characters_undeclared',
          severity: oddity.severity,
          level: 'interchange',
          message: oddity.message,
          standardCode: CODE.character,
        },
      )
    );
  }

  #cutAtStart(): false {
    this.#complete = false;
    this.#findings.push(this.#cut('the file ends within the first segment of an interchange'));
    return false;
  }

  #cut(message: string): Finding {
    return fileFinding(this.#bytes.length, 'file_cut', message, '13');
  }

  #stop(finding: Finding): false {
    this.#findings.push(finding);
    return false;
  }

  #starts(text: string): boolean {
    for (let i = 0; i < text.length; i += 1)
      if (this.#bytes[this.#at + i] !== text.charCodeAt(i)) return false;
    return true;
  }

  #skipBlanks(): void {
    for (let byte = this.#bytes[this.#at]; ; byte = this.#bytes[this.#at]) {
      if (!isLineBreak(byte) && byte !== 0x20 && byte !== 0x09) return;
      this.#at += 1;
    }
  }
}
