// A partner's answer that names an order and no file of ours: it is the answer to the oldest of them that waits for one, also when
// the same words came before.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EDIFACT, edifact } from '../e2e/warehouse-edifact.ts';
import { csv, openShop, ready, type Shop, type Wanted } from '../e2e/warehouse-shop.ts';

const ANSWERS = {
  ...{ name: 'answers', files: 'ANS*.csv', direction: 'in', kind: 'acknowledgement' },
  fields: { number: 'ORDER', code: 'STATUS', reason: 'WHY' },
};

let shop: Shop;
let orders = 0;
let files = 0;

function open(profile: object): void {
  beforeAll(async () => {
    shop = await openShop(profile);
  });
  afterAll(async () => {
    await shop.rig.expectSound();
    await shop.close();
  });
}
const want = async (order: string, wanted: Wanted): Promise<void> => {
  const lines = Object.entries(wanted).map(([line, skus]) => [line, Object.values(skus)[0] ?? 0] as const);
  shop.ask = () => ready(Object.fromEntries(lines));
  await shop.order(order, wanted);
};
/** A round over the orders; what it writes has arrived at the partner, unless `arrives` is false. */
const round = async (arrives = true): Promise<void> => {
  await shop.hurry();
  await shop.round();
  if (arrives)
    await shop.all(
      'update partner_file set delivered_at = clock_timestamp(), attempts = 1 where is_outbound and delivered_at is null',
    );
};
async function sent(wanted: Wanted): Promise<{ order: string; number: string }> {
  orders += 1;
  const order = `answers-${orders}`;
  await want(order, wanted);
  await round();
  const { number, status } = await shop.row(order);
  expect(status).toBe('sent');
  return { order, number };
}
/** What became of our files about an order, oldest first. */
const standing = async (number: string): Promise<string[]> =>
  (
    await shop.all<{ acknowledgement: string }>(
      'select acknowledgement::text as acknowledgement from partner_document where chain = $1 and is_outbound order by id',
      [number],
    )
  ).map(({ acknowledgement }) => acknowledgement);

describe('I8: an APERAK', () => {
  open(EDIFACT);

  const refused = async (number: string, message = '1') => {
    files += 1;
    const text = edifact(
      'APERAK:D:96A:UN',
      [`BGM+294+A-${message}+9`, `RFF+ACW:${number}`, 'ERC+41', 'FTX+AAO+++already picked'],
      { control: `AP${files}` },
    );
    return shop.rig.receive(`APERAK-${files}.edi`, text);
  };

  it('that refuses a cancellation in the words in which it refused the change before is taken', async () => {
    const { order, number } = await sent({ L1: { 'MUG-01': 5 } });
    await shop.all(`update partner_document set acknowledgement = 'accepted' where chain = $1`, [number]);
    await want(order, { L1: { 'MUG-01': 3 } });
    await round();
    await refused(number);
    expect(await standing(number)).toEqual(['accepted', 'rejected']);
    await want(order, {});
    await round();
    expect((await shop.row(order)).status).toBe('cancelled');
    await refused(number);
    expect(await standing(number)).toEqual(['accepted', 'rejected', 'rejected']);
    expect((await shop.row(order)).status).toBe('sent');
  });

  it('in the very same bytes, its envelope and all, was said before, whatever the file is called', async () => {
    const { order, number } = await sent({ L1: { 'MUG-01': 5 } });
    const text = edifact('APERAK:D:96A:UN', ['BGM+312+A-1+9', `RFF+ACW:${number}`], { control: 'AP-SAME' });
    await shop.rig.receive('APERAK-one.edi', text);
    await want(order, { L1: { 'MUG-01': 3 } });
    await round();
    expect(await standing(number)).toEqual(['accepted', 'awaited']);
    await shop.rig.receive('APERAK-two.edi', text);
    expect(await standing(number)).toEqual(['accepted', 'awaited']);
  });
});

const answered = async (number: string, said: { verdict?: string; name?: string; more?: string } = {}) => {
  files += 1;
  return shop.rig.receive(
    said.name ?? `ANS-${files}.csv`,
    `ORDER,STATUS,WHY\n${number},${said.verdict ?? 'accepted'},\n${said.more ?? ''}`,
  );
};

