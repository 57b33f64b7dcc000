// What each kind of document does to stock, rule by rule: directions, states, keys, and what is not certain enough to do.
import { describe, expect, it } from 'vitest';
import { ADJUSTMENT_REASONS } from '../../../../src/connectors/threepl/meaning/codes.ts';
import { shortReasonOf } from '../../../../src/connectors/threepl/meaning/short.ts';
import {
  AS_OF,
  adjustment,
  despatch,
  each,
  factsOf,
  IN_TRANSIT,
  profile,
  receipt,
  refusalOf,
  shipment,
  sku,
  stock,
  told,
} from './world.ts';

const tee = { ids: sku('TEE') };
const one = { ...tee, shipped: each(1) };

describe('the worked documents', () => {
  it('a shipment takes what was shipped, and tells what was short', () => {
    const document = shipment(
      [
        {
          ids: sku('TEE-RED-M'),
          lot: { code: 'L2610A', expiresOn: '2027-10-01' },
          shipped: each(20),
          ordered: each(24),
          status: 'CP',
          reason: '01',
        },
        { ids: sku('MUG-01'), shipped: each(6), ordered: each(6), status: 'CC' },
      ],
      { order: 'SO10001' },
    );
    expect(told(document)).toEqual([
      'shipment TEE-RED-M 20 each lot L2610A: DALLAS → @customer',
      'shipment MUG-01 6 each: DALLAS → @customer',
    ]);
    const { movements, notes } = factsOf(document);
    expect(movements[0]).toMatchObject({
      document: { type: 'warehouse-shipment', id: 'SHP-1', line: '1 lot L2610A' },
      occurredAt: AS_OF,
      reference: 'SO10001',
      lines: [{ lotExpiresOn: '2027-10-01' }],
    });
    expect(notes).toEqual([
      'shipment SHP-1 line 1: 20 of 24 TEE-RED-M shipped, 4 short (reason 01: out of stock)',
    ]);
  });

  it('a receipt brings 476, of which 6 are damaged', () => {
    const document = receipt(
      [
        {
          ids: sku('TEE-RED-M'),
          lot: { code: 'L2610A' },
          received: each(476),
          exceptions: [{ quantity: each(6), condition: '01', reason: 'CC' }],
        },
        { ids: sku('MUG-01'), received: each(96) },
      ],
      { totalReceived: '572', totalDamaged: '6' },
    );
    expect(told(document)).toEqual([
      'receipt TEE-RED-M 470 each lot L2610A: @supplier → DALLAS sellable',
      'receipt TEE-RED-M 6 each lot L2610A: @supplier → DALLAS damaged',
      'receipt MUG-01 96 each: @supplier → DALLAS sellable',
    ]);
    expect(factsOf(document).movements).toHaveLength(2);
  });

  it('an adjustment takes 2, finds 3, puts 10 on hold and counts 1 less', () => {
    const lot = { code: 'L2610A' };
    expect(
      told(
        adjustment([
          { ids: sku('TEE-RED-M'), lot, reason: '07', quantity: each(2) },
          { ids: sku('MUG-01'), reason: '56', quantity: each(3) },
          { ids: sku('TEE-RED-M'), lot, reason: '05', quantity: each(10) },
          { ids: sku('MUG-01'), reason: 'AA', quantity: each(-1) },
        ]),
      ),
    ).toEqual([
      'adjustment TEE-RED-M 2 each lot L2610A: DALLAS sellable → @adjustment',
      'adjustment MUG-01 3 each: @adjustment → DALLAS sellable',
      'status_change TEE-RED-M 10 each lot L2610A: DALLAS sellable → DALLAS hold',
      'adjustment MUG-01 1 each: DALLAS sellable → @adjustment',
    ]);
  });

  it('a stock report is compared and moves nothing', () => {
    const quantities = (...given: [string, number][]) =>
      given.map(([code, quantity]) => ({ code, quantity: each(quantity) }));
    const facts = factsOf(
      stock([
        { ids: sku('TEE-RED-M'), quantities: quantities(['33', 438], ['QH', 16]) },
        { ids: sku('MUG-01'), quantities: quantities(['33', 98], ['27', 4]) },
      ]),
    );
    expect(facts.movements).toEqual([]);
    expect(facts.reports).toEqual([
      {
        document: { type: 'warehouse-stock', id: `INV-1 of ${AS_OF}`, line: 'DALLAS' },
        code: 'DALLAS',
        asOf: AS_OF,
        extent: 'full',
        lines: [
          { item: { sku: 'TEE-RED-M' }, state: 'sellable', quantity: '438', unit: 'each' },
          { item: { sku: 'TEE-RED-M' }, state: 'hold', quantity: '16', unit: 'each' },
          { item: { sku: 'MUG-01' }, state: 'sellable', quantity: '98', unit: 'each' },
        ],
      },
    ]);
    expect(facts.notes).toEqual(['quantity code 27 is not compared']);
  });
});

