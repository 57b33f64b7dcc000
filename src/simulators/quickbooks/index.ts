// A simulated QuickBooks Online company: its tokens, its API, its webhooks and the people in it, over real HTTP on 127.0.0.1.
// For rehearsals, the demo and tests. It is never kinder than QuickBooks; where QuickBooks' behaviour is unverified, the code says so.

import { z } from 'zod';
import { answerControl, type ControlActions, listen } from '../control.ts';
import type { DeliveryAttempt } from '../delivery.ts';
import { seededRandom } from '../random.ts';
import { apiOf } from './api/api.ts';
import { faultPlan, requestFaultSchema } from './api/request-faults.ts';
import { LIMITS, type Limits, throttleOf } from './api/throttle.ts';
import { CHART, type ChartKey, type SeededAccount } from './books/chart.ts';
import { openCompany } from './books/company.ts';
import type { Plan } from './books/transaction.ts';
import { openGrant } from './oauth.ts';
import { type PeopleInputs, peopleOf, type Touched } from './people.ts';
import { gatewayOf, type LoggedRequest, REVOKE_PATH, TOKEN_PATH } from './server.ts';
import { type Books, booksOf, type CompanyView, companyView } from './views.ts';
import { startWebhooks, type WebhookSettings } from './webhooks.ts';

export { CHART } from './books/chart.ts';
export type { LoggedRequest } from './server.ts';
export type { BookedEntry, BookedLine, Books, CompanyView } from './views.ts';
export { signatureOf, type WebhookSettings } from './webhooks.ts';

const probability = z.number().min(0).max(1).optional();
const waitMs = z.number().int().min(0).optional();

/** What goes wrong from now on; whatever is left out goes right again. */
export const faultsSchema = z.strictObject({
  /** The first rule that fits a request and whose chance comes up. */
  api: z.array(requestFaultSchema).optional(),
  /** How long a request that gets no answer is held before its connection is cut; default 30 seconds. */
  holdMs: waitMs,
  webhooks: z
    .strictObject({
      ...{ duplicate: probability, reorder: probability, delay: probability, drop: probability },
      ...{ delayMs: waitMs, reorderHoldMs: waitMs },
      /** A message also speaks of a company that is not this one. */
      mixRealms: probability,
    })
    .optional(),
});
export type Faults = z.input<typeof faultsSchema>;

export interface QuickbooksSimulatorOptions {
  /** 0, the default, picks a free port. */
  port?: number;
  /** Digits only. */
  realmId?: string;
  clientId?: string;
  clientSecret?: string;
  companyName?: string;
  homeCurrency?: string;
  country?: string;
  timeZone?: string;
  /** Classes and locations exist from `plus` on, the default. */
  plan?: Plan;
  /** 1 to 12; default January. */
  fiscalYearFirstMonth?: number;
  /** Replaces the seeded chart; bills and expenses need accounts 33 and 35 in it. */
  accounts?: readonly SeededAccount[];
  /** Seed of every fault, token and id. */
  seed?: number;
  now?: () => Date;
  /** `daily` is how it is; `always` shows a client's mistakes at once. */
  rotation?: 'daily' | 'always';
  limits?: Partial<Limits>;
  /** The code of closed books; regions differ. Default 6200. */
  closedBooksCode?: '6200' | '6210' | '5010';
  /** Whether the company minds a number used twice; default `refuse`. */
  duplicateNumbers?: 'refuse' | 'warn';
  /** Validation Faults come with HTTP 200. */
  faultsAnswer200?: boolean;
  /** False forgets a Fault, so that its request id may be used again. Which is true is unverified; default true. */
  remembersFaults?: boolean;
  /** Cells after which a report says that it cannot show more; default 400,000. */
  mostReportCells?: number;
  latencyMs?: number;
  webhooks?: readonly WebhookSettings[];
  /** Multiplies the waits of the retry schedule; default 1. */
  retryScale?: number;
  /** How long a receiver may take; Intuit asks for an answer within 3 seconds. */
  webhookTimeoutMs?: number;
  /** Changes within this time go out together; default 20. */
  gatherMs?: number;
}

export interface Credentials {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly realmId: string;
  /** The newest. */
  readonly refreshToken: string;
  readonly accessToken: string;
}

export type Actions = { [Name in keyof PeopleInputs]: (input: PeopleInputs[Name]) => Touched } & {
  /** Moves the company's clock forward; tokens age by it. */
  advance(input: { seconds: number }): void;
  expireAccessTokens(): void;
  /** What a user does who disconnects the app. */
  disconnect(): void;
  /** What a user does who connects the app again; `credentials` has the new refresh token. */
  reconnect(): void;
  subscribe(settings: WebhookSettings): void;
  unsubscribe(input: { url: string }): void;
};

/** The handle. Every action is also `POST /__simulator/<name>` with its input as JSON; so are faults, requests and books. */
export interface QuickbooksSimulator extends AsyncDisposable {
  /** Base of the accounting API: what stands before `/v3/company`. */
  readonly url: string;
  readonly tokenUrl: string;
  readonly revokeUrl: string;
  readonly credentials: Credentials;
  /** Ids of the seeded accounts by the chart's keys. */
  readonly accounts: Readonly<Record<ChartKey, string>>;
  readonly company: CompanyView;
  readonly actions: Actions;
  /** Sets what goes wrong from now on; answers what still may, without changing it when called with nothing. */
  faults(faults?: Faults): Faults;
  requests(): LoggedRequest[];
  /** How often a refresh succeeded. */
  refreshes(): number;
  deliveries(): DeliveryAttempt[];
  /** Resolves when no notification is gathered, in flight, held back or waiting for a retry. */
  settled(): Promise<void>;
  books(): Books;
  stop(): Promise<void>;
}

