// Servers unlike OpenSSH, and faults that only a server of our own can have: answers lost, rights missing, coarse times,
// renames that cannot overwrite.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { InboundFolder } from '../../../../src/connectors/threepl/profile/transport-settings.ts';
import { dropOff } from '../../../../src/connectors/threepl/sftp/drop-off.ts';
import { pickUp, type StoreFile } from '../../../../src/connectors/threepl/sftp/pick-up.ts';
import type { SeenFiles } from '../../../../src/connectors/threepl/sftp/ready.ts';
import { type SftpSession, withSession } from '../../../../src/connectors/threepl/sftp/session.ts';
import { type SftpServer, startSftpServer } from '../../../../src/simulators/threepl/sftp-server.ts';
import { transportTo } from './servers.ts';

let server: SftpServer;
beforeEach(async () => {
  server = await startSftpServer({ users: [{ user: 'edi', password: 'secret' }] });
  server.makeFolder('/in');
  server.makeFolder('/out');
});
afterEach(() => server.stop());

/** Changes what one operation of a session does, to let something happen at that very moment. */
type Twist = (session: SftpSession) => Partial<SftpSession>;
const plain: Twist = () => ({});
const visit = <T>(twist: Twist, work: (session: SftpSession) => Promise<T>): Promise<T> =>
  withSession(transportTo(server.port, { password: 'secret', hostKey: server.hostKey() }), (session) =>
    work({ ...session, ...twist(session) }),
  );

const send = (name: string, text: string, twist = plain) =>
  visit(twist, (session) =>
    dropOff(session, { folder: '/in', temporary: '.{name}.part' }, { name, bytes: Buffer.from(text) }),
  );

const FOLDER: InboundFolder = {
  folder: '/out',
  files: '*',
  ready: { mode: 'rename' },
  after: 'archive',
  archive: 'archive',
};
const stored: string[] = [];
const keep: StoreFile = async ({ bytes }) => {
  if (stored.includes(bytes.toString())) return 'duplicate';
  stored.push(bytes.toString());
  return 'stored';
};
beforeEach(() => {
  stored.length = 0;
});
const look = (
  settings: Partial<InboundFolder> = {},
  seen: SeenFiles = new Map(),
  store = keep,
  twist = plain,
) =>
  visit(twist, (session) =>
    pickUp(session, { ...FOLDER, ...settings }, seen, store, { largestFileBytes: 2000 }),
  );

describe('delivering', () => {
  test('works where the server knows only the plain rename', async () => {
    server.fail({ posixRename: false });
    expect(await send('940.edi', 'ISA')).toMatchObject({ outcome: 'delivered' });
    expect(server.list('/in')).toEqual(['940.edi']);
  });

  test.each([true, false])(
    'I8: finds the file that arrived although the answer to the rename was lost (posix-rename: %s)',
    async (posixRename) => {
      server.fail({ posixRename, dropAfterRename: true });
      await expect(send('940.edi', 'ISA')).rejects.toMatchObject({ code: 'partner_unreachable' });
      expect(server.list('/in')).toEqual(['940.edi']);
      expect(await send('940.edi', 'ISA')).toMatchObject({ outcome: 'present', verified: 'content' });
      expect(server.list('/in')).toEqual(['940.edi']);
    },
  );

  test.each([
    ['the same file', 'ISA', 'present'],
    ['another file', 'ISB', undefined],
  ])('%s that appears just before the rename is not replaced', async (_name, there, outcome) => {
    server.fail({ posixRename: false });
    const twist: Twist = (session) => ({
      rename: (from, to) => {
        server.put('/in/940.edi', there);
        return session.rename(from, to);
      },
    });
    const sent = send('940.edi', 'ISA', twist);
    if (outcome === undefined) await expect(sent).rejects.toMatchObject({ code: 'partner_refused_file' });
    else expect(await sent).toMatchObject({ outcome });
    expect(server.files().get('/in/940.edi')?.toString()).toBe(there);
  });

  test('is done when the partner takes the file at once', async () => {
    const twist: Twist = (session) => ({
      posixRename: async (from, to) => {
        const answer = await session.posixRename(from, to);
        server.remove('/in/940.edi');
        return answer;
      },
    });
    expect(await send('940.edi', 'ISA', twist)).toMatchObject({ outcome: 'delivered' });
  });

  test('a file that arrives shorter than it was sent is not renamed', async () => {
    const twist: Twist = (session) => ({ write: (path, bytes) => session.write(path, bytes.subarray(1)) });
    await expect(send('940.edi', 'ISA', twist)).rejects.toMatchObject({ code: 'partner_unreachable' });
    expect(server.list('/in')).toEqual(['.940.edi.part']);
  });

  test('trusts the size where it may write and not read, and says so', async () => {
    server.fail({ deny: [{ operation: 'read', under: '/in' }] });
    await send('940.edi', 'ISA');
    expect(await send('940.edi', 'ISA')).toMatchObject({ outcome: 'present', verified: 'size' });
  });

  test('at any cut never shows half a file under its name', async () => {
    const text = 'ISA*00*order~'.repeat(20_000);
    for (const bytes of [1, 30_000, 100_000, text.length]) {
      server.fail({ dropAfterWrittenBytes: bytes });
      await expect(send(`cut-${bytes}.edi`, text)).rejects.toMatchObject({ code: 'partner_unreachable' });
      expect(server.list('/in')).not.toContain(`cut-${bytes}.edi`);
      expect(await send(`cut-${bytes}.edi`, text)).toMatchObject({ outcome: 'delivered' });
      expect(server.files().get(`/in/cut-${bytes}.edi`)?.toString()).toBe(text);
    }
    expect(server.list('/in').some((name) => name.startsWith('.'))).toBe(false);
  });

  test('says which right is missing, without the server’s own words', async () => {
    server.fail({ deny: [{ operation: 'write', under: '/in' }] });
    await expect(send('940.edi', 'ISA')).rejects.toMatchObject({
      code: 'partner_refused_file',
      message: 'write “/in/.940.edi.part”: the server denies it',
    });
  });

  test.each(['', '..', 'a/b', 'a\\b', 'a\nb', 'x'.repeat(300)])('refuses the name %j', async (name) => {
    await expect(send(name, 'ISA')).rejects.toMatchObject({ code: 'content_invalid' });
    expect(server.files().size).toBe(0);
  });
});

