// What a file would do, without doing it: its documents, the movements and reports they mean, what the guards would hold, and
// the acknowledgement the partner would get. Touches no database; names of items and places are the partner's own.
import { instantOf } from '../../core/vocabulary/instant.ts';
import type { Facts, ReportedItem, ReportedPlace } from '../contract.ts';
import type { FileFinding } from '../toolkit/file-exchange.ts';
import { answersTo } from './answer.ts';
import type { WarehouseDocument } from './documents/document.ts';
import { guard } from './meaning/guards.ts';
import { meaningOf } from './meaning/meaning.ts';
import type { Profile } from './profile/settings.ts';
import { type ParsedFile, readingOf } from './reading.ts';

export interface DryRun {
  readonly complete: boolean;
  readonly findings: readonly FileFinding[];
  readonly documents: readonly DryRunDocument[];
  readonly answers: readonly { readonly name: string; readonly text: string }[];
}

export interface DryRunDocument {
  readonly type: string;
  readonly number: string;
  readonly usable: boolean;
  readonly findings: readonly FileFinding[];
  /** One word or sentence: what would become of it. */
  readonly outcome: string;
  /** One sentence per movement, count or reported quantity. */
  readonly effects: readonly string[];
}

export async function dryRun(
  profile: Profile,
  file: { readonly name: string; readonly bytes: Buffer },
  now = new Date(),
): Promise<DryRun> {
  const reading = readingOf(profile, { ...file, receivedAt: instantOf(now) });
  let control = 0n;
  const answers = await answersTo(
    profile,
    reading.parsed as ParsedFile,
    async () => {
      control += 1n;
      return control;
    },
    now,
  );
  return {
    complete: reading.complete,
    findings: reading.findings,
    documents: reading.documents.map((document) => ({
      type: document.type,
      number: document.number,
      usable: document.usable,
      findings: document.findings,
      ...(document.usable ? wouldBe(profile, document, now) : { outcome: 'refused', effects: [] }),
    })),
    answers: answers.map(({ name, bytes }) => ({ name, text: bytes.toString('utf8') })),
  };
}

function wouldBe(
  profile: Profile,
  document: ReturnType<typeof readingOf>['documents'][number],
  now: Date,
): Pick<DryRunDocument, 'outcome' | 'effects'> {
  if (document.acknowledges) {
    const [about] = document.acknowledges;
    return {
      outcome: `acknowledges what was sent: ${about?.verdict ?? 'nothing'}`,
      effects: document.acknowledges.flatMap((each) => [...each.errors]),
    };
  }
  if (!document.event) return { outcome: 'nothing', effects: [] };
  const said = JSON.parse(document.event.body.toString('utf8')) as WarehouseDocument;
  const held = guard(said, profile, { receivedAt: instantOf(now) });
  if (held.held) return { outcome: 'held for a person', effects: [...held.reasons] };
  const interpretation = meaningOf(said, profile);
  switch (interpretation.outcome) {
    case 'ignored':
      return { outcome: 'ignored', effects: [interpretation.reason] };
    case 'quarantined':
      return { outcome: 'waits in quarantine', effects: [interpretation.reason] };
    case 'facts':
      return {
        outcome: said.kind,
        effects: [
          ...effectsOf(interpretation.facts),
          ...(interpretation.facts.notes ?? []).map((note) => `note: ${note}`),
        ],
      };
  }
}

const effectsOf = (facts: Facts): string[] => [
  ...facts.movements.flatMap((movement) =>
    movement.lines.map(
      (line) =>
        `${movement.type}: ${line.quantity}${line.unit === undefined ? '' : ` ${line.unit}`} of ${nameOf(line.item)}${line.lot === undefined ? '' : `, lot ${line.lot}`} from ${placeOf(line.from)} to ${placeOf(line.to)} at ${movement.occurredAt}`,
    ),
  ),
  ...(facts.reports ?? []).flatMap((report) =>
    report.lines.map(
      (line) =>
        `report as of ${report.asOf}: ${nameOf(line.item)} ${line.state} ${line.quantity}; compared, not booked`,
    ),
  ),
];

const nameOf = (item: ReportedItem): string =>
  'barcode' in item && item.barcode !== undefined
    ? `barcode ${item.barcode}`
    : (item.listing ?? item.sku ?? '?');

function placeOf(place: ReportedPlace): string {
  if ('virtual' in place) return place.virtual;
  const name = 'code' in place ? place.code : place.location;
  return `${name} (${place.state ?? 'sellable'})`;
}
