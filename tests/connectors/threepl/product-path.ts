// The whole way of a partner's file through the product, as the hub goes it: reading, documents, findings, the partner's
// answer and what is made of each document. What must hold whatever the bytes is checked here, once for all formats.
import { expect } from 'vitest';
import type { ConnectionState, StoredEvent } from '../../../src/connectors/contract.ts';
import { answersTo } from '../../../src/connectors/threepl/answer.ts';
import type { WarehouseDocument } from '../../../src/connectors/threepl/documents/document.ts';
import { readEdifact } from '../../../src/connectors/threepl/edi/edifact-read.ts';
import { documentsOf, findingsAgainst } from '../../../src/connectors/threepl/edi/file.ts';
import { readX12 } from '../../../src/connectors/threepl/edi/x12-read.ts';
import { interpretDocument } from '../../../src/connectors/threepl/interpret.ts';
import type { Profile } from '../../../src/connectors/threepl/profile/settings.ts';
import { type ParsedFile, readingOf } from '../../../src/connectors/threepl/reading.ts';
import type { DraftFile, FileDocument, FileReading } from '../../../src/connectors/toolkit/file-exchange.ts';
import { instantFrom } from '../../../src/core/vocabulary/instant.ts';
import { isQuantityText, quantityFrom } from '../../../src/core/vocabulary/quantity.ts';

/** A file that is right, with the agreement it is read by. */
export interface Start {
  readonly profile: Profile;
  readonly name: string;
  readonly bytes: Buffer;
}

export interface Walked {
  readonly reading: FileReading;
  readonly answers: readonly DraftFile[];
  /** What the file says that is used. */
  readonly said: readonly WarehouseDocument[];
}

const RECEIVED = instantFrom('2026-11-21T19:00:00Z');
const NOW = new Date('2026-11-21T19:00:05Z');

/** Goes the whole way with `bytes` in place of the start's own. */
export async function walked(
  { profile, name }: Start,
  bytes: Buffer,
  used: ReadonlySet<string> = new Set(),
): Promise<Walked> {
  const reading = readingOf(profile, { name, bytes, receivedAt: RECEIVED }, { used, known: () => undefined });
  let control = 0n;
  const answers = await answersTo(
    profile,
    reading.parsed as ParsedFile,
    async () => {
      control += 1n;
      return control;
    },
    NOW,
  );
  checkFindings(reading, bytes);
  if (!reading.complete) demand(answers.length === 0, 'a file that was cut is answered');
  for (const answer of answers) checkAnswer(profile, answer);
  demand(reading.documents.length > 0, 'nobody would hear of the file');
  const said: WarehouseDocument[] = [];
  for (const document of reading.documents) said.push(...(await checkedDocument(profile, reading, document)));
  return { reading, answers, said };
}

/** Cheap where nothing is wrong, which is nearly always. */
function demand(holds: boolean, otherwise: string): asserts holds {
  if (!holds) expect.fail(otherwise);
}

function checkFindings({ findings, documents }: FileReading, bytes: Buffer): void {
  for (const finding of [...findings, ...documents.flatMap((document) => document.findings)]) {
    const { code, severity, message, offset } = finding;
    // its reader threw, and only the net below it caught that
    demand(code !== 'document_unreadable', message);
    const isSaid = /^[a-z0-9_]+$/.test(code) && message !== '';
    const isPlaced = Number.isInteger(offset) && offset >= 0 && offset <= bytes.length;
    demand(
      isSaid && isPlaced && (severity === 'reject' || severity === 'warning'),
      `the finding ${JSON.stringify(finding)} is not one of ${bytes.length} bytes`,
    );
  }
}

