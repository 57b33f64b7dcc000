// A certificate as a page to print and sign, in Markdown. Pure; the JSON beside it is what its seal is over.
import { manyText, roleText } from '../journals/wording.ts';
import { COST_KINDS } from '../vocabulary/words.ts';
import { accountText } from './account-name.ts';
import type { Certificate, CertifiedAccount } from './certificate.ts';
import { DIFFERENCES } from './difference.ts';
import type { MethodInForce } from './methods.ts';

/** The page of a certificate. */
export function certificateText(certificate: Certificate): string {
  const { period, rules, open, company, journals, corrections, ledger } = certificate;
  const moved = certificate.accounts.filter(isUsed);
  return [
    `# Stock certificate ${period.from} to ${period.through}`,
    '',
    ...(company === null ? [] : [`Company: ${cell(company)}  `]),
    `Closed by ${cell(certificate.closedBy)} at ${certificate.closedAt}  `,
    ...costingText(certificate),
    `${rules.system === 'perpetual' ? 'Perpetual' : 'Periodic'} system under ${rules.framework === 'ifrs' ? 'IFRS' : 'US GAAP'}; days of ${rules.timeZone}  `,
    `All amounts in ${rules.currency}, debit above zero.`,
    '',
    '## Roll-forward',
    '',
    ...moved.flatMap(rollForward),
    '## Balances three ways',
    '',
    ...table(
      ['account', 'for', 'ledger', 'journals', 'books', ''],
      [
        ...moved.map((each) => [
          nameOf(each),
          rolesText(each),
          each.ledger,
          each.journals,
          each.books ?? 'not asked',
          each.state,
        ]),
        ...byHand(certificate),
      ],
    ),
    '',
    ...differencesOf(certificate, moved),
    ...findingsOf(certificate),
    '## Journals',
    '',
    ...(journals.length === 0
      ? ['None.']
      : table(
          ['number', 'day', 'of', 'amount', 'entry in the books', 'SHA-256 of what was approved'],
          journals.map((each) => [
            each.number,
            each.date,
            each.forDate ?? each.date,
            each.amount,
            each.entry ?? (each.neverBooked ? 'never went to the books' : ''),
            each.sha256,
          ]),
        )),
    '',
    `Corrections of days before ${period.from}: ${corrections.length === 0 ? 'none' : corrections.join(', ')}.`,
    '',
    '## Open at the end',
    '',
    ...table(
      ['what', 'amount'],
      [
        ['received and not billed', open.receivedNotBilled],
        ['in transit', open.inTransit],
        ['on consignment', open.consignedOut],
      ],
    ),
    '',
    '## Proof',
    '',
    'Heads of the ledger’s chain at the close; `stockbridge verify` shows the same while nothing was added, and finds whatever was changed.',
    '',
    ...table(
      ['lane', 'link', 'hash'],
      ledger.map(({ lane, sequence, head }) => [String(lane), sequence, head]),
    ),
    '',
    `SHA-256 of this certificate’s content: \`${certificate.sha256}\``,
    '',
  ].join('\n');
}

const ZERO = /^-?0(\.0+)?$/;
const isUsed = (each: CertifiedAccount): boolean =>
  [each.opening, each.closing, each.ledger, each.journals, each.books ?? '0'].some(
    (text) => !ZERO.test(text),
  ) ||
  Object.values(each.flows).some((text) => !ZERO.test(text)) ||
  each.differences.length > 0;

const rolesText = ({ roles }: CertifiedAccount): string => roles.map(roleText).join(', ');

/** What is in no journal, and still takes from what was received or landed. */
const billsOf = ({ billsByHand }: CertifiedAccount): string[][] =>
  billsByHand === undefined || ZERO.test(billsByHand)
    ? []
    : [['bills entered by hand, until the end', billsByHand]];

