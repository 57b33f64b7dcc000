// Cuts a stream of bytes into X12 segments and hands them to the envelope. Holds one window of the file and the document that
// is open, so that memory does not grow with the file. Answers any bytes with findings: it never throws for what it reads.
import type { Finding } from './finding.ts';
import { type Delimiters, EDI_LIMITS, type EdiLimits } from './segment.ts';
import { bareDelimitersOf, HEADER_BYTES, x12HeaderOf } from './x12-delimiters.ts';
import { X12Envelope } from './x12-envelope.ts';
import type { X12Handler } from './x12-handler.ts';
import { type Remark, rejectRemark as reject, warningRemark as warning } from './x12-heads.ts';
import { X12Segment } from './x12-segment.ts';
import { TAG, X12Tags } from './x12-tags.ts';
import { isBlank, X12Dividing, X12Window } from './x12-window.ts';

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
/** About so much is read at once: what is known of a larger portion would not stay close to the processor. */
const WINDOW_BYTES = 64 * 1024;
const BOM = Buffer.from('\ufeff');

class WindowReader implements X12Reader {
  readonly #handler: X12Handler;
  readonly #envelope: X12Envelope;
  readonly #limits: EdiLimits;
  readonly #options: X12ReadOptions;
  readonly #findings: Finding[] = [];
  readonly #tags = new X12Tags();
  /** How segments are divided; undefined between interchanges. */
  #dividing: X12Dividing | undefined;
  /** What the segments of these bytes and this dividing share. */
  #window: X12Window | undefined;
  /** Where the window has the places of the segment to be taken next. */
  #at = 0;
  #room = 0;
  #delimiters: Delimiters | undefined;
  /** The unfinished segment and what came after it; used again for the next portion. */
  #bytes = Buffer.alloc(0);
  #length = 0;
  /** The same as latin1, once somebody wants it. */
  #text: string | undefined;
  /** Of the first byte in the file. */
  #base = 0;
  #place = 0;
  /** The unfinished segment holds no terminator before here. */
  #searched = 0;
  #segments = 0;
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
    const windows = Math.max(1, Math.round(chunk.length / WINDOW_BYTES));
    const size = Math.ceil(chunk.length / windows);
    for (let start = 0; start < chunk.length && !this.#isStopped && !this.#isEnded; start += size) {
      this.#append(chunk.subarray(start, start + size));
      if (this.#base + this.#length > this.#limits.fileBytes)
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

  /** Puts a portion behind what is left of those before it. */
  #append(portion: Uint8Array): void {
    const rest = this.#length - this.#place;
    const length = rest + portion.length;
    const before = this.#bytes;
    if (length >= before.length)
      this.#bytes = Buffer.allocUnsafeSlow(Math.max(length + 1, before.length * 2));
    before.copy(this.#bytes, 0, this.#place, this.#length);
    this.#bytes.set(portion, rest);
    this.#searched = Math.max(0, this.#searched - this.#place);
    this.#base += this.#place;
    this.#place = 0;
    this.#length = length;
    this.#text = undefined;
    this.#leaveWindow();
  }

  #read(): void {
    while (!this.#isStopped) {
      const window = this.#window;
      if (window !== undefined && this.#at < window.used) {
        this.#takeRun(window);
        if (this.#at < window.used) this.#takeNext(window);
        continue;
      }
      this.#skipBlanks();
      if (this.#place >= this.#length) return;
      if (this.#dividing === undefined ? !this.#readHeader() : !this.#divide(this.#dividing)) return;
    }
  }

  #skipBlanks(): void {
    if (this.#base === 0 && this.#place === 0 && this.#isAt(0, BOM)) this.#place = BOM.length;
    while (this.#place < this.#length && isBlank(this.#bytes[this.#place])) this.#place += 1;
  }

  #isAt(place: number, mark: Uint8Array): boolean {
    return (
      place + mark.length <= this.#length && mark.every((byte, index) => this.#bytes[place + index] === byte)
    );
  }

  /** Between interchanges: nothing but the next header may come. Answers whether to read on. */
  #readHeader(): boolean {
    const start = this.#between(this.#place, this.#place + HEADER_BYTES);
    if (start.length < HEADER_BYTES && !this.#isEnded) return false;
    const offset = this.#base + this.#place;
    const bare = this.#options.bareDocuments === true ? bareDelimitersOf(start) : undefined;
    if (bare) {
      this.#divideBy(new X12Dividing(bare, false));
      this.#envelope.openBare(bare);
      return true;
    }
    const header = x12HeaderOf(start);
    if (!header) return this.#notHeader(start, offset);
    this.#place += header.length;
    // Where a line break ends segments it cannot also be noise.
    const wrapped = header.form === 'wrapped' && !/[\r\n]/.test(header.delimiters.segment);
    this.#divideBy(new X12Dividing(header.delimiters, wrapped));
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

  #divideBy(dividing: X12Dividing): void {
    this.#dividing = dividing;
    this.#leaveWindow();
    this.#delimiters ??= dividing.delimiters;
    this.#searched = this.#place;
  }

  #leaveWindow(): void {
    if (this.#window) this.#room = this.#window.used + (this.#window.used >> 3);
    this.#window = undefined;
    this.#at = 0;
  }

  /** Answers whether there was a whole segment. */
  #divide(dividing: X12Dividing): boolean {
    const start = this.#place;
    // Inside an interchange a new header may name other delimiters.
    if (this.#isHeaderAt(start)) {
      this.#dividing = undefined;
      return true;
    }
    if (start < this.#searched && !this.#isTerminated(dividing.terminator)) return this.#waitFrom(start);
    this.#text ??= this.#between(0, this.#length);
    this.#window ??= new X12Window(this.#text, this.#base, dividing, this.#room);
    this.#bytes[this.#length] = dividing.separator;
    this.#window.divide(this.#bytes, start, this.#length);
    return this.#at < this.#window.used || this.#waitFrom(start);
  }

  /** Of the unfinished segment, only what was not searched before: portions may be small and many. */
  #isTerminated(terminator: Uint8Array): boolean {
    const end = this.#bytes.indexOf(terminator, this.#searched);
    return end >= 0 && end + terminator.length <= this.#length;
  }

  /** The segment at `start` is unfinished. */
  #waitFrom(start: number): false {
    if (this.#length - start > this.#limits.segmentBytes) return this.#refuseLength(start);
    const reserve = (this.#dividing?.terminator.length ?? 1) - 1;
    this.#searched = Math.max(start, this.#length - reserve);
    return false;
  }

  #refuseLength(start: number): false {
    this.#place = start;
    const { segmentBytes } = this.#limits;
    this.#stop('segment_too_long', `A segment is longer than ${segmentBytes} bytes.`, this.#base + start);
    return false;
  }

  /** What needs no look at each: nearly all that a document holds. */
  #takeRun(window: X12Window): void {
    const before = this.#envelope.nextPosition;
    const most = this.#mostSegments - this.#segments;
    const at = this.#envelope.appendRun(this.#tags, this.#bytes, window, this.#at, most);
    if (at === this.#at) return;
    this.#at = at;
    this.#segments += this.#envelope.nextPosition - before;
    this.#place = window.endBefore(at) + window.dividing.terminator.length;
  }

  #takeNext(window: X12Window): void {
    const at = this.#at;
    const start = window.start(at);
    const end = window.end(at);
    this.#at = window.after(at);
    if (end - start > this.#limits.segmentBytes) {
      this.#refuseLength(start);
      return;
    }
    this.#place = end + window.dividing.terminator.length;
    if (end === start)
      this.#envelope.remark(warning('document', 'segment_empty', 'A segment is empty.'), this.#base + start);
    else this.#takeSegment(window, at);
  }

  #takeSegment(window: X12Window, at: number): void {
    const tag = this.#tags.tagOf(this.#bytes, window, at);
    if (window.hasBreak(at)) this.#remarkBreak(window, at);
    this.#segments += 1;
    const position = tag.text === 'ST' ? 1 : this.#envelope.nextPosition;
    const isInside = !tag.isEnvelope && this.#envelope.append(tag, window, at);
    if (!isInside) this.#takeOutside(new X12Segment(tag, position, window, at));
    if (!tag.isValid) this.#remarkTag(tag.text, position, window.base + window.start(at));
    if (this.#envelope.isExceeding || this.#segments > this.#mostSegments)
      this.#stop(
        'limit_exceeded',
        `The file holds more than ${this.#excess()}.`,
        window.base + window.start(at),
      );
  }

  /** A segment of an envelope, or one outside any document. */
  #takeOutside(segment: X12Segment): void {
    if (!this.#envelope.take(segment, this.#base + this.#place)) return;
    this.#dividing = undefined;
    this.#leaveWindow();
  }

  #excess(): string {
    return this.#envelope.excess ?? `${this.#mostSegments} segments`;
  }

