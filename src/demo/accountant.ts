// The demo's accountant: last month is valued, booked and closed; then the day that was just traded; then a bill comes for goods of
// the closed month; and at the end ledger, journals and the books are compared to the cent.
import { setTimeout as sleep } from 'node:timers/promises';
import { importCatalog } from '../core/catalog/import.ts';
import { businessDay, type Day, dayBefore } from '../core/journals/calendar.ts';
import { type JournalDocument, readJournals } from '../core/journals/document.ts';
import { redraftJournals } from '../core/journals/drafts.ts';
import { approveJournals } from '../core/journals/lifecycle.ts';
import type { Books } from '../core/journals/rules.ts';
import { factKey, type Movement } from '../core/ledger/movement.ts';
import { closeWithCertificate } from '../core/tieout/close.ts';
import type { AccountTie } from '../core/tieout/compare.ts';
import { tieOutCompany } from '../core/tieout/read.ts';
import { readCompany } from '../core/valuation/company.ts';
import { valueAll } from '../core/valuation/value.ts';
import { type Instant, instantFrom, instantOf } from '../core/vocabulary/instant.ts';
import { moneyText } from '../core/vocabulary/money.ts';
import type { QuickbooksSimulator } from '../simulators/quickbooks/index.ts';
import { booksConnection } from '../workers/book.ts';
import type { Hub } from '../workers/hub.ts';
import { SHELF, type World, type WorldItem } from './world.ts';

const DEADLINE_MS = 60_000;
const BY = 'the accountant';
/** Bought and sold last month, and in no shop: the day's trade leaves it alone. */
const VASE = 'VASE';

export interface AccountantDay {
  readonly lastMonth: { readonly through: Day; readonly journals: number; readonly seal: string };
  readonly today: { readonly day: Day; readonly journals: readonly JournalDocument[] };
  readonly lateBill: {
    readonly journals: readonly JournalDocument[];
    /** The closed month stands in the books as it did. */
    readonly unchanged: boolean;
  };
  /** What the tie-out names while the bill is missing in the books. */
  readonly missing: readonly string[];
  readonly tie: { readonly accounts: readonly TiedLine[]; readonly settled: boolean };
}

interface TiedLine {
  readonly account: string;
  readonly ledger: string;
  readonly journals: string;
  readonly books: string;
  readonly differences: readonly string[];
}

/** Plays it; `items` are those of the shop, each expected to cost a round amount. */
export async function accountantDay(
  world: World,
  hub: Hub,
  items: readonly WorldItem[],
): Promise<AccountantDay> {
  const { books: company } = world;
  const { books } = world.config;
  if (!company || !books) throw new Error('this world keeps no books');
  const desk = new Desk(hub, books, company);
  await desk.priceItems(items);
  const lastMonth = await desk.lastMonth();
  const today = await desk.bookThrough('today');
  const lateBill = await desk.lateBill(lastMonth.through);
  const { accounts } = await desk.tie();
  desk.enterBill();
  return {
    lastMonth,
    today: { day: desk.today, journals: today },
    lateBill,
    missing: accounts.flatMap(({ account, differences }) => differences.map((each) => `${account}: ${each}`)),
    tie: await desk.tie(),
  };
}

class Desk {
  readonly today: Day;
  readonly #hub: Hub;
  readonly #books: Books;
  readonly #company: QuickbooksSimulator;
  /** Last day of last month. */
  readonly #through: Day;
  /** Approved on the way to having approved all. */
  readonly #approved: string[] = [];

  constructor(hub: Hub, books: Books, company: QuickbooksSimulator) {
    this.#hub = hub;
    this.#books = books;
    this.#company = company;
    this.today = businessDay(instantOf(new Date()), books.timeZone);
    this.#through = dayBefore(`${this.today.slice(0, 7)}-01`);
  }

