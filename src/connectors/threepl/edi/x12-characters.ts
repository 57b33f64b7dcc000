// The one character that no store can keep: NUL, with which some systems fill fields up. Looked for once in a file's bytes,
// and placed only in a file that has it, so that reading costs nothing more.
import type { Finding } from './finding.ts';
import type { EdiDocument } from './segment.ts';

const NUL = 0;
/** Told of one document; a person needs no more to see what is wrong. */
const MOST = 20;

/** Whether the file has a NUL that divides nothing. */
export const hasNul = (
  bytes: Uint8Array,
  { element, component, repetition, segment }: EdiDelimiters,
): boolean => bytes.includes(NUL) && ![element, component, repetition, segment].includes('\0');
type EdiDelimiters = EdiDocument['delimiters'];

/** Refuses the elements of `document` that hold a NUL; what `findings` warns of there is said by that. */
export function refusingNul(
  bytes: Uint8Array,
  document: EdiDocument,
  findings: readonly Finding[],
): readonly Finding[] {
  const refused = new Map<string, Finding>();
  const separator = document.delimiters.element.charCodeAt(0);
  let index = 0;
  let nul = bytes.indexOf(NUL, document.start);
  while (nul >= 0 && nul < document.end && refused.size < MOST) {
    while ((document.segments[index + 1]?.offset ?? document.end) <= nul) index += 1;
    const segment = document.segments[index];
    if (!segment) break;
    const position = countIn(bytes, segment.offset, nul, separator);
    const finding: Finding = {
      code: 'character_invalid',
      severity: 'reject',
      level: 'element',
      message: `${segment.tag}${String(position).padStart(2, '0')} holds the character NUL`,
      offset: segment.offset,
      document: document.control,
      segment: { tag: segment.tag, position: segment.position },
      element: { position },
      standardCode: '6',
    };
    refused.set(placeOf(finding), finding);
    nul = bytes.indexOf(NUL, nul + 1);
  }
  if (refused.size === 0) return findings;
  return [
    ...findings.filter((each) => each.code !== 'character_invalid' || !refused.has(placeOf(each))),
    ...refused.values(),
  ];
}

const placeOf = ({ segment, element }: Finding): string => `${segment?.position} ${element?.position}`;

function countIn(bytes: Uint8Array, start: number, end: number, byte: number): number {
  let count = 0;
  for (let at = start; at < end; at += 1) if (bytes[at] === byte) count += 1;
  return count;
}
