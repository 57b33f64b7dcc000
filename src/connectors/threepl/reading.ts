// From a partner's file to what the hub keeps of it: documents as events that can be read again by themselves, what they
// acknowledge, what they say about orders of ours. Nothing of a file that is not whole is used.
import { hash } from 'node:crypto';
import { isPlainText, plainTextOf } from '../../core/vocabulary/text.ts';
import type {
  AcknowledgedDocument,
  DocumentProgress,
  FileDocument,
  FileFinding,
  FileReading,
  KnownInstants,
  ReceivedFile,
  UntimedDocument,
} from '../toolkit/file-exchange.ts';
import type { Acknowledgement, WarehouseDocument } from './documents/document.ts';
import { settledIn } from './documents/span.ts';
import { readTA1 } from './documents/x12-acknowledgement.ts';
import type { EdiFile, EdiInterchange } from './edi/file.ts';
import { type Finding, rejects } from './edi/finding.ts';
import type { EdiDocument, EnvelopeParty } from './edi/segment.ts';
import { shortReasonOf, willFollow } from './meaning/short.ts';
import { type PartnerFileReading, readPartnerFile } from './profile/read-file.ts';
import type { Profile } from './profile/settings.ts';

const LONGEST_NAME = 200;

/** What `answer` is given back: the file as read, with what was found about it here. */
export interface ParsedFile {
  readonly edi: EdiFile | undefined;
  readonly complete: boolean;
  /** Everything found about a document, by reading and validating it. */
  readonly findings: ReadonlyMap<EdiDocument, readonly Finding[]>;
  /** Findings of each interchange that this hub has added, such as a control number that came before. */
  readonly added: ReadonlyMap<EdiInterchange, readonly Finding[]>;
}

/** What came before this file. */
interface Before {
  readonly used: ReadonlySet<string>;
  readonly known: KnownInstants;
}

const NOTHING: Before = { used: new Set(), known: () => undefined };

/** `read` is the file as parsed, where that was done before. */
export function readingOf(
  profile: Profile,
  file: ReceivedFile,
  { used, known }: Before = NOTHING,
  read: PartnerFileReading = readPartnerFile(file.bytes, file.name, profile, file.receivedAt),
): FileReading {
  const added = against(profile, read.edi, used);
  const findings = new Map(
    read.documents.flatMap((each) => (each.edi ? [[each.edi, each.findings] as const] : [])),
  );
  const parsed: ParsedFile = { edi: read.edi, complete: read.complete, findings, added };
  const documents = documentsFrom(profile, read, file, { added, known });
  return {
    complete: read.complete,
    findings: [...read.findings, ...[...added.values()].flat()].map(kept),
    documents,
    controls: usedUpBy(documents, read.edi),
    parsed,
  };
}

/** Sender, receiver and number: the number alone is only unique between two parties. Who goes live counts from one again. */
const keyOf = ({ head }: EdiInterchange): string =>
  [
    head.sender.qualifier,
    head.sender.id,
    head.receiver.qualifier,
    head.receiver.id,
    head.control.replace(/^0+(?=\d)/, ''),
    ...(head.test ? ['test'] : []),
  ]
    .map(keptName)
    .join('|');

export const controlsIn = (edi: EdiFile | undefined): string[] => edi?.interchanges.map(keyOf) ?? [];

/** An interchange of which nothing counts has used up no number: what is right may come under it. */
function usedUpBy(documents: readonly FileDocument[], edi: EdiFile | undefined): string[] {
  const counting = new Set(
    documents.filter(({ usable }) => usable).map(({ control }) => control.interchange),
  );
  return (edi?.interchanges ?? []).filter(({ head }) => counting.has(keptName(head.control))).map(keyOf);
}

/**
 * The documents that name no time, and move stock: each counts from the instant it has been known by, whatever file it comes
 * in and whenever (I3). A stock report is as of what it says; partners number them alike day after day.
 */
