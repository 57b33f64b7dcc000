// A partner's file, whatever it is written in, as warehouse documents with everything that was found: the one entry for
// storing, acknowledging, interpreting and dry runs. It reads; what is believed of it is decided by whoever asked.
import type { Instant } from '../../../core/vocabulary/instant.ts';
import type { Acknowledgement, WarehouseDocument } from '../documents/document.ts';
import { readEdifactDocument } from '../documents/edifact-read.ts';
import type { ReadDocument, ReadOptions } from '../documents/read-options.ts';
import { readX12Document } from '../documents/x12-read.ts';
import { readEdifact } from '../edi/edifact-read.ts';
import type { EdiFile } from '../edi/file.ts';
import { type Finding, rejects } from '../edi/finding.ts';
import type { EdiDocument } from '../edi/segment.ts';
import { hasNul, refusingNul } from '../edi/x12-characters.ts';
import { readX12 } from '../edi/x12-read.ts';
import { validateX12 } from '../edi/x12-validate.ts';
import { readFeed } from '../feeds/read.ts';
import { nameMatch } from '../sftp/name-pattern.ts';
import type { Feed } from './feed-settings.ts';
import type { Profile } from './settings.ts';

export interface PartnerDocument {
  /** Only where it may be used: the file is complete, and nothing that stands against it rejects it. */
  readonly document?: WarehouseDocument | Acknowledgement;
  /** All that a file of acknowledgements says, where {@link document} is one. */
  readonly acknowledgements?: readonly Acknowledgement[];
  /** As its format calls it: `945`, `DESADV`, or the feed's name. */
  readonly type: string;
  /** ST02, UNH01, or the document's number in a feed. */
  readonly control?: string;
  /** Bytes of the file: [start, end). */
  readonly start: number;
  readonly end: number;
  /** Of an EDI file: the document in its envelopes. */
  readonly edi?: EdiDocument;
  /** Its own and those of every envelope around it. */
  readonly findings: readonly Finding[];
}

export interface PartnerFileReading {
  /** The envelopes, for the acknowledgement. */
  readonly edi?: EdiFile;
  readonly documents: readonly PartnerDocument[];
  /** Found at the file itself. */
  readonly findings: readonly Finding[];
  /** False when the file is known to be cut: none of its documents may be used. */
  readonly complete: boolean;
}

/**
 * Reads one file by the agreement with its partner. X12 and EDIFACT are known by how they begin, CSV and XML by the feed
 * whose name pattern fits. Pure, and the same bytes give the same answer.
 * @param fileName without folders
 * @param receivedAt when the file came: its year gives two-digit years their century, and it stands for a time not told
 */
export function readPartnerFile(
  bytes: Buffer,
  fileName: string,
  profile: Profile,
  receivedAt: Instant,
): PartnerFileReading {
  const syntax = syntaxOf(bytes);
  if (profile.format === 'x12' || profile.format === 'edifact') {
    const agreed = profile[profile.format];
    const options = optionsOf(profile, receivedAt, agreed?.totals ?? 'warn');
    // partners with an X12 agreement that send EDIFACT, or the other way round, have not agreed on it
    if (syntax !== undefined && syntax !== profile.format)
      return unread(
        'format_not_agreed',
        `The file is ${NAMES[syntax]}, and ${NAMES[profile.format]} is agreed.`,
      );
    return profile.format === 'x12'
      ? x12Reading(bytes, profile, options)
      : ediReading(
          readEdifact(bytes),
          () => [],
          (document) => readEdifactDocument(document, options),
        );
  }
  if (syntax !== undefined)
    return unread(
      'format_not_agreed',
      `The file is ${NAMES[syntax]}, and ${profile.format.toUpperCase()} is agreed.`,
    );
  return feedReading(bytes, fileName, profile, receivedAt);
}

function x12Reading(bytes: Buffer, profile: Profile, options: ReadOptions): PartnerFileReading {
  const edi = readX12(bytes, { bareDocuments: profile.x12?.bareDocuments ?? false });
  const isFilledUp = hasNul(bytes, edi.delimiters);
  return ediReading(
    edi,
    (document) => {
      const findings = [...validateX12(document)];
      return isFilledUp ? refusingNul(bytes, document, findings) : findings;
    },
    (document) => readX12Document(document, options),
  );
}

const NAMES = { x12: 'X12', edifact: 'EDIFACT' } as const;

function syntaxOf(bytes: Buffer): 'x12' | 'edifact' | undefined {
  const start = bytes.toString('latin1', 0, 64).replace(/^ï»¿/, '').trimStart();
  if (/^ISA[^A-Za-z0-9]/.test(start)) return 'x12';
  return /^(UNA.{6}\s*UNB|UNB\+)/.test(start) ? 'edifact' : undefined;
}

