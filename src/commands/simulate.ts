// stockbridge simulate: the outside world on local ports, to rehearse a configuration before a live credential exists.
import { randomBytes } from 'node:crypto';
import { startQuickbooksSimulator } from '../simulators/quickbooks/index.ts';
import { quickbooksLevers } from '../simulators/quickbooks/levers.ts';
import { startShopifySimulator } from '../simulators/shopify/index.ts';
import { startSquareSimulator } from '../simulators/square/index.ts';
import { startControl, startThreepl, type Threepl } from '../simulators/threepl/index.ts';
import { output } from './output.ts';
import type { GlobalOptions } from './session.ts';

export const SIMULATORS = ['shopify', 'square', 'threepl', 'quickbooks'] as const;
export type SimulatorName = (typeof SIMULATORS)[number];

export interface SimulateOptions extends GlobalOptions {
  /** Where the system itself listens: HTTP, or SFTP for the warehouse. */
  readonly port?: number;
  /** Where Square or QuickBooks sends its notifications, as registered; Shopify learns its address from the hub. */
  readonly notify?: string;
  /** The warehouse marks what it writes as a test. */
  readonly test?: boolean;
}

/** Runs one simulator until it is told to stop, and prints what to put into the configuration. */
export async function simulate(name: SimulatorName, options: SimulateOptions): Promise<number> {
  const out = output(options);
  const port = options.port === undefined ? {} : { port: options.port };
  if (name === 'shopify') {
    await using shop = await startShopifySimulator(port);
    out.result(
      {
        url: shop.baseUrl,
        shop: shop.domain,
        accessToken: shop.accessToken,
        clientId: shop.clientId,
        clientSecret: shop.clientSecret,
      },
      () =>
        [
          `A Shopify shop answers at ${shop.baseUrl}. In the configuration:`,
          '  connector: shopify',
          `  settings: { shop: ${shop.domain}, apiUrl: ${shop.baseUrl}, auth: { kind: token, accessToken: ${shop.accessToken} }, webhookSecret: ${shop.clientSecret} }`,
          levers(
            shop.baseUrl,
            `{"locations":[{"name":"Main"}],"variants":[{"sku":"MUG","onHand":{"Main":10}}]}`,
            ['sell', `{"lines":[{"sku":"MUG","quantity":1}]}`],
          ),
        ].join('\n'),
    );
    await signalled();
    return 0;
  }
  if (name === 'threepl') return simulateThreepl(options);
  if (name === 'quickbooks') return simulateQuickbooks(options);
  const signatureKey = 'simulated-signature-key';
  await using seller = await startSquareSimulator({
    ...port,
    ...(options.notify ? { subscriptions: [{ url: options.notify, signatureKey }] } : {}),
  });
  out.result(
    { url: seller.url, accessToken: seller.accessToken(), signatureKey, applicationId: seller.applicationId },
    () =>
      [
        `A Square seller answers at ${seller.url}. In the configuration:`,
        '  connector: square',
        `  settings: { baseUrl: ${seller.url}, accessToken: ${seller.accessToken()}, signatureKey: ${signatureKey}, applicationId: ${seller.applicationId} }`,
        options.notify
          ? `It notifies ${options.notify}.`
          : 'It notifies nobody: give the hub’s address with --notify.',
        levers(
          seller.url,
          `{"locations":[{"name":"Main"}],"variations":[{"name":"Mug","sku":"MUG","counts":{"Main":"10"}}]}`,
          ['sell', `{"location":"Main","lines":[{"sku":"MUG","quantity":"1"}]}`],
        ),
      ].join('\n'),
  );
  await signalled();
  return 0;
}

const VERIFIER_TOKEN = 'simulated-verifier-token';

