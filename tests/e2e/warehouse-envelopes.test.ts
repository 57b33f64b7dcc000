// What stands around a partner's document decides before anything of it moves: test marks, halves of files, answers.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dryRun } from '../../src/connectors/threepl/dry-run.ts';
import { type Profile, profileSchema } from '../../src/connectors/threepl/profile/settings.ts';
import { interchange, openWarehouse, PROFILE, RECEIPT, type Warehouse } from './warehouse.ts';
import { EDIFACT, edifact, RECADV } from './warehouse-edifact.ts';

const receipt = (number: string): string[] => RECEIPT.map((each) => each.replace('RC-1', number));
const asTest = (text: string): string => text.replace('*0*P*>', '*0*T*>');

/** The same partner in each syntax: how it writes a receipt, and what a refusal and an acceptance of it say. */
const SYNTAXES = [
  {
    syntax: 'X12',
    profile: PROFILE,
    write: (number: string, control: number, test = false) => {
      const text = interchange('RE', '944', receipt(number), { interchange: control });
      return test ? asTest(text) : text;
    },
    moved: { 'MUG-01 sellable': '50', 'TEE-RED-M damaged': '6', 'TEE-RED-M sellable': '94' },
    refusedAsTest: /TA1\*000000041\*261121\*0915\*R\*020~/,
    accepted: 'AK5*A~',
  },
  {
    syntax: 'EDIFACT',
    profile: EDIFACT,
    write: (number: string, control: number, test = false) =>
      edifact('RECADV:D:96A:UN', RECADV(number), { control: String(control), test }),
    moved: { 'MUG-01 sellable': '30' },
    refusedAsTest: /UCI\+41\+NORTHWIND:14\+HUB:14\+4\+25/,
    accepted: 'UCI+42+NORTHWIND:14+HUB:14+7',
  },
] as const;

describe.each(SYNTAXES)('$syntax', ({ profile, write, moved, refusedAsTest, accepted }) => {
  let rig: Warehouse;
  beforeAll(async () => {
    rig = await openWarehouse(profile);
  });
  afterAll(() => rig.close());
  const lastAnswer = async () => (await rig.outgoing()).at(-1)?.text;

  it('a file marked as a test moves nothing where live files are agreed, and its sender is told', async () => {
    await rig.receive('test.txt', write('RC-T', 41, true));
    await rig.settle();
    expect(await rig.ledgerPrint()).toBe('');
    expect(await lastAnswer()).toMatch(refusedAsTest);
    expect((await rig.events()).at(-1)).toMatchObject({
      status: 'quarantined',
      code: 'content_invalid',
      reason: expect.stringContaining('marks the interchange as a test'),
    });
  });

  it('I3: a file that was cut uses up no control number: the whole one is taken, and moves the stock', async () => {
    const text = write('RC-1', 42);
    const half = await rig.receive('half.txt', text.slice(0, Math.floor(text.length * 0.7)));
    expect(half).toMatchObject({ outcome: 'stored', reading: { complete: false } });
    const whole = await rig.receive('whole.txt', text);
    expect(whole).toMatchObject({ reading: { complete: true, documents: [{ usable: true }] } });
    await rig.settle();
    expect(await rig.stock()).toEqual(moved);
    expect(await lastAnswer()).toContain(accepted);
    // From now on the number is used.
    expect(await rig.receive('other.txt', write('RC-2', 42))).toMatchObject({
      reading: { documents: [{ usable: false }] },
    });
  });

  it('the numbers of tests are not those of live files: who goes live may count from one again', async () => {
    expect(await rig.receive('live-41.txt', write('RC-3', 41))).toMatchObject({
      reading: { documents: [{ usable: true }] },
    });
    await rig.settle();
    await rig.expectSound();
  });
});

describe('a TA1 that was cut or refused', () => {
  it('keeps the same one from counting no more than any other document', async () => {
    const rig = await openWarehouse(PROFILE, {}, { tickMs: 3_600_000 });
    try {
      const { storeDraft } = await import('../../src/workers/exchange.ts');
      const control = { interchange: '000000005', group: '5', document: '0001' };
      await rig.running.hub.database.transaction((client) =>
        storeDraft(client, rig.live, {
          name: '940.txt',
          bytes: Buffer.from('an order'),
          documents: [{ type: '940', number: 'FO-5', control, acknowledged: true }],
        }),
      );
      const standing = async () =>
        (
          await rig.database.pool.query(
            `select acknowledgement::text as is from partner_document where type = '940'`,
          )
        ).rows[0];
      const text = interchangeAnswer();
      await rig.receive('cut.txt', text.slice(0, text.indexOf('IEA') - 2));
      await rig.receive('test.txt', asTest(text));
      expect(await standing()).toEqual({ is: 'awaited' });
      await rig.receive('whole.txt', text);
      expect(await standing()).toEqual({ is: 'rejected' });
    } finally {
      await rig.close();
    }
  });
});

/** An interchange that holds a TA1 and no group. */
const interchangeAnswer = (): string =>
  interchange('FA', '997', ['AK1*OW*5', 'AK9*R*1*1*0'])
    .replace(/GS\*.*GE\*[^~]*~\n/s, 'TA1*000000005*261121*0915*R*025~\n')
    .replace('IEA*1', 'IEA*0');

describe('an agreement on tests', () => {
  const agreed = (profile: object): Profile => profileSchema.parse(JSON.parse(JSON.stringify(profile)));
  const tried = async (profile: object, text: string) => {
    const { documents } = await dryRun(agreed(profile), { name: 'file.txt', bytes: Buffer.from(text) });
    return documents.map(({ outcome, findings }) => [outcome, ...findings.map(({ code }) => code)]);
  };

  it.each([
    ['X12', { ...PROFILE, x12: { ...PROFILE.x12, test: true } }, SYNTAXES[0].write],
    ['EDIFACT', { ...EDIFACT, edifact: { ...EDIFACT.edifact, test: true } }, SYNTAXES[1].write],
  ] as const)('%s: takes what is marked as a test, and nothing else', async (_syntax, profile, write) => {
    expect(await tried(profile, write('RC-1', 1, true))).toEqual([['receipt']]);
    expect(await tried(profile, write('RC-1', 1))).toEqual([['refused', 'test_not_agreed']]);
  });

  it('holds for the answers to what we sent as well: a test refuses no live order', async () => {
    const group = interchange('FA', '997', ['AK1*OW*5', 'AK9*R*1*1*0']);
    expect(await tried(PROFILE, group)).toEqual([['acknowledges what was sent: rejected']]);
    expect(await tried(PROFILE, asTest(group))).toEqual([['refused', 'test_not_agreed']]);
    const alone = interchangeAnswer();
    expect(await tried(PROFILE, alone)).toEqual([['acknowledges what was sent: rejected']]);
    expect(await tried(PROFILE, asTest(alone))).toEqual([['refused', 'test_not_agreed']]);
  });
});
