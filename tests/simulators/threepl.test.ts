// The simulated 3PL from outside, over real SFTP: what it answers, what it ships and receives, and that its books are always
// what its documents said.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { startThreepl, type Threepl, type ThreeplOptions } from '../../src/simulators/threepl/index.ts';
import {
  answerTo,
  connect,
  effectOf,
  type Hub,
  interchange,
  notice,
  ofType,
  opened,
  order,
  outgoing,
  PASSWORD,
  withTag,
} from './threepl-client.ts';

const ITEMS = [
  { sku: 'MUG', onHand: 100 },
  {
    sku: 'TEA',
    lots: [
      { lot: 'L2', onHand: 20, expiresOn: '2027-06-30' },
      { lot: 'L1', onHand: 5, expiresOn: '2027-01-31' },
    ],
  },
];

async function rehearse(
  options: ThreeplOptions,
  play: (threepl: Threepl, hub: Hub) => Promise<void>,
): Promise<void> {
  await using threepl = await startThreepl({
    ...{ password: PASSWORD, items: ITEMS, shipAfterMs: 30, receiveAfterMs: 30, lookEveryMs: 10 },
    ...options,
  });
  await using hub = await connect(threepl);
  await play(threepl, hub);
}

const only = <T>(all: readonly T[]): T => {
  expect(all).toHaveLength(1);
  return all[0] as T;
};