function rollForward(each: CertifiedAccount): string[] {
  const flows = COST_KINDS.flatMap((kind) => {
    const amount = each.flows[kind];
    return amount === undefined ? [] : [[manyText(kind), amount]];
  });
  return [
    `### ${rolesText(each)}: account ${cell(nameOf(each))}`,
    '',
    ...table(
      ['', 'amount'],
      [
        ['opening', each.opening],
        ...flows,
        ...(ZERO.test(each.corrections) ? [] : [['corrections of earlier periods', each.corrections]]),
        ['**closing**', `**${each.closing}**`],
        ...billsOf(each),
      ],
    ),
    '',
  ];
}

/** `91 (1310 Inventory)`, as far as the books said. */
const nameOf = ({ account, number, name }: CertifiedAccount): string =>
  accountText(
    account,
    name === null ? new Map() : new Map([[account, { number: number ?? undefined, name }]]),
  );

const inWords = ({ method, timing, pool }: MethodInForce): string =>
  `${method}, ${timing}, one pool for each ${pool === 'item' ? 'item' : 'item and location'}`;

function costingText({ costing, period }: Certificate): string[] {
  const since = (each: MethodInForce) => (each.from === period.from ? '' : ` from ${each.from}`);
  return [
    ...costing.methods.map((each) => `Method${since(each)}: ${inWords(each)}  `),
    ...costing.exceptions.map(
      (each) =>
        `Of their own${since(each)}: ${each.items} ${each.items === 1 ? 'item' : 'items'}, ${inWords(each)}  `,
    ),
  ];
}

/** What makes the columns come to nothing: bills against payables in the books, and the sum. */
const byHand = ({ total }: Certificate): string[][] => [
  ...(ZERO.test(total.billsByHand)
    ? []
    : [['', 'Bills that are entered in the books by hand', negated(total.billsByHand), '', '', '']]),
  ['', 'total', total.ledger, total.journals, '', ''],
];

const negated = (text: string): string => (text.startsWith('-') ? text.slice(1) : `-${text}`);

function differencesOf(
  { booksWereAsked, rules }: Certificate,
  accounts: readonly CertifiedAccount[],
): string[] {
  const all = accounts.flatMap((account) => account.differences.map((each) => ({ account, each })));
  const accepted = all.filter(({ each }) => each.accepted !== null);
  const open = all.filter(({ each }) => each.accepted === null && DIFFERENCES[each.kind].timing);
  const others = all.filter((row) => !accepted.includes(row) && !open.includes(row));
  const listed = (title: string, rows: typeof all): string[] =>
    rows.length === 0
      ? []
      : [
          title,
          '',
          ...table(
            ['account', `amount in ${rules.currency}`, 'kind', 'what', 'accepted'],
            rows.map(({ account, each }) => [
              nameOf(account),
              each.amount,
              each.kind,
              `${each.document} ${each.what}`,
              each.accepted ?? '',
            ]),
          ),
          '',
        ];
  return [
    ...(booksWereAsked ? [] : ['The books were not asked; only ledger and journals were compared.', '']),
    ...(booksWereAsked && all.length === 0 ? ['No differences.', ''] : []),
    ...listed('Open items, which passed the close:', open),
    ...listed('Differences that were accepted:', accepted),
    ...listed('Booked by others:', others),
  ];
}

const findingsOf = ({ findings, settledFindings = [] }: Certificate): string[] => [
  ...listOf('Findings about the books that were accepted:', 'accepted', findings),
  ...listOf(
    'Findings about the books that went away without anybody accepting them:',
    'how',
    settledFindings,
  ),
];

const listOf = (title: string, how: string, findings: Certificate['findings']): string[] =>
  findings.length === 0
    ? []
    : [
        title,
        '',
        ...table(
          ['finding', 'kind', 'what', how],
          findings.map(({ id, kind, reason, accepted }) => [id, kind, reason, accepted]),
        ),
        '',
      ];

const cell = (text: string): string => text.replace(/[\\|`*_<>#[\]]/g, '\\$&').replace(/\s+/g, ' ');

function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(header),
    line(header.map((title) => (/^amount|^ledger|^journals|books$/.test(title) ? '---:' : '---'))),
    ...rows.map((row) => line(row.map((text) => (text.startsWith('**') ? text : cell(text))))),
  ];
}
