// An order that an EDIFACT partner refuses, by either of the messages it may say so with, is refused here, with the reason.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EDIFACT, edifact, RECADV } from './warehouse-edifact.ts';
import { openShop, ready, type Shop } from './warehouse-shop.ts';

let shop: Shop;
let control = 700;

beforeAll(async () => {
  shop = await openShop(EDIFACT);
  shop.ask = () => ready({ L1: 2 });
  await say('RECADV:D:96A:UN', RECADV('REC-OPEN'));
  await shop.rig.settle();
});
afterAll(async () => {
  await shop.rig.expectSound();
  await shop.close();
});

const say = async (type: string, segments: readonly string[]): Promise<void> => {
  control += 1;
  const text = edifact(type, segments, { control: String(control) });
  await shop.rig.receive(`${control}.edi`, text);
};
/** Sells two mugs; answers the order's number, and the reference of the interchange it went in. */
async function sold(document: string): Promise<{ number: string; reference: string }> {
  await shop.order(document, { L1: { 'MUG-01': 2 } });
  await shop.round();
  await shop.hurry();
  await shop.round();
  const { number, status } = await shop.row(document);
  expect(status).toBe('sent');
  const [text = ''] = await shop.files(number);
  const reference = /UNB\+[^']*?\+(\d+)(?:\+[^']*)?'/.exec(text)?.[1] ?? '';
  return { number, reference };
}
const contrl = (reference: string, action: string): readonly string[] => [
  `UCI+${reference}+HUB:14+NORTHWIND:14+${action}`,
];
const standing = async (number: string): Promise<string[]> =>
  (
    await shop.all<{ is: string }>(
      `select acknowledgement::text as is from partner_document where number = $1 and is_outbound order by id`,
      [number],
    )
  ).map((row) => row.is);

describe('an order', () => {
  it('that an APERAK refuses by its number is refused, with the reason', async () => {
    const { number, reference } = await sold('o-aperak');
    await say('CONTRL:D:3:UN', contrl(reference, '7'));
    expect(await standing(number)).toEqual(['accepted']);
    await say('APERAK:D:96A:UN', [
      'BGM+313+AP-1+27',
      `RFF+ACW:${number}`,
      'ERC+41::ZZZ',
      'FTX+AAO+++Item not stocked here',
    ]);
    expect(await standing(number)).toEqual(['rejected']);
    expect(await shop.row('o-aperak')).toMatchObject({
      status: 'rejected',
      reason: expect.stringContaining('Item not stocked here'),
    });
    expect(await shop.reserved('o-aperak')).toEqual(['L1 MUG-01 2']);
  });

  it('that a CONTRL refuses after another one said that it arrived is refused, with the reason', async () => {
    const { number, reference } = await sold('o-contrl');
    await say('CONTRL:D:3:UN', contrl(reference, '8'));
    expect(await standing(number)).toEqual(['awaited']);
    expect(await shop.row('o-contrl')).toMatchObject({ status: 'sent' });
    await say('CONTRL:D:3:UN', contrl(reference, '4+25'));
    expect(await standing(number)).toEqual(['rejected']);
    expect(await shop.row('o-contrl')).toMatchObject({
      status: 'rejected',
      reason: expect.stringContaining('25 test data not supported'),
    });
  });

  it('that is accepted after it arrived stands', async () => {
    const { number, reference } = await sold('o-taken');
    await say('CONTRL:D:3:UN', contrl(reference, '8'));
    await say('CONTRL:D:3:UN', contrl(reference, '7'));
    expect(await standing(number)).toEqual(['accepted']);
    expect(await shop.row('o-taken')).toMatchObject({ status: 'sent' });
  });

  it('that was refused, and of which it is said only then that it arrived, stays refused; once it is accepted it stands', async () => {
    const { number, reference } = await sold('o-again');
    const ucm = (action: string) => [...contrl(reference, '7'), `UCM+1+INSDES:D:96A:UN+${action}`];
    await say('CONTRL:D:3:UN', ucm('4+12'));
    expect(await shop.row('o-again')).toMatchObject({ status: 'rejected' });
    await say('CONTRL:D:3:UN', ucm('8'));
    expect(await shop.row('o-again')).toMatchObject({ status: 'rejected' });
    await say('CONTRL:D:3:UN', ucm('7'));
    expect(await standing(number)).toEqual(['accepted']);
    expect(await shop.row('o-again')).toMatchObject({ status: 'sent', reason: null });
  });
});