describe('orders', () => {
  test('a 940 is acknowledged at once and its file is archived; nothing has left yet', () =>
    rehearse({ shipAfterMs: 600_000 }, async (threepl, hub) => {
      await hub.drop('a.edi', interchange([order('SO-1', [{ sku: 'MUG', quantity: 3 }])], { control: 4711 }));
      await expect.poll(() => hub.list('/out')).toHaveLength(1);
      const acknowledgement = only(await outgoing(hub));
      expect(acknowledgement.segments).toEqual([
        ['AK1', 'OW', '4711'],
        ['AK2', '940', '0001'],
        ['AK5', 'A'],
        ['AK9', 'A', '1', '1', '1'],
      ]);
      expect(threepl.orders()).toMatchObject([{ number: 'SO-1', state: 'open' }]);
      expect(threepl.books().MUG?.good).toBe(100);
      expect(await hub.list('/in')).toEqual([]);
      expect(await hub.list('/in/archive')).toEqual(['a.edi']);
    }));

  test('an order is shipped after a while, and its 945 names order, carrier and tracking', () =>
    rehearse({}, async (threepl, hub) => {
      await hub.drop('a.edi', interchange([order('SO-1', [{ sku: 'MUG', quantity: 3 }])]));
      await threepl.settled();
      const shipment = only(ofType(await outgoing(hub), '945'));
      expect(withTag(shipment, 'W06')[0]?.slice(0, 3)).toEqual(['W06', 'F', 'SO-1']);
      expect(withTag(shipment, 'W12')[0]?.slice(0, 9)).toEqual([
        'W12',
        'CC',
        '3',
        '3',
        '0',
        'EA',
        '',
        'SK',
        'MUG',
      ]);
      expect(withTag(shipment, 'W27')).toEqual([['W27', 'M', 'UPSN']]);
      expect(withTag(shipment, 'W03')).toEqual([['W03', '3']]);
      expect(JSON.stringify([...withTag(shipment, 'MAN'), ...withTag(shipment, 'N9')])).toContain('"1Z');
      expect(threepl.books().MUG?.good).toBe(97);
      expect(threepl.orders()).toMatchObject([{ state: 'shipped', lines: [{ shipped: 3 }] }]);
    }));

  test('the lots that expire first leave first, and the lot that is asked for leaves alone', () =>
    rehearse({}, async (threepl, hub) => {
      await hub.drop('a.edi', interchange([order('SO-1', [{ sku: 'TEA', quantity: 7 }])]));
      await threepl.settled();
      await hub.drop('b.edi', interchange([order('SO-2', [{ sku: 'TEA', quantity: 30, lot: 'L2' }])]));
      await threepl.settled();
      const [first, second] = ofType(await outgoing(hub), '945');
      const lots = (document: typeof first) =>
        document && withTag(document, 'W12').map((line) => [line[1], line[2], line[3], line[9], line[19]]);
      expect(lots(first)).toEqual([
        ['CC', '5', '5', 'L1', undefined],
        ['CC', '2', '2', 'L2', undefined],
      ]);
      expect(lots(second)).toEqual([['CP', '30', '18', 'L2', '01']]);
      expect(threepl.books().TEA).toMatchObject({ good: 0, lots: { L1: { good: 0 }, L2: { good: 0 } } });
    }));

  test('a short shipment says so with status and reason, and only what left leaves the books', () =>
    rehearse({ shipping: 'short', seed: 3 }, async (threepl, hub) => {
      await hub.drop('a.edi', interchange([order('SO-1', [{ sku: 'MUG', quantity: 10 }])]));
      await threepl.settled();
      const [line = []] = withTag(only(ofType(await outgoing(hub), '945')), 'W12');
      const [, status, ordered, shipped, difference] = line;
      expect(['CP', 'DS']).toContain(status);
      expect(ordered).toBe('10');
      expect(Number(shipped)).toBeLessThan(10);
      expect(Number(difference)).toBe(10 - Number(shipped));
      expect(line[19]).toMatch(/^\d\d$/);
      expect(threepl.books().MUG?.good).toBe(100 - Number(shipped));
    }));

  test('a split order leaves in two shipments, the first of which says that more follows', () =>
    rehearse({ shipping: 'split' }, async (threepl, hub) => {
      await hub.drop('a.edi', interchange([order('SO-1', [{ sku: 'MUG', quantity: 5 }])]));
      await threepl.settled();
      const [first, second, ...more] = ofType(await outgoing(hub), '945');
      expect(more).toEqual([]);
      const [one = [], two = []] = [first, second].map((each) => each && withTag(each, 'W12')[0]);
      expect(['PR', 'BP']).toContain(one[1]);
      expect([one[3], two[3], two[1]]).toEqual(['3', '2', 'CC']);
      expect(first && withTag(first, 'W06')[0]?.[4]).not.toBe(second && withTag(second, 'W06')[0]?.[4]);
      expect(threepl.books().MUG?.good).toBe(95);
    }));

  test('a replaced order is shipped as it was said last; one that has left cannot be replaced', () =>
    rehearse({ shipAfterMs: 600_000 }, async (threepl, hub) => {
      await hub.drop('a.edi', interchange([order('SO-1', [{ sku: 'MUG', quantity: 5 }])]));
      await expect.poll(() => threepl.orders().length).toBe(1);
      threepl.behave({ shipAfterMs: 1 });
      await hub.drop('b.edi', interchange([order('SO-1', [{ sku: 'MUG', quantity: 2 }], 'R')]));
      await threepl.settled();
      const [shipment, ...more] = ofType(await outgoing(hub), '945');
      expect(more).toEqual([]);
      expect(shipment && withTag(shipment, 'W12').map((each) => each.slice(2, 4))).toEqual([['2', '2']]);
      expect(threepl.books().MUG?.good).toBe(98);
      await hub.drop('c.edi', interchange([order('SO-1', [{ sku: 'MUG', quantity: 1 }], 'R')]));
      await hub.drop('d.edi', interchange([order('SO-9', [{ sku: 'MUG', quantity: 1 }], 'R')]));
      await threepl.settled();
      const refusals = ofType(await outgoing(hub), '997').slice(-2);
      expect(refusals.map(({ segments }) => segments[4])).toEqual([
        ['AK5', 'R', '5'],
        ['AK5', 'R', '5'],
      ]);
      expect(threepl.orders()).toHaveLength(1);
      expect(threepl.books().MUG?.good).toBe(98);
    }));

  test('a cancelled order is not shipped; one that has left cannot be cancelled', () =>
    rehearse({ shipAfterMs: 600_000 }, async (threepl, hub) => {
      const lines = [{ sku: 'MUG', quantity: 2 }];
      await hub.drop('a.edi', interchange([order('SO-1', lines)]));
      await expect.poll(() => threepl.orders().length).toBe(1);
      await hub.drop('b.edi', interchange([order('SO-1', lines, 'F')]));
      await threepl.settled();
      expect(ofType(await outgoing(hub), '945')).toEqual([]);
      expect(threepl.orders()).toMatchObject([{ state: 'cancelled' }]);
      threepl.behave({ shipAfterMs: 1 });
      await hub.drop('c.edi', interchange([order('SO-2', lines)]));
      await threepl.settled();
      await hub.drop('d.edi', interchange([order('SO-2', lines, 'F')]));
      await threepl.settled();
      const refusal = ofType(await outgoing(hub), '997').at(-1);
      expect(refusal?.segments.slice(2)).toEqual([
        ['AK3', 'W05', '2', '', '8'],
        ['AK4', '2', '285', '7', 'SO-2'],
        ['AK5', 'R', '5'],
        ['AK9', 'R', '1', '1', '0'],
      ]);
      expect(ofType(await outgoing(hub), '945')).toHaveLength(1);
      expect(threepl.books().MUG?.good).toBe(98);
    }));

  test.each([
    [
      'an unknown item',
      [{ sku: 'CUP', quantity: 1 }],
      ['AK3', 'W01', '9', '', '8'],
      ['AK4', '5', '234', '7', 'CUP'],
    ],
    [
      'a missing quantity',
      [{ sku: 'MUG', quantity: '' }],
      ['AK3', 'W01', '9', '', '8'],
      ['AK4', '1', '330', '1'],
    ],
    [
      'a quantity in words',
      [{ sku: 'MUG', quantity: '1,5' }],
      ['AK3', 'W01', '9', '', '8'],
      ['AK4', '1', '330', '6', '1,5'],
    ],
    [
      'part of a unit',
      [{ sku: 'MUG', quantity: '1.5' }],
      ['AK3', 'W01', '9', '', '8'],
      ['AK4', '1', '330', '7', '1.5'],
    ],
    [
      'another unit',
      [{ sku: 'MUG', quantity: 1, unit: 'CA' }],
      ['AK3', 'W01', '9', '', '8'],
      ['AK4', '2', '355', '7', 'CA'],
    ],
  ])('%s is refused with its segment and element', (_, lines, segment, element) =>
    rehearse({}, async (threepl, hub) => {
      await hub.drop('a.edi', interchange([order('SO-1', lines)]));
      await threepl.settled();
      const answer = only(await outgoing(hub));
      expect(answer.segments).toContainEqual(segment);
      expect(answer.segments).toContainEqual(element);
      expect(withTag(answer, 'AK5')).toEqual([['AK5', 'R', '5']]);
      expect(threepl.orders()).toEqual([]);
      expect(threepl.complaints()).not.toEqual([]);
    }),
  );

  test.each([
    ['without a ship-to', /N1\*ST.*?N4\*[^~]*~/, '', ['AK3', 'N1', '3', '', '3'], 4],
    ['without a total', /W76\*\d+~/, '', ['AK3', 'W76', '11', '', '3'], 1],
    ['with a total that does not add up', 'W76*2', 'W76*3', ['AK4', '1', '330', '7', '3'], 0],
    ['for another warehouse', '92*WH01', '92*WH02', ['AK4', '4', '67', '7', 'WH02'], 0],
    ['with a segment nobody knows', 'LX*1~', 'ZZZ*1~LX*1~', ['AK3', 'ZZZ', '8', '', '1'], -1],
  ])('an order %s is refused', (_, from, to, expected, removed) =>
    rehearse({}, async (threepl, hub) => {
      const spoil = (text: string) =>
        text
          .replace(from, to)
          .replace(
            /SE\*(\d+)/,
            (_all, count: string) => `SE*${Number(count) - removed + (removed === 4 ? 1 : 0)}`,
          );
      await hub.drop('a.edi', interchange([order('SO-1', [{ sku: 'MUG', quantity: 2 }])], { spoil }));
      await threepl.settled();
      expect(only(await outgoing(hub)).segments).toContainEqual(expected);
      expect(threepl.orders()).toEqual([]);
    }),
  );

  test('of two orders in a group the good one is taken: AK9 is P', () =>
    rehearse({}, async (threepl, hub) => {
      const sets = [
        order('SO-1', [{ sku: 'MUG', quantity: 1 }]),
        order('SO-2', [{ sku: 'CUP', quantity: 1 }]),
      ];
      await hub.drop('a.edi', interchange(sets));
      await threepl.settled();
      const [answer] = ofType(await outgoing(hub), '997');
      expect(answer?.segments.at(-1)).toEqual(['AK9', 'P', '2', '2', '1']);
      expect(threepl.orders().map(({ number }) => number)).toEqual(['SO-1']);
    }));
});

