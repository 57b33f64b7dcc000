// Published signatures of real senders, as facts: what was signed with which key, and what came out.
import {
  type HmacProfile,
  hmacProfileSchema,
  STANDARD_WEBHOOKS,
} from '../../../src/connectors/toolkit/hmac-profile.ts';

export interface Vector {
  readonly name: string;
  readonly profile: HmacProfile;
  readonly key: string;
  readonly url?: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Seconds since 1970 at which the delivery was fresh. */
  readonly atSeconds?: number;
}

const profile = hmacProfileSchema.parse;

export const PROFILES = {
  square: profile({ header: 'x-square-hmacsha256-signature', template: '{url}{rawBody}' }),
  standard: STANDARD_WEBHOOKS,
  toast: profile({
    header: 'toast-signature',
    template: '{rawBody}{timestamp}',
    timestamp: { from: 'field:timestamp', format: 'iso' },
  }),
  lightspeedRaw: profile({ header: 'x-signature', encoding: 'hex', prefix: 'signature=', separator: ',' }),
  lightspeedPayload: profile({
    header: 'x-signature',
    encoding: 'hex',
    prefix: 'signature=',
    separator: ',',
    template: '{form:payload}',
  }),
  zettle: profile({
    header: 'x-izettle-signature',
    encoding: 'hex',
    template: '{timestamp}.{field:payload}',
    timestamp: { from: 'field:timestamp', format: 'iso' },
  }),
  clover: profile({ header: 'x-clover-auth', algorithm: 'static' }),
} as const;

const SQUARE_BODY =
  '{"merchant_id":"MLEFBHHSJGVHD","type":"webhooks.test_notification","event_id":"ac3ac95b-f97d-458c-a6e6-18981597e05f",' +
  '"created_at":"2022-07-13T20:30:59.037339943Z","data":{"type":"webhooks","id":"bc368e64-01aa-407e-b46e-3231809b1129"}}';
const FORM = 'payload=%7B%22a%22%3A1%7D&domain_prefix=x&environment=production';

export const VECTORS: readonly Vector[] = [
  {
    name: 'Square',
    profile: PROFILES.square,
    key: 'Ibxx_5AKakO-3qeNVR61Dw',
    url: 'https://webhook.site/679a4f3a-dcfa-49ee-bac5-9d0edad886b9',
    body: SQUARE_BODY,
    headers: { 'x-square-hmacsha256-signature': 'GF4YkrJgGBDZ9NIYbNXBnMzqb2HoL4RW/S6vkZ9/2N4=' },
  },
  {
    name: 'Standard Webhooks',
    profile: PROFILES.standard,
    key: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    body: '{"test": 2432232314}',
    headers: {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    },
    atSeconds: 1614265330,
  },
  {
    name: 'Toast',
    profile: PROFILES.toast,
    key: 'unit-toast-secret',
    body: '{"timestamp":"2026-01-01T00:00:00.000+0000","a":1}',
    headers: { 'toast-signature': 'Tsbjo/JYVqjaFU5+djDD34GtYFSkfRqNUe+sjrl+U6k=' },
    atSeconds: Date.parse('2026-01-01T00:00:00Z') / 1000,
  },
  {
    name: 'Lightspeed X-Series, form as sent',
    profile: PROFILES.lightspeedRaw,
    key: 'unit-lightspeed-client-secret',
    body: FORM,
    headers: {
      'x-signature':
        'signature=ffd4b298008c45ecd13f69c0239aa15fe7612ab480d36fe158c5f9f882c15e02,algorithm=HMAC-SHA256',
    },
  },
  {
    name: 'Lightspeed X-Series, payload decoded',
    profile: PROFILES.lightspeedPayload,
    key: 'unit-lightspeed-client-secret',
    body: FORM,
    headers: {
      'x-signature':
        'signature=44e095ac177198ba199189fe729f31162cc59f85df33e1e09613980c98a200a6,algorithm=HMAC-SHA256',
    },
  },
  {
    name: 'Clover',
    profile: PROFILES.clover,
    key: '0307e264-b33a-4913-88aa-37b10014a0b8',
    body: '{}',
    headers: { 'x-clover-auth': '0307e264-b33a-4913-88aa-37b10014a0b8' },
  },
];
