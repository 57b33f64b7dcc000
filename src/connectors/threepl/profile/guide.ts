// The implementation guide that a partner is sent: everything its people need to connect, made from the profile alone so
// that it cannot say anything else than what is done. It holds no secret: of how we sign in it says only by what.
import {
  ADJUSTMENT_REASONS,
  CHANGE_REASONS,
  QUANTITY_KINDS,
  RECEIVING_CONDITIONS,
  SHIPMENT_STATUSES,
} from '../documents/x12-codes.ts';
import { EDIFACT_READ, EDIFACT_WRITTEN, type GuideDocument, X12_READ, X12_WRITTEN } from './guide-edi.ts';
import { feedDocument } from './guide-feeds.ts';
import { lateChangesOf } from './late-changes.ts';
import type { Profile } from './settings.ts';
import type { InboundFolder, Transport } from './transport-settings.ts';

/** The guide as Markdown; the same profile gives the same text. */
export function guideOf(profile: Profile): string {
  const sections = [
    `# Exchanging files with us: ${profile.title}`,
    `Version ${profile.version} of the agreement \`${profile.partner}\`. Dates and times without a zone are in ${profile.timeZone}. Send times with dates wherever you have them: a day alone means its end, or when we got the file.`,
    ...transportSection(profile.transport),
    ...envelopeSection(profile),
    ...documentsSection('What you send us', readBy(profile)),
    ...documentsSection('What we send you', writtenFor(profile)),
    ...wordsSection(profile),
    ...codesSection(profile),
    ...acknowledgementSection(profile),
    ...refusalSection(profile),
    ...testSection(profile),
  ];
  return `${sections.join('\n\n')}\n`;
}

const escaped = (text: string): string => text.replaceAll('|', '\\|').replace(/\s*\n\s*/g, ' ');
const code = (text: string): string => (text === '' ? '(empty)' : `\`${escaped(text)}\``);

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function transportSection(transport: Transport | undefined): string[] {
  if (!transport)
    return [
      '## How files travel',
      'Files are handed in over HTTPS. We tell you the address and a token apart from this guide.',
    ];
  const proof = transport.privateKey === undefined ? 'a password' : 'a key';
  const rows = transport.in.map((each) => [
    code(each.folder),
    code(each.files),
    readyWords(each),
    {
      archive: `moved to ${code(each.archive)}`,
      delete: 'deleted',
      leave: 'left where it is, and read once',
    }[each.after],
  ]);
  return [
    '## How files travel',
    `SFTP to ${code(transport.host)}, port ${transport.port}. We sign in as ${code(transport.user)} with ${proof}, check the server’s key against the fingerprint you gave us, and look for files every ${transport.everySeconds} seconds. Tell us before the server’s key changes: with another key we exchange nothing.`,
    ...(rows.length === 0
      ? []
      : ['### Files you leave for us', table(['Folder', 'Names', 'Complete', 'Afterwards'], rows)]),
    ...(transport.in.length === 0
      ? []
      : [
          `A file has at most ${transport.largestFileBytes} bytes. Names are compared without regard to upper and lower case. Never write into a file again once it is complete: send a new one.`,
        ]),
    ...(transport.out === undefined
      ? []
      : [
          '### Files we leave for you',
          `In ${code(transport.out.folder)}, named ${code(transport.out.name)}. While we write, a file is called ${code(transport.out.temporary)}: take only files of the final name. No name is used twice.`,
        ]),
  ];
}

function readyWords({ ready }: InboundFolder): string {
  switch (ready.mode) {
    case 'rename':
      return 'at once: write under another name and rename';
    case 'stable':
      return `once size and time are the same for ${ready.seconds} seconds`;
    case 'doneFile':
      return `once a file with ${code(ready.suffix)} behind its name, or in place of its extension, is beside it`;
  }
}