export const untimedIn = (read: PartnerFileReading): UntimedDocument[] =>
  read.documents.flatMap(({ document }) => untimedOf(document) ?? []);

function untimedOf(document: WarehouseDocument | Acknowledgement | undefined): UntimedDocument | undefined {
  if (document === undefined || document.kind === 'acknowledgement' || document.kind === 'stock')
    return undefined;
  const { kind, number, within } = document;
  return within && { topic: kind, number, ...within };
}

/** What this hub holds against an interchange that is whole in itself: it is for somebody else, a test, or its number came before. */
function against(
  profile: Profile,
  edi: EdiFile | undefined,
  used: ReadonlySet<string>,
): ReadonlyMap<EdiInterchange, readonly Finding[]> {
  const agreed = edi?.syntax === 'edifact' ? profile.edifact : profile.x12;
  if (!edi || !agreed) return new Map();
  const mark = edi.syntax === 'edifact' ? 'UNB11' : 'ISA15';
  const found = (edi.interchanges ?? []).map((interchange) => {
    const { head } = interchange;
    const finding = (code: string, standardCode: string, message: string): Finding => ({
      code,
      severity: 'reject',
      level: 'interchange',
      message,
      offset: 0,
      interchange: head.control,
      standardCode: edi.syntax === 'edifact' ? (EDIFACT_CODES[standardCode] ?? '18') : standardCode,
    });
    const findings = [
      ...(isSame(head.sender, agreed.them)
        ? []
        : [
            finding(
              'sender_unknown',
              '006',
              `the interchange comes from ${nameOf(head.sender)}, not from ${nameOf(agreed.them)}`,
            ),
          ]),
      ...(isSame(head.receiver, agreed.us)
        ? []
        : [
            finding(
              'receiver_unknown',
              '008',
              `the interchange is for ${nameOf(head.receiver)}, not for ${nameOf(agreed.us)}`,
            ),
          ]),
      ...(head.test === agreed.test
        ? []
        : [
            finding(
              'test_not_agreed',
              '020',
              head.test
                ? `${mark} marks the interchange as a test, and live files are agreed; a test moves no stock`
                : `${mark} does not mark the interchange as a test, and only tests are agreed; set test to false once the partner is live`,
            ),
          ]),
      ...(agreed.controlReuse === 'reject' && used.has(keyOf(interchange))
        ? [
            finding(
              'control_number_reused',
              '025',
              `the interchange number ${head.control} came before in another file with other content`,
            ),
          ]
        : []),
    ];
    return [interchange, findings] as const;
  });
  return new Map(found.filter(([, findings]) => findings.length > 0));
}

/** I18 as 0085: unknown sender, not the recipient, test data not supported, duplicate. */
const EDIFACT_CODES: Readonly<Record<string, string>> = { '006': '23', '008': '7', '020': '25', '025': '26' };

const isSame = (party: EnvelopeParty, agreed: EnvelopeParty): boolean =>
  party.id.trim() === agreed.id.trim() && party.qualifier.trim() === agreed.qualifier.trim();

const nameOf = ({ qualifier, id }: EnvelopeParty): string => `${qualifier.trim()} ${id.trim()}`.trim();

