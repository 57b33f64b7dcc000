// Files that hold what no store can keep, or names without end: each is taken in, refused, shown, and answered where it can be.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { interchange, openWarehouse, PROFILE, SHIPMENT, type Warehouse } from './warehouse.ts';
import { EDIFACT, edifact, RECADV } from './warehouse-edifact.ts';

const NUL = '\0';
const LONG = 'X'.repeat(6000);

/** In the place of `text` the same with `by` behind it. */
const filledUp =
  (text: string, by = NUL.repeat(3)) =>
  (file: string): string => {
    expect(file).toContain(text);
    return file.replace(text, text + by);
  };

const X12: readonly [string, (file: string) => string, RegExp][] = [
  [
    'the number of the shipment (W06-04)',
    filledUp('*SHP-N'),
    /AK3\*W06\*2\*\*8~AK4\*4\*\d*\*6~.*AK5\*R\*5~/s,
  ],
  ['the order (W06-02)', filledUp('*FO-1'), /AK4\*2\*\d*\*6~.*AK5\*R\*5~/s],
  ['a tracking number', filledUp('*1Z999'), /AK3\*MAN\*\d+\*\*8~AK4\*2\*\d*\*6~/],
  ['an item', filledUp('*TEE-RED-M'), /AK3\*W12\*\d+\*\*8~AK4\*8\*\d*\*6~/],
  ['a lot', filledUp('*L1'), /AK3\*W12\*\d+\*\*8~AK4\*9\*\d*\*6~/],
  ['a tag', filledUp('~\nMAN'), /AK5\*R/],
  [
    'the sender (ISA06)',
    (file) => file.replace('NORTHWIND      ', `NORTHWIND${NUL.repeat(6)}`),
    /TA1\*\d+\*\d+\*\d+\*R\*006~/,
  ],
  [
    'the receiver (ISA08)',
    (file) => file.replace('HUB            ', `HUB${NUL.repeat(12)}`),
    /TA1\*\d+\*\d+\*\d+\*R\*008~/,
  ],
  [
    'the number of the interchange (ISA13)',
    (file) => file.replace(/00000(\d+)\*0\*P/, `${NUL.repeat(5)}$1*0*P`),
    /TA1\*.*\*R\*/,
  ],
  ['the number of the group (GS06)', (file) => file.replace(/\*0915\*(\d+)\*X/, `*0915*$1${NUL}*X`), /^ISA/],
  ['the number of the document (ST02)', filledUp('ST*945*0001'), /AK5\*R/],
  ['the type of the document (ST01)', filledUp('ST*945'), /^ISA/],
  ['the number of the shipment, without end', filledUp('*SHP-N', LONG), /AK5\*R/],
  ['the order, without end', filledUp('*FO-1', LONG), /AK5\*R/],
];

describe('X12', () => {
  let rig: Warehouse;
  beforeAll(async () => {
    rig = await openWarehouse(PROFILE);
  });
  afterAll(async () => {
    await rig.expectSound();
    await rig.close();
  });

  it.each(X12)(
    'NUL or too much in %s: the file is kept and refused, and moves nothing',
    async (name, damage, told) => {
      const segments = SHIPMENT.map((each) => each.replace('SHP-1', 'SHP-N'));
      const before = (await rig.outgoing()).length;
      const answer = await rig.receive(`${name}.txt`, damage(interchange('SW', '945', segments)));
      expect(answer).toMatchObject({ outcome: 'stored' });
      await rig.settle();
      expect(await rig.ledgerPrint()).toBe('');
      expect((await rig.events()).at(-1)).toMatchObject({ status: 'quarantined', code: 'content_invalid' });
      const answers = (await rig.outgoing()).slice(before);
      if (answers.length > 0) expect(answers[0]?.text).toMatch(told);
      else expect(told).toEqual(/^ISA/);
    },
  );

  it('NUL in a TA1 acknowledges nothing', async () => {
    const text = interchange('FA', '997', ['AK1*OW*5', 'AK9*R*1*1*0'])
      .replace(/GS\*.*GE\*[^~]*~\n/s, `TA1*00000000${NUL}*261121*0915*R*025~\n`)
      .replace('IEA*1', 'IEA*0');
    expect(await rig.receive('ta1.txt', text)).toMatchObject({ reading: { documents: [{ usable: false }] } });
  });

  it('NUL in a 997 acknowledges nothing', async () => {
    const text = interchange('FA', '997', [`AK1*OW*5${NUL}`, 'AK9*R*1*1*0']);
    expect(await rig.receive('997.txt', text)).toMatchObject({ reading: { documents: [{ usable: false }] } });
  });

  it('without such things the same shipment is taken', async () => {
    expect(await rig.receive('right.txt', interchange('SW', '945', SHIPMENT))).toMatchObject({
      reading: { documents: [{ usable: true }] },
    });
  });
});