const KEYS = Object.entries(CHART) as Array<[ChartKey, SeededAccount]>;
const advanceSchema = z.strictObject({ seconds: z.number().min(0) });
const urlSchema = z.strictObject({ url: z.string() });

/** Starts a company with a chart of accounts and nothing booked; throws when the port is taken. */
export async function startQuickbooksSimulator(
  options: QuickbooksSimulatorOptions = {},
): Promise<QuickbooksSimulator> {
  const baseNow = options.now ?? (() => new Date());
  let aheadMs = 0;
  const now = (): Date => new Date(baseNow().getTime() + aheadMs);
  const random = seededRandom(options.seed ?? 1);
  const realmId = options.realmId ?? `9${random.text(18, '0123456789')}`;
  const clientId = options.clientId ?? `AB${random.text(46)}`;
  const clientSecret = options.clientSecret ?? random.text(40);
  const company = openCompany({
    ...{ realmId, now, accounts: options.accounts ?? [] },
    name: options.companyName ?? 'Simulated company',
    homeCurrency: options.homeCurrency ?? 'USD',
    country: options.country ?? 'US',
    timeZone: options.timeZone ?? 'America/New_York',
    plan: options.plan ?? 'plus',
    fiscalYearFirstMonth: options.fiscalYearFirstMonth ?? 1,
  });
  const grant = openGrant({ clientId, clientSecret, random, now, rotation: options.rotation ?? 'daily' });
  const webhooks = startWebhooks({
    ...{ realmId, random, now },
    timeoutMs: options.webhookTimeoutMs ?? 3_000,
    retryScale: options.retryScale ?? 1,
    gatherMs: options.gatherMs ?? 20,
  });
  company.onChange((change) => webhooks.publish(change));
  const api = apiOf(company, {
    closedBooksCode: options.closedBooksCode ?? '6200',
    duplicateNumbers: options.duplicateNumbers ?? 'refuse',
    faultsAnswer200: options.faultsAnswer200 ?? false,
    remembersFaults: options.remembersFaults ?? true,
    mostReportCells: options.mostReportCells ?? 400_000,
  });
  let standing = faultsSchema.parse({});
  let plan = faultPlan([], random);
  const gateway = gatewayOf({
    ...{ api, grant, realmId, random, now },
    throttle: throttleOf({ ...LIMITS, ...options.limits }),
    retryAfterSeconds: options.limits?.retryAfterSeconds,
    plan: () => plan,
    holdMs: () => standing.holdMs ?? 30_000,
    latencyMs: options.latencyMs ?? 0,
  });

  const actions: Actions = {
    ...peopleOf(company),
    advance: (input) => {
      aheadMs += advanceSchema.parse(input).seconds * 1000;
    },
    expireAccessTokens: () => grant.expireAccessTokens(),
    disconnect: () => grant.revoke(),
    reconnect: () => grant.connect(),
    subscribe: (settings) => webhooks.subscribe(settings),
    unsubscribe: (input) => webhooks.unsubscribe(urlSchema.parse(input).url),
  };
  const faults = (given?: Faults): Faults => {
    if (given !== undefined) {
      standing = faultsSchema.parse(given);
      plan = faultPlan(standing.api ?? [], random);
      webhooks.setFaults(standing.webhooks ?? {});
    }
    return { ...standing, api: plan.left() };
  };
  const credentials = (): Credentials => ({
    ...{ clientId, clientSecret, realmId },
    ...{ refreshToken: grant.refreshToken(), accessToken: grant.accessToken() },
  });
  const looks = {
    requests: () => gateway.requests(),
    deliveries: () => webhooks.deliveries(),
    refreshes: () => grant.refreshes(),
    settled: () => webhooks.settled(),
    books: () => booksOf(company),
  };
  const view = companyView(company);
  const controls = { ...actions, ...looks, faults, credentials, entries: () => view.entries() };

  const server = await listen(async (request, response) => {
    try {
      // Every action parses its input, so what arrives over HTTP is no less checked than a typed call.
      if (await answerControl(request, response, controls as unknown as ControlActions)) return;
      await gateway.respond(request, response);
    } catch {
      // A body beyond the limit, or a client that went away while it was read.
      response.destroy();
    }
  }, options.port);
  for (const settings of options.webhooks ?? []) actions.subscribe(settings);
  const stop = async (): Promise<void> => {
    await Promise.all([webhooks.close(), server.close()]);
  };
  return {
    ...looks,
    url: server.url,
    tokenUrl: `${server.url}${TOKEN_PATH}`,
    revokeUrl: `${server.url}${REVOKE_PATH}`,
    get credentials() {
      return credentials();
    },
    accounts: Object.fromEntries(KEYS.map(([key, { id }]) => [key, id])) as Record<ChartKey, string>,
    company: view,
    actions,
    faults,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
