// Proves and names what Shopify sends. Only the body is signed: topic, shop and ids in the headers are hints, which is
// why a header naming another shop is refused and why nothing in a webhook is ever booked without reading it again.
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Shopify } from '@shopify/shopify-api';
import { type Instant, instantFrom } from '../../core/vocabulary/instant.ts';
import { plainTextOf } from '../../core/vocabulary/text.ts';
import type { Verdict, WebhookEvent, WebhookRequest, WebhookSource } from '../contract.ts';
import { dedupeKeyOf, digestKey, topicOf } from '../toolkit/event-names.ts';
import { readJson } from '../toolkit/json.ts';
import { shopifyLibrary } from './library.ts';
import { type ShopifySettings, webhookSecrets } from './settings.ts';

const HEADERS = [
  'x-shopify-topic',
  'x-shopify-hmac-sha256',
  'x-shopify-shop-domain',
  'x-shopify-api-version',
  'x-shopify-webhook-id',
  'x-shopify-event-id',
  'x-shopify-triggered-at',
  'x-shopify-name',
] as const;

export const webhook: WebhookSource<ShopifySettings> = {
  verify,
  events: (request) => [eventOf(request)],
  keptHeaders: HEADERS.filter((name) => name !== 'x-shopify-hmac-sha256'),
};

async function verify(request: WebhookRequest, settings: ShopifySettings): Promise<Verdict> {
  // The library signs text. Bytes that are no UTF-8 would be replaced on the way, and two bodies could look alike.
  if (!isUtf8(request.body))
    return refused('signature_invalid', 'the body is not UTF-8, so Shopify cannot have signed it');
  const shop = request.headers['x-shopify-shop-domain'];
  if (shop !== undefined && shop.toLowerCase() !== settings.shop) {
    return refused(
      'signature_invalid',
      `sent for ${plainTextOf(shop, 100)}, but this connection is ${settings.shop}`,
    );
  }
  let verdict: Verdict = refused('signature_invalid', 'the connection has no webhook secret');
  for (const library of librariesFor(settings)) {
    verdict = await verdictOf(library, request);
    if (verdict.genuine || verdict.code === 'signature_missing') return verdict;
  }
  return verdict;
}

async function verdictOf(library: Shopify, request: WebhookRequest): Promise<Verdict> {
  // Only the headers of classic webhooks: the library would otherwise let the sender choose another scheme.
  const headers: Record<string, string> = {};
  for (const name of HEADERS) {
    const value = request.headers[name];
    if (value !== undefined) headers[name] = value;
  }
  const result = await library.webhooks.validate({
    rawBody: request.body.toString('utf8'),
    rawRequest: { headers, method: request.method, url: '/' } as unknown as IncomingMessage,
    rawResponse: {} as ServerResponse,
  });
  if (result.valid) return { genuine: true };
  switch (result.reason) {
    case 'missing_hmac':
      return refused('signature_missing', 'the header X-Shopify-Hmac-Sha256 is missing');
    case 'missing_body':
      return refused('signature_invalid', 'the body is empty');
    case 'missing_headers':
      return refused(
        'signature_missing',
        `headers are missing: ${'missingHeaders' in result ? result.missingHeaders.join(', ') : ''}`,
      );
    default:
      return refused('signature_invalid', 'the signature was made with another secret or over other bytes');
  }
}

const refused = (code: 'signature_missing' | 'signature_invalid', reason: string): Verdict => ({
  genuine: false,
  code,
  reason,
});

/** One library instance holds one secret; they are kept as long as the settings are. */
const libraries = new WeakMap<ShopifySettings, readonly Shopify[]>();

function librariesFor(settings: ShopifySettings): readonly Shopify[] {
  const known = libraries.get(settings);
  if (known !== undefined) return known;
  const made = webhookSecrets(settings).map((secret) => shopifyLibrary(secret));
  libraries.set(settings, made);
  return made;
}

/** A delivery and its retries share one webhook id; two subscriptions that tell the same event do not, and need not. */
function eventOf(request: WebhookRequest): WebhookEvent {
  const id = request.headers['x-shopify-webhook-id'];
  const topic = request.headers['x-shopify-topic'];
  const dedupeKey = id === undefined || id === '' ? digestKey(request.body) : dedupeKeyOf(id);
  const isReadable = id !== undefined && id !== '' && readJson(request.body, { brokenText: 'keep' }).ok;
  if (topic === undefined || !isReadable) return { dedupeKey, topic: 'unreadable' };
  const occurredAt = instantOrNothing(request.headers['x-shopify-triggered-at']);
  return {
    dedupeKey,
    topic: topicOf(topic.toLowerCase()),
    ...(occurredAt === undefined ? {} : { occurredAt }),
  };
}

function instantOrNothing(text: string | undefined): Instant | undefined {
  try {
    return text === undefined ? undefined : instantFrom(text);
  } catch {
    return undefined;
  }
}
