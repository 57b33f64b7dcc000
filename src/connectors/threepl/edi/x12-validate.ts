// Holds a document's segments against the dictionary. Live files break lengths and conditions all the time, so only what the
// stock depends on refuses a document; everything else is a warning that the acknowledgement may tell.
import type { Finding } from './finding.ts';
import type { EdiDocument, Segment } from './segment.ts';
import { digitsIn, isX12Date, isX12Time } from './x12-control.ts';
import { isKept, segmentRuleOf, type X12ElementRule, type X12Note } from './x12-dictionary.ts';
import { type Essentials, essentialsOf, neededInsideOf } from './x12-essentials.ts';
import { segmentsOf, type X12Segments } from './x12-segments.ts';
import { isUnremarkable } from './x12-unremarkable.ts';

/** Of one document: more would say nothing that these do not. */
const MOST_FINDINGS = 1_000;
const MOST_OF_VALUE = 70;

/**
 * What is wrong inside a document's segments, in their order, with element 720's and 723's codes. Unknown segments and broken
 * lengths are warnings; what refuses is in `x12-essentials.ts`. At most a thousand findings.
 */
export function validateX12(document: EdiDocument): Finding[] {
  // Its segments came after 004010, and nothing is booked from it.
  if (document.type === '999') return [];
  const findings: Finding[] = [];
  const neededInside = neededInsideOf(document.type);
  let essentials: Essentials | undefined;
  const segments = segmentsOf(document);
  const { tags } = segments;
  const doubtful = neededInside.size === 0 ? segments.doubtful : undefined;
  const count = doubtful?.length ?? tags.length;
  for (let place = 0; place < count; place += 1) {
    const index = doubtful === undefined ? place : (doubtful[place] ?? 0);
    const tag = tags[index]?.text ?? '';
    if (tag === 'ST' || tag === 'SE') continue;
    if (doubtful === undefined && isCertainlyRight(segments, index, neededInside)) continue;
    const segment = segments.at(index);
    if (segment === undefined) continue;
    essentials ??= essentialsOf(document);
    const found = new SegmentCheck(document, segment, essentials).findings();
    if (found.length > 0) findings.push(...found);
    if (findings.length >= MOST_FINDINGS) return findings.slice(0, MOST_FINDINGS);
  }
  return findings;
}

function isCertainlyRight(segments: X12Segments, index: number, neededInside: ReadonlySet<string>): boolean {
  const { rule, text = '' } = segments.tags[index] ?? {};
  const place = segments.places[index];
  const window = segments.windowOf(index);
  if (rule === undefined || place === undefined || window === undefined) return false;
  return isUnremarkable(window, place, rule) && (neededInside.size === 0 || !neededInside.has(text));
}

interface Fault {
  readonly code: string;
  /** Of element 723. */
  readonly standardCode: string;
  readonly words: string;
}

const MISSING: Fault = { code: 'element_missing', standardCode: '1', words: 'is missing' };
const CONDITION: Fault = {
  code: 'element_conditional',
  standardCode: '2',
  words: 'is missing beside others',
};
const EXCLUSION: Fault = { code: 'element_exclusive', standardCode: '10', words: 'excludes another' };
const TOO_MANY: Fault = { code: 'elements_too_many', standardCode: '3', words: 'is beyond its segment' };
const SHORT: Fault = { code: 'element_too_short', standardCode: '4', words: 'is too short' };
const LONG: Fault = { code: 'element_too_long', standardCode: '5', words: 'is too long' };
const CHARACTERS: Fault = { code: 'character_invalid', standardCode: '6', words: 'holds a wrong character' };
const NUMBER: Fault = { code: 'quantity_not_numeric', standardCode: '6', words: 'is no number' };
const DATE: Fault = { code: 'date_invalid', standardCode: '8', words: 'is no date' };
const TIME: Fault = { code: 'time_invalid', standardCode: '9', words: 'is no time' };

/** What breaks the type of an element, apart from its length. */
const BROKEN_TYPES: Readonly<
  Record<X12ElementRule['type'], { readonly isRight: (value: string) => boolean; readonly fault: Fault }>
> = {
  N0: { isRight: (value) => digitsIn(value, 0, value.length, false) >= 0, fault: NUMBER },
  N2: { isRight: (value) => digitsIn(value, 0, value.length, false) >= 0, fault: NUMBER },
  R: { isRight: (value) => digitsIn(value, 0, value.length, true) >= 0, fault: NUMBER },
  DT: { isRight: isX12Date, fault: DATE },
  TM: { isRight: isX12Time, fault: TIME },
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  AN: { isRight: (value) => !/[\x00-\x1f\x7f]/.test(value), fault: CHARACTERS },
  ID: { isRight: (value) => /^[ -~]*$/.test(value), fault: CHARACTERS },
  composite: { isRight: () => true, fault: CHARACTERS },
};

const NUMERIC: ReadonlySet<X12ElementRule['type']> = new Set(['N0', 'N2', 'R']);

/** Characters count, not halves of them; a short text has no more of them than halves. */
const charactersIn = (value: string, longest: number): number =>
  value.length <= longest ? value.length : [...value].length;

