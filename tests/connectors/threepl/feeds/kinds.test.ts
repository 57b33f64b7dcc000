// What each kind of feed becomes: receipts with conditions, changes told as before and after, stock reports, and answers.
import { describe, expect, test } from 'vitest';
import { feedSchema } from '../../../../src/connectors/threepl/profile/feed-settings.ts';
import { codesOf, feedOf, RECEIVED, read, usable } from './setup.ts';

describe('receipts', () => {
  const feed = feedOf({
    name: 'receipts',
    files: '*',
    kind: 'receipt',
    csv: {},
    fields: {
      number: 'GR',
      order: 'ASN',
      item: 'SKU',
      quantity: 'QTY',
      condition: 'COND',
      date: 'DATE',
      time: 'TIME',
      code: { from: 'TYPE', transforms: [{ map: { RMA: 'return', PO: 'receipt' } }] },
    },
  });
  const header = 'GR,ASN,SKU,QTY,COND,DATE,TIME,TYPE\n';
  const text = `${header}G1,ASN1,A,470,,2026-11-20,0930,PO\nG1,ASN1,A,6,DMG,2026-11-20,0930,PO\n`;

  test('a record with a condition is in that condition as a whole', () => {
    expect(usable(read(text, feed))).toMatchObject([
      {
        isReturn: false,
        occurredAt: '2026-11-20T15:30:00.000000Z',
        lines: [
          { line: '1', received: { value: '470' }, exceptions: [] },
          {
            line: '2',
            received: { value: '6' },
            exceptions: [{ condition: 'DMG', quantity: { value: '6' } }],
          },
        ],
      },
    ]);
    expect(usable(read(text, feed, false))).toMatchObject([
      {
        lines: [
          { received: { value: '470' } },
          { received: { value: '0' }, exceptions: [{ quantity: { value: '6' } }] },
        ],
      },
    ]);
  });

  test('a return is one only where every line says so', () => {
    expect(usable(read(text.replaceAll('PO', 'RMA'), feed))).toMatchObject([{ isReturn: true }]);
    expect(codesOf(read(text.replace('PO', 'RMA'), feed))).toEqual(['G1 document_inconsistent']);
    expect(codesOf(read(text.replace('PO', 'XX'), feed))).toEqual(['G1 value_not_mapped']);
  });
});

describe('changes', () => {
  const feed = feedOf({
    name: 'changes',
    files: '*',
    kind: 'adjustment',
    csv: {},
    fields: {
      number: 'TXN',
      item: 'SKU',
      before: 'OLD',
      after: 'NEW',
      reason: 'WHY',
      fromState: 'OLDTYPE',
      toState: 'NEWTYPE',
      quantity: 'QTY',
      date: 'DATE',
    },
  });
  const header = 'TXN,SKU,OLD,NEW,WHY,OLDTYPE,NEWTYPE,QTY,DATE\n';

  test('before and after are the difference, exactly', () => {
    expect(usable(read(`${header}1,A,10.25,8,CC,N,N,-2.25,20261120\n`, feed))).toMatchObject([
      { kind: 'adjustment', lines: [{ quantity: { value: '-2.25' }, reason: 'CC' }] },
    ]);
    const [document] = usable(read(`${header}1,A,10,8,CC,N,N,-2,20261120\n`, feed));
    expect(document).not.toHaveProperty('lines.0.fromState');
  });

  test('a difference that is no quantity this hub can hold is for a person', () => {
    const levels = '-999999999999999,999999999999999';
    const { quantity: _quantity, ...fields } = feed.fields;
    expect(codesOf(read(`${header}1,A,${levels},CC,N,N,,20261120\n`, { ...feed, fields }))).toEqual([
      '1 quantity_not_numeric',
    ]);
  });

  test('both states that differ are a change of state', () => {
    expect(usable(read(`${header}1,A,0,5,,N,HOLD,+5,20261120\n`, feed))).toMatchObject([
      { lines: [{ quantity: { value: '5' }, fromState: 'N', toState: 'HOLD' }] },
    ]);
  });

  test('a quantity that is not the difference, or no reason, is for a person', () => {
    expect(codesOf(read(`${header}1,A,10,8,CC,N,N,2,20261120\n`, feed))).toEqual(['1 delta_mismatch']);
    expect(codesOf(read(`${header}1,A,10,8,,N,N,-2,20261120\n`, feed))).toEqual(['1 field_empty']);
  });
});

