// One EDIFACT message laid out for reading: its head, its lines with the packages around them, and its totals. Checks what
// every message must have, says what is wrong where it stands, and understands no message's own meaning.
import {
  isQuantityText,
  quantityFrom,
  quantityText,
  type Quantity as Units,
} from '../../../core/vocabulary/quantity.ts';
import { CODE, type Fault, findingAt } from '../edi/edifact-heads.ts';
import type { Finding } from '../edi/finding.ts';
import type { EdiDocument, Segment } from '../edi/segment.ts';
import type { Quantity } from './document.ts';
import type { ReadOptions } from './read-options.ts';

export { CODE };

export interface LineBlock {
  /** Its own number when every line has one of its own, else its place. */
  readonly line: string;
  readonly lin: Segment;
  /** After LIN, up to the next line. */
  readonly segments: readonly Segment[];
  /** CPS and what stands between it and its first line; empty outside packages. */
  readonly package: readonly Segment[];
}

/** A place in a message such as `PIA:NB`: segment and qualifier. */
export interface Source {
  readonly tag: string;
  readonly qualifier: string;
}

/** Where the standard has lots and expiry dates, after the places the profile names. */
const LOTS: readonly string[] = ['PIA:NB', 'RFF:BT', 'GIN:BX', 'PCI:36E'];
const EXPIRIES: readonly string[] = ['DTM:36', 'DTM:361'];

/** The sources that EDIFACT has, in order; profiles name those of other syntaxes too. */
const sourcesOf = (names: readonly string[], tags: readonly string[]): readonly Source[] =>
  [...new Set(names)]
    .map((name) => ({ tag: name.split(':')[0] ?? '', qualifier: name.split(':')[1] ?? '' }))
    .filter(({ tag, qualifier }) => tags.includes(tag) && qualifier !== '');

type Said = Omit<Fault, 'level' | 'standardCode'> & { readonly standardCode?: string };

export class EdifactMessageReader {
  readonly document: EdiDocument;
  readonly options: ReadOptions;
  readonly findings: Finding[] = [];
  /** Before the first package or line. */
  readonly head: readonly Segment[];
  readonly lines: readonly LineBlock[];
  readonly sources: {
    readonly lot: readonly Source[];
    readonly expiry: readonly Source[];
    readonly warehouse: readonly Source[];
  };
  readonly #counts: readonly Segment[];

  constructor(document: EdiDocument, options: ReadOptions) {
    this.document = document;
    this.options = options;
    const { reading } = options;
    this.sources = {
      lot: sourcesOf([...reading.lot, ...LOTS], ['LIN', 'PIA', 'RFF', 'GIN', 'PCI']),
      expiry: sourcesOf([...reading.expiry, ...EXPIRIES], ['DTM']),
      warehouse: sourcesOf(reading.warehouse, ['NAD', 'LOC']),
    };
    const { segments } = document;
    const first = segments.findIndex(({ tag }) => ['CPS', 'LIN', 'CNT', 'UNS', 'UNT'].includes(tag));
    this.head = segments.slice(0, first < 0 ? segments.length : first);
    this.#counts = segments.filter(({ tag }) => tag === 'CNT');
    this.lines = this.#named(blocksOf(segments));
  }

  /** Notes what is wrong at `segment`; rejecting and "invalid value" unless it says otherwise. */
  note(segment: Segment | undefined, said: Said): void {
    const at = segment ?? this.document.segments[0];
    const { interchange, group } = this.document;
    const where = {
      ...(interchange && { interchange: interchange.control }),
      ...(group && group.control !== '' && { group: group.control }),
      document: this.document.control,
    };
    const level = said.element ? 'element' : 'segment';
    if (at) this.findings.push(findingAt(at, where, { standardCode: CODE.invalid, ...said, level }));
  }

  /** The value of a QTY or QVR (C186, C279); undefined, and said, when it is no exact number. */
  quantityOf(segment: Segment, position: 'QTY' | 'QVR' = 'QTY'): Quantity | undefined {
    const [component, reference] = position === 'QTY' ? [2, '6060'] : [1, '6064'];
    const text = segment.component(1, component);
    const element = { position: 1, component, reference };
    if (text === '') {
      this.note(segment, {
        code: 'quantity_missing',
        message: `${segment.tag} has no quantity`,
        standardCode: CODE.missing,
        element,
      });
      return undefined;
    }
    const { decimal } = this.document.delimiters;
    const value = decimal === ',' ? text.replace(/[.,]/g, (mark) => (mark === ',' ? '.' : '#')) : text;
    if (!isQuantityText(value)) {
      this.note(segment, {
        code: 'quantity_not_numeric',
        message: `${segment.tag} holds a quantity that is no number with the decimal mark ${decimal}`,
        element,
        value: text,
      });
      return undefined;
    }
    return { value, unit: position === 'QTY' ? segment.component(1, 3) : '' };
  }

