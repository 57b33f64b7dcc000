// Numbers in the order of a file: control numbers and numbers of lines mostly rise, and what is larger than all before it needs
// no looking up. Only says so; what a number means that does not rise is known where it is asked.

import { controlKeyOf, wholeNumberOf } from './x12-control.ts';

/** Exact as a number. */
const MOST_DIGITS = 15;

/** Texts that were seen; what rises is put aside, and looked up only once something does not. */
export class RisingTexts {
  readonly #risen: string[] = [];
  readonly #add: (text: string) => void;
  #highest = -1;

  /** `add` is told each text that rose, before the first that does not. */
  constructor(add: (text: string) => void) {
    this.#add = add;
  }

  /** True for a number that is larger than all before it, and so was not seen; false means that it has to be looked up. */
  isRising(text: string): boolean {
    // With zeros before it, another text says the same.
    const isPlain = text.length === 1 || !text.startsWith('0');
    const number = isPlain ? wholeNumberOf(text, MOST_DIGITS) : -1;
    if (number > this.#highest) {
      this.#highest = number;
      this.#risen.push(text);
      return true;
    }
    for (const before of this.#risen) this.#add(before);
    this.#risen.length = 0;
    return false;
  }
}

/** The control numbers of one envelope's parts. */
export class SeenControls {
  readonly #seen = new Set<string>();
  readonly #rising = new RisingTexts((key) => this.#seen.add(key));

  /** Notes the control number, and answers whether it was there before. */
  isRepeated(control: string): boolean {
    const key = controlKeyOf(control);
    if (this.#rising.isRising(key)) return false;
    if (this.#seen.has(key)) return true;
    this.#seen.add(key);
    return false;
  }
}
