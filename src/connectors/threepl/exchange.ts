// The partner's side of exchanging files, from its profile: reading, answering, writing, visiting. Every answer is made of the
// same findings that the screen shows.
import { timingSafeEqual } from 'node:crypto';
import { StockbridgeError } from '../../core/errors.ts';
import { instantOf } from '../../core/vocabulary/instant.ts';
import type { OutboundDocument } from '../../core/vocabulary/warehouse.ts';
import type { ConnectionState } from '../contract.ts';
import type { Controls, DraftFile, FileExchange, ReceivedFile } from '../toolkit/file-exchange.ts';
import { answersTo } from './answer.ts';
import { writeEdifactDocument } from './documents/edifact-write.ts';
import { writeX12Document } from './documents/x12-write.ts';
import { writeEdifact } from './edi/edifact-write.ts';
import { writeX12 } from './edi/x12-write.ts';
import { x12EnvelopeOf } from './envelope.ts';
import { writeFeed } from './feeds/write.ts';
import { fileNameOf } from './file-name.ts';
import { isAcknowledged, lateChangesOf, saysPurpose } from './profile/late-changes.ts';
import { type PartnerFileReading, readPartnerFile } from './profile/read-file.ts';
import type { Profile } from './profile/settings.ts';
import { controlsIn, type ParsedFile, readingOf, untimedIn } from './reading.ts';
import { vaultOf } from './vault.ts';
import { visitOf } from './visit.ts';

export function fileExchangeOf(profile: Profile, state: ConnectionState): FileExchange {
  const { lifecycle, meaning, items, transport } = profile;
  const parsed = parsedOnce(profile);
  return {
    intervalMs: (transport?.everySeconds ?? 300) * 1000,
    deadlines: {
      acknowledgeHours: lifecycle.acknowledgeWithinHours,
      shipHours: lifecycle.shipWithinHours,
      receiveHours: lifecycle.receiveWithinHours,
      holdMinutes: lifecycle.holdOrdersMinutes,
      shipToRetentionDays: lifecycle.shipToRetentionDays,
      fileRetentionDays: lifecycle.fileRetentionDays,
    },
    read: (file, used, known) => readingOf(profile, file, { used, known }, parsed(file)),
    controlsOf: (file) => controlsIn(parsed(file).edi),
    untimedIn: (file) => untimedIn(parsed(file)),
    answer: (reading, controls, now) => answersTo(profile, reading.parsed as ParsedFile, controls, now),
    write: (document, controls, now) => written(profile, document, controls, now),
    warehouses: Object.entries(meaning.warehouses).map(([code, { location, inTransit }]) => ({
      code,
      location,
      ...(inTransit === undefined ? {} : { inTransit }),
    })),
    late: lateChangesOf(profile),
    itemNaming: { as: items.as, qualifier: items.to },
    unitOf: (unit) => Object.entries(meaning.units).find(([, ours]) => ours === unit)?.[0] ?? unit,
    ...(profile.encryptionKey === undefined ? {} : { vault: vaultOf(profile.encryptionKey) }),
    ...(transport === undefined ? {} : { visit: visitOf(profile, transport, state) }),
    ...(profile.intakeToken === undefined ? {} : { admits: admission(profile.intakeToken) }),
  };
}

/** The control numbers are asked for before the file is read for good; both look at one parse. */
function parsedOnce(profile: Profile): (file: ReceivedFile) => PartnerFileReading {
  const parses = new WeakMap<ReceivedFile, PartnerFileReading>();
  return (file) => {
    const known = parses.get(file) ?? readPartnerFile(file.bytes, file.name, profile, file.receivedAt);
    parses.set(file, known);
    return known;
  };
}

/** Constant time for tokens of one length; the length is no secret. */
const admission =
  (token: string) =>
  (given: string): boolean => {
    const expected = Buffer.from(token);
    const offered = Buffer.from(given);
    return expected.length === offered.length && timingSafeEqual(expected, offered);
  };

/** The document as a file of this partner's format; undefined when the agreement has none for it. */
async function written(
  profile: Profile,
  document: OutboundDocument,
  controls: Controls,
  now: Date,
): Promise<DraftFile | undefined> {
  if (profile.format === 'x12') return writtenX12(profile, document, controls, now);
  if (profile.format === 'edifact') return writtenEdifact(profile, document, controls, now);
  const feed = profile.feeds.find((each) => each.direction === 'out' && each.kind === document.kind);
  if (!feed) return undefined;
  if (document.kind === 'shipping_order' && document.purpose !== 'original' && !saysPurpose(feed))
    return undefined;
  const control = String(await controls('file'));
  return {
    name: fileNameOf(profile, { type: feed.name, number: document.number, control, now }),
    bytes: writeFeed(document, feed, profile.timeZone),
    documents: [
      {
        type: feed.name,
        number: document.number,
        control: { interchange: '', group: '', document: document.number },
        acknowledged: isAcknowledged(profile),
      },
    ],
  };
}

async function writtenX12(
  profile: Profile,
  document: OutboundDocument,
  controls: Controls,
  now: Date,
): Promise<DraftFile> {
  const agreed = profile.x12;
  if (!agreed) throw new StockbridgeError('configuration_invalid', `${profile.partner} has no X12 agreement`);
  const { type, functional, segments } = writeX12Document(document, {
    version: agreed.version,
    itemQualifier: profile.items.to,
    timeZone: profile.timeZone,
    warehouseName: profile.title,
  });
  const { envelope, numbers } = await x12EnvelopeOf(agreed, controls, now);
  return {
    name: fileNameOf(profile, { type, number: document.number, control: numbers.interchange, now }),
    bytes: writeX12({ envelope, groups: [{ functional, documents: [{ type, segments }] }] }),
    documents: [
      {
        type,
        number: document.number,
        control: { ...numbers, document: envelope.controls.document(0) },
        acknowledged: true,
      },
    ],
  };
}

async function writtenEdifact(
  profile: Profile,
  document: OutboundDocument,
  controls: Controls,
  now: Date,
): Promise<DraftFile> {
  const agreed = profile.edifact;
  if (!agreed)
    throw new StockbridgeError('configuration_invalid', `${profile.partner} has no EDIFACT agreement`);
  const message = writeEdifactDocument(document, {
    message: agreed.shippingOrder,
    version: agreed.version,
    itemQualifier: profile.items.to,
    timeZone: profile.timeZone,
  });
  const interchange = String(await controls('interchange'));
  const reference = (index: number) => String(index + 1);
  return {
    name: fileNameOf(profile, { type: message.type, number: document.number, control: interchange, now }),
    bytes: writeEdifact({
      envelope: {
        us: agreed.us,
        them: agreed.them,
        syntax: agreed.syntax,
        newlines: agreed.newlines,
        test: agreed.test,
        controls: { interchange, message: reference },
        writtenAt: instantOf(now),
        acknowledgementRequested: agreed.acknowledge !== 'none',
      },
      messages: [message],
    }),
    documents: [
      {
        type: message.type,
        number: document.number,
        control: { interchange, group: '', document: reference(0) },
        acknowledged: agreed.acknowledge !== 'none',
      },
    ],
  };
}
