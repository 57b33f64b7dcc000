// A connection as the hub would make it, on a fresh outside, with everything it lets out collected: logs, errors, facts.
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { expect } from 'vitest';
import type {
  Connection,
  ConnectionContext,
  ConnectionState,
  Connector,
} from '../../../src/connectors/contract.ts';
import { httpClient } from '../../../src/connectors/toolkit/http.ts';
import { secretsIn } from '../../../src/connectors/toolkit/secrets.ts';
import type { StockbridgeError } from '../../../src/core/errors.ts';
import type { ConnectorFixture, Outside, OutsideFault } from './fixture.ts';

/** How long a call may take: ample for a loaded machine, and short while the outside is told not to answer. */
const PATIENCE_MS = 10_000;
const PATIENCE_IN_FAULTS_MS = 400;

export interface World {
  readonly connector: Connector;
  readonly outside: Outside;
  readonly settings: unknown;
  readonly connection: Connection;
  readonly context: ConnectionContext<unknown>;
  /** Makes the outside fail from now on, or heals it with `none`; needs `fail` of the fixture. */
  fail(fault: OutsideFault): Promise<void>;
  /** Keeps a value that left the connector, for the search for secrets at the end. */
  saw<T>(value: T): T;
  /** The failure of `work`, which must fail; its text and stack are kept as well. */
  failureOf(work: () => Promise<unknown>): Promise<StockbridgeError>;
  /** Looks for secrets in everything seen, and closes the outside. */
  close(): Promise<void>;
}

/** Starts the fixture's outside and connects to it. */
export async function openWorld(connector: Connector, fixture: ConnectorFixture): Promise<World> {
  const outside = await fixture.start();
  const seen: string[] = [];
  const settings = connector.settings.parse(outside.settings);
  let patienceMs = PATIENCE_MS;
  const context = contextOf(connector, outside, settings, seen, () => patienceMs);
  const connection = connector.connect(context);
  return {
    connector,
    outside,
    settings,
    connection,
    context,
    fail: async (fault) => {
      if (outside.fail === undefined) throw new Error('the fixture cannot fail');
      patienceMs = fault.endsWith('timeout') ? PATIENCE_IN_FAULTS_MS : PATIENCE_MS;
      await outside.fail(fault);
    },
    saw: (value) => {
      seen.push(textOf(value));
      return value;
    },
    failureOf: async (work) => {
      try {
        await work();
      } catch (error) {
        seen.push(describeError(error));
        expect(error, 'only StockbridgeErrors may leave a connector').toMatchObject({
          name: 'StockbridgeError',
        });
        return error as StockbridgeError;
      }
      throw new Error('this had to fail, and did not');
    },
    close: async () => {
      await outside.close();
      const { fulfilment, canaries } = outside;
      expectNoSecrets(seen, fulfilment === undefined ? canaries : [...canaries, fulfilment.person]);
    },
  };
}

function contextOf(
  connector: Connector,
  outside: Outside,
  settings: unknown,
  seen: string[],
  patienceMs: () => number,
): ConnectionContext<unknown> {
  const sink = new Writable({
    write: (chunk, _encoding, done) => {
      seen.push(String(chunk));
      done();
    },
  });
  const log = pino({ level: 'trace' }, sink);
  const name = `contract-${connector.name}`;
  const http = httpClient({
    connection: name,
    log,
    secrets: secretsIn(connector.settings, outside.settings),
  });
  return {
    name,
    settings,
    log,
    now: () => new Date(),
    state: memoryState(),
    // A connector may set its own time limits; the suite does not wait for them.
    http: {
      request: (request) =>
        http.request({ ...request, timeoutMs: Math.min(request.timeoutMs ?? PATIENCE_MS, patienceMs()) }),
    },
  };
}

/** State as the hub keeps it: values go through JSON, work under one key runs one after the other. */
export function memoryState(): ConnectionState {
  const values = new Map<string, string>();
  const queues = new Map<string, Promise<unknown>>();
  return {
    read: async (key) => {
      const text = values.get(key);
      return text === undefined ? undefined : JSON.parse(text);
    },
    write: async (key, value) => {
      values.set(key, JSON.stringify(value));
    },
    exclusively: <T>(key: string, work: () => Promise<T>): Promise<T> => {
      const turn = (queues.get(key) ?? Promise.resolve()).then(work, work);
      queues.set(key, turn);
      return turn;
    },
  };
}

/** Text of anything, big integers and buffers included, so that nothing hides from the search. */
export const textOf = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'bigint'
      ? `${inner}n`
      : inner instanceof Uint8Array
        ? Buffer.from(inner).toString('utf8')
        : inner,
  ) ?? String(value);

function describeError(error: unknown): string {
  const parts: string[] = [];
  for (let present = error; present instanceof Error; present = present.cause) {
    parts.push(`${present.stack}\n${textOf(Object.fromEntries(Object.entries(present)))}`);
  }
  return parts.join('\n');
}

export function expectNoSecrets(seen: readonly string[], canaries: readonly string[]): void {
  const everything = seen.join('\n');
  for (const canary of canaries) {
    const encoded = [canary, encodeURIComponent(canary), Buffer.from(canary).toString('base64')];
    for (const form of encoded) {
      expect(
        everything.includes(form),
        'a secret of the settings, or a person, was seen in a log, an error or a fact',
      ).toBe(false);
    }
  }
}
