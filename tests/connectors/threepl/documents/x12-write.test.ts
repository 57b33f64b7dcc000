import { describe, expect, it } from 'vitest';
import type {
  InboundNotice,
  OutboundDocument,
  ShippingOrder,
  StockStatement,
} from '../../../../src/connectors/threepl/documents/document.ts';
import { writeX12Document } from '../../../../src/connectors/threepl/documents/x12-write.ts';
import { documentsOf, findingsAgainst } from '../../../../src/connectors/threepl/edi/file.ts';
import { readX12 } from '../../../../src/connectors/threepl/edi/x12-read.ts';
import { validateX12 } from '../../../../src/connectors/threepl/edi/x12-validate.ts';
import { writeX12 } from '../../../../src/connectors/threepl/edi/x12-write.ts';
import { StockbridgeError } from '../../../../src/core/errors.ts';
import { instantFrom } from '../../../../src/core/vocabulary/instant.ts';
import { documentOf, readSet } from './x12-setup.ts';

const OPTIONS = {
  version: '004010',
  itemQualifier: 'VN',
  timeZone: 'America/Chicago',
  warehouseName: 'North hall',
  depositorName: 'Cup & Co',
} as const;

const ORDER: ShippingOrder = {
  kind: 'shipping_order',
  number: 'SO-77',
  purpose: 'original',
  orderedAt: instantFrom('2026-11-21T03:00:00Z'),
  shipBy: instantFrom('2026-11-24T12:00:00Z'),
  warehouse: 'N01',
  purchaseOrder: 'PO-5',
  shipTo: {
    name: 'Ada Lovelace',
    company: 'Engines Ltd',
    street: ['1 Main St', 'Floor 2'],
    city: 'Austin',
    region: 'TX',
    postalCode: '78701',
    country: 'US',
    phone: '+1 512 555 0100',
    email: 'ada@example.com',
  },
  carrier: 'FDEG',
  service: 'Ground',
  lines: [
    {
      line: '10',
      ids: [
        { qualifier: 'sku', value: 'CUP-RED' },
        { qualifier: 'UP', value: '036000291452' },
      ],
      quantity: { value: '24', unit: 'EA' },
      lot: { code: 'L2610A', expiresOn: '2027-06-30' },
      description: 'Red cup, large',
    },
    {
      line: '11',
      ids: [{ qualifier: 'VN', value: 'CUP-BLUE' }],
      quantity: { value: '0.5', unit: 'CA' },
      lot: { code: 'LOT-OF-MORE-THAN-12' },
    },
  ],
};

const NOTICE: InboundNotice = {
  kind: 'inbound_notice',
  number: 'IN-88',
  shippedAt: instantFrom('2026-11-21T18:00:00Z'),
  expectedAt: instantFrom('2026-11-25T18:00:00Z'),
  warehouse: 'N01',
  supplier: 'Maker',
  lines: [
    {
      line: '1',
      ids: [{ qualifier: 'sku', value: 'CUP-RED' }],
      quantity: { value: '480', unit: 'EA' },
      lot: { code: 'L2610A', expiresOn: '2027-06-30' },
      description: 'Red cup',
    },
    { line: '2', ids: [{ qualifier: 'sku', value: 'CUP-BLUE' }], quantity: { value: '96', unit: 'EA' } },
  ],
};

const STATEMENT: StockStatement = {
  kind: 'stock_statement',
  number: 'ST-3',
  asOf: instantFrom('2026-11-28T05:00:30Z'),
  warehouse: 'N01',
  lines: [
    {
      ids: [
        { qualifier: 'sku', value: 'CUP-RED' },
        { qualifier: 'UP', value: '036000291452' },
      ],
      onHand: { value: '440', unit: 'EA' },
      available: { value: '400', unit: 'EA' },
    },
  ],
};

const written = (document: OutboundDocument, options: Partial<Parameters<typeof writeX12Document>[1]> = {}) =>
  writeX12Document(document, { ...OPTIONS, ...options }).segments.map((segment) => segment.join('*'));

