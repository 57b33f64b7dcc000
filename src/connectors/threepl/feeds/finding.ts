// How the findings of CSV and XML files are made: at the file, or at one field of one record.
// It decides no severity; what rejects is said where it is found.
import type { Finding, Severity } from '../edi/finding.ts';

/** Where one record stands in its file. */
export interface Place {
  /** `line` of a CSV file, or the element's name. */
  readonly tag: string;
  /** The line, or which of the elements of that name it is; from 1. */
  readonly position: number;
  /** Bytes of the file: [start, end). */
  readonly start: number;
  readonly end: number;
}

export const placeText = ({ tag, position }: Place): string => `${tag} ${position}`;

/** Something that holds for the whole file. */
export const fileFinding = (
  code: string,
  message: string,
  offset = 0,
  severity: Severity = 'reject',
): Finding => ({ code, severity, level: 'file', message, offset });

/** A whole record that makes the file doubtful. */
export const fileFindingAt = (code: string, message: string, place: Place): Finding => ({
  ...fileFinding(code, message, place.start),
  segment: { tag: place.tag, position: place.position },
});

interface Field {
  /** Column from 1, where the file has columns. */
  readonly column?: number | undefined;
  readonly value?: string | undefined;
  readonly severity?: Severity;
}

/** Something in one record, which stands against its document only. */
export const recordFinding = (
  code: string,
  message: string,
  place: Place,
  { column, value, severity = 'reject' }: Field = {},
): Finding => ({
  code,
  severity,
  level: column === undefined && value === undefined ? 'segment' : 'element',
  message,
  offset: place.start,
  segment: { tag: place.tag, position: place.position },
  ...(column !== undefined && { element: { position: column } }),
  ...(value !== undefined && value !== '' && { value: value.slice(0, 70) }),
});