describe('keys', () => {
  const keysOf = (document: Parameters<typeof factsOf>[0]) =>
    factsOf(document).movements.map((movement) => movement.document);

  it('I3: the same document in another format or with another purpose code has the same keys', () => {
    const document = shipment([one, { ...one, lot: { code: 'L1' } }]);
    expect(keysOf({ ...document, source: 'DESADV', purpose: 'duplicate', references: { bol: 'x' } })).toEqual(
      keysOf(document),
    );
    // I4: a replacement meets the keys of what it replaces, so other content is a conflict and not a second effect
    expect(keysOf({ ...document, purpose: 'replace' })).toEqual(keysOf(document));
  });

  it('number, line, lot and kind make the key; nothing else does', () => {
    const key = (document: Parameters<typeof factsOf>[0]) => JSON.stringify(keysOf(document)[0]);
    const plain = key(shipment([one]));
    expect(key(shipment([{ ...one, shipped: each(9) }], { order: 'SO-9' }))).toBe(plain);
    expect(key(shipment([one], { number: 'SHP-2' }))).not.toBe(plain);
    expect(key(shipment([{ ...one, line: '2' }]))).not.toBe(plain);
    expect(key(shipment([{ ...one, lot: { code: 'L1' } }]))).not.toBe(plain);
    expect(key(receipt([{ ...tee, received: each(1) }], { number: 'SHP-1' }))).not.toBe(plain);
  });

  it('a line that a document repeats is told apart by its turn, and nothing is swallowed', () => {
    const document = shipment([
      { ...one, line: '1' },
      { ...one, line: '1', lot: { code: 'L1' } },
      { ...one, line: '1', shipped: each(2) },
      { ...one, line: '1', lot: { code: 'L1' } },
    ]);
    expect(keysOf(document).map((key) => key.line)).toEqual([
      '1',
      '1 lot L1',
      '1 again 2',
      '1 lot L1 again 2',
    ]);
  });

  it('a document without a number cannot be told from others', () => {
    expect(refusalOf(shipment([one], { number: '' }))).toMatchObject({
      outcome: 'quarantined',
      code: 'content_invalid',
    });
  });
});

