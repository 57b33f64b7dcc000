// Cuts a stream of bytes into X12 segments and hands them to the envelope. Holds one window of the file and the document that
// is open, so that memory does not grow with the file. Answers any bytes with findings: it never throws for what it reads.
import { isAscii } from 'node:buffer';
import type { Finding } from './finding.ts';
import { type Delimiters, EDI_LIMITS, type EdiLimits } from './segment.ts';
import { bareDelimitersOf, HEADER_BYTES, x12HeaderOf } from './x12-delimiters.ts';
import { DICTIONARY_TAGS } from './x12-dictionary.ts';
import { X12Envelope, type X12Handler } from './x12-envelope.ts';
import { type Remark, rejectRemark as reject, warningRemark as warning } from './x12-heads.ts';
import { type X12Dividing, X12Segment, X12Window } from './x12-segment.ts';

export interface X12ReadOptions {
  readonly limits?: Partial<EdiLimits>;
  /** Take documents that stand without an envelope, from ST to SE. */
  readonly bareDocuments?: boolean;
  /** For a reader whose caller keeps every segment. */
  readonly segmentsPerFile?: number;
}

export interface X12Reader {
  /** The next bytes of the file, in any portions. */
  push(chunk: Uint8Array): void;
  /** No more bytes; tells `fileEnd`. */
  end(): void;
}

/** Reads X12 from bytes as they come and tells `handler` what it finds; throws only what the handler throws. */
export const createX12Reader = (handler: X12Handler, options: X12ReadOptions = {}): X12Reader =>
  new WindowReader(handler, options);

const LETTER_I = 73;
const LF = 10;
const CR = 13;
const SPACE = 32;
const TAB = 9;
/** One push is read in portions of this size, so that no window outgrows what strings may hold. */
const WINDOW_BYTES = 1024 * 1024;
const KNOWN_TAGS = 4096;
const BOM = '\xef\xbb\xbf';

class WindowReader implements X12Reader {
  readonly #handler: X12Handler;
  readonly #envelope: X12Envelope;
  readonly #limits: EdiLimits;
  readonly #options: X12ReadOptions;
  readonly #findings: Finding[] = [];
  /** Tags by their characters' codes: a tag is made once, not once a segment. */
  readonly #tags = new Map(TAGS);
  /** How segments are divided; undefined between interchanges. */
  #division: X12Dividing | undefined;
  /** What the segments of this window and division share. */
  #cut: X12Window | undefined;
  #delimiters: Delimiters | undefined;
  #window = '';
  #isAscii = true;
  /** Of the window's first byte in the file. */
  #base = 0;
  #place = 0;
  /** The unfinished segment holds no terminator before here. */
  #searched = 0;
  #lineFeed = -1;
  #carriageReturn = -1;
  #segments = 0;
  #isTag = true;
  readonly #mostSegments: number;
  #isEnded = false;
  #isStopped = false;

  constructor(handler: X12Handler, options: X12ReadOptions) {
    this.#handler = handler;
    this.#options = options;
    this.#limits = { ...EDI_LIMITS, ...options.limits };
    this.#mostSegments = options.segmentsPerFile ?? Number.POSITIVE_INFINITY;
    this.#envelope = new X12Envelope(handler, this.#limits);
  }

