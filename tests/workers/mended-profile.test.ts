// A file that was refused through our own mistake is taken once the profile is mended: the same bytes, and the same numbers.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileExchangeOf } from '../../src/connectors/threepl/exchange.ts';
import { profileSchema } from '../../src/connectors/threepl/profile/settings.ts';
import { dueFiles, markDelivered } from '../../src/core/exchange/files.ts';
import { receiveFile } from '../../src/workers/exchange.ts';
import { interchange, openWarehouse, PROFILE, RECEIPT, type Warehouse } from '../e2e/warehouse.ts';

const NO_STATE = {
  read: () => Promise.resolve(undefined),
  write: () => Promise.resolve(),
  exclusively: <T>(_key: string, work: () => Promise<T>) => work(),
};

/** Hands in a file while the partner's profile is this one. */
const under = (rig: Warehouse, profile: object) => (name: string, text: string) =>
  receiveFile(
    rig.running.hub,
    {
      ...rig.live,
      connection: {
        ...rig.live.connection,
        files: fileExchangeOf(profileSchema.parse(profile), NO_STATE),
      },
    },
    { name, bytes: Buffer.from(text) },
  );
const receipt = (number: string, control: number): string =>
  interchange(
    'RE',
    '944',
    RECEIPT.map((segment) => segment.replace('RC-1', number)),
    { interchange: control },
  );
/** What is due to be sent now; it is delivered by this. */
async function sent(rig: Warehouse): Promise<string[]> {
  const { files } = await dueFiles(rig.database.pool, rig.live.id, rig.live.connection.files?.vault?.open);
  for (const file of files) await markDelivered(rig.database.pool, file.id);
  return files.map((file) => file.bytes.toString());
}

describe('an interchange that was refused by our mistake', () => {
  let rig: Warehouse;
  beforeAll(async () => {
    rig = await openWarehouse(PROFILE, {}, { tickMs: 3_600_000 });
  });
  afterAll(() => rig.close());

  it.each([
    ['the partner moved to another id', { x12: { us: { id: 'HUB' }, them: { id: 'OLD-ID' } } }, '*R*006~'],
    [
      'tests only were still agreed',
      { x12: { us: { id: 'HUB' }, them: { id: 'NORTHWIND' }, test: true } },
      '*R*020~',
    ],
  ])('I3: is applied once and answered anew when it comes again: %s', async (_why, mistaken, refusal) => {
    const number = `RC-${refusal.slice(3, 6)}`;
    const control = Number(refusal.slice(3, 6));
    const text = receipt(number, control);
    const before = await rig.stock();
    const first = await under(rig, { ...PROFILE, ...mistaken })('first.txt', text);
    expect(first).toMatchObject({ outcome: 'stored', reading: { documents: [{ usable: false }] } });
    expect(await sent(rig)).toEqual([expect.stringContaining(refusal)]);

    // Before it is mended nothing changes, and the answer is the same.
    expect(await under(rig, { ...PROFILE, ...mistaken })('again.txt', text)).toEqual({
      outcome: 'duplicate',
      file: first.file,
    });
    expect(await sent(rig)).toEqual([expect.stringContaining(refusal)]);

    const second = await under(rig, PROFILE)('mended.txt', text);
    expect(second).toMatchObject({
      outcome: 'stored',
      file: first.file,
      reading: { documents: [{ usable: true, number }] },
    });
    await rig.settle();
    const after = await rig.stock();
    expect(Number(after['MUG-01 sellable']) - Number(before['MUG-01 sellable'] ?? 0)).toBe(50);
    expect(await sent(rig)).toEqual([expect.stringContaining('AK5*A~')]);
    expect((await rig.events()).slice(-2)).toMatchObject([
      { topic: 'unreadable', status: 'ignored', reason: expect.stringContaining('came again') },
      { topic: 'receipt', status: 'applied' },
    ]);

    // From now on it is a repetition like any other, and gets the answer that holds.
    expect((await under(rig, PROFILE)('third.txt', text)).outcome).toBe('duplicate');
    expect(await sent(rig)).toEqual([expect.stringContaining('AK5*A~')]);
    expect(await rig.stock()).toEqual(after);
    await rig.expectSound();
  });

  it('has used up no number: the right one is taken under it, and then no other', async () => {
    const mistaken = { ...PROFILE, x12: { us: { id: 'HUB' }, them: { id: 'OLD-ID' } } };
    const wrong = receipt('RC-N1', 900);
    await under(rig, mistaken)('wrong.txt', wrong);
    const usable = async (number: string, text = receipt(number, 900)) => {
      const answer = await under(rig, PROFILE)(`${number}.txt`, text);
      return answer.outcome === 'stored' ? answer.reading.documents.map((each) => each.usable) : [];
    };
    expect(await usable('RC-N2')).toEqual([true]);
    expect(await usable('RC-N3')).toEqual([false]);
    // The first of them comes too late as well: its number is used now.
    expect(await usable('RC-N1', wrong)).toEqual([]);
    await rig.settle();
    await rig.expectSound();
  });

  it('beside a right one in the same file has used up no number either', async () => {
    const test = receipt('RC-T1', 911).replace('*0*P*>', '*0*T*>');
    await under(rig, PROFILE)('both.txt', receipt('RC-T2', 912) + test.replaceAll('\n', ''));
    const live = await rig.database.pool.query<{ control: string }>(
      `select control from partner_interchange where control like '%|91_%'`,
    );
    expect(live.rows.map((row) => row.control)).toEqual(['ZZ|NORTHWIND|ZZ|HUB|912']);
    await rig.settle();
  });
});

describe('a CSV file', () => {
  const { x12: _none, ...bare } = PROFILE;
  const feed = (quantity: string) => ({
    ...{ name: 'receipts', direction: 'in', kind: 'receipt', files: 'RC*.csv' },
    fields: { number: 'NUMBER', date: 'DATE', item: 'SKU', quantity },
  });
  const profile = (...feeds: object[]) => ({ ...bare, format: 'csv', feeds });
  let rig: Warehouse;
  beforeAll(async () => {
    rig = await openWarehouse(profile(feed('QTY')), {}, { tickMs: 3_600_000 });
  });
  afterAll(() => rig.close());

  it.each([
    ['no feed was made for yet', profile({ ...feed('QTY'), files: 'OTHER*.csv' })],
    ['has a column that the profile knows by another name', profile(feed('QUANTITY'))],
  ])('I3: that %s moves stock when it comes again under the mended profile, once', async (why, mistaken) => {
    const text = `NUMBER,DATE,SKU,QTY\nRC-${why.length},2026-11-20,MUG-01,5\n`;
    const before = await rig.stock();
    const first = await under(rig, mistaken)(`RC-${why.length}.csv`, text);
    expect(first).toMatchObject({ outcome: 'stored', reading: { documents: [{ usable: false }] } });
    for (const outcome of ['stored', 'duplicate'])
      expect(await under(rig, profile(feed('QTY')))(`RC-${why.length}.csv`, text)).toMatchObject({
        outcome,
        file: first.file,
      });
    await rig.settle();
    const after = await rig.stock();
    expect(Number(after['MUG-01 sellable']) - Number(before['MUG-01 sellable'] ?? 0)).toBe(5);
    const events = await rig.events();
    expect(events.filter(({ status }) => status === 'quarantined')).toEqual([]);
    expect(events.at(-1)).toMatchObject({ topic: 'receipt', status: 'applied' });
    await rig.expectSound();
  });
});