describe('undoing', () => {
  it('a reversal line moves the goods back and names what it undoes', () => {
    const document = shipment([{ ...one, reversal: true }]);
    expect(told(document)).toEqual(['shipment TEE 1 each: @customer → DALLAS']);
    expect(factsOf(document).movements[0]).toMatchObject({
      document: { type: 'warehouse-shipment-reversal', id: 'SHP-1', line: '1' },
      reverses: { type: 'warehouse-shipment', id: 'SHP-1', line: '1' },
    });
    const named = factsOf(shipment([{ ...one, reversal: true }], { references: { 'N9:F8': 'SHP-0' } }));
    expect(named.movements[0]?.reverses).toMatchObject({ id: 'SHP-0' });
    expect(told(receipt([{ ...tee, received: each(4), reversal: true }]))).toEqual([
      'receipt TEE 4 each: DALLAS sellable → @supplier',
    ]);
  });

  it('a cancelling document moves everything back; a cancelled reversal moves it forth again', () => {
    const document = shipment([one, { ...one, reversal: true }], { purpose: 'cancel' });
    expect(told(document)).toEqual([
      'shipment TEE 1 each: @customer → DALLAS',
      'shipment TEE 1 each: DALLAS → @customer',
    ]);
    const [first, second] = factsOf(document).movements;
    expect(first).toMatchObject({
      document: { type: 'warehouse-shipment-cancel', line: '1' },
      reverses: { type: 'warehouse-shipment', line: '1' },
    });
    expect(second).toMatchObject({
      document: { type: 'warehouse-shipment-reversal-cancel', line: '2' },
      reverses: { type: 'warehouse-shipment-reversal', line: '2' },
    });
    expect(told(adjustment([{ ...tee, reason: '05', quantity: each(2) }], { purpose: 'cancel' }))).toEqual([
      'status_change TEE 2 each: DALLAS hold → DALLAS sellable',
    ]);
  });

  it('a simulation and a document without lines mean nothing', () => {
    expect(refusalOf(shipment([one], { purpose: 'simulation' }))).toEqual({
      outcome: 'ignored',
      reason: 'shipment SHP-1 is a simulation',
    });
    expect(refusalOf(stock([]))).toEqual({ outcome: 'ignored', reason: 'stock INV-1 has no lines' });
  });
});

describe('places, items, units, numbers', () => {
  it('a warehouse that the profile does not know is named; the only one needs no name', () => {
    expect(refusalOf(shipment([one], { warehouse: 'RNO' }))).toMatchObject({
      outcome: 'quarantined',
      code: 'location_unknown',
      reason: expect.stringContaining('RNO'),
    });
    expect(refusalOf(shipment([one], { warehouse: 'constructor' }))).toMatchObject({
      code: 'location_unknown',
    });
    expect(told(shipment([one], { warehouse: '' }))).toHaveLength(1);
    const two = profile({ meaning: { warehouses: { DAL: { location: 'A' }, RNO: { location: 'B' } } } });
    expect(refusalOf(shipment([one], { warehouse: '' }), two)).toMatchObject({ code: 'location_unknown' });
    expect(told(shipment([one], { warehouse: 'RNO' }), two)).toEqual(['shipment TEE 1 each: B → @customer']);
  });

  it('the profile says which ids count, in which order, and what they are', () => {
    const ids = [
      { qualifier: 'UP', value: '042100005264' },
      { qualifier: 'VN', value: 'TEE-V' },
      { qualifier: 'SK', value: '' },
    ];
    const item = (items?: object) =>
      factsOf(shipment([{ ids, shipped: each(1) }]), profile(items ? { items } : {})).movements[0]?.lines[0]
        ?.item;
    expect(item()).toEqual({ sku: 'TEE-V' });
    expect(item({ from: ['UP'], as: 'barcode' })).toEqual({ barcode: '042100005264' });
    expect(item({ from: ['EN', 'VN'], as: 'listing' })).toEqual({ listing: 'TEE-V' });
    expect(
      refusalOf(shipment([{ ids, shipped: each(1) }]), profile({ items: { from: ['EN'] } })),
    ).toMatchObject({
      code: 'item_unknown',
      reason: expect.stringContaining('VN TEE-V'),
    });
  });

  it('units are the profile’s words for ours; one that is not there keeps its own name, and none stays none', () => {
    const unit = (given: string) =>
      factsOf(shipment([{ ...tee, shipped: each(1, given) }])).movements[0]?.lines[0]?.unit;
    expect(unit('EA')).toBe('each');
    expect(unit('CA')).toBe('case');
    // the catalogue refuses what the item does not have
    expect(unit('PL')).toBe('PL');
    expect(unit('toString')).toBe('toString');
    expect(unit('')).toBeUndefined();
  });

  it.each([
    ['20', '20'],
    ['+5', '5'],
    ['.5', '0.5'],
    ['5.', '5'],
    ['13.0000000', '13'],
  ])('the quantity %j is %s', (text, quantity) => {
    expect(factsOf(shipment([{ ...tee, shipped: each(text) }])).movements[0]?.lines[0]?.quantity).toBe(
      quantity,
    );
  });

  it.each(['', '.', '-', '1,5', '1e3', 'EA', '0.0000001'])('the quantity %j is refused', (text) => {
    expect(refusalOf(shipment([{ ...tee, shipped: each(text) }]))).toMatchObject({
      outcome: 'quarantined',
      code: 'content_invalid',
    });
  });
});

