// Takes an interchange apart as strictly as a warehouse's translator does: exact ISA, one terminator to the very end, counts
// and control numbers that agree. The simulator's own reading; it shares nothing with the hub's, so that no mistake is shared.

/** Tag at 0, element n at n. */
export type Segment = readonly string[];

export const elementOf = (segment: Segment | undefined, position: number): string =>
  segment?.[position] ?? '';

export interface ReceivedSet {
  readonly type: string;
  readonly control: string;
  /** ST and SE included. */
  readonly segments: readonly Segment[];
  /** Codes of element 718 that refuse it. */
  readonly codes: readonly string[];
}

export interface ReceivedGroup {
  readonly functional: string;
  readonly control: string;
  /** GE01 as written; '' without a GE. */
  readonly declaredSets: string;
  readonly sets: readonly ReceivedSet[];
  /** Codes of element 716 that refuse it. */
  readonly codes: readonly string[];
}

interface Envelope {
  readonly control: string;
  /** ISA09 and ISA10 as written. */
  readonly date: string;
  readonly time: string;
}

export interface Party {
  readonly qualifier: string;
  readonly id: string;
}

/** Who may write to whom, and which interchange control numbers were used before. */
export interface Agreement {
  readonly sender: Party;
  readonly receiver: Party;
  readonly usedControls: ReadonlySet<string>;
}

export type Received =
  /** Without an ISA that can be read nobody can be answered. */
  | { readonly kind: 'unreadable'; readonly what: string }
  /** `code` of element I18. */
  | (Envelope & { readonly kind: 'refused'; readonly code: string; readonly what: string })
  | (Envelope & {
      readonly kind: 'read';
      readonly asksForTa1: boolean;
      readonly answers: readonly Segment[];
      readonly groups: readonly ReceivedGroup[];
    });

const ISA_LENGTH = 106;
const ISA_WIDTHS = [2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1];
const FUNCTIONALS: Readonly<Record<string, string>> = { '940': 'OW', '943': 'AR', '997': 'FA', '999': 'FA' };

class Refusal extends Error {
  readonly code: string;
  constructor(code: string, what: string) {
    super(what);
    this.code = code;
  }
}

/** Reads one file that holds one interchange; never throws for what is in it. */
export function receive(bytes: Buffer, agreement: Agreement): Received {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return { kind: 'unreadable', what: 'the file is not text in UTF-8' };
  }
  const isa = isaOf(text);
  if (typeof isa === 'string') return { kind: 'unreadable', what: isa };
  const envelope: Envelope = {
    control: elementOf(isa, 13),
    date: elementOf(isa, 9),
    time: elementOf(isa, 10),
  };
  try {
    checkIsa(isa, agreement);
    const segments = segmentsOf(text, isa);
    return { ...envelope, kind: 'read', asksForTa1: elementOf(isa, 14) === '1', ...contentOf(isa, segments) };
  } catch (error) {
    if (error instanceof Refusal)
      return { ...envelope, kind: 'refused', code: error.code, what: error.message };
    throw error;
  }
}

function isaOf(text: string): Segment | string {
  if (!text.startsWith('ISA')) return 'the file does not begin with ISA';
  if (text.length < ISA_LENGTH) return 'the file is shorter than an ISA';
  const separator = text.charAt(3);
  const isa = text.slice(0, ISA_LENGTH - 1).split(separator);
  const fits =
    isa.length === 17 && ISA_WIDTHS.every((width, index) => elementOf(isa, index + 1).length === width);
  return fits ? isa : 'the ISA is not 106 characters with 16 elements of their fixed widths';
}

function checkIsa(isa: Segment, { sender, receiver, usedControls }: Agreement): void {
  const refuseUnless = (holds: boolean, code: string, what: string): void => {
    if (!holds) throw new Refusal(code, what);
  };
  const party = (at: number): Party => ({ qualifier: elementOf(isa, at), id: elementOf(isa, at + 1).trim() });
  const [from, to] = [party(5), party(7)];
  refuseUnless(from.qualifier === sender.qualifier, '005', `ISA05 is ${from.qualifier}`);
  refuseUnless(from.id === sender.id, '006', `ISA06 is ${from.id}`);
  refuseUnless(to.qualifier === receiver.qualifier, '007', `ISA07 is ${to.qualifier}`);
  refuseUnless(to.id === receiver.id, '008', `ISA08 is ${to.id}`);
  refuseUnless(/^\d{6}$/.test(elementOf(isa, 9)), '014', 'ISA09 is no date');
  refuseUnless(/^([01]\d|2[0-3])[0-5]\d$/.test(elementOf(isa, 10)), '015', 'ISA10 is no time');
  const version = elementOf(isa, 12);
  refuseUnless(version === '00401' || version === '00501', '017', `ISA12 is ${version}`);
  refuseUnless(version === '00501' || elementOf(isa, 11) === 'U', '002', 'ISA11 is not U');
  refuseUnless(/^\d{9}$/.test(elementOf(isa, 13)), '018', 'ISA13 is not nine digits');
  refuseUnless(/^[01]$/.test(elementOf(isa, 14)), '019', 'ISA14 is neither 0 nor 1');
  refuseUnless(/^[PT]$/.test(elementOf(isa, 15)), '020', 'ISA15 is neither P nor T');
  refuseUnless(!usedControls.has(elementOf(isa, 13)), '025', `ISA13 ${elementOf(isa, 13)} was used before`);
}

