// The Square connector: point of sale and online shop of one Square account. It wires the rooms together, nothing else.
import type { Connection, ConnectionContext, Connector } from '../contract.ts';
import { cataloguePages } from './catalogue.ts';
import { squareClient } from './client.ts';
import { healthFindings } from './health.ts';
import { interpretEvents } from './interpret.ts';
import { changesPoll } from './poll.ts';
import { squarePush } from './push.ts';
import { type SquareSettings, settingsSchema } from './settings.ts';
import { snapshotPages } from './snapshot.ts';
import { webhook } from './webhook.ts';

export type { SquareSettings } from './settings.ts';

export const square: Connector<SquareSettings> = {
  name: 'square',
  title: 'Square',
  summary:
    'Connects one Square account; stock moves by Square’s inventory change log, and its notifications say when to read it.',
  settings: settingsSchema,
  webhook,
  connect,
};

function connect({ settings, http, log, now }: ConnectionContext<SquareSettings>): Connection {
  const client = squareClient(http, settings);
  return {
    interpret: (events) => interpretEvents(events, { client, settings, log }),
    poll: changesPoll(client, settings),
    push: squarePush({ client, settings, now }),
    catalogue: () => cataloguePages(client),
    snapshot: () => snapshotPages(client),
    health: () => healthFindings(client, settings, now),
  };
}