describe('shipments', () => {
  it('a line of which nothing shipped moves nothing and says so; alone it leaves no facts but the note', () => {
    const { movements, notes } = factsOf(
      shipment([{ ...tee, shipped: each(0), ordered: each(2), status: 'DS' }]),
    );
    expect(movements).toEqual([]);
    expect(notes).toEqual(['shipment SHP-1 line 1: 0 of 2 TEE shipped, 2 short (status DS: out of stock)']);
    expect(factsOf(shipment([{ ...tee, shipped: each(0) }])).notes).toEqual([
      'shipment SHP-1 line 1: nothing of TEE was shipped',
    ]);
    expect(factsOf(shipment([{ ...tee, shipped: each(3), ordered: each(2) }])).notes).toBeUndefined();
  });

  it('says what is short in one sentence, to the event and to the order; a quantity that is none is left to the former', () => {
    const lines = [
      { ...tee, shipped: each(20), ordered: each(24), reason: '01', status: 'CP' },
      { ...tee, line: '2', shipped: each(2), ordered: each(2), status: 'CC' },
      { ...tee, line: '3', shipped: { value: '1', unit: 'EA' }, ordered: { value: '2', unit: 'CA' } },
    ];
    const sentence = '20 of 24 TEE shipped, 4 short (reason 01: out of stock)';
    expect(factsOf(shipment(lines)).notes).toEqual([`shipment SHP-1 line 1: ${sentence}`]);
    expect(shortReasonOf(shipment(lines), profile())).toBe(sentence);
    const unread = { ...tee, line: '4', shipped: each('1,5'), ordered: each(2) };
    expect(shortReasonOf(shipment([...lines, unread]), profile())).toBe(sentence);
  });

  it('less than nothing is no shipment', () => {
    expect(refusalOf(shipment([{ ...tee, shipped: each(-2) }]))).toMatchObject({ code: 'content_invalid' });
  });

  it('one bad line holds the whole document', () => {
    expect(refusalOf(shipment([one, { ids: [], shipped: each(1) }]))).toMatchObject({ code: 'item_unknown' });
  });
});

