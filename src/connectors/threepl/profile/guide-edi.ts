// Which segments and elements of X12 and EDIFACT are read and written: the tables of the implementation guide. They say
// what the readers and writers do; a test holds the written ones to the writers.

/** `M` must be there, `O` may be. */
export interface GuideRow {
  readonly place: string;
  readonly need: 'M' | 'O';
  readonly meaning: string;
}

export interface GuideDocument {
  readonly name: string;
  readonly says: string;
  readonly rows: readonly GuideRow[];
}

const m = (place: string, meaning: string): GuideRow => ({ place, need: 'M', meaning });
const o = (place: string, meaning: string): GuideRow => ({ place, need: 'O', meaning });

const X12_ITEM = (first: number, second: number) =>
  m(`${first}/${first + 1}, ${second}/${second + 1}`, 'Pairs of qualifier and item id; at least one');

export const X12_READ: readonly GuideDocument[] = [
  {
    name: '945 Warehouse Shipping Advice (GS01 SW)',
    says: 'Goods have left for the customer.',
    rows: [
      m('W06-02', 'Our order number, exactly as in the 940'),
      m(
        'W06-04, N9*SI or N9*BM',
        'Your number of the shipment; with the line it makes a line count once only',
      ),
      m('G62*11 or W06-03', 'When it left'),
      o('N1*WH-04', 'Your code of the warehouse; needed where you have several'),
      o('W27-02', 'Carrier (SCAC)'),
      m('W12-01', 'Status of the line, codes below'),
      o('W12-02', 'Ordered'),
      m('W12-03', 'Shipped: this moves the stock'),
      m('W12-05', 'Unit'),
      { ...X12_ITEM(7, 17), place: 'W12-07/08, W12-17/18, W12-21/22' },
      o('W12-09 or N9*LT', 'Lot'),
      o('W12-19', 'Why the line was changed, codes below'),
      o('N9*LI', 'Line number of our order'),
      o('MAN, N9*CN', 'Package and tracking numbers'),
      o('W03-01', 'Total shipped, compared with the lines'),
    ],
  },
  {
    name: '944 Warehouse Stock Transfer Receipt Advice (GS01 RE)',
    says: 'Goods have arrived.',
    rows: [
      m('W17-01', 'F full, N no exceptions, X exceptions only, C return of a customer'),
      m('W17-02', 'When they arrived'),
      m('W17-03', 'Your number of the receipt'),
      o('W17-04', 'Our number, exactly as in the 943'),
      o('N1*WH-04', 'Your code of the warehouse; needed where you have several'),
      m('W07-01', 'Received'),
      m('W07-02', 'Unit'),
      m('W07-04/05, W07-06/07, W07-10/11', 'Pairs of qualifier and item id; at least one'),
      o('W07-08 or N9*LT', 'Lot'),
      o('G62*36 or N9-04', 'Expiry date of the lot'),
      o('W13-01, 02, 03', 'Part that is not as it should be: quantity, unit and condition, codes below'),
      o('W13-05', 'Why it is damaged'),
      o('W14-01, 03', 'Total received and total damaged, compared with the lines'),
    ],
  },
  {
    name: '947 Warehouse Inventory Adjustment Advice (GS01 AW)',
    says: 'Stock changed, or changed its state.',
    rows: [
      m('W15-01', 'When'),
      m('W15-02', 'Your number of the adjustment'),
      o('N1*WH-04', 'Your code of the warehouse; needed where you have several'),
      m('W19-01', 'Reason, codes below'),
      m('W19-02', 'Quantity; its sign counts where the reason says no direction'),
      m('W19-03', 'Unit'),
      m('W19-05/06, W19-07/08, W19-17/18', 'Pairs of qualifier and item id; at least one'),
      o('W19-09 or N9*LT', 'Lot'),
      o('W19-16', 'AD takes off, whatever the sign'),
    ],
  },
  {
    name: '846 Inventory Inquiry/Advice (GS01 IB)',
    says: 'What you hold at one instant. It is compared with our books and moves nothing.',
    rows: [
      m('BIA-01', '00 the whole warehouse; 25 only what changed'),
      m('BIA-03', 'Your number of the report'),
      m('DTM*007 or BIA-04, 05', 'The instant at which it was true'),
      o('N1*WH-04', 'Your code of the warehouse; needed where you have several'),
      m('LIN-02/03, …', 'Pairs of qualifier and item id; LT is the lot'),
      m('QTY-01', 'What kind of quantity, codes below'),
      m('QTY-02', 'Quantity'),
      m('QTY-03 or UIT-01', 'Unit'),
      o('CTT-01', 'Number of LIN, compared'),
    ],
  },
];

