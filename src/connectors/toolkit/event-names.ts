// Dedupe keys and topics that every store can hold, whatever a sender put into them.
import { createHash } from 'node:crypto';
import { isPlainText, plainTextOf } from '../../core/vocabulary/text.ts';
import type { WebhookEvent } from '../contract.ts';

const LONGEST_KEY = 200;

/** The sender's id as dedupe key when it is plain and short enough, otherwise its digest; never empty. */
export const dedupeKeyOf = (id: string): string =>
  id !== '' && id.length <= LONGEST_KEY && isPlainText(id) ? id : digestKey(Buffer.from(id, 'utf8'));

/** A key made of the bytes themselves, for events that carry no id: the same bytes are the same event. */
export const digestKey = (body: Buffer): string =>
  `sha256:${createHash('sha256').update(body).digest('hex')}`;

/** The one event of a request that nobody can read: kept under its bytes, to be quarantined. */
export const unreadableEvent = (body: Buffer): WebhookEvent => ({
  dedupeKey: digestKey(body),
  topic: 'unreadable',
});

/** A topic of at most 100 plain characters. */
export const topicOf = (text: string): string => plainTextOf(text, 100);