describe('a shipping order as 940', () => {
  it('says whom to send what, by when and how', () => {
    expect(writeX12Document(ORDER, OPTIONS)).toMatchObject({ type: '940', functional: 'OW' });
    expect(written(ORDER)).toEqual([
      'W05*N*SO-77*PO-5',
      'N1*ST*Engines Ltd',
      'N2*Ada Lovelace',
      'N3*1 Main St*Floor 2',
      'N4*Austin*TX*78701*US',
      'PER*CN*Ada Lovelace*TE*+1 512 555 0100*EM*ada@example.com',
      'N1*WH*North hall*92*N01',
      'N1*DE*Cup & Co',
      'G62*04*20261120',
      'G62*10*20261124',
      'W66*PP*M***Ground*****FDEG',
      'LX*1',
      'W01*24*EA**VN*CUP-RED*UP*036000291452******L2610A',
      'G69*Red cup, large',
      'N9*LI*10',
      'G62*36*20270630',
      'LX*2',
      'W01*0.5*CA**VN*CUP-BLUE',
      'N9*LI*11',
      'N9*LT*LOT-OF-MORE-THAN-12',
      'W76*24.5',
    ]);
  });

  it('names its purpose: new, cancelled, replaced', () => {
    const status = (purpose: ShippingOrder['purpose']) => written({ ...ORDER, purpose })[0];
    expect(status('original')).toBe('W05*N*SO-77*PO-5');
    expect(status('cancel')).toBe('W05*F*SO-77*PO-5');
    expect(status('replace')).toBe('W05*R*SO-77*PO-5');
  });

  it('never cuts an address: it is divided, and refused when it does not fit', () => {
    const to = (changes: Partial<ShippingOrder['shipTo']>) => ({
      ...ORDER,
      shipTo: { ...ORDER.shipTo, ...changes },
    });
    const long = Array.from({ length: 16 }, (_, index) => `Street${index}`).join(' ');
    const lines = written(to({ street: [long] })).filter((segment) => segment.startsWith('N3'));
    expect(
      lines
        .join('*')
        .split('*')
        .filter((part) => part !== 'N3')
        .join(' '),
    ).toBe(long);
    expect(
      lines
        .join('*')
        .split('*')
        .every((part) => part.length <= 55),
    ).toBe(true);
    expect(written(to({ region: 'Bavaria' }))).toContain('N4*Austin**78701*US*SP*Bavaria');
    const unfit = [
      to({ street: ['x '.repeat(150)] }),
      to({ city: 'x'.repeat(31) }),
      to({ company: 'x'.repeat(130) }),
    ];
    for (const order of unfit) {
      expect(() => written(order)).toThrow(StockbridgeError);
      expect(() => written(order)).toThrow(/no room for the ship-to/);
    }
  });

  it('writes a carrier that is no code in words', () => {
    expect(written({ ...ORDER, carrier: 'Parcel Post' })).toContain('W66*PP*M***Parcel Post Ground');
  });

  it('refuses a line that names no item, and a lot that has no place', () => {
    const line = (changes: object) =>
      ({ ...ORDER, lines: [{ ...NOTICE.lines[1], ...changes }] }) as ShippingOrder;
    expect(() => written(line({ ids: [] }))).toThrow(/names its item by no id/);
    expect(() => written(line({ lot: { code: 'x'.repeat(31) } }))).toThrow(/longer than 30/);
    expect(written(line({ ids: [{ qualifier: 'barcode', value: '123' }] }))).toContain('W01*96*EA**VN*123');
  });
});

describe('an inbound notice as 943', () => {
  it('says what to expect', () => {
    expect(writeX12Document(NOTICE, OPTIONS)).toMatchObject({ type: '943', functional: 'AR' });
    expect(written(NOTICE)).toEqual([
      'W06*N*IN-88*20261121*IN-88',
      'N1*SF*Maker',
      'N1*WH*North hall*92*N01',
      'N1*DE*Cup & Co',
      'G62*17*20261125',
      'W27*M**NOT SPECIFIED',
      'W04*480*EA**VN*CUP-RED',
      'G69*Red cup',
      'N9*LI*1',
      'N9*LT*L2610A**20270630',
      'W04*96*EA**VN*CUP-BLUE',
      'N9*LI*2',
      'W03*576',
    ]);
  });
});

describe('a stock statement as 846', () => {
  it('has what is available and what is on hand as of one instant, on the partner’s clock', () => {
    expect(writeX12Document(STATEMENT, OPTIONS)).toMatchObject({ type: '846', functional: 'IB' });
    expect(written(STATEMENT)).toEqual([
      'BIA*00*SI*ST-3*20261127*230030',
      'DTM*007*20261127*230030',
      'N1*WH*North hall*92*N01',
      'LIN*1*VN*CUP-RED*UP*036000291452',
      'QTY*33*400*EA',
      'QTY*17*440*EA',
      'CTT*1',
    ]);
  });

  it('read back says the same', () => {
    const back = documentOf(readSet('846', written(STATEMENT)), 'stock');
    expect(back).toMatchObject({
      number: 'ST-3',
      occurredAt: STATEMENT.asOf,
      warehouse: 'N01',
      extent: 'full',
    });
    expect(back.lines).toEqual([
      {
        line: '1',
        ids: [
          { qualifier: 'VN', value: 'CUP-RED' },
          { qualifier: 'UP', value: '036000291452' },
        ],
        quantities: [
          { code: '33', quantity: { value: '400', unit: 'EA' } },
          { code: '17', quantity: { value: '440', unit: 'EA' } },
        ],
      },
    ]);
  });
});

describe('what is written, put into an envelope', () => {
  it.each([
    ['940', ORDER],
    ['943', NOTICE],
    ['846', STATEMENT],
  ] as const)('is a %s that the reader and the dictionary have nothing against', (type, document) => {
    for (const version of ['004010', '005010'] as const) {
      const draft = writeX12Document(document, { ...OPTIONS, version });
      const bytes = writeX12({
        envelope: {
          us: { qualifier: 'ZZ', id: 'HUB' },
          them: { qualifier: 'ZZ', id: 'NORTH' },
          groupUs: 'HUB',
          groupThem: 'NORTH',
          version,
          delimiters: { element: '*', component: '>', segment: '~', repetition: '^' },
          newlines: true,
          test: false,
          controls: { interchange: '7', group: '7', document: () => '0001' },
          writtenAt: new Date('2026-11-21T09:00:00Z'),
          acknowledgementRequested: false,
        },
        groups: [
          { functional: draft.functional, documents: [{ type: draft.type, segments: draft.segments }] },
        ],
      });
      const file = readX12(bytes);
      const [read] = documentsOf(file);
      if (!read) throw new Error('nothing was read back');
      expect(read).toMatchObject({ type, version });
      expect([...findingsAgainst(file, read), ...validateX12(read)]).toEqual([]);
      const inside = read.segments
        .slice(1, -1)
        .map((segment) =>
          [segment.tag, ...Array.from({ length: segment.count }, (_, at) => segment.raw(at + 1))].join('*'),
        );
      expect(inside).toEqual(draft.segments.map((segment) => segment.join('*')));
    }
  });
});
