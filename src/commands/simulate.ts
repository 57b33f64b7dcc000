// stockbridge simulate: the outside world on local ports, to rehearse a configuration before a live credential exists.
import { startShopifySimulator } from '../simulators/shopify/index.ts';
import { startSquareSimulator } from '../simulators/square/index.ts';
import { output } from './output.ts';
import type { GlobalOptions } from './session.ts';

export const SIMULATORS = ['shopify', 'square'] as const;
export type SimulatorName = (typeof SIMULATORS)[number];

export interface SimulateOptions extends GlobalOptions {
  readonly port?: number;
  /** Where Square sends its notifications, as registered; Shopify learns its address from the hub. */
  readonly notify?: string;
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
            `{"lines":[{"sku":"MUG","quantity":1}]}`,
          ),
        ].join('\n'),
    );
    await signalled();
    return 0;
  }
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
          `{"location":"Main","lines":[{"sku":"MUG","quantity":"1"}]}`,
        ),
      ].join('\n'),
  );
  await signalled();
  return 0;
}

const levers = (url: string, seed: string, sale: string): string =>
  [
    'Pull its levers with POST and JSON, for example:',
    `  curl ${url}/__simulator/seed -d '${seed}'`,
    `  curl ${url}/__simulator/sell -d '${sale}'`,
    `  curl ${url}/__simulator/books -d '{}'`,
    'It runs until you stop it (Ctrl-C).',
  ].join('\n');

const signalled = (): Promise<void> =>
  new Promise((resolve) => {
    // The simulator's own server keeps the process alive.
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
  });
