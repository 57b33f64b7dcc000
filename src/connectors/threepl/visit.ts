// One visit of a partner's server: every folder is picked up, then everything due is dropped off. A folder or file that is refused
// holds up no other, and nothing that is to be sent. What it remembers of the folders is kept with the connection, so that
// another process goes on where this one was.

import { errorReason, StockbridgeError } from '../../core/errors.ts';
import type { ConnectionState } from '../contract.ts';
import type { FileDesk, VisitReport } from '../toolkit/file-exchange.ts';
import type { Profile } from './profile/settings.ts';
import type { InboundFolder, Transport } from './profile/transport-settings.ts';
import { dropOff } from './sftp/drop-off.ts';
import { type PickedUpFile, pickUp } from './sftp/pick-up.ts';
import type { SeenFile, SeenFiles } from './sftp/ready.ts';
import { type SftpSession, withSession } from './sftp/session.ts';

/** @throws StockbridgeError host_key_unknown, host_key_changed, sign_in_refused, partner_unreachable, database_unavailable. */
export function visitOf(
  profile: Profile,
  transport: Transport,
  state: ConnectionState,
): (desk: FileDesk) => Promise<VisitReport> {
  return (desk) =>
    withSession(transport, async (session) => {
      const looked: PickedUpFile[] = [];
      for (const folder of transport.in) {
        looked.push(...(await lookInto(session, profile, transport, folder, state, desk)));
      }
      const delivered = await deliver(session, transport, desk);
      const count = (outcome: PickedUpFile['outcome']) =>
        looked.filter((file) => file.outcome === outcome).length;
      return {
        taken: count('stored'),
        duplicates: count('duplicate'),
        waiting: count('waiting') + count('changing') + count('later'),
        delivered,
        refused: looked.flatMap((file) =>
          file.outcome === 'refused' ? [{ name: file.name, reason: file.reason }] : [],
        ),
        untidy: looked.flatMap((file) =>
          'after' in file && file.after === 'pending' ? [{ name: file.name, reason: file.reason ?? '' }] : [],
        ),
      };
    });
}

async function lookInto(
  session: SftpSession,
  profile: Profile,
  transport: Transport,
  folder: InboundFolder,
  state: ConnectionState,
  desk: FileDesk,
): Promise<readonly PickedUpFile[]> {
  const key = `seen ${folder.folder} ${folder.files}`;
  const stored = await state.read(key);
  const seen: SeenFiles = new Map(Array.isArray(stored) ? (stored as [string, SeenFile][]) : []);
  try {
    const { files, more } = await pickUp(
      session,
      folder,
      seen,
      ({ name, folder: where, bytes }) => desk.store({ name, folder: where, bytes }),
      { largestFileBytes: transport.largestFileBytes },
    );
    const crowded: PickedUpFile[] = more
      ? [
          {
            name: folder.folder,
            outcome: 'refused',
            reason: `${profile.title} has more files there than are looked at`,
          },
        ]
      : [];
    return [...files, ...crowded];
  } catch (error) {
    if (error instanceof StockbridgeError && error.disposition !== 'reject') throw error;
    return [{ name: folder.folder, outcome: 'refused', reason: errorReason(error) }];
  } finally {
    await state.write(key, [...seen]);
  }
}

async function deliver(session: SftpSession, transport: Transport, desk: FileDesk): Promise<number> {
  if (!transport.out) return 0;
  let delivered = 0;
  for (const file of await desk.pending()) {
    try {
      await dropOff(session, transport.out, file);
      await desk.delivered(file.id);
      delivered += 1;
    } catch (error) {
      await desk.failed(file.id, errorReason(error));
      // A line that broke is broken for the files after this one too.
      if (error instanceof StockbridgeError && error.disposition !== 'reject') throw error;
    }
  }
  return delivered;
}
