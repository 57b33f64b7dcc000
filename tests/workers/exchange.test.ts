// A file is taken whole or not at all: with its documents, events, acknowledgement and their numbers, in one transaction.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FileExchange } from '../../src/connectors/toolkit/file-exchange.ts';
import { StockbridgeError } from '../../src/core/errors.ts';
import { receiveFile, startExchange } from '../../src/workers/exchange.ts';
import type { Hub, LiveConnection } from '../../src/workers/hub.ts';
import { interchange, openWarehouse, PROFILE, RECEIPT, type Warehouse } from '../e2e/warehouse.ts';
import { advice } from '../e2e/warehouse-shop.ts';

let rig: Warehouse;
let files: FileExchange;

beforeAll(async () => {
  rig = await openWarehouse(PROFILE, {}, { tickMs: 3_600_000 });
  if (!rig.live.connection.files) throw new Error('the partner exchanges no files');
  ({ files } = rig.live.connection);
});
afterAll(async () => {
  await rig.settle();
  await rig.expectSound();
  await rig.close();
});

/** The partner, with something of its exchange replaced. */
const partnerWith = (other: Partial<FileExchange>): LiveConnection => ({
  ...rig.live,
  connection: { ...rig.live.connection, files: { ...files, ...other } },
});
const receipt = (number: string): string =>
  interchange(
    'RE',
    '944',
    RECEIPT.map((segment) => segment.replace('RC-1', number)),
  );
const take = (live: LiveConnection, name: string, text: string) =>
  receiveFile(rig.running.hub, live, { name, bytes: Buffer.from(text) });
const stored = async () =>
  (
    await rig.database.pool.query<{ controls: unknown } & Record<string, unknown>>(
      `select (select count(*) from partner_file) as files, (select count(*) from partner_document) as documents,
         (select count(*) from inbox_event) as events, (select count(*) from partner_interchange) as interchanges,
         (select json_agg(c order by kind) from control_sequence c) as controls, (select json_agg(n) from intake_count n) as counts`,
    )
  ).rows[0];
const one = async <T extends object>(text: string, ...values: unknown[]): Promise<T | undefined> =>
  (await rig.database.pool.query<T>(text, values)).rows[0];

