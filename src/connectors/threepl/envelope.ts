// The X12 envelope of what we send, from the agreement, with numbers of the partner's own sequences.
import type { Controls } from '../toolkit/file-exchange.ts';
import type { X12Envelope } from './edi/x12-write.ts';
import type { Profile } from './profile/settings.ts';

export async function x12EnvelopeOf(
  agreed: NonNullable<Profile['x12']>,
  controls: Controls,
  now: Date,
): Promise<{ envelope: X12Envelope; numbers: { interchange: string; group: string } }> {
  const numbers = {
    interchange: String(await controls('interchange')).padStart(9, '0'),
    group: String(await controls('group')),
  };
  return {
    numbers,
    envelope: {
      us: agreed.us,
      them: agreed.them,
      groupUs: agreed.group?.us ?? agreed.us.id,
      groupThem: agreed.group?.them ?? agreed.them.id,
      version: agreed.version,
      delimiters: agreed.delimiters,
      newlines: agreed.newlines,
      test: agreed.test,
      controls: { ...numbers, document: (index) => String(index + 1).padStart(4, '0') },
      writtenAt: now,
      acknowledgementRequested: agreed.interchangeAcknowledge === 'always',
    },
  };
}
