// Which optional members of the contract a connection has, seen by making one with the example's settings.
// Making a connection does no I/O; what it is given here refuses any.
import pino from 'pino';
import type { Connection, Connector } from '../../src/connectors/contract.ts';

const refuse = (): never => {
  throw new Error('a connector did I/O while its connection was made');
};

/** A connection that nothing may be asked of. */
export const inertConnection = (connector: Connector, name: string, settings: unknown): Connection =>
  connector.connect({
    name,
    settings,
    http: { request: refuse },
    log: pino({ level: 'silent' }),
    now: () => new Date(),
    state: { read: refuse, write: refuse, exclusively: refuse },
  });

/** Each member in the words of someone who decides whether the connector is enough. */
export function memberLines(
  connector: Connector,
  connection: Connection,
): readonly (readonly [string, boolean, string])[] {
  const { poll, push } = connection;
  const line = (name: string, present: boolean, there: string, absent: string) =>
    [name, present, present ? there : absent] as const;
  const streams = poll?.streams.map((stream) => `\`${stream}\``).join(', ');
  const pace = `Reads ${streams} every ${(poll?.intervalMs ?? 0) / 1000} s, so that a lost webhook loses nothing.`;
  return [
    line(
      'webhook',
      connector.webhook !== undefined,
      'Events are sent to the hub and proven genuine before anything is read.',
      'Events cannot be sent to the hub.',
    ),
    line(
      'poll',
      poll !== undefined,
      pace,
      connection.files
        ? 'What happened stands in its files.'
        : 'Nothing is read by itself: what is not sent is not known.',
    ),
    line(
      'push',
      push !== undefined,
      `Availability is sent, up to ${push?.batchSize} listings a call.`,
      'Availability is not sent.',
    ),
    line(
      'fulfilment',
      connection.fulfilment !== undefined,
      'It says where its orders go, and is told what a warehouse has shipped.',
      'It is not asked where orders go, nor told what was shipped.',
    ),
    line('files', connection.files !== undefined, filesText(connection), 'It exchanges no files.'),
    line(
      'catalogue',
      connection.catalogue !== undefined,
      'Listings and locations are imported from it.',
      'Listings and locations are imported from files.',
    ),
    line(
      'snapshot',
      connection.snapshot !== undefined,
      'What it says it holds is compared with the ledger.',
      'What it holds cannot be asked for.',
    ),
    line(
      'ensureSubscriptions',
      connection.ensureSubscriptions !== undefined,
      'The hub subscribes itself to webhooks.',
      connector.webhook
        ? 'Webhooks are set up by hand at the sender.'
        : 'It has no webhooks to subscribe to.',
    ),
    line(
      'health',
      connection.health !== undefined,
      'Asked with `stockbridge check --live` whether it lets us in and all is in place.',
      'Its state cannot be asked for.',
    ),
  ];
}

/** How files come and go with the agreement that the example shows. */
function filesText({ files }: Connection): string {
  const ways = [
    ...(files?.visit ? [`its server is visited every ${files.intervalMs / 1000} s`] : []),
    ...(files?.admits ? ['files are handed in over HTTP'] : []),
    'files are handed in by command',
  ];
  return `Files come and go, each kept byte for byte and answered: ${ways.join(', ')}.`;
}
