// A partner's CSV or XML file as warehouse documents, by the feed's settings alone. A document is complete or absent:
// one bad line rejects its document, and what makes the whole file doubtful rejects them all.
import type { ReadOptions } from '../documents/read-options.ts';
import { type Finding, rejects } from '../edi/finding.ts';
import type { Feed } from '../profile/feed-settings.ts';
import { csvRecordsOf } from './csv-records.ts';
import { documentsOf, type FeedDocument } from './documents.ts';
import { entryOf } from './entry.ts';
import { fileFinding } from './finding.ts';
import { type FeedRecords, firstOf } from './record.ts';
import { sourcesOf } from './row-values.ts';
import { xmlRecordsOf } from './xml-records.ts';

export type { FeedDocument } from './documents.ts';

export interface ReadFeed {
  readonly documents: readonly FeedDocument[];
  /** Found at the file; one that rejects stands against every document of it. */
  readonly findings: readonly Finding[];
  /** False when the file is known to be cut: then none of it may be used, for the rest may still come. */
  readonly complete: boolean;
}

/**
 * Reads one file of an inbound feed.
 * @param options of which `fileName` names stock reports that have no number of their own
 * @throws RangeError when the feed is one that is written
 */
export function readFeed(
  bytes: Buffer,
  feed: Feed,
  options: ReadOptions & { readonly fileName: string },
): ReadFeed {
  const { records, findings, complete } = recordsOf(bytes, feed);
  const entries = records.map((record) => entryOf(record, feed, options));
  const documents = documentsOf(entries, feed, options).map((document) => ({
    ...document,
    findings: firstOf(document.findings),
  }));
  const isEmpty = records.length === 0 && !rejects(findings);
  const empty = isEmpty ? [fileFinding('file_empty', 'The file has no line.', bytes.length)] : [];
  return { documents, findings: firstOf([...findings, ...empty]), complete };
}

const recordsOf = (bytes: Buffer, feed: Feed): FeedRecords =>
  feed.xml ? xmlRecordsOf(bytes, { ...feed, xml: feed.xml }) : csvRecordsOf(bytes, feed, wantedOf(feed));

/** Every column the feed's values are made of. */
const wantedOf = ({ fields, quantities }: Feed): readonly string[] => [
  ...new Set([...Object.values(fields), ...Object.values(quantities ?? {})].flatMap(sourcesOf)),
];
