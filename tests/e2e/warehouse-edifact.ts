// The warehouse of the tests as a partner that speaks EDIFACT.
import { PROFILE } from './warehouse.ts';

/** The warehouse of the tests, where it speaks EDIFACT. */
export const EDIFACT = {
  ...PROFILE,
  format: 'edifact',
  x12: undefined,
  edifact: { us: { id: 'HUB', qualifier: '14' }, them: { id: 'NORTHWIND', qualifier: '14' } },
  items: { from: ['SA'], to: 'SA' },
};

interface Envelope {
  readonly control: string;
  readonly test?: boolean;
}

/** One interchange with one message, counts right. */
export function edifact(
  type: string,
  segments: readonly string[],
  { control, test = false }: Envelope,
): string {
  const head = `UNB+UNOC:3+NORTHWIND:14+HUB:14+261121:1815+${control}${test ? '++++++1' : ''}'`;
  const body = [`UNH+1+${type}'`, ...segments.map((each) => `${each}'`)];
  return [head, ...body, `UNT+${body.length + 1}+1'`, `UNZ+1+${control}'`, ''].join('\n');
}
/** A receipt of 30 mugs. */
export const RECADV = (number: string): string[] => [
  `BGM+632+${number}+9`,
  'DTM+50:202611201655:203',
  'NAD+WH+WH01::92',
  'CPS+1',
  'LIN+1',
  'PIA+5+MUG-01:SA',
  'QTY+48:30:PCE',
];
