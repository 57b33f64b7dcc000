// EDIFACT interchanges for tests: own words, with the oddities of real files.

/** One despatch advice in two packages, with everything the envelope can have and nothing odd. */
export const CLEAN = [
  "UNA:+.? '",
  "UNB+UNOC:3+WAREHOUSE9:14+HUBCO:ZZ+261120:1405+000417++++1++1'",
  "UNH+M1+DESADV:D:96A:UN:EAN005'",
  "BGM+351+SHP-77+9'",
  "DTM+137:202611201400:203'",
  "DTM+11:202611201330:203'",
  "RFF+ON:SO-1001'",
  "NAD+WH+NORTH::92'",
  "CPS+1'",
  "PCI+33E'",
  "GIN+BJ+340123450000000017'",
  "LIN+1++TEE?+RED:SA'",
  "PIA+1+L26:NB'",
  "QTY+12:4:PCE'",
  "QTY+21:6:PCE'",
  "DTM+36:20271231:102'",
  "LIN+2++4012345678901:EN'",
  "QTY+12:2:PCE'",
  "CNT+2:2'",
  "CNT+1:6'",
  "UNT+19+M1'",
  "UNZ+1+000417'",
].join('\n');

/** `body` between a UNB and a UNZ that fit it; segments are given without their terminator. */
export function interchangeOf(
  messages: readonly (readonly string[])[],
  head: { readonly control?: string; readonly syntax?: string; readonly una?: string } = {},
): string {
  const { control = '41', syntax = 'UNOC:3', una = '' } = head;
  const framed = messages.flatMap(([type = 'DESADV:D:96A:UN', ...segments], index) => [
    `UNH+${index + 1}+${type}`,
    ...segments,
    `UNT+${segments.length + 2}+${index + 1}`,
  ]);
  const all = [
    `UNB+${syntax}+THEM:ZZ+US:ZZ+261120:1405+${control}`,
    ...framed,
    `UNZ+${messages.length}+${control}`,
  ];
  return una + all.map((segment) => `${segment}'`).join('');
}

export const bytesOf = (text: string): Uint8Array => Buffer.from(text, 'utf8');
