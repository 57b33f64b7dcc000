// fulfil: orders reserved at a partner's warehouse go out to it as shipping orders, and what it shipped is told to the shop.
// Everything is decided by rows: an order is sent with its file in one transaction, a report keeps its key until it is known.
import type { FileExchange } from '../connectors/toolkit/file-exchange.ts';
import { errorReason, StockbridgeError } from '../core/errors.ts';
import { eraseIncoming } from '../core/exchange/files.ts';
import { collectOrders } from '../core/fulfilment/collect.ts';
import {
  dueChanges,
  dueOrders,
  eraseShipTo,
  type FulfilmentOrder,
  leaveOut,
  markGone,
  markSent,
  postponeOrder,
} from '../core/fulfilment/orders.ts';
import { takeProgress } from '../core/fulfilment/progress.ts';
import { type DueReport, dueReports, postponeReport, settleReport } from '../core/fulfilment/reports.ts';
import { withAdvisoryLock } from '../core/lock.ts';
import { controlsOf, storeDraft } from './exchange.ts';
import type { Hub, LiveConnection, Running } from './hub.ts';
import { cancelOrder, changeOrder } from './late-changes.ts';
import { startRounds } from './rounds.ts';
import { shippingOrderOf, shipToOf } from './shipping-order.ts';

export interface FulfilOptions {
  readonly tickMs?: number;
  readonly now?: () => Date;
}

const TICK_MS = 1_000;
const ERASE_EVERY_MS = 3_600_000;

export function startFulfil(hub: Hub, options: FulfilOptions = {}): Running {
  const partners = [...hub.connections.values()].filter((live) => live.connection.files);
  if (partners.length === 0) return { stop: async () => undefined };
  let erasedAt = Number.NEGATIVE_INFINITY;
  const round = async () => {
    // One partner's trouble must not hold up the orders of another.
    for (const live of partners) await fulfilOnce(hub, live, options).catch(troubled(hub, live));
    if (performance.now() - erasedAt <= ERASE_EVERY_MS) return;
    erasedAt = performance.now();
    for (const live of partners) await erase(hub, live).catch(troubled(hub, live));
  };
  return startRounds(round, {
    everyMs: options.tickMs ?? TICK_MS,
    failed: (error) => hub.log.warn({ reason: errorReason(error) }, 'orders could not be looked through'),
  });
}

const troubled = (hub: Hub, live: LiveConnection) => (error: unknown) =>
  hub.log.warn(
    { connection: live.name, reason: errorReason(error) },
    'orders could not be looked after; tried again',
  );

/** One round over a partner's orders, unless another process is at it; answers false when one is. */
export async function fulfilOnce(
  hub: Hub,
  live: LiveConnection,
  options: FulfilOptions = {},
): Promise<boolean> {
  const { files } = live.connection;
  if (!files) return true;
  const standing = await hub.standingOf(live.id);
  if (standing.parked !== undefined || standing.cutoverAt === undefined) return true;
  return withAdvisoryLock(hub.database, `fulfil ${live.id}`, async () => {
    for (const each of (await takeProgress(hub.database, live.id)).failed)
      hub.log.warn({ connection: live.name, ...each }, 'a document could not be counted for its order');
    await collectOrders(hub.database, {
      connectionId: live.id,
      holdMinutes: files.deadlines.holdMinutes,
      late: files.late,
    });
    const { pool } = hub.database;
    const due = await dueOrders(pool, live.id);
    const changed = files.late.change === 'replace' ? await dueChanges(pool, live.id) : [];
    for (const order of [...due, ...changed]) {
      await sendOrder(hub, live, files, order, options.now?.() ?? new Date()).catch(noted(hub, live, order));
    }
    for (const report of await dueReports(hub.database.pool, live.id)) await tell(hub, report);
  });
}

const noted = (hub: Hub, live: LiveConnection, order: FulfilmentOrder) => async (error: unknown) => {
  const reason = errorReason(error);
  hub.log.warn({ connection: live.name, order: order.number, reason }, 'a shipping order could not be made');
  await postponeOrder(hub.database.pool, order.id, reason, 'hub');
};

