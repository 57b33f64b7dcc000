// A simulated 3PL: a warehouse that somebody else runs and that speaks X12 over a real SFTP server, for rehearsals, the demo
// and tests. It is never kinder than a real one: what it is sent must be right to the last count, and what it sends can be wrong.
import type { z } from 'zod';
import { answerControl, type ControlActions, listen, sendJson } from '../control.ts';
import { seededRandom } from '../random.ts';
import { startAgenda } from './agenda.ts';
import { type Levels, levelsOf, startBooks } from './books.ts';
import { newHostKey } from './host-key.ts';
import * as inputs from './inputs.ts';
import { type Complaint, startMailroom } from './mailroom.ts';
import { type SentDocument, startOutbox } from './outbox.ts';
import { type SftpServer, startSftpServer } from './sftp-server.ts';
import { type Notice, type Order, startWarehouse } from './warehouse.ts';
import { startWriter } from './x12/build.ts';
import type { Party } from './x12/split.ts';

export type { Complaint } from './mailroom.ts';
export type { SentDocument } from './outbox.ts';
export type { Notice, Order } from './warehouse.ts';
export type { Party } from './x12/split.ts';

type SeedItem = NonNullable<z.input<typeof inputs.seedSchema>['items']>[number];

export interface ThreeplOptions {
  /** The hub, as the hub's own profile says `us`; default ZZ HUB. */
  readonly us?: Party;
  /** The warehouse's company, as the hub's profile says `them`; default ZZ ACME3PL. */
  readonly them?: Party;
  /** Its code of the warehouse; default WH01. */
  readonly warehouse?: string;
  readonly items?: readonly SeedItem[];
  /** Seed of everything left to chance. */
  readonly seed?: number;
  readonly now?: () => Date;
  /** Zone of the dates it writes, which name none; default UTC. */
  readonly timeZone?: string;
  /** Default `hub`. */
  readonly user?: string;
  readonly password?: string;
  /** Lines as in `authorized_keys`. */
  readonly publicKeys?: readonly string[];
  /** Private host key, OpenSSH or PEM; default a new one. */
  readonly hostKey?: string;
  /** Port of the SFTP server; 0, the default, picks a free one. */
  readonly port?: number;
  /** Element 235 under which it names items; default SK. It understands any. */
  readonly itemQualifier?: string;
  /** Between an order and its 945, and between the two of a split one; default 200. */
  readonly shipAfterMs?: number;
  /** Between a notice and its 944; default 200. */
  readonly receiveAfterMs?: number;
  readonly shipping?: inputs.Habits['shipping'];
  readonly receiving?: inputs.Habits['receiving'];
  /** When an acknowledgement of the hub is overdue; default 5000. */
  readonly acknowledgeWithinMs?: number;
  /** How often /in is looked at; default 25. */
  readonly lookEveryMs?: number;
  /** First control number and number of documents; default 1. A second run against the same hub needs another one. */
  readonly firstControl?: number;
  /** What it writes is marked as a test, as agreed before going live; default false. */
  readonly test?: boolean;
}

/** Whole units by SKU, and by lot where the item is kept by lot. */
export type StockBooks = Record<string, Levels & { lots?: Record<string, Levels> }>;

