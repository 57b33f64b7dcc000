// What is wrong with one folder, one file or one key of a partner stops nothing else of it, is not repeated at every visit, and is
// shown to a person until it is mended.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { type Profile, profileSchema } from '../../src/connectors/threepl/profile/settings.ts';
import { transportSchema } from '../../src/connectors/threepl/profile/transport-settings.ts';
import { vaultOf } from '../../src/connectors/threepl/vault.ts';
import { visitOf } from '../../src/connectors/threepl/visit.ts';
import type { FileExchange } from '../../src/connectors/toolkit/file-exchange.ts';
import { troubledVisits } from '../../src/core/exchange/visits.ts';
import { overdue } from '../../src/core/fulfilment/overdue.ts';
import { newKeyPair } from '../../src/simulators/threepl/host-key.ts';
import { type SftpServer, startSftpServer } from '../../src/simulators/threepl/sftp-server.ts';
import { startExchange, storeDraft } from '../../src/workers/exchange.ts';
import type { Hub, LiveConnection } from '../../src/workers/hub.ts';
import { memoryState } from '../contract/suite/world.ts';
import { typed } from '../e2e/accountant.ts';
import { interchange, openWarehouse, PROFILE, RECEIPT, type Warehouse } from '../e2e/warehouse.ts';

let rig: Warehouse;
let files: FileExchange;
let server: SftpServer;
let key: ReturnType<typeof newKeyPair>;
let tests = 0;
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stockbridge-visits-'));
  rig = await openWarehouse(PROFILE, {}, { tickMs: 3_600_000 });
  if (!rig.live.connection.files) throw new Error('the partner exchanges no files');
  ({ files } = rig.live.connection);
});
beforeEach(async () => {
  tests += 1;
  key = newKeyPair();
  server = await startSftpServer({ users: [{ user: 'edi', publicKeys: [key.public] }] });
  for (const folder of ['in', 'other', 'out']) {
    server.put(`/${folder}/.made`, '');
    server.remove(`/${folder}/.made`);
  }
  await rig.database.pool.query(
    'update partner_file set delivered_at = clock_timestamp() where delivered_at is null',
  );
  await rig.database.pool.query('delete from visit_trouble');
});
afterEach(() => server.stop());
afterAll(async () => {
  await rig.settle();
  await rig.expectSound();
  await rig.close();
  await rm(folder, { recursive: true, force: true });
});

const receipt = (number: string): string =>
  interchange(
    'RE',
    '944',
    RECEIPT.map((segment) => segment.replace('RC-1', number)),
  );

/** The partner with a server: folders `/in` and `/other`, taken at once, and `/out`. */
function partner(after: 'archive' | 'leave' = 'archive', given: Partial<FileExchange> = {}) {
  const transport = transportSchema.parse({
    ...{ host: '127.0.0.1', port: server.port, user: 'edi', privateKey: key.private, timeoutSeconds: 5 },
    hostKey: server.hostKey(),
    in: ['in', 'other'].map((folder) => ({ folder: `/${folder}`, ready: { mode: 'rename' }, after })),
    out: { folder: '/out' },
  });
  const profile: Profile = profileSchema.parse({ ...PROFILE, transport });
  const real = visitOf(profile, transport, memoryState());
  let ended = 0;
  const live: LiveConnection = {
    ...rig.live,
    connection: {
      ...rig.live.connection,
      files: {
        ...files,
        visit: async (desk) => {
          try {
            return await real(desk);
          } finally {
            ended += 1;
          }
        },
        ...given,
      },
    },
  };
  const hub: Hub = { ...rig.running.hub, connections: new Map([[live.id, live]]) };
  return {
    /** So many whole visits, with what becomes of them. */
    visits: async (count: number) => {
      const running = startExchange(hub, { intervalMs: 10 });
      const until = ended + count;
      while (ended < until) await new Promise((resolve) => setTimeout(resolve, 5));
      await running.stop();
    },
  };
}
const shown = async (): Promise<string[]> => {
  await rig.database.pool.query(`update visit_trouble set since = since - interval '16 minutes'`);
  return (await troubledVisits(rig.database.pool)).map(({ what, example }) => `${what}: ${example}`);
};
const sentNames = () => server.list('/out').filter((name) => !name.startsWith('.'));
const send = (name: string, personal = false) =>
  rig.running.hub.database.transaction((client) =>
    storeDraft(client, rig.live, { name, bytes: Buffer.from(name), personal, documents: [] }),
  );
const stored = async (number: string): Promise<number> =>
  (await rig.database.pool.query('select from partner_document where number = $1', [number])).rowCount ?? 0;