export const X12_WRITTEN: readonly GuideDocument[] = [
  {
    name: '940 Warehouse Shipping Order (GS01 OW)',
    says: 'Ship this. F cancels and R replaces an order of the same number.',
    rows: [
      m('W05-01', 'N new, F cancelled, R replaced'),
      m('W05-02', 'Our order number; repeat it in the 945'),
      o('W05-03', 'Purchase order of the customer'),
      m('N1*ST, N3, N4', 'Ship to: name, street, town, region, postal code, country'),
      o('N2, PER', 'Company, telephone and e-mail of the ship-to'),
      m('N1*WH-04', 'Your code of the warehouse'),
      o('N1*DE', 'We, the depositor'),
      m('G62*04', 'Day of the order'),
      o('G62*10', 'Ship by'),
      m('W66', 'Carrier (10) or carrier and service in words (05)'),
      m('LX', 'Counter of the lines'),
      m('W01-01, 02', 'Quantity and unit'),
      m('W01-04/05, 06/07, 15/16', 'Item ids, ours first'),
      o('W01-13 or N9*LT', 'Lot that must be shipped'),
      o('G69', 'Description'),
      m('N9*LI', 'Line number; repeat it in the 945'),
      o('G62*36', 'Expiry date of the lot'),
      m('W76-01', 'Total quantity'),
    ],
  },
  {
    name: '943 Warehouse Stock Transfer Shipment Advice (GS01 AR)',
    says: 'Expect these goods.',
    rows: [
      m('W06-02, 04', 'Our number; repeat it in W17-04 of the 944'),
      m('W06-03', 'Shipped on'),
      o('N1*SF', 'Supplier'),
      m('N1*WH-04', 'Your code of the warehouse'),
      o('N1*DE', 'We, the depositor'),
      o('G62*17', 'Expected on'),
      m('W27', 'Method of transport'),
      m('W04-01, 02', 'Quantity and unit'),
      m('W04-04/05, …', 'Item ids, ours first'),
      o('G69', 'Description'),
      m('N9*LI', 'Line number'),
      o('N9*LT', 'Lot, with its expiry date in N9-04'),
      m('W03-01', 'Total quantity'),
    ],
  },
  {
    name: '846 Inventory Inquiry/Advice (GS01 IB)',
    says: 'What our books say you hold.',
    rows: [
      m('BIA-03, 04, 05', 'Number, date and time'),
      m('DTM*007', 'The instant at which it was true'),
      m('N1*WH-04', 'Your code of the warehouse'),
      m('LIN', 'Item ids, ours first'),
      m('QTY*33, QTY*17', 'Available, and on hand'),
      m('CTT-01', 'Number of LIN'),
    ],
  },
];

const EDIFACT_ITEM = m('LIN C212 or PIA', 'Item id and its type');