  #isHeaderAt(start: number): boolean {
    return this.#bytes[start] === LETTER_I && /^ISA(?![A-Za-z0-9])/.test(this.#between(start, start + 4));
  }

  /** A damaged tag may have been a line of the document, so the document is not used without it. */
  #remarkTag(tag: string, position: number, offset: number): void {
    const remark = reject('segment', 'tag_invalid', 'A segment does not start with a tag.', '1');
    this.#envelope.remark({ ...remark, segment: { tag, position }, value: tag }, offset);
  }

  /** A line break before what looks like a tag has ended a segment, though the header says another character does. */
  #remarkBreak(window: X12Window, at: number): void {
    const { delimiters, wrapped } = window.dividing;
    if (wrapped) return;
    const start = window.start(at);
    const isEnd = this.#between(start, window.end(at))
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
    const dividing = this.#dividing;
    const text = this.#between(this.#place, this.#length).trimEnd();
    if (text === '' || dividing === undefined) return;
    const start = this.#place;
    const [tag, , control = ''] = text.split(dividing.delimiters.element);
    const isWhole = tag === 'IEA' && (control === this.#envelope.outermostControl || /^\d{9}$/.test(control));
    const isWholeBare = tag === 'SE' && this.#envelope.isBare && control === this.#envelope.outermostControl;
    if (!isWhole && !isWholeBare) {
      this.#refuse('file_cut', 'The file ends inside a segment.', this.#base + start);
      return;
    }
    // With its terminator, which no reader of places can do without, and which is no byte of the file.
    const content = Buffer.from(text, 'latin1');
    this.#place = this.#length;
    const bytes = Buffer.concat([content, dividing.terminator, Buffer.of(dividing.separator)]);
    const window = new X12Window(text, this.#base + start, dividing, 0);
    window.divide(bytes, 0, bytes.length - 1);
    this.#bytes = bytes;
    this.#takeSegment(window, 0);
  }

  /** Latin1, so that a place in it is a place in the file. */
  #between(start: number, end: number): string {
    return this.#bytes.toString('latin1', start, Math.min(end, this.#length));
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
