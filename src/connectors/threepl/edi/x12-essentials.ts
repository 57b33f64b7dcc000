// The elements that the stock depends on, by document: without them, or with nonsense in them, nothing may be booked. All
// else that a partner gets wrong is told and lived with, because live files are full of it.
import type { EdiDocument } from './segment.ts';
import { isX12Date } from './x12-control.ts';

/** Answers for one document. */
export interface Essentials {
  /** The element must be there though the dictionary does not say so. */
  needed(tag: string, place: number): boolean;
  /** The segment names an item, so one of the ways to name it must be used. */
  neededOne(tag: string): boolean;
  /** A fault there refuses the document. */
  refuses(tag: string, place: number, isDate: boolean): boolean;
}

interface EssentialElements {
  /** Item, quantity, unit, status, reason; of the tag `W12`, the third is `W12-3`. */
  readonly elements: readonly string[];
  /** What the document is as of, best source first, with the qualifier that marks it. */
  readonly asOf?: readonly { readonly tag: string; readonly place: number; readonly qualifier?: string }[];
  /** Segments whose first "at least one of" names the item. */
  readonly items?: readonly string[];
  /** Missing from the dictionary's mandatory elements, and yet nothing can be booked without. */
  readonly needed?: readonly string[];
}

const DOCUMENTS: Readonly<Record<string, EssentialElements>> = {
  '940': { elements: ['W05-1', 'W05-2', 'W01-1', 'W01-2'], items: ['W01'] },
  '943': { elements: ['W06-1', 'W04-1', 'W04-2'], items: ['W04'] },
  '944': {
    elements: ['W17-1', 'W17-2', 'W17-3', 'W07-1', 'W07-2', 'W13-1', 'W13-2', 'W13-3'],
    items: ['W07'],
    asOf: [{ tag: 'W17', place: 2 }],
  },
  '945': {
    elements: ['W06-1', 'W12-1', 'W12-3'],
    items: ['W12'],
    asOf: [
      { tag: 'G62', place: 2, qualifier: '11' },
      { tag: 'W06', place: 3 },
    ],
  },
  '947': {
    elements: ['W15-1', 'W19-1', 'W19-2', 'W19-3'],
    items: ['W19'],
    asOf: [{ tag: 'W15', place: 1 }],
  },
  '846': {
    elements: ['BIA-1', 'LIN-2', 'LIN-3', 'QTY-1', 'QTY-2'],
    needed: ['QTY-2'],
    asOf: [
      { tag: 'DTM', place: 2, qualifier: '007' },
      { tag: 'BIA', place: 4 },
    ],
  },
  '856': { elements: ['BSN-1', 'BSN-2', 'HL-1', 'LIN-2', 'LIN-3', 'SN1-2', 'SN1-3'] },
  '861': {
    elements: ['BRA-1', 'RCD-2', 'RCD-4', 'RCD-6', 'LIN-2', 'LIN-3'],
    asOf: [
      { tag: 'DTM', place: 2, qualifier: '050' },
      { tag: 'BRA', place: 2 },
    ],
  },
  '997': { elements: ['AK1-1', 'AK1-2', 'AK2-1', 'AK2-2', 'AK5-1', 'AK9-1'] },
};

/** A reference without its qualifier might be the lot, and a lot must not be guessed. */
const REFERENCES = new Set(['N9-1', 'REF-1']);
const REFERENCE_DOCUMENTS = new Set(['940', '943', '944', '945', '947', '846', '856', '861']);
const NOTHING: Essentials = { needed: () => false, neededOne: () => false, refuses: () => false };
const NONE: ReadonlySet<string> = new Set();

/** The same for all documents of a type, put together once. */
interface EssentialsOfType {
  readonly elements: ReadonlySet<string>;
  readonly needed: ReadonlySet<string>;
  /** Tags of the segments with needed elements. */
  readonly neededIn: ReadonlySet<string>;
  readonly items: ReadonlySet<string>;
  readonly asOf: EssentialElements['asOf'];
}
const BY_TYPE: ReadonlyMap<string, EssentialsOfType> = new Map(
  Object.entries(DOCUMENTS).map(([type, { elements, needed = [], items, asOf }]) => [
    type,
    {
      elements: new Set(elements),
      needed: new Set(needed),
      neededIn: new Set(needed.map((name) => name.split('-', 1)[0] ?? '')),
      items: new Set(items),
      asOf,
    },
  ]),
);

/** Tags of segments in which documents of this type need more than the dictionary says. */
export const neededInsideOf = (type: string): ReadonlySet<string> => BY_TYPE.get(type)?.neededIn ?? NONE;

/** What this document cannot do without; nothing for documents that move no stock. */
export function essentialsOf(document: EdiDocument): Essentials {
  const essential = BY_TYPE.get(document.type);
  if (!essential) return NOTHING;
  const { elements, needed, items } = essential;
  const asOf = asOfElement(document, essential);
  const hasReferences = REFERENCE_DOCUMENTS.has(document.type);
  return {
    needed: (tag, place) => needed.has(`${tag}-${place}`),
    neededOne: (tag) => items.has(tag),
    refuses: (tag, place, isDate) => {
      const name = `${tag}-${place}`;
      if (isDate) return name === asOf;
      return elements.has(name) || (hasReferences && REFERENCES.has(name));
    },
  };
}

/** The date element the document is as of: the best source with a date, else the best source there is. */
function asOfElement(document: EdiDocument, { asOf = [] }: EssentialsOfType): string | undefined {
  const present = asOf.flatMap(({ tag, place, qualifier }) =>
    document.segments
      .filter(
        (segment) => segment.tag === tag && (qualifier === undefined || segment.element(1) === qualifier),
      )
      .map((segment) => ({ name: `${tag}-${place}`, value: segment.element(place) }))
      .filter(({ value }) => value !== ''),
  );
  return (present.find(({ value }) => isX12Date(value)) ?? present[0])?.name;
}
