// The hub's side of the simulated warehouse, for its tests: a real SFTP client, and X12 written and read by hand, so that
// neither the simulator's code nor the connector's judges itself.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { promisify } from 'node:util';
import ssh2, { type FileEntryWithStats } from 'ssh2';
import { expect } from 'vitest';
import type { Threepl } from '../../src/simulators/threepl/index.ts';

export const PASSWORD = 'correct horse';

export interface Hub extends AsyncDisposable {
  /** Writes under a temporary name, then renames, as an agreement with a warehouse has it. */
  drop(name: string, text: string): Promise<void>;
  list(folder: string): Promise<string[]>;
  read(path: string): Promise<string>;
  /** Host key the server showed. */
  readonly fingerprint: string;
}

export async function connect({ host, port, user }: Threepl, password = PASSWORD): Promise<Hub> {
  const client = new ssh2.Client();
  let fingerprint = '';
  const ready = once(client, 'ready');
  client.on('error', () => undefined);
  const closed = new Promise<never>((_, reject) =>
    client.once('close', () => reject(new Error('the connection is closed'))),
  );
  closed.catch(() => undefined);
  client.connect({
    ...{ host, port, username: user, password },
    hostVerifier: (key: Buffer) => {
      fingerprint = `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
      return true;
    },
  });
  await ready;
  client.setNoDelay(true);
  const sftp = await promisify(client.sftp.bind(client))();
  const writeFile = promisify<string, Buffer>(sftp.writeFile.bind(sftp));
  const rename = promisify<string, string>(sftp.rename.bind(sftp));
  const readFile = promisify<string, Buffer>(sftp.readFile.bind(sftp));
  const readdir = promisify<string, FileEntryWithStats[]>(sftp.readdir.bind(sftp));
  /** The library leaves what is under way unanswered when its connection ends. */
  const orClosed = <T>(work: Promise<T>): Promise<T> => Promise.race([work, closed]);
  return {
    drop: async (name, text) => {
      await orClosed(writeFile(`/in/.${name}.part`, Buffer.from(text)));
      await orClosed(rename(`/in/.${name}.part`, `/in/${name}`));
    },
    list: async (folder) =>
      (await orClosed(readdir(folder)))
        .filter(({ longname }) => longname.startsWith('-'))
        .map(({ filename }) => filename)
        .sort(),
    read: async (path) => String(await orClosed(readFile(path))),
    fingerprint,
    [Symbol.asyncDispose]: async () => {
      client.end();
    },
  };
}

let lastControl = 0;

export interface Envelope {
  functional?: string;
  control?: number;
  us?: string;
  them?: string;
  asksForTa1?: boolean;
  /** Changes the finished text. */
  spoil?: (text: string) => string;
}

/** An interchange of the hub around transaction sets, each given as its type and its segments without ST and SE. */
export function interchange(
  sets: readonly (readonly [type: string, ...segments: string[]])[],
  given: Envelope = {},
): string {
  const {
    functional = { '940': 'OW', '943': 'AR' }[sets[0]?.[0] ?? ''] ?? 'FA',
    us = 'HUB',
    them = 'ACME3PL',
  } = given;
  lastControl += 1;
  const control = given.control ?? lastControl;
  const isa13 = String(control).padStart(9, '0');
  const body = sets.flatMap(([type, ...segments], index) => {
    const number = String(index + 1).padStart(4, '0');
    return [`ST*${type}*${number}`, ...segments, `SE*${segments.length + 2}*${number}`];
  });
  const ask = given.asksForTa1 === true ? 1 : 0;
  const all = [
    `ISA*00*          *00*          *ZZ*${us.padEnd(15)}*ZZ*${them.padEnd(15)}*261121*0915*U*00401*${isa13}*${ask}*T*>`,
    ...(sets.length === 0 ? [] : [`GS*${functional}*${us}*${them}*20261121*0915*${control}*X*004010`]),
    ...body,
    ...(sets.length === 0 ? [] : [`GE*${sets.length}*${control}`]),
    `IEA*${sets.length === 0 ? 0 : 1}*${isa13}`,
  ];
  const text = all.map((segment) => `${segment}~`).join('');
  return given.spoil ? given.spoil(text) : text;
}

export interface Line {
  sku: string;
  quantity: number | string;
  lot?: string;
  unit?: string;
}

export const order = (number: string, lines: readonly Line[], status = 'N'): [string, ...string[]] => [
  '940',
  `W05*${status}*${number}*PO-${number}`,
  'N1*ST*ADA SHOP',
  'N3*1 MAIN ST',
  'N4*AUSTIN*TX*78701*US',
  'N1*WH*ACME DALLAS*92*WH01',
  'W66*PP*M********UPSN',
  ...lines.flatMap(({ sku, quantity, lot, unit = 'EA' }, index) => [
    `LX*${index + 1}`,
    `W01*${quantity}*${unit}**VN*${sku}`,
    `N9*LI*${index + 1}`,
    ...(lot ? [`N9*LT*${lot}`] : []),
  ]),
  `W76*${lines.reduce((sum, { quantity }) => sum + Number(quantity), 0)}`,
];

export const notice = (number: string, lines: readonly Line[]): [string, ...string[]] => [
  '943',
  `W06*N*${number}*20261121*S-${number}`,
  'N1*SF*FACTORY',
  'N1*WH*ACME DALLAS*92*WH01',
  'W27*M**NOT SPECIFIED',
  ...lines.flatMap(({ sku, quantity, lot, unit = 'EA' }, index) => [
    `W04*${quantity}*${unit}**VN*${sku}`,
    `N9*LI*${index + 1}`,
    ...(lot ? [`N9*LT*${lot}`] : []),
  ]),
  `W03*${lines.reduce((sum, { quantity }) => sum + Number(quantity), 0)}`,
];

export interface Document {
  name: string;
  type: string;
  isa13: string;
  gs06: string;
  st02: string;
  /** Without envelopes, split into elements, tag at 0. */
  segments: string[][];
}

/** Reads one file of the warehouse and proves its envelopes: widths, ids, counts, control numbers. */
export function opened(name: string, text: string): Document {
  expect(text.slice(0, 106), name).toMatch(
    /^ISA\*00\* {10}\*00\* {10}\*ZZ\*ACME3PL {8}\*ZZ\*HUB {12}\*\d{6}\*\d{4}\*U\*00401\*\d{9}\*0\*P\*>~$/,
  );
  expect(text.endsWith('~'), name).toBe(true);
  const all = text
    .slice(0, -1)
    .split('~')
    .map((segment) => segment.split('*'));
  const [isa = [], second = []] = all;
  const iea = all.at(-1) ?? [];
  expect(iea.slice(0, 1), name).toEqual(['IEA']);
  expect(iea[2], name).toBe(isa[13]);
  if (second[0] === 'TA1') {
    expect(iea[1], name).toBe('0');
    return { name, type: 'TA1', isa13: isa[13] ?? '', gs06: '', st02: '', segments: [second] };
  }
  const [ge = [], se = []] = [all.at(-2), all.at(-3)];
  const st = all[2] ?? [];
  expect([iea[1], second[0], ge[0], ge[1], ge[2]], name).toEqual(['1', 'GS', 'GE', '1', second[6]]);
  const functional = { '997': 'FA', '945': 'SW', '944': 'RE', '947': 'AW', '846': 'IB' }[st[1] ?? ''];
  expect([second[1], second[2], second[3], second[8]], name).toEqual([
    functional,
    'ACME3PL',
    'HUB',
    '004010',
  ]);
  expect(se, name).toEqual(['SE', String(all.length - 4), st[2]]);
  return {
    ...{ name, type: st[1] ?? '', isa13: isa[13] ?? '', gs06: second[6] ?? '', st02: st[2] ?? '' },
    segments: all.slice(3, -3),
  };
}

/** Every document in /out, in the order of its control number. */
export async function outgoing(hub: Hub): Promise<Document[]> {
  const documents: Document[] = [];
  for (const name of await hub.list('/out')) documents.push(opened(name, await hub.read(`/out/${name}`)));
  return documents.sort((one, other) => (one.isa13 < other.isa13 ? -1 : 1));
}

export const ofType = (documents: readonly Document[], type: string): Document[] =>
  documents.filter((document) => document.type === type);
export const withTag = ({ segments }: Document, tag: string): string[][] =>
  segments.filter(([first]) => first === tag);

/** The hub's 997 about one document of the warehouse. */
export const answerTo = (
  { type, gs06, st02 }: Document,
  code: 'A' | 'E' | 'R',
  errors: string[] = [],
): string =>
  interchange([
    [
      '997',
      `AK1*${{ '945': 'SW', '944': 'RE', '947': 'AW', '846': 'IB' }[type]}*${gs06}`,
      `AK2*${type}*${st02}`,
      ...errors,
      code === 'A' ? 'AK5*A' : `AK5*${code}*5`,
      `AK9*${code}*1*1*${code === 'R' ? 0 : 1}`,
    ],
  ]);

/** Units a document says have come to good stock, by `sku` or `sku/lot`; a move counts for what leaves or enters good. */
export function effectOf(document: Document): Map<string, number> {
  const effects = new Map<string, number>();
  let last = { sku: '', lot: '', quantity: 0 };
  const flush = (): void => {
    if (last.sku !== '') {
      const key = last.lot === '' ? last.sku : `${last.sku}/${last.lot}`;
      effects.set(key, (effects.get(key) ?? 0) + last.quantity);
    }
    last = { sku: '', lot: '', quantity: 0 };
  };
  for (const segment of document.segments) {
    const [tag] = segment;
    const at = (position: number): string => segment[position] ?? '';
    if (tag === 'W12') {
      flush();
      last = { sku: at(8), lot: at(9), quantity: -Number(at(3)) };
    } else if (tag === 'W07') {
      flush();
      last = { sku: at(5), lot: '', quantity: Number(at(1)) };
    } else if (tag === 'W13' && at(3) === '01') last.quantity -= Number(at(1));
    else if (tag === 'N9' && at(1) === 'LT') last.lot = at(2);
    else if (tag === 'W19') {
      flush();
      const [reason, quantity] = [at(1), Number(at(2))];
      const adds = ['51', '53', '54', '56', '55', '52'].includes(reason);
      const takes = ['03', '04', '06', '07', '05'].includes(reason);
      last = { sku: at(6), lot: at(9), quantity: takes ? -quantity : adds ? quantity : quantity };
    }
  }
  flush();
  return effects;
}