describe('picking up', () => {
  test('a file that may not be moved is stored once, and moved as soon as it may', async () => {
    server.put('/out/a.csv', 'a');
    server.fail({ deny: [{ operation: 'rename', under: '/out' }] });
    expect((await look()).files).toMatchObject([
      { outcome: 'stored', after: 'pending', reason: 'rename “/out/a.csv”: the server denies it' },
    ]);
    expect((await look()).files).toMatchObject([{ outcome: 'duplicate', after: 'pending' }]);
    server.fail({});
    expect((await look()).files).toMatchObject([{ outcome: 'duplicate', after: 'archived' }]);
    expect(stored).toEqual(['a']);
  });

  test('a mark that may not be moved keeps its file in place', async () => {
    server.put('/out/a.csv', 'a');
    server.put('/out/a.csv.done', '');
    server.fail({ deny: [{ operation: 'rename', under: '/out/a.csv.done' }] });
    const settings = { ready: { mode: 'doneFile', suffix: '.done' } as const };
    expect((await look(settings)).files).toMatchObject([{ outcome: 'stored', after: 'pending' }]);
    expect(server.list('/out')).toEqual(['a.csv', 'a.csv.done', 'archive']);
  });

  test('a file and its mark can be deleted', async () => {
    server.put('/out/a.csv', 'a');
    server.put('/out/a.csv.done', '');
    const settings = { ready: { mode: 'doneFile', suffix: '.done' }, after: 'delete' } as const;
    expect((await look(settings)).files).toMatchObject([{ outcome: 'stored', after: 'deleted' }]);
    expect(server.list('/out')).toEqual([]);
  });

  test('the archive keeps both files also where the server would replace the first', async () => {
    server.fail({ renameReplaces: true });
    for (const text of ['monday', 'tuesday']) {
      server.put('/out/a.csv', text);
      expect((await look()).files).toMatchObject([{ outcome: 'stored', after: 'archived' }]);
    }
    expect(server.list('/out/archive')).toHaveLength(2);
    expect(server.files().get('/out/archive/a.csv')?.toString()).toBe('monday');
  });

  test('new content written at the moment of the move comes back and is taken next', async () => {
    server.put('/out/a.csv', 'old', 1_700_000_000_000);
    let moved = false;
    const twist: Twist = (session) => ({
      rename: (from, to) => {
        if (!moved && from === '/out/a.csv' && server.list('/out').includes('archive')) {
          moved = true;
          server.put('/out/a.csv', 'new', 1_700_000_010_000);
        }
        return session.rename(from, to);
      },
    });
    expect((await look({}, new Map(), keep, twist)).files).toMatchObject([
      { outcome: 'stored', after: 'changed' },
    ]);
    expect(server.list('/out')).toEqual(['a.csv', 'archive']);
    expect((await look()).files).toMatchObject([{ outcome: 'stored', after: 'archived' }]);
    expect(stored).toEqual(['old', 'new']);
  });

  test('one file that may not be read does not hold up the others', async () => {
    server.put('/out/a.csv', 'a');
    server.put('/out/b.csv', 'b');
    server.fail({ deny: [{ operation: 'read', under: '/out/a.csv' }] });
    expect((await look()).files).toMatchObject([
      { name: 'a.csv', outcome: 'refused' },
      { name: 'b.csv', outcome: 'stored' },
    ]);
  });

  test('I3: a file that may not be moved away is stored once, soon not even read again, and moved when it may be', async () => {
    server.put('/out/a.csv', 'a');
    const seen: SeenFiles = new Map();
    let clock = Date.now();
    const again = () =>
      visit(plain, (session) =>
        pickUp(session, FOLDER, seen, keep, { largestFileBytes: 2000, now: () => clock }),
      );
    const rename = { operation: 'rename', under: '/out' } as const;
    server.fail({ deny: [rename] });
    expect((await again()).files).toMatchObject([{ outcome: 'stored', after: 'pending' }]);
    clock += 5000;
    expect((await again()).files).toMatchObject([{ outcome: 'taken', after: 'pending' }]);
    server.fail({ deny: [rename, { operation: 'read', under: '/out' }] });
    expect((await again()).files).toMatchObject([{ outcome: 'taken', after: 'pending' }]);
    server.fail({});
    expect((await again()).files).toMatchObject([{ outcome: 'taken', after: 'archived' }]);
    expect(server.list('/out')).toEqual(['archive']);
    expect(stored).toEqual(['a']);
  });

  test('a file that grows while it is read is left until it is whole', async () => {
    server.put('/out/a.csv', 'x'.repeat(1500), 1_700_000_000_000);
    server.fail({ delayMs: 20, shortReadBytes: 500 });
    // After the file is opened and before its last part is read: each answer comes 20 ms after its question.
    const twist: Twist = (session) => ({
      read: (path, size) => {
        setTimeout(() => server.put('/out/a.csv', 'x'.repeat(1600), 1_700_000_000_000), 30);
        return session.read(path, size);
      },
    });
    const { files } = await look({}, new Map(), keep, twist);
    expect(files).toMatchObject([{ outcome: 'changing' }]);
    expect(stored).toEqual([]);
    server.fail({});
    expect((await look()).files).toMatchObject([{ outcome: 'stored', bytes: 1600 }]);
  });

  test('links, large files and names that lead elsewhere are refused with their reason', async () => {
    server.link('/out/link.csv', '/in/secret');
    server.put('/out/large.csv', 'x'.repeat(2001));
    server.put('/out/a\u202etxt.csv', 'x');
    server.put('/out/a\\b.csv', 'x');
    const { files } = await look();
    expect(files.map(({ name, outcome }) => `${outcome} ${name}`).toSorted()).toEqual([
      'refused a\\b.csv',
      'refused a\u202etxt.csv',
      'refused large.csv',
      'refused link.csv',
    ]);
    expect(stored).toEqual([]);
  });

  test('times in steps of two seconds do not hide a second writing of the same size', async () => {
    server.fail({ timeStepSeconds: 2 });
    const seen: SeenFiles = new Map();
    server.put('/out/levels.csv', 'A,1', 1_700_000_000_000);
    expect((await look({ after: 'leave' }, seen)).files).toMatchObject([{ outcome: 'stored' }]);
    // Written within the same step: size and time are what they were.
    server.put('/out/levels.csv', 'A,2', 1_700_000_001_000);
    expect((await look({ after: 'leave' }, seen)).files).toMatchObject([{ outcome: 'stored' }]);
    expect(stored).toEqual(['A,1', 'A,2']);
  });

  test('10,000 files are listed whole and read in order, so many at a time', async () => {
    for (let each = 0; each < 10_000; each += 1) {
      server.put(`/out/GR${String((each * 7919) % 10_000).padStart(8, '0')}.DAT`, String(each));
    }
    const names: string[] = [];
    const { files } = await look({ files: 'gr{sequence}.dat', after: 'delete' }, new Map(), async (file) => {
      names.push(file.name);
      return 'stored';
    });
    expect(files).toHaveLength(10_000);
    expect(names).toHaveLength(500);
    expect(names).toEqual(names.toSorted());
    expect(names[499]).toBe('GR00000499.DAT');
    expect(server.list('/out')).toHaveLength(9500);
  });

  test('a dropped connection at any piece of a file stores nothing of it', async () => {
    const text = 'y'.repeat(1999);
    server.put('/out/a.csv', text);
    for (const bytes of [1, 700, 1400, 1999]) {
      server.fail({ shortReadBytes: 700, dropAfterReadBytes: bytes });
      await expect(look()).rejects.toMatchObject({ code: 'partner_unreachable' });
      expect(stored).toEqual([]);
    }
    server.fail({});
    expect((await look()).files).toMatchObject([{ outcome: 'stored', after: 'archived' }]);
  });
});