describe('receipts', () => {
  const parts = (...exceptions: [quantity: number, condition: string][]) => ({
    exceptions: exceptions.map(([quantity, condition]) => ({ quantity: each(quantity), condition })),
  });
  const received = (total: number, ...exceptions: [number, string][]) =>
    receipt([{ ...tee, received: each(total), ...parts(...exceptions) }]);

  it('conditions become states by the profile; what is over is good, what is short is no stock', () => {
    expect(told(received(20, [1, '01'], [2, '04'], [3, '09'], [4, '03'], [5, '02']))).toEqual([
      'receipt TEE 9 each: @supplier → DALLAS sellable',
      'receipt TEE 1 each: @supplier → DALLAS damaged',
      'receipt TEE 5 each: @supplier → DALLAS hold',
    ]);
    expect(factsOf(received(20, [5, '02'])).notes).toEqual([
      'receipt RC-7001 line 1: 5 short, which did not arrive',
    ]);
    expect(factsOf(receipt([{ ...tee, received: each(20), short: each(4) }]))).toMatchObject({
      notes: ['receipt RC-7001 line 1: 4 short, which did not arrive'],
    });
    const own = profile({ meaning: { conditions: { '03': 'hold', '10': 'expired' } } });
    expect(told(received(20, [4, '03'], [1, '10']), own)).toEqual([
      'receipt TEE 15 each: @supplier → DALLAS sellable',
      'receipt TEE 4 each: @supplier → DALLAS hold',
      'receipt TEE 1 each: @supplier → DALLAS expired',
    ]);
  });

  it('a condition without a meaning holds the document', () => {
    expect(refusalOf(received(20, [1, '05']))).toMatchObject({
      code: 'content_invalid',
      reason: expect.stringContaining('"05" is no state here'),
    });
  });

  it('where only parts in question are told, these are all that arrived', () => {
    expect(told(received(0, [3, '09']))).toEqual(['receipt TEE 3 each: @supplier → DALLAS hold']);
  });

  it('more that is not good than was received, or in another unit, is not believed', () => {
    expect(refusalOf(received(5, [6, '01']))).toMatchObject({ code: 'content_invalid' });
    expect(
      refusalOf(
        receipt([{ ...tee, received: each(5), exceptions: [{ quantity: each(1, 'CA'), condition: '01' }] }]),
      ),
    ).toMatchObject({ code: 'content_invalid' });
    expect(refusalOf(received(-5))).toMatchObject({ code: 'content_invalid' });
  });

  it('a total that proves the profile wrong about the damaged part holds the document', () => {
    const told476 = (totalReceived: string, damageIncluded: boolean, line: number) =>
      [{ ...received(line, [6, '01']), totalReceived }, profile({ reading: { damageIncluded } })] as const;
    expect(refusalOf(...told476('482', true, 476)).reason).toContain('set reading.damageIncluded to false');
    expect(refusalOf(...told476('476', false, 482)).reason).toContain('set reading.damageIncluded to true');
    for (const right of [told476('476', true, 476), told476('482', false, 482), told476('500', true, 476)])
      expect(told(...right)).toHaveLength(2);
  });

  it('exceptions alone do not tell what arrived', () => {
    expect(refusalOf({ ...received(2), exceptionsOnly: true })).toMatchObject({
      outcome: 'quarantined',
      code: 'content_invalid',
    });
  });

  it('what customers send back comes from them, into the state that the profile says', () => {
    const back = { ...received(4, [1, '01']), isReturn: true, order: 'IN-1' };
    expect(told(back, profile({ meaning: IN_TRANSIT }))).toEqual([
      'return TEE 3 each: @customer → DALLAS hold',
      'return TEE 1 each: @customer → DALLAS damaged',
    ]);
    expect(told(back, profile({ meaning: { customerReturns: 'sellable' } }))[0]).toBe(
      'return TEE 3 each: @customer → DALLAS sellable',
    );
  });

  it('goods on their way are taken from there only when the receipt names our inbound shipment', () => {
    const own = profile({ meaning: IN_TRANSIT });
    const named = { ...received(4, [1, '01']), order: 'IN-1' };
    expect(told(named, own)).toEqual([
      'receipt TEE 3 each: AT-SEA → DALLAS sellable',
      'receipt TEE 1 each: AT-SEA → DALLAS damaged',
    ]);
    expect(told(received(4), own)).toEqual(['receipt TEE 4 each: @supplier → DALLAS sellable']);
    expect(told(named)[0]).toBe('receipt TEE 3 each: @supplier → DALLAS sellable');
  });
});

