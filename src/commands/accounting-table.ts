// Where every accepted delivery is, as a table; the one picture of I1 that all commands show.
import type { Accounting } from '../core/inbox/events.ts';
import { table } from './output.ts';

const COLUMNS = ['connection', 'accepted', 'applied', 'duplicate', 'ignored', 'quarantined', 'pending'];

/** One row per connection; `refused` adds a column of deliveries that were turned away. */
export function accountingTable(
  events: readonly Accounting[],
  options: { refused?: ReadonlyMap<string, string>; indent?: string } = {},
): string {
  const { refused, indent } = options;
  const rows = events.map(({ connection, accepted, duplicate, byStatus }) => [
    connection,
    ...[accepted, byStatus.applied, duplicate, byStatus.ignored, byStatus.quarantined, byStatus.pending].map(
      String,
    ),
    ...(refused ? [refused.get(connection) ?? '0'] : []),
  ]);
  return table(refused ? [...COLUMNS, 'refused'] : COLUMNS, rows, indent);
}
