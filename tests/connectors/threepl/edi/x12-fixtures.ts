// Builds X12 files as partners send them, bent where a test wants them bent. Written apart from the product's own writer, so
// that neither hides the other's mistakes.

export interface FixtureShape {
  readonly element: string;
  readonly component: string;
  readonly terminator: string;
  /** After each terminator. */
  readonly gap: string;
  readonly isa11: string;
  readonly isa12: string;
  readonly isa13: string;
  readonly version: string;
  readonly acknowledgementRequested: boolean;
}

const USUAL: FixtureShape = {
  element: '*',
  component: '>',
  terminator: '~',
  gap: '',
  isa11: 'U',
  isa12: '00401',
  isa13: '000000042',
  version: '004010',
  acknowledgementRequested: false,
};

/** Segments are written with `*`; the shape's separator replaces it. */
export interface FixtureDocument {
  readonly type: string;
  readonly control?: string;
  readonly segments: readonly string[];
  /** SE01 and SE02 where they are wrong. */
  readonly count?: number | string;
  readonly trailer?: string;
}

export interface FixtureGroup {
  readonly functional?: string;
  readonly control?: string;
  readonly date?: string;
  readonly documents: readonly FixtureDocument[];
  readonly count?: number;
  readonly trailer?: string;
}

export interface FixtureInterchange {
  readonly groups: readonly FixtureGroup[];
  readonly shape?: Partial<FixtureShape>;
  /** Between ISA and the first GS. */
  readonly between?: readonly string[];
  readonly count?: number;
  readonly trailer?: string;
}

const FUNCTIONAL: Readonly<Record<string, string>> = {
  '940': 'OW',
  '943': 'AR',
  '944': 'RE',
  '945': 'SW',
  '947': 'AW',
  '846': 'IB',
  '856': 'SH',
  '997': 'FA',
};

/** An ISA segment of 106 characters. */
export function isaText(shape: FixtureShape): string {
  const fields = [
    'ISA',
    '00',
    ' '.repeat(10),
    '00',
    ' '.repeat(10),
    'ZZ',
    'NORDLAGER'.padEnd(15),
    'ZZ',
    'BRANDHUB'.padEnd(15),
    '261103',
    '0815',
    shape.isa11,
    shape.isa12,
    shape.isa13,
    shape.acknowledgementRequested ? '1' : '0',
    'P',
    shape.component,
  ];
  return fields.join(shape.element) + shape.terminator;
}

export function interchangeText(interchange: FixtureInterchange): string {
  const shape = { ...USUAL, ...interchange.shape };
  const lines = [
    ...(interchange.between ?? []),
    ...interchange.groups.flatMap((group, index) => groupLines(group, index, shape)),
    `IEA*${interchange.count ?? interchange.groups.length}*${interchange.trailer ?? shape.isa13}`,
  ];
  const end = shape.terminator + shape.gap;
  return isaText(shape) + shape.gap + lines.map((line) => line.replaceAll('*', shape.element) + end).join('');
}

export const interchangeBytes = (interchange: FixtureInterchange): Buffer =>
  Buffer.from(interchangeText(interchange), 'utf8');

function groupLines(group: FixtureGroup, index: number, shape: FixtureShape): string[] {
  const [first] = group.documents;
  const functional = group.functional ?? FUNCTIONAL[first?.type ?? ''] ?? 'ZZ';
  const control = group.control ?? String(501 + index);
  return [
    `GS*${functional}*NORDLAGER*BRANDHUB*${group.date ?? '20261103'}*0815*${control}*X*${shape.version}`,
    ...group.documents.flatMap((document, place) => documentLines(document, place)),
    `GE*${group.count ?? group.documents.length}*${group.trailer ?? control}`,
  ];
}

export function documentLines(document: FixtureDocument, place = 0): string[] {
  const control = document.control ?? String(place + 1).padStart(4, '0');
  return [
    `ST*${document.type}*${control}`,
    ...document.segments,
    `SE*${document.count ?? document.segments.length + 2}*${document.trailer ?? control}`,
  ];
}

/** A shipment of two lines, one of them short, with lots. */
export const shipment = (changes: Partial<FixtureDocument> = {}): FixtureDocument => ({
  type: '945',
  segments: [
    'W06*F*SO-7781*20261102*SHIP-31',
    'N1*WH*Nordlager Kiel*92*KIEL1',
    'G62*11*20261102',
    'LX*1',
    'W12*CP*40*36*4*EA**VN*LAMP-OAK*L77**********01',
    'N9*LI*1',
    'LX*2',
    'W12*CC*5*5*0*EA**VN*SHADE-LINEN',
    'W03*41',
  ],
  ...changes,
});

/** A receipt with a damaged part. */
export const receipt = (changes: Partial<FixtureDocument> = {}): FixtureDocument => ({
  type: '944',
  segments: [
    'W17*F*20261101*WR-90*IN-55',
    'N1*WH*Nordlager Kiel*92*KIEL1',
    'W07*120*EA**VN*LAMP-OAK',
    'N9*LT*L78',
    'W13*3*EA*01**CC',
    'W14*117*120*3',
  ],
  ...changes,
});

/** A stock report of one item. */
export const stock = (changes: Partial<FixtureDocument> = {}): FixtureDocument => ({
  type: '846',
  segments: [
    'BIA*00*SI*REP-4*20261103*2300',
    'N1*WH*Nordlager Kiel*92*KIEL1',
    'LIN*1*VN*LAMP-OAK',
    'QTY*33*84*EA',
    'CTT*1',
  ],
  ...changes,
});

export const order = (changes: Partial<FixtureDocument> = {}): FixtureDocument => ({
  type: '940',
  segments: ['W05*N*SO-7781*PO-3', 'N9*CO*WEB-12', 'LX*1', 'W01*40*EA**VN*LAMP-OAK', 'W76*40'],
  ...changes,
});

export const oneGroup = (...documents: readonly FixtureDocument[]): FixtureInterchange => ({
  groups: [{ documents }],
});
