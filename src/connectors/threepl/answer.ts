// What a partner is told of its file: 997 or 999 and TA1, or CONTRL. A file that is not whole is not answered, for the rest
// of it may still come; the screen shows that it waits.
import { instantOf } from '../../core/vocabulary/instant.ts';
import type { Controls, DraftFile } from '../toolkit/file-exchange.ts';
import { acknowledgeEdifact } from './edi/edifact-acknowledge.ts';
import { writeEdifact } from './edi/edifact-write.ts';
import type { EdiInterchange } from './edi/file.ts';
import { type Finding, rejects } from './edi/finding.ts';
import type { EdiDocument } from './edi/segment.ts';
import {
  functionalAcknowledgement,
  interchangeAcknowledgement,
  type X12Elements,
} from './edi/x12-acknowledge.ts';
import { writeX12 } from './edi/x12-write.ts';
import { x12EnvelopeOf } from './envelope.ts';
import { fileNameOf } from './file-name.ts';
import type { Profile } from './profile/settings.ts';
import { keptName, type ParsedFile } from './reading.ts';

export async function answersTo(
  profile: Profile,
  parsed: ParsedFile,
  controls: Controls,
  now: Date,
): Promise<readonly DraftFile[]> {
  if (!parsed.edi || !parsed.complete) return [];
  const drafts: DraftFile[] = [];
  for (const interchange of parsed.edi.interchanges) {
    const draft =
      parsed.edi.syntax === 'x12'
        ? await x12Answer(profile, parsed, interchange, controls, now)
        : await edifactAnswer(profile, parsed, interchange, controls, now);
    if (draft) drafts.push(draft);
  }
  return drafts;
}

/** All that stands against a document: what its reading found includes its own and its envelopes' findings. */
const findingsIn =
  (parsed: ParsedFile, interchange: EdiInterchange) =>
  (document: EdiDocument): readonly Finding[] => [
    ...(parsed.findings.get(document) ?? document.findings),
    ...(parsed.added.get(interchange) ?? []),
  ];

async function x12Answer(
  profile: Profile,
  parsed: ParsedFile,
  interchange: EdiInterchange,
  controls: Controls,
  now: Date,
): Promise<DraftFile | undefined> {
  const agreed = profile.x12;
  if (!agreed) return undefined;
  const found = {
    ...interchange,
    findings: [...interchange.findings, ...(parsed.added.get(interchange) ?? [])],
  };
  const asks =
    agreed.interchangeAcknowledge === 'always' ||
    (agreed.interchangeAcknowledge === 'when_asked' &&
      (interchange.head.acknowledgementRequested || rejects(found.findings)));
  const onlyAcknowledges = interchange.groups.every((group) => group.head.functional === 'FA');
  const interchangeSegments: X12Elements[] =
    asks && !(onlyAcknowledges && !interchange.head.acknowledgementRequested)
      ? [interchangeAcknowledgement(found)]
      : [];
  const { acknowledge } = agreed;
  const documents =
    acknowledge === 'none'
      ? []
      : interchange.groups
          .map((group) => functionalAcknowledgement(group, findingsIn(parsed, interchange), acknowledge))
          .filter((segments) => segments.length > 0)
          .map((segments) => ({ type: acknowledge, segments }));
  if (documents.length + interchangeSegments.length === 0) return undefined;
  const { envelope, numbers } = await x12EnvelopeOf(agreed, controls, now);
  const type = documents.length > 0 ? acknowledge : 'TA1';
  return {
    name: fileNameOf(profile, { type, number: interchange.head.control, control: numbers.interchange, now }),
    bytes: writeX12({
      // An acknowledgement asks for none in turn.
      envelope: { ...envelope, acknowledgementRequested: false },
      groups: documents.length > 0 ? [{ functional: 'FA', documents }] : [],
      interchangeSegments,
    }),
    documents: [
      {
        type,
        number: keptName(interchange.head.control),
        control: { ...numbers, document: documents.length > 0 ? envelope.controls.document(0) : '' },
        acknowledged: false,
      },
    ],
  };
}

async function edifactAnswer(
  profile: Profile,
  parsed: ParsedFile,
  interchange: EdiInterchange,
  controls: Controls,
  now: Date,
): Promise<DraftFile | undefined> {
  const agreed = profile.edifact;
  if (!agreed || agreed.acknowledge === 'none') return undefined;
  const message = acknowledgeEdifact(interchange, {
    findings: findingsIn(parsed, interchange),
    against: parsed.added.get(interchange) ?? [],
  });
  if (!message) return undefined;
  const number = String(await controls('interchange'));
  return {
    name: fileNameOf(profile, { type: 'CONTRL', number: interchange.head.control, control: number, now }),
    bytes: writeEdifact({
      envelope: {
        us: agreed.us,
        them: agreed.them,
        syntax: agreed.syntax,
        newlines: agreed.newlines,
        test: agreed.test,
        controls: { interchange: number, message: (index) => String(index + 1) },
        writtenAt: instantOf(now),
        acknowledgementRequested: false,
      },
      messages: [message],
    }),
    documents: [
      {
        type: 'CONTRL',
        number: keptName(interchange.head.control),
        control: { interchange: number, group: '', document: '1' },
        acknowledged: false,
      },
    ],
  };
}
