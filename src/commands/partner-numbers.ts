// stockbridge partner numbers: shows the numbers that the next file and the next order get, and raises them where the partner has seen
// higher ones: in a rehearsal, or before a backup was restored. It lowers none.

import { StockbridgeError } from '../core/errors.ts';
import { nextControls, raiseControls } from '../core/exchange/controls.ts';
import { nextOrderNumber, raiseOrderNumbers } from '../core/fulfilment/numbers.ts';
import { output } from './output.ts';
import { withPartner } from './partner.ts';
import type { GlobalOptions } from './session.ts';

export interface NumbersOptions extends GlobalOptions {
  /** The lowest that the next control numbers of this partner may be. */
  readonly control?: number;
  /** The lowest that the next order number may be, without its `FO-`. */
  readonly order?: number;
}

export async function partnerNumbers(name: string, options: NumbersOptions): Promise<number> {
  const out = output(options);
  const { control, order } = options;
  for (const [option, given] of Object.entries({ control, order }))
    if (given === 0) throw new StockbridgeError('argument_invalid', `--${option} must be 1 or more`);
  return withPartner(name, options, async ({ database, live }) => {
    const controls =
      control === undefined
        ? await nextControls(database.pool, live.id)
        : await database.transaction((client) => raiseControls(client, live.id, control));
    const orders =
      order === undefined
        ? { next: await nextOrderNumber(database.pool), renumbered: [] }
        : await raiseOrderNumbers(database, live.id, order);
    out.result({ controls, order: orders.next, renumbered: orders.renumbered }, () =>
      [
        `The next numbers for ${name}: ${Object.entries(controls)
          .map(([kind, next]) => `${kind} ${next}`)
          .join(', ')}; the next order is FO-${orders.next}.`,
        ...orders.renumbered.map(({ from, to }) => `  ${from} was not sent, and is ${to} now.`),
      ].join('\n'),
    );
    return 0;
  });
}