function envelopeSection({ format, x12, edifact }: Profile): string[] {
  if (format === 'x12' && x12) {
    const { element, component, segment, repetition } = x12.delimiters;
    const terminator = segment === '\n' ? 'a line feed' : code(segment);
    return [
      '## The envelope',
      table(
        ['', 'You', 'We'],
        [
          [
            'ISA qualifier and id',
            code(`${x12.them.qualifier} ${x12.them.id}`),
            code(`${x12.us.qualifier} ${x12.us.id}`),
          ],
          ['GS id', code(x12.group?.them ?? x12.them.id), code(x12.group?.us ?? x12.us.id)],
        ],
      ),
      `We write version ${x12.version} with ${code(element)} between elements, ${code(component)} between components, ${code(repetition)} between repetitions (from 00402 on) and ${terminator} after each segment${x12.newlines ? ', followed by a line break' : ''}. We read 004010 and 005010 with the delimiters that your ISA names. ${markSentence('ISA15', x12.test, code(x12.test ? 'T' : 'P'))}`,
      reuseSentence('ISA13', x12.controlReuse),
      'SE01, GE01 and IEA01 must count, and SE02, GE02 and IEA02 repeat their numbers.',
    ];
  }
  if (format === 'edifact' && edifact)
    return [
      '## The envelope',
      table(
        ['', 'You', 'We'],
        [
          [
            'UNB id and qualifier',
            code(`${edifact.them.id}:${edifact.them.qualifier}`),
            code(`${edifact.us.id}:${edifact.us.qualifier}`),
          ],
        ],
      ),
      `We write directory ${edifact.version} in ${edifact.syntax}${edifact.newlines ? ' with a line break after each segment' : ''}. We read D.96A and D.01B with the delimiters that your UNA names. ${markSentence('UNB11', edifact.test, edifact.test ? code('1') : 'empty')}`,
      reuseSentence('UNB05', edifact.controlReuse),
      'UNT and UNZ must count, and repeat their references.',
    ];
  return [];
}

const markSentence = (element: string, isTest: boolean, says: string): string =>
  `${element} is ${says} for now, in your files and in ours: ${isTest ? 'we test, and a file that is not marked as a test is refused' : 'we are live, and a file that is marked as a test is refused'}.`;

const reuseSentence = (element: string, reuse: 'reject' | 'allow'): string =>
  reuse === 'reject'
    ? `${element} is never used again with other content: such a file is held. The same bytes again change nothing.`
    : `${element} may be used again. The same bytes again change nothing.`;

const readBy = ({ format, feeds }: Profile): readonly GuideDocument[] => {
  if (format === 'x12') return X12_READ;
  if (format === 'edifact') return EDIFACT_READ;
  return feeds.filter((feed) => feed.direction === 'in').map(feedDocument);
};

const writtenFor = ({ format, feeds, edifact }: Profile): readonly GuideDocument[] => {
  if (format === 'x12') return X12_WRITTEN;
  if (format === 'edifact')
    return EDIFACT_WRITTEN.map((each, index) =>
      index === 0 ? { ...each, name: `${edifact?.shippingOrder ?? 'ORDERS'}: ${each.name}` } : each,
    );
  return feeds.filter((feed) => feed.direction === 'out').map(feedDocument);
};

function documentsSection(title: string, documents: readonly GuideDocument[]): string[] {
  if (documents.length === 0) return [];
  return [
    `## ${title}`,
    'M must be there, O may be.',
    ...documents.flatMap(({ name, says, rows }) => [
      `### ${name}`,
      says,
      table(
        ['Place', 'M/O', 'Meaning'],
        rows.map(({ place, need, meaning }) => [code(place), need, escaped(meaning)]),
      ),
    ]),
  ];
}

function wordsSection({ meaning, items, format }: Profile): string[] {
  const pairs = (title: string, entries: readonly (readonly [string, string])[]) =>
    entries.length === 0
      ? []
      : [
          `### ${title}`,
          table(
            ['Yours', 'Ours'],
            entries.map(([from, to]) => [code(from), escaped(to)]),
          ),
        ];
  const isFeed = format === 'csv' || format === 'xml';
  const naming = isFeed
    ? 'Items are named by our item numbers, written exactly as we write them, zeros in front included.'
    : `Items are looked for under ${items.from.map(code).join(', ')}, in this order; ours carry ${code(items.to)}.`;
  return [
    '## Your words, as we understand them',
    `${naming} Numbers are plain decimals: no exponents, no unit behind them. What is in none of these tables is held for a person here, and not guessed.`,
    ...pairs(
      'Warehouses',
      Object.entries(meaning.warehouses).map(([from, to]) => [from, to.location] as const),
    ),
    ...pairs('Units', Object.entries(meaning.units)),
    ...pairs('Conditions of received goods', Object.entries(meaning.conditions)),
    ...pairs('Quantities of stock reports', Object.entries(meaning.quantities)),
    ...pairs(
      'Reasons of adjustments',
      Object.entries(meaning.reasons).map(([from, to]) => [
        from,
        'direction' in to ? DIRECTIONS[to.direction] : `from ${to.from} to ${to.to}`,
      ]),
    ),
  ];
}

const DIRECTIONS = {
  increase: 'more, whatever the sign',
  decrease: 'less, whatever the sign',
  signed: 'more or less by the sign of the quantity',
} as const;

