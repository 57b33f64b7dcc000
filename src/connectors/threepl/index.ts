// A warehouse that somebody else runs and that speaks in files: X12, EDIFACT, CSV or XML, over SFTP or handed in. Its
// documents move the stock at its locations; the agreement with it is one profile.
import type { Connection, ConnectionContext, Connector } from '../contract.ts';
import { fileExchangeOf } from './exchange.ts';
import { interpretDocument } from './interpret.ts';
import { type Profile, profileSchema } from './profile/settings.ts';

export const threepl: Connector<Profile> = {
  name: 'threepl',
  title: '3PL warehouse',
  summary:
    'A warehouse run by a partner that exchanges files (X12, EDIFACT, CSV, XML); its receipts, shipments and adjustments move stock.',
  settings: profileSchema,
  connect,
};

function connect(context: ConnectionContext<Profile>): Connection {
  const { settings: profile, state, stocked } = context;
  return {
    interpret: (events) =>
      Promise.all(events.map((event) => interpretDocument(event, profile, { state, stocked }))),
    files: fileExchangeOf(profile, state),
    health: async () => [
      profile.transport === undefined || profile.transport.hostKey !== undefined
        ? { level: 'ok', what: `the agreement is version ${profile.version} with ${profile.title}` }
        : {
            level: 'fail',
            what: 'the server’s key is not trusted yet, so nothing is exchanged',
            help: 'Compare what `stockbridge partner trust` shows with what the partner says, then put it into transport.hostKey.',
          },
    ],
  };
}
