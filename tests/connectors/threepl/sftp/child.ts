// A process of its own that does one exchange and can be killed in the middle of it. Its orders come as JSON.
import { readFileSync } from 'node:fs';
import type {
  InboundFolder,
  Transport,
} from '../../../../src/connectors/threepl/profile/transport-settings.ts';
import { dropOff } from '../../../../src/connectors/threepl/sftp/drop-off.ts';
import { pickUp } from '../../../../src/connectors/threepl/sftp/pick-up.ts';
import { withSession } from '../../../../src/connectors/threepl/sftp/session.ts';
import { storeIn } from './vault.ts';

export interface Orders {
  readonly transport: Transport;
  readonly pickUp?: { readonly folder: InboundFolder; readonly vault: string };
  readonly dropOff?: { readonly folder: string; readonly name: string; readonly bytesIn: string };
}

const orders = JSON.parse(process.argv[2] ?? '{}') as Orders;
await withSession(orders.transport, async (session) => {
  if (orders.pickUp) {
    const { folder, vault } = orders.pickUp;
    await pickUp(session, folder, new Map(), storeIn(vault), { largestFileBytes: 64 * 1024 * 1024 });
  }
  if (orders.dropOff) {
    const { folder, name, bytesIn } = orders.dropOff;
    const settings = { folder, temporary: '.{name}.part' };
    await dropOff(session, settings, { name, bytes: readFileSync(bytesIn) });
  }
});
process.stdout.write('done\n');
