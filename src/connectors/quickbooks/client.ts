// The one way to a QuickBooks company: tokens, pacing and repeats around the library. A read is repeated once when the
// company is not available; a write is repeated only after a refused token, because then it surely was not looked at.
import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import { StockbridgeError } from '../../core/errors.ts';
import type { ConnectionContext } from '../contract.ts';
import { called, type LibraryInstance, type LibraryOptions, type Reply, type Wanted } from './library.ts';
import { pacer } from './pace.ts';
import { type ReportTable, reportAnswer } from './report.ts';
import { apiUrlOf, type QuickbooksSettings, tokenUrlOf } from './settings.ts';
import { type Tokens, tokensOf } from './token.ts';
import {
  type Account,
  accountSchema,
  changesAnswer,
  companySchema,
  type JournalEntry,
  journalEntrySchema,
  type Named,
  namedSchema,
  type Preferences,
  preferencesSchema,
  queryAnswer,
} from './wire.ts';

export interface QuickbooksClient {
  readonly tokens: Tokens;
  /**
   * Books one entry; the same `requestId` at most once.
   * @throws StockbridgeError `outcome_unknown` when it may have been booked; every other code means that it was not.
   */
  createJournalEntry(entry: object, requestId: string): Promise<Reply<JournalEntry>>;
  /** Entries that a `where …` finds, up to 1000 from `start` (the first is 1). */
  journalEntries(where: string, start?: number): Promise<readonly JournalEntry[]>;
  accounts(where?: string): Promise<readonly Account[]>;
  classes(): Promise<readonly Named[]>;
  departments(): Promise<readonly Named[]>;
  company(): Promise<z.infer<typeof companySchema>>;
  preferences(): Promise<Preferences>;
  /** What was changed or deleted since; at most 1000 rows, and not further back than 30 days. */
  changes(entity: string, since: string): Promise<z.infer<typeof changesAnswer>>;
  trialBalance(options: Readonly<Record<string, string>>): Promise<ReportTable>;
  generalLedger(options: Readonly<Record<string, string>>): Promise<ReportTable>;
}

/** Most rows of one answer. */
export const PAGE = 1000;
const PAUSE_MS = 250;
const ALL = 'where Active in (true, false)';

type Invoke = (library: LibraryInstance, callback: (error: unknown, data?: unknown) => void) => void;

export function quickbooksClient(context: ConnectionContext<QuickbooksSettings>): QuickbooksClient {
  const { settings } = context;
  const options: LibraryOptions = {
    connection: context.name,
    http: context.http,
    clientId: settings.clientId,
    clientSecret: settings.clientSecret,
    realmId: settings.realmId,
    apiUrl: apiUrlOf(settings),
    tokenUrl: tokenUrlOf(settings),
    now: context.now,
  };
  const tokens = tokensOf(context, options);
  const paced = pacer(context.http, `${options.apiUrl} ${settings.realmId}`);

  const once = async <T>(wanted: Wanted<T>, invoke: Invoke): Promise<Reply<T>> => {
    const accessToken = await tokens.current();
    try {
      return await paced(() => called(options, { ...wanted, accessToken }, invoke));
    } catch (error) {
      const refused =
        error instanceof StockbridgeError &&
        error.code === 'vendor_unauthorized' &&
        error.details.status === 401;
      if (!refused) throw error;
      const renewed = await tokens.insteadOf(accessToken);
      return paced(() => called(options, { ...wanted, accessToken: renewed }, invoke));
    }
  };

  const call = async <T>(wanted: Wanted<T>, invoke: Invoke): Promise<Reply<T>> => {
    try {
      return await once(wanted, invoke);
    } catch (error) {
      const again =
        !wanted.effect && error instanceof StockbridgeError && error.code === 'vendor_unavailable';
      if (!again) throw error;
      await sleep(PAUSE_MS * (0.5 + Math.random()));
      return once(wanted, invoke);
    }
  };

  const query = async <T extends z.ZodType>(
    entity: string,
    row: T,
    invoke: Invoke,
  ): Promise<readonly z.output<T>[]> =>
    (await call({ operation: `reading ${entity}`, shape: queryAnswer(entity, row) }, invoke)).value;

  /** Every page of a query that is short enough to be held at once. */
  const all = async <T>(page: (start: number) => Promise<readonly T[]>): Promise<readonly T[]> => {
    const rows: T[] = [];
    for (let start = 1; ; start += PAGE) {
      const found = await page(start);
      rows.push(...found);
      if (found.length < PAGE) return rows;
    }
  };
  const window = (start: number): string => `startposition ${start} maxresults ${PAGE}`;

  const only = <T>(rows: readonly T[], what: string): T => {
    const [row] = rows;
    if (row !== undefined) return row;
    throw new StockbridgeError('vendor_unavailable', `QuickBooks answers without ${what}`, {
      details: { connection: context.name },
    });
  };

  return {
    tokens,
    createJournalEntry: (entry, requestId) =>
      call({ operation: 'posting a journal entry', shape: journalEntrySchema, effect: true }, (qb, done) =>
        // The library takes the id out of the object that it is given.
        qb.createJournalEntry({ ...entry, requestId }, done),
      ),
    journalEntries: (where, start = 1) =>
      query('JournalEntry', journalEntrySchema, (qb, done) =>
        qb.findJournalEntries(`${where} ${window(start)}`, done),
      ),
    accounts: (where = ALL) =>
      all((start) =>
        query('Account', accountSchema, (qb, done) => qb.findAccounts(`${where} ${window(start)}`, done)),
      ),
    classes: () =>
      all((start) =>
        query('Class', namedSchema, (qb, done) => qb.findClasses(`${ALL} ${window(start)}`, done)),
      ),
    departments: () =>
      all((start) =>
        query('Department', namedSchema, (qb, done) => qb.findDepartments(`${ALL} ${window(start)}`, done)),
      ),
    company: async () =>
      only(
        await query('CompanyInfo', companySchema, (qb, done) => qb.findCompanyInfos(window(1), done)),
        'the company',
      ),
    preferences: async () =>
      only(
        await query('Preferences', preferencesSchema, (qb, done) => qb.findPreferenceses(window(1), done)),
        'its preferences',
      ),
    changes: async (entity, since) =>
      (
        await call({ operation: `reading changes of ${entity}`, shape: changesAnswer }, (qb, done) =>
          qb.changeDataCapture([entity], encodeURIComponent(since), done),
        )
      ).value,
    trialBalance: async (wanted) =>
      (
        await call({ operation: 'reading the trial balance', shape: reportAnswer }, (qb, done) =>
          qb.reportTrialBalance(wanted, done),
        )
      ).value,
    generalLedger: async (wanted) =>
      (
        await call({ operation: 'reading the general ledger', shape: reportAnswer }, (qb, done) =>
          qb.reportGeneralLedgerDetail(wanted, done),
        )
      ).value,
  };
}