function documentsFrom(
  profile: Profile,
  read: PartnerFileReading,
  file: ReceivedFile,
  { added, known }: Pick<ParsedFile, 'added'> & Pick<Before, 'known'>,
): FileDocument[] {
  const refused = new Set([...added.keys()].map((interchange) => interchange.head.control));
  const interchangeAnswers = answersIn(read, added);
  if (read.documents.length + interchangeAnswers.length === 0) return [wholeFile(read, file)];
  const print = hash('sha256', file.bytes, 'hex');
  const documents = read.documents.map((each, index) => {
    const control = {
      interchange: keptName(each.edi?.interchange?.control ?? ''),
      group: keptName(each.edi?.group?.control ?? ''),
      document: keptName(each.control ?? ''),
    };
    const type = keptName(each.type);
    const against = refused.has(each.edi?.interchange?.control ?? '') ? [...added.values()].flat() : [];
    const findings = [...each.findings, ...against];
    const usable =
      read.complete && each.document !== undefined && !rejects(findings) && !rejects(read.findings);
    const slice = file.bytes.subarray(each.start, each.end > each.start ? each.end : undefined);
    const common = {
      type,
      control,
      usable,
      findings: findings.map(kept),
    };
    const headers = { file: file.name, type, from: String(each.start), to: String(each.end) };
    if (!usable || !each.document) {
      const part = hash('sha256', slice, 'hex');
      return {
        ...common,
        number: '',
        order: '',
        event: {
          topic: 'unreadable',
          dedupeKey: `refused:${type}:${hash('sha256', `${part}|${findings.map((finding) => finding.code).join()}|${index}`, 'hex')}`,
          body: withoutPeople(each.edi, each.type),
          headers,
        },
      };
    }
    const untimed = untimedOf(each.document);
    const document =
      each.document.kind === 'acknowledgement'
        ? each.document
        : settledIn(each.document, file.receivedAt, untimed && known(untimed));
    return {
      ...common,
      ...saidBy(profile, document, each.acknowledgements, headers, `${print}|${each.start}`),
    };
  });
  return [...documents, ...interchangeAnswers];
}

const CHARACTER = (offset: number): Finding => ({
  code: 'character_invalid',
  severity: 'reject',
  level: 'segment',
  message: 'the segment holds control characters',
  offset,
});

/** Segments that may say where goods go. */
const PERSONAL = new Set(['N1', 'N2', 'N3', 'N4', 'PER', 'G61', 'NAD', 'CTA', 'COM']);

/** A refused document as the inbox keeps it, without names and addresses; the file itself is kept sealed. */
function withoutPeople(document: EdiDocument | undefined, what: string): Buffer {
  if (!document) return Buffer.from(JSON.stringify({ refused: what }));
  const { element, segment } = document.delimiters;
  const text = document.segments
    .filter(({ tag }) => !PERSONAL.has(tag))
    .map((each) =>
      [each.tag, ...Array.from({ length: each.count }, (_, index) => each.raw(index + 1))].join(element),
    )
    .join(`${segment}\n`);
  return Buffer.from(text);
}

/** TA1 segments stand outside any document. */
function answersIn(read: PartnerFileReading, added: ParsedFile['added']): FileDocument[] {
  return (read.edi?.interchanges ?? []).flatMap((interchange) =>
    interchange.acknowledgements.map(({ elements, offset }): FileDocument => {
      const { document, findings: own } = readTA1(elements, offset);
      const wrong = elements.filter((text) => !isPlainText(text)).map(() => CHARACTER(offset));
      const findings = [...own, ...wrong, ...(added.get(interchange) ?? [])];
      const answer = document?.kind === 'acknowledgement' ? document : undefined;
      const usable = read.complete && answer !== undefined && !rejects(findings);
      const body = Buffer.from(JSON.stringify({ elements, answer }));
      return {
        type: 'TA1',
        number: keptName(answer?.interchange ?? ''),
        order: '',
        control: { interchange: keptName(interchange.head.control), group: '', document: '' },
        usable,
        findings: findings.map(kept),
        ...(answer ? { acknowledges: [acknowledged(answer)] } : {}),
        event: {
          topic: usable ? 'acknowledgement' : 'unreadable',
          // One that was refused, or cut, keeps no later one from counting.
          dedupeKey: `${usable ? '' : 'refused:'}TA1:${hash('sha256', body, 'hex')}`,
          body,
          headers: { type: 'TA1', from: String(offset) },
        },
      };
    }),
  );
}

const acknowledged = (answer: Acknowledgement): AcknowledgedDocument => ({
  ...(answer.interchange === undefined ? {} : { interchange: answer.interchange }),
  ...(answer.group === undefined ? {} : { group: answer.group }),
  ...(answer.document === undefined ? {} : { document: answer.document }),
  verdict: answer.verdict,
  errors: answer.errors,
});

