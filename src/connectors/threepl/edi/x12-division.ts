// Where the elements of the segments of one window stand: found for each segment in a single pass over it the first time
// it is asked, and kept as numbers, because validating and reading both want them. What elements mean is not known here.
import type { Delimiters } from './segment.ts';

const BLANK = 32;
const FIRST_BEYOND_PRINTABLE = 127;

export class X12Division {
  /**
   * For a divided segment at `at`: the number of its elements doubled, and one more when it is plain; then the places of the
   * separators before the tag (as if one stood there) and before each element, and the place of its end.
   */
  places = new Int32Array(0);
  readonly #usualSize: number;
  #used = 0;
  readonly #element: number;
  readonly #component: number;
  readonly #repetition: number;

  /** For a window of `length` bytes. */
  constructor({ element, component, repetition = element }: Delimiters, length: number) {
    // Files have a segment or an element every three or four bytes at most.
    this.#usualSize = length >> 1;
    this.#element = element.charCodeAt(0);
    this.#component = component.charCodeAt(0);
    this.#repetition = repetition.charCodeAt(0);
  }

  /** Divides what stands in `text` from `start` to before `end`; answers where the places stand. */
  divide(text: string, start: number, end: number): number {
    const element = this.#element;
    const component = this.#component;
    const repetition = this.#repetition;
    const at = this.#used;
    const places = this.#withRoomFor(end - start);
    let next = at + 1;
    let isPlain = 1;
    places[next] = start - 1;
    for (let place = start; place < end; place += 1) {
      const code = text.charCodeAt(place);
      if (code === element) {
        next += 1;
        places[next] = place;
      } else if (
        code < BLANK ||
        code >= FIRST_BEYOND_PRINTABLE ||
        code === component ||
        code === repetition
      ) {
        isPlain = 0;
      }
    }
    places[next + 1] = end;
    places[at] = (next - at - 1) * 2 + isPlain;
    this.#used = next + 2;
    return at;
  }

  /** Elements after the tag. */
  count(at: number): number {
    return (this.places[at] ?? 0) >> 1;
  }

  /** Printable ASCII without components and repetitions: what stands between two separators is the value. */
  isPlain(at: number): boolean {
    return ((this.places[at] ?? 0) & 1) === 1;
  }

  /** Element `n`, from 1, as sent; '' when absent. */
  raw(at: number, text: string, n: number): string {
    if (n < 1 || n > this.count(at)) return '';
    return text.substring((this.places[at + n + 1] ?? 0) + 1, this.places[at + n + 2]);
  }

  /** Element `n` of a plain segment, from 1, without blanks at its end; '' when absent. */
  plain(at: number, text: string, n: number): string {
    if (n < 1 || n > this.count(at)) return '';
    const start = (this.places[at + n + 1] ?? 0) + 1;
    let end = this.places[at + n + 2] ?? 0;
    while (end > start && text.charCodeAt(end - 1) === BLANK) end -= 1;
    return end === start ? '' : text.substring(start, end);
  }

  /** Every one of `length` characters might separate. */
  #withRoomFor(length: number): Int32Array {
    const needed = this.#used + length + 3;
    if (needed > this.places.length) {
      const wider = new Int32Array(Math.max(needed, this.places.length * 2, this.#usualSize));
      wider.set(this.places.subarray(0, this.#used));
      this.places = wider;
    }
    return this.places;
  }
}
