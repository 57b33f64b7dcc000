// A plain HTTP client of a QuickBooks company, as a connector would have it; no test lives here.

import {
  type QuickbooksSimulator,
  type QuickbooksSimulatorOptions,
  startQuickbooksSimulator,
} from '../../src/simulators/quickbooks/index.ts';

export type Json = Record<string, unknown>;

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  body: Json;
}

export const NOW = '2026-11-21T14:00:00Z';

/** A company whose clock stands still and whose limits are out of the way, unless a test says otherwise. */
export const startBooks = (options: QuickbooksSimulatorOptions = {}): Promise<QuickbooksSimulator> =>
  startQuickbooksSimulator({
    now: () => new Date(NOW),
    limits: { perSecond: 100_000, perMinute: 1_000_000, batchesPerMinute: 10_000 },
    ...options,
  });

/** Calls the company's API with the newest access token unless `headers` says otherwise. */
export async function call(
  books: QuickbooksSimulator,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const { realmId, accessToken } = books.credentials;
  const response = await fetch(`${books.url}/v3/company/${realmId}/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      authorization: `Bearer ${accessToken}`,
      accept: 'application/json',
      'content-type': 'application/json',
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: jsonOf(text) };
}

function jsonOf(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return {};
  }
}

export const query = (books: QuickbooksSimulator, text: string): Promise<Answer> =>
  call(books, `query?query=${encodeURIComponent(text)}`);

export const line = (side: string, account: string, amount: number | string, more: Json = {}): Json => ({
  Amount: amount,
  DetailType: 'JournalEntryLineDetail',
  JournalEntryLineDetail: { PostingType: side, AccountRef: { value: account }, ...more },
});

/** Cost of goods sold against the hub's inventory. */
export const sale = (over: Json = {}, amount: number | string = 2520.5): Json => ({
  DocNumber: 'INV-1',
  TxnDate: '2026-11-20',
  PrivateNote: 'hub:1',
  Line: [line('Debit', '80', amount), line('Credit', '91', amount)],
  ...over,
});

/** `status code` of a refusal. */
export function refusalIn({ status, body }: Answer): string {
  const fault = body.Fault as { Error: Array<{ code: string }> } | undefined;
  return `${status} ${fault?.Error[0]?.code}`;
}

export const entryIn = ({ body }: Answer): { Id: string; SyncToken: string } & Json =>
  body.JournalEntry as { Id: string; SyncToken: string } & Json;

/** Asks the token endpoint for new tokens. */
export async function refresh(
  books: QuickbooksSimulator,
  refreshToken: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: Json }> {
  const { clientId, clientSecret } = books.credentials;
  const response = await fetch(books.tokenUrl, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
      ...headers,
    },
    body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken }).toString(),
  });
  return { status: response.status, body: (await response.json()) as Json };
}