  /** What the brand agreed with its suppliers, from before the opening on. */
  async priceItems(items: readonly WorldItem[]): Promise<void> {
    const from = `${this.#through.slice(0, 4)}-01-01`;
    const rows = items.map(
      ({ sku }, index) => `${sku},${4 + index}.${index % 2 === 0 ? '50' : '25'},${from}`,
    );
    await this.#import('costs', ['sku,unit_cost,from', ...rows]);
  }

  /** Twenty came at 5.00 and eight left: booked, and the month closed with a certificate. */
  async lastMonth(): Promise<AccountantDay['lastMonth']> {
    await this.#import('items', ['sku,name', `${VASE},Vase`]);
    const month = this.#through.slice(0, 7);
    await this.#move('receipt', 'PO-LAST-MONTH', 20, `${month}-10T12:00:00Z`, '5');
    await this.#move('shipment', 'wholesale order 12', 8, `${month}-27T12:00:00Z`);
    const journals = await this.bookThrough(this.#through);
    const answer = await closeWithCertificate(this.#hub.database, this.#books, {
      through: this.#through,
      by: BY,
      now: instantOf(new Date()),
      company: 'the simulated company',
      asked: this.#asked(),
    });
    if (answer.outcome === 'refused')
      throw new Error(
        `last month could not be closed: ${answer.hindrances.map(({ kind }) => kind).join(', ')}`,
      );
    return { through: this.#through, journals: journals.length, seal: answer.certificate.sha256 };
  }

  /** Values, drafts and approves everything through a day, and waits until it is booked. */
  async bookThrough(day: Day | 'today'): Promise<readonly JournalDocument[]> {
    const { database } = this.#hub;
    const now = instantOf(new Date());
    await this.#value();
    let ids: readonly string[] | undefined;
    // The hub drafts on its own clock, and without the running day: a draft may be gone before it is approved.
    await until('the journals are approved', async () => {
      ids = await this.#approveThrough(day, now);
      return ids !== undefined;
    });
    await until('the journals are booked', async () => {
      const posted = await readJournals(database.pool, { ids: ids ?? [], statuses: ['posted'] });
      return posted.length === ids?.length;
    });
    return readJournals(database.pool, { ids: ids ?? [] });
  }

  /** Drafts and approves in one go; undefined when one of the drafts was gone by then. */
  async #approveThrough(day: Day | 'today', now: Instant): Promise<readonly string[] | undefined> {
    const { database } = this.#hub;
    const { stopped } = await redraftJournals(database, this.#books, {
      now,
      includeRunning: day === 'today',
    });
    if (stopped.length > 0) throw new Error(`drafting stopped: ${JSON.stringify(stopped)}`);
    const drafts = await readJournals(database.pool, {
      statuses: ['draft'],
      through: day === 'today' ? this.today : day,
    });
    if (drafts.length === 0) return undefined;
    const answers = await approveJournals(
      database,
      drafts.map(({ id }) => ({ id })),
      { by: BY, now, deliverTo: this.#live().id },
    );
    this.#approved.push(...answers.flatMap((each) => (each.outcome === 'approved' ? [each.id] : [])));
    if (answers.some(({ outcome }) => outcome !== 'approved')) return undefined;
    return this.#approved.splice(0);
  }

