// What CSV and XML files have in common once they are split: records, whose fields are asked for by column or path.
import type { Finding } from '../edi/finding.ts';
import type { Place } from './finding.ts';

export interface FeedRecord {
  readonly place: Place;
  /** Every value at a column or path, as sent; empty where nothing stands there. */
  valuesAt(from: string): readonly string[];
  /** The column from 1, where the file has columns. */
  columnOf(from: string): number | undefined;
}

export interface FeedRecords {
  readonly records: readonly FeedRecord[];
  readonly findings: readonly Finding[];
  /** False when the file is known to be cut. */
  readonly complete: boolean;
}

/** A file of which nothing can be read. */
export const refused = (finding: Finding, complete = true): FeedRecords => ({
  records: [],
  findings: [finding],
  complete,
});

/** Every column or path that a feed's fields and quantities ask for. */
export type Wanted = readonly string[];

/** A file with ten thousand mistakes is one mistake; the first of them are told. */
export const MOST_FINDINGS = 200;

export function firstOf(findings: readonly Finding[]): readonly Finding[] {
  if (findings.length <= MOST_FINDINGS) return findings;
  const kept = [...findings]
    .sort((a, b) => Number(b.severity === 'reject') - Number(a.severity === 'reject'))
    .slice(0, MOST_FINDINGS);
  const last = kept.at(-1);
  if (!last) return kept;
  const message = `${findings.length - MOST_FINDINGS} more findings of this file are left out.`;
  return [
    ...kept,
    { code: 'more_findings', severity: last.severity, level: 'file', message, offset: last.offset },
  ];
}