describe('envelopes', () => {
  const good = () => [order('SO-1', [{ sku: 'MUG', quantity: 1 }])];

  test.each([
    ['a count that is wrong', (text: string) => text.replace(/SE\*\d+/, 'SE*3'), ['AK5', 'R', '4']],
    [
      'another control number in SE',
      (text: string) => text.replace(/(SE\*\d+\*)0001/, '$10002'),
      ['AK5', 'R', '3'],
    ],
    ['another group', (text: string) => text.replace('GS*OW', 'GS*AR'), ['AK5', 'R', '6']],
  ])('%s refuses the document', (_, spoil, expected) =>
    rehearse({}, async (threepl, hub) => {
      await hub.drop('a.edi', interchange(good(), { spoil }));
      await threepl.settled();
      expect(withTag(only(await outgoing(hub)), 'AK5')).toEqual([expected]);
      expect(threepl.orders()).toEqual([]);
    }),
  );

  test.each([
    ['GE01', (text: string) => text.replace('GE*1*', 'GE*2*'), '5'],
    ['GE02', (text: string) => text.replace(/GE\*1\*\d+/, 'GE*1*99999'), '4'],
    ['GS08', (text: string) => text.replace('X*004010', 'X*003060'), '2'],
  ])('a wrong %s refuses the group', (_, spoil, code) =>
    rehearse({}, async (threepl, hub) => {
      await hub.drop('a.edi', interchange(good(), { spoil }));
      await threepl.settled();
      const last = only(await outgoing(hub)).segments.at(-1);
      expect([last?.[1], last?.[4], last?.[5]]).toEqual(['R', '0', code]);
      expect(threepl.orders()).toEqual([]);
    }),
  );

  test.each([
    ['IEA02', (text: string) => text.replace(/IEA\*1\*\d+/, 'IEA*1*000000000'), '001'],
    ['IEA01', (text: string) => text.replace('IEA*1', 'IEA*2'), '021'],
    ['a sender it does not know', (text: string) => text.replace('ZZ*HUB ', 'ZZ*HUG '), '006'],
    ['a file that was cut off', (text: string) => text.slice(0, -40), '023'],
    ['a terminator missing at the end', (text: string) => text.slice(0, -1), '023'],
    ['a second terminator', (text: string) => text.replace('N3*1 MAIN ST~', 'N3*1 MAIN ST\n'), undefined],
  ])('%s refuses the interchange with a TA1', (_, spoil, code) =>
    rehearse({}, async (threepl, hub) => {
      await hub.drop('a.edi', interchange(good(), { spoil }));
      await threepl.settled();
      const answer = only(await outgoing(hub));
      if (code === undefined) expect(withTag(answer, 'AK5')[0]?.[1]).toBe('R');
      else
        expect([answer.type, answer.segments[0]?.[4], answer.segments[0]?.[5]]).toEqual(['TA1', 'R', code]);
      expect(threepl.orders()).toEqual([]);
    }),
  );

  test('a control number that was used before is refused, and the order stays one', () =>
    rehearse({}, async (threepl, hub) => {
      const text = interchange(good());
      await hub.drop('a.edi', text);
      await threepl.settled();
      await hub.drop('a.edi', text);
      await threepl.settled();
      expect(ofType(await outgoing(hub), 'TA1')[0]?.segments[0]?.slice(4)).toEqual(['R', '025']);
      expect(ofType(await outgoing(hub), '945')).toHaveLength(1);
      expect(await hub.list('/in/archive')).toEqual(['2_a.edi', 'a.edi']);
    }));

  test('a TA1 answers who asks for one, and what cannot be read is only complained about', () =>
    rehearse({}, async (threepl, hub) => {
      await hub.drop('a.edi', interchange(good(), { asksForTa1: true }));
      await hub.drop('b.edi', 'hello');
      await threepl.settled();
      const documents = await outgoing(hub);
      expect(only(ofType(documents, 'TA1')).segments[0]?.slice(4)).toEqual(['A', '000']);
      expect(documents.map(({ type }) => type).sort()).toEqual(['945', '997', 'TA1']);
      expect(threepl.complaints()).toEqual([{ file: 'b.edi', what: 'the file does not begin with ISA' }]);
    }));

  test('a file that is still being written is left alone', () =>
    rehearse({}, async (threepl, hub) => {
      for (const name of ['x.edi.part', 'x.tmp', '.x.edi']) threepl.server.put(`/in/${name}`, 'ISA');
      await threepl.settled();
      expect((await hub.list('/in')).sort()).toEqual(['.x.edi', 'x.edi.part', 'x.tmp']);
      expect(threepl.complaints()).toEqual([]);
    }));

  test('control numbers of the warehouse are its own and never come twice', () =>
    rehearse({ firstControl: 999_999_998 }, async (threepl, hub) => {
      for (const each of ['a', 'b', 'c']) {
        await hub.drop(`${each}.edi`, interchange([order(`SO-${each}`, [{ sku: 'MUG', quantity: 1 }])]));
      }
      await threepl.settled();
      const numbers = (await outgoing(hub)).map(({ isa13 }) => isa13);
      expect(numbers).toEqual(['000000001', '000000002', '000000003', '000000004', '999999998', '999999999']);
    }));
});

