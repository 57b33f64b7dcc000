// Shopify's own library, set up the one way this connector uses it: pinned version, silent, no global token.
import { ApiVersion, LogSeverity, type Shopify, shopifyApi } from '@shopify/shopify-api';
import './transport.ts';

/** After its year of support Shopify answers with another version without an error; the client compares each answer. */
export const API_VERSION = ApiVersion.October26;

/**
 * The library for one app secret. `isCustomStoreApp` stays off: it would override the token of every session.
 * `secret` signs webhooks and, with `clientId`, fetches tokens; without either use it is any non-empty text.
 */
export const shopifyLibrary = (secret: string, clientId = 'stockbridge'): Shopify =>
  shopifyApi({
    apiKey: clientId,
    apiSecretKey: secret,
    hostName: 'localhost',
    apiVersion: API_VERSION,
    isEmbeddedApp: false,
    userAgentPrefix: 'Stockbridge',
    // Failures are reported by whoever calls; the library would print parts of requests to the console.
    logger: { level: LogSeverity.Error, log: () => undefined, httpRequests: false },
  });
