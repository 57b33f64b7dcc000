// What the warehouse's translator knows of the documents it takes in, version 004010: which segments, where, and what may
// stand in each element. Only those the warehouse reads; anything else is answered as unexpected.
// Positions and lengths: ASC X12 004010 transaction sets 940 and 943 and their segments.

export interface ElementRule {
  /** Number of the data element. */
  readonly reference: string;
  readonly type: 'AN' | 'ID' | 'R' | 'N' | 'DT' | 'TM';
  readonly least: number;
  readonly most: number;
  readonly isMandatory: boolean;
}

export interface SegmentRule {
  readonly elements: readonly ElementRule[];
  /** Positions that stand all together or not at all. */
  readonly together: readonly (readonly number[])[];
}

export interface SetRule {
  /** Tags of each area; a tag with `!` must be there, in the detail once in every loop. */
  readonly heading: readonly string[];
  /** Tag that opens a loop of the detail. */
  readonly loop: string;
  readonly detail: readonly string[];
  readonly summary: readonly string[];
}

/** `285AN1-22!` is element 285, text of 1 to 22 characters, mandatory. */
const WRITTEN: Readonly<Record<string, string>> = {
  W05: '473ID1-1! 285AN1-22! 324AN1-22 472N6-6 474AN1-22 640ID2-2 306ID1-2 |4+5',
  N1: '98ID2-3! 93AN1-60 66ID1-2 67AN2-80 706ID2-2 98ID2-3 |3+4',
  N2: '93AN1-60! 93AN1-60',
  N3: '166AN1-55! 166AN1-55',
  N4: '19AN2-30 156ID2-2 116ID3-15 26ID2-3 309ID1-2 310AN1-30',
  PER: '366ID2-2! 93AN1-60 365ID2-2 364AN1-80 365ID2-2 364AN1-80 365ID2-2 364AN1-80 443AN1-20 |3+4 |5+6 |7+8',
  N9: '128ID2-3! 127AN1-30 369AN1-45 373DT8-8 337TM4-8 623ID2-2',
  G61: '366ID2-2! 93AN1-60! 365ID2-2 364AN1-80 443AN1-20 |3+4',
  G62: '432ID2-2 373DT8-8 176ID1-2 337TM4-8 623ID2-2 |1+2 |3+4',
  NTE: '363ID3-3 352AN1-80!',
  W66: '146ID2-2! 91ID1-2! 399ID1-1 400ID2-2 387AN1-35 433ID2-2 434AN1-30 625ID1-1 610N1-15 140ID2-4 |8+9',
  W27: '91ID1-2! 140ID2-4 387AN1-35 146ID2-2 40ID2-2 206AN1-4 207AN1-10 368ID2-2 152ID2-3 890ID2-2',
  LX: '554N1-6!',
  MAN: '88ID1-2! 87AN1-48! 87AN1-48 88ID1-2 87AN1-48 87AN1-48 |4+5',
  W01: '330R1-15! 355ID2-2! 438AN12-12 235ID2-2 234AN1-48 235ID2-2 234AN1-48 59AN2-5 121ID1-3 23ID1-1 22AN1-30 416N6-6 451AN1-12 286ID2-2 235ID2-2 234AN1-48 |4+5 |6+7 |10+11 |15+16',
  W04: '382R1-10! 355ID2-2! 438AN12-12 235ID2-2 234AN1-48 235ID2-2 234AN1-48 59AN2-5 121ID1-3 23ID1-1 22AN1-30 416N6-6 844ID2-2 235ID2-2 234AN1-48 |4+5 |6+7 |10+11 |14+15',
  G69: '369AN1-45!',
  W20: '356N1-6 357R1-8 355ID2-2 81R1-10 187ID1-2 188ID1-1 395R1-8 183R1-8 355ID2-2 397AN1-10 |2+3 |4+5+6 |8+9',
  W76: '330R1-15! 81R1-10 355ID2-2 183R1-8 355ID2-2 398R1-10 |2+3 |4+5',
  W06: '514ID1-1! 285AN1-22 373DT8-8 145AN1-30 531AN1-12 324AN1-22 474AN1-22 472N6-6 152ID2-3 891ID2-2 640ID2-2 306ID1-2 |7+8',
  W03: '382R1-10! 81R1-10 355ID2-2 183R1-8 355ID2-2 80N1-7 355ID2-2 |4+5 |6+7',
};

const PARTIES = ['N1!', 'N2', 'N3', 'N4', 'PER'];

export const SET_RULES: Readonly<Record<string, SetRule>> = {
  '940': {
    heading: ['W05!', ...PARTIES, 'N9', 'G61', 'G62', 'NTE', 'W66'],
    loop: 'LX',
    detail: ['LX!', 'MAN', 'W01!', 'G69', 'N9', 'NTE', 'W20', 'G62'],
    summary: ['W76!'],
  },
  '943': {
    heading: ['W06!', ...PARTIES, 'N9', 'G61', 'G62', 'NTE', 'W27!'],
    loop: 'W04',
    detail: ['W04!', 'G69', 'N9', 'W20'],
    summary: ['W03!'],
  },
};

export const SEGMENT_RULES: ReadonlyMap<string, SegmentRule> = new Map(
  Object.entries(WRITTEN).map(([tag, written]) => {
    const [elements = '', ...together] = written.split(' |');
    return [
      tag,
      {
        elements: elements.split(' ').map(elementRuleOf),
        together: together.map((positions) => positions.split('+').map(Number)),
      },
    ];
  }),
);

function elementRuleOf(written: string): ElementRule {
  const match = /^(\d+)(AN|ID|R|N|DT|TM)(\d+)-(\d+)(!?)$/.exec(written);
  if (!match) throw new Error(`The rule ${written} cannot be read.`);
  const [, reference = '', type = '', least, most, mark] = match;
  return {
    reference,
    type: type as ElementRule['type'],
    least: Number(least),
    most: Number(most),
    isMandatory: mark === '!',
  };
}