describe('despatches', () => {
  it('goods from a supplier are on their way, where the profile keeps that', () => {
    const document = despatch([{ ...tee, shipped: each(12), order: 'PO-2' }], { order: 'PO-1' });
    expect(told(document, profile({ meaning: IN_TRANSIT }))).toEqual([
      'transfer TEE 12 each: @supplier → AT-SEA',
    ]);
    expect(factsOf(document, profile({ meaning: IN_TRANSIT })).movements[0]).toMatchObject({
      document: { type: 'warehouse-despatch', id: 'DES-1', line: '1' },
      reference: 'PO-2',
    });
    expect(refusalOf(document)).toMatchObject({ outcome: 'ignored' });
  });
});

describe('adjustments', () => {
  const meaningOfLine = (line: object, own?: ReturnType<typeof profile>) => {
    const document = adjustment([{ ...tee, reason: 'AA', quantity: each(2), ...line }]);
    return told(document, own).map((text) => text.replace(' TEE', '').replace(' each', ''));
  };
  const OUT = 'DALLAS sellable → @adjustment';
  const IN = '@adjustment → DALLAS sellable';

  it.each([
    ['03', 'adjustment 2: DALLAS sellable → @customer'],
    ['53', 'adjustment 2: @customer → DALLAS sellable'],
    ['04', 'adjustment 2: DALLAS sellable → @supplier'],
    ['54', 'adjustment 2: @supplier → DALLAS sellable'],
    ['06', `adjustment 2: ${OUT}`],
    ['56', `adjustment 2: ${IN}`],
    ['07', `adjustment 2: ${OUT}`],
    ['51', `adjustment 2: ${IN}`],
    ['05', 'status_change 2: DALLAS sellable → DALLAS hold'],
    ['55', 'status_change 2: DALLAS hold → DALLAS sellable'],
    ['52', 'status_change 2: DALLAS damaged → DALLAS sellable'],
    ['AA', `adjustment 2: ${IN}`],
    ['CR', 'return 2: @customer → DALLAS hold'],
  ])('reason %s with 2: %s', (reason, effect) => {
    expect(meaningOfLine({ reason })).toEqual([effect]);
  });

  it.each(['03', '04', '06', '07'])('reason %s with a negative quantity takes it off once', (reason) => {
    expect(meaningOfLine({ reason, quantity: each('-13.000') })).toEqual(
      meaningOfLine({ reason, quantity: each(13) }),
    );
    expect(meaningOfLine({ reason, quantity: each(-13) })[0]).toContain('adjustment 13: DALLAS sellable →');
  });

  const signed = [...ADJUSTMENT_REASONS].flatMap(([code, effect]) =>
    'direction' in effect && effect.direction === 'signed' ? [code] : [],
  );
  it.each(signed)('reason %s has no direction: the sign decides', (reason) => {
    expect(meaningOfLine({ reason })[0]).toMatch(/→ DALLAS (sellable|hold)$/);
    expect(meaningOfLine({ reason, quantity: each(-2) })[0]).toMatch(/ 2: DALLAS (sellable|hold) →/);
  });
  it('every reason of the standard without a direction is among them', () => {
    const codes = 'AA AB AE AF AG AH AI AJ AK AN AP AR AS AT AU AV AW AX AY BR BS CD CO CR CS PC UD AC'.split(
      ' ',
    );
    expect(signed.toSorted()).toEqual(codes.toSorted());
  });

  it.each(['53', '54', '56', '51', '05', '55', '52'])(
    'reason %s with a negative quantity waits for a person, unless the profile says which one counts',
    (reason) => {
      const line = { reason, quantity: each(-2) };
      const document = adjustment([{ ...tee, ...line }]);
      for (const own of [profile(), profile({ meaning: { adjustmentSign: 'both-negative-ok' } })])
        expect(refusalOf(document, own)).toMatchObject({ outcome: 'quarantined', code: 'content_invalid' });
      const forward = meaningOfLine({ reason });
      expect(meaningOfLine(line, profile({ meaning: { adjustmentSign: 'code' } }))).toEqual(forward);
      const [head, from, to] = /^(.*): (.*) → (.*)$/.exec(forward[0] ?? '')?.slice(1) ?? [];
      expect(meaningOfLine(line, profile({ meaning: { adjustmentSign: 'quantity' } }))).toEqual([
        `${head}: ${to} → ${from}`,
      ]);
    },
  );

  it('the transaction type AD takes off, whatever the sign, and contradicts a code that adds', () => {
    expect(meaningOfLine({ transactionType: 'AD' })).toEqual([`adjustment 2: ${OUT}`]);
    expect(meaningOfLine({ transactionType: 'AD', quantity: each(-2) })).toEqual([`adjustment 2: ${OUT}`]);
    expect(meaningOfLine({ reason: '06', transactionType: 'AD' })).toEqual([`adjustment 2: ${OUT}`]);
    const document = adjustment([{ ...tee, reason: '56', transactionType: 'AD', quantity: each(2) }]);
    expect(refusalOf(document)).toMatchObject({ code: 'content_invalid' });
    expect(told(document, profile({ meaning: { adjustmentSign: 'quantity' } }))[0]).toContain(OUT);
  });

  it('the profile’s reasons win over the standard, over named states, and add new ones', () => {
    const own = profile({
      meaning: {
        reasons: {
          '05': { from: 'sellable', to: 'expired' },
          '56': { direction: 'decrease' },
          QX: { direction: 'increase' },
          QY: { direction: 'signed' },
        },
        conditions: { GOOD: 'sellable', BAD: 'damaged' },
      },
    });
    expect(meaningOfLine({ reason: '05', fromState: 'GOOD', toState: 'BAD' }, own)).toEqual([
      'status_change 2: DALLAS sellable → DALLAS expired',
    ]);
    expect(meaningOfLine({ reason: '56' }, own)).toEqual([`adjustment 2: ${OUT}`]);
    expect(meaningOfLine({ reason: 'QX' }, own)).toEqual([`adjustment 2: ${IN}`]);
    expect(meaningOfLine({ reason: 'QY', quantity: each(-2) }, own)).toEqual([`adjustment 2: ${OUT}`]);
  });

  it('states that the document names are a change between them, in the profile’s words', () => {
    const own = profile({ meaning: { conditions: { FGI: 'sellable', BSTK: 'hold', OK: 'sellable' } } });
    const named = { reason: 'AH', fromState: 'FGI', toState: 'BSTK' };
    expect(meaningOfLine(named, own)).toEqual(['status_change 2: DALLAS sellable → DALLAS hold']);
    expect(refusalOf(adjustment([{ ...tee, quantity: each(1), ...named }]))).toMatchObject({
      code: 'content_invalid',
      reason: expect.stringContaining('"FGI" is no state here'),
    });
    expect(meaningOfLine({ ...named, toState: 'OK' }, own)).toEqual([]);
    expect(meaningOfLine({ reason: '07', fromState: 'BSTK' }, own)).toEqual([
      'adjustment 2: DALLAS hold → @adjustment',
    ]);
    expect(meaningOfLine({ transactionType: 'BSTK' }, own)).toEqual([
      'adjustment 2: @adjustment → DALLAS hold',
    ]);
  });

  it('an unknown reason is named and waits; nothing is nothing', () => {
    expect(refusalOf(adjustment([{ ...tee, reason: '99', quantity: each(1) }]))).toMatchObject({
      outcome: 'quarantined',
      code: 'content_invalid',
      reason: expect.stringContaining('"99" has no meaning here'),
    });
    const { movements, notes } = factsOf(adjustment([{ ...tee, reason: '06', quantity: each(0) }]));
    expect(movements).toEqual([]);
    expect(notes).toEqual(['adjustment ADJ-31 line 1 (reason 06) changes nothing']);
  });
});

