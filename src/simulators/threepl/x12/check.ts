// Holds a transaction set against the rules and lists its faults in the words of a 997: which segment, which element, which
// code. Says nothing of what the warehouse knows itself, such as its items.
import { type ElementRule, SEGMENT_RULES, SET_RULES, type SegmentRule, type SetRule } from './rules.ts';
import { elementOf, type Segment } from './split.ts';

export interface ElementFault {
  readonly position: number;
  readonly reference: string;
  /** Of element 723. */
  readonly code: string;
  readonly value: string;
}

/** One AK3, with its AK4 when `code` is 8. */
export interface SegmentFault {
  readonly tag: string;
  /** ST is 1. */
  readonly position: number;
  /** Of element 720. */
  readonly code: string;
  readonly elements: readonly ElementFault[];
}

const bare = (tags: readonly string[]): string[] => tags.map((tag) => tag.replace('!', ''));
const mandatory = (tags: readonly string[]): string[] =>
  tags.filter((tag) => tag.endsWith('!')).map((tag) => tag.slice(0, -1));

/** The faults of a set with its ST and SE; none for a type without rules. */
export function faultsOf(type: string, segments: readonly Segment[]): SegmentFault[] {
  const rule = SET_RULES[type];
  if (!rule) return [];
  const body = segments.slice(1, elementOf(segments.at(-1), 0) === 'SE' ? -1 : undefined);
  return [...misplaced(rule, body), ...missing(rule, body), ...body.flatMap(elementFaultsOf)].toSorted(
    (one, other) => one.position - other.position,
  );
}

const POSITION_OF_FIRST = 2;

/** Index of the first segment of the detail and of the summary. */
function areasOf(
  rule: SetRule,
  body: readonly Segment[],
): { readonly detail: number; readonly summary: number } {
  const find = (tag: string): number => body.findIndex((segment) => elementOf(segment, 0) === tag);
  const summaryAt = find(bare(rule.summary)[0] ?? '');
  const summary = summaryAt === -1 ? body.length : summaryAt;
  const detailAt = find(rule.loop);
  return { detail: detailAt === -1 ? summary : Math.min(detailAt, summary), summary };
}

function misplaced(rule: SetRule, body: readonly Segment[]): SegmentFault[] {
  const { detail, summary } = areasOf(rule, body);
  const known = bare([...rule.heading, ...rule.detail, ...rule.summary]);
  return body.flatMap((segment, index) => {
    const tag = elementOf(segment, 0);
    const area = index < detail ? rule.heading : index < summary ? rule.detail : rule.summary;
    if (bare(area).includes(tag)) return [];
    const code = !SEGMENT_RULES.has(tag) ? '1' : known.includes(tag) ? '7' : '6';
    return [{ tag, position: index + POSITION_OF_FIRST, code, elements: [] }];
  });
}

function missing(rule: SetRule, body: readonly Segment[]): SegmentFault[] {
  const { detail, summary } = areasOf(rule, body);
  const loops = loopStarts(rule, body, detail, summary);
  const spans = [
    { tags: rule.heading, from: 0, to: detail },
    ...(loops.length === 0 ? [{ tags: rule.detail, from: detail, to: detail }] : []),
    ...loops.map((from, index) => ({ tags: rule.detail, from, to: loops[index + 1] ?? summary })),
    { tags: rule.summary, from: summary, to: body.length },
  ];
  return spans.flatMap(({ tags, from, to }) => {
    const present = new Set(body.slice(from, to).map((segment) => elementOf(segment, 0)));
    return mandatory(tags)
      .filter((tag) => !present.has(tag))
      .map((tag) => ({ tag, position: to + POSITION_OF_FIRST, code: '3', elements: [] }));
  });
}

const loopStarts = (rule: SetRule, body: readonly Segment[], from: number, to: number): number[] =>
  body.flatMap((segment, index) =>
    index >= from && index < to && elementOf(segment, 0) === rule.loop ? [index] : [],
  );

function elementFaultsOf(segment: Segment, index: number): SegmentFault[] {
  const tag = elementOf(segment, 0);
  const rule = SEGMENT_RULES.get(tag);
  if (!rule) return [];
  const elements = [
    ...rule.elements.flatMap((element, place) =>
      elementFault(element, place + 1, elementOf(segment, place + 1)),
    ),
    ...lonely(rule, segment),
    ...(segment.length - 1 > rule.elements.length
      ? [{ position: rule.elements.length + 1, reference: '', code: '3', value: '' }]
      : []),
  ];
  return elements.length === 0 ? [] : [{ tag, position: index + POSITION_OF_FIRST, code: '8', elements }];
}

function elementFault(rule: ElementRule, position: number, value: string): ElementFault[] {
  const fault = (code: string): ElementFault[] => [{ position, reference: rule.reference, code, value }];
  if (value === '') return rule.isMandatory ? fault('1') : [];
  if (/\p{Cc}/u.test(value)) return fault('6');
  const { type } = rule;
  if (type === 'R' && !/^-?(\d+\.?\d*|\.\d+)$/.test(value)) return fault('6');
  if (type === 'N' && !/^-?\d+$/.test(value)) return fault('6');
  const length = type === 'R' || type === 'N' ? value.replace(/[-.]/g, '').length : value.length;
  if (length < rule.least) return fault('4');
  if (length > rule.most) return fault('5');
  if (type === 'DT' && !isDate(value)) return fault('8');
  if (type === 'TM' && !/^([01]\d|2[0-3])[0-5]\d([0-5]\d(\d{1,2})?)?$/.test(value)) return fault('9');
  return [];
}

function isDate(value: string): boolean {
  const [year, month, day] = [value.slice(0, 4), value.slice(4, 6), value.slice(6, 8)];
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  return /^\d{8}$/.test(value) && !Number.isNaN(date.getTime()) && date.getUTCDate() === Number(day);
}

function lonely(rule: SegmentRule, segment: Segment): ElementFault[] {
  return rule.together.flatMap((positions) => {
    const empty = positions.filter((position) => elementOf(segment, position) === '');
    if (empty.length === 0 || empty.length === positions.length) return [];
    return empty.map((position) => ({
      position,
      reference: rule.elements[position - 1]?.reference ?? '',
      code: '2',
      value: '',
    }));
  });
}