describe('I7: an acceptance in a CSV file that may list old ones', () => {
  open(csv({ purpose: 'ACTION' }, [ANSWERS]));

  it('answers nothing new in words that came before, be it in other bytes or under another name', async () => {
    const { order, number } = await sent({ L1: { 'MUG-01': 5 } });
    await answered(number);
    await want(order, {});
    await round();
    await answered(number, { more: 'FO-none,accepted,\n' });
    await answered(number, { name: 'ANS-again.csv' });
    expect(await standing(number)).toEqual(['accepted', 'awaited']);
    await answered(number, { verdict: 'rejected', more: 'FO-none,accepted,\n' });
    expect(await standing(number), 'a refusal counts').toEqual(['accepted', 'rejected']);
  });
});

describe('I8: an answer in a CSV file that says only what is new', () => {
  open(csv({ purpose: 'ACTION' }, [{ ...ANSWERS, repeats: false }]));

  it('is about the oldest file that waits for one: a late answer for the order says nothing of its change', async () => {
    const { order, number } = await sent({ L1: { 'MUG-01': 5 } });
    await want(order, { L1: { 'MUG-01': 3 } });
    await round();
    await answered(number);
    expect(await standing(number)).toEqual(['accepted', 'awaited']);
    await answered(number, { more: 'FO-none,accepted,\n' });
    expect(await standing(number)).toEqual(['accepted', 'accepted']);
  });

  it('is about nothing that has not left yet', async () => {
    const { order, number } = await sent({ L1: { 'MUG-01': 5 } });
    await answered(number);
    await want(order, { L1: { 'MUG-01': 3 } });
    await round(false);
    await answered(number, { more: 'FO-none,accepted,\n' });
    expect(await standing(number)).toEqual(['accepted', 'awaited']);
  });

  it('of a partner who is handed its files is about a change too, though nobody saw it arrive', async () => {
    orders += 1;
    const order = `handed-${orders}`;
    await want(order, { L1: { 'MUG-01': 5 } });
    await round(false);
    const { number } = await shop.row(order);
    await answered(number);
    await want(order, { L1: { 'MUG-01': 3 } });
    await round(false);
    await answered(number, { more: 'FO-none,accepted,\n' });
    expect(await standing(number)).toEqual(['accepted', 'accepted']);
  });

  it('in the very same bytes in another file answers the change, once', async () => {
    const { order, number } = await sent({ L1: { 'MUG-01': 5 } });
    await answered(number);
    await want(order, { L1: { 'MUG-01': 3 } });
    await round();
    expect(await standing(number)).toEqual(['accepted', 'awaited']);
    expect((await answered(number, { name: 'ANS-same.csv' })).outcome).toBe('duplicate');
    expect(await standing(number)).toEqual(['accepted', 'accepted']);
    // The partner's server gives the file out again, for it could not be moved away: it is no other answer.
    await want(order, { L1: { 'MUG-01': 1 } });
    await round();
    await answered(number, { name: 'ANS-same.csv' });
    expect(await standing(number)).toEqual(['accepted', 'accepted', 'awaited']);
    await answered(number, { name: 'ANS-third.csv' });
    expect(await standing(number)).toEqual(['accepted', 'accepted', 'accepted']);
  });

  it('that came before under the name it has now says nothing of a change since', async () => {
    const { order, number } = await sent({ L1: { 'MUG-01': 5 } });
    await answered(number, { name: `ANS-${number}.csv` });
    await want(order, { L1: { 'MUG-01': 3 } });
    await round();
    await answered(number, { name: `ANS-${number}.csv` });
    expect(await standing(number)).toEqual(['accepted', 'awaited']);
  });

  it('a refusal in the very same bytes makes a cancelled order stand again', async () => {
    const { order, number } = await sent({ L1: { 'MUG-01': 5 } });
    await answered(number);
    await want(order, { L1: { 'MUG-01': 3 } });
    await round();
    await answered(number, { verdict: 'rejected' });
    await want(order, {});
    await round();
    expect((await shop.row(order)).status).toBe('cancelled');
    await answered(number, { verdict: 'rejected' });
    expect((await shop.row(order)).status).toBe('sent');
    // Nothing waits for an answer now: old bytes take nothing back.
    expect(await standing(number)).toEqual(['accepted', 'rejected', 'rejected']);
    await answered(number);
    expect(await standing(number)).toEqual(['accepted', 'rejected', 'rejected']);
  });
});
