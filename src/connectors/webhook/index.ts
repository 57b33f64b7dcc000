// Any till, shop or script that can send a signed JSON document, and, where asked for, be told what it may sell.
// It has no API to ask, so it offers neither polling nor snapshots.
import type { Connection, ConnectionContext, Connector } from '../contract.ts';
import { interpretDelivery } from './interpret.ts';
import { isGone, pushOf } from './push.ts';
import { settingsSchema, type WebhookSettings } from './settings.ts';
import { webhookSource } from './webhook.ts';

export { eventSchema } from './event.ts';

export const webhook: Connector<WebhookSettings> = {
  name: 'webhook',
  title: 'Signed webhook',
  summary:
    'Any system that sends signed JSON; the sales, returns, receipts and counts it reports move stock.',
  settings: settingsSchema,
  webhook: webhookSource,
  connect,
};

function connect(context: ConnectionContext<WebhookSettings>): Connection {
  const { notify } = context.settings;
  const interpret: Connection['interpret'] = async (events) => events.map(interpretDelivery);
  if (notify === undefined) return { interpret };
  return {
    interpret,
    push: pushOf(context, notify),
    health: async () => [
      (await isGone(context))
        ? {
            level: 'fail',
            what: 'the notify address said that it is gone for good (410)',
            help: 'Correct notify.url in the configuration, then `stockbridge resume` the connection.',
          }
        : { level: 'ok', what: 'the notify address has not refused anything for good' },
    ],
  };
}