describe('a visit', () => {
  it('goes on past a folder that cannot be listed: the others are taken, and what is due is sent', async () => {
    server.fail({ deny: [{ operation: 'list', under: '/in' }] });
    const number = `RC-FOLDER-${tests}`;
    server.put('/other/944.txt', receipt(number));
    await send(`due-${tests}.txt`);
    const { visits } = partner();
    await visits(2);
    expect(await stored(number)).toBe(1);
    expect(sentNames()).toContain(`due-${tests}.txt`);
    expect(await troubledVisits(rig.database.pool)).toEqual([]);
    expect(await shown()).toEqual([
      expect.stringMatching(/^files or folders on the server that cannot be taken: \/in: .*denies/),
    ]);
    server.fail({});
    await visits(1);
    expect(await shown()).toEqual([]);
  });

  it('goes on past a file that cannot be stored: it stays on the server, and is taken once it can be', async () => {
    const [poison, good] = [`RC-POISON-${tests}`, `RC-GOOD-${tests}`];
    server.put('/in/1-poison.txt', receipt(poison));
    server.put('/in/2-good.txt', receipt(good));
    await send(`due-${tests}.txt`);
    let broken = true;
    const { visits } = partner('archive', {
      read: (...given) => {
        if (broken && given[0].name === '1-poison.txt') throw new TypeError('no such segment');
        return files.read(...given);
      },
    });
    await visits(2);
    expect(await stored(good)).toBe(1);
    expect(await stored(poison)).toBe(0);
    expect(server.list('/in')).toContain('1-poison.txt');
    expect(sentNames()).toContain(`due-${tests}.txt`);
    expect(await shown()).toEqual([
      expect.stringContaining('1-poison.txt: it could not be stored: no such segment'),
    ]);
    broken = false;
    await visits(1);
    expect(await stored(poison)).toBe(1);
    expect(server.list('/in')).not.toContain('1-poison.txt');
    expect(await shown()).toEqual([]);
  });

  it('that fails is shown with its reason and since when, and no more once one went well', async () => {
    const { port } = server;
    await server.stop();
    const { visits } = partner();
    await visits(1);
    expect(await troubledVisits(rig.database.pool)).toEqual([]);
    const [said = '', ...more] = await shown();
    expect(more).toEqual([]);
    const config = join(folder, 'stockbridge.yaml');
    await writeFile(
      config,
      stringify({
        database: { url: rig.database.url },
        log: { level: 'error' },
        connections: {
          northwind: { connector: 'threepl', settings: PROFILE, cutover: '2026-01-01T00:00:00Z' },
        },
      }),
    );
    expect(await typed(['-c', config, 'status'])).toEqual({
      code: 1,
      text: expect.stringContaining(`northwind: ${said}`),
    });
    expect(said).toMatch(/^not visited since 20\d\d-\d\d-\d\d \d\d:\d\d UTC: .+/);
    const since = async () =>
      (await rig.database.pool.query(`select since from visit_trouble where kind = 'visit'`)).rows[0];
    const before = await since();
    await visits(1);
    expect(await since()).toEqual(before);
    server = await startSftpServer({ port, users: [{ user: 'edi', publicKeys: [key.public] }] });
    await partner().visits(1);
  });

  it('takes a file it may not move away once: one acknowledgement goes, however often it comes again', async () => {
    server.fail({ deny: [{ operation: 'rename', under: '/in' }] });
    const number = `RC-STAYS-${tests}`;
    const text = receipt(number);
    server.put('/in/944.txt', text);
    const { visits } = partner();
    await visits(4);
    const answers = () => sentNames().filter((name) => name.startsWith('997'));
    expect(answers()).toHaveLength(1);
    const [counted] = (
      await rig.database.pool.query<{ deliveries: number; attempts: number }>(
        `select f.deliveries, (select sum(a.attempts)::int from partner_file a where a.answers = f.id) as attempts
         from partner_file f join partner_document d on d.file_id = f.id where d.number = $1`,
        [number],
      )
    ).rows;
    expect(counted).toEqual({ deliveries: 1, attempts: 1 });
    expect(await shown()).toEqual([
      expect.stringMatching(/^files taken that cannot be moved away on the server: 944\.txt: .*denies/),
    ]);
    server.fail({});
    await visits(1);
    expect(server.list('/in')).not.toContain('944.txt');
    expect(await shown()).toEqual([]);
    // Sent again by the partner, it is a delivery of its own, and is answered again.
    server.put('/in/944.txt', text);
    await visits(1);
    expect(server.list('/in')).not.toContain('944.txt');
    expect(
      (
        await rig.database.pool.query(
          'select f.deliveries from partner_file f join partner_document d on d.file_id = f.id where d.number = $1',
          [number],
        )
      ).rows,
    ).toEqual([{ deliveries: 2 }]);
  });

  it('sends what it can open when one file was sealed with a key that is lost', async () => {
    const lost = vaultOf(Buffer.alloc(32, 77).toString('base64'));
    const sealed = await rig.running.hub.database.transaction((client) =>
      storeDraft(
        client,
        { ...rig.live, connection: { ...rig.live.connection, files: { ...files, vault: lost } } },
        { name: `sealed-${tests}.txt`, bytes: Buffer.from('an address'), personal: true, documents: [] },
      ),
    );
    await send(`plain-${tests}.txt`);
    await send(`personal-${tests}.txt`, true);
    const { visits } = partner();
    await visits(2);
    expect(sentNames().toSorted()).toEqual([`personal-${tests}.txt`, `plain-${tests}.txt`]);
    for (let again = 0; again < 2; again += 1) {
      await rig.database.pool.query('update partner_file set retry_at = clock_timestamp() where id = $1', [
        sealed,
      ]);
      await visits(1);
    }
    expect((await overdue(rig.database.pool)).filter(({ what }) => what === 'files not delivered')).toEqual([
      expect.objectContaining({
        count: 1,
        example: expect.stringMatching(/sealed with another encryptionKey/),
      }),
    ]);
  });
});
