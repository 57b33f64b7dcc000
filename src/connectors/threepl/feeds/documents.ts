// Records of a feed gathered into documents by their number. What contradicts itself within one document rejects it.
import type { Instant } from '../../../core/vocabulary/instant.ts';
import type { Acknowledgement, WarehouseDocument } from '../documents/document.ts';
import { spanUntil } from '../documents/span.ts';
import type { Finding } from '../edi/finding.ts';
import { rejects } from '../edi/finding.ts';
import type { Feed } from '../profile/feed-settings.ts';
import type { Entry, Facts, PURPOSES, VERDICTS } from './entry.ts';
import { placeText, recordFinding } from './finding.ts';

export interface FeedDocument {
  /** Absent when what stands there cannot be said for certain; the findings then hold at least one `reject`. */
  readonly document?: WarehouseDocument | Acknowledgement;
  /** As the file names it; '' when it names none. */
  readonly number: string;
  /** Bytes of the file from its first record to its last: [start, end). Records of others may lie between. */
  readonly start: number;
  readonly end: number;
  readonly findings: readonly Finding[];
}

interface Circumstances {
  readonly receivedAt: Instant;
  readonly fileName: string;
}

/** The documents of `entries`, in the order in which their first records stand. */
export function documentsOf(
  entries: readonly Entry[],
  feed: Feed,
  given: Circumstances,
): readonly FeedDocument[] {
  const groups = Map.groupBy(entries, (entry) => entry.number);
  return [...groups.values()].map((group) => documentOf(group, feed, given));
}

function documentOf(group: readonly Entry[], feed: Feed, given: Circumstances): FeedDocument {
  const findings = [
    ...group.flatMap((entry) => entry.findings),
    ...contradictions(group, feed),
    ...repeatedLines(group),
  ];
  const [first] = group;
  const extent = {
    number: first?.number ?? '',
    start: first?.place.start ?? 0,
    end: group.reduce((end, { place }) => Math.max(end, place.end), 0),
  };
  const facts = group.flatMap((entry) => entry.facts ?? []);
  if (rejects(findings) || facts.length < group.length) return { ...extent, findings };
  return { ...extent, document: documentFrom(group, facts, feed, given), findings };
}

function documentFrom(
  group: readonly Entry[],
  facts: readonly Facts[],
  feed: Feed,
  { receivedAt, fileName }: Circumstances,
): WarehouseDocument | Acknowledgement {
  const [first] = group;
  const number = first?.number ?? '';
  const dated = latestOf(group) ?? { occurredAt: receivedAt, within: spanUntil(receivedAt) };
  const references = shared(group, 'reference');
  const head = {
    source: feed.name,
    number,
    purpose: (first?.purpose ?? 'original') as (typeof PURPOSES)[number],
    ...dated,
    warehouse: distinct(group, 'warehouse').length === 1 ? (first?.warehouse ?? '') : '',
    order: distinct(group, 'order').join(''),
    references: references === '' ? {} : { reference: references },
  };
  const names = lineNames(group);
  const linesOf = <Kind extends Facts['kind']>(kind: Kind) =>
    facts.flatMap((each, index) => {
      if (each.kind !== kind) return [];
      const {
        kind: _kind,
        isReturn: _isReturn,
        ...line
      } = each as Extract<Facts, { kind: Kind }> & { isReturn?: boolean };
      return [
        { line: names[index] ?? '', ...line } as { line: string } & Omit<
          Extract<Facts, { kind: Kind }>,
          'kind' | 'isReturn'
        >,
      ];
    });
  switch (feed.kind) {
    case 'shipment': {
      const carrier = shared(group, 'carrier');
      const tracking = [...new Set(group.flatMap((entry) => entry.tracking))];
      return {
        kind: 'shipment',
        ...head,
        lines: linesOf('shipment'),
        tracking,
        ...(carrier !== '' && { carrier }),
      };
    }
    case 'receipt': {
      const isReturn = facts.some((each) => each.kind === 'receipt' && each.isReturn);
      return { kind: 'receipt', ...head, isReturn, exceptionsOnly: false, lines: linesOf('receipt') };
    }
    case 'adjustment':
      return { kind: 'adjustment', ...head, lines: linesOf('adjustment') };
    case 'stock':
      // a report without a number of its own is named by its file and its time, for names are used again
      return {
        kind: 'stock',
        ...head,
        number: number === '' ? `${fileName}@${dated.occurredAt}` : number,
        extent: feed.extent,
        lines: linesOf('stock'),
      };
    default:
      return acknowledgementFrom(number, facts, feed.name);
  }
}

