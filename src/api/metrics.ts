// Prometheus metrics, read from the database when asked, so that every process tells the same truth.
import type pg from 'pg';
import { Gauge, Registry } from 'prom-client';
import { accounting } from '../core/inbox/events.ts';
import { booksMetrics } from './metrics-books.ts';
import { exchangeMetrics } from './metrics-exchange.ts';

/** The text Prometheus reads. */
export async function metrics(pool: pg.Pool): Promise<string> {
  const registry = new Registry();
  const events = new Gauge({
    name: 'stockbridge_events',
    help: 'Accepted deliveries by where they are now (I1)',
    labelNames: ['connection', 'status'],
    registers: [registry],
  });
  const accepted = new Gauge({
    name: 'stockbridge_events_accepted',
    help: 'Deliveries accepted',
    labelNames: ['connection'],
    registers: [registry],
  });
  const unbalanced = new Gauge({
    name: 'stockbridge_accounting_unbalanced',
    help: 'Connections whose accepted deliveries are not all accounted for; must be 0',
    registers: [registry],
  });
  let wrong = 0;
  for (const each of await accounting(pool)) {
    accepted.set({ connection: each.connection }, Number(each.accepted));
    events.set({ connection: each.connection, status: 'duplicate' }, Number(each.duplicate));
    for (const [status, count] of Object.entries(each.byStatus))
      events.set({ connection: each.connection, status }, Number(count));
    if (!each.balanced) wrong += 1;
  }
  unbalanced.set(wrong);
  await ages(pool, registry);
  await exchangeMetrics(pool, registry);
  await booksMetrics(pool, registry);
  return registry.metrics();
}

async function ages(pool: pg.Pool, registry: Registry): Promise<void> {
  const { rows } = await pool.query<{
    name: string;
    oldest: number;
    due: string;
    waiting: string;
    unknown: string;
    parked: boolean;
  }>(
    `select c.name, c.parked_at is not null as parked,
       coalesce((select extract(epoch from clock_timestamp() - min(e.received_at)) from inbox_event e where e.connection_id = c.id and e.status = 'pending'), 0)::float8 as oldest,
       (select count(*) from listing_level v where v.connection_id = c.id and v.due_at is not null) as due,
       (select count(*) from listing_level v where v.connection_id = c.id and v.waiting is not null) as waiting,
       (select count(*) from publication_batch b where b.connection_id = c.id and b.settled_at is null) as unknown
     from connection c`,
  );
  const gauges = {
    oldest: new Gauge({
      name: 'stockbridge_oldest_pending_seconds',
      help: 'Age of the oldest event not yet settled',
      labelNames: ['connection'],
      registers: [registry],
    }),
    due: new Gauge({
      name: 'stockbridge_levels_due',
      help: 'Levels to be told',
      labelNames: ['connection'],
      registers: [registry],
    }),
    waiting: new Gauge({
      name: 'stockbridge_levels_waiting',
      help: 'Levels that wait, with a reason',
      labelNames: ['connection'],
      registers: [registry],
    }),
    unknown: new Gauge({
      name: 'stockbridge_batches_open',
      help: 'Batches sent whose outcome is not known',
      labelNames: ['connection'],
      registers: [registry],
    }),
    parked: new Gauge({
      name: 'stockbridge_connection_parked',
      help: '1 while a person must act',
      labelNames: ['connection'],
      registers: [registry],
    }),
  };
  for (const row of rows) {
    const labels = { connection: row.name };
    gauges.oldest.set(labels, row.oldest);
    gauges.due.set(labels, Number(row.due));
    gauges.waiting.set(labels, Number(row.waiting));
    gauges.unknown.set(labels, Number(row.unknown));
    gauges.parked.set(labels, row.parked ? 1 : 0);
  }
}
