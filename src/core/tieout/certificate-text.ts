// A certificate as a page to print and sign, in Markdown. Pure; the JSON beside it is what its seal is over.
import { lineText, roleText } from '../journals/wording.ts';
import { COST_KINDS, type CostKind } from '../vocabulary/words.ts';
import type { Certificate, CertifiedAccount } from './certificate.ts';

/** The page of a certificate. */
export function certificateText(certificate: Certificate): string {
  const { period, rules, open, company, journals, corrections, ledger } = certificate;
  const moved = certificate.accounts.filter(isUsed);
  return [
    `# Stock certificate ${period.from} to ${period.through}`,
    '',
    ...(company === null ? [] : [`Company: ${cell(company)}  `]),
    `Closed by ${cell(certificate.closedBy)} at ${certificate.closedAt}  `,
    `Method: ${rules.method}, ${rules.timing}, one pool for each ${rules.pool === 'item' ? 'item' : 'item and location'}; ${rules.system} system under ${rules.framework === 'ifrs' ? 'IFRS' : 'US GAAP'}; days of ${rules.timeZone}  `,
    `All amounts in ${rules.currency}, debit above zero.`,
    '',
    '## Roll-forward',
    '',
    ...moved.flatMap(rollForward),
    '## Balances three ways',
    '',
    ...table(
      ['account', 'for', 'ledger', 'journals', 'books'],
      moved.map((each) => [
        each.account,
        rolesText(each),
        each.ledger,
        each.journals,
        each.books ?? 'not asked',
      ]),
    ),
    '',
    ...differencesOf(moved),
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
            each.entry ?? '',
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
  Object.keys(each.flows).length > 0 ||
  each.differences.length > 0;

const rolesText = ({ roles }: CertifiedAccount): string => roles.map(roleText).join(', ');

function rollForward(each: CertifiedAccount): string[] {
  const flows = COST_KINDS.flatMap((kind) => {
    const amount = each.flows[kind];
    return amount === undefined ? [] : [[kindText(kind), amount]];
  });
  return [
    `### ${rolesText(each)} (account ${each.account})`,
    '',
    ...table(
      ['', 'amount'],
      [
        ['opening', each.opening],
        ...flows,
        ...(ZERO.test(each.corrections) ? [] : [['corrections of earlier periods', each.corrections]]),
        ['**closing**', `**${each.closing}**`],
      ],
    ),
    '',
  ];
}

/** `orders`, from the words that lines of journals use. */
export const kindText = (kind: CostKind): string => lineText('inventory', kind, 2).replace(/^.*?, \d+ /, '');

function differencesOf(accounts: readonly CertifiedAccount[]): string[] {
  const rows = accounts.flatMap(({ account, differences }) =>
    differences.map((each) => [
      account,
      each.amount,
      `${each.document} ${each.what}`,
      each.accepted === null ? '' : each.accepted,
    ]),
  );
  if (rows.length === 0) return ['No differences.', ''];
  return [
    'Differences, each accounted for:',
    '',
    ...table(['account', 'amount', 'what', 'accepted'], rows),
    '',
  ];
}

const cell = (text: string): string => text.replace(/[\\|`*_<>#[\]]/g, '\\$&').replace(/\s+/g, ' ');

function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(header),
    line(header.map((title) => (/amount|ledger|journals|books$/.test(title) ? '---:' : '---'))),
    ...rows.map((row) => line(row.map((text) => (text.startsWith('**') ? text : cell(text))))),
  ];
}