describe('EDIFACT', () => {
  let rig: Warehouse;
  beforeAll(async () => {
    rig = await openWarehouse(EDIFACT);
  });
  afterAll(() => rig.close());

  it.each<[string, (file: string) => string]>([
    ['the number of the receipt (BGM)', filledUp('+REC-1')],
    ['an item', filledUp('MUG-01')],
    ['the sender (UNB)', filledUp('NORTHWIND')],
    ['the reference of the interchange (UNB)', filledUp('+4711')],
    ['the reference of the message (UNH)', filledUp('UNH+1')],
    ['the type of the message', filledUp('RECADV')],
    ['the number of the receipt, without end', filledUp('+REC-1', LONG)],
    ['the sender, without end', filledUp('NORTHWIND', LONG)],
  ])('NUL or too much in %s: the file is kept and refused, and moves nothing', async (name, damage) => {
    const text = damage(edifact('RECADV:D:96A:UN', RECADV('REC-1'), { control: '4711' }));
    expect(await rig.receive(`${name}.edi`, text)).toMatchObject({ outcome: 'stored' });
    await rig.settle();
    expect(await rig.ledgerPrint()).toBe('');
    expect((await rig.events()).at(-1)).toMatchObject({ status: 'quarantined', code: 'content_invalid' });
  });
});

describe('EDIFACT references', () => {
  it('without end are kept as far as they can be', async () => {
    const rig = await openWarehouse(EDIFACT);
    try {
      const text = edifact('RECADV:D:96A:UN', RECADV('REC-1'), { control: `4711${LONG}` });
      const renamed = text.replace('UNH+1+', `UNH+1${LONG}+`).replace("+1'\nUNZ", `+1${LONG}'\nUNZ`);
      expect(await rig.receive('long.edi', renamed)).toMatchObject({ reading: { complete: true } });
      await rig.settle();
      await rig.expectSound();
    } finally {
      await rig.close();
    }
  });
});

const FEEDS = {
  ...PROFILE,
  format: 'csv',
  x12: undefined,
  feeds: [
    {
      ...{ name: 'receipts', direction: 'in', kind: 'receipt', files: '*.csv' },
      csv: { delimiter: ',', header: true },
      fields: {
        ...{ number: 'NUMBER', date: 'DATE', order: 'ORDER', item: 'SKU', quantity: 'QTY', lot: 'LOT' },
        reference: 'REF',
      },
    },
    {
      ...{ name: 'xml-receipts', direction: 'in', kind: 'receipt', files: '*.xml' },
      xml: { root: 'R', line: 'L' },
      fields: { number: '/@n', date: '/@d', item: 'i', quantity: 'q' },
    },
  ],
};

describe('CSV and XML', () => {
  let rig: Warehouse;
  beforeAll(async () => {
    rig = await openWarehouse(FEEDS);
  });
  afterAll(() => rig.close());

  const csv = 'NUMBER,DATE,ORDER,SKU,QTY,LOT,REF\nRC-1,2026-11-20,IN-1,MUG-01,5,LT-1,BOL-1\n';
  it.each(['RC-1', '2026-11-20', 'IN-1', 'MUG-01', ',5', 'LT-1', 'BOL-1', 'SKU'])(
    'NUL in the CSV field %s: the file is kept and refused, and moves nothing',
    async (field) => {
      expect(await rig.receive(`${field}.csv`, filledUp(field)(csv))).toMatchObject({ outcome: 'stored' });
      await rig.settle();
      expect(await rig.ledgerPrint()).toBe('');
      expect((await rig.events()).at(-1)).toMatchObject({ status: 'quarantined', code: 'content_invalid' });
    },
  );

  const xml = '<R n="RC-2" d="2026-11-20"><L><i>MUG-01</i><q>5</q></L></R>';
  it.each(['RC-2', 'MUG-01', '<q>5', '</R>'])(
    'NUL in the XML behind %s: the file is kept and refused, and moves nothing',
    async (field) => {
      expect(await rig.receive('nul.xml', filledUp(field)(xml))).toMatchObject({ outcome: 'stored' });
      await rig.settle();
      expect(await rig.ledgerPrint()).toBe('');
      expect((await rig.events()).at(-1)).toMatchObject({ status: 'quarantined', code: 'content_invalid' });
    },
  );

  it('without it both are taken', async () => {
    for (const [name, text] of [
      ['right.csv', csv],
      ['right.xml', xml],
    ] as const)
      expect(await rig.receive(name, text)).toMatchObject({ reading: { documents: [{ usable: true }] } });
  });
});