describe('taking a file', () => {
  it('I3: of many receivers of the same bytes at once one stores it, and one acknowledgement is made', async () => {
    const text = receipt('RC-RACE');
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, at) => take(rig.live, `race-${at}.txt`, text)),
    );
    expect(answers.map((answer) => answer.outcome).sort()).toEqual([...Array(5).fill('duplicate'), 'stored']);
    expect(new Set(answers.map((answer) => answer.file)).size).toBe(1);
    const id = answers[0]?.file;
    expect(await one('select deliveries from partner_file where id = $1', id)).toEqual({ deliveries: 6 });
    expect(await one('select count(*)::int as n from partner_file where answers = $1', id)).toEqual({ n: 1 });
    expect(await one(`select count(*)::int as n from partner_document where number = 'RC-RACE'`)).toEqual({
      n: 1,
    });
  });

  it('of two files at once under one control number one is refused', async () => {
    const [a, b] = await Promise.all(
      ['RC-C1', 'RC-C2'].map((number) =>
        take(
          rig.live,
          `${number}.txt`,
          interchange(
            'RE',
            '944',
            RECEIPT.map((segment) => segment.replace('RC-1', number)),
            { interchange: 777 },
          ),
        ),
      ),
    );
    const usable = [a, b].map((answer) =>
      answer?.outcome === 'stored' ? answer.reading.documents.map((each) => each.usable) : [],
    );
    expect(usable.flat().sort()).toEqual([false, true]);
  });

  const failures: [string, () => LiveConnection][] = [
    [
      'its acknowledgement cannot be made',
      () =>
        partnerWith({
          answer: () => Promise.reject(new StockbridgeError('content_invalid', 'no words for it')),
        }),
    ],
    [
      'its acknowledgement fails after it has taken numbers',
      () =>
        partnerWith({
          answer: async (_reading, controls) => {
            await controls('interchange');
            await controls('group');
            throw new StockbridgeError('content_invalid', 'no words for it');
          },
        }),
    ],
    [
      'the acknowledgement holds personal data and there is no key to seal it with',
      () => {
        const { vault: _none, ...bare } = files;
        const answer: FileExchange['answer'] = async (...given) =>
          (await files.answer(...given)).map((draft) => ({ ...draft, personal: true }));
        return { ...rig.live, connection: { ...rig.live.connection, files: { ...bare, answer } } };
      },
    ],
    [
      'the second of its answers cannot be stored',
      () =>
        partnerWith({
          answer: async (...given) => {
            const drafts = await files.answer(...given);
            return [...drafts, ...drafts.map((draft) => ({ ...draft, name: 'nul\0byte' }))];
          },
        }),
    ],
  ];
  it.each(failures)('stores nothing at all when %s, and everything the next time', async (name, broken) => {
    const before = await stored();
    const text = receipt(`RC-${name.slice(0, 20).replaceAll(' ', '-')}-${name.length}`);
    await expect(take(broken(), `${name}.txt`, text)).rejects.toThrow();
    expect(await stored()).toEqual(before);
    expect((await take(rig.live, `${name}.txt`, text)).outcome).toBe('stored');
    const after = await stored();
    expect(
      Object.entries(after ?? {}).filter(
        ([key, value]) => JSON.stringify(value) === JSON.stringify(before?.[key]),
      ),
    ).toEqual([]);
  });

  it('keeps what came sealed where there is a key, and gives it back byte for byte', async () => {
    const text = advice('FO-NOBODY', [{ sku: 'MUG-01', ordered: 1, shipped: 1 }]);
    const answer = await rig.receive('sealed.txt', text);
    const row = await one<{ is_sealed: boolean; body: Buffer; size: number }>(
      'select is_sealed, body, size from partner_file where id = $1',
      answer.file,
    );
    expect(row).toMatchObject({ is_sealed: true, size: text.length });
    expect(row?.body.includes('FO-NOBODY')).toBe(false);
    const { fileBytes } = await import('../../src/core/exchange/files.ts');
    const file = await fileBytes(rig.database.pool, rig.live.id, answer.file, files.vault?.open);
    expect(file?.bytes.toString()).toBe(text);
  });
});

describe('an acknowledgement', () => {
  it('of a repeated file goes out again with the bytes and numbers it had', async () => {
    const text = receipt('RC-AGAIN');
    const first = await take(rig.live, 'again-1.txt', text);
    const due = () => dueNames();
    const [answer] = await due().then((names) => names.slice(-1));
    await rig.database.pool.query(
      'update partner_file set delivered_at = clock_timestamp() where is_outbound',
    );
    expect(await due()).toEqual([]);
    const before = (await stored())?.controls;
    expect(await take(rig.live, 'again-2.txt', text)).toEqual({ outcome: 'duplicate', file: first.file });
    expect(await due()).toEqual([answer]);
    expect((await stored())?.controls).toEqual(before);
  });

  it('of a group of ours: the documents it names have their own verdict, the others the group’s', async () => {
    const { storeDraft } = await import('../../src/workers/exchange.ts');
    await rig.running.hub.database.transaction((client) =>
      storeDraft(
        client,
        rig.live,
        {
          name: 'orders.txt',
          bytes: Buffer.from('three orders'),
          documents: ['0001', '0002', '0003'].map((document) => ({
            type: '940',
            number: `OURS-${document}`,
            control: { interchange: '000008001', group: '8001', document },
            acknowledged: true,
          })),
        },
        { chain: 'OURS', acknowledgeHours: 2 },
      ),
    );
    const said = ['AK1*OW*8001', 'AK2*940*0002', 'AK5*R*5', 'AK9*P*3*3*2'];
    const text = interchange('FA', '997', said);
    await rig.receive('997-p.txt', text);
    const standing = async () =>
      (
        await rig.database.pool.query<{ line: string }>(
          `select number || ' ' || acknowledgement as line from partner_document where chain = 'OURS' order by number`,
        )
      ).rows.map((row) => row.line);
    const verdicts = ['OURS-0001 accepted', 'OURS-0002 rejected', 'OURS-0003 accepted'];
    expect(await standing()).toEqual(verdicts);
    expect((await rig.events()).at(-1)).toMatchObject({
      status: 'ignored',
      reason: expect.stringContaining('940 OURS-0002'),
    });
    await rig.receive('997-of-nothing.txt', interchange('FA', '997', ['AK1*OW*8999', 'AK9*R*1*1*0']));
    expect(await standing()).toEqual(verdicts);
    expect((await rig.events()).at(-1)).toMatchObject({ reason: 'acknowledges nothing that was sent' });
  });
});