  /** As {@link quantityOf}, and not below zero: goods that moved are counted, and a cancellation says so in BGM. */
  countedOf(segment: Segment): Quantity | undefined {
    const quantity = this.quantityOf(segment);
    if (!quantity?.value.startsWith('-') || quantityFrom(quantity.value) === 0n) return quantity;
    this.note(segment, {
      code: 'quantity_negative',
      message: 'a quantity of goods moved is below zero',
      element: { position: 1, component: 2, reference: '6060' },
      value: quantity.value,
    });
    return undefined;
  }

  /**
   * The one QTY among `segments` with a code of `codes`, tried in order; said when a code comes twice.
   * `undefined` when there is none, or it cannot be read.
   */
  only(segments: readonly Segment[], codes: readonly string[]): Quantity | undefined {
    for (const code of codes) {
      const [first, second] = segments.filter((each) => each.tag === 'QTY' && each.element(1) === code);
      if (second) this.#repeated(second);
      else if (first) return this.countedOf(first);
    }
    return undefined;
  }

  /** A sum as text; undefined, and said at `segment`, when it is beyond what a quantity can be. */
  textOf(total: Units, segment: Segment | undefined): string | undefined {
    const text = quantityText(total);
    if (isQuantityText(text)) return text;
    this.note(segment, {
      code: 'quantity_too_large',
      message: 'the parts of a quantity add up to more than a quantity can be',
      value: text,
    });
    return undefined;
  }

  #repeated(second: Segment): void {
    this.note(second, {
      code: 'quantity_repeated',
      message: 'a line names the same quantity twice',
      standardCode: '35',
      value: second.element(1),
    });
  }

  /** CNT against what came: 2 counts the lines, 1 adds their quantities. Severity by the profile. */
  checkTotals(sum: string | undefined): void {
    const { totals } = this.options;
    if (totals === 'ignore') return;
    for (const count of this.#counts) {
      const code = count.element(1);
      const came = code === '2' ? String(this.lines.length) : code === '1' ? sum : undefined;
      const declared = this.#plain(count.component(1, 2));
      if (came === undefined || (declared !== undefined && isSame(declared, came))) continue;
      this.note(count, {
        code: 'total_mismatch',
        severity: totals === 'reject' ? 'reject' : 'warning',
        message: `CNT ${code} does not equal what came: ${came}`,
        standardCode: CODE.count,
        element: { position: 1, component: 2, reference: '6066' },
        value: count.component(1, 2),
      });
    }
  }

  /** CNT 1, as a number; undefined when the message has none. */
  get total(): string | undefined {
    const total = this.#counts.find((count) => count.element(1) === '1');
    return total && this.#plain(total.component(1, 2));
  }

  #plain(text: string): string | undefined {
    const value = this.document.delimiters.decimal === ',' ? text.replace(',', '.') : text;
    return isQuantityText(value) ? value : undefined;
  }

  /** Numbers that repeat within the message name nothing: then all lines go by their place. */
  #named(blocks: readonly Omit<LineBlock, 'line'>[]): readonly LineBlock[] {
    const numbers = blocks.map(({ lin }) => lin.element(1));
    const isNaming = numbers.every(Boolean) && new Set(numbers).size === numbers.length;
    const seen = new Set<string>();
    const repeated = numbers.findIndex((number) => number !== '' && seen.size === seen.add(number).size);
    if (repeated >= 0)
      this.note(blocks[repeated]?.lin, {
        code: 'line_number_repeated',
        severity: 'warning',
        message: 'line numbers repeat; lines are named by their place',
        standardCode: CODE.duplicate,
        element: { position: 1, reference: '1082' },
        value: numbers[repeated] ?? '',
      });
    return blocks.map((block, index) => ({
      ...block,
      line: isNaming ? (numbers[index] ?? '') : String(index + 1),
    }));
  }
}

/** A sum may have more digits than a quantity can be read with. */
const isSame = (declared: string, came: string): boolean => quantityText(quantityFrom(declared)) === came;

function blocksOf(segments: readonly Segment[]): readonly Omit<LineBlock, 'line'>[] {
  const blocks: { lin: Segment; segments: Segment[]; package: readonly Segment[] }[] = [];
  let around: Segment[] = [];
  let block: (typeof blocks)[number] | undefined;
  for (const segment of segments) {
    if (segment.tag === 'LIN') {
      block = { lin: segment, segments: [], package: around };
      blocks.push(block);
    } else if (segment.tag === 'CPS') {
      around = [segment];
      block = undefined;
    } else if (['CNT', 'UNS', 'UNT'].includes(segment.tag)) {
      around = [];
      block = undefined;
    } else if (block) block.segments.push(segment);
    else if (around.length > 0) around.push(segment);
  }
  return blocks;
}