describe('receipts', () => {
  const arrive = async (threepl: Threepl, hub: Hub) => {
    await hub.drop(
      'n.edi',
      interchange([
        notice('TR-1', [
          { sku: 'MUG', quantity: 40 },
          { sku: 'TEA', quantity: 8, lot: 'L3' },
        ]),
      ]),
    );
    await threepl.settled();
    const documents = await outgoing(hub);
    expect(ofType(documents, '997')[0]?.segments.at(-1)).toEqual(['AK9', 'A', '1', '1', '1']);
    return only(ofType(documents, '944'));
  };

  test('a 943 is acknowledged and received in full, by lot', () =>
    rehearse({}, async (threepl, hub) => {
      const receipt = await arrive(threepl, hub);
      expect(withTag(receipt, 'W17')[0]?.slice(4, 6)).toEqual(['TR-1', 'S-TR-1']);
      expect(withTag(receipt, 'W14')).toEqual([['W14', '48', '48', '0']]);
      expect(threepl.books()).toMatchObject({
        MUG: { good: 140 },
        TEA: { good: 33, lots: { L3: { good: 8 } } },
      });
      expect(threepl.notices()).toMatchObject([{ number: 'TR-1', state: 'received' }]);
    }));

  test('too much, too little and damage are told, and the books follow what was told', async () => {
    for (const receiving of ['over', 'short', 'damaged'] as const) {
      await rehearse({ receiving }, async (threepl, hub) => {
        const receipt = await arrive(threepl, hub);
        const received = Number(withTag(receipt, 'W07')[0]?.[1]);
        const exceptions = withTag(receipt, 'W13');
        const { good = 0, damaged = 0 } = threepl.books().MUG ?? {};
        expect(good + damaged).toBe(100 + received);
        if (receiving === 'over') expect(received).toBeGreaterThan(40);
        if (receiving === 'short')
          expect(exceptions[0]?.slice(1)).toEqual([String(40 - received), 'EA', '02']);
        if (receiving === 'damaged') {
          expect(received).toBe(40);
          expect(exceptions[0]?.slice(1)).toEqual([String(damaged), 'EA', '01', '', 'CC']);
          expect(damaged).toBeGreaterThan(0);
        }
      });
    }
  });
});

