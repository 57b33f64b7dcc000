// Writes X12 interchanges: envelopes, counts and control numbers around segments that others have filled. Refuses what the
// receiver would misread: a value longer than its element, a number in another notation, a delimiter inside an id.
import { StockbridgeError } from '../../../core/errors.ts';
import type { Delimiters, EnvelopeParty } from './segment.ts';
import type { X12Elements } from './x12-acknowledge.ts';
import { segmentRuleOf, type X12ElementRule } from './x12-dictionary.ts';

export interface X12Envelope {
  /** ISA05/06 and ISA07/08. */
  readonly us: EnvelopeParty;
  readonly them: EnvelopeParty;
  /** GS02 and GS03. */
  readonly groupUs: string;
  readonly groupThem: string;
  readonly version: '004010' | '005010';
  readonly delimiters: Pick<Delimiters, 'element' | 'component' | 'repetition' | 'segment'>;
  /** A line break after each terminator. */
  readonly newlines: boolean;
  readonly test: boolean;
  /** Numbers allotted beforehand, so that a second sending repeats them. `document` counts from 0 within its group. */
  readonly controls: {
    readonly interchange: string;
    /** Of the first group; each further group has the next number. */
    readonly group: string;
    readonly document: (index: number) => string;
  };
  /** Dates and times of the envelope are this instant's, in UTC. */
  readonly writtenAt: Date;
  /** ISA14: ask for a TA1. */
  readonly acknowledgementRequested: boolean;
}

export interface X12Interchange {
  readonly envelope: X12Envelope;
  readonly groups: readonly {
    /** GS01 such as `OW`. */
    readonly functional: string;
    /** GS08 where it is more than the version: `005010X231A1`. */
    readonly version?: string;
    readonly documents: readonly {
      readonly type: string;
      /** ST03, from 005010 on. */
      readonly implementation?: string;
      /** Each starts with its tag; ST and SE are added. */
      readonly segments: readonly X12Elements[];
    }[];
  }[];
  /** TA1 segments, before the first group. */
  readonly interchangeSegments?: readonly X12Elements[];
}

/**
 * The bytes of one interchange, in UTF-8. In free text a delimiter or a line break becomes a blank; anywhere else it would
 * change what is named.
 * @throws StockbridgeError content_invalid, naming segment and element, for what X12 cannot carry.
 */
export function writeX12({ envelope, groups, interchangeSegments = [] }: X12Interchange): Buffer {
  const write = segmentWriter(envelope);
  const control = controlNumber(envelope.controls.interchange, 'ISA13');
  const lines = [
    headerLine(envelope, control),
    ...interchangeSegments.map(write),
    ...groups.flatMap((group, index) => groupLines(envelope, group, index, write)),
    write(['IEA', String(groups.length), control]),
  ];
  const end = `${envelope.delimiters.segment}${envelope.newlines ? '\n' : ''}`;
  return Buffer.from(lines.map((line) => line + end).join(''), 'utf8');
}

type Write = (segment: X12Elements) => string;

function groupLines(
  envelope: X12Envelope,
  group: X12Interchange['groups'][number],
  index: number,
  write: Write,
): string[] {
  const { groupUs, groupThem, controls, writtenAt } = envelope;
  const control = String(nextControl(Number(controlNumber(controls.group, 'GS06')), index));
  const version = group.version ?? envelope.version;
  const [date, time] = dateAndTime(writtenAt);
  return [
    write(['GS', group.functional, groupUs, groupThem, date, time, control, 'X', version]),
    ...group.documents.flatMap(({ type, implementation = '', segments }, place) => {
      const number = controls.document(place);
      if (!/^[A-Za-z0-9]{4,9}$/.test(number)) throw invalid('ST02 must have four to nine letters or digits');
      return [
        write(['ST', type, number, implementation]),
        ...segments.map(write),
        write(['SE', String(segments.length + 2), number]),
      ];
    }),
    write(['GE', String(group.documents.length), control]),
  ];
}

const LARGEST_CONTROL = 999_999_999;
/** Numbers start again at 1 after the last. */
const nextControl = (control: number, steps: number): number => ((control - 1 + steps) % LARGEST_CONTROL) + 1;

function controlNumber(control: string, element: string): string {
  if (!/^\d{1,9}$/.test(control) || Number(control) === 0)
    throw invalid(`${element} must be a number from 1 to ${LARGEST_CONTROL}`);
  return control.padStart(9, '0');
}

const dateAndTime = (at: Date): [date: string, time: string] => {
  const digits = at.toISOString().replace(/\D/g, '');
  return [digits.slice(0, 8), digits.slice(8, 12)];
};

