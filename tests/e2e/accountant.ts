// A company whose goods move in the real ledger and whose books are a simulated QuickBooks company, and an accountant at the
// command line. Without books there, journals leave as files.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { vi } from 'vitest';
import { stringify } from 'yaml';
import { program } from '../../src/cli.ts';
import { openConnections } from '../../src/commands/connections.ts';
import { configOf } from '../../src/commands/session.ts';
import { costKey } from '../../src/core/costs/document.ts';
import { StockbridgeError } from '../../src/core/errors.ts';
import { factKey } from '../../src/core/ledger/movement.ts';
import { instantFrom } from '../../src/core/vocabulary/instant.ts';
import type { MovementType } from '../../src/core/vocabulary/words.ts';
import { type QuickbooksSimulator, startQuickbooksSimulator } from '../../src/simulators/quickbooks/index.ts';
import { bookOnce, booksConnection } from '../../src/workers/book.ts';
import { type BooksWorld, openBooksWorld } from '../core/valuation/books-world.ts';

export const noon = (day: string) => instantFrom(`${day}T17:00:00Z`);

export interface Told {
  readonly code: number;
  readonly text: string;
}

export interface Accountant {
  readonly world: BooksWorld;
  readonly simulator: QuickbooksSimulator | undefined;
  /** Types a command as a person would. */
  type(...words: string[]): Promise<Told>;
  /** The same, answered as JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: the JSON of any command
  ask(...words: string[]): Promise<any>;
  /** What the last command said beside its result, on standard error. */
  heard(): string;
  move(type: MovementType, day: string, quantity: number, unitCost?: string): Promise<void>;
  bill(number: string, day: string, quantity: string, amount: string): Promise<void>;
  /** What the worker does with approved journals. */
  deliver(): Promise<void>;
  /** Drafts, approves and delivers everything. */
  bookAll(): Promise<void>;
  /** Cents on an account by approved journals of one day, or of all days. */
  booked(account: string, day?: string): Promise<number>;
  stop(): Promise<void>;
}

export const MAPPING = {
  inventory: '91',
  in_transit: '92',
  consigned_out: '93',
  received_not_billed: '96',
  cost_of_goods_sold: '80',
  adjustment: '102',
  opening: '34',
};

/** With `inBooks: false` nothing is simulated; `accounts` are added to the mapping. */
export async function openAccountant(
  options: { inBooks?: boolean; accounts?: Readonly<Record<string, string>> } = {},
): Promise<Accountant> {
  const world = await openBooksWorld({ items: 2 });
  const simulator =
    options.inBooks === false
      ? undefined
      : await startQuickbooksSimulator({
          limits: { perSecond: 10_000, perMinute: 100_000, concurrent: 100 },
        });
  const folder = await mkdtemp(join(tmpdir(), 'stockbridge-accountant-'));
  const path = join(folder, 'stockbridge.yaml');
  const { pool, ...rules } = world.rules;
  await writeFile(
    path,
    stringify({
      database: { url: world.database.url },
      log: { level: 'error' },
      connections: simulator ? { ledger: { connector: 'quickbooks', settings: settingsOf(simulator) } } : {},
      books: {
        ...{ ...rules, pool, accounts: { ...MAPPING, ...options.accounts } },
        journal: simulator ? { connection: 'ledger' } : {},
      },
    }),
  );
  const item = world.items[0] ?? 0;
  const place = (code: string) => ({ locationId: world.site(code), state: 'sellable' as const });
  let facts = 0;
  const type = (...words: string[]): Promise<Told> => typed(['-c', path, ...words]);
  return {
    world,
    simulator,
    type,
    ask: async (...words) => {
      const { code, text } = await type('--json', ...words);
      return { code, ...(JSON.parse(text) as object) };
    },
    heard: () => aside,
    move: async (kind, day, quantity, unitCost) => {
      facts += 1;
      const [from, to] = kind === 'receipt' ? ['@supplier', 'LOOSE'] : ['LOOSE', '@customer'];
      await world.post({
        key: factKey(1, { type: kind, id: String(facts) }),
        type: kind,
        occurredAt: noon(day),
        document: `${kind} ${facts}`,
        reference: kind === 'receipt' ? 'PO-1' : `order ${facts}`,
        corrects: null,
        lines: [
          {
            ...{ itemId: item, lotId: null, quantity: String(quantity) },
            ...{ from: place(from), to: place(to) },
            unitCost: unitCost ?? null,
            currency: unitCost === undefined ? null : 'USD',
          },
        ],
      });
    },
    bill: async (number, day, quantity, amount) => {
      await world.say({
        kind: 'bill',
        key: costKey('bill', ['Northmill', number]),
        document: `bill ${number} of Northmill`,
        effectiveAt: noon(day),
        content: {
          ...{ number, supplier: 'Northmill', currency: 'USD' },
          lines: [{ itemId: item, reference: 'PO-1', quantity, amount }],
        },
      });
    },
    deliver: () => deliver(world, path),
    bookAll: async () => {
      await type('journal', 'draft');
      await type('journal', 'approve', '--through', '2026-12-31', '--by', 'Ada');
      if (simulator) await deliver(world, path);
    },
    booked: async (account, day) => {
      const { rows } = await world.database.pool.query<{ sum: string }>(
        `select coalesce(sum(case when l.side = 'debit' then l.amount else -l.amount end), 0)::text as sum
         from journal_line l join journal j on j.id = l.journal_id
         where l.account = $1 and j.status <> 'draft' and ($2::date is null or j.posting_date = $2)`,
        [account, day ?? null],
      );
      return Number(rows[0]?.sum);
    },
    stop: async () => {
      await simulator?.stop();
      await world.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const settingsOf = (simulator: QuickbooksSimulator): object => ({
  realmId: simulator.credentials.realmId,
  clientId: simulator.credentials.clientId,
  clientSecret: simulator.credentials.clientSecret,
  refreshToken: simulator.credentials.refreshToken,
  apiUrl: simulator.url,
  tokenUrl: simulator.tokenUrl,
});

async function deliver({ database }: BooksWorld, path: string): Promise<void> {
  const config = configOf({ config: path });
  if (!config.books) throw new Error('no books are configured');
  const live = booksConnection((await openConnections(database, config)).values(), config.books);
  if (!live) throw new Error('no connection keeps the books');
  const hub = {
    database,
    log: pino({ level: 'silent' }),
    standingOf: async () => ({ cutoverAt: undefined, parked: undefined }),
    park: async (_id: number, code: string, reason: string) => {
      throw new Error(`parked: ${code}: ${reason}`);
    },
  };
  await bookOnce(hub, live, config.books);
}

let aside = '';

/** Runs the command line in this process; a refusal counts as it is reported. */
export async function typed(words: readonly string[]): Promise<Told> {
  let text = '';
  let code = 0;
  aside = '';
  const spies = (['stdout', 'stderr'] as const).map((stream) =>
    vi.spyOn(process[stream], 'write').mockImplementation((chunk) => {
      if (stream === 'stdout') text += chunk.toString();
      else aside += chunk.toString();
      return true;
    }),
  );
  try {
    await program((own) => {
      code = own;
    }).parseAsync(['node', 'stockbridge', ...words]);
    return { code, text };
  } catch (error) {
    if (!(error instanceof StockbridgeError)) throw error;
    return { code: 1, text: `${error.code}: ${error.message}` };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