function codesSection({ format }: Profile): string[] {
  if (format !== 'x12') return [];
  const list = (title: string, meanings: Readonly<Record<string, string>>) => [
    `### ${title}`,
    table(
      ['Code', 'Meaning'],
      Object.entries(meanings).map(([word, meaning]) => [code(word), escaped(meaning)]),
    ),
  ];
  return [
    '## Codes of the standard that we act on or show',
    ...list('W12-01', SHIPMENT_STATUSES),
    ...list('W12-19', CHANGE_REASONS),
    ...list('W13-03', RECEIVING_CONDITIONS),
    ...list('W19-01', ADJUSTMENT_REASONS),
    ...list('QTY-01', QUANTITY_KINDS),
  ];
}

function acknowledgementSection(profile: Profile): string[] {
  const { format, x12, edifact, lifecycle, feeds } = profile;
  const ours = format === 'x12' ? x12?.acknowledge : format === 'edifact' ? edifact?.acknowledge : 'none';
  const answer =
    ours === undefined || ours === 'none'
      ? 'We send no acknowledgement of your files. What we cannot use we report to you by hand.'
      : `We answer every file with ${ours === 'CONTRL' ? 'a CONTRL' : `a ${ours}`} that names each document as accepted, accepted with errors or refused, with the segment and element.`;
  const interchange =
    format === 'x12' && x12?.interchangeAcknowledge !== 'never'
      ? [
          `A TA1 goes with it ${x12?.interchangeAcknowledge === 'always' ? 'always' : 'where ISA14 asks for one'}.`,
        ]
      : [];
  const expectsAnswer =
    (ours !== undefined && ours !== 'none') || feeds.some(({ kind }) => kind === 'acknowledgement');
  return [
    '## Acknowledgements and deadlines',
    [answer, ...interchange].join(' '),
    table(
      ['What', 'By when'],
      [
        ...(expectsAnswer
          ? [['Your acknowledgement of what we sent', `${lifecycle.acknowledgeWithinHours} hours`]]
          : []),
        ['Your advice of the shipment, after our shipping order', `${lifecycle.shipWithinHours} hours`],
        ['Your advice of the receipt, after goods were due', `${lifecycle.receiveWithinHours} hours`],
      ],
    ),
    `An order goes out ${lifecycle.holdOrdersMinutes} minutes after it was made at the earliest; until then it can be changed here. ${changeSentence(profile)} What is late is shown to our people, who will ask you.`,
  ];
}

function changeSentence(profile: Profile): string {
  const { cancel, change } = lateChangesOf(profile);
  if (!cancel) return 'A change after that is told by our people.';
  const taken = 'When nothing of it is wanted any more, you get it again as a cancellation.';
  const changed = {
    replace: 'When other quantities are wanted before any of it left, you get it again as a replacement.',
    reorder:
      'When other quantities are wanted before any of it left, you get it again as a cancellation, and once you have accepted that, a new order whose number continues the old one.',
    none: 'Other quantities are told by our people.',
  }[change];
  return `${taken} ${changed} Refuse what comes too late, and advise what left.`;
}

function refusalSection({ format, x12, edifact, guards }: Profile): string[] {
  const totals = format === 'x12' ? x12?.totals : edifact?.totals;
  const totalsSentence = {
    ignore: 'Totals are not compared.',
    warn: 'A total that is not the sum of its lines is noted.',
    reject: 'A document whose total is not the sum of its lines is refused.',
  }[totals ?? 'ignore'];
  return [
    '## What we refuse, and what we hold',
    [
      '- A file that is cut is not used at all; send it again whole.',
      '- A document is used whole or not at all: one line that cannot be read refuses its document, and the others of the file stand.',
      `- A stock report with ${guards.shrinkPercent} percent fewer lines than the last, or with more than ${guards.zeroPercent} percent of its lines at zero that were not, is held for a person.`,
      `- A quantity above ${guards.largestQuantity} is held for a person.`,
      `- A file without a line is ${guards.empty === 'hold' ? 'held for a person' : 'taken for “nothing happened”'}.`,
      ...(format === 'x12' || format === 'edifact' ? [`- ${totalsSentence}`] : []),
      '- The same document again, under any file name, changes nothing. The same number with other content is held.',
    ].join('\n'),
  ];
}

function testSection({ format }: Profile): string[] {
  const kinds =
    format === 'x12' || format === 'edifact' ? 'one document of each kind' : 'one file of each kind';
  return [
    '## How we test together',
    [
      `1. You send us ${kinds} that your system really made, marked as test. We answer what each of them would do.`,
      '2. We send you an order with two lines. You ship one in full and the other short, and advise it.',
      '3. You receive an announced delivery with one damaged unit, and advise it.',
      '4. You adjust one item down and one up, and send a stock report right afterwards. Both books must agree.',
      '5. You send one of the files again, and one that is cut in the middle. Neither may change anything.',
      '6. We agree on the day and the hour. What happened before belongs to the opening count.',
    ].join('\n'),
  ];
}