  push(chunk: Uint8Array): void {
    for (let start = 0; start < chunk.length && !this.#isStopped && !this.#isEnded; start += WINDOW_BYTES) {
      const portion = chunk.subarray(start, start + WINDOW_BYTES);
      const text = Buffer.from(portion.buffer, portion.byteOffset, portion.byteLength).toString('latin1');
      const rest = this.#window.length - this.#place;
      this.#searched = Math.max(0, this.#searched - this.#place);
      this.#base += this.#place;
      this.#isAscii = isAscii(portion) && (rest === 0 || this.#isAscii);
      this.#window = rest === 0 ? text : this.#window.slice(this.#place) + text;
      this.#place = 0;
      this.#cut = undefined;
      this.#forgetBreaks();
      if (this.#base + this.#window.length > this.#limits.fileBytes)
        this.#stop('file_too_large', `The file is larger than ${this.#limits.fileBytes} bytes.`, this.#base);
      else this.#read();
    }
  }

  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    if (!this.#isStopped) this.#read();
    if (!this.#isStopped) this.#readUnterminated();
    const offset = this.#base + this.#place;
    const isEmpty = this.#delimiters === undefined && this.#findings.length === 0;
    if (isEmpty) this.#refuse('file_empty', 'The file holds no interchange.', offset);
    const complete = !this.#isStopped && !isEmpty && !this.#envelope.isOpen;
    this.#envelope.closeInterchange(offset);
    this.#handler.fileEnd?.({ findings: this.#findings, complete, delimiters: this.#delimiters });
  }

  #read(): void {
    while (!this.#isStopped) {
      this.#skipBlanks();
      if (this.#place >= this.#window.length) return;
      if (this.#division === undefined ? !this.#readHeader() : !this.#readSegment()) return;
    }
  }

  #skipBlanks(): void {
    if (this.#window.charCodeAt(this.#place) > SPACE && this.#place > 0) return;
    if (this.#base === 0 && this.#place === 0 && this.#window.startsWith(BOM)) this.#place = BOM.length;
    for (; this.#place < this.#window.length; this.#place += 1) {
      const code = this.#window.charCodeAt(this.#place);
      if (code !== LF && code !== CR && code !== SPACE && code !== TAB) return;
    }
  }

  /** Between interchanges: nothing but the next header may come. Answers whether to read on. */
  #readHeader(): boolean {
    const start = this.#window.slice(this.#place, this.#place + HEADER_BYTES);
    if (start.length < HEADER_BYTES && !this.#isEnded) return false;
    const offset = this.#base + this.#place;
    const bare = this.#options.bareDocuments === true ? bareDelimitersOf(start) : undefined;
    if (bare) {
      this.#divideBy({ delimiters: bare, wrapped: false });
      this.#envelope.openBare(bare);
      return true;
    }
    const header = x12HeaderOf(start);
    if (!header) return this.#notHeader(start, offset);
    this.#place += header.length;
    // Where a line break ends segments it cannot also be noise.
    const wrapped = header.form === 'wrapped' && !/[\r\n]/.test(header.delimiters.segment);
    this.#divideBy({ delimiters: header.delimiters, wrapped });
    this.#envelope.openInterchange(header, offset);
    if (header.fault)
      this.#stop('delimiters_invalid', header.fault.message, offset, header.fault.standardCode);
    return true;
  }

  #notHeader(start: string, offset: number): false {
    if (start.startsWith('ISA'))
      this.#stop('header_unreadable', 'The ISA segment cannot be read.', offset, '022');
    else if (this.#delimiters !== undefined)
      this.#stop('trailing_bytes', 'Bytes follow the end of the last interchange.', offset, '022');
    else if (/^ST[^A-Za-z0-9]/.test(start))
      this.#stop('envelope_missing', 'The document stands without an envelope.', offset, '022');
    else this.#stop('not_x12', 'The file does not start with an ISA segment.', offset, '022');
    return false;
  }

  #divideBy(division: X12Dividing): void {
    this.#division = division;
    this.#cut = undefined;
    this.#delimiters ??= division.delimiters;
    this.#searched = this.#place;
    this.#forgetBreaks();
  }

  #currentCut(): X12Window | undefined {
    if (this.#division === undefined) return undefined;
    this.#cut ??= new X12Window(this.#window, this.#base, this.#isAscii, this.#division);
    return this.#cut;
  }

  /** Answers whether there was a whole segment. */
  #readSegment(): boolean {
    const cut = this.#currentCut();
    const start = this.#place;
    // Inside an interchange a new header may name other delimiters.
    if (cut === undefined || (this.#window.charCodeAt(start) === LETTER_I && this.#isHeaderAt(start))) {
      this.#division = undefined;
      return true;
    }
    const terminator = cut.delimiters.segment;
    const end = this.#window.indexOf(terminator, start < this.#searched ? this.#searched : start);
    const length = (end < 0 ? this.#window.length : end) - start;
    if (length > this.#limits.segmentBytes) {
      this.#stop(
        'segment_too_long',
        `A segment is longer than ${this.#limits.segmentBytes} bytes.`,
        this.#base + start,
      );
      return false;
    }
    if (end < 0) {
      this.#searched = Math.max(start, this.#window.length - terminator.length + 1);
      return false;
    }
    this.#place = end + terminator.length;
    this.#searched = this.#place;
    if (end === start)
      this.#envelope.remark(warning('document', 'segment_empty', 'A segment is empty.'), this.#base + start);
    else this.#takeSegment(cut, start, end);
    return true;
  }

  #takeSegment(cut: X12Window, start: number, end: number): void {
    const tag = this.#tagOf(cut, start, end);
    const position = tag === 'ST' ? 1 : this.#envelope.nextPosition;
    if (this.#hasBreak(start, end)) this.#remarkBreak(cut, start, end);
    const segment = new X12Segment(tag, position, cut, start, end);
    this.#segments += 1;
    if (this.#envelope.take(segment, this.#base + this.#place)) this.#division = undefined;
    if (!this.#isTag) this.#remarkTag(tag, position, segment.offset);
    if (this.#envelope.isExceeding || this.#segments > this.#mostSegments)
      this.#stop('limit_exceeded', `The file holds more than ${this.#excess()}.`, segment.offset);
  }

  #excess(): string {
    return this.#envelope.excess ?? `${this.#mostSegments} segments`;
  }

  #isHeaderAt(start: number): boolean {
    return this.#window.startsWith('ISA', start) && !/[A-Za-z0-9]/.test(this.#window.charAt(start + 3));
  }

  /** Also notes whether it can be one at all. */
  #tagOf({ delimiters, wrapped }: X12Window, start: number, end: number): string {
    const separator = delimiters.element.charCodeAt(0);
    const window = this.#window;
    const first = window.charCodeAt(start) * 256 + window.charCodeAt(start + 1);
    const third = window.charCodeAt(start + 2);
    this.#isTag = true;
    if (third === separator && start + 2 < end) {
      const known = this.#tags.get(first);
      if (known !== undefined) return known;
    } else if (start + 3 < end && window.charCodeAt(start + 3) === separator) {
      const known = this.#tags.get(first * 256 + third);
      if (known !== undefined) return known;
    }
    const [text = ''] = window.slice(start, end).split(delimiters.element, 1);
    const tag = (wrapped ? text.replace(/[\r\n]/g, '') : text).slice(0, LONGEST_TAG);
    this.#isTag = TAG.test(tag);
    if (this.#isTag && tag === text && this.#tags.size < KNOWN_TAGS) this.#tags.set(keyOfTag(tag), tag);
    return tag;
  }

  /** A damaged tag may have been a line of the document, so the document is not used without it. */
  #remarkTag(tag: string, position: number, offset: number): void {
    const remark = reject('segment', 'tag_invalid', 'A segment does not start with a tag.', '1');
    this.#envelope.remark({ ...remark, segment: { tag, position }, value: tag }, offset);
  }

  #forgetBreaks(): void {
    this.#lineFeed = -1;
    this.#carriageReturn = -1;
  }

  #hasBreak(start: number, end: number): boolean {
    if (this.#lineFeed < start) this.#lineFeed = placeFrom(this.#window, '\n', start);
    if (this.#carriageReturn < start) this.#carriageReturn = placeFrom(this.#window, '\r', start);
    return this.#lineFeed < end || this.#carriageReturn < end;
  }

  /** A line break before what looks like a tag has ended a segment, though the header says another character does. */
  #remarkBreak({ delimiters, wrapped }: X12Window, start: number, end: number): void {
    if (wrapped) return;
    const text = this.#window.slice(start, end);
    const isEnd = text
      .split(/[\r\n]+[ \t]*/)
      .slice(1)
      .some((line) => {
        const [tag = '', ...elements] = line.split(delimiters.element);
        return elements.length > 0 && TAG.test(tag);
      });
    this.#envelope.remark(
      isEnd
        ? reject('interchange', 'terminators_mixed', 'Some segments end with another terminator.', '004')
        : warning('document', 'line_break_in_data', 'A line breaks inside a segment.'),
      this.#base + start,
    );
  }

  /** The last terminator may be missing where the trailer of the outermost envelope is whole without it. */
  #readUnterminated(): void {
    const cut = this.#currentCut();
    const text = this.#window.slice(this.#place).trimEnd();
    if (text === '' || cut === undefined) return;
    const start = this.#place;
    const [tag, , control = ''] = text.split(cut.delimiters.element);
    const isWhole = tag === 'IEA' && (control === this.#envelope.outermostControl || /^\d{9}$/.test(control));
    const isWholeBare = tag === 'SE' && this.#envelope.isBare && control === this.#envelope.outermostControl;
    if (!isWhole && !isWholeBare) {
      this.#refuse('file_cut', 'The file ends inside a segment.', this.#base + start);
      return;
    }
    this.#place = this.#window.length;
    this.#takeSegment(cut, start, start + text.length);
  }

  #stop(code: string, message: string, offset: number, standardCode?: string): void {
    this.#isStopped = true;
    this.#refuse(code, message, offset, standardCode);
  }

  #refuse(code: string, message: string, offset: number, standardCode?: string): void {
    const remark: Remark = reject('file', code, message, standardCode);
    this.#findings.push(this.#envelope.located(remark, offset));
  }
}

const TAG = /^[A-Z][A-Z0-9]{1,2}$/;
const keyOfTag = (tag: string): number => {
  const first = tag.charCodeAt(0) * 256 + tag.charCodeAt(1);
  return tag.length === 2 ? first : first * 256 + tag.charCodeAt(2);
};
/** The dictionary's own tags, because comparing them with others costs least. */
const TAGS: ReadonlyMap<number, string> = new Map(DICTIONARY_TAGS.map((tag) => [keyOfTag(tag), tag]));
const LONGEST_TAG = 20;

/** Where `mark` comes next, or past everything. */
function placeFrom(text: string, mark: string, start: number): number {
  const place = text.indexOf(mark, start);
  return place < 0 ? Number.POSITIVE_INFINITY : place;
}
