// A certificate is what it was when it was made, wherever it was stored, or it shows.
import { expect, it } from 'vitest';
import {
  type CertificateContent,
  canonicalText,
  isGenuine,
  sealed,
} from '../../../src/core/tieout/certificate.ts';
import { certificateText } from '../../../src/core/tieout/certificate-text.ts';
import { instantFrom } from '../../../src/core/vocabulary/instant.ts';

const CONTENT: CertificateContent = {
  version: 1,
  company: 'Enamel | Sons',
  period: { from: '2026-03-01', through: '2026-03-31' },
  closedAt: instantFrom('2026-04-02T10:00:00Z'),
  closedBy: 'Ada',
  rules: {
    ...{ currency: 'USD', timeZone: 'America/New_York', framework: 'us_gaap', system: 'perpetual' },
  },
  costing: {
    methods: [
      { from: '2026-03-01', method: 'fifo', timing: 'perpetual', pool: 'item' },
      { from: '2026-03-15', method: 'average', timing: 'perpetual', pool: 'item' },
    ],
    exceptions: [{ from: '2026-03-01', method: 'lifo', timing: 'perpetual', pool: 'item', items: 3 }],
  },
  findings: [{ id: '4', kind: 'edited', reason: 'journal INV-1 was changed', accepted: 'only a class' }],
  total: { ledger: '-50.00', journals: '60.00', billsByHand: '110.00' },
  booksWereAsked: true,
  accounts: [
    {
      ...{
        ...{ account: '91', number: '1310', name: 'Stock', state: 'explained' },
        roles: ['inventory'],
        opening: '0.00',
        flows: { receipt: '100.00', sale: '-40.00' },
      },
      ...{ corrections: '0.00', closing: '60.00', ledger: '60.00', journals: '60.00', books: '67.25' },
      differences: [
        {
          kind: 'foreign',
          amount: '7.25',
          document: 'JournalEntry 9',
          what: 'is foreign',
          accepted: 'counted',
        },
      ],
    },
  ],
  journals: [
    {
      ...{ number: 'INV-20260310-1', kind: 'activity', date: '2026-03-10', forDate: null },
      ...{ amount: '100.00', sha256: 'ab', entry: '7' },
    },
  ],
  corrections: [],
  open: { receivedNotBilled: '100.00', inTransit: '0.00', consignedOut: '0.00' },
  ledger: [{ lane: 3, sequence: '2', head: 'ff' }],
};

it('its members may be stored in another order; another value anywhere breaks the seal', () => {
  const certificate = sealed(CONTENT);
  expect(isGenuine(JSON.parse(canonicalText(certificate)))).toBe(true);
  expect(isGenuine({ ...certificate, closedBy: 'Eve' })).toBe(false);
  const text = JSON.stringify(certificate).replace('"60.00"', '"61.00"');
  expect(isGenuine(JSON.parse(text))).toBe(false);
});

it('its page says every figure, and a name cannot break its tables', () => {
  const page = certificateText(sealed(CONTENT));
  for (const text of [
    'Enamel \\| Sons',
    '| receipts | 100.00 |',
    '| orders | -40.00 |',
    '**60.00**',
    '67.25',
    'counted',
    '91 (1310 Stock)',
    'Method: fifo, perpetual',
    'Method from 2026-03-15: average, perpetual',
    'Of their own: 3 items, lifo, perpetual',
    'only a class',
    '| total | -50.00 | 60.00 |',
    sealed(CONTENT).sha256,
  ])
    expect(page).toContain(text);
  expect(page).toContain('Corrections of days before 2026-03-01: none.');
});

it('what nobody accepted, what is in no journal and what never was in the books stands apart; nothing but zeros is left out', () => {
  const [account] = CONTENT.accounts;
  const [journal] = CONTENT.journals;
  if (!account || !journal) throw new Error('no account');
  const zero = { opening: '0.00', closing: '0.00', ledger: '0.00', journals: '0.00', books: '0.00' };
  const page = certificateText(
    sealed({
      ...CONTENT,
      settledFindings: [
        { id: '5', kind: 'edited', reason: 'journal INV-2 was changed', accepted: 'it reads again' },
      ],
      accounts: [
        { ...account, billsByHand: '711.30' },
        { ...account, ...zero, account: '1310', number: null, flows: { receipt: '0.00' }, differences: [] },
      ],
      journals: [{ ...journal, entry: null, neverBooked: true }],
    }),
  );
  expect(page).toContain('| bills entered by hand, until the end | 711.30 |');
  expect(page).toContain('never went to the books');
  expect(page).not.toContain('account 1310');
  expect(page).toMatch(/were accepted:\n[^:]*only a class/);
  expect(page).toMatch(/without anybody accepting them:\n[^:]*it reads again/);
});

it('no differences are certified only of books that were asked', () => {
  const accounts = CONTENT.accounts.map((each) => ({ ...each, differences: [] }));
  expect(certificateText(sealed({ ...CONTENT, accounts }))).toContain('No differences.');
  const unasked = certificateText(sealed({ ...CONTENT, accounts, booksWereAsked: false }));
  expect(unasked).not.toContain('No differences');
  expect(unasked).toContain('The books were not asked');
});

it('a bill that is not entered yet is an open item by name, and not accounted for', () => {
  const page = certificateText(
    sealed({
      ...CONTENT,
      accounts: CONTENT.accounts.map((each) => ({
        ...each,
        differences: [
          {
            ...{ kind: 'bill_not_entered', amount: '-110.00', document: 'bill 4711' },
            ...{ what: 'is known here and not entered in the books', accepted: null },
          },
        ],
      })),
    }),
  );
  expect(page).toMatch(/Open items[\s\S]*bill 4711/);
  expect(page).not.toContain('accounted for');
});
