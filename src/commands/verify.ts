// stockbridge verify: proves from the stored rows that nothing was changed, that balances are the fold of their movements,
// and that every accepted event is accounted for.
import { accounting } from '../core/inbox/events.ts';
import { verifyLedger } from '../core/ledger/verify.ts';
import { accountingTable } from './accounting-table.ts';
import { output } from './output.ts';
import { type GlobalOptions, withDatabase } from './session.ts';

/** Exit code 0 when everything holds, 2 when something does not. */
export async function verify(options: GlobalOptions): Promise<number> {
  const out = output(options);
  return withDatabase(options, async (database) => {
    const ledger = await verifyLedger(database, {
      onProgress: ({ lines, total }) =>
        out.progress(`${lines.toLocaleString('en')} of ${total.toLocaleString('en')} lines`),
    });
    const events = await accounting(database.pool);
    out.progressDone();
    const unbalanced = events.filter((each) => !each.balanced);
    const holds = ledger.breaches.length === 0 && unbalanced.length === 0;
    out.result({ holds, ...ledger, events }, () =>
      [
        `${ledger.lines.toLocaleString('en')} lines in ${ledger.batches.toLocaleString('en')} batches, ${ledger.balances.toLocaleString('en')} balances: ${holds ? 'everything holds' : 'NOT EVERYTHING HOLDS'}`,
        ...ledger.breaches.map((breach) => `  ${breach.invariant}  ${breach.where}: ${breach.what}`),
        ...unbalanced.map(
          (each) =>
            `  I1  ${each.connection}: ${each.accepted} accepted, but ${each.duplicate} duplicate, ${Object.entries(
              each.byStatus,
            )
              .map(([status, count]) => `${count} ${status}`)
              .join(', ')}`,
        ),
        accountingTable(events),
        ...Object.entries(ledger.heads).map(([lane, head]) => `  head of lane ${lane}: ${head}`),
      ].join('\n'),
    );
    return holds ? 0 : 2;
  });
}