/** An answer that the partner cannot read is none. */
function checkAnswer({ format }: Profile, { name, bytes, documents }: DraftFile): void {
  const back = format === 'x12' ? readX12(bytes) : readEdifact(bytes);
  const found = documentsOf(back).flatMap((document) => findingsAgainst(back, document));
  const all = [...back.findings, ...found, ...back.interchanges.flatMap((each) => each.findings)];
  // letters of the sender that are repeated in eight bits can be UTF-8 by chance
  const about = all.filter(({ code }) => code !== 'characters_undeclared');
  demand(
    back.complete && about.length === 0 && name !== '' && documents.length > 0,
    `the answer ${bytes.toString('latin1')} has ${JSON.stringify(about)}`,
  );
}

async function checkedDocument(
  profile: Profile,
  reading: FileReading,
  document: FileDocument,
): Promise<WarehouseDocument[]> {
  const { usable, findings, event } = document;
  if (!event) expect.fail('a document leaves nothing in the inbox');
  if (usable) {
    const stands = ![...reading.findings.filter(({ level }) => level === 'file'), ...findings].some(
      ({ severity }) => severity === 'reject',
    );
    demand(reading.complete && stands, 'a document is used although something stands against it');
  }
  const meant = await interpretDocument(storedFrom(event), profile, { state: memory(), stocked: undefined });
  switch (event.topic) {
    case 'unreadable':
      demand(!usable && meant.outcome === 'quarantined', 'what cannot be read is used');
      return [];
    case 'acknowledgement':
      demand(usable && (document.acknowledges ?? []).length > 0, 'an acknowledgement of nothing is used');
      demand(meant.outcome === 'ignored', 'an acknowledgement moves stock');
      return [];
    default: {
      demand(usable, 'a document is kept as readable and not used');
      const said = JSON.parse(event.body.toString('utf8')) as WarehouseDocument;
      demand(said.kind === event.topic && said.number !== '', `the ${event.topic} has no number`);
      checkQuantities(said);
      if (meant.outcome === 'facts')
        for (const { quantity } of meant.facts.movements.flatMap((movement) => movement.lines))
          demand(isQuantityText(quantity) && quantityFrom(quantity) > 0n, `${quantity} moves`);
      return [said];
    }
  }
}

const storedFrom = (event: NonNullable<FileDocument['event']>): StoredEvent => ({
  id: '1',
  source: 'file',
  topic: event.topic,
  dedupeKey: event.dedupeKey,
  occurredAt: event.occurredAt,
  receivedAt: RECEIVED,
  headers: event.headers,
  body: event.body,
});

/** A connection that remembers nothing yet. */
function memory(): ConnectionState {
  const kept = new Map<string, unknown>();
  return {
    read: async (key) => kept.get(key),
    write: async (key, value) => void kept.set(key, value),
    exclusively: (_, work) => work(),
  };
}

/** Every quantity of a document: exact, and not below zero where goods are counted that moved. */
function checkQuantities(document: WarehouseDocument): void {
  for (const { value, signed } of quantitiesOf(document))
    demand(
      isQuantityText(value) && (signed || quantityFrom(value) >= 0n),
      `${JSON.stringify(value)} is no quantity of a ${document.kind}`,
    );
}

export function quantitiesOf(
  document: WarehouseDocument,
): readonly { readonly value: string; readonly signed: boolean }[] {
  const counted = (value: string) => ({ value, signed: false });
  const signed = (value: string) => ({ value, signed: true });
  switch (document.kind) {
    case 'shipment':
    case 'despatch':
      return document.lines.map(({ shipped }) => counted(shipped.value));
    case 'receipt':
      return document.lines.flatMap(({ received, exceptions, short }) =>
        [received, ...exceptions.map(({ quantity }) => quantity), ...(short ? [short] : [])].map(
          ({ value }) => counted(value),
        ),
      );
    case 'adjustment':
      return document.lines.map(({ quantity }) => signed(quantity.value));
    case 'stock':
      return document.lines.flatMap(({ quantities }) =>
        quantities.map(({ quantity }) => signed(quantity.value)),
      );
  }
}
