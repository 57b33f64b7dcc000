// Prometheus metrics of value and books, where a company is configured.
import { Gauge, type Registry } from 'prom-client';
import type { Store } from '../core/inbox/store.ts';
import { type BooksFigures, booksFigures } from '../core/journals/attention.ts';

type Figure = Exclude<keyof BooksFigures, 'deliveries'>;

const GAUGES: readonly (readonly [Figure, name: string, help: string])[] = [
  ['drafts', 'stockbridge_journals_draft', 'Journals that wait for approval'],
  ['open', 'stockbridge_journals_open', 'Journals approved and not in the books yet'],
  [
    'oldestOpenSeconds',
    'stockbridge_oldest_open_journal_seconds',
    'Time since the oldest journal that is not in the books was approved',
  ],
  ['stale', 'stockbridge_value_stale_items', 'Items whose value is behind their history'],
  ['failing', 'stockbridge_value_failing_items', 'Items that cannot be valued'],
];

const BY_CONNECTION: readonly (readonly ['unknown' | 'rejected' | 'findings', name: string, help: string])[] =
  [
    ['unknown', 'stockbridge_deliveries_unknown', 'Journals sent to the books whose outcome is not known'],
    ['rejected', 'stockbridge_deliveries_rejected', 'Journals that the books refuse'],
    [
      'findings',
      'stockbridge_books_findings',
      'Entries of ours that were edited, deleted or copied in the books and not settled',
    ],
  ];

/** Adds the gauges of the books to the registry, with what the database says now. */
export async function booksMetrics(store: Store, registry: Registry): Promise<void> {
  const figures = await booksFigures(store);
  if (!figures) return;
  for (const [figure, name, help] of GAUGES)
    new Gauge({ name, help, registers: [registry] }).set(figures[figure]);
  for (const [figure, name, help] of BY_CONNECTION) {
    const gauge = new Gauge({ name, help, labelNames: ['connection'], registers: [registry] });
    for (const each of figures.deliveries) gauge.set({ connection: each.connection }, each[figure]);
  }
}