describe('inside the warehouse', () => {
  test('adjustments and moves are told in a 947, with a sign only where the reason leaves it open', () =>
    rehearse({}, async (threepl, hub) => {
      threepl.adjust({ sku: 'MUG', quantity: 2, reason: '07' });
      threepl.adjust({ sku: 'TEA', lot: 'L1', quantity: -1, reason: 'AA' });
      threepl.move({ sku: 'MUG', quantity: 10, from: 'good', to: 'hold' });
      const lines = (await outgoing(hub)).map((document) => withTag(document, 'W19')[0]);
      expect(lines).toEqual([
        ['W19', '07', '2', 'EA', '', 'SK', 'MUG'],
        ['W19', 'AA', '-1', 'EA', '', 'SK', 'TEA', '', '', 'L1'],
        ['W19', '05', '10', 'EA', '', 'SK', 'MUG'],
      ]);
      expect(threepl.books()).toMatchObject({
        MUG: { good: 88, hold: 10 },
        TEA: { lots: { L1: { good: 4 } } },
      });
      expect(() => threepl.adjust({ sku: 'MUG', quantity: -89, reason: 'AA' })).toThrow(/has 88 good/);
      expect(() => threepl.adjust({ sku: 'MUG', quantity: -1, reason: '56' })).toThrow(/contradicts/);
      expect(() => threepl.move({ sku: 'MUG', quantity: 1, from: 'good', to: 'damaged' })).toThrow(
        /no reason/,
      );
      expect(await hub.list('/out')).toHaveLength(3);
    }));

  test('a stock report is full, by lot, and as of the instant it names', async () => {
    let now = new Date('2026-11-21T08:00:00Z');
    await rehearse({ now: () => now, timeZone: 'America/Chicago' }, async (threepl, hub) => {
      now = new Date('2026-11-21T09:00:00Z');
      threepl.driftSecretly({ sku: 'MUG', quantity: -7 });
      expect(await hub.list('/out')).toEqual([]);
      threepl.reportStock({ asOf: '2026-11-21T08:30:00Z' });
      threepl.reportStock();
      const [before, after] = await outgoing(hub);
      expect(before && withTag(before, 'DTM')).toEqual([['DTM', '007', '20261121', '023000']]);
      const quantities = (document: typeof before) =>
        document && withTag(document, 'QTY').map((each) => each.slice(1, 3).join(' '));
      expect(quantities(before)?.slice(0, 3)).toEqual(['33 100', 'QH 0', '74 0']);
      expect(quantities(after)?.slice(0, 3)).toEqual(['33 93', 'QH 0', '74 0']);
      expect(after && withTag(after, 'LIN').map((each) => each.slice(2))).toEqual([
        ['SK', 'MUG'],
        ['SK', 'TEA', 'LT', 'L1'],
        ['SK', 'TEA', 'LT', 'L2'],
      ]);
      expect(after && withTag(after, 'CTT')).toEqual([['CTT', '3']]);
    });
  });
});

