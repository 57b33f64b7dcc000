// Writes EDIFACT interchanges: service segments, counts and released delimiters. What it cannot write exactly it refuses to
// write; only names and addresses are put into plainer letters where the character set needs it.
import { StockbridgeError } from '../../../core/errors.ts';
import type { Instant } from '../../../core/vocabulary/instant.ts';
import { canCarry, folded, repeated } from './edifact-characters.ts';
import type { EnvelopeParty } from './segment.ts';

/** Segments → elements → components. The first element is the tag alone: `[['LIN'], ['1'], [''], ['5901234123457', 'EN']]`. */
export type EdifactSegments = readonly (readonly (readonly string[])[])[];

export interface EdifactMessage {
  readonly type: string;
  /** `D.3` is CONTRL's own, of syntax version 3; INSDES is not older than `D.98A`. */
  readonly version: 'D.96A' | 'D.98A' | 'D.01B' | 'D.3';
  readonly agency: 'UN';
  /** Association's code (0057), such as `EAN008`. */
  readonly association?: string;
  /** Between UNH and UNT, which the writer adds. */
  readonly segments: EdifactSegments;
}

export interface EdifactEnvelope {
  readonly us: EnvelopeParty;
  readonly them: EnvelopeParty;
  /** Syntax identifier and version, such as `UNOC:3`. */
  readonly syntax: string;
  /** Of the values as they stand in the segments; the point unless it says otherwise. */
  readonly decimal?: '.' | ',';
  readonly newlines: boolean;
  readonly test: boolean;
  readonly controls: { readonly interchange: string; readonly message: (index: number) => string };
  readonly writtenAt: Instant;
  readonly acknowledgementRequested: boolean;
}

/** Segments whose text is for people: here a plainer letter changes no meaning. */
const FREE_TEXT: ReadonlySet<string> = new Set(['NAD', 'IMD', 'FTX', 'CTA', 'COM']);
/** Segments of an acknowledgement that name what it is about in the words of its sender. */
const REPEATING: ReadonlySet<string> = new Set(['UCI', 'UCF', 'UCM']);

/**
 * The bytes of one interchange with `messages`, in the envelope's character set. Date and time of preparation are in UTC.
 * @throws StockbridgeError `content_invalid` when a value cannot be said in that character set or holds a control character,
 * unless it is free text or what a CONTRL repeats, or when the interchange would hold no message.
 */
export function writeEdifact(interchange: {
  readonly envelope: EdifactEnvelope;
  readonly messages: readonly EdifactMessage[];
}): Buffer {
  const { envelope, messages } = interchange;
  const { controls, us, them, syntax } = envelope;
  if (messages.length === 0) throw refusal('an interchange needs at least one message');
  const [identifier = '', version = ''] = syntax.split(':');
  const unb = [
    ['UNB'],
    [identifier, version],
    [us.id, us.qualifier],
    [them.id, them.qualifier],
    preparedAt(envelope.writtenAt, version),
    [controls.interchange],
    [''],
    [''],
    [''],
    [envelope.acknowledgementRequested ? '1' : ''],
    [''],
    [envelope.test ? '1' : ''],
  ];
  const all: EdifactSegments = [
    unb,
    ...messages.flatMap((message, index) => framed(message, controls.message(index))),
    [['UNZ'], [String(messages.length)], [controls.interchange]],
  ];
  const end = envelope.newlines ? "'\r\n" : "'";
  const una = `UNA:+${envelope.decimal ?? '.'}? ${end}`;
  const text = una + all.map((segment) => segmentText(segment, identifier) + end).join('');
  return Buffer.from(text, 'latin1');
}

function framed(message: EdifactMessage, control: string): EdifactSegments {
  const [version = '', release = ''] = message.version.split('.');
  const identifier = [message.type, version, release, message.agency, message.association ?? ''];
  return [
    [['UNH'], [control], identifier],
    ...message.segments,
    [['UNT'], [String(message.segments.length + 2)], [control]],
  ];
}

/** Two-digit years up to version 3 of the syntax, four digits from version 4. */
function preparedAt(writtenAt: Instant, version: string): readonly string[] {
  const date = writtenAt.slice(0, 10).replaceAll('-', '');
  return [version === '4' ? date : date.slice(2), writtenAt.slice(11, 16).replace(':', '')];
}

function segmentText(segment: EdifactSegments[number], characters: string): string {
  const tag = segment[0]?.[0] ?? '';
  if (!/^[A-Z][A-Z0-9]{2}$/.test(tag)) throw refusal(`${JSON.stringify(tag.slice(0, 10))} is no segment tag`);
  const elements = segment.slice(1).map((components) =>
    joined(
      components.map((value) => written(value, tag, characters)),
      ':',
    ),
  );
  return joined([tag, ...elements], '+');
}

/** Without the empty places at the end, which EDIFACT leaves out. */
function joined(parts: readonly string[], mark: string): string {
  let count = parts.length;
  while (count > 0 && parts[count - 1] === '') count -= 1;
  return parts.slice(0, count).join(mark);
}

function written(value: string, tag: string, characters: string): string {
  const text = FREE_TEXT.has(tag)
    ? folded(characters, value)
    : REPEATING.has(tag)
      ? repeated(characters, value)
      : value;
  if (!canCarry(characters, text))
    throw refusal(
      `a value of ${tag} has a character that ${characters} does not have; agree on another character set with the partner`,
      { tag, characters },
    );
  return text.replace(/[?+:']/g, '?$&');
}

const refusal = (message: string, details: Record<string, string> = {}): StockbridgeError =>
  new StockbridgeError('content_invalid', message, { details });