function segmentsOf(text: string, isa: Segment): Segment[] {
  const separator = text.charAt(3);
  const component = elementOf(isa, 16);
  const terminator = text.charAt(ISA_LENGTH - 1);
  const marks = [
    separator,
    component,
    terminator,
    ...(elementOf(isa, 12) === '00501' ? [elementOf(isa, 11)] : []),
  ];
  if (marks.some((mark) => /[A-Za-z0-9 ]/.test(mark)))
    throw new Refusal('024', 'a delimiter is a letter, digit or blank');
  if (new Set(marks).size < marks.length) throw new Refusal('024', 'two delimiters are the same');
  const pieces = text.split(terminator);
  if ((pieces.pop() ?? '').trim() !== '') throw new Refusal('023', 'the last segment is not terminated');
  return pieces.map((piece) => {
    const segment = piece.replace(/^\r?\n/, '').split(separator);
    if (!/^[A-Z][A-Z0-9]{1,2}$/.test(elementOf(segment, 0))) throw new Refusal('024', 'a segment has no tag');
    return segment;
  });
}

/** What stands between ISA and IEA. */
function contentOf(
  isa: Segment,
  segments: readonly Segment[],
): { readonly answers: Segment[]; readonly groups: ReceivedGroup[] } {
  const iea = segments.at(-1);
  if (elementOf(iea, 0) !== 'IEA') throw new Refusal('023', 'the interchange does not end with IEA');
  const inner = segments.slice(1, -1);
  const count = inner.findIndex((segment) => elementOf(segment, 0) !== 'TA1');
  const answers = inner.slice(0, count === -1 ? inner.length : count);
  const groups = groupsOf(isa, inner.slice(answers.length));
  if (elementOf(iea, 2) !== elementOf(isa, 13)) throw new Refusal('001', 'IEA02 is not ISA13');
  if (elementOf(iea, 1) !== String(groups.length)) throw new Refusal('021', `IEA01 is not ${groups.length}`);
  return { answers, groups };
}

function groupsOf(isa: Segment, segments: readonly Segment[]): ReceivedGroup[] {
  const groups: ReceivedGroup[] = [];
  const controls = new Set<string>();
  for (let at = 0; at < segments.length; ) {
    const head = segments[at];
    if (elementOf(head, 0) !== 'GS') throw new Refusal('022', `${elementOf(head, 0)} stands outside a group`);
    const next = segments.findIndex(
      (segment, index) => index > at && /^(GS|ISA|IEA)$/.test(elementOf(segment, 0)),
    );
    const end = next === -1 ? segments.length : next;
    const group = groupOf(isa, segments.slice(at, end));
    groups.push(controls.has(group.control) ? { ...group, codes: [...group.codes, '6'] } : group);
    controls.add(group.control);
    at = end;
  }
  return groups;
}

function groupOf(isa: Segment, segments: readonly Segment[]): ReceivedGroup {
  const head = segments[0];
  const control = elementOf(head, 6);
  const functional = elementOf(head, 1);
  const end = segments.findIndex((segment) => elementOf(segment, 0) === 'GE');
  const trailer = end === -1 ? undefined : segments[end];
  if (end !== -1 && end !== segments.length - 1)
    throw new Refusal('022', 'something stands between GE and the next group');
  const sets = setsOf(segments.slice(1, end === -1 ? undefined : end), functional);
  const codes = [
    ...(Object.values(FUNCTIONALS).includes(functional) ? [] : ['1']),
    ...(/^00(4|5)010/.test(elementOf(head, 8)) && elementOf(head, 7) === 'X' ? [] : ['2']),
    ...(/^\d{1,9}$/.test(control) ? [] : ['6']),
    ...(trailer ? [] : ['3']),
    ...(trailer && elementOf(trailer, 2) !== control ? ['4'] : []),
    ...(trailer && elementOf(trailer, 1) !== String(sets.length) ? ['5'] : []),
  ];
  const isDated = /^\d{8}$/.test(elementOf(head, 4)) && /^\d{4}/.test(elementOf(head, 5));
  if (!isDated) throw new Refusal('024', 'GS04 or GS05 is no date or time');
  if (elementOf(isa, 6).trim() === '' || elementOf(head, 2) === '' || elementOf(head, 3) === '') {
    throw new Refusal('024', 'GS02 or GS03 is empty');
  }
  return { functional, control, declaredSets: elementOf(trailer, 1), sets, codes };
}

function setsOf(segments: readonly Segment[], functional: string): ReceivedSet[] {
  const sets: ReceivedSet[] = [];
  const controls = new Set<string>();
  for (let at = 0; at < segments.length; ) {
    if (elementOf(segments[at], 0) !== 'ST') {
      throw new Refusal('022', `${elementOf(segments[at], 0)} stands outside a transaction set`);
    }
    const next = segments.findIndex((segment, index) => index > at && elementOf(segment, 0) === 'ST');
    const end = next === -1 ? segments.length : next;
    const set = setOf(segments.slice(at, end), functional);
    sets.push(controls.has(set.control) ? { ...set, codes: [...set.codes, '23'] } : set);
    controls.add(set.control);
    at = end;
  }
  return sets;
}

function setOf(segments: readonly Segment[], functional: string): ReceivedSet {
  const head = segments[0];
  const last = segments.at(-1);
  const [type, control] = [elementOf(head, 1), elementOf(head, 2)];
  const isEnded = elementOf(last, 0) === 'SE';
  const codes = [
    ...(FUNCTIONALS[type] === functional ? [] : [FUNCTIONALS[type] === undefined ? '1' : '6']),
    ...(/^[A-Za-z0-9]{4,9}$/.test(control) ? [] : ['7']),
    ...(isEnded ? [] : ['2']),
    ...(isEnded && elementOf(last, 2) !== control ? ['3'] : []),
    ...(isEnded && elementOf(last, 1) !== String(segments.length) ? ['4'] : []),
  ];
  return { type, control, segments, codes };
}