const optionsOf = (profile: Profile, receivedAt: Instant, totals: ReadOptions['totals']): ReadOptions => ({
  timeZone: profile.timeZone,
  receivedAt,
  totals,
  reading: profile.reading,
});

const unread = (code: string, message: string): PartnerFileReading => ({
  documents: [],
  findings: [{ code, severity: 'reject', level: 'file', message, offset: 0 }],
  complete: true,
});

function ediReading(
  edi: EdiFile,
  validate: (document: EdiDocument) => readonly Finding[],
  read: (document: EdiDocument) => ReadDocument,
): PartnerFileReading {
  const documents = placedDocuments(edi).map(({ document, around }): PartnerDocument => {
    const said = readOrRefused(document, read);
    const findings = unique([
      ...around,
      ...document.findings,
      ...validate(document),
      ...said.findings,
      ...unnameable(said, document),
    ]);
    const isUsable = edi.complete && !rejects(findings);
    return {
      ...(isUsable && said.document && { document: said.document }),
      ...(isUsable && said.acknowledgements && { acknowledgements: said.acknowledgements }),
      type: document.type,
      control: document.control,
      start: document.start,
      end: document.end,
      edi: document,
      findings,
    };
  });
  return { edi, documents, findings: edi.findings, complete: edi.complete };
}

/** As long as a feed's may be. A number is looked up and shown; one beyond this is no number of anything. */
const LONGEST_NUMBER = 200;

function unnameable({ document: said }: ReadDocument, { start, control }: EdiDocument): readonly Finding[] {
  if (said === undefined || said.kind === 'acknowledgement') return [];
  if (said.number.length <= LONGEST_NUMBER && said.order.length <= LONGEST_NUMBER) return [];
  return [
    {
      code: 'number_too_long',
      severity: 'reject',
      level: 'document',
      message: `The number of the document or of its order has more than ${LONGEST_NUMBER} characters.`,
      offset: start,
      document: control,
    },
  ];
}

/** A reader that fails has met what nobody foresaw: the document is refused, and its file still answered. */
function readOrRefused(document: EdiDocument, read: (document: EdiDocument) => ReadDocument): ReadDocument {
  try {
    return read(document);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      findings: [
        {
          code: 'document_unreadable',
          severity: 'reject',
          level: 'document',
          message: `The document cannot be read (${why.slice(0, 200)}).`,
          offset: document.start,
          document: document.control,
        },
      ],
    };
  }
}

/** Every document with what stands against the envelopes around it, in one walk: a file may hold a hundred thousand. */
const placedDocuments = (edi: EdiFile) => [
  ...edi.interchanges.flatMap((interchange) =>
    interchange.groups.flatMap((group) => {
      const around = [...edi.findings, ...interchange.findings, ...group.findings];
      return group.documents.map((document) => ({ document, around }));
    }),
  ),
  ...edi.bare.map((document) => ({ document, around: edi.findings })),
];

/** The envelope's check and the document's reader may find the same fault at the same place. */
function unique(findings: readonly Finding[]): readonly Finding[] {
  const seen = new Set<string>();
  return findings.filter((finding) => {
    const { code, offset, element, segment, severity } = finding;
    const key = [code, offset, element?.position, element?.component, segment?.position, severity].join(' ');
    return !seen.has(key) && seen.add(key);
  });
}

function feedReading(
  bytes: Buffer,
  fileName: string,
  profile: Profile,
  receivedAt: Instant,
): PartnerFileReading {
  const feed = feedFor(fileName, profile);
  if (!feed) {
    const known = profile.feeds.flatMap((each) => (each.direction === 'in' ? [each.files] : [])).join(', ');
    return unread(
      'feed_unknown',
      `No feed is for files of this name. Known names: ${known === '' ? 'none' : known}.`,
    );
  }
  const options = { ...optionsOf(profile, receivedAt, 'warn'), fileName };
  const file = readFeed(bytes, feed, options);
  const findings = file.findings.map((finding) =>
    finding.code === 'file_empty' && profile.guards.empty === 'ignore'
      ? { ...finding, severity: 'warning' as const }
      : finding,
  );
  const documents = file.documents.map(({ document, number, start, end, findings: own }): PartnerDocument => {
    const all = [...findings, ...own];
    const isUsable = file.complete && !rejects(all);
    return {
      ...(isUsable && document && { document }),
      type: feed.name,
      ...(number !== '' && { control: number }),
      start,
      end,
      findings: all,
    };
  });
  return { documents, findings, complete: file.complete };
}

/** The first inbound feed whose pattern fits the name. */
export const feedFor = (fileName: string, profile: Profile): Feed | undefined =>
  profile.feeds.find((feed) => feed.direction === 'in' && nameMatch(feed.files, fileName) !== undefined);
