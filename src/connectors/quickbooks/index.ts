// QuickBooks Online: one company’s books, which take the hub’s journals and are compared with them.
import type { Connection, Connector } from '../contract.ts';
import { quickbooksClient } from './client.ts';
import { companyOf } from './company.ts';
import { healthFindings } from './health.ts';
import { interpretEvents } from './interpret.ts';
import { journalOf } from './journal.ts';
import { changesPoll } from './poll.ts';
import { type QuickbooksSettings, settings } from './settings.ts';
import { webhook } from './webhook.ts';

export type { QuickbooksSettings } from './settings.ts';

export const quickbooks: Connector<QuickbooksSettings> = {
  name: 'quickbooks',
  title: 'QuickBooks Online',
  summary:
    'Connects one QuickBooks Online company: journals of the stock’s value are booked there and compared with what its books hold.',
  settings,
  webhook,
  keepsBooks: true,
  connect: (context): Connection => {
    const client = quickbooksClient(context);
    const company = companyOf(client, context.now);
    return {
      interpret: (events) => interpretEvents(client, company, context.settings, events),
      poll: changesPoll(client, context),
      journal: journalOf(client, company, context),
      health: () => healthFindings(client, context),
    };
  },
};
