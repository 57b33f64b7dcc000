// Tells a configured address what may be sold, in the words of Standard Webhooks: the batch's key is the message's id,
// so that a receiver who remembers ids acts once. There is nothing to compare with; the newest message is right.
import { Webhook } from 'standardwebhooks';
import { z } from 'zod';
import { StockbridgeError } from '../../core/errors.ts';
import { type Instant, instantOf } from '../../core/vocabulary/instant.ts';
import { isQuantityText } from '../../core/vocabulary/quantity.ts';
import type { ConnectionContext, Push, PushBatch, PushTarget } from '../contract.ts';
import type { WebhookSettings } from './settings.ts';

const acceptedSchema = z.object({ available: z.string().refine(isQuantityText) });
const GONE = 'notify-gone';

type Notify = NonNullable<WebhookSettings['notify']>;

/** The message that is sent; its bytes are the same on every attempt. */
export const messageOf = (batch: PushBatch): string =>
  JSON.stringify({
    type: 'availability',
    id: batch.key,
    createdAt: batch.createdAt,
    levels: batch.items.map(({ listing, location, available, publication }) => ({
      listing,
      location,
      available,
      publication,
    })),
  });

export const pushOf = (context: ConnectionContext<WebhookSettings>, notify: Notify): Push => ({
  batchSize: 100,
  // The receiver keeps no count that we could ask for, so the last number it accepted stands for it.
  read: async (targets) => {
    const asOf: Instant = instantOf(context.now());
    return Promise.all(
      targets.map(async (target) => {
        const accepted = acceptedSchema.safeParse(await context.state.read(stateKey(target)));
        const available = accepted.success ? accepted.data.available : '0';
        return { ...target, outcome: 'read', available, asOf, expected: {} } as const;
      }),
    );
  },
  send: async (batch) => {
    const body = messageOf(batch);
    const sentAt = context.now();
    const { status } = await context.http.request({
      method: 'POST',
      url: notify.url,
      // Such addresses often carry a token in their path.
      label: `the notify address of ${context.name}`,
      headers: {
        'content-type': 'application/json',
        'webhook-id': batch.key,
        'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1000)),
        'webhook-signature': new Webhook(notify.secret).sign(batch.key, sentAt, body),
      },
      body,
      timeoutMs: 15_000,
      effect: true,
      expect: [410],
    });
    if (status === 410) {
      await context.state.write(GONE, true);
      throw new StockbridgeError(
        'vendor_rejected',
        `the notify address of ${context.name} answered 410: it is gone for good`,
        {
          details: { connection: context.name, status },
        },
      );
    }
    for (const item of batch.items) {
      await context.state.write(stateKey(item), { available: item.available, publication: item.publication });
    }
    await context.state.write(GONE, false);
    return batch.items.map(() => ({ outcome: 'applied' }));
  },
});

/** True after a 410, until a message is accepted again. */
export const isGone = async ({ state }: ConnectionContext<WebhookSettings>): Promise<boolean> =>
  (await state.read(GONE)) === true;

const stateKey = ({ listing, location }: PushTarget): string => `told:${JSON.stringify([listing, location])}`;