export const EDIFACT_READ: readonly GuideDocument[] = [
  {
    name: 'DESADV (BGM 351)',
    says: 'Goods have left.',
    rows: [
      m('BGM 1004', 'Your number of the despatch'),
      m('DTM+11 or DTM+137', 'When it left'),
      m('RFF+ON', 'Our order number'),
      o('NAD+WH or NAD+SF', 'Your code of the warehouse; needed where you have several'),
      EDIFACT_ITEM,
      m('QTY+12', 'Despatched, with its unit'),
      o('PIA 7143 NB, RFF+BT, GIN+BX', 'Lot'),
      o('DTM+36 or DTM+361', 'Expiry'),
      o('GIN+BJ', 'Serial shipping container code of the package'),
      o('CNT+2', 'Number of lines, compared'),
    ],
  },
  {
    name: 'RECADV (BGM 632 or 352)',
    says: 'Goods have arrived.',
    rows: [
      m('BGM 1004', 'Your number of the receipt'),
      m('DTM+50 or DTM+137', 'When they arrived'),
      o('RFF+ON', 'Our number, exactly as we sent it'),
      o('NAD+WH', 'Your code of the warehouse; needed where you have several'),
      EDIFACT_ITEM,
      m('QTY+48', 'Received, with its unit'),
      o('QTY+195, QTY+196, QVR', 'Not accepted, and differences with their reason'),
      o('PIA 7143 NB, RFF+BT, GIN+BX', 'Lot'),
      o('DTM+36 or DTM+361', 'Expiry'),
    ],
  },
  {
    name: 'INVRPT (BGM 35, or 78 and 85E for changes)',
    says: 'What you hold at one instant, or what changed.',
    rows: [
      m('BGM 1004', 'Your number of the report'),
      m('DTM+366 or DTM+137', 'The instant at which it was true, or when it changed'),
      o('NAD+WH or LOC+18', 'Your code of the warehouse; needed where you have several'),
      EDIFACT_ITEM,
      m('QTY', 'Quantity and its kind: the codes below'),
      o('INV', 'Direction, state and reason of a change'),
    ],
  },
];

export const EDIFACT_WRITTEN: readonly GuideDocument[] = [
  {
    name: 'Shipping order',
    says: 'Ship this. Function 1 cancels and 5 replaces an order of the same number.',
    rows: [
      m('BGM', 'Our order number; repeat it in RFF+ON'),
      m('DTM+137', 'Day of the order'),
      o('DTM+10', 'Ship by'),
      o('FTX+DEL', 'Service'),
      o('RFF', 'CO purchase order of the customer; ON the order that is changed'),
      m('NAD+WH', 'Your code of the warehouse'),
      m('NAD+ST', 'Ship to'),
      o('CTA, COM', 'Telephone and e-mail of the ship-to'),
      o('TDT', 'Carrier'),
      m('LIN, PIA', 'Line number and item ids'),
      o('IMD', 'Description'),
      m('QTY+21', 'Quantity and unit'),
      o('PIA+1 7143 NB, DTM+36', 'Lot and its expiry'),
      m('UNS, CNT', 'End, and number of lines'),
    ],
  },
  {
    name: 'DESADV',
    says: 'Expect these goods.',
    rows: [
      m('BGM', 'Our number; repeat it in your RECADV'),
      m('DTM+11', 'Shipped on'),
      o('DTM+17', 'Expected on'),
      o('NAD+SU', 'Supplier'),
      m('NAD+DP', 'Your code of the warehouse'),
      m('CPS, LIN, PIA, QTY+12', 'Goods with quantity and unit'),
      o('IMD', 'Description'),
      o('PIA+1 7143 NB, DTM+36', 'Lot and its expiry'),
      m('CNT', 'Number of lines'),
    ],
  },
  {
    name: 'INVRPT (BGM 35)',
    says: 'What our books say you hold.',
    rows: [
      m('BGM, DTM+366', 'Number, and the instant at which it was true'),
      m('NAD+WH', 'Your code of the warehouse'),
      m('LIN, PIA, INV, QTY+17', 'Goods on hand; INV where the directory has it'),
      o('QTY+66', 'Of them committed'),
      m('CNT', 'Number of lines'),
    ],
  },
];
