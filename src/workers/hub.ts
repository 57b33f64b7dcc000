// What every worker is given: the database, the ledger, the queues and the live connections of this process.
import type { Logger } from 'pino';
import type { Connection, Connector } from '../connectors/contract.ts';
import type { Policy } from '../core/availability/policy.ts';
import type { Database } from '../core/database.ts';
import type { Ledger } from '../core/ledger/post.ts';
import type { Instant } from '../core/vocabulary/instant.ts';
import type { Queues } from './queues.ts';

/** One configured connection, as this process runs it. */
export interface LiveConnection {
  readonly id: number;
  readonly name: string;
  readonly connector: Connector;
  readonly settings: unknown;
  readonly connection: Connection;
  /** Present for a channel: it is told what it may sell. */
  readonly policy: Policy | undefined;
  /** Where its webhooks arrive, byte for byte as the vendor knows it. */
  readonly webhookUrl: string;
}

/** What may change while the hub runs; read from the database each time. */
export interface Standing {
  readonly cutoverAt: Instant | undefined;
  readonly parked: string | undefined;
}

export interface Hub {
  readonly database: Database;
  readonly ledger: Ledger;
  readonly queues: Queues;
  readonly connections: ReadonlyMap<number, LiveConnection>;
  readonly log: Logger;
  /** The business day it is now, as `2026-11-22`: in the time zone of the books, or of the database where there are none. */
  today(): string;
  standingOf(connectionId: number): Promise<Standing>;
  /** Stops a connection until a person resumes it; its events and intents are kept. */
  park(connectionId: number, code: string, reason: string): Promise<void>;
}

/** A running worker: stops taking work at once, and is done when what it took is finished, or left to others at the deadline. */
export interface Running {
  stop(deadlineMs?: number): Promise<void>;
}

/** How long a stopping worker waits for what it took when nobody says otherwise. */
export const STOP_MS = 25_000;

export const connectionOf = (hub: Hub, id: number): LiveConnection => {
  const live = hub.connections.get(id);
  if (!live) throw new RangeError(`connection ${id} is not configured in this process`);
  return live;
};
