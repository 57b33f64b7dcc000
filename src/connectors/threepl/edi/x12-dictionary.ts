// The segments of X12 004010 that warehouses use: which elements they have, of which type and length, and which need others.
// A table read once; what breaking it means for a document is decided where documents are validated.
import dictionary from './x12-004010-segments.json' with { type: 'json' };
import { NOT_DIGITS } from './x12-window.ts';

export type X12Type = 'AN' | 'ID' | 'N0' | 'N2' | 'R' | 'DT' | 'TM' | 'composite';

export interface X12ElementRule {
  /** The element's number in the standard, such as `380`. */
  readonly reference: string;
  readonly mandatory: boolean;
  readonly type: X12Type;
  readonly shortest: number;
  readonly longest: number;
  readonly name: string;
}

/** P all or none, R at least one, E at most one, C the first needs all others, L the first needs one of the others. */
export interface X12Note {
  readonly kind: 'P' | 'R' | 'E' | 'C' | 'L';
  readonly positions: readonly number[];
  /** The same as bits, position 1 in bit 1; no segment has more than 31 elements. */
  readonly bits: number;
  /** The first position as a bit. */
  readonly firstBit: number;
}

export interface X12SegmentRule {
  readonly elements: readonly X12ElementRule[];
  /** Positions of the mandatory elements, as the bits of notes. */
  readonly mandatoryBits: number;
  readonly notes: readonly X12Note[];
  /** The elements' types and lengths once more, for what must be quick: a number for each, from the first on. */
  readonly measures: Int32Array;
  /** The elements that were there, as bits, when last nothing was missing: most segments of a kind have the same. */
  wholeBits: number;
}

/** In the lowest bits, what has to be looked at: a value that is not all digits (`NOT_DIGITS`, as windows say it); any value. */
const UNLESS_DIGITS = NOT_DIGITS;
export const LOOKED_AT = 2;
/** Above them the shortest length, and above that how much longer it may be. */
export const SHORTEST_SHIFT = 2;
export const SHORTEST = 0xfff;
export const SPAN_SHIFT = 14;
const WIDEST = 0x1ffff;
const NONE_YET = -1;

const TYPES: ReadonlySet<string> = new Set(['AN', 'ID', 'N0', 'N2', 'R', 'DT', 'TM', 'composite']);
const isType = (word: string): word is X12Type => TYPES.has(word);

/** A 999 tells of segments and elements under its own tags, in the form of the 997. */
const SAME_FORM: Readonly<Record<string, string>> = { IK3: 'AK3', IK4: 'AK4', IK5: 'AK5' };

const RULES: ReadonlyMap<string, X12SegmentRule> = rulesByTag();

/** The rule of a segment such as `W12`; undefined for one that no document we know has. */
export const segmentRuleOf = (tag: string): X12SegmentRule | undefined => RULES.get(tag);

/** Tags of the segments that have a rule; envelopes have none. */
export const DICTIONARY_TAGS: readonly string[] = [...RULES.keys()];

function rulesByTag(): Map<string, X12SegmentRule> {
  const rules = new Map<string, X12SegmentRule>();
  for (const [tag, { elements: rows, notes }] of Object.entries(dictionary.segments)) {
    const elements = rows.map((row) => elementRule(tag, row));
    const mandatory = elements.flatMap((element, index) => (element.mandatory ? [index + 1] : []));
    rules.set(tag, {
      elements,
      mandatoryBits: bitsOf(mandatory),
      notes: notes.map((note) => noteOf(tag, note)),
      measures: measuresOf(elements),
      wholeBits: NONE_YET,
    });
  }
  for (const [tag, form] of Object.entries(SAME_FORM)) {
    const rule = rules.get(form);
    if (rule) rules.set(tag, rule);
  }
  return rules;
}

function measuresOf(elements: readonly X12ElementRule[]): Int32Array {
  return Int32Array.from(
    elements.map(({ type, shortest, longest }) => {
      const span = longest === 0 ? WIDEST : longest - shortest;
      if (span > WIDEST || shortest > SHORTEST) throw new Error(`${longest} is too long to be measured`);
      return (span << SPAN_SHIFT) | (shortest << SHORTEST_SHIFT) | measureOf(type);
    }),
  );
}

function measureOf(type: X12Type): number {
  if (type === 'AN' || type === 'ID' || type === 'composite') return 0;
  return type === 'DT' || type === 'TM' ? LOOKED_AT : UNLESS_DIGITS;
}

/** Whether the elements that are there, as bits, keep the note. */
export function isKept({ kind, bits, firstBit }: X12Note, present: number): boolean {
  const both = present & bits;
  const hasFirst = (present & firstBit) !== 0;
  switch (kind) {
    case 'P':
      return both === 0 || both === bits;
    case 'R':
      return both !== 0;
    case 'E':
      return (both & (both - 1)) === 0;
    case 'C':
      return !hasFirst || both === bits;
    case 'L':
      return !hasFirst || both !== firstBit;
  }
}

function elementRule(tag: string, row: readonly (string | number)[]): X12ElementRule {
  const [reference, requirement, type, shortest, longest, name] = row;
  if (typeof type !== 'string' || !isType(type)) throw new Error(`${tag} has an element of type ${type}`);
  return {
    reference: String(reference),
    mandatory: requirement === 'M',
    type,
    shortest: Number(shortest),
    longest: Number(longest),
    name: String(name),
  };
}

function noteOf(tag: string, note: string): X12Note {
  const kind = (['P', 'R', 'E', 'C', 'L'] as const).find((letter) => note.startsWith(letter));
  if (kind === undefined) throw new Error(`${tag} has a note ${note}`);
  const positions = (note.slice(1).match(/\d\d/g) ?? []).map(Number);
  return { kind, positions, bits: bitsOf(positions), firstBit: bitsOf(positions.slice(0, 1)) };
}

function bitsOf(positions: readonly number[]): number {
  return positions.reduce((bits, place) => bits | (1 << place), 0);
}