/** Always 106 characters with the terminator: readers find the delimiters by their places. */
function headerLine(envelope: X12Envelope, control: string): string {
  const { us, them, version, delimiters, writtenAt, test, acknowledgementRequested } = envelope;
  const [date, time] = dateAndTime(writtenAt);
  const repetition = version === '004010' ? 'U' : (delimiters.repetition ?? '^');
  checkDelimiters(delimiters, version === '004010' ? undefined : repetition);
  return [
    'ISA',
    '00',
    fixed('', 10, 'ISA02', delimiters),
    '00',
    fixed('', 10, 'ISA04', delimiters),
    fixed(us.qualifier, 2, 'ISA05', delimiters),
    fixed(us.id, 15, 'ISA06', delimiters),
    fixed(them.qualifier, 2, 'ISA07', delimiters),
    fixed(them.id, 15, 'ISA08', delimiters),
    date.slice(2),
    time,
    repetition,
    version === '004010' ? '00401' : '00501',
    control,
    acknowledgementRequested ? '1' : '0',
    test ? 'T' : 'P',
    delimiters.component,
  ].join(delimiters.element);
}

function checkDelimiters(
  { element, component, segment }: X12Envelope['delimiters'],
  repetition: string | undefined,
): void {
  const all = [element, component, segment, ...(repetition === undefined ? [] : [repetition])];
  const isUsable = (mark: string): boolean =>
    mark.length === 1 && mark.charCodeAt(0) < 127 && !/[A-Za-z0-9 ]/.test(mark);
  if (!all.every(isUsable) || new Set(all).size !== all.length || /[\r\n]/.test(element + component))
    throw invalid('delimiters must be single ASCII characters, no letters or digits, and differ');
}

function fixed(value: string, width: number, element: string, delimiters: X12Envelope['delimiters']): string {
  const holdsDelimiter = [delimiters.element, delimiters.segment].some((mark) => value.includes(mark));
  if (value.length > width || !/^[ -~]*$/.test(value) || holdsDelimiter)
    throw invalid(`${element} must be up to ${width} printable ASCII characters without delimiters`);
  return value.padEnd(width);
}

/**
 * Names, addresses, descriptions, notes: text that nobody looks anything up by. And what an acknowledgement repeats of a
 * faulty document, where any character may stand.
 */
const FREE_TEXT = new Set([
  '19',
  '61',
  '79',
  '93',
  '166',
  '352',
  '364',
  '369',
  '387',
  '397',
  '724',
  '143',
  '329',
]);

function segmentWriter({ delimiters, version }: X12Envelope): Write {
  const { element: separator, component, segment: terminator } = delimiters;
  const repetition = version === '004010' ? [] : [delimiters.repetition ?? '^'];
  const marks = [separator, component, terminator, ...repetition];
  return ([tag = '', ...elements]) => {
    if (typeof tag !== 'string' || !/^[A-Z][A-Z0-9]{1,2}$/.test(tag))
      throw invalid(`${String(tag)} is no segment tag`);
    const rule = segmentRuleOf(tag);
    // Later versions have added elements to the ends of segments.
    if (rule && version === '004010' && elements.length > rule.elements.length)
      throw invalid(`${tag} has ${rule.elements.length} elements, not ${elements.length}`);
    const written = elements.map((value, index) => {
      const name = `${tag}${String(index + 1).padStart(2, '0')}`;
      const parts = typeof value === 'string' ? [value] : value;
      const texts = parts.map((part) => elementText(part, name, rule?.elements[index], marks));
      return withoutEmptyEnd(texts).join(component);
    });
    return [tag, ...withoutEmptyEnd(written)].join(separator);
  };
}

function withoutEmptyEnd(values: readonly string[]): readonly string[] {
  const last = values.findLastIndex((value) => value !== '');
  return values.slice(0, last + 1);
}

const NUMBERS: ReadonlySet<string> = new Set(['R', 'N0', 'N2']);

function elementText(
  value: string,
  name: string,
  rule: X12ElementRule | undefined,
  marks: readonly string[],
): string {
  const isFree = rule !== undefined && FREE_TEXT.has(rule.reference);
  const text = isFree ? withBlanks(value, marks).trimEnd() : value.trimEnd();
  if (marks.some((mark) => text.includes(mark)) || CONTROL.test(text))
    throw invalid(`${name} holds a delimiter or a control character: ${shown(text)}`);
  if (!rule || rule.longest === 0 || text === '') return text;
  const isNumber = NUMBERS.has(rule.type);
  if (isNumber && !(rule.type === 'R' ? /^-?\d+(\.\d+)?$/ : /^-?\d+$/).test(text))
    throw invalid(`${name} (${rule.name}) is no plain number: ${shown(text)}`);
  const length = isNumber ? text.replace(/[-.]/g, '').length : [...text].length;
  if (length > rule.longest)
    throw invalid(`${name} (${rule.name}) is longer than ${rule.longest}: ${shown(text)}`);
  return text;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL = /[\x00-\x1f\x7f]/;

const withBlanks = (value: string, marks: readonly string[]): string =>
  Array.from(value, (character) =>
    marks.includes(character) || CONTROL.test(character) ? ' ' : character,
  ).join('');

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
const shown = (text: string): string => text.slice(0, 40).replace(/[\x00-\x1f\x7f]/g, ' ');

const invalid = (message: string): StockbridgeError =>
  new StockbridgeError('content_invalid', `X12 cannot be written: ${message}.`);
