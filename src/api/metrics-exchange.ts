// Prometheus metrics of the exchange with partners, by connection, for those that have exchanged a file.
import { Gauge, type Registry } from 'prom-client';
import { type ExchangeFigures, exchangeFigures } from '../core/exchange/figures.ts';
import type { Store } from '../core/inbox/store.ts';

type Figure = Exclude<keyof ExchangeFigures, 'connection' | 'refusedByUs' | 'refusedByPartner'>;

const GAUGES: readonly (readonly [Figure, name: string, help: string])[] = [
  ['taken', 'stockbridge_files_taken', 'Files taken from the partner, each content once'],
  ['duplicates', 'stockbridge_files_duplicate', 'Deliveries of files that were here already'],
  ['sent', 'stockbridge_files_sent', 'Files that arrived at the partner'],
  ['waiting', 'stockbridge_files_waiting', 'Files that have not arrived at the partner yet'],
  [
    'oldestUnacknowledgedSeconds',
    'stockbridge_oldest_unacknowledged_seconds',
    'Age of the oldest document sent whose acknowledgement is awaited',
  ],
  ['overdue', 'stockbridge_acknowledgements_overdue', 'Documents sent whose acknowledgement is late'],
];

/** Adds the exchange's gauges to the registry, with what the database says now. */
export async function exchangeMetrics(store: Store, registry: Registry): Promise<void> {
  const figures = await exchangeFigures(store);
  for (const [figure, name, help] of GAUGES) {
    const gauge = new Gauge({ name, help, labelNames: ['connection'], registers: [registry] });
    for (const each of figures) gauge.set({ connection: each.connection }, each[figure]);
  }
  const refused = new Gauge({
    name: 'stockbridge_documents_rejected',
    help: 'Documents that one side refused',
    labelNames: ['connection', 'by'],
    registers: [registry],
  });
  for (const { connection, refusedByUs, refusedByPartner } of figures) {
    refused.set({ connection, by: 'us' }, refusedByUs);
    refused.set({ connection, by: 'partner' }, refusedByPartner);
  }
}
