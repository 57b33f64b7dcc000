// The same promises on two servers, ours in memory and OpenSSH: whole files or none, each of them once, whatever breaks.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { InboundFolder } from '../../../../src/connectors/threepl/profile/transport-settings.ts';
import { dropOff } from '../../../../src/connectors/threepl/sftp/drop-off.ts';
import { type PickUp, pickUp, type StoreFile } from '../../../../src/connectors/threepl/sftp/pick-up.ts';
import type { SeenFiles } from '../../../../src/connectors/threepl/sftp/ready.ts';
import {
  openSession,
  presentedHostKey,
  type SftpSession,
  withSession,
} from '../../../../src/connectors/threepl/sftp/session.ts';
import { opensshIsInstalled } from '../../../support/openssh.ts';
import type { Orders } from './child.ts';
import { opensshWarehouse, simulatedWarehouse, strangerTo, type Warehouse } from './servers.ts';
import { storedIn, storeIn } from './vault.ts';

const openssh = await opensshIsInstalled();
const LARGEST = 64 * 1024 * 1024;
/** Whole in the middle of a transfer, whatever the handshake costs. */
const MIDDLE = 300_000;

describe.each([
  { name: 'the simulated server', start: simulatedWarehouse, runs: true },
  { name: 'OpenSSH', start: opensshWarehouse, runs: openssh },
])('on $name', ({ start, runs }) => {
  describe.runIf(runs)('a file', () => {
    let warehouse: Warehouse;
    let vault: string;
    let number = 0;
    let out: string;

    beforeAll(async () => {
      warehouse = await start();
    });
    afterAll(() => warehouse?.stop());
    beforeEach(async () => {
      number += 1;
      out = warehouse.folder(`out${number}`);
      await warehouse.list(out);
      vault = mkdtempSync(join(tmpdir(), 'stockbridge-vault-'));
    });
    afterEach(() => {
      warehouse.line.heal();
      rmSync(vault, { recursive: true, force: true });
    });

    const folder = (settings: Partial<InboundFolder> = {}): InboundFolder => ({
      folder: out,
      files: '*',
      ready: { mode: 'rename' },
      after: 'archive',
      archive: 'archive',
      ...settings,
    });
    const look = (
      settings: Partial<InboundFolder> = {},
      {
        seen = new Map(),
        store = storeIn(vault),
        now = Date.now,
      }: {
        seen?: SeenFiles;
        store?: StoreFile;
        now?: () => number;
      } = {},
    ): Promise<PickUp> =>
      withSession(warehouse.transport, (session) =>
        pickUp(session, folder(settings), seen, store, { largestFileBytes: LARGEST, now }),
      );
    const send = (name: string, bytes: Buffer | string) =>
      withSession(warehouse.transport, (session) =>
        dropOff(session, { folder: out, temporary: '.{name}.part' }, { name, bytes: Buffer.from(bytes) }),
      );

    test('is read, stored, and only then moved to the archive', async () => {
      await warehouse.put(`${out}/945_1.edi`, 'ISA first', Date.parse('2026-11-20T08:00:00Z'));
      await warehouse.put(`${out}/945_2.edi`, '');
      const standing: string[][] = [];
      const { files, more } = await look(
        { files: '945_*.EDI' },
        {
          store: async (file) => {
            standing.push(await warehouse.list(out));
            if (file.name === '945_1.edi') expect(file.modifiedAt).toBe('2026-11-20T08:00:00.000000Z');
            return storeIn(vault)(file);
          },
        },
      );
      expect(files).toEqual([
        { name: '945_1.edi', outcome: 'stored', bytes: 9, after: 'archived' },
        { name: '945_2.edi', outcome: 'stored', bytes: 0, after: 'archived' },
      ]);
      expect(more).toBe(false);
      expect(standing[0]).toEqual(['945_1.edi', '945_2.edi']);
      expect(storedIn(vault)).toEqual(['', 'ISA first']);
      expect(await warehouse.list(out)).toEqual(['archive']);
      expect(await warehouse.read(`${out}/archive/945_1.edi`)).toEqual(Buffer.from('ISA first'));
    });

    test('of several pieces arrives byte for byte in both directions', async () => {
      const bytes = randomBytes(1_500_001);
      expect(await send('stock.csv', bytes)).toMatchObject({ outcome: 'delivered' });
      expect((await warehouse.read(`${out}/stock.csv`))?.equals(bytes)).toBe(true);
      expect(await warehouse.list(out)).toEqual(['stock.csv']);
      let read: Buffer | undefined;
      const store: StoreFile = async (file) => {
        read = file.bytes;
        return 'stored';
      };
      await look({}, { store });
      expect(read?.equals(bytes)).toBe(true);
    });

    test('that is stored can be deleted or left where it is', async () => {
      await warehouse.put(`${out}/a.csv`, 'a');
      expect((await look({ after: 'leave' })).files).toMatchObject([{ outcome: 'stored', after: 'left' }]);
      expect((await look({ after: 'leave' })).files).toMatchObject([{ outcome: 'duplicate', after: 'left' }]);
      expect((await look({ after: 'delete' })).files).toMatchObject([
        { outcome: 'duplicate', after: 'deleted' },
      ]);
      expect(await warehouse.list(out)).toEqual([]);
    });

    test('left in place is not read again until it changes', async () => {
      const seen: SeenFiles = new Map();
      let clock = Date.now();
      const now = () => (clock += 2000);
      const read = async () =>
        (await look({ after: 'leave', ready: { mode: 'stable', seconds: 4 } }, { seen, now })).files.map(
          ({ outcome }) => outcome,
        );
      await warehouse.put(`${out}/levels.csv`, 'A,1', Date.parse('2026-11-20T08:00:00Z'));
      expect(await read()).toEqual(['waiting']);
      clock += 4000;
      expect(await read()).toEqual(['stored']);
      expect(await read()).toEqual(['taken']);
      await warehouse.put(`${out}/levels.csv`, 'A,2', Date.parse('2026-11-20T08:00:02Z'));
      expect(await read()).toEqual(['waiting']);
      clock += 4000;
      expect(await read()).toEqual(['stored']);
      expect(storedIn(vault)).toEqual(['A,1', 'A,2']);
    });

    test('that is still being written is not touched until it is complete', async () => {
      const seen: SeenFiles = new Map();
      let clock = Date.now();
      const read = async () =>
        (await look({ ready: { mode: 'stable', seconds: 60 } }, { seen, now: () => clock })).files.map(
          ({ outcome }) => outcome,
        );
      await warehouse.put(`${out}/945.edi`, 'ISA*00*half', Date.parse('2026-11-20T08:00:00Z'));
      expect(await read()).toEqual(['waiting']);
      clock += 59_000;
      expect(await read()).toEqual(['waiting']);
      await warehouse.put(`${out}/945.edi`, 'ISA*00*half and whole', Date.parse('2026-11-20T08:01:00Z'));
      clock += 59_000;
      expect(await read()).toEqual(['waiting']);
      clock += 60_000;
      expect(await read()).toEqual(['stored']);
      expect(storedIn(vault)).toEqual(['ISA*00*half and whole']);
    });

    test('under an unfinished name is never taken, nor is a folder', async () => {
      await warehouse.put(`${out}/.a.csv`, 'x');
      await warehouse.put(`${out}/a.csv.part`, 'x');
      await warehouse.put(`${out}/a.csv.filepart`, 'x');
      await warehouse.put(`${out}/a.TMP`, 'x');
      await warehouse.put(`${out}/folder.csv/inside`, 'x');
      expect((await look()).files).toEqual([]);
      expect(storedIn(vault)).toEqual([]);
    });

    test('is complete when its mark stands beside it, and the mark goes with it', async () => {
      const settings = { ready: { mode: 'doneFile', suffix: '.done' } as const };
      await warehouse.put(`${out}/a.edi`, 'a');
      await warehouse.put(`${out}/b.edi`, 'b');
      await warehouse.put(`${out}/b.edi.done`, '');
      await warehouse.put(`${out}/c.edi`, 'c');
      await warehouse.put(`${out}/c.DONE`, '');
      const { files } = await look(settings);
      expect(files.map(({ name, outcome }) => [name, outcome])).toEqual([
        ['a.edi', 'waiting'],
        ['b.edi', 'stored'],
        ['c.edi', 'stored'],
      ]);
      expect(await warehouse.list(out)).toEqual(['a.edi', 'archive']);
      expect(await warehouse.list(`${out}/archive`)).toEqual(['b.edi', 'b.edi.done', 'c.DONE', 'c.edi']);
    });

    test('of a name the archive has already keeps both', async () => {
      const now = () => Date.parse('2026-11-21T09:30:00Z');
      for (const text of ['monday', 'tuesday', 'wednesday']) {
        await warehouse.put(`${out}/confirm.csv`, text);
        expect((await look({}, { now })).files).toMatchObject([{ outcome: 'stored', after: 'archived' }]);
      }
      expect(await warehouse.list(`${out}/archive`)).toEqual([
        'confirm.20261121T093000Z-2.csv',
        'confirm.20261121T093000Z.csv',
        'confirm.csv',
      ]);
      expect(await warehouse.read(`${out}/archive/confirm.csv`)).toEqual(Buffer.from('monday'));
    });

    test('rewritten while it was stored is not moved, and its new content is taken next', async () => {
      await warehouse.put(`${out}/a.csv`, 'old', Date.parse('2026-11-20T08:00:00Z'));
      const { files } = await look(
        {},
        {
          store: async (file) => {
            await warehouse.put(`${out}/a.csv`, 'new', Date.parse('2026-11-20T08:00:04Z'));
            return storeIn(vault)(file);
          },
        },
      );
      expect(files).toMatchObject([{ outcome: 'stored', after: 'changed' }]);
      expect((await look()).files).toMatchObject([{ outcome: 'stored', after: 'archived' }]);
      expect(storedIn(vault)).toEqual(['new', 'old']);
    });

    test('that cannot be stored stays where it is', async () => {
      await warehouse.put(`${out}/a.csv`, 'a');
      const store = () => Promise.reject(new Error('the database is away'));
      await expect(look({}, { store })).rejects.toThrow('the database is away');
      expect(await warehouse.list(out)).toEqual(['a.csv']);
      expect((await look()).files).toMatchObject([{ outcome: 'stored', after: 'archived' }]);
    });

    test('I3: two who look at once store it once', async () => {
      for (let each = 0; each < 5; each += 1) await warehouse.put(`${out}/${each}.csv`, `content ${each}`);
      const sessions = await Promise.all([
        openSession(warehouse.transport),
        openSession(warehouse.transport),
      ]);
      const both = await Promise.all(
        sessions.map((session) =>
          pickUp(session, folder(), new Map(), storeIn(vault), { largestFileBytes: LARGEST }),
        ),
      );
      await Promise.all(sessions.map((session) => session.end()));
      const all = both.flatMap(({ files }) => files);
      expect(all.filter(({ outcome }) => outcome === 'stored')).toHaveLength(5);
      expect(all.every(({ outcome }) => ['stored', 'duplicate', 'gone', 'changing'].includes(outcome))).toBe(
        true,
      );
      expect(storedIn(vault)).toHaveLength(5);
      expect(await warehouse.list(out)).toEqual(['archive']);
      expect(await warehouse.list(`${out}/archive`)).toHaveLength(5);
    });

    test('cut while it is read is not stored, and is taken whole next time', async () => {
      const bytes = randomBytes(1024 * 1024);
      await warehouse.put(`${out}/big.edi`, bytes);
      const cut = warehouse.line.after(MIDDLE, 'down', 'cut');
      await expect(look()).rejects.toMatchObject({ code: 'partner_unreachable', disposition: 'retry' });
      await cut;
      expect(storedIn(vault)).toEqual([]);
      expect(await warehouse.list(out)).toEqual(['big.edi']);
      expect((await look()).files).toMatchObject([{ outcome: 'stored', after: 'archived' }]);
      expect(storedIn(vault)).toEqual([bytes.toString('latin1')]);
    });

    test('cut while it is written does not stand under its name, and is delivered whole next time', async () => {
      const bytes = randomBytes(1024 * 1024);
      const cut = warehouse.line.after(MIDDLE, 'up', 'cut');
      await expect(send('940.edi', bytes)).rejects.toMatchObject({ code: 'partner_unreachable' });
      await cut;
      expect(await warehouse.list(out)).not.toContain('940.edi');
      expect(await send('940.edi', bytes)).toMatchObject({ outcome: 'delivered' });
      expect(await warehouse.list(out)).toEqual(['940.edi']);
      expect((await warehouse.read(`${out}/940.edi`))?.equals(bytes)).toBe(true);
    });

    test('I3: stored, with the line cut before it was archived, is a duplicate next time and then archived', async () => {
      await warehouse.put(`${out}/a.csv`, 'a');
      const { files } = await look(
        {},
        {
          store: async (file) => {
            const answer = await storeIn(vault)(file);
            warehouse.line.cut();
            return answer;
          },
        },
      );
      expect(files).toMatchObject([{ outcome: 'stored', after: 'pending' }]);
      expect((await look()).files).toMatchObject([{ outcome: 'duplicate', after: 'archived' }]);
      expect(storedIn(vault)).toEqual(['a']);
    });

    test('I8: sent again after its answer was lost is found to have arrived', async () => {
      await send('940.edi', 'ISA order');
      expect(await send('940.edi', 'ISA order')).toMatchObject({ outcome: 'present', verified: 'content' });
      expect(await warehouse.list(out)).toEqual(['940.edi']);
    });

    test.each(['other size here', 'ISA 0rder'])(
      'I4: of ours does not replace another of that name (%s)',
      async (there) => {
        await warehouse.put(`${out}/940.edi`, there);
        await expect(send('940.edi', 'ISA order')).rejects.toMatchObject({
          code: 'partner_refused_file',
          disposition: 'reject',
        });
        expect(await warehouse.read(`${out}/940.edi`)).toEqual(Buffer.from(there));
        expect(await warehouse.list(out)).toEqual(['940.edi']);
      },
    );

    test('left unfinished by an earlier attempt is written over', async () => {
      await warehouse.put(`${out}/.940.edi.part`, 'a longer rest of an attempt that was killed');
      expect(await send('940.edi', 'ISA')).toMatchObject({ outcome: 'delivered' });
      expect(await warehouse.read(`${out}/940.edi`)).toEqual(Buffer.from('ISA'));
      expect(await warehouse.list(out)).toEqual(['940.edi']);
    });

    test('is not looked for in a folder that is not there', async () => {
      await expect(look({ folder: `${out}/nowhere` })).rejects.toMatchObject({
        code: 'partner_refused_file',
      });
    });

    describe('and a process that is killed', () => {
      let child: ChildProcess | undefined;
      afterEach(() => child?.kill('SIGKILL'));
      const process9 = async (
        orders: Omit<Orders, 'transport'>,
        stalled?: Promise<void>,
      ): Promise<string> => {
        let said = '';
        const argument = JSON.stringify({ transport: warehouse.transport, ...orders } satisfies Orders);
        const running = spawn(process.execPath, [join(import.meta.dirname, 'child.ts'), argument]);
        child = running;
        for (const stream of [running.stdout, running.stderr]) stream.on('data', (text) => (said += text));
        const exited = once(running, 'exit');
        if (stalled) {
          await Promise.race([stalled, exited]);
          running.kill('SIGKILL');
        }
        const [code, signal] = await exited;
        return stalled ? String(signal) : `${said.trim()} ${code}`;
      };

      test('I3: while reading leaves nothing stored, and the next run takes it once', async () => {
        const bytes = randomBytes(1024 * 1024);
        await warehouse.put(`${out}/big.edi`, bytes);
        const orders = { pickUp: { folder: folder(), vault } };
        expect(await process9(orders, warehouse.line.after(MIDDLE, 'down', 'stall'))).toBe('SIGKILL');
        expect(storedIn(vault)).toEqual([]);
        expect(await warehouse.list(out)).toEqual(['big.edi']);
        warehouse.line.heal();
        expect(await process9(orders)).toBe('done 0');
        expect(storedIn(vault)).toEqual([bytes.toString('latin1')]);
        expect(await warehouse.list(out)).toEqual(['archive']);
      });

      test('I8: while writing leaves nothing under the name, and the next run delivers it once', async () => {
        const bytes = randomBytes(1024 * 1024);
        const bytesIn = join(vault, 'outgoing');
        writeFileSync(bytesIn, bytes);
        const orders = { dropOff: { folder: out, name: '940.edi', bytesIn } };
        expect(await process9(orders, warehouse.line.after(MIDDLE, 'up', 'stall'))).toBe('SIGKILL');
        expect(await warehouse.list(out)).not.toContain('940.edi');
        warehouse.line.heal();
        expect(await process9(orders)).toBe('done 0');
        expect(await warehouse.list(out)).toEqual(['940.edi']);
        expect((await warehouse.read(`${out}/940.edi`))?.equals(bytes)).toBe(true);
      });
    });

    test('is never sent to, or read from, a server whose key is not the pinned one', async () => {
      const pinned = warehouse.transport;
      expect(await presentedHostKey(pinned)).toBe(pinned.hostKey);
      const { hostKey, ...unpinned } = pinned;
      await expect(openSession(unpinned)).rejects.toMatchObject({ code: 'host_key_unknown' });
      const changed = await warehouse.changeHostKey();
      const refusal = await openSession(pinned).catch((error: unknown) => error);
      expect(refusal).toMatchObject({ code: 'host_key_changed', disposition: 'park' });
      expect(String(refusal)).toContain(changed);
      expect(String(refusal)).toContain('ssh-ed25519');
      expect(await presentedHostKey(pinned)).toBe(changed);
      await expect(ended(openSession({ ...pinned, hostKey: changed }))).resolves.toBeUndefined();
      Object.assign(warehouse.transport, { hostKey: changed });
      expect(hostKey).not.toBe(changed);
    });

    test('is not exchanged with a user the server refuses', async () => {
      const refusal = await openSession(strangerTo(warehouse.transport)).catch((error: unknown) => error);
      expect(refusal).toMatchObject({ code: 'sign_in_refused', disposition: 'park' });
      expect(String(refusal)).not.toContain(warehouse.transport.user);
    });
  });
});

const ended = async (session: Promise<SftpSession>): Promise<void> => (await session).end();