/** The last of the records' dates; of a day alone and a time on it, the time. */
const latestOf = (group: readonly Entry[]): Entry['dated'] =>
  group
    .flatMap((entry) => entry.dated ?? [])
    .reduce<Entry['dated']>(
      (latest, dated) => (latest === undefined || dated.occurredAt > latest.occurredAt ? dated : latest),
      undefined,
    );

/** Records of one acknowledged document: the worst of them speaks for it. */
function acknowledgementFrom(number: string, facts: readonly Facts[], source: string): Acknowledgement {
  const said = facts.flatMap((each) => (each.kind === 'acknowledgement' ? [each] : []));
  const worst = (['rejected', 'accepted_with_errors'] as const).find((word) =>
    said.some(({ verdict }) => verdict === word),
  );
  const verdict: (typeof VERDICTS)[number] = worst ?? 'accepted';
  return {
    kind: 'acknowledgement',
    source,
    document: number,
    verdict,
    errors: said.flatMap(({ error }) => error || []),
  };
}

type HeadText = 'warehouse' | 'order' | 'purpose' | 'reference' | 'carrier';

const distinct = (group: readonly Entry[], field: HeadText): readonly string[] => [
  ...new Set(group.map((entry) => entry[field])),
];

const shared = (group: readonly Entry[], field: HeadText): string =>
  distinct(group, field)
    .filter((text) => text !== '')
    .join(', ');

/** What may be said once for a document and is said in two ways. */
function contradictions(group: readonly Entry[], feed: Feed): readonly Finding[] {
  const [first] = group;
  if (!first) return [];
  const fields: readonly HeadText[] =
    feed.kind === 'stock' ? ['order', 'purpose'] : ['warehouse', 'order', 'purpose'];
  const at = (entry: Entry, what: string, severity: 'reject' | 'warning') =>
    recordFinding(
      'document_inconsistent',
      `${placeText(entry.place)}: ${what} is not the same as in ${placeText(first.place)} of the same document ${JSON.stringify(first.number)}.`,
      entry.place,
      { severity },
    );
  const found = fields.flatMap((field) => {
    const other = group.find((entry) => entry[field] !== first[field]);
    return other ? [at(other, field, 'reject')] : [];
  });
  const later = group.find(
    ({ dated }) => dated && first.dated && dated.occurredAt !== first.dated.occurredAt,
  );
  // a stock report is true at one instant; goods are on their way once the last of them is
  if (later) found.push(at(later, 'the time', feed.kind === 'stock' ? 'reject' : 'warning'));
  const returns = group
    .filter(({ facts }) => facts?.kind === 'receipt')
    .map(({ facts }) => facts?.kind === 'receipt' && facts.isReturn);
  const mixed = returns.findIndex((isReturn) => isReturn !== returns[0]);
  const entry = group[mixed];
  if (mixed > 0 && entry) found.push(at(entry, 'whether it is a return', 'reject'));
  return found;
}

/** The same record twice under one line number: sent twice or counted twice, which only a person can say. */
function repeatedLines(group: readonly Entry[]): readonly Finding[] {
  const seen = new Map<string, Entry>();
  return group.flatMap((entry) => {
    if (entry.line === '' || !entry.facts) return [];
    const key = JSON.stringify([entry.line, entry.facts]);
    const earlier = seen.get(key);
    seen.set(key, entry);
    if (!earlier) return [];
    const message = `${placeText(entry.place)} repeats ${placeText(earlier.place)}: line ${JSON.stringify(entry.line)} is there twice with the same content.`;
    return [recordFinding('line_repeated', message, entry.place)];
  });
}

/** Names that are unique in the document: a line told in parts is `3`, `3.2`, `3.3`; lines without numbers are counted. */
function lineNames(group: readonly Entry[]): readonly string[] {
  const told = new Map<string, number>();
  return group.map(({ line }, index) => {
    if (line === '') return `${index + 1}`;
    const part = (told.get(line) ?? 0) + 1;
    told.set(line, part);
    return part === 1 ? line : `${line}.${part}`;
  });
}
