// Lets Shopify's library send its requests through a connection's own HTTP client, to the shop or to a simulator.
// The library has one fetch per process; which connection a call belongs to travels with the call, so that any
// number of shops, and one shop under two addresses, work side by side.
import '@shopify/shopify-api/adapters/node';
import { AsyncLocalStorage } from 'node:async_hooks';
import { setAbstractFetchFunc } from '@shopify/shopify-api/runtime';
import type { HttpClient } from '../toolkit/http.ts';

/** One call of the library on its way out, and what came of it. */
export interface Passage {
  readonly http: HttpClient;
  /** `https://my-shop.myshopify.com`, or the address of a simulator; without a trailing slash. */
  readonly baseUrl: string;
  readonly effect: boolean;
  /** Points of the shop's bucket, taken from the connection's shared limiter before sending. */
  readonly cost: number;
  /** What the HTTP client threw: the library would flatten it into a sentence. */
  failure?: unknown;
  /** Headers of the answer, lower case. */
  headers?: Readonly<Record<string, string>>;
}

const passages = new AsyncLocalStorage<Passage>();

/** Runs `work`, whose requests through Shopify's library then go the way `passage` says. */
export const through = <T>(passage: Passage, work: () => Promise<T>): Promise<T> =>
  passages.run(passage, work);

async function send(input: unknown, init: RequestInit = {}): Promise<Response> {
  const passage = passages.getStore();
  if (passage === undefined) throw new Error('A request of Shopify’s library left outside of a connection.');
  const { pathname, search } = new URL(String(input instanceof Request ? input.url : input));
  try {
    const answer = await passage.http.request({
      method: 'POST',
      url: `${passage.baseUrl}${pathname}${search}`,
      headers: Object.fromEntries(new Headers(init.headers).entries()),
      body: String(init.body ?? ''),
      effect: passage.effect,
      cost: passage.cost,
    });
    passage.headers = answer.headers;
    // A decompressed body no longer has the length and encoding that the headers name.
    const { 'content-encoding': _encoding, 'content-length': _length, ...headers } = answer.headers;
    return new Response(new Uint8Array(answer.body), { status: answer.status, headers });
  } catch (error) {
    passage.failure = error;
    throw error;
  }
}

setAbstractFetchFunc(send as typeof fetch);