describe('stock reports', () => {
  const fields = {
    item: 'SKU',
    warehouse: 'WH',
    occurredAt: { from: 'ASOF', transforms: [{ date: 'yyyy-MM-dd HH:mm' }] },
  };
  const feed = feedOf({
    name: 'stock',
    files: '*',
    kind: 'stock',
    csv: {},
    fields,
    quantities: { onHand: 'GOOD', DMG: 'BAD' },
  });
  const header = 'SKU,WH,ASOF,GOOD,BAD\n';

  test('are one document with every quantity under its own code, and a name of their own', () => {
    const text = `${header}A,W1,2026-11-20 23:00,5,1\nB,W2,2026-11-20 23:00,-1,0\n`;
    expect(usable(read(text, feed))).toEqual([
      {
        kind: 'stock',
        source: 'stock',
        number: 'file.csv@2026-11-21T05:00:00.000000Z',
        purpose: 'original',
        occurredAt: '2026-11-21T05:00:00.000000Z',
        warehouse: '',
        order: '',
        references: {},
        extent: 'full',
        lines: [
          {
            line: '1',
            ids: [{ qualifier: 'sku', value: 'A' }],
            warehouse: 'W1',
            quantities: [
              { code: 'onHand', quantity: { value: '5', unit: '' } },
              { code: 'DMG', quantity: { value: '1', unit: '' } },
            ],
          },
          expect.objectContaining({ warehouse: 'W2' }),
        ],
      },
    ]);
  });

  test('two instants in one report contradict each other', () => {
    const file = read(`${header}A,W1,2026-11-20 23:00,5,1\nB,W1,2026-11-20 23:01,1,0\n`, feed);
    expect(codesOf(file)).toEqual([' document_inconsistent']);
  });

  test('a report without a time is as of its receipt', () => {
    const plain = feedOf({
      name: 'stock',
      files: '*',
      kind: 'stock',
      csv: {},
      fields: { item: 'SKU', quantity: 'N', code: 'C' },
    });
    expect(usable(read('SKU,N,C\nA,1,33\n', plain))).toMatchObject([
      { occurredAt: RECEIVED, lines: [{ quantities: [{ code: '33' }] }] },
    ]);
  });
});

test('an answer is the worst of what its lines say', () => {
  const feed = feedOf({
    name: 'answers',
    files: '*',
    kind: 'acknowledgement',
    csv: {},
    fields: {
      number: 'ORDER',
      code: { from: 'ST', transforms: [{ map: { OK: 'accepted', ERR: 'rejected' } }] },
      reason: 'TEXT',
    },
  });
  expect(usable(read('ORDER,ST,TEXT\nSO-1,OK,\nSO-2,OK,\nSO-2,ERR,unknown item\n', feed))).toEqual([
    { kind: 'acknowledgement', source: 'answers', document: 'SO-1', verdict: 'accepted', errors: [] },
    {
      kind: 'acknowledgement',
      source: 'answers',
      document: 'SO-2',
      verdict: 'rejected',
      errors: ['unknown item'],
    },
  ]);
  expect(codesOf(read('ORDER,ST,TEXT\nSO-1,MAYBE,\n', feed))).toEqual(['SO-1 value_not_mapped']);
});

describe('settings of a feed', () => {
  const base = {
    name: 'x',
    files: '*',
    kind: 'shipment',
    csv: {},
    fields: { number: 'N', item: 'I', quantity: 'Q' },
  };
  test.each([
    [
      'a field that the kind needs',
      { fields: { number: 'N', item: 'I' } },
      'fields.quantity',
      /needs quantity/,
    ],
    ['a direction that the kind does not have', { direction: 'out' }, 'direction', /must be in/],
    ['both csv and xml', { xml: { root: 'R', line: 'L' } }, 'xml', /must not stand beside csv/],
    ['a name where there are none', { csv: { header: false } }, 'fields.number', /column number/],
    ['time without date', { fields: { ...base.fields, time: 'T' } }, 'fields.time', /needs date/],
    ['expiry without lot', { fields: { ...base.fields, expiry: 'E' } }, 'fields.expiry', /needs lot/],
    [
      'a header’s field without headers',
      { fields: { ...base.fields, order: '/O' } },
      'fields.order',
      /recordType/,
    ],
    [
      'two sources',
      { fields: { ...base.fields, order: { from: 'A', const: 'B' } } },
      'fields.order',
      /one of/,
    ],
    ['quantities of a shipment', { quantities: { a: 'B' } }, 'quantities', /stock/],
  ])('%s is a mistake with its place', (_, changes, path, message) => {
    const { error } = feedSchema.safeParse({ ...base, ...changes });
    const issue = error?.issues.find((each) => each.path.join('.') === path);
    expect(issue?.message).toMatch(message);
    expect(feedSchema.safeParse(base).success).toBe(true);
  });

  test.each([['MM-dd'], ['yyyy-MM-dd hh:mm'], ['yyyy-mm-dd'], ['yyyy-MM-dd T'], ['yyyy-MM-MM-dd']])(
    'the date pattern %s is a mistake',
    (pattern) => {
      const fields = { ...base.fields, date: { from: 'D', transforms: [{ date: pattern }] } };
      expect(feedSchema.safeParse({ ...base, fields }).success).toBe(false);
    },
  );
});