class SegmentCheck {
  readonly #document: EdiDocument;
  readonly #segment: Segment;
  readonly #essentials: Essentials;
  readonly #findings: Finding[] = [];

  constructor(document: EdiDocument, segment: Segment, essentials: Essentials) {
    this.#document = document;
    this.#segment = segment;
    this.#essentials = essentials;
  }

  findings(): readonly Finding[] {
    const rule = segmentRuleOf(this.#segment.tag);
    if (!rule) return [this.#unknown()];
    let present = 0;
    let place = 0;
    for (const element of rule.elements) {
      place += 1;
      if (this.#isPresent(element, place)) present |= 1 << place;
    }
    for (const note of rule.notes) if (!isKept(note, present)) this.#checkNote(note, rule.elements);
    if (this.#segment.count > rule.elements.length) this.#note(TOO_MANY, rule.elements.length + 1, undefined);
    return this.#findings;
  }

  /** Notes what is wrong with an element; answers whether it is there. */
  #isPresent(rule: X12ElementRule, place: number): boolean {
    const value = this.#segment.element(place);
    if (value === '') {
      const isBlank = this.#segment.raw(place).trim() === '';
      const needed = rule.mandatory || this.#essentials.needed(this.#segment.tag, place);
      if (needed && isBlank) this.#note(MISSING, place, rule);
      return !isBlank;
    }
    const { isRight, fault } = BROKEN_TYPES[rule.type];
    if (!isRight(value)) this.#note(fault, place, rule);
    else if (rule.longest > 0) this.#checkLength(rule, place, value);
    return true;
  }

  #checkLength(rule: X12ElementRule, place: number, value: string): void {
    // Sign and point of a number do not count.
    const length = NUMERIC.has(rule.type)
      ? digitsIn(value, 0, value.length, true)
      : charactersIn(value, rule.longest);
    // Old versions have dates of six digits.
    if (length < rule.shortest && rule.type !== 'DT') this.#note(SHORT, place, rule);
    if (length > rule.longest) this.#note(LONG, place, rule);
  }

  #checkNote({ kind, positions }: X12Note, elements: readonly X12ElementRule[]): void {
    const present = positions.filter((place) => this.#segment.raw(place).trim() !== '');
    const absent = positions.filter((place) => !present.includes(place));
    const [first = 0] = positions;
    const triggerAt = (place: number | undefined): Finding['trigger'] => {
      const rule = place === undefined ? undefined : elements[place - 1];
      return place === undefined || !rule ? undefined : { position: place, reference: rule.reference };
    };
    const hasFirst = present.includes(first);
    if (kind === 'E') {
      for (const place of present.slice(1))
        this.#note(EXCLUSION, place, elements[place - 1], { trigger: triggerAt(present[0]) });
      return;
    }
    const missing = {
      P: present.length > 0 ? absent : [],
      R: present.length === 0 ? [first] : [],
      C: hasFirst ? absent : [],
      L: hasFirst && present.length === 1 ? positions.slice(1, 2) : [],
    }[kind];
    const trigger = triggerAt(present[0]);
    for (const place of missing)
      this.#note(CONDITION, place, elements[place - 1], { isAlternative: kind === 'R', trigger });
  }

  #note(
    fault: Fault,
    place: number,
    rule: X12ElementRule | undefined,
    { isAlternative = false, trigger }: { isAlternative?: boolean; trigger?: Finding['trigger'] } = {},
  ): void {
    const { tag } = this.#segment;
    const isEssential = isAlternative
      ? this.#essentials.neededOne(tag)
      : refusing(fault) && this.#essentials.refuses(tag, place, fault === DATE);
    const value = this.#segment.raw(place);
    this.#findings.push({
      ...this.#place(),
      code: fault.code,
      severity: isEssential ? 'reject' : 'warning',
      level: 'element',
      message: `${tag}${String(place).padStart(2, '0')}${rule ? ` (${rule.name})` : ''} ${fault.words}.`,
      element: { position: place, ...(rule ? { reference: rule.reference } : {}) },
      ...(trigger === undefined ? {} : { trigger }),
      ...(value === '' ? {} : { value: value.slice(0, MOST_OF_VALUE) }),
      standardCode: fault.standardCode,
    });
  }

  #unknown(): Finding {
    return {
      ...this.#place(),
      code: 'segment_unknown',
      severity: 'warning',
      level: 'segment',
      message: 'The segment is not one that these documents have.',
      value: this.#segment.tag,
      standardCode: '1',
    };
  }

  #place(): Pick<Finding, 'offset' | 'interchange' | 'group' | 'document' | 'segment'> {
    const { interchange, group, control } = this.#document;
    const { tag, offset, position } = this.#segment;
    return {
      offset,
      ...(interchange ? { interchange: interchange.control } : {}),
      ...(group ? { group: group.control } : {}),
      document: control,
      segment: { tag, position },
    };
  }
}

/** A value that is too long or in strange company can still be read; one that is missing or no number cannot. */
const refusing = (fault: Fault): boolean => [MISSING, NUMBER, DATE, CHARACTERS].includes(fault);
