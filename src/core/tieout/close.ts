// Closes a period: nothing stands in its way, ledger, journals and books agree, and a certificate says so; or everything that
// stands in the way, at once. A close that finds something else in its transaction than before it closes nothing. It reads the
// books as a whole, and keeps what it saw for the tie-outs until the next one.
import type { Database } from '../database.ts';
import { StockbridgeError } from '../errors.ts';
import { type Day, dayAfter } from '../journals/calendar.ts';
import type { Obstacle, obstaclesTo } from '../journals/obstacles.ts';
import { closePeriod, closingObstacles } from '../journals/periods.ts';
import type { Books } from '../journals/rules.ts';
import { closedThrough } from '../journals/unbooked.ts';
import type { Instant } from '../vocabulary/instant.ts';
import { moneyText } from '../vocabulary/money.ts';
import { type AccountNames, accountText } from './account-name.ts';
import { behindOf, keepBehind } from './behind.ts';
import { type Certificate, certificateOf, isGenuine } from './certificate.ts';
import { DIFFERENCES, type DifferenceKind, isOpen, type TieState } from './difference.ts';
import { type Finding, openFindings } from './findings.ts';
import { deliveredIds, ownJournals } from './journals.ts';
import { type Asked, statementAhead, type TieOut, tieOutCompany, tieOutWithin } from './read.ts';

export type Hindrance = Omit<Obstacle, 'kind'> & { readonly kind: Obstacle['kind'] | DifferenceKind };

export interface CloseRequest {
  readonly through: Day;
  readonly by: string;
  readonly now: Instant;
  /** The company’s name in the books; null: not known. */
  readonly company: string | null;
  readonly asked: Asked | undefined;
  /** What the books call their accounts; none: not known. */
  readonly names?: AccountNames;
}

export type CloseAnswer =
  | { readonly outcome: 'closed'; readonly certificate: Certificate }
  | { readonly outcome: 'refused'; readonly hindrances: readonly Hindrance[] };

/**
 * Everything that stands in the way of closing, without closing; none: it can be closed.
 * @throws StockbridgeError `content_invalid` when books are kept through a connection and are not asked.
 */
export async function hindrancesTo(
  database: Database,
  books: Books,
  { through, now, asked, names = NO_NAMES }: Pick<CloseRequest, 'through' | 'now' | 'asked' | 'names'>,
): Promise<readonly Hindrance[]> {
  refuseUnasked(books, asked);
  const obstacles = await closingObstacles(database, books, { through, now });
  const tied = await tieOutCompany(database, books, { asOf: through, now, books: asked, whole: true });
  return [
    ...obstacles,
    ...unsettled(tied, obstacles, names),
    ...unseen(tied, await openFindings(database.pool)),
  ];
}

const NO_NAMES: AccountNames = new Map();

/** A close without the books is for journals that leave as files. */
function refuseUnasked({ journal: { connection } }: Books, asked: Asked | undefined): void {
  if (connection !== undefined && asked === undefined)
    throw new StockbridgeError(
      'content_invalid',
      `books.journal.connection is ${connection}: a close asks the books, and works without them only where journals leave as files`,
    );
}

/** Closes through a day, or says what stands in the way. */
export async function closeWithCertificate(
  database: Database,
  books: Books,
  request: CloseRequest,
): Promise<CloseAnswer> {
  const hindrances = await hindrancesTo(database, books, request);
  if (hindrances.length > 0) return { outcome: 'refused', hindrances };
  const { names = NO_NAMES } = request;
  const question = { asOf: request.through, now: request.now };
  const statement =
    request.asked && (await statementAhead(database, books, { ...question, books: request.asked }));
  let made: Certificate | undefined;
  try {
    const closed = await closePeriod(database, books, {
      ...request,
      certificate: async (client) => {
        const tied = await tieOutWithin(client, books, { ...question, books: request.asked }, statement);
        const late = [...unsettled(tied, [], names), ...unseen(tied, await openFindings(client))];
        if (late.length > 0) throw new Unsettled(late);
        made = await certificateOf(client, {
          ...{ company: request.company, books, through: request.through, tieOut: tied },
          from: await periodStart(client, books, request.through),
          closedAt: request.now,
          closedBy: request.by,
          names,
        });
        if (statement && request.asked)
          await keepBehind(
            client,
            request.asked.connectionId,
            made.sha256,
            behindOf(statement, deliveredIds(await ownJournals(client))),
          );
        return made;
      },
    });
    if (closed.outcome === 'refused') return { outcome: 'refused', hindrances: closed.obstacles };
  } catch (error) {
    if (error instanceof Unsettled) return { outcome: 'refused', hindrances: error.hindrances };
    throw error;
  }
  if (!made) throw new RangeError('the close made no certificate');
  return { outcome: 'closed', certificate: made };
}