describe('acknowledgements of the hub', () => {
  test('are recorded by document, and what is not answered becomes overdue', () =>
    rehearse({}, async (threepl, hub) => {
      for (const reason of ['AA', 'AB', 'AE']) threepl.adjust({ sku: 'MUG', quantity: 1, reason });
      const [first, second] = await outgoing(hub);
      expect(threepl.overdue()).toEqual([]);
      if (first) await hub.drop('1.edi', answerTo(first, 'A'));
      if (second) await hub.drop('2.edi', answerTo(second, 'R', ['AK3*W19*4**8', 'AK4*2*477*7*1']));
      await threepl.settled();
      expect(threepl.acknowledgements().map(({ state, errors }) => [state, errors])).toEqual([
        ['accepted', []],
        ['rejected', ['AK3*W19*4**8', 'AK4*2*477*7*1']],
        ['waiting', []],
      ]);
      expect(threepl.overdue({ withinMs: 0 })).toMatchObject([{ type: '947', state: 'waiting' }]);
      expect(ofType(await outgoing(hub), '997')).toEqual([]);
      expect(threepl.complaints()).toEqual([]);
    }));

  test('a TA1 that refuses an interchange refuses its document; a 997 for nothing is complained about', () =>
    rehearse({}, async (threepl, hub) => {
      threepl.adjust({ sku: 'MUG', quantity: 1, reason: 'AA' });
      const sent = only(await outgoing(hub));
      const spoil = (text: string) => text.replace('IEA', `TA1*${sent.isa13}*261121*0915*R*025~IEA`);
      await hub.drop('1.edi', interchange([], { spoil }));
      await hub.drop('2.edi', answerTo({ ...sent, gs06: '4444' }, 'A'));
      await threepl.settled();
      expect(threepl.acknowledgements()).toMatchObject([{ state: 'rejected', answeredBy: 'TA1' }]);
      expect(threepl.complaints()).toMatchObject([{ file: '2.edi' }]);
    }));

  test('a 999 is read as well', () =>
    rehearse({}, async (threepl, hub) => {
      threepl.adjust({ sku: 'MUG', quantity: 1, reason: 'AA' });
      const { gs06 } = only(await outgoing(hub));
      const segments = [
        `AK1*AW*${gs06}*004010`,
        'AK2*947*0001',
        'IK3*W19*4**8',
        'IK4*2*477*7*1',
        'IK5*E*5',
        'AK9*E*1*1*1',
      ];
      await hub.drop('1.edi', interchange([['999', ...segments]]));
      await threepl.settled();
      expect(threepl.acknowledgements()).toMatchObject([
        { state: 'accepted_with_errors', answeredBy: '999' },
      ]);
    }));
});

