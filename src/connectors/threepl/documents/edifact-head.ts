// The head of an EDIFACT business message: its name, number, purpose, date, warehouse and references. The message's own
// reader says which names and dates it takes; a head that lacks one of them is none.
import type { Instant } from '../../../core/vocabulary/instant.ts';
import type { Segment } from '../edi/segment.ts';
import { instantOfDate } from './edifact-dates.ts';
import { CODE, type EdifactMessageReader } from './edifact-message.ts';
import type { Span } from './span.ts';

export interface HeadRules {
  /** Document names (1001) that the message may carry. */
  readonly names: readonly string[];
  /** DTM qualifiers (2005), the best first. */
  readonly dates: readonly string[];
  /** RFF qualifiers (1153) that name our order or shipment, the best first. */
  readonly orders: readonly string[];
}

export interface EdifactHead {
  readonly source: string;
  readonly number: string;
  readonly purpose: 'original' | 'replace' | 'cancel' | 'duplicate' | 'simulation';
  readonly occurredAt: Instant;
  readonly within?: Span;
  readonly warehouse: string;
  readonly order: string;
  readonly references: Readonly<Record<string, string>>;
}

/** Message functions (1225) that mean the same in every message. Others change a part, and which part cannot be known. */
const PURPOSES: Readonly<Record<string, EdifactHead['purpose']>> = {
  '': 'original',
  '1': 'cancel',
  '3': 'cancel',
  '5': 'replace',
  '6': 'original',
  '7': 'duplicate',
  '9': 'original',
  '16': 'simulation',
  '31': 'duplicate',
  '43': 'duplicate',
  '46': 'simulation',
};
/** Of a stock report these say that only a part is listed. */
export const PARTIAL_FUNCTIONS: readonly string[] = ['2', '4'];

/** BGM of the message. */
export const nameOf = (reader: EdifactMessageReader): string =>
  reader.head.find(({ tag }) => tag === 'BGM')?.element(1) ?? '';

/** The head; undefined, and said, when name, number, function or date is missing or not understood. */
export function headOf(reader: EdifactMessageReader, rules: HeadRules): EdifactHead | undefined {
  const bgm = reader.head.find(({ tag }) => tag === 'BGM');
  if (!bgm) {
    reader.note(undefined, {
      code: 'segment_missing',
      message: 'the message has no BGM',
      standardCode: CODE.missing,
    });
    return undefined;
  }
  const number = bgm.element(2);
  const isNamed = rules.names.includes(bgm.element(1));
  const isStock = reader.document.type === 'INVRPT';
  const purpose =
    isStock && PARTIAL_FUNCTIONS.includes(bgm.element(3)) ? 'original' : PURPOSES[bgm.element(3)];
  if (!isNamed)
    reader.note(bgm, {
      code: 'document_name_unknown',
      message: `${reader.document.type} carries a document name that is not read`,
      element: { position: 1, component: 1, reference: '1001' },
      value: bgm.element(1),
    });
  if (number === '')
    reader.note(bgm, {
      code: 'number_missing',
      message: 'the document has no number',
      standardCode: CODE.missing,
      element: { position: 2, reference: '1004' },
    });
  if (purpose === undefined)
    reader.note(bgm, {
      code: 'function_unknown',
      message: 'the message function is not one that can be followed',
      element: { position: 3, reference: '1225' },
      value: bgm.element(3),
    });
  const dated = dateOf(reader, rules.dates);
  if (!isNamed || number === '' || purpose === undefined || dated === undefined) return undefined;
  const references = referencesOf(reader.head);
  return {
    source: reader.document.type,
    number,
    purpose,
    ...dated,
    warehouse: warehouseIn(reader, reader.head),
    order: rules.orders.map((qualifier) => references[qualifier]).find(Boolean) ?? '',
    references,
  };
}

/** A date that stands there and cannot be read is never passed over for a worse one. */
function dateOf(
  reader: EdifactMessageReader,
  qualifiers: readonly string[],
): Pick<EdifactHead, 'occurredAt' | 'within'> | undefined {
  const dates = beforeParties(reader.head, ['RFF', 'NAD', 'TDT', 'CTA']).filter(({ tag }) => tag === 'DTM');
  const dtm = qualifiers
    .map((qualifier) => dates.find((date) => date.element(1) === qualifier))
    .find((date) => date !== undefined);
  if (!dtm) {
    reader.note(reader.head.at(1), {
      code: 'date_missing',
      message: `the message has none of the dates ${qualifiers.join(', ')}`,
      standardCode: CODE.missing,
      element: { position: 1, component: 1, reference: '2005' },
    });
    return undefined;
  }
  const { timeZone, receivedAt } = reader.options;
  const dated = instantOfDate(dtm.component(1, 2), dtm.component(1, 3), timeZone, receivedAt);
  if (!dated)
    reader.note(dtm, {
      code: 'date_invalid',
      message: 'DTM holds no date of its format',
      element: { position: 1, component: 2, reference: '2380' },
      value: dtm.component(1, 2),
    });
  return dated;
}

/** References of the message itself; those after a NAD belong to that party. */
function referencesOf(head: readonly Segment[]): Readonly<Record<string, string>> {
  const references: Record<string, string> = {};
  for (const segment of beforeParties(head, ['NAD'])) {
    const qualifier = segment.tag === 'RFF' ? segment.element(1) : '';
    if (/^[A-Z0-9]{1,3}$/.test(qualifier) && segment.component(1, 2) !== '')
      references[qualifier] ??= segment.component(1, 2);
  }
  return references;
}

function beforeParties(head: readonly Segment[], tags: readonly string[]): readonly Segment[] {
  const first = head.findIndex(({ tag }) => tags.includes(tag));
  return first < 0 ? head : head.slice(0, first);
}

/** The warehouse's code where the profile looks for it: `NAD:WH` and `LOC:18` and their like. */
export function warehouseIn(reader: EdifactMessageReader, segments: readonly Segment[]): string {
  for (const { tag, qualifier } of reader.sources.warehouse) {
    const found = segments.find((segment) => segment.tag === tag && segment.element(1) === qualifier);
    if (found && found.element(2) !== '') return found.element(2);
  }
  return '';
}