/** Rolls the close back. */
class Unsettled extends Error {
  readonly hindrances: readonly Hindrance[];

  constructor(hindrances: readonly Hindrance[]) {
    super('something moved while the period was being closed');
    this.hindrances = hindrances;
  }
}

/** What the obstacles of a close say already, in other words. */
const SAID: readonly DifferenceKind[] = [
  'not_drafted',
  'held',
  'draft',
  'not_sent',
  'outcome_unknown',
  'rejected',
];

function unsettled(tied: TieOut, obstacles: readonly Obstacle[], names: AccountNames): readonly Hindrance[] {
  return tied.accounts.flatMap(({ account, differences }) =>
    differences
      .filter(isOpen)
      .filter(({ kind }) => obstacles.length === 0 || !SAID.includes(kind))
      .map(({ kind, amount, document, what, finding }) => ({
        kind,
        what: `account ${accountText(account, names)}, ${moneyText(amount, tied.currency)} ${tied.currency}: ${document} ${what}`,
        ids: [finding === undefined ? document.replace(/^journal /, '') : finding],
        count: 1,
        help: DIFFERENCES[kind].help,
      })),
  );
}

/** Findings that are open and that the comparison of this day does not show: of other days, or of no amount on our accounts. */
function unseen(tied: TieOut, findings: readonly Finding[]): readonly Hindrance[] {
  const shown = new Set(
    tied.accounts.flatMap(({ differences }) => differences.flatMap(({ finding }) => finding ?? [])),
  );
  return findings
    .filter(({ id }) => !shown.has(id))
    .map(({ id, kind, reason }) => ({
      kind,
      what: `finding ${id} is open: ${reason}`,
      ids: [id],
      count: 1,
      help: 'Look again with `stockbridge tieout`, which settles what is gone; or accept it with `stockbridge books resolve`.',
    }));
}

/** The day after the last close, else the first day of the month or of what happened before it. */
async function periodStart(
  client: Parameters<typeof obstaclesTo>[0],
  { timeZone }: Books,
  through: Day,
): Promise<Day> {
  const closed = await closedThrough(client);
  // Within the transaction that closes, nothing is closed through this day yet.
  if (closed !== undefined && closed < through) return dayAfter(closed);
  const { rows } = await client.query<{ first: string }>(
    `select least($1::date, (select min((effective_at at time zone $2)::date) from cost_entry))::text as first`,
    [`${through.slice(0, 7)}-01`, timeZone],
  );
  return rows[0]?.first ?? `${through.slice(0, 7)}-01`;
}

/** The certificate of the close through a day that holds; undefined when there is none. @throws RangeError when it was changed. */
export async function storedCertificate(
  store: Pick<Database['pool'], 'query'>,
  through: Day,
): Promise<Certificate | undefined> {
  const { rows } = await store.query<{ certificate: Certificate }>(
    'select certificate from period_closing where through = $1 and reopened_at is null order by id desc limit 1',
    [through],
  );
  const [row] = rows;
  if (row && !isGenuine(row.certificate))
    throw new RangeError(`the certificate of ${through} was changed after the close`);
  return row?.certificate;
}

/** What a close says of a day behind it. */
export interface ClosedDay {
  /** The last day of the close that holds the day. */
  readonly through: Day;
  /** The worst that any account stood at in its certificate. */
  readonly certified: TieState;
}

/** The close that a day is behind; undefined while the day is open. Throws as `storedCertificate`. */
export async function closeOf(
  store: Pick<Database['pool'], 'query'>,
  day: Day,
): Promise<ClosedDay | undefined> {
  const { rows } = await store.query<{ through: Day }>(
    'select min(through)::text as through from period_closing where through >= $1 and reopened_at is null having count(*) > 0',
    [day],
  );
  const through = rows[0]?.through;
  const certificate = through === undefined ? undefined : await storedCertificate(store, through);
  if (through === undefined || certificate === undefined) return undefined;
  const states = certificate.accounts.map(({ state }) => state);
  const order: readonly TieState[] = ['not settled', 'open items', 'explained'];
  return { through, certified: order.find((state) => states.includes(state)) ?? 'equal' };
}
