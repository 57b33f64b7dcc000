// What a failed conversation with a channel means for the sender: come again later, or stop until a person acts.
import { errorReason, StockbridgeError } from '../core/errors.ts';
import type { Hub, LiveConnection } from './hub.ts';

/** An increase that waits looks again after this time; the end of a poll makes it look at once. */
export const WAIT_MS = 1_000;

/** Parks the connection when a person must act, and says in the log what happened. */
export async function takePushFailure(hub: Hub, live: LiveConnection, error: unknown): Promise<void> {
  const reason = errorReason(error);
  const log = hub.log.child({ connection: live.name });
  if (error instanceof StockbridgeError && error.disposition === 'park')
    return hub.park(live.id, error.code, reason);
  if (error instanceof StockbridgeError) log.warn({ code: error.code, reason }, 'push postponed');
  else log.error({ err: error }, 'push failed');
}

/** How long the channel wants to be left alone, in milliseconds. */
export const pauseOf = (error: unknown): number =>
  error instanceof StockbridgeError ? (error.retryAfterMs ?? WAIT_MS) : WAIT_MS;