describe('stock reports', () => {
  const said = (...quantities: [code: string, quantity: number][]) => ({
    ...tee,
    quantities: quantities.map(([code, quantity]) => ({ code, quantity: each(quantity) })),
  });
  const states = (...quantities: [string, number][]) =>
    factsOf(stock([said(...quantities)])).reports?.[0]?.lines.map(({ state, quantity }) => [state, quantity]);
  const refused = (...lines: Parameters<typeof stock>[0]) => refusalOf(stock(lines));

  it('on hand and available are two views of one stock and never added up', () => {
    expect(states(['33', 438], ['17', 454], ['QH', 16])).toEqual([
      ['sellable', '438'],
      ['hold', '16'],
    ]);
    expect(states(['17', 454])).toEqual([['sellable', '454']]);
    expect(states(['17', 454], ['145', 454])).toEqual([['sellable', '454']]);
    expect(refused(said(['17', 454], ['145', 450]))).toMatchObject({ code: 'content_invalid' });
    expect(refused(said(['74', 1], ['124', 2]))).toMatchObject({ code: 'content_invalid' });
  });

  it('a total followed by its parts is the total; parts alone are added up', () => {
    expect(states(['145', 300], ['145', 150], ['145', 100], ['145', 50])).toEqual([['sellable', '300']]);
    expect(states(['145', 150], ['145', 100], ['145', 51])).toEqual([['sellable', '301']]);
    expect(states(['145', 0], ['145', 0])).toEqual([['sellable', '0']]);
    expect(refused(said(['145', 150], ['145', 150]))).toMatchObject({
      code: 'content_invalid',
      reason: expect.stringContaining('cannot be told apart'),
    });
  });

  it('lots and their total are not added up; what cannot be told apart waits', () => {
    const lot = (code: string, quantity: number) => ({ ...said(['33', quantity]), lot: { code } });
    const lines = (...given: Parameters<typeof stock>[0]) =>
      factsOf(stock(given)).reports?.[0]?.lines.map((line) => [line.lot, line.quantity]);
    expect(lines(said(['33', 30]), lot('A', 10), lot('B', 20))).toEqual([
      ['A', '10'],
      ['B', '20'],
    ]);
    expect(lines(said(['33', 3]), said(['33', 4]))).toEqual([
      [undefined, '3'],
      [undefined, '4'],
    ]);
    expect(refused(said(['33', 31]), lot('A', 10), lot('B', 20))).toMatchObject({ code: 'content_invalid' });
  });

  it('one report per location, each line where it says', () => {
    const own = profile({
      meaning: { warehouses: { DAL: { location: 'A', inTransit: 'SEA' }, RNO: { location: 'B' } } },
    });
    const { reports } = factsOf(stock([{ ...said(['33', 1]), warehouse: 'RNO' }, said(['33', 2])]), own);
    expect(reports?.map((report) => [report.code, report.inTransit, report.lines[0]?.quantity])).toEqual([
      ['B', undefined, '1'],
      ['A', 'SEA', '2'],
    ]);
    expect(refusalOf(stock([{ ...said(['33', 1]), warehouse: 'LAX' }]), own)).toMatchObject({
      code: 'location_unknown',
    });
  });

  it('the instant belongs to the key, a replacement has one of its own, and a report cannot be taken back', () => {
    const key = (given: object) =>
      JSON.stringify(factsOf(stock([said(['33', 1])], given)).reports?.[0]?.document);
    expect(key({ source: 'INVRPT' })).toBe(key({}));
    expect(key({ occurredAt: '2026-11-23T18:00:00.000000Z' })).not.toBe(key({}));
    expect(key({ purpose: 'replace' })).not.toBe(key({}));
    expect(refusalOf(stock([said(['33', 1])], { purpose: 'cancel' }))).toMatchObject({
      outcome: 'quarantined',
      code: 'content_invalid',
    });
  });

  it('an unknown item holds the whole report', () => {
    expect(refused(said(['33', 1]), { ids: [], quantities: [] })).toMatchObject({ code: 'item_unknown' });
  });
});