  /** The twenty are billed at 5.50 now, in an open month. */
  async lateBill(closed: Day): Promise<AccountantDay['lateBill']> {
    const before = this.#closedBooks(closed);
    await this.#import('bills', [
      'number,supplier,date,currency,reference,sku,quantity,amount',
      `4711,Northmill,${this.today},${this.#books.currency},PO-LAST-MONTH,${VASE},20,110.00`,
    ]);
    const journals = await this.bookThrough('today');
    return { journals, unchanged: JSON.stringify(before) === JSON.stringify(this.#closedBooks(closed)) };
  }

  /** The accountant's own part: the hub knows the bill, and the books do not have it yet. */
  enterBill(): void {
    const account = this.#books.accounts.received_not_billed ?? '';
    this.#company.actions.bookBill({ date: this.today, number: '4711', account, amount: '110.00' });
  }

  async tie(): Promise<AccountantDay['tie']> {
    const tied = await tieOutCompany(this.#hub.database, this.#books, {
      asOf: this.today,
      now: instantOf(new Date()),
      books: this.#asked(),
    });
    return {
      accounts: tied.accounts.filter(isUsed).map((each) => this.#line(each)),
      settled: tied.isSettled,
    };
  }

  #line({ account, ledger, journals, books, differences }: AccountTie): TiedLine {
    const { currency } = this.#books;
    return {
      account: this.#company.company.account(account).name,
      ledger: moneyText(ledger, currency),
      journals: moneyText(journals, currency),
      books: books === undefined ? '—' : moneyText(books, currency),
      differences: differences.map(({ what, amount }) => `${what} (${moneyText(amount, currency)})`),
    };
  }

  /** What the accounts of the company stood at on the last closed day. */
  #closedBooks(closed: Day): readonly string[] {
    return Object.values(this.#books.accounts).map((account) =>
      this.#company.company.balance(account, closed),
    );
  }

  async #value(): Promise<void> {
    const { database } = this.#hub;
    const company = await readCompany(database.pool);
    if (!company) throw new Error('the company was not configured');
    await until('everything is valued', async () => {
      await valueAll(database, company);
      const { rows } = await database.pool.query('select from valuation_stale limit 1');
      return rows.length === 0;
    });
  }

  async #import(kind: 'costs' | 'bills' | 'items', lines: readonly string[]): Promise<void> {
    const report = await importCatalog(this.#hub.database.pool, kind, `${lines.join('\n')}\n`);
    if (report.rejected.length > 0) throw new Error(`${kind}: ${JSON.stringify(report.rejected)}`);
  }

  async #move(
    type: 'receipt' | 'shipment',
    reference: string,
    quantity: number,
    at: string,
    unitCost?: string,
  ): Promise<void> {
    const { database, ledger } = this.#hub;
    const { rows } = await database.pool.query<{
      item: number;
      shelf: number;
      away: number;
      connection: number;
    }>(
      `select (select id from item where sku = $1) as item, (select id from location where code = $2) as shelf,
         (select id from location where code = $3) as away, (select id from connection where name = 'dock') as connection`,
      [VASE, SHELF.toUpperCase(), type === 'receipt' ? '@supplier' : '@customer'],
    );
    const [ids] = rows;
    if (!ids) throw new Error('the shelf is not there');
    const shelf = { locationId: ids.shelf, state: 'sellable' as const };
    const away = { locationId: ids.away, state: 'sellable' as const };
    const movement: Movement = {
      key: factKey(ids.connection, { type, id: reference }),
      type,
      occurredAt: instantFrom(at) as Instant,
      document: `${type} ${reference}`,
      reference,
      corrects: null,
      lines: [
        {
          itemId: ids.item,
          lotId: null,
          quantity: String(quantity),
          from: type === 'receipt' ? away : shelf,
          to: type === 'receipt' ? shelf : away,
          unitCost: unitCost ?? null,
          currency: unitCost === undefined ? null : this.#books.currency,
        },
      ],
    };
    await ledger.post([
      {
        connectionId: ids.connection,
        inboxEventId: null,
        movements: [movement],
        counts: [],
        reservations: [],
        observations: [],
        note: null,
      },
    ]);
  }

  #live() {
    const live = booksConnection(this.#hub.connections.values(), this.#books);
    if (!live) throw new Error('no connection keeps the books');
    return live;
  }

  #asked() {
    const { id, connection } = this.#live();
    return { connectionId: id, source: connection.journal };
  }
}

const isUsed = ({ ledger, journals, books }: AccountTie): boolean =>
  ledger !== 0n || journals !== 0n || (books ?? 0n) !== 0n;

async function until(what: string, isTrue: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error(`${what}: not within ${DEADLINE_MS} ms`);
    await sleep(100);
  }
}
