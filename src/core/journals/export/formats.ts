// Every format that journals are exported in: a pure function each, from journals to the bytes of one file.
import type { JournalDocument } from '../document.ts';
import { beancountOf } from './beancount.ts';
import { csvOf } from './csv.ts';
import { hledgerOf } from './hledger.ts';
import { jsonOf } from './json.ts';
import type { PlainTextOptions } from './plain-text.ts';
import { type XeroOptions, xeroOf } from './xero.ts';

export interface ExportOptions {
  readonly xero: XeroOptions;
  readonly plainText: PlainTextOptions;
}

interface ExportFormat {
  /** How a file of it ends; every format has its own, so that several fit into one folder. */
  readonly ending: string;
  /** Whether it says what lines are made of, which takes longer to read. */
  readonly hasSources: boolean;
  readonly bytesOf: (documents: readonly JournalDocument[], options: ExportOptions) => Buffer;
}

export const EXPORT_FORMATS = {
  csv: { ending: '.csv', hasSources: true, bytesOf: csvOf },
  json: { ending: '.json', hasSources: true, bytesOf: jsonOf },
  xero: {
    ending: '.xero.json',
    hasSources: false,
    bytesOf: (documents, { xero }) => xeroOf(documents, xero),
  },
  hledger: {
    ending: '.journal',
    hasSources: false,
    bytesOf: (documents, { plainText }) => hledgerOf(documents, plainText),
  },
  beancount: {
    ending: '.beancount',
    hasSources: false,
    bytesOf: (documents, { plainText }) => beancountOf(documents, plainText),
  },
} as const satisfies Record<string, ExportFormat>;

export type ExportFormatName = keyof typeof EXPORT_FORMATS;