async function simulateQuickbooks(options: SimulateOptions): Promise<number> {
  const out = output(options);
  await using books = await startQuickbooksSimulator({
    ...(options.port === undefined ? {} : { port: options.port }),
    ...(options.notify ? { webhooks: [{ url: options.notify, verifierToken: VERIFIER_TOKEN }] } : {}),
  });
  const { url, tokenUrl, credentials, accounts } = books;
  const { realmId, clientId, clientSecret, refreshToken } = credentials;
  out.result(
    {
      ...{ url, tokenUrl, realmId, clientId, clientSecret, refreshToken },
      ...{ webhookVerifierToken: VERIFIER_TOKEN, accounts },
    },
    () =>
      [
        `A QuickBooks company answers at ${url}. In the configuration:`,
        '  connector: quickbooks',
        `  settings: { apiUrl: ${url}, tokenUrl: ${tokenUrl}, realmId: '${realmId}', clientId: ${clientId}, clientSecret: ${clientSecret}, refreshToken: ${refreshToken}, webhookVerifierToken: ${VERIFIER_TOKEN} }`,
        options.notify
          ? `It notifies ${options.notify}.`
          : 'It notifies nobody: give the hub’s address with --notify.',
        'Its accounts, by id:',
        ...Object.entries(accounts).map(([key, id]) => `  ${key}: '${id}'`),
        quickbooksLevers(url),
      ].join('\n'),
  );
  await signalled();
  return 0;
}

const PASSWORD = 'simulated-password';

async function simulateThreepl(options: SimulateOptions): Promise<number> {
  const out = output(options);
  await using warehouse = await startThreepl({
    password: PASSWORD,
    // Seconds since 1970: a second run does not repeat the control numbers of the first.
    firstControl: Math.floor(Date.now() / 1000) % 1_000_000_000,
    ...(options.port !== undefined && { port: options.port }),
    ...(options.test === true && { test: true }),
  });
  const control = await startControl(warehouse);
  out.result(
    {
      ...{ host: warehouse.host, port: warehouse.port, user: warehouse.user, password: PASSWORD },
      ...{ hostKey: warehouse.hostKeyFingerprint, url: control.url },
    },
    () =>
      [
        `A warehouse answers by SFTP at ${warehouse.host}:${warehouse.port}, user ${warehouse.user}, password ${PASSWORD}.`,
        `Its host key is ${warehouse.hostKeyFingerprint}; it is new with every start. In the configuration, under connections:`,
        '',
        threeplProfile(warehouse, PASSWORD, randomBytes(32).toString('base64'), options.test === true),
        levers(control.url, '{"items":[{"sku":"MUG","onHand":100}]}', [
          'adjust',
          '{"sku":"MUG","quantity":-1,"reason":"AA"}',
        ]),
      ].join('\n'),
  );
  await signalled();
  await control.close();
  return 0;
}

/** A connection that trades with the simulated warehouse, as YAML to paste under `connections:`. */
export const threeplProfile = (
  { host, port, user, hostKeyFingerprint, us, them, warehouse, timeZone }: Threepl,
  password: string,
  encryptionKey: string,
  isTest = false,
): string => `  rehearsal:
    connector: threepl
    settings:
      partner: rehearsal
      title: Simulated warehouse
      version: 1
      timeZone: ${timeZone}
      transport:
        host: ${host}
        port: ${port}
        user: ${user}
        password: ${password}
        hostKey: ${hostKeyFingerprint}
        everySeconds: 5
        in: [{ folder: /out, files: '*.edi', ready: { mode: stable, seconds: 2 } }]
        out: { folder: /in }
      format: x12
      x12:
        us: { qualifier: ${us.qualifier}, id: ${us.id} }
        them: { qualifier: ${them.qualifier}, id: ${them.id} }${isTest ? '\n        test: true' : ''}
      meaning:
        warehouses: { ${warehouse}: { location: CODE-OF-YOUR-LOCATION } }
      encryptionKey: ${encryptionKey}
`;

const levers = (url: string, first: string, [name, input]: readonly [string, string]): string =>
  [
    'Pull its levers with POST and JSON, for example:',
    `  curl ${url}/__simulator/seed -d '${first}'`,
    `  curl ${url}/__simulator/${name} -d '${input}'`,
    `  curl ${url}/__simulator/books -d '{}'`,
    'It runs until you stop it (Ctrl-C).',
  ].join('\n');

const signalled = (): Promise<void> =>
  new Promise((resolve) => {
    // The simulator's own server keeps the process alive.
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
  });