/** A file without a document: empty, cut, or nothing anybody can read. It is kept, and a person hears of it. */
function wholeFile(read: PartnerFileReading, file: ReceivedFile): FileDocument {
  return {
    type: 'file',
    number: '',
    order: '',
    control: { interchange: '', group: '', document: '' },
    usable: false,
    findings: (read.findings.length > 0
      ? read.findings
      : [
          {
            code: 'no_document',
            severity: 'reject' as const,
            level: 'file' as const,
            message: `${file.name} holds no document`,
            offset: 0,
          },
        ]
    ).map(kept),
    event: {
      topic: 'unreadable',
      dedupeKey: `file:${hash('sha256', file.bytes, 'hex')}`,
      body: withoutPeople(undefined, file.name),
      headers: { file: file.name, type: 'file' },
    },
  };
}

/** An acceptance in a feed whose files may list old answers: to be told too often that the partner agrees costs stock. */
const mayBeOld = (profile: Profile, { source, verdict }: Acknowledgement): boolean =>
  verdict !== 'rejected' && profile.feeds.find((feed) => feed.name === source)?.repeats === true;

const namesNoFile = ({ interchange, group }: Acknowledgement): boolean =>
  interchange === undefined && group === undefined;

/** `place` is the file and where the document stands in it. */
function saidBy(
  profile: Profile,
  document: WarehouseDocument | Acknowledgement,
  all: readonly Acknowledgement[] = document.kind === 'acknowledgement' ? [document] : [],
  headers: Readonly<Record<string, string>>,
  place: string,
): Pick<FileDocument, 'number' | 'order' | 'event' | 'acknowledges' | 'progress'> {
  const body = Buffer.from(JSON.stringify(document.kind === 'acknowledgement' ? all : document));
  const keyed = (print: Buffer): string => `${document.source.slice(0, 60)}:${hash('sha256', print, 'hex')}`;
  const dedupeKey = keyed(body);
  if (document.kind === 'acknowledgement') {
    return {
      number: keptName(document.document ?? document.group ?? document.interchange ?? ''),
      order: '',
      acknowledges: all.map((each) => ({
        ...acknowledged(each),
        ...(mayBeOld(profile, each) ? { mayBeOld: true as const } : {}),
      })),
      event: {
        topic: 'acknowledgement',
        // Who names no file of ours says the same words of each: in another file, or further down, they are another answer.
        dedupeKey: all.every((each) => namesNoFile(each) && !mayBeOld(profile, each))
          ? keyed(Buffer.concat([body, Buffer.from(place)]))
          : dedupeKey,
        body,
        headers,
      },
    };
  }
  const progress = progressOf(document, profile);
  return {
    number: document.number,
    order: document.order,
    ...(progress === undefined ? {} : { progress }),
    event: { topic: document.kind, dedupeKey, body, headers, occurredAt: document.occurredAt },
  };
}

function progressOf(document: WarehouseDocument, profile: Profile): DocumentProgress | undefined {
  if (document.purpose === 'simulation') return undefined;
  if (document.kind === 'receipt' && document.order !== '')
    return { kind: 'receipt', shipment: document.order, receivedAt: document.occurredAt };
  if (document.kind !== 'shipment' || document.order === '') return undefined;
  const tracking = [...new Set([...document.tracking, ...document.lines.flatMap((line) => line.tracking)])];
  return {
    kind: 'shipment',
    order: document.order,
    shippedAt: document.occurredAt,
    ...(document.carrier === undefined ? {} : { carrier: document.carrier }),
    final: !willFollow(document),
    shortReason: shortReasonOf(document, profile),
    tracking,
  };
}

const kept = ({ code, severity, level, message, offset }: Finding): FileFinding => ({
  code,
  severity,
  level,
  message: plainTextOf(message),
  offset,
});

/** What a refused file calls its parts may be anything; it is kept all the same. Right ones are as they were. */
export const keptName = (text: string): string => plainTextOf(text, LONGEST_NAME);