async function dueNames(): Promise<string[]> {
  const { dueFiles } = await import('../../src/core/exchange/files.ts');
  const due = await dueFiles(rig.database.pool, rig.live.id, files.vault?.open);
  return due.files.map((file) => `${file.name}: ${file.bytes.toString('utf8')}`);
}

describe('visits', () => {
  const hubWith = (live: LiveConnection): Hub => ({
    ...rig.running.hub,
    connections: new Map([[live.id, live]]),
  });

  it('bring due files, and one that cannot be delivered is left for later', async () => {
    const text = receipt('RC-VISIT');
    await rig.database.pool.query(
      'update partner_file set delivered_at = clock_timestamp() where is_outbound',
    );
    await take(rig.live, 'visit.txt', text);
    const offered: string[][] = [];
    let ok = false;
    const live = partnerWith({
      visit: async (desk) => {
        const pending = await desk.pending();
        offered.push(pending.map((file) => file.name));
        for (const { id } of pending) await (ok ? desk.delivered(id) : desk.failed(id, 'the disk is full'));
        const delivered = ok ? pending.length : 0;
        return { taken: 0, duplicates: 0, waiting: 0, delivered, refused: [], untidy: [] };
      },
    });
    const running = startExchange(hubWith(live), { intervalMs: 20 });
    const visits = async (count: number) => {
      const until = offered.length + count;
      while (offered.length < until) await new Promise((resolve) => setTimeout(resolve, 10));
    };
    await visits(4);
    expect(offered.flat()).toHaveLength(1);
    const failed = await one('select attempts, failure from partner_file where name = $1', offered.flat()[0]);
    expect(failed).toEqual({ attempts: 1, failure: 'the disk is full' });
    ok = true;
    await rig.database.pool.query(
      'update partner_file set retry_at = clock_timestamp() where delivered_at is null',
    );
    await visits(3);
    await running.stop();
    expect(offered.flat()).toHaveLength(2);
    expect(await dueNames()).toEqual([]);
  });

  it('of one partner are not made by two processes at once, and one that fails is made again', async () => {
    let inside = 0;
    let most = 0;
    let times = 0;
    const live = partnerWith({
      visit: async () => {
        inside += 1;
        most = Math.max(most, inside);
        times += 1;
        await new Promise((resolve) => setTimeout(resolve, 30));
        inside -= 1;
        if (times === 1) throw new StockbridgeError('vendor_unavailable', 'no route');
        return { taken: 0, duplicates: 0, waiting: 0, delivered: 0, refused: [], untidy: [] };
      },
    });
    const processes = [1, 2, 3].map(() => startExchange(hubWith(live), { intervalMs: 10 }));
    while (times < 5) await new Promise((resolve) => setTimeout(resolve, 10));
    await Promise.all(processes.map((process) => process.stop()));
    expect(most).toBe(1);
  });
});