/** The handle: every member from `seed` to `settled` is also `POST /__simulator/<name>` of `startControl`, with JSON. */
export interface Threepl extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Of the key the server has now, `SHA256:…`. */
  readonly hostKeyFingerprint: string;
  readonly us: Party;
  readonly them: Party;
  readonly warehouse: string;
  readonly timeZone: string;
  /** The server itself: its files, its sign-ins and its own faults. */
  readonly server: SftpServer;
  seed(input: z.input<typeof inputs.seedSchema>): void;
  /** A 947. Answers its number. */
  adjust(input: z.input<typeof inputs.adjustSchema>): { number: string };
  /** A 947 from one condition to another. Answers its number. */
  move(input: z.input<typeof inputs.moveSchema>): { number: string };
  /** A full 846 as of now or an earlier instant. Answers its number. */
  reportStock(input?: z.input<typeof inputs.reportSchema>): { number: string };
  /** Changes good stock and tells nobody. */
  driftSecretly(input: z.input<typeof inputs.driftSchema>): void;
  /** A document once more, with new control numbers and without faults. Throws when none has that number. */
  resend(input: z.input<typeof inputs.resendSchema>): void;
  /** How it works from now on: shipping, receiving, and how long they take. */
  behave(habits: z.input<typeof inputs.habitsSchema>): void;
  setFaults(faults: z.input<typeof inputs.faultsSchema>): void;
  books(): StockBooks;
  orders(): Order[];
  notices(): Notice[];
  /** Every document it sent, with what the hub answered. */
  acknowledgements(): SentDocument[];
  /** Documents written longer ago than that and not answered. */
  overdue(input?: z.input<typeof inputs.overdueSchema>): SentDocument[];
  /** What it could not take as it was sent, in words. */
  complaints(): Complaint[];
  /** What stands on the server, by path. */
  files(): Record<string, string>;
  /** Resolves when every file in /in is handled and all that follows from it is written or held back by `quietAfter`. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

const HUB: Party = { qualifier: 'ZZ', id: 'HUB' };
const COMPANY: Party = { qualifier: 'ZZ', id: 'ACME3PL' };
const FOLDERS = ['/in', '/in/archive', '/out', '/out/archive'];

/** Starts a warehouse; close it when done. Needs a password or a public key to let anyone in. */
export async function startThreepl(options: ThreeplOptions = {}): Promise<Threepl> {
  const { us = HUB, them = COMPANY, warehouse: code = 'WH01', user = 'hub', timeZone = 'UTC' } = options;
  const { now = () => new Date(), firstControl = 1, acknowledgeWithinMs = 5000 } = options;
  const server = await startSftpServer({
    users: [
      {
        user,
        ...(options.password !== undefined && { password: options.password }),
        ...(options.publicKeys && { publicKeys: options.publicKeys }),
      },
    ],
    hostKey: options.hostKey ?? newHostKey(),
    ...(options.port !== undefined && { port: options.port }),
  });
  for (const folder of FOLDERS) server.makeFolder(folder);

  const mishaps: Complaint[] = [];
  const agenda = startAgenda((error) =>
    mishaps.push({ file: '', what: error instanceof Error ? error.message : String(error) }),
  );
  const books = startBooks();
  const writer = startWriter({
    sender: them,
    receiver: us,
    firstControl,
    timeZone,
    isTest: options.test === true,
  });
  const outbox = startOutbox({ server, writer, agenda, now });
  let documents = firstControl - 1;
  const warehouse = startWarehouse({
    ...{ code, books, outbox, agenda, now, timeZone },
    random: seededRandom(options.seed ?? 1),
    itemQualifier: options.itemQualifier ?? 'SK',
    nextNumber: () => {
      documents += 1;
      return documents;
    },
    habits: {
      shipping: options.shipping ?? 'complete',
      receiving: options.receiving ?? 'complete',
      shipAfterMs: options.shipAfterMs ?? 200,
      receiveAfterMs: options.receiveAfterMs ?? 200,
    },
  });
  const mailroom = startMailroom({
    server,
    outbox,
    agenda,
    books,
    warehouse,
    code,
    sender: us,
    receiver: them,
  });
  const looking = setInterval(() => mailroom.collect(), options.lookEveryMs ?? 25);

  const seed: Threepl['seed'] = (input) => {
    for (const { sku, unit, barcode, onHand, hold, damaged, lots } of inputs.seedSchema.parse(input).items) {
      books.keep({ sku, unit, ...(barcode !== undefined && { barcode }) });
      const opening = lots.length > 0 ? lots : [{ lot: '', onHand: onHand ?? 0 }];
      for (const each of opening)
        if ('expiresOn' in each && each.expiresOn) books.expires(sku, each.lot, each.expiresOn);
      books.post(
        [
          ...opening.map((each) => ({
            sku,
            lot: each.lot,
            condition: 'good' as const,
            quantity: each.onHand,
          })),
          { sku, lot: opening[0]?.lot ?? '', condition: 'hold', quantity: hold },
          { sku, lot: opening[0]?.lot ?? '', condition: 'damaged', quantity: damaged },
        ],
        now(),
      );
    }
  };
  if (options.items) seed({ items: [...options.items] });

  const close = async (): Promise<void> => {
    clearInterval(looking);
    agenda.close();
    await server.stop();
  };

  return {
    ...{ host: server.host, port: server.port, user, us, them, warehouse: code, timeZone, server },
    get hostKeyFingerprint() {
      return server.hostKey();
    },
    seed,
    adjust: (input) => ({ number: warehouse.adjust(inputs.adjustSchema.parse(input)) }),
    move: (input) => ({ number: warehouse.move(inputs.moveSchema.parse(input)) }),
    reportStock: (input) => ({ number: warehouse.report(inputs.reportSchema.parse(input).asOf) }),
    driftSecretly: (input) => warehouse.drift(inputs.driftSchema.parse(input)),
    resend: (input) => {
      const { number } = inputs.resendSchema.parse(input);
      if (!outbox.resend(number)) throw new RangeError(`The warehouse sent no document ${number}.`);
    },
    behave: (input) => warehouse.behave(inputs.habitsSchema.parse(input)),
    setFaults: (input) => {
      const faults = inputs.faultsSchema.parse(input);
      mailroom.setFaults(faults);
      outbox.setFaults(faults);
      if (faults.hostKeyChange === true) server.changeHostKey(newHostKey());
      const drop = faults.dropAtByte;
      server.fail({
        ...(drop !== undefined && { dropAfterReadBytes: drop, dropAfterWrittenBytes: drop }),
        ...present(faults.sftp ?? {}),
      });
    },
    books: () =>
      Object.fromEntries(
        books.items().map(({ sku }) => {
          const lots = books.lots(sku);
          const byLot = lots
            .filter(({ lot }) => lot !== '')
            .map((each) => [each.lot, levelsOf([each])] as const);
          return [sku, { ...levelsOf(lots), ...(byLot.length > 0 && { lots: Object.fromEntries(byLot) }) }];
        }),
      ),
    orders: () => warehouse.orders(),
    notices: () => warehouse.notices(),
    acknowledgements: () => outbox.sent(),
    overdue: (input) => {
      const { withinMs = acknowledgeWithinMs } = inputs.overdueSchema.parse(input);
      const before = now().getTime() - withinMs;
      return outbox
        .sent()
        .filter(({ state, writtenAt }) => state === 'waiting' && writtenAt && writtenAt.getTime() <= before);
    },
    complaints: () => [...mailroom.complaints(), ...mishaps],
    files: () =>
      Object.fromEntries([...server.files()].map(([path, bytes]) => [path, bytes.toString('utf8')])),
    settled: async () => {
      while (mailroom.collect() > 0 || agenda.pending() > 0) await agenda.idle();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

type Present<T> = { [Key in keyof T]: Exclude<T[Key], undefined> };
const present = <T extends object>(all: T): Present<T> =>
  Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Present<T>;

/** The members of the handle that whoever rehearses may call over HTTP. */
const LEVERS = [
  ...[
    'seed',
    'adjust',
    'move',
    'reportStock',
    'driftSecretly',
    'resend',
    'behave',
    'setFaults',
    'books',
    'orders',
  ],
  ...['notices', 'acknowledgements', 'overdue', 'complaints', 'files', 'settled'],
] as const;

/** The control port of a warehouse on 127.0.0.1: `POST /__simulator/<lever>` with its input as JSON. */
export async function startControl(
  threepl: Threepl,
  port = 0,
): Promise<{ url: string; close(): Promise<void> }> {
  const levers = Object.fromEntries(LEVERS.map((name) => [name, threepl[name as keyof Threepl]]));
  return listen((request, response) => {
    // Every lever with an input parses it, so what arrives over HTTP is no less checked than a typed call.
    void answerControl(request, response, levers as unknown as ControlActions).then((answered) => {
      if (!answered)
        sendJson(response, 404, { error: 'The warehouse speaks SFTP; here are only its levers.' });
    });
  }, port);
}