async function sendOrder(
  hub: Hub,
  live: LiveConnection,
  files: FileExchange,
  order: FulfilmentOrder,
  now: Date,
): Promise<void> {
  const { vault } = files;
  if (!vault)
    throw new StockbridgeError(
      'configuration_invalid',
      `${live.name} has no encryptionKey, and without it no ship-to is kept and no order is sent`,
    );
  if (order.status === 'cancelling') return cancelOrder(hub, live, order, { files, vault, now });
  if (order.status === 'sent') return changeOrder(hub, live, order, { files, vault, now });
  const channel = hub.connections.get(order.channelId);
  const answer = await shipToOf(channel?.connection, order);
  if (answer.outcome === 'wait') return postponeOrder(hub.database.pool, order.id, answer.reason, 'channel');
  if (answer.outcome === 'gone') {
    await hub.database.transaction((client) => markGone(client, order.id, answer.reason));
    return;
  }
  const released = new Set(answer.lines.map(({ line }) => line));
  const [going, held] = [true, false].map((goes) =>
    order.lines.filter(({ line }) => released.has(line) === goes),
  );
  if (!going?.length || !held)
    return postponeOrder(
      hub.database.pool,
      order.id,
      'the channel lets none of its lines leave now',
      'channel',
    );
  const { deadlines } = files;
  const document = shippingOrderOf(files, live, { ...order, lines: going }, answer, 'original');
  const sealed = vault.seal(Buffer.from(JSON.stringify(document)));
  await hub.database.transaction(async (client) => {
    const sent = await markSent(client, order, {
      shipTo: sealed,
      shipHours: deadlines.shipHours,
      channelLines: answer.lines,
    });
    if (!sent) return;
    await leaveOut(
      client,
      order.id,
      held.map(({ line }) => line),
    );
    const draft = await files.write(document, controlsOf(client, live.id), now);
    if (!draft)
      throw new StockbridgeError(
        'configuration_invalid',
        `the agreement with ${live.name} has no shipping order to send`,
      );
    await storeDraft(
      client,
      live,
      { ...draft, personal: true },
      { chain: order.number, acknowledgeHours: deadlines.acknowledgeHours },
    );
  });
}

async function tell(hub: Hub, report: DueReport): Promise<void> {
  const { pool } = hub.database;
  const channel = hub.connections.get(report.channelId)?.connection.fulfilment;
  try {
    if (report.lines.length === 0)
      return await settleReport(pool, report.key, 'nothing', 'no whole unit of the channel has left');
    if (!channel) throw new Error('the channel takes no shipments');
    const { parked } = await hub.standingOf(report.channelId);
    if (parked !== undefined) throw new Error(`the channel is parked: ${parked}`);
    const answer = await channel.report({
      key: report.key,
      order: report.order,
      shippedAt: report.shippedAt,
      lines: report.lines,
      tracking: report.tracking,
      notifyCustomer: true,
    });
    if (answer.outcome === 'retry') await postponeReport(pool, report.key, answer.reason);
    else
      await settleReport(
        pool,
        report.key,
        answer.outcome,
        answer.outcome === 'rejected' ? answer.reason : '',
      );
  } catch (error) {
    const reason = errorReason(error);
    hub.log.warn({ order: report.number, reason }, 'the channel could not be told of a shipment');
    await postponeReport(pool, report.key, reason);
  }
}

async function erase(hub: Hub, live: LiveConnection): Promise<void> {
  const deadlines = live.connection.files?.deadlines;
  if (deadlines === undefined) return;
  const addresses = await eraseShipTo(hub.database, live.id, deadlines.shipToRetentionDays);
  const files = await eraseIncoming(hub.database.pool, live.id, deadlines.fileRetentionDays);
  if (addresses + files > 0)
    hub.log.info({ connection: live.name, addresses, files }, 'what was kept long enough was erased');
}