test('books are always the opening stock and what the documents said since, whatever is ordered', async () => {
  const line = fc.record({ sku: fc.constantFrom('MUG', 'TEA'), quantity: fc.integer({ min: 1, max: 30 }) });
  const lines = fc.uniqueArray(line, { minLength: 1, maxLength: 2, selector: ({ sku }) => sku });
  const act = fc.oneof(
    fc.record({
      act: fc.constant('order' as const),
      lines,
      shipping: fc.constantFrom('complete', 'short', 'split'),
    }),
    fc.record({
      act: fc.constant('notice' as const),
      lines,
      receiving: fc.constantFrom('complete', 'over', 'short', 'damaged'),
    }),
    fc.record({
      act: fc.constant('adjust' as const),
      quantity: fc.integer({ min: 1, max: 5 }),
      reason: fc.constantFrom('56', '06', 'AA'),
    }),
    fc.record({ act: fc.constant('move' as const), quantity: fc.integer({ min: 1, max: 5 }) }),
  );
  // One warehouse for all runs: what it holds when a run begins is that run's opening stock.
  let run = 0;
  await rehearse({ shipAfterMs: 1, receiveAfterMs: 1 }, async (threepl, hub) => {
    const seen = new Set<string>();
    const property = fc.asyncProperty(fc.array(act, { minLength: 1, maxLength: 6 }), async (acts) => {
      run += 1;
      const told = goodOf(threepl);
      for (const [index, each] of acts.entries()) {
        const name = `${run}-${index}`;
        if (each.act === 'order') {
          threepl.behave({ shipping: each.shipping });
          await hub.drop(`${name}.edi`, interchange([order(name, each.lines)]));
        } else if (each.act === 'notice') {
          threepl.behave({ receiving: each.receiving });
          const lots = each.lines.map((one) => (one.sku === 'TEA' ? { ...one, lot: 'L9' } : one));
          await hub.drop(`${name}.edi`, interchange([notice(name, lots)]));
        } else if ((threepl.books().MUG?.good ?? 0) >= each.quantity) {
          if (each.act === 'adjust')
            threepl.adjust({ sku: 'MUG', quantity: each.quantity, reason: each.reason });
          else threepl.move({ sku: 'MUG', quantity: each.quantity, from: 'good', to: 'hold' });
        }
        await threepl.settled();
      }
      const names = (await hub.list('/out')).filter((name) => !seen.has(name));
      for (const name of names) {
        seen.add(name);
        for (const [place, quantity] of effectOf(opened(name, await hub.read(`/out/${name}`)))) {
          told.set(place, (told.get(place) ?? 0) + quantity);
        }
      }
      expect(nonzero(told)).toEqual(nonzero(goodOf(threepl)));
      expect(threepl.complaints()).toEqual([]);
    });
    await fc.assert(property, { numRuns: 40, endOnFailure: true });
  });
});

const nonzero = (levels: Map<string, number>) =>
  Object.fromEntries([...levels].filter(([, level]) => level !== 0));

/** Good units by `sku` or `sku/lot`. */
const goodOf = (threepl: Threepl): Map<string, number> =>
  new Map(
    Object.entries(threepl.books()).flatMap(([sku, { good, lots }]): [string, number][] =>
      lots ? Object.entries(lots).map(([lot, level]) => [`${sku}/${lot}`, level.good]) : [[sku, good]],
    ),
  );
